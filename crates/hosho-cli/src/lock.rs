//! One program at a time: a lock file beside what it protects.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags, open};

use crate::lang::Lang;

/// How long to wait between two tries.
const PAUSE: Duration = Duration::from_millis(20);

/// A lock that is held until it is dropped, or the program ends in whatever way.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Why a lock is not held.
#[derive(Debug)]
#[non_exhaustive]
pub enum LockError {
    /// Another program held it all the time.
    Busy,
    /// The system refused to open or lock the file.
    Io(io::Error),
}

impl LockError {
    /// Returns the code to report.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Busy => "E1-BUSY",
            Self::Io(_) => "E1-IO",
        }
    }

    /// Returns what happened and the next step, in the user's language.
    pub fn message(&self, lang: Lang) -> String {
        match self {
            Self::Busy => lang
                .pick(
                    "別のプログラムが使用中です。終わってからもう一度実行してください",
                    "another program is using it; run the command again when that has ended",
                )
                .to_owned(),
            Self::Io(error) => format!(
                "{}: {error}{}",
                lang.pick("ロックできません", "cannot be locked"),
                lang.pick("。書き込み権限を確かめてください", "; check who may write there")
            ),
        }
    }
}

impl std::fmt::Display for LockError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message(Lang::En))
    }
}

impl std::error::Error for LockError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Busy => None,
            Self::Io(error) => Some(error),
        }
    }
}

/// Locks the file `path`, which is made if it is missing and stays afterwards, empty.
///
/// # Errors
/// [`LockError::Busy`] when another program holds it for longer than `patience`.
pub fn hold(path: &Path, patience: Duration) -> Result<Lock, LockError> {
    let flags = OFlags::CREATE | OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mode = Mode::from_raw_mode(0o600);
    let file = File::from(open(path, flags, mode).map_err(|errno| LockError::Io(errno.into()))?);
    let started = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Lock { _file: file }),
            Err(TryLockError::Error(error)) => return Err(LockError::Io(error)),
            Err(TryLockError::WouldBlock) if started.elapsed() < patience => sleep(PAUSE),
            Err(TryLockError::WouldBlock) => return Err(LockError::Busy),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_held_once_and_free_again_when_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seen.lock");
        let held = hold(&path, Duration::ZERO).unwrap();
        assert_eq!(hold(&path, Duration::ZERO).unwrap_err().code(), "E1-BUSY");
        drop(held);
        assert!(hold(&path, Duration::ZERO).is_ok());
    }

    #[test]
    fn a_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seen.lock");
        std::os::unix::fs::symlink(folder.path().join("other"), &path).unwrap();
        assert_eq!(hold(&path, Duration::ZERO).unwrap_err().code(), "E1-IO");
        assert!(!folder.path().join("other").exists());
    }
}
