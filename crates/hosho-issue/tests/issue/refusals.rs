use std::fs;
use std::ops::ControlFlow;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use hosho_cli::lang::Lang;
use hosho_issue::{Event, InitOrder, IssueOrder, Watch, init, issue};

use crate::workshop::{Workshop, codes, contents, time};

/// Tries to issue and shows that nothing was changed; returns the codes.
fn refused(workshop: &Workshop, requests: &[PathBuf]) -> Vec<&'static str> {
    let before = (contents(&workshop.home()), contents(&workshop.out()));
    let codes = codes(workshop.issue(requests));
    assert_eq!((contents(&workshop.home()), contents(&workshop.out())), before);
    codes
}

#[test]
fn refuses_another_request_for_an_issued_revision() {
    let workshop = Workshop::new();
    workshop.issue(&[workshop.request("A-1", 1)]).unwrap();
    let other = workshop.request_with("A-1", 1, |r| r["issued_on"] = "2025-06-21".into());
    let fine = workshop.request("B-1", 1);
    assert_eq!(refused(&workshop, &[fine, other]), ["E9-CONFLICT"]);
}

#[test]
fn refuses_two_requests_for_one_revision_in_one_call() {
    let workshop = Workshop::new();
    let requests = [
        workshop.request("A-1", 1),
        workshop.request_with("A-1", 1, |r| r["issued_on"] = "2025-06-21".into()),
    ];
    assert_eq!(refused(&workshop, &requests), ["E9-CONFLICT"]);
}

#[test]
fn refuses_a_revision_that_does_not_follow_the_newest() {
    let workshop = Workshop::new();
    assert_eq!(refused(&workshop, &[workshop.request("A-1", 2)]), ["E6-CHAIN"]);
    workshop.issue(&[workshop.request("A-1", 1)]).unwrap();
    assert_eq!(refused(&workshop, &[workshop.request("A-1", 3)]), ["E6-CHAIN"]);
}

#[test]
fn refuses_a_change_of_the_kind_of_guarantee() {
    let workshop = Workshop::new();
    workshop.issue(&[workshop.request("A-1", 1)]).unwrap();
    let interim = workshop.request_with("A-1", 2, |r| r["kind"] = "interim".into());
    assert_eq!(refused(&workshop, &[interim]), ["E6-CHAIN"]);
}

#[test]
fn refuses_everything_after_the_end_of_a_guarantee() {
    for kind in ["termination", "voidance"] {
        let workshop = Workshop::new();
        let end = workshop.request_with("A-1", 2, |r| {
            r["change"]["kinds"] = serde_json::json!([kind]);
            r["change"]["effective_from"] = "2025-07-01".into();
        });
        workshop.issue(&[workshop.request("A-1", 1), end]).unwrap();
        assert_eq!(refused(&workshop, &[workshop.request("A-1", 3)]), ["E6-CHAIN"], "{kind}");
    }
}

#[test]
fn refuses_to_rekey_by_request() {
    let workshop = Workshop::new();
    let rekey =
        workshop.request_with("A-1", 2, |r| r["change"]["kinds"] = serde_json::json!(["rekey"]));
    assert_eq!(refused(&workshop, &[workshop.request("A-1", 1), rekey]), ["E9-REKEY"]);
}

#[test]
fn names_every_request_that_is_not_well_formed() {
    let workshop = Workshop::new();
    let unknown = workshop.request_with("A-1", 1, |r| r["colour"] = "red".into());
    let day = workshop.request_with("A-2", 1, |r| r["issued_on"] = "2025-02-30".into());
    let term = workshop.request_with("A-3", 1, |r| r["work"]["term"]["to"] = "2000-01-01".into());
    let missing = workshop.path("none.json");
    let codes = refused(&workshop, &[unknown, day, term, missing]);
    assert_eq!(codes, ["E1-REQUEST", "E6-DATE", "E6-PERIOD", "E1-IO"]);
}

#[test]
fn refuses_a_folder_and_a_large_file_as_a_request() {
    let workshop = Workshop::new();
    let large = workshop.path("large.json");
    fs::write(&large, vec![b' '; 65_537]).unwrap();
    assert_eq!(refused(&workshop, &[workshop.home(), large]), ["E1-NOT-A-FILE", "E1-TOO-LARGE"]);
}

#[test]
fn refuses_a_number_that_leads_out_of_the_folder() {
    let workshop = Workshop::new();
    for number in ["../A-1", "/etc/A", "A/1", "A\0", ".", "", "A-1\n"] {
        let request = workshop.request_with("A-1", 1, |r| r["number"] = number.into());
        assert_eq!(refused(&workshop, &[request]), ["E6-NUMBER"], "{number:?}");
    }
}

#[test]
fn refuses_before_issuing_when_an_output_file_is_in_the_way() {
    for name in ["A-1-r1.hosho", "A-1-r1.sealed.hosho"] {
        let workshop = Workshop::new();
        fs::create_dir(workshop.out()).unwrap();
        fs::write(workshop.out().join(name), b"something else").unwrap();
        assert_eq!(refused(&workshop, &[workshop.request("A-1", 1)]), ["E1-EXISTS"], "{name}");
    }
}

#[test]
fn refuses_a_link_or_a_folder_in_place_of_an_output_file() {
    let workshop = Workshop::new();
    fs::create_dir(workshop.out()).unwrap();
    symlink(workshop.path("elsewhere"), workshop.out().join("A-1-r1.hosho")).unwrap();
    fs::create_dir(workshop.out().join("A-1-r1.sealed.hosho")).unwrap();
    symlink(workshop.path("elsewhere"), workshop.out().join("A-1.auth-key")).unwrap();
    let codes = refused(&workshop, &[workshop.request("A-1", 1)]);
    assert_eq!(codes, ["E1-EXISTS", "E1-EXISTS", "E9-AUTH-KEY"]);
    assert!(!workshop.path("elsewhere").exists());
}

#[test]
fn refuses_an_auth_key_file_that_holds_another_key() {
    let workshop = Workshop::new();
    fs::create_dir(workshop.out()).unwrap();
    fs::write(workshop.out().join("A-1.auth-key"), b"1SXAS-AAJCV-8GEE1-S4M3K-CJ1DD\n").unwrap();
    assert_eq!(refused(&workshop, &[workshop.request("A-1", 1)]), ["E9-AUTH-KEY"]);
}

#[test]
fn leaves_the_auth_key_file_alone_when_it_holds_the_same_key() {
    let workshop = Workshop::new();
    workshop.issue(&[workshop.request("A-1", 1)]).unwrap();
    let file = workshop.out().join("A-1.auth-key");
    // Someone saved it with another line end; it is the same key.
    let line = fs::read_to_string(&file).unwrap().replace('\n', "\r\n");
    fs::write(&file, &line).unwrap();
    workshop.issue(&[workshop.request("A-1", 2)]).unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), line);
}

#[test]
fn refuses_an_issued_certificate_whose_file_was_changed() {
    let workshop = Workshop::new();
    let request = workshop.request("A-1", 1);
    workshop.issue(std::slice::from_ref(&request)).unwrap();
    fs::write(workshop.out().join("A-1-r1.hosho"), b"forged").unwrap();
    assert_eq!(refused(&workshop, &[request]), ["E1-EXISTS"]);
}

#[test]
fn refuses_a_file_in_place_of_the_folder_for_certificates() {
    let workshop = Workshop::new();
    fs::write(workshop.out(), b"").unwrap();
    assert_eq!(refused(&workshop, &[workshop.request("A-1", 1)]), ["E1-IO"]);
}

#[test]
fn refuses_a_clock_behind_the_last_record() {
    let workshop = Workshop::new();
    let before = contents(&workshop.home());
    let mut order = workshop.issue_order(&[workshop.request("A-1", 1)]);
    order.now = time("2026-11-22T03:04:04Z");
    assert_eq!(codes(crate::workshop::issue_and_tell(&order)), ["E9-CLOCK"]);
    assert_eq!(contents(&workshop.home()), before);
    assert!(!workshop.out().exists());
}

#[test]
fn refuses_to_sign_after_the_keys_window() {
    let workshop = Workshop::new();
    let mut order = workshop.issue_order(&[workshop.request("A-1", 1)]);
    order.now = time("2031-11-22T03:04:06Z");
    assert_eq!(codes(crate::workshop::issue_and_tell(&order)), ["E5-KEY-WINDOW"]);
}

#[test]
fn signs_until_the_last_second_of_the_keys_window() {
    let workshop = Workshop::new();
    let mut order = workshop.issue_order(&[workshop.request("A-1", 1)]);
    order.now = time("2031-11-22T03:04:05Z");
    let told = crate::workshop::issue_and_tell(&order).unwrap();
    assert_eq!(told.last().unwrap(), "delivered A-1 r1 Now");
}

#[test]
fn refuses_to_make_a_home_where_something_is() {
    let workshop = Workshop::new();
    let before = contents(&workshop.home());
    assert_eq!(codes(init(&workshop.init_order())), ["E9-HOME"]);
    assert_eq!(contents(&workshop.home()), before);

    let file = workshop.path("file");
    fs::write(&file, b"").unwrap();
    let link = workshop.path("link");
    symlink(workshop.path("nowhere"), &link).unwrap();
    for home in [file, link] {
        let order = InitOrder { home, ..workshop.init_order() };
        assert_eq!(codes(init(&order)), ["E9-HOME"]);
    }
}

#[test]
fn makes_a_home_of_an_empty_folder_and_leaves_nothing_beside_it() {
    let workshop = Workshop::new();
    let home = workshop.path("deep/empty");
    fs::create_dir_all(&home).unwrap();
    init(&InitOrder { home, id: None, ..workshop.init_order() }).unwrap();
    assert_eq!(fs::read_dir(workshop.path("deep")).unwrap().count(), 1);
}

#[test]
fn leaves_nothing_when_a_home_cannot_be_made() {
    let workshop = Workshop::new();
    let folder = workshop.path("deep");
    fs::create_dir(&folder).unwrap();
    let order = |id: &str, terms| InitOrder {
        home: folder.join("home"),
        id: Some(id.to_owned()),
        terms,
        ..workshop.init_order()
    };
    assert_eq!(codes(init(&order("G", Vec::new()))), ["E6-GUARANTOR-ID"]);
    let missing = vec![workshop.path("none.pdf")];
    assert_eq!(codes(init(&order("g-demo", missing))), ["E1-IO"]);
    let late = InitOrder { now: time("9999-12-31T00:00:00Z"), ..order("g-demo", Vec::new()) };
    assert_eq!(codes(init(&late)), ["E6-TIME"]);
    let no_days = InitOrder { key_days: 0, ..order("g-demo", Vec::new()) };
    let failure = init(&no_days).unwrap_err();
    assert_eq!(
        failure.lines(Lang::En),
        ["E8-WINDOW: a time span ends before it begins; no trust bundle was made, check the \
             clock and the days given",]
    );
    assert!(
        failure.lines(Lang::Ja)[0].starts_with("E8-WINDOW: 信頼バンドルを使用又は作成できません。")
    );
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
}

#[test]
fn says_that_a_folder_is_no_home() {
    let workshop = Workshop::new();
    let mut order = workshop.issue_order(&[workshop.request("A-1", 1)]);
    order.home = workshop.path("nowhere");
    let advice = |order: &IssueOrder| {
        let failure = crate::workshop::issue_and_tell(order).unwrap_err();
        (failure.code(), failure.to_string())
    };
    let (code, text) = advice(&order);
    assert_eq!((code, text.contains("make one with")), ("E9-HOME", true), "{text}");
    order.home = workshop.path("folder");
    fs::create_dir(&order.home).unwrap();
    fs::write(order.home.join("letter"), b"something").unwrap();
    let (code, text) = advice(&order);
    assert_eq!((code, text.contains("make one with")), ("E9-HOME", false), "{text}");
    assert!(text.contains("something else is there"), "{text}");
}

#[test]
fn says_that_a_home_cannot_be_read_and_not_that_it_is_none() {
    let workshop = Workshop::new();
    let mut order = workshop.issue_order(&[workshop.request("A-1", 1)]);
    // A link to itself cannot be followed by anybody, not even by root.
    order.home = workshop.path("loop");
    symlink(&order.home, &order.home).unwrap();
    let failure = crate::workshop::issue_and_tell(&order).unwrap_err();
    assert_eq!(failure.code(), "E1-IO");
    assert!(!failure.to_string().contains("init"), "{failure}");
}

/// A certificate of more than 4 096 bytes: eight members with names of 510 bytes.
fn too_large(workshop: &Workshop, number: &str, revision: u16) -> PathBuf {
    workshop.request_with(number, revision, |r| {
        let members = (0..8).map(|n| {
            let name = format!("{}{n}", "建".repeat(169));
            serde_json::json!({ "name": name, "role": "構成員", "share_percent": 12.5 })
        });
        r["contractor"]["jv_members"] = members.collect();
    })
}

#[test]
fn issues_nothing_when_the_last_certificate_of_many_would_be_too_large() {
    let workshop = Workshop::new();
    // More than one write of the journal holds.
    let mut requests: Vec<_> =
        (0..257).map(|n| workshop.request(&format!("A-{n:03}"), 1)).collect();
    requests.push(too_large(&workshop, "Z-1", 1));
    requests.push(too_large(&workshop, "A-000", 2));
    assert_eq!(refused(&workshop, &requests), ["E3-SIZE", "E3-SIZE"]);
    assert!(!workshop.out().exists());
    let large = requests.split_off(257);
    let failure = workshop.issue(&large[..1]).unwrap_err();
    assert_eq!(
        failure.lines(Lang::Ja),
        [
            &format!(
                "E3-SIZE: {}: 証書が 4096 バイトを超えます。記載する文を短くするか、\
                 構成員を減らしてください",
                large[0].display()
            ),
            "何も発行していません。上記を訂正して、もう一度実行してください",
        ]
    );
}

#[test]
fn makes_no_folder_when_the_key_may_not_sign() {
    let workshop = Workshop::new();
    let mut order = workshop.issue_order(&[workshop.request("A-1", 1)]);
    order.now = time("2031-11-22T03:04:06Z");
    assert_eq!(codes(crate::workshop::issue_and_tell(&order)), ["E5-KEY-WINDOW"]);
    assert!(!workshop.out().exists());
}

#[test]
fn no_message_lets_a_name_steer_the_terminal_or_begin_a_line() {
    let workshop = Workshop::new();
    let name = "a\u{1B}[2J\nb\u{202E}c\u{2028}d";
    let missing = workshop.path(name);
    let refused = workshop.issue(&[missing]).unwrap_err();
    let mut order = workshop.issue_order(&[]);
    order.home = workshop.path(name);
    let no_home = crate::workshop::issue_and_tell(&order).unwrap_err();
    for lang in [Lang::En, Lang::Ja] {
        let lines = [refused.lines(lang), no_home.lines(lang)].concat();
        assert_eq!(lines.iter().filter(|line| line.contains("a\u{FFFD}[2J\u{FFFD}b")).count(), 2);
        for line in lines {
            assert!(!line.contains(['\u{1B}', '\n', '\u{202E}', '\u{2028}']), "{line:?}");
        }
    }
}

#[test]
fn what_is_signed_and_cannot_be_handed_out_is_said_to_be_stored() {
    let workshop = Workshop::new();
    let order = workshop.issue_order(&[workshop.request("A-1", 1)]);
    let in_the_way = order.out.join("A-1-r1.hosho");
    let mut told = Vec::new();
    let mut tell = |event: &Event| {
        match event {
            Event::Stored { .. } => fs::write(&in_the_way, b"in the way").unwrap(),
            Event::Noticed(notice) => told.push(notice.message(Lang::En)),
            _ => {}
        }
        ControlFlow::Continue(())
    };
    let refused = issue(&order, &mut Watch::new(&mut tell));
    assert_eq!(codes(refused), ["E1-EXISTS"]);
    assert!(told.iter().any(|line| line.contains("signed and stored")), "{told:?}");
    fs::remove_file(&in_the_way).unwrap();
    crate::workshop::issue_and_tell(&order).unwrap();
}
