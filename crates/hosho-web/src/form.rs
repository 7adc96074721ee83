//! Forms that only our own pages can send (services.md section 6).
//!
//! A visitor's browser holds a random cookie. Each form carries a token derived from that cookie and
//! from the session's, so another site, which can read neither, cannot make one, and a form from
//! before a login does not count after it. Browsers also say where a form comes from.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use askama::filters::HtmlSafe;
use axum::body::Bytes;
use axum::extract::{Form, FromRequest, FromRequestParts, Multipart, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use hkdf::Hkdf;
use serde::de::DeserializeOwned;
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::context::Context;
use crate::cookie::{self, SetCookie, Transport};
use crate::problem::Problem;
use crate::random;

/// The name of the field that holds the token.
pub const TOKEN_FIELD: &str = "form_token";

const COOKIE: &str = "form";
const AGE: Duration = Duration::from_hours(12);
/// The most fields and files of one form.
const MOST_PARTS: usize = 512;

/// What the visitor's browser holds, and we derive tokens from.
pub(crate) struct FormSecret {
    bytes: Zeroizing<[u8; 32]>,
    fresh: bool,
    used: AtomicBool,
}

impl FormSecret {
    /// Reads the secret from the request's cookie, or makes one.
    pub(crate) fn of(headers: &HeaderMap, transport: Transport) -> Result<Self, Problem> {
        let held = cookie::read(headers, transport, COOKIE).and_then(random::read::<32>);
        let (bytes, fresh) = match held {
            Some(bytes) => (bytes, false),
            None => (random::random::<32>()?, true),
        };
        Ok(Self { bytes: Zeroizing::new(bytes), fresh, used: AtomicBool::new(false) })
    }

    /// Returns the cookie to be set, if a token was made from a secret that the browser lacks.
    pub(crate) fn to_cookie(&self, transport: Transport) -> Option<SetCookie> {
        let wanted = self.fresh && self.used.load(Ordering::Relaxed);
        wanted.then(|| {
            SetCookie::new(transport, COOKIE, &random::spell(self.bytes.as_slice()), Some(AGE))
        })
    }

    pub(crate) fn token(&self, session: Option<&str>) -> FormToken {
        self.used.store(true, Ordering::Relaxed);
        let mut token = [0; 32];
        let parts: [&[u8]; 2] = [b"hosho/v1/form/", session.unwrap_or_default().as_bytes()];
        // 32 bytes of key and of output are within the limits of HKDF-SHA-256.
        let key = Hkdf::<Sha256>::from_prk(self.bytes.as_slice());
        match key.map(|key| key.expand_multi_info(&parts, &mut token)) {
            Ok(Ok(())) => FormToken(random::spell(&token)),
            _ => FormToken(String::new()),
        }
    }
}

/// The token of this visitor's forms; shown as the hidden field that each form needs.
#[derive(Clone)]
pub struct FormToken(String);

impl FormToken {
    /// Returns the token itself, for a field that is written by hand.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn matches(&self, other: &str) -> bool {
        !self.0.is_empty() && bool::from(self.0.as_bytes().ct_eq(other.as_bytes()))
    }
}

impl std::fmt::Display for FormToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, r#"<input type="hidden" name="{TOKEN_FIELD}" value="{}">"#, self.0)
    }
}

// The token is from the alphabet of base64url.
impl HtmlSafe for FormToken {}

impl<S: Sync> FromRequestParts<S> for FormToken {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let context = parts.extensions.get::<Context>().ok_or_else(unhardened)?;
        Ok(context.form().token(context.session()))
    }
}

/// The fields of a form that one of our pages sent.
///
/// Fields that come more than once are read with `Checked<Vec<(String, String)>>`. A type of fields
/// must not refuse unknown ones: the token is among them.
#[derive(Clone, Debug)]
pub struct Checked<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Checked<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let token = FormToken::from_request_parts(&mut parts, state).await?;
        check_origin(&parts.headers)?;
        let bytes = Bytes::from_request(Request::from_parts(parts.clone(), body), state)
            .await
            .map_err(unreadable)?;
        let fields: Vec<(String, String)> = decode(&parts, &bytes, state).await?;
        if fields.len() > MOST_PARTS {
            return Err(Problem::too_large());
        }
        check_token(&token, &fields)?;
        check_text(&fields)?;
        Ok(Self(decode(&parts, &bytes, state).await?))
    }
}

/// A file that came with a form.
#[derive(Clone, Debug)]
pub struct UploadedFile {
    /// The field's name.
    pub field: String,
    /// The file's name, as the browser says.
    pub name: String,
    /// What is in it.
    pub bytes: Bytes,
}

/// The fields and files of a form that one of our pages sent as `multipart/form-data`.
///
/// The route needs [`Limits::UPLOAD`](crate::Limits::UPLOAD). Fields without a file are left out.
#[derive(Clone, Debug)]
pub struct CheckedUpload {
    /// The fields in their order.
    pub fields: Vec<(String, String)>,
    /// The files in their order.
    pub files: Vec<UploadedFile>,
}

impl CheckedUpload {
    /// Returns the first field of that name.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// Returns the first file of that name.
    pub fn file(&self, name: &str) -> Option<&UploadedFile> {
        self.files.iter().find(|file| file.field == name)
    }
}

impl<S: Send + Sync> FromRequest<S> for CheckedUpload {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let token = FormToken::from_request_parts(&mut parts, state).await?;
        check_origin(&parts.headers)?;
        let request = Request::from_parts(parts, body);
        let mut multipart = Multipart::from_request(request, state).await.map_err(unreadable)?;
        let mut upload = Self { fields: Vec::new(), files: Vec::new() };
        while let Some(part) = multipart.next_field().await.map_err(unreadable)? {
            if upload.fields.len() + upload.files.len() >= MOST_PARTS {
                return Err(Problem::too_large());
            }
            let field = part.name().unwrap_or_default().to_owned();
            match part.file_name().map(str::to_owned) {
                None => upload.fields.push((field, part.text().await.map_err(unreadable)?)),
                Some(name) => {
                    let bytes = part.bytes().await.map_err(unreadable)?;
                    if !(name.is_empty() && bytes.is_empty()) {
                        upload.files.push(UploadedFile { field, name, bytes });
                    }
                }
            }
        }
        check_token(&token, &upload.fields)?;
        check_text(&upload.fields)?;
        Ok(upload)
    }
}

async fn decode<T: DeserializeOwned, S: Send + Sync>(
    parts: &Parts,
    bytes: &Bytes,
    state: &S,
) -> Result<T, Problem> {
    let request = Request::from_parts(parts.clone(), bytes.clone().into());
    Form::from_request(request, state).await.map(|Form(fields)| fields).map_err(unreadable)
}

fn check_token(token: &FormToken, fields: &[(String, String)]) -> Result<(), Problem> {
    let mut sent = fields.iter().filter(|(name, _)| name == TOKEN_FIELD);
    match (sent.next(), sent.next()) {
        (Some((_, value)), None) if token.matches(value) => Ok(()),
        _ => Err(Problem::form()),
    }
}

/// Refuses what nobody types and `PostgreSQL` cannot store in a text: it would fail there as if the
/// database were away.
fn check_text(fields: &[(String, String)]) -> Result<(), Problem> {
    if fields.iter().any(|(name, value)| name.contains('\0') || value.contains('\0')) {
        return Err(unreadable("a field holds U+0000"));
    }
    Ok(())
}

/// Refuses a form that the browser says comes from elsewhere.
///
/// Pages are sent with `referrer-policy: no-referrer`, so the `Origin` of our own forms is `null` in
/// browsers that follow the Fetch standard: `Sec-Fetch-Site` decides where it is given.
fn check_origin(headers: &HeaderMap) -> Result<(), Problem> {
    if let Some(site) = headers.get("sec-fetch-site") {
        return if site == "same-origin" { Ok(()) } else { Err(Problem::form()) };
    }
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    match text(header::ORIGIN) {
        None | Some("null") => Ok(()),
        Some(origin) => {
            let host = origin.split_once("://").map(|(_, host)| host);
            if host.is_some() && host == text(header::HOST) { Ok(()) } else { Err(Problem::form()) }
        }
    }
}

fn unreadable(cause: impl std::fmt::Display) -> Problem {
    Problem::input(
        "送信された内容を読み取れません。ページを開き直して、もう一度送信してください。",
        "What was sent cannot be read. Load the page again and send the form once more.",
    )
    .because(cause)
}

pub(crate) fn unhardened() -> Problem {
    Problem::internal("the router is not hardened")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| ((*name).parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    fn code(pairs: &[(&'static str, &str)]) -> Option<&'static str> {
        check_origin(&headers(pairs)).err().map(|problem| problem.code())
    }

    fn secret() -> FormSecret {
        FormSecret::of(&HeaderMap::new(), Transport::Tls).unwrap()
    }

    #[test]
    fn believes_the_browser_about_where_a_form_comes_from() {
        assert_eq!(code(&[("sec-fetch-site", "same-origin"), ("origin", "null")]), None);
        for site in ["cross-site", "same-site", "none", ""] {
            assert_eq!(code(&[("sec-fetch-site", site)]), Some("E10-FORM"), "{site}");
        }
    }

    #[test]
    fn compares_the_origin_with_the_host_for_older_browsers() {
        let host = ("host", "confirm.example:8443");
        assert_eq!(code(&[host, ("origin", "https://confirm.example:8443")]), None);
        assert_eq!(code(&[host, ("origin", "null")]), None);
        assert_eq!(code(&[host]), None);
        let others =
            ["https://confirm.example", "https://evil.example:8443", "confirm.example:8443"];
        for other in others {
            assert_eq!(code(&[host, ("origin", other)]), Some("E10-FORM"), "{other}");
        }
        assert_eq!(code(&[("origin", "https://confirm.example:8443")]), Some("E10-FORM"));
    }

    #[test]
    fn a_token_counts_for_its_browser_and_session_only() {
        let (one, other) = (secret(), secret());
        let token = one.token(Some("session"));
        assert!(token.matches(one.token(Some("session")).as_str()));
        assert!(!token.matches(one.token(None).as_str()));
        assert!(!token.matches(one.token(Some("renewed")).as_str()));
        assert!(!token.matches(other.token(Some("session")).as_str()));
        assert!(!token.matches(""));
    }

    #[test]
    fn a_form_with_two_tokens_is_refused() {
        let token = secret().token(None);
        let field = (TOKEN_FIELD.to_owned(), token.as_str().to_owned());
        assert!(check_token(&token, std::slice::from_ref(&field)).is_ok());
        let twice = check_token(&token, &[field.clone(), field]).unwrap_err();
        assert_eq!(twice.code(), "E10-FORM");
    }

    #[test]
    fn a_cookie_is_set_once_a_token_was_made_from_a_new_secret() {
        let fresh = secret();
        assert!(fresh.to_cookie(Transport::Tls).is_none());
        let token = fresh.token(None);
        let cookie = fresh.to_cookie(Transport::Tls).unwrap().into_value();
        let line = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
        let held = FormSecret::of(&headers(&[("cookie", &line)]), Transport::Tls).unwrap();
        assert!(held.token(None).matches(token.as_str()));
        assert!(held.to_cookie(Transport::Tls).is_none());
    }
}
