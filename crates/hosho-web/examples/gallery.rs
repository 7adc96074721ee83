//! All parts of pages on one page, to look at: `cargo run -p hosho-web --example gallery`.

use std::path::Path;

use askama::Template;
use axum::Router;
use axum::response::Response;
use axum::routing::get;
use hosho_web::{
    Banner, Choice, ErrorSummary, Field, FieldProblem, Hardening, Http, KeyGroups, Link, Metrics,
    Offered, Problem, Server, SignedIn, Site, Tone, View, Words, harden, metrics_router,
};

#[derive(Template)]
#[template(path = "gallery.html")]
struct Gallery<'a> {
    banners: Vec<Banner>,
    key: KeyGroups<'a>,
    errors: ErrorSummary<'a>,
    fields: Vec<Field<'a>>,
    token: &'a hosho_web::FormToken,
}

async fn gallery(view: View) -> Result<Response, Problem> {
    let lang = view.lang();
    let problems = [FieldProblem {
        field: "number".into(),
        ja: "保証契約番号は 31-26-P-000001-4 の形で入力してください。".into(),
        en: "Enter the guarantee number in the form 31-26-P-000001-4.".into(),
    }];
    let offered = |value, label, hint, offered| Choice { value, label, hint, offered };
    let delivery = vec![
        offered(
            "electronic",
            "電子交付を希望する",
            Some("発注者が電子証書を受け付けています。"),
            Offered::Yes,
        ),
        offered("paper", "書面で受け取る", None, Offered::Yes),
        offered("reserve", "契約保証予約", Some("電子交付の対象ではありません。"), Offered::No),
    ];
    let page = Gallery {
        banners: vec![
            Banner::new(Tone::Good, "有効な保証証書です")
                .text("2026年11月22日現在、この保証は有効です。"),
            Banner::new(Tone::Care, "有効かどうか確認できません")
                .text("失効情報の期限が過ぎています。時間をおいてもう一度お試しください。"),
            Banner::new(Tone::Bad, "保証証書として認められません")
                .text("署名を確認できません。受注者に確認してください。"),
            Banner::new(Tone::Note, "お知らせ").text("変更後の証書が登録されています。"),
        ],
        key: KeyGroups::new("認証キー", "7K3QW-9MRTD-X2P4H-VB8CN"),
        errors: ErrorSummary::new(lang, &problems),
        fields: vec![
            Field::text(lang, "number", "保証契約番号")
                .hint("例 31-26-P-000001-4")
                .value("31-26")
                .required()
                .class("code")
                .check(&problems),
            Field::date(lang, "on", "基準日"),
            Field::lines(lang, "notice", "お知らせの貼り付け", 4)
                .hint("「認証キー等のお知らせ」の文面をそのまま貼り付けられます。"),
            Field::radio(lang, "delivery", "保証証書の受取方法", delivery).value("electronic"),
            Field::file(lang, "file", "お知らせの PDF 又は写真"),
        ],
        token: view.token(),
    };
    let account = SignedIn { name: "髙橋 花子".to_owned(), leave: "/" };
    view.page("部品の一覧").account(account).show(&page)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let link = |path, ja, en| Link { path, words: Words { ja, en } };
    let site = Site {
        name: Words { ja: "保証確認サービス", en: "Guarantee confirmation" },
        owner: "みほん保証株式会社".to_owned(),
        links: vec![link("/", "証書の確認", "Confirm"), link("/help", "使い方", "Help")],
    };
    let http = Http::on_loopback();
    let metrics = Metrics::new();
    let router = harden(
        Router::new().route("/", get(gallery)),
        Hardening::new(site, &http, metrics.clone())?,
    );
    let server = Server::bind(&http, Path::new("gallery"))?;
    println!("http://{}", server.address());
    server.run(router, metrics_router(metrics, async || Ok(())), std::future::pending()).await?;
    Ok(())
}
