//! What the fuzz targets assert, one function each, so that a test without libFuzzer can replay
//! their corpora.
//!
//! Whatever a reader accepts must encode to itself, and `ciborium`, which shares no code with our
//! reader, must see one value in it and write that value back as the same bytes. Whatever is not
//! one of the genuine objects must not be believed.

#[cfg(feature = "large")]
use std::cell::Cell;
use std::sync::{Mutex, OnceLock, PoisonError};

use curve25519_dalek::edwards::CompressedEdwardsY;
use hosho::{
    AttestationProof, AuthKey, Evidence, Fingerprint, GuaranteeNumber, PreparedCertificate,
    SealedCertificate, SignedCertificate, SignedStatusSnapshot, SignedTrustBundle, decode_armor,
    encode_armor,
};

mod differential;
#[cfg(feature = "large")]
mod forms;
mod genuine;
mod mutation;
#[path = "../../crates/hosho-confirm/src/pasted.rs"]
mod pasting;
#[path = "../../crates/hosho-ed25519/tests/equality/differential.rs"]
mod signatures;

use differential::{payload_of, same_in_ciborium, to_be_signed};
use genuine::Genuine;
#[cfg(feature = "large")]
use hosho_document::{Carrier, Handed, ReadError};
use hosho_ed25519::VerifyingKey;
use mutation::mutated;
use pasting::{Credentials, PastedError};
use signatures::{Generator, Tally, compare_batch};

/// A fuzz target: its name, and what it does with an input.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[
    ("armor", armor),
    ("auth_key_text", auth_key_text),
    ("bundle", bundle),
    ("decode", decode),
    ("evidence", evidence),
    #[cfg(feature = "large")]
    ("form", form),
    ("key", key),
    ("number", number),
    ("open", open),
    #[cfg(feature = "large")]
    ("paper", paper),
    ("pasted", pasted),
    ("proof", proof),
    ("signature", signature),
    ("snapshot", snapshot),
    ("verify", verify),
];

/// Text armor: any bytes survive it, and it has one spelling.
pub fn armor(data: &[u8]) {
    if data.len() <= SealedCertificate::MAX_LEN {
        assert_eq!(decode_armor(&encode_armor(data)).as_deref(), Ok(data));
    }
    if let Ok(text) = str::from_utf8(data)
        && let Ok(object) = decode_armor(text)
    {
        assert_eq!(encode_armor(&object), text);
    }
}

/// Auth keys: every accepted spelling prints as one text, which is the same key.
pub fn auth_key_text(data: &[u8]) {
    if let Ok(text) = str::from_utf8(data)
        && let Ok(key) = AuthKey::parse(text)
    {
        let printed = key.expose_text();
        assert_eq!(printed.as_str().len(), 29);
        assert!(AuthKey::parse(printed.as_str()).is_ok_and(|again| again.matches(&key)));
    }
}

/// Trust bundles: an accepted one is canonical, and none pins that roots did not sign.
pub fn bundle(data: &[u8]) {
    if let Ok(bundle) = SignedTrustBundle::parse(data) {
        same_in_ciborium(data);
        same_in_ciborium(&payload_of(data));
        assert!(bundle.pin().is_err() || data == Genuine::BUNDLE);
    }
}

/// Signed certificates: an accepted one is canonical, to itself, to `ciborium` and to the issuer.
pub fn decode(data: &[u8]) {
    if SignedCertificate::parse(data).is_ok() {
        same_in_ciborium(data);
        same_in_ciborium(&payload_of(data));
        let message = to_be_signed(data);
        let prepared = PreparedCertificate::parse(&message).expect("what a reader accepts");
        assert_eq!(prepared.to_be_signed(), message);
    }
}

/// Evidence files: an accepted one is canonical, and none makes bundles inside a trust.
pub fn evidence(data: &[u8]) {
    let Ok(file) = Evidence::parse(data) else { return };
    same_in_ciborium(data);
    assert_eq!(file.clone().into_draft().to_canonical_cbor().as_deref(), Ok(data));
    assert_eq!(file.imprint() == Fingerprint::of(data), file.timestamp().is_none());
    assert!(file.trust_inside(Fingerprint::from_bytes([0; 32])).is_err());
    let pin = SignedTrustBundle::parse(Genuine::BUNDLE).and_then(SignedTrustBundle::pin);
    let pin = pin.expect("a genuine bundle");
    assert!(file.trust_from(&pin).is_err() || file.trust_from(&pin) == Ok(pin));
}

/// Forms that a browser sends, through all that the services put around their pages: what is taken has
/// the token once, and no form makes a service fail.
#[cfg(feature = "large")]
pub fn form(data: &[u8]) {
    forms::send(data);
}

/// Public keys: accepted are those that dalek takes for canonical points without torsion.
pub fn key(data: &[u8]) {
    let Some(bytes) = data.first_chunk() else { return };
    let point = CompressedEdwardsY(*bytes).decompress();
    let right = point.is_some_and(|point| {
        point.compress().0 == *bytes && !point.is_small_order() && point.is_torsion_free()
    });
    assert_eq!(VerifyingKey::parse(bytes).is_ok(), right);
}

/// Guarantee numbers: folding what was folded changes nothing.
pub fn number(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    if let Ok(number) = GuaranteeNumber::fold(text) {
        assert_eq!(GuaranteeNumber::fold(number.as_str()), Ok(number.clone()));
        assert_eq!(GuaranteeNumber::parse(number.as_str()), Ok(number.clone()));
    }
    if let Ok(number) = GuaranteeNumber::parse(text) {
        assert_eq!(GuaranteeNumber::fold(text), Ok(number));
    }
}

/// Sealed certificates: an accepted one is canonical, and only the genuine ones open.
pub fn open(data: &[u8]) {
    let genuine = Genuine::get();
    for sealed in [data, &mutated(data, |at| genuine.sealed(at))] {
        if let Ok(parsed) = SealedCertificate::parse(sealed) {
            same_in_ciborium(sealed);
            for key in genuine.keys() {
                assert_eq!(key.open(&parsed).is_ok(), genuine.is_sealed_for(key, sealed));
            }
        }
    }
}

/// Papers, whatever kind of file: whoever wants a certificate and whoever confirms one see the same.
#[cfg(feature = "large")]
pub fn paper(data: &[u8]) {
    /// How many pictures are searched; the reader's own limit is a time.
    const MOST_PICTURES: u8 = 4;
    let Some(carrier) = Carrier::of(data) else { return };
    let searched = Cell::new(0_u8);
    let is_time_left = || searched.replace(searched.get().saturating_add(1)) < MOST_PICTURES;
    match carrier.read_handed(data, &is_time_left) {
        Ok(Handed::Certificate(certificate)) => {
            searched.set(0);
            assert_eq!(carrier.read(data, &is_time_left), Ok(certificate));
        }
        Ok(Handed::Notice(text)) => pasted(text.as_bytes()),
        Err(error) => assert!(ReadError::ALL.contains(&error)),
    }
}

/// Pasted texts: number and key that are found are found again in the notice's code, and after their
/// labels wherever the number can be told from a word and from a key. Never is another one found.
pub fn pasted(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    match Credentials::find(text) {
        Ok(found) => {
            let (number, key) = (&found.number, found.auth_key.expose_text());
            let code = format!("HSK1:{number}:{}", key.as_str());
            found_again(&found, Credentials::find(&code).expect("the notice's code"));
            let labelled = format!("保証契約番号　{number}\n認証キー　{}", key.as_str());
            match Credentials::find(&labelled) {
                Ok(again) => found_again(&found, again),
                Err(PastedError::NoNumber | PastedError::Several) => {
                    let text = number.as_str();
                    let word = !text.bytes().any(|byte| byte.is_ascii_digit());
                    let groups = text.split('-').map(str::len).eq([5; 5]);
                    let key = text.len() == 25 && AuthKey::parse(text).is_ok();
                    assert!(word || groups || key, "{number} was not found after its label");
                }
                Err(error) => panic!("{number} after its label: {error:?}"),
            }
        }
        Err(PastedError::TooLong) => assert!(data.len() > Credentials::MAX_TEXT_LEN),
        Err(_) => {}
    }
}

fn found_again(found: &Credentials, again: Credentials) {
    assert_eq!(again.number, found.number);
    assert!(again.auth_key.matches(&found.auth_key));
}

/// Attestation proofs: an accepted one encodes to itself.
pub fn proof(data: &[u8]) {
    if let Ok(proof) = AttestationProof::parse(data) {
        assert_eq!(proof.to_canonical_cbor(), data);
        same_in_ciborium(data);
    }
}

/// Signatures: on every path, single and in batches of up to 70, the verdicts are dalek's.
pub fn signature(data: &[u8]) {
    static GENERATOR: OnceLock<Mutex<Generator>> = OnceLock::new();
    let Some((length, rest)) = data.split_first() else { return };
    let generator = GENERATOR.get_or_init(|| Mutex::new(Generator::new(0)));
    let mut generator = generator.lock().unwrap_or_else(PoisonError::into_inner);
    generator.feed(rest);
    let (length, mut tally) = (length % 71, Tally::default());
    let compared = compare_batch(&mut generator, usize::from(length), &mut tally);
    assert!(compared.is_ok(), "{}", compared.err().map_or_else(String::new, |d| d.to_string()));
    assert_eq!(tally.cases(), u64::from(length));
}

/// Status snapshots: an accepted one is canonical, and none is believed that nobody signed.
pub fn snapshot(data: &[u8]) {
    if let Ok(snapshot) = SignedStatusSnapshot::parse(data) {
        same_in_ciborium(data);
        same_in_ciborium(&payload_of(data));
        let believed = snapshot.verify(Genuine::get().trust()).is_ok();
        assert_eq!(believed, data == Genuine::SNAPSHOT);
    }
}

/// Verification: of everything that mutation makes of genuine certificates, only they verify.
pub fn verify(data: &[u8]) {
    let genuine = Genuine::get();
    let certificate = mutated(data, |at| genuine.signed(at));
    assert_eq!(genuine.verifies(&certificate), genuine.is_signed(&certificate));
}
