#![no_std]
#![forbid(unsafe_code)]
//! Guarantee certificates for public works that prove themselves.

extern crate alloc;

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
    ChainError, Expectation, Expected, NumberCheck, Regressed, Standing, StatusGap, Verdict,
    VerifiedCertificate, Verifier, VerifyError,
};

#[cfg(feature = "issue")]
pub use attestation::AttestedCertificates;
#[cfg(feature = "issue")]
pub use auth::AuthMasterKey;
#[cfg(feature = "issue")]
pub use issue::{IssueError, PreparedCertificate};
#[cfg(feature = "issue")]
pub use keys::{SecretKey, Signer, SignerError};
#[cfg(feature = "issue")]
pub use seal::{SealNonce, seal};
#[cfg(feature = "issue")]
pub use status::SnapshotDraft;
#[cfg(feature = "issue")]
pub use trust::{BundleDraft, BundleSignature, PreparedBundle};
