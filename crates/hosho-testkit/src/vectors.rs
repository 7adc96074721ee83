//! The generator of `test-vectors/`: every vector is built from a known good object, a fault put
//! in at a known place, and what the spec says about it.

use std::path::PathBuf;

use serde_json::Value;

use crate::hostile::Node;
use crate::replay::replay;

mod answer;
mod auth;
mod bundle;
mod certificate;
mod claims;
mod envelope;
mod evidence;
mod fault;
pub(crate) mod format;
mod good;
mod proof;
pub(crate) mod seal_by_hand;
mod sealed;
mod signature;
mod snapshot;
mod texts;
mod update;
mod verdict;

use format::{Fields, Vector, VectorFile};

/// Returns the folder of the committed vectors.
pub fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../test-vectors")
}

/// Makes all files of vectors.
pub fn generate() -> Vec<VectorFile> {
    let mut files = vec![
        answer::open_answer(),
        texts::armor(),
        auth::auth_key_text(),
        update::chain(),
        auth::derive(),
        auth::derive_auth_key(),
        texts::fold_number(),
        sealed::open(),
        bundle::parse_bundle(),
        envelope::parse_certificate(),
        certificate::parse_certificate(),
        claims::parse_certificate(),
        evidence::parse_evidence(),
        proof::parse_proof(),
        sealed::parse_sealed(),
        snapshot::parse_snapshot(),
        signature::public_key(),
        texts::text(),
        update::update_bundle(),
        signature::verify(),
        verdict::verify(),
        evidence::verify_evidence(),
        snapshot::verify_snapshot(),
    ];
    files.sort_by_key(|file| file.name);
    files
}

/// A file of vectors in the making.
struct Set {
    file: VectorFile,
}

impl Set {
    fn new(name: &'static str, operation: &'static str, about: &'static str) -> Self {
        Self { file: VectorFile { name, operation, about, vectors: Vec::new() } }
    }

    /// Adds a vector, and stops if `hosho` disagrees with it.
    fn add(&mut self, id: &str, rules: &str, comment: &str, input: Fields, expect: Fields) {
        let found = replay(self.file.operation, &input.to_value());
        let name = self.file.name;
        assert_eq!(found, expect.to_value(), "{name} {id}: {comment}");
        self.push(id, rules, comment, input, expect);
    }

    /// Adds a vector that expects what `hosho` answers, with values that a person cannot foresee.
    fn add_computed(&mut self, id: &str, rules: &str, comment: &str, input: Fields) {
        let found = replay(self.file.operation, &input.to_value());
        let Value::Object(found) = found else { panic!("an object") };
        let known = [
            "result",
            "fingerprint",
            "imprint",
            "canonical",
            "bind",
            "locator",
            "commit",
            "k_enc",
            "k_answer",
            "answer",
            "auth_key",
            "signed",
            "bytes",
            "key_id",
            "number",
        ];
        let expect = known.into_iter().filter_map(|name| Some((name, found.get(name)?.clone())));
        let expect =
            expect.fold(Fields::default(), |fields, (name, value)| fields.with(name, value));
        assert_eq!(Value::Object(found), expect.to_value(), "{id}");
        assert_ne!(expect.to_value().get("result"), Some(&Value::from("refuse")), "{id}");
        self.push(id, rules, comment, input, expect);
    }

    fn push(&mut self, id: &str, rules: &str, comment: &str, input: Fields, expect: Fields) {
        let unique = self.file.vectors.iter().all(|vector| vector.id != id);
        assert!(unique, "two vectors named {id}");
        self.file.vectors.push(Vector {
            id: id.into(),
            rules: rules.split(' ').map(str::to_owned).collect(),
            comment: comment.into(),
            input,
            expect,
        });
    }

    /// Adds a refusal of bytes whose offset is known.
    fn refuse(
        &mut self,
        id: &str,
        rules: &str,
        comment: &str,
        code: &str,
        bytes: &[u8],
        at: usize,
    ) {
        let expect = Fields::refuse(code).with("offset", at);
        self.add(id, rules, comment, Fields::bytes(bytes), expect);
    }

    /// Adds a refusal of a marked tree.
    fn refuse_node(&mut self, id: &str, rules: &str, comment: &str, code: &str, node: &Node) {
        let (bytes, mark) = node.encode();
        let mark = mark.unwrap_or_else(|| panic!("{id} has no mark"));
        self.refuse(id, rules, comment, code, &bytes, mark);
    }

    /// Adds bytes that are accepted.
    fn accept(&mut self, id: &str, rules: &str, comment: &str, bytes: &[u8]) {
        self.add_computed(id, rules, comment, Fields::bytes(bytes));
    }
}
