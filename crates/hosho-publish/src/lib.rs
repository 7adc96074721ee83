//! What the guarantor's worker and the two services say to each other: signed requests, the bodies
//! they carry, and the answers of obligees (docs/services.md, sections 2 and 3).
//!
//! The worker proves who it is with a key of role *publish* of the guarantor's trust bundle, so it
//! shares no secret with a service. A service reads the header, picks the newest bundle that it has
//! reached of that guarantor, and verifies; whether the nonce was used before only its database
//! can tell.
//!
//! ```
//! use hosho::UnixTime;
//! use hosho_publish::{Received, RequestHeader, RequestRefusal, verify_request};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let bundle = include_bytes!("../../hosho/examples/data/trust.hosho");
//! # let bundle = hosho::SignedTrustBundle::parse(bundle)?.pin()?;
//! let header = RequestHeader::parse(
//!     "v1; guarantor=g-mirai; kid=0011223344556677; at=1795316645; \
//!      nonce=000102030405060708090a0b0c0d0e0f; signature=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
//!      AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
//! )?;
//! assert_eq!(header.guarantor_id().as_str(), "g-mirai");
//! let received = Received {
//!     audience: "confirm.example",
//!     method: "POST",
//!     path_and_query: "/publish/v1/proofs",
//!     body: br#"{"proofs":[]}"#,
//! };
//! let now = UnixTime::parse("2026-11-22T03:04:05Z")?;
//! // A stranger: one answer for every reason, with the reason for the log.
//! let refusal = verify_request(&header, &received, &bundle, now).unwrap_err();
//! assert_eq!((refusal.code(), refusal.status()), ("E10-SIGNATURE", 401));
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! - `sign`: signing requests. A service leaves it off.
//! - `client`: sending them; implies `sign`.

#[cfg(feature = "client")]
mod address;
mod answer;
mod bundle;
#[cfg(feature = "client")]
mod client;
mod header;
mod problem;
#[cfg(feature = "sign")]
mod sign;
mod verify;
mod wire;

/// The bodies of requests to a confirmation service, and its answers (docs/services.md 2.2).
pub mod confirmation;
/// The bodies of requests to the portal, and its answers (docs/services.md 2.1).
pub mod portal;

pub use answer::{Answer, AnswerError, Judgement};
pub use bundle::{BundleRefusal, BundleStep, NewestBundle, judge_bundle};
pub use header::{HEADER_NAME, MalformedHeader, Nonce, RequestHeader};
pub use problem::Problem;
pub use verify::{MAX_CLOCK_DIFFERENCE, Received, RequestRefusal, VerifiedRequest, verify_request};
pub use wire::{Base64, MAX_BODY, SealedRevision, Spelling};

#[cfg(feature = "client")]
pub use client::{Cause, Client, ClientError, ClientOrder, Sender};
#[cfg(feature = "sign")]
pub use sign::{Outgoing, sign_request};
