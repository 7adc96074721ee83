//! Status snapshots: their form, and who signed them (spec section 11).

use hosho::{
    Date, EndedBy, KeyRole, KeyState, Revision, SecretKey, StatusEntry, SupersededBy, Text,
};

use super::Set;
use super::fault::{indefinite, longer, missing, repeated, sign_again, surplus};
use super::format::{Fields, VectorFile, to_hex};
use super::good::guarantor;
use crate::hostile::{Mark, Node};
use crate::world::{Guarantor, date, sample_claims, secret_key, time};

fn revision(number: u16) -> Revision {
    Revision::new(number).expect("a revision")
}

/// Returns a superseded entry.
pub(super) fn superseded(on: &str, current: u16, cause: SupersededBy) -> StatusEntry {
    StatusEntry::Superseded { on: date(on), current: revision(current), cause }
}

/// Returns an entry of a terminated guarantee.
pub(super) fn terminated(on: &str, current: u16, replaced_on: Option<&str>) -> StatusEntry {
    let cause = EndedBy::Termination { replaced_on: replaced_on.map(date) };
    StatusEntry::Ended { on: date(on), current: revision(current), cause }
}

/// Returns an entry of a voided guarantee.
pub(super) fn voided(on: &str, current: u16) -> StatusEntry {
    StatusEntry::Ended { on: date(on), current: revision(current), cause: EndedBy::Voidance }
}

/// Returns a snapshot with an entry of every kind; its items stand at 2, 3, 5, 8 and 9.
fn rich(guarantor: &Guarantor) -> Vec<u8> {
    guarantor.sign_snapshot(&guarantor.snapshot_draft([
        (0, StatusEntry::InForce),
        (2, superseded("2025-07-01", 2, SupersededBy::Amendment)),
        (3, superseded("2025-08-01", 3, SupersededBy::Rekey)),
        (5, voided("2025-06-20", 2)),
        (8, terminated("2025-09-01", 2, None)),
        (9, terminated("2025-09-01", 3, Some("2025-08-01"))),
        (63, StatusEntry::InForce),
    ]))
}

struct Snapshots {
    set: Set,
    good: Node,
    key: SecretKey,
}

impl Snapshots {
    fn node(&self, edit: impl FnOnce(&mut Node)) -> Node {
        let mut node = self.good.clone();
        edit(&mut node);
        let (_, mark) = node.clone().at(&[3]).encode();
        if mark.is_none() {
            sign_again(&mut node, &self.key);
        }
        node
    }

    fn bad(
        &mut self,
        id: &str,
        rule: &str,
        comment: &str,
        code: &str,
        edit: impl FnOnce(&mut Node),
    ) {
        let node = self.node(edit);
        self.set.refuse_node(id, rule, comment, code, &node);
    }

    fn accept(&mut self, id: &str, rules: &str, comment: &str, edit: impl FnOnce(&mut Node)) {
        let node = self.node(edit);
        self.set.accept(id, rules, comment, &node.encode().0);
    }
}

pub(super) fn parse_snapshot() -> VectorFile {
    let guarantor = guarantor();
    let set =
        Set::new("snapshot", "parse-snapshot", "Status snapshots (spec sections 2, 3 and 11).");
    let good = Node::read_object(&rich(&guarantor));
    let mut s = Snapshots { set, good, key: guarantor.status_key };
    let all = "R-COSE-1 R-COSE-2 R-COSE-3 R-COSE-4 R-COSE-5 R-SIZE-4 R-SEQ-1 R-CERT-10 R-STAT-1 \
               R-STAT-2 R-STAT-3 R-STAT-4 R-STAT-5";
    s.accept("snapshot", all, "an entry of every kind", |_| ());
    s.accept("one-byte", "R-STAT-2", "a list of four, none issued", |n| {
        n.put(&[2, 7], Node::bytes([0]));
        n.put(&[2, 8], Node::Array(vec![]));
    });
    s.accept("whole-list", "R-STAT-1 R-SIZE-4", "131 072 entries, the last one superseded", |n| {
        let mut states = vec![0; 32_768];
        states[32_767] = 0x80;
        n.put(&[2, 7], Node::bytes(states));
        let item = [131_071, 20_000, 2, 1].map(|value: i64| Node::int(value)).to_vec();
        n.put(&[2, 8], Node::Array(vec![Node::Array(item)]));
    });
    s.accept("replaced-the-day-before", "R-STAT-5", "replaced-on is the day before", |n| {
        let day = n.at(&[2, 8, 4, 1]).as_int().expect("a day");
        n.put(&[2, 8, 4, 4], Node::int(day - 1));
    });
    envelope(&mut s);
    items(&mut s);
    content(&mut s);
    encoding(&mut s);
    s.set.file
}

fn envelope(s: &mut Snapshots) {
    s.bad("tag-98", "R-COSE-1", "another tag than 18", "E3-TAG", |n| {
        let Node::Tag(_, inner) = n.clone() else { panic!("a tag") };
        *n = Node::Tag(98, inner).marked();
    });
    s.bad("typ-certificate", "R-COSE-4", "the typ of a certificate", "E3-TYP", |n| {
        n.put(&[0, 16], Node::text("application/vnd.hosho.certificate+cose").marked());
    });
    for (id, algorithm) in [("eddsa", -8), ("es256", -7)] {
        s.bad(&format!("alg-{id}"), "R-COSE-3", "another algorithm", "E3-ALG", |n| {
            n.put(&[0, 1], Node::int(algorithm).marked());
        });
    }
    s.bad("header-content-type", "R-COSE-2", "one label more", "E3-HEADER", |n| {
        surplus(n, &[0, 3], Node::int(60));
    });
    s.bad("header-without-kid", "R-COSE-2", "no kid", "E3-HEADER", |n| missing(n, &[0, 4]));
    s.bad("unprotected-kid", "R-COSE-5", "a kid outside", "E3-UNPROTECTED", |n| {
        n.put(&[1], Node::Map(vec![(Node::int(4), Node::bytes([0; 8]))]).marked());
    });
    s.bad("signature-short", "R-CBOR-8", "63 bytes", "E3-LENGTH", |n| {
        n.put(&[3], Node::bytes([0; 63]).marked());
    });
    let good = s.good.encode().0;
    let zeros = (4 << 20) + 1 - good.len();
    let expect = Fields::refuse("E3-SIZE").with("offset", 0);
    let input = Fields::bytes(&good).with("then_zeros", zeros);
    s.set.add("size-4-mib-1", "R-SIZE-4", "zeros up to one byte too many", input, expect);
    let expect = Fields::refuse("E3-TRAILING").with("offset", good.len());
    let input = Fields::bytes(&good).with("then_zeros", zeros - 1);
    s.set.add("trailing-to-4-mib", "R-CBOR-10", "zeros up to the limit", input, expect);
}

fn items(s: &mut Snapshots) {
    let code = "E6-STATUS-ITEM";
    let item = |values: &[i64]| Node::Array(values.iter().map(|value| Node::int(*value)).collect());
    s.bad("items-swapped", "R-STAT-1", "items that fall", code, |n| {
        n.array(&[2, 8]).swap(0, 1);
        n.mark(&[2, 8, 1], Mark::At(0));
    });
    s.bad("item-twice", "R-STAT-1", "two items of one index", code, |n| {
        let one = n.at(&[2, 8, 2]).clone();
        n.array(&[2, 8]).insert(3, one.marked());
    });
    for (id, index) in [("64", 64), ("131071", 131_071), ("131072", 131_072), ("2-32", 1 << 32)] {
        s.bad(&format!("index-{id}"), "R-STAT-1", "an index beyond the list", code, |n| {
            n.array(&[2, 8]).push(item(&[index, 20_000, 2, 1]).marked());
        });
    }
    for (id, index) in [("not-issued", 10), ("in-force", 63)] {
        s.bad(
            &format!("item-of-{id}"),
            "R-STAT-2",
            "an item of an index in state 0 or 1",
            code,
            |n| {
                n.array(&[2, 8]).push(item(&[index, 20_000, 2, 1]).marked());
            },
        );
    }
    for at in [0, 2, 4] {
        s.bad(
            &format!("item-left-out-{at}"),
            "R-STAT-2",
            "an index in state 2 or 3 without an item",
            code,
            |n| {
                n.array(&[2, 8]).remove(at);
                n.mark(&[2, 8], Mark::At(0));
            },
        );
    }
    s.bad("items-none", "R-STAT-2", "no item at all", code, |n| {
        n.put(&[2, 8], Node::Array(vec![]).marked());
    });
    s.bad("state-without-item", "R-STAT-2", "one state more", code, |n| {
        let mut states = n.at(&[2, 7]).content();
        states[15] |= 0x08;
        n.put(&[2, 7], Node::bytes(states));
        n.mark(&[2, 8], Mark::At(0));
    });
    for (id, at, cause) in [
        ("superseded-voided", 0, 2),
        ("superseded-terminated", 1, 3),
        ("ended-amended", 2, 1),
        ("ended-rekeyed", 3, 4),
        ("cause-0", 0, 0),
        ("cause-5", 2, 5),
        ("cause-2-64", 2, i64::MAX),
    ] {
        s.bad(id, "R-STAT-3", "a cause that does not fit the state", code, |n| {
            n.put(&[2, 8, at, 3], Node::int(cause));
            n.mark(&[2, 8, at], Mark::At(0));
        });
    }
    for (id, at, day) in [("amended", 0, 10), ("rekeyed", 1, 10), ("voided", 2, 10)] {
        s.bad(
            &format!("replaced-on-{id}"),
            "R-STAT-5",
            "replaced-on without a termination",
            code,
            |n| {
                n.array(&[2, 8, at]).push(Node::int(day));
                n.mark(&[2, 8, at], Mark::At(0));
            },
        );
    }
    for (id, after) in [("same-day", 0), ("later", 1)] {
        s.bad(
            &format!("replaced-on-{id}"),
            "R-STAT-5",
            "replaced-on is not earlier than day",
            code,
            |n| {
                let day = n.at(&[2, 8, 4, 1]).as_int().expect("a day");
                n.put(&[2, 8, 4, 4], Node::int(day + after));
                n.mark(&[2, 8, 4], Mark::At(0));
            },
        );
    }
    for (id, length) in [("3", 3), ("6", 6)] {
        s.bad(
            &format!("item-of-{id}-values"),
            "R-CBOR-8",
            "an item of another length",
            "E3-LENGTH",
            |n| {
                n.put(&[2, 8, 0], item(&vec![2; length]).marked());
            },
        );
    }
}

fn content(s: &mut Snapshots) {
    let day = i64::from(Date::MAX.days()) + 1;
    let cases: Vec<(&str, &str, &str, &[i64], Node)> = vec![
        ("version-2", "R-CERT-1", "E3-VERSION", &[2, 1], Node::int(2)),
        ("list-0", "R-CERT-10", "E6-STATUS-REFERENCE", &[2, 3], Node::int(0)),
        ("list-65536", "R-CERT-10", "E6-STATUS-REFERENCE", &[2, 3], Node::int(65_536)),
        ("sequence-0", "R-SEQ-1", "E6-SEQUENCE", &[2, 4], Node::int(0)),
        ("sequence-2-53", "R-SEQ-1", "E6-SEQUENCE", &[2, 4], Node::int(1_i64 << 53)),
        ("time-too-late", "R-TIME-1", "E6-TIME", &[2, 6], Node::int(253_402_300_800_i64)),
        ("day-too-late", "R-DATE-1", "E6-DATE", &[2, 8, 0, 1], Node::int(day)),
        ("replaced-on-too-late", "R-DATE-1", "E6-DATE", &[2, 8, 4, 4], Node::int(day)),
        ("current-0", "R-REV-1", "E6-REVISION", &[2, 8, 0, 2], Node::int(0)),
        ("current-65536", "R-REV-1", "E6-REVISION", &[2, 8, 0, 2], Node::int(65_536)),
        ("states-none", "R-CBOR-8", "E3-LENGTH", &[2, 7], Node::bytes([])),
        ("states-too-many", "R-CBOR-8", "E3-LENGTH", &[2, 7], Node::bytes(vec![0; 32_769])),
        ("states-text", "R-CBOR-6", "E3-TYPE", &[2, 7], Node::text("0")),
        ("items-map", "R-CBOR-6", "E3-TYPE", &[2, 8], Node::Map(vec![])),
        ("item-map", "R-CBOR-6", "E3-TYPE", &[2, 8, 0], Node::Map(vec![])),
        ("index-negative", "R-CBOR-6", "E3-TYPE", &[2, 8, 0, 0], Node::int(-1)),
    ];
    for (id, rule, code, path, node) in cases {
        s.bad(id, rule, "a value that is not allowed here", code, |n| n.put(path, node.marked()));
    }
    s.bad("guarantor-id-short", "R-ID-1", "two letters", "E6-GUARANTOR-ID", |n| {
        n.put(&[2, 2], Node::text("g1").marked_at(Mark::Content(0)));
    });
    for (id, after) in [("same", 0), ("earlier", -86_400)] {
        s.bad(
            &format!("next-update-{id}"),
            "R-STAT-4",
            "next-update is not after issued-at",
            "E6-STATUS-TIME",
            |n| {
                let issued_at = n.at(&[2, 5]).as_int().expect("an instant");
                n.put(&[2, 6], Node::int(issued_at + after));
                n.mark_key(&[2, 6]);
            },
        );
    }
}

fn encoding(s: &mut Snapshots) {
    for key in 1..=8 {
        s.bad(
            &format!("missing-{key}"),
            "R-CBOR-5",
            "a required key is not there",
            "E3-KEY-MISSING",
            |n| missing(n, &[2, key]),
        );
    }
    for key in [0, 9, 10, -1] {
        s.bad(
            &format!("unknown-key-{key}"),
            "R-CBOR-4",
            "a key that the CDDL does not name",
            "E3-KEY-UNKNOWN",
            |n| {
                surplus(n, &[2, key], Node::int(0));
            },
        );
    }
    s.bad("key-twice", "R-CBOR-3", "the items stand twice", "E3-KEY-ORDER", |n| {
        repeated(n, &[2, 8]);
    });
    s.bad(
        "non-minimal-states",
        "R-CBOR-1",
        "the states' length in four bytes",
        "E3-NON-MINIMAL",
        |n| longer(n, &[2, 7], 4),
    );
    s.bad("non-minimal-item", "R-CBOR-1", "an item's head in two bytes", "E3-NON-MINIMAL", |n| {
        longer(n, &[2, 8, 1], 1);
    });
    s.bad(
        "indefinite-items",
        "R-CBOR-2",
        "items without a declared length",
        "E3-INDEFINITE",
        |n| indefinite(n, &[2, 8]),
    );
    s.bad("truncated-items", "R-CBOR-9", "2^62 items are declared", "E3-TRUNCATED", |n| {
        let (bytes, _) = n.at(&[2, 8]).encode();
        let long = [crate::head(4, 1 << 62), bytes[1..].to_vec()].concat();
        n.put(&[2, 8], Node::Raw(long).marked_at(Mark::End));
    });
}

pub(super) fn verify_snapshot() -> VectorFile {
    let mut set = Set::new(
        "snapshot-signer",
        "verify-snapshot",
        "Who may sign a status snapshot (spec R-STAT-6).",
    );
    let g = guarantor();
    let good = rich(&g);
    let mut add = |id: &str, comment: &str, bytes: &[u8], trust: &[u8], code: Option<&str>| {
        let input = Fields::bytes(bytes).with("trust", to_hex(trust));
        let expect = code.map_or_else(Fields::accept, Fields::refuse);
        let rules = match code {
            Some("E3-TYP") => "R-COSE-4",
            Some("E5-SIGNATURE") => "R-STAT-6 R-SIG-4",
            Some("E5-KEY-UNKNOWN") => "R-STAT-6 R-COSE-6",
            _ => "R-STAT-6",
        };
        set.add(id, rules, comment, input, expect);
    };
    let trust = g.bundle();
    add("signed", "the status key of the guarantor", &good, &trust, None);
    let with = |change: &dyn Fn(&mut hosho::KeyEntry)| {
        let mut draft = g.bundle_draft();
        change(&mut draft.keys[1]);
        g.sign_bundle(draft)
    };
    let since = time("2025-11-01T00:00:00Z");
    let reason = || Text::parse("理由").expect("a text");
    let retired = with(&|entry| entry.state = KeyState::Retired { since, reason: reason() });
    add("retired", "a retired key, in its window", &good, &retired, None);
    let stolen = with(&|entry| entry.state = KeyState::Compromised { since, reason: reason() });
    add("compromised", "a compromised key", &good, &stolen, Some("E5-KEY-COMPROMISED"));
    let issued_at = time("2025-12-01T00:00:00Z").seconds();
    let at = |seconds| hosho::UnixTime::from_seconds(seconds).expect("an instant");
    let first = with(&|entry| entry.not_before = at(issued_at));
    add("window-first", "issued in the first second of the window", &good, &first, None);
    let last = with(&|entry| entry.not_after = at(issued_at));
    add("window-last", "issued in the last second of the window", &good, &last, None);
    let late = with(&|entry| entry.not_before = at(issued_at + 1));
    add("window-before", "a second before the window", &good, &late, Some("E5-KEY-WINDOW"));
    let early = with(&|entry| entry.not_after = at(issued_at - 1));
    add("window-after", "a second after the window", &good, &early, Some("E5-KEY-WINDOW"));
    for (id, role) in [("certificate", KeyRole::Certificate), ("publish", KeyRole::Publish)] {
        let other = with(&|entry| entry.role = role);
        add(&format!("role-{id}"), "the key has another role", &good, &other, Some("E5-KEY-ROLE"));
    }
    let draft = g.snapshot_draft([]);
    let wrong_key = draft.sign(&g.certificate_key).expect("signed");
    add(
        "certificate-key",
        "signed with the certificate key",
        &wrong_key,
        &trust,
        Some("E5-KEY-ROLE"),
    );
    let stranger = draft.sign(&secret_key("vectors/stranger")).expect("signed");
    add(
        "stranger",
        "signed with a key that is not in the bundle",
        &stranger,
        &trust,
        Some("E5-KEY-UNKNOWN"),
    );
    let root = draft.sign(&g.roots[0]).expect("signed");
    add("root", "signed with a root key", &root, &trust, Some("E5-KEY-UNKNOWN"));
    let other = Guarantor::new("g-other");
    add(
        "other-guarantor",
        "a snapshot of another guarantor",
        &good,
        &other.bundle(),
        Some("E7-OTHER-GUARANTOR"),
    );
    let mut node = Node::read_object(&good);
    node.put(&[2, 4], Node::int(8));
    add(
        "payload-changed",
        "another sequence than was signed",
        &node.encode().0,
        &trust,
        Some("E5-SIGNATURE"),
    );
    let mut node = Node::read_object(&good);
    let mut signature = node.at(&[3]).content();
    signature[0] ^= 1;
    node.put(&[3], Node::bytes(signature));
    add("signature-changed", "a bit of R differs", &node.encode().0, &trust, Some("E5-SIGNATURE"));
    let certificate = g.issue(sample_claims(&g));
    add("no-snapshot", "a certificate instead", &certificate, &trust, Some("E3-TYP"));
    set.file
}
