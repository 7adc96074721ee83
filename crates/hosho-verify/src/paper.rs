//! Papers are read by a process of its own, with little memory and time.
//!
//! PDFs and images are large formats, and a file that an obligee is handed may be hostile. The
//! process that takes it apart holds no key, opens no file, and cannot take more than its limits.

use std::env;
use std::io::{self, Read, Write};
use std::process::{Child, Command, Stdio};

use hosho_cli::confine::confine;
use hosho_document::{Carrier, ReadError};

use crate::run::Failure;
use crate::source::MAX_CARRIER_LEN;

/// The most bytes of memory that the reader may map.
const MEMORY: u64 = 112 * 1024 * 1024;
/// The most seconds that it may compute.
const SECONDS: u64 = 20;
/// The first of the exit codes that name a [`ReadError`], in the order of [`ReadError::ALL`].
const FIRST_ERROR: u8 = 32;

/// Returns the bytes of the certificate that a paper carries.
///
/// # Errors
/// What is wrong with the paper. One that would need more than the limits is too large.
pub(crate) fn read(carrier: Carrier, bytes: Vec<u8>) -> Result<Vec<u8>, ReadError> {
    let damaged = match carrier {
        Carrier::Pdf => ReadError::Pdf,
        Carrier::Jpeg | Carrier::Png => ReadError::Image,
    };
    let mut reader = start().map_err(|_| damaged)?;
    if let Some(mut input) = reader.stdin.take() {
        // A reader that fell over its limits does not take everything; its exit code tells.
        let _ended = input.write_all(&bytes);
    }
    drop(bytes);
    let mut found = Vec::new();
    if let Some(output) = reader.stdout.take() {
        let limit = u64::try_from(MAX_CARRIER_LEN).unwrap_or(u64::MAX);
        output.take(limit).read_to_end(&mut found).map_err(|_| damaged)?;
    }
    let code = reader.wait().map_err(|_| damaged)?.code();
    let error = code
        .and_then(|code| u8::try_from(code).ok()?.checked_sub(FIRST_ERROR))
        .and_then(|place| ReadError::ALL.get(usize::from(place)).copied());
    match (code, error) {
        (Some(0), _) => Ok(found),
        (_, Some(error)) => Err(error),
        _ => Err(ReadError::TooLarge),
    }
}

fn start() -> io::Result<Child> {
    Command::new(env::current_exe()?)
        .arg("read-paper")
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
}

/// Reads a paper from standard input and writes the certificate to standard output; the exit code
/// tells what is wrong.
pub(crate) fn serve() -> Result<u8, Failure> {
    confine(MEMORY, SECONDS)?;
    let mut bytes = Vec::new();
    let limit = u64::try_from(Carrier::MAX_LEN).unwrap_or(u64::MAX).saturating_add(1);
    io::stdin().lock().take(limit).read_to_end(&mut bytes)?;
    let found = Carrier::of(&bytes).ok_or(ReadError::Nothing).and_then(|it| it.read(&bytes));
    match found {
        Ok(certificate) => {
            let mut output = io::stdout().lock();
            output.write_all(&certificate)?;
            output.flush()?;
            Ok(0)
        }
        Err(error) => {
            let place = ReadError::ALL.iter().position(|other| *other == error);
            let place = place.and_then(|place| u8::try_from(place).ok()).unwrap_or_default();
            Ok(FIRST_ERROR.saturating_add(place))
        }
    }
}
