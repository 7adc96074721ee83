//! 検証結果報告書: what an obligee files after a check.

use hosho::{Certificate, Date, Fingerprint, KeyId, UnixTime};
use hosho_cli::lang::Lang;
use hosho_display::in_japan;

use crate::error::DocumentError;
use crate::face::Face;
use crate::fields::{self, Field};
use crate::paper;
use crate::render::{self, About};
use crate::sheet::{Align, Cell, Colour, Column, Draw, MARGIN, Row, Sheet, Style, WIDTH};

/// How wide the labels of the tables are.
const LABELS: f32 = 102.0;

/// What a report is made of: the words are those that the check said.
#[derive(Debug)]
pub struct ReportOrder<'a> {
    /// The verdict in one line.
    pub headline: &'a str,
    /// The verdict in the word of the contract, such as `in-force`.
    pub word: &'a str,
    /// What there is to say about the verdict: a newer revision, an end, the rule behind a refusal.
    pub remarks: &'a [String],
    /// The day asked about.
    pub on: Date,
    /// When it was asked.
    pub now: UnixTime,
    /// What was compared with what.
    pub checks: &'a [String],
    /// What the answer rests on: trust bundle and snapshot, each with its label.
    pub grounds: &'a [(String, String)],
    /// What a policy found; `None` where none was asked.
    pub findings: Option<&'a [String]>,
    /// What to do next; empty where there is nothing to do.
    pub advice: &'a str,
    /// The certificate whose signature verified.
    pub genuine: Option<ReportedCertificate<'a>>,
    /// The language of the paper.
    pub lang: Lang,
}

/// A certificate whose signature verified.
#[derive(Clone, Copy, Debug)]
pub struct ReportedCertificate<'a> {
    /// What the guarantor signed.
    pub certificate: &'a Certificate<'a>,
    /// The SHA-256 of its bytes.
    pub fingerprint: Fingerprint,
    /// The key that signed it.
    pub key_id: KeyId,
}

/// Returns the report of a verification (検証結果報告書) as PDF.
///
/// # Errors
/// [`DocumentError::Pdf`] when it cannot be written.
pub fn report(order: &ReportOrder<'_>) -> Result<Vec<u8>, DocumentError> {
    let face = Face::new()?;
    let mut sheet = Sheet::new(&face);
    let lang = order.lang;
    let title = lang.pick("検証結果報告書", "Report of Verification");
    let small = Style::of(9.0);
    let at = in_japan(order.now);
    sheet.paragraph(Column::WHOLE, Align::Right, &at, small);
    let tracking = if lang == Lang::Ja { 0.12 } else { 0.0 };
    let style = Style::of(17.0).strong().tracked(tracking);
    sheet.heading(1, Column::WHOLE, Align::Centre, title, style);
    sheet.space(8.0);
    verdict(&mut sheet, order);
    if let Some(genuine) = order.genuine {
        certificate(&mut sheet, genuine.certificate, lang);
    }
    grounds(&mut sheet, order);
    if let Some(findings) = order.findings {
        let title = lang.pick("発注者の基準による所見", "Findings of the obligee's policy");
        let none = [lang.pick("所見はありません。", "No findings.").to_owned()];
        list(&mut sheet, title, if findings.is_empty() { &none } else { findings });
    }
    paper::lacks(&mut sheet, lang);
    stamps(&mut sheet, lang);
    let number = order.genuine.map(|it| it.certificate.claims().number.to_string());
    let what = format!("{title}　{}", number.unwrap_or_default());
    paper::edges(&mut sheet, what.trim_end());
    let about = About { title: what.trim_end().to_owned(), lang, at: order.now, attachment: None };
    render::pdf(&face, &sheet, about)
}

/// The verdict in a frame: the one line that a reader looks for.
fn verdict(sheet: &mut Sheet<'_>, order: &ReportOrder<'_>) {
    let lang = order.lang;
    let inner = Column::WHOLE.inset(14.0, 14.0);
    let top = sheet.top();
    let small = Style { leading: 13.0, ..Style::of(9.0) };
    sheet.space(9.0);
    let line = format!("{}　[{}]", order.headline, order.word);
    let style = Style { leading: 20.0, ..Style::of(13.0) }.strong();
    sheet.heading(2, inner, Align::Left, &line, style);
    let asked = lang.pick("判断した日", "Day asked about");
    let text = format!("{asked}　{}", paper::day(order.on, lang));
    sheet.paragraph(inner, Align::Left, &text, small);
    for remark in order.remarks {
        sheet.paragraph(inner, Align::Left, remark, small);
    }
    if !order.advice.is_empty() {
        sheet.paragraph(inner, Align::Left, order.advice, small);
    }
    sheet.space(8.0);
    let (left, width, height) = (MARGIN, WIDTH, sheet.top() - top);
    let (stroke, colour) = (1.2, Colour::Accent);
    sheet.decorate(Draw::Frame { left, top, width, height, stroke, colour });
    sheet.space(10.0);
}

fn certificate(sheet: &mut Sheet<'_>, certificate: &Certificate<'_>, lang: Lang) {
    let style = Style { leading: 12.0, ..Style::of(8.5) };
    let row = |field: Field| Row::pair(field.label, vec![field.texts.join("　")], LABELS, style);
    let claims = certificate.claims();
    let title = lang.pick("証書の内容", "The certificate");
    sheet.heading(2, Column::WHOLE, Align::Left, title, Style::of(10.5).strong());
    sheet.space(2.0);
    let label = |ja, en| lang.pick(ja, en);
    let single = |label: &str, text: String| Row::pair(label, vec![text], LABELS, style);
    let mut rows = vec![
        single(label("証書", "Certificate"), fields::title(certificate, lang)),
        single(label("保証契約番号", "Guarantee number"), claims.number.to_string()),
        single(label("発行日", "Issued on"), paper::day(claims.issued_on, lang)),
    ];
    rows.extend(fields::compared(certificate, lang).into_iter().map(row));
    rows.extend(fields::change(certificate, lang).into_iter().map(row));
    sheet.table(MARGIN, &rows);
    sheet.space(9.0);
}

fn grounds(sheet: &mut Sheet<'_>, order: &ReportOrder<'_>) {
    let lang = order.lang;
    if !order.checks.is_empty() {
        list(sheet, lang.pick("確認したこと", "What was checked"), order.checks);
    }
    let style = Style { leading: 11.5, ..Style::of(8.0) };
    let mut rows: Vec<Row> = order
        .grounds
        .iter()
        .map(|(label, text)| Row::pair(label, vec![text.clone()], LABELS, style))
        .collect();
    if let Some(genuine) = order.genuine {
        let hash = lang.pick("証書の SHA-256", "SHA-256");
        rows.push(Row::pair(hash, vec![genuine.fingerprint.to_string()], LABELS, style));
        let key = lang.pick("署名鍵", "Signing key");
        rows.push(Row::pair(key, vec![genuine.key_id.to_string()], LABELS, style));
    }
    if rows.is_empty() {
        return;
    }
    let title = lang.pick("根拠", "What it rests on");
    sheet.heading(2, Column::WHOLE, Align::Left, title, Style::of(10.5).strong());
    sheet.space(2.0);
    sheet.table(MARGIN, &rows);
    sheet.space(9.0);
}

fn list(sheet: &mut Sheet<'_>, title: &str, lines: &[String]) {
    sheet.heading(2, Column::WHOLE, Align::Left, title, Style::of(10.5).strong());
    for line in lines {
        paper::bullet(sheet, line, Style { leading: 12.5, ..Style::of(8.5) });
    }
    sheet.space(7.0);
}

/// Leaves room for the seals of an internal approval (決裁).
fn stamps(sheet: &mut Sheet<'_>, lang: Lang) {
    let names = match lang {
        Lang::Ja => ["決裁", "審査", "担当"],
        _ => ["Approved", "Reviewed", "Clerk"],
    };
    let (cell, label, space) = (66.0, 16.0, 52.0);
    sheet.space(4.0);
    sheet.room(label + space);
    let (top, columns) = (sheet.top(), f32::from(3_u8));
    let left = MARGIN + WIDTH - cell * columns;
    let style = Style { leading: 10.0, ..Style::of(8.0) };
    let heads = names.map(|name| (cell, Cell { align: Align::Centre, ..Cell::label(name, style) }));
    sheet.table(left, &[Row(heads.into_iter().collect())]);
    let mut at = left;
    for _ in names {
        let (stroke, colour) = (0.5, Colour::Grey);
        let (top, height) = (top + label, space);
        sheet.decorate(Draw::Frame { left: at, top, width: cell, height, stroke, colour });
        at += cell;
    }
    sheet.move_to(top + label + space);
}
