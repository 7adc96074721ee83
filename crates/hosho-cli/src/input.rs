//! Reading files and standard input that anyone may have made.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::path::Path;

use hosho::{ParseError, decode_armor, encode_armor};
use rustix::fs::{FileType, Mode, OFlags, fstat, open};
use rustix::io::Errno;
use zeroize::Zeroizing;

use crate::lang::Lang;

/// Bytes that tell what a file is.
const START: u64 = 128;

/// Why an input could not be read.
#[derive(Debug)]
#[non_exhaustive]
pub enum InputError {
    /// The system refused to open or read it.
    Io(io::Error),
    /// It is a directory, a pipe, a device or a socket.
    NotAFile,
    /// It holds more bytes than an object of its kind can have.
    TooLarge {
        /// The most bytes that would have been read.
        limit: usize,
    },
}

impl InputError {
    /// Returns the code of spec section 14.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Io(_) => "E1-IO",
            Self::NotAFile => "E1-NOT-A-FILE",
            Self::TooLarge { .. } => "E1-TOO-LARGE",
        }
    }

    /// Returns what happened and the next step, in the user's language.
    pub fn message(&self, lang: Lang) -> String {
        match (self, lang) {
            (Self::Io(e), lang) => {
                let what = lang.pick("読み取れません", "cannot be read");
                format!("{what}: {e}{}{}", lang.pick("。", "; "), io_advice(e, lang))
            }
            (Self::NotAFile, Lang::En) => {
                "is not a regular file (a directory, pipe, device or socket); name a file".to_owned()
            }
            (Self::NotAFile, Lang::Ja) => {
                "通常のファイルではありません(ディレクトリ、パイプ、デバイス等)。ファイルを指定してください".to_owned()
            }
            (Self::TooLarge { limit }, Lang::En) => {
                format!("is larger than {limit} bytes, the most that such a file can have")
            }
            (Self::TooLarge { limit }, Lang::Ja) => {
                format!("この種類のファイルの上限 {limit} バイトを超えています")
            }
        }
    }
}

impl std::fmt::Display for InputError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message(Lang::En))
    }
}

impl std::error::Error for InputError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(e) => Some(e),
            _ => None,
        }
    }
}

impl From<io::Error> for InputError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Reads a file that a user named, or standard input for `-`, up to `limit` bytes.
///
/// A symbolic link is followed. Anything but a regular file is refused after opening, so that
/// nothing can be exchanged in between, and opening never waits for the other end of a pipe. At
/// most `limit` + 1 bytes are read and held, whatever size the file claims.
///
/// # Errors
/// [`InputError`] with the code to report.
pub fn read_bounded(path: &Path, limit: usize) -> Result<Vec<u8>, InputError> {
    if path.as_os_str() == "-" {
        return read_up_to(io::stdin().lock(), limit);
    }
    read_up_to(open_regular(path, OFlags::empty())?, limit)
}

/// Reads a file that a user named, or standard input for `-`, up to a limit that follows from its
/// first 128 bytes.
///
/// As [`read_bounded`], with `limit_of` asked once.
///
/// # Errors
/// [`InputError`] with the code to report.
pub fn read_limited(
    path: &Path,
    limit_of: impl FnOnce(&[u8]) -> usize,
) -> Result<Vec<u8>, InputError> {
    if path.as_os_str() == "-" {
        return read_limited_from(io::stdin().lock(), limit_of);
    }
    read_limited_from(open_regular(path, OFlags::empty())?, limit_of)
}

fn read_limited_from(
    mut source: impl Read,
    limit_of: impl FnOnce(&[u8]) -> usize,
) -> Result<Vec<u8>, InputError> {
    let start = read_up_to(source.by_ref().take(START), usize::MAX)?;
    let limit = limit_of(&start);
    if u64::try_from(start.len()).is_ok_and(|length| length < START) {
        return if start.len() > limit { Err(InputError::TooLarge { limit }) } else { Ok(start) };
    }
    read_up_to(io::Cursor::new(start).chain(source), limit)
}

/// Reads a file that the program itself wrote: as [`read_bounded`], but a symbolic link is refused.
///
/// # Errors
/// [`InputError`] with the code to report.
pub fn read_own(path: &Path, limit: usize) -> Result<Vec<u8>, InputError> {
    read_up_to(open_regular(path, OFlags::NOFOLLOW)?, limit)
}

/// Reads a file with a secret that a user named, or standard input for `-`, up to `limit` bytes.
///
/// As [`read_bounded`], but the bytes stand in one buffer only, which does not move and is wiped when
/// dropped.
///
/// # Errors
/// [`InputError`] with the code to report.
pub fn read_secret(path: &Path, limit: usize) -> Result<Zeroizing<Vec<u8>>, InputError> {
    let file = if path.as_os_str() == "-" {
        // A descriptor of its own: the one of the standard library keeps what it read.
        File::from(io::stdin().as_fd().try_clone_to_owned()?)
    } else {
        open_regular(path, OFlags::empty())?
    };
    fill_secret(file, limit)
}

/// Opens a regular file for reading without ever waiting; `extra` flags are added.
///
/// # Errors
/// [`InputError`] with the code to report.
pub fn open_regular(path: &Path, extra: OFlags) -> Result<File, InputError> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | extra;
    let descriptor = match open(path, flags, Mode::empty()) {
        Ok(descriptor) => descriptor,
        // A symbolic link that may not be followed, and a socket.
        Err(Errno::LOOP | Errno::NXIO) => return Err(InputError::NotAFile),
        Err(errno) => return Err(InputError::Io(errno.into())),
    };
    let stat = fstat(&descriptor).map_err(io::Error::from)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(InputError::NotAFile);
    }
    Ok(File::from(descriptor))
}

/// Returns the object's bytes: armor is taken off, anything else passes unchanged.
///
/// The core accepts one spelling of armor. Mail programs and editors add a byte-order mark,
/// carriage returns and blanks, which are forgiven here (spec R-ARMOR-1).
///
/// # Errors
/// The core's error for text that starts as armor but is not.
pub fn unwrap_certificate(bytes: Vec<u8>) -> Result<Vec<u8>, ParseError> {
    match straighten(&bytes) {
        Some(text) => decode_armor(&text),
        None => Ok(bytes),
    }
}

/// Returns the armor around an object's bytes, in the one spelling that the core accepts.
pub fn wrap_certificate(bytes: &[u8]) -> String {
    encode_armor(bytes)
}

/// Returns the armor in its one spelling if the bytes look like armor at all.
fn straighten(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text).trim();
    if !text.starts_with("-----BEGIN ") {
        return None;
    }
    let mut straight = String::with_capacity(text.len());
    for line in text.lines() {
        straight.push_str(line.trim_end());
        straight.push('\n');
    }
    Some(straight)
}

fn fill_secret(mut source: impl Read, limit: usize) -> Result<Zeroizing<Vec<u8>>, InputError> {
    // One byte more than may be there, to notice it.
    let mut bytes = Zeroizing::new(vec![0; limit.saturating_add(1)]);
    let mut length = 0;
    while let Some(rest) = bytes.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match source.read(rest) {
            Ok(0) => {
                // Shorter, in the same place.
                bytes.truncate(length);
                return Ok(bytes);
            }
            Ok(count) => length += count,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) if e.kind() == io::ErrorKind::IsADirectory => return Err(InputError::NotAFile),
            Err(e) => return Err(InputError::Io(e)),
        }
    }
    Err(InputError::TooLarge { limit })
}

/// Returns what to do about an error of the system.
fn io_advice(error: &io::Error, lang: Lang) -> &'static str {
    let (ja, en) = match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            ("ファイルの名前と場所を確かめてください", "check its name and place")
        }
        io::ErrorKind::PermissionDenied => {
            ("読み取り権限を確かめてください", "check who may read it")
        }
        _ => ("原因を除いて、もう一度実行してください", "put that right and run the command again"),
    };
    lang.pick(ja, en)
}

fn read_up_to(mut source: impl Read, limit: usize) -> Result<Vec<u8>, InputError> {
    let most = limit.saturating_add(1);
    let mut bytes = Vec::new();
    let mut chunk = [0; 8192];
    while bytes.len() < most {
        let count = match source.read(&mut chunk) {
            Ok(0) => return Ok(bytes),
            Ok(count) => count,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) if e.kind() == io::ErrorKind::IsADirectory => return Err(InputError::NotAFile),
            Err(e) => return Err(InputError::Io(e)),
        };
        let wanted = count.min(most - bytes.len());
        if bytes.capacity() - bytes.len() < wanted {
            // Doubling, but never beyond what may be read at all.
            let more = bytes.len().max(chunk.len()).min(most - bytes.len());
            bytes.reserve_exact(more);
        }
        bytes.extend_from_slice(chunk.get(..wanted).unwrap_or(&chunk));
    }
    Err(InputError::TooLarge { limit })
}

#[cfg(test)]
mod tests;
