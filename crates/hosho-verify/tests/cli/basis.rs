//! Which trust bundles and status snapshots an answer rests on.

use crate::check::{answer, sample_json};
use crate::program::Check;
use crate::world::{World, fixture};

#[test]
fn a_snapshot_that_cannot_be_used_answers_nothing() {
    let world = World::new();
    world.add("snapshots/role.status");
    world.add("snapshots/empty.status");
    let mut cut = world.read("mirai.status");
    cut.truncate(cut.len() - 1);
    world.write("cut.status", &cut);
    for (name, rule) in [
        ("role.status", "E5-KEY-ROLE"),
        ("cut.status", "E3-TRUNCATED"),
        ("absent.status", "E1-IO"),
        ("mirai.trust", "E3-TAG"),
        ("empty.status", "E7-NOT-ISSUED"),
    ] {
        // On a day after the period too: a snapshot was given, so the certificate alone does not
        // decide.
        for day in ["2025-07-01", "2026-11-22"] {
            let check = Check::of(&world, "G01-1", &world.path("G01-1.hosho")).trust();
            let run = check.file("--status", name).on(day).json();
            assert_eq!(run.verdict(), answer(3, "status-unknown", Some(rule)), "{name} {day}");
            assert_eq!(run.json()["certificate"], sample_json("G01-1"), "{name}");
        }
    }
    let check = Check::of(&world, "G01-1", &world.path("G01-1.hosho")).trust();
    let run = check.file("--status", "cut.status").on("2025-07-01").json();
    assert_eq!(run.json()["offset"], cut.len() - 63);
}

#[test]
fn the_fault_of_another_file_is_not_told_as_the_certificates() {
    let world = World::new();
    world.add("snapshots/role.status");
    world.add("bundles/stolen.trust");
    world.write("cut", &world.read("mirai.status")[..200]);
    world.write("cut.trust", &world.read("mirai.trust")[..200]);
    world.write("cut.proof", b"\xA0");
    for (option, name, english, japanese) in [
        (
            "--status",
            "cut",
            "the status snapshot is not in its one form (at byte",
            "状態一覧のただ一つの形",
        ),
        ("--status", "role.status", "the key that signed the status snapshot", "状態一覧に署名"),
        ("--status", "absent", "the status snapshot cannot be read", "状態一覧を読み取れません"),
        (
            "--trust",
            "cut.trust",
            "the trust bundle is not in its one form",
            "信頼バンドルのただ一つの形",
        ),
        (
            "--proof",
            "cut.proof",
            "the inclusion proof is not in its one form",
            "包含証明のただ一つの形",
        ),
    ] {
        let trust = if option == "--proof" { "stolen.trust" } else { "mirai.trust" };
        let trust = if option == "--trust" { name } else { trust };
        for (lang, phrase) in [("en", english), ("ja", japanese)] {
            let check = Check::of(&world, "G01-1", &world.path("G01-1.hosho")).with("--lang", lang);
            let check = check.file("--trust", trust).on("2025-07-01");
            let check = if option == "--trust" { check } else { check.file(option, name) };
            let run = check.run();
            assert_eq!(run.code, 3);
            assert!(run.stdout.contains(phrase), "{name}: {}", run.stdout);
        }
    }
}

#[test]
fn two_snapshots_of_one_sequence_that_differ_answer_nothing() {
    let world = World::new();
    world.add("snapshots/twin.status");
    world.add("snapshots/newer.status");
    world.write("copy.status", &world.read("mirai.status"));
    world.write("bad.status", b"nothing");
    let check = || Check::usual(&world, "G01-1").on("2025-07-01");
    assert_eq!(
        check().file("--status", "copy.status").json().verdict(),
        answer(0, "in-force", None)
    );
    let conflict = answer(3, "status-unknown", Some("E7-CONFLICTING"));
    for beside in ["copy.status", "bad.status"] {
        let run = check().file("--status", "twin.status").file("--status", beside).json();
        assert_eq!(run.verdict(), conflict, "{beside}");
    }
    let newer = check().file("--status", "newer.status").file("--status", "twin.status").json();
    assert_eq!(newer.verdict(), answer(0, "in-force", None));
    for (lang, phrase) in [("en", "which of the snapshots"), ("ja", "どちらが本物の状態一覧")]
    {
        let run = check().file("--status", "twin.status").with("--lang", lang).run();
        assert!(run.stdout.contains(phrase), "{}", run.stdout);
        assert!(run.stdout.contains("E7-CONFLICTING "), "{}", run.stdout);
    }
}

#[test]
fn a_bad_snapshot_beside_a_good_one_is_only_noted() {
    let world = World::new();
    world.write("bad.status", b"nothing");
    let run = Check::usual(&world, "G01-1").file("--status", "bad.status").on("2025-07-01").json();
    assert_eq!(run.verdict(), answer(0, "in-force", None));
    assert!(run.stderr.contains("E1-NOT-RECOGNISED"), "{}", run.stderr);
}

#[test]
fn several_guarantors_are_trusted_at_once() {
    let world = World::new();
    world.add("bundles/other.trust");
    let run = Check::usual(&world, "G01-1").file("--trust", "other.trust").on("2025-07-01").json();
    assert_eq!(run.verdict(), answer(0, "in-force", None), "{}", run.stderr);
}

#[test]
fn of_one_guarantors_bundles_the_last_lawful_step_serves() {
    let world = World::new();
    world.add("bundles/newer.trust");
    for (first, second) in [("mirai.trust", "newer.trust"), ("newer.trust", "mirai.trust")] {
        let check = Check::of(&world, "G01-1", &world.path("G01-1.hosho"));
        let run = check.file("--trust", first).file("--trust", second).json();
        assert_eq!(run.verdict(), answer(3, "key-unknown", Some("E5-KEY-UNKNOWN")), "{first}");
    }
}

#[test]
fn a_later_bundle_of_other_roots_does_not_replace_the_pin() {
    let world = World::new();
    let forged = world.add("certificates/forged.hosho");
    let genuine = world.path("G01-1.hosho");
    for (name, rule) in [
        ("thief.trust", "E8-THRESHOLD"),
        ("stranger.trust", "E8-PREVIOUS"),
        ("twin.trust", "E8-SEQUENCE"),
        ("3.trust", "E8-SEQUENCE"),
    ] {
        world.add(&format!("bundles/{name}"));
        for (first, second) in [("mirai.trust", name), (name, "mirai.trust")] {
            let check = Check::of(&world, "G01-1", &genuine).file("--trust", first);
            let run = check.file("--trust", second).status().on("2025-07-01").json();
            assert_eq!(run.verdict(), answer(3, "trust-unusable", Some(rule)), "{name}");
            let files = ["mirai.trust", name, "hosho-verify trust update"];
            // Sequence 2 lies between: nothing says that these two are not of one series.
            let gap = ["E8-SEQUENCE", "missing 2;", "g-mirai"];
            for told in if name == "3.trust" { gap } else { files } {
                assert!(run.stderr.contains(told), "{}", run.stderr);
            }
        }
        let check = Check::of(&world, "G01-1", &forged).trust().file("--trust", name);
        let run = check.on("2025-07-01").json();
        assert_eq!(run.verdict(), answer(3, "trust-unusable", Some(rule)), "forged, {name}");
    }
}

#[test]
fn a_bundle_that_lies_in_the_folder_of_trust_does_not_replace_the_pin() {
    let world = World::new();
    world.write("trust/a.trust", &world.read("mirai.trust"));
    world.write("trust/b.trust", &fixture("bundles/stranger.trust"));
    let forged = world.add("certificates/forged.hosho");
    let run = Check::of(&world, "G01-1", &forged).file("--trust", "trust").json();
    assert_eq!(run.verdict(), answer(3, "trust-unusable", Some("E8-PREVIOUS")));
}

#[test]
fn bundles_that_dispute_leave_other_guarantors_usable() {
    let world = World::new();
    world.add("bundles/other.trust");
    world.add("bundles/thief.trust");
    let thief = world.write("thief.hosho", &fixture("certificates/forged.hosho"));
    let unusable = answer(3, "trust-unusable", Some("E8-THRESHOLD"));
    for file in [world.path("G01-1.hosho"), world.path("G01-1.sealed.hosho"), thief] {
        let check = Check::of(&world, "G01-1", &file).trust().file("--trust", "thief.trust");
        let check = check.file("--trust", "other.trust").file("--auth-key-file", "G01-1.auth-key");
        assert_eq!(check.json().verdict(), unusable, "{}", file.display());
    }
    world.add("bundles/other-twin.trust");
    let check = Check::usual(&world, "G01-1").file("--trust", "other.trust");
    let run = check.file("--trust", "other-twin.trust").on("2025-07-01").json();
    assert_eq!(run.verdict(), answer(0, "in-force", None));
    assert!(run.stderr.contains("g-other"), "{}", run.stderr);
}

#[test]
fn a_bundle_given_twice_counts_once() {
    let world = World::new();
    world.write("copy.trust", &world.read("mirai.trust"));
    let run = Check::usual(&world, "G01-1").file("--trust", "copy.trust").on("2025-07-01").json();
    assert_eq!((run.verdict(), run.stderr.as_str()), (answer(0, "in-force", None), ""));
}

#[test]
fn a_status_entry_that_was_replaced_is_read_from_the_newest_snapshot() {
    let world = World::new();
    world.add("snapshots/newer.status");
    let run = Check::usual(&world, "G06-1").file("--status", "newer.status").json();
    assert_eq!(run.verdict(), answer(3, "status-unknown", Some("E7-NOT-ISSUED")));
}

#[test]
fn a_snapshot_of_a_later_time_is_told_of() {
    let world = World::new();
    for (lang, phrase) in [("en", "later than now (2025-"), ("ja", "現在(2025-")] {
        let check = || Check::usual(&world, "G01-1").on("2025-07-01").with("--lang", lang);
        let early = check().with("--now", "2025-07-01T00:00:00Z").run();
        assert!(early.stderr.contains(phrase), "{}", early.stderr);
        assert!(!check().run().stderr.contains(phrase));
    }
}
