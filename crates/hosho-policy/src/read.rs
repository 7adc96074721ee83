//! From TOML to a policy. Every key is known, and every list bounded.

use std::collections::BTreeSet;

use hosho::{Fingerprint, GuaranteeKind, ShortText, Text, Yen, fold_name};
use toml::Spanned;
use toml::de::{DeArray, DeString, DeTable, DeValue};

use crate::error::{PolicyError, PolicyProblem as Problem};
use crate::figure::Percent;
use crate::policy::{Override, Policy};
use crate::rule::{Rule, Severity};
use crate::settings::{Key, Level, Setting, Slot, keys};

/// An obligee has perhaps a dozen departments with figures of their own.
const MAX_OVERRIDES: usize = 1_024;
/// All municipalities of a prefecture, and more.
const MAX_OBLIGEES: usize = 256;
const MAX_CATEGORIES: usize = 64;

type Read<T> = Result<T, PolicyError>;

/// Reads a policy.
pub(crate) fn policy(text: &str) -> Read<Policy> {
    if text.len() > Policy::MAX_LEN {
        return Err(PolicyError::new("", Problem::TooLarge));
    }
    let document = DeTable::parse(text).map_err(|error| not_toml(text, &error))?;
    let root = document.get_ref();
    known(root, "", &["version", "service_categories", "rules", "override"])?;
    match root.get("version").map(Spanned::get_ref) {
        None => return Err(PolicyError::new("version", Problem::Missing)),
        Some(DeValue::Integer(version)) if version.to_string() == "1" => (),
        Some(_) => return Err(PolicyError::new("version", Problem::Version)),
    }
    let mut policy = Policy::usual();
    policy.fingerprint = Some(Fingerprint::of(text.as_bytes()));
    if let Some(list) = root.get("service_categories") {
        policy.service_categories = categories(list.get_ref(), "service_categories")?;
    }
    if let Some(rules) = root.get("rules") {
        for setting in settings(rules.get_ref(), "rules")? {
            policy.settings.apply(&setting);
        }
    }
    if let Some(list) = root.get("override") {
        policy.overrides = overrides(list.get_ref())?;
    }
    Ok(policy)
}

/// Reads a policy from the bytes of a file, with or without a byte-order mark.
pub(crate) fn file(bytes: &[u8]) -> Read<Policy> {
    match str::from_utf8(bytes) {
        Ok(text) => policy(text),
        Err(_) if bytes.len() > Policy::MAX_LEN => Err(PolicyError::new("", Problem::TooLarge)),
        Err(error) => {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            Err(not_toml_after(&String::from_utf8_lossy(before)))
        }
    }
}

fn not_toml(text: &str, error: &toml::de::Error) -> PolicyError {
    let offset = error.span().map_or(0, |span| span.start);
    not_toml_after(text.get(..offset).unwrap_or(text))
}

fn not_toml_after(before: &str) -> PolicyError {
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    PolicyError::new("", Problem::NotToml { line, column })
}

fn overrides(value: &DeValue<'_>) -> Read<Vec<Override>> {
    let items = list(value, "override", MAX_OVERRIDES)?;
    let read = |(at, item): (usize, &Spanned<DeValue<'_>>)| {
        read_override(item.get_ref(), &format!("override[{at}]"))
    };
    items.iter().enumerate().map(read).collect()
}

fn read_override(value: &DeValue<'_>, path: &str) -> Read<Override> {
    let fields = table(value, path)?;
    known(fields, path, &["obligees", "kinds", "categories", "rules"])?;
    let field = |name: &str| fields.get(name).map(|value| (value.get_ref(), join(path, name)));
    let obligees = field("obligees").map(|(value, path)| obligees(value, &path)).transpose()?;
    let kinds = field("kinds").map(|(value, path)| kinds(value, &path)).transpose()?;
    let categories =
        field("categories").map(|(value, path)| categories(value, &path)).transpose()?;
    if obligees.is_none() && kinds.is_none() && categories.is_none() {
        return Err(PolicyError::new(path, Problem::NoCondition));
    }
    let Some((rules, rules_path)) = field("rules") else {
        return Err(PolicyError::new(&join(path, "rules"), Problem::Missing));
    };
    Ok(Override { obligees, kinds, categories, settings: settings(rules, &rules_path)? })
}

fn obligees(value: &DeValue<'_>, path: &str) -> Read<BTreeSet<String>> {
    names(value, path, MAX_OBLIGEES, Text::MAX_LEN)
}

fn categories(value: &DeValue<'_>, path: &str) -> Read<BTreeSet<String>> {
    names(value, path, MAX_CATEGORIES, ShortText::MAX_LEN)
}

/// Reads names, folded as they are compared (spec R-NAME-1).
fn names(value: &DeValue<'_>, path: &str, most: usize, longest: usize) -> Read<BTreeSet<String>> {
    let items = list(value, path, most)?;
    let read = |(at, item): (usize, &Spanned<DeValue<'_>>)| {
        let path = format!("{path}[{at}]");
        let name = text(item.get_ref(), &path)?;
        let folded = fold_name(name);
        if name.len() > longest || folded.is_empty() {
            return Err(PolicyError::new(&path, Problem::TextLength));
        }
        Ok(folded)
    };
    items.iter().enumerate().map(read).collect()
}

fn kinds(value: &DeValue<'_>, path: &str) -> Read<Vec<GuaranteeKind>> {
    let items = list(value, path, 3)?;
    let read = |(at, item): (usize, &Spanned<DeValue<'_>>)| {
        let path = format!("{path}[{at}]");
        match text(item.get_ref(), &path)? {
            "advance" => Ok(GuaranteeKind::Advance),
            "interim" => Ok(GuaranteeKind::Interim),
            "performance" => Ok(GuaranteeKind::Performance),
            _ => Err(PolicyError::new(&path, Problem::UnknownWord)),
        }
    };
    items.iter().enumerate().map(read).collect()
}

/// Reads the tables of rules.
fn settings(value: &DeValue<'_>, path: &str) -> Read<Vec<Setting>> {
    let mut settings = Vec::new();
    for (id, value) in table(value, path)? {
        let path = join(path, id.get_ref());
        let Some(rule) = Rule::parse(id.get_ref()) else {
            return Err(PolicyError::new(&path, Problem::Unknown));
        };
        for (name, value) in table(value.get_ref(), &path)? {
            let path = join(&path, name.get_ref());
            let Some(key) = keys(rule).iter().find(|key| key.name == name.get_ref().as_ref())
            else {
                return Err(PolicyError::new(&path, Problem::Unknown));
            };
            settings.push(setting(rule, *key, value.get_ref(), &path)?);
        }
    }
    Ok(settings)
}

fn setting(rule: Rule, key: Key, value: &DeValue<'_>, path: &str) -> Read<Setting> {
    Ok(match key.slot {
        Slot::Amount(place) => Setting::Amount(place, amount(value, path)?),
        Slot::Level(place) => Setting::Level(place, level(value, path)?),
        Slot::Percent(place) => Setting::Percent(place, percent(value, path)?),
        Slot::Rule => Setting::Rule(rule, level(value, path)?),
        Slot::Threshold(place) => {
            let threshold = if is_none(value) { None } else { Some(percent(value, path)?) };
            Setting::Threshold(place, threshold)
        }
    })
}

fn is_none(value: &DeValue<'_>) -> bool {
    value.as_str() == Some("none")
}

fn amount(value: &DeValue<'_>, path: &str) -> Read<Option<Yen>> {
    if is_none(value) {
        return Ok(None);
    }
    let refused = || PolicyError::new(path, Problem::NotAmount);
    let DeValue::Integer(digits) = value else { return Err(refused()) };
    let yen = u64::from_str_radix(digits.as_str(), digits.radix()).ok().filter(|yen| *yen > 0);
    yen.and_then(|yen| Yen::new(yen).ok()).map(Some).ok_or_else(refused)
}

fn level(value: &DeValue<'_>, path: &str) -> Read<Level> {
    match text(value, path)? {
        "off" => Ok(None),
        word => {
            let severity = Severity::parse(word);
            severity.map(Some).ok_or_else(|| PolicyError::new(path, Problem::UnknownWord))
        }
    }
}

/// Reads a percentage from its digits: a float would not hold them exactly.
fn percent(value: &DeValue<'_>, path: &str) -> Read<Percent> {
    let percent = match value {
        DeValue::Integer(digits) if digits.radix() == 10 => Percent::parse(digits.as_str()),
        DeValue::Float(digits) => Percent::parse(digits.as_str()),
        _ => None,
    };
    percent.ok_or_else(|| PolicyError::new(path, Problem::NotPercentage))
}

fn text<'t>(value: &'t DeValue<'_>, path: &str) -> Read<&'t str> {
    value.as_str().ok_or_else(|| PolicyError::new(path, Problem::NotText))
}

fn table<'t, 'i>(value: &'t DeValue<'i>, path: &str) -> Read<&'t DeTable<'i>> {
    value.as_table().ok_or_else(|| PolicyError::new(path, Problem::NotTable))
}

/// Returns a list of 1 to `most` entries.
fn list<'t, 'i>(value: &'t DeValue<'i>, path: &str, most: usize) -> Read<&'t DeArray<'i>> {
    let items = value.as_array().ok_or_else(|| PolicyError::new(path, Problem::NotList))?;
    if items.is_empty() || items.len() > most {
        return Err(PolicyError::new(path, Problem::Count { most }));
    }
    Ok(items)
}

fn known(table: &DeTable<'_>, path: &str, names: &[&str]) -> Read<()> {
    let stranger = |name: &Spanned<DeString<'_>>| !names.contains(&name.get_ref().as_ref());
    match table.keys().find(|name| stranger(name)) {
        Some(name) => Err(PolicyError::new(&join(path, name.get_ref()), Problem::Unknown)),
        None => Ok(()),
    }
}

/// The path of a key below `path`; a name that could garble a message is cut down to its harmless
/// characters.
fn join(path: &str, name: &str) -> String {
    let shown: String = name
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
        .take(64)
        .collect();
    let shown = if shown.is_empty() { "?" } else { &shown };
    if path.is_empty() { shown.to_owned() } else { format!("{path}.{shown}") }
}
