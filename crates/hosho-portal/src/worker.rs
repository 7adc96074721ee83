//! What the guarantor's worker asks for (docs/services.md section 2.1).

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{FromRequest, Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use hosho::{SignedStatusSnapshot, SignedTrustBundle};
use hosho_publish::portal::{
    Claim, Claimed, Done, EventKind, Events, Job, JobId as JobName, MOST_EVENTS, MOST_JOBS,
    Refused, Task as JobTask,
};
use hosho_publish::{
    BundleRefusal, BundleStep, HEADER_NAME, NewestBundle, Received as Arrived, RequestHeader,
    RequestRefusal, Spelling, judge_bundle, verify_request,
};
use hosho_store::portal::{
    ClaimedJob, JobId, ObligeeEvent, Received, Settled, SnapshotKept, StoredSnapshot, Task,
};
use hosho_store::{Nonce, NonceUse};
use hosho_web::{Problem, RawBody};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::error::{conflict, of_store};
use crate::login::blocking;
use crate::portal::Portal;
use crate::settle;

/// Routes that take more than a form does.
pub(crate) const PUBLISHING: [&str; 6] = [
    hosho_publish::portal::BUNDLE,
    hosho_publish::portal::SNAPSHOTS,
    hosho_publish::portal::CLAIM,
    hosho_publish::portal::EVENTS,
    DONE,
    REFUSED,
];
const DONE: &str = "/worker/v1/jobs/{id}/done";
const REFUSED: &str = "/worker/v1/jobs/{id}/refused";

pub(crate) fn routes() -> Router<Portal> {
    Router::new()
        .route(hosho_publish::portal::BUNDLE, post(bundle))
        .route(hosho_publish::portal::CLAIM, post(claim))
        .route(hosho_publish::portal::SNAPSHOTS, post(snapshot))
        .route(hosho_publish::portal::EVENTS, post(events))
        .route(DONE, post(done))
        .route(REFUSED, post(refused))
}

/// The body of a request that the guarantor signed for this portal, lately and for the first time.
pub(crate) struct Signed(Bytes);

impl Signed {
    fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        // The library's text could quote a value: for nobody.
        serde_json::from_slice(&self.0).map_err(|_| unreadable())
    }
}

impl FromRequest<Portal> for Signed {
    type Rejection = Problem;

    async fn from_request(request: Request, portal: &Portal) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let whole = Request::from_parts(parts.clone(), body);
        let RawBody(body) = RawBody::from_request(whole, portal).await?;
        let text = parts.headers.get(HEADER_NAME).and_then(|value| value.to_str().ok());
        let header =
            RequestHeader::parse(text.unwrap_or_default()).map_err(|error| refuse(error.into()))?;
        let path_and_query = parts.uri.path_and_query().map_or("", |path| path.as_str());
        let arrived = Arrived {
            audience: &portal.config().audience,
            method: parts.method.as_str(),
            path_and_query,
            body: &body,
        };
        let known = portal.trust().known().await?;
        let verified = verify_request(&header, &arrived, known.bundle(), portal.now());
        let verified = verified.map_err(refuse)?;
        let (key, value) = (verified.key_id().to_string(), verified.nonce().to_string());
        let nonce = Nonce { key: &key, value: &value };
        let used = portal.store().database().use_nonce(nonce, portal.now()).await;
        match used.map_err(of_store)? {
            NonceUse::First => Ok(Self(body)),
            NonceUse::Again => Err(refuse(RequestRefusal::Replayed)),
        }
    }
}

/// One answer without detail; the log has the reason.
fn refuse(refusal: RequestRefusal) -> Problem {
    let (ja, en) = match refusal {
        RequestRefusal::Clock => (
            "時計が300秒を超えてずれています。時刻を合わせてください。",
            "The clocks differ by more than 300 seconds. Set them right.",
        ),
        RequestRefusal::Replayed => (
            "この依頼はすでに使われています。新しい nonce で送り直してください。",
            "This request was used before. Send it with a new nonce.",
        ),
        _ => ("署名を確かめられません。", "The signature does not verify."),
    };
    let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::UNAUTHORIZED);
    Problem::new(status, refusal.code(), ja, en).because(refusal)
}

fn unreadable() -> Problem {
    Problem::input(
        "内容を読み取れません。docs/services.md の形で送ってください。",
        "The body cannot be read. Send it as docs/services.md says.",
    )
}

fn nothing() -> Response {
    Json(json!({})).into_response()
}

/// A bundle proves itself by the root keys: it needs no signed header.
async fn bundle(State(portal): State<Portal>, RawBody(body): RawBody) -> Result<Response, Problem> {
    let arrived = SignedTrustBundle::parse(&body).map_err(|_| unreadable())?;
    let known = portal.trust().known().await?;
    match judge_bundle(known.bundle(), arrived) {
        Ok(BundleStep::Known) => {}
        Ok(BundleStep::Next(next)) => {
            let stored = portal.store().add_bundle(next.guarantor_id(), next.sequence(), &body);
            stored.await.map_err(of_store)?;
            portal.raise_high_water().await?;
        }
        Err(refusal) => return Ok(bundle_refused(refusal, known.bundle().sequence().number())),
    }
    let sequence = portal.trust().known().await?.bundle().sequence().number();
    Ok(Json(NewestBundle { sequence }).into_response())
}

/// Tells where the portal is, so that the worker begins with the bundle after it.
fn bundle_refused(refusal: BundleRefusal, sequence: u64) -> Response {
    let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::CONFLICT);
    let problem = hosho_publish::Problem {
        code: refusal.code().to_owned(),
        detail: Some(refusal.to_string()),
        sequence: (refusal == BundleRefusal::Gap).then_some(sequence),
    };
    let kind = HeaderValue::from_static("application/problem+json");
    let body = serde_json::to_string(&problem).unwrap_or_default();
    (status, [(header::CONTENT_TYPE, kind)], body).into_response()
}

async fn snapshot(State(portal): State<Portal>, signed: Signed) -> Result<Response, Problem> {
    let parsed = SignedStatusSnapshot::parse(&signed.0).map_err(|_| unreadable())?;
    let known = portal.trust().known().await?;
    let verified = parsed.verify(known.bundle()).map_err(|error| {
        Problem::input("スナップショットを検証できません。", "The snapshot does not verify.")
            .because(error)
    })?;
    let new = StoredSnapshot {
        list: verified.list(),
        sequence: verified.sequence(),
        bytes: signed.0.to_vec(),
    };
    match portal.store().keep_snapshot(&new).await.map_err(of_store)? {
        SnapshotKept::Regressed => Err(Problem::new(
            StatusCode::CONFLICT,
            "E10-REGRESSED",
            "より新しいスナップショットがあります。",
            "There is a newer snapshot.",
        )),
        SnapshotKept::Same | SnapshotKept::Stored => Ok(nothing()),
    }
}

async fn claim(State(portal): State<Portal>, signed: Signed) -> Result<Response, Problem> {
    let claim: Claim = signed.json()?;
    if !(1..=MOST_JOBS).contains(&claim.most) {
        return Err(unreadable());
    }
    let claimed = portal.store().claim_jobs(claim.worker.as_str(), claim.most, portal.now()).await;
    let jobs = claimed.map_err(of_store)?.into_iter().map(job).collect::<Result<_, _>>()?;
    Ok(Json(Claimed { jobs }).into_response())
}

fn job(claimed: ClaimedJob) -> Result<Job, Problem> {
    let id = JobName::parse(&claimed.id.to_string());
    let request: Value = serde_json::from_str(&claimed.request)
        .map_err(|_| Problem::internal("damaged: a stored request"))?;
    Ok(Job {
        id: id.ok_or_else(|| Problem::internal("an id is no name"))?,
        task: match claimed.task {
            Task::Rekey => JobTask::Rekey,
            Task::Amend | Task::Cancel | Task::New => JobTask::Issue,
        },
        number: Spelling(claimed.number),
        revision: Spelling(claimed.revision),
        request,
        acknowledged: claimed.acknowledged,
    })
}

async fn done(
    State(portal): State<Portal>,
    Path(id): Path<String>,
    signed: Signed,
) -> Result<Response, Problem> {
    let id = JobId::parse(&id).ok_or_else(Problem::not_found)?;
    let answer: Done = signed.json()?;
    let job = portal.store().job(id).await.map_err(of_store)?.ok_or_else(Problem::not_found)?;
    let number = job.claimed.number.clone();
    let before = portal.store().guarantee(&number).await.map_err(of_store)?;
    let key = portal.store().newest_key(&number).await.map_err(of_store)?;
    let known = portal.trust().known().await?;
    let (on, now) = (portal.today(), portal.now());
    let judged = blocking({
        let portal = portal.clone();
        move || {
            let fit = settle::judge(&answer, &job, before.as_ref(), &known, (on, now))?;
            fit.keep(portal.reveal_key(), key.as_ref())
        }
    });
    let fit = judged.await?.map_err(settle::Unfit::into_problem)?;
    let settled = portal.store().finish_job(&fit.issued(id, &number, now)).await;
    match settled.map_err(of_store)? {
        Settled::Conflict => Err(conflict()),
        Settled::Same | Settled::Stored => {
            portal.raise_high_water().await?;
            Ok(nothing())
        }
    }
}

/// The most bytes of a worker's message that are kept.
const MAX_MESSAGE: usize = 4_000;

async fn refused(
    State(portal): State<Portal>,
    Path(id): Path<String>,
    signed: Signed,
) -> Result<Response, Problem> {
    let id = JobId::parse(&id).ok_or_else(Problem::not_found)?;
    let refusal: Refused = signed.json()?;
    if refusal.code.len() > 64 || refusal.message.len() > MAX_MESSAGE {
        return Err(unreadable());
    }
    portal.store().job(id).await.map_err(of_store)?.ok_or_else(Problem::not_found)?;
    let why = (refusal.code.as_str(), refusal.message.as_str());
    match portal.store().refuse_job(id, why, portal.now()).await.map_err(of_store)? {
        Settled::Conflict => Err(conflict()),
        Settled::Same | Settled::Stored => Ok(nothing()),
    }
}

async fn events(State(portal): State<Portal>, signed: Signed) -> Result<Response, Problem> {
    let Events { events } = signed.json()?;
    if events.len() > MOST_EVENTS {
        return Err(unreadable());
    }
    let events: Vec<ObligeeEvent> = events
        .into_iter()
        .map(|event| ObligeeEvent {
            number: event.number.0,
            revision: event.revision.0,
            event: match event.event {
                EventKind::Accepted => Received::Accepted,
                EventKind::Opened => Received::Opened,
                EventKind::Returned => Received::Returned,
            },
            at: event.at.0,
            reason: event.reason.map(|text| text.0.to_string()),
            by: event.by.map(|text| text.0.to_string()),
        })
        .collect();
    let recorded = portal.store().record_events(&events, crate::mail::ANSWERED, portal.now());
    recorded.await.map_err(of_store)?;
    Ok(nothing())
}
