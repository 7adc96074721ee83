//! Who signed a token: the certificate, the signature, and the path to a root.

use cms::signed_data::{SignerIdentifier, SignerInfo};
use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use der::{Decode as _, Encode as _, Reader as _, SliceReader};
use ring::digest::{self, Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512};
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm, TrustAnchor, UnixTime};
use webpki::ring as algorithms;
use webpki::{EndEntityCert, KeyUsage};
use x509_cert::Certificate;
use x509_cert::ext::pkix::{ExtendedKeyUsage, SubjectKeyIdentifier};
use x509_cert::spki::AlgorithmIdentifierOwned;

use crate::error::TimestampError;
use crate::token::{TST_INFO, Token};

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

const SHA_1: ObjectIdentifier = oid("1.3.14.3.2.26");
const SHA_256: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.1");
const SHA_384: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.2");
const SHA_512: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.3");
const RSA: ObjectIdentifier = oid("1.2.840.113549.1.1.1");
const CONTENT_TYPE: ObjectIdentifier = oid("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = oid("1.2.840.113549.1.9.4");
const SIGNING_CERTIFICATE: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.12");
const SIGNING_CERTIFICATE_V2: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.47");
const EXTENDED_KEY_USAGE: ObjectIdentifier = oid("2.5.29.37");
const SUBJECT_KEY_ID: ObjectIdentifier = oid("2.5.29.14");
const TIME_STAMPING: ObjectIdentifier = oid("1.3.6.1.5.5.7.3.8");
/// The content of [`TIME_STAMPING`]'s encoding.
const TIME_STAMPING_BYTES: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x08];

type Verification = &'static dyn SignatureVerificationAlgorithm;

/// What may sign tokens and the certificates above them.
static ALGORITHMS: &[Verification] = &[
    algorithms::ECDSA_P256_SHA256,
    algorithms::ECDSA_P256_SHA384,
    algorithms::ECDSA_P384_SHA256,
    algorithms::ECDSA_P384_SHA384,
    algorithms::RSA_PKCS1_2048_8192_SHA256,
    algorithms::RSA_PKCS1_2048_8192_SHA384,
    algorithms::RSA_PKCS1_2048_8192_SHA512,
];

/// A hash, and the signatures that may be made over it.
struct Hash {
    digest: ObjectIdentifier,
    algorithm: &'static Algorithm,
    rsa: (ObjectIdentifier, Verification),
    ecdsa: Option<(ObjectIdentifier, [Verification; 2])>,
}

static HASHES: [Hash; 3] = [
    Hash {
        digest: SHA_256,
        algorithm: &SHA256,
        rsa: (oid("1.2.840.113549.1.1.11"), algorithms::RSA_PKCS1_2048_8192_SHA256),
        ecdsa: Some((
            oid("1.2.840.10045.4.3.2"),
            [algorithms::ECDSA_P256_SHA256, algorithms::ECDSA_P384_SHA256],
        )),
    },
    Hash {
        digest: SHA_384,
        algorithm: &SHA384,
        rsa: (oid("1.2.840.113549.1.1.12"), algorithms::RSA_PKCS1_2048_8192_SHA384),
        ecdsa: Some((
            oid("1.2.840.10045.4.3.3"),
            [algorithms::ECDSA_P256_SHA384, algorithms::ECDSA_P384_SHA384],
        )),
    },
    Hash {
        digest: SHA_512,
        algorithm: &SHA512,
        rsa: (oid("1.2.840.113549.1.1.13"), algorithms::RSA_PKCS1_2048_8192_SHA512),
        ecdsa: None,
    },
];

impl Hash {
    /// Returns what can verify a signature of this algorithm.
    fn verifications(&self, signature: &ObjectIdentifier) -> &[Verification] {
        match &self.ecdsa {
            _ if *signature == RSA || *signature == self.rsa.0 => std::slice::from_ref(&self.rsa.1),
            Some((ecdsa, verifications)) if signature == ecdsa => verifications,
            _ => &[],
        }
    }
}

/// The certificate of the one who signed a token.
#[derive(Debug)]
pub(crate) struct Signer<'t> {
    der: &'t CertificateDer<'static>,
    certificate: Certificate,
}

impl<'t> Signer<'t> {
    /// Finds the certificate that the signer names.
    pub(crate) fn find(token: &'t Token) -> Result<Self, TimestampError> {
        let named = |der: &'t CertificateDer<'static>| {
            let certificate = Certificate::from_der(der).ok()?;
            is_named(&token.signer().sid, &certificate).then_some(Self { der, certificate })
        };
        token.certificates().iter().find_map(named).ok_or(TimestampError::Signer)
    }

    /// Checks that the certificate is for time-stamping alone (RFC 3161 section 2.3).
    pub(crate) fn check_purpose(&self) -> Result<(), TimestampError> {
        let extensions = self.certificate.tbs_certificate.extensions.iter().flatten();
        let mut usages = extensions.filter(|one| one.extn_id == EXTENDED_KEY_USAGE);
        let (Some(usage), None) = (usages.next(), usages.next()) else {
            return Err(TimestampError::Purpose);
        };
        let purposes = ExtendedKeyUsage::from_der(usage.extn_value.as_bytes());
        let alone = purposes.is_ok_and(|purposes| purposes.0 == [TIME_STAMPING]);
        if usage.critical && alone { Ok(()) } else { Err(TimestampError::Purpose) }
    }

    /// Checks the signature, and that it covers the content and names this certificate (RFC 5652
    /// section 5.4, RFC 5035).
    pub(crate) fn check_signature(&self, token: &Token) -> Result<(), TimestampError> {
        let signer = token.signer();
        let hash = HASHES.iter().find(|hash| hash.digest == signer.digest_alg.oid);
        let hash = hash.ok_or(TimestampError::Signature)?;
        self.check_attributes(signer, hash, token.content())?;
        let attributes = signer.signed_attrs.as_ref().ok_or(TimestampError::Signature)?;
        // What is signed is the set with the tag of a set (RFC 5652 section 5.4).
        let message = attributes.to_der().map_err(|_| TimestampError::Form)?;
        let certificate = EndEntityCert::try_from(self.der).map_err(|_| TimestampError::Signer)?;
        let signature = signer.signature.as_bytes();
        let verifies = |algorithm: &Verification| {
            certificate.verify_signature(*algorithm, &message, signature).is_ok()
        };
        let candidates = hash.verifications(&signer.signature_algorithm.oid);
        if candidates.iter().any(verifies) { Ok(()) } else { Err(TimestampError::Signature) }
    }

    fn check_attributes(
        &self,
        signer: &SignerInfo,
        hash: &Hash,
        content: &[u8],
    ) -> Result<(), TimestampError> {
        let wrong = TimestampError::Signature;
        let content_type = attribute(signer, CONTENT_TYPE)?.ok_or(wrong)?;
        if ObjectIdentifier::from_der(&content_type) != Ok(TST_INFO) {
            return Err(wrong);
        }
        let found = attribute(signer, MESSAGE_DIGEST)?.ok_or(wrong)?;
        let found = OctetStringRef::from_der(&found).map_err(|_| wrong)?;
        if found.as_bytes() != digest::digest(hash.algorithm, content).as_ref() {
            return Err(wrong);
        }
        let (version, named) = match attribute(signer, SIGNING_CERTIFICATE_V2)? {
            Some(named) => (Version::Two, named),
            None => (Version::One, attribute(signer, SIGNING_CERTIFICATE)?.ok_or(wrong)?),
        };
        let (algorithm, hash) = first_hash(&named, version).ok_or(wrong)?;
        if digest::digest(algorithm, self.der).as_ref() != hash {
            return Err(TimestampError::Signer);
        }
        Ok(())
    }

    /// Checks that certificates lead from here to a root, all within their time.
    pub(crate) fn check_path(
        &self,
        anchors: &[TrustAnchor<'_>],
        between: &[CertificateDer<'static>],
        time: UnixTime,
    ) -> Result<(), TimestampError> {
        let certificate = EndEntityCert::try_from(self.der).map_err(|_| TimestampError::Path)?;
        let usage = KeyUsage::required_if_present(TIME_STAMPING_BYTES);
        certificate
            .verify_for_usage(ALGORITHMS, anchors, between, time, usage, None, None)
            .map(|_| ())
            .map_err(|_| TimestampError::Path)
    }
}

fn is_named(sid: &SignerIdentifier, certificate: &Certificate) -> bool {
    let inner = &certificate.tbs_certificate;
    match sid {
        SignerIdentifier::IssuerAndSerialNumber(named) => {
            named.issuer == inner.issuer && named.serial_number == inner.serial_number
        }
        SignerIdentifier::SubjectKeyIdentifier(named) => {
            let extensions = inner.extensions.iter().flatten();
            let mut ids = extensions.filter(|one| one.extn_id == SUBJECT_KEY_ID);
            ids.any(|id| {
                SubjectKeyIdentifier::from_der(id.extn_value.as_bytes()).as_ref() == Ok(named)
            })
        }
    }
}

/// Returns the only value of a signed attribute, if the attribute is there.
fn attribute(signer: &SignerInfo, id: ObjectIdentifier) -> Result<Option<Vec<u8>>, TimestampError> {
    let all = signer.signed_attrs.iter().flat_map(|attributes| attributes.iter());
    let mut found = all.filter(|attribute| attribute.oid == id);
    let (Some(attribute), None) = (found.next(), found.next()) else {
        return Ok(None);
    };
    let [value] = attribute.values.as_slice() else { return Err(TimestampError::Signature) };
    value.to_der().map(Some).map_err(|_| TimestampError::Form)
}

/// Which form of the attribute that names the signer's certificate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Version {
    /// RFC 2634: SHA-1.
    One,
    /// RFC 5035: SHA-256 unless another hash is named.
    Two,
}

/// Returns the hash of the first certificate that the attribute names.
fn first_hash(attribute: &[u8], version: Version) -> Option<(&'static Algorithm, Vec<u8>)> {
    let named = AnyRef::from_der(attribute).ok()?;
    let first = named.sequence(|reader| {
        let first = AnyRef::decode(reader)?.sequence(|reader| {
            let first =
                AnyRef::decode(reader)?.sequence(|reader| certificate_id(reader, version))?;
            rest(reader)?;
            Ok(first)
        })?;
        rest(reader)?;
        Ok(first)
    });
    first.ok()?
}

type Named = Option<(&'static Algorithm, Vec<u8>)>;

fn certificate_id(reader: &mut SliceReader<'_>, version: Version) -> der::Result<Named> {
    let algorithm = match version {
        Version::One => Some(&SHA1_FOR_LEGACY_USE_ONLY),
        Version::Two if reader.peek_tag()? == der::Tag::Sequence => {
            let named = AlgorithmIdentifierOwned::decode(reader)?.oid;
            let hash = HASHES.iter().find(|hash| hash.digest == named);
            hash.map(|hash| hash.algorithm)
                .or((named == SHA_1).then_some(&SHA1_FOR_LEGACY_USE_ONLY))
        }
        Version::Two => Some(&SHA256),
    };
    let hash = OctetStringRef::decode(reader)?.as_bytes().to_vec();
    rest(reader)?;
    Ok(algorithm.map(|algorithm| (algorithm, hash)))
}

/// Passes over what decides nothing.
fn rest(reader: &mut SliceReader<'_>) -> der::Result<()> {
    while !reader.is_finished() {
        AnyRef::decode(reader)?;
    }
    Ok(())
}
