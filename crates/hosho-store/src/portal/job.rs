//! Jobs of the worker: leased, done once, or refused.

use hosho::{Fingerprint, GuaranteeKind, GuaranteeNumber, Revision, Serial, UnixTime};
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::row;
use super::{ContractorId, JobId, JobState, PortalStore, Task};
use crate::error::StoreError;
use crate::high_water::count_facts;
use crate::nonce::seconds;
use crate::outbox::{self, MailOrder};
use crate::transaction::Transaction;

/// How long a worker has for a job that it claimed.
const LEASE: i64 = 120;

/// A job that a worker may do now.
#[derive(Clone, Debug)]
pub struct ClaimedJob {
    /// Its id.
    pub id: JobId,
    /// What the application asks for.
    pub task: Task,
    /// The guarantee.
    pub number: GuaranteeNumber<'static>,
    /// The revision.
    pub revision: Revision,
    /// The JSON of the request.
    pub request: String,
    /// The rules of policy whose findings were acknowledged.
    pub acknowledged: Vec<String>,
}

/// What a job asked for, to hold the worker's answer against.
#[derive(Clone, Debug)]
pub struct JobForWorker {
    /// What was claimed.
    pub claimed: ClaimedJob,
    /// Whose guarantee it is.
    pub contractor: ContractorId,
    /// What became of it so far.
    pub state: JobState,
}

/// What the worker issued, and the portal has verified.
#[derive(Clone, Debug)]
pub struct IssuedRevision<'a> {
    /// The job.
    pub job: JobId,
    /// The kind of guarantee.
    pub kind: GuaranteeKind,
    /// The number.
    pub number: &'a GuaranteeNumber<'a>,
    /// The revision.
    pub revision: Revision,
    /// The fingerprint of the signed certificate.
    pub fingerprint: Fingerprint,
    /// The signed certificate.
    pub signed: &'a [u8],
    /// Which of the guarantee's auth keys opens it.
    pub serial: Serial,
    /// That auth key, encrypted under the reveal key.
    pub sealed_key: &'a [u8],
    /// The sealed revisions under that key.
    pub sealed: &'a [(Revision, Vec<u8>)],
    /// Findings of policy, as JSON.
    pub findings: &'a str,
    /// Which mail the contractor gets.
    pub mail: &'a str,
    /// When it came.
    pub at: UnixTime,
}

/// What became of a worker's answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use]
pub enum Settled {
    /// Something else is there already.
    Conflict,
    /// The same is there already.
    Same,
    /// It is stored now.
    Stored,
}

impl PortalStore {
    /// Leases at most `most` jobs to a worker. Those of a worker that ended come back after two
    /// minutes.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], or [`StoreError::Damaged`].
    pub async fn claim_jobs(
        &self,
        worker: &str,
        most: u8,
        now: UnixTime,
    ) -> Result<Vec<ClaimedJob>, StoreError> {
        let now = seconds(now);
        transaction!(self.database, |tx| {
            let open = sqlx::query(
                "SELECT j.id, j.number, j.revision, j.request, j.acknowledged, j.state,
                        j.lease_until, a.task, a.contractor
                 FROM jobs j JOIN applications a ON a.id = j.application
                 WHERE j.state = 'open' AND j.lease_until <= $1 ORDER BY j.id LIMIT $2",
            )
            .bind(now)
            .bind(i64::from(most))
            .fetch_all(tx.connection())
            .await?;
            let mut claimed = Vec::new();
            for found in &open {
                let lease: i64 = found.try_get("lease_until")?;
                let job = job(found)?.claimed;
                let swapped = sqlx::query(
                    "UPDATE jobs SET lease_until = $1, leased_by = $2, tries = tries + 1
                     WHERE id = $3 AND state = 'open' AND lease_until = $4",
                )
                .bind(now.saturating_add(LEASE))
                .bind(worker)
                .bind(job.id.to_row())
                .bind(lease)
                .execute(tx.connection())
                .await?;
                if swapped.rows_affected() == 1 {
                    claimed.push(job);
                }
            }
            Ok(claimed)
        })
    }

    /// Returns a job.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], or [`StoreError::Damaged`].
    pub async fn job(&self, id: JobId) -> Result<Option<JobForWorker>, StoreError> {
        let found = sqlx::query(
            "SELECT j.id, j.number, j.revision, j.request, j.acknowledged, j.state, a.task,
                    a.contractor
             FROM jobs j JOIN applications a ON a.id = j.application WHERE j.id = $1",
        )
        .bind(id.to_row())
        .fetch_optional(self.database.reader())
        .await?;
        found.as_ref().map(job).transpose()
    }

    /// Stores what a job brought, and queues the mail to the contractor: all of it or nothing.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], or [`StoreError::Conflict`] without such a job.
    pub async fn finish_job(&self, issued: &IssuedRevision<'_>) -> Result<Settled, StoreError> {
        transaction!(self.database, |tx| {
            let swapped =
                sqlx::query("UPDATE jobs SET state = 'done' WHERE id = $1 AND state = 'open'")
                    .bind(issued.job.to_row())
                    .execute(tx.connection())
                    .await?;
            if swapped.rows_affected() != 1 {
                return compare(&mut tx, issued).await;
            }
            store(&mut tx, issued).await?;
            Ok(Settled::Stored)
        })
    }

    /// Records that the worker refused a job.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn refuse_job(
        &self,
        job: JobId,
        (code, message): (&str, &str),
        at: UnixTime,
    ) -> Result<Settled, StoreError> {
        transaction!(self.database, |tx| {
            let swapped =
                sqlx::query("UPDATE jobs SET state = 'refused' WHERE id = $1 AND state = 'open'")
                    .bind(job.to_row())
                    .execute(tx.connection())
                    .await?;
            if swapped.rows_affected() != 1 {
                let before = sqlx::query("SELECT code FROM refusals WHERE job = $1")
                    .bind(job.to_row())
                    .fetch_optional(tx.connection())
                    .await?;
                let before: Option<String> =
                    before.map(|before| before.try_get("code")).transpose()?;
                let same = before.as_deref() == Some(code);
                return Ok(if same { Settled::Same } else { Settled::Conflict });
            }
            sqlx::query("INSERT INTO refusals (job, code, message, at) VALUES ($1, $2, $3, $4)")
                .bind(job.to_row())
                .bind(code)
                .bind(message)
                .bind(seconds(at))
                .execute(tx.connection())
                .await?;
            count_facts(&mut tx, 1).await?;
            Ok(Settled::Stored)
        })
    }
}

async fn store(tx: &mut Transaction, issued: &IssuedRevision<'_>) -> Result<(), StoreError> {
    let number = issued.number.as_str();
    let found = sqlx::query(
        "SELECT c.id, c.mail FROM jobs j JOIN applications a ON a.id = j.application
         JOIN contractors c ON c.id = a.contractor WHERE j.id = $1",
    )
    .bind(issued.job.to_row())
    .fetch_one(tx.connection())
    .await?;
    let (contractor, address): (i64, String) = (found.try_get("id")?, found.try_get("mail")?);
    sqlx::query(
        "INSERT INTO revisions (number, revision, kind, contractor, fingerprint, signed, findings,
                                at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(number)
    .bind(i64::from(issued.revision.number()))
    .bind(row::kind_word(issued.kind))
    .bind(contractor)
    .bind(issued.fingerprint.as_bytes().as_slice())
    .bind(issued.signed)
    .bind(issued.findings)
    .bind(seconds(issued.at))
    .execute(tx.connection())
    .await?;
    // An amendment keeps its auth key, which is there already; the caller has compared it.
    sqlx::query(
        "INSERT INTO auth_keys (number, serial, sealed_key, at) VALUES ($1, $2, $3, $4)
         ON CONFLICT DO NOTHING",
    )
    .bind(number)
    .bind(i64::from(issued.serial.number()))
    .bind(issued.sealed_key)
    .bind(seconds(issued.at))
    .execute(tx.connection())
    .await?;
    for (revision, bytes) in issued.sealed {
        sqlx::query(
            "INSERT INTO sealed (number, serial, revision, bytes) VALUES ($1, $2, $3, $4)
             ON CONFLICT DO NOTHING",
        )
        .bind(number)
        .bind(i64::from(issued.serial.number()))
        .bind(i64::from(revision.number()))
        .bind(bytes.as_slice())
        .execute(tx.connection())
        .await?;
    }
    let order = MailOrder { kind: issued.mail, address: address.as_bytes(), language: "ja" };
    outbox::put(tx, order, issued.at).await?;
    count_facts(tx, 1).await
}

async fn compare(tx: &mut Transaction, issued: &IssuedRevision<'_>) -> Result<Settled, StoreError> {
    let found = sqlx::query(
        "SELECT r.fingerprint FROM jobs j
         JOIN revisions r ON r.number = j.number AND r.revision = j.revision
         WHERE j.id = $1 AND j.state = 'done'",
    )
    .bind(issued.job.to_row())
    .fetch_optional(tx.connection())
    .await?;
    let Some(found) = found else { return Ok(Settled::Conflict) };
    let fingerprint: Vec<u8> = found.try_get("fingerprint")?;
    if fingerprint != issued.fingerprint.as_bytes() {
        return Ok(Settled::Conflict);
    }
    for (revision, bytes) in issued.sealed {
        let found = sqlx::query(
            "SELECT bytes FROM sealed WHERE number = $1 AND serial = $2 AND revision = $3",
        )
        .bind(issued.number.as_str())
        .bind(i64::from(issued.serial.number()))
        .bind(i64::from(revision.number()))
        .fetch_optional(tx.connection())
        .await?;
        let stored: Option<Vec<u8>> = found.map(|found| found.try_get("bytes")).transpose()?;
        if stored.as_ref() != Some(bytes) {
            return Ok(Settled::Conflict);
        }
    }
    Ok(Settled::Same)
}

fn job(found: &AnyRow) -> Result<JobForWorker, StoreError> {
    Ok(JobForWorker {
        claimed: ClaimedJob {
            id: row::id(found, "id", JobId::from_row)?,
            task: row::word(found, "task", Task::parse)?,
            number: row::number(found, "number")?,
            revision: row::revision(found, "revision")?,
            request: found.try_get("request")?,
            acknowledged: row::words(found, "acknowledged")?,
        },
        contractor: row::id(found, "contractor", ContractorId::from_row)?,
        state: row::word(found, "state", JobState::parse)?,
    })
}
