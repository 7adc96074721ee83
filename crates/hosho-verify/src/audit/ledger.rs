//! The obligee's ledger: a CSV file whose rows are compared with the certificates.
//!
//! The file may be large, so that only the places of its rows are held; a row is read again when
//! its certificate is found.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use csv::{ByteRecord, ReaderBuilder, StringRecord};
use csv_core::ReadRecordResult;
use hosho::{Certificate, Fingerprint, GuaranteeNumber};
use hosho_cli::input::{self, InputError};
use hosho_cli::path::shown;
use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};

use crate::messages::fill;
use crate::outcome::Outcome;
use crate::run::{Context, Failure};
use crate::source;

pub(super) mod balance;
mod columns;

use columns::Column;

/// The most bytes of a row.
const MAX_ROW_LEN: u64 = 64 * 1024;

/// A ledger whose columns are known.
#[derive(Debug)]
pub(super) struct Ledger {
    file: File,
    /// What each column holds; nothing for one that is ignored.
    columns: Vec<Option<Column>>,
    rows: Vec<Row>,
    /// The places of rows in `rows`, by `tag`.
    by_tag: Vec<u32>,
}

/// A row that was read again.
#[derive(Debug)]
struct Cells {
    text: String,
    ends: Vec<usize>,
}

impl Cells {
    fn get(&self, at: usize) -> Option<&str> {
        let before = at.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.text.get(before..*self.ends.get(at)?)
    }
}

/// Where a row stands.
#[derive(Clone, Copy, Debug)]
struct Row {
    at: u64,
    len: u32,
    /// As a spreadsheet counts: blank lines too, and the titles as one.
    number: u32,
    /// Eight bytes of a hash of its number, to find it by.
    tag: u64,
}

/// A row that is about a certificate.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Hit {
    #[serde(rename = "r")]
    pub(super) row: u32,
    #[serde(rename = "d", default, skip_serializing_if = "Vec::is_empty")]
    pub(super) differences: Vec<Difference>,
}

/// A field on which ledger and certificate differ.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Difference {
    #[serde(rename = "f")]
    pub(super) field: String,
    /// As it stands in the ledger.
    #[serde(rename = "l")]
    pub(super) ledger: String,
    /// Nothing where the certificate has no such field.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub(super) certificate: Option<String>,
}

/// Why a ledger cannot be used.
#[derive(Debug)]
enum Unusable {
    ColumnTwice(String),
    ColumnUnknown(String),
    Form { row: u32 },
    Input(InputError),
    NoNumber,
    NotUtf8 { row: u32 },
    TooLarge { row: u32 },
}

impl Ledger {
    /// Opens a ledger and finds its rows.
    pub(super) fn load(path: &Path, ignored: &[String], context: Context) -> Result<Self, Failure> {
        Self::read(path, ignored).map_err(|unusable| {
            let text = &context.text().audit;
            let at_row = |phrase: &str, row: u32| fill(phrase, &[&row.to_string()]);
            let message = match &unusable {
                Unusable::Input(error) => {
                    let message = source::unread(error, context.lang);
                    return Failure::usage(error.code(), format!("{}: {message}", shown(path)));
                }
                Unusable::ColumnTwice(name) => fill(text.ledger_column_twice, &[name]),
                Unusable::ColumnUnknown(name) => fill(text.ledger_column_unknown, &[name]),
                Unusable::NoNumber => text.ledger_no_number.to_owned(),
                Unusable::Form { row } => at_row(text.ledger_form, *row),
                Unusable::NotUtf8 { row } => at_row(text.ledger_not_utf8, *row),
                Unusable::TooLarge { row } => at_row(text.ledger_row_too_large, *row),
            };
            Failure::usage("E1-LEDGER", format!("{}: {message}", shown(path)))
        })
    }

    fn read(path: &Path, ignored: &[String]) -> Result<Self, Unusable> {
        let file = input::open_regular(path, OFlags::empty()).map_err(Unusable::Input)?;
        let again = file.try_clone().map_err(|error| Unusable::Input(InputError::Io(error)))?;
        let again = RowBound { file: BufReader::new(again), left: 0 };
        let mut reader = ReaderBuilder::new().has_headers(false).from_reader(again);
        let mut record = ByteRecord::new();
        let mut row = next_row(&file, &reader, 0)?;
        if !read_record(&mut reader, &mut record, row)? {
            return Err(Unusable::NoNumber);
        }
        let titles = StringRecord::from_byte_record(record.clone())
            .map_err(|_| Unusable::NotUtf8 { row })?;
        let columns = columns::of_titles(&titles, ignored)?;
        let number_at = columns.iter().position(|column| *column == Some(Column::Number));
        let number_at = number_at.ok_or(Unusable::NoNumber)?;
        let mut rows = Vec::new();
        loop {
            row = next_row(&file, &reader, row)?;
            if !read_record(&mut reader, &mut record, row)? {
                break;
            }
            let at = record.position().map_or(0, csv::Position::byte);
            let len = reader.position().byte().saturating_sub(at);
            if len > MAX_ROW_LEN {
                return Err(Unusable::TooLarge { row });
            }
            if record.iter().any(|cell| std::str::from_utf8(cell).is_err()) {
                return Err(Unusable::NotUtf8 { row });
            }
            if record.iter().all(|cell| cell.trim_ascii().is_empty()) {
                continue;
            }
            let cell = record.get(number_at).and_then(|cell| std::str::from_utf8(cell).ok());
            let number = cell.and_then(|cell| GuaranteeNumber::fold(cell).ok());
            rows.push(Row {
                at,
                len: u32::try_from(len).unwrap_or(u32::MAX),
                number: row,
                tag: number.as_ref().map_or(0, tag_of),
            });
        }
        let mut by_tag: Vec<u32> = (0..u32::try_from(rows.len()).unwrap_or(u32::MAX)).collect();
        by_tag.sort_by_key(|row| row_at(&rows, *row).map(|row| row.tag));
        Ok(Self { file, columns, rows, by_tag })
    }

    /// The rows that are about a certificate, compared with it. A superseded certificate says
    /// nothing about the day, so it is not compared.
    pub(super) fn hits(&self, certificate: &Certificate<'_>, outcome: Outcome) -> Vec<Hit> {
        let claims = certificate.claims();
        let same_number = self.of_tag(tag_of(&claims.number)).filter_map(|row| {
            let cells = self.cells(row).ok()?;
            (self.number(&cells).as_ref() == Some(&claims.number)).then_some((row, cells))
        });
        let mut rows: Vec<_> = same_number.collect();
        let of_guarantor =
            |cells: &Cells| self.difference(Column::Guarantor, cells, certificate).is_none();
        if rows.len() > 1 && rows.iter().any(|(_, cells)| of_guarantor(cells)) {
            rows.retain(|(_, cells)| of_guarantor(cells));
        }
        let hit = |(row, cells): (u32, Cells)| {
            let columns = self.columns.iter().flatten().filter(|_| outcome != Outcome::Superseded);
            let differences = columns
                .filter_map(|column| self.difference(*column, &cells, certificate))
                .collect();
            Hit { row, differences }
        };
        rows.into_iter().map(hit).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The row, as a spreadsheet counts.
    fn row_number(&self, row: u32) -> Option<u32> {
        Some(row_at(&self.rows, row)?.number)
    }

    /// What stands in the row as its number.
    fn number_text(&self, row: u32) -> String {
        let cell = |cells: Cells| self.cell(Column::Number, &cells).map(str::to_owned);
        self.cells(row).ok().and_then(cell).unwrap_or_default()
    }

    /// Whether an earlier row has the same number, and the same guarantor where both rows tell it.
    fn repeats(&self, row: u32) -> bool {
        let Some(tag) = row_at(&self.rows, row).map(|row| row.tag) else { return false };
        if self.of_tag(tag).all(|other| other >= row) {
            return false;
        }
        let identity = |row: u32| {
            let cells = self.cells(row).ok()?;
            let guarantor = self.cell(Column::Guarantor, &cells).map(str::trim);
            let guarantor = guarantor.filter(|cell| !cell.is_empty()).map(hosho::fold_name);
            Some((self.number(&cells)?, guarantor))
        };
        let Some((number, guarantor)) = identity(row) else { return false };
        let repeated = |other: u32| {
            let Some((its_number, its_guarantor)) = identity(other) else { return false };
            let same = match (&its_guarantor, &guarantor) {
                (Some(its), Some(own)) => its == own,
                _ => true,
            };
            same && its_number == number
        };
        self.of_tag(tag).any(|other| other < row && repeated(other))
    }

    fn of_tag(&self, tag: u64) -> impl Iterator<Item = u32> {
        let tag_at = |row: &u32| row_at(&self.rows, *row).map_or(0, |row| row.tag);
        let from = self.by_tag.partition_point(|row| tag_at(row) < tag);
        let rest = self.by_tag.get(from..).unwrap_or_default().iter();
        rest.take_while(move |row| tag_at(row) == tag).copied()
    }

    /// Reads a row again.
    fn cells(&self, row: u32) -> io::Result<Cells> {
        let Row { at, len, .. } = row_at(&self.rows, row).ok_or(io::ErrorKind::NotFound)?;
        let mut bytes = vec![0; usize::try_from(len).unwrap_or(0)];
        self.file.read_exact_at(&mut bytes, at)?;
        PARSER
            .with_borrow_mut(|parser| parsed(parser, &bytes, self.columns.len()))
            .ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    fn cell<'c>(&self, column: Column, cells: &'c Cells) -> Option<&'c str> {
        cells.get(self.columns.iter().position(|known| *known == Some(column))?)
    }

    fn number(&self, cells: &Cells) -> Option<GuaranteeNumber<'static>> {
        GuaranteeNumber::fold(self.cell(Column::Number, cells)?).ok()
    }

    fn difference(
        &self,
        column: Column,
        cells: &Cells,
        certificate: &Certificate<'_>,
    ) -> Option<Difference> {
        columns::difference(column, self.cell(column, cells)?, certificate)
    }
}

thread_local! {
    /// Reads rows again. Its tables take longer to make than a row takes to read.
    static PARSER: RefCell<csv_core::Reader> = RefCell::new(csv_core::Reader::new());
}

/// The cells of one row.
fn parsed(parser: &mut csv_core::Reader, mut row: &[u8], columns: usize) -> Option<Cells> {
    parser.reset();
    // Cells are never longer than the row; one place more shows that there are no more cells.
    let (mut text, mut ends) = (vec![0; row.len()], vec![0; columns.saturating_add(1)]);
    let (mut filled, mut ended) = (0_usize, 0_usize);
    loop {
        let (result, read, wrote, cells) =
            parser.read_record(row, text.get_mut(filled..)?, ends.get_mut(ended..)?);
        row = row.get(read..)?;
        (filled, ended) = (filled.saturating_add(wrote), ended.saturating_add(cells));
        match result {
            ReadRecordResult::Record => break,
            // The end of the input ends the last row.
            ReadRecordResult::InputEmpty => {}
            _ => return None,
        }
    }
    text.truncate(filled);
    ends.truncate(ended);
    Some(Cells { text: String::from_utf8(text).ok()?, ends })
}

fn row_at(rows: &[Row], row: u32) -> Option<Row> {
    rows.get(usize::try_from(row).ok()?).copied()
}

fn tag_of(number: &GuaranteeNumber<'_>) -> u64 {
    let fingerprint = Fingerprint::of(number.as_str().as_bytes());
    fingerprint.as_bytes().first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

/// Returns the number of the record that is read next. Blank lines before it are no records, and
/// rows in a spreadsheet.
fn next_row(file: &File, reader: &csv::Reader<RowBound>, row: u32) -> Result<u32, Unusable> {
    let blank = blank_lines(file, reader.position().byte())
        .map_err(|error| Unusable::Input(InputError::Io(error)))?;
    Ok(row.saturating_add(1).saturating_add(blank))
}

/// Counts the ends of lines from a place on. The place may be within a CRLF, the end of the record
/// before.
fn blank_lines(file: &File, at: u64) -> io::Result<u32> {
    let (mut at, mut before, mut count) = (at, [0; 1], 0_u32);
    if let Some(last) = at.checked_sub(1) {
        file.read_exact_at(&mut before, last)?;
    }
    let [mut before] = before;
    let mut bytes = [0; 64];
    loop {
        let length = file.read_at(&mut bytes, at)?;
        for &byte in bytes.get(..length).unwrap_or_default() {
            match byte {
                b'\n' if before == b'\r' => {}
                b'\n' | b'\r' => count = count.saturating_add(1),
                _ => return Ok(count),
            }
            before = byte;
        }
        if length == 0 {
            return Ok(count);
        }
        at = at.saturating_add(u64::try_from(length).unwrap_or(0));
    }
}

/// Reads the next record, which has as many cells as the first.
fn read_record(
    reader: &mut csv::Reader<RowBound>,
    record: &mut ByteRecord,
    row: u32,
) -> Result<bool, Unusable> {
    reader.get_mut().left = MAX_ROW_LEN.saturating_mul(2);
    reader.read_byte_record(record).map_err(|error| match error.into_kind() {
        csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => {
            Unusable::TooLarge { row }
        }
        csv::ErrorKind::Io(error) => Unusable::Input(InputError::Io(error)),
        _ => Unusable::Form { row },
    })
}

/// A file that gives no more than what is left for one row. A quote that is never closed would
/// make a row of the whole rest.
#[derive(Debug)]
struct RowBound {
    file: BufReader<File>,
    left: u64,
}

impl Read for RowBound {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(to)?;
        let count_of_left = u64::try_from(count).unwrap_or(u64::MAX);
        self.left = self.left.checked_sub(count_of_left).ok_or(io::ErrorKind::FileTooLarge)?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests;
