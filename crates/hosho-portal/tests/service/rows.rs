//! What somebody with access to the database can do to a page: nothing but make it fail.

use hosho::{GuaranteeNumber, Revision};
use hosho_store::portal::{ApplicationId, Task};

use crate::browser::Browser;
use crate::frame::{ACKNOWLEDGED, PASSWORD, World, above_the_limit};

/// Asserts that a page is a refusal that tells nothing, and nothing of a certificate.
async fn assert_fails(browser: &mut Browser, path: &str) {
    let answer = browser.get(path).await;
    let told = (answer.status.as_u16(), answer.code());
    assert_eq!(told, (500, "E10-INTERNAL".to_owned()), "{path}: {}", answer.text());
    assert!(!answer.text().contains("県道霧ヶ原青嶺線") && !answer.text().contains("damaged"));
}

/// Asserts that neither auth key nor notice is handed out.
async fn assert_no_key(browser: &mut Browser, number: &GuaranteeNumber<'_>) {
    let from = format!("/guarantees/{number}");
    for what in ["key", "notice.pdf"] {
        let answer = browser.post_from(&from, &format!("{from}/{what}"), &[]).await;
        let told = (answer.status.as_u16(), answer.code());
        assert_eq!(told, (500, "E10-INTERNAL".to_owned()), "{what}");
    }
}

#[tokio::test]
async fn a_certificate_that_was_changed_in_the_database_is_not_shown() {
    let world = World::new().await;
    let (number, _) = world.issue("G01-1").await;
    let mut contractor = world.login("aomine").await;
    let page = format!("/guarantees/{number}");
    let guarantee = world.portal.store().guarantee(&number).await.unwrap().unwrap();
    let length = guarantee.revisions[0].signed.len();
    for at in (0..length).step_by(length / 24) {
        assert_eq!(world.database.flip("revisions", "signed", "1 = 1", at).await, 1);
        let list = contractor.get("/").await;
        assert_eq!(list.status, 200);
        assert!(list.text().contains("検証できません"), "byte {at}: {}", list.text());
        assert!(!list.text().contains("県道霧ヶ原青嶺線"), "nothing of what it says is shown");
        assert_fails(&mut contractor, &page).await;
        assert_eq!(world.database.flip("revisions", "signed", "1 = 1", at).await, 1);
    }
    assert_eq!(contractor.get(&page).await.status, 200);
    assert_eq!(world.database.flip("revisions", "signed", "1 = 1", length / 2).await, 1);
    assert_fails(&mut contractor, &format!("{page}/copy.pdf")).await;
    let mut clerk = world.login("clerk").await;
    assert_fails(&mut clerk, &format!("/desk{page}")).await;
}

#[tokio::test]
async fn what_is_sealed_is_handed_out_only_if_the_key_opens_the_newest_revision_in_it() {
    let world = World::new().await;
    let (number, _) = world.issue("G01-1").await;
    let (other, _) = world.issue("G01-1").await;
    let mut contractor = world.login("aomine").await;
    let from = format!("/guarantees/{number}");
    let row = format!("number = '{number}'");
    let sealed = world.portal.store().sealed(&number, hosho::Serial::FIRST, Revision::FIRST).await;
    let length = sealed.unwrap().unwrap().len();
    for at in (0..length).step_by(length / 24) {
        assert_eq!(world.database.flip("sealed", "bytes", &row, at).await, 1);
        assert_no_key(&mut contractor, &number).await;
        assert_eq!(world.database.flip("sealed", "bytes", &row, at).await, 1);
    }
    let notice = contractor.post_from(&from, &format!("{from}/notice.pdf"), &[]).await;
    assert_eq!(notice.status, 200);
    // Another guarantee's, whole as it is.
    let swap = format!(
        "UPDATE sealed SET bytes = (SELECT bytes FROM sealed WHERE number = '{other}') WHERE {row}"
    );
    world.database.meddle(&swap).await;
    assert_no_key(&mut contractor, &number).await;
    world.database.meddle(&format!("DELETE FROM sealed WHERE {row}")).await;
    assert_no_key(&mut contractor, &number).await;
}

#[tokio::test]
async fn an_auth_key_of_another_guarantee_in_its_place_is_not_shown() {
    let world = World::new().await;
    let (first, _) = world.issue("G01-1").await;
    let (second, _) = world.issue("G01-1").await;
    let mut contractor = world.login("aomine").await;
    let row = format!("number = '{first}'");
    assert_eq!(world.database.flip("auth_keys", "sealed_key", &row, 40).await, 1);
    assert_no_key(&mut contractor, &first).await;
    let swap = format!(
        "UPDATE auth_keys SET sealed_key =
           (SELECT sealed_key FROM auth_keys WHERE number = '{second}') WHERE {row}"
    );
    world.database.meddle(&swap).await;
    assert_no_key(&mut contractor, &first).await;
}

#[tokio::test]
async fn an_application_that_was_changed_in_the_database_still_cannot_become_another_certificate() {
    let world = World::new().await;
    let id = world.apply("G01-1").await;
    world.conclude(id).await;
    let job = world.claim().await.pop().unwrap();
    let (report, _) = world.do_job(&job).await;
    world
        .database
        .meddle("UPDATE jobs SET request = replace(request, '52800000', '52800001')")
        .await;
    let (status, told) = world.report(&job, &report).await;
    assert_eq!((status, told["code"].as_str()), (400, Some("E10-INPUT")));
}

/// An application above the limit, reviewed and approved once.
async fn approved_once(world: &World) -> ApplicationId {
    let id = world.enter(above_the_limit(), Task::New, None).await;
    let (mut clerk, mut approver) = (world.login("clerk").await, world.login("approver").await);
    assert_eq!(world.step(&mut clerk, id, "review", &[]).await.status, 303);
    assert_eq!(world.step(&mut approver, id, "approve", &ACKNOWLEDGED).await.status, 303);
    id
}

/// Asserts that an application is neither shown nor concluded, and that no job comes of it.
async fn assert_stuck(world: &World, id: ApplicationId) {
    let page = format!("/desk/applications/{id}");
    let mut clerk = world.login("clerk").await;
    assert_fails(&mut clerk, &page).await;
    let fields = [("seen", "2"), ("premium", "1")];
    let concluded = clerk.post_from("/password", &format!("{page}/conclude"), &fields).await;
    assert_eq!((concluded.status.as_u16(), concluded.code().as_str()), (500, "E10-INTERNAL"));
    assert!(world.claim().await.is_empty());
}

#[tokio::test]
async fn an_amount_below_the_limit_in_the_database_spares_nobody_the_second_approval() {
    let world = World::new().await;
    let id = approved_once(&world).await;
    world.database.meddle("UPDATE applications SET amount = 100000000").await;
    assert_stuck(&world, id).await;
}

#[tokio::test]
async fn decisions_that_were_changed_in_the_database_conclude_nothing() {
    for change in [
        // The approval was the second one; it was the first step; it is a word that there is not.
        "UPDATE decisions SET step = 'approved-again' WHERE step = 'approved'",
        "UPDATE decisions SET place = 3 - place + 10",
        "UPDATE decisions SET step = 'approvec' WHERE step = 'approved'",
        // Whoever entered it approved it.
        "UPDATE decisions SET account = (SELECT id FROM accounts WHERE login = 'aomine')
           WHERE step = 'approved'",
        "DELETE FROM decisions WHERE step = 'reviewed'",
        // The second approval is the first person's.
        "INSERT INTO decisions (application, place, step, account, at, acknowledged)
           SELECT application, 3, 'approved-again', account, at, '' FROM decisions
           WHERE step = 'approved'",
    ] {
        let world = World::new().await;
        let id = approved_once(&world).await;
        world.database.meddle(change).await;
        assert_stuck(&world, id).await;
    }
}

#[tokio::test]
async fn an_account_that_was_changed_in_the_database_lets_nobody_in() {
    let world = World::new().await;
    let mut before = world.login("clerk").await;
    for (change, code) in [
        // A character of the hash, and one less of it; an epoch that there is not.
        ("UPDATE accounts SET password = replace(password, '$v=19$', '$v=18$')", "E10-LOGIN"),
        ("UPDATE accounts SET password = substr(password, 1, length(password) - 1)", "E10-LOGIN"),
        ("UPDATE accounts SET epoch = -1", "E10-INTERNAL"),
    ] {
        world.database.meddle(change).await;
        let fields = [("login", "clerk"), ("password", PASSWORD)];
        let mut somebody = world.browser();
        let answer = somebody.post_from("/login", "/login", &fields).await;
        assert_eq!(answer.code(), code, "{change}");
        assert!(!somebody.cookies.contains_key("session"), "{change}");
    }
    // The session from before does not outlive what became of its account.
    assert_fails(&mut before, "/desk").await;
}

#[tokio::test]
async fn a_role_that_was_changed_in_the_database_is_no_other_role() {
    let world = World::new().await;
    let mut clerk = world.login("clerk").await;
    world.database.meddle("UPDATE roles SET role = 'clerc' WHERE role = 'clerk'").await;
    assert_fails(&mut clerk, "/desk").await;
}

#[tokio::test]
async fn a_snapshot_that_was_changed_in_the_database_tells_nothing() {
    let world = World::new().await;
    let (number, _) = world.issue("G01-1").await;
    let mut draft = world.guarantor.snapshot_draft([(4, hosho::StatusEntry::InForce)]);
    draft.issued_at = world.clock.now();
    draft.next_update = hosho::UnixTime::from_seconds(draft.issued_at.seconds() + 604_800).unwrap();
    let snapshot = world.guarantor.sign_snapshot(&draft);
    assert_eq!(world.work("/worker/v1/snapshots", &snapshot).await.0, 200);
    let mut contractor = world.login("aomine").await;
    let page = format!("/guarantees/{number}");
    assert!(contractor.get(&page).await.text().contains("有効です(保証中)"));
    // The last byte is of the signature, and the first of the form.
    let sequence = "UPDATE snapshots SET sequence = sequence + 1";
    world.database.meddle(sequence).await;
    assert_eq!(world.database.flip("snapshots", "bytes", "1 = 1", snapshot.len() - 1).await, 1);
    let shown = contractor.get(&page).await.text();
    assert!(shown.contains("現在の状態はまだ届いていません"), "{shown}");
    assert!(!shown.contains("有効です"), "{shown}");
    world.database.meddle(sequence).await;
    assert_eq!(world.database.flip("snapshots", "bytes", "1 = 1", 0).await, 1);
    assert_fails(&mut contractor, &page).await;
}

#[tokio::test]
async fn a_bundle_that_was_changed_in_the_database_is_followed_by_nobody() {
    let world = World::new().await;
    let (number, _) = world.issue("G01-1").await;
    let mut draft = world.guarantor.bundle_draft();
    draft.sequence = hosho::Sequence::new(2).unwrap();
    draft.previous = Some(world.guarantor.trust().fingerprint());
    let next = world.guarantor.sign_bundle(draft);
    let mut contractor = world.login("aomine").await;
    let guarantor = &world.guarantor.id;
    let sequence = hosho::Sequence::new(2).unwrap();
    let mut changed = next.clone();
    *changed.last_mut().unwrap() ^= 1;
    world.portal.store().add_bundle(guarantor, sequence, &changed).await.unwrap();
    assert_fails(&mut contractor, &format!("/guarantees/{number}")).await;
}
