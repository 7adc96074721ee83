//! Guarantees: their revisions and auth keys, what obligees did, and who looked.

use hosho::{GuaranteeKind, GuaranteeNumber, Revision, Serial, UnixTime};
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::row;
use super::{AccountId, ContractorId, PortalStore, Received, Viewed};
use crate::error::StoreError;
use crate::high_water::count_facts;
use crate::nonce::seconds;
use crate::outbox::{self, MailOrder};
use crate::transaction::Transaction;

/// A guarantee with all its revisions.
#[derive(Clone, Debug)]
pub struct Guarantee {
    /// Its number.
    pub number: GuaranteeNumber<'static>,
    /// Whose it is.
    pub contractor: ContractorId,
    /// Its kind.
    pub kind: GuaranteeKind,
    /// Its revisions, from the first on; there is at least one.
    pub revisions: Vec<Revised>,
}

/// One revision of a guarantee. What was stored is verified by whoever shows it.
#[derive(Clone, Debug)]
pub struct Revised {
    /// Which guarantee.
    pub number: GuaranteeNumber<'static>,
    /// Which revision.
    pub revision: Revision,
    /// The kind of the guarantee.
    pub kind: GuaranteeKind,
    /// Whose it is.
    pub contractor: ContractorId,
    /// The signed certificate.
    pub signed: Vec<u8>,
    /// When it came from the worker.
    pub at: UnixTime,
}

/// An auth key, encrypted under the reveal key.
#[derive(Clone, Debug)]
pub struct SealedKey {
    /// Which of the guarantee's auth keys it is.
    pub serial: Serial,
    /// The key.
    pub sealed_key: Vec<u8>,
    /// Since when it is here.
    pub at: UnixTime,
}

/// What an obligee did.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ObligeeEvent {
    /// Which guarantee.
    pub number: GuaranteeNumber<'static>,
    /// Which revision.
    pub revision: Revision,
    /// What was done.
    pub event: Received,
    /// When.
    pub at: UnixTime,
    /// Why it was returned.
    pub reason: Option<String>,
    /// Who answered, as that person wrote.
    pub by: Option<String>,
}

/// A look at a guarantee, to be recorded before it is given.
#[derive(Clone, Copy, Debug)]
pub struct NewView<'a> {
    /// Which guarantee.
    pub number: &'a GuaranteeNumber<'a>,
    /// Who looks.
    pub account: AccountId,
    /// At what.
    pub what: Viewed,
    /// When.
    pub at: UnixTime,
}

/// A look at a guarantee.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct View {
    /// The person's name.
    pub name: String,
    /// What was looked at.
    pub what: Viewed,
    /// When.
    pub at: UnixTime,
}

impl PortalStore {
    /// Returns a guarantee with all its revisions.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], or [`StoreError::Damaged`].
    pub async fn guarantee(
        &self,
        number: &GuaranteeNumber<'_>,
    ) -> Result<Option<Guarantee>, StoreError> {
        let rows = sqlx::query(
            "SELECT number, revision, kind, contractor, signed, at FROM revisions
             WHERE number = $1 ORDER BY revision",
        )
        .bind(number.as_str())
        .fetch_all(self.database.reader())
        .await?;
        let revisions = rows.iter().map(revised).collect::<Result<Vec<_>, _>>()?;
        Ok(revisions.first().cloned().map(|first| Guarantee {
            number: first.number,
            contractor: first.contractor,
            kind: first.kind,
            revisions,
        }))
    }

    /// Returns the newest revision of a guarantee.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], or [`StoreError::Damaged`].
    pub async fn newest_revision(
        &self,
        number: &GuaranteeNumber<'_>,
    ) -> Result<Option<Revised>, StoreError> {
        let found = sqlx::query(
            "SELECT number, revision, kind, contractor, signed, at FROM revisions
             WHERE number = $1 ORDER BY revision DESC LIMIT 1",
        )
        .bind(number.as_str())
        .fetch_optional(self.database.reader())
        .await?;
        found.as_ref().map(revised).transpose()
    }

    /// Returns the newest revision of each guarantee, of one contractor or of all; those that came
    /// last first, at most `most`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], or [`StoreError::Damaged`].
    pub async fn guarantees(
        &self,
        contractor: Option<ContractorId>,
        most: u16,
    ) -> Result<Vec<Revised>, StoreError> {
        let rows = sqlx::query(
            "SELECT r.number, r.revision, r.kind, r.contractor, r.signed, r.at FROM revisions r
             WHERE ($1 = 0 OR r.contractor = $1)
               AND NOT EXISTS (SELECT 1 FROM revisions n
                               WHERE n.number = r.number AND n.revision > r.revision)
             ORDER BY r.at DESC, r.number DESC LIMIT $2",
        )
        .bind(contractor.map_or(0, ContractorId::to_row))
        .bind(i64::from(most))
        .fetch_all(self.database.reader())
        .await?;
        rows.iter().map(revised).collect()
    }

    /// Returns the newest auth key of a guarantee.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], or [`StoreError::Damaged`].
    pub async fn newest_key(
        &self,
        number: &GuaranteeNumber<'_>,
    ) -> Result<Option<SealedKey>, StoreError> {
        let found = sqlx::query(
            "SELECT serial, sealed_key, at FROM auth_keys WHERE number = $1
             ORDER BY serial DESC LIMIT 1",
        )
        .bind(number.as_str())
        .fetch_optional(self.database.reader())
        .await?;
        let Some(found) = found else { return Ok(None) };
        Ok(Some(SealedKey {
            serial: row::serial(&found, "serial")?,
            sealed_key: found.try_get("sealed_key")?,
            at: row::time(&found, "at")?,
        }))
    }

    /// Returns a revision as it was sealed for one of the guarantee's auth keys.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn sealed(
        &self,
        number: &GuaranteeNumber<'_>,
        serial: Serial,
        revision: Revision,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let found = sqlx::query(
            "SELECT bytes FROM sealed WHERE number = $1 AND serial = $2 AND revision = $3",
        )
        .bind(number.as_str())
        .bind(i64::from(serial.number()))
        .bind(i64::from(revision.number()))
        .fetch_optional(self.database.reader())
        .await?;
        Ok(found.map(|found| found.try_get("bytes")).transpose()?)
    }

    /// Records that somebody looks at something, before it is given.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn record_view(&self, view: NewView<'_>) -> Result<(), StoreError> {
        transaction!(self.database, |tx| {
            sqlx::query("INSERT INTO views (number, account, what, at) VALUES ($1, $2, $3, $4)")
                .bind(view.number.as_str())
                .bind(view.account.to_row())
                .bind(view.what.word())
                .bind(seconds(view.at))
                .execute(tx.connection())
                .await?;
            count_facts(&mut tx, 1).await
        })
    }

    /// Returns who looked at a guarantee, the newest first.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], or [`StoreError::Damaged`].
    pub async fn views(&self, number: &GuaranteeNumber<'_>) -> Result<Vec<View>, StoreError> {
        let rows = sqlx::query(
            "SELECT a.name, v.what, v.at FROM views v JOIN accounts a ON a.id = v.account
             WHERE v.number = $1 ORDER BY v.id DESC LIMIT 200",
        )
        .bind(number.as_str())
        .fetch_all(self.database.reader())
        .await?;
        let view = |found: &AnyRow| {
            Ok(View {
                name: found.try_get("name")?,
                what: row::word(found, "what", Viewed::parse)?,
                at: row::time(found, "at")?,
            })
        };
        rows.iter().map(view).collect()
    }

    /// Records what obligees did; what is there already, and what is about no revision that is
    /// here, is passed over. A new answer is also told to the contractor by the mail `mail`.
    /// Returns how many were new.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn record_events(
        &self,
        events: &[ObligeeEvent],
        mail: &str,
        now: UnixTime,
    ) -> Result<u32, StoreError> {
        transaction!(self.database, |tx| {
            let mut new = 0_u32;
            for event in events {
                if insert_event(&mut tx, event).await? {
                    new = new.saturating_add(1);
                    if event.event != Received::Opened {
                        tell_contractor(&mut tx, event, mail, now).await?;
                    }
                }
            }
            if new > 0 {
                count_facts(&mut tx, new).await?;
            }
            Ok(new)
        })
    }

    /// Returns what obligees did with a guarantee, the newest first.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], or [`StoreError::Damaged`].
    pub async fn events(
        &self,
        number: &GuaranteeNumber<'_>,
    ) -> Result<Vec<ObligeeEvent>, StoreError> {
        let rows = sqlx::query(
            "SELECT number, revision, event, at, reason, answered_by FROM events
             WHERE number = $1 ORDER BY at DESC, revision DESC",
        )
        .bind(number.as_str())
        .fetch_all(self.database.reader())
        .await?;
        rows.iter().map(event).collect()
    }

    /// Returns the answers of obligees that came last.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], or [`StoreError::Damaged`].
    pub async fn answers(
        &self,
        contractor: Option<ContractorId>,
        most: u16,
    ) -> Result<Vec<ObligeeEvent>, StoreError> {
        let rows = sqlx::query(
            "SELECT e.number, e.revision, e.event, e.at, e.reason, e.answered_by FROM events e
             JOIN revisions r ON r.number = e.number AND r.revision = e.revision
             WHERE e.event <> 'opened' AND ($1 = 0 OR r.contractor = $1)
             ORDER BY e.at DESC LIMIT $2",
        )
        .bind(contractor.map_or(0, ContractorId::to_row))
        .bind(i64::from(most))
        .fetch_all(self.database.reader())
        .await?;
        rows.iter().map(event).collect()
    }
}

async fn insert_event(tx: &mut Transaction, event: &ObligeeEvent) -> Result<bool, StoreError> {
    let known = sqlx::query("SELECT 1 FROM revisions WHERE number = $1 AND revision = $2")
        .bind(event.number.as_str())
        .bind(i64::from(event.revision.number()))
        .fetch_optional(tx.connection())
        .await?;
    if known.is_none() {
        return Ok(false);
    }
    let inserted = sqlx::query(
        "INSERT INTO events (number, revision, event, at, reason, answered_by)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
    )
    .bind(event.number.as_str())
    .bind(i64::from(event.revision.number()))
    .bind(event.event.word())
    .bind(seconds(event.at))
    .bind(event.reason.as_deref())
    .bind(event.by.as_deref())
    .execute(tx.connection())
    .await?;
    Ok(inserted.rows_affected() == 1)
}

async fn tell_contractor(
    tx: &mut Transaction,
    event: &ObligeeEvent,
    mail: &str,
    now: UnixTime,
) -> Result<(), StoreError> {
    let found = sqlx::query(
        "SELECT c.mail FROM revisions r JOIN contractors c ON c.id = r.contractor
         WHERE r.number = $1 AND r.revision = $2",
    )
    .bind(event.number.as_str())
    .bind(i64::from(event.revision.number()))
    .fetch_one(tx.connection())
    .await?;
    let address: String = found.try_get("mail")?;
    let order = MailOrder { kind: mail, address: address.as_bytes(), language: "ja" };
    outbox::put(tx, order, now).await
}

fn revised(found: &AnyRow) -> Result<Revised, StoreError> {
    Ok(Revised {
        number: row::number(found, "number")?,
        revision: row::revision(found, "revision")?,
        kind: row::kind(found, "kind")?,
        contractor: row::id(found, "contractor", ContractorId::from_row)?,
        signed: found.try_get("signed")?,
        at: row::time(found, "at")?,
    })
}

fn event(found: &AnyRow) -> Result<ObligeeEvent, StoreError> {
    Ok(ObligeeEvent {
        number: row::number(found, "number")?,
        revision: row::revision(found, "revision")?,
        event: row::word(found, "event", Received::parse)?,
        at: row::time(found, "at")?,
        reason: found.try_get("reason")?,
        by: found.try_get("answered_by")?,
    })
}
