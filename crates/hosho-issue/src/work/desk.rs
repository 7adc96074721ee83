//! Jobs: what the desk concluded becomes certificates, or a refusal that the desk can read.

use std::collections::BTreeSet;
use std::path::Path;

use hosho::{GuaranteeNumber, Revision, Text, UnixTime};
use hosho_cli::lang::Lang;
use hosho_policy::{Policy, Rule};
use hosho_publish::Base64;
use hosho_publish::portal::{Done, Finding, HandedOver, Job, Refused, Task};
use serde::Deserialize;

use crate::deliver::Stored;
use crate::event::Watch;
use crate::failure::{Failure, Reason, Refusal};
use crate::home::Home;
use crate::issue::issue_one;
use crate::journal::{Chain, Noted, Step};
use crate::keyring::Keys;
use crate::plan::Asked;
use crate::rekey::{RekeyOf, rekey_one};
use crate::review::{Review, Unacknowledged};
use crate::work::publication::sealed_revisions;

/// What became of a job.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Outcome {
    /// The certificate is in the home.
    Made,
    /// The home refuses, and says why.
    Refused(Refused),
}

/// The request of a rekey.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RekeyRequest {
    #[serde(default)]
    reason: Option<String>,
}

/// Does what a job asks for; doing it again changes nothing.
///
/// # Errors
/// What keeps the home from working; the job is not to blame.
pub(super) fn carry_out(
    home: &mut Home,
    job: &Job,
    policy: &Policy,
    now: UnixTime,
    watch: &mut Watch<'_>,
) -> Result<Outcome, Failure> {
    let done = match job.task {
        Task::Issue => issue(home, job, policy, now, watch),
        Task::Rekey => rekey(home, job, now, watch),
    };
    match done {
        Ok(()) => Ok(Outcome::Made),
        Err(Failure::Refused(refusals)) => Ok(Outcome::Refused(refused(refusals))),
        Err(other) => Err(other),
    }
}

fn issue(
    home: &mut Home,
    job: &Job,
    policy: &Policy,
    now: UnixTime,
    watch: &mut Watch<'_>,
) -> Result<(), Failure> {
    let (number, revision) = (&job.number.0, job.revision.0);
    let refuse = |reason| Failure::Refused(vec![Refusal::of(number, revision, reason)]);
    let asked = Asked::parse(Path::new(number.as_str()), job.request.to_string().as_bytes());
    let asked = asked.map_err(refuse)?;
    if asked.request.number != *number || asked.request.revision != revision {
        return Err(refuse(Reason::OtherJob));
    }
    let rules: Option<BTreeSet<Rule>> =
        job.acknowledged.iter().map(|rule| Rule::parse(rule)).collect();
    let acknowledged = rules.ok_or_else(|| refuse(Reason::OtherJob))?;
    let unacknowledged = Unacknowledged::Record;
    let review = Review { policy: policy.clone(), acknowledged, unacknowledged };
    issue_one(home, asked, &review, now, watch)
}

fn rekey(home: &mut Home, job: &Job, now: UnixTime, watch: &mut Watch<'_>) -> Result<(), Failure> {
    let (number, revision) = (&job.number.0, job.revision.0);
    let refuse = |reason| Failure::Refused(vec![Refusal::of(number, revision, reason)]);
    let request: Option<RekeyRequest> =
        serde_json::from_value(job.request.clone()).map_err(|_| refuse(Reason::OtherJob))?;
    let reason = request.and_then(|request| request.reason).map(Text::parse).transpose();
    let reason = reason.map_err(|error| refuse(Reason::Claims(error)))?;
    let asked = RekeyOf { number, revision, reason: reason.as_ref() };
    rekey_one(home, &asked, now, watch)
}

/// Returns what the portal is told: the first code, and every line in both languages.
fn refused(refusals: Vec<Refusal>) -> Refused {
    let code = refusals.first().map_or("E9-REFUSED", |refusal| refusal.reason.code());
    let failure = Failure::Refused(refusals);
    let lines = [Lang::Ja, Lang::En].map(|lang| failure.lines(lang).join("\n"));
    Refused::new(code, lines.join("\n"))
}

/// Returns what the portal is handed: the revision, every one before it sealed for its auth key,
/// and the auth key. Nothing if it is not in the home.
pub(super) fn hand_over(
    home: &Home,
    keys: &mut Keys,
    number: &GuaranteeNumber<'static>,
    revision: Revision,
) -> Result<Option<Done>, Failure> {
    let chain = home.journal.ledger().chains().get(number);
    let step = chain.and_then(|chain: &Chain| chain.step(revision)).filter(|step| step.is_signed());
    let Some(step) = step else { return Ok(None) };
    let auth_key = HandedOver(keys.derive(home, number, step.epoch, step.serial)?);
    let Stored { signed, .. } = Stored::read(home, number, revision)?;
    let sealed = sealed_revisions(home, number, revision)?;
    Ok(Some(Done { signed: Base64(signed), sealed, auth_key, findings: findings(step) }))
}

fn findings(step: &Step) -> Vec<Finding> {
    let noted = step.reviewed.iter().flat_map(|reviewed| &reviewed.findings);
    let finding = |noted: &Noted| Finding {
        rule: noted.rule.id().to_owned(),
        severity: noted.severity.word().to_owned(),
        acknowledged: noted.acknowledged,
    };
    noted.map(finding).collect()
}
