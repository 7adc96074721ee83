//! Auth keys: their text, and what is derived from them (spec section 8).

use hosho::AuthKey;

use super::Set;
use super::format::{Fields, VectorFile, to_hex};
use crate::world::Guarantor;

const PRINTED: &str = "1SXAS-AAJCV-8GEE1-S4M3K-CJ1DD";
const ALPHABET: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Multiplies in GF(32) = GF(2)[a]/(a^5 + a^2 + 1).
fn multiply(mut a: u8, mut b: u8) -> u8 {
    let mut product = 0;
    while b > 0 {
        if b & 1 == 1 {
            product ^= a;
        }
        a <<= 1;
        if a & 32 != 0 {
            a ^= 0x25;
        }
        b >>= 1;
    }
    product
}

/// Returns the printed text of 21 symbols with their check, by long division (spec section 8.1).
fn with_check(symbols: &[u8]) -> String {
    let mut generator = vec![1_u8];
    let mut root = 1;
    for _ in 0..4 {
        root = multiply(root, 2);
        let mut next = vec![0; generator.len() + 1];
        for (at, coefficient) in generator.iter().enumerate() {
            next[at] ^= coefficient;
            next[at + 1] ^= multiply(*coefficient, root);
        }
        generator = next;
    }
    let mut rest = [symbols, &[0; 4]].concat();
    for at in 0..symbols.len() {
        let lead = rest[at];
        for (offset, coefficient) in generator.iter().enumerate() {
            rest[at + offset] ^= multiply(*coefficient, lead);
        }
    }
    let word = [symbols, &rest[symbols.len()..]].concat();
    let alphabet: Vec<char> = ALPHABET.chars().collect();
    let groups = word
        .chunks(5)
        .map(|group| group.iter().map(|s| alphabet[usize::from(*s)]).collect::<String>());
    groups.collect::<Vec<_>>().join("-")
}

/// Replaces the character of a symbol, counted without the hyphens.
fn replace(text: &str, changes: &[(usize, char)]) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    for (symbol, to) in changes {
        let at = symbol + symbol / 5;
        assert_ne!(characters[at], *to, "a change");
        characters[at] = *to;
    }
    characters.into_iter().collect()
}

pub(super) fn auth_key_text() -> VectorFile {
    let mut set = Set::new(
        "auth-key-text",
        "auth-key-text",
        "Auth keys as printed and as typed (spec section 8.1).",
    );
    let all = "R-KEY-1 R-KEY-2 R-KEY-3 R-KEY-4 R-KEY-5";
    let mut good = |id: &str, comment: &str, typed: &str, canonical: &str| {
        let expect = Fields::accept().with("canonical", canonical);
        set.add(id, all, comment, Fields::of("text", typed), expect);
    };
    good("printed", "as printed", PRINTED, PRINTED);
    for (id, fill) in [("all-zero", 0), ("all-ones", 31), ("alternating", 0b10101)] {
        let mut symbols = [fill; 21];
        symbols[0] = 1;
        let text = with_check(&symbols);
        good(id, "a secret of one pattern", &text, &text);
    }
    for offset in 0..4_u8 {
        let mut symbols: Vec<u8> = (0..21).map(|at| (at * 7 + offset * 9) % 32).collect();
        symbols[0] = 1;
        let text = with_check(&symbols);
        good(&format!("symbols-{offset}"), "many symbols of the alphabet", &text, &text);
    }
    for (id, comment, typed) in [
        ("lower-case", "lower case", PRINTED.to_lowercase()),
        ("no-hyphens", "no hyphens", PRINTED.replace('-', "")),
        ("spaces", "spaces for hyphens", PRINTED.replace('-', " ")),
        ("spaces-around", "white space around", format!("\t {PRINTED}\r\n")),
        (
            "full-width",
            "full-width forms",
            PRINTED
                .chars()
                .map(|c| char::from_u32(u32::from(c) + 0xfee0).expect("a full-width form"))
                .collect(),
        ),
        (
            "full-width-lower-case",
            "full-width forms in lower case",
            PRINTED
                .to_lowercase()
                .chars()
                .map(|c| char::from_u32(u32::from(c) + 0xfee0).expect("a full-width form"))
                .collect(),
        ),
        ("i-for-1", "I for 1", PRINTED.replace('1', "I")),
        ("l-for-1", "l for 1", PRINTED.replace('1', "l")),
        ("long-vowel-mark", "the long vowel mark for hyphens", PRINTED.replace('-', "ー")),
        ("half-width-mark", "its half-width form", PRINTED.replace('-', "\u{ff70}")),
        ("en-dash", "an en dash for hyphens", PRINTED.replace('-', "\u{2013}")),
        ("minus-sign", "a minus sign for hyphens", PRINTED.replace('-', "\u{2212}")),
        ("ideographic-space", "ideographic spaces", PRINTED.replace('-', "\u{3000}")),
        ("no-break-space", "no-break spaces", PRINTED.replace('-', "\u{a0}")),
        ("hyphens-elsewhere", "other groups", "1SXA-SAAJ-CV8G-EE1S-4M3K-CJ1D-D".into()),
        ("bytes-256", "the longest typed text", format!("{PRINTED}{}", " ".repeat(227))),
    ] {
        good(id, comment, &typed, PRINTED);
    }
    let zero = with_check(&{
        let mut s = [0; 21];
        s[0] = 1;
        s
    });
    good("o-for-0", "O for 0", &zero.replace('0', "o"), &zero);
    refused(&mut set);
    set.file
}

fn refused(set: &mut Set) {
    let mut bad =
        |id: &str, rule: &str, comment: &str, typed: &str, code: &str, group: Option<u64>| {
            let expect = Fields::refuse(code).with_some("group", group);
            set.add(id, rule, comment, Fields::of("text", typed), expect);
        };
    for (id, typed) in [
        ("empty", String::new()),
        ("only-hyphens", "-----".into()),
        ("24", PRINTED[..28].into()),
        ("26", format!("{PRINTED}D")),
        ("26-in-front", format!("1{PRINTED}")),
        ("20", PRINTED[..23].into()),
        ("50", format!("{PRINTED} {PRINTED}")),
    ] {
        bad(&format!("length-{id}"), "R-KEY-1", "not 25 symbols", &typed, "E2-LENGTH", None);
    }
    bad(
        "bytes-257",
        "R-KEY-5",
        "typed text of one byte too many",
        &format!("{PRINTED}{}", " ".repeat(228)),
        "E2-LENGTH",
        None,
    );
    for (id, c) in [
        ("u", 'U'),
        ("u-small", 'u'),
        ("kanji", '神'),
        ("dot", '.'),
        ("underscore", '_'),
        ("accent", 'É'),
        ("full-width-u", 'Ｕ'),
        ("kana", 'ア'),
        ("nul", '\0'),
        ("greek", 'Α'),
        ("cyrillic", 'А'),
        ("arabic-digit", '٣'),
        ("zero-width", '\u{200b}'),
    ] {
        bad(
            &format!("symbol-{id}"),
            "R-KEY-2",
            "a character outside the alphabet",
            &replace(PRINTED, &[(7, c)]),
            "E2-SYMBOL",
            None,
        );
    }
    for at in 0..25 {
        let to = if PRINTED.replace('-', "").as_bytes()[at] == b'7' { 'W' } else { '7' };
        let group = u64::try_from(at / 5 + 1).expect("small");
        bad(
            &format!("check-symbol-{}", at + 1),
            "R-KEY-3",
            "one wrong symbol",
            &replace(PRINTED, &[(at, to)]),
            "E2-CHECK",
            Some(group),
        );
    }
    for (id, changes) in [
        ("two", &[(3, 'W'), (17, '9')][..]),
        ("two-of-a-group", &[(5, '7'), (6, '7')]),
        ("three", &[(1, '7'), (12, '7'), (24, '7')]),
        ("four", &[(1, '7'), (8, 'Z'), (15, 'Q'), (20, '2')]),
    ] {
        bad(
            &format!("check-{id}"),
            "R-KEY-3",
            "several wrong symbols",
            &replace(PRINTED, changes),
            "E2-CHECK",
            None,
        );
    }
    for at in [1, 2, 6, 9, 13, 18, 23] {
        let plain: Vec<char> = PRINTED.replace('-', "").chars().collect();
        if plain[at] != plain[at + 1] {
            let swapped = replace(PRINTED, &[(at, plain[at + 1]), (at + 1, plain[at])]);
            bad(
                &format!("check-swapped-{}", at + 1),
                "R-KEY-3",
                "two neighbours are swapped",
                &swapped,
                "E2-CHECK",
                None,
            );
        }
    }
    bad(
        "groups-swapped",
        "R-KEY-3",
        "two groups are swapped",
        "1SXAS-8GEE1-AAJCV-S4M3K-CJ1DD",
        "E2-CHECK",
        None,
    );
    for version in [0, 2, 31] {
        let mut symbols = [9; 21];
        symbols[0] = version;
        bad(
            &format!("version-{version}"),
            "R-KEY-4",
            "a correct code word of another version",
            &with_check(&symbols),
            "E2-VERSION",
            None,
        );
    }
}

fn names(
    guarantor_id: &str,
    number: &str,
    epoch: u64,
    serial: u64,
) -> impl FnOnce(Fields) -> Fields {
    let (guarantor_id, number) = (guarantor_id.to_owned(), number.to_owned());
    move |fields: Fields| {
        fields
            .with("guarantor_id", guarantor_id)
            .with("number", number)
            .with("epoch", epoch)
            .with("serial", serial)
    }
}

/// Names at the edges of what a derivation takes.
const NAMES: [(&str, &str, &str, u64, u64); 7] = [
    ("ordinary", "g-mirai", "31-07-1-0000123-9", 1, 1),
    ("other-number", "g-mirai", "31-07-1-0000123-8", 1, 1),
    ("other-guarantor", "g-other", "31-07-1-0000123-9", 1, 1),
    ("epoch-24", "g-mirai", "31-07-1-0000123-9", 24, 1),
    ("serial-2", "g-mirai", "31-07-1-0000123-9", 1, 2),
    ("shortest", "a-0", "1", 1, 1),
    (
        "largest",
        "abcdefghijklmnopqrstuvwxyz-01234",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ-abcdefghijklmnopqrstuvwxyz-0123456789",
        4_294_967_295,
        4_294_967_295,
    ),
];

pub(super) fn derive() -> VectorFile {
    let mut set = Set::new(
        "derive",
        "derive",
        "What an auth key derives: bind, locator, commit, k_enc and k_answer (spec section 8.4).",
    );
    for (id, guarantor_id, number, epoch, serial) in NAMES {
        let key = AuthKey::parse(PRINTED).expect("a key");
        let input = Fields::of("auth_key", key.expose_text().as_str());
        let input = names(guarantor_id, number, epoch, serial)(input);
        let salt = hosho::Fingerprint::of(id.as_bytes());
        let input = input.with("seal_salt", to_hex(&salt.as_bytes()[..16]));
        set.add_computed(id, "R-DERIVE-2", "the values of these names", input);
    }
    let zero = with_check(&{
        let mut s = [0; 21];
        s[0] = 1;
        s
    });
    let input = names("g-mirai", "31-07-1-0000123-9", 1, 1)(Fields::of("auth_key", zero));
    set.add_computed("zero-secret", "R-DERIVE-2", "a secret of zeros, no salt", input);
    for (id, guarantor_id, number, epoch, serial) in NAMES {
        let input = names(guarantor_id, number, epoch, serial)(Fields::of("auth_key", PRINTED));
        let salt = hosho::Fingerprint::of(format!("answer {id}").as_bytes());
        let input = input.with("answer_salt", to_hex(&salt.as_bytes()[..16]));
        let comment = "the key of an answer, which no name but the salt is part of";
        set.add_computed(&format!("answer-{id}"), "R-DERIVE-3", comment, input);
    }
    set.file
}

pub(super) fn derive_auth_key() -> VectorFile {
    let mut set = Set::new(
        "derive-auth-key",
        "derive-auth-key",
        "The auth key of a guarantee (spec section 8.3); only a guarantor needs this.",
    );
    let masters = [
        ("fixed", Guarantor::new("g-mirai").master_bytes()),
        ("zero", [0; 32]),
        ("ones", [0xff; 32]),
    ];
    for (name, master) in masters {
        for (id, guarantor_id, number, epoch, serial) in NAMES {
            let input =
                names(guarantor_id, number, epoch, serial)(Fields::of("master", to_hex(&master)));
            set.add_computed(
                &format!("{name}-{id}"),
                "R-DERIVE-1",
                "the key of these names",
                input,
            );
        }
    }
    set.file
}
