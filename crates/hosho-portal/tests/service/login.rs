//! Who gets in, who does not, and what a session is worth.

use hosho_portal::Whose;
use hosho_store::portal::Role;

use crate::browser::token;
use crate::frame::{PASSWORD, World};

#[tokio::test]
async fn everybody_gets_to_the_own_first_page() {
    let world = World::new().await;
    let mut contractor = world.login("aomine").await;
    let page = contractor.get("/").await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("架空 aomine"));
    let mut clerk = world.login("clerk").await;
    assert_eq!(clerk.get("/").await.location.as_deref(), Some("/desk"));
    assert_eq!(clerk.get("/desk").await.status, 200);
}

#[tokio::test]
async fn a_page_without_a_session_leads_to_the_login() {
    let world = World::new().await;
    let mut visitor = world.browser();
    for path in ["/", "/desk", "/guarantees/31-07-1-0000123-9", "/applications/1", "/desk/log"] {
        assert_eq!(visitor.get(path).await.location.as_deref(), Some("/login"), "{path}");
    }
}

#[tokio::test]
async fn an_unknown_id_and_a_wrong_password_are_one_answer() {
    let world = World::new().await;
    let answer = async |login, password| {
        let mut browser = world.browser();
        let fields = [("login", login), ("password", password)];
        let answer = browser.post_from("/login", "/login", &fields).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (401, "E10-LOGIN"));
        assert!(!browser.cookies.contains_key("session"));
        let text = answer.text().replace(&format!("value=\"{login}\""), "value=\"\"");
        let own = token(&text);
        text.replace(&own, "")
    };
    let wrong = answer("aomine", "wrong horse battery").await;
    assert_eq!(wrong, answer("nobody", PASSWORD).await);
}

#[tokio::test]
async fn an_id_is_read_as_people_type_it() {
    let world = World::new().await;
    let mut browser = world.browser();
    let fields = [("login", " ＡＯＭＩＮＥ "), ("password", PASSWORD)];
    assert_eq!(browser.post_from("/login", "/login", &fields).await.status, 303);
}

#[tokio::test]
async fn the_session_is_renewed_at_login_so_a_planted_one_is_worth_nothing() {
    let world = World::new().await;
    let mut thief = world.login("clerk").await;
    let planted = thief.cookies["session"].clone();
    let mut victim = world.browser();
    victim.cookies.insert("session".to_owned(), planted.clone());
    let fields = [("login", "aomine"), ("password", PASSWORD)];
    assert_eq!(victim.post_from("/login", "/login", &fields).await.status, 303);
    assert_ne!(victim.cookies["session"], planted);
    assert_eq!(thief.get("/desk").await.location.as_deref(), Some("/login"));
    assert_eq!(victim.get("/").await.status, 200);
}

#[tokio::test]
async fn a_form_without_its_token_is_refused() {
    let world = World::new().await;
    let mut browser = world.browser();
    let fields = [("login", "aomine"), ("password", PASSWORD)];
    let bare = browser.post("/login", &fields).await;
    assert_eq!((bare.status.as_u16(), bare.code().as_str()), (403, "E10-FORM"));
    let mut other = world.browser();
    let theirs = token(&other.get("/login").await.text());
    let stolen = [fields[0], fields[1], ("form_token", theirs.as_str())];
    let refused = browser.post("/login", &stolen).await;
    assert_eq!(refused.code(), "E10-FORM");
}

#[tokio::test]
async fn every_form_of_the_desk_and_of_a_guarantee_needs_its_token() {
    let world = World::new().await;
    let id = world.apply("G01-1").await;
    let mut everything = world.login("everything").await;
    for path in [
        format!("/desk/applications/{id}/review"),
        format!("/desk/applications/{id}/approve"),
        format!("/desk/applications/{id}/conclude"),
        format!("/desk/applications/{id}/return"),
        "/desk/obligees".to_owned(),
        "/desk/accounts".to_owned(),
        "/desk/contractors".to_owned(),
        "/desk/accounts/1/password".to_owned(),
        "/desk/accounts/1/disable".to_owned(),
        "/password".to_owned(),
        "/logout".to_owned(),
    ] {
        let refused = everything.post(&path, &[("seen", "0"), ("note", "x")]).await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (403, "E10-FORM"), "{path}");
    }
    assert!(world.portal.store().application(id).await.unwrap().unwrap().decisions.is_empty());
    let mut contractor = world.login("aomine").await;
    for path in [
        format!("/applications/{id}/withdraw"),
        "/guarantees/31-07-1-0000001-1/key".to_owned(),
        "/guarantees/31-07-1-0000001-1/notice.pdf".to_owned(),
    ] {
        assert_eq!(contractor.post(&path, &[("seen", "0")]).await.code(), "E10-FORM", "{path}");
    }
}

#[tokio::test]
async fn logging_out_ends_the_session_on_the_server() {
    let world = World::new().await;
    let mut browser = world.login("aomine").await;
    let kept = browser.cookies.clone();
    assert_eq!(browser.post_from("/", "/logout", &[]).await.status, 303);
    browser.cookies = kept;
    assert_eq!(browser.get("/").await.location.as_deref(), Some("/login"));
}

#[tokio::test]
async fn a_session_ends_after_half_an_hour_without_a_request() {
    let world = World::new().await;
    let mut browser = world.login("aomine").await;
    let start = world.clock.now().seconds();
    for (seconds, status) in [(1_500, 200), (3_000, 200), (4_801, 303)] {
        world.clock.set(hosho::UnixTime::from_seconds(start + seconds).unwrap());
        assert_eq!(browser.get("/").await.status, status, "after {seconds} s");
    }
}

#[tokio::test]
async fn a_first_password_is_changed_before_anything_else() {
    let world = World::new().await;
    let first = hosho_portal::Password::take(&mut "given to you 1".to_owned());
    let whose = Whose::Desk([Role::Clerk].into_iter().collect());
    hosho_portal::make_account(&world.portal, "new.one", "新人", whose, first, None).await.unwrap();
    let mut browser = world.browser();
    let fields = [("login", "new.one"), ("password", "given to you 1")];
    assert_eq!(browser.post_from("/login", "/login", &fields).await.status, 303);
    assert_eq!(browser.get("/desk").await.location.as_deref(), Some("/password"));
    let change = async |browser: &mut crate::browser::Browser, old, new, again| {
        let fields = [("old", old), ("new", new), ("again", again)];
        browser.post_from("/password", "/password", &fields).await.status.as_u16()
    };
    assert_eq!(change(&mut browser, "wrong old one", PASSWORD, PASSWORD).await, 400);
    assert_eq!(change(&mut browser, "given to you 1", PASSWORD, "something else").await, 400);
    assert_eq!(change(&mut browser, "given to you 1", "short", "short").await, 400);
    assert_eq!(change(&mut browser, "given to you 1", PASSWORD, PASSWORD).await, 303);
    assert_eq!(browser.get("/desk").await.status, 200);
}

#[tokio::test]
async fn other_sessions_end_with_a_new_password_and_with_disabling() {
    let world = World::new().await;
    let (mut here, mut there) = (world.login("clerk").await, world.login("clerk").await);
    let fields = [("old", PASSWORD), ("new", "another horse 12"), ("again", "another horse 12")];
    assert_eq!(here.post_from("/password", "/password", &fields).await.status, 303);
    assert_eq!(here.get("/desk").await.status, 200);
    assert_eq!(there.get("/desk").await.location.as_deref(), Some("/login"));
    let clerk = world.portal.store().account_by_login("clerk").await.unwrap().unwrap().id;
    let mut admin = world.login("admin").await;
    let path = format!("/desk/accounts/{clerk}/disable");
    assert_eq!(admin.post_from("/desk/accounts", &path, &[]).await.status, 303);
    assert_eq!(here.get("/desk").await.location.as_deref(), Some("/login"));
    let mut again = world.browser();
    let fields = [("login", "clerk"), ("password", "another horse 12")];
    assert_eq!(again.post_from("/login", "/login", &fields).await.code(), "E10-LOGIN");
}

#[tokio::test]
async fn many_wrong_tries_slow_a_login_down_and_never_lock_it() {
    let world = World::new().await;
    let mut browser = world.browser();
    let wrong = [("login", "aomine"), ("password", "wrong horse battery")];
    let token = token(&browser.get("/login").await.text());
    let started = std::time::Instant::now();
    for _ in 0..13 {
        let fields = [wrong[0], wrong[1], ("form_token", token.as_str())];
        assert_eq!(browser.post("/login", &fields).await.status, 401);
    }
    // The 11th miss begins the waits: 0.25 s before the 12th try, 0.5 s before the 13th.
    assert!(started.elapsed() >= std::time::Duration::from_millis(750));
    world.login("aomine").await;
}
