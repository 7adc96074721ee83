//! Jobs: claimed, carried out, published, and only then reported.

use std::collections::BTreeSet;

use hosho::GuaranteeNumber;
use hosho_publish::{Client, ClientError, Sender, portal};
use serde_json::{Value, json};

use super::{Trouble, Worker};
use crate::work::Left;
use crate::work::desk::{self, Outcome};
use crate::work::log::Level;

/// How many jobs are claimed at once: what a lease leaves time for.
const JOBS: u8 = 16;

impl Worker<'_> {
    /// Claims jobs, carries them out, publishes what came of them, and reports.
    pub(super) fn serve_desk(&mut self, away: &mut BTreeSet<String>) -> Result<Left, Trouble> {
        let claim = portal::Claim { worker: self.order.config.worker.clone(), most: JOBS };
        let claimed: portal::Claimed = self.with_portal(away, |worker, portal| {
            worker.send(portal, |client, sender| client.post(sender, portal::CLAIM, &claim))
        })?;
        let mut jobs = claimed.jobs;
        jobs.truncate(usize::from(JOBS));
        // Another round brings the portal the snapshot that tells of what is made now.
        let left = if jobs.is_empty() { Left::Nothing } else { Left::More };
        for wave in waves(jobs) {
            if !self.carry_out(&wave, away)? {
                // The leases run out, and the jobs come back.
                return Ok(Left::Nothing);
            }
        }
        Ok(left)
    }

    /// Carries out jobs of different guarantees. Returns whether they could be published.
    fn carry_out(
        &mut self,
        jobs: &[portal::Job],
        away: &mut BTreeSet<String>,
    ) -> Result<bool, Trouble> {
        let now = self.now()?;
        let policy = self.order.config.policy.clone();
        let (outcomes, interrupted) = self.work_in_home(now, |home, watch| {
            let mut outcomes = Vec::with_capacity(jobs.len());
            for job in jobs {
                match desk::carry_out(home, job, &policy, now, watch) {
                    Ok(outcome) => outcomes.push(outcome),
                    Err(failure) => return Ok((outcomes, Some(failure))),
                }
            }
            Ok((outcomes, None))
        })?;
        let published = self.publish_everywhere(away)?;
        for (job, outcome) in jobs.iter().zip(&outcomes) {
            match outcome {
                Outcome::Refused(refused) => self.report_refused(job, refused, away)?,
                Outcome::Made if published && !self.is_contested(&job.number.0) => {
                    self.report_done(job, away)?;
                }
                Outcome::Made => {}
            }
        }
        match interrupted {
            Some(failure) => Err(Trouble::Home(failure)),
            None => Ok(published),
        }
    }

    fn is_contested(&self, number: &GuaranteeNumber<'static>) -> bool {
        self.confirm.iter().any(|one| one.contested.contains_key(number))
    }

    fn report_done(
        &mut self,
        job: &portal::Job,
        away: &mut BTreeSet<String>,
    ) -> Result<(), Trouble> {
        let Some(office) = &mut self.office else { return Err(Trouble::Stopped) };
        let (home, keys) = office.home_and_keys();
        let done = desk::hand_over(home, keys, &job.number.0, job.revision.0)?;
        let Some(done) = done else { return Ok(()) };
        self.report(job, "done", away, |client, sender| {
            client.post::<Value>(sender, &portal::done(&job.id), &done)
        })
    }

    fn report_refused(
        &mut self,
        job: &portal::Job,
        refused: &portal::Refused,
        away: &mut BTreeSet<String>,
    ) -> Result<(), Trouble> {
        let fields = [("job", json!(job.id.as_str())), ("code", json!(refused.code))];
        self.tell(Level::Warn, "refused", fields);
        self.report(job, "refusal-reported", away, |client, sender| {
            client.post::<Value>(sender, &portal::refused(&job.id), refused)
        })
    }

    fn report(
        &mut self,
        job: &portal::Job,
        event: &'static str,
        away: &mut BTreeSet<String>,
        post: impl FnOnce(&Client, &Sender<'_>) -> Result<Value, ClientError>,
    ) -> Result<(), Trouble> {
        let reported =
            self.with_portal(away, |worker, portal| match worker.ask(portal, post)? {
                Ok(_) => Ok(None),
                // The job is not to be had, or holds something else: no other job waits for that.
                Err(error) if !error.is_temporary() && error.code().is_some() => Ok(Some(error)),
                Err(error) => Err(worker.fail(portal, &error)),
            })?;
        let id = json!(job.id.as_str());
        match reported {
            None => self.tell(Level::Info, event, [("job", id)]),
            Some(error) => {
                let fields = [("job", id), ("why", json!(error.to_string()))];
                self.tell(Level::Error, "job-not-taken", fields);
            }
        }
        Ok(())
    }
}

/// Splits jobs so that no wave holds two of one guarantee: each revision is published before the
/// next one is made, so that nobody is handed a key that was never of use.
fn waves(jobs: Vec<portal::Job>) -> Vec<Vec<portal::Job>> {
    let mut waves = Vec::new();
    let mut rest = jobs;
    while !rest.is_empty() {
        let mut numbers = BTreeSet::new();
        let (wave, later) =
            rest.into_iter().partition(|job: &portal::Job| numbers.insert(job.number.0.clone()));
        waves.push(wave);
        rest = later;
    }
    waves
}
