//! Being told of changes by mail.

use axum::http::StatusCode;
use hosho_confirm::send_due;
use hosho_publish::Spelling;
use hosho_testkit::read_mail;
use hosho_web::Mailer;

use crate::browser::Browser;
use crate::stage::{AMENDED, PLAIN, Stage, on_empty_stage, on_stage};

const FORM: &str = "/certificate";
const ADDRESS: &str = "keiyaku@aomine.example.jp";

/// Sends what is due and returns each mail.
async fn mails(stage: &Stage) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let mailer = Mailer::folder(path, "confirm@confirm.example", path).unwrap();
    while send_due(&stage.app, &mailer).await.unwrap() > 0 {}
    let mut mails: Vec<String> = std::fs::read_dir(path)
        .unwrap()
        .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    mails.sort();
    mails
}

#[test]
fn a_change_is_told_and_the_mail_tells_no_more() {
    on_empty_stage(async |stage| {
        let mut first = stage.sealed(AMENDED);
        let later = first.revisions.split_off(2);
        assert_eq!(stage.publish_sealed(&first).await.status, StatusCode::OK);
        let mut browser = Browser::new(&stage);
        browser.visit(AMENDED, "").await;
        let watched = browser.post(FORM, "/certificate/watch", &[("address", ADDRESS)]).await;
        assert_eq!(watched.header("location"), "/certificate?done=watching", "{}", watched.text());
        assert!(mails(&stage).await.is_empty());
        first.revisions.extend(later);
        assert_eq!(stage.publish_sealed(&first).await.status, StatusCode::OK);
        let mails = mails(&stage).await;
        assert_eq!(mails.len(), 1);
        let mail = &mails[0];
        assert!(mail.contains(&format!("To: {ADDRESS}")), "{mail}");
        let sample = stage.newest(AMENDED);
        let texts = [
            AMENDED,
            stage.key(AMENDED).as_str(),
            sample.request.obligee.name.as_str(),
            sample.request.contractor.name.as_str(),
            "http",
            "confirm.example/",
        ]
        .map(str::to_owned);
        let read = read_mail(mail.as_bytes());
        for text in texts {
            assert!(!mail.contains(&text) && !read.contains(&text), "{text}: {read}");
        }
        for text in ["Subject: 保証証書に変更がありました", "少なくとも一つに変更"]
        {
            assert!(read.contains(text), "{text}: {read}");
        }
    });
}

#[test]
fn who_does_not_want_it_any_more_gets_no_mail() {
    on_stage(async |stage| {
        let mut browser = Browser::new(&stage);
        browser.visit(PLAIN, "").await;
        for address in [ADDRESS, "other@aomine.example.jp"] {
            browser.post(FORM, "/certificate/watch", &[("address", address)]).await;
        }
        let gone = [("address", "KEIYAKU@aomine.example.jp")];
        let answer = browser.post(FORM, "/certificate/unwatch", &gone).await;
        assert_eq!(answer.header("location"), "/certificate?done=unwatched");
        let mut moved = stage.sealed(PLAIN);
        moved.replaces = vec![moved.locator];
        moved.locator = Spelling(hosho::Locator::from_bytes([3; 16]));
        assert_eq!(stage.publish_sealed(&moved).await.status, StatusCode::OK);
        let mails = mails(&stage).await;
        assert_eq!(mails.len(), 1);
        assert!(mails[0].contains("To: other@aomine.example.jp"));
    });
}

#[test]
fn what_is_no_address_is_refused() {
    on_stage(async |stage| {
        let mut browser = Browser::new(&stage);
        browser.visit(PLAIN, "").await;
        for address in ["", "keiyaku", "a@b\r\nBcc: c@example.jp", "x <a@example.jp>"] {
            let answer = browser.post(FORM, "/certificate/watch", &[("address", address)]).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{address}");
            assert!(answer.text().contains("href=\"#address\""), "{address}");
        }
    });
}

#[test]
fn the_mail_is_in_the_language_in_which_it_was_asked_for() {
    on_stage(async |stage| {
        let mut browser = Browser::new(&stage);
        browser.get("/?lang=en").await;
        browser.visit(PLAIN, "").await;
        browser.post(FORM, "/certificate/watch", &[("address", ADDRESS)]).await;
        let mut moved = stage.sealed(PLAIN);
        moved.replaces = vec![moved.locator];
        moved.locator = Spelling(hosho::Locator::from_bytes([3; 16]));
        stage.publish_sealed(&moved).await;
        let mails = mails(&stage).await;
        assert!(mails[0].contains("Subject: A guarantee certificate has changed"), "{}", mails[0]);
    });
}
