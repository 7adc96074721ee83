use std::collections::BTreeMap;

use hosho::{AttestedCertificates, EvidenceDraft, Fingerprint, encode_armor};

use crate::{Issued, World};

/// Returns the inputs that every fuzz target starts from, by target and name.
///
/// They are what the samples give; inputs that once made a target fail stand beside them in
/// `fuzz/corpus`.
pub fn seeds(world: &World) -> BTreeMap<(&'static str, String), Vec<u8>> {
    let mut seeds = BTreeMap::new();
    let mut add = |target, name: String, bytes: Vec<u8>| {
        seeds.insert((target, name), bytes);
    };
    add("bundle", "genuine".into(), world.bundle.clone());
    add("snapshot", "genuine".into(), world.snapshot.clone());
    for (place, issued) in (0_u8..).zip(&world.issued) {
        let name = format!("certificate-{place:02}");
        let key = issued.auth_key.expose_text().as_str().to_owned();
        let number = issued.number.as_str();
        add("decode", name.clone(), issued.signed.clone());
        add("open", name.clone(), issued.sealed.clone());
        add("armor", name.clone(), encode_armor(&issued.signed).into_bytes());
        add("number", name.clone(), number.into());
        add("number", format!("{name}-wide"), wide(number).into_bytes());
        add("auth_key_text", format!("{name}-typed"), wide(&key.to_lowercase()).into_bytes());
        add("auth_key_text", format!("{name}-wrong"), key.replacen('0', "1", 1).into_bytes());
        for (kind, text) in pasted(number, &key) {
            add("pasted", format!("{name}{kind}"), text.into_bytes());
        }
        add("auth_key_text", name, key.into_bytes());
    }
    for length in [1, 3, 4, 5, 70] {
        add("signature", format!("batch-{length}"), vec![length]);
    }
    let key = hosho::Signer::public_key(&world.certificate_key);
    add("key", "genuine".into(), key.as_bytes().to_vec());
    for (name, byte) in [("small-order", 1), ("not-canonical", 0xee)] {
        let rest = if byte == 1 { 0 } else { 0xff };
        let mut bytes = [rest; 32];
        [bytes[0], bytes[31]] = [byte, rest & 0x7f];
        add("key", name.into(), bytes.to_vec());
    }
    // Scripts of edits: none, one of each kind, and a signature of another certificate.
    for object in 0..5 {
        add("verify", format!("genuine-{object}"), vec![object]);
        for action in 0..6 {
            let script = vec![object, action, 2, 0x10, object + 1];
            add("verify", format!("edit-{object}-{action}"), script.clone());
            add("open", format!("edit-{object}-{action}"), script);
        }
    }
    let fingerprints = world.issued.iter().map(|issued| Fingerprint::of(&issued.signed));
    let attested = AttestedCertificates::new(
        hosho::Signer::public_key(&world.certificate_key).key_id(),
        fingerprints.clone().collect(),
    )
    .expect("there are certificates");
    for (place, fingerprint) in fingerprints.enumerate() {
        let proof = attested.prove(fingerprint).expect("one of them");
        add("proof", format!("certificate-{place:02}"), proof.to_canonical_cbor());
    }
    let first = world.issued.first().expect("there are certificates");
    for (name, form) in forms(first) {
        add("form", name.into(), form.into_bytes());
    }
    add("evidence", "genuine".into(), evidence(first, world, vec![&world.snapshot], None));
    add("evidence", "genuine-least".into(), evidence(first, world, vec![], None));
    add("evidence", "genuine-stamped".into(), evidence(first, world, vec![], Some(b"token")));
    seeds
}

fn evidence(
    issued: &Issued,
    world: &World,
    snapshots: Vec<&[u8]>,
    timestamp: Option<&[u8]>,
) -> Vec<u8> {
    let draft = EvidenceDraft {
        certificate: &issued.signed,
        earlier: vec![],
        bundles: vec![&world.bundle],
        snapshots,
        proof: None,
        timestamp,
    };
    draft.to_canonical_cbor().expect("an evidence file")
}

/// Returns texts that people copy number and auth key out of.
fn pasted(number: &str, key: &str) -> [(&'static str, String); 4] {
    let day = "発行日 2025-06-20 電話 03-1234-5678";
    let groups = key.replace('-', " ");
    [
        ("", format!("保証契約番号　{number}\n認証キー\n{key}\n{day}")),
        ("-code", format!("HSK1:{number}:{key}")),
        ("-groups", format!("Auth key\n{groups}\nGuarantee number: {number}")),
        ("-wide", wide(&format!("{number} {key}"))),
    ]
}

/// Returns forms as browsers send them: a byte that tells how, then the body, with `TOKEN` where the
/// token of the form belongs.
fn forms(issued: &Issued) -> [(&'static str, String); 4] {
    let (number, key) = (issued.number.as_str(), issued.auth_key.expose_text());
    let key = key.as_str();
    let part = |name: &str, rest: &str, text: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"{rest}\r\n\r\n{text}\r\n")
    };
    let token = part("form_token", "", "TOKEN");
    let file = "; filename=\"控え.pdf\"\r\nContent-Type: application/pdf";
    let fields = part("number", "", number) + &part("file", file, "%PDF-1.7");
    [
        ("typed", format!("\0form_token=TOKEN&number={number}&auth_key={key}&note=%E5%BE%8C+%26")),
        ("typed-refused", format!("\0number={number}&reason=%00&form_token=other")),
        ("parts", format!("\u{1}{token}{fields}--b--\r\n")),
        ("parts-unended", format!("\u{1}{fields}{token}")),
    ]
}

/// Writes ASCII as full-width forms, as an input method may.
fn wide(text: &str) -> String {
    let widen = |c: char| match u32::from(c) {
        code @ 0x21..=0x7e => char::from_u32(code + 0xfee0).unwrap_or(c),
        _ => c,
    };
    text.chars().map(widen).collect()
}
