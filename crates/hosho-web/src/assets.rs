//! The files that pages need, inside the program: no other host is ever asked.

use std::sync::LazyLock;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::routing::get;
use sha2::{Digest as _, Sha256};

use crate::random;

const STYLE: &str = include_str!("../static/hosho.css");
const ICON: &str = include_str!("../static/hosho.svg");

/// The name of the style sheet changes with it, so a browser may keep it for good.
static STYLE_PATH: LazyLock<String> = LazyLock::new(|| {
    let digest = Sha256::digest(STYLE);
    format!("/static/hosho.css?v={}", random::hex(digest.get(..6).unwrap_or_default()))
});

/// Returns the path of the style sheet, for `<link>`.
pub(crate) fn stylesheet() -> &'static str {
    &STYLE_PATH
}

/// Returns the routes of the files.
pub(crate) fn routes() -> Router {
    Router::new()
        .route("/static/hosho.css", get(|| async { file("text/css; charset=utf-8", STYLE) }))
        .route("/static/hosho.svg", get(|| async { file("image/svg+xml", ICON) }))
        .route("/favicon.ico", get(|| async { file("image/svg+xml", ICON) }))
}

type File = ([(HeaderName, HeaderValue); 2], &'static str);

fn file(kind: &'static str, text: &'static str) -> File {
    let kept = HeaderValue::from_static("public, max-age=86400");
    ([(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::CACHE_CONTROL, kept)], text)
}
