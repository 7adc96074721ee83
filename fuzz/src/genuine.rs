use std::sync::OnceLock;

use hosho::{
    AuthKey, Date, Expectation, Expected, SignedCertificate, SignedTrustBundle, TrustBundle,
    UnixTime, Verifier,
};

/// Objects that a guarantor made; they are seeds of the corpus, too.
pub(crate) struct Genuine {
    trust: TrustBundle,
    keys: Vec<AuthKey>,
    on: Date,
    now: UnixTime,
}

/// Signed, sealed, and the text of the auth key.
type Files = (&'static [u8], &'static [u8], &'static str);

macro_rules! files {
    ($($name:literal),*) => {
        &[$((
            include_bytes!(concat!("../corpus/decode/", $name)),
            include_bytes!(concat!("../corpus/open/", $name)),
            include_str!(concat!("../corpus/auth_key_text/", $name)),
        )),*]
    };
}

/// One guarantee, and all revisions of another.
const CERTIFICATES: &[Files] = files![
    "certificate-00",
    "certificate-03",
    "certificate-04",
    "certificate-05",
    "certificate-06"
];

impl Genuine {
    pub(crate) const BUNDLE: &[u8] = include_bytes!("../corpus/bundle/genuine");
    pub(crate) const SNAPSHOT: &[u8] = include_bytes!("../corpus/snapshot/genuine");

    /// Reads them, once.
    pub(crate) fn get() -> &'static Self {
        static GENUINE: OnceLock<Genuine> = OnceLock::new();
        GENUINE.get_or_init(|| Self {
            trust: SignedTrustBundle::parse(Self::BUNDLE)
                .and_then(SignedTrustBundle::pin)
                .expect("the bundle of the corpus"),
            keys: CERTIFICATES
                .iter()
                .map(|(_, _, text)| AuthKey::parse(text).expect("a key of the corpus"))
                .collect(),
            on: Date::parse("2025-10-20").expect("a day"),
            now: UnixTime::parse("2026-11-22T03:00:00Z").expect("an instant"),
        })
    }

    pub(crate) fn trust(&self) -> &TrustBundle {
        &self.trust
    }

    pub(crate) fn keys(&self) -> &[AuthKey] {
        &self.keys
    }

    /// One key opens every revision of its guarantee.
    pub(crate) fn is_sealed_for(&self, key: &AuthKey, bytes: &[u8]) -> bool {
        let own = |(other, (_, sealed, _)): (&AuthKey, &(_, &[u8], _))| {
            other.matches(key) && *sealed == bytes
        };
        self.keys.iter().zip(CERTIFICATES).any(own)
    }

    pub(crate) fn signed(&self, at: u8) -> &'static [u8] {
        CERTIFICATES[usize::from(at) % CERTIFICATES.len()].0
    }

    pub(crate) fn sealed(&self, at: u8) -> &'static [u8] {
        CERTIFICATES[usize::from(at) % CERTIFICATES.len()].1
    }

    pub(crate) fn is_signed(&self, bytes: &[u8]) -> bool {
        CERTIFICATES.iter().any(|(signed, _, _)| *signed == bytes)
    }

    pub(crate) fn verifies(&self, bytes: &[u8]) -> bool {
        let Ok(signed) = SignedCertificate::parse(bytes) else { return false };
        let expectation =
            Expectation { number: Expected::Unspecified, obligee: None, auth_key: None };
        Verifier::new(&self.trust).verify(signed, &expectation, self.on, self.now).is_ok()
    }
}
