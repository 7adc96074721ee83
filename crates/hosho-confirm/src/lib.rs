//! The obligee's confirmation service (docs/services.md, section 4).
//!
//! It keeps sealed certificates of several guarantors under locators, and opens one for whoever has
//! its number and auth key: verdict, certificate, history, and what to keep. It holds no auth key,
//! no number and no name that it could read by itself, and makes nothing true: whoever has files
//! and a pinned trust bundle needs no service.
//!
//! | part | |
//! |---|---|
//! | [`Unsealed`], [`Opened`] | from sealed bytes to what is shown; pure |
//! | [`Credentials`] | number and key out of a text that somebody copied |
//! | [`Trust`] | bundles from the pin on, and the snapshots that they verify |
//! | [`App`], [`router`] | pages, API and the routes of workers |
//! | [`run`] | the program `hosho-confirm` |
//!
//! ```
//! use hosho_confirm::{Credentials, PastedError};
//!
//! let found = Credentials::find("保証契約番号 31-07-1-0000123-9 認証キー 10JT6-4Z5E1-8H60F-XWX85-H6N6Y");
//! assert_eq!(found.map(|it| it.number.to_string()), Ok("31-07-1-0000123-9".to_owned()));
//! assert_eq!(Credentials::find("31-07-1-0000123-9").map(|_| ()), Err(PastedError::NoKey));
//! ```

mod api;
mod app;
mod basis;
mod config;
mod given;
mod input;
mod lookup;
mod mail;
mod opening;
mod page;
mod pasted;
mod program;
mod publish;
mod random;
mod reader;
mod report;
mod routes;
mod trust;
mod upload;
mod vault;
mod visit;
mod words;

pub use api::document as openapi_document;
pub use app::{App, Parts};
pub use mail::{run as send_mails, send_due};
pub use opening::{Closed, GenuineRevision, Opened, OpenedRevision, Unsealed};
pub use pasted::{Credentials, PastedError};
pub use program::run;
pub use reader::Reader;
pub use routes::{router, site};
pub use trust::{Pin, Trust};
pub use vault::{MailKey, VaultError};
