//! Which files an audit looks at.

use std::fs;
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
}

/// All files to look at, and whether a folder could not be read.
#[derive(Debug, Default)]
pub(super) struct Walk {
    pub(super) files: Vec<Walked>,
    pub(super) failed: bool,
}

/// Lists the regular files below the paths in a fixed order. Symbolic links inside folders are
/// not followed, so no loop and no way out of the folder exists.
pub(super) fn walk(paths: &[PathBuf], context: Context) -> Walk {
    let mut walk = Walk::default();
    for path in paths {
        if path.is_dir() {
            walk.folder(path, 0, context);
        } else {
            walk.files.push(Walked { path: path.clone(), named: true });
        }
    }
    walk
}

impl Walk {
    fn folder(&mut self, folder: &Path, depth: usize, context: Context) {
        if depth > MAX_DEPTH {
            complain(folder, "E1-IO", context.text().audit.too_deep);
            self.failed = true;
            return;
        }
        let mut entries = match entries(folder) {
            Ok(entries) => entries,
            Err(error) => {
                let phrase = context.text().audit.folder_unreadable;
                complain(folder, "E1-IO", &fill(phrase, &[&error.to_string()]));
                self.failed = true;
                return;
            }
        };
        entries.sort();
        for (path, is_folder) in entries {
            if is_folder {
                self.folder(&path, depth.saturating_add(1), context);
            } else {
                self.files.push(Walked { path, named: false });
            }
        }
    }
}

/// The folders and regular files of a folder.
fn entries(folder: &Path) -> std::io::Result<Vec<(PathBuf, bool)>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() || kind.is_file() {
            entries.push((entry.path(), kind.is_dir()));
        }
    }
    Ok(entries)
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
        for name in ["c", "a", "b/z", "b/y"] {
            fs::write(root.join(name), b"").unwrap();
        }
        std::os::unix::fs::symlink(root, root.join("b/loop")).unwrap();
        std::os::unix::fs::symlink(root.join("a"), root.join("link")).unwrap();
        let walk = walk(&[root.to_path_buf()], Context { lang: Lang::En });
        let names: Vec<_> =
            walk.files.iter().map(|file| file.path.strip_prefix(root).unwrap()).collect();
        assert_eq!(names, ["a", "b/y", "b/z", "c"].map(Path::new));
        assert!(!walk.failed);
    }
}
