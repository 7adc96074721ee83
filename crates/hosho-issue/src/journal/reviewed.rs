//! What a policy said about a certificate before it was signed, as the journal keeps it.

use std::collections::BTreeSet;

use hosho::Fingerprint;
use hosho_policy::{Finding, Rule, Severity};
use serde::{Deserialize, Serialize};

use super::spelled::{self, Spelled};

/// What a policy said.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reviewed {
    /// The fingerprint of the policy's file; the word `usual` for the policy without one.
    #[serde(with = "spelled")]
    pub(crate) policy: Option<Fingerprint>,
    pub(crate) findings: Vec<Noted>,
}

/// One finding.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Noted {
    #[serde(with = "spelled")]
    pub(crate) rule: Rule,
    #[serde(with = "spelled")]
    pub(crate) severity: Severity,
    /// What it said, by its word (docs/policy.md).
    pub(crate) case: String,
    /// Whether somebody had accepted findings of the rule.
    pub(crate) acknowledged: bool,
}

impl Noted {
    pub(crate) fn of(finding: &Finding, acknowledged: &BTreeSet<Rule>) -> Self {
        Self {
            rule: finding.rule(),
            severity: finding.severity(),
            case: finding.case().to_owned(),
            acknowledged: acknowledged.contains(&finding.rule()),
        }
    }
}

const USUAL: &str = "usual";

impl Spelled for Option<Fingerprint> {
    fn spell(&self) -> String {
        self.map_or_else(|| USUAL.to_owned(), |fingerprint| fingerprint.to_string())
    }

    fn read(text: &str) -> Option<Self> {
        if text == USUAL { Some(None) } else { Fingerprint::read(text).map(Some) }
    }
}

impl Spelled for Rule {
    fn spell(&self) -> String {
        self.id().to_owned()
    }

    fn read(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

impl Spelled for Severity {
    fn spell(&self) -> String {
        self.word().to_owned()
    }

    fn read(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_back_what_it_wrote() {
        for policy in [None, Some(Fingerprint::of(b"policy"))] {
            let noted = Noted {
                rule: Rule::R17,
                severity: Severity::Inform,
                case: "tax-differs".to_owned(),
                acknowledged: true,
            };
            let reviewed = Reviewed { policy, findings: vec![noted] };
            let text = serde_json::to_string(&reviewed).unwrap();
            let read: Reviewed = serde_json::from_str(&text).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), text);
        }
    }

    #[test]
    fn has_one_spelling() {
        let text = r#"{"policy":"usual","findings":[{"rule":"R1","severity":"warning","case":"above-limit","acknowledged":false}]}"#;
        let read: Reviewed = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
        for wrong in ["Usual", "", "00"] {
            let other = text.replacen("usual", wrong, 1);
            assert!(serde_json::from_str::<Reviewed>(&other).is_err(), "{wrong}");
        }
        let unknown = text.replacen("R1", "R14", 1);
        assert!(serde_json::from_str::<Reviewed>(&unknown).is_err());
    }
}
