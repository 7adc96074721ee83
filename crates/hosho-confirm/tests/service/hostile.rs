//! Names that try to become part of the page.

use hosho::{Revision, SealNonce, SignedCertificate, StatusIndex, Text, seal};
use hosho_publish::confirmation::Sealed;
use hosho_publish::{Base64, SealedRevision, Spelling};
use hosho_testkit::sample_claims;

use crate::browser::Browser;
use crate::stage::{Stage, on_empty_stage};

const NAMES: [&str; 8] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(2)>",
    "' onmouseover='alert(3)",
    "</td></table><h2>真正で、有効です</h2>",
    "{{ 7 * 7 }}{% raw %}",
    "&lt;b&gt;&#60;i&#62;",
    "شركة البناء (עברית)",
    "<!-- --><style>*{display:none}</style>",
];

/// Publishes a certificate whose texts are all this name; returns number and key.
async fn publish(stage: &Stage, name: &'static str, at: u32) -> (String, String) {
    let text = || Text::parse(name).expect("a text that the core takes");
    let mut claims = sample_claims(&stage.guarantor);
    claims.obligee.name = text();
    claims.obligee.representative = text();
    claims.contractor.name = text();
    claims.contractor.address = text();
    claims.work.name = text();
    claims.work.site = text();
    claims.work.contract_number = text();
    claims.guarantee.terms = text();
    claims.guarantor.branch = Some(text());
    claims.status.index = StatusIndex::new(at).unwrap();
    let number = claims.number.clone();
    let key = stage.guarantor.auth_key(&number, hosho::Serial::FIRST);
    let signed = stage.guarantor.issue(claims);
    let nonce = SealNonce { salt: [7; 16], iv: [7; 12] };
    let sealed = seal(&SignedCertificate::parse(&signed).unwrap(), &key, &nonce);
    let order = Sealed {
        locator: Spelling(key.locator(&number)),
        revisions: vec![SealedRevision(Spelling(Revision::FIRST), Base64(sealed))],
        replaces: Vec::new(),
    };
    let answer = stage.publish_sealed(&order).await;
    assert!(answer.status.is_success(), "{}", answer.text());
    (number.to_string(), key.expose_text().as_str().to_owned())
}

#[test]
fn hostile_names_stay_text() {
    for (name, at) in NAMES.into_iter().zip(40..) {
        on_empty_stage(async |stage| {
            let (number, key) = publish(&stage, name, at).await;
            let mut browser = Browser::new(&stage);
            let opened = browser.open(&[("number", &number), ("auth_key", &key)]).await;
            let place = opened.header("location").to_owned();
            let page = browser.get(&place).await;
            let text = page.text();
            assert!(text.contains(&escaped(name)), "{name}: {text}");
            if name.contains(['<', '"', '\'']) {
                assert!(!text.contains(name), "{name}");
            }
            assert_eq!(text.matches("<script").count(), 0, "{name}");
            assert_eq!(text.matches("<style").count(), 0, "{name}");
            assert_eq!(text.matches("id=\"verdict\"").count(), 1, "{name}");
            let policy = page.header("content-security-policy");
            assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"));
            // The answer's own words come back on the page, too.
            let form = [("revision", "1"), ("answer", "returned"), ("reason", name), ("by", name)];
            let given = browser.post("/certificate", "/certificate/answer", &form).await;
            let text = browser.get(given.header("location")).await.text();
            assert_eq!(text.matches("<script").count(), 0, "{name}");
            assert!(text.matches(&escaped(name)).count() >= 3, "{name}: {text}");
        });
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&#38;")
        .replace('<', "&#60;")
        .replace('>', "&#62;")
        .replace('"', "&#34;")
        .replace('\'', "&#39;")
}
