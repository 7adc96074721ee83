//! What a bundle says: entries, roots, times, attestations.

use super::{Bundles, Mark, Node, missing, repeated, surplus, torsion};

/// Returns the place of the entry with this state.
fn place(b: &Bundles, state: i64) -> i64 {
    let mut rich = b.rich.clone();
    let count = i64::try_from(rich.array(&[2, 6]).len()).expect("few");
    (0..count).find(|at| rich.at(&[2, 6, *at, 5]).as_int() == Some(state)).expect("such a key")
}

pub(super) fn entries(b: &mut Bundles) {
    let (rule, code) = ("R-TRUST-2", "E8-ENTRY");
    let (active, retired, compromised) = (place(b, 1), place(b, 2), place(b, 3));
    for (id, key, value) in
        [("role-0", 2, 0), ("role-4", 2, 4), ("state-0", 5, 0), ("state-4", 5, 4)]
    {
        b.bad(id, rule, "a role or a state that there is not", code, |n| {
            n.put(&[2, 6, active, key], Node::int(value));
            n.mark(&[2, 6, active], Mark::At(0));
        });
    }
    for (id, at) in [("retired", retired), ("compromised", compromised)] {
        b.bad(&format!("{id}-without-reason"), rule, "no time and reason", code, |n| {
            n.remove(&[2, 6, at, 6]);
            n.mark(&[2, 6, at], Mark::At(0));
        });
        b.bad(
            &format!("{id}-reason-empty"),
            "R-TEXT-4",
            "an empty reason",
            "E6-TEXT-LENGTH",
            |n| {
                n.put(&[2, 6, at, 6, 1], Node::text("").marked_at(Mark::Content(0)));
            },
        );
    }
    b.bad("active-with-reason", rule, "a time and a reason for an active key", code, |n| {
        let reason = Node::Array(vec![Node::int(1), Node::text("理由")]);
        n.insert(&[2, 6, active, 6], reason);
        n.mark(&[2, 6, active], Mark::At(0));
    });
    for (id, from, to) in [("empty", 1_735_689_600, 1_735_689_600), ("falling", 1_735_689_600, 1)] {
        b.bad(
            &format!("entry-window-{id}"),
            "R-TRUST-3",
            "not-before is not earlier than not-after",
            "E8-WINDOW",
            |n| {
                n.put(&[2, 6, active, 3], Node::int(from));
                n.put(&[2, 6, active, 4], Node::int(to));
                n.mark(&[2, 6, active], Mark::At(0));
            },
        );
    }
    for (id, point) in torsion::refused_keys() {
        b.bad(
            &format!("entry-key-{id}"),
            "R-SIG-3",
            "a key that is no point of the prime-order group",
            "E8-KEY",
            |n| {
                n.put(&[2, 6, 0, 1, -2], Node::bytes(point));
                n.mark(&[2, 6, 0, 1], Mark::At(0));
            },
        );
    }
    let key_faults: &[(&str, &str, &str, i64, Node)] = &[
        ("kty-2", "R-CBOR-6", "E3-TYPE", 1, Node::int(2)),
        ("crv-4", "R-CBOR-6", "E3-TYPE", -1, Node::int(4)),
    ];
    for (id, rule, code, label, node) in key_faults {
        b.bad(&format!("cose-key-{id}"), rule, "another kind of key", code, |n| {
            n.put(&[2, 6, 0, 1, *label], node.clone());
            n.mark(&[2, 6, 0, 1], Mark::At(0));
        });
    }
    b.bad("cose-key-x-short", "R-CBOR-8", "x has 31 bytes", "E3-LENGTH", |n| {
        n.put(&[2, 6, 0, 1, -2], Node::bytes([1; 31]).marked());
    });
    for label in [2, 3, 4, 5, -3, -4] {
        b.bad(
            &format!("cose-key-{label}"),
            "R-CBOR-4",
            "one label more in a COSE_Key",
            "E3-KEY-UNKNOWN",
            |n| {
                surplus(n, &[2, 6, 0, 1, label], Node::int(0));
            },
        );
    }
    for label in [1, -1, -2] {
        b.bad(
            &format!("cose-key-without-{label}"),
            "R-CBOR-5",
            "a label of a COSE_Key is not there",
            "E3-KEY-MISSING",
            |n| {
                missing(n, &[2, 6, 0, 1, label]);
            },
        );
        b.bad(
            &format!("cose-key-twice-{label}"),
            "R-CBOR-3",
            "a label of a COSE_Key stands twice",
            "E3-KEY-ORDER",
            |n| {
                repeated(n, &[2, 6, 0, 1, label]);
            },
        );
    }
}

pub(super) fn roots(b: &mut Bundles) {
    let (rule, code) = ("R-TRUST-4", "E8-ROOTS");
    for threshold in [0, 1, 4, 256] {
        b.bad(&format!("threshold-{threshold}"), rule, "a threshold out of its range", code, |n| {
            n.put(&[2, 7, 0], Node::int(threshold));
            n.mark(&[2, 7], Mark::At(0));
        });
    }
    b.bad("two-roots", rule, "two root keys", code, |n| {
        n.array(&[2, 7, 1]).pop();
        n.mark(&[2, 7], Mark::At(0));
    });
    b.bad("nine-roots", rule, "nine root keys", code, |n| {
        let one = n.at(&[2, 7, 1, 0]).clone();
        n.put(&[2, 7, 1], Node::Array(vec![one; 9]));
        n.mark(&[2, 7], Mark::At(0));
    });
    b.bad("root-as-entry", rule, "a root key is also the key of an entry", code, |n| {
        let entry = n.at(&[2, 6, 0, 1]).clone();
        let roots = n.array(&[2, 7, 1]);
        roots[2] = entry;
        roots.sort_by_key(|key| key.encode().0);
        n.mark(&[2, 7], Mark::At(0));
    });
    b.bad("root-key-small-order", "R-SIG-3", "a root key of small order", "E8-KEY", |n| {
        n.put(&[2, 7, 1, 0, -2], Node::bytes([0; 32]));
        n.mark(&[2, 7, 1, 0], Mark::At(0));
    });
}

pub(super) fn content(b: &mut Bundles) {
    b.bad("version-2", "R-CERT-1", "a newer version", "E3-VERSION", |n| {
        n.put(&[2, 1], Node::int(2).marked());
    });
    b.bad("guarantor-id-upper-case", "R-ID-1", "a capital letter", "E6-GUARANTOR-ID", |n| {
        n.put(&[2, 2], Node::text("g-Mirai").marked_at(Mark::Content(2)));
    });
    for (id, sequence) in [("0", 0), ("2-53", 1_i64 << 53)] {
        b.bad(
            &format!("sequence-{id}"),
            "R-SEQ-1",
            "a sequence out of its range",
            "E6-SEQUENCE",
            |n| {
                n.put(&[2, 3], Node::int(sequence).marked());
            },
        );
    }
    b.bad("time-too-late", "R-TIME-1", "next-update in the year 10000", "E6-TIME", |n| {
        n.put(&[2, 5], Node::int(253_402_300_800_i64).marked());
    });
    for (id, after) in [("same", 0), ("earlier", -1)] {
        b.bad(
            &format!("window-{id}"),
            "R-TRUST-3",
            "next-update is not after issued-at",
            "E8-WINDOW",
            |n| {
                let issued_at = n.at(&[2, 4]).as_int().expect("an instant");
                n.put(&[2, 5], Node::int(issued_at + after));
                n.mark_key(&[2, 5]);
            },
        );
    }
    b.bad(
        "second-without-previous",
        "R-TRUST-6",
        "sequence 2 names no bundle before",
        "E8-SEQUENCE",
        |n| {
            n.remove(&[2, 9]);
        },
    );
    b.bad(
        "first-with-previous",
        "R-TRUST-6",
        "sequence 1 names a bundle before",
        "E8-SEQUENCE",
        |n| n.put(&[2, 3], Node::int(1)),
    );
    let (rule, code) = ("R-TRUST-5", "E8-ATTESTATION");
    let (active, retired) = (place(b, 1), place(b, 2));
    for (id, at) in [("active", active), ("retired", retired)] {
        let x = b.rich.clone().at(&[2, 6, at, 1, -2]).content();
        let key = hosho::PublicKey::from_bytes(x.try_into().expect("32 bytes")).expect("a key");
        b.bad(
            &format!("attestation-of-{id}"),
            rule,
            "an attestation of a key that is not compromised",
            code,
            |n| {
                n.put(&[2, 8, 0, 1], Node::bytes(*key.key_id().as_bytes()));
                n.mark(&[2, 8], Mark::At(0));
            },
        );
    }
    b.bad("attestation-of-nobody", rule, "an attestation of a key that is not there", code, |n| {
        n.put(&[2, 8, 0, 1], Node::bytes([0; 8]));
        n.mark(&[2, 8], Mark::At(0));
    });
    b.bad(
        "attestation-of-status-key",
        rule,
        "an attestation of a compromised status key",
        code,
        |n| {
            let at = (0..5).find(|at| n.at(&[2, 6, *at, 5]).as_int() == Some(3)).expect("a key");
            n.put(&[2, 6, at, 2], Node::int(2));
            n.mark(&[2, 8], Mark::At(0));
        },
    );
    for (id, count) in [("0", 0), ("2-32", 1_i64 << 32)] {
        b.bad(&format!("attestation-count-{id}"), rule, "a count out of its range", code, |n| {
            n.put(&[2, 8, 0, 3], Node::int(count).marked());
        });
    }
}
