//! The services as processes of their own: this very program, started again in another role.
//!
//! Each holds what it holds in earnest (docs/services.md, section 1): the keys of the guarantor are
//! in the worker's process alone. A process in a role ends when the pipe to the demonstration
//! closes, so none outlives it, however that ends.

use std::ffi::OsString;
use std::io::Read as _;
use std::process::ExitCode;
use std::time::Duration;

use hosho_cli::lang::Lang;
use rustix::process::{Signal, getpid, kill_process};

/// How long a service may take to end in good order.
pub(crate) const GRACE: Duration = Duration::from_secs(8);

/// What a process of the demonstration is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Role {
    /// `hosho-confirm`.
    Confirm,
    /// The confirmation service's reader of papers, which that starts.
    Paper,
    /// `hosho-portal`.
    Portal,
    /// `hosho-issue`.
    Worker,
}

impl Role {
    /// Returns the role that a first argument names.
    fn parse(word: &str) -> Option<Self> {
        match word {
            "confirm" => Some(Self::Confirm),
            "issue" => Some(Self::Worker),
            "portal" => Some(Self::Portal),
            "read-handed" => Some(Self::Paper),
            _ => None,
        }
    }

    /// Returns the first argument that names the role.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Paper => "read-handed",
            Self::Portal => "portal",
            Self::Worker => "issue",
        }
    }

    /// Returns the program whose part the process plays.
    pub(crate) const fn program(self) -> &'static str {
        match self {
            Self::Confirm | Self::Paper => "hosho-confirm",
            Self::Portal => "hosho-portal",
            Self::Worker => "hosho-issue",
        }
    }
}

/// Plays the role that the first argument names, if it does; then returns how that ended.
pub(crate) fn play() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    let role = Role::parse(arguments.next()?.to_str()?)?;
    let mut line: Vec<OsString> = vec![role.program().into()];
    if role == Role::Paper {
        // It is started by the confirmation service and reads the paper from its standard input.
        line.push(role.word().into());
        line.extend(arguments);
        return Some(hosho_confirm::run(line));
    }
    line.extend(arguments);
    if let Err(error) = end_with_the_demonstration() {
        eprintln!("{}: {error}", role.program());
        return Some(ExitCode::FAILURE);
    }
    Some(match role {
        Role::Confirm | Role::Paper => hosho_confirm::run(line),
        Role::Portal => hosho_portal::run(line),
        Role::Worker => issue(line),
    })
}

fn issue(line: Vec<OsString>) -> ExitCode {
    let lang = Lang::from_arguments(line.iter().cloned());
    match hosho_issue::Arguments::read(line, lang) {
        Ok(arguments) => hosho_issue::program::run(arguments, lang),
        Err(error) => error.exit(),
    }
}

/// Watches the pipe on standard input: nothing is ever written to it, and it closes when the
/// demonstration lets go of it or is gone. Then this process stops as if it was told to.
fn end_with_the_demonstration() -> std::io::Result<()> {
    let watch = || {
        let mut nothing = [0; 1];
        while matches!(std::io::stdin().read(&mut nothing), Ok(read) if read > 0) {}
        let told = kill_process(getpid(), Signal::TERM);
        if told.is_ok() {
            std::thread::sleep(GRACE);
        }
        std::process::exit(1);
    };
    std::thread::Builder::new().name("watch".to_owned()).spawn(watch).map(|_| ())
}
