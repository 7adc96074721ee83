//! The high-water mark: how far the journal has come, kept in a file of its own.

use std::ffi::OsStr;
use std::path::Path;

use hosho_cli::input::read_own;
use hosho_cli::output::{Folder, Mode, replace};

use super::record::Tip;
use super::spelled::Spelled;
use crate::failure::{Damage, Failure};

const NAME: &str = "high-water";
// Twenty digits, a blank, 64 digits, a line end.
const MAX_LEN: usize = 86;

/// How far the journal has come: a journal that does not hold this record is an old copy.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct HighWater {
    pub(crate) count: u64,
    pub(crate) tip: Tip,
}

impl HighWater {
    /// Reads the mark of a home.
    pub(crate) fn read(home: &Path) -> Result<Self, Failure> {
        Self::read_from(&home.join(NAME))
    }

    /// Reads a mark that is kept apart.
    pub(super) fn read_from(path: &Path) -> Result<Self, Failure> {
        let bytes = read_own(path, MAX_LEN).map_err(|e| Failure::own(path, e))?;
        Self::parse(&bytes).ok_or_else(|| Failure::damaged(path, Damage::Form))
    }

    /// Writes a mark that is kept apart, and returns once it is on the disk.
    pub(super) fn write_to(self, path: &Path) -> Result<(), Failure> {
        replace(path, self.to_line().as_bytes(), Mode::Secret).map_err(|e| Failure::output(path, e))
    }

    pub(crate) fn write(self, folder: &Folder, home: &Path) -> Result<(), Failure> {
        folder
            .replace(OsStr::new(NAME), self.to_line().as_bytes(), Mode::Secret)
            .and_then(|()| folder.sync())
            .map_err(|e| Failure::output(&home.join(NAME), e))
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let line = std::str::from_utf8(bytes).ok()?;
        let (count, tip) = line.strip_suffix('\n')?.split_once(' ')?;
        let mark = Self { count: count.parse().ok()?, tip: Tip(Spelled::read(tip)?) };
        (mark.to_line() == line).then_some(mark)
    }

    fn to_line(self) -> String {
        format!("{} {}\n", self.count, self.tip.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_back_the_line_it_wrote() {
        let mark = HighWater { count: u64::MAX, tip: Tip::START };
        assert_eq!(mark.to_line().len(), MAX_LEN);
        assert_eq!(HighWater::parse(mark.to_line().as_bytes()), Some(mark));
    }

    #[test]
    fn refuses_other_spellings() {
        let line = HighWater { count: 7, tip: Tip::START }.to_line();
        for other in [format!("0{line}"), format!("+{line}"), line.trim_end().to_owned()] {
            assert_eq!(HighWater::parse(other.as_bytes()), None, "{other:?}");
        }
    }
}
