//! Evidence files: their form, and that their parts are judged as if they had come alone (spec
//! section 16).

use hosho::EvidenceDraft;

use super::Set;
use super::fault::{indefinite, longer, missing, repeated, surplus};
use super::format::{Fields, VectorFile};
use super::good::guarantor;
use crate::hostile::{Mark, Node};
use crate::world::{Guarantor, sample_claims};

mod judged;

pub(super) use judged::verify_evidence;

/// An evidence file with every part, as a tree; what its parts hold does not matter for its form.
fn full(guarantor: &Guarantor) -> Vec<u8> {
    let certificate = guarantor.issue(sample_claims(guarantor));
    let bundle = guarantor.bundle();
    EvidenceDraft {
        certificate: &certificate,
        earlier: vec![b"first", b"second"],
        bundles: vec![&bundle, b"next"],
        snapshots: vec![b"b", b"a", b"ab"],
        proof: Some(b"proof"),
        timestamp: Some(b"token"),
    }
    .to_canonical_cbor()
    .expect("an evidence file")
}

struct Files {
    set: Set,
    good: Node,
}

impl Files {
    fn node(&self, edit: impl FnOnce(&mut Node)) -> Node {
        let mut node = self.good.clone();
        edit(&mut node);
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

pub(super) fn parse_evidence() -> VectorFile {
    let about = "The form of evidence files (spec section 16); `imprint` is what a timestamp token \
                 is over.";
    let set = Set::new("evidence", "parse-evidence", about);
    let bytes = full(&guarantor());
    let mut f = Files { set, good: Node::read(&bytes) };
    let all = "R-EVID-1 R-EVID-2 R-EVID-3 R-EVID-4 R-EVID-9 R-SIZE-6";
    f.accept("full", all, "every part", |_| ());
    f.accept("least", all, "a certificate and a bundle", |n| {
        for key in [3, 5, 6, 7] {
            n.remove(&[1, key]);
        }
    });
    f.accept("no-token", "R-EVID-9", "the same as full, before it got its token", |n| {
        n.remove(&[1, 7]);
    });
    head(&mut f);
    parts(&mut f);
    encoding(&mut f, &bytes);
    f.set.file
}

fn head(f: &mut Files) {
    for (id, tag) in [("18", 18), ("98", 98), ("55800", 55_800)] {
        f.bad(&format!("tag-{id}"), "R-EVID-1", "another tag", "E3-TAG", |n| {
            let Node::Tag(_, inner) = n.clone() else { panic!("a tag") };
            *n = Node::Tag(tag, inner).marked();
        });
    }
    f.bad("untagged", "R-EVID-1", "no tag", "E3-TAG", |n| {
        let Node::Tag(_, inner) = n.clone() else { panic!("a tag") };
        *n = inner.marked();
    });
    f.bad("tagged-twice", "R-EVID-1 R-CBOR-6", "the tag twice", "E3-TYPE", |n| {
        *n = Node::Tag(55_799, Box::new(n.clone().marked()));
    });
    f.bad("three", "R-EVID-1 R-CBOR-8", "an array of three", "E3-LENGTH", |n| {
        n.array(&[]).push(Node::int(0));
        let Node::Tag(tag, inner) = n.clone() else { panic!("a tag") };
        *n = Node::Tag(tag, Box::new(inner.marked()));
    });
    for (id, typ) in [
        ("certificate", "application/vnd.hosho.certificate+cose"),
        ("cose", "application/vnd.hosho.evidence+cose"),
        ("empty", ""),
    ] {
        f.bad(&format!("typ-{id}"), "R-EVID-1", "another typ", "E3-TYP", |n| {
            n.put(&[0], Node::text(typ).marked());
        });
    }
    f.bad("typ-bytes", "R-EVID-1", "the typ as bytes", "E3-TYP", |n| {
        n.put(&[0], Node::bytes(*b"application/vnd.hosho.evidence+cbor").marked());
    });
    for version in [0, 2] {
        let id = format!("version-{version}");
        f.bad(&id, "R-EVID-2", "another version", "E3-VERSION", |n| {
            n.put(&[1, 1], Node::int(version).marked());
        });
    }
}

fn parts(f: &mut Files) {
    for (key, max) in [(2, 4_096), (6, 1_200), (7, 32_768)] {
        let rule = if key == 7 { "R-EVID-3 R-EVID-9" } else { "R-EVID-3" };
        f.bad(&format!("part-{key}-empty"), rule, "a part without bytes", "E3-LENGTH", |n| {
            n.put(&[1, key], Node::bytes([]).marked());
        });
        f.bad(&format!("part-{key}-long"), rule, "a byte too many", "E3-LENGTH", |n| {
            n.put(&[1, key], Node::bytes(vec![7; max + 1]).marked());
        });
        f.accept(&format!("part-{key}-longest"), rule, "as long as can be", |n| {
            n.put(&[1, key], Node::bytes(vec![7; max]));
        });
        f.bad(&format!("part-{key}-text"), "R-CBOR-6", "text", "E3-TYPE", |n| {
            n.put(&[1, key], Node::text("part").marked());
        });
    }
    for (key, most, max) in [(3, 1_023, 4_096), (4, 64, 65_536), (5, 16, 4 << 20)] {
        let numbered = |count: usize| -> Vec<Node> {
            let bytes = |n: usize| u16::try_from(n).expect("a small number").to_be_bytes();
            (0..count).map(|n| Node::bytes(bytes(n))).collect()
        };
        let rule = "R-EVID-3";
        f.bad(&format!("list-{key}-empty"), rule, "a list of nothing", "E3-LENGTH", |n| {
            n.put(&[1, key], Node::Array(vec![]).marked());
        });
        f.bad(&format!("list-{key}-long"), rule, "one part too many", "E3-LENGTH", |n| {
            n.put(&[1, key], Node::Array(numbered(most + 1)).marked());
        });
        f.accept(&format!("list-{key}-longest"), rule, "as many as can be", |n| {
            n.put(&[1, key], Node::Array(numbered(most)));
        });
        f.bad(&format!("list-{key}-empty-part"), rule, "a part of nothing", "E3-LENGTH", |n| {
            n.put(&[1, key, 1], Node::bytes([]).marked());
        });
        f.bad(&format!("list-{key}-bytes"), "R-CBOR-6", "no list", "E3-TYPE", |n| {
            n.put(&[1, key], Node::bytes(*b"part").marked());
        });
        if max < 100_000 {
            f.bad(&format!("list-{key}-long-part"), rule, "a byte too many", "E3-LENGTH", |n| {
                n.put(&[1, key, 1], Node::bytes(vec![7; max + 1]).marked());
            });
        }
    }
    f.bad("snapshots-swapped", "R-EVID-4", "snapshots that fall", "E3-ORDER", |n| {
        n.array(&[1, 5]).swap(0, 1);
        n.mark(&[1, 5, 1], Mark::At(0));
    });
    f.bad("snapshot-twice", "R-EVID-4", "one that stands twice", "E3-ORDER", |n| {
        let again = n.at(&[1, 5, 2]).clone();
        n.array(&[1, 5]).push(again.marked());
    });
}

fn encoding(f: &mut Files, bytes: &[u8]) {
    for key in [1, 2, 4] {
        let id = format!("missing-{key}");
        f.bad(&id, "R-CBOR-5", "a required key is not there", "E3-KEY-MISSING", |n| {
            missing(n, &[1, key]);
        });
    }
    f.bad("key-8", "R-CBOR-4", "an unknown key", "E3-KEY-UNKNOWN", |n| {
        surplus(n, &[1, 8], Node::int(0));
    });
    f.bad("key-0", "R-CBOR-4", "an unknown key", "E3-KEY-UNKNOWN", |n| {
        surplus(n, &[1, 0], Node::int(0));
    });
    f.bad("key-twice", "R-CBOR-3", "the certificate twice", "E3-KEY-ORDER", |n| {
        repeated(n, &[1, 2]);
    });
    f.bad("non-minimal", "R-CBOR-1", "the proof's length in two bytes", "E3-NON-MINIMAL", |n| {
        longer(n, &[1, 6], 2);
    });
    f.bad("indefinite", "R-CBOR-2", "a list of no declared length", "E3-INDEFINITE", |n| {
        indefinite(n, &[1, 4]);
    });
    f.set.refuse("empty", "R-CBOR-9", "no bytes", "E3-TRUNCATED", &[], 0);
    let cut = &bytes[..bytes.len() - 1];
    let at = bytes.len() - b"token".len();
    f.set.refuse("cut", "R-CBOR-9", "the last byte is not there", "E3-TRUNCATED", cut, at);
    let zeros = (16 << 20) + 1 - bytes.len();
    let input = Fields::bytes(bytes).with("then_zeros", zeros);
    let expect = Fields::refuse("E3-SIZE").with("offset", 0);
    f.set.add("size-16-mib-1", "R-SIZE-6", "zeros up to one byte too many", input, expect);
    let input = Fields::bytes(bytes).with("then_zeros", zeros - 1);
    let expect = Fields::refuse("E3-TRAILING").with("offset", bytes.len());
    f.set.add("trailing-to-16-mib", "R-CBOR-10", "zeros up to the limit", input, expect);
}
