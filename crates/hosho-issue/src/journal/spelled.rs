//! How values are written in the journal's records: as text, read back by their own constructors.

use std::fmt::Display;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hosho::{
    Date, Epoch, Fingerprint, GuaranteeNumber, GuarantorId, KeyId, ListNumber, Revision, Sequence,
    Serial, StatusIndex, UnixTime,
};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A value that has one spelling as text.
pub(crate) trait Spelled: Sized {
    fn spell(&self) -> String;
    fn read(text: &str) -> Option<Self>;
}

pub(crate) fn serialize<T: Spelled, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    value.spell().serialize(to)
}

pub(crate) fn deserialize<'de, T: Spelled, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    let text = String::deserialize(from)?;
    T::read(&text).ok_or_else(|| D::Error::custom("not well formed"))
}

/// The same for a value that may be missing.
pub(crate) mod optional {
    use serde::{Deserializer, Serializer};

    use super::Spelled;

    #[expect(clippy::ref_option, reason = "serde gives the field by reference")]
    pub(crate) fn serialize<T: Spelled, S: Serializer>(
        value: &Option<T>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => super::serialize(value, to),
            None => to.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, T: Spelled, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<T>, D::Error> {
        super::deserialize(from).map(Some)
    }
}

macro_rules! spelled {
    ($($name:ty, $text:ident => $read:expr;)*) => {$(
        impl Spelled for $name {
            fn spell(&self) -> String {
                shown(self)
            }

            fn read($text: &str) -> Option<Self> {
                $read
            }
        }
    )*};
}

spelled! {
    Date, text => Self::parse(text).ok();
    Epoch, text => Self::new(number(text)?).ok();
    Fingerprint, text => Some(Self::from_bytes(from_hex(text)?));
    GuaranteeNumber<'static>, text => GuaranteeNumber::parse(text.to_owned()).ok();
    GuarantorId<'static>, text => GuarantorId::parse(text.to_owned()).ok();
    KeyId, text => Self::parse(text).ok();
    ListNumber, text => Self::new(number(text)?).ok();
    Revision, text => Self::new(number(text)?).ok();
    Sequence, text => Self::new(number(text)?).ok();
    Serial, text => Self::new(number(text)?).ok();
    StatusIndex, text => Self::new(number(text)?).ok();
    UnixTime, text => Self::parse(text).ok().filter(|time| shown(time) == text);
}

impl<const N: usize> Spelled for [u8; N] {
    fn spell(&self) -> String {
        to_hex(self)
    }

    fn read(text: &str) -> Option<Self> {
        from_hex(text)
    }
}

impl Spelled for Vec<Fingerprint> {
    fn spell(&self) -> String {
        self.iter().map(Spelled::spell).collect::<Vec<_>>().join(" ")
    }

    fn read(text: &str) -> Option<Self> {
        text.split(' ').map(Fingerprint::read).collect()
    }
}

impl Spelled for Vec<u8> {
    fn spell(&self) -> String {
        BASE64_STANDARD.encode(self)
    }

    fn read(text: &str) -> Option<Self> {
        BASE64_STANDARD.decode(text).ok()
    }
}

/// Returns the bytes as hexadecimal digits in lower case.
///
/// The text never moves while it grows, so the caller can wipe the only copy of a secret.
pub(crate) fn to_hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len() + 1);
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(u32::from(digit), 16));
        }
    }
    text
}

/// Reads exactly `N` bytes from hexadecimal digits in lower case.
pub(crate) fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    fill_from_hex(text, &mut bytes).map(|()| bytes)
}

/// Fills `bytes` from twice as many hexadecimal digits in lower case, so that a secret comes to
/// stand in one place only.
pub(crate) fn fill_from_hex(text: &str, bytes: &mut [u8]) -> Option<()> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != bytes.len() || !rest.is_empty() {
        return None;
    }
    for (byte, &[high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = nibble(high)? << 4 | nibble(low)?;
    }
    Some(())
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

// Digits without sign and leading zeros, so that a number has one spelling.
fn number<T: std::str::FromStr + Display>(text: &str) -> Option<T> {
    text.parse().ok().filter(|number| shown(number) == text)
}

fn shown(value: &impl Display) -> String {
    value.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_back_what_it_wrote() {
        assert_eq!(<[u8; 3]>::read(&[0_u8, 0x9f, 0xff].spell()), Some([0, 0x9f, 0xff]));
        assert_eq!(Vec::read(&vec![1_u8, 2].spell()), Some(vec![1, 2]));
        let time = UnixTime::parse("2026-11-22T03:04:05Z").unwrap();
        assert_eq!(UnixTime::read(&time.spell()), Some(time));
    }

    #[test]
    fn refuses_a_second_spelling() {
        assert_eq!(from_hex::<1>("0A"), None);
        assert_eq!(from_hex::<1>("0a0"), None);
        assert_eq!(Revision::read("+1"), None);
        assert_eq!(Revision::read("01"), None);
        assert_eq!(UnixTime::read("1795316645"), None);
    }
}
