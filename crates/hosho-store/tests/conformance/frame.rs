//! Fresh databases for tests, gone when the test is over.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use hosho::UnixTime;
use hosho_store::{Database, Schema};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _};

/// The clock of the tests.
pub(crate) fn at(seconds: u64) -> UnixTime {
    UnixTime::from_seconds(1_795_316_645 + seconds).unwrap()
}

/// Runs a test on a fresh database.
pub(crate) fn on_database(schema: Schema, test: impl AsyncFnOnce(Database)) {
    on_url(async |url| {
        let database = Database::open(url, schema).await.unwrap();
        test(database.clone()).await;
        database.close().await;
    });
}

/// Runs a test on a fresh database that two processes, as it were, have open.
pub(crate) fn on_two_nodes(schema: Schema, test: impl AsyncFnOnce(Database, Database)) {
    on_url(async |url| {
        let one = Database::open(url, schema).await.unwrap();
        let other = Database::open(url, schema).await.unwrap();
        test(one.clone(), other.clone()).await;
        one.close().await;
        other.close().await;
    });
}

/// Runs a test with the URL of a fresh, empty database.
pub(crate) fn on_url(test: impl AsyncFnOnce(&str)) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        if let Ok(server) = std::env::var("HOSHO_TEST_DATABASE") {
            on_server(&server, test).await;
        } else {
            let folder = tempfile::tempdir().unwrap();
            test(&format!("sqlite://{}", folder.path().join("test.db").display())).await;
        }
    });
}

/// Runs a statement beside the program, as somebody with access to the database could.
pub(crate) async fn meddle(url: &str, statement: &str) {
    sqlx::any::install_default_drivers();
    let options: sqlx::any::AnyConnectOptions = url.parse().unwrap();
    let mut connection = options.connect().await.unwrap();
    connection.execute(AssertSqlSafe(statement.to_owned())).await.unwrap();
    connection.close().await.unwrap();
}

async fn on_server(server: &str, test: impl AsyncFnOnce(&str)) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let started = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("hosho_test_{}_{started}_{count}", std::process::id());
    let (base, _) = server.rsplit_once('/').unwrap();
    meddle(server, &format!("CREATE DATABASE {name}")).await;
    test(&format!("{base}/{name}")).await;
    // A test that failed leaves its database behind to be looked at.
    meddle(server, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
}
