//! Two bundles of one guarantor, two snapshots of one list: which of them answers.

use hosho::{Fingerprint, Sequence, StatusEntry};

use super::{Ask, Verdicts, answered, refused};
use crate::vectors::snapshot::voided;
use crate::world::{Guarantor, sample_claims};

pub(super) fn bundles(v: &mut Verdicts) {
    let usurper = Guarantor { id: v.g.id.clone(), ..Guarantor::new("g-usurper") };
    let mut draft = usurper.bundle_draft();
    draft.sequence = Sequence::new(2).expect("a sequence");
    draft.previous = Some(Fingerprint::of(b"no bundle of the guarantor"));
    let rival = usurper.sign_bundle(draft);
    let trust = vec![v.g.bundle(), rival];
    let ask = Ask { trust: trust.clone(), ..v.ordinary() };
    v.add(
        "rival-bundle",
        "R-TRUST-10",
        "a bundle with the same guarantor-id and a higher sequence does not replace the pin",
        &ask,
        answered("in-force"),
    );
    let signed = usurper.issue(sample_claims(&usurper));
    let ask = Ask { signed, trust, ..v.ordinary() };
    v.add(
        "certificate-of-a-rival",
        "R-TRUST-10",
        "its keys are not trusted either",
        &ask,
        refused("key-unknown", "E5-KEY-UNKNOWN"),
    );
    let ask = Ask { seen_bundle: Some(1), ..v.ordinary() };
    v.add("bundle-seen", "R-TRUST-11", "the same was seen before", &ask, answered("in-force"));
    let ask = Ask { seen_bundle: Some(2), ..v.ordinary() };
    v.add(
        "bundle-regressed",
        "R-TRUST-11",
        "a later bundle was seen before",
        &ask,
        refused("trust-unusable", "E8-SEQUENCE"),
    );
}

pub(super) fn snapshots(v: &mut Verdicts) {
    let fresh = v.snapshot(StatusEntry::InForce);
    let other = v.snapshot(voided("2025-06-20", 2));
    let ask = Ask { status: vec![fresh.clone(), fresh.clone()], ..v.ordinary() };
    v.add("same-snapshot-twice", "R-STAT-7", "one is enough", &ask, answered("in-force"));
    let mut draft = v.g.snapshot_draft([(5, StatusEntry::InForce)]);
    draft.sequence = draft.sequence.next().expect("a sequence");
    let newer = v.g.sign_snapshot(&draft);
    let ask = Ask { status: vec![newer, other.clone()], ..v.ordinary() };
    v.add("newer-snapshot-first", "R-STAT-7", "the newer answers", &ask, answered("in-force"));
    for (id, status) in
        [("first", vec![fresh.clone(), other.clone()]), ("last", vec![other, fresh])]
    {
        let ask = Ask { status, ..v.ordinary() };
        v.add(
            &format!("conflicting-snapshots-{id}"),
            "R-STAT-7",
            "two that differ and have one sequence answer nothing",
            &ask,
            refused("status-unknown", "E7-CONFLICTING"),
        );
    }
}
