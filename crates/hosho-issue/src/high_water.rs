//! `high-water`: a second high-water mark, on another medium than the home.

use std::path::{Path, PathBuf};

use hosho::UnixTime;
use hosho_cli::output::OutputError;

use crate::event::Watch;
use crate::failure::Failure;
use crate::home::{Home, Patience};
use crate::journal::Access;
use crate::objection::Objection;

/// What `high-water` is asked to do.
#[derive(Clone, Debug)]
pub struct HighWaterOrder {
    /// The guarantor's home.
    pub home: PathBuf,
    /// Where the second mark goes, outside the home; the file must not exist.
    pub apart: PathBuf,
    /// What became of the one that was kept before.
    pub before: MarkBefore,
    /// The clock.
    pub now: UnixTime,
    /// How long to wait for another command.
    pub patience: Patience,
}

/// What became of the mark that was kept apart before.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MarkBefore {
    /// There is none, or it is where it was, and is compared.
    Compared,
    /// It is lost: a person has compared the last hash.
    Lost,
}

/// Keeps a second high-water mark from here on, and returns how many records it stands for.
///
/// # Errors
/// [`Failure`]; then the mark that was kept before is the one that counts.
pub fn keep_apart(order: &HighWaterOrder, watch: &mut Watch<'_>) -> Result<u64, Failure> {
    let access = match order.before {
        MarkBefore::Compared => Access::Append,
        MarkBefore::Lost => Access::WithoutApart,
    };
    let mut home = Home::open(&order.home, access, order.patience, watch)?;
    let path = place(&home, &order.apart)?;
    home.journal.keep_apart(&path, order.now, watch)?;
    Ok(home.journal.count())
}

/// Returns the whole path, which leads there from any folder, and refuses one inside the home.
fn place(home: &Home, apart: &Path) -> Result<PathBuf, Failure> {
    let name = apart.file_name().ok_or_else(|| Failure::output(apart, OutputError::Name))?;
    let above = match apart.parent() {
        Some(above) if !above.as_os_str().is_empty() => above,
        _ => Path::new("."),
    };
    let real = |path: &Path| std::fs::canonicalize(path).map_err(|e| Failure::io(path, e));
    let folder = real(above)?;
    if folder.starts_with(real(home.path())?) {
        return Err(Failure::objected_at(apart, Objection::InsideHome));
    }
    Ok(folder.join(name))
}
