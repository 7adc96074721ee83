use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use sqlx::any::{AnyConnectOptions, AnyRow};
use sqlx::{AnyConnection, AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _};
use sqlx::{Row as _, query};

/// A fresh database for one test, of the kind that the tests are run on: a file, or with
/// `HOSHO_TEST_DATABASE` a database of that `PostgreSQL` server, which is dropped with it.
///
/// What a test does to it goes beside the program, as somebody with access to the database could.
#[derive(Debug)]
pub struct TestDatabase {
    url: String,
    server: Option<String>,
}

/// How many there were in this process.
static COUNT: AtomicU32 = AtomicU32::new(0);

impl TestDatabase {
    /// Makes one; a file is `name` in `folder`.
    pub fn new(folder: &Path, name: &str) -> Self {
        let Ok(server) = std::env::var("HOSHO_TEST_DATABASE") else {
            return Self { url: format!("sqlite://{}", folder.join(name).display()), server: None };
        };
        let started = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970");
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("hosho_test_{}_{}_{count}", std::process::id(), started.as_nanos());
        at_once(&server, format!("CREATE DATABASE {name}"));
        let (base, _) = server.rsplit_once('/').expect("a server's URL");
        Self { url: format!("{base}/{name}"), server: Some(server) }
    }

    /// Returns the URL, for a configuration.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Runs a statement.
    pub async fn meddle(&self, statement: &str) {
        run(&self.url, statement.to_owned()).await;
    }

    /// Inverts the lowest bit of one byte of a column of bytes, in every row that the condition
    /// names: of the byte `at`, counted round and round if the column is shorter. Returns how
    /// many rows that were.
    pub async fn flip(&self, table: &str, column: &str, condition: &str, at: usize) -> usize {
        let mut connection = connect(&self.url).await;
        let select = format!("SELECT {column} FROM {table} WHERE {condition}");
        let rows: Vec<AnyRow> =
            query(AssertSqlSafe(select)).fetch_all(&mut connection).await.expect("rows");
        for row in &rows {
            let before: Vec<u8> = row.try_get(0).expect("a column of bytes");
            let mut after = before.clone();
            let place = at % after.len();
            after[place] ^= 1;
            let update =
                format!("UPDATE {table} SET {column} = $1 WHERE {column} = $2 AND ({condition})");
            let update = query(AssertSqlSafe(update)).bind(after).bind(before);
            update.execute(&mut connection).await.expect("an update");
        }
        connection.close().await.expect("an open connection");
        rows.len()
    }

    /// Returns bytes as a statement for this database writes them.
    pub fn literal(&self, bytes: &[u8]) -> String {
        let hex = crate::to_hex(bytes);
        if self.server.is_some() { format!(r"'\x{hex}'") } else { format!("x'{hex}'") }
    }

    /// Returns everything that is stored: the file with its log, or what `pg_dump` writes.
    pub fn dump(&self) -> Vec<u8> {
        let Some(path) = self.url.strip_prefix("sqlite://") else {
            let dump = Command::new("pg_dump").arg(&self.url).output().expect("pg_dump");
            assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
            return dump.stdout;
        };
        let mut all = std::fs::read(path).expect("a database");
        all.extend(std::fs::read(format!("{path}-wal")).unwrap_or_default());
        all
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        // One of a test that failed stays to be looked at.
        if let (Some(server), false) = (&self.server, std::thread::panicking()) {
            let (_, name) = self.url.rsplit_once('/').expect("a database's URL");
            at_once(server, format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }
}

/// Runs a statement and waits for it, in a thread that is no other runtime's.
fn at_once(url: &str, statement: String) {
    let work = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(run(url, statement));
    };
    std::thread::scope(|scope| scope.spawn(work).join().expect("a statement that can be run"));
}

async fn run(url: &str, statement: String) {
    let mut connection = connect(url).await;
    connection.execute(AssertSqlSafe(statement)).await.expect("a statement that can be run");
    connection.close().await.expect("an open connection");
}

async fn connect(url: &str) -> AnyConnection {
    sqlx::any::install_default_drivers();
    let options: AnyConnectOptions = url.parse().expect("the URL of a database");
    options.disable_statement_logging().connect().await.expect("a database that answers")
}
