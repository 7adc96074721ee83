//! Refusals: a problem document (RFC 9457) for programs, a page for people.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::lang::Lang;

/// A refusal with a stable code (services.md section 9), what happened and the next step in both
/// languages. What is only for the log never reaches the caller.
#[derive(Clone, Debug)]
pub struct Problem(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    status: StatusCode,
    code: &'static str,
    ja: Cow<'static, str>,
    en: Cow<'static, str>,
    fields: Vec<FieldProblem>,
    retry_after: Option<u64>,
    closing: bool,
    cause: Option<String>,
}

/// What is wrong with one field of a form or an object.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FieldProblem {
    /// The field's name, which is also the id of its element on the page.
    pub field: Cow<'static, str>,
    /// What is wrong and how to put it right, in Japanese.
    pub ja: Cow<'static, str>,
    /// The same in English.
    pub en: Cow<'static, str>,
}

impl FieldProblem {
    /// Returns the message in a language.
    pub fn message(&self, lang: Lang) -> &str {
        lang.pick(&self.ja, &self.en)
    }
}

impl Problem {
    /// Returns a problem; the texts say what happened and what to do next.
    pub fn new(
        status: StatusCode,
        code: &'static str,
        ja: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self(Box::new(Inner {
            status,
            code,
            ja: ja.into(),
            en: en.into(),
            fields: Vec::new(),
            retry_after: None,
            closing: false,
            cause: None,
        }))
    }

    /// E10-INPUT: something that was sent cannot be understood.
    pub fn input(ja: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "E10-INPUT", ja, en)
    }

    /// E10-NOT-FOUND: no such page or object, or not this person's.
    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "E10-NOT-FOUND",
            "ページが見つかりません。アドレスを確かめるか、最初のページからお進みください。",
            "There is no such page. Check the address, or start from the first page.",
        )
    }

    /// E10-FORBIDDEN: this person may not do it.
    pub fn forbidden() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "E10-FORBIDDEN",
            "この操作の権限がありません。権限のある担当者にご依頼ください。",
            "You may not do this. Ask somebody who may.",
        )
    }

    /// E10-FORM: the token of a form is missing or old.
    pub fn form() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "E10-FORM",
            "ページの有効期限が切れています。ページを開き直して、もう一度送信してください。",
            "This page is out of date. Load it again and send the form once more.",
        )
    }

    /// E10-LOGIN: who asks has to log in (again).
    pub fn login() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "E10-LOGIN",
            "ログインが必要です。ログインしてからもう一度お試しください。",
            "You are not logged in. Log in and try again.",
        )
    }

    /// E10-SLOW: too many tries; `wait` says how long to wait.
    pub fn slow(wait: Duration) -> Self {
        let seconds = wait.as_secs().max(1);
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "E10-SLOW",
            format!(
                "お試しの回数が多いため、{seconds} 秒ほどお待ちのうえ、もう一度お試しください。"
            ),
            format!("There were many tries. Wait {seconds} seconds and try again."),
        )
        .retry_after(wait)
    }

    /// E10-TOO-LARGE: the request is larger than its kind may be.
    pub fn too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "E10-TOO-LARGE",
            "送信されたデータが大きすぎます。ファイルの大きさを確かめてください。",
            "What was sent is too large. Check the size of the file.",
        )
    }

    /// E10-TIMEOUT: the request did not arrive in time.
    pub fn timeout() -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "E10-TIMEOUT",
            "データの送信に時間がかかりすぎました。通信の状態を確かめて、もう一度お試しください。",
            "The request took too long to arrive. Check the connection and try again.",
        )
    }

    /// E10-TIMEOUT: the service did not answer in time.
    pub fn overloaded() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "E10-TIMEOUT",
            "ただいま混み合っています。しばらくしてからもう一度お試しください。",
            "The service is busy. Try again in a while.",
        )
        .retry_after(Duration::from_secs(10))
    }

    /// E10-AWAY: what the service needs does not answer; `cause` is for the log, and holds no secret.
    pub fn away(cause: impl std::fmt::Display) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "E10-AWAY",
            "ただいまサービスを利用できません。しばらくしてから、登録されたかどうかを確かめたうえで、\
             もう一度お試しください。",
            "The service cannot be used right now. In a while, look whether it was stored, and try again.",
        )
        .retry_after(Duration::from_secs(10))
        .because(cause)
    }

    /// E10-INTERNAL: a fault of the service; `cause` is for the log, and holds no secret.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "E10-INTERNAL",
            "サービス側で問題が発生しました。時間をおいてもう一度お試しください。\
             続くときは、受付番号を添えてお問い合わせください。",
            "Something went wrong in the service. Try again later; if it goes on, tell us the \
             request number.",
        )
        .because(cause)
    }

    /// Adds what is wrong with a field.
    #[must_use]
    pub fn field(
        mut self,
        field: impl Into<Cow<'static, str>>,
        ja: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.0.fields.push(FieldProblem { field: field.into(), ja: ja.into(), en: en.into() });
        self
    }

    /// Adds how long to wait before the next try, in whole seconds, one at least.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait.as_millis().div_ceil(1000).try_into().unwrap_or(1).max(1));
        self
    }

    /// Adds what only the log tells.
    #[must_use]
    pub fn because(mut self, cause: impl std::fmt::Display) -> Self {
        self.0.cause = Some(cause.to_string());
        self
    }

    /// Closes the connection afterwards: the rest of the request is not read.
    #[must_use]
    pub(crate) fn closing(mut self) -> Self {
        self.0.closing = true;
        self
    }

    /// Returns the status.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// Returns the code.
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// Returns what happened and the next step.
    pub fn message(&self, lang: Lang) -> &str {
        lang.pick(&self.0.ja, &self.0.en)
    }

    /// Returns what is wrong with which fields.
    pub fn fields(&self) -> &[FieldProblem] {
        &self.0.fields
    }

    pub(crate) fn cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }

    /// Returns the problem document.
    pub fn to_json(&self, lang: Lang) -> Value {
        let mut document = json!({
            "type": "about:blank",
            "title": self.0.status.canonical_reason().unwrap_or("Error"),
            "status": self.0.status.as_u16(),
            "code": self.0.code,
            "detail": self.message(lang),
        });
        if let (false, Value::Object(members)) = (self.0.fields.is_empty(), &mut document) {
            let fields = self
                .0
                .fields
                .iter()
                .map(|field| json!({ "field": field.field, "message": field.message(lang) }));
            members.insert("errors".to_owned(), fields.collect());
        }
        document
    }

    /// Returns the response for programs.
    pub(crate) fn to_document(&self, lang: Lang) -> Response {
        let kind = HeaderValue::from_static("application/problem+json");
        let body = self.to_json(lang).to_string();
        self.complete((self.0.status, [(header::CONTENT_TYPE, kind)], body).into_response())
    }

    /// Adds to a response what the problem says in headers.
    pub(crate) fn complete(&self, mut response: Response) -> Response {
        if let Some(seconds) = self.0.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.0.closing {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.0.code, self.0.en)
    }
}

impl std::error::Error for Problem {}

/// What hardening finds in a response that is a problem.
#[derive(Clone)]
pub(crate) struct Told(pub(crate) Arc<Problem>);

impl IntoResponse for Problem {
    /// The document in English; hardening puts the visitor's language, or a page, in its place.
    fn into_response(self) -> Response {
        let mut response = self.to_document(Lang::En);
        response.extensions_mut().insert(Told(Arc::new(self)));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_code_and_never_the_cause() {
        let problem = Problem::internal("the disk is full");
        let document = problem.to_json(Lang::En);
        assert_eq!(document["code"], "E10-INTERNAL");
        assert_eq!(document["status"], 500);
        assert!(!document.to_string().contains("disk"));
        assert_eq!(problem.cause(), Some("the disk is full"));
    }

    #[test]
    fn lists_the_fields_in_the_language_asked_for() {
        let problem = Problem::input("入力を確かめてください。", "Check what you entered.").field(
            "amount",
            "金額は数字で入力してください。",
            "Enter the amount in digits.",
        );
        let document = problem.to_json(Lang::Ja);
        assert_eq!(document["detail"], "入力を確かめてください。");
        assert_eq!(document["errors"][0]["field"], "amount");
        assert_eq!(document["errors"][0]["message"], "金額は数字で入力してください。");
    }

    #[test]
    fn says_in_whole_seconds_when_to_try_again() {
        let response = Problem::slow(Duration::from_millis(2_300)).into_response();
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(response.headers()[header::RETRY_AFTER], "3");
    }
}
