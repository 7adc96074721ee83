//! What an application asks for: a request that lacks what the desk adds.
//!
//! The number of a new guarantee, the revision and the day of issue are not the contractor's to
//! give. A *draft* is the JSON of a request (docs/request.schema.json) without them; with
//! stand-ins in their place [`Request::parse`] is the judge of everything else.

use hosho::{Certificate, Date, GuaranteeNumber, Revision};
use hosho_request::{Request, RequestError, certificate_json};
use serde_json::{Map, Value};

/// A request without its number, revision and day of issue.
///
/// Invariant: with any number, day and revision in their places it is a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    fields: Map<String, Value>,
}

/// What the desk adds to a draft when it concludes.
#[derive(Clone, Debug)]
pub struct Conclusion<'c> {
    /// The number of the guarantee.
    pub number: &'c GuaranteeNumber<'c>,
    /// The revision that is asked for.
    pub revision: Revision,
    /// The day that the certificate prints.
    pub issued_on: Date,
}

impl Draft {
    /// The number that stands in for one that is not given yet.
    const NO_NUMBER: &'static str = "0";

    /// Reads a draft: fields that the desk adds are dropped from `fields`, whatever they hold.
    ///
    /// # Errors
    /// Names the path of the field that is wrong, as [`Request::parse`] does.
    pub fn new(fields: Map<String, Value>) -> Result<Self, RequestError> {
        let mut draft = Self { fields };
        for added in ["number", "revision", "issued_on"] {
            draft.fields.remove(added);
        }
        if let Some(Value::Object(change)) = draft.fields.get_mut("change") {
            change.remove("supersedes");
        }
        draft.request(Date::MAX)?;
        Ok(draft)
    }

    /// Reads a draft from the text that [`Draft::to_json`] wrote.
    ///
    /// # Errors
    /// As [`Draft::new`]; text that is no JSON object is one too.
    pub fn parse(json: &str) -> Result<Self, RequestError> {
        let Ok(Value::Object(fields)) = serde_json::from_str(json) else {
            Request::parse(json.as_bytes())?;
            return Self::new(Map::new());
        };
        Self::new(fields)
    }

    /// Returns a draft with the fields of a certificate and without its change: what an amendment
    /// begins with.
    ///
    /// # Errors
    /// None for a certificate of this version.
    pub fn of_certificate(certificate: &Certificate<'_>) -> Result<Self, RequestError> {
        let mut fields = match certificate_json(certificate) {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        fields.remove("change");
        Self::new(fields)
    }

    /// Returns the fields, to be changed and read again.
    pub fn fields(&self) -> &Map<String, Value> {
        &self.fields
    }

    /// Returns the fields, owned.
    pub fn into_fields(self) -> Map<String, Value> {
        self.fields
    }

    /// Returns the JSON text that the database keeps.
    pub fn to_json(&self) -> String {
        Value::Object(self.fields.clone()).to_string()
    }

    /// Returns the request as it stands so far, as if concluded on `day`.
    ///
    /// # Errors
    /// None after construction.
    pub fn request(&self, day: Date) -> Result<Request, RequestError> {
        Request::parse(self.completed(Self::NO_NUMBER, self.stand_in_revision(), day).as_bytes())
    }

    /// Returns the JSON of the request that the worker gets.
    pub fn conclude(&self, conclusion: &Conclusion<'_>) -> String {
        self.completed(
            conclusion.number.as_str(),
            conclusion.revision.number(),
            conclusion.issued_on,
        )
    }

    /// Returns the certificate that would answer the request, for policy and for people to look
    /// at: nobody signed it, and what the guarantor adds is a stand-in.
    ///
    /// # Errors
    /// None after construction.
    pub fn certificate(&self, day: Date) -> Result<Certificate<'static>, RequestError> {
        self.request(day)?.to_unsigned()
    }

    fn stand_in_revision(&self) -> u16 {
        if self.fields.contains_key("change") { 2 } else { 1 }
    }

    fn completed(&self, number: &str, revision: u16, day: Date) -> String {
        let mut fields = self.fields.clone();
        fields.insert("number".to_owned(), number.into());
        fields.insert("revision".to_owned(), revision.into());
        fields.insert("issued_on".to_owned(), day.to_string().into());
        if let Some(Value::Object(change)) = fields.get_mut("change") {
            change.insert("supersedes".to_owned(), revision.saturating_sub(1).into());
        }
        Value::Object(fields).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    fn fields(bytes: &[u8]) -> Map<String, Value> {
        match serde_json::from_slice(bytes).unwrap() {
            Value::Object(fields) => fields,
            _ => panic!("a sample is an object"),
        }
    }

    #[test]
    fn every_sample_is_the_conclusion_of_its_draft() {
        for (name, bytes) in hosho_testkit::sample_requests() {
            let asked = Request::parse(&bytes).unwrap();
            let draft = Draft::new(fields(&bytes)).unwrap();
            let again = Draft::parse(&draft.to_json()).unwrap();
            assert_eq!(again, draft, "{name}");
            let concluded = again.conclude(&Conclusion {
                number: &asked.number,
                revision: asked.revision,
                issued_on: asked.issued_on,
            });
            assert_eq!(Request::parse(concluded.as_bytes()).unwrap(), asked, "{name}");
        }
    }

    #[test]
    fn a_draft_carries_nothing_that_the_desk_adds() {
        let (_, bytes) = hosho_testkit::sample_requests().swap_remove(4);
        let json = Draft::new(fields(&bytes)).unwrap().to_json();
        for added in ["number", "revision", "issued_on", "supersedes"] {
            assert!(!json.contains(&format!("\"{added}\"")), "{added}");
        }
    }

    #[test]
    fn names_the_field_that_is_wrong() {
        let (_, bytes) = hosho_testkit::sample_requests().swap_remove(0);
        let mut wrong = fields(&bytes);
        wrong["work"]["price_tax_jpy"] = Value::from(u64::from(u32::MAX));
        let error = Draft::new(wrong).unwrap_err();
        assert_eq!((error.code(), error.path()), ("E6-TAX", "work.price_tax_jpy"));
        let error = Draft::parse("[]").unwrap_err();
        assert_eq!((error.code(), error.path()), ("E1-REQUEST", ""));
    }

    #[test]
    fn an_amendment_begins_with_the_fields_of_the_newest_revision() {
        let (_, bytes) = hosho_testkit::sample_requests().swap_remove(4);
        let newest = Request::parse(&bytes).unwrap();
        let draft = Draft::of_certificate(&newest.to_unsigned().unwrap()).unwrap();
        let request = draft.request(day("2026-01-10")).unwrap();
        assert_eq!((request.work, request.guarantee), (newest.work, newest.guarantee));
        assert_eq!(request.change, None);
    }
}
