//! Text: what certificates hold, what people type, and the armor (spec sections 5 and 13).

use hosho::encode_armor;
use serde_json::Value;

use super::Set;
use super::format::{Fields, VectorFile};
use super::good::guarantor;
use crate::world::sample_claims;

pub(super) fn text() -> VectorFile {
    let mut set = Set::new("text", "text", "Texts of a certificate (spec R-TEXT-1 to R-TEXT-5).");
    for (id, rules, value) in [
        ("ascii", "R-TEXT-1 R-TEXT-2 R-TEXT-3", "A-1 Bridge (phase 2)"),
        ("kanji", "R-TEXT-1 R-TEXT-2", "株式会社 架空・建設(JV)"),
        ("compatibility-look-alikes", "R-TEXT-1", "髙橋 山﨑 桒原 德永"),
        ("outside-the-bmp", "R-TEXT-1", "𠮷野家 𩸽"),
        ("composed-kana", "R-TEXT-1", "ガギグゲゴパピプペポ"),
        ("half-width-kana", "R-TEXT-1", "ﾎｼｮｳ ﾎﾞｳ"),
        ("full-width-letters", "R-TEXT-1", "ＡＢＣ－１２３"),
        ("composed-latin", "R-TEXT-1", "Müller é"),
        ("hangul", "R-TEXT-1", "한국건설"),
        ("variation-sequence", "R-TEXT-5", "葛\u{e0100}飾区"),
        ("variation-sequence-last", "R-TEXT-5", "辻\u{e01ef}"),
        ("variation-after-extension-b", "R-TEXT-5", "\u{20bb7}\u{e0101}"),
        ("space-inside", "R-TEXT-3", "高瀬\u{3000}光一 殿"),
        ("one-character", "R-TEXT-4", "甲"),
    ] {
        set.add(
            id,
            rules,
            "a text as certificates hold it",
            Fields::of("value", value),
            Fields::accept(),
        );
    }
    let long = "a".repeat(512);
    set.add(
        "bytes-512",
        "R-TEXT-4",
        "the longest text",
        Fields::of("value", long.as_str()),
        Fields::accept(),
    );
    let mut bad = |id: &str, rule: &str, comment: &str, code: &str, value: &str, at: usize| {
        let expect = Fields::refuse(code).with("offset", at);
        set.add(id, rule, comment, Fields::of("value", value), expect);
    };
    bad("empty", "R-TEXT-4", "no character", "E6-TEXT-LENGTH", "", 0);
    bad("bytes-513", "R-TEXT-4", "one byte too many", "E6-TEXT-LENGTH", &format!("{long}a"), 0);
    bad(
        "bytes-514-of-kanji",
        "R-TEXT-4",
        "characters count by their bytes",
        "E6-TEXT-LENGTH",
        &format!("{}a", "神".repeat(171)),
        0,
    );
    for (id, value) in [
        ("compatibility-kanji", "\u{fa19}社"),
        ("combining-kana", "か\u{3099}"),
        ("combining-acute", "e\u{301}"),
        ("angstrom", "\u{212b}"),
        ("decomposed-hangul", "\u{1112}\u{1161}"),
        ("marks-in-wrong-order", "a\u{301}\u{323}"),
        ("supplementary-compatibility", "\u{2f800}"),
    ] {
        bad(
            &format!("nfc-{id}"),
            "R-TEXT-1",
            "not in normalization form C",
            "E6-TEXT-NFC",
            value,
            0,
        );
    }
    refused_characters(&mut bad);
    for (id, value, at) in [
        ("begins-with-space", " 甲", 0),
        ("begins-with-ideographic-space", "\u{3000}甲", 0),
        ("begins-with-no-break-space", "\u{a0}甲", 0),
        ("ends-with-space", "甲 ", 3),
        ("ends-with-ideographic-space", "甲\u{3000}", 3),
        ("ends-with-em-space", "甲\u{2003}", 3),
        ("ends-with-narrow-space", "甲\u{202f}", 3),
        ("only-a-space", " ", 0),
    ] {
        bad(id, "R-TEXT-3", "white space at an end", "E6-TEXT-SPACE", value, at);
    }
    for (id, value, at) in [
        ("after-a-letter", "A\u{e0100}", 1),
        ("after-kana", "あ\u{e0100}", 3),
        ("at-the-beginning", "\u{e0100}甲", 0),
        ("twice", "葛\u{e0100}\u{e0101}", 7),
        ("after-a-space", "葛 \u{e0100}", 4),
        ("standard-1", "葛\u{fe00}", 3),
        ("standard-16", "1\u{fe0f}", 1),
    ] {
        bad(
            &format!("variation-{id}"),
            "R-TEXT-5",
            "a variation selector out of place",
            "E6-TEXT-VARIATION",
            value,
            at,
        );
    }
    set.file
}

/// The first and the last code point of every class of R-TEXT-2.
fn refused_characters(bad: &mut impl FnMut(&str, &str, &str, &str, &str, usize)) {
    let classes: &[(u32, u32, &str)] = &[
        (0x00, 0x1f, "C0"),
        (0x7f, 0x9f, "DEL and C1"),
        (0xad, 0xad, "soft hyphen"),
        (0x34f, 0x34f, "grapheme joiner"),
        (0x61c, 0x61c, "Arabic letter mark"),
        (0x115f, 0x1160, "Hangul fillers"),
        (0x17b4, 0x17b5, "invisible Khmer vowels"),
        (0x180b, 0x180f, "Mongolian selectors"),
        (0x200b, 0x200f, "zero-width and direction marks"),
        (0x2028, 0x202e, "separators, embeddings, overrides"),
        (0x2060, 0x206f, "invisible operators, isolates"),
        (0x2800, 0x2800, "blank Braille pattern"),
        (0x3164, 0x3164, "Hangul filler"),
        (0xe000, 0xf8ff, "private use"),
        (0xfdd0, 0xfdef, "noncharacters"),
        (0xfeff, 0xfeff, "byte-order mark"),
        (0xffa0, 0xffa0, "half-width Hangul filler"),
        (0xfff9, 0xfffc, "interlinear annotation, object"),
        (0xfffe, 0xffff, "noncharacters"),
        (0x1bca0, 0x1bca3, "shorthand controls"),
        (0x1d173, 0x1d17a, "musical controls"),
        (0x1fffe, 0x1ffff, "noncharacters of plane 1"),
        (0xe0000, 0xe007f, "tags"),
        (0xf0000, 0xffffd, "private use of plane 15"),
        (0x10_0000, 0x10_ffff, "private use of plane 16, noncharacters"),
    ];
    for (from, to, name) in classes {
        for code in if from == to { vec![*from] } else { vec![*from, *to] } {
            let c = char::from_u32(code).expect("no surrogate");
            let id = format!("character-{code:04x}");
            bad(&id, "R-TEXT-2", name, "E6-TEXT-CHARACTER", &format!("甲{c}乙"), 3);
        }
    }
}

pub(super) fn fold_number() -> VectorFile {
    let mut set =
        Set::new("fold-number", "fold-number", "Numbers as people type them (spec R-NUM-2).");
    for (id, typed, number) in [
        ("printed", "31-07-1-0000123-9", "31-07-1-0000123-9"),
        ("full-width", "３１－０７－１－００００１２３－９", "31-07-1-0000123-9"),
        ("spaces", " 31 - 07-1-0000123-9\t\n", "31-07-1-0000123-9"),
        ("ideographic-space", "31-07\u{3000}-1", "31-07-1"),
        ("hyphens", "1\u{2010}2\u{2011}3\u{2012}4\u{2013}5\u{2014}6\u{2015}7", "1-2-3-4-5-6-7"),
        ("minus-and-kana", "1\u{2212}2\u{30fc}3\u{ff70}4\u{ff0d}5", "1-2-3-4-5"),
        ("small-hyphens", "1\u{fe58}2\u{fe63}3", "1-2-3"),
        ("case-stays", "ＡbＣ-1", "AbC-1"),
        ("circled-digits", "①②-③", "12-3"),
        ("of-64", &"1".repeat(64), &"1".repeat(64)),
    ] {
        let input = Fields::of("typed", typed);
        set.add(
            id,
            "R-NUM-2 R-NUM-1",
            "folded to the grammar",
            input,
            Fields::accept().with("number", number),
        );
    }
    for (id, typed) in [
        ("empty", String::new()),
        ("only-spaces", " \u{3000}".into()),
        ("kanji", "第31号".into()),
        ("slash", "31/07".into()),
        ("underscore", "31_07".into()),
        ("dot", "31.07".into()),
        ("tilde", "31～07".into()),
        ("plus", "31+07".into()),
        ("letter-with-accent", "é1".into()),
        ("zero-width-space", "31\u{200b}07".into()),
        ("nul", "31\u{0}07".into()),
        ("unit-separator", "31\u{1f}07".into()),
        ("arabic-digits", "٣١".into()),
        ("of-65", "1".repeat(65)),
        ("of-513-bytes", format!("1{}", " ".repeat(512))),
    ] {
        let input = Fields::of("typed", typed);
        set.add(id, "R-NUM-2", "not a guarantee number", input, Fields::refuse("E1-NUMBER"));
    }
    set.file
}

pub(super) fn armor() -> VectorFile {
    let mut set = Set::new("armor", "armor", "Text armor, in its one form (spec R-ARMOR-1).");
    let g = guarantor();
    let signed = g.issue(sample_claims(&g));
    for (id, length) in [
        ("one-byte", 1),
        ("two-bytes", 2),
        ("three-bytes", 3),
        ("one-line", 48),
        ("a-byte-more", 49),
        ("certificate", signed.len()),
    ] {
        let text = encode_armor(&signed[..length]);
        set.add_computed(id, "R-ARMOR-1", "the one form", Fields::of("text", text));
    }
    let good = encode_armor(&signed[..100]);
    let lines: Vec<&str> = good.lines().collect();
    let join = |lines: &[&str]| lines.join("\n") + "\n";
    let body = |edit: &dyn Fn(&str) -> String| {
        join(&[lines[0], lines[1], lines[2], &edit(lines[3]), lines[4]])
    };
    let cases: Vec<(&str, &str, String)> = vec![
        ("empty", "nothing", String::new()),
        ("crlf", "CR LF ends the lines", good.replace('\n', "\r\n")),
        ("no-last-line-feed", "the last line has no end", good.trim_end().to_owned()),
        ("line-feed-after", "an empty line after", format!("{good}\n")),
        ("space-before", "a space before", format!(" {good}")),
        ("text-before", "a line before", format!("From: guarantor\n{good}")),
        ("byte-order-mark", "a byte-order mark before", format!("\u{feff}{good}")),
        ("empty-line-inside", "an empty line after the first", good.replacen('\n', "\n\n", 1)),
        (
            "space-at-line-end",
            "a space ends a line",
            good.replacen('\n', " \n", 2).replacen(" \n", "\n", 1),
        ),
        ("one-long-line", "one line for all", join(&[lines[0], &lines[1..4].concat(), lines[4]])),
        ("lines-of-76", "76 columns, as in MIME", {
            let all = lines[1..4].concat();
            join(&[lines[0], &all[..76], &all[76..], lines[4]])
        }),
        ("lines-of-60", "60 columns", {
            let all = lines[1..4].concat();
            join(&[lines[0], &all[..60], &all[60..120], &all[120..], lines[4]])
        }),
        (
            "no-padding",
            "the padding is not there",
            body(&|line| line.trim_end_matches('=').to_owned()),
        ),
        ("more-padding", "padding too much", body(&|line| format!("{line}="))),
        (
            "url-alphabet",
            "the alphabet of base64url",
            join(&[lines[0], lines[1], lines[2], "-_-_", lines[4]]),
        ),
        (
            "foreign-character",
            "a character outside base64",
            body(&|line| line.replacen('=', "*", 1)),
        ),
        ("bits-after-the-end", "bits that are not zero after the end", {
            let text = encode_armor(&[0]);
            text.replace("AA==", "AB==")
        }),
        ("other-name", "another name", good.replace("HOSHO CERTIFICATE", "CERTIFICATE")),
        ("lower-case", "lower case", good.replace("BEGIN", "begin")),
        ("four-hyphens", "a hyphen is missing", good.replacen('-', "", 1)),
        ("no-end", "no last line", join(&lines[..4])),
        ("no-begin", "no first line", join(&lines[1..])),
        (
            "header-line",
            "a header, as in PEM of RFC 1421",
            join(&[lines[0], "Version: 1", "", lines[1], lines[2], lines[3], lines[4]]),
        ),
        ("twice", "two in a row", format!("{good}{good}")),
        ("nul", "a NUL in the body", body(&|line| format!("{line}\0"))),
    ];
    for (id, comment, text) in cases {
        set.add(
            &format!("refused-{id}"),
            "R-ARMOR-1",
            comment,
            Fields::of("text", Value::from(text)),
            Fields::refuse("E1-ARMOR"),
        );
    }
    set.file
}
