//! The certificate: claims that go together, and their bytes (spec section 6).

use alloc::vec::Vec;

use crate::cbor::{Reader, Writer};
use crate::claims::{ChangeKind, Claims, Contractor, GuaranteeKind, Lineage};
use crate::counter::Revision;
use crate::date::Date;
use crate::error::{ParseError, ParseErrorKind as Kind};
use crate::fingerprint::Fingerprint;

pub(crate) mod decode;
mod encode;

/// The claims of one revision of a guarantee, checked against the rules of spec section 6.
///
/// It says nothing about who made it: read one from a
/// [`VerifiedCertificate`](crate::VerifiedCertificate) to believe it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Certificate<'a> {
    claims: Claims<'a>,
}

impl<'a> Certificate<'a> {
    /// The most bytes a signed certificate can have (spec R-SIZE-1).
    pub const MAX_SIGNED_LEN: usize = 4_096;

    /// Makes a certificate from claims, refusing those that do not go together.
    ///
    /// # Errors
    /// The first broken rule of R-CERT-2 and R-CERT-4 to R-CERT-7, with the number of the claim.
    pub fn new(claims: Claims<'a>) -> Result<Self, ParseError> {
        match broken_rule(&claims) {
            Some((kind, claim)) => Err(ParseError::from(kind).in_claim(claim)),
            None => Ok(Self { claims }),
        }
    }

    pub(crate) fn parse(payload: &'a [u8], base: usize) -> Result<Self, ParseError> {
        let mut reader = Reader::new(payload, base);
        let certificate = decode::certificate(&mut reader)?;
        reader.finish()?;
        debug_assert!(certificate.to_canonical_cbor() == payload, "one meaning, one byte string");
        Ok(certificate)
    }

    /// Returns the payload of the signed certificate (spec section 2).
    pub fn to_canonical_cbor(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(1_024);
        encode::claims(&mut writer, &self.claims);
        writer.into_bytes()
    }

    /// Returns what the certificate says.
    pub const fn claims(&self) -> &Claims<'a> {
        &self.claims
    }

    /// Returns the number of the revision.
    pub const fn revision(&self) -> Revision {
        self.claims.lineage.revision()
    }

    /// Returns the first day on which this revision governs (spec R-GOV-1).
    pub fn governs_from(&self) -> Date {
        match &self.claims.lineage {
            Lineage::Original => self.claims.issued_on,
            Lineage::Amendment { change, .. } => {
                change.effective_from.unwrap_or(self.claims.issued_on)
            }
        }
    }

    /// Returns how this revision ends the guarantee, if it does.
    pub fn ending(&self) -> Option<ChangeKind> {
        let Lineage::Amendment { change, .. } = &self.claims.lineage else { return None };
        [ChangeKind::Voidance, ChangeKind::Termination]
            .into_iter()
            .find(|kind| change.kinds.contains(*kind))
    }

    /// Returns the fingerprint of the revision before, which an amendment names.
    pub fn previous(&self) -> Option<Fingerprint> {
        match &self.claims.lineage {
            Lineage::Original => None,
            Lineage::Amendment { previous, .. } => Some(*previous),
        }
    }

    /// Returns the same certificate, owned.
    pub fn into_owned(self) -> Certificate<'static> {
        Certificate { claims: self.claims.into_owned() }
    }
}

fn broken_rule(claims: &Claims<'_>) -> Option<(Kind, u8)> {
    let Claims { work, guarantee, kind, .. } = claims;
    if let Lineage::Amendment { revision, .. } = &claims.lineage
        && *revision == Revision::FIRST
    {
        return Some((Kind::Lineage, decode::REVISION));
    }
    if claims.contractor.members.len() > Contractor::MAX_MEMBERS {
        return Some((Kind::Members, decode::CONTRACTOR));
    }
    let performance = *kind == GuaranteeKind::Performance;
    if work.concluded_on.is_none() && !performance {
        return Some((Kind::ConcludedOn, decode::WORK));
    }
    if work.multi_year.is_some() && performance {
        return Some((Kind::KindField, decode::WORK));
    }
    if work.tax > work.price {
        return Some((Kind::Tax, decode::WORK));
    }
    if guarantee.advance.is_none() != performance {
        return Some((Kind::KindField, decode::GUARANTEE));
    }
    if guarantee.first_advance.is_some() && *kind != GuaranteeKind::Interim {
        return Some((Kind::KindField, decode::GUARANTEE));
    }
    None
}
