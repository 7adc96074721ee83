//! From the inputs to what is looked at one by one.

use std::cell::Cell;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::rc::Rc;

use hosho_cli::input;
use rustix::fs::OFlags;

use super::archive::{Archive, Member};
use super::walk::{Walk, Walked};
use crate::source::MAX_CARRIER_LEN;

/// One thing to look at, and how many bytes of the inputs it took to get to it.
#[derive(Debug)]
pub(super) struct Unit {
    pub(super) item: Item,
    pub(super) bytes: u64,
}

#[derive(Debug)]
pub(super) enum Item {
    /// A file that is still to be read.
    File(Walked),
    /// A member of the archive at the place.
    Member { archive: String, member: Member },
}

/// Everything to look at, in the order of the inputs.
pub(super) struct Feed<'p> {
    walk: Walk<'p>,
    archive: Option<Open>,
}

/// An archive that is being read.
struct Open {
    place: String,
    members: Archive<'static>,
    read: Rc<Cell<u64>>,
    told: u64,
}

impl Unit {
    /// How many bytes it holds in memory.
    pub(super) fn held(&self) -> usize {
        match &self.item {
            Item::File(_) => 0,
            Item::Member { member, .. } => member.content.as_ref().map_or(0, Vec::len),
        }
    }
}

impl<'p> Feed<'p> {
    pub(super) const fn new(walk: Walk<'p>) -> Self {
        Self { walk, archive: None }
    }

    /// Whether a folder so far could not be read.
    pub(super) const fn failed(&self) -> bool {
        self.walk.failed()
    }
}

impl Iterator for Feed<'_> {
    type Item = Unit;

    fn next(&mut self) -> Option<Unit> {
        loop {
            if let Some(open) = &mut self.archive {
                if let Some(unit) = open.next() {
                    return Some(unit);
                }
                self.archive = None;
            }
            let file = self.walk.next()?;
            if file.special {
                return Some(Unit { item: Item::File(file), bytes: 0 });
            }
            let length = fs::metadata(&file.path).map_or(0, |metadata| metadata.len());
            match archive(&file.path, length) {
                Some(open) => self.archive = Some(open),
                None => return Some(Unit { item: Item::File(file), bytes: length }),
            }
        }
    }
}

impl Open {
    fn next(&mut self) -> Option<Unit> {
        let member = self.members.next()?;
        let bytes = self.read.get().saturating_sub(self.told);
        self.told = self.read.get();
        Some(Unit { item: Item::Member { archive: self.place.clone(), member }, bytes })
    }
}

/// An archive that has to be read as a stream: larger than any carrier, or behind gzip. A small
/// one is read as a whole, where it is looked at.
fn archive(path: &Path, length: u64) -> Option<Open> {
    let large = usize::try_from(length).map_or(true, |length| length > MAX_CARRIER_LEN);
    let gzip = path.extension().is_some_and(|extension| {
        ["gz", "tgz"].iter().any(|name| extension.eq_ignore_ascii_case(name))
    });
    if !large && !gzip {
        return None;
    }
    let file = input::open_regular(path, OFlags::empty()).ok()?;
    let read = Rc::new(Cell::new(0));
    // What cannot be read here is told where files are looked at.
    let members = Archive::open(Counted { file, read: Rc::clone(&read) }).ok()??;
    Some(Open { place: path.to_string_lossy().into_owned(), members, read, told: 0 })
}

/// A file that counts how much of it was read.
struct Counted {
    file: File,
    read: Rc<Cell<u64>>,
}

impl Read for Counted {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(to)?;
        self.read.set(self.read.get().saturating_add(u64::try_from(count).unwrap_or(0)));
        Ok(count)
    }
}
