//! Limits on guessing by waiting, never by locking out (services.md section 4.4).
//!
//! [`decide`] is the rule, a function of what was counted and the time; [`Limiter`] counts.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::problem::Problem;

/// Misses in a minute from which on a source waits.
const FREE_MISSES: usize = 10;
const MINUTE: Duration = Duration::from_mins(1);
/// The first wait; each further step is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// The last step: 4 s.
const LAST_STEP: u32 = 5;
/// Tries of one source that may wait at a time.
const MOST_WAITING: u32 = 8;
/// Misses of all sources in a second above which sources that have missed wait.
const BUSY_MISSES: u32 = 200;
const BUSY_WAIT: Duration = Duration::from_secs(1);
/// What is remembered of a source that misses no more.
const REMEMBERED: Duration = Duration::from_mins(15);
/// The most sources that are remembered; the one whose last miss is oldest makes room.
const MOST_SOURCES: usize = 100_000;

/// What was counted of one source.
#[derive(Clone, Debug, Default)]
pub struct History {
    // The last misses, at most one more than are free; oldest first.
    misses: VecDeque<Instant>,
    step: u32,
    stepped_at: Option<Instant>,
    waiting: u32,
}

/// What was counted of all sources.
#[derive(Clone, Copy, Debug, Default)]
pub struct Overall {
    second: Option<Instant>,
    misses: u32,
    before: u32,
}

/// What a try has to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Decision {
    /// Go on at once.
    Go,
    /// Come back after this time.
    Refuse(Duration),
    /// Wait for this time, then go on.
    Wait(Duration),
}

impl History {
    /// Returns the step that is left `now`: one less for each minute.
    fn step(&self, now: Instant) -> u32 {
        let minutes = self.stepped_at.map_or(0, |at| now.duration_since(at).as_secs() / 60);
        self.step.saturating_sub(u32::try_from(minutes).unwrap_or(u32::MAX))
    }

    fn missed(&mut self, now: Instant) {
        self.misses.push_back(now);
        if self.misses.len() > FREE_MISSES + 1 {
            self.misses.pop_front();
        }
        let oldest = self.misses.front().filter(|_| self.misses.len() > FREE_MISSES);
        if oldest.is_some_and(|oldest| now.duration_since(*oldest) <= MINUTE) {
            self.step = (self.step(now) + 1).min(LAST_STEP);
            self.stepped_at = Some(now);
        }
    }

    fn last_miss(&self) -> Option<Instant> {
        self.misses.back().copied()
    }
}

impl Overall {
    fn missed(&mut self, now: Instant) {
        let passed = self.second.map(|second| now.duration_since(second).as_secs());
        match passed {
            Some(0) => {}
            Some(1) => {
                (self.before, self.misses) = (self.misses, 0);
                self.second = self.second.map(|second| second + Duration::from_secs(1));
            }
            _ => (self.before, self.misses, self.second) = (0, 0, Some(now)),
        }
        self.misses = self.misses.saturating_add(1);
    }

    fn is_busy(&self, now: Instant) -> bool {
        match self.second.map(|second| now.duration_since(second).as_secs()) {
            Some(0) => self.misses.max(self.before) > BUSY_MISSES,
            Some(1) => self.misses > BUSY_MISSES,
            _ => false,
        }
    }
}

/// Returns what a try of a source has to do; nothing but the two counts and the time decides.
pub fn decide(history: &History, overall: &Overall, now: Instant) -> Decision {
    let own = match history.step(now) {
        0 => Duration::ZERO,
        step => FIRST_WAIT * 2_u32.saturating_pow(step - 1),
    };
    let missed = history.last_miss().is_some_and(|at| now.duration_since(at) < REMEMBERED);
    let busy = if missed && overall.is_busy(now) { BUSY_WAIT } else { Duration::ZERO };
    let wait = own.max(busy);
    if wait.is_zero() {
        Decision::Go
    } else if history.waiting >= MOST_WAITING {
        Decision::Refuse(wait * MOST_WAITING)
    } else {
        Decision::Wait(wait)
    }
}

/// Counts misses of sources, or of whatever else tries are told apart by; copies share the counts.
#[derive(Clone, Debug)]
pub struct Limiter<K> {
    counts: Arc<Mutex<Counts<K>>>,
}

#[derive(Debug)]
struct Counts<K> {
    sources: HashMap<K, History>,
    overall: Overall,
}

impl<K: Clone + Eq + Hash> Limiter<K> {
    /// Returns a limiter that has counted nothing.
    pub fn new() -> Self {
        let counts = Counts { sources: HashMap::new(), overall: Overall::default() };
        Self { counts: Arc::new(Mutex::new(counts)) }
    }

    /// Returns when the source may try; the wait is over then.
    ///
    /// To be asked before anything is looked up, so that the wait tells nothing.
    ///
    /// # Errors
    /// E10-SLOW when too many tries of the source wait already.
    pub async fn admit(&self, source: &K) -> Result<(), Problem> {
        let decision = self.with(|counts| {
            let now = Instant::now();
            let none = History::default();
            let history = counts.sources.get(source).unwrap_or(&none);
            let decision = decide(history, &counts.overall, now);
            if let (Decision::Wait(_), Some(history)) = (decision, counts.sources.get_mut(source)) {
                history.waiting += 1;
            }
            decision
        });
        match decision {
            Decision::Go => Ok(()),
            Decision::Refuse(after) => Err(Problem::slow(after)),
            Decision::Wait(wait) => {
                let _seat = Seat { limiter: self, source };
                tokio::time::sleep(wait).await;
                Ok(())
            }
        }
    }

    /// Waits as [`Limiter::admit`] does, and refuses nobody.
    ///
    /// For what is not the visitor's own, as the ID that somebody tries to log in with: strangers
    /// could take all places among the tries that wait, and keep its owner out.
    pub async fn delay(&self, key: &K) {
        let wait = self.with(|counts| {
            let none = History::default();
            let history = counts.sources.get(key).unwrap_or(&none);
            match decide(history, &counts.overall, Instant::now()) {
                Decision::Go => Duration::ZERO,
                Decision::Wait(wait) => wait,
                Decision::Refuse(all) => all / MOST_WAITING,
            }
        });
        tokio::time::sleep(wait).await;
    }

    /// Counts a miss of the source. What opens is never counted.
    pub fn missed(&self, source: &K) {
        self.with(|counts| {
            let now = Instant::now();
            counts.overall.missed(now);
            if counts.sources.len() >= MOST_SOURCES && !counts.sources.contains_key(source) {
                counts.make_room(now);
            }
            counts.sources.entry(source.clone()).or_default().missed(now);
        });
    }

    fn with<T>(&self, work: impl FnOnce(&mut Counts<K>) -> T) -> T {
        // Counts are whole between any two of their statements.
        work(&mut self.counts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<K: Clone + Eq + Hash> Default for Limiter<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Clone + Eq + Hash> Counts<K> {
    /// Forgets sources that missed long ago, or else the older half of all that do not wait.
    fn make_room(&mut self, now: Instant) {
        let since = |history: &History| history.last_miss().map(|at| now.duration_since(at));
        self.sources.retain(|_, history| {
            history.waiting > 0 || since(history).is_some_and(|since| since < REMEMBERED)
        });
        if self.sources.len() < MOST_SOURCES {
            return;
        }
        let mut ages: Vec<Duration> = self.sources.values().filter_map(since).collect();
        let middle = ages.len() / 2;
        let (_, median, _) = ages.select_nth_unstable(middle);
        let median = *median;
        self.sources.retain(|_, history| {
            history.waiting > 0 || since(history).is_some_and(|since| since < median)
        });
    }
}

/// A place among the tries that wait; given back even when the visitor goes away meanwhile.
struct Seat<'a, K: Clone + Eq + Hash> {
    limiter: &'a Limiter<K>,
    source: &'a K,
}

impl<K: Clone + Eq + Hash> Drop for Seat<'_, K> {
    fn drop(&mut self) {
        self.limiter.with(|counts| {
            if let Some(history) = counts.sources.get_mut(self.source) {
                history.waiting = history.waiting.saturating_sub(1);
            }
        });
    }
}

#[cfg(test)]
mod tests;
