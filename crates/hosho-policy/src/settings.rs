//! The figures of every rule, and the keys by which a policy changes them.

use hosho::Yen;

use crate::figure::Percent;
use crate::rule::{Rule, Severity};

/// How much a finding weighs; nothing where it is not wanted.
pub(crate) type Level = Option<Severity>;

/// The figures that hold for one certificate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Settings {
    levels: [Level; Rule::ALL.len()],
    /// R1: the most of the price.
    pub(crate) advance: Percent,
    /// R2: the most of the price of design, survey and measuring.
    pub(crate) services: Percent,
    /// R2: the most of the price after a low-price survey.
    pub(crate) low_price: Percent,
    pub(crate) low_price_level: Level,
    /// R3: the most of the price, alone and with the first advance.
    pub(crate) interim: Percent,
    pub(crate) total: Percent,
    /// R4: no guarantee of the first advance is named, or one of another contract.
    pub(crate) missing_level: Level,
    /// R5 and R6: the least of the price.
    pub(crate) performance: Percent,
    pub(crate) low_price_performance: Percent,
    /// R7
    pub(crate) unit: Option<Yen>,
    pub(crate) cap: Option<Yen>,
    /// R8: the guaranteed amount is larger than the advance.
    pub(crate) larger_level: Level,
    /// R9: the guarantee expires after the term.
    pub(crate) later_level: Level,
    /// R11: the most of the price after a decrease, and with the interim advance.
    pub(crate) decreased: Percent,
    pub(crate) decreased_total: Percent,
    /// R15: from which change of the price on.
    pub(crate) increase: Option<Percent>,
    pub(crate) decrease: Option<Percent>,
    /// R17
    pub(crate) tax_rate: Percent,
}

impl Settings {
    /// The figures of most obligees.
    pub(crate) const USUAL: Self = Self {
        levels: [
            Some(Severity::Warning), // R1
            Some(Severity::Warning),
            Some(Severity::Warning),
            Some(Severity::Remind), // R4
            Some(Severity::Warning),
            Some(Severity::Warning),
            Some(Severity::Warning),
            Some(Severity::Warning), // R8
            Some(Severity::Warning),
            Some(Severity::Warning),
            Some(Severity::Warning), // R11
            Some(Severity::Remind),
            Some(Severity::Remind),
            Some(Severity::Remind), // R15
            Some(Severity::Inform),
        ],
        advance: Percent::of_hundred(40),
        services: Percent::of_hundred(30),
        low_price: Percent::of_hundred(20),
        low_price_level: Some(Severity::Remind),
        interim: Percent::of_hundred(20),
        total: Percent::of_hundred(60),
        missing_level: Some(Severity::Warning),
        performance: Percent::of_hundred(10),
        low_price_performance: Percent::of_hundred(30),
        unit: None,
        cap: None,
        larger_level: Some(Severity::Error),
        later_level: Some(Severity::Warning),
        decreased: Percent::of_hundred(50),
        decreased_total: Percent::of_hundred(60),
        increase: None,
        decrease: None,
        tax_rate: Percent::of_hundred(10),
    };

    /// Returns how much a rule weighs; nothing where it is off.
    pub(crate) fn level(&self, rule: Rule) -> Level {
        let place = Rule::ALL.iter().position(|known| *known == rule)?;
        self.levels.get(place).copied().flatten()
    }

    fn level_mut(&mut self, rule: Rule) -> Option<&mut Level> {
        let place = Rule::ALL.iter().position(|known| *known == rule)?;
        self.levels.get_mut(place)
    }

    /// Sets one figure.
    pub(crate) fn apply(&mut self, setting: &Setting) {
        match setting {
            Setting::Amount(place, amount) => *place(self) = *amount,
            Setting::Level(place, level) => *place(self) = *level,
            Setting::Percent(place, percent) => *place(self) = *percent,
            Setting::Rule(rule, level) => {
                if let Some(place) = self.level_mut(*rule) {
                    *place = *level;
                }
            }
            Setting::Threshold(place, percent) => *place(self) = *percent,
        }
    }
}

/// The place of a figure.
pub(crate) type Place<T> = fn(&mut Settings) -> &mut T;

/// One figure with its new value.
#[derive(Clone, Debug)]
pub(crate) enum Setting {
    Amount(Place<Option<Yen>>, Option<Yen>),
    Level(Place<Level>, Level),
    Percent(Place<Percent>, Percent),
    Rule(Rule, Level),
    Threshold(Place<Option<Percent>>, Option<Percent>),
}

/// What a key of a rule holds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Slot {
    /// Whole yen, or the word `none`.
    Amount(Place<Option<Yen>>),
    /// A severity or `off`.
    Level(Place<Level>),
    /// A percentage.
    Percent(Place<Percent>),
    /// A severity or `off`, for the rule as a whole.
    Rule,
    /// A percentage, or the word `none`.
    Threshold(Place<Option<Percent>>),
}

/// A key of a rule.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) slot: Slot,
}

const SEVERITY: Key = Key { name: "severity", slot: Slot::Rule };

const fn level(name: &'static str, place: Place<Level>) -> Key {
    Key { name, slot: Slot::Level(place) }
}

const fn share(name: &'static str, place: Place<Percent>) -> Key {
    Key { name, slot: Slot::Percent(place) }
}

const fn amount(name: &'static str, place: Place<Option<Yen>>) -> Key {
    Key { name, slot: Slot::Amount(place) }
}

const fn threshold(name: &'static str, place: Place<Option<Percent>>) -> Key {
    Key { name, slot: Slot::Threshold(place) }
}

/// Returns the keys of a rule's table (`docs/policy.md`).
pub(crate) const fn keys(rule: Rule) -> &'static [Key] {
    match rule {
        Rule::R1 => const { &[SEVERITY, share("percent", |s| &mut s.advance)] },
        Rule::R2 => {
            const {
                &[
                    SEVERITY,
                    share("percent", |s| &mut s.services),
                    share("low_price_percent", |s| &mut s.low_price),
                    level("low_price_severity", |s| &mut s.low_price_level),
                ]
            }
        }
        Rule::R3 => {
            const {
                &[
                    SEVERITY,
                    share("percent", |s| &mut s.interim),
                    share("total_percent", |s| &mut s.total),
                ]
            }
        }
        Rule::R4 => const { &[SEVERITY, level("missing_severity", |s| &mut s.missing_level)] },
        Rule::R5 => const { &[SEVERITY, share("percent", |s| &mut s.performance)] },
        Rule::R6 => const { &[SEVERITY, share("percent", |s| &mut s.low_price_performance)] },
        Rule::R7 => {
            const { &[SEVERITY, amount("unit_jpy", |s| &mut s.unit), amount("cap_jpy", |s| &mut s.cap)] }
        }
        Rule::R8 => const { &[SEVERITY, level("larger_severity", |s| &mut s.larger_level)] },
        Rule::R9 => const { &[SEVERITY, level("later_severity", |s| &mut s.later_level)] },
        Rule::R11 => {
            const {
                &[
                    SEVERITY,
                    share("percent", |s| &mut s.decreased),
                    share("total_percent", |s| &mut s.decreased_total),
                ]
            }
        }
        Rule::R15 => {
            const {
                &[
                    SEVERITY,
                    threshold("increase_percent", |s| &mut s.increase),
                    threshold("decrease_percent", |s| &mut s.decrease),
                ]
            }
        }
        Rule::R17 => const { &[SEVERITY, share("rate_percent", |s| &mut s.tax_rate)] },
        Rule::R10 | Rule::R12 | Rule::R13 => const { &[SEVERITY] },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_levels_are_those_of_the_documentation() {
        let of = |level| -> Vec<&str> {
            let rules = Rule::ALL.into_iter();
            rules.filter(|rule| Settings::USUAL.level(*rule) == level).map(Rule::id).collect()
        };
        assert_eq!(of(Some(Severity::Remind)), ["R4", "R12", "R13", "R15"]);
        assert_eq!(of(Some(Severity::Inform)), ["R17"]);
        assert_eq!(of(None), [""; 0]);
        assert_eq!(of(Some(Severity::Warning)).len(), 10);
    }

    #[test]
    fn a_setting_changes_its_own_figure_only() {
        let mut settings = Settings::USUAL;
        settings.apply(&Setting::Rule(Rule::R9, None));
        assert_eq!(settings.level(Rule::R9), None);
        settings.apply(&Setting::Rule(Rule::R9, Some(Severity::Warning)));
        assert_eq!(settings, Settings::USUAL);
    }
}
