use std::fmt;

use serde_json::{Map, Value, json};

use crate::case::Case;
use crate::figure::Figure;
use crate::rule::{Rule, Severity};

/// What a rule of policy says about a certificate.
///
/// It changes no verdict: whether a certificate is genuine and in force is not a matter of policy.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    rule: Rule,
    severity: Severity,
    case: Case,
    figures: Vec<(&'static str, Figure)>,
}

impl Finding {
    pub(crate) fn new(
        rule: Rule,
        severity: Severity,
        case: Case,
        figures: Vec<(&'static str, Figure)>,
    ) -> Self {
        Self { rule, severity, case, figures }
    }

    /// Returns the rule.
    pub const fn rule(&self) -> Rule {
        self.rule
    }

    /// Returns how much it weighs.
    pub const fn severity(&self) -> Severity {
        self.severity
    }

    /// Returns the word for what it says, such as `above-limit` (`docs/policy.md`).
    pub const fn case(&self) -> &'static str {
        self.case.word()
    }

    /// Returns the figures by name, in the order of importance.
    pub fn figures(&self) -> &[(&'static str, Figure)] {
        &self.figures
    }

    /// Returns the figure of this name.
    pub fn figure(&self, name: &str) -> Option<&Figure> {
        self.figures.iter().find(|(known, _)| *known == name).map(|(_, figure)| figure)
    }

    /// Returns the reason in Japanese.
    pub fn to_japanese(&self) -> String {
        self.filled(self.case.japanese(), Figure::to_japanese)
    }

    /// Returns the reason in English.
    pub fn to_english(&self) -> String {
        self.filled(self.case.english(), Figure::to_english)
    }

    /// Returns `R1 注意: ` and the reason in Japanese; the English line is its `Display`.
    pub fn to_japanese_line(&self) -> String {
        format!("{} {}: {}", self.rule, self.severity.japanese(), self.to_japanese())
    }

    /// Returns the finding as JSON (`docs/policy.md`).
    pub fn to_json(&self) -> Value {
        let figures: Map<String, Value> = self
            .figures
            .iter()
            .map(|(name, figure)| ((*name).to_owned(), figure.to_json()))
            .collect();
        json!({
            "rule": self.rule.id(),
            "severity": self.severity.word(),
            "case": self.case.word(),
            "figures": figures,
            "reason": { "en": self.to_english(), "ja": self.to_japanese() },
        })
    }

    fn filled(&self, phrase: &str, show: impl Fn(&Figure) -> String) -> String {
        let mut parts = phrase.split('{');
        let mut filled = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (name, rest) = part.split_once('}').unwrap_or((part, ""));
            filled.push_str(&self.figure(name).map_or_else(|| "?".to_owned(), &show));
            filled.push_str(rest);
        }
        filled
    }
}

/// `R1 warning: ` and the reason in English.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.rule, self.severity, self.to_english())
    }
}
