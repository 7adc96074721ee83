//! What an amendment changes, deduced from the fields before and after.

use std::collections::BTreeSet;

use hosho::ChangeKind;
use hosho_store::portal::AskedKind;
use hosho_web::{Lang, Words};
use serde_json::{Map, Value};

use super::entries::at;
use super::field::{self, FIELDS, FIRST_AFTER_MEMBERS, Field, MEMBERS, MEMBERS_LABEL, Part};
use super::show::shown;

/// A field that differs.
#[derive(Clone, Debug)]
pub(crate) struct Difference {
    /// Its name.
    pub(crate) field: &'static str,
    /// What it is called.
    pub(crate) label: Words,
    before: Option<Value>,
    after: Option<Value>,
}

/// Why a party is named otherwise than before.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Parties {
    /// It was an error.
    Correction,
    /// It is another party, or has another name.
    Novation,
}

impl Parties {
    /// Reads the word of a form.
    pub(super) fn parse(word: &str) -> Option<Self> {
        match word {
            "correction" => Some(Self::Correction),
            "novation" => Some(Self::Novation),
            _ => None,
        }
    }

    const fn kind(self) -> ChangeKind {
        match self {
            Self::Correction => ChangeKind::Correction,
            Self::Novation => ChangeKind::Novation,
        }
    }
}

/// Returns the fields that differ, in the order of the page.
pub(crate) fn differences(
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    kind: AskedKind,
) -> Vec<Difference> {
    let mut found = Vec::new();
    for field in FIELDS.iter().filter(|field| field.part != Part::Change) {
        if field.name == FIRST_AFTER_MEMBERS {
            found.extend(difference(MEMBERS, MEMBERS_LABEL, before, after));
        }
        found.extend(difference(field.name, field.label(kind), before, after));
    }
    found
}

fn difference(
    field: &'static str,
    label: Words,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) -> Option<Difference> {
    // A box that is not ticked is left out.
    let value = |fields| at(fields, field).filter(|value| **value != Value::Bool(false)).cloned();
    let (before, after) = (value(before), value(after));
    (before != after).then_some(Difference { field, label, before, after })
}

/// Returns the words of the kinds of change, in the order of the format; nothing when a party
/// differs and nobody said why.
pub(super) fn kinds(
    differences: &[Difference],
    parties: Option<Parties>,
) -> Option<Vec<&'static str>> {
    // The tax moves with the price: that is no change of its own.
    let price_differs = differences.iter().any(|it| it.field == field::PRICE);
    let counts = |it: &&Difference| !(it.field == field::TAX && price_differs);
    let kinds = differences.iter().filter(counts).map(|it| it.kind(parties));
    let kinds: BTreeSet<ChangeKind> = kinds.collect::<Option<_>>()?;
    Some(kinds.into_iter().map(word).collect())
}

impl Difference {
    /// Returns what the field held before, for people.
    pub(crate) fn before(&self, lang: Lang) -> String {
        shown(self.field, self.before.as_ref(), lang)
    }

    /// Returns what the field will hold, for people.
    pub(crate) fn after(&self, lang: Lang) -> String {
        shown(self.field, self.after.as_ref(), lang)
    }

    fn kind(&self, parties: Option<Parties>) -> Option<ChangeKind> {
        let text = |value: &Option<Value>| {
            value.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        Some(match self.field {
            field::AMOUNT | field::ADVANCE | field::PRICE | field::PLANNED => {
                let amount = |value: &Option<Value>| value.as_ref().and_then(Value::as_u64);
                match (amount(&self.before), amount(&self.after)) {
                    (Some(before), Some(after)) if before < after => ChangeKind::Increase,
                    (Some(_), Some(_)) => ChangeKind::Decrease,
                    _ => ChangeKind::Correction,
                }
            }
            field::TERM_TO | field::PERIOD_TO => {
                // Days of the same length sort as they follow each other.
                if text(&self.before) < text(&self.after) {
                    ChangeKind::Extension
                } else {
                    ChangeKind::Shortening
                }
            }
            MEMBERS => return parties.map(Parties::kind),
            name => match Field::of(name).map(|field| field.part) {
                Some(Part::Contractor | Part::Obligee) => return parties.map(Parties::kind),
                _ => ChangeKind::Correction,
            },
        })
    }
}

/// The word of a request for a kind of change.
const fn word(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Increase => "increase",
        ChangeKind::Decrease => "decrease",
        ChangeKind::Extension => "extension",
        ChangeKind::Shortening => "shortening",
        ChangeKind::Correction => "correction",
        ChangeKind::Novation => "novation",
        ChangeKind::Termination => "termination",
        ChangeKind::Voidance => "voidance",
        ChangeKind::Rekey => "rekey",
    }
}

/// Returns what people call a kind of change, from its word.
pub(super) fn kind_words(word: &str, lang: Lang) -> &'static str {
    match word {
        "increase" => lang.pick("増額", "increase"),
        "decrease" => lang.pick("減額", "decrease"),
        "extension" => lang.pick("期間延長", "extension"),
        "shortening" => lang.pick("期間短縮", "shortening"),
        "correction" => lang.pick("訂正", "correction"),
        "novation" => lang.pick("名義変更", "novation"),
        "termination" => lang.pick("解約", "termination"),
        "voidance" => lang.pick("取消", "voidance"),
        "rekey" => lang.pick("認証キー再発行", "new auth key"),
        _ => lang.pick("変更", "change"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::application::entries::put;

    fn sample(name: &str) -> Map<String, Value> {
        let samples = hosho_testkit::sample_requests();
        let (_, bytes) = samples.iter().find(|(known, _)| known == name).unwrap();
        serde_json::from_slice(bytes).unwrap()
    }

    fn deduced(change: &[(&str, Value)], parties: Option<Parties>) -> Option<Vec<&'static str>> {
        let before = sample("G10-1");
        let mut after = before.clone();
        for (path, value) in change {
            put(&mut after, path, value.clone());
        }
        kinds(&differences(&before, &after, AskedKind::Advance), parties)
    }

    #[test]
    fn amounts_rise_and_fall_and_the_tax_goes_with_the_price() {
        let price = ("work.price_jpy", json!(1_760_000_000));
        let tax = ("work.price_tax_jpy", json!(160_000_000));
        assert_eq!(deduced(&[price, tax.clone()], None), Some(vec!["increase"]));
        assert_eq!(deduced(&[tax], None), Some(vec!["correction"]));
        let advance = ("guarantee.advance_jpy", json!(1));
        assert_eq!(deduced(&[advance], None), Some(vec!["decrease"]));
    }

    #[test]
    fn several_kinds_of_change_go_together_in_the_order_of_the_format() {
        let change = [
            ("work.name", json!("瑞穂湾第二埠頭岸壁築造工事")),
            ("work.term.to", json!("2027-03-18")),
            ("guarantee.period.to", json!("2026-06-30")),
            ("guarantee.amount_jpy", json!(242_000_000)),
        ];
        let expected = vec!["increase", "extension", "shortening", "correction"];
        assert_eq!(deduced(&change, None), Some(expected));
    }

    #[test]
    fn somebody_has_to_say_why_a_party_is_named_otherwise() {
        let change = [("contractor.jv_members", json!([{"name": "甲", "role": "代表者"}]))];
        assert_eq!(deduced(&change, None), None);
        assert_eq!(deduced(&change, Some(Parties::Novation)), Some(vec!["novation"]));
        let change = [("obligee.representative", json!("管理者 千歳 隆"))];
        assert_eq!(deduced(&change, Some(Parties::Correction)), Some(vec!["correction"]));
    }

    #[test]
    fn a_box_that_was_never_ticked_makes_no_difference() {
        assert_eq!(deduced(&[("work.low_price_survey", json!(false))], None), Some(vec![]));
        let ticked = deduced(&[("work.low_price_survey", json!(true))], None);
        assert_eq!(ticked, Some(vec!["correction"]));
    }

    #[test]
    fn before_and_after_are_told_for_people() {
        let before = sample("G10-1");
        let mut after = before.clone();
        put(&mut after, "guarantee.amount_jpy", json!(242_000_000));
        put(&mut after, "guarantee.period.to", json!("2026-06-30"));
        let told: Vec<_> = differences(&before, &after, AskedKind::Advance)
            .iter()
            .map(|it| (it.label.ja, it.before(Lang::Ja), it.after(Lang::En)))
            .collect();
        let expected = [
            ("保証金額", "￥220,000,000".to_owned(), "￥242,000,000".to_owned()),
            ("保証期間(至)", "令和8年3月31日".to_owned(), "2026-06-30".to_owned()),
        ];
        assert_eq!(told, expected);
    }
}
