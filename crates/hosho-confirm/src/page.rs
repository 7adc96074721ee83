//! The pages (services.md section 4.2).

use axum::Router;
use axum::routing::{get, post};
use hosho_web::{Lang, View};

use crate::app::App;
use crate::input::Fault;
use crate::words::Class;

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
}

/// A fault as a template shows it.
#[derive(Clone, Debug)]
pub(crate) struct Shown<'f> {
    pub(crate) field: &'static str,
    pub(crate) code: &'static str,
    pub(crate) ja: &'f str,
    pub(crate) en: &'f str,
}

impl<'f> Shown<'f> {
    pub(crate) fn all(faults: &'f [Fault]) -> Vec<Self> {
        let show = |fault: &'f Fault| Self {
            field: fault.field,
            code: fault.code,
            ja: &fault.ja,
            en: &fault.en,
        };
        faults.iter().map(show).collect()
    }
}

/// Something that is told above a form.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told {
    pub(crate) class: Class,
    pub(crate) headline: &'static str,
    pub(crate) advice: &'static str,
    pub(crate) code: &'static str,
}

/// The language of the words that come from other crates.
pub(crate) fn words_of(view: &View) -> hosho_cli::lang::Lang {
    view.lang().into()
}

/// Returns a day as a page shows it.
pub(crate) fn day(day: hosho::Date, lang: Lang) -> String {
    if lang.is_japanese() { hosho_display::both_calendars(day) } else { day.to_string() }
}
