//! Pages, languages and what is in them.

use axum::Router;
use axum::response::Response;
use axum::routing::get as on_get;
use hosho_web::{Banner, Problem, SignedIn, Tone, View};

use crate::visitor::{Browser, on_loopback};

#[derive(askama::Template)]
#[template(source = "{{ banner }}<p>{{ name }}</p>{{ token }}", ext = "html")]
struct Main<'a> {
    banner: Banner,
    name: &'a str,
    token: &'a hosho_web::FormToken,
}

async fn help(view: View) -> Result<Response, Problem> {
    let main = Main {
        banner: Banner::new(Tone::Care, "確認できません").text("最新ではない可能性があります。"),
        name: "<script>alert(1)</script>",
        token: view.token(),
    };
    let account = SignedIn { name: "山田 <太郎>".to_owned(), leave: "/logout" };
    view.page(view.lang().pick("使い方", "Help")).account(account).show(&main)
}

fn browser() -> Browser {
    Browser::new(on_loopback(Router::new().route("/help", on_get(help))))
}

#[tokio::test]
async fn a_page_is_japanese_until_english_is_asked_for_and_then_stays_english() {
    let mut browser = browser();
    let first = browser.get("/help").await.body;
    assert!(first.contains(r#"<html lang="ja">"#) && first.contains("<h1>使い方</h1>"), "{first}");
    assert!(first.contains(r#"href="/help?lang=en""#), "{first}");
    let english = browser.get("/help?on=2026-11-22&lang=en").await.body;
    assert!(english.contains(r#"<html lang="en">"#), "{english}");
    assert!(english.contains("/help?on=2026-11-22&#38;lang=ja"), "{english}");
    assert!(browser.get("/help").await.body.contains("<h1>Help</h1>"));
}

#[tokio::test]
async fn names_are_escaped_and_nothing_is_inline() {
    let page = browser().get("/help").await.body;
    assert!(page.contains("&#60;script&#62;alert(1)"), "{page}");
    assert!(
        page.contains("みほん&#60;保証&#62;") && page.contains("山田 &#60;太郎&#62;"),
        "{page}"
    );
    for inline in
        ["<script", "<style", " style=", "javascript:", " onclick=", "http://", "https://"]
    {
        assert!(!page.contains(inline), "{inline}: {page}");
    }
}

#[tokio::test]
async fn a_page_has_landmarks_a_skip_link_and_one_heading() {
    let page = browser().get("/help").await.body;
    let parts = [r##"href="#main""##, r#"<main id="main""#, "<header", "<nav", "<footer"];
    for part in parts {
        assert_eq!(page.matches(part).count(), 1, "{part}");
    }
    assert_eq!(page.matches("<h1>").count(), 1);
    assert!(page.contains(r#"aria-current="page""#), "{page}");
}

#[tokio::test]
async fn a_number_in_a_heading_is_in_one_piece() {
    let show = async |view: View| {
        let main = Main { banner: Banner::new(Tone::Note, ""), name: "", token: view.token() };
        view.page("変更の申込み　31-07-1-0000123-9 <b>").show(&main)
    };
    let router = Router::new().route("/amend", on_get(show));
    let page = Browser::new(on_loopback(router)).get("/amend").await.body;
    let heading =
        "<h1>変更の申込み　<span class=\"whole\">31-07-1-0000123-9 </span>&#60;b&#62;</h1>";
    assert!(page.contains(heading), "{page}");
}

#[tokio::test]
async fn the_style_sheet_that_a_page_names_is_there() {
    let mut browser = browser();
    let page = browser.get("/help").await.body;
    let (_, rest) = page.split_once(r#"rel="stylesheet" href=""#).unwrap();
    let path = rest.split_once('"').unwrap().0.to_owned();
    let sheet = browser.get(&path).await;
    assert_eq!(sheet.headers["content-type"], "text/css; charset=utf-8");
    assert!(sheet.body.contains(".banner-good"), "{path}");
}

#[tokio::test]
async fn a_problem_is_a_page_in_the_visitors_language() {
    let mut browser = browser();
    let page = browser.get("/nothing").await;
    assert_eq!(page.status, 404);
    assert!(page.body.contains("<h1>ページが見つかりません</h1>"), "{}", page.body);
    assert!(page.body.contains("E10-NOT-FOUND"));
    let again = browser.get("/nothing").await;
    assert_eq!(page.body, again.body);
    assert!(browser.get("/nothing?lang=en").await.body.contains("<h1>Page not found</h1>"));
}
