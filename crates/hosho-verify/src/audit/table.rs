//! Tables as CSV (RFC 4180), for spreadsheets.

use std::io::{self, Write};
use std::path::Path;

use hosho_cli::output::{Growing, Mode, OutputError};
use hosho_cli::path::shown;

use super::examine::Finding;
use super::ledger::balance;
use super::print;
use super::record::kind_word;
use crate::run::Context;

/// A CSV file under construction, which appears when it is whole.
#[derive(Debug)]
pub(super) struct Table {
    file: Growing,
}

const COLUMNS: [&str; 21] = [
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
    "findings",
    "reasons",
];

const LEDGER_COLUMNS: [&str; 8] =
    ["row", "number", "finding", "field", "ledger", "certificate", "verdict", "revision"];

impl Table {
    /// Begins the table of certificates; a file that exists is left alone.
    pub(super) fn of_certificates(path: &Path) -> Result<Self, OutputError> {
        Self::create(path, &COLUMNS)
    }

    /// Begins the table of what the ledger says against the certificates.
    pub(super) fn of_ledger(path: &Path) -> Result<Self, OutputError> {
        Self::create(path, &LEDGER_COLUMNS)
    }

    fn create(path: &Path, columns: &[&str]) -> Result<Self, OutputError> {
        let mut table = Self { file: Growing::create(path, Mode::Public)? };
        table
            .write(&line(columns.iter().map(|column| (*column).to_owned())))
            .map_err(OutputError::Io)?;
        Ok(table)
    }

    /// Writes a row that was made before.
    pub(super) fn write(&mut self, row: &str) -> io::Result<()> {
        self.file.write_all(row.as_bytes())
    }

    /// Writes the rows of a finding: one for each field that differs.
    pub(super) fn write_finding(&mut self, finding: &balance::Finding) -> io::Result<()> {
        for row in ledger_rows(finding) {
            self.write(&row)?;
        }
        Ok(())
    }

    /// Brings the file to the disk, under its name.
    pub(super) fn finish(self) -> Result<(), OutputError> {
        self.file.finish()
    }
}

/// The row of one thing; what is no certificate has none.
pub(super) fn row(place: &str, finding: &Finding, context: Context) -> Option<String> {
    let place = shown(Path::new(place));
    let answer = match finding {
        Finding::Judged(answer) => answer,
        Finding::Sealed => {
            let mut cells = vec![place, print::SEALED.to_owned()];
            cells.resize(COLUMNS.len(), String::new());
            return Some(line(cells));
        }
        Finding::Skipped => return None,
    };
    let mut cells = vec![
        place,
        answer.outcome.word().to_owned(),
        answer.code.unwrap_or_default().to_owned(),
        answer.offset.map(|offset| offset.to_string()).unwrap_or_default(),
    ];
    match &answer.genuine {
        Some(genuine) => {
            let certificate = &genuine.certificate;
            let claims = certificate.claims();
            let period = claims.guarantee.period;
            cells.extend([
                claims.number.to_string(),
                certificate.revision().to_string(),
                kind_word(claims.kind).to_owned(),
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
        None => cells.resize(cells.len().saturating_add(12), String::new()),
    }
    cells.extend([
        answer.superseded_by.map(|revision| revision.to_string()).unwrap_or_default(),
        answer.ended_on.map(|day| day.to_string()).unwrap_or_default(),
        answer.as_of.map(|instant| instant.to_string()).unwrap_or_default(),
        print::findings(answer).join("; "),
        print::reasons(answer, context).join("; "),
    ]);
    Some(line(cells))
}

fn ledger_rows(finding: &balance::Finding) -> Vec<String> {
    let row = |field: &str, ledger: &str, certificate: &str| {
        line([
            finding.row.map(|row| row.to_string()).unwrap_or_default(),
            finding.number.clone(),
            finding.about.word().to_owned(),
            field.to_owned(),
            ledger.to_owned(),
            certificate.to_owned(),
            finding.outcome.map(|outcome| outcome.word().to_owned()).unwrap_or_default(),
            finding.revision.map(|revision| revision.to_string()).unwrap_or_default(),
        ])
    };
    if finding.differences.is_empty() {
        return vec![row("", "", "")];
    }
    let differences = finding.differences.iter();
    differences
        .map(|it| row(&it.field, &it.ledger, it.certificate.as_deref().unwrap_or_default()))
        .collect()
}

fn line(cells: impl IntoIterator<Item = String>) -> String {
    let cells: Vec<String> = cells.into_iter().map(|cell| quoted(&cell)).collect();
    format!("{}\r\n", cells.join(","))
}

/// What a spreadsheet may take for the beginning of a formula.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r', '\n'];

/// A cell in quotes where it needs them. A spreadsheet takes text that begins like a formula for
/// one, so such text is led by an apostrophe.
fn quoted(cell: &str) -> String {
    let text = if cell.starts_with(FORMULA) { format!("'{cell}") } else { cell.to_owned() };
    if text.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::ledger::Difference;
    use super::*;
    use crate::outcome::Outcome;

    #[test]
    fn cells_are_quoted_where_needed() {
        assert_eq!(quoted("青嶺市"), "青嶺市");
        assert_eq!(quoted("a,b"), "\"a,b\"");
        assert_eq!(quoted("a\"b"), "\"a\"\"b\"");
        assert_eq!(quoted("=1+1"), "'=1+1");
        assert_eq!(quoted("@SUM(1,2)"), "\"'@SUM(1,2)\"");
        assert_eq!(quoted("\t=1"), "'\t=1");
        for sign in ["＝", "＋", "－", "＠", "+", "-"] {
            assert_eq!(quoted(&format!("{sign}1")), format!("'{sign}1"));
        }
    }

    #[test]
    fn an_unfinished_table_disappears_and_a_finished_one_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.csv");
        drop(Table::of_certificates(&path).unwrap());
        assert!(!path.exists());
        Table::of_certificates(&path).unwrap().finish().unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("file,verdict,code,offset,number,"), "{text}");
        let again = Table::of_certificates(&path).unwrap_err();
        assert_eq!(again.code(), "E1-EXISTS");
        assert!(path.exists());
    }

    #[test]
    fn a_finding_has_a_row_for_each_field_that_differs() {
        let difference = |field: &str, certificate: Option<&str>| Difference {
            field: field.to_owned(),
            ledger: "=1".to_owned(),
            certificate: certificate.map(str::to_owned),
        };
        let finding = balance::Finding {
            about: balance::About::Different,
            row: Some(2),
            number: "31-1".to_owned(),
            revision: Some(3),
            outcome: Some(Outcome::InForce),
            differences: vec![difference("price", Some("2")), difference("advance", None)],
        };
        let rows = [
            "2,31-1,different,price,'=1,2,in-force,3\r\n",
            "2,31-1,different,advance,'=1,,in-force,3\r\n",
        ];
        assert_eq!(ledger_rows(&finding), rows);
        let none = balance::Finding {
            about: balance::About::NoCertificate,
            revision: None,
            outcome: None,
            differences: Vec::new(),
            ..finding
        };
        assert_eq!(ledger_rows(&none), ["2,31-1,no-certificate,,,,,\r\n"]);
    }
}
