use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use hosho::{Certificate, Date, GuaranteeKind, Yen};

use super::expected::Expected;
use super::guarantee::{Issued, Plan};

/// The obligee's ledger, with a known mistake now and then, in the spellings that people use.
pub(super) struct Books {
    file: BufWriter<File>,
    line: u32,
    /// A row without a mistake, to be entered again.
    right: Option<String>,
}

/// What was entered for a guarantee.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) line: u32,
    /// What stands there as its number.
    pub(super) number: String,
    /// The field that is wrong.
    pub(super) mistake: Option<&'static str>,
}

const TITLES: &str = "保証契約番号,版,保証の種類,保証事業会社,発注者,受注者,工事名,工事番号,\
                      請負代金額,うち消費税額,前払金額,保証金額,発行日,工期(自),工期(至),保証期限,備考\n";

/// Every so many guarantees one has a mistake of each sort.
const MISTAKE_EVERY: u32 = 250;

impl Books {
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let mut file = BufWriter::new(File::create_new(path)?);
        file.write_all("\u{feff}".as_bytes())?;
        file.write_all(TITLES.as_bytes())?;
        Ok(Self { file, line: 1, right: None })
    }

    /// Enters a guarantee; one in many is left out.
    pub(super) fn enter(&mut self, plan: &Plan, issued: &[Issued]) -> io::Result<Option<Entry>> {
        let mistake = match plan.ordinal % MISTAKE_EVERY {
            7 => Some("price"),
            57 => Some("obligee"),
            107 => Some("period_to"),
            157 => Some("contractor"),
            207 => return Ok(None),
            _ => None,
        };
        // Of two certificates of one revision the first is the right one.
        let governing = issued.iter().rev().max_by_key(|one| one.certificate.revision());
        let certificate = &governing.expect("one").certificate;
        let number = spelled_number(plan);
        let row = row(plan, &number, certificate, mistake);
        if mistake.is_none() && issued.len() == 1 {
            self.right.get_or_insert_with(|| row.clone());
        }
        let line = self.write(&row)?;
        Ok(Some(Entry { line, number, mistake }))
    }

    /// Enters rows that belong to nothing, and one twice.
    pub(super) fn finish(mut self, expected: &mut Expected) -> io::Result<()> {
        for number in ["99-00-1-0000001-1", "99-00-1-0000002-2"] {
            let row = format!("{number},,,,,,,,,,,,,,,,\n");
            let line = self.write(&row)?;
            expected.add_row_without_certificate(line, number);
        }
        if let Some(row) = self.right.take() {
            let number = row.split(',').next().unwrap_or_default().to_owned();
            let line = self.write(&row)?;
            expected.add_row_twice(line, &number);
        }
        self.file.flush()
    }

    fn write(&mut self, row: &str) -> io::Result<u32> {
        self.file.write_all(row.as_bytes())?;
        self.line += 1;
        Ok(self.line)
    }
}

fn row(
    plan: &Plan,
    number: &str,
    certificate: &Certificate<'_>,
    mistake: Option<&'static str>,
) -> String {
    let claims = certificate.claims();
    let (work, guarantee) = (&claims.work, &claims.guarantee);
    let wrong = |field: &str| mistake == Some(field);
    let spelling = plan.ordinal;
    let price = if wrong("price") { yen_of(work.price.amount() + 1_000) } else { work.price };
    let expiry = guarantee.period.to();
    let expiry = if wrong("period_to") { next_day(expiry) } else { expiry };
    let obligee = if wrong("obligee") { "別の発注者" } else { claims.obligee.name.as_str() };
    let contractor = claims.contractor.name.as_str();
    let contractor = if wrong("contractor") { "株式会社別の土建" } else { contractor };
    [
        number.to_owned(),
        certificate.revision().to_string(),
        kind(claims.kind).to_owned(),
        claims.guarantor.name.to_string(),
        obligee.to_owned(),
        if spelling.is_multiple_of(3) {
            contractor.replace("株式会社", "株式会社　")
        } else {
            contractor.to_owned()
        },
        work.name.as_str().replace(' ', ""),
        work.contract_number.to_string(),
        amount(price, spelling),
        amount(work.tax, spelling + 1),
        guarantee.advance.map_or(String::new(), |advance| amount(advance, spelling + 2)),
        amount(guarantee.amount, spelling),
        day(claims.issued_on, spelling),
        day(work.term.from(), spelling + 1),
        day(work.term.to(), spelling + 2),
        day(expiry, spelling),
        "年度末確認\n".to_owned(),
    ]
    .join(",")
}

/// The number, sometimes in full-width forms.
fn spelled_number(plan: &Plan) -> String {
    let number = plan.number();
    if !plan.ordinal.is_multiple_of(5) {
        return number;
    }
    let wide = |c: char| match c {
        '0'..='9' => char::from_u32(u32::from(c) - u32::from('0') + u32::from('０')).unwrap_or(c),
        '-' => '－',
        c => c,
    };
    number.chars().map(wide).collect()
}

fn kind(kind: GuaranteeKind) -> &'static str {
    match kind {
        GuaranteeKind::Advance => "前払金保証",
        GuaranteeKind::Interim => "中間前払金保証",
        GuaranteeKind::Performance => "契約保証",
    }
}

fn amount(yen: Yen, spelling: u32) -> String {
    let digits = yen.amount().to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    match spelling % 4 {
        0 => digits,
        1 => format!("\"￥{grouped}\""),
        2 => format!("\"{grouped}円\""),
        _ => format!("{digits}円"),
    }
}

fn day(day: Date, spelling: u32) -> String {
    let (year, month, dom) = day.year_month_day();
    match spelling % 4 {
        0 => day.to_string(),
        1 => format!("令和{}年{month}月{dom}日", year - 2018),
        2 => format!("{year}/{month}/{dom}"),
        _ => format!("R{}.{month}.{dom}", year - 2018),
    }
}

fn next_day(day: Date) -> Date {
    Date::from_days(day.days() + 1).expect("a day")
}

fn yen_of(amount: u64) -> Yen {
    Yen::new(amount).expect("an amount")
}
