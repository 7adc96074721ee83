//! What is kept of everything that was looked at: enough for every report, so that nothing has to
//! be looked at twice.

use hosho::{Certificate, ChangeKind, Fingerprint, GuaranteeKind, Lineage, Revision};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::ledger::Hit;
use crate::check::answer::{Answer, Genuine};
use crate::hex::{hex, unhex};
use crate::outcome::Outcome;

/// What came of one input: a file, or one member of a large archive.
#[derive(Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Entry {
    pub(super) records: Vec<Record>,
}

/// What came of one certificate, or of what was there in its place.
#[derive(Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Record {
    /// The line of the report.
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    pub(super) line: Option<String>,
    /// The row of the table, if one is written.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub(super) row: Option<String>,
    #[serde(rename = "f")]
    pub(super) found: Found,
    /// Where something is that was passed over.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub(super) place: Option<String>,
    /// What the policy says: rules and weights, such as `R1 warning`.
    #[serde(rename = "p", default, skip_serializing_if = "Vec::is_empty")]
    pub(super) findings: Vec<String>,
    /// The rows of the ledger that are about it.
    #[serde(rename = "h", default, skip_serializing_if = "Vec::is_empty")]
    pub(super) hits: Vec<Hit>,
}

/// What was found.
#[derive(Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) enum Found {
    #[serde(rename = "j")]
    Judged {
        #[serde(rename = "v", serialize_with = "as_word", deserialize_with = "from_word")]
        outcome: Outcome,
        #[serde(rename = "g", default, skip_serializing_if = "Option::is_none")]
        essence: Option<Box<Essence>>,
    },
    /// Sealed and well formed; without its key nothing more can be said.
    #[serde(rename = "s")]
    Sealed,
    /// No certificate.
    #[serde(rename = "o")]
    Skipped,
}

/// What chains and totals need of a genuine certificate.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Essence {
    #[serde(rename = "i")]
    pub(super) guarantor_id: String,
    #[serde(rename = "n")]
    pub(super) number: String,
    #[serde(rename = "r")]
    pub(super) revision: u16,
    /// The newest revision that the status names, if it is another one.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub(super) newest: Option<u16>,
    /// 1 to 3, as in the format.
    #[serde(rename = "k")]
    pub(super) kind: u8,
    /// Whether it ends the guarantee.
    #[serde(rename = "e", default)]
    pub(super) ending: bool,
    #[serde(rename = "o")]
    pub(super) obligee: String,
    #[serde(rename = "a")]
    pub(super) amount: u64,
    #[serde(rename = "x", serialize_with = "as_hex", deserialize_with = "from_hex")]
    pub(super) fingerprint: Fingerprint,
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub(super) previous: Option<Previous>,
}

/// The fingerprint of the revision before.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub(super) struct Previous(
    #[serde(serialize_with = "as_hex", deserialize_with = "from_hex")] pub(super) Fingerprint,
);

impl Found {
    pub(super) fn of(answer: &Answer) -> Self {
        let essence = answer.genuine.as_ref().map(|genuine| Box::new(Essence::of(genuine, answer)));
        Self::Judged { outcome: answer.outcome, essence }
    }
}

impl Essence {
    fn of(genuine: &Genuine, answer: &Answer) -> Self {
        let certificate = &genuine.certificate;
        let claims = certificate.claims();
        Self {
            guarantor_id: claims.guarantor_id.to_string(),
            number: claims.number.to_string(),
            revision: certificate.revision().number(),
            newest: answer.superseded_by.map(Revision::number),
            kind: kind_code(claims.kind),
            ending: ends(certificate),
            obligee: claims.obligee.name.to_string(),
            amount: claims.guarantee.amount.amount(),
            fingerprint: genuine.fingerprint,
            previous: match &claims.lineage {
                Lineage::Amendment { previous, .. } => Some(Previous(*previous)),
                Lineage::Original => None,
            },
        }
    }
}

fn ends(certificate: &Certificate<'_>) -> bool {
    matches!(certificate.ending(), Some(ChangeKind::Termination | ChangeKind::Voidance))
}

/// The kinds in the order of their codes.
pub(super) const KINDS: [GuaranteeKind; 3] =
    [GuaranteeKind::Advance, GuaranteeKind::Interim, GuaranteeKind::Performance];

const fn kind_code(kind: GuaranteeKind) -> u8 {
    match kind {
        GuaranteeKind::Advance => 1,
        GuaranteeKind::Interim => 2,
        GuaranteeKind::Performance => 3,
    }
}

/// The word of a request for the kind.
pub(super) const fn kind_word(kind: GuaranteeKind) -> &'static str {
    match kind {
        GuaranteeKind::Advance => "advance",
        GuaranteeKind::Interim => "interim",
        GuaranteeKind::Performance => "performance",
    }
}

/// The kind of a code, if it is one.
pub(super) fn kind_of(code: u8) -> Option<GuaranteeKind> {
    KINDS.get(usize::from(code).checked_sub(1)?).copied()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn as_word<S: Serializer>(outcome: &Outcome, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(outcome.word())
}

fn from_word<'de, D: Deserializer<'de>>(from: D) -> Result<Outcome, D::Error> {
    let word = String::deserialize(from)?;
    Outcome::from_word(&word).ok_or_else(|| de::Error::custom("not a verdict"))
}

fn as_hex<S: Serializer>(fingerprint: &Fingerprint, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&hex(fingerprint.as_bytes()))
}

fn from_hex<'de, D: Deserializer<'de>>(from: D) -> Result<Fingerprint, D::Error> {
    let text = String::deserialize(from)?;
    let bytes = unhex(&text).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    bytes.map(Fingerprint::from_bytes).ok_or_else(|| de::Error::custom("not a fingerprint"))
}

#[cfg(test)]
mod tests {
    use super::super::ledger::Difference;
    use super::*;

    #[test]
    fn an_entry_comes_back_from_its_line() {
        let essence = Essence {
            guarantor_id: "g-mirai".to_owned(),
            number: "31-1".to_owned(),
            revision: 2,
            newest: Some(3),
            kind: 1,
            ending: false,
            obligee: "瑞穂県".to_owned(),
            amount: 52_800_000,
            fingerprint: Fingerprint::of(b"2"),
            previous: Some(Previous(Fingerprint::of(b"1"))),
        };
        let difference = Difference {
            field: "price".to_owned(),
            ledger: "1".to_owned(),
            certificate: Some("2".to_owned()),
        };
        let record = |found| Record {
            line: Some("✓ \u{1b}[1m".to_owned()),
            row: Some("a,\"b\"".to_owned()),
            found,
            place: Some("readme.txt".to_owned()),
            findings: vec!["R1 warning".to_owned()],
            hits: vec![Hit { row: 7, differences: vec![difference.clone()] }],
        };
        let judged =
            Found::Judged { outcome: Outcome::Superseded, essence: Some(Box::new(essence)) };
        let entry = Entry { records: vec![record(judged), record(Found::Sealed)] };
        let line = serde_json::to_string(&entry).unwrap();
        assert_eq!(serde_json::from_str::<Entry>(&line).unwrap(), entry);
    }

    #[test]
    fn words_and_fingerprints_that_are_none_are_refused() {
        for line in [
            r#"{"records":[{"f":{"j":{"v":"valid"}}}]}"#,
            r#"{"records":[{"f":{"j":{"v":"expired","g":{"i":"g","n":"1","r":1,"k":1,"o":"","a":0,"x":"00"}}}}]}"#,
            r#"{"records":[{"f":"x"}]}"#,
        ] {
            assert!(serde_json::from_str::<Entry>(line).is_err(), "{line}");
        }
    }

    #[test]
    fn kinds_have_the_codes_of_the_format() {
        for kind in KINDS {
            assert_eq!(kind_of(kind_code(kind)), Some(kind));
        }
        assert_eq!((kind_of(0), kind_of(4)), (None, None));
    }
}
