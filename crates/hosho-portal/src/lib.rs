//! The contractor's portal and the guarantor's desk.

mod decision;
mod draft;
mod number;
mod password;
mod vault;

pub use decision::{Case, Forbidden, Person, Stage};
pub use draft::{Conclusion, Draft};
pub use number::{NumberError, NumberSeries};
pub use password::{Password, PasswordError, StoredPassword};
pub use vault::{RevealKey, VaultError};
