//! `audit`: every certificate below folders, a line each, a summary, and the chains.

use std::io;
use std::num::NonZero;
use std::path::Path;
use std::thread;

use hosho::{
    Expected, ObjectKind, SealedCertificate, SignedCertificate, SignedStatusSnapshot, Verifier,
};
use hosho_cli::input::{self, InputError};
use hosho_cli::output::OutputError;
use hosho_cli::path::shown;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::arguments::AuditArguments;
use crate::check::judge::{self, Evidence, Question};
use crate::check::{Moment, answer::Answer};
use crate::outcome::{Class, Outcome};
use crate::run::{Context, Failure};
use crate::source::{self, Candidate, SourceError};
use crate::trust::{Bundles, Snapshots};

mod chains;
mod ledger;
mod print;
mod summary;
mod walk;

use chains::Chains;
use ledger::Ledger;
use summary::Summary;
use walk::Walked;

/// Files judged by one thread before the lines are printed: enough to verify them in bulk.
const BATCH: usize = 256;

/// Judges every certificate below the paths.
pub(crate) fn run(arguments: &AuditArguments, context: Context) -> Result<u8, Failure> {
    let moment = Moment::of(&arguments.moment, context)?;
    let bundles = Bundles::load(&arguments.trust, moment.now, context);
    if let Err(problem) = bundles.usable() {
        print::trust_unusable(problem, arguments.json, context)?;
        return Ok(Outcome::TrustUnusable.exit_code());
    }
    let snapshots = Snapshots::load(&arguments.status, &bundles, context);
    let evidence =
        Evidence { bundles: &bundles, snapshots: &snapshots, proof: None, proof_problem: None };
    let question = Question {
        expected: Expected::Unspecified,
        obligee: None,
        auth_key: None,
        on: moment.on,
        now: moment.now,
    };
    let create = |path| Ledger::create(path).map_err(|error| no_table(path, error, context));
    let mut ledger = arguments.csv.as_deref().map(create).transpose()?;
    let walked = walk::walk(&arguments.paths, context);
    let mut audit = Audit { summary: Summary::default(), chains: Chains::default() };
    let bar = progress(walked.files.len());
    let Ok(verifier) = evidence.verifier() else { return Ok(Outcome::TrustUnusable.exit_code()) };
    let judge = |files: &[Walked]| findings(files, &verifier, &question, &evidence);
    let jobs = jobs(arguments);
    for batch in walked.files.chunks(BATCH.saturating_mul(jobs)) {
        for (file, finding) in batch.iter().zip(in_parallel(batch, jobs, &judge)) {
            let ledger = ledger.as_mut();
            bar.suspend(|| audit.take(&file.path, &finding, ledger, arguments.json, context))?;
        }
        bar.inc(u64::try_from(batch.len()).unwrap_or(u64::MAX));
    }
    bar.finish_and_clear();
    ledger.map(Ledger::finish).transpose()?;
    let links = audit.chains.check(&|later, earlier| follows(later, earlier, &verifier, &question));
    let code = audit.conclude(&links, walked.failed, moment, arguments.json, context)?;
    Ok(code)
}

/// The table has no place; names the file and the next step.
fn no_table(path: &Path, error: io::Error, context: Context) -> Failure {
    let error = match error.kind() {
        io::ErrorKind::AlreadyExists => OutputError::Exists,
        _ => OutputError::Io(error),
    };
    Failure::usage(error.code(), format!("{}: {}", shown(path), error.message(context.lang)))
}

/// What one file holds, before signatures are looked at.
enum Content {
    Found(Finding),
    Signed(Vec<u8>),
}

/// Judges files by what they hold and how they are named, their signatures in bulk.
fn findings(
    files: &[Walked],
    verifier: &Verifier<'_>,
    question: &Question<'_>,
    evidence: &Evidence<'_>,
) -> Vec<Finding> {
    let mut certificates = Vec::new();
    let mut found = Vec::with_capacity(files.len());
    for file in files {
        found.push(match content(file) {
            Content::Found(finding) => Some(finding),
            Content::Signed(bytes) => {
                certificates.push(bytes);
                None
            }
        });
    }
    let answers = judge::signed_many(&certificates, verifier, question, evidence);
    let mut answers = answers.into_iter().map(judged);
    found.into_iter().filter_map(|finding| finding.or_else(|| answers.next())).collect()
}

fn content(file: &Walked) -> Content {
    let meant = file.named || source::has_certificate_name(&file.path);
    let bytes = match input::read_bounded(&file.path, source::MAX_CARRIER_LEN) {
        Ok(bytes) => bytes,
        Err(InputError::TooLarge { .. }) if !meant || is_large_snapshot(file) => {
            return Content::Found(Finding::Skipped);
        }
        Err(error) => return Content::Found(unreadable(&SourceError::Input(error))),
    };
    // A guarantor's own files lie beside certificates and are none, whatever their names.
    let other = matches!(
        ObjectKind::of(&bytes),
        Some(ObjectKind::StatusSnapshot | ObjectKind::TrustBundle)
    );
    if other && !file.named {
        return Content::Found(Finding::Skipped);
    }
    Content::Found(match source::find_candidate(bytes) {
        Ok(Candidate::Signed(bytes)) => return Content::Signed(bytes),
        Ok(Candidate::Sealed(bytes)) => match SealedCertificate::parse(&bytes) {
            Ok(_) => Finding::Sealed,
            Err(error) => judged(Answer::not_genuine(error)),
        },
        Err(SourceError::NotRecognised | SourceError::Container(_)) if !meant => Finding::Skipped,
        Err(error) => unreadable(&error),
    })
}

/// Whether a file that was found is a snapshot, which may be larger than any certificate.
fn is_large_snapshot(file: &Walked) -> bool {
    let read = || input::read_bounded(&file.path, SignedStatusSnapshot::MAX_LEN).ok();
    !file.named
        && read().is_some_and(|bytes| ObjectKind::of(&bytes) == Some(ObjectKind::StatusSnapshot))
}

fn judged(answer: Answer) -> Finding {
    Finding::Judged(Box::new(answer))
}

fn unreadable(error: &SourceError) -> Finding {
    judged(Answer::refused(Outcome::Unreadable, error.code(), error.offset()))
}

/// Whether the later certificate still verifies and follows the earlier one (spec R-CHAIN-1).
fn follows(later: &Path, earlier: &Path, verifier: &Verifier<'_>, question: &Question<'_>) -> bool {
    let read = |path: &Path| match source::read_candidate(path) {
        Ok(Candidate::Signed(bytes)) => Some(bytes),
        _ => None,
    };
    let (Some(later), Some(earlier)) = (read(later), read(earlier)) else { return false };
    let verify = |bytes| {
        let signed = SignedCertificate::parse(bytes).ok()?;
        verifier.verify(signed, &judge::ANYTHING, question.on, question.now).ok()
    };
    match (verify(&later), verify(&earlier)) {
        (Some(later), Some(earlier)) => later.follows(&earlier).is_ok(),
        _ => false,
    }
}

fn jobs(arguments: &AuditArguments) -> usize {
    arguments
        .jobs
        .map_or_else(|| thread::available_parallelism().map_or(1, NonZero::get), usize::from)
}

/// Judges the files on `jobs` threads; the answers stand in the order of the files.
fn in_parallel(
    files: &[Walked],
    jobs: usize,
    judge: &(impl Fn(&[Walked]) -> Vec<Finding> + Sync),
) -> Vec<Finding> {
    let share = files.len().div_ceil(jobs.max(1)).max(1);
    thread::scope(|scope| {
        let threads: Vec<_> =
            files.chunks(share).map(|files| scope.spawn(move || judge(files))).collect();
        let answers = threads.into_iter().map(|thread| match thread.join() {
            Ok(findings) => findings,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        answers.flatten().collect()
    })
}

/// A bar on a terminal; nothing elsewhere.
fn progress(files: usize) -> ProgressBar {
    let length = u64::try_from(files).unwrap_or(u64::MAX);
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {per_sec} {eta}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// What was found in one file.
pub(crate) enum Finding {
    Judged(Box<Answer>),
    /// Sealed and well formed; without its key nothing more can be said.
    Sealed,
    /// No certificate.
    Skipped,
}

struct Audit {
    summary: Summary,
    chains: Chains,
}

impl Audit {
    fn take(
        &mut self,
        path: &Path,
        finding: &Finding,
        ledger: Option<&mut Ledger>,
        json: bool,
        context: Context,
    ) -> Result<(), Failure> {
        self.summary.count(finding);
        if let Finding::Judged(answer) = finding
            && let Some(genuine) = &answer.genuine
        {
            self.chains.add(genuine, path);
        }
        if let Some(ledger) = ledger {
            ledger.write(path, finding)?;
        }
        print::line(path, finding, json, context)?;
        Ok(())
    }

    fn conclude(
        &self,
        links: &chains::Links,
        folders_failed: bool,
        moment: Moment,
        json: bool,
        context: Context,
    ) -> Result<u8, Failure> {
        if json {
            print::json_summary(&self.summary, links, moment)?;
        } else {
            print::summary(&self.summary, links, moment, context)?;
        }
        if self.summary.is_only_sealed() {
            context.note(context.text().audit.only_sealed);
        }
        let refused = self.summary.of_class(Class::Refused) > 0 || links.contradict();
        let undecided = self.summary.of_class(Class::Undecided) > 0 || folders_failed;
        Ok(match (refused, undecided) {
            (true, _) => 1,
            (false, true) => 3,
            (false, false) => 0,
        })
    }
}
