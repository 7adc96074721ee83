//! What a visitor takes along: signed certificates, the evidence file, the report.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use hosho::{EvidenceDraft, Revision};
use hosho_web::{Problem, View};
use serde::Deserialize;

use super::words_of;
use crate::app::App;
use crate::input;
use crate::lookup::Found;
use crate::report;
use crate::visit::Visit;

/// The media type of bytes that only our own programs read.
const BYTES: &str = "application/octet-stream";

#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    on: String,
}

pub(super) async fn signed(
    State(app): State<App>,
    visit: Visit,
    Path(revision): Path<u16>,
) -> Result<Response, Problem> {
    let revision = Revision::new(revision).map_err(|_| Problem::not_found())?;
    let found = visit.open(&app, None).await?;
    let bytes = found.opened.signed(revision).ok_or_else(Problem::not_found)?.to_vec();
    let name = format!("{}-r{revision}.hosho", visit.number);
    Ok(attachment(BYTES, &name, bytes))
}

pub(super) async fn evidence(State(app): State<App>, visit: Visit) -> Result<Response, Problem> {
    let found = visit.open(&app, None).await?;
    let bytes = to_evidence(&found)?;
    Ok(attachment(BYTES, &format!("{}.evidence.hosho", visit.number), bytes))
}

pub(super) async fn report(
    State(app): State<App>,
    view: View,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let on = input::on(&asked.on).map_err(|fault| {
        Problem::input(fault.ja.clone(), fault.en.clone()).field(fault.field, fault.ja, fault.en)
    })?;
    let found = visit.open(&app, on).await?;
    let lang = words_of(&view);
    let make = move || report::make(&app, &found, lang);
    let paper = tokio::task::spawn_blocking(make).await.map_err(Problem::internal)?;
    let paper = paper.map_err(|error| Problem::internal(error.code()))?;
    Ok(attachment("application/pdf", &format!("{}-report.pdf", visit.number), paper))
}

/// Returns the evidence file of the newest revision, with the bundles from the pin on and the
/// newest snapshot of its list.
fn to_evidence(found: &Found) -> Result<Vec<u8>, Problem> {
    let newest = found.opened.newest();
    let list = newest.certificate.claims().status.list;
    let snapshots = found.trust.snapshots().iter().filter(|(it, _)| it.list() == list);
    let proof = found.proofs.iter().find(|(certificate, _)| *certificate == newest.fingerprint);
    let all = found.opened.all_signed();
    let draft = EvidenceDraft {
        certificate: &newest.signed,
        earlier: all.iter().rev().skip(1).rev().map(|(_, signed)| *signed).collect(),
        bundles: found.trust.steps().iter().map(Vec::as_slice).collect(),
        snapshots: snapshots.map(|(_, bytes)| bytes.as_slice()).collect(),
        proof: proof.map(|(_, bytes)| bytes.as_slice()),
        timestamp: None,
    };
    draft.to_canonical_cbor().map_err(|error| Problem::internal(error.code()))
}

/// A number has letters, digits and hyphens only, so the name needs no quoting.
fn attachment(kind: &'static str, name: &str, bytes: Vec<u8>) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    let disposition = HeaderValue::try_from(format!("attachment; filename=\"{name}\""));
    headers.insert(
        header::CONTENT_DISPOSITION,
        disposition.unwrap_or(HeaderValue::from_static("attachment")),
    );
    (headers, bytes).into_response()
}
