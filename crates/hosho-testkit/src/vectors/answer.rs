//! Answers of an obligee, sealed for the auth key (spec section 17).

use hosho::{AuthKey, GuaranteeNumber, Revision, Serial};

use super::Set;
use super::format::{Fields, VectorFile, to_hex};
use super::good::guarantor;
use super::seal_by_hand::{answer_by_hand, encrypt_answer, expand};
use crate::world::number;

const SALT: [u8; 16] = [0x3c; 16];
const ACCEPTED: &str = r#"{"answer":"accepted","reason":null,"by":"瑞穂県 契約課"}"#;
const RULES: &str = "R-ANSWER-3 R-DERIVE-3";

/// Answers to the guarantee with this key and number.
struct Answers {
    set: Set,
    key: AuthKey,
    number: GuaranteeNumber<'static>,
}

impl Answers {
    fn seal(&self, revision: u16, content: &[u8]) -> Vec<u8> {
        let revision = Revision::new(revision).expect("a revision");
        answer_by_hand(&self.key, &self.number, revision, content, &SALT)
    }

    fn input(&self, revision: u16, sealed: &[u8]) -> Fields {
        Fields::of("auth_key", self.key.expose_text().as_str())
            .with("number", self.number.as_str())
            .with("revision", revision)
            .with("sealed", to_hex(sealed))
    }

    fn opens(&mut self, id: &str, rules: &str, comment: &str, revision: u16, content: &[u8]) {
        let input = self.input(revision, &self.seal(revision, content));
        self.set.add_computed(id, rules, comment, input);
    }

    fn refused(&mut self, id: &str, rules: &str, comment: &str, sealed: &[u8], code: &str) {
        let input = self.input(2, sealed);
        self.set.add(id, rules, comment, input, Fields::refuse(code));
    }
}

pub(super) fn open_answer() -> VectorFile {
    let guarantor = guarantor();
    let ours = number("31-07-1-0000123-9");
    let key = guarantor.auth_key(&ours, Serial::FIRST);
    let set = Set::new(
        "answer",
        "open-answer",
        "Answers of an obligee: opened by the auth key, for one number and revision (spec section 17).",
    );
    let mut a = Answers { set, key, number: ours };
    a.opens("accepted", RULES, "an ordinary answer", 2, ACCEPTED.as_bytes());
    a.opens("first-revision", RULES, "an answer to the first revision", 1, ACCEPTED.as_bytes());
    a.opens("last-revision", RULES, "an answer to the last revision", 65_535, b"{}");
    a.opens("shortest", "R-ANSWER-1", "one byte", 2, b"1");
    a.opens("largest", "R-ANSWER-2", "4096 bytes", 2, &[b' '; 4_096]);
    form(&mut a);
    for (id, other) in [
        ("other-serial", guarantor.auth_key(&a.number, Serial::FIRST.next().expect("a serial"))),
        ("other-number", guarantor.auth_key(&number("31-07-1-0000123-8"), Serial::FIRST)),
    ] {
        let revision = Revision::new(2).expect("a revision");
        let sealed = answer_by_hand(&other, &a.number, revision, b"{}", &SALT);
        a.refused(&format!("key-{id}"), RULES, "sealed for another key", &sealed, "E4-OPEN");
    }
    context(&mut a);
    changes(&mut a);
    a.set.file
}

fn form(a: &mut Answers) {
    for (id, length) in [("0", 0), ("16", 16), ("32", 32)] {
        let sealed = a.seal(2, b"{}");
        let comment = "too short to hold a byte";
        a.refused(&format!("length-{id}"), "R-ANSWER-1", comment, &sealed[..length], "E3-LENGTH");
    }
    let sealed = a.seal(2, &[b' '; 4_097]);
    a.refused("length-4129", "R-ANSWER-2", "one byte too many", &sealed, "E3-SIZE");
}

/// What else is authenticated, and which key it is.
fn context(a: &mut Answers) {
    for (id, revision) in [("1", 1), ("3", 3), ("512", 512)] {
        let sealed = a.seal(revision, ACCEPTED.as_bytes());
        let comment = "an answer to another revision";
        a.refused(&format!("revision-{id}"), "R-ANSWER-3", comment, &sealed, "E4-OPEN");
    }
    let revision = Revision::new(2).expect("a revision");
    let other = number("31-07-1-0000123-8");
    let sealed = answer_by_hand(&a.key, &other, revision, b"{}", &SALT);
    a.refused("number", "R-ANSWER-3", "an answer to another guarantee", &sealed, "E4-OPEN");

    let locator = *a.key.locator(&a.number).as_bytes();
    let right = [locator.as_slice(), &2_u64.to_be_bytes()].concat();
    let answer = expand(&a.key, "hosho/v1/answer", &SALT);
    let seal_key = expand(&a.key, "hosho/v1/enc", &SALT);
    let short = [locator.as_slice(), &2_u16.to_be_bytes()].concat();
    let turned = [locator.as_slice(), &2_u64.to_le_bytes()].concat();
    for (id, comment, key, nonce, context) in [
        ("seal-key", "k_enc in place of k_answer", &seal_key, [0; 12], &right),
        ("nonce", "a nonce that is not zero", &answer, [1; 12], &right),
        ("no-context", "no additional data", &answer, [0; 12], &Vec::new()),
        ("locator-only", "no revision", &answer, [0; 12], &locator.to_vec()),
        ("short-revision", "the revision in two bytes", &answer, [0; 12], &short),
        ("low-byte-first", "the revision from its low byte", &answer, [0; 12], &turned),
    ] {
        let sealed = [SALT.as_slice(), &encrypt_answer(key, &nonce, context, b"{}")].concat();
        a.refused(id, RULES, comment, &sealed, "E4-OPEN");
    }
}

fn changes(a: &mut Answers) {
    let good = a.seal(2, ACCEPTED.as_bytes());
    for (id, comment, at) in [
        ("salt", "a bit of the salt differs", 3),
        ("ciphertext", "a bit of the ciphertext differs", 20),
        ("tag", "the last bit differs", good.len() - 1),
    ] {
        let mut changed = good.clone();
        changed[at] ^= 1;
        a.refused(&format!("changed-{id}"), RULES, comment, &changed, "E4-OPEN");
    }
    a.refused("cut", "R-ANSWER-3", "the last byte is missing", &good[..good.len() - 1], "E4-OPEN");
    let longer = [good.as_slice(), &[0]].concat();
    a.refused("longer", "R-ANSWER-3", "a byte more", &longer, "E4-OPEN");
}
