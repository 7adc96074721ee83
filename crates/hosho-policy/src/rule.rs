use std::fmt;

/// A rule of policy, by the number that findings and `--ack` name.
///
/// There is no R14 and no R16.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Rule {
    /// The advance is at most 40 % of the price of works.
    R1,
    /// Lower limits: 30 % for design, survey and measuring, 20 % after a low-price survey.
    R2,
    /// The interim advance is at most 20 %, and with the first advance at most 60 %.
    R3,
    /// What an interim advance needs.
    R4,
    /// The performance guarantee is at least 10 % of the price.
    R5,
    /// The performance guarantee is at least 30 % after a low-price survey.
    R6,
    /// The advance is rounded down and capped as the obligee says.
    R7,
    /// The guaranteed amount is the advance.
    R8,
    /// The guarantee expires with the term; a performance guarantee covers it.
    R9,
    /// Multi-year works: the planned amount and the fiscal year stand for price and term.
    R10,
    /// After a decrease of the price the advance may stand at up to 50 %.
    R11,
    /// An increase is paid once the amended certificate is there.
    R12,
    /// After a decrease the amended certificate is handed in at once.
    R13,
    /// When a change of the price needs an amended performance guarantee.
    R15,
    /// The tax inside the price.
    R17,
}

impl Rule {
    /// Every rule, in the order of their numbers.
    pub const ALL: [Self; 15] = [
        Self::R1,
        Self::R2,
        Self::R3,
        Self::R4,
        Self::R5,
        Self::R6,
        Self::R7,
        Self::R8,
        Self::R9,
        Self::R10,
        Self::R11,
        Self::R12,
        Self::R13,
        Self::R15,
        Self::R17,
    ];

    /// Reads a rule from its id, such as `R1`.
    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.id() == id)
    }

    /// Returns the id, such as `R1`.
    pub const fn id(self) -> &'static str {
        match self {
            Self::R1 => "R1",
            Self::R2 => "R2",
            Self::R3 => "R3",
            Self::R4 => "R4",
            Self::R5 => "R5",
            Self::R6 => "R6",
            Self::R7 => "R7",
            Self::R8 => "R8",
            Self::R9 => "R9",
            Self::R10 => "R10",
            Self::R11 => "R11",
            Self::R12 => "R12",
            Self::R13 => "R13",
            Self::R15 => "R15",
            Self::R17 => "R17",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// How much a finding weighs. None of them changes a verdict.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Severity {
    /// Nothing to do: an exception applies, or something could not be compared.
    Inform,
    /// Something that a person has to do or to look at, whatever the figures say.
    Remind,
    /// The figures are not what the obligee usually accepts.
    Warning,
    /// The figures contradict each other.
    Error,
}

impl Severity {
    /// Every severity, the lightest first.
    pub const ALL: [Self; 4] = [Self::Inform, Self::Remind, Self::Warning, Self::Error];

    /// Reads a severity from its word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.word() == word)
    }

    /// Returns the word that policies, JSON and English messages use.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Inform => "inform",
            Self::Remind => "remind",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// Returns the word of Japanese messages.
    pub const fn japanese(self) -> &'static str {
        match self {
            Self::Inform => "参考",
            Self::Remind => "確認",
            Self::Warning => "注意",
            Self::Error => "誤り",
        }
    }

    /// Tells whether a person has to accept the finding where that is asked for.
    #[must_use]
    pub const fn needs_acknowledgement(self) -> bool {
        matches!(self, Self::Warning | Self::Error)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_found_by_its_id_and_by_no_other_spelling() {
        for rule in Rule::ALL {
            assert_eq!(Rule::parse(rule.id()), Some(rule));
        }
        for id in ["", "r1", "R01", "R14", "R16", "R18", "1"] {
            assert_eq!(Rule::parse(id), None, "{id}");
        }
        assert!(Rule::ALL.is_sorted());
    }

    #[test]
    fn only_warnings_and_errors_need_an_acknowledgement() {
        let needed: Vec<&str> = Severity::ALL
            .into_iter()
            .filter(|severity| severity.needs_acknowledgement())
            .map(Severity::word)
            .collect();
        assert_eq!(needed, ["warning", "error"]);
        assert_eq!(Severity::parse("off"), None);
    }
}
