//! What a person typed in a form, as it was typed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::field::{self, Entry, FIELDS, MEMBERS, Part};

/// The values of a form's fields, kept as they were typed until everything is right.
///
/// Invariant: no value is empty; a field without one is not there.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Entries {
    values: BTreeMap<&'static str, String>,
    pub(super) members: Vec<MemberEntry>,
}

/// A row of the form: a member of a joint venture.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct MemberEntry {
    pub(super) name: String,
    pub(super) role: String,
    pub(super) share: String,
}

/// A field came twice, or one of a row that no page of ours has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct NotOurForm;

/// How the certificate is to be received.
pub(super) const DELIVERY: &str = "delivery";
/// Whether a change of a party's name is a novation or a correction.
pub(super) const PARTIES: &str = "parties";
/// What a cancellation is.
pub(super) const ENDING: &str = "ending";
/// What a ticked box says.
pub(super) const TICKED: &str = "yes";

/// Fields that are not part of a request.
const BESIDES: [&str; 3] = [DELIVERY, ENDING, PARTIES];

impl Entries {
    /// The most rows for members, which is the most members of a request.
    pub(super) const MOST_MEMBERS: usize = 20;

    /// Reads what a browser sent; names of other fields are passed over.
    ///
    /// # Errors
    /// [`NotOurForm`] when a field comes twice or a row is beyond the last.
    pub(crate) fn of_form(fields: &[(String, String)]) -> Result<Self, NotOurForm> {
        let mut entries = Self::default();
        let mut seen = BTreeSet::new();
        let mut rows = BTreeMap::new();
        for (name, value) in fields {
            if let Some(name) = known(name) {
                if !seen.insert(name) {
                    return Err(NotOurForm);
                }
                entries.set(name, value.as_str());
            } else if let Some((row, part)) = member_part(name)
                && (row >= Self::MOST_MEMBERS || rows.insert((row, part), value.clone()).is_some())
            {
                return Err(NotOurForm);
            }
        }
        for ((row, part), value) in rows {
            if entries.members.len() <= row {
                entries.members.resize(row.saturating_add(1), MemberEntry::default());
            }
            if let Some(place) = entries.members.get_mut(row).and_then(|row| row.part(part)) {
                *place = value;
            }
        }
        Ok(entries)
    }

    /// Returns a form filled with the fields of a request.
    pub(crate) fn of_request(request: &Map<String, Value>) -> Self {
        let mut entries = Self::default();
        for field in FIELDS {
            if let Some(value) = at(request, field.name) {
                entries.set(field.name, shown(value, field.entry));
            }
        }
        let members = at(request, MEMBERS).and_then(Value::as_array);
        let text = |member: &Value, part| member.get(part).map(plain).unwrap_or_default();
        entries.members = members
            .into_iter()
            .flatten()
            .map(|member| MemberEntry {
                name: text(member, field::MEMBER_NAME),
                role: text(member, field::MEMBER_ROLE),
                share: text(member, field::MEMBER_SHARE),
            })
            .collect();
        entries
    }

    /// Returns a form filled with the parties and the contract of a request, for another guarantee
    /// of the same contract.
    pub(crate) fn of_contract(request: &Map<String, Value>) -> Self {
        let mut entries = Self::of_request(request);
        for field in FIELDS {
            if !matches!(field.part, Part::Contractor | Part::Obligee | Part::Work) {
                entries.values.remove(field.name);
            }
        }
        entries
    }

    /// Returns what was typed in a field; nothing if that is only white space.
    pub(super) fn typed(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str).filter(|value| !is_blank(value))
    }

    /// Returns what stands in a field, to be shown again.
    pub(super) fn kept(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    /// Fills a field in; an empty value leaves it empty.
    pub(super) fn set(&mut self, name: &'static str, value: impl Into<String>) {
        let value = value.into();
        if value.is_empty() {
            self.values.remove(name);
        } else {
            self.values.insert(name, value);
        }
    }

    /// Adds an empty row for a member; at the most there are, nothing.
    pub(super) fn add_member(&mut self) {
        if self.members.len() < Self::MOST_MEMBERS {
            self.members.push(MemberEntry::default());
        }
    }

    /// Removes a member's row.
    pub(super) fn remove_member(&mut self, row: usize) {
        if row < self.members.len() {
            self.members.remove(row);
        }
    }

    /// Returns every field with what stands in it, as a browser sends it.
    pub(crate) fn to_form(&self) -> Vec<(String, String)> {
        let values = self.values.iter();
        let mut fields: Vec<(String, String)> =
            values.map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        for (row, member) in self.members.iter().enumerate() {
            for (part, value) in member.parts() {
                fields.push((field::member_field(row, part), value.to_owned()));
            }
        }
        fields
    }
}

impl MemberEntry {
    /// Tells whether nothing was typed in the row, so that it is none.
    #[must_use]
    pub(super) fn is_blank(&self) -> bool {
        self.parts().iter().all(|(_, value)| is_blank(value))
    }

    fn parts(&self) -> [(&'static str, &str); 3] {
        [
            (field::MEMBER_NAME, &self.name),
            (field::MEMBER_ROLE, &self.role),
            (field::MEMBER_SHARE, &self.share),
        ]
    }

    fn part(&mut self, part: &str) -> Option<&mut String> {
        match part {
            field::MEMBER_NAME => Some(&mut self.name),
            field::MEMBER_ROLE => Some(&mut self.role),
            field::MEMBER_SHARE => Some(&mut self.share),
            _ => None,
        }
    }
}

/// Returns the value at the path of a field.
pub(super) fn at<'v>(request: &'v Map<String, Value>, path: &str) -> Option<&'v Value> {
    let mut names = path.split('.');
    let first = request.get(names.next()?)?;
    names.try_fold(first, |value, name| value.get(name))
}

/// Puts a value at the path of a field, with the objects above it.
pub(super) fn put(request: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            request.insert(path.to_owned(), value);
        }
        Some((name, rest)) => {
            let below = request.entry(name).or_insert_with(|| Map::new().into());
            if let Value::Object(below) = below {
                put(below, rest, value);
            }
        }
    }
}

fn known(name: &str) -> Option<&'static str> {
    let besides = BESIDES.into_iter().find(|known| *known == name);
    besides.or_else(|| field::Field::of(name).map(|field| field.name))
}

/// Splits `contractor.jv_members.3.role` into row and part.
pub(super) fn member_part(name: &str) -> Option<(usize, &'static str)> {
    let (row, part) = name.strip_prefix(MEMBERS)?.strip_prefix('.')?.split_once('.')?;
    let parts = [field::MEMBER_NAME, field::MEMBER_ROLE, field::MEMBER_SHARE];
    let part = parts.into_iter().find(|known| *known == part)?;
    let digits = (1..=4).contains(&row.len()) && row.bytes().all(|byte| byte.is_ascii_digit());
    Some((row.parse().ok().filter(|_| digits)?, part))
}

fn is_blank(value: &str) -> bool {
    value.chars().all(char::is_whitespace)
}

fn shown(value: &Value, entry: Entry) -> String {
    match (entry, value) {
        (Entry::Flag, Value::Bool(true)) => TICKED.to_owned(),
        (Entry::Flag, _) => String::new(),
        (Entry::Yen, value) => {
            let amount = value.as_u64().unwrap_or_default();
            hosho_display::sum_of_yen(amount).trim_start_matches('￥').to_owned()
        }
        (_, value) => plain(value),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn what_was_typed_comes_back_as_it_was() {
        let fields = [
            pair("contractor.jv_members.0.name", " 甲 "),
            pair("contractor.jv_members.0.role", ""),
            pair("contractor.jv_members.0.share_percent", "６０％"),
            pair("work.price_jpy", "￥1,０00"),
        ];
        let entries = Entries::of_form(&fields).unwrap();
        let mut again = entries.to_form();
        again.sort();
        assert_eq!(again, fields);
    }

    #[test]
    fn other_fields_are_passed_over() {
        let fields = [
            pair("form_token", "x"),
            pair("work.price_jpy.more", "1"),
            pair("contractor.jv_members.1.colour", "red"),
            pair("contractor.jv_members.-1.role", "x"),
            pair("guarantee.terms", "約款なし"),
            pair("number", "31-07-1-0000123-9"),
        ];
        assert_eq!(Entries::of_form(&fields), Ok(Entries::default()));
    }

    #[test]
    fn a_form_that_is_not_ours_is_refused() {
        let twice = [pair("work.price_jpy", "1"), pair("work.price_jpy", "2")];
        assert_eq!(Entries::of_form(&twice), Err(NotOurForm));
        let twice =
            [pair("contractor.jv_members.1.role", "a"), pair("contractor.jv_members.01.role", "b")];
        assert_eq!(Entries::of_form(&twice), Err(NotOurForm));
        for row in ["20", "9999"] {
            let field = pair(&format!("contractor.jv_members.{row}.role"), "a");
            assert_eq!(Entries::of_form(&[field]), Err(NotOurForm), "{row}");
        }
    }

    #[test]
    fn another_guarantee_of_a_contract_has_its_parties_and_works() {
        let samples = hosho_testkit::sample_requests();
        let (_, bytes) = samples.iter().find(|(name, _)| name == "G10-2").unwrap();
        let request: Map<String, Value> = serde_json::from_slice(bytes).unwrap();
        let copied = Entries::of_contract(&request);
        assert_eq!(copied.members.len(), 2);
        assert_eq!(copied.kept("work.price_jpy"), "1,650,000,000");
        for of_its_own in ["guarantee.amount_jpy", "change.reason", "work.multi_year.planned_jpy"] {
            assert_eq!(copied.typed(of_its_own), None, "{of_its_own}");
        }
    }

    #[test]
    fn rows_are_added_up_to_the_most_and_removed() {
        let mut entries = Entries::default();
        for _ in 0..30 {
            entries.add_member();
        }
        assert_eq!(entries.members.len(), Entries::MOST_MEMBERS);
        entries.remove_member(99);
        entries.remove_member(0);
        assert_eq!(entries.members.len(), Entries::MOST_MEMBERS - 1);
    }
}
