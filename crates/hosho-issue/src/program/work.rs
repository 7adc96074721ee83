//! `work`: from arguments to an order, and its log on standard output.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use super::{Stage, time};
use crate::arguments::Action;
use crate::failure::Failure;
use crate::work::{Entry, Rounds, Scope, WorkConfig, WorkOrder, work};

impl Stage {
    /// Works until it is done or told to stop.
    pub(super) fn work(&self, action: Action) -> Result<(), Failure> {
        let Action::Work { home, config, once, everything, now } = action else { return Ok(()) };
        let order = WorkOrder {
            home,
            config: WorkConfig::read(&config)?,
            scope: if everything { Scope::Everything } else { Scope::New },
            rounds: if once { Rounds::Once } else { Rounds::UntilStopped },
            now: now.map(|now| time(Some(now))).transpose()?,
            patience: self.patience,
        };
        let stop = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            let failed = |error| Failure::io(Path::new("SIGTERM"), error);
            // The second signal ends the program at once.
            flag::register_conditional_shutdown(signal, 3, Arc::clone(&stop)).map_err(failed)?;
            flag::register(signal, Arc::clone(&stop)).map_err(failed)?;
        }
        let mut log = |entry: &Entry| {
            // A reader that has gone away does not keep the worker from its work.
            let _closed = writeln!(std::io::stdout().lock(), "{}", entry.to_line());
        };
        work(&order, &stop, &mut log)
    }
}
