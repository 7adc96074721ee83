//! Accepting a certificate or sending it back.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use hosho_publish::Judgement;
use hosho_web::{Checked, Problem, View};
use serde::Deserialize;

use super::certificate::{OpenQuestion, Told, show_found};
use crate::app::App;
use crate::given::{Given, Typed, give, read};
use crate::input::Fault;
use crate::visit::Visit;

/// The fields of the form.
#[derive(Deserialize)]
pub(super) struct Fields {
    revision: u16,
    #[serde(default)]
    answer: Option<Judgement>,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    by: String,
}

async fn give_answer(
    app: &App,
    view: &View,
    visit: &Visit,
    fields: &Fields,
) -> Result<Response, Problem> {
    let found = visit.open(app, None).await?;
    let read = match fields.answer {
        Some(judgement) => read(Typed {
            revision: fields.revision,
            judgement,
            reason: &fields.reason,
            by: &fields.by,
        }),
        None => Err(vec![Fault::new(
            "answer",
            "E10-INPUT",
            "「受理する」か「差し戻す」を選んでください。",
            "Choose whether you accept it or return it.",
        )]),
    };
    let typed = OpenQuestion {
        revision: fields.revision,
        answer: match fields.answer {
            Some(Judgement::Accepted) => "accepted".to_owned(),
            Some(Judgement::Returned) => "returned".to_owned(),
            None => String::new(),
        },
        reason: fields.reason.clone(),
        by: fields.by.clone(),
    };
    let (revision, answer) = match read {
        Ok(read) => read,
        Err(faults) => {
            let status = StatusCode::BAD_REQUEST;
            let told = Told { faults: &faults, typed: Some(&typed), status, ..Told::default() };
            return show_found(app, view, visit, &found, told).await;
        }
    };
    match give(app, visit, &found, revision, &answer).await? {
        Given::Now => Ok(Redirect::to("/certificate?done=answered").into_response()),
        Given::Before => {
            let fault = Fault::new(
                "answer",
                "E10-ANSWERED",
                "この版には、すでに回答があります。「変更の経過」に表示しています。",
                "This revision was answered already; the answer is in the history.",
            );
            let status = StatusCode::CONFLICT;
            let told = Told { faults: &[fault], status, ..Told::default() };
            show_found(app, view, visit, &found, told).await
        }
    }
}

pub(super) async fn give_form(
    State(app): State<App>,
    view: View,
    visit: Visit,
    Checked(fields): Checked<Fields>,
) -> Result<Response, Problem> {
    give_answer(&app, &view, &visit, &fields).await
}
