//! The mark that tells a restored backup from the database it was made of.

use std::path::{Path, PathBuf};

use hosho_cli::input::{self, InputError};
use hosho_cli::output::{self, Mode};
use sqlx::Row as _;
use tokio::sync::Mutex;

use crate::database::Database;
use crate::error::StoreError;
use crate::transaction::Transaction;

/// What to do about a database that is behind its mark.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OnRestored {
    /// Somebody knows, and will publish everything again: the mark is lowered.
    Accept,
    /// Refuse.
    Refuse,
}

/// The highest count of facts that was ever seen, in a file that backups must not reach.
#[derive(Debug)]
pub struct HighWater {
    path: PathBuf,
    written: Mutex<u64>,
}

impl HighWater {
    /// Compares the database with the mark in the file `path`, which is made if it is missing.
    ///
    /// # Errors
    /// [`StoreError::Restored`] when the database is behind, [`StoreError::Unavailable`] when the
    /// file cannot be read or written, and [`StoreError::Damaged`] when it holds no count.
    pub async fn check(
        path: &Path,
        database: &Database,
        on_restored: OnRestored,
    ) -> Result<Self, StoreError> {
        let found = database.count_of_facts().await?;
        let file = path.to_owned();
        let mark = blocking(move || read(&file)).await?;
        if found < mark && on_restored == OnRestored::Refuse {
            return Err(StoreError::Restored { mark, found });
        }
        let file = path.to_owned();
        blocking(move || write(&file, found)).await?;
        Ok(Self { path: path.to_owned(), written: Mutex::new(found) })
    }

    /// Writes the database's count to the file, unless it is there already.
    ///
    /// To be called after what must not be forgotten was committed, and before that is said.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn raise(&self, database: &Database) -> Result<(), StoreError> {
        let mut written = self.written.lock().await;
        let count = database.count_of_facts().await?;
        if count > *written {
            let file = self.path.clone();
            blocking(move || write(&file, count)).await?;
            *written = count;
        }
        Ok(())
    }
}

impl Database {
    /// Returns how many facts were inserted since the database was made.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], or [`StoreError::Damaged`] when the count is gone.
    pub async fn count_of_facts(&self) -> Result<u64, StoreError> {
        let row = sqlx::query("SELECT count FROM facts WHERE one = 1")
            .fetch_optional(self.reader())
            .await?
            .ok_or(StoreError::Damaged { what: "facts" })?;
        u64::try_from(row.try_get::<i64, _>("count")?)
            .map_err(|_| StoreError::Damaged { what: "facts" })
    }
}

/// Counts facts that the transaction inserted. Last in a transaction: it holds the row until then.
pub(crate) async fn count_facts(tx: &mut Transaction, facts: u32) -> Result<(), StoreError> {
    let updated = sqlx::query("UPDATE facts SET count = count + $1 WHERE one = 1")
        .bind(i64::from(facts))
        .execute(tx.connection())
        .await?;
    if updated.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Damaged { what: "facts" }) }
}

fn read(path: &Path) -> Result<u64, StoreError> {
    match input::read_own(path, 32) {
        Ok(bytes) => str::from_utf8(&bytes)
            .ok()
            .and_then(|text| text.strip_suffix('\n'))
            .and_then(|digits| digits.parse().ok())
            .ok_or(StoreError::Damaged { what: "file of the high-water mark" }),
        Err(InputError::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(StoreError::unavailable(error)),
    }
}

fn write(path: &Path, count: u64) -> Result<(), StoreError> {
    output::replace(path, format!("{count}\n").as_bytes(), Mode::Secret)
        .map_err(StoreError::unavailable)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.map_err(StoreError::unavailable)?
}
