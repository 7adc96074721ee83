use hosho::{GuarantorId, Locator, Revision, UnixTime};
use sqlx::Row as _;

use super::{ConfirmStore, locator_of, revision_of};
use crate::error::StoreError;
use crate::high_water::count_facts;
use crate::nonce::seconds;
use crate::session::time;
use crate::transaction::Transaction;

/// One revision of a certificate, by the place where it lies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Located {
    /// Where it lies.
    pub locator: Locator,
    /// Which revision.
    pub revision: Revision,
}

/// Something that an obligee did.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Event {
    /// Its place among the events of this guarantor, from one on.
    pub id: u64,
    /// The locator of the certificate.
    pub locator: Locator,
    /// The revision.
    pub revision: Revision,
    /// When.
    pub at: UnixTime,
    /// The sealed answer; without one the certificate was opened.
    pub sealed_answer: Option<Vec<u8>>,
}

/// An answer that stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredAnswer {
    /// The revision that it is about.
    pub revision: Revision,
    /// When it was given.
    pub at: UnixTime,
    /// What only those read who have the auth key.
    pub sealed: Vec<u8>,
}

/// What became of an answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use]
pub enum Answered {
    /// Another answer stands for that revision.
    Before,
    /// It stands.
    Now,
}

impl ConfirmStore {
    /// Records that certificates were opened. What was withdrawn meanwhile is passed over.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn record_openings(
        &self,
        openings: &[Located],
        now: UnixTime,
    ) -> Result<(), StoreError> {
        transaction!(self.database, |tx| {
            let mut recorded = 0_u32;
            for opening in openings {
                match record_opening(&mut tx, *opening, now).await {
                    Ok(()) => recorded = recorded.saturating_add(1),
                    // No statement failed: there was no row to count the event on.
                    Err(StoreError::Conflict) => (),
                    Err(error) => return Err(error),
                }
            }
            if recorded == 0 {
                return Ok(());
            }
            count_facts(&mut tx, recorded).await
        })
    }

    /// Stores an answer; of several to one revision the first stands.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the locator was withdrawn meanwhile.
    pub async fn answer(
        &self,
        opened: Located,
        sealed: &[u8],
        now: UnixTime,
    ) -> Result<Answered, StoreError> {
        transaction!(self.database, |tx| {
            // First the id: it holds the guarantor's row, so that nobody answers in between.
            let id = next_id(&mut tx, &opened.locator).await?;
            let before = sqlx::query(
                "SELECT 1 AS one FROM events
                 WHERE locator = $1 AND revision = $2 AND event = 'answered'",
            )
            .bind(opened.locator.as_bytes().as_slice())
            .bind(i64::from(opened.revision.number()))
            .fetch_optional(tx.connection())
            .await?;
            if before.is_some() {
                // The id stays unused.
                return Ok(Answered::Before);
            }
            insert(&mut tx, id, opened, Some(sealed), now).await?;
            count_facts(&mut tx, 1).await?;
            Ok(Answered::Now)
        })
    }

    /// Returns the answers that stand for a certificate, by revision.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when a row is none that was written here.
    pub async fn answers(&self, locator: &Locator) -> Result<Vec<StoredAnswer>, StoreError> {
        let rows = sqlx::query(
            "SELECT revision, at, sealed_answer FROM events
             WHERE locator = $1 AND event = 'answered' ORDER BY revision",
        )
        .bind(locator.as_bytes().as_slice())
        .fetch_all(self.database.reader())
        .await?;
        let answer = |row: &sqlx::any::AnyRow| {
            Ok(StoredAnswer {
                revision: revision_of(row.try_get("revision")?, "events")?,
                at: time(row.try_get("at")?)?,
                sealed: row.try_get("sealed_answer")?,
            })
        };
        rows.iter().map(answer).collect()
    }

    /// Returns at most `most` events of a guarantor's certificates after the one of this id, in
    /// their order: no event becomes visible after one of a higher id.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when a row is none that was written here.
    pub async fn events_after(
        &self,
        guarantor: &GuarantorId<'_>,
        after: u64,
        most: u16,
    ) -> Result<Vec<Event>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, locator, revision, at, sealed_answer FROM events
             WHERE guarantor = $1 AND id > $2 ORDER BY id LIMIT $3",
        )
        .bind(guarantor.as_str())
        .bind(i64::try_from(after).unwrap_or(i64::MAX))
        .bind(i64::from(most))
        .fetch_all(self.database.reader())
        .await?;
        let event = |row: &sqlx::any::AnyRow| {
            Ok(Event {
                id: u64::try_from(row.try_get::<i64, _>("id")?)
                    .map_err(|_| StoreError::Damaged { what: "events" })?,
                locator: locator_of(&row.try_get::<Vec<u8>, _>("locator")?, "events")?,
                revision: revision_of(row.try_get("revision")?, "events")?,
                at: time(row.try_get("at")?)?,
                sealed_answer: row.try_get("sealed_answer")?,
            })
        };
        rows.iter().map(event).collect()
    }
}

async fn record_opening(
    tx: &mut Transaction,
    opened: Located,
    now: UnixTime,
) -> Result<(), StoreError> {
    let id = next_id(tx, &opened.locator).await?;
    insert(tx, id, opened, None, now).await
}

/// Returns the guarantor of a locator that opens, and the next id of its events. The guarantor's
/// row is held until the transaction ends, so ids are committed in their order.
async fn next_id(tx: &mut Transaction, locator: &Locator) -> Result<(String, i64), StoreError> {
    let counted = sqlx::query(
        "UPDATE guarantors SET last_event = last_event + 1
         WHERE id = (SELECT guarantor FROM shelves WHERE locator = $1)
         RETURNING id, last_event",
    )
    .bind(locator.as_bytes().as_slice())
    .fetch_optional(tx.connection())
    .await?
    .ok_or(StoreError::Conflict)?;
    Ok((counted.try_get("id")?, counted.try_get("last_event")?))
}

async fn insert(
    tx: &mut Transaction,
    (guarantor, id): (String, i64),
    about: Located,
    sealed_answer: Option<&[u8]>,
    now: UnixTime,
) -> Result<(), StoreError> {
    let event = if sealed_answer.is_some() { "answered" } else { "opened" };
    sqlx::query(
        "INSERT INTO events (guarantor, id, locator, revision, event, at, sealed_answer)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(guarantor)
    .bind(id)
    .bind(about.locator.as_bytes().as_slice())
    .bind(i64::from(about.revision.number()))
    .bind(event)
    .bind(seconds(now))
    .bind(sealed_answer)
    .execute(tx.connection())
    .await?;
    Ok(())
}
