//! From an application to a certificate: who may do what, and what is shown.

use hosho::Revision;
use hosho_portal::Whose;
use hosho_store::portal::{Delivery, NewApplication, Step, Task};
use serde_json::json;

use crate::frame::{ACKNOWLEDGED, World, above_the_limit, draft, request_of};

#[tokio::test]
async fn an_application_goes_from_review_to_conclusion() {
    let world = World::new().await;
    let id = world.apply("G01-1").await;
    let mut clerk = world.login("clerk").await;
    let list = clerk.get("/desk").await.text();
    assert!(list.contains("受付済(審査待ち)") && list.contains("￥52,800,000"), "{list}");
    let page = clerk.get(&format!("/desk/applications/{id}")).await.text();
    assert!(page.contains("県道霧ヶ原青嶺線道路改良工事(第3工区)"));
    // It lies under the list that it was opened from, and under no other.
    assert!(page.contains(r#"<a href="/desk" aria-current="true">"#), "{page}");
    assert_eq!(page.matches("aria-current=").count(), 1, "{page}");
    world.conclude(id).await;
    let page = clerk.get(&format!("/desk/applications/{id}")).await.text();
    assert!(page.contains("契約成立(証書を作成中)") && page.contains("31-07-1-0000001-"));
    let steps: Vec<Step> = world
        .portal
        .store()
        .application(id)
        .await
        .unwrap()
        .unwrap()
        .decisions
        .iter()
        .map(|decision| decision.step)
        .collect();
    assert_eq!(steps, [Step::Reviewed, Step::Approved, Step::Concluded]);
}

#[tokio::test]
async fn a_single_person_does_not_approve_twice() {
    let world = World::new().await;
    let (number, _) = world.issue("G01-1").await;
    let mut fields = request_of("G01-1");
    fields.insert(
        "change".to_owned(),
        json!({ "kinds": ["termination"], "reason": "合意解除", "effective_from": "2025-11-25" }),
    );
    let base = Some((&number, Revision::FIRST));
    let id = world.enter(draft(&fields), Task::Cancel, base).await;
    let mut everything = world.login("everything").await;
    assert_eq!(world.step(&mut everything, id, "review", &[]).await.status, 303);
    assert_eq!(world.step(&mut everything, id, "approve", &[]).await.status, 303);
    // The page offers no second approval to the same person: the form is made by hand.
    let again = world.step(&mut everything, id, "approve", &[]).await;
    assert_eq!((again.status.as_u16(), again.code().as_str()), (403, "E10-TWO-PEOPLE"));
    let early = world.step(&mut everything, id, "conclude", &[]).await;
    assert_eq!(early.code(), "E10-TAKEN");
    let mut director = world.login("director").await;
    assert_eq!(world.step(&mut director, id, "approve", &[]).await.status, 303);
    assert_eq!(world.step(&mut everything, id, "conclude", &[]).await.status, 303);
}

#[tokio::test]
async fn above_the_limit_a_second_person_approves() {
    let world = World::new().await;
    let id = world.enter(above_the_limit(), Task::New, None).await;
    let (mut clerk, mut director) = (world.login("clerk").await, world.login("director").await);
    assert_eq!(world.step(&mut clerk, id, "review", &[]).await.status, 303);
    // The director may approve first, being an approver too: then somebody else is the second.
    assert_eq!(world.step(&mut director, id, "approve", &ACKNOWLEDGED).await.status, 303);
    let early = world.step(&mut clerk, id, "conclude", &[("premium", "1")]).await;
    assert_eq!(early.code(), "E10-TAKEN");
    let page = clerk.get(&format!("/desk/applications/{id}")).await.text();
    assert!(page.contains("第二承認待ち") && page.contains("二人の承認が必要です"));
    let again = world.step(&mut director, id, "approve", &ACKNOWLEDGED).await;
    assert_eq!((again.status.as_u16(), again.code().as_str()), (403, "E10-TWO-PEOPLE"));
    let mut approver = world.login("approver").await;
    let refused = world.step(&mut approver, id, "approve", &ACKNOWLEDGED).await;
    assert_eq!(refused.code(), "E10-FORBIDDEN", "the second approval is a director's");
    let early = world.step(&mut clerk, id, "conclude", &[("premium", "1")]).await;
    assert_eq!(early.code(), "E10-TAKEN");
    let mut everything = world.login("everything").await;
    assert_eq!(world.step(&mut everything, id, "approve", &ACKNOWLEDGED).await.status, 303);
    let concluded = world.step(&mut clerk, id, "conclude", &[("premium", "1")]).await;
    assert_eq!(concluded.status, 303, "{}", concluded.text());
    let application = world.portal.store().application(id).await.unwrap().unwrap();
    let approvals: Vec<_> = application
        .decisions
        .iter()
        .filter(|it| matches!(it.step, Step::Approved | Step::ApprovedAgain))
        .map(|it| it.name.as_str())
        .collect();
    assert_eq!(approvals, ["架空 director", "架空 everything"]);
    assert_eq!(world.claim().await.len(), 1);
}

#[tokio::test]
async fn one_person_alone_makes_no_new_auth_key() {
    let world = World::new().await;
    let (number, auth_key) = world.issue("G01-1").await;
    let mut fields = request_of("G01-1");
    fields.insert("change".to_owned(), json!({ "kinds": ["rekey"], "reason": "誤送付のため" }));
    let base = Some((&number, Revision::FIRST));
    let id = world.enter(draft(&fields), Task::Rekey, base).await;
    let mut alone = world.login("everything").await;
    assert_eq!(world.step(&mut alone, id, "review", &[]).await.status, 303);
    assert_eq!(world.step(&mut alone, id, "approve", &[]).await.status, 303);
    let again = world.step(&mut alone, id, "approve", &[]).await;
    assert_eq!((again.status.as_u16(), again.code().as_str()), (403, "E10-TWO-PEOPLE"));
    let early = world.step(&mut alone, id, "conclude", &[]).await;
    assert_eq!((early.status.as_u16(), early.code().as_str()), (409, "E10-TAKEN"));
    assert!(world.claim().await.is_empty());
    // The contractor still has the key that was.
    let (mut contractor, from) = (world.login("aomine").await, format!("/guarantees/{number}"));
    let shown = contractor.post_from(&from, &format!("{from}/key"), &[]).await.text();
    assert!(auth_key.expose_text().as_str().split('-').all(|group| shown.contains(group)));
    let mut director = world.login("director").await;
    assert_eq!(world.step(&mut director, id, "approve", &[]).await.status, 303);
    assert_eq!(world.step(&mut alone, id, "conclude", &[]).await.status, 303);
    assert_eq!(world.claim().await.len(), 1);
}

#[tokio::test]
async fn each_step_needs_its_role() {
    let world = World::new().await;
    let id = world.apply("G01-1").await;
    let mut admin = world.login("admin").await;
    assert_eq!(world.step(&mut admin, id, "review", &[]).await.status, 403);
}

#[tokio::test]
async fn what_somebody_else_decided_meanwhile_is_told() {
    let world = World::new().await;
    let id = world.apply("G01-1").await;
    let (mut one, mut other) = (world.login("clerk").await, world.login("everything").await);
    let page = format!("/desk/applications/{id}");
    let token = crate::browser::token(&other.get(&page).await.text());
    assert_eq!(world.step(&mut one, id, "review", &[]).await.status, 303);
    let fields = [("form_token", token.as_str()), ("seen", "0"), ("note", "遅い")];
    let late = other.post(&format!("{page}/return"), &fields).await;
    assert_eq!((late.status.as_u16(), late.code().as_str()), (409, "E10-TAKEN"));
}

#[tokio::test]
async fn findings_are_acknowledged_by_rule_before_an_approval() {
    let world = World::new().await;
    let mut fields = request_of("G01-1");
    fields["guarantee"]["amount_jpy"] = json!(60_000_000);
    fields["guarantee"]["advance_jpy"] = json!(60_000_000);
    let id = world.enter(draft(&fields), Task::New, None).await;
    let (mut clerk, mut approver) = (world.login("clerk").await, world.login("approver").await);
    let page = clerk.get(&format!("/desk/applications/{id}")).await.text();
    assert!(page.contains("R1 注意"), "{page}");
    assert_eq!(world.step(&mut clerk, id, "review", &[]).await.status, 303);
    let missing = world.step(&mut approver, id, "approve", &[("ack_R5", "1")]).await;
    assert_eq!((missing.status.as_u16(), missing.code().as_str()), (400, "E10-INPUT"));
    assert!(missing.text().contains("(R1)"));
    assert_eq!(world.step(&mut approver, id, "approve", &[("ack_R1", "1")]).await.status, 303);
    let found = world.portal.store().application(id).await.unwrap().unwrap();
    assert_eq!(found.decisions[1].acknowledged, ["R1"]);
}

#[tokio::test]
async fn a_conclusion_says_that_the_premium_was_received() {
    let world = World::new().await;
    let id = world.apply("G01-1").await;
    let (mut clerk, mut approver) = (world.login("clerk").await, world.login("approver").await);
    assert_eq!(world.step(&mut clerk, id, "review", &[]).await.status, 303);
    assert_eq!(world.step(&mut approver, id, "approve", &ACKNOWLEDGED).await.status, 303);
    let without = world.step(&mut clerk, id, "conclude", &[]).await;
    assert_eq!((without.status.as_u16(), without.code().as_str()), (400, "E10-INPUT"));
    assert_eq!(world.step(&mut clerk, id, "conclude", &[("premium", "1")]).await.status, 303);
}

#[tokio::test]
async fn a_returned_application_tells_the_contractor_why() {
    let world = World::new().await;
    let id = world.apply("G01-1").await;
    let mut clerk = world.login("clerk").await;
    assert_eq!(world.step(&mut clerk, id, "return", &[]).await.code(), "E10-INPUT");
    let hidden = world.step(&mut clerk, id, "return", &[("note", "工期\u{202e}を")]).await;
    assert_eq!((hidden.status.as_u16(), hidden.code().as_str()), (400, "E10-INPUT"));
    let reason = [("note", "工期を確かめてください")];
    assert_eq!(world.step(&mut clerk, id, "return", &reason).await.status, 303);
    let mut contractor = world.login("aomine").await;
    let page = contractor.get(&format!("/applications/{id}")).await.text();
    assert!(page.contains("返却") && page.contains("工期を確かめてください"));
    assert!(!page.contains("架空 clerk"), "names of people at the desk are not shown");
}

#[tokio::test]
async fn the_contractor_withdraws_an_application() {
    let world = World::new().await;
    let id = world.apply("G01-1").await;
    let mut contractor = world.login("aomine").await;
    let page = format!("/applications/{id}");
    let path = format!("{page}/withdraw");
    assert_eq!(contractor.post_from(&page, &path, &[("seen", "0")]).await.status, 303);
    assert!(contractor.get(&page).await.text().contains("取下げ"));
    assert_eq!(contractor.post_from(&page, &path, &[("seen", "1")]).await.code(), "E10-TAKEN");
}

#[tokio::test]
async fn another_contractors_things_are_not_there() {
    let world = World::new().await;
    let (number, _) = world.issue("G01-1").await;
    let id = world.apply("G01-1").await;
    let other = world.contractor("有限会社架空三和設備").await;
    world.account("sanwa", Whose::Contractor(other)).await;
    let mut stranger = world.login("sanwa").await;
    for path in [
        format!("/guarantees/{number}"),
        format!("/guarantees/{number}/1"),
        format!("/guarantees/{number}/copy.pdf"),
        format!("/applications/{id}"),
        "/guarantees/31-07-1-9999999-9".to_owned(),
        "/desk".to_owned(),
        format!("/desk/applications/{id}"),
        "/desk/log".to_owned(),
    ] {
        let answer = stranger.get(&path).await;
        let told = (answer.status.as_u16(), answer.code());
        assert_eq!(told, (404, "E10-NOT-FOUND".to_owned()), "{path}");
    }
    for what in ["key", "notice.pdf"] {
        let path = format!("/guarantees/{number}/{what}");
        assert_eq!(stranger.post_from("/", &path, &[]).await.status, 404, "{path}");
    }
    let path = format!("/applications/{id}/withdraw");
    assert_eq!(stranger.post_from("/", &path, &[("seen", "0")]).await.status, 404);
    assert!(!stranger.get("/").await.text().contains(number.as_str()));
}

#[tokio::test]
async fn an_application_on_the_paper_way_is_recorded_and_makes_no_job() {
    let world = World::new().await;
    let by = world.portal.store().account_by_login("aomine").await.unwrap().unwrap().id;
    let draft = draft(&request_of("G02-1"));
    let new = NewApplication {
        contractor: world.contractor,
        task: Task::New,
        kind: hosho_store::portal::AskedKind::Reservation,
        base: None,
        request: &draft.to_json(),
        delivery: Delivery::Paper,
        amount: hosho::Yen::new(13_200_000).unwrap(),
        by,
        at: world.clock.now(),
    };
    let id = world.portal.store().apply(&new).await.unwrap();
    world.conclude(id).await;
    assert!(world.claim().await.is_empty());
    let mut contractor = world.login("aomine").await;
    let page = contractor.get(&format!("/applications/{id}")).await.text();
    assert!(page.contains("契約成立(紙の証書)") && page.contains("契約保証予約"));
}

#[tokio::test]
async fn of_many_concurrent_amendments_one_is_concluded() {
    let world = World::new().await;
    let (number, _) = world.issue("G01-1").await;
    let mut fields = request_of("G01-1");
    fields.insert("change".to_owned(), json!({ "kinds": ["correction"], "reason": "訂正" }));
    let draft = draft(&fields);
    let mut ids = Vec::new();
    let (mut clerk, mut approver) = (world.login("clerk").await, world.login("approver").await);
    for _ in 0..8 {
        let base = Some((&number, Revision::FIRST));
        let id = world.enter(draft.clone(), Task::Amend, base).await;
        assert_eq!(world.step(&mut clerk, id, "review", &[]).await.status, 303);
        let answer = world.step(&mut approver, id, "approve", &ACKNOWLEDGED).await;
        assert_eq!(answer.status, 303);
        ids.push(id);
    }
    let mut all = Vec::new();
    for id in ids {
        let (cookies, mut browser) = (clerk.cookies.clone(), world.browser());
        all.push(tokio::spawn(async move {
            browser.cookies = cookies;
            let page = format!("/desk/applications/{id}");
            let path = format!("{page}/conclude");
            let answer = browser.post_from(&page, &path, &[("seen", "2")]).await;
            (answer.status.as_u16(), answer.code())
        }));
    }
    let mut told = Vec::new();
    for one in all {
        told.push(one.await.unwrap());
    }
    told.sort();
    assert_eq!(told[0], (303, String::new()));
    assert!(told[1..].iter().all(|it| *it == (409, "E10-OUTDATED".to_owned())), "{told:?}");
    assert_eq!(world.claim().await.len(), 1);
}

#[tokio::test]
async fn hostile_names_are_shown_as_they_are_and_do_nothing() {
    let world = World::new().await;
    let mut fields = request_of("G01-1");
    let hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;";
    fields["work"]["name"] = json!(hostile);
    fields["obligee"]["name"] = json!(hostile);
    let id = world.enter(draft(&fields), Task::New, None).await;
    world.conclude(id).await;
    let job = world.claim().await.pop().unwrap();
    let (report, _) = world.do_job(&job).await;
    assert_eq!(world.report(&job, &report).await.0, 200);
    let number = job["number"].as_str().unwrap();
    let (mut clerk, mut contractor) = (world.login("clerk").await, world.login("aomine").await);
    let pages = [
        clerk.get(&format!("/desk/applications/{id}")).await.text(),
        clerk.get(&format!("/desk/guarantees/{number}")).await.text(),
        clerk.get("/desk/guarantees").await.text(),
        contractor.get("/").await.text(),
        contractor.get(&format!("/guarantees/{number}")).await.text(),
        contractor.get(&format!("/applications/{id}")).await.text(),
    ];
    for page in pages {
        assert!(page.contains("&#60;script&#62;alert(1)"), "{page}");
        assert!(!page.contains("<script>") && !page.contains("<img"));
    }
}

#[tokio::test]
async fn administrators_keep_accounts_and_obligees() {
    let world = World::new().await;
    let mut admin = world.login("admin").await;
    let from = "/desk/accounts";
    let fields = [
        ("login", "hanako"),
        ("name", "架空 花子"),
        ("password", "given to you 1"),
        ("role_clerk", "1"),
    ];
    assert_eq!(admin.post_from(from, "/desk/accounts", &fields).await.status, 303);
    let again = admin.post_from(from, "/desk/accounts", &fields).await;
    assert_eq!((again.status.as_u16(), again.code().as_str()), (400, "E10-INPUT"));
    let neither = [("login", "jiro"), ("name", "次郎"), ("password", "given to you 1")];
    assert_eq!(admin.post_from(from, "/desk/accounts", &neither).await.code(), "E10-INPUT");
    let contractor = [
        ("name", "架空桐生建築株式会社"),
        ("representative", "代表取締役社長 桐生 昭彦"),
        ("address", "瑞穂県青嶺市西町七丁目1番20号"),
        ("mail", "no address"),
    ];
    let refused = admin.post_from(from, "/desk/contractors", &contractor).await;
    assert!(refused.text().contains("メールアドレスの形で"));
    let page = admin.get(from).await.text();
    assert!(page.contains("hanako") && page.contains("架空 花子"));
    let obligee = [
        ("name", "瑞穂県"),
        ("representative", "瑞穂県知事 架空 一郎"),
        ("advance_from", "2026-04-01"),
    ];
    let from = "/desk/obligees";
    assert_eq!(admin.post_from(from, "/desk/obligees", &obligee).await.status, 303);
    assert!(admin.get(from).await.text().contains("令和8年4月1日から"));
    let wrong = [obligee[0], obligee[1], ("advance_from", "2026-02-30")];
    assert_eq!(admin.post_from(from, "/desk/obligees", &wrong).await.code(), "E10-INPUT");
    let ended = [("kind", "advance"), ("from", "2026-04-01"), ("until", "2027-03-31")];
    assert_eq!(admin.post_from(from, "/desk/obligees/1/end", &ended).await.status, 303);
    assert!(admin.get(from).await.text().contains("令和9年3月31日まで"));
    assert!(admin.get("/desk/log").await.text().contains("発注者の登録・変更"));
    let mut clerk = world.login("clerk").await;
    assert_eq!(clerk.get("/desk/accounts").await.code(), "E10-FORBIDDEN");
    let own = [obligee[0], obligee[1]];
    let refused = clerk.post_from("/desk", "/desk/obligees", &own).await;
    assert_eq!(refused.code(), "E10-FORBIDDEN");
}
