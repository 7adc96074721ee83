//! The pages from the first to the last.

use axum::http::{Method, StatusCode};
use hosho::{Evidence, SignedCertificate, SignedTrustBundle};
use hosho_testkit::time;

use crate::browser::{Browser, status_of};
use crate::stage::{AMENDED, PLAIN, on_stage};

#[test]
fn number_and_key_open_a_certificate() {
    on_stage(async |stage| {
        let mut browser = Browser::new(&stage);
        let page = browser.visit(PLAIN, "").await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(page.header("cache-control"), "no-store");
        let text = page.text();
        for expected in [
            "真正で、有効です",
            "31-07-1-0000123-9",
            "￥52,800,000",
            "県道霧ヶ原青嶺線道路改良工事",
            "受理・差し戻しを回答する",
            "状態は 令和8年3月10日 09:00 時点",
        ] {
            assert!(text.contains(expected), "{expected}: {text}");
        }
        assert!(!text.contains(&stage.key(PLAIN)));
    });
}

#[test]
fn numbers_and_keys_are_read_as_people_type_and_paste_them() {
    on_stage(async |stage| {
        let key = stage.key(PLAIN);
        let wide: String = PLAIN
            .chars()
            .map(|c| match c {
                '0'..='9' => char::from_u32(u32::from(c) + 0xfee0).unwrap(),
                _ => '－',
            })
            .collect();
        let pasted = format!("保証契約番号　{PLAIN}\n認証キー　{key}\n");
        let code = format!("HSK1:{PLAIN}:{key}");
        let lower = key.to_lowercase().replace('-', " ");
        for fields in [
            [("number", wide.as_str()), ("auth_key", lower.as_str())],
            [("pasted", pasted.as_str()), ("number", "")],
            [("pasted", code.as_str()), ("auth_key", "")],
            [("number", pasted.as_str()), ("auth_key", "")],
        ] {
            let opened = Browser::new(&stage).open(&fields).await;
            assert_eq!(opened.status, StatusCode::SEE_OTHER, "{fields:?}: {}", opened.text());
            assert_eq!(opened.header("location"), "/certificate");
        }
    });
}

#[test]
fn a_mistyped_key_is_told_at_once_with_its_group() {
    on_stage(async |stage| {
        let mut mistyped = stage.key(PLAIN);
        let last = mistyped.pop().unwrap();
        mistyped.push(if last == '0' { '1' } else { '0' });
        let answer = Browser::new(&stage).open(&[("number", PLAIN), ("auth_key", &mistyped)]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        let text = answer.text();
        assert!(text.contains("E2-CHECK") && text.contains("第5組"), "{text}");
        // What was typed stands there again, so that one character is to be changed.
        assert!(text.contains(&format!("value=\"{mistyped}\"")));
    });
}

#[test]
fn every_wrong_field_is_named() {
    on_stage(async |stage| {
        let mut browser = Browser::new(&stage);
        let both = browser.open(&[("number", "第1号"), ("auth_key", "abc")]).await;
        assert_eq!(both.status, StatusCode::BAD_REQUEST);
        for expected in ["E1-NUMBER", "E2-LENGTH", "href=\"#number\"", "href=\"#auth_key\""] {
            assert!(both.text().contains(expected), "{expected}");
        }
        let key = stage.key(PLAIN);
        let day = [("number", PLAIN), ("auth_key", key.as_str()), ("on", "2026-02-30")];
        let day = browser.open(&day).await;
        assert_eq!(day.status, StatusCode::BAD_REQUEST);
        assert!(day.text().contains("E6-DATE"));
    });
}

#[test]
fn the_history_shows_what_changed_and_the_day_decides_which_revision_governs() {
    on_stage(async |stage| {
        let mut browser = Browser::new(&stage);
        let today = browser.visit(AMENDED, "").await.text();
        assert!(today.contains("真正で、有効です"), "{today}");
        for expected in
            ["第3回変更", "第2回変更", "第1回変更", "変更前", "変更後", "<del>", "<ins>"]
        {
            assert!(today.contains(expected), "{expected}: {today}");
        }
        let before = browser.get("/certificate?on=2025-11-01").await.text();
        assert!(before.contains("この日に効力を持つ版を表示しています。最新は第4版"), "{before}");
        assert!(before.contains("真正で、有効です"), "{before}");
        let early = browser.get("/certificate?on=2025-01-01").await.text();
        assert!(early.contains("まだ効力がありません"), "{early}");
        let late = browser.get("/certificate?on=2030-01-01").await.text();
        assert!(!late.contains("<h2 id=\"verdict\">真正で、有効です"), "{late}");
    });
}

#[test]
fn ended_guarantees_are_told_as_ended() {
    on_stage(async |stage| {
        let mut browser = Browser::new(&stage);
        stage.clock.set(time("2026-05-20T03:00:00Z"));
        let voided = browser.visit("31-08-3-0000064-1", "2026-05-12").await.text();
        // The snapshot is of March: for a day after it nothing is known.
        assert!(voided.contains("有効かどうか分かりません"), "{voided}");
        let voided = browser.get("/certificate?on=2026-03-09").await.text();
        assert!(voided.contains("取消し済みです"), "{voided}");
    });
}

#[test]
fn a_stale_snapshot_is_told() {
    on_stage(async |stage| {
        stage.clock.set(time("2026-03-18T03:00:00Z"));
        let mut browser = Browser::new(&stage);
        let stale = browser.visit(AMENDED, "").await.text();
        assert!(stale.contains("状態一覧が古く") && stale.contains("E7-STALE"), "{stale}");
        // A day that had ended when the snapshot was made stays answered.
        let past = browser.get("/certificate?on=2026-03-09").await.text();
        assert!(past.contains("真正で、有効です"), "{past}");
    });
}

#[test]
fn what_a_visitor_takes_along_verifies_elsewhere() {
    on_stage(async |stage| {
        let mut browser = Browser::new(&stage);
        browser.visit(AMENDED, "").await;
        let chains = stage.chains();
        for (sample, revision) in chains[AMENDED].iter().zip(1..) {
            let signed = browser.get(&format!("/certificate/{revision}/signed")).await;
            assert_eq!(signed.body, sample.signed);
            assert!(SignedCertificate::parse(&signed.body).is_ok());
            let name = format!("attachment; filename=\"{AMENDED}-r{revision}.hosho\"");
            assert_eq!(signed.header("content-disposition"), name);
        }
        for missing in ["5", "0", "70000", "x"] {
            let path = format!("/certificate/{missing}/signed");
            assert!(browser.get(&path).await.status.is_client_error(), "{missing}");
        }
        let bytes = browser.get("/certificate/evidence").await.body;
        let evidence = Evidence::parse(&bytes).unwrap();
        assert_eq!(evidence.certificate(), chains[AMENDED][3].signed);
        assert_eq!(evidence.earlier().len(), 3);
        assert_eq!(evidence.snapshots().len(), 1);
        let pin = SignedTrustBundle::parse(evidence.bundles()[0]).unwrap().pin().unwrap();
        assert_eq!(evidence.trust_from(&pin).unwrap().guarantor_id().as_str(), "g-mirai");
        let report = browser.get("/certificate/report?on=2025-11-01").await;
        assert_eq!(report.header("content-type"), "application/pdf");
        assert!(report.body.starts_with(b"%PDF-1.7"));
    });
}

#[test]
fn english_is_remembered() {
    on_stage(async |stage| {
        let mut browser = Browser::new(&stage);
        let first = browser.get("/?lang=en").await.text();
        assert!(first.contains("<html lang=\"en\">") && first.contains("Confirm a guarantee"));
        let page = browser.visit(PLAIN, "").await.text();
        assert!(page.contains("Genuine and in force"), "{page}");
        assert!(page.contains("Guaranteed sum"), "{page}");
        let help = browser.get("/help").await.text();
        assert!(help.contains("What the verdicts mean"));
        let japanese = browser.get("/help?lang=ja").await.text();
        assert!(japanese.contains("判定の意味"));
    });
}

#[test]
fn a_visit_ends_when_it_is_left_and_after_half_an_hour() {
    on_stage(async |stage| {
        let mut browser = Browser::new(&stage);
        browser.visit(PLAIN, "").await;
        let held = browser.cookies.clone();
        let left = browser.post("/certificate", "/leave", &[]).await;
        assert_eq!((left.status, left.header("location")), (StatusCode::SEE_OTHER, "/"));
        // Somebody who kept the cookie has nothing.
        browser.cookies = held;
        let over = browser.get("/certificate").await;
        assert_eq!(over.status, StatusCode::FORBIDDEN);
        assert!(over.text().contains("E10-VISIT"));
        browser.visit(PLAIN, "").await;
        stage.clock.set(time("2026-03-10T03:29:00Z"));
        assert_eq!(browser.get("/certificate").await.status, StatusCode::OK);
        stage.clock.set(time("2026-03-10T04:00:00Z"));
        assert_eq!(browser.get("/certificate").await.status, StatusCode::FORBIDDEN);
    });
}

#[test]
fn without_a_visit_there_is_nothing_to_see() {
    on_stage(async |stage| {
        for path in [
            "/certificate",
            "/certificate/1/signed",
            "/certificate/evidence",
            "/certificate/report",
        ] {
            let answer = Browser::new(&stage).get(path).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
            assert!(answer.text().contains("E10-VISIT"), "{path}");
        }
    });
}

#[test]
fn a_new_visit_has_a_new_cookie() {
    on_stage(async |stage| {
        let mut browser = Browser::new(&stage);
        // A cookie that somebody planted before.
        browser.cookies.insert("session".to_owned(), "A".repeat(43));
        browser.visit(PLAIN, "").await;
        let first = browser.cookies["session"].clone();
        assert_ne!(first, "A".repeat(43));
        browser.visit(AMENDED, "").await;
        assert_ne!(browser.cookies["session"], first);
        let mut thief = Browser::new(&stage);
        thief.cookies.insert("session".to_owned(), first);
        assert_eq!(thief.get("/certificate").await.status, StatusCode::FORBIDDEN);
    });
}

#[test]
fn forms_of_other_sites_change_nothing() {
    on_stage(async |stage| {
        let mut browser = Browser::new(&stage);
        browser.visit(PLAIN, "").await;
        for path in ["/leave", "/certificate/watch", "/certificate/unwatch", "/certificate/answer"]
        {
            let body = "revision=1&answer=accepted&by=x&address=a@example.jp".to_owned();
            let answer = browser.post_raw(path, body).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
            assert!(answer.text().contains("E10-FORM"), "{path}");
        }
        assert_eq!(browser.get("/certificate").await.status, StatusCode::OK);
    });
}

#[test]
fn nothing_changes_by_a_get() {
    on_stage(async |stage| {
        for path in ["/open", "/leave", "/certificate/answer", "/certificate/watch"] {
            let status = status_of(&stage, Method::GET, path).await;
            assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        }
    });
}

#[test]
fn number_key_and_file_stand_open_and_the_script_is_the_services_own() {
    on_stage(async |stage| {
        let mut browser = Browser::new(&stage);
        let text = browser.get("/").await.text();
        let folded = text.find("<details").unwrap();
        for field in ["id=\"number\"", "id=\"auth_key\"", "id=\"file\""] {
            assert!(text.find(field).unwrap() < folded, "{field}: {text}");
        }
        assert!(text.contains("<script src=\"/static/drop.js\" defer></script>"), "{text}");
        let script = browser.get("/static/drop.js").await;
        assert_eq!(script.status, StatusCode::OK);
        assert_eq!(script.header("content-type"), "text/javascript; charset=utf-8");
        assert!(script.text().contains("getElementById('file')"));
    });
}
