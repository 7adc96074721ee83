//! The desk: applications, and what is decided about them.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use hosho::{ChangeKind, GuaranteeNumber};
use hosho_policy::{Finding, Severity};
use hosho_request::Request;
use hosho_store::portal::{
    Application, ApplicationId, Asked, Concluded, Concluding, Decided, Decision, Delivery,
    NewDecision, NumberFor, Page, Selection, Step, Task,
};
use hosho_web::{Checked, FormToken, Lang, Problem};
use serde::Deserialize;

use crate::case;
use crate::decision::Stage;
use crate::draft::{Conclusion, Draft};
use crate::error::{of_draft, of_forbidden, of_store, outdated, taken};
use crate::facts::{self, Difference, DoneLine, Fact};
use crate::home::{ApplicationLine, line};
use crate::person::Staff;
use crate::portal::Portal;

/// How many lines a page of the list has.
const MOST: u16 = 50;

#[derive(Template)]
#[template(path = "desk.html")]
struct DeskPage {
    lang: Lang,
    lines: Vec<ApplicationLine>,
    all: bool,
    next: Option<String>,
}

/// Where a list goes on.
#[derive(Debug, Deserialize)]
pub(crate) struct From {
    before: Option<String>,
}

pub(crate) async fn open(
    State(portal): State<Portal>,
    Query(from): Query<From>,
    staff: Staff,
) -> Result<Response, Problem> {
    list(&portal, &staff, Selection::Open, from).await
}

pub(crate) async fn all(
    State(portal): State<Portal>,
    Query(from): Query<From>,
    staff: Staff,
) -> Result<Response, Problem> {
    list(&portal, &staff, Selection::All, from).await
}

async fn list(
    portal: &Portal,
    staff: &Staff,
    selection: Selection,
    from: From,
) -> Result<Response, Problem> {
    let before = from.before.as_deref().and_then(ApplicationId::parse);
    let found = portal.store().applications(selection, Page { before, most: MOST }).await;
    let found = found.map_err(of_store)?;
    let full = found.len() >= usize::from(MOST);
    let lang = staff.view.lang();
    let page = DeskPage {
        lang,
        next: found.last().filter(|_| full).map(|last| last.id.to_string()),
        lines: found.iter().map(|application| line(application, portal, lang)).collect(),
        all: matches!(selection, Selection::All),
    };
    let title = if page.all {
        lang.pick("すべての申込み", "All applications")
    } else {
        lang.pick("受付中の申込み", "Open applications")
    };
    staff.page(title).show(&page)
}

/// A finding as a page shows it.
struct FindingLine {
    rule: &'static str,
    tone: &'static str,
    severity: &'static str,
    reason: String,
    needs: bool,
}

#[derive(Template)]
#[template(path = "application.html")]
struct ApplicationPage<'a> {
    lang: Lang,
    token: &'a FormToken,
    line: ApplicationLine,
    facts: Vec<Fact>,
    change: Vec<Fact>,
    differences: Vec<Difference>,
    findings: Vec<FindingLine>,
    decided: Vec<DoneLine>,
    refusal: Option<(String, String)>,
    seen: usize,
    second: bool,
    premium: bool,
    permitted: Vec<Step>,
}

impl ApplicationPage<'_> {
    /// Returns whether the person may take this step now.
    fn may(&self, step: &str) -> bool {
        self.permitted.iter().any(|permitted| permitted.word() == step)
    }
}

pub(crate) async fn show(
    State(portal): State<Portal>,
    Path(id): Path<String>,
    staff: Staff,
) -> Result<Response, Problem> {
    let application = case::find(&portal, &id).await?;
    let lang = staff.view.lang();
    let (_, request) = case::request(&portal, &application)?;
    let certificate = request.to_unsigned().map_err(|error| of_draft(&error))?;
    let differences = match &application.base {
        None => Vec::new(),
        Some((number, base)) => {
            let guarantee = portal.store().guarantee(number).await.map_err(of_store)?;
            let guarantee = guarantee.ok_or_else(|| Problem::internal("damaged: no base"))?;
            let known = portal.trust().known().await?;
            let all = known.verify(&guarantee, portal.today(), portal.now())?;
            let before = all.iter().find(|it| it.certificate().revision() == *base);
            before.map_or_else(Vec::new, |before| {
                facts::asked_differences(before.certificate(), &certificate, lang)
            })
        }
    };
    let found = case::findings(&portal, &(&application).into(), &request).await?;
    let case = case::of(&application);
    let refusal = application.job.as_ref().and_then(|job| job.refusal.clone());
    let page = ApplicationPage {
        lang,
        token: staff.view.token(),
        line: line(&application, &portal, lang),
        facts: facts::asked(&certificate, lang),
        change: facts::change(&certificate, lang),
        differences,
        findings: found.iter().map(|finding| finding_line(finding, lang)).collect(),
        decided: application.decisions.iter().map(|it| decision_line(it, lang)).collect(),
        refusal: refusal.map(|refusal| (refusal.code, refusal.message)),
        seen: application.decisions.len(),
        second: case.needs_second(portal.second_above())
            && is_undecided(case.stage(portal.second_above())),
        premium: asks_premium(&application, &request),
        permitted: case.permitted(&staff.person(), portal.second_above()),
    };
    let title = match lang {
        Lang::Ja => format!("申込み {}", application.id),
        Lang::En => format!("Application {}", application.id),
    };
    staff.page(title).show(&page)
}

/// Whether approvals are still to come.
const fn is_undecided(stage: Stage) -> bool {
    matches!(stage, Stage::Received | Stage::Reviewed | Stage::ApprovedOnce)
}

fn finding_line(finding: &Finding, lang: Lang) -> FindingLine {
    let severity = finding.severity();
    FindingLine {
        rule: finding.rule().id(),
        tone: match severity {
            Severity::Error => "bad",
            Severity::Warning => "care",
            _ => "wait",
        },
        severity: lang.pick(severity.japanese(), severity.word()),
        reason: match lang {
            Lang::Ja => finding.to_japanese(),
            Lang::En => finding.to_english(),
        },
        needs: severity.needs_acknowledgement(),
    }
}

fn decision_line(decision: &Decision, lang: Lang) -> DoneLine {
    let note = crate::status::note(decision.note.as_deref(), lang);
    let rules = decision.acknowledged.join(" ");
    let more = match (rules.is_empty(), lang) {
        (true, _) => note,
        (false, Lang::Ja) => format!("{note}　確認済: {rules}"),
        (false, Lang::En) => format!("{note} acknowledged: {rules}"),
    };
    DoneLine {
        at: facts::moment(decision.at, lang),
        what: facts::step(decision.step, lang),
        who: decision.name.clone(),
        more,
    }
}

/// Tells whether a premium is due: for new guarantees, and for amendments that promise more.
fn asks_premium(application: &Application, request: &Request) -> bool {
    let more = |kind| request.change.as_ref().is_some_and(|change| change.kinds.contains(kind));
    match application.task {
        Task::New => true,
        Task::Amend => more(ChangeKind::Increase) || more(ChangeKind::Extension),
        Task::Cancel | Task::Rekey => false,
    }
}

/// What a form about an application sends; `ack_R1` and so on are among the rest.
#[derive(Debug, Deserialize)]
pub(crate) struct StepFields {
    seen: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    premium: Option<String>,
    #[serde(flatten)]
    rest: BTreeMap<String, String>,
}

impl StepFields {
    fn acknowledged(&self) -> BTreeSet<&str> {
        self.rest.keys().filter_map(|name| name.strip_prefix("ack_")).collect()
    }

    /// Returns how many decisions the person saw.
    fn seen(&self) -> Option<usize> {
        self.seen.parse().ok()
    }

    fn note(&self) -> Option<&str> {
        let note = self.note.trim();
        (!note.is_empty()).then_some(note)
    }
}

/// The most bytes of a note.
const MAX_NOTE: usize = 2_000;

/// Whether a character shows nothing itself, or makes what stands beside it run the other way: the
/// contractor reads the note.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
        )
}

pub(crate) async fn review(
    State(portal): State<Portal>,
    Path(id): Path<String>,
    staff: Staff,
    Checked(fields): Checked<StepFields>,
) -> Result<Response, Problem> {
    decide(&portal, &id, &staff, &fields, Step::Reviewed, &[]).await
}

pub(crate) async fn approve(
    State(portal): State<Portal>,
    Path(id): Path<String>,
    staff: Staff,
    Checked(fields): Checked<StepFields>,
) -> Result<Response, Problem> {
    let application = case::find(&portal, &id).await?;
    let (_, request) = case::request(&portal, &application)?;
    let step = match case::of(&application).stage(portal.second_above()) {
        Stage::ApprovedOnce => Step::ApprovedAgain,
        _ => Step::Approved,
    };
    let acknowledged = fields.acknowledged();
    let found = case::findings(&portal, &(&application).into(), &request).await?;
    let needed: BTreeSet<&str> = found
        .iter()
        .filter(|finding| finding.severity().needs_acknowledgement())
        .map(|finding| finding.rule().id())
        .collect();
    let missing: Vec<&str> = needed.difference(&acknowledged).copied().collect();
    if !missing.is_empty() {
        let rules = missing.join(" ");
        return Err(Problem::input(
            format!(
                "発注者の定めとの違い({rules})を確かめ、規則ごとに「確認した」を選んでください。"
            ),
            format!("Findings of policy ({rules}) are to be acknowledged, each by its rule."),
        ));
    }
    let kept: Vec<String> =
        needed.intersection(&acknowledged).map(|rule| (*rule).to_owned()).collect();
    decide(&portal, &id, &staff, &fields, step, &kept).await
}

pub(crate) async fn send_back(
    State(portal): State<Portal>,
    Path(id): Path<String>,
    staff: Staff,
    Checked(fields): Checked<StepFields>,
) -> Result<Response, Problem> {
    if fields.note().is_none() {
        return Err(Problem::input(
            "返却の理由を書いてください。申込者に表示されます。",
            "Write why it is returned; the contractor reads it.",
        ));
    }
    decide(&portal, &id, &staff, &fields, Step::Returned, &[]).await
}

pub(crate) async fn give_up(
    State(portal): State<Portal>,
    Path(id): Path<String>,
    staff: Staff,
    Checked(fields): Checked<StepFields>,
) -> Result<Response, Problem> {
    decide(&portal, &id, &staff, &fields, Step::Withdrawn, &[]).await
}

async fn decide(
    portal: &Portal,
    id: &str,
    staff: &Staff,
    fields: &StepFields,
    step: Step,
    acknowledged: &[String],
) -> Result<Response, Problem> {
    let application = case::find(portal, id).await?;
    let decision = permitted(portal, &application, staff, fields, step, acknowledged)?;
    match portal.store().decide(&decision).await.map_err(of_store)? {
        Decided::Recorded => Ok(back_to(&application)),
        Decided::Taken => Err(taken()),
    }
}

/// Returns the decision, if this person may take it on what he saw.
fn permitted<'a>(
    portal: &Portal,
    application: &Application,
    staff: &Staff,
    fields: &'a StepFields,
    step: Step,
    acknowledged: &'a [String],
) -> Result<NewDecision<'a>, Problem> {
    let seen = application.decisions.len();
    if fields.seen() != Some(seen) {
        return Err(taken());
    }
    case::of(application)
        .permit(step, &staff.person(), portal.second_above())
        .map_err(of_forbidden)?;
    if fields.note.len() > MAX_NOTE {
        return Err(Problem::input("メモが長すぎます。", "The note is too long."));
    }
    if fields.note.chars().any(is_invisible) {
        return Err(Problem::input(
            "メモに目に見えない制御文字があります。取り除いてください。",
            "The note holds an invisible control character; take it out.",
        ));
    }
    let (account, at) = (staff.account.id, portal.now());
    let note = fields.note();
    Ok(NewDecision { application: application.id, seen, step, account, at, note, acknowledged })
}

pub(crate) async fn conclude(
    State(portal): State<Portal>,
    Path(id): Path<String>,
    staff: Staff,
    Checked(fields): Checked<StepFields>,
) -> Result<Response, Problem> {
    let application = case::find(&portal, &id).await?;
    let (draft, request) = case::request(&portal, &application)?;
    if asks_premium(&application, &request) && fields.premium.is_none() {
        return Err(Problem::input(
            "保証料を受領したことを確かめ、「受領した」を選んでください。",
            "Confirm that the premium was received.",
        ));
    }
    let decision = permitted(&portal, &application, &staff, &fields, Step::Concluded, &[])?;
    let concluded = record(&portal, &application, &draft, &request, decision).await?;
    match concluded {
        Concluded::Asked { .. } | Concluded::OnPaper => {
            portal.raise_high_water().await?;
            Ok(back_to(&application))
        }
        Concluded::Outdated => Err(outdated()),
        Concluded::Taken => Err(taken()),
    }
}

async fn record(
    portal: &Portal,
    application: &Application,
    draft: &Draft,
    request: &Request,
    decision: NewDecision<'_>,
) -> Result<Concluded, Problem> {
    if application.delivery == Delivery::Paper {
        let concluding = Concluding { decision, asked: None };
        return portal.store().conclude(&concluding).await.map_err(of_store);
    }
    let (revision, issued_on) = (request.revision, request.issued_on);
    let json = |number: &GuaranteeNumber<'_>| match application.task {
        Task::Rekey => rekey_json(draft),
        _ => draft.conclude(&Conclusion { number, revision, issued_on }),
    };
    let series = case::series(portal, request)?;
    let name = series.name();
    let next = |serial| series.number(serial).ok();
    let number = if let Some((number, _)) = &application.base {
        NumberFor::Amended(number)
    } else {
        let first = portal.config().number.first;
        NumberFor::Next { series: &name, first, number: &next }
    };
    let acknowledged: BTreeSet<String> =
        application.decisions.iter().flat_map(|it| it.acknowledged.iter().cloned()).collect();
    let acknowledged: Vec<String> = acknowledged.into_iter().collect();
    let asked = Asked { number, revision, request: &json, acknowledged: &acknowledged };
    let concluding = Concluding { decision, asked: Some(asked) };
    portal.store().conclude(&concluding).await.map_err(of_store)
}

/// What the worker needs to know for a new auth key.
fn rekey_json(draft: &Draft) -> String {
    let change = draft.fields().get("change");
    let reason = change.and_then(|change| change.get("reason"));
    serde_json::json!({ "reason": reason }).to_string()
}

fn back_to(application: &Application) -> Response {
    Redirect::to(&format!("/desk/applications/{}", application.id)).into_response()
}
