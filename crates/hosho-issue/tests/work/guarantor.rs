//! A guarantor with a home, a town of services, and a worker that is let work.

use std::fs;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use hosho::{KeyRole, Revision, UnixTime};
use hosho_issue::{
    Failure, Patience, Published, RotateOrder, Rounds, Scope, Watch, WorkConfig, WorkEntry,
    WorkOrder, rotate_key, work,
};
use hosho_publish::Spelling;
use hosho_publish::portal::{Job, JobId, Task};
use serde_json::{Value, json};

use crate::town::{CONFIRM, PORTAL, Town};
use crate::workshop::{NOW, Workshop, time};

/// A guarantor at work.
pub(crate) struct Guarantor {
    pub(crate) workshop: Workshop,
    pub(crate) town: Town,
    pub(crate) now: UnixTime,
}

impl Guarantor {
    /// A guarantor with a key to publish with; the services have pinned its first bundle, which
    /// does not name that key.
    pub(crate) fn new() -> Self {
        let guarantor = Self::without_key();
        guarantor.rotate_publish_key();
        guarantor
    }

    pub(crate) fn without_key() -> Self {
        let workshop = Workshop::new();
        let pin = fs::read(workshop.home().join("trust/bundle-000001.hosho")).unwrap();
        let now = time(NOW);
        Self { workshop, town: Town::new(&pin, now), now }
    }

    pub(crate) fn rotate_publish_key(&self) {
        let patience = Patience(Duration::from_secs(2));
        let order = RotateOrder::new(self.workshop.home(), KeyRole::Publish, self.now, patience);
        let rotated = rotate_key(&order, &mut Watch::new(&mut |_| ControlFlow::Continue(())));
        assert!(matches!(rotated.unwrap().published, Published::Installed { .. }));
    }

    /// Sets the clock of home and services forward.
    pub(crate) fn wait(&mut self, seconds: u64) {
        self.now = UnixTime::from_seconds(self.now.seconds() + seconds).unwrap();
        self.town.set_clock(self.now);
    }

    pub(crate) fn config(&self) -> WorkConfig {
        let file = self.write_config();
        WorkConfig::read(&file).unwrap()
    }

    pub(crate) fn write_config(&self) -> PathBuf {
        let [portal, confirm] = &self.town.servers;
        let text = format!(
            "portal = {{ url = \"{}\", audience = \"{PORTAL}\" }}\n\
             confirm = [{{ url = \"{}\", audience = \"{CONFIRM}\" }}]\n\
             worker = \"worker-1\"\npoll_seconds = 1\n",
            portal.url(),
            confirm.url()
        );
        let file = self.workshop.path("work.toml");
        fs::write(&file, text).unwrap();
        file
    }

    pub(crate) fn order(&self) -> WorkOrder {
        WorkOrder {
            home: self.workshop.home(),
            config: self.config(),
            scope: Scope::New,
            rounds: Rounds::Once,
            now: Some(self.now),
            patience: Patience(Duration::from_secs(2)),
        }
    }

    /// Lets a worker do what is left to do, and returns what it told.
    pub(crate) fn work(&self) -> (Result<(), Failure>, Vec<WorkEntry>) {
        work_as(&self.order())
    }

    /// Lets a worker do what is left to do, all of it.
    pub(crate) fn work_well(&self) -> Vec<WorkEntry> {
        let (worked, told) = self.work();
        if let Err(failure) = worked {
            panic!("{failure}: {told:#?}");
        }
        told
    }

    /// Concludes an application for a revision of a guarantee.
    pub(crate) fn conclude(&self, id: &str, number: &str, revision: u16) {
        self.conclude_with(id, number, revision, |_| {});
    }

    pub(crate) fn conclude_with(
        &self,
        id: &str,
        number: &str,
        revision: u16,
        edit: impl FnOnce(&mut Value),
    ) {
        let file = self.workshop.request_with(number, revision, edit);
        let request = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
        self.give(id, Task::Issue, number, revision, request);
    }

    pub(crate) fn conclude_rekey(&self, id: &str, number: &str, revision: u16) {
        self.give(id, Task::Rekey, number, revision, json!({"reason": "紛失のため"}));
    }

    pub(crate) fn give(&self, id: &str, task: Task, number: &str, revision: u16, request: Value) {
        self.town.portal().conclude(Job {
            id: JobId::parse(id).unwrap(),
            task,
            number: Spelling(hosho::GuaranteeNumber::parse(number.to_owned()).unwrap()),
            revision: Spelling(Revision::new(revision).unwrap()),
            request,
            acknowledged: vec!["R1".to_owned()],
        });
    }

    pub(crate) fn stored(&self, name: &str) -> Vec<u8> {
        fs::read(self.workshop.home().join("certificates").join(name)).unwrap()
    }
}

/// Returns the events that were told, in order.
pub(crate) fn events(told: &[WorkEntry]) -> Vec<&'static str> {
    told.iter().map(|entry| entry.event).collect()
}

/// Lets a worker do what an order says, and returns what it told.
pub(crate) fn work_as(order: &WorkOrder) -> (Result<(), Failure>, Vec<WorkEntry>) {
    let mut told = Vec::new();
    let mut log = |entry: &WorkEntry| told.push(entry.clone());
    let worked = work(order, &AtomicBool::new(false), &mut log);
    (worked, told)
}
