//! The journal: an append-only file of records, each chained to the one before by a hash.
//!
//! A line is the SHA-256 of everything up to it, a blank, and one JSON object. The high-water mark,
//! a file of its own, follows after each write and before anything is done that the record
//! announces. So records up to the mark must be there and unharmed, or an old copy was put back;
//! whatever lies beyond the mark announced nothing that was done, and an unfinished end there is
//! cut off (docs/home.md).

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use hosho::UnixTime;
use hosho_cli::input::open_regular;
use hosho_cli::output::{Folder, Mode, OutputError};
use rustix::fs::OFlags;

use crate::event::{Event, Notice, Watch};
use crate::failure::{Damage, Failure};

mod apart;
mod high_water;
mod ledger;
mod record;
mod rekeyed;
mod reviewed;
pub(crate) mod spelled;
mod succession;

use apart::Apart;
pub(crate) use high_water::HighWater;
pub(crate) use ledger::{Chain, Ledger, Lists, OpenDraft, Stage, Step};
pub(crate) use record::{Bundle, Effect, Entry, Init, Intent, Record, Signed, Snapshot, Tip};
pub(crate) use rekeyed::{HandedOut, Master};
pub(crate) use reviewed::{Noted, Reviewed};
pub(crate) use succession::{Draft, Exported, Made, Proved, Withdrawn, role_word};

/// The journal's name in the home.
pub(crate) const NAME: &str = "journal";

// A trust bundle of 65 536 bytes is 87 384 in base64, a to-be-signed certificate of 4 096 is 5 464;
// the rest of a record is far below what is left.
const MAX_LINE: u64 = 128 * 1024;

/// What may be done with the journal.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Access {
    /// Records are added, and an unfinished end is cut off.
    Append,
    /// Nothing is changed.
    Read,
    /// As to append, but the mark that is kept apart is lost and not looked at.
    WithoutApart,
}

/// The journal, read and checked to its end.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
    folder: Folder,
    home: PathBuf,
    path: PathBuf,
    length: u64,
    count: u64,
    tip: Tip,
    last: Option<UnixTime>,
    apart: Option<Apart>,
    ledger: Ledger,
}

impl Journal {
    /// Reads and checks the journal of a home.
    pub(crate) fn open(
        home: &Path,
        access: Access,
        watch: &mut Watch<'_>,
    ) -> Result<Self, Failure> {
        let path = home.join(NAME);
        let folder = Folder::open(home).map_err(|e| Failure::output(home, e))?;
        let mark = HighWater::read(home)?;
        let file = match access {
            Access::Read => {
                open_regular(&path, OFlags::NOFOLLOW).map_err(|e| Failure::own(&path, e))?
            }
            Access::Append | Access::WithoutApart => open_to_append(&path)?,
        };
        let mut journal = Self {
            file,
            folder,
            home: home.to_owned(),
            path,
            length: 0,
            count: 0,
            tip: Tip::START,
            last: None,
            apart: None,
            ledger: Ledger::default(),
        };
        journal.read_all(&mark, access)?;
        journal.ledger.read_open().ok_or_else(|| journal.damaged(journal.count))?;
        let apart = journal.apart.take().filter(|_| access != Access::WithoutApart);
        let seen = apart.as_ref().map(|apart| apart.check(journal.count)).transpose()?;
        journal.apart = apart;
        journal.mend(access, watch)?;
        if access != Access::Read && mark.count.min(seen.unwrap_or(u64::MAX)) < journal.count {
            journal.raise()?;
        }
        Ok(journal)
    }

    /// Tells of a home whose old copy nobody would notice.
    pub(crate) fn notice_mark(&self, watch: &mut Watch<'_>) -> Result<(), Failure> {
        if self.apart.is_none() { watch.notice(Notice::NoMarkApart) } else { Ok(()) }
    }

    /// Keeps a second high-water mark at `path` from here on, apart from the home.
    ///
    /// The mark is there before the record that asks for it.
    pub(crate) fn keep_apart(
        &mut self,
        path: &Path,
        at: UnixTime,
        watch: &mut Watch<'_>,
    ) -> Result<(), Failure> {
        self.check_clock(at)?;
        let text = path.to_str().ok_or_else(|| Failure::output(path, OutputError::Name))?;
        let mark = HighWater { count: self.count, tip: self.tip };
        // What a call left that was interrupted here may be there; anything else is left alone.
        if crate::issue::is_there(path) && HighWater::read_from(path).ok() != Some(mark) {
            return Err(Failure::output(path, OutputError::Exists));
        }
        mark.write_to(path)?;
        let record = Record::Apart(record::Apart { path: text.to_owned() });
        self.append(at, vec![record], watch)?;
        self.apart = Some(Apart::find(path));
        self.raise()
    }

    /// Writes the first records of a home that is being made.
    pub(crate) fn create(home: &Path, at: UnixTime, records: Vec<Record>) -> Result<(), Failure> {
        let folder = Folder::open(home).map_err(|e| Failure::output(home, e))?;
        let path = home.join(NAME);
        let mut text = String::new();
        let (mut tip, mut count) = (Tip::START, 0);
        for record in records {
            count += 1;
            let (line, next) = write_line(&Entry { sequence: count, at, record }, tip, &path)?;
            text.push_str(&line);
            tip = next;
        }
        folder
            .write_new(OsStr::new(NAME), text.as_bytes(), Mode::Secret)
            .map_err(|e| Failure::output(&path, e))?;
        HighWater { count, tip }.write(&folder, home)
    }

    /// Adds records and returns once they and the high-water mark are on the disk.
    ///
    /// They are all there or none: a failed write is taken back, and one that a crash cut short
    /// lies beyond the high-water mark.
    pub(crate) fn append(
        &mut self,
        at: UnixTime,
        records: Vec<Record>,
        watch: &mut Watch<'_>,
    ) -> Result<(), Failure> {
        self.check_clock(at)?;
        let added = records.len();
        let mut text = String::new();
        let (mut tip, mut count) = (self.tip, self.count);
        let mut entries = Vec::with_capacity(added);
        for record in records {
            count += 1;
            let entry = Entry { sequence: count, at, record };
            let (line, next) = write_line(&entry, tip, &self.path)?;
            text.push_str(&line);
            tip = next;
            entries.push(entry);
        }
        if let Err(error) =
            self.file.write_all(text.as_bytes()).and_then(|()| self.file.sync_data())
        {
            let _unfinished = self.file.set_len(self.length);
            return Err(Failure::io(&self.path, error));
        }
        watch.tell(&Event::Appended { count: added })?;
        self.length += u64::try_from(text.len()).unwrap_or(u64::MAX);
        (self.tip, self.count, self.last) = (tip, count, Some(at));
        self.raise()?;
        for entry in &entries {
            self.ledger.apply(entry).ok_or_else(|| self.damaged(entry.sequence))?;
        }
        self.ledger.read_open().ok_or_else(|| self.damaged(self.count))?;
        watch.tell(&Event::Raised)
    }

    /// Refuses a clock behind the last record (spec 6.2).
    pub(crate) fn check_clock(&self, now: UnixTime) -> Result<(), Failure> {
        match self.last {
            Some(last) if now < last => Err(Failure::ClockBehind { last, now }),
            _ => Ok(()),
        }
    }

    /// Returns what the records say in sum.
    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Returns how many bytes its file has, with an unfinished end.
    pub(crate) fn file_length(&self) -> Result<u64, Failure> {
        Ok(self.file.metadata().map_err(|e| Failure::io(&self.path, e))?.len())
    }

    /// Returns the number of records.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Returns the hash of the last record, which stands for the whole journal.
    pub(crate) fn tip(&self) -> Tip {
        self.tip
    }

    fn read_all(&mut self, mark: &HighWater, access: Access) -> Result<(), Failure> {
        let mut reader =
            BufReader::new(self.file.try_clone().map_err(|e| Failure::io(&self.path, e))?);
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = (&mut reader).take(MAX_LINE).read_until(b'\n', &mut line);
            let read = read.map_err(|e| Failure::io(&self.path, e))?;
            let Some((entry, tip)) =
                line.strip_suffix(b"\n").and_then(|body| Entry::from_line(body, self.tip))
            else {
                break;
            };
            self.accept(&entry)?;
            self.tip = tip;
            self.length += u64::try_from(read).unwrap_or(u64::MAX);
            if self.count == mark.count && self.tip != mark.tip {
                return Err(self.rolled_back(mark));
            }
            if let Record::Apart(kept) = &entry.record {
                self.apart = Some(Apart::find(Path::new(&kept.path)));
            }
            let apart = self.apart.as_ref().filter(|_| access != Access::WithoutApart);
            if let Some(other) = apart.and_then(|apart| apart.contradicts(self.count, self.tip)) {
                return Err(self.rolled_back(&other));
            }
        }
        if self.count >= mark.count {
            return Ok(());
        }
        // Records that once were there are not. If there is more to read, it is damage; else the
        // journal is an old copy.
        if line.is_empty() {
            Err(self.rolled_back(mark))
        } else {
            Err(self.damaged(self.count + 1))
        }
    }

    fn accept(&mut self, entry: &Entry) -> Result<(), Failure> {
        let next = self.count + 1;
        let falls = self.last.is_some_and(|last| entry.at < last);
        if entry.sequence != next || falls || self.ledger.apply(entry).is_none() {
            return Err(self.damaged(next));
        }
        (self.count, self.last) = (next, Some(entry.at));
        Ok(())
    }

    fn mend(&mut self, access: Access, watch: &mut Watch<'_>) -> Result<(), Failure> {
        let size = self.file.metadata().map_err(|e| Failure::io(&self.path, e))?.len();
        let bytes = size.saturating_sub(self.length);
        if bytes == 0 {
            return Ok(());
        }
        if access == Access::Read {
            return watch.notice(Notice::TailIgnored { bytes });
        }
        self.file
            .set_len(self.length)
            .and_then(|()| self.file.sync_all())
            .and_then(|()| self.file.seek(std::io::SeekFrom::End(0)))
            .map_err(|e| Failure::io(&self.path, e))?;
        watch.notice(Notice::TailCut { bytes })
    }

    fn raise(&self) -> Result<(), Failure> {
        let mark = HighWater { count: self.count, tip: self.tip };
        mark.write(&self.folder, &self.home)?;
        self.apart.iter().try_for_each(|apart| apart.raise(mark))
    }

    fn damaged(&self, sequence: u64) -> Failure {
        Failure::damaged(&self.path, Damage::Record { sequence })
    }

    fn rolled_back(&self, mark: &HighWater) -> Failure {
        Failure::RolledBack { high_water: mark.count, journal: self.count }
    }
}

fn open_to_append(path: &Path) -> Result<File, Failure> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let flags = i32::try_from(flags.bits()).unwrap_or_default();
    // Opened for reading first, so that a link, a pipe or a directory is named as such.
    open_regular(path, OFlags::NOFOLLOW).map_err(|e| Failure::own(path, e))?;
    OpenOptions::new()
        .read(true)
        .append(true)
        .custom_flags(flags)
        .open(path)
        .map_err(|e| Failure::io(path, e))
}

fn write_line(entry: &Entry, before: Tip, path: &Path) -> Result<(String, Tip), Failure> {
    entry.to_line(before).map_err(|e| Failure::io(path, e.into()))
}
