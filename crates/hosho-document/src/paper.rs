//! What all papers have in common.

use hosho::Date;
use hosho_cli::lang::Lang;
use hosho_display::wareki;

use crate::face::{GETA, Lack};
use crate::sheet::{Align, Colour, Column, Draw, MARGIN, PAGE, Role, Sheet, Style};

/// The media type of a sealed certificate (spec section 3).
pub(crate) const SEALED: &str = "application/vnd.hosho.sealed+cose";

/// The media type of a signed certificate (spec section 3).
pub(crate) const SIGNED: &str = "application/vnd.hosho.certificate+cose";

/// Returns a day as the paper shows it.
pub(crate) fn day(day: Date, lang: Lang) -> String {
    match lang {
        Lang::Ja => wareki(day),
        _ => day.to_string(),
    }
}

/// Writes one item of a list.
pub(crate) fn bullet(sheet: &mut Sheet<'_>, text: &str, style: Style) {
    let hang = style.size;
    sheet.room(style.leading);
    sheet.inside(Role::Paragraph, |sheet| {
        let mark = sheet.lay("・", hang, style);
        sheet.set(Column { left: MARGIN, width: hang }, sheet.top(), Align::Left, mark, style);
        sheet.flow(Column::WHOLE.inset(hang, 0.0), Align::Left, text, style);
    });
}

/// Tells which characters could not be shown as they are.
pub(crate) fn lacks(sheet: &mut Sheet<'_>, lang: Lang) {
    let lacks = sheet.lacks();
    let (mut characters, mut variants) = (Vec::new(), Vec::new());
    for lack in &lacks {
        match lack {
            Lack::Character(_) => characters.push(lack.code_points()),
            Lack::Variant(..) => variants.push(lack.code_points()),
        }
    }
    let style = Style::of(8.0).painted(Colour::Grey);
    let mut tell = |codes: &[String], ja: String, en: String| {
        if !codes.is_empty() {
            sheet.space(4.0);
            let text = match lang {
                Lang::Ja => ja,
                _ => en,
            };
            sheet.paragraph(Column::WHOLE, Align::Left, &text, style);
        }
    };
    let codes = characters.join(", ");
    tell(
        &characters,
        format!("{GETA} は、この書面の書体にない文字の代わりです。元の文字の符号位置: {codes}"),
        format!(
            "{GETA} stands for a character that the font of this paper lacks. Its code point: {codes}"
        ),
    );
    let codes = variants.join(", ");
    tell(
        &variants,
        format!(
            "この書面の書体にない異体字は、基本の字形で示しています。元の文字の符号位置: {codes}"
        ),
        format!(
            "A variant that the font of this paper lacks is shown in its basic form. Its code points: {codes}"
        ),
    );
}

/// Puts a line at the foot of every page: what the paper is, and which page.
pub(crate) fn edges(sheet: &mut Sheet<'_>, what: &str) {
    let style = Style::of(7.5).painted(Colour::Grey);
    let pages = sheet.page() + 1;
    for page in 0..pages {
        let text = format!("{what}　{} / {pages}", page + 1);
        let width = sheet.width(&text, style);
        let line = sheet.lay(&text, width + 1.0, style).into_iter().next();
        let left = (PAGE.0 - width) / 2.0;
        let baseline = PAGE.1 - MARGIN / 2.0;
        if let Some(line) = line {
            sheet.decorate_page(page, Draw::Text { left, baseline, line, style });
        }
    }
}
