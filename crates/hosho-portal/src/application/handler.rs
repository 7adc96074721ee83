//! The routes of a contractor's applications.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use hosho::{GuaranteeKind, Revision};
use hosho_store::portal::{
    Application, ApplicationId, AskedKind, Guarantee, Obligee, ObligeeId, Page, Selection, Task,
};
use hosho_web::{Checked, Lang, Problem};
use serde::Deserialize;

use super::confirm::ChoosePage;
use super::delivery::{Offer, certified};
use super::entries::{DELIVERY, Entries};
use super::field;
use super::making::Making;
use super::reading::Frame;
use super::step::FormStep;
use crate::case;
use crate::decision::Stage;
use crate::draft::Draft;
use crate::error::{of_draft, of_store};
use crate::facts;
use crate::guarantee::own;
use crate::home::lines;
use crate::person::Applicant;
use crate::portal::Portal;

/// A form's fields in their order.
type Fields = Vec<(String, String)>;

const NEW: &str = "/applications/new";
/// How many applications and guarantees of the contractor are looked at.
const MOST: u16 = 100;
/// The fields that a form carries.
const KIND: &str = "kind";
const OBLIGEE: &str = "obligee";
const BASE: &str = "base";
/// What is chosen for an obligee that is not on the list.
pub(super) const UNLISTED: &str = "unlisted";

pub(crate) fn routes() -> Router<Portal> {
    Router::new()
        .route(NEW, get(show_new).post(answer_new))
        .route("/guarantees/{number}/amend", get(show_amend).post(answer_amend))
        .route("/guarantees/{number}/cancel", get(show_cancel).post(answer_cancel))
        .route("/guarantees/{number}/rekey", get(show_rekey).post(answer_rekey))
}

/// What is applied for, as far as it is chosen.
#[derive(Debug, Default, Deserialize)]
struct Chosen {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    obligee: String,
    /// The number of a guarantee of the same contract.
    #[serde(default)]
    from: String,
}

/// Which obligee was chosen.
#[derive(Clone, Copy)]
enum Whom<'o> {
    Listed(&'o Obligee),
    Unlisted,
}

impl<'o> Whom<'o> {
    fn parse(chosen: &str, obligees: &'o [Obligee]) -> Option<Self> {
        if chosen == UNLISTED {
            return Some(Self::Unlisted);
        }
        let id = ObligeeId::parse(chosen)?;
        obligees.iter().find(|obligee| obligee.id == id).map(Self::Listed)
    }
}

async fn show_new(
    State(portal): State<Portal>,
    Query(chosen): Query<Chosen>,
    applicant: Applicant,
) -> Result<Response, Problem> {
    let obligees = portal.store().obligees().await.map_err(of_store)?;
    let kind = AskedKind::parse(&chosen.kind);
    let (Some(kind), Some(whom)) = (kind, Whom::parse(&chosen.obligee, &obligees)) else {
        return choose(&portal, &applicant, kind, &obligees).await;
    };
    let entries = if chosen.from.is_empty() {
        registered(&portal, &applicant).await?
    } else {
        let other = verified(&portal, &applicant, &chosen.from).await?;
        let mut entries = Entries::of_contract(other.draft.fields());
        if other.guarantee.kind == GuaranteeKind::Advance {
            entries.set(field::PRIOR, other.guarantee.number.to_string());
        }
        entries
    };
    new(&portal, &applicant, kind, whom, entries).form(&[])
}

/// Fills in who the contractor is.
async fn registered(portal: &Portal, applicant: &Applicant) -> Result<Entries, Problem> {
    let contractor = portal.store().contractor(applicant.contractor).await.map_err(of_store)?;
    let mut entries = Entries::default();
    if let Some(contractor) = contractor {
        entries.set("contractor.name", contractor.name);
        entries.set("contractor.representative", contractor.representative);
        entries.set("contractor.address", contractor.address);
    }
    Ok(entries)
}

async fn answer_new(
    State(portal): State<Portal>,
    applicant: Applicant,
    Checked(fields): Checked<Fields>,
) -> Result<Response, Problem> {
    let obligees = portal.store().obligees().await.map_err(of_store)?;
    let kind = carried(&fields, KIND).and_then(AskedKind::parse);
    let whom = carried(&fields, OBLIGEE).and_then(|chosen| Whom::parse(chosen, &obligees));
    let (Some(kind), Some(whom)) = (kind, whom) else { return Err(not_our_form()) };
    let entries = Entries::of_form(&fields).map_err(|_| not_our_form())?;
    let making = new(&portal, &applicant, kind, whom, entries);
    making.answer(FormStep::of_form(&fields)).await
}

fn new<'a>(
    portal: &'a Portal,
    applicant: &'a Applicant,
    kind: AskedKind,
    whom: Whom<'a>,
    mut entries: Entries,
) -> Making<'a> {
    let (obligee, id) = match whom {
        Whom::Listed(obligee) => (Some(obligee), obligee.id.to_string()),
        Whom::Unlisted => (None, UNLISTED.to_owned()),
    };
    let offer = Offer::on(portal.today(), kind, obligee);
    if entries.typed(DELIVERY).is_none() && matches!(offer, Offer::Paper(_)) {
        entries.set(DELIVERY, "paper");
    }
    let config = portal.config();
    let terms = match certified(kind) {
        Some(kind) => config.terms.of(kind),
        None => &config.terms.performance,
    };
    let lang = applicant.view.lang();
    let name = facts::kind(kind, lang);
    Making {
        portal,
        applicant,
        task: Task::New,
        title: match lang {
            Lang::Ja => format!("{name}の申込み"),
            Lang::En => format!("Application: {name}"),
        },
        path: NEW.to_owned(),
        carried: vec![(KIND, kind.word().to_owned()), (OBLIGEE, id)],
        frame: Frame { kind, terms, branch: config.branch.as_deref(), obligee, base: None },
        base: None,
        offer: Some(offer),
        waiting: None,
        entries,
    }
}

/// Asks for kind and obligee first: what follows depends on them.
async fn choose(
    portal: &Portal,
    applicant: &Applicant,
    kind: Option<AskedKind>,
    obligees: &[Obligee],
) -> Result<Response, Problem> {
    let lang = applicant.view.lang();
    let newest = portal.store().guarantees(Some(applicant.contractor), MOST).await;
    let known = portal.trust().known().await?;
    let guarantees = lines(portal, &known, newest.map_err(of_store)?, lang);
    let page = ChoosePage::new(lang, portal.today(), kind, obligees, &guarantees);
    applicant.page(lang.pick("新しい申込み", "New application")).show(&page.view())
}

/// A guarantee with its newest revision, verified.
struct Newest {
    guarantee: Guarantee,
    revision: Revision,
    draft: Draft,
    ended: bool,
    waiting: Option<ApplicationId>,
}

async fn verified(portal: &Portal, applicant: &Applicant, number: &str) -> Result<Newest, Problem> {
    let guarantee = own(portal, applicant, number).await?;
    let known = portal.trust().known().await?;
    let verified = known.verify(&guarantee, portal.today(), portal.now())?;
    let newest = verified.last().ok_or_else(Problem::not_found)?.certificate();
    let draft = Draft::of_certificate(newest).map_err(|error| of_draft(&error))?;
    let (revision, ended) = (newest.revision(), newest.ending().is_some());
    drop(verified);
    Ok(Newest { guarantee, revision, draft, ended, waiting: None })
}

/// Returns a guarantee that can still be changed.
async fn changeable(
    portal: &Portal,
    applicant: &Applicant,
    number: &str,
) -> Result<Newest, Problem> {
    let mut newest = verified(portal, applicant, number).await?;
    if newest.ended {
        return Err(ended());
    }
    let page = Page { before: None, most: MOST };
    let own = portal.store().applications(Selection::Of(applicant.contractor), page).await;
    let waits = |application: &&Application| {
        let base = application.base.as_ref().map(|(number, _)| number);
        let stage = case::of(application).stage(portal.second_above());
        base == Some(&newest.guarantee.number) && is_undecided(stage)
    };
    newest.waiting = own.map_err(of_store)?.iter().find(waits).map(|application| application.id);
    Ok(newest)
}

const fn is_undecided(stage: Stage) -> bool {
    match stage {
        Stage::Received
        | Stage::Reviewed
        | Stage::ApprovedOnce
        | Stage::Approved
        | Stage::Concluded
        | Stage::Refused => true,
        Stage::Issued | Stage::OnPaper | Stage::Returned | Stage::Withdrawn => false,
    }
}

impl Newest {
    fn making<'a>(
        &'a self,
        portal: &'a Portal,
        applicant: &'a Applicant,
        task: Task,
        entries: Entries,
    ) -> Making<'a> {
        let number = &self.guarantee.number;
        let lang = applicant.view.lang();
        let (page, ja, en) = match task {
            Task::Cancel => ("cancel", "解約・取消の申込み", "End of guarantee"),
            Task::Rekey => ("rekey", "認証キー再発行の申込み", "New auth key of guarantee"),
            Task::Amend | Task::New => ("amend", "変更の申込み", "Amendment of guarantee"),
        };
        Making {
            portal,
            applicant,
            task,
            title: match lang {
                Lang::Ja => format!("{ja}　{number}"),
                Lang::En => format!("{en} {number}"),
            },
            path: format!("/guarantees/{number}/{page}"),
            carried: vec![(BASE, self.revision.to_string())],
            frame: Frame {
                kind: asked(self.guarantee.kind),
                terms: "",
                branch: None,
                obligee: None,
                base: Some(&self.draft),
            },
            base: Some((number, self.revision)),
            offer: None,
            waiting: self.waiting,
            entries,
        }
    }

    /// Refuses a form that was made from an earlier revision.
    fn check_base(&self, fields: &Fields) -> Result<(), Problem> {
        match carried(fields, BASE) {
            Some(base) if base == self.revision.to_string() => Ok(()),
            _ => Err(outdated()),
        }
    }
}

async fn show(
    portal: &Portal,
    applicant: &Applicant,
    number: &str,
    task: Task,
) -> Result<Response, Problem> {
    let newest = changeable(portal, applicant, number).await?;
    let entries = match task {
        Task::Amend => Entries::of_request(newest.draft.fields()),
        Task::Cancel | Task::New | Task::Rekey => Entries::default(),
    };
    newest.making(portal, applicant, task, entries).form(&[])
}

async fn answer(
    portal: &Portal,
    applicant: &Applicant,
    number: &str,
    task: Task,
    fields: &Fields,
) -> Result<Response, Problem> {
    let newest = changeable(portal, applicant, number).await?;
    newest.check_base(fields)?;
    let entries = Entries::of_form(fields).map_err(|_| not_our_form())?;
    newest.making(portal, applicant, task, entries).answer(FormStep::of_form(fields)).await
}

macro_rules! pages {
    ($($show:ident $answer:ident $task:ident)+) => {$(
        async fn $show(
            State(portal): State<Portal>,
            Path(number): Path<String>,
            applicant: Applicant,
        ) -> Result<Response, Problem> {
            show(&portal, &applicant, &number, Task::$task).await
        }

        async fn $answer(
            State(portal): State<Portal>,
            Path(number): Path<String>,
            applicant: Applicant,
            Checked(fields): Checked<Fields>,
        ) -> Result<Response, Problem> {
            answer(&portal, &applicant, &number, Task::$task, &fields).await
        }
    )+};
}

pages! {
    show_amend answer_amend Amend
    show_cancel answer_cancel Cancel
    show_rekey answer_rekey Rekey
}

/// Returns the first field of that name.
fn carried<'f>(fields: &'f [(String, String)], name: &str) -> Option<&'f str> {
    fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

const fn asked(kind: GuaranteeKind) -> AskedKind {
    match kind {
        GuaranteeKind::Advance => AskedKind::Advance,
        GuaranteeKind::Interim => AskedKind::Interim,
        GuaranteeKind::Performance => AskedKind::Performance,
    }
}

fn not_our_form() -> Problem {
    Problem::input(
        "送信された内容を読み取れません。「新しい申込み」からもう一度お進みください。",
        "What was sent cannot be read. Start again from \"New application\".",
    )
}

/// E10-OUTDATED: the guarantee was changed since the form was shown.
fn outdated() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "E10-OUTDATED",
        "入力している間に、この保証契約の新しい版が発行されました。最新の版を確かめて、申し込み直してください。",
        "A new revision of this guarantee was issued in the meantime. Look at it and apply again.",
    )
}

/// E10-CONFLICT: nothing follows a termination or a voidance.
fn ended() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "E10-CONFLICT",
        "この保証契約は解約又は取消し済みのため、変更などの申込みはできません。必要なときは新しい保証を申し込んでください。",
        "This guarantee was terminated or voided: nothing can follow. Apply for a new one if needed.",
    )
}
