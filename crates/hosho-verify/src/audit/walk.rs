//! Which files an audit looks at, one after the other in a fixed order.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use crate::messages::fill;
use crate::run::{Context, complain};

/// Folders within folders that are followed.
const MAX_DEPTH: usize = 32;

/// A file to look at.
#[derive(Debug)]
pub(super) struct Walked {
    pub(super) path: PathBuf,
    /// Whether it was named on the command line rather than found in a folder.
    pub(super) named: bool,
    /// Whether it is a link, a pipe or another thing that is not read.
    pub(super) special: bool,
}

/// What is told about folders that cannot be read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Complaints {
    Silent,
    Told,
}

/// The files below the paths. Symbolic links inside folders are not followed, so no loop
/// and no way out of a folder exists.
#[derive(Debug)]
pub(super) struct Walk<'p> {
    paths: std::slice::Iter<'p, PathBuf>,
    folders: Vec<Listing>,
    failed: bool,
    complaints: Complaints,
    context: Context,
}

impl<'p> Walk<'p> {
    pub(super) fn new(paths: &'p [PathBuf], complaints: Complaints, context: Context) -> Self {
        Self { paths: paths.iter(), folders: Vec::new(), failed: false, complaints, context }
    }

    /// Whether a folder so far could not be read.
    pub(super) const fn failed(&self) -> bool {
        self.failed
    }

    fn enter(&mut self, folder: &Path) {
        if self.folders.len() > MAX_DEPTH {
            self.fail(folder, self.context.text().audit.too_deep);
            return;
        }
        match Listing::read(folder) {
            Ok(listing) => self.folders.push(listing),
            Err(error) => {
                let phrase = self.context.text().audit.folder_unreadable;
                self.fail(folder, &fill(phrase, &[&error.to_string()]));
            }
        }
    }

    fn fail(&mut self, folder: &Path, message: &str) {
        self.failed = true;
        if matches!(self.complaints, Complaints::Told) {
            complain(folder, "E1-IO", message);
        }
    }
}

impl Iterator for Walk<'_> {
    type Item = Walked;

    fn next(&mut self) -> Option<Walked> {
        loop {
            let Some(listing) = self.folders.last_mut() else {
                let path = self.paths.next()?;
                if path.is_dir() {
                    self.enter(path);
                    continue;
                }
                return Some(Walked { path: path.clone(), named: true, special: false });
            };
            match listing.next() {
                None => drop(self.folders.pop()),
                Some((path, Kind::Folder)) => self.enter(&path),
                Some((path, kind)) => {
                    let special = matches!(kind, Kind::Special);
                    return Some(Walked { path, named: false, special });
                }
            }
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    File,
    Folder,
    Special,
}

impl Kind {
    const fn byte(self) -> u8 {
        match self {
            Self::File => 0,
            Self::Folder => 1,
            Self::Special => 2,
        }
    }
}

/// The folders and files of one folder, in the order of their names. A folder may hold a
/// million files, so that each takes only its name and ten bytes.
#[derive(Debug)]
struct Listing {
    folder: PathBuf,
    /// For each entry its kind, the length of its name, and the name.
    names: Vec<u8>,
    /// Where in `names` entries begin, the next one last.
    order: Vec<usize>,
}

impl Listing {
    fn read(folder: &Path) -> io::Result<Self> {
        let (mut names, mut order) = (Vec::new(), Vec::new());
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            let name = entry.file_name();
            let Ok(length) = u16::try_from(name.len()) else { continue };
            order.push(names.len());
            names.push(match kind {
                kind if kind.is_dir() => Kind::Folder.byte(),
                kind if kind.is_file() => Kind::File.byte(),
                _ => Kind::Special.byte(),
            });
            names.extend_from_slice(&length.to_be_bytes());
            names.extend_from_slice(name.as_bytes());
        }
        let name = |at: &usize| name_at(&names, *at).map(|(_, name)| name);
        order.sort_unstable_by(|a, b| name(b).cmp(&name(a)));
        Ok(Self { folder: folder.to_owned(), names, order })
    }

    fn next(&mut self) -> Option<(PathBuf, Kind)> {
        let (kind, name) = name_at(&self.names, self.order.pop()?)?;
        let kind = match kind {
            kind if kind == Kind::Folder.byte() => Kind::Folder,
            kind if kind == Kind::File.byte() => Kind::File,
            _ => Kind::Special,
        };
        Some((self.folder.join(OsStr::from_bytes(name)), kind))
    }
}

/// The kind and the name of an entry.
fn name_at(names: &[u8], at: usize) -> Option<(u8, &[u8])> {
    let (kind, rest) = names.get(at..)?.split_first()?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    Some((*kind, rest.get(..usize::from(u16::from_be_bytes(*length)))?))
}

#[cfg(test)]
mod tests {
    use hosho_cli::lang::Lang;

    use super::*;

    #[test]
    fn lists_files_in_order_and_follows_no_link() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir(root.join("b")).unwrap();
        for name in ["c", "a", "b/z", "b/y", "b.1"] {
            fs::write(root.join(name), b"").unwrap();
        }
        std::os::unix::fs::symlink(root, root.join("b/loop")).unwrap();
        std::os::unix::fs::symlink(root.join("a"), root.join("link")).unwrap();
        let paths = [root.to_path_buf()];
        let mut walk = Walk::new(&paths, Complaints::Told, Context::of(Lang::En));
        let files: Vec<_> = walk.by_ref().collect();
        let name = |file: &Walked| file.path.strip_prefix(root).unwrap().to_owned();
        let names: Vec<_> = files.iter().map(name).collect();
        assert_eq!(names, ["a", "b/loop", "b/y", "b/z", "b.1", "c", "link"].map(Path::new));
        let special: Vec<_> = files.iter().map(|file| file.special).collect();
        assert_eq!(special, [false, true, false, false, false, false, true]);
        assert!(!walk.failed());
    }

    #[test]
    fn folders_beyond_the_depth_are_not_read_and_it_is_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let deep = (0..40).fold(folder.path().to_owned(), |path, _| path.join("d"));
        fs::create_dir_all(&deep).unwrap();
        fs::write(deep.join("file"), b"").unwrap();
        let paths = [folder.path().to_owned()];
        let mut walk = Walk::new(&paths, Complaints::Silent, Context::of(Lang::En));
        assert!(walk.next().is_none());
        assert!(walk.failed());
    }
}
