//! A service as the worker talks to it: when it may be asked, and what it has already.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use hosho::{ListNumber, Sequence};
use hosho_publish::{Client, ClientError, ClientOrder};

use crate::failure::Failure;
use crate::work::config::{ServiceAddress, WorkConfig};

/// The longest wait between two tries, unless the service asks for more.
const LONGEST_WAIT: Duration = Duration::from_mins(5);
/// The longest wait that a service can ask for.
const LONGEST_ASKED: u64 = 3_600;

/// A service as the worker talks to it.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) client: Client,
    /// The newest bundle that it is known to have.
    pub(super) bundle: Option<Sequence>,
    /// The newest snapshots that it is known to have.
    pub(super) snapshots: BTreeMap<ListNumber, Sequence>,
    rest: Rest,
}

impl Service {
    /// Prepares to talk to a service; nothing is sent.
    pub(super) fn new(address: &ServiceAddress, config: &WorkConfig) -> Result<Self, Failure> {
        let client = Client::new(&ClientOrder {
            url: address.url.clone(),
            audience: address.audience.clone(),
            ca_file: address.ca_file.clone(),
            timeout: config.timeout(),
        });
        let client = client.map_err(|error| Failure::Service {
            audience: address.audience.clone(),
            problem: error.to_string(),
        })?;
        let rest = Rest { pause: config.poll(), failures: 0, until: None };
        Ok(Self { client, bundle: None, snapshots: BTreeMap::new(), rest })
    }

    /// Returns what the service calls itself.
    pub(super) fn audience(&self) -> &str {
        self.client.audience()
    }

    /// Returns whether it may be asked now.
    #[must_use]
    pub(super) fn is_due(&self) -> bool {
        self.rest.is_over(Instant::now())
    }

    /// Notes that it answered as it should.
    pub(super) fn answered(&mut self) {
        self.rest.failures = 0;
        self.rest.until = None;
    }

    /// Lets it rest, though it answers.
    pub(super) fn rest(&mut self) {
        self.rest.fail(Instant::now(), None);
    }

    /// Notes that it did not, and returns after how many seconds it is asked again.
    pub(super) fn failed(&mut self, error: &ClientError) -> u64 {
        if let ClientError::Refused { status: 401 | 409, .. } = error {
            // It may have been put back to an earlier state: tell it everything again.
            self.bundle = None;
            self.snapshots.clear();
        }
        let asked = match error {
            ClientError::Refused { retry_after, .. } => *retry_after,
            _ => None,
        };
        self.rest.fail(Instant::now(), asked).as_secs()
    }
}

/// Waits that grow while a service fails.
#[derive(Debug)]
struct Rest {
    pause: Duration,
    failures: u32,
    until: Option<Instant>,
}

impl Rest {
    fn is_over(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| until <= now)
    }

    fn fail(&mut self, now: Instant, asked: Option<u64>) -> Duration {
        let doubled = self.pause.saturating_mul(1 << self.failures.min(10)).min(LONGEST_WAIT);
        let asked = Duration::from_secs(asked.unwrap_or(0).min(LONGEST_ASKED));
        self.failures = self.failures.saturating_add(1);
        let wait = doubled.max(asked);
        self.until = now.checked_add(wait);
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_five_minutes_and_begin_again() {
        let now = Instant::now();
        let mut rest = Rest { pause: Duration::from_secs(5), failures: 0, until: None };
        assert!(rest.is_over(now));
        let waits: Vec<u64> = (0..9).map(|_| rest.fail(now, None).as_secs()).collect();
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 300, 300, 300]);
        assert!(!rest.is_over(now + Duration::from_secs(299)));
        assert!(rest.is_over(now + Duration::from_mins(5)));
        rest.failures = 0;
        assert_eq!(rest.fail(now, Some(120)).as_secs(), 120);
        assert_eq!(rest.fail(now, Some(1)).as_secs(), 10);
        assert_eq!(rest.fail(now, Some(u64::MAX)).as_secs(), 3_600);
    }
}
