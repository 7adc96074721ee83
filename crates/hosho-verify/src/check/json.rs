//! The verdict as one JSON object.

use std::io::{self, Write};

use hosho::Revision;
use hosho_policy::Finding;
use hosho_request::certificate_json;
use serde_json::{Map, Value, json};

use super::answer::{Answer, Timestamp};

/// Prints the object on standard output.
pub(super) fn print(answer: &Answer) -> io::Result<()> {
    let mut text = Value::Object(fields(answer)).to_string();
    text.push('\n');
    io::stdout().lock().write_all(text.as_bytes())
}

/// The fields of the contract; `null` where there is nothing to say.
pub(crate) fn fields(answer: &Answer) -> Map<String, Value> {
    let certificate = answer.genuine.as_ref().map(|genuine| &genuine.certificate);
    let number = certificate.map(|certificate| certificate.claims().number.as_str());
    let fields = json!({
        "verdict": answer.outcome.word(),
        "number": number,
        "revision": certificate.map(|certificate| certificate.revision().number()),
        "superseded_by": answer.superseded_by.map(Revision::number),
        "ended_on": answer.ended_on.map(|day| day.to_string()),
        "as_of": answer.as_of.map(|instant| instant.to_string()),
        "code": answer.code,
        "offset": answer.offset,
        "findings": answer.findings.iter().flatten().map(Finding::to_json).collect::<Vec<_>>(),
        "certificate": certificate.map(certificate_json),
    });
    let mut fields = match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    // Only for those who asked, so that the object does not depend on the wrapper.
    if answer.timestamp != Timestamp::NotAsked {
        fields.insert("timestamp".to_owned(), timestamp(answer.timestamp));
    }
    fields
}

fn timestamp(timestamp: Timestamp) -> Value {
    match timestamp {
        Timestamp::At(at) => json!({ "at": at.to_string(), "code": null }),
        Timestamp::Refused => json!({ "at": null, "code": "E5-TIMESTAMP" }),
        Timestamp::Missing | Timestamp::NotAsked => Value::Null,
    }
}
