//! The revisions after a rekey vouch for those before it (spec R-SEAL-4).

use hosho::{ChangeKind, Claims, Fingerprint, Serial};

use super::{Ask, Verdicts, answered, refused};
use crate::hostile::Node;
use crate::vectors::good::amendment;
use crate::world::{Guarantor, number, sample_claims, secret_key};

const NUMBER: &str = "31-07-1-0000123-9";
const OTHER: &str = "31-07-1-0000123-8";

/// An original, an amendment, and a rekey.
struct Chain {
    second: Vec<u8>,
    third: Vec<u8>,
}

fn second_serial() -> Serial {
    Serial::new(2).expect("a serial")
}

fn key(g: &Guarantor, of: &'static str, serial: Serial) -> String {
    g.auth_key(&number(of), serial).expose_text().as_str().to_owned()
}

/// The claims of a rekey that follows these bytes.
fn rekey(g: &Guarantor, revision: u16, before: &[u8]) -> Claims<'static> {
    let mut claims = sample_claims(g);
    claims.lineage = amendment(revision, Fingerprint::of(before), &[ChangeKind::Rekey]);
    claims.binding = g.binding(&number(NUMBER), second_serial());
    claims
}

fn chain(v: &Verdicts) -> Chain {
    let second = v.second.clone();
    let third = v.g.issue(rekey(&v.g, 3, &second));
    Chain { second, third }
}

pub(super) fn vouched(v: &mut Verdicts) {
    let Chain { second, third } = chain(v);
    let new = key(&v.g, NUMBER, second_serial());
    let of = |signed: &[u8], later: &[&[u8]], v: &Verdicts| Ask {
        signed: signed.to_vec(),
        later: later.iter().map(|bytes| bytes.to_vec()).collect(),
        auth_key: Some(new.clone()),
        ..v.ordinary()
    };
    let first = v.first.clone();
    for (id, signed, later, comment) in [
        ("one", &second, vec![&third[..]], "the revision before the rekey, with the new key"),
        ("two", &first, vec![&second[..], &third[..]], "with the revision between"),
        ("two-in-any-order", &first, vec![&third[..], &second[..]], "the newest comes first"),
        (
            "itself-too",
            &first,
            vec![&first[..], &third[..], &second[..]],
            "and the revision itself",
        ),
        ("not-needed", &third, vec![&third[..]], "the key fits the rekey by itself"),
    ] {
        let ask = of(signed, &later, v);
        v.add(&format!("later-{id}"), "R-SEAL-4", comment, &ask, answered("in-force"));
    }
    let old = Ask {
        auth_key: Some(key(&v.g, NUMBER, Serial::FIRST)),
        ..of(&third, &[&second, &first], v)
    };
    let cases = [
        ("none", of(&first, &[], v), "nothing vouches for it"),
        ("gap", of(&first, &[&third], v), "the revision between is missing"),
        ("old-only", of(&first, &[&second], v), "the key fits none of them"),
        ("before", old, "an earlier revision vouches for no later one"),
    ];
    for (id, ask, comment) in cases {
        does_not_fit(v, id, comment, &ask);
    }
    let forged = forgeries(v, &second, &third);
    for (id, later, comment) in forged {
        let ask = of(&second, &[&later], v);
        does_not_fit(v, id, comment, &ask);
    }
    other_guarantee(v, &second);
    ended(v);
    let mut node = Node::read_object(&second);
    node.put(&[3], Node::bytes([0; 64]));
    let ask = of(&node.encode().0, &[&third], v);
    let expect = refused("not-genuine", "E5-SIGNATURE");
    v.add("later-itself-forged", "R-SEAL-4", "its own signature is checked", &ask, expect);
}

fn does_not_fit(v: &mut Verdicts, id: &str, comment: &str, ask: &Ask) {
    let expect = refused("key-does-not-fit", "E4-OPEN");
    v.add(&format!("later-{id}"), "R-SEAL-4", comment, ask, expect);
}

/// Rekeys that vouch for nothing.
fn forgeries(
    v: &Verdicts,
    second: &[u8],
    third: &[u8],
) -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let mut unsigned = Node::read_object(third);
    unsigned.put(&[3], Node::bytes([0; 64]));
    let stranger = secret_key("vectors/verdict/stranger");
    let strange = v.g.issue_with(&stranger, rekey(&v.g, 3, second));
    let status = v.g.issue_with(&v.g.status_key, rekey(&v.g, 3, second));
    let elsewhere = v.g.issue(rekey(&v.g, 3, &v.first));
    let far = v.g.issue(rekey(&v.g, 4, second));
    vec![
        ("unsigned", unsigned.encode().0, "the signature of the later one is wrong"),
        ("of-a-stranger", strange, "the bundle does not name the key of the later one"),
        ("of-another-role", status, "the later one is signed by a status key"),
        ("of-another-hash", elsewhere, "the later one names other bytes as the one before"),
        ("of-another-number", far, "the number of the later one is two higher"),
    ]
}

fn other_guarantee(v: &mut Verdicts, second: &[u8]) {
    let mut claims = rekey(&v.g, 3, second);
    claims.number = number(OTHER);
    claims.binding = v.g.binding(&number(OTHER), second_serial());
    let ask = Ask {
        signed: second.to_vec(),
        later: vec![v.g.issue(claims)],
        auth_key: Some(key(&v.g, OTHER, second_serial())),
        ..v.ordinary()
    };
    does_not_fit(v, "of-another-guarantee", "the later one is of another guarantee", &ask);
}

fn ended(v: &mut Verdicts) {
    let mut claims = sample_claims(&v.g);
    claims.lineage = amendment(2, Fingerprint::of(&v.first), &[ChangeKind::Voidance]);
    let voided = v.g.issue(claims);
    let third = v.g.issue(rekey(&v.g, 3, &voided));
    let ask = Ask {
        signed: v.first.clone(),
        later: vec![voided, third],
        auth_key: Some(key(&v.g, NUMBER, second_serial())),
        ..v.ordinary()
    };
    does_not_fit(v, "after-the-end", "nothing follows a voidance", &ask);
}
