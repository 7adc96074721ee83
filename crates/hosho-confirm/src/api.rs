//! The API for programs (services.md section 4.3).

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use hosho::{Date, UnixTime};
use hosho_policy::Finding;
use hosho_publish::Base64;
use hosho_request::AnswerFields;
use hosho_store::Located;
use hosho_web::{JsonBody, Limits, Problem, Source};
use serde_json::{Map, Value, json};
use std::time::{Duration, Instant};

use crate::app::{App, store_problem};
use crate::basis;
use crate::given::{Given, GivenAnswer, Typed, give, read};
use crate::input::{self, Fault};
use crate::lookup::{Found, Looked, look_up};
use crate::opening::{GenuineRevision, OpenedRevision};
use crate::visit::Visit;

mod openapi;
mod schema;

pub use openapi::document;
use schema::{Answered, BatchRequest, Given as GivenRequest, Key, OpenRequest, RevisionsRequest};

/// The most items of a batch.
const MOST_ITEMS: usize = 200;
/// The most bytes of an auth key that somebody typed (spec R-KEY-5).
const MOST_KEY: usize = 256;
/// How long a batch may wait for its turn; what is left is answered with E10-SLOW.
const BATCH: Duration = Duration::from_secs(20);

/// Where many certificates are opened, and what such a request may cost: its items as long as they
/// can be.
pub(crate) const BATCH_LIMITS: (&str, Limits) =
    ("/api/v1/batch", Limits { bytes: 1024 * 1024, ..Limits::FORM });

/// Returns the routes of the API.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/open", post(open))
        .route("/api/v1/revisions", post(revisions))
        .route("/api/v1/answer", post(answer))
        .route(BATCH_LIMITS.0, post(batch))
        .route("/api/openapi.json", get(openapi::show))
}

/// Number and key as values, with the day.
struct Question {
    visit: Visit,
    on: Date,
    now: UnixTime,
}

/// What is wrong with a question.
enum Refusal {
    /// The auth key is mistyped, which its own check symbols tell.
    Mistyped(Fault),
    /// Something else cannot be read.
    Unreadable(Fault),
}

impl Question {
    fn read(app: &App, key: &Key, on: Option<&str>) -> Result<Self, Refusal> {
        let number = input::number(&key.number).map_err(Refusal::Unreadable)?;
        let on = on.map(input::day).transpose().map_err(Refusal::Unreadable)?;
        let auth_key = input::auth_key(&key.auth_key).map_err(|fault| {
            // So much nobody types: the request is not in its form.
            let typed = key.auth_key.len() <= MOST_KEY;
            if typed { Refusal::Mistyped(fault) } else { Refusal::Unreadable(fault) }
        })?;
        let now = app.clock.now();
        let on = on.unwrap_or_else(|| Date::in_japan(now));
        Ok(Self { visit: Visit { number, auth_key }, on, now })
    }

    async fn look_up(&self, app: &App) -> Result<Looked, Problem> {
        look_up(app, &self.visit.number, &self.visit.auth_key, self.on, self.now).await
    }
}

impl Refusal {
    fn into_problem(self) -> Problem {
        let (Self::Mistyped(fault) | Self::Unreadable(fault)) = self;
        problem(StatusCode::BAD_REQUEST, fault)
    }
}

fn problem(status: StatusCode, fault: Fault) -> Problem {
    Problem::new(status, fault.code, fault.ja.clone(), fault.en.clone()).field(
        fault.field,
        fault.ja,
        fault.en,
    )
}

/// The miss: one answer for an unknown number, a wrong key and a withdrawn locator.
fn miss() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "E4-OPEN",
        "この番号と認証キーでは開けません。「認証キー等のお知らせ」と見比べてください。",
        "This number and auth key open nothing. Compare both with the notice.",
    )
}

/// Looks up one certificate for a caller, who waits first if his source missed often.
async fn find(
    app: &App,
    source: Source,
    key: &Key,
    on: Option<&str>,
) -> Result<(Question, Found), Problem> {
    let question = Question::read(app, key, on).map_err(Refusal::into_problem)?;
    app.limiter.admit(&source).await?;
    match question.look_up(app).await? {
        Looked::Found(found) => {
            app.counts.opens.add_one();
            Ok((question, *found))
        }
        Looked::Miss => {
            app.limiter.missed(&source);
            app.counts.misses.add_one();
            Err(miss())
        }
    }
}

/// Opens one certificate and says whether it is in force.
#[utoipa::path(
    post, path = "/api/v1/open", tag = "confirm", request_body = OpenRequest,
    responses(
        (status = 200, description = "The certificate, judged on the day asked about", body = schema::Answer),
        (status = "4XX", description = "A problem document", body = schema::ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "A problem document", body = schema::ProblemDocument, content_type = "application/problem+json"),
    )
)]
async fn open(
    State(app): State<App>,
    source: Source,
    JsonBody(request): JsonBody<OpenRequest>,
) -> Result<Json<Value>, Problem> {
    let (question, found) = find(&app, source, &request.key(), request.on.as_deref()).await?;
    record(&app, &[found.located()], question.now).await?;
    let given = GivenAnswer::all(found.answers(&app).await?, &question.visit);
    Ok(Json(Value::Object(to_object(&app, &found, &given))))
}

/// Returns the signed certificate of every revision.
#[utoipa::path(
    post, path = "/api/v1/revisions", tag = "confirm", request_body = RevisionsRequest,
    responses(
        (status = 200, description = "The signed certificates, from the first to the newest", body = schema::Revisions),
        (status = "4XX", description = "A problem document", body = schema::ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "A problem document", body = schema::ProblemDocument, content_type = "application/problem+json"),
    )
)]
async fn revisions(
    State(app): State<App>,
    source: Source,
    JsonBody(request): JsonBody<RevisionsRequest>,
) -> Result<Json<Value>, Problem> {
    let (question, found) = find(&app, source, &request.key(), None).await?;
    record(&app, &[found.located()], question.now).await?;
    let revision = |(revision, signed): (hosho::Revision, &[u8])| {
        json!({
            "revision": revision.number(),
            "fingerprint": hosho::Fingerprint::of(signed).to_string(),
            "signed": Base64(signed.to_vec()),
        })
    };
    let all: Vec<Value> = found.opened.all_signed().into_iter().map(revision).collect();
    Ok(Json(json!({ "revisions": all })))
}

/// Accepts a revision or sends it back; the first answer to a revision stands.
#[utoipa::path(
    post, path = "/api/v1/answer", tag = "confirm", request_body = GivenRequest,
    responses(
        (status = 200, description = "The answer that stands, which is this one", body = Answered),
        (status = "4XX", description = "A problem document; E10-ANSWERED when another answer stands", body = schema::ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "A problem document", body = schema::ProblemDocument, content_type = "application/problem+json"),
    )
)]
async fn answer(
    State(app): State<App>,
    source: Source,
    JsonBody(request): JsonBody<GivenRequest>,
) -> Result<Json<Answered>, Problem> {
    let typed = Typed {
        revision: request.revision,
        judgement: request.answer.judgement(),
        reason: request.reason.as_deref().unwrap_or_default(),
        by: &request.by,
    };
    let (revision, answer) = read(typed).map_err(unreadable)?;
    let (question, found) = find(&app, source, &request.key(), None).await?;
    let given = give(&app, &question.visit, &found, revision, &answer).await?;
    let standing = GivenAnswer::all(found.answers(&app).await?, &question.visit);
    let standing = standing.into_iter().find(|it| it.revision == revision);
    match (given, standing) {
        // Sent again, perhaps because the first answer was lost on its way.
        (Given::Now | Given::Before, Some(standing)) if standing.answer == answer => {
            Ok(Json(Answered::of(&standing)))
        }
        _ => Err(Problem::new(
            StatusCode::CONFLICT,
            "E10-ANSWERED",
            "この版には、すでに別の回答があります。",
            "Another answer to this revision stands already.",
        )),
    }
}

fn unreadable(faults: Vec<Fault>) -> Problem {
    let problem = Problem::input(
        "回答を読み取れません。各項目を確かめてください。",
        "The answer cannot be read. Check each of its fields.",
    );
    faults
        .into_iter()
        .fold(problem, |problem, fault| problem.field(fault.field, fault.ja, fault.en))
}

/// Opens many certificates; the answers come in the order of the questions.
#[utoipa::path(
    post, path = "/api/v1/batch", tag = "confirm", request_body = BatchRequest,
    responses(
        (status = 200, description = "An answer for each item, in order", body = schema::Batch),
        (status = "4XX", description = "A problem document; its `errors` name the items", body = schema::ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "A problem document", body = schema::ProblemDocument, content_type = "application/problem+json"),
    )
)]
async fn batch(
    State(app): State<App>,
    source: Source,
    JsonBody(request): JsonBody<BatchRequest>,
) -> Result<Json<Value>, Problem> {
    if request.items.len() > MOST_ITEMS {
        return Err(Problem::input(
            "一度に 200 件までです。分けて送信してください。",
            "At most 200 items at a time. Send them in parts.",
        ));
    }
    let questions = read_all(&app, &request)?;
    let begun = Instant::now();
    let (mut answers, mut opened) = (Vec::with_capacity(questions.len()), Vec::new());
    for question in questions {
        let question = match question {
            Ok(question) => question,
            Err(fault) => {
                answers.push(Value::Object(bare("key-mistyped", fault.code)));
                continue;
            }
        };
        let admitted =
            tokio::time::timeout(BATCH.saturating_sub(begun.elapsed()), app.limiter.admit(&source));
        if !matches!(admitted.await, Ok(Ok(()))) {
            answers.push(Value::Object(bare("unreadable", "E10-SLOW")));
            continue;
        }
        answers.push(Value::Object(match question.look_up(&app).await? {
            Looked::Found(found) => {
                app.counts.opens.add_one();
                opened.push(found.located());
                let given = GivenAnswer::all(found.answers(&app).await?, &question.visit);
                to_object(&app, &found, &given)
            }
            Looked::Miss => {
                app.limiter.missed(&source);
                app.counts.misses.add_one();
                bare("key-does-not-fit", "E4-OPEN")
            }
        }));
    }
    record(&app, &opened, app.clock.now()).await?;
    Ok(Json(json!({ "answers": answers })))
}

/// Reads every item; a mistyped key is an answer of that item, anything else refuses the batch.
fn read_all(app: &App, request: &BatchRequest) -> Result<Vec<Result<Question, Fault>>, Problem> {
    let mut questions = Vec::with_capacity(request.items.len());
    let mut faults = Vec::new();
    for (at, item) in request.items.iter().enumerate() {
        match Question::read(app, &item.key(), item.on.as_deref()) {
            Ok(question) => questions.push(Ok(question)),
            Err(Refusal::Mistyped(fault)) => questions.push(Err(fault)),
            Err(Refusal::Unreadable(fault)) => faults.push((at, fault)),
        }
    }
    if faults.is_empty() {
        return Ok(questions);
    }
    let problem =
        Problem::input("読み取れない項目があります。", "Some of the items cannot be read.");
    Err(faults.into_iter().fold(problem, |problem, (at, fault)| {
        problem.field(format!("items[{at}].{}", fault.field), fault.ja, fault.en)
    }))
}

async fn record(app: &App, opened: &[Located], now: UnixTime) -> Result<(), Problem> {
    if opened.is_empty() {
        return Ok(());
    }
    app.store.record_openings(opened, now).await.map_err(store_problem)
}

/// The object of `hosho-verify check --json`, without a certificate.
fn bare(verdict: &'static str, code: &'static str) -> Map<String, Value> {
    AnswerFields {
        verdict,
        certificate: None,
        superseded_by: None,
        ended_on: None,
        as_of: None,
        code: Some(code),
        offset: None,
        findings: Vec::new(),
    }
    .into_json()
}

/// The object of `hosho-verify check --json`, with every revision and the answers.
fn to_object(app: &App, found: &Found, given: &[GivenAnswer]) -> Map<String, Value> {
    let opened = &found.opened;
    let findings = basis::policy_findings(app, found).iter().map(Finding::to_json).collect();
    let mut object = fields(opened.shown(), findings);
    let mut revisions: Vec<Value> = opened.earlier().iter().map(revision).collect();
    revisions.push(genuine(opened.newest()));
    object.insert("on".to_owned(), opened.on().to_string().into());
    object.insert("revisions".to_owned(), revisions.into());
    let answers: Vec<Value> = given.iter().map(|given| json!(Answered::of(given))).collect();
    object.insert("answers".to_owned(), answers.into());
    object
}

fn fields(revision: &GenuineRevision, findings: Vec<Value>) -> Map<String, Value> {
    let standing = revision.standing();
    AnswerFields {
        verdict: standing.code(),
        certificate: Some(&revision.certificate),
        superseded_by: revision.superseded_by(),
        ended_on: revision.verdict.ended_on(),
        as_of: revision.verdict.as_of(),
        code: revision.error_code(),
        offset: None,
        findings,
    }
    .into_json()
}

fn revision(revision: &OpenedRevision) -> Value {
    match revision {
        OpenedRevision::Genuine(it) => genuine(it),
        OpenedRevision::Unjudged { revision, signed, error } => {
            let mut object = bare(error.verdict(), error.code());
            object.insert("revision".to_owned(), revision.number().into());
            let fingerprint = hosho::Fingerprint::of(signed).to_string();
            object.insert("fingerprint".to_owned(), fingerprint.into());
            Value::Object(object)
        }
    }
}

fn genuine(revision: &GenuineRevision) -> Value {
    let mut object = fields(revision, Vec::new());
    object.insert("fingerprint".to_owned(), revision.fingerprint.to_string().into());
    Value::Object(object)
}
