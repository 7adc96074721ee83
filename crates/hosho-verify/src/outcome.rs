//! The words of the verdict and the exit codes that go with them.

/// What `check` answers, in the words of the contract (spec 12.2).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum Outcome {
    InForce,
    Superseded,
    Voided,
    Terminated,
    Expired,
    NotYetInForce,
    StatusUnknown,
    StatusStale,
    KeyUnknown,
    KeyCompromised,
    TrustUnusable,
    Unreadable,
    NotGenuine,
    OtherGuarantee,
    OtherObligee,
    KeyDoesNotFit,
    KeyMistyped,
}

/// What an outcome means for the one who asked.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum Class {
    InForce,
    NotInForce,
    Undecided,
    Refused,
}

impl Outcome {
    pub(crate) const ALL: [Self; 17] = [
        Self::InForce,
        Self::Superseded,
        Self::Voided,
        Self::Terminated,
        Self::Expired,
        Self::NotYetInForce,
        Self::StatusUnknown,
        Self::StatusStale,
        Self::KeyUnknown,
        Self::KeyCompromised,
        Self::TrustUnusable,
        Self::Unreadable,
        Self::NotGenuine,
        Self::OtherGuarantee,
        Self::OtherObligee,
        Self::KeyDoesNotFit,
        Self::KeyMistyped,
    ];

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.word() == word)
    }

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::InForce => "in-force",
            Self::Superseded => "superseded",
            Self::Voided => "voided",
            Self::Terminated => "terminated",
            Self::Expired => "expired",
            Self::NotYetInForce => "not-yet-in-force",
            Self::StatusUnknown => "status-unknown",
            Self::StatusStale => "status-stale",
            Self::KeyUnknown => "key-unknown",
            Self::KeyCompromised => "key-compromised",
            Self::TrustUnusable => "trust-unusable",
            Self::Unreadable => "unreadable",
            Self::NotGenuine => "not-genuine",
            Self::OtherGuarantee => "other-guarantee",
            Self::OtherObligee => "other-obligee",
            Self::KeyDoesNotFit => "key-does-not-fit",
            Self::KeyMistyped => "key-mistyped",
        }
    }

    pub(crate) const fn class(self) -> Class {
        match self {
            Self::InForce => Class::InForce,
            Self::Superseded
            | Self::Voided
            | Self::Terminated
            | Self::Expired
            | Self::NotYetInForce => Class::NotInForce,
            Self::StatusUnknown
            | Self::StatusStale
            | Self::KeyUnknown
            | Self::KeyCompromised
            | Self::TrustUnusable
            | Self::Unreadable => Class::Undecided,
            Self::NotGenuine
            | Self::OtherGuarantee
            | Self::OtherObligee
            | Self::KeyDoesNotFit
            | Self::KeyMistyped => Class::Refused,
        }
    }

    pub(crate) const fn exit_code(self) -> u8 {
        match self.class() {
            Class::InForce => 0,
            Class::Refused => 1,
            Class::Undecided => 3,
            Class::NotInForce => 4,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_leads_back_to_its_outcome() {
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::from_word(outcome.word()), Some(outcome));
        }
        assert_eq!(Outcome::from_word("valid"), None);
    }

    #[test]
    fn exit_codes_are_those_of_the_contract() {
        let of = |code: u8| -> Vec<&str> {
            let with = Outcome::ALL.iter().filter(|outcome| outcome.exit_code() == code);
            with.map(|outcome| outcome.word()).collect()
        };
        assert_eq!(of(0), ["in-force"]);
        assert_eq!(
            of(1),
            ["not-genuine", "other-guarantee", "other-obligee", "key-does-not-fit", "key-mistyped"]
        );
        assert_eq!(
            of(3),
            [
                "status-unknown",
                "status-stale",
                "key-unknown",
                "key-compromised",
                "trust-unusable",
                "unreadable"
            ]
        );
        assert_eq!(of(4), ["superseded", "voided", "terminated", "expired", "not-yet-in-force"]);
    }
}
