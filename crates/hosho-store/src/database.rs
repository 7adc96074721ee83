//! Opening and closing a database, and its connections.

use std::str::FromStr as _;
use std::time::Duration;

use hosho_cli::output::{self, Mode, OutputError};
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyConnection, AnyPool, ConnectOptions as _, Connection as _, Executor as _};

use crate::error::StoreError;
use crate::migration::{self, Schema};
use crate::transaction::Transaction;
use crate::url::Place;

/// How long a transaction waits for its turn.
const PATIENCE: Duration = Duration::from_secs(20);
/// Connections to PostgreSQL, and readers of a SQLite file.
const CONNECTIONS: u32 = 8;

/// Which of the two databases.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Dialect {
    Postgres,
    Sqlite,
}

/// An open database; copies share its connections.
#[derive(Clone)]
pub struct Database {
    dialect: Dialect,
    readers: AnyPool,
    writers: AnyPool,
}

impl Database {
    /// Opens the database at `url` and brings its tables up to date.
    ///
    /// A SQLite file is made, readable by its owner only, if it is missing; its folder is not.
    ///
    /// # Errors
    /// [`StoreError::Newer`] when a newer program wrote it, [`StoreError::Unavailable`] when it
    /// cannot be reached, and [`StoreError::Damaged`] when it is something else.
    pub async fn open(url: &str, schema: Schema) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let place = Place::parse(url)?;
        let options = AnyConnectOptions::from_str(&place.to_url())
            // The driver's message would show the URL, which may hold a password.
            .map_err(|_| StoreError::unavailable("its URL is not well formed"))?
            .disable_statement_logging();
        if let Place::Sqlite(path) = &place {
            match output::write_new(path, b"", Mode::Secret) {
                Ok(()) | Err(OutputError::Exists) => {}
                Err(error) => return Err(StoreError::unavailable(error)),
            }
        }
        probe(&options, &place).await?;
        let database = match place {
            Place::Postgres(_) => Self::of_server(options),
            Place::Sqlite(_) => Self::of_file(options).await?,
        };
        migration::run(&database, schema).await?;
        Ok(database)
    }

    /// Returns once every connection is closed; what is asked of the database afterwards fails.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writers.close().await;
    }

    /// Returns once the database has answered.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").fetch_one(&self.readers).await?;
        Ok(())
    }

    /// Returns connections for single queries that write nothing.
    #[must_use]
    pub(crate) fn reader(&self) -> &AnyPool {
        &self.readers
    }

    #[must_use]
    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Begins a transaction that may write; use it by [`transaction!`].
    pub(crate) async fn begin(&self) -> Result<Transaction, StoreError> {
        let inner = match self.dialect {
            Dialect::Postgres => self.writers.begin().await?,
            // The lock is taken now: a reader that becomes a writer later could only fail.
            Dialect::Sqlite => self.writers.begin_with("BEGIN IMMEDIATE").await?,
        };
        Ok(Transaction::new(inner))
    }

    /// Begins a transaction that only reads, and sees one state of the database throughout.
    pub(crate) async fn begin_reading(&self) -> Result<Transaction, StoreError> {
        let inner = match self.dialect {
            Dialect::Postgres => {
                self.readers.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?
            }
            Dialect::Sqlite => self.readers.begin().await?,
        };
        Ok(Transaction::new(inner))
    }

    fn of_server(options: AnyConnectOptions) -> Self {
        let pool = pool(CONNECTIONS, &SERVER).connect_lazy_with(options);
        Self { dialect: Dialect::Postgres, readers: pool.clone(), writers: pool }
    }

    async fn of_file(options: AnyConnectOptions) -> Result<Self, StoreError> {
        let writers = of_file(1, &WRITING).connect_with(options.clone()).await?;
        let readers = of_file(CONNECTIONS, &READING).connect_with(options).await?;
        Ok(Self { dialect: Dialect::Sqlite, readers, writers })
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Database({:?})", self.dialect)
    }
}

/// A node that is cut off in the middle of a transaction holds rows that the others need, and the
/// system finds out after hours. The server gives up a transaction in which nothing happens.
const SERVER: [&str; 1] = ["SET idle_in_transaction_session_timeout = '10s'"];
/// A commit is on the disk when it returns; other processes may hold the lock for a while.
const WRITING: [&str; 6] = [
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA busy_timeout = 15000",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
];
const READING: [&str; 4] = [
    "PRAGMA query_only = ON",
    "PRAGMA busy_timeout = 15000",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
];

/// Connects once: a pool would try again and again, and tell in the end that it took too long.
async fn probe(options: &AnyConnectOptions, place: &Place) -> Result<(), StoreError> {
    let mut connection = options.connect().await?;
    let question = match place {
        Place::Postgres(_) => "SELECT 1",
        Place::Sqlite(_) => "PRAGMA schema_version",
    };
    connection.execute(question).await?;
    connection.close().await?;
    Ok(())
}

/// Connections to a file. A full disk rolls a transaction back by itself; the driver, which does not
/// know, could begin no other one on that connection, so it is given up.
fn of_file(connections: u32, settings: &'static [&'static str]) -> AnyPoolOptions {
    pool(connections, settings).after_release(|connection, _| {
        Box::pin(async move {
            // A rollback may still be on its way to the file.
            connection.ping().await?;
            Ok(!connection.is_in_transaction())
        })
    })
}

fn pool(connections: u32, settings: &'static [&'static str]) -> AnyPoolOptions {
    AnyPoolOptions::new().max_connections(connections).acquire_timeout(PATIENCE).after_connect(
        move |connection: &mut AnyConnection, _| {
            Box::pin(async move {
                for setting in settings {
                    connection.execute(*setting).await?;
                }
                Ok(())
            })
        },
    )
}
