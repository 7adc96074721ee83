//! The contractor's portal and the guarantor's desk.
//!
//! A contractor applies for a guarantee, the desk reviews, approves and concludes, the guarantor's
//! worker fetches the job and brings back certificate and auth key, and the contractor takes the
//! notice that the obligee needs (docs/services.md). The portal holds no signing key: what the
//! worker brings is verified like everything else. Auth keys are kept encrypted under a key that is
//! not in the database, and every look at one is recorded.
//!
//! What may be decided, and what stands, is told by plain functions without database or page:
//!
//! ```
//! use hosho::{Date, GuaranteeKind};
//! use hosho_portal::NumberSeries;
//!
//! let day = Date::parse("2025-06-20").map_err(|_| "no day")?;
//! let series = NumberSeries::new("31", GuaranteeKind::Advance, day).map_err(|_| "no series")?;
//! let number = series.number(123).map_err(|_| "no number")?;
//! assert_eq!(number.as_str(), "31-07-1-0000123-9");
//! # Ok::<(), &'static str>(())
//! ```

mod account;
mod application;
mod arguments;
mod case;
mod config;
mod decision;
mod desk;
mod draft;
mod error;
mod facts;
mod guarantee;
mod home;
mod login;
mod mail;
mod number;
mod obligee;
mod password;
mod person;
mod policies;
mod portal;
mod program;
mod record;
mod settle;
mod status;
mod trust;
mod vault;
mod worker;

pub use account::{Whose, make as make_account, register as register_contractor};
pub use config::{Config, Loaded, Numbering, Terms};
pub use decision::{Case, Forbidden, Person, Stage};
pub use draft::{Conclusion, Draft};
pub use mail::{send_due, send_forever};
pub use number::{NumberError, NumberSeries};
pub use password::{Password, PasswordError, StoredPassword};
pub use policies::Policies;
pub use portal::{Portal, StartError, open};
pub use program::run;
pub use vault::{RevealKey, VaultError};
