//! Guarantee certificates for public works that prove themselves.
//!
//! A guarantor (保証事業会社) promises an obligee (発注者) to pay if a contractor (請負者) does not
//! perform. This crate holds the certificate of that promise: a canonical CBOR map, signed with
//! Ed25519 in a COSE envelope, sealed so that the contractor's auth key (認証キー) opens it. The
//! obligee verifies it offline, against a trust bundle that did not come with it.
//!
//! (The body that orders the works is also called an issuer elsewhere; here it is the obligee.)
//!
//! The format is defined in `docs/spec.md`; rules are cited by their ids, such as R-CBOR-1.
//!
//! # One type per level of trust
//!
//! | bytes become | by | which means |
//! |---|---|---|
//! | [`SealedCertificate`] | `parse` | well formed, closed |
//! | [`OpenedCertificate`] | [`AuthKey::open`] | the auth key fits the sealing |
//! | [`SignedCertificate`] | `parse` | well formed; its claims cannot be read |
//! | [`VerifiedCertificate`] | [`Verifier::verify`] | the guarantor signed it; the [`Verdict`] tells whether it is in force |
//! | [`TrustBundle`] | [`SignedTrustBundle::pin`], [`TrustBundle::update`] | trusted by the caller, or reached from what was |
//! | [`StatusSnapshot`] | [`SignedStatusSnapshot::verify`] | a status key of the guarantor signed it |
//! | [`Evidence`] | `parse` | well formed; each of its parts is judged as if it had come alone |
//!
//! # Example
//!
//! What an obligee does with the file, the number and the auth key that a contractor hands over.
//!
//! ```
//! use hosho::{
//!     AuthKey, Date, Expectation, Expected, GuaranteeNumber, SealedCertificate,
//!     SignedStatusSnapshot, SignedTrustBundle, Standing, UnixTime, Verifier,
//! };
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let file = include_bytes!("../examples/data/31-07-1-0000123-9-r1.sealed.hosho");
//! # let pinned_bundle = include_bytes!("../examples/data/trust.hosho");
//! # let newest_snapshot = include_bytes!("../examples/data/status.hosho");
//! // The bundle is a file that the obligee got from the guarantor once, not with a certificate.
//! let trust = SignedTrustBundle::parse(pinned_bundle)?.pin()?;
//! let status = SignedStatusSnapshot::parse(newest_snapshot)?.verify(&trust)?;
//!
//! // What the contractor handed over, as a person types it.
//! let number = GuaranteeNumber::fold("３１－０７－１－００００１２３－９")?;
//! let key = AuthKey::parse("10JT6-4Z5E1-8H60F-XWX85-H6N6Y")?;
//!
//! let opened = key.open(&SealedCertificate::parse(file)?)?;
//! let expectation = Expectation {
//!     number: Expected::Number(&number),
//!     obligee: Some("瑞穂県"),
//!     auth_key: None, // the key that opened it is compared anyway
//! };
//! let on = Date::parse("2026-01-10")?;
//! let now = UnixTime::parse("2026-01-10T03:00:00Z")?;
//! let certificate = Verifier::new(&trust)
//!     .with_status(&status)
//!     .verify_opened(&opened, &expectation, on, now)?;
//!
//! assert_eq!(certificate.verdict().standing(), Standing::InForce);
//! assert_eq!(certificate.certificate().claims().guarantee.amount.amount(), 52_800_000);
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! None is on by default, and the crate is `no_std` with `alloc`.
//!
//! - `issue`: what the guarantor's side needs: signing, sealing, deriving auth keys, building
//!   trust bundles and status snapshots. A verifier leaves it off.
//! - `rand_core`: fresh secret keys from a random number generator; implies `issue`.
//! - `std`: tables for the keys that a verifier meets often, and the processor's vector
//!   instructions: three to eight times faster, with the same verdicts.
//!
//! # What takes the same time for every secret
//!
//! Deriving from an auth key or a master key, reading the printed form of an auth key, comparing
//! keys, commitments and bindings, and opening up to the authentication tag. Parsing and checking
//! signatures deal with public data and promise nothing about time.

#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod answer;
mod armor;
mod attestation;
mod auth;
mod cbor;
mod certificate;
mod claims;
mod cose;
mod counter;
mod date;
mod error;
mod evidence;
mod fingerprint;
#[cfg(feature = "issue")]
mod issue;
mod keys;
mod number;
mod seal;
mod signed;
mod status;
mod text;
mod trust;
mod verify;

pub use answer::SealedAnswer;
pub use armor::{decode_armor, encode_armor};
pub use attestation::{Attestation, AttestationProof};
pub use auth::{AuthKey, AuthKeyError, AuthKeyText, Locator};
pub use certificate::Certificate;
pub use claims::{
    AuthKeyBinding, Change, ChangeKind, ChangeKinds, Claims, Contractor, GuaranteeKind,
    GuaranteeTerms, Guarantor, Lineage, LowPriceSurvey, Member, MultiYear, Obligee,
    StatusReference, Work,
};
pub use cose::ObjectKind;
pub use counter::{Epoch, ListNumber, Revision, Sequence, Serial, Share, StatusIndex, Yen};
pub use date::{Date, Period, UnixTime};
pub use error::{ParseError, ParseErrorKind};
pub use evidence::{Evidence, EvidenceDraft};
pub use fingerprint::{Fingerprint, KeyId};
pub use keys::{KeyError, PublicKey};
pub use number::{GuaranteeNumber, GuarantorId};
pub use seal::{OpenError, OpenedCertificate, SealedCertificate};
pub use signed::SignedCertificate;
pub use status::{
    EndedBy, SignedStatusSnapshot, StatusEntry, StatusError, StatusSnapshot, SupersededBy,
};
pub use text::{ShortText, Text};
pub use trust::{KeyEntry, KeyRole, KeyState, RootSet, SignedTrustBundle, TrustBundle, TrustError};
pub use verify::{
    ChainError, Expectation, Expected, NumberCheck, Regressed, Reissued, Standing, StatusGap,
    Verdict, VerifiedCertificate, Verifier, VerifyError, fold_name,
};

#[cfg(feature = "issue")]
pub use attestation::AttestedCertificates;
#[cfg(feature = "issue")]
pub use auth::AuthMasterKey;
#[cfg(feature = "std")]
pub use hosho_ed25519::Path as VerificationPath;
#[cfg(feature = "issue")]
pub use issue::{IssueError, PreparedCertificate};
#[cfg(feature = "std")]
pub use keys::PreparedKeys;

#[cfg(feature = "issue")]
pub use keys::{SecretKey, Signer, SignerError};
#[cfg(feature = "issue")]
pub use seal::{SealNonce, seal};
#[cfg(feature = "issue")]
pub use status::SnapshotDraft;
#[cfg(feature = "issue")]
pub use trust::{BundleDraft, BundleSignature, PreparedBundle};
