//! Who did what at the desk, besides decisions.

use hosho::UnixTime;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::row;
use super::{AccountId, Logged, PortalStore};
use crate::error::StoreError;
use crate::nonce::seconds;
use crate::transaction::Transaction;

/// An entry to be written.
#[derive(Clone, Copy, Debug)]
pub struct NewLogEntry<'a> {
    /// Who did it; none on the command line.
    pub by: Option<AccountId>,
    /// What was done.
    pub what: Logged,
    /// To which account or obligee, by its name.
    pub subject: &'a str,
    /// When.
    pub at: UnixTime,
}

/// A line of the log.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LogEntry {
    /// When.
    pub at: UnixTime,
    /// The person's name; none on the command line.
    pub by: Option<String>,
    /// The word for what was done: of [`Logged`], [`Step`](super::Step) or
    /// [`Viewed`](super::Viewed).
    pub what: String,
    /// What it was done to: a login, an obligee, an application or a guarantee.
    pub subject: String,
}

pub(super) async fn write_log(
    tx: &mut Transaction,
    entry: &NewLogEntry<'_>,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO log (account, what, subject, at) VALUES ($1, $2, $3, $4)")
        .bind(entry.by.map(AccountId::to_row))
        .bind(entry.what.word())
        .bind(entry.subject)
        .bind(seconds(entry.at))
        .execute(tx.connection())
        .await?;
    Ok(())
}

impl PortalStore {
    /// Returns the newest `most` lines: decisions, what was shown and taken, accounts and obligees.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], or [`StoreError::Damaged`].
    pub async fn log(&self, most: u16) -> Result<Vec<LogEntry>, StoreError> {
        let rows = sqlx::query(
            "SELECT l.at AS at, a.name AS by_name, l.what AS what, l.subject AS subject
               FROM log l LEFT JOIN accounts a ON a.id = l.account
             UNION ALL
             SELECT d.at, a.name, d.step, 'application ' || CAST(d.application AS TEXT)
               FROM decisions d JOIN accounts a ON a.id = d.account
             UNION ALL
             SELECT v.at, a.name, v.what, v.number
               FROM views v JOIN accounts a ON a.id = v.account
             ORDER BY at DESC LIMIT $1",
        )
        .bind(i64::from(most))
        .fetch_all(self.database.reader())
        .await?;
        let entry = |found: &AnyRow| {
            Ok(LogEntry {
                at: row::time(found, "at")?,
                by: found.try_get("by_name")?,
                what: found.try_get("what")?,
                subject: found.try_get("subject")?,
            })
        };
        rows.iter().map(entry).collect()
    }
}
