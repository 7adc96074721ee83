use hosho::{GuarantorId, Locator, Revision, UnixTime};
use sqlx::Row as _;

use super::{ConfirmStore, row_digest};
use crate::error::StoreError;
use crate::high_water::count_facts;
use crate::nonce::seconds;
use crate::transaction::Transaction;

/// Sealed revisions to be published under a locator.
#[derive(Clone, Copy, Debug)]
pub struct SealedOrder<'a> {
    /// Whose they are.
    pub guarantor: &'a GuarantorId<'a>,
    /// Where they lie.
    pub locator: &'a Locator,
    /// The revisions, rising by one.
    pub revisions: &'a [(Revision, &'a [u8])],
    /// The locators that are withdrawn, after a rekey.
    pub replaces: &'a [Locator],
    /// The word of the mail that watchers get.
    pub mail: &'a str,
}

/// What became of a publication.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use]
pub enum Publication {
    /// A revision before the first of these is missing, or one among them; nothing was stored.
    Gap,
    /// So many revisions were stored.
    New(u32),
    /// All of it was stored before.
    Same,
}

impl ConfirmStore {
    /// Stores sealed revisions, withdraws the locator that they replace, and writes the mails of
    /// those who watch either, whole or not at all.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when a revision has other bytes already, or the locator is another
    /// guarantor's or withdrawn.
    pub async fn publish(
        &self,
        order: &SealedOrder<'_>,
        now: UnixTime,
    ) -> Result<Publication, StoreError> {
        transaction!(self.database, |tx| {
            if !follows(&mut tx, order).await? {
                return Ok(Publication::Gap);
            }
            let standing = claim(&mut tx, order.guarantor, order.locator).await?;
            let mut stored = 0_u32;
            for (revision, bytes) in order.revisions {
                stored += u32::from(put(&mut tx, order.locator, *revision, bytes).await?);
            }
            if stored > 0 {
                if standing == Standing::Withdrawn {
                    return Err(StoreError::Conflict);
                }
                tell_watchers(&mut tx, order.locator, order.mail, now).await?;
            }
            let mut withdrawn = 0_u32;
            for old in order.replaces.iter().filter(|old| *old != order.locator) {
                claim(&mut tx, order.guarantor, old).await?;
                if withdraw(&mut tx, old, now).await? {
                    withdrawn = withdrawn.saturating_add(1);
                    tell_watchers(&mut tx, old, order.mail, now).await?;
                }
            }
            let facts = stored.saturating_add(withdrawn);
            if facts == 0 {
                return Ok(Publication::Same);
            }
            count_facts(&mut tx, facts).await?;
            Ok(if stored == 0 { Publication::Same } else { Publication::New(stored) })
        })
    }
}

/// Whether the revisions of the order leave no gap, in themselves and after what is stored.
///
/// What others store meanwhile can only close a gap.
async fn follows(tx: &mut Transaction, order: &SealedOrder<'_>) -> Result<bool, StoreError> {
    let numbers = || order.revisions.iter().map(|(revision, _)| i64::from(revision.number()));
    let Some(first) = numbers().next() else { return Ok(false) };
    if !numbers().zip(first..).all(|(number, expected)| number == expected) {
        return Ok(false);
    }
    let row = sqlx::query("SELECT max(revision) AS newest FROM sealed WHERE locator = $1")
        .bind(order.locator.as_bytes().as_slice())
        .fetch_one(tx.connection())
        .await?;
    let newest = row.try_get::<Option<i64>, _>("newest")?.unwrap_or(0);
    Ok(first <= newest.saturating_add(1))
}

/// Whether a locator opens.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Standing {
    Open,
    Withdrawn,
}

/// Makes the locator the guarantor's if it is nobody's yet.
async fn claim(
    tx: &mut Transaction,
    guarantor: &GuarantorId<'_>,
    locator: &Locator,
) -> Result<Standing, StoreError> {
    let claimed = sqlx::query(
        "INSERT INTO locators (locator, guarantor) VALUES ($1, $2) ON CONFLICT DO NOTHING",
    )
    .bind(locator.as_bytes().as_slice())
    .bind(guarantor.as_str())
    .execute(tx.connection())
    .await?;
    if claimed.rows_affected() == 1 {
        sqlx::query("INSERT INTO shelves (locator, guarantor) VALUES ($1, $2)")
            .bind(locator.as_bytes().as_slice())
            .bind(guarantor.as_str())
            .execute(tx.connection())
            .await?;
        return Ok(Standing::Open);
    }
    let row = sqlx::query("SELECT guarantor, withdrawn_at FROM locators WHERE locator = $1")
        .bind(locator.as_bytes().as_slice())
        .fetch_one(tx.connection())
        .await?;
    if row.try_get::<String, _>("guarantor")? != guarantor.as_str() {
        return Err(StoreError::Conflict);
    }
    Ok(match row.try_get::<Option<i64>, _>("withdrawn_at")? {
        None => Standing::Open,
        Some(_) => Standing::Withdrawn,
    })
}

/// Stores one sealed revision; the answer is whether it is new.
async fn put(
    tx: &mut Transaction,
    locator: &Locator,
    revision: Revision,
    bytes: &[u8],
) -> Result<bool, StoreError> {
    let number = i64::from(revision.number());
    let inserted = sqlx::query(
        "INSERT INTO sealed (locator, revision, bytes, digest) VALUES ($1, $2, $3, $4)
         ON CONFLICT DO NOTHING",
    )
    .bind(locator.as_bytes().as_slice())
    .bind(number)
    .bind(bytes)
    .bind(row_digest(locator, revision, bytes).as_slice())
    .execute(tx.connection())
    .await?;
    if inserted.rows_affected() == 1 {
        return Ok(true);
    }
    let row = sqlx::query("SELECT bytes FROM sealed WHERE locator = $1 AND revision = $2")
        .bind(locator.as_bytes().as_slice())
        .bind(number)
        .fetch_one(tx.connection())
        .await?;
    if row.try_get::<Vec<u8>, _>("bytes")? == bytes { Ok(false) } else { Err(StoreError::Conflict) }
}

/// Takes a locator off its shelf; the answer is whether it was there.
async fn withdraw(
    tx: &mut Transaction,
    locator: &Locator,
    now: UnixTime,
) -> Result<bool, StoreError> {
    let taken = sqlx::query(
        "UPDATE locators SET withdrawn_at = $1 WHERE locator = $2 AND withdrawn_at IS NULL",
    )
    .bind(seconds(now))
    .bind(locator.as_bytes().as_slice())
    .execute(tx.connection())
    .await?;
    if taken.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query("DELETE FROM shelves WHERE locator = $1")
        .bind(locator.as_bytes().as_slice())
        .execute(tx.connection())
        .await?;
    Ok(true)
}

async fn tell_watchers(
    tx: &mut Transaction,
    locator: &Locator,
    mail: &str,
    now: UnixTime,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO outbox (kind, address, language, created_at, lease_until, tries)
         SELECT $1, address, language, $2, 0, 0 FROM watches WHERE locator = $3 ORDER BY mark",
    )
    .bind(mail)
    .bind(seconds(now))
    .bind(locator.as_bytes().as_slice())
    .execute(tx.connection())
    .await?;
    Ok(())
}
