//! A consistent copy of a database that is in use.

use std::fs::File;
use std::path::Path;

use hosho_cli::output::{self, Mode};

use crate::database::{Database, Dialect};
use crate::error::StoreError;

impl Database {
    /// Writes a copy of the whole database, as it is at one moment, to the new file `path`.
    ///
    /// Others go on reading and writing meanwhile. The copy is readable by its owner only, and on
    /// the disk when this returns.
    ///
    /// # Errors
    /// [`StoreError::NeedsPgDump`] for PostgreSQL, and [`StoreError::Unavailable`] when there is
    /// such a file already or it cannot be written; what was written is then removed.
    pub async fn backup(&self, path: &Path) -> Result<(), StoreError> {
        if self.dialect() == Dialect::Postgres {
            return Err(StoreError::NeedsPgDump);
        }
        let name = path.to_str().ok_or_else(|| StoreError::unavailable("its name is not UTF-8"))?;
        // SQLite writes into an empty file, which has its rights already.
        output::write_new(path, b"", Mode::Secret).map_err(StoreError::unavailable)?;
        let copied = self.copy_to(name).await.and_then(|()| {
            File::open(path).and_then(|file| file.sync_all()).map_err(StoreError::unavailable)
        });
        if copied.is_err() {
            // The first error counts, and the file is of no use.
            let _ = std::fs::remove_file(path);
        }
        copied
    }

    async fn copy_to(&self, name: &str) -> Result<(), StoreError> {
        let mut connection = self.reader().acquire().await?;
        sqlx::query("PRAGMA query_only = OFF").execute(&mut *connection).await?;
        let copied = sqlx::query("VACUUM INTO $1").bind(name).execute(&mut *connection).await;
        sqlx::query("PRAGMA query_only = ON").execute(&mut *connection).await?;
        copied?;
        Ok(())
    }
}
