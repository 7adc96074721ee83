//! `check`: verdicts, exit codes, the JSON object.

use std::fs;

use hosho::{Text, UnixTime};
use serde_json::{Value, json};

use crate::program::{Check, run};
use crate::world::{NOW, World, root, time};

pub(crate) fn answer(
    code: i32,
    verdict: &str,
    rule: Option<&str>,
) -> (i32, String, Option<String>) {
    (code, verdict.to_owned(), rule.map(str::to_owned))
}

pub(crate) fn sample_json(name: &str) -> Value {
    let path = root().join("samples/requests").join(format!("{name}.json"));
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn a_genuine_certificate_is_in_force_on_a_day_of_its_period() {
    let world = World::new();
    let run = Check::usual(&world, "G01-1").on("2025-07-01").json();
    assert_eq!(run.verdict(), answer(0, "in-force", None), "{}", run.stderr);
    assert_eq!(
        run.json(),
        json!({
            "verdict": "in-force",
            "number": "31-07-1-0000123-9",
            "revision": 1,
            "superseded_by": null,
            "ended_on": null,
            "as_of": "2026-11-22T03:04:05Z",
            "code": null,
            "offset": null,
            "findings": [],
            "trust": { "guarantor_id": "g-mirai", "sequence": 1, "next_update": "2027-01-01T00:00:00Z", "overdue": false },
            "certificate": sample_json("G01-1"),
        })
    );
    assert_eq!(run.stderr, "");
}

#[test]
fn every_sample_is_judged_on_the_day_of_the_samples() {
    let world = World::new();
    for (name, code, verdict) in [
        ("G01-1", 4, "expired"),
        ("G04-1", 4, "superseded"),
        ("G04-4", 4, "expired"),
        ("G06-1", 0, "in-force"),
        ("G07-1", 0, "in-force"),
        ("G08-1", 0, "in-force"),
        ("G09-1", 4, "voided"),
        ("G10-2", 4, "expired"),
        ("G11-1", 4, "terminated"),
    ] {
        let run = Check::usual(&world, name).on("2026-11-22").json();
        assert_eq!(run.verdict(), answer(code, verdict, None), "{name}");
        assert_eq!(run.json()["certificate"], sample_json(name), "{name}");
    }
}

#[test]
fn an_old_revision_is_superseded_and_the_current_one_is_named() {
    // N05 of the samples.
    let world = World::new();
    let run = Check::usual(&world, "G04-2").on("2025-12-01").json();
    assert_eq!(run.verdict(), answer(0, "in-force", None));
    let run = Check::usual(&world, "G04-2").on("2026-02-01").json();
    assert_eq!(run.verdict(), answer(4, "superseded", None));
    assert_eq!(run.json()["superseded_by"], 4);
}

#[test]
fn a_voided_guarantee_was_never_in_force() {
    // N06 of the samples.
    let world = World::new();
    let run = Check::usual(&world, "G09-1").on("2026-04-28").json();
    assert_eq!(run.verdict(), answer(4, "voided", None));
    assert_eq!(run.json()["ended_on"], "2026-05-08");
}

#[test]
fn a_terminated_guarantee_covers_the_days_before_its_end() {
    let world = World::new();
    let run = Check::usual(&world, "G11-1").on("2026-04-14").json();
    assert_eq!(run.verdict(), answer(0, "in-force", None));
    let run = Check::usual(&world, "G11-1").on("2026-04-15").json();
    assert_eq!(run.verdict(), answer(4, "terminated", None));
    assert_eq!(run.json()["ended_on"], "2026-04-15");
}

#[test]
fn a_changed_character_is_not_genuine_and_shows_no_claims() {
    // N07 of the samples: 第3工区 becomes 第2工区.
    let world = World::new();
    let mut bytes = world.signed("G01-1");
    let at = bytes.windows(4).position(|four| four == "3工".as_bytes()).unwrap();
    bytes[at] = b'2';
    let file = world.write("forged.hosho", &bytes);
    let run = Check::of(&world, "G01-1", &file).trust().status().json();
    assert_eq!(run.verdict(), answer(1, "not-genuine", Some("E5-SIGNATURE")));
    let json = run.json();
    for absent in ["certificate", "number", "revision", "as_of"] {
        assert_eq!(json[absent], Value::Null, "{absent}");
    }
    let human = Check::of(&world, "G01-1", &file).trust().status().run();
    assert_eq!(human.code, 1);
    assert!(!human.stdout.contains("工区"), "{}", human.stdout);
}

#[test]
fn another_obligee_is_refused_with_what_the_certificate_is_about() {
    // N08 of the samples.
    let world = World::new();
    let check = || Check::usual(&world, "G01-1").on("2025-07-01");
    let run = check().with("--obligee", "青嶺市").json();
    assert_eq!(run.verdict(), answer(1, "other-obligee", Some("E5-OTHER-OBLIGEE")));
    assert_eq!(run.json()["certificate"], sample_json("G01-1"));
    let run = check().with("--obligee", " 瑞 穂 県 ").json();
    assert_eq!(run.verdict(), answer(0, "in-force", None));
}

#[test]
fn a_mistyped_number_is_another_guarantee() {
    // N10 of the samples.
    let world = World::new();
    let run = Check::usual(&world, "G01-1").with("--number", "31-07-1-0000123-0").json();
    assert_eq!(run.verdict(), answer(1, "other-guarantee", Some("E5-OTHER-GUARANTEE")));
    assert_eq!(run.json()["number"], "31-07-1-0000123-9");
}

#[test]
fn a_full_width_number_is_folded() {
    // N11 of the samples.
    let world = World::new();
    let typed = "３１－０７－１－００００１２３－９";
    let run = Check::usual(&world, "G01-1").with("--number", typed).on("2025-07-01").json();
    assert_eq!(run.verdict(), answer(0, "in-force", None));
}

#[test]
fn a_number_outside_the_grammar_is_a_usage_error() {
    let world = World::new();
    for typed in ["", "31_07", "保証"] {
        let run = Check::usual(&world, "G01-1").with("--number", typed).json();
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{typed}");
        assert!(run.stderr.contains("E1-NUMBER"), "{}", run.stderr);
    }
}

#[test]
fn without_a_number_and_a_terminal_the_next_step_is_told() {
    let world = World::new();
    let (file, trust) = (world.path("G01-1.hosho"), world.path("mirai.trust"));
    let arguments = ["check", file.to_str().unwrap(), "--trust", trust.to_str().unwrap()];
    let run = run(&arguments);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("--number"), "{}", run.stderr);
}

#[test]
fn a_sealed_certificate_opens_with_its_key_and_answers_the_same() {
    let world = World::new();
    let sealed = world.path("G01-1.sealed.hosho");
    let check = || Check::of(&world, "G01-1", &sealed).trust().status().on("2025-07-01");
    let opened = check().file("--auth-key-file", "G01-1.auth-key").json();
    assert_eq!(opened.verdict(), answer(0, "in-force", None), "{}", opened.stderr);
    let signed = Check::usual(&world, "G01-1").on("2025-07-01").json();
    assert_eq!(opened.stdout, signed.stdout);
    let wrong = check().file("--auth-key-file", "G02-1.auth-key").json();
    assert_eq!(wrong.verdict(), answer(1, "key-does-not-fit", Some("E4-OPEN")));
    assert_eq!(wrong.json()["certificate"], Value::Null);
}

#[test]
fn a_sealed_certificate_of_another_guarantee_is_refused_after_opening() {
    let world = World::new();
    let sealed = world.path("G01-1.sealed.hosho");
    let check = Check::of(&world, "G02-1", &sealed).trust().status();
    let run = check.file("--auth-key-file", "G01-1.auth-key").json();
    assert_eq!(run.verdict(), answer(1, "other-guarantee", Some("E5-OTHER-GUARANTEE")));
    assert_eq!(run.json()["certificate"], sample_json("G01-1"));
}

#[test]
fn a_sealed_certificate_without_key_and_terminal_is_a_usage_error() {
    let world = World::new();
    let sealed = world.path("G01-1.sealed.hosho");
    let run = Check::of(&world, "G01-1", &sealed).trust().json();
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("--auth-key-file"), "{}", run.stderr);
}

#[test]
fn the_key_of_a_signed_certificate_is_compared() {
    let world = World::new();
    let check = || Check::usual(&world, "G01-1").on("2025-07-01");
    let run = check().file("--auth-key-file", "G01-1.auth-key").json();
    assert_eq!(run.verdict(), answer(0, "in-force", None));
    let run = check().file("--auth-key-file", "G02-1.auth-key").json();
    assert_eq!(run.verdict(), answer(1, "key-does-not-fit", Some("E4-OPEN")));
    assert_eq!(run.json()["certificate"], sample_json("G01-1"));
}

#[test]
fn a_mistyped_key_is_told_by_its_group_and_never_shown() {
    let world = World::new();
    let key = fs::read_to_string(world.path("G01-1.auth-key")).unwrap();
    let mut typed = key.trim().to_owned().into_bytes();
    typed[13] = if typed[13] == b'7' { b'8' } else { b'7' };
    let file = world.write("typed.auth-key", &typed);
    let path = file.to_str().unwrap();
    let check = || {
        let sealed = world.path("G01-1.sealed.hosho");
        Check::of(&world, "G01-1", &sealed).trust().with("--auth-key-file", path)
    };
    let run = check().json();
    assert_eq!(run.verdict(), answer(1, "key-mistyped", Some("E2-CHECK")));
    let human = check().run();
    assert!(human.stdout.contains("group 3"), "{}", human.stdout);
    let typed = String::from_utf8(typed).unwrap();
    for group in typed.split('-') {
        assert!(!human.stdout.contains(group) && !human.stderr.contains(group));
    }
    world.write("typed.auth-key", b"not a key");
    assert_eq!(check().json().verdict(), answer(1, "key-mistyped", Some("E2-LENGTH")));
}

#[test]
fn a_key_file_that_cannot_be_read_is_a_usage_error() {
    let world = World::new();
    let run = Check::usual(&world, "G01-1").file("--auth-key-file", "absent").json();
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("E1-IO"), "{}", run.stderr);
}

#[test]
fn without_a_snapshot_the_status_is_unknown_unless_the_certificate_decides() {
    let world = World::new();
    let check = || Check::of(&world, "G01-1", &world.path("G01-1.hosho")).trust();
    let unknown = answer(3, "status-unknown", Some("E7-NO-SNAPSHOT"));
    assert_eq!(check().on("2025-07-01").json().verdict(), unknown);
    assert_eq!(check().on("2026-11-22").json().verdict(), answer(4, "expired", None));
    assert_eq!(check().on("2025-06-19").json().verdict(), answer(4, "not-yet-in-force", None));
}

#[test]
fn a_snapshot_past_its_time_is_stale_for_later_days_only() {
    let world = World::new();
    let late = || Check::usual(&world, "G06-1").with("--now", "2026-12-24T00:00:00Z");
    let run = late().on("2026-12-24").json();
    assert_eq!(run.verdict(), answer(3, "status-stale", Some("E7-STALE")));
    assert_eq!(run.json()["as_of"], "2026-11-22T03:04:05Z");
    assert_eq!(late().on("2026-10-01").json().verdict(), answer(0, "in-force", None));
}

#[test]
fn another_guarantors_bundle_leaves_the_key_unknown() {
    let world = World::new();
    world.add("bundles/other.trust");
    let check = Check::of(&world, "G01-1", &world.path("G01-1.hosho"));
    let run = check.file("--trust", "other.trust").json();
    assert_eq!(run.verdict(), answer(3, "key-unknown", Some("E5-KEY-UNKNOWN")));
    assert_eq!(run.json()["certificate"], Value::Null);
}

#[test]
fn without_a_usable_bundle_nothing_is_judged() {
    let world = World::new();
    let mut bundle = world.read("mirai.trust");
    *bundle.last_mut().unwrap() ^= 1;
    world.write("forged.trust", &bundle);
    fs::create_dir(world.path("empty")).unwrap();
    for (name, rule) in [
        ("forged.trust", "E8-THRESHOLD"),
        ("absent.trust", "E1-IO"),
        ("mirai.status", "E3-TAG"),
        ("G01-1.auth-key", "E1-NOT-RECOGNISED"),
        ("empty", "E1-NOT-RECOGNISED"),
    ] {
        let check = Check::of(&world, "G01-1", &world.path("G01-1.hosho"));
        let run = check.file("--trust", name).json();
        assert_eq!(run.verdict(), answer(3, "trust-unusable", Some(rule)), "{name}");
    }
}

#[test]
fn a_zip_file_is_to_be_unpacked_first() {
    let world = World::new();
    let packed = world.write("G01-1.zip", b"PK\x03\x04 and the rest");
    let run = Check::of(&world, "G01-1", &packed).trust().json();
    assert_eq!(run.verdict(), answer(3, "unreadable", Some("E1-NOT-RECOGNISED")));
    assert!(run.stderr.contains("unpack it first"), "{}", run.stderr);
}

#[test]
fn folders_of_bundles_and_snapshots_are_searched() {
    let world = World::new();
    let check = Check::of(&world, "G01-1", &world.path("G01-1.hosho"));
    let run = check.file("--trust", ".").file("--status", ".").on("2025-07-01").json();
    assert_eq!(run.verdict(), answer(0, "in-force", None), "{}", run.stderr);
    assert!(run.stderr.contains("passed over"), "{}", run.stderr);
}

#[test]
fn a_folder_without_snapshots_is_as_good_as_none() {
    let world = World::new();
    fs::create_dir(world.path("empty")).unwrap();
    let check = || {
        let file = world.path("G01-1.hosho");
        Check::of(&world, "G01-1", &file).trust().file("--status", "empty")
    };
    let unknown = answer(3, "status-unknown", Some("E7-NO-SNAPSHOT"));
    assert_eq!(check().on("2025-07-01").json().verdict(), unknown);
    assert_eq!(check().on("2026-11-22").json().verdict(), answer(4, "expired", None));
}

#[test]
fn an_overdue_bundle_is_a_note_and_no_verdict() {
    let world = World::new();
    let run =
        Check::usual(&world, "G01-1").with("--now", "2027-06-01T00:00:00Z").on("2025-07-01").json();
    assert_eq!(run.verdict(), answer(0, "in-force", None));
    assert!(run.stderr.contains("due for renewal"), "{}", run.stderr);
    assert_eq!(run.json()["trust"]["overdue"], true);
}

#[test]
fn the_bundle_that_served_is_told_with_its_freshness() {
    let world = World::new();
    let check = |now: &str, lang: &str| {
        let check = Check::usual(&world, "G01-1").on("2025-07-01");
        check.with("--now", now).with("--lang", lang)
    };
    let due = check(NOW, "en").json().json()["trust"]["next_update"].as_str().unwrap().to_owned();
    // The last second is still in time.
    for (now, overdue) in [(due.clone(), false), (after(&due), true)] {
        let trust = check(&now, "en").json().json()["trust"].take();
        let expected = json!({
            "guarantor_id": "g-mirai", "sequence": 1, "next_update": due, "overdue": overdue,
        });
        assert_eq!(trust, expected, "{now}");
        for (lang, said) in [
            ("en", ["sequence 1, due for renewal on ", "sequence 1, was due for renewal on "]),
            ("ja", ["(通し番号 1、更新期日 ", "(通し番号 1)は "]),
        ] {
            let page = check(&now, lang).run().stdout;
            let line = page.lines().find(|line| line.contains("g-mirai")).unwrap();
            assert!(line.contains(said[usize::from(overdue)]), "{line}");
        }
    }
}

/// A second later.
fn after(instant: &str) -> String {
    UnixTime::from_seconds(time(instant).seconds() + 1).unwrap().to_string()
}

#[test]
fn the_bundle_that_served_is_the_one_that_steps_lead_to_and_none_without_a_known_key() {
    let world = World::new();
    for name in ["2", "3", "stolen"] {
        world.add(&format!("bundles/{name}.trust"));
    }
    let trusting = |bundles: &[&str]| {
        let check = Check::of(&world, "G01-1", &world.path("G01-1.hosho")).on("2025-07-01");
        let check = bundles.iter().fold(check, |check, name| check.file("--trust", name));
        check.json().json()
    };
    assert_eq!(trusting(&["mirai.trust", "2.trust", "3.trust"])["trust"]["sequence"], 3);
    let stolen = trusting(&["stolen.trust"]);
    assert_eq!(stolen["verdict"], "key-compromised");
    assert_eq!(stolen["trust"]["guarantor_id"], "g-mirai");
    let forged = world.add("certificates/forged.hosho");
    let run = Check::of(&world, "G01-1", &forged).trust().json();
    assert_eq!(run.json()["verdict"], "key-unknown");
    assert_eq!(run.json()["trust"], Value::Null);
    let other = Check::usual(&world, "G01-1").with("--number", "31-07-1-0000123-0").json();
    assert_eq!(other.json()["verdict"], "other-guarantee");
    assert_eq!(other.json()["trust"]["sequence"], 1);
}

#[test]
fn a_certificate_of_a_compromised_key_needs_its_proof() {
    let world = World::new();
    world.add("bundles/stolen.trust");
    world.add("proofs/G01-1.proof");
    world.add("proofs/G02-1.proof");
    world.write("broken.proof", b"\xA0");
    let check = || {
        let file = world.path("G01-1.hosho");
        Check::of(&world, "G01-1", &file).file("--trust", "stolen.trust").status().on("2025-07-01")
    };
    let run = check().json();
    assert_eq!(run.verdict(), answer(3, "key-compromised", Some("E5-KEY-COMPROMISED")));
    assert_eq!(run.json()["certificate"], Value::Null);
    let proved = check().file("--proof", "G01-1.proof").json();
    assert_eq!(proved.verdict(), answer(0, "in-force", None));
    assert_eq!(proved.json()["certificate"], sample_json("G01-1"));
    // A folder gives the proof that is called like the certificate.
    world.write("proofs/G01-1.proof", &world.read("G01-1.proof"));
    assert_eq!(check().file("--proof", "proofs").json().verdict(), proved.verdict());
    fs::rename(world.path("proofs/G01-1.proof"), world.path("proofs/other.proof")).unwrap();
    let run = check().file("--proof", "proofs").json();
    assert_eq!(run.verdict(), answer(3, "key-compromised", Some("E1-IO")));
    for (name, rule) in
        [("G02-1.proof", "E5-PROOF"), ("broken.proof", "E3-KEY-MISSING"), ("absent.proof", "E1-IO")]
    {
        let run = check().file("--proof", name).json();
        assert_eq!(run.verdict(), answer(3, "key-compromised", Some(rule)), "{name}");
    }
}

#[test]
fn a_key_outside_its_time_or_role_is_not_genuine() {
    let world = World::new();
    for (name, rule) in [("window.trust", "E5-KEY-WINDOW"), ("role.trust", "E5-KEY-ROLE")] {
        world.add(&format!("bundles/{name}"));
        let check = Check::of(&world, "G01-1", &world.path("G01-1.hosho"));
        let run = check.file("--trust", name).json();
        assert_eq!(run.verdict(), answer(1, "not-genuine", Some(rule)));
    }
}

#[test]
fn the_answer_depends_neither_on_wrapper_nor_name_nor_clock() {
    let world = World::new();
    let plain = Check::usual(&world, "G01-1").on("2025-07-01").json();
    let armor = hosho::encode_armor(&world.signed("G01-1"));
    let forgiven = format!("\u{FEFF}\r\n  {}\r\n\r\n", armor.replace('\n', " \r\n"));
    for (name, text) in [("armor.txt", armor), ("mail.pdf", forgiven)] {
        let file = world.write(name, text.as_bytes());
        let check = Check::of(&world, "G01-1", &file).trust().status().on("2025-07-01");
        let run = check.with("--now", "2026-11-29T00:00:00Z").json();
        assert_eq!(run.stdout, plain.stdout, "{name}");
    }
    let stdin = Check::of(&world, "G01-1", "-".as_ref()).trust().status().on("2025-07-01");
    let run = stdin.with_json().run_with(&world.signed("G01-1"));
    assert_eq!(run.stdout, plain.stdout);
}

#[test]
fn a_wider_report_is_made_in_both_languages() {
    let world = World::new();
    let check = || Check::usual(&world, "G04-2").on("2026-11-22").with("--obligee", "青嶺市");
    let english = check().run();
    assert_eq!(english.code, 4);
    assert!(english.stdout.starts_with("! Genuine, but another revision governs"));
    assert!(english.stdout.contains("the newest is revision 4"), "{}", english.stdout);
    assert!(english.stdout.contains("￥41,800,000"), "{}", english.stdout);
    let japanese = check().with("--lang", "ja").run();
    assert_eq!(japanese.code, 4);
    assert!(japanese.stdout.starts_with("! 真正ですが、別の版が効力を持ちます"));
    assert!(japanese.stdout.contains("2025-10-15 (令和7年10月15日)"), "{}", japanese.stdout);
    assert!(!english.stdout.contains('\u{1b}'), "colour without a terminal");
}

#[test]
fn a_revision_of_a_later_day_tells_from_when_it_governs() {
    let world = World::new();
    let run = Check::usual(&world, "G04-4").on("2026-03-01").run();
    assert_eq!(run.code, 4, "{}", run.stderr);
    let told = "this revision governs from 2026-03-02 (令和8年3月2日) on";
    assert!(run.stdout.contains(told), "{}", run.stdout);
    let run = Check::usual(&world, "G04-4").on("2026-03-01").with("--lang", "ja").run();
    assert!(
        run.stdout.contains("この版は 2026-03-02 (令和8年3月2日) から効力を持ち"),
        "{}",
        run.stdout
    );
}

#[test]
fn text_of_an_accepted_certificate_cannot_steer_a_terminal() {
    assert_eq!(Text::parse("工事\u{1b}[2J").unwrap_err().code(), "E6-TEXT-CHARACTER");
    let world = World::new();
    let file = world.add("certificates/hostile.hosho");
    let run = Check::of(&world, "G01-1", &file).trust().status().on("2025-07-01").run();
    assert_eq!(run.code, 0);
    assert!(run.stdout.contains("工事\\u001b[2J<b>"), "{}", run.stdout);
    assert!(!run.stdout.contains('\u{1b}'));
}
