//! From columns to domain values: what no constructor takes is damage.

use hosho::{Date, GuaranteeKind, GuaranteeNumber, Revision, Serial, UnixTime, Yen};
use sqlx::Row as _;
use sqlx::any::AnyRow;

use crate::error::StoreError;

const fn damaged(what: &'static str) -> StoreError {
    StoreError::Damaged { what }
}

pub(super) fn time(row: &AnyRow, column: &'static str) -> Result<UnixTime, StoreError> {
    let seconds = unsigned(row, column)?;
    UnixTime::from_seconds(seconds).map_err(|_| damaged(column))
}

pub(super) fn unsigned(row: &AnyRow, column: &'static str) -> Result<u64, StoreError> {
    u64::try_from(row.try_get::<i64, _>(column)?).map_err(|_| damaged(column))
}

pub(super) fn number(
    row: &AnyRow,
    column: &'static str,
) -> Result<GuaranteeNumber<'static>, StoreError> {
    let text: String = row.try_get(column)?;
    GuaranteeNumber::parse(text).map_err(|_| damaged(column))
}

pub(super) fn revision(row: &AnyRow, column: &'static str) -> Result<Revision, StoreError> {
    let number = u16::try_from(unsigned(row, column)?).map_err(|_| damaged(column))?;
    Revision::new(number).map_err(|_| damaged(column))
}

pub(super) fn serial(row: &AnyRow, column: &'static str) -> Result<Serial, StoreError> {
    let number = u32::try_from(unsigned(row, column)?).map_err(|_| damaged(column))?;
    Serial::new(number).map_err(|_| damaged(column))
}

pub(super) fn yen(row: &AnyRow, column: &'static str) -> Result<Yen, StoreError> {
    Yen::new(unsigned(row, column)?).map_err(|_| damaged(column))
}

pub(super) fn day(days: i64) -> Result<Date, StoreError> {
    let days = u32::try_from(days).map_err(|_| damaged("day"))?;
    Date::from_days(days).map_err(|_| damaged("day"))
}

/// Reads a word with `parse`, which knows all of them.
pub(super) fn word<T>(
    row: &AnyRow,
    column: &'static str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, StoreError> {
    parse(&row.try_get::<String, _>(column)?).ok_or(damaged(column))
}

/// Reads an id with `from_row`.
pub(super) fn id<T>(
    row: &AnyRow,
    column: &'static str,
    from_row: impl Fn(i64) -> Option<T>,
) -> Result<T, StoreError> {
    from_row(row.try_get(column)?).ok_or(damaged(column))
}

pub(super) fn kind(row: &AnyRow, column: &'static str) -> Result<GuaranteeKind, StoreError> {
    word(row, column, parse_kind)
}

pub(super) const fn kind_word(kind: GuaranteeKind) -> &'static str {
    match kind {
        GuaranteeKind::Advance => "advance",
        GuaranteeKind::Interim => "interim",
        GuaranteeKind::Performance => "performance",
    }
}

fn parse_kind(word: &str) -> Option<GuaranteeKind> {
    [GuaranteeKind::Advance, GuaranteeKind::Interim, GuaranteeKind::Performance]
        .into_iter()
        .find(|kind| kind_word(*kind) == word)
}

/// Rule ids stand in one column, with blanks between.
pub(super) fn words(row: &AnyRow, column: &'static str) -> Result<Vec<String>, StoreError> {
    let text: String = row.try_get(column)?;
    Ok(text.split_ascii_whitespace().map(str::to_owned).collect())
}
