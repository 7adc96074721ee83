//! The table of an audit as CSV (RFC 4180), written while it runs.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use hosho_cli::path::shown;

use super::{Finding, print};

/// A CSV file under construction. It is removed again unless it is finished.
#[derive(Debug)]
pub(super) struct Ledger {
    path: PathBuf,
    writer: BufWriter<File>,
    finished: bool,
}

const COLUMNS: [&str; 19] = [
    "file",
    "verdict",
    "code",
    "offset",
    "number",
    "revision",
    "kind",
    "issued_on",
    "guarantor",
    "obligee",
    "contractor",
    "work",
    "price_jpy",
    "amount_jpy",
    "period_from",
    "period_to",
    "superseded_by",
    "ended_on",
    "as_of",
];

impl Ledger {
    /// Begins a new file; one that exists is left alone.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).open(path)?;
        let mut ledger =
            Self { path: path.to_owned(), writer: BufWriter::new(file), finished: false };
        ledger.row(&COLUMNS.map(str::to_owned))?;
        Ok(ledger)
    }

    /// Writes the row of a file; files without a certificate have none.
    pub(super) fn write(&mut self, path: &Path, finding: &Finding) -> io::Result<()> {
        let answer = match finding {
            Finding::Judged(answer) => answer,
            Finding::Sealed => {
                let mut row = vec![shown(path), print::SEALED.to_owned()];
                row.resize(COLUMNS.len(), String::new());
                return self.row(&row);
            }
            Finding::Skipped => return Ok(()),
        };
        let mut row = vec![
            shown(path),
            answer.outcome.word().to_owned(),
            answer.code.unwrap_or_default().to_owned(),
            answer.offset.map(|offset| offset.to_string()).unwrap_or_default(),
        ];
        match &answer.genuine {
            Some(genuine) => {
                let certificate = &genuine.certificate;
                let claims = certificate.claims();
                let period = claims.guarantee.period;
                row.extend([
                    claims.number.to_string(),
                    certificate.revision().to_string(),
                    print::kind_word(claims.kind).to_owned(),
                    claims.issued_on.to_string(),
                    claims.guarantor.name.to_string(),
                    claims.obligee.name.to_string(),
                    claims.contractor.name.to_string(),
                    claims.work.name.to_string(),
                    claims.work.price.amount().to_string(),
                    claims.guarantee.amount.amount().to_string(),
                    period.from().to_string(),
                    period.to().to_string(),
                ]);
            }
            None => row.resize(row.len().saturating_add(12), String::new()),
        }
        row.extend([
            answer.superseded_by.map(|revision| revision.to_string()).unwrap_or_default(),
            answer.ended_on.map(|day| day.to_string()).unwrap_or_default(),
            answer.as_of.map(|instant| instant.to_string()).unwrap_or_default(),
        ]);
        self.row(&row)
    }

    /// Brings the file to the disk.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.writer.flush()?;
        self.writer.get_ref().sync_all()?;
        self.finished = true;
        Ok(())
    }

    fn row(&mut self, cells: &[String]) -> io::Result<()> {
        let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
        write!(self.writer, "{}\r\n", cells.join(","))
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        if !self.finished {
            // Half a table must not be taken for a whole one; nothing more can be done.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// A cell in quotes where it needs them. A spreadsheet takes text that begins like a formula for
/// one, so such text is led by an apostrophe.
fn quoted(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    let text = if formula { format!("'{cell}") } else { cell.to_owned() };
    if text.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_needed() {
        assert_eq!(quoted("青嶺市"), "青嶺市");
        assert_eq!(quoted("a,b"), "\"a,b\"");
        assert_eq!(quoted("a\"b"), "\"a\"\"b\"");
        assert_eq!(quoted("=1+1"), "'=1+1");
        assert_eq!(quoted("@SUM(1,2)"), "\"'@SUM(1,2)\"");
        for sign in ["＝", "＋", "－", "＠", "+", "-"] {
            assert_eq!(quoted(&format!("{sign}1")), format!("'{sign}1"));
        }
    }

    #[test]
    fn an_unfinished_table_disappears_and_a_finished_one_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.csv");
        drop(Ledger::create(&path).unwrap());
        assert!(!path.exists());
        Ledger::create(&path).unwrap().finish().unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("file,verdict,code,offset,number,"), "{text}");
        let again = Ledger::create(&path).unwrap_err();
        assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
        assert!(path.exists());
    }
}
