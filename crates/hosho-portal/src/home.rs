//! The contractor's first page: guarantees and applications, and what waits for whom.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use hosho_store::portal::{AccountKind, Application, Guarantee, Page, Revised, Selection};
use hosho_web::Lang;

use crate::case;
use crate::error::of_store;
use crate::facts::{self, DoneLine, GuaranteeLine};
use crate::person::{Applicant, Member, TurnedAway};
use crate::portal::Portal;
use crate::trust::Known;

/// How many lines a list has.
const MOST: u16 = 100;

/// A line in a list of applications.
pub(crate) struct ApplicationLine {
    pub(crate) id: String,
    pub(crate) at: String,
    pub(crate) task: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) number: String,
    pub(crate) contractor: String,
    pub(crate) amount: String,
    pub(crate) delivery: &'static str,
    pub(crate) stage: &'static str,
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    lang: Lang,
    applications: Vec<ApplicationLine>,
    guarantees: Vec<GuaranteeLine>,
    answers: Vec<DoneLine>,
}

pub(crate) async fn show(
    State(portal): State<Portal>,
    member: Member,
) -> Result<Response, TurnedAway> {
    let Member { account, view } = member;
    if account.must_change {
        return Err(TurnedAway::Elsewhere("/password"));
    }
    let Some(contractor) = account.contractor else {
        return Ok(Redirect::to("/desk").into_response());
    };
    debug_assert!(account.kind == AccountKind::Contractor);
    let lang = view.lang();
    let page = Page { before: None, most: MOST };
    let store = portal.store();
    let applications = store.applications(Selection::Of(contractor), page).await;
    let applications = applications.map_err(of_store)?;
    let guarantees = store.guarantees(Some(contractor), MOST).await.map_err(of_store)?;
    let answers = store.answers(Some(contractor), 10).await.map_err(of_store)?;
    let known = portal.trust().known().await?;
    let main = HomePage {
        lang,
        applications: applications.iter().map(|it| line(it, &portal, lang)).collect(),
        guarantees: lines(&portal, &known, guarantees, lang),
        answers: facts::events(&answers, lang),
    };
    let applicant = Applicant { account, contractor, view };
    let title = lang.pick("保証と申込み", "Guarantees and applications");
    Ok(applicant.page(title).show(&main)?)
}

pub(crate) fn line(application: &Application, portal: &Portal, lang: Lang) -> ApplicationLine {
    let stage = case::of(application).stage(portal.second_above());
    let issued = application.job.as_ref().map(|job| &job.number);
    let number = application.base.as_ref().map(|(number, _)| number).or(issued);
    ApplicationLine {
        id: application.id.to_string(),
        at: facts::moment(application.created_at, lang),
        task: facts::task(application.task, lang),
        kind: facts::kind(application.kind, lang),
        number: number.map(ToString::to_string).unwrap_or_default(),
        contractor: application.contractor_name.clone(),
        amount: hosho_display::yen(application.amount),
        delivery: facts::delivery(application.delivery, lang),
        stage: facts::stage(stage, lang),
    }
}

/// Returns a line for each guarantee; its newest revision is verified as everything is that is
/// shown.
pub(crate) fn lines(
    portal: &Portal,
    known: &Known,
    newest: Vec<Revised>,
    lang: Lang,
) -> Vec<GuaranteeLine> {
    let (on, now) = (portal.today(), portal.now());
    let line = |stored: Revised| {
        let guarantee = Guarantee {
            number: stored.number.clone(),
            contractor: stored.contractor,
            kind: stored.kind,
            revisions: vec![stored],
        };
        let verified = known.verify(&guarantee, on, now);
        match (verified, guarantee.revisions.first()) {
            (Ok(verified), _) if !verified.is_empty() => {
                verified.first().map(|newest| facts::line(newest, lang))
            }
            (_, Some(stored)) => {
                tracing::error!(what = "revisions", "damaged");
                Some(facts::damaged_line(stored, lang))
            }
            _ => None,
        }
    };
    newest.into_iter().filter_map(line).collect()
}
