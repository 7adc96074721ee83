//! Nonces that may be used once (services.md S-REQ-5).

use hosho::UnixTime;

use crate::database::Database;
use crate::error::StoreError;

/// How long a nonce is kept: three times as long as a request is accepted, before and after.
const KEPT: u64 = 900;

/// A nonce of one key.
#[derive(Clone, Copy, Debug)]
pub struct Nonce<'a> {
    /// The key that signed the request.
    pub key: &'a str,
    /// The nonce as the request spells it.
    pub value: &'a str,
}

/// Whether a nonce was used before.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use]
pub enum NonceUse {
    /// It was used before.
    Again,
    /// It was used for the first time now.
    First,
}

impl Database {
    /// Uses a nonce up; of any number of concurrent uses one is the first.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn use_nonce(&self, nonce: Nonce<'_>, now: UnixTime) -> Result<NonceUse, StoreError> {
        let expires_at = seconds(now).saturating_add_unsigned(KEPT);
        transaction!(self, |tx| {
            let inserted = sqlx::query(
                "INSERT INTO nonces (key, nonce, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            )
            .bind(nonce.key)
            .bind(nonce.value)
            .bind(expires_at)
            .execute(tx.connection())
            .await?;
            Ok(if inserted.rows_affected() == 1 { NonceUse::First } else { NonceUse::Again })
        })
    }

    /// Removes nonces and sessions that expired, and mails that were sent more than 30 days ago.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn prune(&self, now: UnixTime) -> Result<(), StoreError> {
        let now = seconds(now);
        transaction!(self, |tx| {
            sqlx::query("DELETE FROM nonces WHERE expires_at <= $1")
                .bind(now)
                .execute(tx.connection())
                .await?;
            sqlx::query("DELETE FROM sessions WHERE expires_at <= $1")
                .bind(now)
                .execute(tx.connection())
                .await?;
            sqlx::query("DELETE FROM outbox WHERE sent_at <= $1")
                .bind(now.saturating_sub(30 * 86_400))
                .execute(tx.connection())
                .await?;
            Ok(())
        })
    }
}

/// Returns a time as a column holds it.
pub(crate) fn seconds(time: UnixTime) -> i64 {
    i64::try_from(time.seconds()).unwrap_or(i64::MAX)
}
