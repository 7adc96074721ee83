//! Other trust bundles: later ones, those of other roots, and those that say something else about
//! the key of the certificates.

use hosho::{BundleDraft, Fingerprint, KeyRole, KeyState, SecretKey, Sequence, Text};
use hosho_testkit::{Guarantor, time};

use crate::fixture::Fixture;
use crate::guarantor::{first_bundle, guarantor, second_status_key, thief};
use crate::ledger::Ledger;
use crate::proofs::attested;

pub(crate) fn fixtures(ledger: &Ledger) -> Vec<Fixture> {
    let mirai = &ledger.guarantor;
    let first = mirai.sign_bundle(first_bundle(mirai));
    let second = mirai.sign_bundle(next(mirai, &first, 2));
    let third = mirai.sign_bundle(next(mirai, &second, 3));
    let (thief, other) = (thief(), guarantor("g-other", 60));
    let next_update = time("2028-01-01T00:00:00Z");
    let other_twin = BundleDraft { next_update, ..first_bundle(&other) };
    let strange = Fingerprint::of(b"stranger");
    let stranger = BundleDraft { previous: Some(strange), ..next(&thief, &first, 2) };
    let mirai_changed = |change: &dyn Fn(&mut BundleDraft<'static>)| {
        let mut draft = first_bundle(mirai);
        change(&mut draft);
        mirai.sign_bundle(draft)
    };
    vec![
        Fixture::new("bundles/2.trust", second),
        Fixture::new("bundles/3.trust", third),
        Fixture::new("bundles/thief.trust", thief.sign_bundle(next(&thief, &first, 2))),
        Fixture::new("bundles/stranger.trust", thief.sign_bundle(stranger)),
        Fixture::new("bundles/other.trust", other.sign_bundle(first_bundle(&other))),
        Fixture::new("bundles/other-twin.trust", other.sign_bundle(other_twin)),
        Fixture::new("bundles/twin.trust", mirai_changed(&|draft| draft.next_update = next_update)),
        Fixture::new(
            "bundles/newer.trust",
            mirai_changed(&|draft| {
                draft.sequence = Sequence::new(2).expect("a sequence");
                draft.previous = Some(Fingerprint::of(&first));
                draft.keys.remove(0);
                let key = SecretKey::take(&mut [77; 32]);
                draft.keys.push(Guarantor::entry(&key, KeyRole::Certificate));
            }),
        ),
        Fixture::new(
            "bundles/window.trust",
            mirai_changed(&|draft| draft.keys[0].not_before = time("2025-06-02T00:00:00Z")),
        ),
        Fixture::new(
            "bundles/role.trust",
            mirai_changed(&|draft| draft.keys[0].role = KeyRole::Publish),
        ),
        Fixture::new("bundles/stolen.trust", stolen(ledger)),
        Fixture::new(
            "bundles/status-stolen.trust",
            mirai.sign_bundle(status_stolen(next(mirai, &first, 2))),
        ),
    ]
}

/// Returns the bundle that says the key of the snapshots was stolen, and names another.
fn status_stolen(mut draft: BundleDraft<'static>) -> BundleDraft<'static> {
    let reason = Text::parse("盗難").expect("a text");
    draft.keys[1].state = KeyState::Compromised { since: time("2026-01-01T00:00:00Z"), reason };
    draft.keys.push(Guarantor::entry(&second_status_key(), KeyRole::Status));
    draft
}

/// Returns the bundle that says the key of the certificates was stolen, and attests them.
pub(crate) fn stolen(ledger: &Ledger) -> Vec<u8> {
    let mut draft = first_bundle(&ledger.guarantor);
    let since = time("2026-01-01T00:00:00Z");
    let reason = Text::parse("盗難").expect("a text");
    draft.keys[0].state = KeyState::Compromised { since, reason };
    draft.attestations = vec![attested(ledger).attest(since)];
    ledger.guarantor.sign_bundle(draft)
}

/// Returns the bundle after `previous`, with the same keys.
fn next(guarantor: &Guarantor, previous: &[u8], sequence: u64) -> BundleDraft<'static> {
    BundleDraft {
        sequence: Sequence::new(sequence).expect("a sequence"),
        issued_at: time("2026-01-01T00:00:00Z"),
        previous: Some(Fingerprint::of(previous)),
        ..first_bundle(guarantor)
    }
}
