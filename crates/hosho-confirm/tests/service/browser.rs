//! A browser: it keeps cookies, finds the token of a form, and follows redirects.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};

use crate::stage::{Answer, Stage};

const BOUNDARY: &str = "----hosho-test-boundary";

/// A visitor with cookies.
pub(crate) struct Browser<'s> {
    stage: &'s Stage,
    pub(crate) cookies: BTreeMap<String, String>,
}

impl<'s> Browser<'s> {
    pub(crate) fn new(stage: &'s Stage) -> Self {
        Self { stage, cookies: BTreeMap::new() }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path), Body::empty()).await
    }

    /// The token of the forms on the first page.
    pub(crate) async fn token(&mut self) -> String {
        let page = self.get("/").await.text();
        token_in(&page)
    }

    /// Sends the form of the first page.
    pub(crate) async fn open(&mut self, fields: &[(&str, &str)]) -> Answer {
        self.open_with(fields, None).await
    }

    /// Sends the form of the first page with a file.
    pub(crate) async fn open_with(
        &mut self,
        fields: &[(&str, &str)],
        file: Option<(&str, &[u8])>,
    ) -> Answer {
        let token = self.token().await;
        let mut all = vec![("form_token", token.as_str())];
        all.extend_from_slice(fields);
        let request = Request::post("/open")
            .header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"))
            .header("sec-fetch-site", "same-origin");
        self.send(request, Body::from(multipart(&all, file))).await
    }

    /// Opens a certificate and returns the page that the redirect leads to.
    pub(crate) async fn visit(&mut self, number: &str, on: &str) -> Answer {
        let key = self.stage.key(number);
        let opened = self.open(&[("number", number), ("auth_key", &key), ("on", on)]).await;
        assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.text());
        let place = opened.header("location").to_owned();
        self.get(&place).await
    }

    /// Sends a form of the page at `from`.
    pub(crate) async fn post(&mut self, from: &str, to: &str, fields: &[(&str, &str)]) -> Answer {
        let page = self.get(from).await.text();
        let token = token_in(&page);
        let mut body = format!("form_token={token}");
        for (name, value) in fields {
            body = [&body, "&", name, "=", &escaped(value)].concat();
        }
        self.post_raw(to, body).await
    }

    /// Sends the form of an answer anew, also where the page does not show it any more.
    pub(crate) async fn post_again(&mut self, fields: &[(&str, &str)]) -> Answer {
        self.post("/certificate", "/certificate/answer", fields).await
    }

    pub(crate) async fn post_raw(&mut self, to: &str, body: String) -> Answer {
        let request = Request::post(to)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin");
        self.send(request, Body::from(body)).await
    }

    async fn send(&mut self, request: axum::http::request::Builder, body: Body) -> Answer {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = request.header("accept", "text/html");
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        let answer = self.stage.send(request.body(body).unwrap()).await;
        for set in answer.headers.get_all("set-cookie") {
            let pair = set.to_str().unwrap().split(';').next().unwrap();
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

/// Whether a request of this method reaches a handler at all.
pub(crate) async fn status_of(stage: &Stage, method: Method, path: &str) -> StatusCode {
    let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
    stage.send(request).await.status
}

pub(crate) fn token_in(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"form_token\" value=\"").expect("a form");
    rest.split('"').next().unwrap().to_owned()
}

fn multipart(fields: &[(&str, &str)], file: Option<(&str, &[u8])>) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend_from_slice(
            format!(
                "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            )
            .as_bytes(),
        );
    }
    if let Some((name, bytes)) = file {
        body.extend_from_slice(
            format!(
                "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
                 content-type: application/octet-stream\r\n\r\n"
            )
            .as_bytes(),
        );
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

fn escaped(text: &str) -> String {
    let spelled: Vec<String> = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
    spelled.concat()
}
