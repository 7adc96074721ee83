//! Signed certificates whose claims break a rule of spec sections 5 and 6.

use super::Set;
use super::fault::missing;
use super::format::VectorFile;
use super::good::Certificates;
use crate::hostile::{Mark, Node};

pub(super) fn parse_certificate() -> VectorFile {
    let mut c = Certificates::new(Set::new(
        "certificate-claims",
        "parse-certificate",
        "The claims of a certificate (spec sections 5 and 6): values, and how they go together.",
    ));
    let all = "R-TEXT-1 R-TEXT-2 R-TEXT-3 R-TEXT-4 R-TEXT-5 R-NUM-1 R-ID-1 R-DATE-1 R-DATE-2 \
               R-TIME-1 R-YEN-1 R-REV-1 R-CERT-1 R-CERT-2 R-CERT-3 R-CERT-4 R-CERT-5 R-CERT-6 \
               R-CERT-7 R-CERT-8 R-CERT-9 R-CERT-10";
    c.accept("claims", all, "a second revision with every optional field", |_| ());
    c.accept_plain("claims-first", "R-CERT-2 R-CERT-4", "a first revision", |_| ());
    edges(&mut c);
    numbers(&mut c);
    names(&mut c);
    texts(&mut c);
    lineage(&mut c);
    kinds(&mut c);
    members(&mut c);
    changes(&mut c);
    c.set.file
}

/// Values at the ends of their ranges.
fn edges(c: &mut Certificates) {
    let edges: Vec<(&str, &str, &[i64], Node)> = vec![
        ("date-first", "R-DATE-1", &[2, 16, 3], Node::int(0)),
        ("date-last", "R-DATE-1", &[2, 16, 4], Node::int(2_932_896)),
        (
            "period-of-a-day",
            "R-DATE-2",
            &[2, 15, 2],
            Node::Array(vec![Node::int(20_000), Node::int(20_000)]),
        ),
        ("time-first", "R-TIME-1", &[2, 6], Node::int(0)),
        ("time-last", "R-TIME-1", &[2, 6], Node::int(253_402_300_799_i64)),
        ("yen-last", "R-YEN-1", &[2, 15, 1], Node::int(9_999_999_999_999_i64)),
        ("revision-last", "R-REV-1", &[2, 4], Node::int(65_535)),
        ("epoch-last", "R-CERT-9", &[2, 7, 0], Node::int(4_294_967_295_i64)),
        ("serial-last", "R-CERT-9", &[2, 7, 1], Node::int(4_294_967_295_i64)),
        ("list-last", "R-CERT-10", &[2, 8, 0], Node::int(65_535)),
        ("index-first", "R-CERT-10", &[2, 8, 1], Node::int(0)),
        ("index-last", "R-CERT-10", &[2, 8, 1], Node::int(131_071)),
        ("share-first", "R-CERT-7", &[2, 13, 4, 0, 3], Node::int(1)),
        ("share-last", "R-CERT-7", &[2, 13, 4, 0, 3], Node::int(10_000)),
        ("tax-of-the-whole-price", "R-CERT-6", &[2, 14, 8], Node::int(132_000_000)),
        ("number-of-one", "R-NUM-1", &[2, 3], Node::text("-")),
        ("number-of-64", "R-NUM-1", &[2, 3], Node::text("aZ09".repeat(16))),
        ("guarantor-id-of-3", "R-ID-1", &[2, 2], Node::text("a-0")),
        ("guarantor-id-of-32", "R-ID-1", &[2, 2], Node::text("abcd-019".repeat(4))),
        ("text-of-512", "R-TEXT-4", &[2, 16, 2], Node::text("あa".repeat(128))),
        ("short-text-of-64", "R-TEXT-4", &[2, 14, 2], Node::text("役務".repeat(10) + "abcd")),
        (
            "kinds-all-seven",
            "R-CERT-8",
            &[2, 16, 1],
            Node::Array((1..=7_i64).map(Node::int).collect()),
        ),
        ("kind-rekey", "R-CERT-8", &[2, 16, 1], Node::Array(vec![Node::int(9)])),
        ("kind-voidance", "R-CERT-8", &[2, 16, 1], Node::Array(vec![Node::int(8)])),
    ];
    for (id, rule, path, node) in edges {
        c.accept(id, rule, "at the edge of what is allowed", |n| n.put(path, node));
    }
    c.accept("members-20", "R-CERT-7", "the largest joint venture", |n| {
        let member = n.at(&[2, 13, 4, 1]).clone();
        *n.array(&[2, 13, 4]) = vec![member; 20];
    });
}

fn numbers(c: &mut Certificates) {
    let int = |value: i64| Node::int(value);
    let cases: Vec<(&str, &str, &str, &[i64], Node)> = vec![
        ("version-0", "R-CERT-1", "E3-VERSION", &[2, 1], int(0)),
        ("version-2", "R-CERT-1", "E3-VERSION", &[2, 1], int(2)),
        ("version-large", "R-CERT-1", "E3-VERSION", &[2, 1], int(i64::MAX)),
        ("revision-0", "R-REV-1", "E6-REVISION", &[2, 4], int(0)),
        ("revision-65536", "R-REV-1", "E6-REVISION", &[2, 4], int(65_536)),
        ("issued-at-too-late", "R-TIME-1", "E6-TIME", &[2, 6], int(253_402_300_800)),
        ("issued-at-milliseconds", "R-TIME-1", "E6-TIME", &[2, 6], int(1_750_381_200_000)),
        ("epoch-0", "R-CERT-9", "E6-BINDING", &[2, 7, 0], int(0)),
        ("epoch-2-32", "R-CERT-9", "E6-BINDING", &[2, 7, 0], int(1 << 32)),
        ("serial-0", "R-CERT-9", "E6-BINDING", &[2, 7, 1], int(0)),
        ("serial-2-32", "R-CERT-9", "E6-BINDING", &[2, 7, 1], int(1 << 32)),
        ("list-0", "R-CERT-10", "E6-STATUS-REFERENCE", &[2, 8, 0], int(0)),
        ("list-65536", "R-CERT-10", "E6-STATUS-REFERENCE", &[2, 8, 0], int(65_536)),
        ("index-131072", "R-CERT-10", "E6-STATUS-REFERENCE", &[2, 8, 1], int(131_072)),
        ("kind-0", "R-CERT-3", "E6-KIND", &[2, 9], int(0)),
        ("kind-4", "R-CERT-3", "E6-KIND", &[2, 9], int(4)),
        ("kind-257", "R-CERT-3", "E6-KIND", &[2, 9], int(257)),
        ("issued-on-too-late", "R-DATE-1", "E6-DATE", &[2, 10], int(2_932_897)),
        ("concluded-on-too-late", "R-DATE-1", "E6-DATE", &[2, 14, 5], int(2_932_897)),
        ("term-from-too-late", "R-DATE-1", "E6-DATE", &[2, 14, 6, 0], int(1 << 32)),
        ("period-to-too-late", "R-DATE-1", "E6-DATE", &[2, 15, 2, 1], int(20_250_620 + 10)),
        ("changed-on-too-late", "R-DATE-1", "E6-DATE", &[2, 16, 3], int(2_932_897)),
        ("effective-from-too-late", "R-DATE-1", "E6-DATE", &[2, 16, 4], int(2_932_897)),
        ("price-too-large", "R-YEN-1", "E6-YEN", &[2, 14, 7], int(10_000_000_000_000)),
        ("tax-too-large", "R-YEN-1", "E6-YEN", &[2, 14, 8], int(10_000_000_000_000)),
        ("planned-too-large", "R-YEN-1", "E6-YEN", &[2, 14, 9, 1], int(10_000_000_000_000)),
        ("amount-too-large", "R-YEN-1", "E6-YEN", &[2, 15, 1], int(10_000_000_000_000)),
        ("advance-too-large", "R-YEN-1", "E6-YEN", &[2, 15, 3], int(i64::MAX)),
        ("share-0", "R-CERT-7", "E6-MEMBERS", &[2, 13, 4, 0, 3], int(0)),
        ("share-10001", "R-CERT-7", "E6-MEMBERS", &[2, 13, 4, 0, 3], int(10_001)),
    ];
    for (id, rule, code, path, node) in cases {
        c.rich(id, rule, "a number out of its range", code, |n| n.put(path, node.marked()));
    }
    for (id, path) in [("term", &[2, 14, 6][..]), ("period", &[2, 15, 2])] {
        c.rich(
            &format!("{id}-ends-before"),
            "R-DATE-2",
            "the last day is before the first",
            "E6-PERIOD",
            |n| {
                n.put(path, Node::Array(vec![Node::int(20_001), Node::int(20_000)]).marked());
            },
        );
    }
}

fn names(c: &mut Certificates) {
    let cases: &[(&str, &[i64], &str, usize)] = &[
        ("number-empty", &[2, 3], "", 0),
        ("number-full-width", &[2, 3], "３１-07", 0),
        ("number-space", &[2, 3], "31 07", 2),
        ("number-underscore", &[2, 3], "31_07", 2),
        ("number-slash", &[2, 3], "31-07/1", 5),
        ("number-kanji", &[2, 3], "31-第07号", 3),
        ("number-dash", &[2, 3], "31‐07", 2),
        ("number-line-feed", &[2, 3], "31-07\n", 5),
        ("number-nul", &[2, 3], "31\0", 2),
        ("first-advance-dot", &[2, 15, 4], "31.07", 2),
        ("first-advance-empty", &[2, 15, 4], "", 0),
    ];
    for (id, path, text, at) in cases {
        c.rich(id, "R-NUM-1", "a number outside its grammar", "E6-NUMBER", |n| {
            n.put(path, Node::text(*text).marked_at(Mark::Content(*at)));
        });
    }
    c.rich("number-of-65", "R-NUM-1", "a number of one byte too many", "E6-NUMBER", |n| {
        n.put(&[2, 3], Node::text("1".repeat(65)).marked_at(Mark::Content(0)));
    });
    for (id, text, at) in [
        ("short", "g1".to_owned(), 0),
        ("empty", String::new(), 0),
        ("long", "g".repeat(33), 0),
        ("upper-case", "g-Mirai".to_owned(), 2),
        ("underscore", "g_mirai".to_owned(), 1),
        ("dot", "mirai.example".to_owned(), 5),
        ("kanji", "mirai保証".to_owned(), 5),
    ] {
        c.rich(
            &format!("guarantor-id-{id}"),
            "R-ID-1",
            "a guarantor-id outside its grammar",
            "E6-GUARANTOR-ID",
            |n| {
                n.put(&[2, 2], Node::text(text).marked_at(Mark::Content(at)));
            },
        );
    }
}

/// Each text field refuses what a text refuses; `text.json` has the characters.
fn texts(c: &mut Certificates) {
    let fields: &[(&str, &[i64], usize)] = &[
        ("guarantor-name", &[2, 11, 1], 512),
        ("guarantor-branch", &[2, 11, 2], 512),
        ("guarantor-representative", &[2, 11, 3], 512),
        ("guarantor-address", &[2, 11, 4], 512),
        ("obligee-name", &[2, 12, 1], 512),
        ("obligee-representative", &[2, 12, 2], 512),
        ("obligee-address", &[2, 12, 3], 512),
        ("contractor-name", &[2, 13, 1], 512),
        ("contractor-representative", &[2, 13, 2], 512),
        ("contractor-address", &[2, 13, 3], 512),
        ("member-name", &[2, 13, 4, 1, 1], 512),
        ("member-role", &[2, 13, 4, 1, 2], 64),
        ("contract-number", &[2, 14, 1], 512),
        ("category", &[2, 14, 2], 64),
        ("work-name", &[2, 14, 3], 512),
        ("work-site", &[2, 14, 4], 512),
        ("fiscal-year", &[2, 14, 9, 0], 64),
        ("terms", &[2, 15, 5], 512),
        ("reason", &[2, 16, 2], 512),
    ];
    for (name, path, max) in fields {
        c.rich(&format!("{name}-long"), "R-TEXT-4", "one byte too many", "E6-TEXT-LENGTH", |n| {
            n.put(path, Node::text("a".repeat(max + 1)).marked_at(Mark::Content(0)));
        });
        c.rich(&format!("{name}-empty"), "R-TEXT-4", "an empty text", "E6-TEXT-LENGTH", |n| {
            n.put(path, Node::text("").marked_at(Mark::Content(0)));
        });
        c.rich(
            &format!("{name}-override"),
            "R-TEXT-2",
            "a right-to-left override",
            "E6-TEXT-CHARACTER",
            |n| {
                n.put(path, Node::text("甲\u{202e}乙").marked_at(Mark::Content(3)));
            },
        );
        c.rich(
            &format!("{name}-decomposed"),
            "R-TEXT-1",
            "a kana and a combining mark",
            "E6-TEXT-NFC",
            |n| {
                n.put(path, Node::text("か\u{3099}").marked_at(Mark::Content(0)));
            },
        );
    }
    c.rich("name-space", "R-TEXT-3", "an ideographic space at the end", "E6-TEXT-SPACE", |n| {
        n.put(&[2, 12, 1], Node::text("瑞穂県\u{3000}").marked_at(Mark::Content(9)));
    });
    c.rich(
        "name-selector",
        "R-TEXT-5",
        "a variation selector after a letter",
        "E6-TEXT-VARIATION",
        |n| {
            n.put(&[2, 12, 1], Node::text("A\u{e0100}").marked_at(Mark::Content(1)));
        },
    );
}

fn lineage(c: &mut Certificates) {
    let (rule, code) = ("R-CERT-2", "E6-LINEAGE");
    c.rich("second-without-previous", rule, "revision 2 names no revision before", code, |n| {
        missing(n, &[2, 5]);
    });
    c.rich("second-without-change", rule, "revision 2 has no change", code, |n| {
        missing(n, &[2, 16]);
    });
    c.rich("first-with-both", rule, "revision 1 with previous hash and change", code, |n| {
        n.put(&[2, 4], Node::int(1));
        n.mark(&[2, 5], Mark::End);
    });
    c.plain("first-with-previous", rule, "revision 1 names a revision before", code, |n| {
        n.insert(&[2, 5], Node::bytes([1; 32]).marked_at(Mark::End));
    });
    let change = c.rich.at(&[2, 16]).clone();
    c.plain("first-with-change", rule, "revision 1 has a change", code, |n| {
        n.insert(&[2, 16], change.marked_at(Mark::End));
    });
}

fn kinds(c: &mut Certificates) {
    let (rule, code) = ("R-CERT-4", "E6-KIND-FIELD");
    let performance = |n: &mut Node| {
        n.put(&[2, 9], Node::int(3));
        n.remove(&[2, 15, 3]);
    };
    c.accept_plain(
        "performance",
        "R-CERT-3 R-CERT-4 R-CERT-5",
        "a performance guarantee",
        performance,
    );
    c.accept_plain(
        "performance-before-the-contract",
        "R-CERT-5",
        "no day of the contract yet",
        |n| {
            performance(n);
            n.remove(&[2, 14, 5]);
        },
    );
    c.accept_plain(
        "interim-without-first",
        "R-CERT-4",
        "an interim advance that names no first one",
        |n| {
            n.put(&[2, 9], Node::int(2));
        },
    );
    for (id, kind) in [("advance", 1), ("interim", 2)] {
        c.plain(&format!("{id}-without-advance"), rule, "no advance", code, |n| {
            n.put(&[2, 9], Node::int(kind));
            n.remove(&[2, 15, 3]);
            n.mark_key(&[2, 15]);
        });
        c.plain(
            &format!("{id}-without-day-of-contract"),
            "R-CERT-5",
            "no day of the contract",
            "E6-CONCLUDED-ON",
            |n| {
                n.put(&[2, 9], Node::int(kind));
                n.remove(&[2, 14, 5]);
                n.mark_key(&[2, 14]);
            },
        );
    }
    c.plain(
        "performance-with-advance",
        rule,
        "a performance guarantee with an advance",
        code,
        |n| {
            n.put(&[2, 9], Node::int(3));
            n.mark_key(&[2, 15]);
        },
    );
    c.plain(
        "performance-with-multi-year",
        rule,
        "a performance guarantee with multi-year data",
        code,
        |n| {
            performance(n);
            let multi_year = Node::Array(vec![Node::text("令和7年度"), Node::int(1)]);
            n.insert(&[2, 14, 9], multi_year);
            n.mark_key(&[2, 14]);
        },
    );
    for (id, kind) in [("advance", 1), ("performance", 3)] {
        c.plain(
            &format!("{id}-with-first-advance"),
            rule,
            "the guarantee of a first advance",
            code,
            |n| {
                n.put(&[2, 9], Node::int(kind));
                if kind == 3 {
                    n.remove(&[2, 15, 3]);
                }
                n.insert(&[2, 15, 4], Node::text("31-07-1-0000099-1"));
                n.mark_key(&[2, 15]);
            },
        );
    }
    c.plain("tax-above-price", "R-CERT-6", "the tax is one yen above the price", "E6-TAX", |n| {
        n.put(&[2, 14, 8], Node::int(132_000_001));
        n.mark_key(&[2, 14]);
    });
}

fn members(c: &mut Certificates) {
    let (rule, code) = ("R-CERT-7", "E6-MEMBERS");
    c.rich("members-0", rule, "a joint venture of nobody", code, |n| {
        n.put(&[2, 13, 4], Node::Array(vec![]).marked());
    });
    c.rich("members-21", rule, "a joint venture of 21", code, |n| {
        let member = n.at(&[2, 13, 4, 1]).clone();
        n.put(&[2, 13, 4], Node::Array(vec![member; 21]).marked());
    });
    c.rich("members-2-64", rule, "a joint venture that declares 2^64 - 1 members", code, |n| {
        n.put(&[2, 13, 4], Node::Raw([crate::head(4, u64::MAX), vec![0]].concat()).marked());
    });
}

fn changes(c: &mut Certificates) {
    let (rule, code) = ("R-CERT-8", "E6-CHANGE");
    for (id, kinds, at) in [
        ("0", &[0][..], Some(0)),
        ("10", &[10], Some(0)),
        ("3-then-10", &[3, 10], Some(1)),
        ("twice", &[1, 1], Some(1)),
        ("falling", &[3, 1], Some(1)),
        ("voidance-and-decrease", &[2, 8], None),
        ("rekey-and-correction", &[5, 9], None),
        ("voidance-and-rekey", &[8, 9], None),
        ("none", &[], None),
    ] {
        c.rich(
            &format!("kinds-{id}"),
            rule,
            "kinds of change that do not go together",
            code,
            |n| {
                n.put(
                    &[2, 16, 1],
                    Node::Array(kinds.iter().map(|kind| Node::int(*kind)).collect()),
                );
                match at {
                    Some(at) => n.mark(&[2, 16, 1, at], Mark::At(0)),
                    None => n.mark(&[2, 16, 1], Mark::At(0)),
                }
            },
        );
    }
}
