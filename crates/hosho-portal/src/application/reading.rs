//! From what was typed to a draft, or to everything that is wrong with it.
//!
//! Each value is read, the fields are put together as a request, and `Request::parse` judges it.
//! The judge names one field at a time; a harmless value takes that field's place and it judges
//! again, so that a person is told everything at once.

use hosho::{ShortText, Text};
use hosho_request::RequestError;
use hosho_store::portal::{AskedKind, Obligee};
use serde_json::{Map, Value, json};

use crate::draft::Draft;

use super::difference::{self, Parties};
use super::entries::{ENDING, Entries, PARTIES, TICKED, at, put};
use super::field::{self, Entry, FIELDS, Field, MEMBERS, Part, member_field};
use super::slip::Slip;
use super::typed;

/// What an application is made in: all that the contractor does not type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'a> {
    /// Which kind of guarantee.
    pub(crate) kind: AskedKind,
    /// The terms that the guarantor offers; an amendment keeps those it has.
    pub(crate) terms: &'a str,
    /// The guarantor's branch; an amendment keeps the one it has.
    pub(crate) branch: Option<&'a str>,
    /// The obligee that was chosen from the list; nothing when its name is typed.
    pub(crate) obligee: Option<&'a Obligee>,
    /// The newest revision, for an amendment.
    pub(crate) base: Option<&'a Draft>,
}

/// The most times that the judge is asked: every field can be wrong once.
const MOST_SLIPS: usize = 200;

/// Reads a form as a draft.
///
/// # Errors
/// All that is wrong, in the order of the page.
pub(crate) fn read(entries: &Entries, frame: &Frame<'_>) -> Result<Draft, Vec<Slip>> {
    let mut reading = Reading { fields: Map::new(), slips: Vec::new(), rows: Vec::new() };
    reading.fixed(frame);
    reading.typed(entries, frame);
    reading.members(entries);
    reading.change(entries, frame);
    reading.judged()
}

/// Reads a form that ends a guarantee, from a day or from the beginning.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_ending(entries: &Entries, base: &Draft) -> Result<Draft, Vec<Slip>> {
    let fields = base.fields().clone();
    let mut reading = Reading { fields, slips: Vec::new(), rows: Vec::new() };
    let ending = entries.typed(ENDING);
    match ending {
        Some("termination") => reading.put("change.kinds", json!(["termination"])),
        Some("voidance") => {
            reading.put("change.kinds", json!(["voidance"]));
            reading.put(field::AMOUNT, 0.into());
        }
        _ => {
            reading.slips.push(Slip::input(
                ENDING,
                "解約か取消かを選んでください",
                "Choose between termination and voidance",
            ));
            reading.put("change.kinds", json!(["termination"]));
        }
    }
    for field in FIELDS.iter().filter(|field| field.part == Part::Change) {
        match entries.typed(field.name).map(|typed| value(field, typed)) {
            Some(Ok(value)) => reading.put(field.name, value),
            Some(Err(slip)) => reading.wrong(field, slip),
            None => {}
        }
    }
    if ending == Some("termination") {
        reading.check_last_day();
    }
    reading.judged()
}

/// Reads a form that asks for another auth key.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_rekey(entries: &Entries, base: &Draft) -> Result<Draft, Vec<Slip>> {
    let fields = base.fields().clone();
    let mut reading = Reading { fields, slips: Vec::new(), rows: Vec::new() };
    reading.put("change.kinds", json!(["rekey"]));
    if let (Some(field), Some(typed)) = (Field::of(field::REASON), entries.typed(field::REASON)) {
        match value(field, typed) {
            Ok(value) => reading.put(field.name, value),
            Err(slip) => reading.wrong(field, slip),
        }
    }
    reading.judged()
}

struct Reading {
    fields: Map<String, Value>,
    slips: Vec<Slip>,
    /// Which row of the form each member is from.
    rows: Vec<usize>,
}

impl Reading {
    /// What the contractor does not type.
    fn fixed(&mut self, frame: &Frame<'_>) {
        let kind = match frame.kind {
            AskedKind::Advance => "advance",
            AskedKind::Interim => "interim",
            // What a reservation promises is a performance guarantee.
            AskedKind::Performance | AskedKind::Reservation => "performance",
        };
        self.put("kind", kind.into());
        let (branch, terms) = match frame.base {
            Some(base) => (base.fields().get("branch"), at(base.fields(), "guarantee.terms")),
            None => (None, None),
        };
        // The judge tells what is missing in an object only where there is one.
        for object in ["obligee", "contractor", "work.term", "guarantee.period"] {
            self.put(object, json!({}));
        }
        self.put("guarantee.terms", terms.cloned().unwrap_or_else(|| frame.terms.into()));
        let ours = frame.branch.filter(|_| frame.base.is_none());
        if let Some(branch) = branch.cloned().or_else(|| ours.map(Value::from)) {
            self.put("branch", branch);
        }
        if let Some(obligee) = frame.obligee {
            self.put("obligee.name", obligee.name.as_str().into());
            self.put("obligee.representative", obligee.representative.as_str().into());
            if let Some(address) = &obligee.address {
                self.put(field::ADDRESS, address.as_str().into());
            }
        }
    }

    fn typed(&mut self, entries: &Entries, frame: &Frame<'_>) {
        for field in FIELDS.iter().filter(|field| field.is_shown(frame)) {
            let Some(typed) = entries.typed(field.name) else {
                self.missing(field, frame);
                continue;
            };
            match value(field, typed) {
                Ok(value) => self.put(field.name, value),
                Err(slip) => self.wrong(field, slip),
            }
        }
    }

    /// The judge knows what a request needs; a form needs a little more.
    fn missing(&mut self, field: &Field, frame: &Frame<'_>) {
        let had = frame.base.is_some_and(|base| at(base.fields(), field.name).is_some());
        if field.name == field::PRIOR && (frame.base.is_none() || had) {
            let slip = Slip::input(
                field.name,
                "当初の前払金の保証契約番号を入力してください",
                "Enter the number of the first advance's guarantee",
            );
            self.wrong(field, slip);
        }
    }

    fn members(&mut self, entries: &Entries) {
        let mut members = Vec::new();
        for (row, entry) in entries.members.iter().enumerate().filter(|(_, it)| !it.is_blank()) {
            let mut member = Map::new();
            let parts = [
                (field::MEMBER_NAME, &entry.name, Text::MAX_LEN),
                (field::MEMBER_ROLE, &entry.role, ShortText::MAX_LEN),
            ];
            for (part, typed, most) in parts {
                match text(&member_field(row, part), typed, most) {
                    Ok(text) if text.is_empty() => {}
                    Ok(text) => {
                        member.insert(part.to_owned(), text.into());
                    }
                    Err(slip) => {
                        self.slips.push(slip);
                        member.insert(part.to_owned(), STAND_IN_TEXT.into());
                    }
                }
            }
            if entry.share.chars().any(|c| !c.is_whitespace()) {
                match typed::share(&entry.share) {
                    Ok(share) => {
                        member.insert(field::MEMBER_SHARE.to_owned(), share.into());
                    }
                    Err(reason) => {
                        let name = member_field(row, field::MEMBER_SHARE);
                        self.slips.push(Slip::unreadable(name, reason));
                    }
                }
            }
            members.push(Value::Object(member));
            self.rows.push(row);
        }
        if !members.is_empty() {
            self.put(MEMBERS, members.into());
        }
    }

    /// What changes: deduced from the differences, never typed.
    fn change(&mut self, entries: &Entries, frame: &Frame<'_>) {
        let Some(base) = frame.base else { return };
        let differences = difference::differences(base.fields(), &self.fields, frame.kind);
        if differences.is_empty() && self.slips.is_empty() {
            self.slips.push(Slip::input(
                "",
                "変更された項目がありません。変更する項目を、変更後の内容に書き換えてください",
                "Nothing was changed. Overwrite what changes with how it shall be",
            ));
        }
        let parties = entries.typed(PARTIES).and_then(Parties::parse);
        match difference::kinds(&differences, parties) {
            Some(kinds) if !kinds.is_empty() => self.put("change.kinds", kinds.into()),
            Some(_) => self.put("change.kinds", json!(["correction"])),
            None => {
                self.slips.push(Slip::input(
                    PARTIES,
                    "当事者の表示の変更が、名義変更か誤記の訂正かを選んでください",
                    "Choose whether the change of a party is a novation or corrects an error",
                ));
                self.put("change.kinds", json!(["correction"]));
            }
        }
    }

    /// A termination needs its day, and there is one only within the period of guarantee.
    fn check_last_day(&mut self) {
        let day = |path| at(&self.fields, path).and_then(Value::as_str).unwrap_or_default();
        let (from, to) = (day("guarantee.period.from"), day("guarantee.period.to"));
        let slip = match day(field::EFFECTIVE_FROM) {
            _ if self.slips.iter().any(|slip| slip.field == field::EFFECTIVE_FROM) => return,
            "" => ("解約する日を入力してください", "Enter from which day the guarantee ends"),
            // Days of the same length sort as they follow each other.
            ended if ended < from || ended > to => (
                "解約する日を保証期間内の日で入力してください",
                "Enter a day within the period of guarantee",
            ),
            _ => return,
        };
        self.slips.push(Slip::input(field::EFFECTIVE_FROM, slip.0, slip.1));
    }

    /// Asks the judge until nothing is wrong any more.
    fn judged(mut self) -> Result<Draft, Vec<Slip>> {
        for _ in 0..MOST_SLIPS {
            match Draft::new(self.fields.clone()) {
                Ok(draft) if self.slips.is_empty() => return Ok(draft),
                Ok(_) => break,
                Err(error) => {
                    if !self.refused(&error) {
                        break;
                    }
                }
            }
        }
        self.slips.sort_by_key(|slip| place(&slip.field));
        self.slips.dedup_by(|later, first| !first.field.is_empty() && later.field == first.field);
        Err(self.slips)
    }

    /// Notes what the judge refused; tells whether a stand-in took its place.
    fn refused(&mut self, error: &RequestError) -> bool {
        let path = error.path();
        if let Some(field) = Field::of(path) {
            self.wrong(field, Slip::refused(field.name, error));
            return true;
        }
        if let Some((member, part)) = member_of(path) {
            let row = self.rows.get(member).copied().unwrap_or(member);
            self.slips.push(Slip::refused(member_field(row, part), error));
            return self.replace_member_part(member, part);
        }
        let last = format!("{path}.to");
        if let (Some(from), Some(to)) = (Field::of(&format!("{path}.from")), Field::of(&last)) {
            self.put(from.name, stand_in(from));
            self.wrong(to, Slip::refused(to.name, error));
            return true;
        }
        let place = if path == MEMBERS { MEMBERS } else { "" };
        self.slips.push(Slip::refused(place, error));
        false
    }

    fn replace_member_part(&mut self, member: usize, part: &str) -> bool {
        let value = if part == field::MEMBER_SHARE { json!(1) } else { STAND_IN_TEXT.into() };
        let place = self
            .fields
            .get_mut("contractor")
            .and_then(|contractor| contractor.get_mut("jv_members"))
            .and_then(|members| members.get_mut(member))
            .and_then(Value::as_object_mut);
        place.is_some_and(|member| {
            member.insert(part.to_owned(), value);
            true
        })
    }

    fn wrong(&mut self, field: &Field, slip: Slip) {
        self.slips.push(slip);
        self.put(field.name, stand_in(field));
    }

    fn put(&mut self, path: &str, value: Value) {
        put(&mut self.fields, path, value);
    }
}

impl Field {
    /// Tells whether the form shows the field.
    #[must_use]
    pub(super) fn is_shown(&self, frame: &Frame<'_>) -> bool {
        self.belongs_to(frame.kind)
            && match self.part {
                Part::Change => frame.base.is_some(),
                Part::Obligee => frame.obligee.is_none(),
                Part::Contractor | Part::Guarantee | Part::MultiYear | Part::Work => true,
            }
    }
}

/// Reads what was typed in a field as the value that a request has there.
pub(super) fn value(field: &Field, typed: &str) -> Result<Value, Slip> {
    let unreadable = |reason| Slip::unreadable(field.name, reason);
    match field.entry {
        Entry::Category | Entry::ShortText => {
            text(field.name, typed, ShortText::MAX_LEN).map(Value::from)
        }
        Entry::Day => typed::day(typed).map(|day| day.to_string().into()).map_err(unreadable),
        Entry::Flag if typed == TICKED => Ok(true.into()),
        Entry::Flag => {
            Err(Slip::input(field.name, "選び直してください", "Tick it again, or leave it empty"))
        }
        Entry::Number => Ok(typed::number(typed).into()),
        Entry::Text => text(field.name, typed, Text::MAX_LEN).map(Value::from),
        Entry::Yen => typed::yen(typed).map(Value::from).map_err(unreadable),
    }
}

/// Reads a text; what is far too long is refused here, so that one field cannot make the whole
/// request too large to be judged.
fn text(name: &str, typed: &str, most: usize) -> Result<String, Slip> {
    let text = typed::text(typed).map_err(|reason| Slip::unreadable(name, reason))?;
    if text.len() > most { Err(Slip::too_long(name)) } else { Ok(text) }
}

const STAND_IN_TEXT: &str = "-";

/// A value with which nothing else becomes wrong.
fn stand_in(field: &Field) -> Value {
    match (field.entry, field.name) {
        (Entry::Category | Entry::ShortText | Entry::Text, _) => STAND_IN_TEXT.into(),
        (Entry::Day, field::TERM_TO | field::PERIOD_TO) => "9999-12-31".into(),
        (Entry::Day, _) => "1970-01-01".into(),
        (Entry::Flag, _) => false.into(),
        (Entry::Number, _) => "0".into(),
        (Entry::Yen, field::PRICE) => 9_999_999_999_999_u64.into(),
        (Entry::Yen, _) => 0.into(),
    }
}

/// Where a field stands on the page.
fn place(name: &str) -> (usize, usize) {
    if let Some(at) = FIELDS.iter().position(|field| field.name == name) {
        return (at, 0);
    }
    let members = FIELDS.iter().position(|field| field.part == Part::Work).unwrap_or_default();
    let row = name.strip_prefix(MEMBERS).and_then(|rest| rest.split('.').nth(1));
    match row {
        // Rows stand after the contractor's other fields.
        Some(row) => (members.saturating_sub(1), 1 + row.parse().unwrap_or(0_usize)),
        None if name == MEMBERS => (members.saturating_sub(1), 1),
        None => (0, 0),
    }
}

/// Splits `contractor.jv_members[3].role` into member and part.
fn member_of(path: &str) -> Option<(usize, &'static str)> {
    let (index, part) = path.strip_prefix(MEMBERS)?.strip_prefix('[')?.split_once("].")?;
    let parts = [field::MEMBER_NAME, field::MEMBER_ROLE, field::MEMBER_SHARE];
    Some((index.parse().ok()?, parts.into_iter().find(|known| *known == part)?))
}
