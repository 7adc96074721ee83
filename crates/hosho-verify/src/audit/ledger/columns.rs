//! What the columns of a ledger hold, and how a cell is compared.

use csv::StringRecord;
use hosho::{Certificate, Date, GuaranteeKind, GuaranteeNumber, Yen};

use super::{Difference, Unusable};
use crate::audit::record::kind_word;
use crate::audit::spelling::{day, fold, yen};

/// A column whose cells say something that certificates say too.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Column {
    Advance,
    Amount,
    Category,
    ConcludedOn,
    ContractNumber,
    Contractor,
    FirstAdvance,
    Guarantor,
    IssuedOn,
    Kind,
    Number,
    Obligee,
    PeriodFrom,
    PeriodTo,
    Price,
    Revision,
    Site,
    Tax,
    TermFrom,
    TermTo,
    Work,
}

/// Titles of columns, folded and in lower case; the first is the name that reports use.
const TITLES: [(Column, &[&str]); 21] = [
    (Column::Number, &["number", "guarantee_number", "保証契約番号", "保証番号", "証書番号"]),
    (Column::Revision, &["revision", "版", "版数"]),
    (Column::Kind, &["kind", "保証種類", "保証の種類", "種類"]),
    (Column::Guarantor, &["guarantor", "保証事業会社", "保証会社"]),
    (Column::Obligee, &["obligee", "発注者", "被保証者"]),
    (Column::Contractor, &["contractor", "受注者", "請負者", "保証契約者"]),
    (Column::Work, &["work", "work_name", "工事名", "業務名", "件名"]),
    (Column::ContractNumber, &["contract_number", "工事番号", "契約番号"]),
    (Column::Category, &["category", "区分"]),
    (Column::Site, &["site", "工事場所", "履行場所"]),
    (Column::ConcludedOn, &["concluded_on", "請負契約締結日", "契約締結日", "契約日"]),
    (Column::TermFrom, &["term_from", "工期(自)", "工期自", "工期開始日"]),
    (Column::TermTo, &["term_to", "工期(至)", "工期至", "工期終了日"]),
    (Column::Price, &["price", "price_jpy", "請負代金額", "契約金額"]),
    (Column::Tax, &["tax", "price_tax_jpy", "消費税額", "うち消費税", "うち消費税額", "消費税"]),
    (Column::Advance, &["advance", "advance_jpy", "前払金額", "中間前払金額", "前払金"]),
    (Column::Amount, &["amount", "amount_jpy", "保証金額"]),
    (Column::IssuedOn, &["issued_on", "発行日", "証書発行日"]),
    (Column::PeriodFrom, &["period_from", "保証期間(自)", "保証期間自"]),
    (Column::PeriodTo, &["period_to", "expires", "保証期限", "保証期間(至)", "保証期間至"]),
    (Column::FirstAdvance, &["first_advance", "当初前払金の保証契約番号", "当初保証契約番号"]),
];

impl Column {
    fn name(self) -> &'static str {
        let titles = TITLES.iter().find(|(column, _)| *column == self);
        titles.and_then(|(_, titles)| titles.first()).copied().unwrap_or("")
    }

    fn of_title(title: &str) -> Option<Self> {
        let titles = TITLES.iter().find(|(_, titles)| titles.contains(&title));
        titles.map(|(column, _)| *column)
    }
}

/// What the columns hold; a title that is not known has to be one of those to be ignored.
pub(super) fn of_titles(
    titles: &StringRecord,
    ignored: &[String],
) -> Result<Vec<Option<Column>>, Unusable> {
    let straight = |title: &str| fold(title).trim_matches('\u{FEFF}').to_lowercase();
    let ignored: Vec<String> = ignored.iter().map(|title| straight(title)).collect();
    let mut columns = Vec::with_capacity(titles.len());
    for title in titles {
        let folded = straight(title);
        if ignored.contains(&folded) {
            columns.push(None);
            continue;
        }
        let Some(column) = Column::of_title(&folded) else {
            return Err(Unusable::ColumnUnknown(clean(title)));
        };
        if columns.contains(&Some(column)) {
            return Err(Unusable::ColumnTwice(clean(title)));
        }
        columns.push(Some(column));
    }
    Ok(columns)
}

/// A title or a cell as it may be shown: nothing in it steers a terminal.
pub(super) fn clean(text: &str) -> String {
    hosho_cli::path::shown(std::path::Path::new(text))
}

/// What a certificate says in the place of a cell.
enum Said<'c> {
    Day(Date),
    Kind(GuaranteeKind),
    Nothing,
    Number(&'c GuaranteeNumber<'c>),
    Revision(u16),
    Text(&'c str),
    Yen(Yen),
}

/// How the cell differs from the certificate. An empty cell says nothing.
pub(super) fn difference(
    column: Column,
    cell: &str,
    certificate: &Certificate<'_>,
) -> Option<Difference> {
    let cell = cell.trim();
    let said = said(column, certificate);
    if cell.is_empty() || agrees(cell, &said) {
        return None;
    }
    Some(Difference {
        field: column.name().to_owned(),
        ledger: clean(cell),
        certificate: shown(&said),
    })
}

fn said<'c>(column: Column, certificate: &'c Certificate<'_>) -> Said<'c> {
    let claims = certificate.claims();
    let (work, guarantee) = (&claims.work, &claims.guarantee);
    match column {
        Column::Advance => guarantee.advance.map_or(Said::Nothing, Said::Yen),
        Column::Amount => Said::Yen(guarantee.amount),
        Column::Category => Said::Text(work.category.as_str()),
        Column::ConcludedOn => work.concluded_on.map_or(Said::Nothing, Said::Day),
        Column::ContractNumber => Said::Text(work.contract_number.as_str()),
        Column::Contractor => Said::Text(claims.contractor.name.as_str()),
        Column::FirstAdvance => {
            guarantee.first_advance.as_ref().map_or(Said::Nothing, Said::Number)
        }
        Column::Guarantor => Said::Text(claims.guarantor.name.as_str()),
        Column::IssuedOn => Said::Day(claims.issued_on),
        Column::Kind => Said::Kind(claims.kind),
        Column::Number => Said::Number(&claims.number),
        Column::Obligee => Said::Text(claims.obligee.name.as_str()),
        Column::PeriodFrom => Said::Day(guarantee.period.from()),
        Column::PeriodTo => Said::Day(guarantee.period.to()),
        Column::Price => Said::Yen(work.price),
        Column::Revision => Said::Revision(certificate.revision().number()),
        Column::Site => Said::Text(work.site.as_str()),
        Column::Tax => Said::Yen(work.tax),
        Column::TermFrom => Said::Day(work.term.from()),
        Column::TermTo => Said::Day(work.term.to()),
        Column::Work => Said::Text(work.name.as_str()),
    }
}

fn agrees(cell: &str, said: &Said<'_>) -> bool {
    match said {
        Said::Day(said) => day(cell) == Some(*said),
        Said::Kind(said) => kind(cell) == Some(*said),
        Said::Nothing => false,
        Said::Number(said) => GuaranteeNumber::fold(cell).is_ok_and(|number| number == **said),
        Said::Revision(said) => fold(cell).parse() == Ok(*said),
        Said::Text(said) => cell == *said || fold(cell) == fold(said),
        Said::Yen(said) => yen(cell) == Some(said.amount()),
    }
}

fn shown(said: &Said<'_>) -> Option<String> {
    Some(match said {
        Said::Day(said) => said.to_string(),
        Said::Kind(said) => kind_word(*said).to_owned(),
        Said::Nothing => return None,
        Said::Number(said) => said.to_string(),
        Said::Revision(said) => said.to_string(),
        Said::Text(said) => (*said).to_owned(),
        Said::Yen(said) => said.amount().to_string(),
    })
}

fn kind(cell: &str) -> Option<GuaranteeKind> {
    match fold(cell).to_lowercase().as_str() {
        "advance" | "前払金保証" | "前払金" | "前払" => Some(GuaranteeKind::Advance),
        "interim" | "中間前払金保証" | "中間前払金" | "中間前払" => {
            Some(GuaranteeKind::Interim)
        }
        "performance" | "契約保証" | "履行保証" => Some(GuaranteeKind::Performance),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_has_its_titles_and_no_title_has_two_columns() {
        let mut all = Vec::new();
        for (column, titles) in TITLES {
            assert_eq!(column.name(), titles[0]);
            for title in titles {
                assert_eq!(fold(title).to_lowercase(), *title);
                assert_eq!(Column::of_title(title), Some(column), "{title}");
                assert!(!all.contains(title), "{title}");
                all.push(title);
            }
        }
    }

    #[test]
    fn titles_are_folded_and_ignored_ones_pass() {
        let titles = StringRecord::from(vec![
            "\u{feff}保証契約 番号",
            "ＡＭＯＵＮＴ",
            "備 考",
            "工期（至）",
        ]);
        let columns = of_titles(&titles, &["備考".to_owned()]).unwrap();
        let expected = [Some(Column::Number), Some(Column::Amount), None, Some(Column::TermTo)];
        assert_eq!(columns, expected);
    }

    #[test]
    fn unknown_and_repeated_titles_are_refused_by_name() {
        let refused = |titles: &[&str]| of_titles(&StringRecord::from(titles.to_vec()), &[]);
        match refused(&["number", "colour\u{1b}"]) {
            Err(Unusable::ColumnUnknown(name)) => assert_eq!(name, "colour\u{fffd}"),
            other => panic!("{other:?}"),
        }
        match refused(&["number", "保証契約番号"]) {
            Err(Unusable::ColumnTwice(name)) => assert_eq!(name, "保証契約番号"),
            other => panic!("{other:?}"),
        }
    }
}
