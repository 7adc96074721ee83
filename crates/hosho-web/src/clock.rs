//! The time, as handlers are given it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use hosho::{Date, UnixTime};

/// A clock; copies of a fixed one show the same time.
#[derive(Clone, Debug)]
pub struct Clock(Hand);

#[derive(Clone, Debug)]
enum Hand {
    Fixed(Arc<AtomicU64>),
    System,
}

impl Clock {
    /// Returns the system's clock.
    pub const fn system() -> Self {
        Self(Hand::System)
    }

    /// Returns a clock that shows `time` until it is set, for tests.
    pub fn fixed(time: UnixTime) -> Self {
        Self(Hand::Fixed(Arc::new(AtomicU64::new(time.seconds()))))
    }

    /// Sets a fixed clock; the system's is left alone.
    pub fn set(&self, time: UnixTime) {
        if let Hand::Fixed(seconds) = &self.0 {
            seconds.store(time.seconds(), Ordering::SeqCst);
        }
    }

    /// Returns the time.
    ///
    /// A system's clock before 1970 or after 9999 shows the first or last second, at which nothing
    /// is in force.
    pub fn now(&self) -> UnixTime {
        let seconds = match &self.0 {
            Hand::Fixed(seconds) => seconds.load(Ordering::SeqCst),
            Hand::System => {
                SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
            }
        };
        UnixTime::from_seconds(seconds).unwrap_or(UnixTime::MAX)
    }

    /// Returns the date that it is in Japan.
    pub fn today(&self) -> Date {
        Date::in_japan(self.now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_is_set_for_all_its_copies() {
        let clock = Clock::fixed(UnixTime::parse("2026-11-22T14:59:59Z").unwrap());
        let copy = clock.clone();
        assert_eq!(copy.today(), Date::parse("2026-11-22").unwrap());
        clock.set(UnixTime::parse("2026-11-22T15:00:00Z").unwrap());
        assert_eq!(copy.today(), Date::parse("2026-11-23").unwrap());
    }

    #[test]
    fn the_systems_clock_moves_with_the_system() {
        assert!(Clock::system().now() > UnixTime::from_seconds(1_700_000_000).unwrap());
    }
}
