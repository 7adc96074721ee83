use crate::counter::Revision;
use crate::date::{Date, UnixTime};
use crate::status::StatusError;

/// Whether a genuine certificate is in force on a day, and what that rests on (spec section 12).
///
/// There is no bare "valid": without a snapshot the status is unknown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Verdict {
    pub(super) standing: Standing,
    pub(super) on: Date,
    pub(super) as_of: Option<UnixTime>,
    pub(super) superseded_by: Option<Revision>,
    pub(super) reissued: Option<Reissued>,
    pub(super) ended_on: Option<Date>,
    pub(super) number_check: NumberCheck,
}

impl Verdict {
    /// Returns whether it is in force.
    pub const fn standing(&self) -> Standing {
        self.standing
    }

    /// Returns the day it was judged on.
    pub const fn on(&self) -> Date {
        self.on
    }

    /// Returns when the snapshot was made that the verdict rests on.
    pub const fn as_of(&self) -> Option<UnixTime> {
        self.as_of
    }

    /// Returns the newest revision, if that is another than this one.
    pub const fn superseded_by(&self) -> Option<Revision> {
        self.superseded_by
    }

    /// Returns whether it is superseded because its auth key was reissued.
    pub const fn reissued(&self) -> Option<Reissued> {
        self.reissued
    }

    /// Returns the code of the class E7 that says why the status is not known, or that the auth key
    /// was reissued, or that of the snapshot that cannot be used.
    pub const fn error_code(&self) -> Option<&'static str> {
        match (self.standing, self.reissued) {
            (Standing::Superseded, Some(Reissued)) => Some("E7-REKEYED"),
            (standing, _) => standing.error_code(),
        }
    }

    /// Returns the day from which the guarantee was ended, if it was.
    pub const fn ended_on(&self) -> Option<Date> {
        self.ended_on
    }

    /// Returns whether the number was compared.
    pub const fn number_check(&self) -> NumberCheck {
        self.number_check
    }
}

/// Whether a genuine certificate is in force on the day asked about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Standing {
    /// This revision governs.
    InForce,
    /// Another revision governs.
    Superseded,
    /// The guarantee was never in force (取消).
    Voided,
    /// The guarantee has ended before its expiry (解約).
    Terminated,
    /// The day is before the first that this certificate could govern.
    NotYetInForce,
    /// The day is after the period of guarantee.
    Expired,
    /// No snapshot tells.
    StatusUnknown(StatusGap),
    /// The snapshot is past its time for this day.
    StatusStale {
        /// Whether a newer one was seen before.
        regressed: Option<Regressed>,
        /// Until when the snapshot answered for later days.
        since: UnixTime,
    },
}

/// The auth key of the revision was reissued: only the newest one opens what governs (spec
/// R-VER-6).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Reissued;

/// The snapshot is older than one that was seen before.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Regressed;

impl Standing {
    /// Returns the verdict of spec section 12.2, such as `in-force`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InForce => "in-force",
            Self::Superseded => "superseded",
            Self::Voided => "voided",
            Self::Terminated => "terminated",
            Self::NotYetInForce => "not-yet-in-force",
            Self::Expired => "expired",
            Self::StatusUnknown(_) => "status-unknown",
            Self::StatusStale { .. } => "status-stale",
        }
    }

    /// Returns the code of the class E7 that says why the status is not known, or that of the
    /// snapshot that cannot be used.
    pub const fn error_code(&self) -> Option<&'static str> {
        match self {
            Self::StatusUnknown(gap) => Some(gap.code()),
            Self::StatusStale { regressed: Some(Regressed), .. } => Some("E7-REGRESSED"),
            Self::StatusStale { regressed: None, .. } => Some("E7-STALE"),
            _ => None,
        }
    }
}

/// Why no snapshot tells the status (spec section 14, class E7).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StatusGap {
    /// Two that differ have the same place in the series of the list.
    Conflicting,
    /// None was given.
    NoSnapshot,
    /// The list has no certificate at this index.
    NotIssued,
    /// Those given are of other guarantors.
    OtherGuarantor,
    /// Those given are of other lists of this guarantor.
    OtherList,
    /// One that was given cannot be used.
    Unusable(StatusError),
}

impl StatusGap {
    /// Returns the stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Conflicting => "E7-CONFLICTING",
            Self::NoSnapshot => "E7-NO-SNAPSHOT",
            Self::NotIssued => "E7-NOT-ISSUED",
            Self::OtherGuarantor => "E7-OTHER-GUARANTOR",
            Self::OtherList => "E7-OTHER-LIST",
            Self::Unusable(error) => error.code(),
        }
    }
}

/// Whether the certificate's number was compared with an expected one.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum NumberCheck {
    /// It is the expected one.
    Matched,
    /// None was expected.
    Unspecified,
}
