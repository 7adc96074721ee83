//! Sessions that only the visitor's cookie opens.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::routing::get as on_get;
use hosho::UnixTime;
use hosho_web::{Clock, Lifetime, Problem, SessionRows, Sessions, SetCookie, Visitor};

use crate::visitor::{Browser, on_loopback};

type Row = (Vec<u8>, UnixTime);

#[derive(Clone, Default)]
struct Rows(Arc<Mutex<HashMap<[u8; 32], Row>>>);

impl SessionRows for Rows {
    async fn save(&self, mark: [u8; 32], sealed: Vec<u8>, end: UnixTime) -> Result<(), Problem> {
        self.0.lock().unwrap().insert(mark, (sealed, end));
        Ok(())
    }

    async fn load(&self, mark: [u8; 32], now: UnixTime) -> Result<Option<Row>, Problem> {
        Ok(self.0.lock().unwrap().get(&mark).filter(|(_, end)| *end > now).cloned())
    }

    async fn delete(&self, mark: [u8; 32]) -> Result<(), Problem> {
        self.0.lock().unwrap().remove(&mark);
        Ok(())
    }
}

fn at(seconds: u64) -> UnixTime {
    UnixTime::from_seconds(1_795_316_645 + seconds).unwrap()
}

type Kept = Sessions<Rows>;

async fn begin(
    State(sessions): State<Kept>,
    visitor: Visitor,
) -> Result<(SetCookie, &'static str), Problem> {
    Ok((sessions.begin(&visitor, &"canary").await?, "begun"))
}

async fn show(State(sessions): State<Kept>, visitor: Visitor) -> Result<String, Problem> {
    let session = sessions.load::<String>(&visitor).await?;
    Ok(session.map_or_else(|| "none".to_owned(), |session| session.content))
}

async fn change(State(sessions): State<Kept>, visitor: Visitor) -> Result<(), Problem> {
    let mut session = sessions.load::<String>(&visitor).await?.ok_or_else(Problem::login)?;
    "changed".clone_into(&mut session.content);
    sessions.save(&session).await
}

async fn leave(
    State(sessions): State<Kept>,
    visitor: Visitor,
) -> Result<(SetCookie, &'static str), Problem> {
    Ok((sessions.leave(&visitor).await?, "left"))
}

fn service() -> (Browser, Rows, Clock) {
    let (rows, clock) = (Rows::default(), Clock::fixed(at(0)));
    let lifetime = Lifetime { idle: Duration::from_mins(30), most: Duration::from_hours(8) };
    let routes = Router::new()
        .route("/begin", on_get(begin))
        .route("/show", on_get(show))
        .route("/change", on_get(change))
        .route("/leave", on_get(leave))
        .with_state(Sessions::new(rows.clone(), clock.clone(), lifetime));
    (Browser::new(on_loopback(routes)), rows, clock)
}

#[tokio::test]
async fn a_session_is_the_cookies_and_changes_with_it() {
    let (mut browser, _, _) = service();
    assert_eq!(browser.get("/show").await.body, "none");
    browser.get("/begin").await;
    assert_eq!(browser.get("/show").await.body, "canary");
    browser.get("/change").await;
    assert_eq!(browser.get("/show").await.body, "changed");
    browser.get("/leave").await;
    assert_eq!(browser.get("/show").await.body, "none");
    assert_eq!(browser.get("/change").await.status, 401);
}

#[tokio::test]
async fn a_login_gives_a_new_key_and_ends_what_was_planted() {
    let (mut browser, rows, _) = service();
    browser.get("/begin").await;
    let planted = browser.cookies["session"].clone();
    browser.get("/begin").await;
    assert_ne!(browser.cookies["session"], planted);
    assert_eq!(rows.0.lock().unwrap().len(), 1);
    browser.cookies.insert("session".to_owned(), planted);
    assert_eq!(browser.get("/show").await.body, "none");
}

#[tokio::test]
async fn a_row_tells_neither_its_cookie_nor_its_content() {
    let (mut browser, rows, _) = service();
    browser.get("/begin").await;
    let cookie = browser.cookies["session"].clone();
    for (mark, (sealed, _)) in rows.0.lock().unwrap().iter() {
        let bytes = [mark.as_slice(), sealed].concat();
        for secret in [cookie.as_bytes(), b"canary"] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret));
        }
    }
}

#[tokio::test]
async fn a_row_that_was_changed_or_exchanged_is_a_fault() {
    let (mut browser, rows, _) = service();
    browser.get("/begin").await;
    for (sealed, _) in rows.0.lock().unwrap().values_mut() {
        if let Some(last) = sealed.last_mut() {
            *last ^= 1;
        }
    }
    let answer = browser.get("/show").await;
    assert_eq!(answer.status, 500);
}

#[tokio::test]
async fn a_session_ends_half_an_hour_after_the_last_request() {
    let (mut browser, _, clock) = service();
    browser.get("/begin").await;
    clock.set(at(1_799));
    assert_eq!(browser.get("/show").await.body, "canary");
    clock.set(at(1_799 + 1_799));
    assert_eq!(browser.get("/show").await.body, "canary");
    clock.set(at(1_799 + 1_799 + 1_800));
    assert_eq!(browser.get("/show").await.body, "none");
}

#[tokio::test]
async fn a_session_ends_after_eight_hours_in_any_case() {
    let (mut browser, _, clock) = service();
    browser.get("/begin").await;
    for minute in (0..480).step_by(20) {
        clock.set(at(minute * 60));
        assert_eq!(browser.get("/show").await.body, "canary", "{minute}");
    }
    clock.set(at(8 * 3_600));
    assert_eq!(browser.get("/show").await.body, "none");
}
