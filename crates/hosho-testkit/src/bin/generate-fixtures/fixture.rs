//! A file of the fixtures.

use std::fs;
use std::io;
use std::path::Path;

/// One file: where it lies below the folder of fixtures, and what it holds.
pub(crate) struct Fixture {
    pub(crate) path: String,
    bytes: Vec<u8>,
}

impl Fixture {
    pub(crate) fn new(path: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { path: path.into(), bytes: bytes.into() }
    }

    /// Writes the file, and the folder that it lies in.
    pub(crate) fn write_below(&self, folder: &Path) -> io::Result<()> {
        let path = folder.join(&self.path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, &self.bytes)
    }
}
