use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::{Content, EndedBy, StatusEntry, SupersededBy, state};
use crate::cbor::Reader;
use crate::certificate::decode::{date, guarantor_id, time, uint, version};
use crate::counter::{ListNumber, Revision, Sequence, StatusIndex};
use crate::error::{ParseError, ParseErrorKind as Kind};

/// 131 072 entries of two bits.
const MAX_STATES: usize = 32_768;
const SUPERSEDED: u8 = 2;
const ENDED: u8 = 3;

pub(super) fn content(payload: &[u8], base: usize) -> Result<Content, ParseError> {
    let mut reader = Reader::new(payload, base);
    let r = &mut reader;
    let mut map = r.map()?;
    /// Reads one field of the map, and names it in a refusal.
    macro_rules! field {
        ($key:literal, $read:expr) => {{
            map.required(r, $key)
                .and_then(|()| $read(r))
                .map_err(|error: ParseError| error.in_claim($key))?
        }};
    }
    field!(1, version);
    let guarantor_id = field!(2, guarantor_id).into_owned();
    let list = field!(3, |r: &mut Reader<'_>| uint(r, ListNumber::from_uint));
    let sequence = field!(4, |r: &mut Reader<'_>| uint(r, Sequence::from_uint));
    let issued_at = field!(5, time);
    let next_update_at = r.offset();
    let next_update = field!(6, time);
    if issued_at >= next_update {
        return Err(ParseError::at(Kind::StatusTime, next_update_at).in_claim(6));
    }
    let states: Vec<u8> = field!(7, states).to_vec();
    let items = field!(8, |r: &mut Reader<'_>| items(r, &states));
    map.finish(r)?;
    reader.finish()?;
    Ok(Content { guarantor_id, list, sequence, issued_at, next_update, states, items })
}

fn states<'a>(r: &mut Reader<'a>) -> Result<&'a [u8], ParseError> {
    let start = r.offset();
    let states = r.bytes()?;
    if states.is_empty() || states.len() > MAX_STATES {
        return Err(ParseError::at(Kind::Length, start));
    }
    Ok(states)
}

fn items(
    r: &mut Reader<'_>,
    states: &[u8],
) -> Result<BTreeMap<StatusIndex, StatusEntry>, ParseError> {
    let start = r.offset();
    let count = r.array()?;
    let mut items = Vec::new();
    for _ in 0..count {
        let at = r.offset();
        let (index, state, entry) = item(r, states)?;
        let rises = items.last().is_none_or(|(last, _)| *last < index);
        if !rises || !fits(state, &entry) {
            return Err(ParseError::at(Kind::StatusItem, at));
        }
        items.push((index, entry));
    }
    let owed: u32 = states.iter().map(|byte| (byte & 0xaa).count_ones()).sum();
    if u32::try_from(items.len()).ok() != Some(owed) {
        return Err(ParseError::at(Kind::StatusItem, start));
    }
    Ok(items.into_iter().collect())
}

fn item(r: &mut Reader<'_>, states: &[u8]) -> Result<(StatusIndex, u8, StatusEntry), ParseError> {
    let start = r.offset();
    let wrong = ParseError::at(Kind::StatusItem, start);
    let length = r.array()?;
    if length != 4 && length != 5 {
        return Err(ParseError::at(Kind::Length, start));
    }
    let index = u32::try_from(r.uint()?).ok().and_then(|index| StatusIndex::new(index).ok());
    let index = index.ok_or(wrong)?;
    let on = date(r)?;
    let current = uint(r, Revision::from_uint)?;
    let cause = r.uint()?;
    let replaced_on = if length == 5 { Some(date(r)?) } else { None };
    if replaced_on.is_some_and(|day| cause != 3 || day >= on) {
        return Err(wrong);
    }
    let entry = match cause {
        1 => StatusEntry::Superseded { on, current, cause: SupersededBy::Amendment },
        2 => StatusEntry::Ended { on, current, cause: EndedBy::Voidance },
        3 => StatusEntry::Ended { on, current, cause: EndedBy::Termination { replaced_on } },
        4 => StatusEntry::Superseded { on, current, cause: SupersededBy::Rekey },
        _ => return Err(wrong),
    };
    Ok((index, state(states, index), entry))
}

fn fits(state: u8, entry: &StatusEntry) -> bool {
    match entry {
        StatusEntry::Superseded { .. } => state == SUPERSEDED,
        StatusEntry::Ended { .. } => state == ENDED,
        StatusEntry::InForce | StatusEntry::NotIssued => false,
    }
}
