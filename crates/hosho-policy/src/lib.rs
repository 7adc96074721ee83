//! What obligees ask of guarantees besides being genuine.
//!
//! Ratios, periods and reminders are policy of an obligee, not form: a certificate that breaks
//! them is genuine, and no finding changes a verdict. The rules, R1 to R17, their usual figures and
//! the TOML that changes them are in `docs/policy.md`. Every comparison is exact: amounts are whole
//! yen, and ratios are compared as integers.
//!
//! ```
//! use hosho_policy::{Policy, PolicyError};
//!
//! let policy = Policy::parse(
//!     r#"
//!     version = 1
//!
//!     [rules.R7]
//!     unit_jpy = 100_000
//!
//!     [[override]]
//!     obligees = ["青嶺市"]
//!     rules.R1.percent = 35
//!     "#,
//! )?;
//! assert!(policy.fingerprint().is_some());
//!
//! let refused = Policy::parse("version = 1\nrules.R1.percents = 35").map(|_| ());
//! let place = refused.as_ref().map_err(PolicyError::path);
//! assert_eq!(place, Err("rules.R1.percents"));
//! # Ok::<(), PolicyError>(())
//! ```
//!
//! [`Policy::findings`] looks at one certificate, with earlier revisions and certificates about the
//! same contract as far as they are known. Where many are judged, [`Policy::findings_among`] looks
//! them up in [`Related`], which keeps little of each.

mod case;
mod error;
mod figure;
mod finding;
mod fiscal;
mod judge;
mod past;
mod policy;
mod read;
mod related;
mod rule;
mod settings;

pub use error::{PolicyError, PolicyProblem};
pub use figure::{Base, Figure, Payment, Percent, Ratio};
pub use finding::Finding;
pub use policy::Policy;
pub use related::{Related, Relative};
pub use rule::{Rule, Severity};
