//! What the confirmation service keeps (services.md section 4.5).

use hosho::{GuarantorId, Locator, Revision};
use sha2::{Digest as _, Sha256};

use crate::database::Database;
use crate::error::StoreError;

mod event;
mod publication;
mod shelf;
mod trust;
mod watch;

pub use event::{Answered, Event, Located, StoredAnswer};
pub use publication::{Publication, SealedOrder};
pub use shelf::Shelf;
pub use trust::{Kept, StoredTrust, TrustMarks};
pub use watch::{MAX_WATCHES, NewWatch, Watching};

/// The database of the confirmation service.
#[derive(Clone, Debug)]
pub struct ConfirmStore {
    database: Database,
}

impl ConfirmStore {
    /// Takes a database that was opened with [`Schema::Confirm`](crate::Schema::Confirm).
    pub const fn new(database: Database) -> Self {
        Self { database }
    }

    /// Returns the database, for what both services keep.
    pub const fn database(&self) -> &Database {
        &self.database
    }
}

/// The digest that tells a damaged row.
fn row_digest(locator: &Locator, revision: Revision, bytes: &[u8]) -> [u8; 32] {
    Sha256::new_with_prefix(b"hosho/v1/store/sealed")
        .chain_update(locator.as_bytes())
        .chain_update(revision.number().to_be_bytes())
        .chain_update(bytes)
        .finalize()
        .into()
}

fn revision_of(column: i64, what: &'static str) -> Result<Revision, StoreError> {
    let number = u16::try_from(column).map_err(|_| StoreError::Damaged { what })?;
    Revision::new(number).map_err(|_| StoreError::Damaged { what })
}

fn guarantor_of(column: String, what: &'static str) -> Result<GuarantorId<'static>, StoreError> {
    GuarantorId::parse(column).map_err(|_| StoreError::Damaged { what })
}

fn locator_of(column: &[u8], what: &'static str) -> Result<Locator, StoreError> {
    let bytes = column.try_into().map_err(|_| StoreError::Damaged { what })?;
    Ok(Locator::from_bytes(bytes))
}
