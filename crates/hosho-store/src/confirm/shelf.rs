use hosho::{Fingerprint, GuarantorId, Locator, Revision};
use sqlx::Row as _;

use super::{ConfirmStore, guarantor_of, revision_of, row_digest};
use crate::error::StoreError;

/// What is kept under one locator: the sealed revisions of one guarantee.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Shelf {
    /// The guarantor that published them.
    pub guarantor: GuarantorId<'static>,
    /// The sealed revisions, from the first on, without a gap.
    pub sealed: Vec<(Revision, Vec<u8>)>,
}

const DAMAGED: StoreError = StoreError::Damaged { what: "sealed" };

impl ConfirmStore {
    /// Returns what lies under a locator, in one query. A withdrawn locator is like one that never
    /// was, for the same work.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when a row is not as it was written.
    pub async fn shelf(&self, locator: &Locator) -> Result<Option<Shelf>, StoreError> {
        let rows = sqlx::query(
            "SELECT shelves.guarantor AS guarantor, sealed.revision AS revision,
                    sealed.bytes AS bytes, sealed.digest AS digest
             FROM shelves JOIN sealed ON sealed.locator = shelves.locator
             WHERE shelves.locator = $1 ORDER BY sealed.revision",
        )
        .bind(locator.as_bytes().as_slice())
        .fetch_all(self.database.reader())
        .await?;
        let mut guarantor = None;
        let mut sealed = Vec::with_capacity(rows.len());
        for (row, expected) in rows.iter().zip(1_i64..) {
            let number: i64 = row.try_get("revision")?;
            if number != expected {
                return Err(DAMAGED);
            }
            let (bytes, digest): (Vec<u8>, Vec<u8>) =
                (row.try_get("bytes")?, row.try_get("digest")?);
            let revision = revision_of(number, "sealed")?;
            if row_digest(locator, revision, &bytes).as_slice() != digest {
                return Err(DAMAGED);
            }
            if guarantor.is_none() {
                guarantor = Some(guarantor_of(row.try_get("guarantor")?, "shelves")?);
            }
            sealed.push((revision, bytes));
        }
        Ok(guarantor.map(|guarantor| Shelf { guarantor, sealed }))
    }

    /// Returns the stored inclusion proofs of certificates, in no order.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn proofs(
        &self,
        guarantor: &GuarantorId<'_>,
        certificates: &[Fingerprint],
    ) -> Result<Vec<(Fingerprint, Vec<u8>)>, StoreError> {
        let mut proofs = Vec::new();
        // Few guarantors have any, and a guarantee has few revisions.
        let any = sqlx::query("SELECT 1 AS one FROM proofs WHERE guarantor = $1 LIMIT 1")
            .bind(guarantor.as_str())
            .fetch_optional(self.database.reader())
            .await?;
        if any.is_none() {
            return Ok(proofs);
        }
        for certificate in certificates {
            let row =
                sqlx::query("SELECT bytes FROM proofs WHERE guarantor = $1 AND certificate = $2")
                    .bind(guarantor.as_str())
                    .bind(certificate.as_bytes().as_slice())
                    .fetch_optional(self.database.reader())
                    .await?;
            if let Some(row) = row {
                proofs.push((*certificate, row.try_get("bytes")?));
            }
        }
        Ok(proofs)
    }
}
