//! Verifies timestamp tokens (RFC 3161): that some bytes existed before a time, on the word of an
//! authority whose root certificate a person has pinned.
//!
//! Nothing is fetched: the certificates between the signer's and the root stand in the token, and
//! revocation is not looked at. The structures of CMS are read by `cms` and `der`, which accept
//! DER only, and the path of certificates and every signature are checked by `rustls-webpki`.
//! The time is read here, because its fractions of a second (RFC 3161 section 2.4.2) are not
//! known to other readers.
//!
//! ```
//! use hosho_timestamp::{Authority, token_of};
//!
//! let pem = include_bytes!("../tests/data/root.pem");
//! let reply = include_bytes!("../tests/data/rsa.tsr");
//! let authority = Authority::from_pem(pem)?;
//! let stamp = authority.verify(&token_of(reply)?, &IMPRINT)?;
//! assert_eq!(stamp.seconds(), 1_795_411_576);
//! # // SHA-256 of tests/data/content, which the request was for.
//! # const IMPRINT: [u8; 32] = [
//! #     0x63, 0x55, 0x80, 0x6b, 0x2d, 0x1e, 0xeb, 0x58, 0x14, 0x63, 0x40, 0xf0, 0x17, 0xfe, 0xeb, 0xa6,
//! #     0x83, 0xd2, 0x6c, 0x45, 0x80, 0xfd, 0x89, 0xb3, 0xac, 0x74, 0xa9, 0xee, 0x6d, 0x4b, 0x58, 0x7c,
//! # ];
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod content;
mod error;
mod signer;
mod token;

use std::ops::RangeInclusive;
use std::time::Duration;

use der::Decode as _;

use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::anchor_from_trusted_cert;
use x509_cert::Certificate;

use content::Content;
pub use error::{AuthorityError, TimestampError};
use signer::Signer;
use token::Token;

/// The root certificates of time-stamping authorities, pinned by a person.
#[derive(Clone, Debug)]
pub struct Authority {
    // Invariant: there is at least one, and each is a certificate that can be an anchor.
    roots: Vec<Root>,
}

#[derive(Clone, Debug)]
struct Root {
    certificate: CertificateDer<'static>,
    /// When it is valid, in seconds since 1970: a path to an anchor does not look at that.
    valid: RangeInclusive<u64>,
}

impl Root {
    fn read(certificate: CertificateDer<'static>) -> Option<Self> {
        anchor_from_trusted_cert(&certificate).ok()?;
        let validity = Certificate::from_der(&certificate).ok()?.tbs_certificate.validity;
        let [from, to] =
            [validity.not_before, validity.not_after].map(|time| time.to_unix_duration().as_secs());
        Some(Self { certificate, valid: from..=to })
    }
}

/// What a verified token says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Timestamp {
    seconds: u64,
}

impl Authority {
    /// Reads the root certificates of a PEM file.
    ///
    /// # Errors
    /// [`AuthorityError`] if there is none, or one cannot be read.
    pub fn from_pem(pem: &[u8]) -> Result<Self, AuthorityError> {
        let read = |der: Result<_, _>| der.ok().and_then(Root::read).ok_or(AuthorityError);
        let roots: Vec<_> =
            CertificateDer::pem_slice_iter(pem).map(read).collect::<Result<_, _>>()?;
        if roots.is_empty() { Err(AuthorityError) } else { Ok(Self { roots }) }
    }

    /// Verifies that a token is over `imprint`, a SHA-256, and signed by an authority that one of
    /// the roots vouches for at the token's own time.
    ///
    /// # Errors
    /// [`TimestampError`] with what does not hold.
    pub fn verify(&self, token: &[u8], imprint: &[u8; 32]) -> Result<Timestamp, TimestampError> {
        let token = Token::parse(token)?;
        let content = Content::parse(token.content())?;
        if content.imprint != *imprint {
            return Err(TimestampError::Imprint);
        }
        let signer = Signer::find(&token)?;
        signer.check_purpose()?;
        signer.check_signature(&token)?;
        let time = UnixTime::since_unix_epoch(Duration::from_secs(content.seconds));
        let valid = self.roots.iter().filter(|root| root.valid.contains(&content.seconds));
        let anchors: Result<Vec<_>, _> =
            valid.map(|root| anchor_from_trusted_cert(&root.certificate)).collect();
        let anchors = anchors.map_err(|_| TimestampError::Path)?;
        signer.check_path(&anchors, token.certificates(), time)?;
        Ok(Timestamp { seconds: content.seconds })
    }
}

impl Timestamp {
    /// Returns the seconds since 1970 before which the bytes existed; a fraction counts as a whole
    /// second.
    pub const fn seconds(&self) -> u64 {
        self.seconds
    }
}

/// Returns the token of a reply of an authority (`TimeStampResp`), or of a file that holds the
/// token alone.
///
/// # Errors
/// [`TimestampError::Form`] if it is neither, [`TimestampError::NotGranted`] if the authority
/// refused to make one.
pub fn token_of(reply: &[u8]) -> Result<Vec<u8>, TimestampError> {
    token::of_reply(reply)
}

/// Returns the imprint that a token says it is over; nothing about it is verified.
///
/// # Errors
/// [`TimestampError::Form`].
pub fn claimed_imprint(token: &[u8]) -> Result<[u8; 32], TimestampError> {
    Ok(Content::parse(Token::parse(token)?.content())?.imprint)
}

/// Returns the time that a token says, in seconds since 1970; nothing about it is verified.
///
/// # Errors
/// [`TimestampError::Form`].
pub fn claimed_seconds(token: &[u8]) -> Result<u64, TimestampError> {
    Ok(Content::parse(Token::parse(token)?.content())?.seconds)
}
