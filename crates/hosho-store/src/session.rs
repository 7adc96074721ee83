//! Sessions, sealed by whoever holds the visitor's cookie.

use hosho::UnixTime;
use sqlx::Row as _;

use crate::database::Database;
use crate::error::StoreError;
use crate::nonce::seconds;

/// The name of a session's row: a digest of what the cookie holds, never that itself.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct SessionMark(pub [u8; 32]);

/// A session as it is stored.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredSession {
    /// The bytes that the cookie opens.
    pub sealed: Vec<u8>,
    /// From when it does not count any more.
    pub expires_at: UnixTime,
}

impl Database {
    /// Stores a new session.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when there is one of that mark.
    pub async fn create_session(
        &self,
        mark: SessionMark,
        session: &StoredSession,
    ) -> Result<(), StoreError> {
        transaction!(self, |tx| {
            sqlx::query("INSERT INTO sessions (mark, sealed, expires_at) VALUES ($1, $2, $3)")
                .bind(mark.0.as_slice())
                .bind(session.sealed.as_slice())
                .bind(seconds(session.expires_at))
                .execute(tx.connection())
                .await?;
            Ok(())
        })
    }

    /// Stores a session in the place of the one of that mark, or as a new one.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn save_session(
        &self,
        mark: SessionMark,
        session: &StoredSession,
    ) -> Result<(), StoreError> {
        transaction!(self, |tx| {
            sqlx::query(
                "INSERT INTO sessions (mark, sealed, expires_at) VALUES ($1, $2, $3)
                 ON CONFLICT (mark) DO UPDATE
                 SET sealed = excluded.sealed, expires_at = excluded.expires_at",
            )
            .bind(mark.0.as_slice())
            .bind(session.sealed.as_slice())
            .bind(seconds(session.expires_at))
            .execute(tx.connection())
            .await?;
            Ok(())
        })
    }

    /// Returns the session of that mark, unless it expired.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], or [`StoreError::Damaged`] for a time that is none.
    pub async fn load_session(
        &self,
        mark: SessionMark,
        now: UnixTime,
    ) -> Result<Option<StoredSession>, StoreError> {
        let row = sqlx::query(
            "SELECT sealed, expires_at FROM sessions WHERE mark = $1 AND expires_at > $2",
        )
        .bind(mark.0.as_slice())
        .bind(seconds(now))
        .fetch_optional(self.reader())
        .await?;
        row.map(|row| {
            Ok(StoredSession {
                sealed: row.try_get("sealed")?,
                expires_at: time(row.try_get("expires_at")?)?,
            })
        })
        .transpose()
    }

    /// Removes the session of that mark, if there is one.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn delete_session(&self, mark: SessionMark) -> Result<(), StoreError> {
        transaction!(self, |tx| {
            sqlx::query("DELETE FROM sessions WHERE mark = $1")
                .bind(mark.0.as_slice())
                .execute(tx.connection())
                .await?;
            Ok(())
        })
    }
}

/// Reads a time from a column.
pub(crate) fn time(column: i64) -> Result<UnixTime, StoreError> {
    u64::try_from(column)
        .ok()
        .and_then(|seconds| UnixTime::from_seconds(seconds).ok())
        .ok_or(StoreError::Damaged { what: "time" })
}
