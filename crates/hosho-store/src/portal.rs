//! What the portal keeps: accounts, obligees, applications with their decisions, jobs of the
//! worker, and what came of them.
//!
//! Everything that can race is settled here: two people who decide about one application, two
//! amendments of one guarantee, two workers and one job. Each transaction is one function of
//! [`PortalStore`], and says as a type who came first.

#[macro_use]
mod word;

mod account;
mod application;
mod conclusion;
mod guarantee;
mod job;
mod log;
mod obligee;
mod row;
mod trust;

pub use account::{Account, Contractor, NewAccount, NewContractor};
pub use application::{
    Application, Decided, Decision, Job, NewApplication, NewDecision, Page, Refusal, Selection,
};
pub use conclusion::{Asked, Concluded, Concluding, NumberFor};
pub use guarantee::{Guarantee, NewView, ObligeeEvent, Revised, SealedKey, View};
pub use job::{ClaimedJob, IssuedRevision, JobForWorker, Settled};
pub use log::{LogEntry, NewLogEntry};
pub use obligee::{AcceptedKind, NewObligee, Obligee};
pub use trust::{SnapshotKept, StoredSnapshot};
pub use word::{
    AccountId, AccountKind, ApplicationId, AskedKind, ContractorId, Delivery, JobId, JobState,
    Logged, ObligeeId, Received, Role, Step, Task, Viewed,
};

use crate::database::Database;

/// The portal's database.
#[derive(Clone, Debug)]
pub struct PortalStore {
    database: Database,
}

impl PortalStore {
    /// Takes a database that was opened with [`Schema::Portal`](crate::Schema::Portal).
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// Returns the database, for what both services do with theirs.
    pub fn database(&self) -> &Database {
        &self.database
    }
}
