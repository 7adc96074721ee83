//! 認証キー等のお知らせ: the paper that the contractor hands to the obligee.

use hosho::{AuthKey, Certificate, SealedCertificate, VerifiedCertificate};
use hosho_cli::lang::Lang;
use zeroize::Zeroizing;

use crate::error::DocumentError;
use crate::face::Face;
use crate::fields::{self, End};
use crate::paper;
use crate::qr::Qr;
use crate::render::{self, About, Attachment};
use crate::sheet::{Align, Colour, Column, Draw, MARGIN, Row, Sheet, Style, WIDTH};

/// How wide the labels of the table are.
const LABELS: f32 = 96.0;
/// The side of the QR code with its quiet zone.
const QR_SIDE: f32 = 126.0;

/// What a notice is made of.
#[derive(Debug)]
pub struct NoticeOrder<'a> {
    /// The certificate that the guarantor signed.
    pub certificate: &'a VerifiedCertificate<'a>,
    /// The same, sealed: it goes into the file.
    pub sealed: &'a SealedCertificate<'a>,
    /// The key that opens it.
    pub auth_key: &'a AuthKey,
    /// The language of the paper.
    pub lang: Lang,
}

/// Returns the notice of a guarantee's auth key (認証キー等のお知らせ) as PDF.
///
/// It holds a secret: whoever has the file can open the certificate. The sealed certificate is
/// attached, so that this one file is all that an obligee needs besides the trust bundle.
///
/// # Errors
/// [`DocumentError::KeyDoesNotFit`] unless the key opens the sealed certificate and the verified
/// one is in it.
pub fn notice(order: &NoticeOrder<'_>) -> Result<Zeroizing<Vec<u8>>, DocumentError> {
    let opened = order.auth_key.open(order.sealed).map_err(|_| DocumentError::KeyDoesNotFit)?;
    if opened.as_bytes() != order.certificate.as_bytes() {
        return Err(DocumentError::KeyDoesNotFit);
    }
    let face = Face::new()?;
    let mut sheet = Sheet::new(&face);
    let certificate = order.certificate.certificate();
    let lang = order.lang;
    head(&mut sheet, certificate, lang);
    key(&mut sheet, certificate, order.auth_key, lang)?;
    hand_over(&mut sheet, lang);
    guarantee(&mut sheet, certificate, lang);
    paper::lacks(&mut sheet, lang);
    let number = &certificate.claims().number;
    let revision = certificate.revision();
    paper::edges(&mut sheet, &format!("{}　{number}", title(lang)), Colour::Grey);
    let about = About {
        title: format!("{} {number}", title(lang)),
        lang,
        at: certificate.claims().issued_at,
        attachment: Some(Attachment {
            name: format!("{number}-r{revision}.sealed.hosho"),
            media_type: paper::SEALED,
            description: lang
                .pick(
                    "封をした電子証書(認証キーで開きます)",
                    "the sealed certificate; the auth key opens it",
                )
                .to_owned(),
            bytes: order.sealed.as_bytes().to_vec(),
        }),
    };
    render::pdf(&face, &sheet, about).map(Zeroizing::new)
}

fn title(lang: Lang) -> &'static str {
    lang.pick("認証キー等のお知らせ", "Notice of Auth Key")
}

fn head(sheet: &mut Sheet<'_>, certificate: &Certificate<'_>, lang: Lang) {
    let claims = certificate.claims();
    let whole = Column::WHOLE;
    let small = Style::of(9.0);
    sheet.paragraph(whole, Align::Right, &paper::day(claims.issued_on, lang), small);
    sheet.space(6.0);
    let style = Style::of(19.0).strong().tracked(if lang == Lang::Ja { 0.12 } else { 0.0 });
    sheet.heading(1, whole, Align::Centre, title(lang), style);
    sheet.space(12.0);
    let name = claims.contractor.name.as_str();
    let addressee = match lang {
        Lang::Ja => format!("{name}　様"),
        _ => name.to_owned(),
    };
    sheet.paragraph(whole.inset(0.0, WIDTH / 3.0), Align::Left, &addressee, Style::of(11.0));
    let guarantor = &claims.guarantor;
    let right = whole.inset(WIDTH / 2.0, 0.0);
    sheet.paragraph(right, Align::Right, guarantor.name.as_str(), Style::of(10.0));
    if let Some(branch) = &guarantor.branch {
        sheet.paragraph(right, Align::Right, branch.as_str(), Style::of(10.0));
    }
    sheet.space(10.0);
    let text = match (lang, End::of(certificate)) {
        (Lang::Ja, None) => {
            "下記の保証について、電子証書を発行しました。発注者は、保証契約番号と認証キーによって、電子証書の内容を確かめます。"
        }
        (Lang::Ja, Some(_)) => {
            "下記の保証契約の終了について、電子証書を発行しました。発注者は、保証契約番号と認証キーによって、電子証書の内容を確かめます。"
        }
        (_, None) => {
            "A certificate was issued for the guarantee below. The obligee confirms it with the guarantee number and the auth key."
        }
        (_, Some(_)) => {
            "A certificate was issued on the end of the guarantee below. The obligee confirms it with the guarantee number and the auth key."
        }
    };
    sheet.paragraph(whole, Align::Left, text, Style::of(10.0));
    sheet.space(10.0);
}

fn key(
    sheet: &mut Sheet<'_>,
    certificate: &Certificate<'_>,
    auth_key: &AuthKey,
    lang: Lang,
) -> Result<(), DocumentError> {
    let number = &certificate.claims().number;
    let top = sheet.top();
    let height = 142.0;
    let (left, width) = (MARGIN, WIDTH);
    sheet.decorate(Draw::Frame { left, top, width, height, stroke: 1.2, colour: Colour::Accent });
    let inner = Column::WHOLE.inset(18.0, 12.0);
    let beside = inner.inset(0.0, QR_SIDE + 2.0);
    let label = Style::of(9.0).painted(Colour::Accent);
    sheet.move_to(top + 13.0);
    sheet.heading(2, beside, Align::Left, lang.pick("保証契約番号", "Guarantee number"), label);
    let number_style = fitted(sheet, number.as_str(), 20.0, 10.0, beside.width);
    sheet.paragraph(beside, Align::Left, number.as_str(), number_style);
    sheet.move_to(top + 63.0);
    sheet.heading(2, beside, Align::Left, lang.pick("認証キー", "Auth key"), label);
    let text = auth_key.expose_text();
    let key_style = fitted(sheet, text.as_str(), 20.0, 14.0, beside.width);
    sheet.paragraph(beside, Align::Left, text.as_str(), key_style);
    let note = lang.pick(
        "右の QR コードには、番号と認証キーだけが入っています。",
        "The QR code holds the number and the key, and nothing else.",
    );
    sheet.move_to(top + 115.0);
    sheet.paragraph(beside, Align::Left, note, Style::of(8.0).painted(Colour::Grey));
    let qr = Qr::of_notice(number, auth_key).ok_or(DocumentError::Pdf)?;
    let said = lang.pick(
        "保証契約番号と認証キーの QR コード",
        "QR code of the guarantee number and the auth key",
    );
    let qr_left = inner.left + inner.width - QR_SIDE;
    sheet.qr(qr_left, top + (height - QR_SIDE) / 2.0, QR_SIDE, qr, said.to_owned());
    sheet.move_to(top + height + 13.0);
    Ok(())
}

/// Returns the largest style between two sizes in which a text stands on one line; the smaller one
/// where none does.
fn fitted(sheet: &mut Sheet<'_>, text: &str, largest: f32, smallest: f32, width: f32) -> Style {
    let mut size = largest;
    while size > smallest && sheet.width(text, Style::of(size).strong()) > width {
        size -= 0.5;
    }
    Style { leading: size * 1.35, ..Style::of(size).strong() }
}

fn hand_over(sheet: &mut Sheet<'_>, lang: Lang) {
    let steps: &[&str] = match lang {
        Lang::Ja => &[
            "この PDF ファイルを、そのまま発注者に渡してください。発注者に渡すのは「電子証書 お客様控え」ではなく、この「お知らせ」です。",
            "認証キーは、この保証の発注者だけに渡してください。ほかの人の目に触れたときは、保証事業会社に再発行を申し出てください。",
            "変更保証の証書も、同じ認証キーで確かめられます(再発行したときを除きます)。",
        ],
        _ => &[
            "Hand this PDF file to the obligee as it is. What the obligee needs is this notice, not the customer's copy of the certificate.",
            "Give the auth key to the obligee of this guarantee and to nobody else. If others have seen it, ask the guarantor for a new one.",
            "The same auth key serves for the certificates of later amendments, unless a new key was issued.",
        ],
    };
    let small = Style::of(9.0);
    sheet.heading(
        2,
        Column::WHOLE,
        Align::Left,
        lang.pick("請負者の方へ", "For the contractor"),
        Style::of(10.5).strong(),
    );
    for step in steps {
        paper::bullet(sheet, step, small);
    }
    sheet.space(6.0);
    let steps: &[&str] = match lang {
        Lang::Ja => &[
            "証書の確認に使う窓口やプログラム、信頼バンドルは、この書面からではなく、既に知っている経路で入手したものを使ってください。",
            "この PDF には封をした電子証書が添付されています。hosho-verify check にこのファイルを指定し、番号と認証キーを入力すると、通信なしで確かめられます。",
        ],
        _ => &[
            "Use a service, a program and a trust bundle that you got by a channel you already knew, never by this paper.",
            "The sealed certificate is attached to this PDF. Name this file to hosho-verify check and enter number and key: no connection is needed.",
        ],
    };
    sheet.heading(
        2,
        Column::WHOLE,
        Align::Left,
        lang.pick("発注者の方へ", "For the obligee"),
        Style::of(10.5).strong(),
    );
    for step in steps {
        paper::bullet(sheet, step, small);
    }
    sheet.space(8.0);
}

fn guarantee(sheet: &mut Sheet<'_>, certificate: &Certificate<'_>, lang: Lang) {
    let title = lang.pick("対象の保証", "The guarantee");
    sheet.heading(2, Column::WHOLE, Align::Left, title, Style::of(10.5).strong());
    sheet.space(3.0);
    let style = Style { leading: 13.0, ..Style::of(9.0) };
    let rows: Vec<Row> = fields::summary(certificate, lang)
        .into_iter()
        .map(|field| Row::pair(field.label, field.texts, LABELS, style))
        .collect();
    sheet.table(MARGIN, &rows);
}
