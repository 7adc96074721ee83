//! The desk's list of obligees, and which certificates they accept electronically.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use hosho::{Date, GuaranteeKind, Text};
use hosho_store::portal::{AcceptedKind, AskedKind, NewObligee, Obligee, ObligeeId};
use hosho_web::{Checked, FormToken, Lang, Problem};
use serde::Deserialize;

use crate::error::of_store;
use crate::facts;
use crate::person::Staff;
use crate::portal::Portal;

/// A kind that an obligee accepts, as a page shows it.
struct KindLine {
    kind: &'static str,
    word: &'static str,
    from: String,
    from_iso: String,
    until: Option<String>,
}

struct ObligeeLine {
    id: String,
    name: String,
    representative: String,
    address: String,
    kinds: Vec<KindLine>,
}

#[derive(Template)]
#[template(path = "obligees.html")]
struct ObligeesPage<'a> {
    lang: Lang,
    token: &'a FormToken,
    lines: Vec<ObligeeLine>,
    administers: bool,
}

pub(crate) async fn list(State(portal): State<Portal>, staff: Staff) -> Result<Response, Problem> {
    let lang = staff.view.lang();
    let all = portal.store().obligees().await.map_err(of_store)?;
    let page = ObligeesPage {
        lang,
        token: staff.view.token(),
        lines: all.iter().map(|obligee| line(obligee, lang)).collect(),
        administers: staff.administers().is_ok(),
    };
    staff.page(lang.pick("発注者", "Obligees")).show(&page)
}

fn line(obligee: &Obligee, lang: Lang) -> ObligeeLine {
    let kind = |accepted: &AcceptedKind| KindLine {
        kind: facts::kind(asked(accepted.kind), lang),
        word: asked(accepted.kind).word(),
        from: facts::day(accepted.from, lang),
        from_iso: accepted.from.to_string(),
        until: accepted.until.map(|day| facts::day(day, lang)),
    };
    ObligeeLine {
        id: obligee.id.to_string(),
        name: obligee.name.clone(),
        representative: obligee.representative.clone(),
        address: obligee.address.clone().unwrap_or_default(),
        kinds: obligee.kinds.iter().map(kind).collect(),
    }
}

const fn asked(kind: GuaranteeKind) -> AskedKind {
    match kind {
        GuaranteeKind::Advance => AskedKind::Advance,
        GuaranteeKind::Interim => AskedKind::Interim,
        GuaranteeKind::Performance => AskedKind::Performance,
    }
}

/// Reads a kind of guarantee from its word.
pub(crate) fn kind(word: &str) -> Option<GuaranteeKind> {
    match AskedKind::parse(word)? {
        AskedKind::Advance => Some(GuaranteeKind::Advance),
        AskedKind::Interim => Some(GuaranteeKind::Interim),
        AskedKind::Performance => Some(GuaranteeKind::Performance),
        AskedKind::Reservation => None,
    }
}

/// What the form to add an obligee sends.
#[derive(Debug, Deserialize)]
pub(crate) struct ObligeeFields {
    #[serde(default)]
    name: String,
    #[serde(default)]
    representative: String,
    #[serde(default)]
    address: String,
    #[serde(default)]
    advance_from: String,
    #[serde(default)]
    interim_from: String,
    #[serde(default)]
    performance_from: String,
}

pub(crate) async fn add(
    State(portal): State<Portal>,
    staff: Staff,
    Checked(fields): Checked<ObligeeFields>,
) -> Result<Response, Problem> {
    staff.administers()?;
    let mut problem = refused();
    let [name, representative, address] =
        [&fields.name, &fields.representative, &fields.address].map(|text| text.trim());
    for (field, text) in [("name", name), ("representative", representative)] {
        if Text::parse(text).is_err() {
            problem = problem.field(
                field,
                "1〜512バイトの文字で入力してください",
                "enter 1 to 512 bytes of text",
            );
        }
    }
    if !address.is_empty() && Text::parse(address).is_err() {
        problem = problem.field("address", "所在地を直してください", "correct the address");
    }
    let mut kinds = Vec::new();
    for (field, kind, from) in [
        ("advance_from", GuaranteeKind::Advance, &fields.advance_from),
        ("interim_from", GuaranteeKind::Interim, &fields.interim_from),
        ("performance_from", GuaranteeKind::Performance, &fields.performance_from),
    ] {
        match Date::parse(from.trim()) {
            Ok(from) => kinds.push(AcceptedKind { kind, from, until: None }),
            Err(_) if from.trim().is_empty() => {}
            Err(_) => problem = no_day(problem, field),
        }
    }
    if !problem.fields().is_empty() {
        return Err(problem);
    }
    let address = (!address.is_empty()).then_some(address);
    let new = NewObligee { name, representative, address, kinds: &kinds };
    let by = Some(staff.account.id);
    portal.store().add_obligee(&new, by, portal.now()).await.map_err(of_store)?;
    Ok(Redirect::to("/desk/obligees").into_response())
}

/// What the form to end a kind sends.
#[derive(Debug, Deserialize)]
pub(crate) struct EndFields {
    kind: String,
    from: String,
    until: String,
}

pub(crate) async fn end(
    State(portal): State<Portal>,
    Path(id): Path<String>,
    staff: Staff,
    Checked(fields): Checked<EndFields>,
) -> Result<Response, Problem> {
    staff.administers()?;
    let id = ObligeeId::parse(&id).ok_or_else(Problem::not_found)?;
    let kind = kind(&fields.kind).ok_or_else(Problem::not_found)?;
    let from = Date::parse(&fields.from).map_err(|_| Problem::not_found())?;
    let until = match Date::parse(fields.until.trim()) {
        Ok(until) if until >= from => until,
        _ => return Err(no_day(refused(), "until")),
    };
    let by = Some(staff.account.id);
    let ended = portal.store().end_obligee_kind(id, (kind, from), until, by, portal.now()).await;
    ended.map_err(of_store)?;
    Ok(Redirect::to("/desk/obligees").into_response())
}

fn refused() -> Problem {
    Problem::input(
        "入力を確かめて、もう一度登録してください。",
        "Check what you entered, and send it again.",
    )
}

fn no_day(problem: Problem, field: &'static str) -> Problem {
    problem.field(
        field,
        "実在する日付を YYYY-MM-DD で入力してください",
        "enter an existing day as YYYY-MM-DD",
    )
}
