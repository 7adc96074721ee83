//! `TSTInfo` (RFC 3161 section 2.4.2).

use der::asn1::{AnyRef, ContextSpecific, ObjectIdentifier, OctetStringRef};
use der::{Decode as _, Reader as _, Tag, TagNumber, Tagged as _};
use x509_cert::ext::Extensions;

use crate::error::TimestampError;

const SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");

/// `[1] IMPLICIT Extensions`.
const EXTENSIONS: Tag = Tag::ContextSpecific { constructed: true, number: TagNumber::N1 };

/// What the authority signs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Content {
    pub(crate) imprint: [u8; 32],
    /// Since 1970; a fraction is rounded up, so that nothing is proved too early.
    pub(crate) seconds: u64,
}

impl Content {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, TimestampError> {
        let whole = AnyRef::from_der(bytes).map_err(|_| TimestampError::Form)?;
        let (imprint, seconds) = whole.sequence(fields).map_err(|_| TimestampError::Form)?;
        let (Some(imprint), Some(seconds)) = (imprint, seconds) else {
            return Err(TimestampError::Form);
        };
        Ok(Self { imprint, seconds })
    }
}

type Fields = (Option<[u8; 32]>, Option<u64>);

fn fields(reader: &mut der::SliceReader<'_>) -> der::Result<Fields> {
    let version = u8::decode(reader)?;
    let _policy = ObjectIdentifier::decode(reader)?;
    let imprint = AnyRef::decode(reader)?.sequence(imprint)?;
    let serial = AnyRef::decode(reader)?;
    let time = AnyRef::decode(reader)?;
    let mut critical = false;
    while !reader.is_finished() {
        if reader.peek_tag()? != EXTENSIONS {
            // Accuracy, ordering, nonce and the authority's name decide nothing.
            AnyRef::decode(reader)?;
            continue;
        }
        let extensions = ContextSpecific::<Extensions>::decode_implicit(reader, TagNumber::N1)?;
        let mut extensions = extensions.iter().flat_map(|extensions| &extensions.value);
        critical |= extensions.any(|extension| extension.critical);
    }
    let well_formed = version == 1
        && serial.tag() == Tag::Integer
        && time.tag() == Tag::GeneralizedTime
        && !critical;
    if !well_formed {
        return Ok((None, None));
    }
    Ok((imprint, seconds(time.value())))
}

fn imprint(reader: &mut der::SliceReader<'_>) -> der::Result<Option<[u8; 32]>> {
    let algorithm = x509_cert::spki::AlgorithmIdentifierOwned::decode(reader)?;
    let hash = OctetStringRef::decode(reader)?;
    let bare = algorithm.parameters.is_none_or(|parameters| parameters.is_null());
    let hash = <[u8; 32]>::try_from(hash.as_bytes()).ok();
    Ok(hash.filter(|_| algorithm.oid == SHA_256 && bare))
}

/// Reads `YYYYMMDDhhmmss[.f…]Z`, whose fraction does not end in a zero.
fn seconds(text: &[u8]) -> Option<u64> {
    let text = text.strip_suffix(b"Z")?;
    let (whole, fraction) = text.split_at_checked(14)?;
    let rounded = match fraction {
        [] => 0,
        [b'.', digits @ ..] => {
            let last = digits.last()?;
            (digits.iter().all(u8::is_ascii_digit) && *last != b'0').then_some(1)?
        }
        _ => return None,
    };
    let mut bare = whole.to_vec();
    bare.push(b'Z');
    let length = u8::try_from(bare.len()).ok()?;
    let mut encoded = vec![0x18, length];
    encoded.extend_from_slice(&bare);
    let time = der::asn1::GeneralizedTime::from_der(&encoded).ok()?;
    time.to_unix_duration().as_secs().checked_add(rounded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_one_spelling_and_its_fraction_counts_as_a_second() {
        assert_eq!(seconds(b"19700101000000Z"), Some(0));
        assert_eq!(seconds(b"20261122030405Z"), Some(1_795_316_645));
        assert_eq!(seconds(b"20261122030405.5Z"), Some(1_795_316_646));
        assert_eq!(seconds(b"20261122030405.001Z"), Some(1_795_316_646));
        for text in [
            &b"20261122030405"[..],
            b"20261122030405.Z",
            b"20261122030405.50Z",
            b"20261122030405,5Z",
            b"20261122030405.aZ",
            b"202611220304Z",
            b"20261322030405Z",
            b"20261122030405+0900",
            b"",
        ] {
            assert_eq!(seconds(text), None, "{}", String::from_utf8_lossy(text));
        }
    }
}
