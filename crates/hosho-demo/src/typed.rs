//! What the contractor types: the samples' requests, about days around today.

use std::path::Path;

use hosho::Date;
use hosho_cli::clock;
use hosho_cli::input::read_bounded;
use hosho_cli::lang::Lang;
use serde_json::{Map, Value};

use crate::Fault;
use crate::office::Typed;

/// A request is some KiB.
const MAX_FILE: usize = 1 << 20;

/// Returns the day so many days after today in Japan.
pub(crate) fn day_after(days: u32) -> Result<String, Fault> {
    let now = clock::now().ok_or("the clock of this machine cannot be read")?;
    let day = Date::in_japan(now).days().checked_add(days).ok_or("no such day")?;
    Ok(Date::from_days(day)?.to_string())
}

/// Returns what is typed to apply for what a sample's request says, from today on. The contractor
/// is the one who is logged in.
pub(crate) fn sample(folder: &Path, name: &str) -> Result<Typed, Fault> {
    let path = folder.join("requests").join(format!("{name}.json"));
    let bytes = read_bounded(&path, MAX_FILE).map_err(|error| error.message(Lang::En))?;
    let request: Map<String, Value> = serde_json::from_slice(&bytes)?;
    let mut typed = Vec::new();
    for part in ["obligee", "work", "guarantee"] {
        if let Some(Value::Object(fields)) = request.get(part) {
            flatten(part, fields, &mut typed);
        }
    }
    for (name, days) in [
        ("work.concluded_on", 0),
        ("work.term.from", 1),
        ("work.term.to", 240),
        ("guarantee.period.from", 0),
        ("guarantee.period.to", 240),
    ] {
        typed.push((name.to_owned(), day_after(days)?));
    }
    // What is chosen first, by name.
    let obligee = request.get("obligee").and_then(|it| it.get("name")).and_then(Value::as_str);
    let obligee = obligee.ok_or("a sample without an obligee")?;
    typed.push(("obligee".to_owned(), obligee.to_owned()));
    let kind = request.get("kind").and_then(Value::as_str).ok_or("a sample without a kind")?;
    typed.push(("kind".to_owned(), kind.to_owned()));
    typed.push(("delivery".to_owned(), "electronic".to_owned()));
    Ok(typed)
}

fn flatten(path: &str, fields: &Map<String, Value>, typed: &mut Typed) {
    for (name, value) in fields {
        let name = format!("{path}.{name}");
        match value {
            Value::Object(below) => flatten(&name, below, typed),
            Value::String(text) => typed.push((name, text.clone())),
            Value::Number(number) => typed.push((name, number.to_string())),
            Value::Bool(true) => typed.push((name, "yes".to_owned())),
            _ => {}
        }
    }
}

/// Returns what is typed, from pairs.
pub(crate) fn pairs<const N: usize>(typed: [(&str, &str); N]) -> Typed {
    typed.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}
