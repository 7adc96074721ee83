//! A portal with people in it, and what they do there.

use std::collections::BTreeSet;

use hosho::{Fingerprint, GuaranteeKind, GuaranteeNumber, Revision, Serial, Yen};
use hosho_store::portal::{
    AccountId, ApplicationId, Asked, AskedKind, Concluded, Concluding, ContractorId, Decided,
    Delivery, IssuedRevision, JobId, NewAccount, NewApplication, NewContractor, NewDecision,
    NumberFor, PortalStore, Role, Settled, Step, Task,
};
use hosho_store::{Database, Schema, StoreError};

use crate::frame::{at, on_database};

/// A portal with one contractor, its account, and two people at the desk.
pub(crate) struct World {
    pub(crate) store: PortalStore,
    pub(crate) contractor: ContractorId,
    pub(crate) applicant: AccountId,
    pub(crate) clerk: AccountId,
    pub(crate) approver: AccountId,
}

pub(crate) fn number(text: &str) -> GuaranteeNumber<'static> {
    GuaranteeNumber::parse(text.to_owned()).unwrap()
}

pub(crate) fn revision(number: u16) -> Revision {
    Revision::new(number).unwrap()
}

pub(crate) async fn world(database: &Database) -> World {
    let store = PortalStore::new(database.clone());
    let new = NewContractor {
        name: "株式会社青嶺架空土建",
        representative: "代表取締役 相良 健吾",
        address: "瑞穂県青嶺市港北三丁目12番8号",
        mail: "taro@example.jp",
    };
    let contractor = store.add_contractor(&new, at(0)).await.unwrap();
    let (applicant, clerk, approver) = (
        account(&store, "aomine", &[], Some(contractor)).await,
        account(&store, "clerk", &[Role::Clerk], None).await,
        account(&store, "approver", &[Role::Approver, Role::Director], None).await,
    );
    World { store, contractor, applicant, clerk, approver }
}

pub(crate) async fn account(
    store: &PortalStore,
    login: &str,
    roles: &[Role],
    contractor: Option<ContractorId>,
) -> AccountId {
    let roles: BTreeSet<Role> = roles.iter().copied().collect();
    let new = NewAccount {
        login,
        name: "架空 太郎",
        roles: &roles,
        contractor,
        password: "$argon2id$first",
        by: None,
        at: at(0),
    };
    store.add_account(&new).await.unwrap()
}

impl World {
    pub(crate) async fn apply(
        &self,
        base: Option<(&GuaranteeNumber<'_>, Revision)>,
    ) -> ApplicationId {
        let new = NewApplication {
            contractor: self.contractor,
            task: if base.is_some() { Task::Amend } else { Task::New },
            kind: AskedKind::Advance,
            base,
            request: "{}",
            delivery: Delivery::Electronic,
            amount: Yen::new(52_800_000).unwrap(),
            by: self.applicant,
            at: at(1),
        };
        self.store.apply(&new).await.unwrap()
    }

    pub(crate) fn decision(
        &self,
        application: ApplicationId,
        seen: usize,
        step: Step,
    ) -> NewDecision<'static> {
        let account = if step == Step::Approved { self.approver } else { self.clerk };
        NewDecision { application, seen, step, account, at: at(2), note: None, acknowledged: &[] }
    }

    pub(crate) async fn approve(&self, application: ApplicationId) {
        for (seen, step) in [(0, Step::Reviewed), (1, Step::Approved)] {
            let decided = self.store.decide(&self.decision(application, seen, step)).await.unwrap();
            assert_eq!(decided, Decided::Recorded);
        }
    }

    pub(crate) async fn conclude_new(&self, application: ApplicationId) -> Concluded {
        let next = |serial: u64| (serial < 100).then(|| number(&format!("31-08-1-{serial:07}")));
        let series = NumberFor::Next { series: "number/31-08-1", first: 7, number: &next };
        self.conclude(application, series, Revision::FIRST).await.unwrap()
    }

    pub(crate) async fn conclude(
        &self,
        application: ApplicationId,
        number: NumberFor<'_>,
        revision: Revision,
    ) -> Result<Concluded, StoreError> {
        let decision = self.decision(application, 2, Step::Concluded);
        let request = |number: &GuaranteeNumber<'_>| format!("{{\"number\":\"{number}\"}}");
        let asked = Asked { number, revision, request: &request, acknowledged: &[] };
        self.store.conclude(&Concluding { decision, asked: Some(asked) }).await
    }

    /// Issues revision 1 of a new guarantee.
    pub(crate) async fn issued(&self) -> GuaranteeNumber<'static> {
        let application = self.apply(None).await;
        self.approve(application).await;
        let concluded = self.conclude_new(application).await;
        assert!(matches!(concluded, Concluded::Asked { .. }), "{concluded:?}");
        let job = self.store.application(application).await.unwrap().unwrap().job.unwrap();
        assert_eq!(self.finish(job.id, &job.number, 1, b"signed 1").await, Settled::Stored);
        job.number
    }

    pub(crate) async fn finish(
        &self,
        job: JobId,
        number: &GuaranteeNumber<'_>,
        at_revision: u16,
        signed: &[u8],
    ) -> Settled {
        let sealed = [(revision(at_revision), [b"sealed ", signed].concat())];
        let issued = IssuedRevision {
            job,
            kind: GuaranteeKind::Advance,
            number,
            revision: revision(at_revision),
            fingerprint: Fingerprint::of(signed),
            signed,
            serial: Serial::FIRST,
            sealed_key: b"encrypted",
            sealed: &sealed,
            findings: "[]",
            mail: "registered",
            at: at(3),
        };
        self.store.finish_job(&issued).await.unwrap()
    }
}

pub(crate) fn on_world(test: impl AsyncFnOnce(World)) {
    on_database(Schema::Portal, async |database| test(world(&database).await).await);
}
