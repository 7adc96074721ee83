//! Breaking text into lines, with the simple rules of Japanese typesetting (禁則).

use std::ops::Range;

use crate::face::Glyph;

/// What may not begin a line (行頭禁則).
const NOT_FIRST: &str = "、。，．・：；？！」』】〉》〕］｝）ゝゞ々ー〜～ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ,.:;?!)]}%％";

/// What may not end a line (行末禁則).
const NOT_LAST: &str = "「『【〈《〔［｛（([{￥¥";

/// Commands that are typed as they stand.
const COMMANDS: [&str; 2] = ["hosho-verify check", "hosho-verify trust update"];

/// The most characters of a remark in brackets that stays whole.
const REMARK: usize = 32;

/// Returns which glyphs stand on which line so that none is wider than `width` ems. Blanks at the
/// end of a line hang over. Commands and short remarks in brackets stay whole where they can.
pub(crate) fn break_lines(glyphs: &[Glyph], width: f32) -> Vec<Range<usize>> {
    let whole = whole(glyphs, width);
    let is_inside = |place: usize| whole.iter().any(|it| it.start < place && place < it.end);
    let mut lines = Vec::new();
    let (mut start, mut taken) = (0, 0.0_f32);
    // The last place where the line may end, and the last one that parts nothing.
    let (mut last_break, mut good_break) = (None, None);
    let mut before: [Option<char>; 2] = [None; 2];
    for (place, glyph) in glyphs.iter().enumerate() {
        if may_break(before, glyph.shows) {
            last_break = Some(place);
            good_break = Some(place).filter(|place| !is_inside(*place)).or(good_break);
        }
        // A thousandth forgives sums of rounded widths.
        if taken + glyph.advance > width + 0.001 && place > start && !glyph.shows.is_whitespace() {
            let end = good_break.or(last_break).filter(|at| *at > start).unwrap_or(place);
            lines.push(start..end);
            start = end;
            taken = glyphs.get(start..place).unwrap_or_default().iter().map(|g| g.advance).sum();
            last_break = last_break.filter(|at| *at > start);
            good_break = None;
        }
        taken += glyph.advance;
        let [_, last] = before;
        before = [last, Some(glyph.shows)];
    }
    if start < glyphs.len() {
        lines.push(start..glyphs.len());
    }
    lines
}

/// Returns what stays whole where it fits on a line: commands, and short remarks in brackets.
fn whole(glyphs: &[Glyph], width: f32) -> Vec<Range<usize>> {
    let shown = |range: Range<usize>| glyphs.get(range).unwrap_or_default();
    let end_of = |start: usize, glyph: &Glyph| match glyph.shows {
        '(' | '（' => {
            let mut rest = shown(start..glyphs.len().min(start + REMARK)).iter();
            rest.position(|it| matches!(it.shows, ')' | '）')).map(|at| start + at + 1)
        }
        'h' => COMMANDS.iter().find_map(|command| {
            let end = start + command.len();
            let is_it = shown(start..end).iter().map(|it| it.shows).eq(command.chars());
            is_it.then_some(end)
        }),
        _ => None,
    };
    let starts = glyphs.iter().enumerate();
    starts
        .filter_map(|(start, glyph)| end_of(start, glyph).map(|end| start..end))
        .filter(|it| shown(it.clone()).iter().map(|it| it.advance).sum::<f32>() <= width)
        .collect()
}

/// Tells whether a line may end after the last two characters and the next begin with `after`.
fn may_break([earlier, before]: [Option<char>; 2], after: char) -> bool {
    let Some(before) = before else { return false };
    if after.is_whitespace() || NOT_FIRST.contains(after) || NOT_LAST.contains(before) {
        return false;
    }
    let one_word = is_western(before) && is_western(after);
    // A hyphen joins two parts of a word; before an option it begins one.
    let joins = before == '-' && earlier.is_some_and(|it| it != '-' && !it.is_whitespace());
    before.is_whitespace() || joins || before == '/' || !one_word
}

/// Letters and digits of the West are kept together.
fn is_western(c: char) -> bool {
    u32::from(c) < 0x2000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(text: &str, width: f32) -> Vec<String> {
        let glyph = |(start, shows): (usize, char)| Glyph {
            id: 1,
            advance: if is_western(shows) { 0.5 } else { 1.0 },
            range: start..start + shows.len_utf8(),
            shows,
        };
        let glyphs: Vec<Glyph> = text.char_indices().map(glyph).collect();
        let lines = break_lines(&glyphs, width);
        lines
            .into_iter()
            .map(|line| glyphs[line].iter().map(|glyph| glyph.shows).collect())
            .collect()
    }

    #[test]
    fn japanese_breaks_anywhere_but_before_closing_and_after_opening_marks() {
        assert_eq!(broken("前払金保証", 2.0), ["前払", "金保", "証"]);
        assert_eq!(broken("前払。保証", 2.0), ["前", "払。", "保証"]);
        assert_eq!(broken("前（払金", 2.0), ["前", "（払", "金"]);
    }

    #[test]
    fn western_words_and_amounts_stay_whole() {
        assert_eq!(broken("the amount due", 4.0), ["the ", "amount ", "due"]);
        assert_eq!(broken("金額￥52,800", 4.0), ["金額", "￥52,800"]);
        assert_eq!(broken("31-07-1", 2.0), ["31-", "07-1"]);
    }

    #[test]
    fn an_option_of_a_program_stays_whole() {
        assert_eq!(broken("pass it with --status", 8.0), ["pass it with ", "--status"]);
        assert_eq!(broken("ab -c", 2.0), ["ab ", "-c"]);
    }

    #[test]
    fn a_command_stays_whole_where_it_fits() {
        let text = "検証は hosho-verify check で";
        assert_eq!(broken(text, 11.0), ["検証は ", "hosho-verify check で"]);
        assert_eq!(broken(text, 7.0), ["検証は hosho-", "verify check ", "で"]);
    }

    #[test]
    fn a_short_remark_in_brackets_stays_whole_where_it_fits() {
        let price = "￥104,500,000（うち消費税 ￥9,500,000）";
        assert_eq!(broken(price, 14.0), ["￥104,500,000", "（うち消費税 ￥9,500,000）"]);
        assert_eq!(broken(price, 8.0), ["￥104,500,000", "（うち消費税 ", "￥9,500,000）"]);
        let long = format!("甲（{}）", "乙".repeat(40));
        assert_eq!(broken(&long, 41.0), [format!("甲（{}", "乙".repeat(39)), "乙）".to_owned()]);
    }

    #[test]
    fn a_word_wider_than_the_line_is_cut() {
        assert_eq!(broken("abcdefgh", 2.0), ["abcd", "efgh"]);
    }

    #[test]
    fn no_line_is_wider_than_it_may_be_and_nothing_is_lost() {
        let text = "「甲」、乙。ab cd-ef/￥1,000）々ーァ".repeat(7);
        for tenths in 10_u8..90 {
            let lines = broken(&text, f32::from(tenths) / 10.0);
            assert_eq!(lines.concat(), text);
            for line in lines {
                let width: f32 =
                    line.trim_end().chars().map(|c| if is_western(c) { 0.5 } else { 1.0 }).sum();
                assert!(
                    width <= f32::from(tenths) / 10.0 + 0.001 || line.chars().count() == 1,
                    "{line}"
                );
            }
        }
    }

    #[test]
    fn nothing_has_no_lines() {
        assert_eq!(broken("", 3.0), [""; 0]);
    }
}
