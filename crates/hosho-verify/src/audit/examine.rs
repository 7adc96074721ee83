//! Looking at things one by one: what is it, what does the verifier say, what is kept of it.

use std::io::Read as _;
use std::path::Path;

use hosho::{
    AttestationProof, Expected, ObjectKind, SealedCertificate, SignedStatusSnapshot, Verifier,
};
use hosho_cli::input::{self, InputError};
use hosho_policy::{Policy, Related, Relative};
use rustix::fs::OFlags;

use super::archive::{Archive, Damage, Member, hint, packed};
use super::feed::{Item, Unit};
use super::keys::Keys;
use super::ledger::Ledger;
use super::proofs::Proofs;
use super::record::{Entry, Found, Record};
use super::relatives::{Look, StandardInput};
use super::walk::Walked;
use super::{contained, print, table};
use crate::check::answer::Answer;
use crate::check::judge::{self, Basis, Question};
use crate::outcome::Outcome;
use crate::policy;
use crate::run::Context;
use crate::source::{self, Candidate, SourceError};

/// Everything that a judgement rests on, and how it is told.
pub(super) struct Examiner<'e> {
    pub(super) verifier: Verifier<'e>,
    pub(super) question: Question<'e>,
    pub(super) basis: &'e Basis<'e>,
    pub(super) keys: Option<&'e Keys>,
    pub(super) ledger: Option<&'e Ledger>,
    pub(super) policy: Option<&'e Policy>,
    /// What the policy knows of the other certificates.
    pub(super) related: &'e Related,
    pub(super) input: &'e StandardInput,
    pub(super) look: Look,
    pub(super) proofs: &'e Proofs,
    pub(super) lines: Lines,
    pub(super) rows: Rows,
    pub(super) context: Context,
}

/// How lines are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Lines {
    Json,
    Text,
}

/// Whether a table is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Rows {
    None,
    Written,
}

/// What was found in one place.
pub(super) enum Finding {
    Judged(Box<Answer>),
    /// Sealed and well formed; without its key nothing more can be said.
    Sealed,
    /// No certificate.
    Skipped,
}

/// What is there, before signatures are looked at.
enum Content {
    Found(Finding),
    Signed(Vec<u8>),
}

/// One thing of a unit; a small archive has several.
struct Piece {
    place: String,
    content: Content,
}

/// What a place promises.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Promise {
    /// Named on the command line: whatever it is, it is judged.
    Named,
    /// Meant to be a certificate.
    Certificate,
    Nothing,
}

impl<'e> Examiner<'e> {
    /// Looks at units; returns one entry for each.
    pub(super) fn examine(&self, units: Vec<Unit>) -> Vec<Entry> {
        let entry = |findings: Vec<(String, Finding)>| {
            let records = findings.into_iter().map(|(place, found)| self.record(&place, found));
            Entry { records: records.collect() }
        };
        self.findings(units).into_iter().map(entry).collect()
    }

    /// Looks at units for what their certificates tell about others.
    pub(super) fn relatives(&self, units: Vec<Unit>) -> Vec<Relative> {
        let relative = |(_, finding)| match finding {
            Finding::Judged(answer) => policy::relative(&answer),
            Finding::Sealed | Finding::Skipped => None,
        };
        self.findings(units).into_iter().flatten().filter_map(relative).collect()
    }

    /// Looks at units, their signatures in bulk; returns for each what was found in it, and where.
    fn findings(&self, units: Vec<Unit>) -> Vec<Vec<(String, Finding)>> {
        let units: Vec<Vec<Piece>> = units.into_iter().map(|unit| self.pieces(unit.item)).collect();
        let mut certificates = Vec::new();
        let places: Vec<Vec<(String, Option<Finding>)>> = units
            .into_iter()
            .map(|pieces| {
                let place = |piece: Piece| match piece.content {
                    Content::Found(finding) => (piece.place, Some(finding)),
                    Content::Signed(bytes) => {
                        certificates.push(bytes);
                        (piece.place, None)
                    }
                };
                pieces.into_iter().map(place).collect()
            })
            .collect();
        let answers = judge::signed_many(&certificates, &self.verifier, &self.question, self.basis);
        let mut answers = answers.into_iter().zip(certificates.chunks(1));
        let mut judge = |(place, finding): (String, Option<Finding>)| {
            let signed = || {
                let (answer, one) = answers.next()?;
                Some(self.proved(&place, one, answer))
            };
            let finding = finding.or_else(signed)?;
            Some((place, finding))
        };
        places.into_iter().map(|unit| unit.into_iter().filter_map(&mut judge).collect()).collect()
    }

    fn record(&self, place: &str, mut finding: Finding) -> Record {
        if let (Finding::Judged(answer), Some(policy)) = (&mut finding, self.policy) {
            answer.findings = Some(policy::findings(policy, answer, self.related));
        }
        let line = print::line(place, &finding, self.lines, self.context);
        let row = (self.rows == Rows::Written)
            .then(|| table::row(place, &finding, self.context))
            .flatten();
        let mut record = Record {
            line,
            row,
            found: Found::Skipped,
            place: None,
            findings: Vec::new(),
            hits: Vec::new(),
        };
        match &finding {
            Finding::Judged(answer) => {
                record.found = Found::of(answer);
                record.findings = print::findings(answer);
                if let (Some(ledger), Some(genuine)) = (self.ledger, &answer.genuine) {
                    record.hits = ledger.hits(&genuine.certificate, answer.outcome);
                }
            }
            Finding::Sealed => record.found = Found::Sealed,
            Finding::Skipped => record.place = Some(place.to_owned()),
        }
        record
    }

    fn pieces(&self, item: Item) -> Vec<Piece> {
        match item {
            Item::File(file) => self.file(&file),
            Item::Member { archive, member } => {
                let Member { name, content, meant } = member;
                let place = format!("{archive}#{name}");
                match content {
                    Ok(bytes) => self.bytes(place, bytes, promise_of(&name, meant)),
                    Err(damage) => vec![damaged(place, &name, meant, damage)],
                }
            }
        }
    }

    fn file(&self, file: &Walked) -> Vec<Piece> {
        let place = file.path.to_string_lossy().into_owned();
        let promise = match file.named {
            true => Promise::Named,
            false if source::has_certificate_name(&file.path) => Promise::Certificate,
            false => Promise::Nothing,
        };
        let found =
            |finding| vec![Piece { place: place.clone(), content: Content::Found(finding) }];
        if file.special {
            return found(Finding::Skipped);
        }
        match self.input.read_carrier(&file.path, self.look) {
            Ok(bytes) => self.bytes(place, bytes, promise),
            Err(InputError::TooLarge { .. }) if promise == Promise::Nothing => {
                found(passed_over(&file.path, &start_of(&file.path)))
            }
            Err(InputError::TooLarge { .. }) if is_large_snapshot(file) => found(Finding::Skipped),
            Err(InputError::TooLarge { .. })
                if packed::is_packed(&file.path, &start_of(&file.path)) =>
            {
                found(of_damage(Damage::PACKED))
            }
            Err(error) => found(unreadable(&SourceError::Input(error))),
        }
    }

    /// What bytes are: one thing, or the members of a small archive.
    fn bytes(&self, place: String, bytes: Vec<u8>, promise: Promise) -> Vec<Piece> {
        let Some(members) = Archive::within(&bytes) else {
            let content = self.content(&place, bytes, promise);
            return vec![Piece { place, content }];
        };
        let piece = |Member { name, content, meant }: Member| {
            let place = format!("{place}#{name}");
            match content {
                Ok(bytes) => {
                    let content = self.content(&place, bytes, promise_of(&name, meant));
                    Piece { place, content }
                }
                Err(damage) => damaged(place, &name, meant, damage),
            }
        };
        members.map(piece).collect()
    }

    fn content(&self, place: &str, bytes: Vec<u8>, promise: Promise) -> Content {
        // A guarantor's own files lie beside certificates and are none, whatever their names.
        let other = matches!(
            ObjectKind::of(&bytes),
            Some(ObjectKind::StatusSnapshot | ObjectKind::TrustBundle)
        );
        if other && promise != Promise::Named {
            return Content::Found(Finding::Skipped);
        }
        let otherwise = otherwise(Path::new(place), &bytes, promise);
        Content::Found(match source::find_candidate(bytes) {
            Ok(Candidate::Evidence(bytes)) => {
                let (question, basis) = (&self.question, self.basis);
                judged(contained::judge(&bytes, place, question, basis, self.proofs, self.context))
            }
            Ok(Candidate::Signed(bytes)) => return Content::Signed(bytes),
            Ok(Candidate::Sealed(bytes)) => self.sealed(place, &bytes),
            Err(error @ (SourceError::NotRecognised | SourceError::Container(_))) => {
                otherwise.unwrap_or_else(|| unreadable(&error))
            }
            Err(error) => unreadable(&error),
        })
    }

    /// Opens a sealed certificate if one of the keys does; the number has to be that of the key.
    fn sealed(&self, place: &str, bytes: &[u8]) -> Finding {
        let sealed = match SealedCertificate::parse(bytes) {
            Ok(sealed) => sealed,
            Err(error) => return judged(Answer::not_genuine(error)),
        };
        let opened = self.keys.and_then(|keys| keys.open(&sealed, place));
        let Some((number, opened)) = opened else { return Finding::Sealed };
        let question = Question { expected: Expected::Number(number), ..self.question };
        let judge = |proofs: &[&AttestationProof], proof_problem| {
            let basis = Basis { proof_problem, ..*self.basis };
            Some(judge::opened(&opened, &self.knowing(proofs), &question, &basis))
        };
        let answer = judge::opened(&opened, &self.verifier, &question, self.basis);
        judged(self.proofs.applied(place, answer, self.context, judge))
    }

    /// The answer for a signed certificate, with the proof that it may need.
    fn proved(&self, place: &str, one: &[Vec<u8>], answer: Answer) -> Finding {
        let again = |proofs: &[&AttestationProof], proof_problem| {
            let basis = Basis { proof_problem, ..*self.basis };
            judge::signed_many(one, &self.knowing(proofs), &self.question, &basis).pop()
        };
        judged(self.proofs.applied(place, answer, self.context, again))
    }

    /// The verifier that knows proofs besides.
    fn knowing<'p>(&self, proofs: &[&'p AttestationProof]) -> Verifier<'p>
    where
        'e: 'p,
    {
        let verifier: Verifier<'p> = self.verifier.clone();
        proofs.iter().fold(verifier, |verifier, proof| verifier.with_proof(proof))
    }
}

fn promise_of(name: &str, meant: bool) -> Promise {
    if meant || source::has_certificate_name(Path::new(name)) {
        Promise::Certificate
    } else {
        Promise::Nothing
    }
}

/// A member that could not be had. One that is merely too large may be anything else.
fn damaged(place: String, name: &str, meant: bool, damage: Damage) -> Piece {
    let finding = match promise_of(name, meant) {
        Promise::Nothing => Finding::Skipped,
        _ => of_damage(damage),
    };
    Piece { place, content: Content::Found(finding) }
}

/// What something is if no certificate can be had from it; nothing where the place promises one
/// and its bytes do not tell why it is not there.
fn otherwise(name: &Path, bytes: &[u8], promise: Promise) -> Option<Finding> {
    match (promise, ObjectKind::of(bytes)) {
        // What the place does not promise the bytes may.
        (Promise::Nothing, None) => Some(passed_over(name, bytes)),
        (Promise::Nothing, Some(_)) => Some(Finding::Skipped),
        (_, None) if packed::is_packed(name, bytes) => Some(of_damage(Damage::PACKED)),
        _ => None,
    }
}

/// Something that holds no certificate as it stands: unreadable if it was meant to, else no matter.
fn passed_over(name: &Path, head: &[u8]) -> Finding {
    hint::of(name, head).map_or(Finding::Skipped, of_damage)
}

fn of_damage(damage: Damage) -> Finding {
    judged(Answer::refused(Outcome::Unreadable, damage.code, None))
}

/// The first bytes of a file, as many as a carrier may have; none if it cannot be read.
fn start_of(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(source::MAX_CARRIER_LEN).unwrap_or(u64::MAX);
    if let Ok(file) = input::open_regular(path, OFlags::empty()) {
        // What was read until then is what there is.
        let _ = file.take(limit).read_to_end(&mut bytes);
    }
    bytes
}

/// Whether a file that was found is a snapshot, which may be larger than any certificate.
fn is_large_snapshot(file: &Walked) -> bool {
    let read = || input::read_bounded(&file.path, SignedStatusSnapshot::MAX_LEN).ok();
    !file.named
        && read().is_some_and(|bytes| ObjectKind::of(&bytes) == Some(ObjectKind::StatusSnapshot))
}

fn judged(answer: Answer) -> Finding {
    Finding::Judged(Box::new(answer))
}

fn unreadable(error: &SourceError) -> Finding {
    judged(Answer::refused(Outcome::Unreadable, error.code(), error.offset()))
}
