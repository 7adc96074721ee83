use alloc::vec::Vec;

use super::{Content, KeyEntry, KeyRole, KeyState, RootSet, TrustError};
use crate::attestation::Attestation;
use crate::cbor::Reader;
use crate::certificate::decode::{fingerprint, guarantor_id, text, time, uint, version};
use crate::counter::Sequence;
use crate::error::{ParseError, ParseErrorKind as Kind};
use crate::fingerprint::KeyId;
use crate::keys::{PublicKey, parse_cose_key};

const MAX_KEYS: u64 = 256;
const MAX_ATTESTATIONS: u64 = 64;

pub(super) fn content(payload: &[u8], base: usize) -> Result<Content, TrustError> {
    let mut reader = Reader::new(payload, base);
    let r = &mut reader;
    let mut map = r.map()?;
    map.required(r, 1)?;
    version(r)?;
    map.required(r, 2)?;
    let guarantor_id = guarantor_id(r)?.into_owned();
    map.required(r, 3)?;
    let sequence = uint(r, Sequence::from_uint)?;
    map.required(r, 4)?;
    let issued_at = time(r)?;
    let next_update_at = r.offset();
    map.required(r, 5)?;
    let next_update = time(r)?;
    if issued_at >= next_update {
        return Err(TrustError::Window { offset: next_update_at });
    }
    map.required(r, 6)?;
    let keys = rising(r, MAX_KEYS, key_entry, |entry| entry.key.key_id())?;
    map.required(r, 7)?;
    let roots_at = r.offset();
    let roots = root_set(r)?;
    if keys.iter().any(|entry| roots.keys.contains(&entry.key)) {
        return Err(TrustError::Roots { offset: Some(roots_at) });
    }
    let attestations = if map.optional(r, 8)? {
        let offset = r.offset();
        let attestations = rising(r, MAX_ATTESTATIONS, attestation, |item| item.key_id)?;
        if !attestations.iter().all(|item| names_compromised(item, &keys)) {
            return Err(TrustError::Attestation { offset });
        }
        attestations
    } else {
        Vec::new()
    };
    let previous = if map.optional(r, 9)? { Some(fingerprint(r)?) } else { None };
    map.finish(r)?;
    if previous.is_some() == (sequence == Sequence::FIRST) {
        return Err(TrustError::Sequence);
    }
    reader.finish()?;
    Ok(Content {
        guarantor_id,
        sequence,
        issued_at,
        next_update,
        keys,
        roots,
        attestations,
        previous,
    })
}

/// Reads an array of 1 to `max` items whose names rise strictly (R-TRUST-1).
fn rising<'a, T>(
    r: &mut Reader<'a>,
    max: u64,
    read: impl Fn(&mut Reader<'a>) -> Result<T, TrustError>,
    name: impl Fn(&T) -> KeyId,
) -> Result<Vec<T>, TrustError> {
    let offset = r.offset();
    let count = r.array()?;
    if count == 0 || count > max {
        return Err(ParseError::at(Kind::Length, offset).into());
    }
    let mut items = Vec::new();
    for _ in 0..count {
        let at = r.offset();
        let item = read(r)?;
        if items.last().is_some_and(|last| name(last) >= name(&item)) {
            return Err(TrustError::Order { offset: at });
        }
        items.push(item);
    }
    Ok(items)
}

fn public_key(r: &mut Reader<'_>) -> Result<PublicKey, TrustError> {
    let offset = r.offset();
    PublicKey::from_bytes(parse_cose_key(r)?).map_err(|_| TrustError::Key { offset })
}

fn key_entry(r: &mut Reader<'_>) -> Result<KeyEntry, TrustError> {
    let start = r.offset();
    let wrong = TrustError::Entry { offset: Some(start) };
    let mut map = r.map()?;
    map.required(r, 1)?;
    let key = public_key(r)?;
    map.required(r, 2)?;
    let role = match r.uint()? {
        1 => KeyRole::Certificate,
        2 => KeyRole::Status,
        3 => KeyRole::Publish,
        _ => return Err(wrong),
    };
    map.required(r, 3)?;
    let not_before = time(r)?;
    map.required(r, 4)?;
    let not_after = time(r)?;
    if not_before >= not_after {
        return Err(TrustError::Window { offset: start });
    }
    map.required(r, 5)?;
    let state = r.uint()?;
    let fate = if map.optional(r, 6)? {
        r.array_of(2)?;
        Some((time(r)?, text(r)?.into_owned()))
    } else {
        None
    };
    map.finish(r)?;
    let state = match (state, fate) {
        (1, None) => KeyState::Active,
        (2, Some((since, reason))) => KeyState::Retired { since, reason },
        (3, Some((since, reason))) => KeyState::Compromised { since, reason },
        _ => return Err(wrong),
    };
    Ok(KeyEntry { key, role, not_before, not_after, state })
}

fn root_set(r: &mut Reader<'_>) -> Result<RootSet, TrustError> {
    let start = r.offset();
    let wrong = TrustError::Roots { offset: Some(start) };
    r.array_of(2)?;
    let threshold = u8::try_from(r.uint()?).unwrap_or(u8::MAX);
    let count = r.array()?;
    if !(3..=8).contains(&count) {
        return Err(wrong);
    }
    let mut keys: Vec<PublicKey> = Vec::new();
    for _ in 0..count {
        let offset = r.offset();
        let key = public_key(r)?;
        if keys.last().is_some_and(|last| last.as_bytes() >= key.as_bytes()) {
            return Err(TrustError::Order { offset });
        }
        keys.push(key);
    }
    RootSet::new(threshold, keys).map_err(|_| wrong)
}

fn attestation(r: &mut Reader<'_>) -> Result<Attestation, TrustError> {
    let mut map = r.map()?;
    map.required(r, 1)?;
    let key_id = KeyId::from_bytes(r.bytes_of()?);
    map.required(r, 2)?;
    let since = time(r)?;
    map.required(r, 3)?;
    let count_at = r.offset();
    let count = u32::try_from(r.uint()?).unwrap_or(0);
    if count == 0 {
        return Err(TrustError::Attestation { offset: count_at });
    }
    map.required(r, 4)?;
    let root = fingerprint(r)?;
    map.finish(r)?;
    Ok(Attestation { key_id, since, count, root })
}

fn names_compromised(attestation: &Attestation, keys: &[KeyEntry]) -> bool {
    keys.iter().any(|entry| {
        entry.key.key_id() == attestation.key_id
            && entry.role == KeyRole::Certificate
            && matches!(entry.state, KeyState::Compromised { .. })
    })
}
