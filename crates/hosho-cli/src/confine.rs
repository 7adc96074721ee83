//! Limits for a process that takes hostile files apart.

use std::io;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};

/// How much a process may take.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Bytes of memory that it may map.
    pub memory: u64,
    /// Seconds that it may compute.
    pub seconds: u64,
}

/// Lets this process take at most `limits`, write no file and leave no core, for good. What it may
/// take already is never raised.
///
/// A process that needs more is ended by the system.
///
/// # Errors
/// The system's error when a limit cannot be set.
pub fn confine(limits: Limits) -> io::Result<()> {
    let wanted = [
        (Resource::As, limits.memory),
        (Resource::Cpu, limits.seconds),
        (Resource::Fsize, 0),
        (Resource::Core, 0),
    ];
    for (resource, limit) in wanted {
        let limit = Some(lower(limit, getrlimit(resource)));
        setrlimit(resource, Rlimit { current: limit, maximum: limit })?;
    }
    Ok(())
}

/// Tells whether a process that is started from here may take as much as `limits`.
#[must_use]
pub fn allows(limits: Limits) -> bool {
    let wanted = [(Resource::As, limits.memory), (Resource::Cpu, limits.seconds)];
    wanted.into_iter().all(|(resource, limit)| lower(limit, getrlimit(resource)) == limit)
}

/// Returns how long this process has computed, on all cores together: what [`Limits::seconds`] counts.
#[must_use]
pub fn computed() -> Duration {
    let used = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(used).unwrap_or_default()
}

/// Returns the lowest of a limit and those that hold.
fn lower(limit: u64, held: Rlimit) -> u64 {
    [held.current, held.maximum].into_iter().flatten().fold(limit, u64::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_never_raised() {
        let held = |current, maximum| Rlimit { current, maximum };
        assert_eq!(lower(5, held(None, None)), 5);
        assert_eq!(lower(5, held(Some(7), Some(9))), 5);
        assert_eq!(lower(5, held(Some(3), None)), 3);
        assert_eq!(lower(5, held(None, Some(2))), 2);
    }

    #[test]
    fn time_that_a_process_computes_is_counted() {
        let begun = computed();
        while computed() == begun {
            std::hint::spin_loop();
        }
        assert!(computed() > begun);
    }

    #[test]
    fn what_every_process_may_take_is_allowed() {
        assert!(allows(Limits { memory: 1, seconds: 1 }));
    }
}
