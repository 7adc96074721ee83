//! A contractor's own application.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use hosho_store::portal::{Application, Decided, NewDecision, Step};
use hosho_web::{Checked, FormToken, Lang, Problem};
use serde::Deserialize;

use crate::case;
use crate::error::{of_forbidden, of_store, taken};
use crate::facts::{self, DoneLine, Fact};
use crate::home::{ApplicationLine, line};
use crate::person::Applicant;
use crate::portal::Portal;

#[derive(Template)]
#[template(path = "status.html")]
struct StatusPage<'a> {
    lang: Lang,
    token: &'a FormToken,
    line: ApplicationLine,
    facts: Vec<Fact>,
    change: Vec<Fact>,
    decided: Vec<DoneLine>,
    may_withdraw: bool,
    seen: usize,
    issued: Option<String>,
}

pub(crate) async fn show(
    State(portal): State<Portal>,
    Path(id): Path<String>,
    applicant: Applicant,
) -> Result<Response, Problem> {
    let application = own(&portal, &applicant, &id).await?;
    let lang = applicant.view.lang();
    let (_, request) = case::request(&portal, &application)?;
    let certificate = request.to_unsigned().map_err(|error| crate::error::of_draft(&error))?;
    let case = case::of(&application);
    let issued =
        application.job.as_ref().filter(|job| job.state == hosho_store::portal::JobState::Done);
    let page = StatusPage {
        lang,
        token: applicant.view.token(),
        line: line(&application, &portal, lang),
        facts: facts::asked(&certificate, lang),
        change: facts::change(&certificate, lang),
        decided: decided(&application, lang),
        may_withdraw: case
            .permit(Step::Withdrawn, &applicant.person(), portal.second_above())
            .is_ok(),
        seen: application.decisions.len(),
        issued: issued.map(|job| job.number.to_string()),
    };
    let title = match lang {
        Lang::Ja => format!("申込み {}", application.id),
        Lang::En => format!("Application {}", application.id),
    };
    applicant.page(title).show(&page)
}

/// Returns what a contractor is told about decisions: no names of people at the desk.
fn decided(application: &Application, lang: Lang) -> Vec<DoneLine> {
    let line = |decision: &hosho_store::portal::Decision| DoneLine {
        at: facts::moment(decision.at, lang),
        what: facts::step(decision.step, lang),
        who: String::new(),
        more: match decision.step {
            Step::Returned | Step::Withdrawn => note(decision.note.as_deref(), lang),
            _ => String::new(),
        },
    };
    application.decisions.iter().map(line).collect()
}

pub(crate) fn note(note: Option<&str>, lang: Lang) -> String {
    match note {
        Some("E10-OUTDATED") => lang
            .pick(
                "同じ保証契約の別の変更が先に成立しました。最新の版から申し込み直してください(E10-OUTDATED)",
                "another change of the guarantee was concluded first; apply again from the newest \
                 revision (E10-OUTDATED)",
            )
            .to_owned(),
        other => other.unwrap_or_default().to_owned(),
    }
}

/// What the button to withdraw sends.
#[derive(Debug, Deserialize)]
pub(crate) struct WithdrawFields {
    seen: usize,
}

pub(crate) async fn withdraw(
    State(portal): State<Portal>,
    Path(id): Path<String>,
    applicant: Applicant,
    Checked(fields): Checked<WithdrawFields>,
) -> Result<Response, Problem> {
    let application = own(&portal, &applicant, &id).await?;
    case::of(&application)
        .permit(Step::Withdrawn, &applicant.person(), portal.second_above())
        .map_err(of_forbidden)?;
    let decision = NewDecision {
        application: application.id,
        seen: fields.seen.min(application.decisions.len()),
        step: Step::Withdrawn,
        account: applicant.account.id,
        at: portal.now(),
        note: None,
        acknowledged: &[],
    };
    match portal.store().decide(&decision).await.map_err(of_store)? {
        Decided::Recorded => {
            Ok(Redirect::to(&format!("/applications/{}", application.id)).into_response())
        }
        Decided::Taken => Err(taken()),
    }
}

/// Returns an application of this contractor; another's is one that there is not.
async fn own(portal: &Portal, applicant: &Applicant, id: &str) -> Result<Application, Problem> {
    let application = case::find(portal, id).await?;
    if application.contractor == applicant.contractor {
        Ok(application)
    } else {
        Err(Problem::not_found())
    }
}
