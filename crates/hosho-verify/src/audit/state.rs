//! What an interrupted run leaves to the next: a file to which a line is added for everything
//! that was looked at.
//!
//! ```text
//! hosho-audit-state-1 HASH {"now":…,"on":…,"values":{…}}
//! HASH {"records":[…]}
//! ```
//!
//! Each HASH covers its line and all lines before it. What follows the first line whose hash is
//! wrong (a crash may leave half a line) is cut off and looked at again. The hash finds accidents;
//! against whoever may write the file, keep it as safe as the report.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use hosho::{Date, Fingerprint, UnixTime};
use hosho_cli::input::InputError;
use hosho_cli::path::shown;
use rustix::fs::{CWD, FileType, Mode, OFlags, fstat, openat};
use serde::{Deserialize, Serialize};

use super::record::Entry;
use super::survey::joined;
use crate::check::Moment;
use crate::hex::{hex, unhex};
use crate::messages::fill;
use crate::run::{Context, Failure};
use crate::source;

const MAGIC: &str = "hosho-audit-state-1 ";

/// The most bytes of a line: a small archive with as many certificates as fit into it.
const MAX_LINE_LEN: u64 = 64 << 20;

/// How long lines may wait until they are brought to the disk.
const SYNC_AFTER: Duration = Duration::from_secs(2);

/// Hexadecimal digits of a hash.
const HASH_DIGITS: usize = 32;

/// What a run was asked to do. A later run goes on only if it is asked the same.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Options {
    pub(super) now: Option<u64>,
    pub(super) on: Option<String>,
    /// For each option its value or the identity of the files that it names.
    pub(super) values: BTreeMap<String, String>,
}

/// The file, open for more lines.
#[derive(Debug)]
pub(super) struct State {
    path: PathBuf,
    file: File,
    hash: Fingerprint,
    synced: Instant,
}

/// A file whose first line was read: what it was begun with, and the lines after it.
#[derive(Debug)]
pub(super) struct Begun {
    pub(super) moment: Moment,
    state: State,
    options: Options,
    end: u64,
}

impl Begun {
    /// Opens the file of an earlier run; nothing if there is none yet.
    pub(super) fn open(path: &Path, context: Context) -> Result<Option<Self>, Failure> {
        let unread = |error: InputError| {
            let message = source::unread(&error, context.lang);
            Failure::usage(error.code(), format!("{}: {message}", shown(path)))
        };
        let refused = |message: &str| Err(refusal(path, message));
        let text = &context.text().audit;
        let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let mut file = match openat(CWD, path, flags, Mode::empty()) {
            Ok(descriptor) => File::from(descriptor),
            Err(rustix::io::Errno::NOENT) => return Ok(None),
            Err(errno) => return Err(unread(InputError::Io(errno.into()))),
        };
        let stat = fstat(&file).map_err(|errno| unread(InputError::Io(errno.into())))?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return refused(text.state_foreign);
        }
        if file.try_lock().is_err() {
            return refused(text.state_locked);
        }
        let mut line = Vec::new();
        let limit = 1 << 20;
        BufReader::new((&file).take(limit))
            .read_until(b'\n', &mut line)
            .map_err(|error| unread(InputError::Io(error)))?;
        let Some((options, hash)) = first_line(&line) else {
            // A crash at the very beginning; anything else is somebody's own file.
            let half = !line.ends_with(b"\n")
                && (MAGIC.as_bytes().starts_with(&line) || line.starts_with(MAGIC.as_bytes()));
            if !half {
                return refused(text.state_foreign);
            }
            file.set_len(0).map_err(|error| unread(InputError::Io(error)))?;
            drop(file);
            std::fs::remove_file(path).map_err(|error| unread(InputError::Io(error)))?;
            return Ok(None);
        };
        let Some(moment) = moment(&options) else { return refused(text.state_foreign) };
        let end = u64::try_from(line.len()).unwrap_or(u64::MAX);
        file.seek(SeekFrom::Start(end)).map_err(|error| unread(InputError::Io(error)))?;
        let state = State { path: path.to_owned(), file, hash, synced: Instant::now() };
        Ok(Some(Self { moment, state, options, end }))
    }

    /// Hands every line to `take`, cuts off what a crash has left behind them, and goes on if
    /// the run is asked the same as the one that began. Returns how many lines there were.
    pub(super) fn resume(
        self,
        options: &Options,
        context: Context,
        mut take: impl FnMut(Entry) -> Result<(), Failure>,
    ) -> Result<(State, u64), Failure> {
        let Self { mut state, options: begun, mut end, .. } = self;
        if let Some(name) = changed(&begun, options) {
            let message = fill(context.text().audit.state_other, &[&name]);
            return Err(refusal(&state.path, &message));
        }
        let mut reader = BufReader::with_capacity(1 << 16, state.file.try_clone()?);
        let (mut line, mut count) = (Vec::new(), 0_u64);
        loop {
            line.clear();
            let length = reader.by_ref().take(MAX_LINE_LEN).read_until(b'\n', &mut line)?;
            let Some((entry, hash)) = read_line(state.hash, &line) else { break };
            take(entry)?;
            state.hash = hash;
            end = end.saturating_add(u64::try_from(length).unwrap_or(0));
            count = count.saturating_add(1);
        }
        state.file.set_len(end)?;
        state.file.seek(SeekFrom::Start(end))?;
        Ok((state, count))
    }
}

impl State {
    /// Begins a new file.
    pub(super) fn begin(path: &Path, options: &Options, context: Context) -> Result<Self, Failure> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let file = openat(CWD, path, flags, Mode::RUSR | Mode::WUSR).map_err(|errno| {
            let error = InputError::Io(errno.into());
            let message =
                fill(context.text().audit.state_no_place, &[&error.message(context.lang)]);
            Failure::usage(error.code(), format!("{}: {message}", shown(path)))
        })?;
        let file = File::from(file);
        if file.try_lock().is_err() {
            return Err(refusal(path, context.text().audit.state_locked));
        }
        let json = serde_json::to_string(options).unwrap_or_default();
        let hash = hashed(Fingerprint::of(MAGIC.as_bytes()), json.as_bytes());
        let mut state = Self { path: path.to_owned(), file, hash, synced: Instant::now() };
        writeln!(state.file, "{MAGIC}{} {json}", digits(hash)).map_err(|e| unwritten(path, &e))?;
        state.sync()?;
        Ok(state)
    }

    /// Adds lines; they are on the disk soon.
    pub(super) fn add(&mut self, entries: &[Entry]) -> Result<(), Failure> {
        let mut lines = Vec::new();
        for entry in entries {
            let json = serde_json::to_vec(entry).map_err(std::io::Error::other)?;
            self.hash = hashed(self.hash, &json);
            lines.extend_from_slice(digits(self.hash).as_bytes());
            lines.push(b' ');
            lines.extend_from_slice(&json);
            lines.push(b'\n');
        }
        self.file.write_all(&lines).map_err(|error| unwritten(&self.path, &error))?;
        if self.synced.elapsed() >= SYNC_AFTER {
            self.sync()?;
        }
        Ok(())
    }

    /// Brings all lines to the disk.
    pub(super) fn sync(&mut self) -> Result<(), Failure> {
        self.file.sync_data().map_err(|error| unwritten(&self.path, &error))?;
        self.synced = Instant::now();
        Ok(())
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// Names the file, which a full disk does not.
fn unwritten(path: &Path, error: &std::io::Error) -> Failure {
    std::io::Error::new(error.kind(), format!("{}: {error}", shown(path))).into()
}

fn refusal(path: &Path, message: &str) -> Failure {
    Failure::usage("E1-STATE", format!("{}: {message}", shown(path)))
}

/// The first option that is another now. A moment that is not asked for is that of the beginning.
fn changed(begun: &Options, now: &Options) -> Option<String> {
    if now.now.is_some() && now.now != begun.now {
        return Some("--now".to_owned());
    }
    if now.on.is_some() && now.on != begun.on {
        return Some("--on".to_owned());
    }
    let names = begun.values.keys().chain(now.values.keys());
    names.into_iter().find(|name| begun.values.get(*name) != now.values.get(*name)).cloned()
}

fn moment(options: &Options) -> Option<Moment> {
    let now = UnixTime::from_seconds(options.now?).ok()?;
    Some(Moment { on: Date::parse(options.on.as_deref()?).ok()?, now })
}

fn first_line(line: &[u8]) -> Option<(Options, Fingerprint)> {
    let text = std::str::from_utf8(line).ok()?.strip_suffix('\n')?.strip_prefix(MAGIC)?;
    let (found, json) = text.split_once(' ')?;
    let hash = hashed(Fingerprint::of(MAGIC.as_bytes()), json.as_bytes());
    (found == digits(hash)).then_some(())?;
    Some((serde_json::from_str(json).ok()?, hash))
}

fn read_line(before: Fingerprint, line: &[u8]) -> Option<(Entry, Fingerprint)> {
    let (found, rest) = line.strip_suffix(b"\n")?.split_at_checked(HASH_DIGITS)?;
    let json = rest.strip_prefix(b" ")?;
    let hash = hashed(before, json);
    let half = hash.as_bytes().get(..HASH_DIGITS / 2)?;
    (unhex(std::str::from_utf8(found).ok()?)? == half).then_some(())?;
    Some((serde_json::from_slice(json).ok()?, hash))
}

fn hashed(before: Fingerprint, json: &[u8]) -> Fingerprint {
    joined(before, &[json])
}

fn digits(hash: Fingerprint) -> String {
    hex(hash.as_bytes().get(..HASH_DIGITS / 2).unwrap_or_default())
}

#[cfg(test)]
mod tests;
