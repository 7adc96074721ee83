//! A file that is written bit by bit and appears under its name only when it is whole.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::fd::AsRawFd;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, OFlags, linkat, openat, statat, unlinkat};
use rustix::io::Errno;

use super::{Folder, Mode, OutputError, check_name, draft_name, lacks_nameless_files, split};

/// A new file under construction.
///
/// Nothing has its name before [`Growing::finish`]; one that is dropped, or whose program is
/// killed, leaves nothing behind (on a file system without nameless files a killed program leaves
/// a draft).
#[derive(Debug)]
pub struct Growing {
    folder: Folder,
    name: OsString,
    writer: BufWriter<File>,
    /// The name that it has until then, where files without a name do not exist.
    draft: Option<String>,
}

impl Growing {
    /// Begins a new file; one that exists is left alone.
    ///
    /// # Errors
    /// [`OutputError::Exists`] when anything of that name is there, even a dangling link.
    pub fn create(path: &Path, mode: Mode) -> Result<Self, OutputError> {
        let (folder, name) = split(path)?;
        check_name(name)?;
        let folder = Folder::open(folder)?;
        match statat(&folder.descriptor, name, AtFlags::SYMLINK_NOFOLLOW) {
            Err(Errno::NOENT) => {}
            Ok(_) => return Err(OutputError::Exists),
            Err(errno) => return Err(errno.into()),
        }
        let (file, draft) = open_draft(&folder, mode)?;
        Ok(Self { folder, name: name.to_owned(), writer: BufWriter::new(file), draft })
    }

    /// Gives the file its name and returns once it is on the disk.
    ///
    /// # Errors
    /// [`OutputError::Exists`] when something took the name meanwhile.
    pub fn finish(mut self) -> Result<(), OutputError> {
        self.writer.flush().map_err(OutputError::Io)?;
        self.writer.get_ref().sync_all().map_err(OutputError::Io)?;
        if let Some(draft) = &self.draft {
            self.folder.publish(draft, &self.name)?;
            self.draft = None;
        } else {
            let origin = format!("/proc/self/fd/{}", self.writer.get_ref().as_raw_fd());
            let flags = AtFlags::SYMLINK_FOLLOW;
            linkat(CWD, origin, &self.folder.descriptor, &self.name, flags)?;
        }
        self.folder.sync()
    }
}

impl Write for Growing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl Drop for Growing {
    fn drop(&mut self) {
        if let Some(draft) = &self.draft {
            // Half a file must not be taken for a whole one; nothing more can be done.
            let _gone = unlinkat(&self.folder.descriptor, draft, AtFlags::empty());
        }
    }
}

fn open_draft(folder: &Folder, mode: Mode) -> Result<(File, Option<String>), OutputError> {
    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    match openat(&folder.descriptor, ".", flags, mode.of_file()) {
        Ok(descriptor) => return Ok((File::from(descriptor), None)),
        Err(errno) if lacks_nameless_files(&errno.into()) => {}
        Err(errno) => return Err(errno.into()),
    }
    let draft = draft_name()?;
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::WRONLY | OFlags::CLOEXEC;
    let descriptor = openat(&folder.descriptor, &draft, flags, mode.of_file())?;
    Ok((File::from(descriptor), Some(draft)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(result: Result<(), OutputError>) -> Result<(), &'static str> {
        result.map_err(|error| error.code())
    }

    #[test]
    fn appears_when_it_is_whole_and_not_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.csv");
        let mut file = Growing::create(&path, Mode::Public).unwrap();
        file.write_all(b"a,b\r\n").unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        assert_eq!(code(file.finish()), Ok(()));
        assert_eq!(std::fs::read(&path).unwrap(), b"a,b\r\n");
    }

    #[test]
    fn leaves_nothing_behind_when_it_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = Growing::create(&folder.path().join("f"), Mode::Secret).unwrap();
        file.write_all(&vec![7; 100_000]).unwrap();
        drop(file);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn replaces_nothing_that_is_there_or_comes_meanwhile() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        let early = Growing::create(&path, Mode::Public).unwrap();
        std::fs::write(&path, b"mine").unwrap();
        assert_eq!(code(Growing::create(&path, Mode::Public).map(drop)), Err("E1-EXISTS"));
        assert_eq!(code(early.finish()), Err("E1-EXISTS"));
        assert_eq!(std::fs::read(&path).unwrap(), b"mine");
    }

    #[test]
    fn needs_a_folder_and_a_name() {
        let folder = tempfile::tempdir().unwrap();
        let absent = folder.path().join("none/f");
        assert_eq!(code(Growing::create(&absent, Mode::Public).map(drop)), Err("E1-IO"));
        let nameless = folder.path().join("..");
        assert_eq!(code(Growing::create(&nameless, Mode::Public).map(drop)), Err("E1-NOT-A-FILE"));
    }
}
