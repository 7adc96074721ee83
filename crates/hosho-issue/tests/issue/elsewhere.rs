//! Signing keys that no file of the home holds, from the first bundle on.

use std::fs;
use std::path::{Path, PathBuf};

use hosho::{KeyRole, KeyState};
use hosho_issue::{CompromiseOrder, InitOrder, RotateOrder, compromised, init, rotate_key};

use crate::keysmith::{LATER, quietly};
use crate::workshop::{Workshop, codes, contents, issue_and_tell, time};

/// A home that is not made yet, and signing keys of another one outside of it.
fn keys_elsewhere() -> (Workshop, PathBuf) {
    let workshop = Workshop::new();
    let elsewhere = workshop.path("elsewhere");
    fs::rename(workshop.home().join("keys"), &elsewhere).unwrap();
    fs::remove_dir_all(workshop.home()).unwrap();
    (workshop, elsewhere)
}

fn uri(key: &Path) -> String {
    format!("file:{}", key.display())
}

fn order(workshop: &Workshop, certificate: Option<String>, status: Option<String>) -> InitOrder {
    InitOrder { certificate_key: certificate, status_key: status, ..workshop.init_order() }
}

#[test]
fn a_home_is_made_on_keys_that_are_elsewhere() {
    let (workshop, elsewhere) = keys_elsewhere();
    let [certificate, status] = ["certificate-1.pem", "status-1.pem"].map(|it| elsewhere.join(it));
    init(&order(&workshop, Some(uri(&certificate)), Some(uri(&status)))).unwrap();
    let names: Vec<_> = contents(&workshop.home().join("keys")).into_keys().collect();
    let expected = ["certificate-1.uri", "master-1.key", "status-1.uri"];
    assert_eq!(names, expected.map(|name| workshop.home().join("keys").join(name)));
    workshop.issue(&[workshop.request("A-1", 1)]).unwrap();
    assert_eq!(workshop.audit().unwrap().certificates, 1);
    // Another key in its place signs nothing, and none at all stops the home.
    let kept = fs::read(&certificate).unwrap();
    fs::copy(&status, &certificate).unwrap();
    assert_eq!(codes(workshop.issue(&[workshop.request("B-1", 1)])), ["E5-KEY-UNKNOWN"]);
    assert_eq!(codes(workshop.audit()), ["E9-DAMAGED"]);
    fs::remove_file(&certificate).unwrap();
    assert_eq!(codes(workshop.issue(&[workshop.request("B-1", 1)])), ["E9-DAMAGED"]);
    fs::write(&certificate, kept).unwrap();
    assert_eq!(codes(workshop.issue(&[workshop.request("B-1", 1)])), ["E9-DAMAGED"], "0644");
}

#[test]
fn one_key_may_be_elsewhere_and_the_other_in_the_home() {
    let (workshop, elsewhere) = keys_elsewhere();
    init(&order(&workshop, None, Some(uri(&elsewhere.join("status-1.pem"))))).unwrap();
    workshop.issue(&[workshop.request("A-1", 1)]).unwrap();
    assert!(workshop.home().join("keys/certificate-1.pem").exists());
    assert!(workshop.home().join("keys/status-1.uri").exists());
    workshop.audit().unwrap();
}

#[test]
fn a_refused_uri_leaves_no_home() {
    let (workshop, elsewhere) = keys_elsewhere();
    let key = Some(uri(&elsewhere.join("certificate-1.pem")));
    let text = |uri: &str| Some(uri.to_owned());
    for (certificate, status, code) in [
        (key.clone(), key.clone(), "E9-URI"),
        (text("file:keys/certificate-1.pem"), None, "E9-URI"),
        (None, text("elsewhere/status-1.pem"), "E9-URI"),
        (text("pkcs11:token=t"), None, "E9-URI"),
        (text("pkcs11:token=t;object=o?module-path=/nowhere/m.so&pin-source=/p"), None, "E9-TOKEN"),
        (Some(uri(&elsewhere.join("nothing.pem"))), None, "E9-URI"),
        (Some(uri(&elsewhere.join("master-1.key"))), None, "E9-URI"),
    ] {
        let before = contents(&workshop.path(""));
        let refused = init(&order(&workshop, certificate.clone(), status));
        assert_eq!(codes(refused), [code], "{certificate:?}");
        assert_eq!(contents(&workshop.path("")), before, "{certificate:?}");
    }
}

#[test]
fn the_key_after_a_compromised_one_may_be_elsewhere_and_none_serves_twice() {
    let (workshop, elsewhere) = keys_elsewhere();
    init(&workshop.init_order()).unwrap();
    let key = workshop.active(KeyRole::Certificate);
    let to = Some(uri(&elsewhere.join("certificate-1.pem")));
    let own = Some(uri(&workshop.home().join("keys/status-1.pem")));
    let order = CompromiseOrder { to: own.clone(), ..workshop.compromise_order(key) };
    let before = fs::read(workshop.home().join("journal")).unwrap();
    assert_eq!(codes(quietly(|watch| compromised(&order, watch))), ["E9-URI"]);
    let rotation = RotateOrder { to: own, ..workshop.rotate_order(KeyRole::Certificate) };
    assert_eq!(codes(quietly(|watch| rotate_key(&rotation, watch))), ["E9-URI"]);
    assert_eq!(fs::read(workshop.home().join("journal")).unwrap(), before);
    let order = CompromiseOrder { to, ..workshop.compromise_order(key) };
    let fresh = quietly(|watch| compromised(&order, watch)).unwrap().fresh.unwrap();
    assert_eq!(workshop.active(KeyRole::Certificate), fresh);
    let state = workshop.trust().key(key).unwrap().state.clone();
    assert!(matches!(state, KeyState::Compromised { .. }));
    assert!(workshop.home().join("keys/certificate-2.uri").exists());
    let mut issued = workshop.issue_order(&[workshop.request("A-1", 1)]);
    issued.now = time(LATER);
    issue_and_tell(&issued).unwrap();
    workshop.audit().unwrap();
}
