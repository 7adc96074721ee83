//! What the worker tells: one JSON object a line, without secrets.

use hosho::UnixTime;
use serde_json::{Map, Value, json};

/// One thing that the worker tells.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// When.
    pub at: Option<UnixTime>,
    /// How grave it is.
    pub level: Level,
    /// What it is, in one word.
    pub event: &'static str,
    /// What belongs to it: names of services, counts, codes, guarantee numbers.
    pub fields: Vec<(&'static str, Value)>,
}

/// How grave something is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Level {
    /// Something was done.
    Info,
    /// Something will be tried again.
    Warn,
    /// Somebody should look into it.
    Error,
}

impl Entry {
    /// Returns the line, without its end.
    pub fn to_line(&self) -> String {
        let level = match self.level {
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
        };
        let mut object = Map::new();
        object.insert("at".to_owned(), json!(self.at.map(|at| at.to_string())));
        object.insert("level".to_owned(), json!(level));
        object.insert("event".to_owned(), json!(self.event));
        let fields = self.fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        object.extend(fields);
        Value::Object(object).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_one_json_object() {
        let entry = Entry {
            at: Some(UnixTime::parse("2026-11-22T03:04:05Z").unwrap()),
            level: Level::Warn,
            event: "service-away",
            fields: vec![("service", json!("confirm.example")), ("why", json!("a\nb"))],
        };
        let line = entry.to_line();
        assert!(!line.contains('\n'));
        let read: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(read["event"], "service-away");
        assert_eq!(read["level"], "warn");
        assert_eq!(read["at"], "2026-11-22T03:04:05Z");
    }
}
