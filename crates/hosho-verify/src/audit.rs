//! `audit`: every certificate below folders and in archives, a line each, a summary, the chains,
//! and the obligee's ledger against them.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;

use hosho::Expected;
use hosho_cli::output::OutputError;
use hosho_cli::path::shown;
use hosho_cli::secret;
use hosho_policy::{Policy, Related};

use crate::arguments::AuditArguments;
use crate::check::Moment;
use crate::check::judge::{Basis, Question};
use crate::messages::fill;
use crate::outcome::{Class, Outcome};
use crate::policy;
use crate::remembered::{Memory, Seen};
use crate::run::{Context, Failure};
use crate::trust::{Bundles, Problem, Snapshots};

mod archive;
mod chains;
mod closing;
mod contained;
mod examine;
mod feed;
mod keys;
mod ledger;
mod pipeline;
mod print;
mod proofs;
mod record;
mod relatives;
mod sink;
mod spelling;
mod state;
mod summary;
mod survey;
mod table;
mod walk;

use closing::Closing;
use examine::{Examiner, Lines, Rows};
use feed::Feed;
use keys::Keys;
use ledger::Ledger;
pub(crate) use ledger::balance::About;
use ledger::balance::Balance;
use pipeline::{End, Plan};
use proofs::Proofs;
pub(crate) use proofs::in_folder;
use relatives::{Look, StandardInput};
use sink::Sink;
use state::{Begun, Options, State};
use summary::{LedgerSummary, Summary};
use survey::Survey;
use table::Table;
use walk::{Complaints, Walk};

/// The exit code when nothing was decided, here because the run was interrupted.
const UNDECIDED: u8 = 3;

/// What an audit reads besides the certificates, and where it writes to.
struct Desk {
    keys: Option<Keys>,
    ledger: Option<Ledger>,
    policy: Option<Policy>,
    proofs: Proofs,
    ledger_table: Option<Table>,
    lines: Lines,
}

/// Judges every certificate below the paths.
pub(crate) fn run(arguments: &AuditArguments, context: Context) -> Result<u8, Failure> {
    let begun = arguments.state.as_deref().map(|path| Begun::open(path, context)).transpose()?;
    let begun = begun.flatten();
    let moment = match &begun {
        Some(begun) => begun.moment,
        None => Moment::of(&arguments.moment, context)?,
    };
    let lines = if arguments.json { Lines::Json } else { Lines::Text };
    let (bundles, snapshots, seen) = match grounds(arguments, moment, context)? {
        Ok(grounds) => grounds,
        Err(problem) => {
            print::trust_unusable(problem, lines, context)?;
            return Ok(Outcome::TrustUnusable.exit_code());
        }
    };
    let basis = Basis {
        bundles: &bundles,
        snapshots: &snapshots,
        proof: None,
        proof_problem: None,
        seen: seen.as_ref(),
        container: None,
        later: &[],
        signatures: arguments.signatures,
    };
    let (desk, table) = desk(arguments, lines, context)?;
    let needed = arguments.state.is_some() || sink::is_watched();
    let survey = needed.then(|| survey::survey(&arguments.paths, context));
    let balance = desk.ledger.as_ref().map(Balance::of);
    // With a policy everything is looked at twice.
    let looks = if desk.policy.is_some() { 2 } else { 1 };
    let bytes = survey.as_ref().map(|survey| survey.bytes.saturating_mul(looks));
    let mut sink = Sink::new(table, balance, bytes);
    let (state, skip) = match (&arguments.state, &survey) {
        (Some(path), Some(survey)) => {
            let asked = options(arguments, survey, seen.as_ref(), context);
            let (state, skip) = resume(path, begun, &asked, moment, &mut sink, context)?;
            (Some(state), skip)
        }
        _ => (None, 0),
    };
    let question = Question {
        expected: Expected::Unspecified,
        obligee: None,
        auth_key: None,
        on: moment.on,
        now: moment.now,
    };
    let Ok(verifier) = basis.verifier() else { return Ok(Outcome::TrustUnusable.exit_code()) };
    let input = StandardInput::default();
    let examiner = Examiner {
        verifier,
        question,
        basis: &basis,
        keys: desk.keys.as_ref(),
        ledger: desk.ledger.as_ref(),
        policy: desk.policy.as_ref(),
        related: &Related::default(),
        input: &input,
        look: Look::First,
        proofs: &desk.proofs,
        lines,
        rows: if arguments.csv.is_some() { Rows::Written } else { Rows::None },
        context: context.silent(),
    };
    match look(examiner, arguments, skip, &mut sink, state, context)? {
        Some(end) => conclude(sink, desk, moment, end.failed, arguments, context),
        None => Ok(UNDECIDED),
    }
}

/// Looks at everything, twice where a policy compares certificates with each other; nothing if it was
/// stopped before the end.
fn look(
    examiner: Examiner<'_>,
    arguments: &AuditArguments,
    skip: u64,
    sink: &mut Sink,
    mut state: Option<State>,
    context: Context,
) -> Result<Option<End>, Failure> {
    let stop = stop_flag(state.is_some());
    let plan = Plan { jobs: jobs(arguments), skip: 0, stop: &stop };
    let feed = |told| Feed::new(Walk::new(&arguments.paths, told, context));
    let related = match examiner.policy {
        Some(_) => relatives::gather(|| feed(Complaints::Silent), &examiner, plan, sink)?,
        None => Some(Related::default()),
    };
    let mut end = None;
    if let Some(related) = &related {
        let examiner = Examiner { related, look: Look::Last, context, ..examiner };
        let (judge, plan) = (|units| examiner.examine(units), Plan { skip, ..plan });
        let taken = pipeline::run(
            || feed(Complaints::Told),
            &judge,
            plan,
            |batch| sink.take(&batch.found, batch.bytes, state.as_mut()),
        )?;
        end = Some(taken).filter(|end| !end.stopped);
    }
    sink.flush()?;
    if let Some(state) = &mut state {
        state.sync()?;
        if end.is_none() {
            context.note(&fill(context.text().audit.interrupted, &[&shown(state.path())]));
        }
    }
    Ok(end)
}

/// What the answers rest on, and what was seen before.
type Grounds = (Bundles, Snapshots, Option<Seen>);

/// Reads what the answers rest on, and remembers it if that is asked for.
fn grounds(
    arguments: &AuditArguments,
    moment: Moment,
    context: Context,
) -> Result<Result<Grounds, Problem>, Failure> {
    let mut bundles = Bundles::load(&arguments.trust, moment.now, context);
    let memory = arguments.remember.as_deref().map(|path| Memory::open(path, context));
    let memory = memory.transpose()?;
    if let Some(memory) = &memory {
        bundles.refuse_older(memory.seen(), context);
    }
    if let Err(problem) = bundles.usable() {
        return Ok(Err(problem));
    }
    let snapshots = Snapshots::load(&arguments.status, &bundles, context);
    snapshots.remark_future(moment.now, context);
    let seen = memory.map(|memory| memory.keep(&bundles, &snapshots, context)).transpose()?;
    Ok(Ok((bundles, snapshots, seen)))
}

/// Opens what is needed before anything is looked at, so that no work is lost on a wrong name.
fn desk(
    arguments: &AuditArguments,
    lines: Lines,
    context: Context,
) -> Result<(Desk, Option<Table>), Failure> {
    if let Some(path) = &arguments.state
        && arguments.paths.iter().any(|path| path.as_os_str() == "-")
    {
        let message = context.text().audit.state_and_input;
        return Err(Failure::usage("E1-STATE", format!("{}: {message}", shown(path))));
    }
    let keys = match &arguments.keys {
        Some(path) => {
            // A key in a core dump would outlive the audit.
            let _ = secret::no_core_dumps();
            Some(Keys::load(path, context)?)
        }
        None => None,
    };
    let policy = arguments.policy.as_deref().map(|path| policy::load(path, context)).transpose()?;
    let ledger = arguments.ledger.as_deref();
    let ledger = ledger.map(|path| Ledger::load(path, &arguments.ignore_column, context));
    let new = |path: &Path, table: Result<Table, OutputError>| {
        table.map_err(|error| no_table(path, &error, context))
    };
    let csv = arguments.csv.as_deref();
    let table = csv.map(|path| new(path, Table::of_certificates(path))).transpose()?;
    let csv = arguments.ledger_csv.as_deref();
    let ledger_table = csv.map(|path| new(path, Table::of_ledger(path))).transpose()?;
    let (ledger, proofs) = (ledger.transpose()?, Proofs::load(&arguments.proof, context));
    Ok((Desk { keys, ledger, policy, proofs, ledger_table, lines }, table))
}

/// The table has no place; names the file and the next step.
fn no_table(path: &Path, error: &OutputError, context: Context) -> Failure {
    Failure::usage(error.code(), format!("{}: {}", shown(path), error.message(context.lang)))
}

/// What the run is asked, for the next one to compare.
fn options(
    arguments: &AuditArguments,
    survey: &Survey,
    seen: Option<&Seen>,
    context: Context,
) -> Options {
    let contents = |paths| survey::contents(paths, context).to_string();
    let mut proofs = arguments.proof.clone();
    proofs.extend(arguments.paths.iter().flat_map(|path| proofs::beside(path)));
    let mut values = BTreeMap::from([
        ("PATH".to_owned(), survey.identity.to_string()),
        ("--trust".to_owned(), contents(&arguments.trust)),
        ("--status".to_owned(), contents(&arguments.status)),
        ("--proof".to_owned(), survey::survey(&proofs, context).identity.to_string()),
        ("--csv".to_owned(), arguments.csv.is_some().to_string()),
        ("--json".to_owned(), arguments.json.to_string()),
        ("--lang".to_owned(), context.lang.to_string()),
        ("--remember".to_owned(), seen.map_or_else(String::new, Seen::digest)),
        ("--ignore-column".to_owned(), arguments.ignore_column.join("\n")),
        ("hosho-verify".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
    ]);
    for (name, path) in [("--keys", &arguments.keys), ("--ledger", &arguments.ledger)] {
        if let Some(path) = path {
            values.insert(name.to_owned(), survey::place(path).to_string());
        }
    }
    if let Some(path) = &arguments.policy {
        values.insert("--policy".to_owned(), contents(std::slice::from_ref(path)));
    }
    let (now, on) = (arguments.moment.now, arguments.moment.on);
    Options { now: now.map(hosho::UnixTime::seconds), on: on.map(|day| day.to_string()), values }
}

/// Goes on where an earlier run stopped, or begins a new state.
fn resume(
    path: &Path,
    begun: Option<Begun>,
    asked: &Options,
    moment: Moment,
    sink: &mut Sink,
    context: Context,
) -> Result<(State, u64), Failure> {
    if let Some(begun) = begun {
        return begun.resume(asked, context, |entry| sink.tell(&entry));
    }
    let first = Options {
        now: Some(moment.now.seconds()),
        on: Some(moment.on.to_string()),
        values: asked.values.clone(),
    };
    Ok((State::begin(path, &first, context)?, 0))
}

/// A flag that the first SIGINT or SIGTERM raises where a state makes a clean stop worth it. The
/// second one ends the program.
fn stop_flag(has_state: bool) -> Arc<AtomicBool> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    let flag = Arc::new(AtomicBool::new(false));
    if has_state {
        for signal in [SIGINT, SIGTERM] {
            // Without a handler the signal ends the program, which the state survives as well.
            let _ = signal_hook::flag::register_conditional_shutdown(
                signal,
                i32::from(UNDECIDED),
                Arc::clone(&flag),
            );
            let _ = signal_hook::flag::register(signal, Arc::clone(&flag));
        }
    }
    flag
}

fn jobs(arguments: &AuditArguments) -> usize {
    arguments
        .jobs
        .map_or_else(|| thread::available_parallelism().map_or(1, NonZero::get), usize::from)
}

/// Tells what is known only at the end, and the exit code.
fn conclude(
    mut sink: Sink,
    desk: Desk,
    moment: Moment,
    folders_failed: bool,
    arguments: &AuditArguments,
    context: Context,
) -> Result<u8, Failure> {
    let Desk { ledger, mut ledger_table, lines, .. } = desk;
    let conclusion = std::mem::take(&mut sink.chains).conclude();
    let mut ledger_summary = LedgerSummary::default();
    if let (Some(ledger), Some(balance)) = (&ledger, sink.balance.take()) {
        ledger_summary.rows = u64::try_from(ledger.len()).unwrap_or(u64::MAX);
        for finding in balance.findings(ledger, &conclusion.strays) {
            ledger_summary.count(&finding);
            sink.line(&print::ledger_line(&finding, lines, context))?;
            if let Some(table) = &mut ledger_table {
                table.write_finding(&finding)?;
            }
        }
    }
    let closing = Closing {
        summary: &sink.summary,
        conclusion: &conclusion,
        ledger: ledger.as_ref().map(|_| &ledger_summary),
        moment,
    };
    let page = closing.page(lines, context);
    sink.line(&page)?;
    sink.flush()?;
    let tables = [(sink.table.take(), &arguments.csv), (ledger_table, &arguments.ledger_csv)];
    for (table, path) in tables {
        if let (Some(table), Some(path)) = (table, path) {
            table.finish().map_err(|error| no_table(path, &error, context))?;
        }
    }
    let contradicted = conclusion.links.contradict() || ledger_summary.contradicts();
    let refused = sink.summary.of_class(Class::Refused) > 0 || contradicted;
    let left_open = left_open(&sink.summary, arguments, context);
    let undecided = sink.summary.of_class(Class::Undecided) > 0 || folders_failed || left_open;
    Ok(match (refused, undecided) {
        (true, _) => 1,
        (false, true) => UNDECIDED,
        (false, false) => 0,
    })
}

/// Tells what was not judged, and whether that leaves the audit undecided: where nothing was, and
/// where keys were given for what is sealed and did not open it.
fn left_open(summary: &Summary, arguments: &AuditArguments, context: Context) -> bool {
    let text = &context.text().audit;
    let sealed = summary.sealed.to_string();
    match (summary.judged(), summary.sealed, &arguments.keys) {
        (0, 0, _) => context.note(text.nothing_found),
        (0, _, None) => context.note(text.only_sealed),
        (_, 0, _) => {}
        (_, _, None) => context.note(&fill(text.sealed_left, &[&sealed])),
        (_, _, Some(_)) => context.note(&fill(text.keys_missing, &[&sealed])),
    }
    summary.judged() == 0 || (summary.sealed > 0 && arguments.keys.is_some())
}
