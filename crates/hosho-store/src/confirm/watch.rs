use hosho::Locator;
use sqlx::Row as _;

use super::ConfirmStore;
use crate::error::StoreError;

/// The most addresses that are told of changes of one guarantee.
pub const MAX_WATCHES: u8 = 16;

/// Somebody who wants to be told of changes.
#[derive(Clone, Copy, Debug)]
pub struct NewWatch<'a> {
    /// The certificate.
    pub locator: &'a Locator,
    /// By which the same address is found again.
    pub mark: &'a [u8; 32],
    /// The address, encrypted.
    pub address: &'a [u8],
    /// The language of the mail, `ja` or `en`.
    pub language: &'a str,
}

/// What became of a watch.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use]
pub enum Watching {
    /// The address is told already.
    Already,
    /// It will be told.
    New,
    /// Too many addresses are told already.
    TooMany,
}

impl ConfirmStore {
    /// Adds an address to those that are told of changes.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the locator is not known.
    pub async fn watch(&self, watch: &NewWatch<'_>) -> Result<Watching, StoreError> {
        transaction!(self.database, |tx| {
            // Holding the locator's row makes the count one that others cannot overtake.
            let held = sqlx::query("UPDATE locators SET guarantor = guarantor WHERE locator = $1")
                .bind(watch.locator.as_bytes().as_slice())
                .execute(tx.connection())
                .await?;
            if held.rows_affected() != 1 {
                return Err(StoreError::Conflict);
            }
            let row = sqlx::query(
                "SELECT count(*) AS all_of_them,
                        count(CASE WHEN mark = $2 THEN 1 END) AS same
                 FROM watches WHERE locator = $1",
            )
            .bind(watch.locator.as_bytes().as_slice())
            .bind(watch.mark.as_slice())
            .fetch_one(tx.connection())
            .await?;
            if row.try_get::<i64, _>("same")? > 0 {
                return Ok(Watching::Already);
            }
            if row.try_get::<i64, _>("all_of_them")? >= i64::from(MAX_WATCHES) {
                return Ok(Watching::TooMany);
            }
            sqlx::query(
                "INSERT INTO watches (locator, mark, address, language) VALUES ($1, $2, $3, $4)",
            )
            .bind(watch.locator.as_bytes().as_slice())
            .bind(watch.mark.as_slice())
            .bind(watch.address)
            .bind(watch.language)
            .execute(tx.connection())
            .await?;
            Ok(Watching::New)
        })
    }

    /// Removes an address from those that are told of changes, if it is one.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn unwatch(&self, locator: &Locator, mark: &[u8; 32]) -> Result<(), StoreError> {
        transaction!(self.database, |tx| {
            sqlx::query("DELETE FROM watches WHERE locator = $1 AND mark = $2")
                .bind(locator.as_bytes().as_slice())
                .bind(mark.as_slice())
                .execute(tx.connection())
                .await?;
            Ok(())
        })
    }
}
