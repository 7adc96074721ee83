//! Cookies (services.md section 6): `SameSite=Strict`, `HttpOnly`, and over TLS `Secure` with the
//! prefix `__Host-`, so that no other host and no plain connection can set them.

use std::convert::Infallible;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponseParts, ResponseParts};

/// How visitors reach the service, which decides about cookies and `strict-transport-security`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Transport {
    /// Plain HTTP on this machine only.
    Loopback,
    /// TLS, by the service itself or by the proxy before it.
    Tls,
}

/// A cookie to be set, as part of a response.
#[derive(Clone, Debug)]
pub struct SetCookie(HeaderValue);

impl SetCookie {
    /// Sets a cookie that lives as long as the browser, or for `age`.
    ///
    /// `value` is from the alphabet of base64url; anything else becomes an empty cookie.
    pub(crate) fn new(
        transport: Transport,
        name: &str,
        value: &str,
        age: Option<Duration>,
    ) -> Self {
        let name = full_name(transport, name);
        let secure = match transport {
            Transport::Loopback => "",
            Transport::Tls => "; Secure",
        };
        let age = age.map_or_else(String::new, |age| format!("; Max-Age={}", age.as_secs()));
        let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{age}");
        Self(HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("")))
    }

    /// Takes a cookie away.
    pub(crate) fn remove(transport: Transport, name: &str) -> Self {
        Self::new(transport, name, "", Some(Duration::ZERO))
    }

    pub(crate) fn into_value(self) -> HeaderValue {
        self.0
    }
}

impl IntoResponseParts for SetCookie {
    type Error = Infallible;

    fn into_response_parts(self, mut response: ResponseParts) -> Result<ResponseParts, Infallible> {
        response.headers_mut().append(header::SET_COOKIE, self.0);
        Ok(response)
    }
}

/// Returns the value of a cookie, if the request has exactly one of that name.
pub(crate) fn read<'a>(
    headers: &'a HeaderMap,
    transport: Transport,
    name: &str,
) -> Option<&'a str> {
    let name = full_name(transport, name);
    let mut values = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(found, _)| *found == name)
        .map(|(_, value)| value);
    let value = values.next()?;
    values.next().is_none().then_some(value)
}

fn full_name(transport: Transport, name: &str) -> String {
    match transport {
        Transport::Loopback => name.to_owned(),
        Transport::Tls => format!("__Host-{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[&str]) -> HeaderMap {
        lines.iter().map(|line| (header::COOKIE, line.parse().unwrap())).collect()
    }

    #[test]
    fn a_cookie_over_tls_is_secure_and_bound_to_the_host() {
        let cookie = SetCookie::new(Transport::Tls, "session", "abc", None);
        assert_eq!(cookie.0, "__Host-session=abc; Path=/; HttpOnly; SameSite=Strict; Secure");
        let gone = SetCookie::remove(Transport::Loopback, "session");
        assert_eq!(gone.0, "session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
    }

    #[test]
    fn a_cookie_is_read_by_its_whole_name() {
        let sent = headers(&["a=1; __Host-session=abc; xsession=2"]);
        assert_eq!(read(&sent, Transport::Tls, "session"), Some("abc"));
        assert_eq!(read(&sent, Transport::Loopback, "session"), None);
    }

    #[test]
    fn two_cookies_of_one_name_are_none() {
        assert_eq!(read(&headers(&["lang=ja; lang=en"]), Transport::Loopback, "lang"), None);
        assert_eq!(read(&headers(&["lang=ja", "lang=en"]), Transport::Loopback, "lang"), None);
    }
}
