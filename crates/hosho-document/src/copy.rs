//! 電子証書 お客様控え: what the contractor keeps; it looks as a certificate of guarantee does.

use hosho::{Certificate, Lineage, VerifiedCertificate};
use hosho_cli::lang::Lang;

use crate::error::DocumentError;
use crate::face::Face;
use crate::fields::{self, Field};
use crate::paper;
use crate::qr::Qr;
use crate::render::{self, About, Attachment};
use crate::sheet::{Align, Cell, Colour, Column, Draw, MARGIN, Row, Sheet, Style, WIDTH};

/// How wide the part of the page is that belongs to the obligee where both parties stand beside each
/// other.
const OBLIGEE: f32 = WIDTH * 0.57;
/// How high the parties may be there.
const PARTIES: f32 = 130.0;
/// How wide the labels of the tables are.
const LABELS: f32 = 102.0;
/// The side of the QR code with its quiet zone: modules of at least 0.4 mm.
const QR_SIDE: f32 = 156.0;

/// What a copy is made of.
#[derive(Debug)]
pub struct CopyOrder<'a> {
    /// The certificate that the guarantor signed.
    pub certificate: &'a VerifiedCertificate<'a>,
    /// The revision before it, for what was changed; `None` for revision 1.
    pub previous: Option<&'a VerifiedCertificate<'a>>,
    /// The language of the paper.
    pub lang: Lang,
}

/// Returns the customer's copy of a certificate (電子証書 お客様控え) as PDF.
///
/// The signed certificate is attached, and shown as a QR code where it is small enough.
///
/// # Errors
/// [`DocumentError::Previous`] unless `previous` is the revision that the certificate names.
pub fn copy(order: &CopyOrder<'_>) -> Result<Vec<u8>, DocumentError> {
    let named = match &order.certificate.certificate().claims().lineage {
        Lineage::Original => None,
        Lineage::Amendment { previous, .. } => Some(*previous),
    };
    if named != order.previous.map(VerifiedCertificate::fingerprint) {
        return Err(DocumentError::Previous);
    }
    let face = Face::new()?;
    let mut sheet = Sheet::new(&face);
    let (certificate, lang) = (order.certificate.certificate(), order.lang);
    mark(&mut sheet, lang);
    head(&mut sheet, certificate, lang);
    tables(&mut sheet, certificate, order.previous.map(VerifiedCertificate::certificate), lang);
    paper::lacks(&mut sheet, lang);
    proof(&mut sheet, order.certificate, lang);
    let number = &certificate.claims().number;
    let revision = certificate.revision();
    let name = lang.pick("電子証書 お客様控え", "Customer's copy");
    let not = lang.pick("発注者への提出用ではありません", "not for the obligee");
    paper::edges(&mut sheet, &format!("{name}　{not}　{number}　r{revision}"), Colour::Accent);
    let about = About {
        title: format!("{name} {number} r{revision}"),
        lang,
        at: certificate.claims().issued_at,
        attachment: Some(Attachment {
            name: format!("{number}-r{revision}.hosho"),
            media_type: paper::SIGNED,
            description: lang.pick("署名のある電子証書", "the signed certificate").to_owned(),
            bytes: order.certificate.as_bytes().to_vec(),
        }),
    };
    render::pdf(&face, &sheet, about)
}

/// Says first of all that this is not the paper to hand in.
fn mark(sheet: &mut Sheet<'_>, lang: Lang) {
    let (left, top, width, height) = (MARGIN, MARGIN, WIDTH, 34.0);
    let (stroke, colour) = (0.8, Colour::Accent);
    sheet.decorate(Draw::Frame { left, top, width, height, stroke, colour });
    let inner = Column::WHOLE.inset(10.0, 10.0);
    let style = Style { leading: 13.0, ..Style::of(9.0) }.painted(Colour::Accent);
    sheet.move_to(top + 4.0);
    let title = lang.pick("電子証書　お客様控え", "Customer's copy of the certificate");
    sheet.paragraph(inner, Align::Left, title, style.strong());
    let text = lang.pick(
        "この控えは発注者への提出用ではありません。発注者には「認証キー等のお知らせ」を渡してください。",
        "Not for the obligee: what is handed in is the notice of the auth key.",
    );
    sheet.paragraph(inner, Align::Left, text, style);
    sheet.move_to(top + height + 12.0);
}

fn head(sheet: &mut Sheet<'_>, certificate: &Certificate<'_>, lang: Lang) {
    let claims = certificate.claims();
    let whole = Column::WHOLE;
    let small = Style { leading: 13.5, ..Style::of(9.5) };
    let right = whole.inset(WIDTH * 0.45, 0.0);
    let number = lang.pick("保証契約番号", "Guarantee number");
    let issued = lang.pick("発行日", "Issued on");
    sheet.paragraph(right, Align::Right, &format!("{number}　{}", claims.number), small);
    let on = paper::day(claims.issued_on, lang);
    sheet.paragraph(right, Align::Right, &format!("{issued}　{on}"), small);
    sheet.space(8.0);
    let tracking = if lang == Lang::Ja { 0.2 } else { 0.0 };
    let size = if lang == Lang::Ja { 20.0 } else { 17.0 };
    let style = Style::of(size).strong().tracked(tracking);
    sheet.heading(1, whole, Align::Centre, &fields::title(certificate, lang), style);
    sheet.space(8.0);
    parties(sheet, certificate, lang);
    let text = fields::declaration(certificate, lang);
    sheet.space(8.0);
    sheet.paragraph(whole, Align::Left, &text, Style::of(10.0));
    sheet.space(5.0);
}

/// Writes to whom the guarantor promises and who that is: beside each other, unless their texts are
/// long.
fn parties(sheet: &mut Sheet<'_>, certificate: &Certificate<'_>, lang: Lang) {
    let claims = certificate.claims();
    let (obligee, guarantor) = (&claims.obligee, &claims.guarantor);
    let label = Style { leading: 12.0, ..Style::of(8.5) };
    let name = Style { leading: 15.0, ..Style::of(11.0) };
    let mut to = vec![(lang.pick("発注者（被保証者）", "Obligee"), label.painted(Colour::Grey))];
    to.extend(obligee.address.as_ref().map(|address| (address.as_str(), label)));
    let officer = match lang {
        Lang::Ja => format!("{}　様", obligee.representative),
        _ => obligee.representative.to_string(),
    };
    to.extend([(obligee.name.as_str(), name), (&officer, name)]);
    let mut from = vec![(lang.pick("保証事業会社", "Guarantor"), label.painted(Colour::Grey))];
    from.extend(guarantor.address.as_ref().map(|address| (address.as_str(), label)));
    from.push((guarantor.name.as_str(), name));
    let more = [&guarantor.branch, &guarantor.representative].into_iter().flatten();
    from.extend(more.map(|text| (text.as_str(), name)));
    let (left, right) =
        (Column::WHOLE.inset(0.0, WIDTH - OBLIGEE + 8.0), Column::WHOLE.inset(OBLIGEE, 0.0));
    let height = height(sheet, &to, left).max(height(sheet, &from, right));
    if height <= PARTIES {
        sheet.room(height);
        let top = sheet.top();
        lines(sheet, &to, left);
        let end = sheet.top();
        sheet.move_to(top);
        lines(sheet, &from, right);
        sheet.move_to(sheet.top().max(end));
    } else {
        lines(sheet, &to, Column::WHOLE);
        sheet.space(6.0);
        lines(sheet, &from, Column::WHOLE);
    }
}

fn lines(sheet: &mut Sheet<'_>, texts: &[(&str, Style)], column: Column) {
    for (text, style) in texts {
        sheet.paragraph(column, Align::Left, text, *style);
    }
}

/// Returns how high texts are in a column.
fn height(sheet: &mut Sheet<'_>, texts: &[(&str, Style)], column: Column) -> f32 {
    let of = |(text, style): &(&str, Style)| {
        let lines = sheet.lay(text, column.width, *style).len();
        f32::from(u16::try_from(lines).unwrap_or(u16::MAX)) * style.leading
    };
    texts.iter().map(of).sum()
}

fn tables(
    sheet: &mut Sheet<'_>,
    certificate: &Certificate<'_>,
    previous: Option<&Certificate<'_>>,
    lang: Lang,
) {
    let leading = if previous.is_none() { 13.0 } else { 11.8 };
    let style = Style { leading, ..Style::of(9.5) };
    let row = |field: Field| Row::pair(field.label, field.texts, LABELS, style);
    let now = fields::all(certificate, lang);
    sheet.table(MARGIN, &now.into_iter().map(row).collect::<Vec<_>>());
    let Some(previous) = previous else { return };
    sheet.space(7.0);
    let title = lang.pick("変更の内容", "What is amended");
    let change: Vec<Row> = fields::change(certificate, lang).into_iter().map(row).collect();
    sheet.titled_table(title, Style::of(10.5).strong(), None, &change);
    let differences = fields::differences(
        &fields::compared(previous, lang),
        &fields::compared(certificate, lang),
    );
    if differences.is_empty() {
        return;
    }
    sheet.space(5.0);
    let half = (WIDTH - LABELS) / 2.0;
    let of_widths = |cells: [Cell; 3]| Row([LABELS, half, half].into_iter().zip(cells).collect());
    let heads =
        [lang.pick("項目", "Field"), lang.pick("変更前", "Before"), lang.pick("変更後", "After")];
    let head = of_widths(heads.map(|head| Cell::head(head, style)));
    let row = |(label, before, after)| {
        let values = [before, after].map(|texts| Cell::value(texts, style));
        let [before, after] = values;
        of_widths([Cell::label(label, style), before, after])
    };
    let rows: Vec<Row> = differences.into_iter().map(row).collect();
    sheet.headed_table(MARGIN, &head, &rows);
}

/// Shows the QR code, or says that there is none, and how the copy proves what it says.
fn proof(sheet: &mut Sheet<'_>, certificate: &VerifiedCertificate<'_>, lang: Lang) {
    let small = Style { leading: 12.0, ..Style::of(8.5) };
    sheet.space(7.0);
    let qr = Qr::of_certificate(certificate.as_bytes());
    sheet.room(if qr.is_some() { QR_SIDE } else { 48.0 });
    let (page, top) = (sheet.page(), sheet.top());
    let beside = match &qr {
        Some(_) => Column::WHOLE.inset(QR_SIDE + 8.0, 0.0),
        None => Column::WHOLE,
    };
    let carries = match (&qr, lang) {
        (Some(_), Lang::Ja) => {
            "この PDF には署名のある電子証書が添付され、左の QR コードにも同じものが入っています。"
        }
        (Some(_), _) => {
            "The signed certificate is attached to this PDF, and the QR code holds the same."
        }
        (None, Lang::Ja) => {
            "この PDF には署名のある電子証書が添付されています。QR コードに収まらない大きさのため、QR コードはありません。"
        }
        (None, _) => {
            "The signed certificate is attached to this PDF. It is too large for a QR code, so there is none."
        }
    };
    let counts = lang.pick(
        "証書の効力は、印字ではなく電子証書によります。確かめるには、hosho-verify check にこのファイルを指定してください。",
        "What counts is the signed certificate, not the print. Name this file to hosho-verify check to verify it.",
    );
    let fingerprint = lang.pick("電子証書の SHA-256", "SHA-256 of the certificate");
    let key = lang.pick("署名鍵", "Signing key");
    let (hash, key_id) = (certificate.fingerprint().to_string(), certificate.key_id());
    if qr.is_some() {
        sheet.space(4.0);
    }
    sheet.paragraph(beside, Align::Left, carries, small);
    sheet.paragraph(beside, Align::Left, counts, small);
    let grey = small.painted(Colour::Grey);
    if qr.is_some() {
        sheet.paragraph(beside, Align::Left, fingerprint, grey);
        sheet.paragraph(beside, Align::Left, &hash, small);
    } else {
        sheet.paragraph(beside, Align::Left, &format!("{fingerprint}　{hash}"), small);
    }
    sheet.paragraph(beside, Align::Left, &format!("{key}　{key_id}"), small);
    if let Some(qr) = qr.filter(|_| sheet.page() == page) {
        let said = lang.pick("署名のある電子証書の QR コード", "QR code of the signed certificate");
        sheet.qr(MARGIN - 6.0, top, QR_SIDE, qr, said.to_owned());
        sheet.move_to(sheet.top().max(top + QR_SIDE));
    }
}
