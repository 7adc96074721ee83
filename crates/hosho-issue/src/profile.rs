//! The guarantor as certificates name it: `guarantor.json` of the home.

use hosho::{Fingerprint, GuarantorId, Text};
use serde::{Deserialize, Serialize};

use crate::journal::spelled::Spelled;

/// The file's name in the home.
pub(crate) const NAME: &str = "guarantor.json";
/// Seven texts of 512 bytes at most, even if every character were escaped.
pub(crate) const MAX_LEN: usize = 32 * 1024;

/// The guarantor as certificates name it, and for how many days what it publishes stays fresh.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Profile {
    pub(crate) id: GuarantorId<'static>,
    pub(crate) name: Text<'static>,
    pub(crate) representative: Option<Text<'static>>,
    pub(crate) address: Option<Text<'static>>,
    /// The fingerprint of the clauses in force (docs/home.md).
    pub(crate) clauses: Option<Fingerprint>,
    pub(crate) snapshot_days: u16,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Form {
    home: u8,
    id: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    representative: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clauses: Option<String>,
    snapshot_days: u16,
}

/// The version of the home's layout.
const HOME: u8 = 1;

impl Profile {
    /// Reads the file; nothing if a value is not well formed.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let form: Form = serde_json::from_slice(bytes).ok()?;
        let text = |text: Option<String>| {
            text.map(|text| Text::parse(text).ok()).map_or(Some(None), |t| t.map(Some))
        };
        if form.home != HOME {
            return None;
        }
        Some(Self {
            id: GuarantorId::parse(form.id).ok()?,
            name: Text::parse(form.name).ok()?,
            representative: text(form.representative)?,
            address: text(form.address)?,
            clauses: match form.clauses {
                None => None,
                Some(hex) => Some(Fingerprint::read(&hex)?),
            },
            snapshot_days: form.snapshot_days,
        })
    }

    /// Returns the file's bytes.
    pub(crate) fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let owned = |text: &Text<'_>| text.as_str().to_owned();
        let form = Form {
            home: HOME,
            id: self.id.as_str().to_owned(),
            name: owned(&self.name),
            representative: self.representative.as_ref().map(owned),
            address: self.address.as_ref().map(owned),
            clauses: self.clauses.as_ref().map(Spelled::spell),
            snapshot_days: self.snapshot_days,
        };
        let mut bytes = serde_json::to_vec_pretty(&form)?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile() -> Profile {
        Profile {
            id: GuarantorId::parse("g-demo").unwrap(),
            name: Text::parse("架空みらい建設業保証株式会社").unwrap(),
            representative: None,
            address: Some(Text::parse("瑞穂県青嶺市本町一丁目1番1号").unwrap()),
            clauses: Some(Fingerprint::of(b"clauses")),
            snapshot_days: 7,
        }
    }

    #[test]
    fn reads_back_the_file_it_wrote() {
        let bytes = profile().to_json().unwrap();
        assert_eq!(Profile::parse(&bytes), Some(profile()));
    }

    #[test]
    fn refuses_unknown_fields_other_layouts_and_texts_out_of_form() {
        let json = String::from_utf8(profile().to_json().unwrap()).unwrap();
        let faults = [
            ("\"home\": 1", "\"home\": 2"),
            ("\"home\": 1", "\"home\": 1, \"colour\": 3"),
            ("架空", " 架空"),
            ("g-demo", "G-DEMO"),
        ];
        for (from, to) in faults {
            let changed = json.replacen(from, to, 1);
            assert_ne!(changed, json);
            assert_eq!(Profile::parse(changed.as_bytes()), None, "{to}");
        }
    }
}
