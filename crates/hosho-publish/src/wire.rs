//! How values are spelled in JSON: bytes in base64, locators in hexadecimal, times in seconds.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hosho::{Fingerprint, GuaranteeNumber, Locator, Revision, Text, UnixTime};
use serde::de::{Error as _, Unexpected};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The most bytes that a body of the worker can have (docs/services.md, section 6).
pub const MAX_BODY: usize = 32 * 1024 * 1024;

/// Bytes, in base64 with padding.
#[derive(Clone, Eq, PartialEq)]
pub struct Base64(pub Vec<u8>);

impl fmt::Debug for Base64 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Base64({} bytes)", self.0.len())
    }
}

impl Serialize for Base64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        STANDARD.decode(text.as_bytes()).map(Self).map_err(|_| D::Error::custom("no base64"))
    }
}

/// A revision with its bytes: `[REVISION, BYTES]`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SealedRevision(pub Spelling<Revision>, pub Base64);

/// A value of the format in its JSON form; reading goes through the value's own constructor.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Spelling<T>(pub T);

macro_rules! spelled_as_text {
    ($type:ty, $text:ident, $parse:expr, $show:expr) => {
        impl Serialize for Spelling<$type> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let show: fn(&$type) -> String = $show;
                serializer.serialize_str(&show(&self.0))
            }
        }

        impl<'de> Deserialize<'de> for Spelling<$type> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let $text = Cow::<'de, str>::deserialize(deserializer)?;
                let value: Option<$type> = $parse;
                value.map(Self).ok_or_else(|| {
                    D::Error::invalid_value(Unexpected::Other("text"), &stringify!($type))
                })
            }
        }
    };
}

spelled_as_text!(
    GuaranteeNumber<'static>,
    text,
    GuaranteeNumber::parse(text.into_owned()).ok(),
    |number| number.as_str().to_owned()
);
spelled_as_text!(Text<'static>, text, Text::parse(text.into_owned()).ok(), |text| text
    .as_str()
    .to_owned());
spelled_as_text!(Locator, text, from_hex(&text).map(Locator::from_bytes), |locator| to_hex(
    locator.as_bytes()
));

spelled_as_text!(
    Fingerprint,
    text,
    from_hex(&text).map(Fingerprint::from_bytes),
    ToString::to_string
);

macro_rules! spelled_as_number {
    ($type:ty, $int:ty, $parse:expr, $show:expr) => {
        impl Serialize for Spelling<$type> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let show: fn($type) -> $int = $show;
                show(self.0).serialize(serializer)
            }
        }

        impl<'de> Deserialize<'de> for Spelling<$type> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let number = <$int>::deserialize(deserializer)?;
                $parse(number).map(Self).map_err(|_| {
                    D::Error::invalid_value(Unexpected::Other("number"), &stringify!($type))
                })
            }
        }
    };
}

spelled_as_number!(Revision, u16, Revision::new, Revision::number);
spelled_as_number!(UnixTime, u64, UnixTime::from_seconds, UnixTime::seconds);

pub(crate) fn to_hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    let mut text = String::with_capacity(bytes.len().saturating_mul(2));
    for byte in bytes {
        // Writing to a String does not fail.
        let _written = write!(text, "{byte:02x}");
    }
    text
}

/// Reads exactly `N` bytes in hexadecimal digits of lower case.
pub(crate) fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != N || !rest.is_empty() {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, &[high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = nibble(high)? << 4 | nibble(low)?;
    }
    Some(bytes)
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => digit.checked_sub(b'0'),
        b'a'..=b'f' => digit.checked_sub(b'a' - 10),
        _ => None,
    }
}
