//! Obligees, and which certificates they accept electronically, since when.

use std::collections::BTreeMap;

use hosho::{Date, GuaranteeKind, UnixTime};
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::log::{NewLogEntry, write_log};
use super::row;
use super::{AccountId, Logged, ObligeeId, PortalStore};
use crate::error::StoreError;
use crate::high_water::count_facts;
use crate::nonce::seconds;

/// An obligee that the guarantor knows.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Obligee {
    /// Its id.
    pub id: ObligeeId,
    /// Its name.
    pub name: String,
    /// Title and name of its officer.
    pub representative: String,
    /// Its address.
    pub address: Option<String>,
    /// What it accepts electronically.
    pub kinds: Vec<AcceptedKind>,
}

/// A kind of guarantee that an obligee accepts electronically.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AcceptedKind {
    /// The kind.
    pub kind: GuaranteeKind,
    /// The first day.
    pub from: Date,
    /// The last day, once it is known.
    pub until: Option<Date>,
}

/// An obligee to be added.
#[derive(Clone, Copy, Debug)]
pub struct NewObligee<'a> {
    /// Its name.
    pub name: &'a str,
    /// Title and name of its officer.
    pub representative: &'a str,
    /// Its address.
    pub address: Option<&'a str>,
    /// What it accepts electronically.
    pub kinds: &'a [AcceptedKind],
}

impl Obligee {
    /// Returns since when the obligee accepts this kind electronically, if it does on `day`.
    pub fn accepts(&self, kind: GuaranteeKind, day: Date) -> Option<Date> {
        let covers = |accepted: &&AcceptedKind| {
            accepted.kind == kind
                && accepted.from <= day
                && accepted.until.is_none_or(|until| day <= until)
        };
        self.kinds.iter().find(covers).map(|accepted| accepted.from)
    }

    /// Returns from which later day the obligee will accept this kind, if one is known.
    pub fn accepts_later(&self, kind: GuaranteeKind, day: Date) -> Option<Date> {
        let later = self.kinds.iter().filter(|it| it.kind == kind && it.from > day);
        later.map(|accepted| accepted.from).min()
    }
}

impl PortalStore {
    /// Adds an obligee, or further kinds to the one of that name and representative.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn add_obligee(
        &self,
        new: &NewObligee<'_>,
        by: Option<AccountId>,
        at: UnixTime,
    ) -> Result<ObligeeId, StoreError> {
        transaction!(self.database, |tx| {
            sqlx::query(
                "INSERT INTO obligees (name, representative, address, created_at)
                 VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            )
            .bind(new.name)
            .bind(new.representative)
            .bind(new.address)
            .bind(seconds(at))
            .execute(tx.connection())
            .await?;
            let found =
                sqlx::query("SELECT id FROM obligees WHERE name = $1 AND representative = $2")
                    .bind(new.name)
                    .bind(new.representative)
                    .fetch_one(tx.connection())
                    .await?;
            let id = row::id(&found, "id", ObligeeId::from_row)?;
            for accepted in new.kinds {
                sqlx::query(
                    "INSERT INTO obligee_kinds (obligee, kind, from_day, until_day)
                     VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                )
                .bind(id.to_row())
                .bind(row::kind_word(accepted.kind))
                .bind(i64::from(accepted.from.days()))
                .bind(accepted.until.map(|day| i64::from(day.days())))
                .execute(tx.connection())
                .await?;
            }
            let what = Logged::ObligeeChanged;
            write_log(&mut tx, &NewLogEntry { by, what, subject: new.name, at }).await?;
            count_facts(&mut tx, 1).await?;
            Ok(id)
        })
    }

    /// Sets the last day on which an obligee accepts a kind that it accepts from `from`.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it accepts no such kind from that day.
    pub async fn end_obligee_kind(
        &self,
        obligee: ObligeeId,
        (kind, from): (GuaranteeKind, Date),
        until: Date,
        by: Option<AccountId>,
        at: UnixTime,
    ) -> Result<(), StoreError> {
        transaction!(self.database, |tx| {
            let updated = sqlx::query(
                "UPDATE obligee_kinds SET until_day = $1
                 WHERE obligee = $2 AND kind = $3 AND from_day = $4",
            )
            .bind(i64::from(until.days()))
            .bind(obligee.to_row())
            .bind(row::kind_word(kind))
            .bind(i64::from(from.days()))
            .execute(tx.connection())
            .await?;
            if updated.rows_affected() != 1 {
                return Err(StoreError::Conflict);
            }
            let what = Logged::ObligeeChanged;
            let subject = obligee.to_string();
            write_log(&mut tx, &NewLogEntry { by, what, subject: &subject, at }).await
        })
    }

    /// Returns all obligees, by their names.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], or [`StoreError::Damaged`].
    pub async fn obligees(&self) -> Result<Vec<Obligee>, StoreError> {
        let mut kinds: BTreeMap<ObligeeId, Vec<AcceptedKind>> = BTreeMap::new();
        let rows = sqlx::query(
            "SELECT obligee, kind, from_day, until_day FROM obligee_kinds
             ORDER BY obligee, kind, from_day",
        )
        .fetch_all(self.database.reader())
        .await?;
        for found in &rows {
            let until: Option<i64> = found.try_get("until_day")?;
            let accepted = AcceptedKind {
                kind: row::kind(found, "kind")?,
                from: row::day(found.try_get("from_day")?)?,
                until: until.map(row::day).transpose()?,
            };
            let id = row::id(found, "obligee", ObligeeId::from_row)?;
            kinds.entry(id).or_default().push(accepted);
        }
        let rows = sqlx::query(
            "SELECT id, name, representative, address FROM obligees ORDER BY name, representative",
        )
        .fetch_all(self.database.reader())
        .await?;
        let obligee = |found: &AnyRow| {
            let id = row::id(found, "id", ObligeeId::from_row)?;
            Ok(Obligee {
                id,
                name: found.try_get("name")?,
                representative: found.try_get("representative")?,
                address: found.try_get("address")?,
                kinds: kinds.remove(&id).unwrap_or_default(),
            })
        };
        rows.iter().map(obligee).collect()
    }

    /// Returns the obligees that accept this kind electronically on `day`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], or [`StoreError::Damaged`].
    pub async fn obligees_offering(
        &self,
        kind: GuaranteeKind,
        day: Date,
    ) -> Result<Vec<Obligee>, StoreError> {
        let all = self.obligees().await?;
        Ok(all.into_iter().filter(|obligee| obligee.accepts(kind, day).is_some()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    #[test]
    fn accepts_a_kind_from_its_first_to_its_last_day() {
        let accepted = AcceptedKind {
            kind: GuaranteeKind::Advance,
            from: day("2026-04-01"),
            until: Some(day("2027-03-31")),
        };
        let obligee = Obligee {
            id: ObligeeId::parse("1").unwrap(),
            name: "瑞穂県".to_owned(),
            representative: "瑞穂県知事".to_owned(),
            address: None,
            kinds: vec![accepted],
        };
        let on = |text| obligee.accepts(GuaranteeKind::Advance, day(text));
        assert_eq!(on("2026-03-31"), None);
        assert_eq!(on("2026-04-01"), Some(day("2026-04-01")));
        assert_eq!(on("2027-03-31"), Some(day("2026-04-01")));
        assert_eq!(on("2027-04-01"), None);
        assert_eq!(obligee.accepts(GuaranteeKind::Interim, day("2026-04-01")), None);
        let later = |text| obligee.accepts_later(GuaranteeKind::Advance, day(text));
        assert_eq!(later("2026-03-31"), Some(day("2026-04-01")));
        assert_eq!(later("2026-04-01"), None);
    }
}
