//! Where a service is, as a configuration names it.

use std::net::IpAddr;

use ureq::http::Uri;

/// The address of a service.
///
/// Invariant: `https`, or `http` to this machine itself; a host and perhaps a port, and nothing
/// after them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Address(String);

impl Address {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.strip_suffix('/').unwrap_or(text);
        let uri: Uri = text.parse().ok()?;
        let authority = uri.authority()?;
        let is_bare = matches!(uri.path(), "" | "/") && uri.query().is_none();
        let is_private = match uri.scheme_str()? {
            "https" => true,
            "http" => is_this_machine(authority.host()),
            _ => false,
        };
        let fits =
            is_bare && is_private && !authority.as_str().contains('@') && !text.contains('#');
        fits.then(|| Self(text.to_owned()))
    }

    /// Returns the address of a path.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
}

fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_tls_or_this_machine() {
        for (text, found) in [
            ("https://confirm.example", Some("https://confirm.example/p")),
            ("https://confirm.example:8443/", Some("https://confirm.example:8443/p")),
            ("http://127.0.0.1:8080", Some("http://127.0.0.1:8080/p")),
            ("http://[::1]:8080", Some("http://[::1]:8080/p")),
            ("http://localhost:8080", Some("http://localhost:8080/p")),
            ("http://confirm.example", None),
            ("http://127.0.0.1.example", None),
            ("http://localhost.example", None),
            ("ftp://127.0.0.1", None),
            ("https://confirm.example/path", None),
            ("https://confirm.example?query", None),
            ("https://user:password@confirm.example", None),
            ("confirm.example", None),
            ("https://", None),
            ("", None),
        ] {
            let address = Address::parse(text).map(|address| address.at("/p"));
            assert_eq!(address.as_deref(), found, "{text}");
        }
    }
}
