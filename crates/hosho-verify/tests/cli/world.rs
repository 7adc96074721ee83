//! The sample guarantees as an obligee and an auditor get them, from the fixtures.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use hosho::UnixTime;
use hosho_request::Request;
use tempfile::TempDir;

/// The time of the snapshot, and of asking.
pub(crate) const NOW: &str = "2026-11-22T03:04:05Z";

pub(crate) fn time(text: &str) -> UnixTime {
    UnixTime::parse(text).unwrap()
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// Reads a fixture, such as `bundles/2.trust`.
pub(crate) fn fixture(path: &str) -> Vec<u8> {
    fs::read(fixtures().join(path)).unwrap()
}

/// The number of the sample `name`.
pub(crate) fn number(name: &str) -> String {
    let path = root().join("samples/requests").join(format!("{name}.json"));
    Request::parse(&fs::read(path).unwrap()).unwrap().number.to_string()
}

/// The files of the guarantor `g-mirai`, read once for all tests.
static MIRAI: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| {
    let entries = fs::read_dir(fixtures().join("mirai")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.map(|name| (name.clone(), fixture(&format!("mirai/{name}")))).collect()
});

/// The files of `g-mirai` in a folder of one test's own.
pub(crate) struct World {
    folder: TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        let world = Self { folder: tempfile::tempdir().unwrap() };
        for (name, bytes) in &*MIRAI {
            world.write(name, bytes);
        }
        world
    }

    /// Copies a fixture into the folder, under its own name.
    pub(crate) fn add(&self, path: &str) -> PathBuf {
        let name = path.rsplit('/').next().unwrap();
        self.write(name, &fixture(path))
    }

    /// Reads a file of the folder.
    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// The certificate of the sample `name`, signed.
    pub(crate) fn signed(&self, name: &str) -> Vec<u8> {
        self.read(&format!("{name}.hosho"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }
}
