//! The verdict as one JSON object.

use std::io::{self, Write};

use hosho_policy::Finding;
use hosho_request::AnswerFields;
use serde_json::{Map, Value, json};

use super::answer::{Answer, Timestamp, Trusted};

/// Prints the object on standard output.
pub(super) fn print(answer: &Answer) -> io::Result<()> {
    let mut text = Value::Object(fields(answer)).to_string();
    text.push('\n');
    io::stdout().lock().write_all(text.as_bytes())
}

/// The fields of the contract; `null` where there is nothing to say.
pub(crate) fn fields(answer: &Answer) -> Map<String, Value> {
    let mut fields = AnswerFields {
        verdict: answer.outcome.word(),
        certificate: answer.genuine.as_ref().map(|genuine| &genuine.certificate),
        superseded_by: answer.superseded_by,
        ended_on: answer.ended_on,
        as_of: answer.as_of,
        code: answer.code,
        offset: answer.offset,
        findings: answer.findings.iter().flatten().map(Finding::to_json).collect(),
    }
    .into_json();
    fields.insert("trust".to_owned(), answer.trust.as_ref().map_or(Value::Null, trust));
    // Only for those who asked, so that the object does not depend on the wrapper.
    if answer.timestamp != Timestamp::NotAsked {
        fields.insert("timestamp".to_owned(), timestamp(answer.timestamp));
    }
    fields
}

/// The bundle, as the snapshot is told with `as_of`.
fn trust(trust: &Trusted) -> Value {
    json!({
        "guarantor_id": trust.guarantor_id.as_str(),
        "sequence": trust.sequence.number(),
        "next_update": trust.next_update.to_string(),
        "overdue": trust.overdue,
    })
}

fn timestamp(timestamp: Timestamp) -> Value {
    match timestamp {
        Timestamp::At(at) => json!({ "at": at.to_string(), "code": null }),
        Timestamp::Refused => json!({ "at": null, "code": "E5-TIMESTAMP" }),
        Timestamp::Missing | Timestamp::NotAsked => Value::Null,
    }
}
