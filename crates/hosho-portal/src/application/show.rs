//! How the fields of a request are shown to people.

use hosho::Date;
use hosho_store::portal::AskedKind;
use hosho_web::{Lang, Words};
use serde_json::{Map, Value};

use super::entries::at;
use super::field::{self, Entry, FIELDS, Field, MEMBERS, MEMBERS_LABEL, Part};

/// A part of an application as it will stand.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Shown {
    /// Its heading.
    pub(super) heading: &'static str,
    /// What each field is called and holds.
    pub(super) rows: Vec<(&'static str, String)>,
}

/// Returns everything that a request says, in the order of the page.
pub(super) fn everything(request: &Map<String, Value>, kind: AskedKind, lang: Lang) -> Vec<Shown> {
    let mut parts = Vec::new();
    for part in Part::ALL {
        let mut rows = Vec::new();
        for field in FIELDS.iter().filter(|field| field.part == part) {
            if let Some(value) = at(request, field.name) {
                rows.push((lang.of(&field.label(kind)), shown(field.name, Some(value), lang)));
            }
        }
        let members = at(request, MEMBERS).filter(|_| part == Part::Contractor);
        if members.is_some() {
            rows.push((lang.of(&MEMBERS_LABEL), shown(MEMBERS, members, lang)));
        }
        if part == Part::Guarantee {
            let ours =
                [("guarantee.terms", "約款・特約", "Terms"), ("branch", "取扱支店", "Branch")];
            for (path, ja, en) in ours {
                if let Some(text) = at(request, path).and_then(Value::as_str) {
                    rows.push((lang.pick(ja, en), text.to_owned()));
                }
            }
        }
        if !rows.is_empty() {
            parts.push(Shown { heading: lang.of(&part.words()), rows });
        }
    }
    parts
}

/// Returns what a field holds.
pub(super) fn shown(name: &str, value: Option<&Value>, lang: Lang) -> String {
    let Some(value) = value else { return lang.pick("(なし)", "(none)").to_owned() };
    let text = value.as_str().unwrap_or_default();
    match Field::of(name).map(|field| field.entry) {
        Some(Entry::Category) => category(text, lang).unwrap_or(text).to_owned(),
        Some(Entry::Day) => match (Date::parse(text), lang) {
            (Ok(day), Lang::Ja) => hosho_display::wareki(day),
            _ => text.to_owned(),
        },
        Some(Entry::Flag) => lang.pick("はい", "yes").to_owned(),
        Some(Entry::Yen) => hosho_display::sum_of_yen(value.as_u64().unwrap_or_default()),
        Some(Entry::Number | Entry::ShortText | Entry::Text) => text.to_owned(),
        None => {
            let members = value.as_array().into_iter().flatten();
            members.map(member).collect::<Vec<_>>().join(lang.pick("、", "; "))
        }
    }
}

/// The words for the categories that forms offer.
pub(super) const CATEGORIES: [(&str, Words); 2] = [
    ("construction", Words { ja: "工事", en: "Construction" }),
    (
        "services",
        Words {
            ja: "測量・調査・設計等の業務委託", en: "Survey, design and other services"
        },
    ),
];

fn category(word: &str, lang: Lang) -> Option<&'static str> {
    CATEGORIES.iter().find(|(known, _)| *known == word).map(|(_, words)| lang.of(words))
}

fn member(member: &Value) -> String {
    let text = |part| member.get(part).and_then(Value::as_str).unwrap_or_default();
    let share = member.get(field::MEMBER_SHARE).map(|share| format!(" {share}%"));
    let (name, role) = (text(field::MEMBER_NAME), text(field::MEMBER_ROLE));
    format!("{name}({role}){}", share.unwrap_or_default())
}
