//! Other signed formats with similar content, from the bytes to the content: what an obligee
//! could use instead. Each reads its own object, signed by the same key.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use biscuit_auth::builder::{Algorithm as BiscuitAlgorithm, fact, string};
use biscuit_auth::{Biscuit, KeyPair, PrivateKey};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use pasetors::Public;
use pasetors::keys::{AsymmetricPublicKey, AsymmetricSecretKey};
use pasetors::token::UntrustedToken;
use pasetors::version4::{PublicToken, V4};
use serde_json::{Value, json};

use crate::baseline::verify_by_coset;
use crate::contenders::Contest;
use crate::sample::{Sample, Signed};

const MINISIGN_KEY_ID: [u8; 8] = *b"keynumbr";
const MINISIGN_COMMENT: &str = "issued";

/// Everyone who reads a whole object.
pub(crate) fn whole(contest: &mut Contest) {
    coset(contest);
    jsonwebtoken(contest);
    pasetors(contest);
    biscuit(contest);
    minisign(contest);
}

/// The certificate itself: envelope, signature, and the payload as a value tree.
fn coset(contest: &mut Contest) {
    let key = contest.sample.key;
    contest.single("coset", "coset + dalek verify_strict, whole", move |signed| {
        verify_by_coset(&key, &signed.bytes).is_some()
    });
}

fn jsonwebtoken(contest: &mut Contest) {
    let sample = contest.sample;
    let key = DecodingKey::from_ed_der(sample.key.as_bytes());
    let validation = Validation::new(Algorithm::EdDSA);
    contest.whole(
        "jsonwebtoken",
        "jsonwebtoken (aws-lc-rs), whole",
        |signed| json_web_token(sample, &signed.request),
        move |token| jsonwebtoken::decode::<Value>(token, &key, &validation).is_ok(),
    );
}

fn json_web_token(sample: &Sample, request: &Value) -> String {
    let mut claims = request.clone();
    let members = claims.as_object_mut().expect("an object");
    // The year 2100.
    members.insert("exp".to_owned(), json!(4_102_444_800_u64));
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"EdDSA","typ":"JWT"}"#);
    let message = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
    let signature = URL_SAFE_NO_PAD.encode(sample.sign_other(message.as_bytes()));
    format!("{message}.{signature}")
}

fn pasetors(contest: &mut Contest) {
    let keys = contest.sample.secret.to_keypair_bytes();
    let secret = AsymmetricSecretKey::<V4>::from(&keys).expect("a key pair");
    let key = AsymmetricPublicKey::<V4>::from(contest.sample.key.as_bytes()).expect("a key");
    let read = move |token: &str| -> Option<Value> {
        let token = UntrustedToken::<Public, V4>::try_from(token).ok()?;
        let token = PublicToken::verify(&key, &token, None, None).ok()?;
        serde_json::from_str(token.payload()).ok()
    };
    contest.whole(
        "pasetors",
        "pasetors v4.public, whole",
        |signed| {
            PublicToken::sign(&secret, signed.request.to_string().as_bytes(), None, None)
                .expect("a token")
        },
        move |token| read(token).is_some(),
    );
}

fn biscuit(contest: &mut Contest) {
    let secret =
        PrivateKey::from_bytes(&contest.sample.secret.to_bytes(), BiscuitAlgorithm::Ed25519)
            .expect("a key");
    let root = KeyPair::from(&secret);
    let key = root.public();
    contest.whole(
        "biscuit_auth",
        "biscuit-auth, whole, no authorizer",
        |signed| {
            let mut builder = Biscuit::builder();
            for (name, value) in leaves(&signed.request) {
                builder =
                    builder.fact(fact("claim", &[string(&name), string(&value)])).expect("a fact");
            }
            builder.build(&root).and_then(|token| token.to_vec()).expect("a token")
        },
        move |token| Biscuit::from(token, key).is_ok(),
    );
}

/// Returns each value with the names that lead to it.
fn leaves(value: &Value) -> Vec<(String, String)> {
    let Value::Object(members) = value else {
        return vec![(String::new(), value.to_string())];
    };
    members
        .iter()
        .flat_map(|(name, value)| {
            leaves(value).into_iter().map(move |(rest, value)| (format!("{name}.{rest}"), value))
        })
        .collect()
}

fn minisign(contest: &mut Contest) {
    let sample = contest.sample;
    let key = [b"Ed".as_slice(), &MINISIGN_KEY_ID, sample.key.as_bytes()].concat();
    let key = minisign_verify::PublicKey::from_base64(&STANDARD.encode(key)).expect("a key");
    let read = move |text: &str, content: &[u8]| -> Option<Value> {
        let signature = minisign_verify::Signature::decode(text).ok()?;
        key.verify(content, &signature, true).ok()?;
        serde_json::from_slice(content).ok()
    };
    contest.whole(
        "minisign_verify",
        "minisign-verify + JSON, whole",
        |signed| minisign_file(sample, signed),
        move |(text, content)| read(text, content).is_some(),
    );
}

/// Returns what `minisign -S -l` would write for the content, and the content.
fn minisign_file(sample: &Sample, signed: &Signed) -> (String, Vec<u8>) {
    let content = signed.request.to_string().into_bytes();
    let signature = sample.sign_other(&content);
    let of_all = sample.sign_other(&[&signature, MINISIGN_COMMENT.as_bytes()].concat());
    let first = STANDARD.encode([b"Ed".as_slice(), &MINISIGN_KEY_ID, &signature].concat());
    let second = STANDARD.encode(of_all);
    let text = format!(
        "untrusted comment: signature\n{first}\ntrusted comment: {MINISIGN_COMMENT}\n{second}\n"
    );
    (text, content)
}
