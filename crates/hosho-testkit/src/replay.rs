//! What `hosho` makes of the input of a vector.

use hosho::{
    AttestationProof, AuthKey, AuthMasterKey, Date, Epoch, Evidence, Expectation, Expected,
    Fingerprint, GuaranteeNumber, GuarantorId, ListNumber, ObjectKind, ParseError, PublicKey,
    Revision, SealNonce, SealedAnswer, SealedCertificate, Sequence, Serial, SignedCertificate,
    SignedStatusSnapshot, SignedTrustBundle, StatusError, StatusSnapshot, Text, TrustBundle,
    TrustError, UnixTime, Verifier, VerifyError, decode_armor, seal,
};
use serde_json::Value;

use crate::vectors::format::{Fields, from_hex, to_hex};
use crate::vectors::seal_by_hand::{answer_by_hand, expand};
use crate::world::{Guarantor, sample_claims};

/// Runs an operation of the vectors and returns what a vector expects of it.
pub fn replay(operation: &str, input: &Value) -> Value {
    let input = Input(input);
    let answer = match operation {
        "armor" => parsed(decode_armor(input.text("text")), |bytes| ("bytes", to_hex(&bytes))),
        "auth-key-text" => auth_key_text(input),
        "chain" => chain(input),
        "derive" => derive(input),
        "derive-auth-key" => derive_auth_key(input),
        "fold-number" => parsed(GuaranteeNumber::fold(input.text("typed")), |number| {
            ("number", number.as_str().to_owned())
        }),
        "open" => open(input),
        "open-answer" => open_answer(input),
        "parse-bundle" => match bundle(&input.bytes("bytes")) {
            Ok(bundle) => fingerprint(&input.bytes("bytes"), bundle.fingerprint()),
            Err(error) => Fields::refuse(error.code()).with_some("offset", error.offset()),
        },
        "parse-certificate" => {
            let bytes = input.bytes("bytes");
            placed(SignedCertificate::parse(&bytes), |signed| signed.fingerprint().to_string())
        }
        "parse-evidence" => {
            let bytes = input.bytes("bytes");
            match Evidence::parse(&bytes) {
                Ok(evidence) => {
                    let imprint = evidence.imprint().to_string();
                    let again = evidence.into_draft().to_canonical_cbor();
                    assert_eq!(again.as_ref(), Ok(&bytes), "one spelling");
                    fingerprint(&bytes, Fingerprint::of(&bytes)).with("imprint", imprint)
                }
                Err(error) => refuse(error),
            }
        }
        "parse-proof" => {
            let bytes = input.bytes("bytes");
            match AttestationProof::parse(&bytes) {
                Ok(proof) => {
                    assert_eq!(proof.to_canonical_cbor(), bytes, "one spelling");
                    Fields::accept()
                }
                Err(error) => refuse(error),
            }
        }
        "parse-sealed" => {
            let bytes = input.bytes("bytes");
            placed(SealedCertificate::parse(&bytes), |sealed| sealed.fingerprint().to_string())
        }
        "parse-snapshot" => {
            let bytes = input.bytes("bytes");
            placed(SignedStatusSnapshot::parse(&bytes), |_| Fingerprint::of(&bytes).to_string())
        }
        "public-key" => match <[u8; 32]>::try_from(input.bytes("bytes").as_slice()) {
            Ok(bytes) => match PublicKey::from_bytes(bytes) {
                Ok(key) => Fields::accept().with("key_id", key.key_id().to_string()),
                Err(error) => Fields::refuse(error.code()),
            },
            Err(_) => Fields::refuse("E8-KEY"),
        },
        "text" => match Text::parse(input.text("value")) {
            Ok(_) => Fields::accept(),
            Err(error) => refuse(error),
        },
        "update-bundle" => update_bundle(input),
        "verify" => verify(input),
        "verify-evidence" => verify_evidence(input),
        "verify-snapshot" => verify_snapshot(input),
        other => panic!("unknown operation {other}"),
    };
    answer.to_value()
}

/// The input object of a vector.
#[derive(Clone, Copy)]
struct Input<'v>(&'v Value);

impl<'v> Input<'v> {
    fn maybe_text(self, name: &str) -> Option<&'v str> {
        self.0.get(name).map(|value| value.as_str().expect("a text"))
    }

    fn text(self, name: &str) -> &'v str {
        self.maybe_text(name).unwrap_or_else(|| panic!("no {name}"))
    }

    fn int(self, name: &str) -> u64 {
        self.0.get(name).and_then(Value::as_u64).unwrap_or_else(|| panic!("no {name}"))
    }

    fn small<T: TryFrom<u64, Error: std::fmt::Debug>>(self, name: &str) -> T {
        T::try_from(self.int(name)).expect("a small number")
    }

    /// The bytes, with the zeros that follow them so that large inputs stay short.
    fn bytes(self, name: &str) -> Vec<u8> {
        let mut bytes = from_hex(self.text(name));
        if let Some(zeros) = self.0.get("then_zeros") {
            let zeros = usize::try_from(zeros.as_u64().expect("a count")).expect("a count");
            bytes.resize(bytes.len() + zeros, 0);
        }
        bytes
    }

    fn list(self, name: &str) -> Vec<Vec<u8>> {
        let items = self.0.get(name).and_then(Value::as_array).into_iter().flatten();
        items.map(|item| from_hex(item.as_str().expect("hexadecimal"))).collect()
    }
}

fn parsed<T>(
    result: Result<T, ParseError>,
    show: impl FnOnce(T) -> (&'static str, String),
) -> Fields {
    match result {
        Ok(value) => {
            let (name, value) = show(value);
            Fields::accept().with(name, value)
        }
        Err(error) => Fields::refuse(error.code()),
    }
}

fn placed<T>(result: Result<T, ParseError>, show: impl FnOnce(T) -> String) -> Fields {
    match result {
        Ok(value) => Fields::accept().with("fingerprint", show(value)),
        Err(error) => refuse(error),
    }
}

fn refuse(error: ParseError) -> Fields {
    Fields::refuse(error.code()).with("offset", error.offset())
}

fn fingerprint(bytes: &[u8], found: Fingerprint) -> Fields {
    assert_eq!(found, Fingerprint::of(bytes));
    Fields::accept().with("fingerprint", found.to_string())
}

fn auth_key_text(input: Input<'_>) -> Fields {
    match AuthKey::parse(input.text("text")) {
        Ok(key) => Fields::accept().with("canonical", key.expose_text().as_str()),
        Err(error) => Fields::refuse(error.code()).with_some("group", error.group()),
    }
}

fn auth_key(input: Input<'_>) -> AuthKey {
    AuthKey::parse(input.text("auth_key")).expect("an auth key")
}

fn names(input: Input<'_>) -> (GuarantorId<'_>, GuaranteeNumber<'_>, Epoch, Serial) {
    (
        GuarantorId::parse(input.text("guarantor_id")).expect("a guarantor-id"),
        GuaranteeNumber::parse(input.text("number")).expect("a number"),
        Epoch::new(input.small("epoch")).expect("an epoch"),
        Serial::new(input.small("serial")).expect("a serial"),
    )
}

fn derive(input: Input<'_>) -> Fields {
    let key = auth_key(input);
    let (guarantor_id, number, epoch, serial) = names(input);
    let bind = key.bind(&guarantor_id, &number, epoch, serial);
    let answer =
        Fields::of("bind", to_hex(&bind)).with("locator", to_hex(key.locator(&number).as_bytes()));
    if let Some(salt) = input.maybe_text("answer_salt") {
        let salt = <[u8; 16]>::try_from(from_hex(salt).as_slice()).expect("16 bytes");
        return answer.with("k_answer", to_hex(&answer_key(&key, &number, salt)));
    }
    let Some(salt) = input.maybe_text("seal_salt") else { return answer };
    let salt = <[u8; 16]>::try_from(from_hex(salt).as_slice()).expect("16 bytes");
    let commit = expand(&key, "hosho/v1/commit", &salt);
    assert_eq!(commitment(&key, salt), commit, "hosho and the spec");
    answer
        .with("commit", to_hex(&commit))
        .with("k_enc", to_hex(&expand(&key, "hosho/v1/enc", &salt)))
}

/// Derives the key of an answer, and lets `hosho` open what is sealed with it.
fn answer_key(key: &AuthKey, number: &GuaranteeNumber<'_>, salt: [u8; 16]) -> [u8; 32] {
    let sealed = answer_by_hand(key, number, Revision::FIRST, b"an answer", &salt);
    let sealed = SealedAnswer::parse(&sealed).expect("its form");
    let opened = key.open_answer(number, Revision::FIRST, &sealed).expect("hosho and the spec");
    assert_eq!(opened.as_slice(), b"an answer");
    expand(key, "hosho/v1/answer", &salt)
}

/// Seals something to see the commitment, which stands in the protected header.
fn commitment(key: &AuthKey, salt: [u8; 16]) -> Vec<u8> {
    let guarantor = Guarantor::new("g-commitment");
    let signed = guarantor.issue(sample_claims(&guarantor));
    let signed = SignedCertificate::parse(&signed).expect("a certificate");
    let sealed = seal(&signed, key, &SealNonce { salt, iv: [0; 12] });
    crate::Node::read_object(&sealed).at(&[0, -65_537, 2]).content()
}

fn derive_auth_key(input: Input<'_>) -> Fields {
    let mut master = <[u8; 32]>::try_from(input.bytes("master").as_slice()).expect("32 bytes");
    let (guarantor_id, number, epoch, serial) = names(input);
    let key = AuthMasterKey::take(&mut master).derive(&guarantor_id, epoch, &number, serial);
    Fields::of("auth_key", key.expose_text().as_str())
}

fn open(input: Input<'_>) -> Fields {
    let key = auth_key(input);
    let bytes = input.bytes("sealed");
    let sealed = match SealedCertificate::parse(&bytes) {
        Ok(sealed) => sealed,
        Err(error) => return Fields::refuse(error.code()),
    };
    match key.open(&sealed) {
        Ok(opened) => Fields::accept().with("signed", to_hex(opened.as_bytes())),
        Err(error) => Fields::refuse(error.code()),
    }
}

fn open_answer(input: Input<'_>) -> Fields {
    let key = auth_key(input);
    let number = GuaranteeNumber::parse(input.text("number")).expect("a number");
    let revision = Revision::new(input.small("revision")).expect("a revision");
    let bytes = input.bytes("sealed");
    let sealed = match SealedAnswer::parse(&bytes) {
        Ok(sealed) => sealed,
        Err(error) => return Fields::refuse(error.code()),
    };
    match key.open_answer(&number, revision, &sealed) {
        Ok(content) => Fields::accept().with("answer", to_hex(&content)),
        Err(error) => Fields::refuse(error.code()),
    }
}

fn bundle(bytes: &[u8]) -> Result<TrustBundle, TrustError> {
    SignedTrustBundle::parse(bytes)?.pin()
}

fn update_bundle(input: Input<'_>) -> Fields {
    let mut trusted = bundle(&input.bytes("pinned")).expect("a bundle to pin");
    for bytes in input.list("next") {
        let next = SignedTrustBundle::parse(&bytes).and_then(|next| trusted.update(next));
        match next {
            Ok(next) => trusted = next,
            Err(error) => return Fields::refuse(error.code()),
        }
    }
    Fields::accept()
}

fn verify_snapshot(input: Input<'_>) -> Fields {
    let trust = bundle(&input.bytes("trust")).expect("a good bundle");
    let bytes = input.bytes("bytes");
    let snapshot = SignedStatusSnapshot::parse(&bytes).map_err(StatusError::from);
    match snapshot.and_then(|snapshot| snapshot.verify(&trust)) {
        Ok(_) => Fields::accept(),
        Err(error) => Fields::refuse(error.code()),
    }
}

fn chain(input: Input<'_>) -> Fields {
    let trust = bundle(&input.bytes("trust")).expect("a good bundle");
    let verifier = Verifier::new(&trust);
    let expectation = Expectation { number: Expected::Unspecified, obligee: None, auth_key: None };
    let (earlier, later) = (input.bytes("earlier"), input.bytes("later"));
    let genuine = |bytes| {
        let signed = SignedCertificate::parse(bytes).expect("a certificate");
        let day = Date::from_days(20_000).expect("a day");
        verifier.verify(signed, &expectation, day, UnixTime::MAX).expect("a genuine certificate")
    };
    match genuine(&later).follows(&genuine(&earlier)) {
        Ok(()) => Fields::accept(),
        Err(error) => Fields::refuse(error.code()),
    }
}

/// Reads and verifies the snapshots, each with the newest bundle of its guarantor.
fn statuses(
    snapshots: &[Vec<u8>],
    bundles: &[TrustBundle],
) -> (Vec<StatusSnapshot>, Option<StatusError>) {
    let (mut usable, mut unusable) = (Vec::new(), None);
    for bytes in snapshots {
        let judged = SignedStatusSnapshot::parse(bytes).map_err(StatusError::from);
        let judged = judged.and_then(|snapshot| {
            let ours = |bundle: &&TrustBundle| bundle.guarantor_id() == snapshot.guarantor_id();
            let trust = bundles.iter().find(ours);
            snapshot.verify(trust.ok_or(StatusError::OtherGuarantor)?)
        });
        match judged {
            Ok(snapshot) => usable.push(snapshot),
            Err(error) => unusable = unusable.or(Some(error)),
        }
    }
    (usable, unusable)
}

fn refusal(verdict: &str, code: &str) -> Fields {
    Fields::of("verdict", verdict).with("code", code)
}

/// What a verdict rests on, besides what is asked.
struct Parts<'p> {
    signed: &'p [u8],
    bundles: Vec<TrustBundle>,
    status: Vec<Vec<u8>>,
    proof: Option<Vec<u8>>,
    evidence: Option<&'p Evidence<'p>>,
}

fn verify(input: Input<'_>) -> Fields {
    let bundles: Result<Vec<_>, _> =
        input.list("trust").iter().map(|bytes| bundle(bytes)).collect();
    let bundles = match bundles {
        Ok(bundles) => bundles,
        Err(error) => return refusal("trust-unusable", error.code()),
    };
    let signed = input.bytes("signed");
    let proof = input.maybe_text("proof").map(from_hex);
    let status = input.list("status");
    verify_parts(input, Parts { signed: &signed, bundles, status, proof, evidence: None })
}

/// Judges the parts of an evidence file as if they had come alone (spec R-EVID-8).
fn verify_evidence(input: Input<'_>) -> Fields {
    let bytes = input.bytes("evidence");
    if ObjectKind::of(&bytes) != Some(ObjectKind::Evidence) {
        return refusal("unreadable", "E1-NOT-RECOGNISED");
    }
    let evidence = match Evidence::parse(&bytes) {
        Ok(evidence) => evidence,
        Err(error) => return refusal("not-genuine", error.code()),
    };
    let bundles: Result<Vec<_>, _> = if let Some(roots) = input.maybe_text("roots") {
        let roots = <[u8; 32]>::try_from(from_hex(roots).as_slice()).expect("32 bytes");
        evidence.trust_inside(Fingerprint::from_bytes(roots)).map(|bundle| vec![bundle])
    } else {
        let pins = input.list("trust");
        pins.iter().map(|pin| evidence.trust_from(&bundle(pin)?)).collect()
    };
    let bundles = match bundles {
        Ok(bundles) => bundles,
        Err(error) => return refusal("trust-unusable", error.code()),
    };
    let mut status = input.list("status");
    status.extend(evidence.snapshots().iter().map(|snapshot| snapshot.to_vec()));
    let proof = input.maybe_text("proof").map(from_hex);
    let proof = proof.or_else(|| evidence.proof().map(<[u8]>::to_vec));
    let (signed, evidence) = (evidence.certificate(), Some(&evidence));
    verify_parts(input, Parts { signed, bundles, status, proof, evidence })
}

fn verify_parts(input: Input<'_>, parts: Parts<'_>) -> Fields {
    let Parts { signed: bytes, bundles, status, proof, evidence } = parts;
    let key = match input.maybe_text("auth_key").map(AuthKey::parse).transpose() {
        Ok(key) => key,
        Err(error) => return refusal("key-mistyped", error.code()),
    };
    if ObjectKind::of(bytes) != Some(ObjectKind::SignedCertificate) {
        return refusal("unreadable", "E1-NOT-RECOGNISED");
    }
    let signed = match SignedCertificate::parse(bytes) {
        Ok(signed) => signed,
        Err(error) => return refusal("not-genuine", error.code()),
    };
    let proof = proof.map(|proof| AttestationProof::parse(&proof).expect("a proof"));
    let remembered = input.0.get("remembered").map(Input);
    if let Some(sequence) = remembered.and_then(|seen| seen.0.get("bundle")) {
        let sequence = Sequence::new(sequence.as_u64().expect("a number")).expect("a sequence");
        if let Err(error) = bundles[0].clone().not_below(sequence) {
            return refusal("trust-unusable", error.code());
        }
    }
    let (snapshots, unusable) = statuses(&status, &bundles);
    let Some(first) = bundles.first() else { panic!("no bundle") };
    let mut verifier = bundles.iter().skip(1).fold(Verifier::new(first), Verifier::also_trusting);
    verifier = snapshots.iter().fold(verifier, Verifier::with_status);
    if let Some(error) = unusable {
        verifier = verifier.with_unusable_status(error);
    }
    if let Some(proof) = &proof {
        verifier = verifier.with_proof(proof);
    }
    let later = input.list("later");
    for bytes in &later {
        verifier = verifier.with_later(SignedCertificate::parse(bytes).expect("a certificate"));
    }
    if let Some(remembered) = remembered.filter(|seen| seen.0.get("list").is_some()) {
        let list = ListNumber::new(remembered.small("list")).expect("a list");
        let sequence = Sequence::new(remembered.int("sequence")).expect("a sequence");
        verifier = verifier.remembering(first.guarantor_id().clone(), list, sequence);
    }
    let number =
        input.maybe_text("number").map(|number| GuaranteeNumber::parse(number).expect("a number"));
    let expectation = Expectation {
        number: number.as_ref().map_or(Expected::Unspecified, Expected::Number),
        obligee: input.maybe_text("obligee"),
        auth_key: key.as_ref(),
    };
    let on = Date::parse(input.text("on")).expect("a date");
    let now = UnixTime::from_seconds(input.int("now")).expect("an instant");
    let certificate = match verifier.verify(signed, &expectation, on, now) {
        Ok(certificate) => certificate,
        Err(error) => return refused(error),
    };
    if let Some(Err(error)) = evidence.map(|evidence| evidence.check_chain(&certificate)) {
        return refusal("not-genuine", error.code());
    }
    let verdict = certificate.verdict();
    Fields::of("verdict", verdict.standing().code())
        .with_some("code", verdict.error_code())
        .with_some("superseded_by", verdict.superseded_by().map(Revision::number))
        .with_some("ended_on", verdict.ended_on().map(|day| day.to_string()))
        .with_some("as_of", verdict.as_of().map(UnixTime::seconds))
}

fn refused(error: VerifyError) -> Fields {
    Fields::of("verdict", error.verdict()).with("code", error.code())
}
