//! Writing files that are whole or not there, and that never replace anything unasked.
//!
//! A file appears under its name only after its bytes are on the disk. A new one is first written
//! without a name (`O_TMPFILE`), so that even a killed program leaves nothing behind. One that
//! replaces another, and any on a file system that has no files without a name, is first written as
//! a draft, `.hosho-….tmp` with a random number. A program that is killed leaves its draft behind;
//! whoever owns a folder alone calls [`Folder::remove_drafts`].

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Dir, FileType, OFlags, RenameFlags};
use rustix::fs::{
    fstat, fsync, linkat, mkdirat, openat, renameat, renameat_with, statat, unlinkat,
};
use rustix::io::Errno;

use crate::lang::Lang;

mod growing;

pub use growing::Growing;

/// Who may read a new file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mode {
    /// Everyone: 0644, less what the umask takes.
    Public,
    /// The owner only: 0600, and 0700 for a folder.
    Secret,
}

impl Mode {
    fn of_file(self) -> rustix::fs::Mode {
        rustix::fs::Mode::from_raw_mode(match self {
            Self::Public => 0o644,
            Self::Secret => 0o600,
        })
    }

    fn of_folder(self) -> rustix::fs::Mode {
        rustix::fs::Mode::from_raw_mode(match self {
            Self::Public => 0o755,
            Self::Secret => 0o700,
        })
    }
}

/// Why an output could not be written.
#[derive(Debug)]
#[non_exhaustive]
pub enum OutputError {
    /// Something of that name exists and is left alone.
    Exists,
    /// The medium cannot keep a file for its owner only, as FAT cannot; no secret was written.
    Exposed,
    /// The system refused to write it.
    Io(io::Error),
    /// The path does not end in a file's name.
    Name,
    /// What should be replaced is a directory, a link, a pipe, a device or a socket.
    NotAFile,
}

impl OutputError {
    /// Returns the code to report.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Exists => "E1-EXISTS",
            // Only a guarantor's home has secrets to write.
            Self::Exposed => "E9-MEDIUM",
            Self::Io(_) => "E1-IO",
            Self::Name | Self::NotAFile => "E1-NOT-A-FILE",
        }
    }

    /// Returns what happened and the next step, in the user's language.
    pub fn message(&self, lang: Lang) -> String {
        match (self, lang) {
            (Self::Exists, Lang::En) => {
                "exists already and is left alone; choose another place or move it away".to_owned()
            }
            (Self::Exists, Lang::Ja) => {
                "既に存在するため書き込みません。別の場所を指定するか、移動してください".to_owned()
            }
            (Self::Exposed, Lang::En) => {
                "lies on a medium that cannot keep a file for its owner only (FAT, exFAT); no \
                 secret was written there. Name a place on a medium formatted with ext4 or \
                 another system that keeps permissions"
                    .to_owned()
            }
            (Self::Exposed, Lang::Ja) => {
                "所有者だけが読めるファイルを置けない媒体(FAT、exFAT 等)の上です。秘密は書き込んで\
                 いません。ext4 など、アクセス権を保てる形式の媒体を指定してください"
                    .to_owned()
            }
            (Self::Io(e), lang) => {
                let (what, next) = (lang.pick("書き込めません", "cannot be written"), io_advice(e, lang));
                format!("{what}: {e}{}{next}", lang.pick("。", "; "))
            }
            (Self::Name, Lang::En) => "does not end in the name of a file; name one".to_owned(),
            (Self::Name, Lang::Ja) => {
                "ファイル名で終わっていません。ファイル名を指定してください".to_owned()
            }
            (Self::NotAFile, Lang::En) => {
                "is not a regular file (a directory, link, pipe, device or socket) and is not \
                 replaced; name another file"
                    .to_owned()
            }
            (Self::NotAFile, Lang::Ja) => {
                "通常のファイルではない(ディレクトリ、リンク、パイプ、デバイス等)ため置き換えません。\
                 別のファイル名を指定してください"
                    .to_owned()
            }
        }
    }
}

impl std::fmt::Display for OutputError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message(Lang::En))
    }
}

impl std::error::Error for OutputError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(e) => Some(e),
            _ => None,
        }
    }
}

impl From<Errno> for OutputError {
    fn from(errno: Errno) -> Self {
        match errno {
            Errno::EXIST => Self::Exists,
            other => Self::Io(other.into()),
        }
    }
}

/// Whether a file had to be written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Written {
    /// It was there with the same bytes.
    Before,
    /// It is new.
    Now,
}

/// A folder held open, so that nobody exchanges it between two writes.
#[derive(Debug)]
pub struct Folder {
    descriptor: OwnedFd,
}

impl Folder {
    /// Opens an existing folder.
    ///
    /// # Errors
    /// [`OutputError::Io`] when it is missing or is no folder.
    pub fn open(path: &Path) -> Result<Self, OutputError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let descriptor = openat(CWD, path, flags, rustix::fs::Mode::empty())?;
        Ok(Self { descriptor })
    }

    /// Checks that the medium keeps a file for its owner only, with an empty one that goes again.
    ///
    /// # Errors
    /// [`OutputError::Exposed`], or [`OutputError::Io`] when no file can be made there.
    pub fn check_private(&self) -> Result<(), OutputError> {
        match self.open_nameless(Mode::Secret) {
            Ok(file) => return check_kept(&file, Mode::Secret),
            Err(e) if lacks_nameless_files(&e) => {}
            Err(e) => return Err(OutputError::Io(e)),
        }
        let (draft, file) = self.make_draft(Mode::Secret)?;
        let checked = check_kept(&file, Mode::Secret);
        unlinkat(&self.descriptor, &draft, AtFlags::empty())?;
        checked
    }

    /// Writes a new file, all of it or nothing; [`Folder::sync`] makes its name last.
    ///
    /// # Errors
    /// [`OutputError::Exists`] when anything of that name is there, even a dangling link;
    /// [`OutputError::Exposed`] before a secret is written where others could read it.
    pub fn write_new(&self, name: &OsStr, bytes: &[u8], mode: Mode) -> Result<(), OutputError> {
        check_name(name)?;
        match self.write_nameless(name, bytes, mode) {
            Err(OutputError::Io(e)) if lacks_nameless_files(&e) => {}
            other => return other,
        }
        if mode == Mode::Secret {
            self.check_private()?;
        }
        let draft = self.write_draft(bytes, mode)?;
        let result = self.publish(&draft, name);
        self.clear(result, &draft)
    }

    /// Writes a file that must hold these public bytes: a file that has them already is left alone.
    ///
    /// # Errors
    /// [`OutputError::Exists`] when it is there with other bytes, or is no regular file.
    pub fn write_same(&self, name: &OsStr, bytes: &[u8]) -> Result<Written, OutputError> {
        match self.write_new(name, bytes, Mode::Public) {
            Ok(()) => Ok(Written::Now),
            Err(OutputError::Exists) if self.holds(name, bytes)? => Ok(Written::Before),
            Err(e) => Err(e),
        }
    }

    /// Writes a file in place of one that may be there; readers see the old one or the new one.
    ///
    /// # Errors
    /// [`OutputError::Io`]; the old file is then untouched.
    pub fn replace(&self, name: &OsStr, bytes: &[u8], mode: Mode) -> Result<(), OutputError> {
        check_name(name)?;
        let draft = self.write_draft(bytes, mode)?;
        let result = renameat(&self.descriptor, &draft, &self.descriptor, name);
        self.clear(result.map_err(OutputError::from), &draft)
    }

    /// Removes the drafts that killed programs left in the folder, and returns how many.
    ///
    /// Only for a folder in which no other program writes at this time: its draft would go too.
    ///
    /// # Errors
    /// [`OutputError::Io`] when the folder cannot be read or a draft not be removed.
    pub fn remove_drafts(&self) -> Result<usize, OutputError> {
        let mut drafts = Vec::new();
        for entry in Dir::read_from(&self.descriptor)? {
            let entry = entry?;
            if is_draft(entry.file_name().to_bytes()) {
                drafts.push(entry.file_name().to_owned());
            }
        }
        let mut removed = 0;
        for draft in drafts {
            let stat = statat(&self.descriptor, &draft, AtFlags::SYMLINK_NOFOLLOW)?;
            if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile {
                unlinkat(&self.descriptor, &draft, AtFlags::empty())?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    /// Returns once the names of all files written so far are on the disk.
    ///
    /// # Errors
    /// [`OutputError::Io`].
    pub fn sync(&self) -> Result<(), OutputError> {
        Ok(fsync(&self.descriptor)?)
    }

    /// Opens a file that has no name, so that nothing of it stays if the program is killed.
    fn open_nameless(&self, mode: Mode) -> io::Result<File> {
        let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
        Ok(File::from(openat(&self.descriptor, ".", flags, mode.of_file())?))
    }

    fn write_nameless(&self, name: &OsStr, bytes: &[u8], mode: Mode) -> Result<(), OutputError> {
        let file = self.open_nameless(mode).map_err(OutputError::Io)?;
        check_kept(&file, mode)?;
        fill(&file, bytes)?;
        let origin = format!("/proc/self/fd/{}", file.as_raw_fd());
        let flags = AtFlags::SYMLINK_FOLLOW;
        Ok(linkat(CWD, origin, &self.descriptor, name, flags)?)
    }

    fn write_draft(&self, bytes: &[u8], mode: Mode) -> Result<String, OutputError> {
        let (draft, file) = self.make_draft(mode)?;
        match fill(&file, bytes) {
            Ok(()) => Ok(draft),
            Err(e) => self.clear(Err(e), &draft).map(|()| draft),
        }
    }

    fn make_draft(&self, mode: Mode) -> Result<(String, File), OutputError> {
        let draft = draft_name()?;
        let flags =
            OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::WRONLY | OFlags::CLOEXEC;
        let file = File::from(openat(&self.descriptor, &draft, flags, mode.of_file())?);
        Ok((draft, file))
    }

    fn publish(&self, draft: &str, name: &OsStr) -> Result<(), OutputError> {
        let folder = &self.descriptor;
        match renameat_with(folder, draft, folder, name, RenameFlags::NOREPLACE) {
            // A file system without this flag has hard links, which never replace either.
            Err(Errno::INVAL | Errno::NOSYS) => {
                match linkat(folder, draft, folder, name, AtFlags::empty()) {
                    Err(Errno::PERM | Errno::OPNOTSUPP | Errno::NOSYS) => {
                        self.publish_over_own(draft, name)
                    }
                    linked => {
                        linked?;
                        Ok(unlinkat(folder, draft, AtFlags::empty())?)
                    }
                }
            }
            other => Ok(other?),
        }
    }

    /// Takes the name with an empty file of its own, which the draft then replaces: for file systems
    /// that know neither way (exFAT behind FUSE). A killed program may leave the empty file.
    fn publish_over_own(&self, draft: &str, name: &OsStr) -> Result<(), OutputError> {
        let folder = &self.descriptor;
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        drop(openat(folder, name, flags | OFlags::WRONLY, Mode::Public.of_file())?);
        Ok(renameat(folder, draft, folder, name)?)
    }

    // After a failure the draft is removed; that it may be gone already is fine.
    fn clear(&self, result: Result<(), OutputError>, draft: &str) -> Result<(), OutputError> {
        if result.is_err() {
            let _gone = unlinkat(&self.descriptor, draft, AtFlags::empty());
        }
        result
    }

    fn holds(&self, name: &OsStr, bytes: &[u8]) -> Result<bool, OutputError> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match openat(&self.descriptor, name, flags, rustix::fs::Mode::empty()) {
            Ok(descriptor) => File::from(descriptor),
            Err(Errno::LOOP | Errno::NXIO) => return Ok(false),
            Err(errno) => return Err(errno.into()),
        };
        if !file.metadata().map_err(OutputError::Io)?.is_file() {
            return Ok(false);
        }
        let most = u64::try_from(bytes.len()).unwrap_or(u64::MAX).saturating_add(1);
        let mut found = Vec::new();
        file.take(most).read_to_end(&mut found).map_err(OutputError::Io)?;
        Ok(found == bytes)
    }
}

/// Writes a new file and returns once both its bytes and its name are on the disk.
///
/// # Errors
/// [`OutputError::Exists`] when anything of that name is there, even a dangling link.
pub fn write_new(path: &Path, bytes: &[u8], mode: Mode) -> Result<(), OutputError> {
    let (folder, name) = split(path)?;
    let folder = Folder::open(folder)?;
    folder.write_new(name, bytes, mode)?;
    folder.sync()
}

/// Checks that the medium on which a file or folder is, or will be made, keeps files for their owner
/// only.
///
/// # Errors
/// [`OutputError::Exposed`], or [`OutputError::Io`] when no file can be made there.
pub fn check_private_place(path: &Path) -> Result<(), OutputError> {
    let mut folder = if path.is_dir() { path } else { parent(path) };
    while !folder.exists() {
        folder = parent(folder);
    }
    Folder::open(folder)?.check_private()
}

/// Checks that a file of this name can be written or replaced: its folder is there, and what has
/// the name already, if anything, is a regular file.
///
/// # Errors
/// [`OutputError::NotAFile`], or [`OutputError::Io`] when the folder is missing.
pub fn check_replaceable(path: &Path) -> Result<(), OutputError> {
    let (folder, name) = split(path)?;
    let folder = Folder::open(folder)?;
    match statat(&folder.descriptor, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile => Ok(()),
        Ok(_) => Err(OutputError::NotAFile),
        Err(Errno::NOENT) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

/// Writes a file in place of a regular file that may be there and returns once it is on the disk.
///
/// # Errors
/// [`OutputError::NotAFile`] when anything else has the name, even a link, and
/// [`OutputError::Io`]; what is there is then untouched.
pub fn replace(path: &Path, bytes: &[u8], mode: Mode) -> Result<(), OutputError> {
    check_replaceable(path)?;
    let (folder, name) = split(path)?;
    let folder = Folder::open(folder)?;
    folder.replace(name, bytes, mode)?;
    folder.sync()
}

/// Makes a folder, and those above it that are missing, and returns once they are on the disk.
///
/// # Errors
/// [`OutputError::Exists`] when the path is there already.
pub fn create_dir_durable(path: &Path, mode: Mode) -> Result<(), OutputError> {
    let above = parent(path);
    if !above.exists() {
        create_dir_durable(above, mode)?;
    }
    mkdirat(CWD, path, mode.of_folder())?;
    Folder::open(above)?.sync()
}

/// Returns a path beside `path` with a random name, for work that is renamed into place at its end.
///
/// # Errors
/// [`OutputError::Name`] when the path does not end in a name.
pub fn sibling(path: &Path) -> Result<PathBuf, OutputError> {
    let (folder, _) = split(path)?;
    Ok(folder.join(draft_name()?))
}

fn split(path: &Path) -> Result<(&Path, &OsStr), OutputError> {
    let name = path.file_name().ok_or(OutputError::Name)?;
    Ok((parent(path), name))
}

// The folder of a bare name is the current one.
fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn check_name(name: &OsStr) -> Result<(), OutputError> {
    let mut parts = Path::new(name).components();
    match (parts.next(), parts.next()) {
        (Some(Component::Normal(only)), None) if only == name => Ok(()),
        _ => Err(OutputError::Name),
    }
}

/// Refuses a new file that should be its owner's only and is not: the medium keeps no permissions.
fn check_kept(file: &File, mode: Mode) -> Result<(), OutputError> {
    let kept = fstat(file)?.st_mode;
    match mode {
        Mode::Secret if kept & 0o077 != 0 => Err(OutputError::Exposed),
        Mode::Secret | Mode::Public => Ok(()),
    }
}

fn fill(mut file: &File, bytes: &[u8]) -> Result<(), OutputError> {
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(OutputError::Io)
}

fn draft_name() -> Result<String, OutputError> {
    let mut random = [0; 8];
    getrandom::fill(&mut random)
        .map_err(|_| OutputError::Io(io::Error::other("the system gives no random numbers")))?;
    Ok(format!(".hosho-{:016x}.tmp", u64::from_be_bytes(random)))
}

fn is_draft(name: &[u8]) -> bool {
    let digits = name.strip_prefix(b".hosho-").and_then(|rest| rest.strip_suffix(b".tmp"));
    digits.is_some_and(|digits| {
        digits.len() == 16 && digits.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// Returns what to do about an error of the system.
fn io_advice(error: &io::Error, lang: Lang) -> &'static str {
    let (ja, en) = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => (
            "空き容量を作って、もう一度実行してください",
            "free some space and run the command again",
        ),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => (
            "フォルダを作成するか、別の場所を指定してください",
            "make the folder, or name another place",
        ),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => (
            "書き込み権限を確かめるか、別の場所を指定してください",
            "check who may write there, or name another place",
        ),
        _ => ("原因を除いて、もう一度実行してください", "put that right and run the command again"),
    };
    lang.pick(ja, en)
}

// open(2) on O_TMPFILE: EOPNOTSUPP, EISDIR and ENOENT by kernel and file system; ENOENT also from
// linkat without /proc.
fn lacks_nameless_files(error: &io::Error) -> bool {
    let errno = error.raw_os_error().map(Errno::from_raw_os_error);
    matches!(errno, Some(Errno::OPNOTSUPP | Errno::ISDIR | Errno::NOENT | Errno::INVAL))
}

#[cfg(test)]
mod tests;
