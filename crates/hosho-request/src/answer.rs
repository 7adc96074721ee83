//! The JSON form of an answer about a certificate.

use hosho::{Certificate, Date, Revision, UnixTime};
use serde_json::{Map, Value, json};

use crate::show::certificate_json;

/// What is answered about one certificate: the same object from every program.
#[derive(Clone, Debug)]
pub struct AnswerFields<'a> {
    /// The word of the contract, such as `in-force`.
    pub verdict: &'a str,
    /// What the guarantor signed, if its signature verified.
    pub certificate: Option<&'a Certificate<'a>>,
    /// The newest revision, if that is another one.
    pub superseded_by: Option<Revision>,
    /// The day from which the guarantee was ended.
    pub ended_on: Option<Date>,
    /// When the snapshot was made that the answer rests on.
    pub as_of: Option<UnixTime>,
    /// The rule behind a refusal or an undecided answer.
    pub code: Option<&'a str>,
    /// Where that rule is broken.
    pub offset: Option<usize>,
    /// What a policy found.
    pub findings: Vec<Value>,
}

impl AnswerFields<'_> {
    /// Returns the object; `null` stands where there is nothing to say.
    pub fn into_json(self) -> Map<String, Value> {
        let number = self.certificate.map(|certificate| certificate.claims().number.as_str());
        let fields = json!({
            "verdict": self.verdict,
            "number": number,
            "revision": self.certificate.map(|certificate| certificate.revision().number()),
            "superseded_by": self.superseded_by.map(Revision::number),
            "ended_on": self.ended_on.map(|day| day.to_string()),
            "as_of": self.as_of.map(|instant| instant.to_string()),
            "code": self.code,
            "offset": self.offset,
            "findings": self.findings,
            "certificate": self.certificate.map(certificate_json),
        });
        match fields {
            Value::Object(fields) => fields,
            _ => Map::new(),
        }
    }
}
