//! Concluding: the decision, the number, and the job, in one transaction.

use hosho::{GuaranteeNumber, Revision};
use sqlx::Row as _;

use super::application::insert_decision;
use super::row;
use super::{Decided, JobId, NewDecision, PortalStore, Step};
use crate::error::StoreError;
use crate::high_water::count_facts;
use crate::transaction::Transaction;

/// A conclusion to be recorded.
#[derive(Clone, Debug)]
pub struct Concluding<'a> {
    /// The decision; its step is [`Step::Concluded`].
    pub decision: NewDecision<'a>,
    /// What the worker is asked for; nothing on the paper way.
    pub asked: Option<Asked<'a>>,
}

/// What the worker is asked for.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// The guarantee.
    pub number: NumberFor<'a>,
    /// The revision.
    pub revision: Revision,
    /// Returns the JSON of the request with this number.
    pub request: &'a (dyn Fn(&GuaranteeNumber<'_>) -> String + Sync),
    /// The rules of policy whose findings were acknowledged.
    pub acknowledged: &'a [String],
}

/// Where the number of a guarantee comes from.
#[derive(Clone, Copy)]
pub enum NumberFor<'a> {
    /// It is an amendment of this one.
    Amended(&'a GuaranteeNumber<'a>),
    /// It is a new one: the next of the series.
    Next {
        /// The name of the series.
        series: &'a str,
        /// The first serial of a series.
        first: u64,
        /// Returns the number of a serial, if the series still has one.
        number: &'a (dyn Fn(u64) -> Option<GuaranteeNumber<'static>> + Sync),
    },
}

impl std::fmt::Debug for Asked<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Asked({})", self.revision)
    }
}

/// What became of a conclusion.
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use]
pub enum Concluded {
    /// The worker has a job.
    Asked {
        /// The job.
        job: JobId,
        /// The guarantee's number.
        number: GuaranteeNumber<'static>,
    },
    /// It is on the paper way.
    OnPaper,
    /// Another application asks for that revision: this one was returned to the contractor.
    Outdated,
    /// Somebody else decided in the meantime.
    Taken,
}

/// What is written on an application that another one overtook.
const OUTDATED: &str = "E10-OUTDATED";

impl PortalStore {
    /// Concludes an application. Of several that ask for the same revision of a guarantee one is
    /// concluded, and each other one is returned.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], also when a series has no number left, or
    /// [`StoreError::Conflict`] without such an application.
    pub async fn conclude(&self, new: &Concluding<'_>) -> Result<Concluded, StoreError> {
        let concluded = transaction!(self.database, |tx| { conclude(&mut tx, new).await });
        match concluded {
            // The place is another one's. If the process ends here, the application still waits,
            // and whoever concludes it again comes here again.
            Err(StoreError::Conflict) => {
                let returned = NewDecision {
                    step: Step::Returned,
                    note: Some(OUTDATED),
                    acknowledged: &[],
                    ..new.decision.clone()
                };
                match self.decide(&returned).await? {
                    Decided::Recorded => Ok(Concluded::Outdated),
                    Decided::Taken => Ok(Concluded::Taken),
                }
            }
            concluded => concluded,
        }
    }
}

/// Fails with [`StoreError::Conflict`] when another application asks for that revision.
async fn conclude(tx: &mut Transaction, new: &Concluding<'_>) -> Result<Concluded, StoreError> {
    if insert_decision(tx, &new.decision).await? == Decided::Taken {
        return Ok(Concluded::Taken);
    }
    let Some(asked) = &new.asked else {
        count_facts(tx, 1).await?;
        return Ok(Concluded::OnPaper);
    };
    let number = match &asked.number {
        NumberFor::Amended(number) => (*number).clone().into_owned(),
        NumberFor::Next { series, first, number } => {
            let next = number(next_serial(tx, series, *first).await?);
            next.ok_or_else(|| StoreError::unavailable("the series of numbers is used up"))?
        }
    };
    let job = insert_job(tx, new, asked, &number).await?;
    count_facts(tx, 2).await?;
    Ok(Concluded::Asked { job, number })
}

async fn insert_job(
    tx: &mut Transaction,
    new: &Concluding<'_>,
    asked: &Asked<'_>,
    number: &GuaranteeNumber<'_>,
) -> Result<JobId, StoreError> {
    let inserted = sqlx::query(
        "INSERT INTO jobs (application, number, revision, request, acknowledged, state,
                           lease_until, tries)
         VALUES ($1, $2, $3, $4, $5, 'open', 0, 0) RETURNING id",
    )
    .bind(new.decision.application.to_row())
    .bind(number.as_str())
    .bind(i64::from(asked.revision.number()))
    .bind((asked.request)(number))
    .bind(asked.acknowledged.join(" "))
    .fetch_one(tx.connection())
    .await?;
    row::id(&inserted, "id", JobId::from_row)
}

/// Counts the series up; others who want its next serial wait until this transaction ended.
async fn next_serial(tx: &mut Transaction, series: &str, first: u64) -> Result<u64, StoreError> {
    let counted = sqlx::query(
        "INSERT INTO series (name, last) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET last = series.last + 1 RETURNING last",
    )
    .bind(series)
    .bind(i64::try_from(first).unwrap_or(i64::MAX))
    .fetch_one(tx.connection())
    .await?;
    let last: i64 = counted.try_get("last")?;
    u64::try_from(last).map_err(|_| StoreError::Damaged { what: "series" })
}
