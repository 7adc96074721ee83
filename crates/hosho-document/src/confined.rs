//! Papers are read by a process of its own, with little memory and time.
//!
//! PDFs and images are large formats, and a file that an obligee is handed may be hostile. The
//! process that takes it apart holds no key, opens no file, and cannot take more than its limits. It
//! is ended when its time is over, whatever it does.

use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use hosho_cli::confine::{Limits, allows, computed, confine};
use hosho_cli::lang::Lang;

use crate::read::{Carrier, Handed, ReadError};

/// The most bytes that the reader may have found.
const MAX_FOUND: usize = 64 * 1024;
/// What the reader may take.
const LIMITS: Limits = Limits { memory: 112 * 1024 * 1024, seconds: 20 };
/// How long the reader computes before it begins no other picture.
const SEARCH: Duration = Duration::from_secs(14);
/// After which time the reader is ended, also on a machine with much to do.
const PATIENCE: Duration = Duration::from_mins(1);
/// What the reader says first, once its limits hold.
const READY: u8 = b'r';
/// The first of the exit codes that name a [`ReadError`], in the order of [`ReadError::ALL`].
const FIRST_ERROR: u8 = 32;

/// What is looked for on a paper.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Wanted {
    /// The certificate that it carries.
    Certificate,
    /// That, or number and auth key of a notice.
    Handed,
}

impl Wanted {
    /// Returns the word on the command line of the reader.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Certificate => "read-paper",
            Self::Handed => "read-handed",
        }
    }
}

/// What the reader found is a certificate.
const CERTIFICATE: u8 = b'c';
/// What the reader found is the text of a notice.
const NOTICE: u8 = b'n';

/// Why nothing could be had from a paper.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PaperError {
    /// The reader fell over limits of this system that are lower than its own.
    Confined,
    /// The reader took more than a paper of ours needs.
    Limits,
    /// The reader did not start.
    NoReader,
    /// What is wrong with the paper.
    Read(ReadError),
}

impl PaperError {
    /// Returns the code of what failed.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Confined | Self::NoReader => "E1-READER",
            Self::Limits => "E1-TOO-LARGE",
            Self::Read(error) => error.code(),
        }
    }

    /// Returns what happened and the next step.
    pub const fn message(self, lang: Lang) -> &'static str {
        match self {
            Self::Confined => lang.pick(
                "この環境の制限(ulimit など)のため、読み取りに要る 112 MiB のメモリか 20 秒の計算時間を使えません。制限を緩めて、もう一度実行してください",
                "limits of this system (such as ulimit) leave less than the 112 MiB of memory and 20 seconds that reading takes; raise them, and run this again",
            ),
            Self::Limits => lang.pick(
                "読み取りに、この種の書面としては多すぎるメモリか時間がかかります。受け取った元のファイルを指定してください",
                "reading it takes more memory or time than one of these papers can; name the file as you received it",
            ),
            Self::NoReader => lang.pick(
                "読み取りのプロセスを起動できません。このプログラムを入れ直したか、プロセス数やメモリの制限がないか確かめてください",
                "the process that reads papers could not be started; check whether this program was replaced meanwhile, and the limits on processes and memory",
            ),
            Self::Read(error) => error.message(lang),
        }
    }
}

/// Returns the bytes of the certificate that a paper carries, read by `program`.
///
/// The program is one of ours, whose command of the name [`Wanted::word`] calls [`serve_reader`].
///
/// # Errors
/// What is wrong with the paper, or with the reader.
pub fn read_paper(program: &Path, bytes: Vec<u8>) -> Result<Vec<u8>, PaperError> {
    let (_, found) = read(program, Wanted::Certificate, bytes)?;
    Ok(found)
}

/// Returns what a paper that was handed in carries, read by `program` as [`read_paper`] does.
///
/// # Errors
/// What is wrong with the paper, or with the reader.
pub fn read_handed(program: &Path, bytes: Vec<u8>) -> Result<Handed, PaperError> {
    match read(program, Wanted::Handed, bytes)? {
        (NOTICE, text) => {
            let text = String::from_utf8(text).map_err(|_| PaperError::NoReader)?;
            Ok(Handed::Notice(text.into()))
        }
        (_, certificate) => Ok(Handed::Certificate(certificate)),
    }
}

/// Returns what the reader found, and its kind.
fn read(program: &Path, wanted: Wanted, bytes: Vec<u8>) -> Result<(u8, Vec<u8>), PaperError> {
    let mut reader = Command::new(program);
    reader.arg(wanted.word()).env_clear();
    let heard = ask(reader, bytes, PATIENCE).map_err(|_| PaperError::NoReader)?;
    let error = heard
        .code
        .and_then(|code| u8::try_from(code).ok()?.checked_sub(FIRST_ERROR))
        .and_then(|place| ReadError::ALL.get(usize::from(place)).copied());
    match (heard.told.split_first(), heard.code, error) {
        (Some((&READY, [kind, found @ ..])), Some(0), _) => Ok((*kind, found.to_vec())),
        (Some((&READY, _)), _, Some(error)) => Err(PaperError::Read(error)),
        _ if !allows(LIMITS) => Err(PaperError::Confined),
        (Some((&READY, _)), _, _) => Err(PaperError::Limits),
        _ if heard.late => Err(PaperError::Limits),
        _ => Err(PaperError::NoReader),
    }
}

/// What came of a reader.
#[derive(Debug, Eq, PartialEq)]
struct Heard {
    told: Vec<u8>,
    /// Its exit code, if it ended by itself.
    code: Option<i32>,
    /// Whether its time was over.
    late: bool,
}

/// Gives `bytes` to a program and takes what it writes, until it ends or its time is over.
fn ask(mut program: Command, bytes: Vec<u8>, patience: Duration) -> io::Result<Heard> {
    program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut reader = program.spawn()?;
    let until = Instant::now() + patience;
    let heard = converse(&mut reader, bytes, patience);
    let status = end(&mut reader, if heard.is_ok() { until } else { Instant::now() })?;
    let told = heard?;
    let late = told.is_none();
    Ok(Heard { told: told.unwrap_or_default(), code: status.code(), late })
}

/// Waits for a reader that is done, and ends it when its time is over.
fn end(reader: &mut Child, until: Instant) -> io::Result<ExitStatus> {
    loop {
        if let Some(status) = reader.try_wait()? {
            return Ok(status);
        }
        if Instant::now() >= until {
            reader.kill()?;
            return reader.wait();
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// Returns what the reader writes; nothing if it is not done in time.
fn converse(reader: &mut Child, bytes: Vec<u8>, patience: Duration) -> io::Result<Option<Vec<u8>>> {
    let (Some(mut input), Some(output)) = (reader.stdin.take(), reader.stdout.take()) else {
        return Ok(None);
    };
    let (tell, told) = mpsc::channel();
    // Both end when the pipes do, at the latest with the reader.
    thread::Builder::new().spawn(move || {
        // A reader that fell over its limits does not take everything; its exit code tells.
        let _ended = input.write_all(&bytes);
    })?;
    thread::Builder::new().spawn(move || {
        let mut found = Vec::new();
        let limit = u64::try_from(MAX_FOUND).unwrap_or(u64::MAX);
        let _ended = output.take(limit).read_to_end(&mut found);
        let _nobody = tell.send(found);
    })?;
    Ok(told.recv_timeout(patience).ok())
}

/// Reads a paper from standard input within limits and writes what it found to standard output: the
/// part of the reader, which is a process of its own. Returns its exit code, which tells what is
/// wrong.
///
/// # Errors
/// When a limit cannot be set, or input and output fail.
pub fn serve_reader(wanted: Wanted) -> io::Result<u8> {
    confine(LIMITS)?;
    let mut output = io::stdout().lock();
    output.write_all(&[READY])?;
    output.flush()?;
    let mut bytes = Vec::new();
    let limit = u64::try_from(Carrier::MAX_LEN).unwrap_or(u64::MAX).saturating_add(1);
    io::stdin().lock().take(limit).read_to_end(&mut bytes)?;
    let is_time_left = || computed() < SEARCH;
    let carrier = Carrier::of(&bytes).ok_or(ReadError::Nothing);
    let found = carrier.and_then(|carrier| match wanted {
        Wanted::Certificate => carrier.read(&bytes, &is_time_left).map(Handed::Certificate),
        Wanted::Handed => carrier.read_handed(&bytes, &is_time_left),
    });
    let (kind, found) = match &found {
        Ok(Handed::Certificate(certificate)) => (CERTIFICATE, certificate.as_slice()),
        Ok(Handed::Notice(text)) => (NOTICE, text.as_bytes()),
        Err(error) => {
            let place = ReadError::ALL.iter().position(|other| other == error);
            let place = place.and_then(|place| u8::try_from(place).ok()).unwrap_or_default();
            return Ok(FIRST_ERROR.saturating_add(place));
        }
    };
    output.write_all(&[kind])?;
    output.write_all(found)?;
    output.flush()?;
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(program: &str, argument: &str) -> Command {
        let mut command = Command::new(program);
        command.arg(argument);
        command
    }

    #[test]
    fn a_reader_that_does_not_answer_is_ended() {
        let begun = Instant::now();
        let heard = ask(command("sleep", "600"), vec![0; 1 << 20], Duration::from_millis(50));
        assert_eq!(heard.unwrap(), Heard { told: Vec::new(), code: None, late: true });
        assert!(begun.elapsed() < Duration::from_mins(5));
    }

    #[test]
    fn what_a_reader_says_and_its_exit_code_are_heard() {
        let heard = ask(command("cat", "-"), b"r123".to_vec(), PATIENCE).unwrap();
        assert_eq!(heard, Heard { told: b"r123".to_vec(), code: Some(0), late: false });
    }

    #[test]
    fn every_error_of_a_paper_has_an_exit_code() {
        assert!(usize::from(FIRST_ERROR) + ReadError::ALL.len() < 128);
    }
}
