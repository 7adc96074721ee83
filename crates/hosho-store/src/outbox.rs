//! Mails that wait to be sent.

use hosho::UnixTime;
use sqlx::Row as _;

use crate::database::Database;
use crate::error::StoreError;
use crate::nonce::seconds;
use crate::transaction::Transaction;

/// How long a worker has to send a mail that it took.
const LEASE: i64 = 120;
/// How long handing one over may take.
const HANDING_OVER: i64 = 60;
/// After so many tries a mail is left alone: with the pauses below, about four days.
const MOST_TRIES: i64 = 100;

/// A mail to be written into the outbox.
#[derive(Clone, Copy, Debug)]
pub struct MailOrder<'a> {
    /// Which text; the service's word.
    pub kind: &'a str,
    /// The address, as the service keeps it (sealed or not).
    pub address: &'a [u8],
    /// The language of the text, `ja` or `en`.
    pub language: &'a str,
}

/// A mail that this process may send now.
#[derive(Debug)]
pub struct QueuedMail {
    /// Its number.
    pub id: i64,
    /// Which text; the service's word.
    pub kind: String,
    /// The address, as the service keeps it.
    pub address: Vec<u8>,
    /// The language of the text.
    pub language: String,
    /// How often it was taken, with this time.
    pub tries: u32,
    /// Until when nobody else takes it.
    pub(crate) lease_until: i64,
}

impl QueuedMail {
    /// Tells whether it can be handed over before somebody else may take it, who would send it
    /// once more.
    #[must_use]
    pub fn has_time(&self, now: UnixTime) -> bool {
        seconds(now).saturating_add(HANDING_OVER) <= self.lease_until
    }
}

/// Writes a mail into the outbox, as part of the transaction that it tells of.
pub(crate) async fn put(
    tx: &mut Transaction,
    mail: MailOrder<'_>,
    now: UnixTime,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO outbox (kind, address, language, created_at, lease_until, tries)
         VALUES ($1, $2, $3, $4, 0, 0)",
    )
    .bind(mail.kind)
    .bind(mail.address)
    .bind(mail.language)
    .bind(seconds(now))
    .execute(tx.connection())
    .await?;
    Ok(())
}

impl Database {
    /// Writes a mail into the outbox by itself.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn queue_mail(&self, mail: MailOrder<'_>, now: UnixTime) -> Result<(), StoreError> {
        transaction!(self, |tx| { put(&mut tx, mail, now).await })
    }

    /// Takes at most `most` mails that are due; nobody else gets them for two minutes.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn take_mails(&self, most: u8, now: UnixTime) -> Result<Vec<QueuedMail>, StoreError> {
        let now = seconds(now);
        transaction!(self, |tx| {
            let due = sqlx::query(
                "SELECT id, kind, address, language, lease_until, tries FROM outbox
                 WHERE sent_at IS NULL AND lease_until <= $1 AND tries < $2 ORDER BY id LIMIT $3",
            )
            .bind(now)
            .bind(MOST_TRIES)
            .bind(i64::from(most))
            .fetch_all(tx.connection())
            .await?;
            let mut taken = Vec::new();
            for row in due {
                let (id, lease): (i64, i64) = (row.try_get("id")?, row.try_get("lease_until")?);
                let tries = row.try_get::<i64, _>("tries")? + 1;
                let swapped = sqlx::query(
                    "UPDATE outbox SET lease_until = $1, tries = $2
                     WHERE id = $3 AND lease_until = $4 AND sent_at IS NULL",
                )
                .bind(now.saturating_add(LEASE))
                .bind(tries)
                .bind(id)
                .bind(lease)
                .execute(tx.connection())
                .await?;
                if swapped.rows_affected() == 1 {
                    taken.push(QueuedMail {
                        id,
                        kind: row.try_get("kind")?,
                        address: row.try_get("address")?,
                        language: row.try_get("language")?,
                        tries: u32::try_from(tries)
                            .map_err(|_| StoreError::Damaged { what: "outbox" })?,
                        lease_until: now.saturating_add(LEASE),
                    });
                }
            }
            Ok(taken)
        })
    }

    /// Records that a mail was handed over.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when there is no such mail, or it is recorded already.
    pub async fn mail_sent(&self, id: i64, now: UnixTime) -> Result<(), StoreError> {
        transaction!(self, |tx| {
            let swapped =
                sqlx::query("UPDATE outbox SET sent_at = $1 WHERE id = $2 AND sent_at IS NULL")
                    .bind(seconds(now))
                    .bind(id)
                    .execute(tx.connection())
                    .await?;
            if swapped.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Conflict) }
        })
    }

    /// Records that a mail could not be handed over: it is due again after a pause that doubles
    /// with each try, from a minute to an hour.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when there is no such mail, or it was sent.
    pub async fn mail_failed(&self, mail: &QueuedMail, now: UnixTime) -> Result<(), StoreError> {
        let pause = 60_i64.saturating_mul(2_i64.saturating_pow(mail.tries.saturating_sub(1)));
        let due = seconds(now).saturating_add(pause.min(3_600));
        transaction!(self, |tx| {
            let swapped =
                sqlx::query("UPDATE outbox SET lease_until = $1 WHERE id = $2 AND sent_at IS NULL")
                    .bind(due)
                    .bind(mail.id)
                    .execute(tx.connection())
                    .await?;
            if swapped.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Conflict) }
        })
    }

    /// Returns how many mails wait.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn mails_waiting(&self) -> Result<u64, StoreError> {
        let row = sqlx::query("SELECT count(*) AS waiting FROM outbox WHERE sent_at IS NULL")
            .fetch_one(self.reader())
            .await?;
        u64::try_from(row.try_get::<i64, _>("waiting")?)
            .map_err(|_| StoreError::Damaged { what: "outbox" })
    }
}
