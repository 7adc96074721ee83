//! A strict reader of JSON objects that knows the place of everything it reads.
//!
//! `serde_json` splits the text; what it would let pass (a name given twice, a name that means
//! nothing) is refused here, with the path of the field.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::error::{RequestError, RequestProblem};

/// One JSON value. Names of objects keep their order and may still repeat.
#[derive(Debug)]
pub(crate) enum Node {
    Array(Vec<Node>),
    Boolean(bool),
    /// A number that is an integer from 0 to 2^64 - 1.
    Integer(u64),
    Null,
    Object(Vec<(String, Node)>),
    /// Any other number, in its shortest decimal spelling.
    OtherNumber(String),
    Text(String),
}

impl Node {
    /// Reads exactly one JSON value.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, RequestError> {
        serde_json::from_slice(bytes).map_err(|error| {
            RequestError::new(
                "",
                RequestProblem::NotJson { line: error.line(), column: error.column() },
            )
        })
    }

    pub(crate) fn into_array(self, path: &str) -> Result<Vec<Self>, RequestError> {
        match self {
            Self::Array(items) => Ok(items),
            other => Err(other.mismatch(path, RequestProblem::NotArray)),
        }
    }

    pub(crate) fn into_boolean(self, path: &str) -> Result<bool, RequestError> {
        match self {
            Self::Boolean(value) => Ok(value),
            other => Err(other.mismatch(path, RequestProblem::NotBoolean)),
        }
    }

    pub(crate) fn into_integer(self, path: &str) -> Result<u64, RequestError> {
        match self {
            Self::Integer(value) => Ok(value),
            other => Err(other.mismatch(path, RequestProblem::NotInteger)),
        }
    }

    pub(crate) fn into_text(self, path: &str) -> Result<String, RequestError> {
        match self {
            Self::Text(text) => Ok(text),
            other => Err(other.mismatch(path, RequestProblem::NotText)),
        }
    }

    /// The error for a value of the wrong type: `null` has its own advice.
    pub(crate) fn mismatch(&self, path: &str, problem: RequestProblem) -> RequestError {
        let problem = match self {
            Self::Null => RequestProblem::Null,
            _ => problem,
        };
        RequestError::new(path, problem)
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Boolean(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::OtherNumber(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(u64::try_from(value)
            .map_or_else(|_| Node::OtherNumber(value.to_string()), Node::Integer))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Node::Object(entries))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element()? {
            items.push(item);
        }
        Ok(Node::Array(items))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Node, E> {
        Ok(Node::Text(text))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Integer(value))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }
}

/// The fields of one object. Every name is known and stands once.
pub(crate) struct Fields {
    path: String,
    entries: BTreeMap<String, Node>,
}

impl Fields {
    /// Takes an object apart, refusing names that are not `known` and names given twice.
    pub(crate) fn open(node: Node, path: &str, known: &[&str]) -> Result<Self, RequestError> {
        let Node::Object(pairs) = node else {
            return Err(node.mismatch(path, RequestProblem::NotObject));
        };
        let mut entries = BTreeMap::new();
        for (name, value) in pairs {
            let place = join(path, &name);
            if !known.contains(&name.as_str()) {
                return Err(RequestError::new(&place, RequestProblem::Unknown));
            }
            if entries.insert(name, value).is_some() {
                return Err(RequestError::new(&place, RequestProblem::Duplicate));
            }
        }
        Ok(Self { path: path.to_owned(), entries })
    }

    /// Reads a field that may be left out. It is not left out by giving `null`.
    pub(crate) fn optional<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(Node, &str) -> Result<T, RequestError>,
    ) -> Result<Option<T>, RequestError> {
        match self.entries.remove(name) {
            Some(node) => read(node, &join(&self.path, name)).map(Some),
            None => Ok(None),
        }
    }

    /// Reads a field that has to be there.
    pub(crate) fn required<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(Node, &str) -> Result<T, RequestError>,
    ) -> Result<T, RequestError> {
        self.optional(name, read)?
            .ok_or_else(|| RequestError::new(&join(&self.path, name), RequestProblem::Missing))
    }
}

/// The path of a field below `path`; a name that could garble a message is cut down to its
/// harmless characters.
fn join(path: &str, name: &str) -> String {
    let shown: String = name
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
        .take(64)
        .collect();
    let shown = if shown.is_empty() { "?" } else { &shown };
    if path.is_empty() { shown.to_owned() } else { format!("{path}.{shown}") }
}
