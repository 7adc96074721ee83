//! What workers publish (services.md section 2.2).

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::routing::{get, post};
use axum::{Json, Router};
use hosho::{
    AttestationProof, Fingerprint, GuarantorId, Locator, Revision, SealedCertificate,
    SignedStatusSnapshot, SignedTrustBundle, UnixTime,
};
use hosho_publish::confirmation::{
    BUNDLE, Deed, EVENTS, Event, MOST_EVENTS, MOST_PROOFS, MOST_REPLACED, PROOFS, Page, Proofs,
    SEALED, SNAPSHOTS, Sealed,
};
use hosho_publish::{
    Base64, BundleRefusal, BundleStep, HEADER_NAME, NewestBundle, Received, RequestHeader,
    RequestRefusal, SealedRevision, Spelling, judge_bundle, verify_request,
};
use hosho_store::{Kept, Nonce, NonceUse, Publication, SealedOrder, StoreError};
use hosho_web::{Limits, Problem, RawBody};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::{App, Known, store_problem};
use crate::mail::CHANGED;

/// The routes of workers, and what each request of them may cost.
pub(crate) const LIMITS: [(&str, Limits); 5] = [
    (BUNDLE, Limits::PUBLISH),
    (SNAPSHOTS, Limits::PUBLISH),
    (SEALED, Limits::PUBLISH),
    (PROOFS, Limits::PUBLISH),
    (EVENTS, Limits::FORM),
];

/// Returns the routes of workers.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route(BUNDLE, post(bundle))
        .route(SNAPSHOTS, post(snapshots))
        .route(SEALED, post(sealed))
        .route(PROOFS, post(proofs))
        .route(EVENTS, get(events))
}

/// A request that a guarantor signed.
struct Signed {
    guarantor: GuarantorId<'static>,
    known: Known,
    now: UnixTime,
}

/// Verifies that a guarantor signed a request, lately and for this service, and uses its nonce up.
async fn verified(
    app: &App,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Signed, Problem> {
    let mut values = headers.get_all(HEADER_NAME).iter();
    let value = values.next().and_then(|value| value.to_str().ok());
    let (Some(value), None) = (value, values.next()) else {
        return Err(refused(app, RequestRefusal::Malformed));
    };
    let header = RequestHeader::parse(value).map_err(|malformed| refused(app, malformed.into()))?;
    let known = app.trust(header.guarantor_id()).await?;
    let known = known.ok_or_else(|| refused(app, RequestRefusal::Guarantor))?;
    let received = Received {
        audience: &app.audience,
        method: method.as_str(),
        path_and_query: uri.path_and_query().map_or("/", |it| it.as_str()),
        body,
    };
    let now = app.clock.now();
    let request = verify_request(&header, &received, known.trust.bundle(), now)
        .map_err(|refusal| refused(app, refusal))?;
    let (key, nonce) = (request.key_id().to_string(), request.nonce().to_string());
    let used = app.store.database().use_nonce(Nonce { key: &key, value: &nonce }, now).await;
    match used.map_err(store_problem)? {
        NonceUse::First => (),
        NonceUse::Again => return Err(refused(app, RequestRefusal::Replayed)),
    }
    app.counts.published.add_one();
    Ok(Signed { guarantor: request.guarantor_id().clone(), known, now })
}

/// One answer for every reason; the log has it.
fn refused(app: &App, refusal: RequestRefusal) -> Problem {
    app.counts.refused.add_one();
    let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::UNAUTHORIZED);
    Problem::new(
        status,
        refusal.code(),
        "署名のある要求ではありません。",
        "This is not a signed request that is taken here.",
    )
    .because(refusal)
}

/// Stores the next bundle of a guarantor: it proves itself.
async fn bundle(
    State(app): State<App>,
    RawBody(body): RawBody,
) -> Result<Json<NewestBundle>, Problem> {
    let unlawful = || bundle_refused(&app, BundleRefusal::Unlawful, None);
    let arrived = SignedTrustBundle::parse(&body).map_err(|_| unlawful())?;
    let (guarantor, sequence) = (arrived.guarantor_id().clone(), arrived.sequence());
    let known = app.trust(&guarantor).await?.ok_or_else(unlawful)?;
    let newest = known.trust.bundle();
    let here = newest.sequence().number();
    match judge_bundle(newest, arrived) {
        Ok(BundleStep::Known) => Ok(Json(NewestBundle { sequence: here })),
        Ok(BundleStep::Next(_)) => {
            let stored =
                app.store.add_bundle(&guarantor, sequence, &body, known.marks.bundle).await;
            match stored {
                Ok(_) => {
                    app.raise_mark().await?;
                    Ok(Json(NewestBundle { sequence: sequence.number() }))
                }
                // Others were faster; the worker asks again and finds what they stored.
                Err(StoreError::Conflict) => {
                    Err(bundle_refused(&app, BundleRefusal::Conflict, None))
                }
                Err(error) => Err(store_problem(error)),
            }
        }
        Err(refusal) => Err(bundle_refused(&app, refusal, Some(here))),
    }
}

fn bundle_refused(app: &App, refusal: BundleRefusal, here: Option<u64>) -> Problem {
    app.counts.refused.add_one();
    let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::CONFLICT);
    let problem = Problem::new(
        status,
        refusal.code(),
        "この信頼バンドルは、ここにあるものに続きません。",
        "This trust bundle does not follow the newest one here.",
    );
    match here {
        Some(here) => problem.because(format_args!("{refusal}; the newest here is {here}")),
        None => problem.because(refusal),
    }
}

/// Stores the newest snapshot of a list.
async fn snapshots(
    State(app): State<App>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    RawBody(body): RawBody,
) -> Result<Json<Value>, Problem> {
    let signed = verified(&app, &method, &uri, &headers, &body).await?;
    let (known, bytes) = (signed.known.clone(), body.clone());
    let verify = move || {
        let parsed = SignedStatusSnapshot::parse(&bytes).map_err(|error| error.code())?;
        let snapshot = parsed.verify(known.trust.bundle()).map_err(|error| error.code())?;
        Ok((snapshot.list(), snapshot.sequence()))
    };
    let verified: Result<_, &'static str> =
        tokio::task::spawn_blocking(verify).await.map_err(Problem::internal)?;
    let (list, sequence) = verified.map_err(unusable)?;
    match app.store.put_snapshot(&signed.guarantor, list, sequence, &body).await {
        Ok(Kept::New) => {
            app.raise_mark().await?;
            Ok(Json(json!({ "sequence": sequence.number() })))
        }
        Ok(Kept::Same) => Ok(Json(json!({ "sequence": sequence.number() }))),
        Ok(Kept::Regressed) => Err(Problem::new(
            StatusCode::CONFLICT,
            "E10-REGRESSED",
            "より新しい状態一覧があります。",
            "A later snapshot of this list is here already.",
        )),
        Err(StoreError::Conflict) => Err(conflict()),
        Err(error) => Err(store_problem(error)),
    }
}

/// Stores sealed certificates under their locator.
async fn sealed(
    State(app): State<App>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    RawBody(body): RawBody,
) -> Result<Json<Value>, Problem> {
    let signed = verified(&app, &method, &uri, &headers, &body).await?;
    let order: Sealed = object(&body)?;
    if order.replaces.len() > MOST_REPLACED {
        return Err(unusable("E10-INPUT"));
    }
    if !order.is_whole() {
        return Err(unusable("E6-REVISION"));
    }
    let mut revisions: Vec<(Revision, &[u8])> = Vec::with_capacity(order.revisions.len());
    for SealedRevision(Spelling(revision), Base64(bytes)) in &order.revisions {
        SealedCertificate::parse(bytes).map_err(|error| unusable(error.code()))?;
        revisions.push((*revision, bytes));
    }
    let replaces: Vec<Locator> = order.replaces.iter().map(|Spelling(locator)| *locator).collect();
    let publication = SealedOrder {
        guarantor: &signed.guarantor,
        locator: &order.locator.0,
        revisions: &revisions,
        replaces: &replaces,
        mail: CHANGED,
    };
    match app.store.publish(&publication, signed.now).await {
        Ok(Publication::New(stored)) => {
            app.raise_mark().await?;
            Ok(Json(json!({ "stored": stored })))
        }
        Ok(Publication::Same) => Ok(Json(json!({ "stored": 0 }))),
        Ok(Publication::Gap) => Err(unusable("E6-REVISION")),
        Err(StoreError::Conflict) => Err(conflict()),
        Err(error) => Err(store_problem(error)),
    }
}

/// Stores inclusion proofs.
async fn proofs(
    State(app): State<App>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    RawBody(body): RawBody,
) -> Result<Json<Value>, Problem> {
    let signed = verified(&app, &method, &uri, &headers, &body).await?;
    let order: Proofs = object(&body)?;
    if order.proofs.len() > MOST_PROOFS {
        return Err(unusable("E10-INPUT"));
    }
    let mut proofs: Vec<(Fingerprint, Vec<u8>)> = Vec::with_capacity(order.proofs.len());
    for proof in order.proofs {
        AttestationProof::parse(&proof.proof.0).map_err(|error| unusable(error.code()))?;
        proofs.push((proof.fingerprint.0, proof.proof.0));
    }
    app.store.put_proofs(&signed.guarantor, &proofs).await.map_err(store_problem)?;
    Ok(Json(json!({ "stored": proofs.len() })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct After {
    after: u64,
}

/// Tells what obligees did with the guarantor's certificates.
async fn events(
    State(app): State<App>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    Query(After { after }): Query<After>,
) -> Result<Json<Page>, Problem> {
    let signed = verified(&app, &method, &uri, &headers, &[]).await?;
    let most = u16::try_from(MOST_EVENTS).unwrap_or(u16::MAX);
    let events = app.store.events_after(&signed.guarantor, after, most).await;
    let events = events.map_err(store_problem)?;
    let next = events.last().map_or(after, |event| event.id);
    let events = events.into_iter().map(|event| Event {
        id: event.id,
        locator: Spelling(event.locator),
        revision: Spelling(event.revision),
        event: if event.sealed_answer.is_some() { Deed::Answered } else { Deed::Opened },
        at: Spelling(event.at),
        sealed_answer: event.sealed_answer.map(Base64),
    });
    Ok(Json(Page { events: events.collect(), next }))
}

/// Reads a JSON body. Workers send what they mean; the text of a refusal could quote a value.
fn object<'de, T: Deserialize<'de>>(body: &'de Bytes) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|_| unusable("E10-INPUT"))
}

fn unusable(code: &'static str) -> Problem {
    Problem::input(
        format!("受け取ったデータを使えません({code})。"),
        format!("What was sent cannot be used ({code})."),
    )
}

fn conflict() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "E10-CONFLICT",
        "すでに別のものがあります。",
        "Something else is there already.",
    )
}
