//! The worker's side, and what comes of it.

use hosho::{Revision, SealNonce, SignedCertificate, seal};
use hosho_publish::Nonce;
use hosho_store::portal::Task;
use serde_json::json;

use crate::frame::{World, base64, draft, request_of};

#[tokio::test]
async fn a_job_becomes_a_certificate_a_mail_and_a_notice() {
    let world = World::new().await;
    let (number, auth_key) = world.issue("G01-1").await;
    assert_eq!(hosho_portal::send_due(&world.portal, &world.mailer).await.unwrap(), 1);
    let mut contractor = world.login("aomine").await;
    let list = contractor.get("/").await.text();
    assert!(list.contains(number.as_str()) && list.contains("発行済"), "{list}");
    let page = contractor.get(&format!("/guarantees/{number}")).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains(r#"<a href="/" aria-current="true">"#), "{}", page.text());
    assert!(page.text().contains(r#"<p class="print-only"><strong>この印刷物は発注者に提出する"#));
    let text = auth_key.expose_text();
    assert!(!page.text().contains(text.as_str()), "the key is shown on demand only");
    let from = format!("/guarantees/{number}");
    let shown = contractor.post_from(&from, &format!("{from}/key"), &[]).await;
    for group in text.as_str().split('-') {
        assert!(shown.text().contains(group));
    }
    assert_eq!(shown.text().matches("</span>-</span>").count(), 4, "{}", shown.text());
    let notice = contractor.post_from(&from, &format!("{from}/notice.pdf"), &[]).await;
    assert_eq!(notice.kind, "application/pdf");
    assert!(notice.body.starts_with(b"%PDF-1.7"));
    let copy = contractor.get(&format!("{from}/copy.pdf")).await;
    assert!(copy.body.starts_with(b"%PDF-1.7"));
    let page = contractor.get(&from).await.text();
    for what in ["認証キーの表示", "認証キー等のお知らせの取得", "お客様控えの取得"]
    {
        assert!(page.contains(what), "{what}");
    }
    assert_eq!(contractor.get(&format!("{from}/key")).await.status, 405);
}

#[tokio::test]
async fn the_mail_names_no_number_no_key_and_no_link() {
    let world = World::new().await;
    let (number, auth_key) = world.issue("G01-1").await;
    hosho_portal::send_due(&world.portal, &world.mailer).await.unwrap();
    let mails: Vec<_> = std::fs::read_dir(world.folder.path().join("mail")).unwrap().collect();
    assert_eq!(mails.len(), 1);
    let bytes = std::fs::read(mails[0].as_ref().unwrap().path()).unwrap();
    let mail = hosho_testkit::read_mail(&bytes);
    // The search reads what the contractor reads: subject and body.
    for present in ["To: taro@example.jp", "登録のお知らせ", "電子証書と認証キーが登録されました"]
    {
        assert!(mail.contains(present), "{present}: {mail}");
    }
    let request = request_of("G01-1");
    let text = |part: &str, name: &str| request[part][name].as_str().unwrap().to_owned();
    let key = auth_key.expose_text();
    let mut absent = vec![
        number.as_str().to_owned(),
        key.as_str().replace('-', ""),
        text("obligee", "name"),
        text("work", "name"),
        text("contractor", "name"),
    ];
    absent.extend(key.as_str().split('-').map(str::to_owned));
    absent.extend(["http", "www", "://", "portal.example/"].map(str::to_owned));
    let raw = String::from_utf8(bytes).unwrap();
    for absent in absent {
        assert!(!mail.contains(&absent) && !raw.contains(&absent), "{absent}: {mail}");
    }
    assert_eq!(hosho_portal::send_due(&world.portal, &world.mailer).await.unwrap(), 0);
}

#[tokio::test]
async fn a_report_counts_once_and_again_only_with_the_same_bytes() {
    let world = World::new().await;
    let id = world.apply("G01-1").await;
    world.conclude(id).await;
    let job = world.claim().await.pop().unwrap();
    let (report, key) = world.do_job(&job).await;
    assert_eq!(world.report(&job, &report).await.0, 200);
    assert_eq!(world.report(&job, &report).await.0, 200);
    let guarantee = world.portal.store().guarantee(&number_of(&job)).await.unwrap().unwrap();
    let signed = SignedCertificate::parse(&guarantee.revisions[0].signed).unwrap();
    let resealed = seal(&signed, &key, &SealNonce { salt: [7; 16], iv: [7; 12] });
    let mut other = report.clone();
    other["sealed"] = json!([[1, base64(&resealed)]]);
    let (status, told) = world.report(&job, &other).await;
    assert_eq!((status, told["code"].as_str()), (409, Some("E10-CONFLICT")));
    let path = format!("/worker/v1/jobs/{}/refused", job["id"].as_str().unwrap());
    let refusal = json!({ "code": "E6-TAX", "message": "x" }).to_string();
    let (status, told) = world.work(&path, refusal.as_bytes()).await;
    assert_eq!((status, told["code"].as_str()), (409, Some("E10-CONFLICT")));
}

fn number_of(job: &serde_json::Value) -> hosho::GuaranteeNumber<'static> {
    hosho::GuaranteeNumber::parse(job["number"].as_str().unwrap().to_owned()).unwrap()
}

#[tokio::test]
async fn what_was_not_asked_for_or_does_not_verify_is_not_taken() {
    let world = World::new().await;
    let id = world.apply("G01-1").await;
    world.conclude(id).await;
    let job = world.claim().await.pop().unwrap();
    let (right, _) = world.do_job(&job).await;
    let mut changed = job.clone();
    changed["request"]["guarantee"]["amount_jpy"] = json!(52_799_999);
    let (other_fields, _) = world.do_job(&changed).await;
    let mut other_key = right.clone();
    let number = hosho::GuaranteeNumber::parse("31-07-1-0000002-2").unwrap();
    let key = world.guarantor.auth_key(&number, hosho::Serial::FIRST);
    other_key["auth_key"] = json!(key.expose_text().as_str());
    let mut unsealed = right.clone();
    unsealed["sealed"] = json!([]);
    let mut stranger = right.clone();
    let mut bytes = right["signed"].as_str().unwrap().to_owned();
    bytes.replace_range(400..401, if &bytes[400..401] == "A" { "B" } else { "A" });
    stranger["signed"] = json!(bytes);
    for (what, report) in [
        ("other fields", other_fields),
        ("another key", other_key),
        ("nothing sealed", unsealed),
        ("another signature", stranger),
    ] {
        let (status, told) = world.report(&job, &report).await;
        assert_eq!((status, told["code"].as_str()), (400, Some("E10-INPUT")), "{what}");
    }
    assert_eq!(world.report(&job, &right).await.0, 200);
}

#[tokio::test]
async fn only_the_guarantor_lately_and_once() {
    let world = World::new().await;
    let (path, body) = ("/worker/v1/jobs/claim", br#"{"worker":"w","most":1}"#.as_slice());
    let code = async |body: &[u8], header: &str| {
        let (status, told) = world.send_work(path, body, header).await;
        (status, told["code"].as_str().unwrap_or_default().to_owned())
    };
    let refused = |word: &str| (401, word.to_owned());
    let header = world.header(path, body, Nonce::from_bytes([200; 16]));
    assert_eq!(code(br#"{"worker":"w","most":2}"#, &header).await, refused("E10-SIGNATURE"));
    assert_eq!(code(body, "").await, refused("E10-SIGNATURE"));
    assert_eq!(code(body, &header).await.0, 200);
    assert_eq!(code(body, &header).await, refused("E10-REPLAYED"));
    let header = world.header(path, body, Nonce::from_bytes([201; 16]));
    let later = world.clock.now().seconds() + 301;
    world.clock.set(hosho::UnixTime::from_seconds(later).unwrap());
    assert_eq!(code(body, &header).await, refused("E10-CLOCK"));
    let elsewhere = world.header("/worker/v1/events", body, Nonce::from_bytes([202; 16]));
    assert_eq!(code(body, &elsewhere).await, refused("E10-SIGNATURE"));
}

#[tokio::test]
async fn a_refusal_goes_to_the_desk_which_sends_it_back() {
    let world = World::new().await;
    let id = world.apply("G01-1").await;
    world.conclude(id).await;
    let job = world.claim().await.pop().unwrap();
    let path = format!("/worker/v1/jobs/{}/refused", job["id"].as_str().unwrap());
    let refusal = json!({ "code": "E9-CONFLICT", "message": "番号が使われています" }).to_string();
    for _ in 0..2 {
        assert_eq!(world.work(&path, refusal.as_bytes()).await.0, 200);
    }
    let mut clerk = world.login("clerk").await;
    let page = clerk.get(&format!("/desk/applications/{id}")).await.text();
    assert!(page.contains("E9-CONFLICT") && page.contains("番号が使われています"));
    let back = world.step(&mut clerk, id, "return", &[("note", "やり直してください")]).await;
    assert_eq!(back.status, 303);
    assert!(world.claim().await.is_empty());
}

#[tokio::test]
async fn an_amendment_keeps_its_key_and_a_rekey_brings_another() {
    let world = World::new().await;
    let (number, first_key) = world.issue("G04-1").await;
    let mut fields = request_of("G04-2");
    fields["change"].as_object_mut().unwrap().remove("supersedes");
    let base = Some((&number, Revision::FIRST));
    let id = world.enter(draft(&fields), Task::Amend, base).await;
    // What only the worker adds is no difference, and never shown as what was asked for.
    let page = world.login("clerk").await.get(&format!("/desk/applications/{id}")).await.text();
    assert!(page.contains("変更される項目") && page.contains("￥41,800,000"), "{page}");
    assert!(!page.contains("stand-in") && !page.contains("保証事業会社"), "{page}");
    world.conclude(id).await;
    let job = world.claim().await.pop().unwrap();
    assert_eq!(
        (job["revision"].as_u64(), job["number"].as_str()),
        (Some(2), Some(number.as_str()))
    );
    let (report, same) = world.do_job(&job).await;
    assert!(same.matches(&first_key));
    assert_eq!(world.report(&job, &report).await.0, 200);
    let mut contractor = world.login("aomine").await;
    let page = contractor.get(&format!("/guarantees/{number}")).await.text();
    assert!(page.contains("￥41,800,000"), "{page}");
    fields.insert("change".to_owned(), json!({ "kinds": ["rekey"], "reason": "誤送付のため" }));
    let second = Revision::new(2).unwrap();
    let id = world.enter(draft(&fields), Task::Rekey, Some((&number, second))).await;
    let (mut clerk, mut approver) = (world.login("clerk").await, world.login("approver").await);
    let mut director = world.login("director").await;
    assert_eq!(world.step(&mut clerk, id, "review", &[]).await.status, 303);
    assert_eq!(world.step(&mut approver, id, "approve", &[]).await.status, 303);
    assert_eq!(world.step(&mut director, id, "approve", &[]).await.status, 303);
    assert_eq!(world.step(&mut clerk, id, "conclude", &[]).await.status, 303);
    let job = world.claim().await.pop().unwrap();
    assert_eq!(
        (&job["task"], &job["request"]),
        (&json!("rekey"), &json!({"reason": "誤送付のため"}))
    );
    let (report, new_key) = world.do_job(&job).await;
    assert_eq!(world.report(&job, &report).await.0, 200);
    let from = format!("/guarantees/{number}");
    let shown = contractor.post_from(&from, &format!("{from}/key"), &[]).await.text();
    assert!(new_key.expose_text().as_str().split('-').all(|group| shown.contains(group)));
    assert!(!first_key.expose_text().as_str().split('-').all(|group| shown.contains(group)));
    let notice = contractor.post_from(&from, &format!("{from}/notice.pdf"), &[]).await;
    assert!(notice.body.starts_with(b"%PDF"));
    let history = contractor.get(&from).await.text();
    assert!(history.contains("第3版") && history.contains("第1版"));
}

#[tokio::test]
async fn what_obligees_did_reaches_contractor_and_desk() {
    let world = World::new().await;
    let (number, _) = world.issue("G01-1").await;
    let at = world.clock.now().seconds();
    let event = |event: &str, at: u64| json!({ "number": number.as_str(), "revision": 1, "event": event, "at": at });
    let mut returned = event("returned", at + 2);
    returned["reason"] = json!("工期が違います");
    returned["by"] = json!("高瀬");
    let body = json!({ "events": [event("opened", at + 1), returned] }).to_string();
    for _ in 0..2 {
        let (status, told) = world.work("/worker/v1/events", body.as_bytes()).await;
        assert_eq!((status, told), (200, json!({})));
    }
    let (mut contractor, mut clerk) = (world.login("aomine").await, world.login("clerk").await);
    for page in [
        contractor.get("/").await.text(),
        contractor.get(&format!("/guarantees/{number}")).await.text(),
        clerk.get("/desk/guarantees").await.text(),
        clerk.get(&format!("/desk/guarantees/{number}")).await.text(),
    ] {
        assert!(page.contains("工期が違います") && page.contains("差戻し"), "{page}");
    }
    // The certificate is registered, and the obligee answered.
    assert_eq!(hosho_portal::send_due(&world.portal, &world.mailer).await.unwrap(), 2);
}

#[tokio::test]
async fn bundles_follow_the_pin_and_snapshots_rise() {
    let world = World::new().await;
    let bundle = "/worker/v1/bundle";
    let known = world.send_work(bundle, &world.guarantor.bundle(), "").await;
    assert_eq!(known, (200, json!({ "sequence": 1 })));
    let mut draft = world.guarantor.bundle_draft();
    draft.sequence = hosho::Sequence::new(2).unwrap();
    draft.previous = Some(world.guarantor.trust().fingerprint());
    let next = world.guarantor.sign_bundle(draft.clone());
    draft.sequence = hosho::Sequence::new(3).unwrap();
    let later = world.guarantor.sign_bundle(draft);
    let (status, told) = world.send_work(bundle, &later, "").await;
    assert_eq!((status, &told["code"], &told["sequence"]), (409, &json!("E10-GAP"), &json!(1)));
    assert_eq!(world.send_work(bundle, &next, "").await, (200, json!({ "sequence": 2 })));
    let stranger = hosho_testkit::Guarantor::new("g-other").bundle();
    assert_eq!(world.send_work(bundle, &stranger, "").await.0, 401);
    let path = "/worker/v1/snapshots";
    let mut draft = world.guarantor.snapshot_draft([(4, hosho::StatusEntry::InForce)]);
    draft.issued_at = world.clock.now();
    draft.next_update = hosho::UnixTime::from_seconds(draft.issued_at.seconds() + 604_800).unwrap();
    let newest = world.guarantor.sign_snapshot(&draft);
    draft.sequence = hosho::Sequence::new(6).unwrap();
    let older = world.guarantor.sign_snapshot(&draft);
    assert_eq!(world.work(path, &newest).await.0, 200);
    assert_eq!(world.work(path, &newest).await.0, 200);
    let (status, told) = world.work(path, &older).await;
    assert_eq!((status, &told["code"]), (409, &json!("E10-REGRESSED")));
    let (number, _) = world.issue("G01-1").await;
    let mut contractor = world.login("aomine").await;
    let page = contractor.get(&format!("/guarantees/{number}")).await.text();
    assert!(page.contains("有効です(保証中)"), "{page}");
}
