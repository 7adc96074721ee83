//! Applications and what is decided about them.

use std::collections::BTreeMap;

use hosho::{GuaranteeNumber, Revision, UnixTime, Yen};
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::row;
use super::{
    AccountId, ApplicationId, AskedKind, ContractorId, Delivery, JobId, JobState, PortalStore,
    Step, Task,
};
use crate::error::StoreError;
use crate::high_water::count_facts;
use crate::nonce::seconds;
use crate::transaction::Transaction;

/// An application to be entered.
#[derive(Clone, Debug)]
pub struct NewApplication<'a> {
    /// Whose it is.
    pub contractor: ContractorId,
    /// What it asks for.
    pub task: Task,
    /// Which kind of guarantee.
    pub kind: AskedKind,
    /// The guarantee and the revision that the contractor saw; nothing for a new one.
    pub base: Option<(&'a GuaranteeNumber<'a>, Revision)>,
    /// The draft of the request, as JSON.
    pub request: &'a str,
    /// How the certificate is to be received.
    pub delivery: Delivery,
    /// The guaranteed amount asked for.
    pub amount: Yen,
    /// Who entered it.
    pub by: AccountId,
    /// When.
    pub at: UnixTime,
}

/// An application with everything that happened to it.
#[derive(Clone, Debug)]
pub struct Application {
    /// Its id.
    pub id: ApplicationId,
    /// Whose it is.
    pub contractor: ContractorId,
    /// The contractor's name.
    pub contractor_name: String,
    /// What it asks for.
    pub task: Task,
    /// Which kind of guarantee.
    pub kind: AskedKind,
    /// The guarantee and the revision that the contractor saw; nothing for a new one.
    pub base: Option<(GuaranteeNumber<'static>, Revision)>,
    /// The draft of the request, as JSON.
    pub request: String,
    /// How the certificate is to be received.
    pub delivery: Delivery,
    /// The guaranteed amount asked for.
    pub amount: Yen,
    /// Who entered it.
    pub created_by: AccountId,
    /// When.
    pub created_at: UnixTime,
    /// What was decided, in order.
    pub decisions: Vec<Decision>,
    /// The job, once it was concluded and is not on the paper way.
    pub job: Option<Job>,
}

/// A decision about an application.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Decision {
    /// What was decided.
    pub step: Step,
    /// By whom.
    pub account: AccountId,
    /// The person's name.
    pub name: String,
    /// When.
    pub at: UnixTime,
    /// What the person wrote.
    pub note: Option<String>,
    /// The rules of policy whose findings the person acknowledged.
    pub acknowledged: Vec<String>,
}

/// What the worker is asked to do for an application.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// The guarantee.
    pub number: GuaranteeNumber<'static>,
    /// The revision.
    pub revision: Revision,
    /// What became of it.
    pub state: JobState,
    /// Why the worker refused it.
    pub refusal: Option<Refusal>,
}

/// Why the worker refused a job.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refusal {
    /// The stable code.
    pub code: String,
    /// The worker's message.
    pub message: String,
    /// When.
    pub at: UnixTime,
}

/// A decision to be recorded.
#[derive(Clone, Debug)]
pub struct NewDecision<'a> {
    /// About which application.
    pub application: ApplicationId,
    /// How many decisions the person saw.
    pub seen: usize,
    /// What is decided.
    pub step: Step,
    /// By whom.
    pub account: AccountId,
    /// When.
    pub at: UnixTime,
    /// What the person wrote.
    pub note: Option<&'a str>,
    /// The rules of policy whose findings the person acknowledges.
    pub acknowledged: &'a [String],
}

/// Who came first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use]
pub enum Decided {
    /// This decision stands.
    Recorded,
    /// Somebody else decided in the meantime.
    Taken,
}

/// Which applications.
#[derive(Clone, Copy, Debug)]
pub enum Selection {
    /// All.
    All,
    /// Those of a contractor.
    Of(ContractorId),
    /// Those about which there is still something to decide or to do.
    Open,
}

/// A part of a list, from the newest on.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// Only those that are older than this one.
    pub before: Option<ApplicationId>,
    /// How many.
    pub most: u16,
}

macro_rules! chosen {
    ($head:literal) => {
        concat!(
            $head,
            " FROM (
                SELECT a.id, a.contractor, a.task, a.kind, a.number, a.base_revision, a.request,
                       a.delivery, a.amount, a.created_at, a.created_by
                FROM applications a
                WHERE ($1 = 0 OR a.contractor = $1) AND a.id < $2 AND ($3 = 0 OR a.id = $3)
                  AND ($4 = 0 OR (
                    NOT EXISTS (SELECT 1 FROM decisions d WHERE d.application = a.id
                                AND d.step IN ('returned', 'withdrawn'))
                    AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.application = a.id
                                    AND j.state = 'done')
                    AND NOT (a.delivery = 'paper' AND EXISTS (
                        SELECT 1 FROM decisions d WHERE d.application = a.id
                        AND d.step = 'concluded'))))
                ORDER BY a.id DESC LIMIT $5
             ) a "
        )
    };
    ($head:literal, $tail:literal) => {
        concat!(chosen!($head), $tail)
    };
}

/// The values of the places in `chosen!`.
#[derive(Clone, Copy)]
struct Chosen {
    contractor: i64,
    before: i64,
    only: i64,
    open: i64,
    most: i64,
}

impl PortalStore {
    /// Enters an application.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the revision that it begins with was never issued.
    pub async fn apply(&self, new: &NewApplication<'_>) -> Result<ApplicationId, StoreError> {
        transaction!(self.database, |tx| {
            let added = sqlx::query(
                "INSERT INTO applications (contractor, task, kind, number, base_revision, request,
                                           delivery, amount, created_at, created_by)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id",
            )
            .bind(new.contractor.to_row())
            .bind(new.task.word())
            .bind(new.kind.word())
            .bind(new.base.map(|(number, _)| number.as_str()))
            .bind(new.base.map(|(_, revision)| i64::from(revision.number())))
            .bind(new.request)
            .bind(new.delivery.word())
            .bind(i64::try_from(new.amount.amount()).unwrap_or(i64::MAX))
            .bind(seconds(new.at))
            .bind(new.by.to_row())
            .fetch_one(tx.connection())
            .await?;
            count_facts(&mut tx, 1).await?;
            row::id(&added, "id", ApplicationId::from_row)
        })
    }

    /// Returns an application.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], or [`StoreError::Damaged`].
    pub async fn application(&self, id: ApplicationId) -> Result<Option<Application>, StoreError> {
        let only = id.to_row();
        let chosen = Chosen { contractor: 0, before: i64::MAX, only, open: 0, most: 1 };
        Ok(self.chosen(chosen).await?.pop())
    }

    /// Returns applications, the newest first.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], or [`StoreError::Damaged`].
    pub async fn applications(
        &self,
        selection: Selection,
        page: Page,
    ) -> Result<Vec<Application>, StoreError> {
        let (contractor, open) = match selection {
            Selection::All => (0, 0),
            Selection::Of(contractor) => (contractor.to_row(), 0),
            Selection::Open => (0, 1),
        };
        let before = page.before.map_or(i64::MAX, ApplicationId::to_row);
        let most = i64::from(page.most);
        self.chosen(Chosen { contractor, before, only: 0, open, most }).await
    }

    /// Records a decision other than a conclusion. Sending back or giving up what the worker
    /// refused also frees its place in the guarantee.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when there is no such application.
    pub async fn decide(&self, new: &NewDecision<'_>) -> Result<Decided, StoreError> {
        transaction!(self.database, |tx| {
            let decided = insert_decision(&mut tx, new).await?;
            if decided == Decided::Recorded {
                if matches!(new.step, Step::Returned | Step::Withdrawn) {
                    sqlx::query(
                        "UPDATE jobs SET state = 'released'
                         WHERE application = $1 AND state = 'refused'",
                    )
                    .bind(new.application.to_row())
                    .execute(tx.connection())
                    .await?;
                }
                count_facts(&mut tx, 1).await?;
            }
            Ok(decided)
        })
    }

    async fn chosen(&self, chosen: Chosen) -> Result<Vec<Application>, StoreError> {
        let mut tx = self.database.begin_reading().await?;
        let sql = chosen!(
            "SELECT a.id, a.contractor, a.task, a.kind, a.number, a.base_revision, a.request,
                    a.delivery, a.amount, a.created_at, a.created_by, c.name AS contractor_name",
            "JOIN contractors c ON c.id = a.contractor ORDER BY a.id DESC"
        );
        let rows = rows_of(&mut tx, sql, chosen).await?;
        let sql = chosen!(
            "SELECT d.application, d.step, d.account, d.at, d.note, d.acknowledged, p.name",
            "JOIN decisions d ON d.application = a.id JOIN accounts p ON p.id = d.account
             ORDER BY d.application, d.place"
        );
        let mut decisions: BTreeMap<ApplicationId, Vec<Decision>> = BTreeMap::new();
        for found in &rows_of(&mut tx, sql, chosen).await? {
            let id = row::id(found, "application", ApplicationId::from_row)?;
            decisions.entry(id).or_default().push(decision(found)?);
        }
        let sql = chosen!(
            "SELECT j.id, j.application, j.number, j.revision, j.state, r.code, r.message, r.at",
            "JOIN jobs j ON j.application = a.id LEFT JOIN refusals r ON r.job = j.id"
        );
        let mut jobs = BTreeMap::new();
        for found in &rows_of(&mut tx, sql, chosen).await? {
            jobs.insert(row::id(found, "application", ApplicationId::from_row)?, job(found)?);
        }
        let all = rows.iter().map(|found| {
            let mut application = application(found)?;
            application.decisions = decisions.remove(&application.id).unwrap_or_default();
            application.job = jobs.remove(&application.id);
            Ok(application)
        });
        all.collect()
    }
}

async fn rows_of(
    tx: &mut Transaction,
    sql: &'static str,
    chosen: Chosen,
) -> Result<Vec<AnyRow>, StoreError> {
    let query = sqlx::query(sql)
        .bind(chosen.contractor)
        .bind(chosen.before)
        .bind(chosen.only)
        .bind(chosen.open)
        .bind(chosen.most);
    Ok(query.fetch_all(tx.connection()).await?)
}

/// Inserts the decision after the one that was seen last, unless somebody else did.
pub(super) async fn insert_decision(
    tx: &mut Transaction,
    new: &NewDecision<'_>,
) -> Result<Decided, StoreError> {
    let place = i64::try_from(new.seen).unwrap_or(i64::MAX - 1) + 1;
    let inserted = sqlx::query(
        "INSERT INTO decisions (application, place, step, account, at, note, acknowledged)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
    )
    .bind(new.application.to_row())
    .bind(place)
    .bind(new.step.word())
    .bind(new.account.to_row())
    .bind(seconds(new.at))
    .bind(new.note)
    .bind(new.acknowledged.join(" "))
    .execute(tx.connection())
    .await?;
    Ok(if inserted.rows_affected() == 1 { Decided::Recorded } else { Decided::Taken })
}

fn application(found: &AnyRow) -> Result<Application, StoreError> {
    let base: Option<i64> = found.try_get("base_revision")?;
    let base = match base {
        None => None,
        Some(_) => Some((row::number(found, "number")?, row::revision(found, "base_revision")?)),
    };
    Ok(Application {
        id: row::id(found, "id", ApplicationId::from_row)?,
        contractor: row::id(found, "contractor", ContractorId::from_row)?,
        contractor_name: found.try_get("contractor_name")?,
        task: row::word(found, "task", Task::parse)?,
        kind: row::word(found, "kind", AskedKind::parse)?,
        base,
        request: found.try_get("request")?,
        delivery: row::word(found, "delivery", Delivery::parse)?,
        amount: row::yen(found, "amount")?,
        created_by: row::id(found, "created_by", AccountId::from_row)?,
        created_at: row::time(found, "created_at")?,
        decisions: Vec::new(),
        job: None,
    })
}

fn decision(found: &AnyRow) -> Result<Decision, StoreError> {
    Ok(Decision {
        step: row::word(found, "step", Step::parse)?,
        account: row::id(found, "account", AccountId::from_row)?,
        name: found.try_get("name")?,
        at: row::time(found, "at")?,
        note: found.try_get("note")?,
        acknowledged: row::words(found, "acknowledged")?,
    })
}

fn job(found: &AnyRow) -> Result<Job, StoreError> {
    let code: Option<String> = found.try_get("code")?;
    let refusal = match code {
        None => None,
        Some(code) => {
            Some(Refusal { code, message: found.try_get("message")?, at: row::time(found, "at")? })
        }
    };
    Ok(Job {
        id: row::id(found, "id", JobId::from_row)?,
        number: row::number(found, "number")?,
        revision: row::revision(found, "revision")?,
        state: row::word(found, "state", JobState::parse)?,
        refusal,
    })
}
