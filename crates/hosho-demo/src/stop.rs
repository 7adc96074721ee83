//! Ctrl-C.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

use crate::Fault;

/// Whether somebody asked the demonstration to end.
#[derive(Clone, Debug)]
pub(crate) struct Stop(Arc<AtomicBool>);

/// The demonstration was asked to end before it was through.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Stopped;

impl std::fmt::Display for Stopped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("stopped")
    }
}

impl std::error::Error for Stopped {}

impl Stop {
    /// Listens for Ctrl-C and for being told to end; the second time ends the program at once, and
    /// with it, by their pipes, the services.
    pub(crate) fn listen() -> Result<Self, Fault> {
        let stop = Arc::new(AtomicBool::new(false));
        for signal in [SIGHUP, SIGINT, SIGTERM] {
            flag::register_conditional_shutdown(signal, 1, Arc::clone(&stop))?;
            flag::register(signal, Arc::clone(&stop))?;
        }
        Ok(Self(stop))
    }

    /// Waits a little.
    ///
    /// # Errors
    /// [`Stopped`] when the demonstration is to end.
    pub(crate) fn pause(&self, duration: Duration) -> Result<(), Stopped> {
        std::thread::sleep(duration);
        if self.0.load(Ordering::Relaxed) { Err(Stopped) } else { Ok(()) }
    }
}
