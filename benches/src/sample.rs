//! Many certificates of one key or several, the same bytes in every process.

use coset::{CoseSign1, TaggedCborSerializable as _};
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use hosho::{
    Certificate, Date, Expectation, Expected, GuaranteeNumber, PreparedCertificate, SecretKey,
    SignedCertificate, SignedStatusSnapshot, SignedTrustBundle, Signer as _, StatusIndex,
    StatusSnapshot, TrustBundle, UnixTime, Verifier,
};
use serde_json::Value;

use crate::world::{bundle, entries, request_texts, snapshot, status_key};
use crate::{Issued, World};

/// How many certificates are verified in bulk at a time: the list of their verdicts stays small
/// enough for the allocator to use the same memory again and again.
pub const AT_A_TIME: usize = 124;

/// Certificates that differ, and what verifies them.
#[derive(Debug)]
pub struct Sample {
    /// The key of the first guarantor key, as the others take it.
    pub(crate) key: VerifyingKey,
    /// The secret half, for the peers that have a format of their own.
    pub(crate) secret: SigningKey,
    pub(crate) signed: Vec<Signed>,
    trust: TrustBundle,
    status: StatusSnapshot,
    on: Date,
    now: UnixTime,
}

/// One certificate, and what its signature covers.
#[derive(Debug)]
pub(crate) struct Signed {
    /// The whole certificate.
    pub(crate) bytes: Vec<u8>,
    /// The number, to be expected.
    pub(crate) number: GuaranteeNumber<'static>,
    /// The `Sig_structure`.
    pub(crate) message: Vec<u8>,
    pub(crate) signature: [u8; 64],
    /// The request that it was issued for, as JSON: similar content for other formats.
    pub(crate) request: Value,
}

impl Sample {
    /// Signs `count` certificates with `keys` keys, in an order that looks random.
    ///
    /// Their content is that of the samples in turn, each time with another status index.
    pub fn new(keys: u8, count: u32) -> Self {
        let world = World::new();
        let secrets: Vec<_> =
            (0..keys).map(|key| SecretKey::take(&mut [key.wrapping_add(64); 32])).collect();
        let bundle =
            bundle(&world.guarantor_id, &secrets.iter().collect::<Vec<_>>(), &status_key());
        let trust = SignedTrustBundle::parse(&bundle).expect("well formed").pin().expect("trusted");
        let requests: Vec<Value> = request_texts()
            .iter()
            .map(|text| serde_json::from_slice(text).expect("JSON"))
            .collect();
        let standings = entries(&world.issued);
        let (mut signed, mut statuses) = (Vec::new(), Vec::new());
        let mut random = Random(0x2545_f491_4f6c_dd1d);
        let contents = world.issued.iter().zip(&requests).cycle();
        for (index, (issued, request)) in (0..count).zip(contents) {
            let secret = random.one_of(&secrets);
            let index = StatusIndex::new(index).expect("an index");
            let standing = standings.get(&issued.certificate.claims().status.index);
            statuses.push((index, *standing.expect("an entry")));
            signed.push(sign(issued, index, secret, request.clone()));
        }
        let last = StatusIndex::new(count).expect("an index");
        let entries = statuses.into_iter().collect();
        let status = snapshot(&world.guarantor_id, world.now, last, entries, &status_key());
        let status = SignedStatusSnapshot::parse(&status)
            .expect("well formed")
            .verify(&trust)
            .expect("signed by the guarantor");
        let secret = SigningKey::from_bytes(&secrets.first().expect("a key").expose_seed());
        let World { on, now, .. } = world;
        Self { key: secret.verifying_key(), secret, signed, trust, status, on, now }
    }

    /// Returns a verifier that trusts the keys and knows the status.
    pub(crate) fn verifier(&self) -> Verifier<'_> {
        Verifier::new(&self.trust).with_status(&self.status)
    }

    /// Goes from the bytes to the verdict, expecting the number.
    pub(crate) fn verify(&self, verifier: &Verifier<'_>, signed: &Signed) -> bool {
        let Ok(certificate) = SignedCertificate::parse(&signed.bytes) else { return false };
        let expectation = expecting(Expected::Number(&signed.number));
        verifier.verify(certificate, &expectation, self.on, self.now).is_ok()
    }

    /// Goes from the bytes to the verdicts, [`AT_A_TIME`], and returns how many certificates
    /// are genuine.
    pub(crate) fn verify_many(&self, verifier: &Verifier<'_>, signed: &[Signed]) -> usize {
        signed.chunks(AT_A_TIME).map(|signed| self.verify_chunk(verifier, signed)).sum()
    }

    fn verify_chunk(&self, verifier: &Verifier<'_>, signed: &[Signed]) -> usize {
        let certificates =
            signed.iter().filter_map(|signed| SignedCertificate::parse(&signed.bytes).ok());
        let expectation = expecting(Expected::Unspecified);
        verifier
            .verify_many(certificates.collect(), &expectation, self.on, self.now)
            .iter()
            .filter(|verdict| verdict.is_ok())
            .count()
    }

    /// Returns how many bytes a certificate has on average.
    pub fn mean_len(&self) -> usize {
        let bytes: usize = self.signed.iter().map(|signed| signed.bytes.len()).sum();
        bytes / self.signed.len().max(1)
    }

    pub(crate) fn sign_other(&self, message: &[u8]) -> [u8; 64] {
        self.secret.sign(message).to_bytes()
    }
}

fn expecting(number: Expected<'_>) -> Expectation<'_> {
    Expectation { number, obligee: None, auth_key: None }
}

fn sign(issued: &Issued, index: StatusIndex, secret: &SecretKey, request: Value) -> Signed {
    let mut claims = issued.certificate.claims().clone();
    claims.status.index = index;
    let certificate = Certificate::new(claims).expect("a certificate");
    let bytes = PreparedCertificate::new(&certificate, secret.public_key().key_id())
        .and_then(|prepared| prepared.sign(secret))
        .expect("a signature");
    let object = CoseSign1::from_tagged_slice(&bytes).expect("a COSE_Sign1");
    let signature = object.signature.as_slice().try_into().expect("64 bytes");
    let message = object.tbs_data(b"");
    Signed { bytes, number: issued.number.clone(), message, signature, request }
}

/// An xorshift generator: the same order in every process.
struct Random(u64);

impl Random {
    fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let at = usize::try_from(self.0 >> 33).expect("31 bits") % all.len();
        all.get(at).expect("within")
    }
}
