//! One round of the worker, step by step.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use hosho::{GuaranteeNumber, UnixTime};
use hosho_cli::lang::Lang;
use serde_json::json;

use crate::event::{Event, Watch};
use crate::failure::Failure;
use crate::home::Home;
use crate::publish::open_settled;
use crate::work::events::Register;
use crate::work::log::{Entry, Level};
use crate::work::memory::Memory;
use crate::work::office::Office;
use crate::work::service::Service;
use crate::work::snapshots::Snapshots;
use crate::work::{Left, Rounds, Scope, WorkOrder};

mod jobs;
mod publishing;
mod receipts;
mod talk;

/// The worker with all that it holds while it works.
pub(super) struct Worker<'a> {
    order: &'a WorkOrder,
    stop: &'a AtomicBool,
    log: &'a mut dyn FnMut(&Entry),
    memory: Memory,
    portal: Option<Service>,
    confirm: Vec<Confirmation>,
    office: Option<Office>,
    /// Whether the home has to be read again, though nothing was recorded.
    reopen: bool,
    snapshots: Snapshots,
    register: Register,
}

/// A confirmation service, and what it does not take.
struct Confirmation {
    service: Service,
    /// Guarantees of which it has something else, and when to ask again.
    contested: BTreeMap<GuaranteeNumber<'static>, Contest>,
    /// The records behind the first contested one whose certificates it has.
    ahead: BTreeSet<u64>,
}

/// What a confirmation service does not take.
struct Contest {
    /// The record of what was refused.
    record: u64,
    again: Instant,
}

impl Confirmation {
    fn new(service: Service) -> Self {
        Self { service, contested: BTreeMap::new(), ahead: BTreeSet::new() }
    }
}

/// Why a step was not finished.
enum Trouble {
    /// The home cannot work.
    Home(Failure),
    /// A service does not answer as it should; that was told.
    Service,
    /// Somebody said stop.
    Stopped,
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Home(failure)
    }
}

impl<'a> Worker<'a> {
    /// Takes the worker's place in the home; only one has it.
    pub(super) fn begin(
        order: &'a WorkOrder,
        stop: &'a AtomicBool,
        log: &'a mut dyn FnMut(&Entry),
    ) -> Result<Self, Failure> {
        let config = &order.config;
        let service = |address| Service::new(address, config);
        let portal = config.portal.as_ref().map(service).transpose()?;
        let services: Vec<Service> =
            config.confirm.iter().map(service).collect::<Result<_, _>>()?;
        let mut worker = Self {
            order,
            stop,
            log,
            memory: Memory::open(&order.home, order.patience.0)?,
            portal,
            confirm: services.into_iter().map(Confirmation::new).collect(),
            office: None,
            reopen: false,
            snapshots: Snapshots::default(),
            register: Register::default(),
        };
        if order.scope == Scope::Everything {
            worker.memory.forget();
        }
        worker.tell(Level::Info, "started", [("worker", json!(config.worker.as_str()))]);
        Ok(worker)
    }

    /// Does everything that is due once.
    pub(super) fn round(&mut self) -> Result<Left, Failure> {
        match self.steps() {
            Ok((left, away)) if away.is_empty() => Ok(left),
            Ok((_, away)) if self.order.rounds == Rounds::Once => {
                Err(Failure::ServicesAway { audiences: away })
            }
            Ok((left, _)) => Ok(left),
            Err(Trouble::Home(failure)) => Err(failure),
            Err(Trouble::Service | Trouble::Stopped) => Ok(Left::Nothing),
        }
    }

    /// Returns what is left, and which services were not served.
    fn steps(&mut self) -> Result<(Left, Vec<String>), Trouble> {
        self.look_at_home()?;
        let mut away = BTreeSet::new();
        let mut left = Left::Nothing;
        let portal_is_ready = self.bring_portal_up_to_date(&mut away)?;
        let all_published = self.publish_everywhere(&mut away)?;
        if portal_is_ready && all_published {
            match self.serve_desk(&mut away) {
                Err(Trouble::Service) => {}
                served => left = served?,
            }
        }
        if portal_is_ready && self.pass_events_on(&mut away)? {
            left = Left::More;
        }
        let contested = self.confirm.iter().filter(|one| !one.contested.is_empty());
        away.extend(contested.map(|one| one.service.audience().to_owned()));
        Ok((left, away.into_iter().collect()))
    }

    /// Reads the home if something was recorded since, and makes new snapshots if they are due.
    fn look_at_home(&mut self) -> Result<(), Trouble> {
        let now = self.now()?;
        let serves = |office: &Office| office.is_current() && office.covers(now);
        if self.reopen || !self.office.as_ref().is_some_and(serves) {
            let (home, patience) = (&self.order.home, self.order.patience);
            let office = watched(self.log, now, |watch| Office::read(home, patience, now, watch))?;
            self.snapshots = Snapshots::read(&self.memory, office.home());
            self.office = Some(office);
            self.reopen = false;
        }
        let hours = self.order.config.snapshot_hours;
        if let Some(office) = &self.office
            && self.snapshots.are_due(office.home(), now, hours)
        {
            self.work_in_home(now, |_, _| Ok(()))?;
        }
        Ok(())
    }

    /// Does something in the home with everything begun before finished, makes new snapshots if
    /// they are due, and lets go of the home.
    fn work_in_home<T>(
        &mut self,
        now: UnixTime,
        act: impl FnOnce(&mut Home, &mut Watch<'_>) -> Result<T, Failure>,
    ) -> Result<T, Trouble> {
        let Self { order, memory, log, .. } = self;
        let hours = order.config.snapshot_hours;
        let (acted, office, snapshots, made) = watched(*log, now, |watch| {
            let mut home = open_settled(&order.home, now, order.patience, watch)?;
            let acted = act(&mut home, watch);
            let mut snapshots = Snapshots::read(memory, &home);
            let made = snapshots.are_due(&home, now, hours);
            if made {
                snapshots = Snapshots::make(memory, &mut home, now, watch)?;
            }
            Ok((acted, Office::of(home, now)?, snapshots, made))
        })?;
        self.office = Some(office);
        self.snapshots = snapshots;
        if made {
            self.tell(Level::Info, "snapshots-made", []);
        }
        Ok(acted?)
    }
}

/// Notes a service that was not served; trouble of the home goes on.
fn note(
    service: &Service,
    served: Result<(), Trouble>,
    away: &mut BTreeSet<String>,
) -> Result<bool, Trouble> {
    match served {
        Ok(()) => Ok(true),
        Err(Trouble::Service) => {
            away.insert(service.audience().to_owned());
            Ok(false)
        }
        Err(other) => Err(other),
    }
}

/// Tells what commands notice while they work in the home.
fn watched<T>(
    log: &mut dyn FnMut(&Entry),
    now: UnixTime,
    act: impl FnOnce(&mut Watch<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let mut tell = |event: &Event| {
        if let Event::Noticed(notice) = event {
            let why = notice.message(Lang::En);
            let fields = vec![("what", json!(why))];
            log(&Entry { at: Some(now), level: Level::Warn, event: "notice", fields });
        }
        ControlFlow::Continue(())
    };
    act(&mut Watch::new(&mut tell))
}
