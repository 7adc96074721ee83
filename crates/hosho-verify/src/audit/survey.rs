//! A look at the inputs before they are read: how much there is, and whether it is the same as
//! when an interrupted run began.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use hosho::Fingerprint;
use hosho_cli::input;

use super::walk::{Complaints, Walk};
use crate::run::Context;

/// The most bytes of a file whose contents are compared: more than the largest status snapshot.
const MAX_COMPARED_LEN: usize = 5 << 20;

/// How much there is to read, and its identity.
#[derive(Debug)]
pub(super) struct Survey {
    pub(super) bytes: u64,
    /// Over the place, size and time of change of every file, in order.
    pub(super) identity: Fingerprint,
}

/// Looks at every file below the paths without opening it.
pub(super) fn survey(paths: &[PathBuf], context: Context) -> Survey {
    let (mut bytes, mut identity) = (0_u64, Fingerprint::of(b"hosho audit inputs"));
    for file in Walk::new(paths, Complaints::Silent, context) {
        let facts = facts(&file.path).filter(|_| !file.special);
        bytes = bytes.saturating_add(facts.map_or(0, |(size, _, _)| size));
        identity = with_facts(identity, &file.path, facts);
    }
    Survey { bytes, identity }
}

/// The identity of small public files, and of those directly in folders, by their contents.
pub(super) fn contents(paths: &[PathBuf], context: Context) -> Fingerprint {
    let mut identity = Fingerprint::of(b"hosho audit evidence");
    let files = Walk::new(paths, Complaints::Silent, context).filter(|file| !file.special);
    for file in files {
        identity = match input::read_bounded(&file.path, MAX_COMPARED_LEN) {
            Ok(bytes) => joined(identity, &[Fingerprint::of(&bytes).as_bytes()]),
            Err(_) => with_facts(identity, &file.path, facts(&file.path)),
        };
    }
    identity
}

/// The identity of a file by its place, size and time of change: for secrets, which are not even
/// hashed, and for large files.
pub(super) fn place(path: &Path) -> Fingerprint {
    with_facts(Fingerprint::of(b"hosho audit file"), path, facts(path))
}

type Facts = Option<(u64, i64, i64)>;

fn facts(path: &Path) -> Facts {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.len(), metadata.mtime(), metadata.mtime_nsec()))
}

fn with_facts(identity: Fingerprint, path: &Path, facts: Facts) -> Fingerprint {
    let (size, seconds, nanoseconds) = facts.unwrap_or((u64::MAX, 0, 0));
    let parts: [&[u8]; 4] = [
        path.as_os_str().as_bytes(),
        &size.to_be_bytes(),
        &seconds.to_be_bytes(),
        &nanoseconds.to_be_bytes(),
    ];
    joined(identity, &parts)
}

/// Hashes the parts behind what was hashed before, each led by its length.
pub(super) fn joined(before: Fingerprint, parts: &[&[u8]]) -> Fingerprint {
    let mut bytes = before.as_bytes().to_vec();
    for part in parts {
        bytes.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    Fingerprint::of(&bytes)
}

#[cfg(test)]
mod tests {
    use hosho_cli::lang::Lang;

    use super::*;

    const CONTEXT: Context = Context::of(Lang::En);

    #[test]
    fn the_identity_follows_names_sizes_and_times() {
        let folder = tempfile::tempdir().unwrap();
        let paths = [folder.path().to_owned()];
        let file = folder.path().join("a");
        fs::write(&file, b"123").unwrap();
        let first = survey(&paths, CONTEXT);
        assert_eq!(first.bytes, 3);
        assert_eq!(survey(&paths, CONTEXT).identity, first.identity);
        let time = fs::metadata(&file).unwrap().modified().unwrap();
        fs::write(&file, b"1234").unwrap();
        let opened = fs::File::options().write(true).open(&file).unwrap();
        opened.set_modified(time).unwrap();
        let longer = survey(&paths, CONTEXT);
        assert_ne!(longer.identity, first.identity);
        opened.set_modified(time + std::time::Duration::from_nanos(1)).unwrap();
        assert_ne!(survey(&paths, CONTEXT).identity, longer.identity);
        fs::rename(&file, folder.path().join("b")).unwrap();
        assert_ne!(survey(&paths, CONTEXT).identity, first.identity);
    }

    #[test]
    fn evidence_is_compared_by_its_contents() {
        let folder = tempfile::tempdir().unwrap();
        let paths = [folder.path().join("a")];
        fs::write(&paths[0], b"123").unwrap();
        let first = contents(&paths, CONTEXT);
        fs::write(&paths[0], b"124").unwrap();
        assert_ne!(contents(&paths, CONTEXT), first);
        fs::write(&paths[0], b"123").unwrap();
        assert_eq!(contents(&paths, CONTEXT), first);
    }
}
