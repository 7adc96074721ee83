//! A service of a few routes, and a browser that keeps its cookies.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use hosho_web::{Hardening, Http, Link, Metrics, Site, Words, harden};
use tower::ServiceExt as _;

pub(crate) fn site() -> Site {
    Site {
        name: Words { ja: "保証確認サービス", en: "Guarantee confirmation" },
        owner: "みほん<保証>".to_owned(),
        links: vec![Link { path: "/help", words: Words { ja: "使い方", en: "Help" } }],
    }
}

pub(crate) fn hardened(routes: Router, http: &Http) -> Router {
    harden(routes, Hardening::new(site(), http, Metrics::new()).unwrap())
}

pub(crate) fn on_loopback(routes: Router) -> Router {
    hardened(routes, &Http::on_loopback())
}

/// An answer that has arrived.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

pub(crate) async fn ask(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, 1 << 24).await.unwrap();
    let body = String::from_utf8(bytes.to_vec()).unwrap();
    Answer { status: parts.status, headers: parts.headers, body }
}

pub(crate) async fn get(router: &Router, path: &str) -> Answer {
    ask(router, Request::get(path).body(Body::empty()).unwrap()).await
}

/// A browser on plain HTTP.
pub(crate) struct Browser {
    router: Router,
    pub(crate) cookies: BTreeMap<String, String>,
}

impl Browser {
    pub(crate) fn new(router: Router) -> Self {
        Self { router, cookies: BTreeMap::new() }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        let request = Request::get(path).header(header::ACCEPT, "text/html,*/*;q=0.8");
        self.send(request, Body::empty()).await
    }

    pub(crate) async fn post(&mut self, path: &str, form: &str) -> Answer {
        let request = Request::post(path)
            .header(header::ACCEPT, "text/html")
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, Body::from(form.to_owned())).await
    }

    pub(crate) async fn send(
        &mut self,
        request: axum::http::request::Builder,
        body: Body,
    ) -> Answer {
        let line: Vec<_> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header(header::COOKIE, line.join("; ")).body(body).unwrap();
        let answer = ask(&self.router, request).await;
        for line in answer.headers.get_all(header::SET_COOKIE) {
            let pair = line.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }
}

/// Returns the token in a page.
pub(crate) fn token_in(page: &str) -> String {
    let (_, rest) = page.split_once(r#"name="form_token" value=""#).unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}
