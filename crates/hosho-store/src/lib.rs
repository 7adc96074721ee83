//! All SQL of the services, on SQLite and PostgreSQL.
//!
//! A [`Database`] is opened once, which also brings its tables up to date. Each transaction is one
//! named function with a typed result; races between processes are settled by unique constraints
//! and compare-and-swap. Facts are inserted; the migrations mark the columns that are updated.
//!
//! What both services keep is here: [`Nonce`]s that may be used once, the [outbox](QueuedMail) of
//! mails, [sessions](SessionMark), and the [`HighWater`] mark that betrays a restored backup.
//!
//! ```
//! use hosho::UnixTime;
//! use hosho_store::{Database, Nonce, NonceUse, Schema};
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! # runtime.block_on(async {
//! let folder = tempfile::tempdir()?;
//! let url = format!("sqlite://{}", folder.path().join("confirm.db").display());
//! let database = Database::open(&url, Schema::Confirm).await?;
//! let now = UnixTime::from_seconds(1_795_316_645)?;
//! let nonce = Nonce { key: "9f86d081884c7d65", value: "00112233445566778899aabbccddeeff" };
//! assert_eq!(database.use_nonce(nonce, now).await?, NonceUse::First);
//! assert_eq!(database.use_nonce(nonce, now).await?, NonceUse::Again);
//! database.close().await;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[macro_use]
mod transaction;

mod backup;
mod confirm;
mod database;
mod error;
mod high_water;
mod migration;
mod nonce;
mod outbox;
pub mod portal;
mod session;
mod url;

pub use confirm::{
    Answered, ConfirmStore, Event, Kept, Located, MAX_WATCHES, NewWatch, Publication, SealedOrder,
    Shelf, StoredAnswer, StoredTrust, TrustMarks, Watching,
};
pub use database::Database;
pub use error::StoreError;
pub use high_water::{HighWater, OnRestored};
pub use migration::Schema;
pub use nonce::{Nonce, NonceUse};
pub use outbox::{MailOrder, QueuedMail};
pub use session::{SessionMark, StoredSession};
