//! `check`: is this certificate genuine, about my guarantee, and in force on that day?

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use hosho::{AuthKey, Date, Expected, GuaranteeNumber, SealedCertificate, UnixTime};
use hosho_cli::output::OutputError;
use hosho_cli::path::shown;
use hosho_cli::{clock, input, secret};
use hosho_policy::{Policy, Related, Relative};
use zeroize::Zeroizing;

use crate::arguments::{CheckArguments, MomentArguments, SignatureArguments};
use crate::messages::fill;
use crate::outcome::Outcome;
use crate::policy;
use crate::run::{Context, Failure, complain};
use crate::source::{self, Candidate, Wrapper};
use crate::trust::Snapshots;

pub(crate) mod answer;
mod filed;
pub(crate) mod grounds;
mod history;
pub(crate) mod json;
pub(crate) mod judge;
mod later;
pub(crate) mod report;

use answer::Answer;
use filed::Filing;
use history::History;
use judge::{Basis, Question};

/// A key file holds one line of at most 256 bytes (spec R-KEY-5) and perhaps blanks.
const MAX_KEY_FILE_LEN: usize = 1_024;

/// Checks one certificate and prints the verdict.
pub(crate) fn run(arguments: &CheckArguments, context: Context) -> Result<u8, Failure> {
    // A key in a core dump would outlive the check; where dumps cannot be refused, none is made
    // unless the program crashes.
    let _ = secret::no_core_dumps();
    let moment = Moment::of(&arguments.moment, context)?;
    let expected = expected_number(arguments.number.as_deref(), context)?;
    let key =
        arguments.auth_key_file.as_deref().map(|path| read_key_file(path, context)).transpose()?;
    let policy = arguments.policy.as_deref().map(|path| policy::load(path, context)).transpose()?;
    if let Some(path) = &arguments.report {
        // What could not be written in the end is refused before anything is judged.
        check_new(path, context)?;
    }
    let asked = Asked { arguments, expected: &expected, moment, policy: policy.as_ref() };
    let (answer, filing) = answer(&asked, key, context)?;
    if let Some(path) = &arguments.report {
        filed::write(path, &answer, &filing, arguments.obligee.is_some(), moment, context)?;
    }
    if arguments.json {
        json::print(&answer)?;
    } else {
        report::print(&answer, arguments.obligee.is_some(), moment.on, context)?;
    }
    Ok(answer.outcome.exit_code())
}

/// The day asked about and the time of asking.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) on: Date,
    pub(crate) now: UnixTime,
}

impl Moment {
    pub(crate) fn of(arguments: &MomentArguments, context: Context) -> Result<Self, Failure> {
        let Some(now) = arguments.now.or_else(clock::now) else {
            return Err(Failure::usage("E6-TIME", context.text().no_clock));
        };
        Ok(Self { on: arguments.on.unwrap_or_else(|| Date::in_japan(now)), now })
    }
}

/// The text of an auth key, wiped when dropped.
pub(crate) type KeyText = Zeroizing<String>;

/// What a command line asks.
struct Asked<'a> {
    arguments: &'a CheckArguments,
    expected: &'a GuaranteeNumber<'a>,
    moment: Moment,
    policy: Option<&'a Policy>,
}

/// The order of judgement of spec 12.2: the first that fails is the answer.
fn answer(
    asked: &Asked<'_>,
    key: Option<KeyText>,
    context: Context,
) -> Result<(Answer, Filing), Failure> {
    let arguments = asked.arguments;
    let mut filing = Filing::about(arguments, asked.expected, context);
    let found = source::read_bytes(&arguments.file).and_then(|bytes| {
        filing.holds(&bytes, context);
        source::find_any(bytes)
    });
    let (candidate, wrapper) = match found {
        Ok(found) => found,
        Err(error) => {
            complain(&arguments.file, error.code(), &error.message(context.lang));
            let refused = Answer::refused(Outcome::Unreadable, error.code(), error.offset());
            filing.refusal = Some(error.message(context.lang));
            return Ok((refused, filing));
        }
    };
    if let (Candidate::Signed(_), Wrapper::Paper) = (&candidate, wrapper) {
        if key.is_some() {
            return Err(Failure::usage("E1-COPY", context.text().copy_with_key));
        }
        context.note(context.text().paper_is_copy);
    }
    match judged(asked, key, &candidate, &mut filing, context)? {
        Ok(answer) | Err(answer) => Ok((answer, filing)),
    }
}

/// Judges what was found with everything that was given; an error is an answer that came early.
fn judged(
    asked: &Asked<'_>,
    key: Option<KeyText>,
    candidate: &Candidate,
    filing: &mut Filing,
    context: Context,
) -> Result<Result<Answer, Answer>, Failure> {
    let Asked { arguments, expected, moment, policy } = *asked;
    let container = match candidate.container() {
        Ok(container) => container,
        Err(error) => return Ok(Err(Answer::not_genuine(error))),
    };
    let container = container.as_ref();
    let (bundles, memory) = match grounds::trusted(arguments, container, moment.now, context)? {
        Ok(trusted) => trusted,
        Err(problem) => return Ok(Err(Answer::trust_unusable(problem))),
    };
    let key = match key.map(|text| AuthKey::parse(&text)).transpose() {
        Ok(key) => key,
        Err(error) => return Ok(Err(Answer::mistyped(error))),
    };
    let mut snapshots = Snapshots::load(&arguments.status, &bundles, context);
    if let Some(file) = container {
        snapshots = snapshots.with_inside(file, &arguments.file, &bundles, context);
    }
    snapshots.remark_future(moment.now, context);
    let seen = memory.map(|memory| memory.keep(&bundles, &snapshots, context)).transpose()?;
    let (proof, proof_problem) = grounds::proof(arguments, container, context);
    let basis = Basis {
        bundles: &bundles,
        snapshots: &snapshots,
        proof: proof.as_ref(),
        proof_problem,
        seen: seen.as_ref(),
        container,
        later: &[],
        signatures: SignatureArguments { confirm: arguments.confirm, path: None },
    };
    let question = Question {
        expected: Expected::Number(expected),
        obligee: arguments.obligee.as_deref(),
        auth_key: key.as_ref(),
        on: moment.on,
        now: moment.now,
    };
    let (mut answer, later) = match (candidate, container) {
        (Candidate::Sealed(bytes), _) => {
            sealed(bytes, question, &basis, &arguments.later, context)?
        }
        (_, Some(file)) => (judge::inside(file, &question, &basis), Vec::new()),
        (Candidate::Evidence(bytes) | Candidate::Signed(bytes), None) => {
            let later = later::load(&arguments.later, key.as_ref(), context);
            (judge::signed(bytes, &question, &Basis { later: &later, ..basis }), later)
        }
    };
    let basis = Basis { later: &later, ..basis };
    answer.timestamp =
        grounds::timestamp(arguments.tsa.as_deref(), container, moment.now, context)?;
    let related = policy::load_related(&arguments.related, &basis, moment, context);
    if let Some(policy) = policy {
        let relatives = related.iter().map(|it| Relative::of(&it.certificate)).collect();
        answer.findings = Some(policy::findings(policy, &answer, &Related::of(relatives)));
    }
    filing.rests_on(&answer, &bundles, &snapshots, context);
    filing.history = History::of(&answer, related, &basis, moment, context);
    Ok(Ok(answer))
}

/// Opens a sealed certificate and judges what is in it. The key is asked for only once there is
/// something that it could open. Returns also the later revisions.
fn sealed(
    bytes: &[u8],
    question: Question<'_>,
    basis: &Basis<'_>,
    later: &[PathBuf],
    context: Context,
) -> Result<(Answer, Vec<Vec<u8>>), Failure> {
    let judge = |sealed: &SealedCertificate<'_>, key: &AuthKey| {
        let later = later::load(later, Some(key), context);
        let answer = judge::sealed(sealed, key, &question, &Basis { later: &later, ..*basis });
        (answer, later)
    };
    let sealed = match SealedCertificate::parse(bytes) {
        Ok(sealed) => sealed,
        Err(error) => return Ok((Answer::not_genuine(error), Vec::new())),
    };
    if let Some(key) = question.auth_key {
        return Ok(judge(&sealed, key));
    }
    let text = ask_key(context)?;
    match AuthKey::parse(&text) {
        Ok(key) => Ok(judge(&sealed, &key)),
        Err(error) => Ok((Answer::mistyped(error), Vec::new())),
    }
}

/// The number that the certificate has to bear, folded as spec R-NUM-2 says.
fn expected_number(
    given: Option<&str>,
    context: Context,
) -> Result<GuaranteeNumber<'static>, Failure> {
    let text = context.text();
    let typed = match given {
        Some(number) => number.to_owned(),
        None if can_ask() => ask_line(text.ask_number)?,
        None => return Err(Failure::Usage { code: None, message: text.number_missing.to_owned() }),
    };
    GuaranteeNumber::fold(&typed).map_err(|error| Failure::usage(error.code(), text.number_folding))
}

pub(crate) fn read_key_file(path: &Path, context: Context) -> Result<KeyText, Failure> {
    let unusable = |message: String| fill(context.text().key_file, &[&message]);
    let bytes =
        input::read_bounded(path, MAX_KEY_FILE_LEN).map(Zeroizing::new).map_err(|error| {
            Failure::usage(error.code(), unusable(source::unread(&error, context.lang)))
        })?;
    let mut text = Zeroizing::new(String::with_capacity(bytes.len().saturating_mul(3)));
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        // What is not UTF-8 is not a symbol either; the replacement is refused as one.
        if !chunk.invalid().is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    Ok(Zeroizing::new(text.trim_start_matches('\u{FEFF}').trim().to_owned()))
}

fn check_new(path: &Path, context: Context) -> Result<(), Failure> {
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    let message = OutputError::Exists.message(context.lang);
    Err(Failure::usage("E1-EXISTS", format!("{} {message}", shown(path))))
}

fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

fn ask_line(prompt: &str) -> Result<String, Failure> {
    let mut terminal = io::stderr().lock();
    write!(terminal, "{prompt}")?;
    terminal.flush()?;
    let mut line = String::new();
    // A terminal gives at most one line of 4 096 bytes.
    io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

fn ask_key(context: Context) -> Result<KeyText, Failure> {
    let text = context.text();
    if !can_ask() {
        return Err(Failure::Usage { code: None, message: text.key_missing.to_owned() });
    }
    Ok(Zeroizing::new(rpassword::prompt_password(text.ask_key)?))
}
