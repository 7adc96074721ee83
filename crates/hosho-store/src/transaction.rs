//! Transactions that begin again when others got in between.

use std::time::Duration;

use sqlx::{Any, AnyConnection};

use crate::error::StoreError;

/// How often a transaction is tried.
const TRIES: u32 = 8;
/// The first pause; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(4);

/// Runs a block as one transaction of a [`Database`](crate::Database) and returns its result.
///
/// The block uses `tx.connection()`, ends with a `Result<_, StoreError>`, and may run several
/// times: it must not move out of what it captures. `Ok` commits, `Err` rolls back.
macro_rules! transaction {
    ($database:expr, |$tx:ident| $body:block) => {{
        let mut tries = $crate::transaction::Tries::default();
        loop {
            let mut $tx = $database.begin().await?;
            let outcome: Result<_, $crate::StoreError> = async { $body }.await;
            if let Some(outcome) = $tx.settle(outcome, &mut tries).await {
                break outcome;
            }
        }
    }};
}

/// A transaction that has begun; dropping it rolls back.
pub(crate) struct Transaction(sqlx::Transaction<'static, Any>);

impl Transaction {
    pub(crate) fn new(inner: sqlx::Transaction<'static, Any>) -> Self {
        Self(inner)
    }

    /// Returns what a query is executed on.
    pub(crate) fn connection(&mut self) -> &mut AnyConnection {
        &mut self.0
    }

    /// Commits or rolls back, and returns nothing when the transaction is to be tried again.
    pub(crate) async fn settle<T>(
        self,
        outcome: Result<T, StoreError>,
        tries: &mut Tries,
    ) -> Option<Result<T, StoreError>> {
        let settled = match outcome {
            Ok(value) => self.0.commit().await.map_err(StoreError::from).map(|()| value),
            Err(error) => {
                // The first error counts: a rollback that fails has lost its connection.
                let _ = self.0.rollback().await;
                Err(error)
            }
        };
        match settled {
            Err(error) if error.is_passing() && tries.another().await => None,
            settled => Some(settled),
        }
    }
}

/// How often a transaction was tried.
#[derive(Default)]
pub(crate) struct Tries(u32);

impl Tries {
    async fn another(&mut self) -> bool {
        self.0 += 1;
        if self.0 >= TRIES {
            return false;
        }
        tokio::time::sleep(PAUSE * 2_u32.saturating_pow(self.0 - 1)).await;
        true
    }
}
