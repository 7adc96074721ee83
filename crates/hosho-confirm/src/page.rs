//! The pages (services.md section 4.2).

use axum::Router;
use axum::routing::{get, post};
use hosho_web::{FieldProblem, Lang, View};

use crate::app::App;
use crate::basis;
use crate::input::Fault;

mod answer;
mod certificate;
mod download;
mod help;
mod home;
mod watch;

pub(crate) use home::OPEN;

/// Returns the routes of the pages.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(home::show))
        .route(OPEN, post(home::open))
        .route("/certificate", get(certificate::show))
        .route("/certificate/{revision}/signed", get(download::signed))
        .route("/certificate/evidence", get(download::evidence))
        .route("/certificate/report", get(download::report))
        .route("/certificate/answer", post(answer::give_form))
        .route("/certificate/watch", post(watch::watch))
        .route("/certificate/unwatch", post(watch::unwatch))
        .route("/leave", post(home::leave))
        .route("/help", get(help::show))
        .route(home::SCRIPT, get(home::script))
}

/// Faults as the parts of pages take them; the code stands at the end.
pub(crate) fn problems(faults: &[Fault]) -> Vec<FieldProblem> {
    let problem = |fault: &Fault| FieldProblem {
        field: fault.field.into(),
        ja: format!("{}({})", fault.ja, fault.code).into(),
        en: format!("{} ({})", fault.en, fault.code).into(),
    };
    faults.iter().map(problem).collect()
}

/// The language of the words that come from other crates.
pub(crate) fn words_of(view: &View) -> hosho_cli::lang::Lang {
    view.lang().into()
}

/// Returns a day as a page shows it.
pub(crate) fn day(day: hosho::Date, lang: Lang) -> String {
    basis::day(day, lang.into())
}
