//! 検証結果報告書: what an obligee files after a check.

use hosho::{Certificate, Date, Fingerprint, Revision, UnixTime};
use hosho_cli::lang::Lang;

use crate::error::DocumentError;
use crate::face::Face;
use crate::fields::{self, Field};
use crate::paper;
use crate::render::{self, About};
use crate::sheet::{Align, Cell, Colour, Column, Draw, MARGIN, Row, Sheet, Style, WIDTH};

/// How wide the labels of the tables are.
const LABELS: f32 = 89.5;
/// Width and height of the room for a stamp.
const STAMP: (f32, f32) = (54.0, 48.0);
/// The text of tables.
const TABLE: Style = Style { leading: 10.8, ..Style::of(8.3) };
/// The text of headings within the report.
const TITLE: Style = Style { leading: 15.0, ..Style::of(10.0).strong() };

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
    /// What was looked at and asked about, each with its label: the file, its SHA-256, the number and
    /// obligee that were expected.
    pub subject: &'a [(String, String)],
    /// What was compared with what.
    pub checks: &'a [String],
    /// What the answer rests on: trust bundle and snapshot, each with its label.
    pub grounds: &'a [(String, String)],
    /// The revisions of the guarantee that are known of, from the first on.
    pub history: &'a [ReportedRevision],
    /// What there is to say about those revisions together.
    pub history_remarks: &'a [String],
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
}

/// One revision in the history of a guarantee.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReportedRevision {
    /// Which revision.
    pub revision: Revision,
    /// When it was issued, where its certificate was verified.
    pub issued_on: Option<Date>,
    /// What it is: the original, or the kinds of change; empty where that is not known.
    pub what: String,
    /// The SHA-256 of its bytes, where known.
    pub fingerprint: Option<Fingerprint>,
    /// What it is known from.
    pub known_from: String,
}

/// Returns the report of a verification (検証結果報告書) as PDF.
///
/// # Errors
/// [`DocumentError::Pdf`] when it cannot be written.
pub fn report(order: &ReportOrder<'_>) -> Result<Vec<u8>, DocumentError> {
    let face = Face::new()?;
    let mut sheet = Sheet::new(&face);
    let lang = order.lang;
    let told = |texts: &[String]| texts.iter().map(|it| on_paper(it, lang)).collect::<Vec<_>>();
    let (remarks, checks, history_remarks) =
        (told(order.remarks), told(order.checks), told(order.history_remarks));
    let findings = order.findings.map(told);
    let rests_on: Vec<(String, String)> =
        order.grounds.iter().map(|(label, it)| (label.clone(), on_paper(it, lang))).collect();
    let order = &ReportOrder {
        remarks: &remarks,
        checks: &checks,
        grounds: &rests_on,
        history_remarks: &history_remarks,
        findings: findings.as_deref(),
        ..*order
    };
    let title = lang.pick("検証結果報告書", "Report of Verification");
    head(&mut sheet, title, order);
    verdict(&mut sheet, order);
    if let Some(genuine) = order.genuine {
        certificate(&mut sheet, genuine.certificate, lang);
    }
    if let Some(findings) = order.findings {
        let title = lang.pick("発注者の基準による所見", "Findings of the obligee's policy");
        let none = [lang.pick("所見はありません。", "No findings.").to_owned()];
        list(&mut sheet, title, if findings.is_empty() { &none } else { findings });
    }
    if !order.checks.is_empty() {
        list(&mut sheet, lang.pick("確認したこと", "What was checked"), order.checks);
    }
    history(&mut sheet, order);
    grounds(&mut sheet, order);
    paper::lacks(&mut sheet, lang);
    let number = order.genuine.map(|it| it.certificate.claims().number.to_string());
    let what = format!("{title}　{}", number.unwrap_or_default());
    paper::edges(&mut sheet, what.trim_end(), Colour::Grey);
    let about = About { title: what.trim_end().to_owned(), lang, at: order.now, attachment: None };
    render::pdf(&face, &sheet, about)
}

/// Returns what a check said with its instants as the other days of the paper are written.
fn on_paper(text: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => paper::in_wareki(text),
        _ => text.to_owned(),
    }
}

/// The title, and beside it the stamps of an internal approval (決裁), which never leave the first
/// page.
fn head(sheet: &mut Sheet<'_>, title: &str, order: &ReportOrder<'_>) {
    let lang = order.lang;
    let top = sheet.top();
    let (width, height) = STAMP;
    let stamps = width * f32::from(3_u8);
    let beside = Column::WHOLE.inset(0.0, stamps + 12.0);
    sheet.move_to(top + 10.0);
    let tracking = if lang == Lang::Ja { 0.12 } else { 0.0 };
    let style = Style { leading: 27.0, ..Style::of(19.0).strong().tracked(tracking) };
    sheet.heading(1, beside, Align::Left, title, style);
    let made = lang.pick("作成", "Made");
    let text = format!("{made}　{}", paper::instant(order.now, lang));
    sheet.paragraph(beside, Align::Left, &text, Style::of(8.5).painted(Colour::Grey));
    let names = match lang {
        Lang::Ja => ["決裁", "審査", "担当"],
        _ => ["Approved", "Reviewed", "Clerk"],
    };
    let left = MARGIN + WIDTH - stamps;
    let style = Style { leading: 10.5, ..Style::of(7.5) };
    let heads = names.map(|name| (width, Cell { align: Align::Centre, ..Cell::head(name, style) }));
    sheet.move_to(top);
    sheet.table(left, &[Row(heads.into_iter().collect())]);
    let (top, stroke, colour) = (sheet.top(), 0.5, Colour::Rule);
    let mut left = left;
    for _ in names {
        sheet.decorate(Draw::Frame { left, top, width, height, stroke, colour });
        left += width;
    }
    sheet.move_to(top + height + 12.0);
}

/// The verdict in a frame: the one line that a reader looks for.
fn verdict(sheet: &mut Sheet<'_>, order: &ReportOrder<'_>) {
    let lang = order.lang;
    let inner = Column::WHOLE.inset(14.0, 14.0);
    let top = sheet.top();
    let small = Style { leading: 13.0, ..Style::of(9.0) };
    sheet.space(8.0);
    let style = Style { leading: 20.0, ..Style::of(13.0) }.strong();
    sheet.heading(2, inner, Align::Left, order.headline, style);
    word(sheet, order, inner, style);
    let asked = lang.pick("判断した日", "Day asked about");
    let day = format!("{asked}　{}", paper::day(order.on, lang));
    let (first, others) =
        order.remarks.split_first().map_or((None, order.remarks), |it| (Some(it.0), it.1));
    // The first remark is about that day, and most often short.
    let both = first.map(|remark| format!("{day}　　{remark}"));
    match (both.filter(|both| sheet.width(both, small) <= inner.width), first) {
        (Some(both), _) => sheet.paragraph(inner, Align::Left, &both, small),
        (None, first) => {
            for line in [Some(&day), first].into_iter().flatten() {
                sheet.paragraph(inner, Align::Left, line, small);
            }
        }
    }
    for remark in others {
        sheet.paragraph(inner, Align::Left, remark, small);
    }
    if !order.advice.is_empty() {
        let next = lang.pick("次にすること", "Next step");
        sheet.paragraph(inner, Align::Left, &format!("{next}　{}", order.advice), small);
    }
    sheet.space(8.0);
    let (left, width, height) = (MARGIN, WIDTH, sheet.top() - top);
    let (stroke, colour) = (1.2, Colour::Accent);
    sheet.decorate(Draw::Frame { left, top, width, height, stroke, colour });
    sheet.space(10.0);
}

/// The word of the contract, small beside the verdict where there is room, or else below.
fn word(sheet: &mut Sheet<'_>, order: &ReportOrder<'_>, inner: Column, verdict: Style) {
    let word = format!("[{}]", order.word);
    let small = Style::of(8.5).painted(Colour::Grey).level_with(verdict);
    let taken = sheet.width(order.headline, verdict) + 10.0;
    if taken + sheet.width(&word, small) > inner.width {
        let small = Style { leading: 13.0, ..small };
        return sheet.paragraph(inner, Align::Left, &word, small);
    }
    let below = sheet.top();
    sheet.move_to(below - verdict.leading);
    sheet.paragraph(inner.inset(taken, 0.0), Align::Left, &word, small);
    sheet.move_to(below);
}

fn certificate(sheet: &mut Sheet<'_>, certificate: &Certificate<'_>, lang: Lang) {
    let claims = certificate.claims();
    let label = |ja, en| lang.pick(ja, en);
    let mut pairs = vec![
        (label("証書", "Certificate"), fields::title(certificate, lang)),
        (label("保証契約番号", "Guarantee number"), claims.number.to_string()),
        (label("発行日", "Issued on"), paper::day(claims.issued_on, lang)),
        (label("版", "Revision"), revision(certificate.revision(), lang)),
    ];
    let compared = fields::compared(certificate, lang);
    let change = fields::change(certificate, lang);
    let joined = |field: Field| (field.label, field.texts.join("　"));
    pairs.extend(compared.into_iter().chain(change).map(joined));
    let pairs: Vec<(String, String)> =
        pairs.into_iter().map(|(label, text)| (label.to_owned(), text)).collect();
    let rows = paired(sheet, &pairs);
    let title = lang.pick("証書の内容", "The certificate");
    sheet.titled_table(title, TITLE, None, &rows);
    sheet.space(8.0);
}

/// Lays labelled texts as rows: two neighbours that are short share one.
fn paired(sheet: &mut Sheet<'_>, pairs: &[(String, String)]) -> Vec<Row> {
    let half = WIDTH / 2.0;
    let room = half - LABELS - 14.0;
    let mut rows = Vec::new();
    let mut pairs = pairs.iter().peekable();
    while let Some((label, text)) = pairs.next() {
        let is_short = |sheet: &mut Sheet<'_>, text: &str| sheet.width(text, TABLE) <= room;
        let beside = match pairs.peek() {
            Some((_, next)) if is_short(sheet, text) && is_short(sheet, next) => pairs.next(),
            _ => None,
        };
        let value = |text: &String| Cell::value(vec![text.clone()], TABLE);
        rows.push(match beside {
            Some((other, beside)) => Row(vec![
                (LABELS, Cell::label(label, TABLE)),
                (half - LABELS, value(text)),
                (LABELS, Cell::label(other, TABLE)),
                (half - LABELS, value(beside)),
            ]),
            None => Row::pair(label, vec![text.clone()], LABELS, TABLE),
        });
    }
    rows
}

fn revision(revision: Revision, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("第{revision}版"),
        _ => revision.to_string(),
    }
}

/// The revisions of the guarantee, as far as they are known.
fn history(sheet: &mut Sheet<'_>, order: &ReportOrder<'_>) {
    let lang = order.lang;
    if order.history.is_empty() {
        return;
    }
    let widths = [54.0, 90.0, 90.0, 102.0];
    let last = WIDTH - widths.iter().sum::<f32>();
    let of_widths = |cells: [Cell; 5]| Row(widths.into_iter().chain([last]).zip(cells).collect());
    let names = match lang {
        Lang::Ja => ["版", "発行日", "内容", "SHA-256 の初め", "根拠"],
        _ => ["Revision", "Issued on", "What", "SHA-256 begins", "Known from"],
    };
    let head = of_widths(names.map(|name| Cell::head(name, TABLE)));
    let rows: Vec<Row> = order
        .history
        .iter()
        .map(|entry| {
            let dash = || "－".to_owned();
            let begins = |it: Fingerprint| it.to_string().chars().take(16).collect::<String>();
            let what = if entry.what.is_empty() { dash() } else { entry.what.clone() };
            let texts = [
                revision(entry.revision, lang),
                entry.issued_on.map_or_else(dash, |day| paper::day(day, lang)),
                what,
                entry.fingerprint.map_or_else(dash, begins),
                entry.known_from.clone(),
            ];
            of_widths(texts.map(|text| Cell::value(vec![text], TABLE)))
        })
        .collect();
    sheet.titled_table(lang.pick("履歴", "History"), TITLE, Some(&head), &rows);
    sheet.space(3.0);
    for remark in order.history_remarks {
        paper::bullet(sheet, remark, Style { leading: 12.0, ..Style::of(8.3) });
    }
    sheet.space(6.0);
}

fn grounds(sheet: &mut Sheet<'_>, order: &ReportOrder<'_>) {
    let lang = order.lang;
    let mut pairs: Vec<(String, String)> =
        order.subject.iter().chain(order.grounds).cloned().collect();
    if let Some(genuine) = order.genuine {
        let hash = lang.pick("証書 SHA-256", "Certificate SHA-256");
        pairs.push((hash.to_owned(), genuine.fingerprint.to_string()));
    }
    let rows = paired(sheet, &pairs);
    // Fingerprints are compared with each other: they stand on one page.
    let height = TITLE.leading + 2.0 + sheet.table_height(&rows);
    sheet.room(height);
    let title = lang.pick("対象と根拠", "What was looked at, and what it rests on");
    sheet.titled_table(title, TITLE, None, &rows);
    sheet.space(8.0);
}

fn list(sheet: &mut Sheet<'_>, title: &str, lines: &[String]) {
    sheet.heading(2, Column::WHOLE, Align::Left, title, TITLE);
    for line in lines {
        paper::bullet(sheet, line, Style { leading: 12.0, ..Style::of(8.3) });
    }
    sheet.space(6.0);
}
