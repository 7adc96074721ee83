//! Forms that only our own pages can send.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use axum::routing::get as on_get;
use hosho_web::{Checked, CheckedUpload, FormToken};
use serde::Deserialize;

use crate::visitor::{Browser, on_loopback, token_in};

#[derive(Deserialize)]
struct Fields {
    number: String,
}

fn browser() -> Browser {
    let show = async |token: FormToken| token.to_string();
    let routes = Router::new()
        .route("/", on_get(show).post(async |Checked(fields): Checked<Fields>| fields.number))
        .route(
            "/rows",
            on_get(show).post(async |Checked(rows): Checked<Vec<(String, String)>>| {
                rows.into_iter()
                    .filter(|(name, _)| name == "member")
                    .map(|(_, value)| value)
                    .collect::<String>()
            }),
        )
        .route(
            "/file",
            on_get(show).post(async |upload: CheckedUpload| {
                let file = upload.file("notice").map_or(0, |file| file.bytes.len());
                format!("{:?} {file}", upload.field("number"))
            }),
        );
    Browser::new(on_loopback(routes))
}

fn multipart(token: &str) -> String {
    let part = |about: &str, content: &str| {
        format!("--b\r\ncontent-disposition: form-data; {about}\r\n\r\n{content}\r\n")
    };
    let token = part("name=\"form_token\"", token);
    let number = part("name=\"number\"", "31-26-P-000001-4");
    let file = part("name=\"notice\"; filename=\"notice.pdf\"", "%PDF-");
    let none = part("name=\"photo\"; filename=\"\"", "");
    format!("{token}{number}{file}{none}--b--\r\n")
}

#[tokio::test]
async fn a_form_of_our_own_page_is_read() {
    let mut browser = browser();
    let token = token_in(&browser.get("/").await.body);
    let answer = browser.post("/", &format!("number=31-26&form_token={token}")).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, "31-26"));
    let again = token_in(&browser.get("/").await.body);
    assert_eq!(again, token);
}

#[tokio::test]
async fn a_form_without_its_token_or_with_anothers_is_refused() {
    let mut browser = browser();
    let token = token_in(&browser.get("/").await.body);
    let others = token_in(&self::browser().get("/").await.body);
    let forms = [
        "number=31-26".to_owned(),
        "number=31-26&form_token=".to_owned(),
        format!("number=31-26&form_token={others}"),
        format!("number=31-26&form_token={token}x"),
        format!("number=31-26&form_token={token}&form_token={token}"),
    ];
    for form in forms {
        let answer = browser.post("/", &form).await;
        assert_eq!(answer.status, 403, "{form}");
        assert!(answer.body.contains("E10-FORM"), "{form}");
    }
}

#[tokio::test]
async fn a_form_without_the_cookie_is_refused() {
    let mut browser = browser();
    let token = token_in(&browser.get("/").await.body);
    browser.cookies.clear();
    let answer = browser.post("/", &format!("number=31-26&form_token={token}")).await;
    assert_eq!(answer.status, 403);
}

#[tokio::test]
async fn a_form_that_another_site_sends_is_refused_even_with_token_and_cookie() {
    let mut browser = browser();
    let token = token_in(&browser.get("/").await.body);
    let form = format!("number=31-26&form_token={token}");
    for site in ["cross-site", "same-site", "none"] {
        let request = Request::post("/")
            .header("sec-fetch-site", site)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = browser.send(request, Body::from(form.clone())).await;
        assert_eq!(answer.status, 403, "{site}");
    }
}

#[tokio::test]
async fn a_session_that_began_meanwhile_makes_older_forms_void() {
    let mut browser = browser();
    let token = token_in(&browser.get("/").await.body);
    browser.cookies.insert("session".to_owned(), "renewed".to_owned());
    let answer = browser.post("/", &format!("number=31-26&form_token={token}")).await;
    assert_eq!(answer.status, 403);
}

#[tokio::test]
async fn rows_that_repeat_come_in_their_order() {
    let mut browser = browser();
    let token = token_in(&browser.get("/rows").await.body);
    let form = format!("member=a&member=%E9%AB%99&form_token={token}&member=c");
    assert_eq!(browser.post("/rows", &form).await.body, "a髙c");
}

#[tokio::test]
async fn a_missing_field_is_bad_input_and_not_a_fault() {
    let mut browser = browser();
    let token = token_in(&browser.get("/").await.body);
    let answer = browser.post("/", &format!("form_token={token}")).await;
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains("E10-INPUT"), "{}", answer.body);
}

#[tokio::test]
async fn a_field_that_no_database_can_store_is_bad_input() {
    let mut browser = browser();
    let token = token_in(&browser.get("/").await.body);
    for fields in ["number=31%0026", "number=31&%00=x"] {
        let answer = browser.post("/", &format!("{fields}&form_token={token}")).await;
        assert_eq!((answer.status.as_u16(), answer.body.contains("E10-INPUT")), (400, true));
    }
}

#[tokio::test]
async fn a_file_comes_with_its_fields_and_needs_the_token_too() {
    let mut browser = browser();
    let token = token_in(&browser.get("/file").await.body);
    let kind = "multipart/form-data; boundary=b";
    let request = || Request::post("/file").header(header::CONTENT_TYPE, kind);
    let answer = browser.send(request(), Body::from(multipart(&token))).await;
    assert_eq!(answer.body, "Some(\"31-26-P-000001-4\") 5");
    let answer = browser.send(request(), Body::from(multipart("wrong"))).await;
    assert_eq!(answer.status, 403);
    let answer = browser.send(request(), Body::from("--b\r\nbroken")).await;
    assert_eq!(answer.status, 400);
}
