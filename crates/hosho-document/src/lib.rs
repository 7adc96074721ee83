//! The papers of a guarantee as PDF, and reading certificates back out of papers.
//!
//! | paper | for | made by |
//! |---|---|---|
//! | 認証キー等のお知らせ, notice of the auth key | the contractor hands it to the obligee | [`notice`] |
//! | 電子証書 お客様控え, customer's copy | the contractor keeps it | [`copy`] |
//! | 検証結果報告書, report of a verification | the obligee files it | [`report()`] |
//!
//! Every paper is PDF/A-3a with the tags of PDF/UA-1 and an outline, embeds the glyphs that it shows,
//! and comes out as the same bytes for the same input. It is made from a verified certificate only.
//! What a paper says is for people: the certificate is what it carries as an attachment or QR code.
//!
//! ```
//! use hosho::{
//!     AuthKey, Date, Expectation, Expected, SealedCertificate, SignedTrustBundle, UnixTime, Verifier,
//! };
//! use hosho_cli::lang::Lang;
//! use hosho_document::{NoticeOrder, notice};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let file = include_bytes!("../../hosho/examples/data/31-07-1-0000123-9-r1.sealed.hosho");
//! # let bundle = include_bytes!("../../hosho/examples/data/trust.hosho");
//! let trust = SignedTrustBundle::parse(bundle)?.pin()?;
//! let sealed = SealedCertificate::parse(file)?;
//! let auth_key = AuthKey::parse("10JT6-4Z5E1-8H60F-XWX85-H6N6Y")?;
//! let opened = auth_key.open(&sealed)?;
//! let anything = Expectation { number: Expected::Unspecified, obligee: None, auth_key: None };
//! let (on, now) = (Date::parse("2026-01-10")?, UnixTime::parse("2026-01-10T03:00:00Z")?);
//! let certificate = Verifier::new(&trust).verify_opened(&opened, &anything, on, now)?;
//!
//! let order = NoticeOrder {
//!     certificate: &certificate,
//!     sealed: &sealed,
//!     auth_key: &auth_key,
//!     lang: Lang::Ja,
//! };
//! assert!(notice(&order)?.starts_with(b"%PDF-1.7"));
//! # Ok(())
//! # }
//! ```

#[cfg(feature = "read")]
mod confined;
mod copy;
mod error;
mod face;
pub mod fields;
mod lines;
mod notice;
mod paper;
mod qr;
#[cfg(feature = "read")]
mod read;
mod render;
mod report;
mod sheet;

#[cfg(feature = "read")]
pub use confined::{PaperError, Wanted, read_handed, read_paper, serve_reader};
pub use copy::{CopyOrder, copy};
pub use error::DocumentError;
pub use notice::{NoticeOrder, notice};
#[cfg(feature = "read")]
pub use read::{Carrier, Handed, ReadError};
pub use report::{ReportOrder, ReportedCertificate, ReportedRevision, report};
