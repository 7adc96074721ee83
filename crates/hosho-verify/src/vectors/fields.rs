//! Reading the fields of a vector's input.

use hosho::{Date, UnixTime};
use serde_json::{Map, Value};

use crate::hex::unhex;

/// Zeros that may follow: enough to pass the limit of every object.
const MAX_ZEROS: usize = 32 << 20;

/// The input of a vector; every reader says which field is not in its form.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'v>(pub(super) &'v Map<String, Value>);

impl<'v> Fields<'v> {
    pub(super) fn text(self, name: &str) -> Result<&'v str, String> {
        self.optional_text(name)?.ok_or_else(|| format!("input {name} is missing"))
    }

    pub(super) fn optional_text(self, name: &str) -> Result<Option<&'v str>, String> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(format!("input {name} is not text")),
        }
    }

    /// Bytes in hex, with the zeros that follow them so that large inputs stay short.
    pub(super) fn bytes(self, name: &str) -> Result<Vec<u8>, String> {
        let text = self.text(name)?;
        let mut bytes = unhex(text).ok_or_else(|| format!("input {name} is not lower-case hex"))?;
        if self.0.contains_key("then_zeros") {
            let zeros: usize = self.small("then_zeros")?;
            if zeros > MAX_ZEROS {
                return Err("input then_zeros is out of range".to_owned());
            }
            bytes.resize(bytes.len().saturating_add(zeros), 0);
        }
        Ok(bytes)
    }

    pub(super) fn optional_bytes(self, name: &str) -> Result<Option<Vec<u8>>, String> {
        match self.optional_text(name)? {
            Some(_) => self.bytes(name).map(Some),
            None => Ok(None),
        }
    }

    /// A list of byte strings; a list that is not there is empty.
    pub(super) fn list(self, name: &str) -> Result<Vec<Vec<u8>>, String> {
        let refusal = || format!("input {name} is not a list of lower-case hex");
        let items = match self.0.get(name) {
            None | Some(Value::Null) => return Ok(Vec::new()),
            Some(Value::Array(items)) => items,
            Some(_) => return Err(refusal()),
        };
        let hex = |item: &Value| item.as_str().and_then(unhex).ok_or_else(refusal);
        items.iter().map(hex).collect()
    }

    pub(super) fn number(self, name: &str) -> Result<u64, String> {
        let number = self.0.get(name).and_then(Value::as_u64);
        number.ok_or_else(|| format!("input {name} is not an integer"))
    }

    pub(super) fn small<T: TryFrom<u64>>(self, name: &str) -> Result<T, String> {
        T::try_from(self.number(name)?).map_err(|_| format!("input {name} is out of range"))
    }

    pub(super) fn date(self, name: &str) -> Result<Date, String> {
        Date::parse(self.text(name)?).map_err(|error| format!("input {name}: {error}"))
    }

    pub(super) fn instant(self, name: &str) -> Result<UnixTime, String> {
        UnixTime::from_seconds(self.number(name)?).map_err(|error| format!("input {name}: {error}"))
    }

    pub(super) fn object(self, name: &str) -> Result<Option<Self>, String> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(fields)) => Ok(Some(Fields(fields))),
            Some(_) => Err(format!("input {name} is not an object")),
        }
    }
}
