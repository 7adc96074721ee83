use hosho::{Fingerprint, GuarantorId, ListNumber, Sequence};
use sqlx::{AnyConnection, Row as _};

use super::ConfirmStore;
use crate::error::StoreError;
use crate::high_water::count_facts;

/// How far the stored bundles and snapshots of a guarantor have come; what was read before at the
/// same marks is still what is stored.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TrustMarks {
    /// The sequence of the newest stored bundle, 0 for none.
    pub bundle: u64,
    /// The sequence of the stored snapshot of each list.
    pub lists: Vec<(u32, u64)>,
}

/// The stored bundles and snapshots of a guarantor.
#[derive(Clone, Debug)]
pub struct StoredTrust {
    /// How far they have come.
    pub marks: TrustMarks,
    /// The bundles in their order.
    pub bundles: Vec<Vec<u8>>,
    /// The newest snapshot of each list.
    pub snapshots: Vec<Vec<u8>>,
}

/// What became of an object that a guarantor handed over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use]
pub enum Kept {
    /// It was stored.
    New,
    /// A later one is stored.
    Regressed,
    /// The same bytes were stored before.
    Same,
}

impl ConfirmStore {
    /// Makes the rows of guarantors that have none yet.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn register(&self, guarantors: &[GuarantorId<'_>]) -> Result<(), StoreError> {
        transaction!(self.database, |tx| {
            for guarantor in guarantors {
                sqlx::query(
                    "INSERT INTO guarantors (id, bundle_sequence, last_event) VALUES ($1, 0, 0)
                     ON CONFLICT DO NOTHING",
                )
                .bind(guarantor.as_str())
                .execute(tx.connection())
                .await?;
            }
            Ok(())
        })
    }

    /// Returns how far the stored bundles and snapshots of a guarantor have come.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when the guarantor was not registered.
    pub async fn trust_marks(&self, guarantor: &GuarantorId<'_>) -> Result<TrustMarks, StoreError> {
        let mut tx = self.database.begin_reading().await?;
        marks(tx.connection(), guarantor).await
    }

    /// Returns the stored bundles and snapshots of a guarantor, as they are at one moment.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when the guarantor was not registered.
    pub async fn trust(&self, guarantor: &GuarantorId<'_>) -> Result<StoredTrust, StoreError> {
        let mut tx = self.database.begin_reading().await?;
        let marks = marks(tx.connection(), guarantor).await?;
        let of =
            |column: &'static str| move |row: &sqlx::any::AnyRow| row.try_get::<Vec<u8>, _>(column);
        let bundles =
            sqlx::query("SELECT bytes FROM bundles WHERE guarantor = $1 ORDER BY sequence")
                .bind(guarantor.as_str())
                .fetch_all(tx.connection())
                .await?;
        let snapshots =
            sqlx::query("SELECT bytes FROM snapshots WHERE guarantor = $1 ORDER BY list")
                .bind(guarantor.as_str())
                .fetch_all(tx.connection())
                .await?;
        Ok(StoredTrust {
            marks,
            bundles: bundles.iter().map(of("bytes")).collect::<Result<_, _>>()?,
            snapshots: snapshots.iter().map(of("bytes")).collect::<Result<_, _>>()?,
        })
    }

    /// Stores the next bundle of a guarantor, which the caller verified as a step from what was
    /// stored at the mark `after`.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when others stored another one meanwhile.
    pub async fn add_bundle(
        &self,
        guarantor: &GuarantorId<'_>,
        sequence: Sequence,
        bytes: &[u8],
        after: u64,
    ) -> Result<Kept, StoreError> {
        let number = column(sequence.number());
        transaction!(self.database, |tx| {
            let stored =
                sqlx::query("SELECT bytes FROM bundles WHERE guarantor = $1 AND sequence = $2")
                    .bind(guarantor.as_str())
                    .bind(number)
                    .fetch_optional(tx.connection())
                    .await?;
            if let Some(row) = stored {
                let same = row.try_get::<Vec<u8>, _>("bytes")? == bytes;
                return if same { Ok(Kept::Same) } else { Err(StoreError::Conflict) };
            }
            let moved = sqlx::query(
                "UPDATE guarantors SET bundle_sequence = $1 WHERE id = $2 AND bundle_sequence = $3",
            )
            .bind(number)
            .bind(guarantor.as_str())
            .bind(column(after))
            .execute(tx.connection())
            .await?;
            if moved.rows_affected() != 1 {
                return Err(StoreError::Conflict);
            }
            sqlx::query("INSERT INTO bundles (guarantor, sequence, bytes) VALUES ($1, $2, $3)")
                .bind(guarantor.as_str())
                .bind(number)
                .bind(bytes)
                .execute(tx.connection())
                .await?;
            count_facts(&mut tx, 1).await?;
            Ok(Kept::New)
        })
    }

    /// Stores the newest snapshot of a list, which the caller verified; an older one gives way.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when other bytes of that sequence are stored.
    pub async fn put_snapshot(
        &self,
        guarantor: &GuarantorId<'_>,
        list: ListNumber,
        sequence: Sequence,
        bytes: &[u8],
    ) -> Result<Kept, StoreError> {
        let number = column(sequence.number());
        transaction!(self.database, |tx| {
            let raised = sqlx::query(
                "INSERT INTO snapshots (guarantor, list, sequence, bytes) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (guarantor, list) DO UPDATE
                 SET sequence = excluded.sequence, bytes = excluded.bytes
                 WHERE snapshots.sequence < excluded.sequence",
            )
            .bind(guarantor.as_str())
            .bind(i64::from(list.number()))
            .bind(number)
            .bind(bytes)
            .execute(tx.connection())
            .await?;
            if raised.rows_affected() == 1 {
                count_facts(&mut tx, 1).await?;
                return Ok(Kept::New);
            }
            let stored = sqlx::query(
                "SELECT sequence, bytes FROM snapshots WHERE guarantor = $1 AND list = $2",
            )
            .bind(guarantor.as_str())
            .bind(i64::from(list.number()))
            .fetch_one(tx.connection())
            .await?;
            if stored.try_get::<i64, _>("sequence")? > number {
                return Ok(Kept::Regressed);
            }
            let same = stored.try_get::<Vec<u8>, _>("bytes")? == bytes;
            if same { Ok(Kept::Same) } else { Err(StoreError::Conflict) }
        })
    }

    /// Stores inclusion proofs, each with the SHA-256 of its certificate; a later one takes the
    /// place of an earlier one.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn put_proofs(
        &self,
        guarantor: &GuarantorId<'_>,
        proofs: &[(Fingerprint, Vec<u8>)],
    ) -> Result<(), StoreError> {
        transaction!(self.database, |tx| {
            for (certificate, bytes) in proofs {
                sqlx::query(
                    "INSERT INTO proofs (guarantor, certificate, bytes) VALUES ($1, $2, $3)
                     ON CONFLICT (guarantor, certificate) DO UPDATE SET bytes = excluded.bytes",
                )
                .bind(guarantor.as_str())
                .bind(certificate.as_bytes().as_slice())
                .bind(bytes.as_slice())
                .execute(tx.connection())
                .await?;
            }
            Ok(())
        })
    }
}

async fn marks(
    connection: &mut AnyConnection,
    guarantor: &GuarantorId<'_>,
) -> Result<TrustMarks, StoreError> {
    let damaged = |what| move |_| StoreError::Damaged { what };
    let row = sqlx::query("SELECT bundle_sequence FROM guarantors WHERE id = $1")
        .bind(guarantor.as_str())
        .fetch_optional(&mut *connection)
        .await?
        .ok_or(StoreError::Damaged { what: "guarantors" })?;
    let bundle =
        u64::try_from(row.try_get::<i64, _>("bundle_sequence")?).map_err(damaged("guarantors"))?;
    let rows =
        sqlx::query("SELECT list, sequence FROM snapshots WHERE guarantor = $1 ORDER BY list")
            .bind(guarantor.as_str())
            .fetch_all(&mut *connection)
            .await?;
    let mut lists = Vec::with_capacity(rows.len());
    for row in rows {
        let list = u32::try_from(row.try_get::<i64, _>("list")?).map_err(damaged("snapshots"))?;
        let sequence =
            u64::try_from(row.try_get::<i64, _>("sequence")?).map_err(damaged("snapshots"))?;
        lists.push((list, sequence));
    }
    Ok(TrustMarks { bundle, lists })
}

/// Sequences are below 2^53 (spec R-SEQ-1).
fn column(sequence: u64) -> i64 {
    i64::try_from(sequence).unwrap_or(i64::MAX)
}
