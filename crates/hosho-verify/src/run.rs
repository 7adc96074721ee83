//! From arguments to an exit code.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use clap::{ArgMatches, Command as ClapCommand, CommandFactory, FromArgMatches};
use hosho_cli::lang::Lang;
use hosho_cli::path::shown;
use hosho_document::{Wanted, serve_reader};

use crate::arguments::{Arguments, Command, EvidenceCommand, TrustCommand};
use crate::messages::{self, Catalogue};
use crate::{audit, check, completions, evidence, inspect, trust, vectors};

/// The exit code of a command line that cannot be followed.
const USAGE: u8 = 2;

/// The exit code when nothing could be decided, here because an output failed.
const UNDECIDED: u8 = 3;

/// Runs the command line and returns the exit code of the contract.
///
/// Results go to standard output, everything else to standard error.
pub fn run(arguments: impl IntoIterator<Item = impl Into<OsString>>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    let context = Context::of(Lang::from_arguments(arguments.iter().skip(1).cloned()));
    let definition = messages::localized(Arguments::command(), context.lang);
    let code = match read_arguments(definition, arguments) {
        Ok(arguments) => dispatch(&arguments, context),
        Err(refusal) => {
            let japanese = match context.lang {
                Lang::Ja => messages::japanese_refusal(&refusal),
                _ => None,
            };
            match japanese {
                Some(told) => anstream::eprintln!("hosho-verify: {told}"),
                // Nothing is left to tell anyone when printing fails.
                None => drop(refusal.print()),
            }
            u8::try_from(refusal.exit_code()).unwrap_or(USAGE)
        }
    };
    ExitCode::from(code)
}

/// What every command needs to know.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context {
    pub(crate) lang: Lang,
    /// Whether remarks are told. They are not where the same things are looked at again.
    remarks: Remarks,
}

#[derive(Clone, Copy, Debug)]
enum Remarks {
    Silent,
    Told,
}

impl Context {
    pub(crate) const fn of(lang: Lang) -> Self {
        Self { lang, remarks: Remarks::Told }
    }

    /// The same without notes and complaints.
    pub(crate) const fn silent(self) -> Self {
        Self { remarks: Remarks::Silent, ..self }
    }

    pub(crate) fn text(self) -> &'static Catalogue {
        Catalogue::of(self.lang)
    }

    /// Tells something that changes no verdict.
    pub(crate) fn note(self, message: &str) {
        if matches!(self.remarks, Remarks::Told) {
            anstream::eprintln!("hosho-verify: {}: {message}", self.text().note);
        }
    }

    /// Tells that something in a file was of no use, and why.
    pub(crate) fn complain(self, path: &Path, code: &str, message: &str) {
        if matches!(self.remarks, Remarks::Told) {
            complain(path, code, message);
        }
    }
}

/// Tells that a file was of no use, and why.
pub(crate) fn complain(path: &Path, code: &str, message: &str) {
    anstream::eprintln!("hosho-verify: {}: {code}: {message}", shown(path));
}

/// Why a command did not come to an answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The results could not be written.
    Output(io::Error),
    /// The command line cannot be followed; the text says what to do instead.
    Usage { code: Option<&'static str>, message: String },
}

impl Failure {
    pub(crate) fn usage(code: &'static str, message: impl Into<String>) -> Self {
        Self::Usage { code: Some(code), message: message.into() }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

fn read_arguments(
    definition: ClapCommand,
    arguments: Vec<OsString>,
) -> Result<Arguments, clap::Error> {
    let matches: ArgMatches = definition.try_get_matches_from(arguments)?;
    Arguments::from_arg_matches(&matches)
}

fn dispatch(arguments: &Arguments, context: Context) -> u8 {
    let result = match &arguments.command {
        Command::Audit(arguments) => audit::run(arguments, context),
        Command::Check(arguments) => check::run(arguments, context),
        Command::Completions { shell } => completions::completions(*shell, context),
        Command::Evidence(EvidenceCommand::Extract(it)) => evidence::extract::run(it, context),
        Command::Evidence(EvidenceCommand::Make(it)) => evidence::make::run(it, context),
        Command::Evidence(EvidenceCommand::Show(it)) => evidence::show::run(it, context),
        Command::Inspect(arguments) => inspect::run(arguments, context),
        Command::ReadPaper => serve_reader(Wanted::Certificate).map_err(Failure::Output),
        Command::Man => completions::manual(context),
        Command::Trust(TrustCommand::Show(arguments)) => trust::show::run(arguments, context),
        Command::Trust(TrustCommand::Update(arguments)) => trust::update::run(arguments, context),
        Command::Vectors(arguments) => vectors::run(arguments, context),
    };
    match result {
        Ok(code) => code,
        // The reader has seen enough.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => UNDECIDED,
        Err(Failure::Output(error)) => {
            anstream::eprintln!("hosho-verify: E1-IO: {error}");
            UNDECIDED
        }
        Err(Failure::Usage { code, message }) => {
            match code {
                Some(code) => anstream::eprintln!("hosho-verify: {code}: {message}"),
                None => anstream::eprintln!("hosho-verify: {message}"),
            }
            USAGE
        }
    }
}
