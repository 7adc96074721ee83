//! A second high-water mark, kept apart from the home: whoever puts back an old copy of the whole
//! home does not put that one back.

use std::path::{Path, PathBuf};

use super::high_water::HighWater;
use super::record::Tip;
use crate::failure::{Damage, Failure};

/// The mark that is kept apart, as it was found.
#[derive(Clone, Debug)]
pub(super) struct Apart {
    path: PathBuf,
    found: Option<HighWater>,
}

impl Apart {
    /// Looks at the mark; one that cannot be read is reported by [`Apart::check`].
    pub(super) fn find(path: &Path) -> Self {
        Self { path: path.to_owned(), found: HighWater::read_from(path).ok() }
    }

    /// Returns the mark if the journal, which has come to `tip`, is another one than it has seen.
    pub(super) fn contradicts(&self, count: u64, tip: Tip) -> Option<HighWater> {
        self.found.filter(|mark| mark.count == count && mark.tip != tip)
    }

    /// Refuses a journal that has not come as far as the mark, and a mark that is not there. Returns
    /// how far the mark has come.
    pub(super) fn check(&self, count: u64) -> Result<u64, Failure> {
        let mark = HighWater::read_from(&self.path).map_err(|failure| match failure {
            Failure::Damaged { damage: Damage::Missing, file } => Failure::ApartMissing { file },
            other => other,
        })?;
        if mark.count > count {
            return Err(Failure::RolledBack { high_water: mark.count, journal: count });
        }
        Ok(mark.count)
    }

    /// Lets the mark follow.
    pub(super) fn raise(&self, mark: HighWater) -> Result<(), Failure> {
        mark.write_to(&self.path)
    }
}
