use alloc::vec::Vec;

use crate::cbor::Reader;
use crate::certificate::Certificate;
use crate::claims::{
    AuthKeyBinding, Change, ChangeKind, ChangeKinds, Claims, Contractor, GuaranteeKind,
    GuaranteeTerms, Guarantor, Lineage, LowPriceSurvey, Member, MultiYear, Obligee,
    StatusReference, Work,
};
use crate::counter::{Epoch, ListNumber, Revision, Serial, Share, StatusIndex, Yen};
use crate::date::{Date, Period, UnixTime};
use crate::error::{ParseError, ParseErrorKind as Kind};
use crate::fingerprint::Fingerprint;
use crate::number::{GuaranteeNumber, GuarantorId};
use crate::text::{ShortText, Text};

pub(super) const REVISION: u8 = 4;
pub(super) const CONTRACTOR: u8 = 13;
pub(super) const WORK: u8 = 14;
pub(super) const GUARANTEE: u8 = 15;

/// Reads a value and gives its refusal the offset of the value.
#[inline]
pub(crate) fn value<'a, T>(
    r: &mut Reader<'a>,
    read: impl FnOnce(&mut Reader<'a>) -> Result<u64, ParseError>,
    make: impl FnOnce(u64) -> Result<T, ParseError>,
) -> Result<T, ParseError> {
    let start = r.offset();
    let number = read(r)?;
    make(number).map_err(|error| error.moved_by(start))
}

#[inline]
pub(crate) fn uint<T>(
    r: &mut Reader<'_>,
    make: impl FnOnce(u64) -> Result<T, ParseError>,
) -> Result<T, ParseError> {
    value(r, Reader::uint, make)
}

pub(crate) fn version(r: &mut Reader<'_>) -> Result<(), ParseError> {
    uint(r, |version| if version == 1 { Ok(()) } else { Err(Kind::Version.into()) })
}

#[inline]
fn text_of<'a, T>(
    r: &mut Reader<'a>,
    make: impl FnOnce(&'a str) -> Result<T, ParseError>,
) -> Result<T, ParseError> {
    let (text, start) = r.text()?;
    make(text).map_err(|error| error.moved_by(start))
}

#[inline]
fn checked_text<'a, T>(
    r: &mut Reader<'a>,
    make: impl FnOnce(&'a [u8]) -> Result<T, ParseError>,
) -> Result<T, ParseError> {
    let (bytes, start) = r.unchecked_text()?;
    make(bytes).map_err(|error| error.moved_by(start))
}

pub(crate) fn text<'a>(r: &mut Reader<'a>) -> Result<Text<'a>, ParseError> {
    checked_text(r, Text::parse_utf8)
}

fn short_text<'a>(r: &mut Reader<'a>) -> Result<ShortText<'a>, ParseError> {
    checked_text(r, ShortText::parse_utf8)
}

pub(crate) fn guarantor_id<'a>(r: &mut Reader<'a>) -> Result<GuarantorId<'a>, ParseError> {
    text_of(r, GuarantorId::parse)
}

fn number<'a>(r: &mut Reader<'a>) -> Result<GuaranteeNumber<'a>, ParseError> {
    text_of(r, GuaranteeNumber::parse)
}

pub(crate) fn date(r: &mut Reader<'_>) -> Result<Date, ParseError> {
    uint(r, |days| Date::from_days(u32::try_from(days).unwrap_or(u32::MAX)))
}

pub(crate) fn time(r: &mut Reader<'_>) -> Result<UnixTime, ParseError> {
    uint(r, UnixTime::from_seconds)
}

fn yen(r: &mut Reader<'_>) -> Result<Yen, ParseError> {
    uint(r, Yen::from_uint)
}

fn period(r: &mut Reader<'_>) -> Result<Period, ParseError> {
    let start = r.offset();
    r.array_of(2)?;
    let (from, to) = (date(r)?, date(r)?);
    Period::new(from, to).map_err(|error| error.moved_by(start))
}

pub(crate) fn fingerprint(r: &mut Reader<'_>) -> Result<Fingerprint, ParseError> {
    r.bytes_of().map(Fingerprint::from_bytes)
}

/// Reads the payload map of a certificate.
pub(super) fn certificate<'a>(r: &mut Reader<'a>) -> Result<Certificate<'a>, ParseError> {
    let start = r.offset();
    let mut map = r.map()?;
    /// Reads one claim of the map, and names it in a refusal.
    macro_rules! claim {
        ($key:expr, $read:expr) => {{
            map.required(r, $key)
                .and_then(|()| $read(r))
                .map_err(|error: ParseError| error.in_claim($key))?
        }};
    }
    claim!(1, version);
    let guarantor_id = claim!(2, guarantor_id);
    let number = claim!(3, number);
    let revision = claim!(REVISION, |r: &mut Reader<'a>| uint(r, Revision::from_uint));
    let lineage_error =
        |r: &Reader<'_>| ParseError::at(Kind::Lineage, r.offset()).in_claim(REVISION);
    let previous = if map.optional(r, 5)? {
        Some(fingerprint(r).map_err(|error| error.in_claim(5))?)
    } else {
        None
    };
    if previous.is_some() == (revision == Revision::FIRST) {
        return Err(lineage_error(r));
    }
    let issued_at = claim!(6, time);
    let binding = claim!(7, binding);
    let status = claim!(8, status);
    let kind = claim!(9, |r: &mut Reader<'a>| uint(r, GuaranteeKind::from_code));
    let issued_on = claim!(10, date);
    let guarantor = claim!(11, guarantor);
    let obligee = claim!(12, obligee);
    let contractor = claim!(CONTRACTOR, contractor);
    let work_at = r.offset();
    let work = claim!(WORK, work);
    let guarantee_at = r.offset();
    let guarantee = claim!(GUARANTEE, guarantee);
    let change = if map.optional(r, 16)? {
        Some(change(r).map_err(|error| error.in_claim(16))?)
    } else {
        None
    };
    map.finish(r)?;
    let lineage = match (previous, change) {
        (None, None) => Lineage::Original,
        (Some(previous), Some(change)) => Lineage::Amendment { revision, previous, change },
        _ => return Err(lineage_error(r)),
    };
    let claims = Claims {
        guarantor_id,
        number,
        lineage,
        issued_at,
        binding,
        status,
        kind,
        issued_on,
        guarantor,
        obligee,
        contractor,
        work,
        guarantee,
    };
    Certificate::new(claims).map_err(|error| {
        error.moved_by(match error.claim() {
            Some(WORK) => work_at,
            Some(GUARANTEE) => guarantee_at,
            _ => start,
        })
    })
}

fn binding(r: &mut Reader<'_>) -> Result<AuthKeyBinding, ParseError> {
    r.array_of(3)?;
    Ok(AuthKeyBinding {
        epoch: uint(r, Epoch::from_uint)?,
        serial: uint(r, Serial::from_uint)?,
        bind: r.bytes_of()?,
    })
}

fn status(r: &mut Reader<'_>) -> Result<StatusReference, ParseError> {
    r.array_of(2)?;
    Ok(StatusReference {
        list: uint(r, ListNumber::from_uint)?,
        index: uint(r, StatusIndex::from_uint)?,
    })
}

/// Reads the next entries of a map, each either required or optional.
macro_rules! entries {
    ($r:ident, $map:ident; $($key:literal $presence:ident $read:expr),* $(,)?) => {
        ($(entries!(@one $r, $map, $key, $presence, $read)),*)
    };
    (@one $r:ident, $map:ident, $key:literal, required, $read:expr) => {{
        $map.required($r, $key)?;
        $read($r)?
    }};
    (@one $r:ident, $map:ident, $key:literal, optional, $read:expr) => {
        if $map.optional($r, $key)? { Some($read($r)?) } else { None }
    };
}

fn guarantor<'a>(r: &mut Reader<'a>) -> Result<Guarantor<'a>, ParseError> {
    let mut map = r.map()?;
    let (name, branch, representative, address) = entries!(r, map;
        1 required text, 2 optional text, 3 optional text, 4 optional text);
    map.finish(r)?;
    Ok(Guarantor { name, branch, representative, address })
}

fn obligee<'a>(r: &mut Reader<'a>) -> Result<Obligee<'a>, ParseError> {
    let mut map = r.map()?;
    let (name, representative, address) = entries!(r, map;
        1 required text, 2 required text, 3 optional text);
    map.finish(r)?;
    Ok(Obligee { name, representative, address })
}

fn contractor<'a>(r: &mut Reader<'a>) -> Result<Contractor<'a>, ParseError> {
    let mut map = r.map()?;
    let (name, representative, address, members) = entries!(r, map;
        1 required text, 2 required text, 3 required text, 4 optional members);
    map.finish(r)?;
    Ok(Contractor { name, representative, address, members: members.unwrap_or_default() })
}

fn members<'a>(r: &mut Reader<'a>) -> Result<Vec<Member<'a>>, ParseError> {
    let start = r.offset();
    let count = r.array()?;
    if count == 0 || usize::try_from(count).is_ok_and(|n| n > Contractor::MAX_MEMBERS) {
        return Err(ParseError::at(Kind::Members, start));
    }
    (0..count).map(|_| member(r)).collect()
}

fn member<'a>(r: &mut Reader<'a>) -> Result<Member<'a>, ParseError> {
    let mut map = r.map()?;
    let (name, role, share) = entries!(r, map;
        1 required text, 2 required short_text, 3 optional share);
    map.finish(r)?;
    Ok(Member { name, role, share })
}

fn share(r: &mut Reader<'_>) -> Result<Share, ParseError> {
    uint(r, Share::from_uint)
}

fn work<'a>(r: &mut Reader<'a>) -> Result<Work<'a>, ParseError> {
    let mut map = r.map()?;
    let (contract_number, category, name, site, concluded_on, term, price, tax) = entries!(r, map;
        1 required text, 2 required short_text, 3 required text, 4 required text,
        5 optional date, 6 required period, 7 required yen, 8 required yen);
    let (multi_year, surveyed) = entries!(r, map; 9 optional multi_year, 10 optional Reader::truth);
    map.finish(r)?;
    let low_price_survey = match surveyed {
        Some(()) => LowPriceSurvey::Made,
        None => LowPriceSurvey::NotMade,
    };
    Ok(Work {
        contract_number,
        category,
        name,
        site,
        concluded_on,
        term,
        price,
        tax,
        multi_year,
        low_price_survey,
    })
}

fn multi_year<'a>(r: &mut Reader<'a>) -> Result<MultiYear<'a>, ParseError> {
    r.array_of(2)?;
    Ok(MultiYear { fiscal_year: short_text(r)?, planned: yen(r)? })
}

fn guarantee<'a>(r: &mut Reader<'a>) -> Result<GuaranteeTerms<'a>, ParseError> {
    let mut map = r.map()?;
    let (amount, period, advance, first_advance, terms, clauses) = entries!(r, map;
        1 required yen, 2 required period, 3 optional yen, 4 optional number,
        5 required text, 6 optional fingerprint);
    map.finish(r)?;
    Ok(GuaranteeTerms { amount, period, advance, first_advance, terms, clauses })
}

fn change<'a>(r: &mut Reader<'a>) -> Result<Change<'a>, ParseError> {
    let mut map = r.map()?;
    let (kinds, reason, contract_changed_on, effective_from) = entries!(r, map;
        1 required change_kinds, 2 required text, 3 optional date, 4 optional date);
    map.finish(r)?;
    Ok(Change { kinds, reason, contract_changed_on, effective_from })
}

fn change_kinds(r: &mut Reader<'_>) -> Result<ChangeKinds, ParseError> {
    let start = r.offset();
    let count = r.array()?;
    let mut kinds = Vec::new();
    for _ in 0..count {
        let at = r.offset();
        let kind = ChangeKind::from_code(r.uint()?);
        match kind {
            Some(kind) if kinds.last().is_none_or(|last| *last < kind) => kinds.push(kind),
            _ => return Err(ParseError::at(Kind::Change, at)),
        }
    }
    ChangeKinds::new(kinds).map_err(|error| error.moved_by(start))
}
