//! The JSON form of a request to issue a guarantee certificate, and of a certificate.
//!
//! A guarantor's systems hand over a *request*: one JSON object whose fields are those of
//! `docs/request.schema.json`. [`Request::parse`] turns it into domain types or says which field
//! is wrong. [`certificate_json`] gives the same fields back from a verified certificate, so that
//! what was asked for and what was issued can be compared field by field.
//!
//! ```
//! use hosho_request::Request;
//!
//! let refusal = Request::parse(br#"{"kind": "advance", "colour": "red"}"#).map_err(|error| {
//!     (error.code(), error.path().to_owned())
//! });
//! assert_eq!(refusal, Err(("E1-REQUEST", "colour".to_owned())));
//! ```

mod answer;
mod error;
mod json;
mod request;
mod show;

pub use answer::AnswerFields;
pub use error::{RequestError, RequestProblem};
pub use request::{Issuance, Request};
pub use show::certificate_json;
