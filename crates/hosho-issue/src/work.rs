//! `work`: carries what the desk concluded into certificates, and certificates to the services
//! (docs/services.md).
//!
//! Every round does what is due and nothing twice: whatever is sent may be sent again. The home is
//! locked while something is read from it or issued in it, and never while a service is talked to.
//! What is remembered between rounds is in `HOME/worker`, and all of it can be lost.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use hosho::UnixTime;
use hosho_cli::clock;
use hosho_signer::TokenError;

use crate::failure::Failure;
use crate::home::Patience;

mod config;
mod desk;
mod events;
mod log;
mod memory;
mod office;
mod publication;
mod round;
mod service;
mod snapshots;

pub use config::{ServiceAddress, WorkConfig};
pub use log::{Entry, Level};

use round::Worker;

/// What `work` is asked to do.
#[derive(Clone, Debug)]
pub struct WorkOrder {
    /// The guarantor's home.
    pub home: PathBuf,
    /// The services, and how often they are asked.
    pub config: WorkConfig,
    /// What is published.
    pub scope: Scope,
    /// How long the work goes on.
    pub rounds: Rounds,
    /// The clock, if it is not the system's.
    pub now: Option<UnixTime>,
    /// How long to wait for another command.
    pub patience: Patience,
}

/// What is published.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Scope {
    /// Everything that the home holds, once more: after a service was restored.
    Everything,
    /// What was not published before.
    New,
}

/// How long the work goes on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Rounds {
    /// Until nothing is left to do; a service that is away ends it.
    Once,
    /// Until somebody says stop.
    UntilStopped,
}

/// Works until there is nothing left, or `stop` is set.
///
/// A worker that is killed loses nothing: the next one finds out what is left to do.
///
/// # Errors
/// [`Failure`]: what keeps it from beginning; with [`Rounds::Once`] also what keeps it from
/// finishing. Otherwise that is told to `log`, and tried again later.
pub fn work(
    order: &WorkOrder,
    stop: &AtomicBool,
    log: &mut dyn FnMut(&Entry),
) -> Result<(), Failure> {
    let mut worker = Worker::begin(order, stop, log)?;
    loop {
        let done = worker.round();
        if stop.load(Ordering::Relaxed) {
            worker.tell(Level::Info, "stopped", []);
            return Ok(());
        }
        match (order.rounds, done) {
            (_, Ok(Left::More)) => {}
            (Rounds::Once, Ok(Left::Nothing)) => return Ok(()),
            (Rounds::Once, Err(failure)) => return Err(failure),
            (Rounds::UntilStopped, Ok(Left::Nothing)) => pause(order.config.poll(), stop),
            (Rounds::UntilStopped, Err(failure)) => {
                worker.tell_failure(&failure);
                let poll = order.config.poll();
                if let Failure::Token(TokenError::PinRefused { path }) = &failure {
                    until_changed(path, poll, stop);
                } else {
                    pause(poll, stop);
                }
            }
        }
    }
}

/// What a round has left to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Left {
    /// There may be more at once.
    More,
    /// Everything is done for now.
    Nothing,
}

/// Waits for another PIN: a token locks itself when a wrong one is tried again and again.
fn until_changed(path: &Path, poll: Duration, stop: &AtomicBool) {
    let identity = || {
        let metadata = fs::symlink_metadata(path).ok()?;
        Some((metadata.ino(), metadata.ctime(), metadata.ctime_nsec()))
    };
    let refused = identity();
    while !stop.load(Ordering::Relaxed) && identity() == refused {
        pause(poll, stop);
    }
}

fn pause(duration: Duration, stop: &AtomicBool) {
    let started = Instant::now();
    while !stop.load(Ordering::Relaxed) {
        let left = duration.saturating_sub(started.elapsed());
        if left.is_zero() {
            return;
        }
        sleep(left.min(Duration::from_millis(50)));
    }
}

/// Reads the clock of an order.
fn now(order: &WorkOrder) -> Result<UnixTime, Failure> {
    order.now.or_else(clock::now).ok_or(Failure::ClockUnreadable)
}
