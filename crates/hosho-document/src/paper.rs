//! What all papers have in common.

use hosho::{Date, UnixTime};
use hosho_cli::lang::Lang;
use hosho_display::{in_japan, wareki};

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

/// Returns an instant as the paper shows it, in Japanese time.
pub(crate) fn instant(at: UnixTime, lang: Lang) -> String {
    match lang {
        Lang::Ja => in_wareki(&in_japan(at)),
        _ => in_japan(at),
    }
}

/// Returns a text that was made for a screen with its instants, `2026-03-03 09:00 JST`, and its days in
/// both calendars as a paper in Japanese shows them: 令和8年3月3日 09:00, 令和8年6月1日.
pub(crate) fn in_wareki(text: &str) -> String {
    instants_in_wareki(&days_in_wareki(text))
}

fn days_in_wareki(text: &str) -> String {
    let mut parts = text.split(BOTH);
    let mut written = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let day = written.len().checked_sub("2026-06-01".len());
        let day = day.and_then(|start| Some((start, Date::parse(written.get(start..)?).ok()?)));
        let rest = part.split_once(')');
        match (day, rest) {
            (Some((start, day)), Some((name, rest))) if wareki(day) == format!("令和{name}") => {
                written.truncate(start);
                written.extend(["令和", name, rest]);
            }
            _ => written.extend([BOTH, part]),
        }
    }
    written
}

fn instants_in_wareki(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(end) = rest.find(ZONE) {
        let (before, after) = rest.split_at(end);
        let shown = before.len().checked_sub("2026-03-03 09:00".len()).and_then(|start| {
            let (kept, instant) = before.split_at_checked(start)?;
            Some((kept, wareki_instant(instant)?))
        });
        match shown {
            Some((kept, instant)) => written.extend([kept, &instant]),
            None => written.extend([before, ZONE]),
        }
        rest = after.strip_prefix(ZONE).unwrap_or_default();
    }
    written.push_str(rest);
    written
}

/// What stands between a day and its name in the other calendar.
const BOTH: &str = " (令和";
/// How an instant on a screen ends.
const ZONE: &str = " JST";

fn wareki_instant(text: &str) -> Option<String> {
    let (date, clock) = text.split_once(' ')?;
    let is_clock = clock.bytes().all(|byte| byte.is_ascii_digit() || byte == b':');
    Some(format!("{} {clock}", wareki(Date::parse(date).ok()?))).filter(|_| is_clock)
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
pub(crate) fn edges(sheet: &mut Sheet<'_>, what: &str, colour: Colour) {
    let style = Style::of(7.5).painted(colour);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_of_a_screen_are_written_in_wareki() {
        assert_eq!(
            in_wareki("状態は 2026-03-03 09:00 JST 時点"),
            "状態は 令和8年3月3日 09:00 時点"
        );
        assert_eq!(
            in_wareki("g-x #1  2025-06-01 23:05 JST、2026-01-10 00:00 JST"),
            "g-x #1  令和7年6月1日 23:05、令和8年1月10日 00:00"
        );
    }

    #[test]
    fn days_in_both_calendars_are_written_once() {
        assert_eq!(
            in_wareki("更新期日 2026-06-01 (令和8年6月1日))、2026-03-31 (令和8年3月31日)"),
            "更新期日 令和8年6月1日)、令和8年3月31日"
        );
    }

    #[test]
    fn other_texts_stay_as_they_are() {
        for text in [
            "2026-06-01 (令和8年6月2日)",
            "一 (令和8年度)",
            " (令和",
            "",
            " JST",
            "あ JST",
            "2026-03-03 09:00",
            "2026-02-30 09:00 JST 保証 JST",
        ] {
            assert_eq!(in_wareki(text), text);
        }
    }

    #[test]
    fn an_instant_is_that_of_japan() {
        let at = UnixTime::parse("2026-11-22T15:04:05Z").unwrap();
        assert_eq!(instant(at, Lang::Ja), "令和8年11月23日 00:04");
        assert_eq!(instant(at, Lang::En), "2026-11-23 00:04 JST");
    }
}
