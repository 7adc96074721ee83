//! Where a request comes from (services.md section 6).

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;

use crate::context::Context;

/// A source of requests, as limits count them: an IPv4 address, or a /64 of IPv6.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Source(IpAddr);

impl Source {
    /// The source of a request that came over no socket.
    pub const UNKNOWN: Self = Self(IpAddr::V4(Ipv4Addr::UNSPECIFIED));

    /// Returns the source that an address belongs to.
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Self(IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0)))
            }
            address @ IpAddr::V4(_) => Self(address),
        }
    }

    /// Returns the source that a proxy names: the last entry of `X-Forwarded-For`, which is the
    /// proxy's own; all before it are the client's words.
    pub(crate) fn forwarded(headers: &HeaderMap) -> Option<Self> {
        let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
        let entry = last.rsplit(',').next()?.trim();
        // Some proxies name the port as well.
        if let Ok(address) = entry.parse::<SocketAddr>() {
            return Some(Self::of(address.ip()));
        }
        let address = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        address.unwrap_or(entry).parse().ok().map(Self::of)
    }

    /// Returns the bytes of the address.
    pub(crate) fn to_bytes(self) -> [u8; 16] {
        match self.0 {
            IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
            IpAddr::V6(address) => address.octets(),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Source {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Context>().map_or(Self::UNKNOWN, Context::source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forwarded(values: &[&str]) -> Option<Source> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        Source::forwarded(&headers)
    }

    fn of(address: &str) -> Source {
        Source::of(address.parse().unwrap())
    }

    #[test]
    fn takes_a_64_of_ipv6_for_one_source() {
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
    }

    #[test]
    fn takes_an_ipv4_address_in_ipv6_for_itself() {
        assert_eq!(of("::ffff:192.0.2.7"), of("192.0.2.7"));
        assert_ne!(of("::ffff:192.0.2.7"), of("192.0.2.8"));
    }

    #[test]
    fn believes_the_last_entry_of_the_last_header_only() {
        assert_eq!(forwarded(&["203.0.113.9, 192.0.2.7"]), Some(of("192.0.2.7")));
        assert_eq!(forwarded(&["203.0.113.9", "198.51.100.1"]), Some(of("198.51.100.1")));
        assert_eq!(forwarded(&["[2001:db8::1]:443"]), Some(of("2001:db8::1")));
        assert_eq!(forwarded(&["[2001:db8::1]"]), Some(of("2001:db8::1")));
        assert_eq!(forwarded(&["192.0.2.7:51234"]), Some(of("192.0.2.7")));
        assert_eq!(forwarded(&["203.0.113.9, unknown"]), None);
        assert_eq!(forwarded(&[]), None);
    }
}
