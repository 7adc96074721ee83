//! `evidence make`: a genuine certificate and what its verdict rests on, in one file.

use std::io::Write as _;
use std::path::Path;

use hosho::{
    AttestationProof, AuthKey, Date, Evidence, EvidenceDraft, Expected, Fingerprint, GuarantorId,
    ParseError, SealedCertificate, SignedCertificate, StatusReference, StatusSnapshot, TrustError,
    UnixTime,
};
use hosho_cli::output::{self, Mode};
use hosho_cli::path::shown;
use hosho_cli::{input, secret};

use super::parts::{self, Certificates};
use crate::arguments::{EvidenceMakeArguments, SignatureArguments};
use crate::check::answer::Answer;
use crate::check::judge::{self, Basis, Question};
use crate::check::{Moment, grounds, read_key_file, report};
use crate::messages::fill;
use crate::outcome::{Class, Outcome};
use crate::run::{Context, Failure, complain};
use crate::source::{self, Candidate};
use crate::trust::{Bundles, Snapshots};
use crate::wareki::{both_calendars, in_japan};

/// A reply of an authority is its token and a few bytes more.
const MAX_REPLY_LEN: usize = 2 * Evidence::MAX_TIMESTAMP_LEN;

/// Why no file is written: an answer that refuses, or an exit code after a message.
enum Refusal {
    Answer(Box<Answer>),
    Told(u8),
}

impl From<Answer> for Refusal {
    fn from(answer: Answer) -> Self {
        Self::Answer(Box::new(answer))
    }
}

/// Checks the certificate and writes the evidence file.
pub(crate) fn run(arguments: &EvidenceMakeArguments, context: Context) -> Result<u8, Failure> {
    // As in `check`: a key in a core dump would outlive this run.
    let _ = secret::no_core_dumps();
    let moment = Moment::of(&arguments.moment, context)?;
    match (Maker { arguments, moment, context }).make()? {
        Ok(()) => Ok(0),
        Err(Refusal::Told(code)) => Ok(code),
        Err(Refusal::Answer(answer)) => {
            report::print(&answer, false, moment.on, context)?;
            context.note(context.text().evidence_not_genuine);
            Ok(answer.outcome.exit_code())
        }
    }
}

struct Maker<'m> {
    arguments: &'m EvidenceMakeArguments,
    moment: Moment,
    context: Context,
}

/// What goes into the file, except for the timestamp.
struct Contents {
    certificate: Vec<u8>,
    earlier: Vec<Vec<u8>>,
    bundles: Vec<Vec<u8>>,
    snapshots: Vec<Vec<u8>>,
    proof: Option<Vec<u8>>,
}

impl Contents {
    fn to_file(&self, timestamp: Option<&[u8]>) -> Result<Vec<u8>, ParseError> {
        fn slices(parts: &[Vec<u8>]) -> Vec<&[u8]> {
            parts.iter().map(Vec::as_slice).collect()
        }
        EvidenceDraft {
            certificate: &self.certificate,
            earlier: slices(&self.earlier),
            bundles: slices(&self.bundles),
            snapshots: slices(&self.snapshots),
            proof: self.proof.as_deref(),
            timestamp,
        }
        .to_canonical_cbor()
    }
}

type Made<T> = Result<Result<T, Refusal>, Failure>;

/// Passes a refusal on, from inside a function that returns [`Made`].
macro_rules! attempt {
    ($made:expr) => {
        match $made {
            Ok(value) => value,
            Err(refusal) => return Ok(Err(refusal.into())),
        }
    };
}

impl Maker<'_> {
    fn make(&self) -> Made<()> {
        let source = attempt!(self.read());
        let container = attempt!(source.container().map_err(Answer::not_genuine));
        let now = self.moment.now;
        let found = grounds::bundles(&self.arguments.trust, container.as_ref(), now, self.context)?;
        let bundles = attempt!(found.map_err(Answer::trust_unusable));
        let key = attempt!(self.key()?);
        let certificate = attempt!(self.certificate(&source, container.as_ref(), key.as_ref())?);
        let contents =
            attempt!(self.contents(certificate, container.as_ref(), key.as_ref(), &bundles));
        let bare = attempt!(contents.to_file(None).map_err(|error| self.too_much(error)));
        let inherited = container.as_ref().and_then(Evidence::timestamp);
        let token = attempt!(self.token(&bare, inherited)?);
        let file = match &token {
            Some(token) => {
                attempt!(contents.to_file(Some(token)).map_err(|error| self.too_much(error)))
            }
            None => bare,
        };
        self.write(&file)
    }

    fn key(&self) -> Made<Option<AuthKey>> {
        let Some(path) = &self.arguments.auth_key_file else { return Ok(Ok(None)) };
        let text = read_key_file(path, self.context)?;
        Ok(AuthKey::parse(&text).map(Some).map_err(|error| Answer::mistyped(error).into()))
    }

    fn read(&self) -> Result<Candidate, Refusal> {
        let path = &self.arguments.file;
        source::read_candidate(path).map_err(|error| {
            complain(path, error.code(), &error.message(self.context.lang));
            Refusal::Told(Outcome::Unreadable.exit_code())
        })
    }

    /// Returns the signed certificate, opened if it is sealed: nobody needs the auth key later.
    fn certificate(
        &self,
        source: &Candidate,
        container: Option<&Evidence<'_>>,
        key: Option<&AuthKey>,
    ) -> Made<Vec<u8>> {
        let bytes = match (source, container) {
            (Candidate::Signed(bytes), _) => return Ok(Ok(bytes.clone())),
            (_, Some(file)) => return Ok(Ok(file.certificate().to_vec())),
            (Candidate::Sealed(bytes) | Candidate::Evidence(bytes), None) => bytes,
        };
        let Some(key) = key else {
            let message = self.context.text().key_missing.to_owned();
            return Err(Failure::Usage { code: None, message });
        };
        let sealed = attempt!(SealedCertificate::parse(bytes).map_err(Answer::not_genuine));
        let opened = key
            .open(&sealed)
            .map_err(|error| Answer::refused(Outcome::KeyDoesNotFit, error.code(), None));
        Ok(opened.map(|opened| opened.as_bytes().to_vec()).map_err(Refusal::from))
    }

    /// Gathers the parts, once the certificate has verified and the key, if any, is its own (spec
    /// R-SEAL-1).
    fn contents(
        &self,
        certificate: Vec<u8>,
        container: Option<&Evidence<'_>>,
        key: Option<&AuthKey>,
        bundles: &Bundles,
    ) -> Result<Contents, Refusal> {
        let proof = self.proof(container)?;
        let parsed = proof.as_deref().and_then(|bytes| AttestationProof::parse(bytes).ok());
        let nothing = Snapshots::default();
        let basis = Basis {
            bundles,
            snapshots: &nothing,
            proof: parsed.as_ref(),
            proof_problem: None,
            seen: None,
            container,
            later: &[],
            signatures: SignatureArguments::default(),
        };
        let question = Question { auth_key: key, ..self.question() };
        let answer = judge::signed(&certificate, &question, &basis);
        // One that is refused may be genuine too, and another than the key is for.
        let refused = matches!(answer.outcome.class(), Class::Refused);
        let Some(genuine) = answer.genuine.as_ref().filter(|_| !refused) else {
            return Err(answer.into());
        };
        let claims = genuine.certificate.claims();
        let earlier = self.earlier(&certificate, container, &basis)?;
        let inside = container.map_or(&[][..], Evidence::bundles);
        let given = bundles.steps(&claims.guarantor_id);
        let bundles = parts::joined(inside, given, &claims.guarantor_id)
            .map_err(|error| self.no_series(error))?;
        let snapshots =
            self.snapshots(&claims.guarantor_id, claims.status, container, basis.bundles);
        Ok(Contents { certificate, earlier, bundles, snapshots, proof })
    }

    fn no_series(&self, error: TrustError) -> Refusal {
        complain(&self.arguments.file, error.code(), self.context.text().evidence_bundles);
        Answer::trust_unusable(error.into()).into()
    }

    fn question(&self) -> Question<'static> {
        let Moment { on, now } = self.moment;
        Question { expected: Expected::Unspecified, obligee: None, auth_key: None, on, now }
    }

    fn proof(&self, container: Option<&Evidence<'_>>) -> Result<Option<Vec<u8>>, Refusal> {
        let Some(path) = &self.arguments.proof else {
            return Ok(container.and_then(Evidence::proof).map(<[u8]>::to_vec));
        };
        let refuse = |code| {
            complain(path, code, self.context.text().proof_refused);
            Refusal::Told(Outcome::KeyCompromised.exit_code())
        };
        let bytes = input::read_bounded(path, AttestationProof::MAX_LEN)
            .map_err(|error| refuse(error.code()))?;
        AttestationProof::parse(&bytes).map_err(|error| refuse(error.code()))?;
        Ok(Some(bytes))
    }

    /// Returns all earlier revisions, if any were asked for or are there already.
    fn earlier(
        &self,
        certificate: &[u8],
        container: Option<&Evidence<'_>>,
        basis: &Basis<'_>,
    ) -> Result<Vec<Vec<u8>>, Refusal> {
        if self.arguments.earlier.is_empty() {
            let inside = container.map_or(&[][..], Evidence::earlier);
            return Ok(inside.iter().map(|bytes| bytes.to_vec()).collect());
        }
        let candidates = Certificates::read(&self.arguments.earlier, self.context)
            .ok_or(Refusal::Told(Outcome::Unreadable.exit_code()))?;
        let not_genuine = || Refusal::from(Answer::refused(Outcome::NotGenuine, "E6-CHAIN", None));
        let verifier = basis.verifier().map_err(Answer::trust_unusable)?;
        let signed = SignedCertificate::parse(certificate).map_err(Answer::not_genuine)?;
        let Question { on, now, .. } = self.question();
        let newest =
            verifier.verify(signed, &judge::ANYTHING, on, now).map_err(|_| not_genuine())?;
        match newest.earlier_among(&candidates.slices()) {
            Ok(earlier) => Ok(earlier.into_iter().map(<[u8]>::to_vec).collect()),
            Err(error) => {
                let message = self.context.text().evidence_chain;
                for path in &self.arguments.earlier {
                    complain(path, error.code(), message);
                }
                Err(Refusal::Told(Outcome::NotGenuine.exit_code()))
            }
        }
    }

    fn snapshots(
        &self,
        guarantor_id: &GuarantorId<'_>,
        status: StatusReference,
        container: Option<&Evidence<'_>>,
        bundles: &Bundles,
    ) -> Vec<Vec<u8>> {
        let inside = container.map_or(&[][..], Evidence::snapshots);
        let mut kept: Vec<Vec<u8>> = inside.iter().map(|bytes| bytes.to_vec()).collect();
        for (snapshot, bytes) in Snapshots::read(&self.arguments.status, bundles, self.context) {
            let ours = snapshot.guarantor_id() == guarantor_id && snapshot.list() == status.list;
            if ours {
                kept.push(bytes);
            }
        }
        kept
    }

    /// Returns the token over `bare`: the new one, or the one that was there before if it is still
    /// over the same.
    fn token(&self, bare: &[u8], inherited: Option<&[u8]>) -> Made<Option<Vec<u8>>> {
        let imprint = Fingerprint::of(bare);
        let text = self.context.text();
        let (Some(path), Some(tsa)) = (&self.arguments.timestamp, &self.arguments.tsa) else {
            let same = |token: &&[u8]| {
                hosho_timestamp::claimed_imprint(token)
                    .is_ok_and(|over| over == *imprint.as_bytes())
            };
            if inherited.is_some_and(|token| !same(&token)) {
                self.context.note(text.evidence_token_dropped);
            }
            return Ok(Ok(inherited.filter(same).map(<[u8]>::to_vec)));
        };
        let authority = grounds::authority(tsa, self.context)?;
        let refuse = |code, message: &str| {
            complain(path, code, message);
            Refusal::Told(Outcome::NotGenuine.exit_code())
        };
        let reply = input::read_bounded(path, MAX_REPLY_LEN);
        let reply =
            attempt!(reply.map_err(|error| {
                refuse(error.code(), &source::unread(&error, self.context.lang))
            }));
        let token = hosho_timestamp::token_of(&reply).and_then(|token| {
            let stamp = authority.verify(&token, imprint.as_bytes())?;
            if let Ok(at) = UnixTime::from_seconds(stamp.seconds()) {
                grounds::remark_future(at, self.moment.now, self.context);
            }
            Ok(token)
        });
        Ok(token.map(Some).map_err(|error| {
            let (why, imprint) = (error.to_string(), imprint.to_string());
            refuse("E5-TIMESTAMP", &fill(text.evidence_timestamp_wrong, &[&why, &imprint]))
        }))
    }

    /// Judges the file as it will be read when nothing else is left, and writes it.
    fn write(&self, file: &[u8]) -> Made<()> {
        let (context, out) = (self.context, &self.arguments.out);
        let evidence = attempt!(Evidence::parse(file).map_err(Answer::not_genuine));
        let (first, bundles) =
            attempt!(Bundles::alone_in(&evidence).map_err(|error| self.no_series(error)));
        let snapshots = Snapshots::default().with_inside(&evidence, out, &bundles, context);
        let proof = evidence.proof().and_then(|bytes| AttestationProof::parse(bytes).ok());
        let basis = Basis {
            bundles: &bundles,
            snapshots: &snapshots,
            proof: proof.as_ref(),
            proof_problem: None,
            seen: None,
            container: Some(&evidence),
            later: &[],
            signatures: SignatureArguments::default(),
        };
        let answer = judge::inside(&evidence, &self.question(), &basis);
        if matches!(answer.outcome.class(), Class::Refused) || answer.genuine.is_none() {
            return Ok(Err(answer.into()));
        }
        attempt!(self.write_new(out, file));
        let imprint = evidence.imprint().to_string();
        let values =
            [&shown(out), &file.len().to_string(), answer.outcome.word(), imprint.as_str()];
        let told = fill(context.text().evidence_written, &values);
        writeln!(anstream::stdout().lock(), "{told}")?;
        if let Some(before) = first.number().checked_sub(1).filter(|before| *before > 0) {
            let values = [first.to_string(), before.to_string()];
            let values = values.each_ref().map(String::as_str);
            context.note(&fill(context.text().evidence_begins_late, &values));
        }
        self.warn_of_staleness(&answer, &snapshots);
        Ok(Ok(()))
    }

    /// Tells until when the file answers for the day, if that had not ended when its snapshot was
    /// issued (spec R-FRESH-1).
    fn warn_of_staleness(&self, answer: &Answer, snapshots: &Snapshots) {
        let (Moment { on, now }, context) = (self.moment, self.context);
        let answered = |issued_at: &UnixTime| Date::in_japan(*issued_at) <= on;
        let Some(as_of) = answer.as_of.filter(answered) else { return };
        let until = snapshots.all().iter().find(|snapshot| snapshot.issued_at() == as_of);
        let until = until.map(StatusSnapshot::next_update).filter(|until| now <= *until);
        if let Some(until) = until {
            let values = [both_calendars(on), in_japan(until)];
            let values = values.each_ref().map(String::as_str);
            context.note(&fill(context.text().evidence_goes_stale, &values));
        }
    }

    fn write_new(&self, out: &Path, file: &[u8]) -> Result<(), Refusal> {
        output::write_new(out, file, Mode::Public).map_err(|error| {
            complain(out, error.code(), &error.message(self.context.lang));
            Refusal::Told(Outcome::Unreadable.exit_code())
        })
    }

    fn too_much(&self, error: ParseError) -> Refusal {
        complain(&self.arguments.out, error.code(), self.context.text().evidence_too_large);
        Refusal::Told(Outcome::Unreadable.exit_code())
    }
}
