use super::{
    AS_OF, Ask, ChangeKind, Fingerprint, Guarantor, Lineage, Node, StatusEntry, SupersededBy,
    Verdicts, amendment, answered, answered_with, date, refused, sample_claims, standing,
    superseded, terminated, time, voided,
};

/// With no snapshot the certificate alone decides that it is not in force.
pub(super) fn without_status(v: &mut Verdicts) {
    let unknown = || refused("status-unknown", "E7-NO-SNAPSHOT");
    let cases = [
        ("before", "2025-06-19", standing("not-yet-in-force")),
        ("first-day", "2025-06-20", unknown()),
        ("last-day", "2026-03-13", unknown()),
        ("after", "2026-03-14", standing("expired")),
    ];
    for (id, on, expect) in cases {
        let ask = Ask { on, ..v.no_status() };
        v.add(
            &format!("no-status-{id}"),
            "R-VER-1 R-VER-4 R-VER-5",
            "no snapshot is given",
            &ask,
            expect,
        );
    }
    let second = Ask { signed: v.second.clone(), ..v.no_status() };
    let cases = [
        ("before-the-period", "2025-06-19", standing("not-yet-in-force")),
        ("before-it-governs", "2025-07-01", standing("not-yet-in-force")),
        ("governs", "2025-07-02", unknown()),
        ("after", "2026-03-14", standing("expired")),
    ];
    for (id, on, expect) in cases {
        let ask = Ask { on, ..second.clone() };
        v.add(
            &format!("no-status-second-{id}"),
            "R-VER-3 R-GOV-1",
            "a second revision, no snapshot",
            &ask,
            expect,
        );
    }
    let mut claims = sample_claims(&v.g);
    claims.issued_on = date("2025-07-10");
    let late = v.g.issue(claims);
    let cases =
        [("before", "2025-07-09", standing("not-yet-in-force")), ("on", "2025-07-10", unknown())];
    for (id, on, expect) in cases {
        let ask = Ask { signed: late.clone(), on, ..v.no_status() };
        v.add(
            &format!("no-status-issued-late-{id}"),
            "R-GOV-1 R-VER-4",
            "issued-on lies in the period",
            &ask,
            expect,
        );
    }
}

/// Snapshots that do not answer for the certificate.
pub(super) fn unknown(v: &mut Verdicts) {
    let rule = "R-VER-1";
    let unknown = |code: &str| refused("status-unknown", code);
    let mut other_list = v.g.snapshot_draft([(5, StatusEntry::InForce)]);
    other_list.list = hosho::ListNumber::new(2).expect("a list");
    let other_list = v.g.sign_snapshot(&other_list);
    let ask = Ask { status: vec![other_list.clone()], ..v.ordinary() };
    v.add("other-list", rule, "a snapshot of another list", &ask, unknown("E7-OTHER-LIST"));
    let expired = Ask { on: "2030-01-01", ..ask };
    v.add(
        "other-list-expired",
        rule,
        "a snapshot of another list, on a day after the period",
        &expired,
        unknown("E7-OTHER-LIST"),
    );
    let other = Guarantor::new("g-other");
    let foreign = other.sign_snapshot(&other.snapshot_draft([(5, StatusEntry::InForce)]));
    let ask = Ask { status: vec![foreign.clone()], ..v.ordinary() };
    v.add(
        "other-guarantor",
        rule,
        "a snapshot of a guarantor without a bundle",
        &ask,
        unknown("E7-OTHER-GUARANTOR"),
    );
    let ask = Ask { trust: vec![v.g.bundle(), other.bundle()], ..ask };
    v.add(
        "other-guarantor-trusted",
        rule,
        "a snapshot of another trusted guarantor",
        &ask,
        unknown("E7-OTHER-GUARANTOR"),
    );
    let ours = v.snapshot(StatusEntry::InForce);
    let ask = Ask { status: vec![foreign, other_list, ours], ..ask };
    v.add(
        "among-others",
        rule,
        "snapshots of others beside the right one",
        &ask,
        answered("in-force"),
    );
    let ask = v.ask(StatusEntry::NotIssued);
    v.add(
        "not-issued",
        rule,
        "the index was not issued",
        &ask,
        answered_with("status-unknown", "E7-NOT-ISSUED"),
    );
    let mut short = v.g.snapshot_draft([(3, StatusEntry::InForce)]);
    short.last_index = hosho::StatusIndex::new(3).expect("an index");
    let ask = Ask { status: vec![v.g.sign_snapshot(&short)], ..v.ordinary() };
    v.add(
        "outside-the-list",
        rule,
        "the index is outside the list",
        &ask,
        answered_with("status-unknown", "E7-NOT-ISSUED"),
    );
    let mut node = Node::read_object(&v.snapshot(StatusEntry::InForce));
    node.put(&[2, 4], Node::int(8));
    let ask = Ask { status: vec![node.encode().0], ..v.ordinary() };
    v.add(
        "status-not-genuine",
        "R-STAT-6",
        "the snapshot's signature does not verify",
        &ask,
        unknown("E5-SIGNATURE"),
    );
    let expired = Ask { on: "2030-01-01", ..ask };
    v.add(
        "status-not-genuine-expired",
        "R-STAT-6",
        "the same on a day after the period",
        &expired,
        unknown("E5-SIGNATURE"),
    );
}

/// Fresh and stale snapshots (R-FRESH-1), and remembered sequences.
pub(super) fn fresh(v: &mut Verdicts) {
    let rule = "R-FRESH-1";
    let stale = || answered_with("status-stale", "E7-STALE");
    let cases = [
        ("at-next-update", "2025-12-01", "2025-12-08T00:00:00Z", answered("in-force")),
        ("after-next-update", "2025-12-01", "2025-12-08T00:00:01Z", stale()),
        ("past-day", "2025-11-30", "2035-01-01T00:00:00Z", answered("in-force")),
        ("later-day", "2025-12-05", "2025-12-08T00:00:00Z", answered("in-force")),
        ("later-day-stale", "2025-12-05", "2025-12-09T00:00:00Z", stale()),
        ("before-issued-at", "2025-12-01", "2025-11-01T00:00:00Z", answered("in-force")),
    ];
    for (id, on, now, expect) in cases {
        let ask = Ask { on, now, ..v.ordinary() };
        v.add(
            &format!("fresh-{id}"),
            rule,
            "issued-at 2025-12-01, next-update 2025-12-08",
            &ask,
            expect,
        );
    }
    for (id, issued_at, fresh) in [
        ("midnight", "2025-11-30T15:00:00Z", true),
        ("second-before-midnight", "2025-11-30T14:59:59Z", false),
    ] {
        let mut draft = v.g.snapshot_draft([(5, StatusEntry::InForce)]);
        draft.issued_at = time(issued_at);
        let ask = Ask {
            status: vec![v.g.sign_snapshot(&draft)],
            on: "2025-11-30",
            now: "2026-01-01T00:00:00Z",
            ..v.ordinary()
        };
        let as_of = time(issued_at).seconds();
        let expect = if fresh { standing("in-force") } else { refused("status-stale", "E7-STALE") };
        v.add(
            &format!("fresh-{id}"),
            rule,
            "the day ends at midnight in Japan",
            &ask,
            expect.with("as_of", as_of),
        );
    }
    let regressed = || answered_with("status-stale", "E7-REGRESSED");
    let cases = [
        ("same", (1, 7), "2025-12-01", answered("in-force")),
        ("lower", (1, 6), "2025-12-01", answered("in-force")),
        ("higher", (1, 8), "2025-12-01", regressed()),
        ("other-list", (2, 8), "2025-12-01", answered("in-force")),
        ("past-day", (1, 8), "2025-11-30", answered("in-force")),
    ];
    for (id, remembered, on, expect) in cases {
        let ask = Ask { remembered: Some(remembered), on, ..v.ordinary() };
        v.add(&format!("remembered-{id}"), rule, "the snapshot has sequence 7", &ask, expect);
    }
    let ask = Ask { remembered: Some((1, 8)), now: "2026-01-01T00:00:00Z", ..v.ordinary() };
    v.add(
        "remembered-and-stale",
        rule,
        "an older snapshot that is also past its time",
        &ask,
        regressed(),
    );
    let mut newer = v.g.snapshot_draft([(5, superseded("2025-11-01", 2, SupersededBy::Rekey))]);
    newer.sequence = hosho::Sequence::new(8).expect("a sequence");
    let (newer, older) = (v.g.sign_snapshot(&newer), v.snapshot(StatusEntry::InForce));
    let expect = || {
        refused("superseded", "E7-REKEYED")
            .with("superseded_by", 2)
            .with("as_of", time(AS_OF).seconds())
    };
    for (id, status) in
        [("newer-last", vec![older.clone(), newer.clone()]), ("newer-first", vec![newer, older])]
    {
        let ask = Ask { status, ..v.ordinary() };
        v.add(
            &format!("two-snapshots-{id}"),
            rule,
            "of two snapshots of a list the newer serves",
            &ask,
            expect(),
        );
    }
}

/// Voided and terminated guarantees, on days around the end.
pub(super) fn ended(v: &mut Verdicts) {
    let ended = |verdict: &str, on: &str, current: Option<u16>| {
        standing(verdict)
            .with_some("superseded_by", current)
            .with("ended_on", on)
            .with("as_of", time(AS_OF).seconds())
    };
    for on in ["2025-06-01", "2025-06-20", "2025-12-01"] {
        let ask = Ask { on, ..v.ask(voided("2025-09-01", 2)) };
        v.add(
            &format!("voided-on-{on}"),
            "R-VER-1 R-GOV-1",
            "it was never in force",
            &ask,
            ended("voided", "2025-09-01", Some(2)),
        );
    }
    let cases = [
        ("2025-09-01", "terminated"),
        ("2025-08-31", "in-force"),
        ("2025-12-01", "terminated"),
        ("2025-06-19", "not-yet-in-force"),
    ];
    for (on, verdict) in cases {
        let ask = Ask { on, ..v.ask(terminated("2025-09-01", 2, None)) };
        v.add(
            &format!("terminated-on-{on}"),
            "R-VER-1 R-GOV-1",
            "terminated from 2025-09-01",
            &ask,
            ended(verdict, "2025-09-01", Some(2)),
        );
    }
    let cases = [
        ("2025-07-31", "in-force"),
        ("2025-08-01", "superseded"),
        ("2025-08-31", "superseded"),
        ("2025-09-01", "terminated"),
    ];
    for (on, verdict) in cases {
        let ask = Ask { on, ..v.ask(terminated("2025-09-01", 3, Some("2025-08-01"))) };
        v.add(
            &format!("replaced-on-{on}"),
            "R-VER-2 R-STAT-5",
            "replaced from 2025-08-01, terminated from 2025-09-01",
            &ask,
            ended(verdict, "2025-09-01", Some(3)),
        );
    }
    let mut claims = sample_claims(&v.g);
    claims.lineage = amendment(2, Fingerprint::of(&v.first), &[ChangeKind::Termination]);
    if let Lineage::Amendment { change, .. } = &mut claims.lineage {
        change.effective_from = Some(date("2025-09-01"));
    }
    let ending = v.g.issue(claims);
    for (on, verdict) in [
        ("2025-08-31", "superseded"),
        ("2025-09-01", "terminated"),
        ("2025-06-19", "not-yet-in-force"),
    ] {
        let ask = Ask { signed: ending.clone(), on, ..v.ask(terminated("2025-09-01", 2, None)) };
        v.add(
            &format!("termination-itself-on-{on}"),
            "R-VER-3 R-GOV-1",
            "the revision that terminates, from 2025-09-01",
            &ask,
            ended(verdict, "2025-09-01", None),
        );
    }
    let after_expiry = Ask {
        on: "2026-03-14",
        now: "2026-03-15T00:00:00Z",
        ..v.ask(terminated("2026-04-01", 2, None))
    };
    let mut late = v.g.snapshot_draft([(5, terminated("2026-04-01", 2, None))]);
    late.next_update = time("2026-12-01T00:00:00Z");
    let ask = Ask { status: vec![v.g.sign_snapshot(&late)], ..after_expiry };
    v.add(
        "terminated-after-expiry",
        "R-VER-5",
        "past the period, before the end",
        &ask,
        ended("expired", "2026-04-01", Some(2)),
    );
}

/// Which revision governs on a day (spec section 12.3).
pub(super) fn governing(v: &mut Verdicts) {
    let newer = |verdict: &str| {
        standing(verdict).with("superseded_by", 2).with("as_of", time(AS_OF).seconds())
    };
    for (cause_id, cause, code) in [
        ("amended", SupersededBy::Amendment, None),
        ("rekeyed", SupersededBy::Rekey, Some("E7-REKEYED")),
    ] {
        for (on, verdict, code) in [
            ("2025-07-01", "in-force", None),
            ("2025-07-02", "superseded", code),
            ("2025-06-19", "not-yet-in-force", None),
        ] {
            let ask = Ask { on, ..v.ask(superseded("2025-07-02", 2, cause)) };
            v.add(
                &format!("{cause_id}-on-{on}"),
                "R-VER-2 R-VER-6 R-GOV-1",
                "a later revision governs from 2025-07-02",
                &ask,
                newer(verdict).with_some("code", code),
            );
        }
    }
    let cases = [
        ("2025-06-19", "not-yet-in-force"),
        ("2025-06-20", "superseded"),
        ("2025-07-01", "superseded"),
        ("2025-07-02", "in-force"),
        ("2025-11-30", "in-force"),
    ];
    for (on, verdict) in cases {
        let ask = Ask { signed: v.second.clone(), on, ..v.ordinary() };
        v.add(
            &format!("second-on-{on}"),
            "R-VER-3 R-VER-4 R-GOV-1",
            "the second revision, which governs from 2025-07-02",
            &ask,
            answered(verdict),
        );
    }
    let mut claims = sample_claims(&v.g);
    claims.lineage = amendment(2, Fingerprint::of(&v.first), &[ChangeKind::Correction]);
    claims.issued_on = date("2025-08-01");
    if let Lineage::Amendment { change, .. } = &mut claims.lineage {
        change.effective_from = None;
    }
    let printed = v.g.issue(claims);
    for (on, verdict) in [("2025-07-31", "superseded"), ("2025-08-01", "in-force")] {
        let ask = Ask { signed: printed.clone(), on, ..v.ordinary() };
        v.add(
            &format!("issued-on-governs-{on}"),
            "R-GOV-1 R-VER-3",
            "no effective-from: issued-on counts",
            &ask,
            answered(verdict),
        );
    }
    for (on, verdict) in [
        ("2025-06-19", "not-yet-in-force"),
        ("2025-06-20", "in-force"),
        ("2026-03-13", "in-force"),
        ("2026-03-14", "expired"),
    ] {
        let mut draft = v.g.snapshot_draft([(5, StatusEntry::InForce)]);
        draft.next_update = time("2026-12-01T00:00:00Z");
        let ask = Ask {
            status: vec![v.g.sign_snapshot(&draft)],
            on,
            now: "2026-03-20T00:00:00Z",
            ..v.ordinary()
        };
        v.add(
            &format!("period-on-{on}"),
            "R-VER-4 R-VER-5",
            "a period from 2025-06-20 to 2026-03-13",
            &ask,
            answered(verdict),
        );
    }
    let mut claims = sample_claims(&v.g);
    claims.issued_on = date("2025-07-10");
    let late = v.g.issue(claims);
    for (on, verdict) in [("2025-07-09", "not-yet-in-force"), ("2025-07-10", "in-force")] {
        let ask = Ask { signed: late.clone(), on, ..v.ordinary() };
        v.add(
            &format!("issued-late-on-{on}"),
            "R-VER-4 R-GOV-1",
            "a first revision issued within its period",
            &ask,
            answered(verdict),
        );
    }
}
