//! The guarantor's bundles and snapshots, as the worker hands them in.

use hosho::{GuarantorId, ListNumber, Sequence};
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::PortalStore;
use super::row;
use crate::error::StoreError;
use crate::high_water::count_facts;

/// A status snapshot as it was handed in and verified.
#[derive(Clone, Debug)]
pub struct StoredSnapshot {
    /// The list.
    pub list: ListNumber,
    /// Its place in the series of the list.
    pub sequence: Sequence,
    /// The snapshot.
    pub bytes: Vec<u8>,
}

/// What became of a snapshot.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use]
pub enum SnapshotKept {
    /// A newer one is there already.
    Regressed,
    /// The same one is there already.
    Same,
    /// It is the newest now.
    Stored,
}

impl PortalStore {
    /// Stores a trust bundle that the caller has verified; again does nothing.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when other bytes have that place in the series.
    pub async fn add_bundle(
        &self,
        guarantor: &GuarantorId<'_>,
        sequence: Sequence,
        bytes: &[u8],
    ) -> Result<(), StoreError> {
        let sequence = i64::try_from(sequence.number()).unwrap_or(i64::MAX);
        transaction!(self.database, |tx| {
            let inserted = sqlx::query(
                "INSERT INTO bundles (guarantor, sequence, bytes) VALUES ($1, $2, $3)
                 ON CONFLICT DO NOTHING",
            )
            .bind(guarantor.as_str())
            .bind(sequence)
            .bind(bytes)
            .execute(tx.connection())
            .await?;
            if inserted.rows_affected() == 1 {
                return count_facts(&mut tx, 1).await;
            }
            let found =
                sqlx::query("SELECT bytes FROM bundles WHERE guarantor = $1 AND sequence = $2")
                    .bind(guarantor.as_str())
                    .bind(sequence)
                    .fetch_one(tx.connection())
                    .await?;
            let stored: Vec<u8> = found.try_get("bytes")?;
            if stored == bytes { Ok(()) } else { Err(StoreError::Conflict) }
        })
    }

    /// Returns the bundles after `sequence`, in order.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn bundles_after(
        &self,
        guarantor: &GuarantorId<'_>,
        sequence: Sequence,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        let rows = sqlx::query(
            "SELECT bytes FROM bundles WHERE guarantor = $1 AND sequence > $2 ORDER BY sequence",
        )
        .bind(guarantor.as_str())
        .bind(i64::try_from(sequence.number()).unwrap_or(i64::MAX))
        .fetch_all(self.database.reader())
        .await?;
        rows.iter().map(|found| Ok(found.try_get("bytes")?)).collect()
    }

    /// Keeps a snapshot that the caller has verified, if it is newer than the one that is there.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when other bytes have that place in the series.
    pub async fn keep_snapshot(&self, new: &StoredSnapshot) -> Result<SnapshotKept, StoreError> {
        let list = i64::from(new.list.number());
        let sequence = i64::try_from(new.sequence.number()).unwrap_or(i64::MAX);
        transaction!(self.database, |tx| {
            let kept = sqlx::query(
                "INSERT INTO snapshots (list, sequence, bytes) VALUES ($1, $2, $3)
                 ON CONFLICT (list) DO UPDATE
                 SET sequence = excluded.sequence, bytes = excluded.bytes
                 WHERE snapshots.sequence < excluded.sequence",
            )
            .bind(list)
            .bind(sequence)
            .bind(new.bytes.as_slice())
            .execute(tx.connection())
            .await?;
            if kept.rows_affected() == 1 {
                return Ok(SnapshotKept::Stored);
            }
            let found = sqlx::query("SELECT sequence, bytes FROM snapshots WHERE list = $1")
                .bind(list)
                .fetch_one(tx.connection())
                .await?;
            let (stored, bytes): (i64, Vec<u8>) =
                (found.try_get("sequence")?, found.try_get("bytes")?);
            match (stored == sequence, bytes == new.bytes) {
                (true, true) => Ok(SnapshotKept::Same),
                (true, false) => Err(StoreError::Conflict),
                (false, _) => Ok(SnapshotKept::Regressed),
            }
        })
    }

    /// Returns list and sequence of each newest snapshot.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], or [`StoreError::Damaged`].
    pub async fn snapshot_marks(&self) -> Result<Vec<(ListNumber, Sequence)>, StoreError> {
        let rows = sqlx::query("SELECT list, sequence FROM snapshots ORDER BY list")
            .fetch_all(self.database.reader())
            .await?;
        rows.iter().map(mark).collect()
    }

    /// Returns the newest snapshot of each list.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], or [`StoreError::Damaged`].
    pub async fn snapshots(&self) -> Result<Vec<StoredSnapshot>, StoreError> {
        let rows = sqlx::query("SELECT list, sequence, bytes FROM snapshots ORDER BY list")
            .fetch_all(self.database.reader())
            .await?;
        let snapshot = |found: &AnyRow| {
            let (list, sequence) = mark(found)?;
            Ok(StoredSnapshot { list, sequence, bytes: found.try_get("bytes")? })
        };
        rows.iter().map(snapshot).collect()
    }
}

fn mark(found: &AnyRow) -> Result<(ListNumber, Sequence), StoreError> {
    let damaged = |_| StoreError::Damaged { what: "snapshots" };
    let list = u16::try_from(row::unsigned(found, "list")?)
        .map_err(|_| StoreError::Damaged { what: "snapshots" })?;
    let sequence = Sequence::new(row::unsigned(found, "sequence")?).map_err(damaged)?;
    Ok((ListNumber::new(list).map_err(damaged)?, sequence))
}
