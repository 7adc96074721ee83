//! The page of an opened certificate.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use hosho::Date;
use hosho_document::fields::{self, Field};
use hosho_publish::Judgement;
use hosho_web::{
    Banner, Choice, ErrorSummary, Field as FormField, FieldProblem, FormToken, Lang, Offered,
    Problem, Tone, View,
};
use serde::Deserialize;

use super::{day, words_of};
use crate::app::App;
use crate::basis;
use crate::given::GivenAnswer;
use crate::input::{self, Fault};
use crate::lookup::Found;
use crate::opening::{GenuineRevision, OpenedRevision};
use crate::upload::CheckedFile;
use crate::visit::Visit;
use crate::words::Words;

/// What the page may be asked.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    /// The day; empty or absent for today.
    #[serde(default)]
    on: String,
    /// What was just done, so that it is said.
    #[serde(default)]
    done: String,
}

/// What was typed into the form of the answer, to be shown again.
#[derive(Clone, Debug, Default)]
pub(super) struct OpenQuestion {
    pub(super) revision: u16,
    pub(super) answer: String,
    pub(super) reason: String,
    pub(super) by: String,
}

#[derive(Template)]
#[template(path = "certificate.html")]
struct CertificatePage<'p> {
    lang: Lang,
    token: &'p FormToken,
    words: Words,
    lines: Vec<String>,
    code: Option<&'static str>,
    done: Option<Banner>,
    summary: ErrorSummary<'p>,
    on: Date,
    on_field: FormField<'p>,
    title: String,
    fields: Vec<Field>,
    history: Vec<RevisionRow>,
    findings: Vec<String>,
    question: Option<Question<'p>>,
    address: FormField<'p>,
    checks: Vec<String>,
    grounds: Vec<(String, String)>,
}

/// The form of an answer.
struct Question<'p> {
    revision: u16,
    answer: FormField<'p>,
    reason: FormField<'p>,
    by: FormField<'p>,
}

impl<'p> Question<'p> {
    fn new(lang: Lang, typed: &'p OpenQuestion, problems: &'p [FieldProblem]) -> Self {
        let choice = |value, ja, en| Choice {
            value,
            label: lang.pick(ja, en),
            hint: None,
            offered: Offered::Yes,
        };
        let choices = vec![
            choice("accepted", "受理する", "Accept"),
            choice("returned", "差し戻す", "Return"),
        ];
        let label = lang.pick("最新の版について", "About the newest revision");
        let answer = FormField::radio(lang, "answer", label, choices).value(&typed.answer);
        let label = lang.pick("理由(差し戻すときは必須)", "Reason (required when you return it)");
        let reason = FormField::lines(lang, "reason", label, 3).value(&typed.reason);
        let label = lang.pick("回答者(所属・氏名)", "Who answers (office, name)");
        let by = FormField::text(lang, "by", label).value(&typed.by);
        Self {
            revision: typed.revision,
            answer: answer.required().check(problems),
            reason: reason.check(problems),
            by: by.required().check(problems),
        }
    }
}

/// One revision in the history.
struct RevisionRow {
    number: u16,
    title: String,
    words: Words,
    is_shown: bool,
    facts: Vec<Field>,
    differences: Vec<(&'static str, Vec<String>, Vec<String>)>,
    answer: Option<AnswerRow>,
    fingerprint: String,
}

struct AnswerRow {
    judgement: &'static str,
    reason: String,
    by: String,
    at: String,
}

pub(super) async fn show(
    State(app): State<App>,
    view: View,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    match input::on(&asked.on) {
        Ok(on) => {
            let found = visit.open(&app, on).await?;
            show_found(&app, &view, &visit, &found, Told { done: &asked.done, ..Told::default() })
                .await
        }
        Err(fault) => {
            let found = visit.open(&app, None).await?;
            let told = Told { faults: &[fault], ..Told::default() };
            show_found(&app, &view, &visit, &found, told).await
        }
    }
}

/// What the page tells besides the certificate.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Told<'t> {
    pub(super) done: &'t str,
    pub(super) faults: &'t [Fault],
    pub(super) typed: Option<&'t OpenQuestion>,
    pub(super) status: StatusCode,
}

/// Shows an opened certificate.
pub(super) async fn show_found(
    app: &App,
    view: &View,
    visit: &Visit,
    found: &Found,
    told: Told<'_>,
) -> Result<Response, Problem> {
    let (lang, words_lang) = (view.lang(), words_of(view));
    let given = GivenAnswer::all(found.answers(app).await?, visit);
    let (opened, shown) = (&found.opened, found.opened.shown());
    let newest = opened.newest().certificate.revision();
    let answered = given.iter().any(|answer| answer.revision == newest);
    let typed =
        OpenQuestion { revision: newest.number(), ..told.typed.cloned().unwrap_or_default() };
    let (problems, on) = (super::problems(told.faults), opened.on().to_string());
    let mut lines = vec![asked_about(found, lang)];
    lines.extend(basis::remarks(found, words_lang));
    let page = CertificatePage {
        lang,
        token: view.token(),
        words: Words::of_standing(shown.standing(), words_lang),
        lines,
        code: shown.error_code(),
        done: done(told.done, lang).map(|text| Banner::new(Tone::Note, text)),
        summary: ErrorSummary::new(lang, &problems),
        on: opened.on(),
        on_field: FormField::date(
            lang,
            "on",
            lang.pick("別の日について確認する", "Ask about another day"),
        )
        .value(&on)
        .check(&problems),
        title: fields::title(&shown.certificate, words_lang),
        fields: basis::fields_of(&shown.certificate, words_lang),
        history: history(found, &given, lang),
        findings: basis::findings(app, found, words_lang),
        question: (!answered).then(|| Question::new(lang, &typed, &problems)),
        address: FormField::email(lang, "address", lang.pick("メールアドレス", "Mail address"))
            .required()
            .check(&problems),
        checks: basis::checks(found, words_lang),
        grounds: basis::grounds(found, words_lang),
    };
    let title = lang.pick("保証証書の確認結果", "The guarantee certificate");
    view.page(title).status(told.status).show(&page)
}

/// Which day the verdict is about, and as of when.
fn asked_about(found: &Found, lang: Lang) -> String {
    let on = day(found.opened.on(), lang);
    let as_of = found.opened.shown().verdict.as_of().map(|at| basis::moment(at, lang.into()));
    match (lang.is_japanese(), as_of) {
        (true, Some(as_of)) => format!("{on} についての判定です(状態一覧は {as_of} 時点)。"),
        (true, None) => format!("{on} についての判定です。"),
        (false, Some(as_of)) => format!("Asked about {on} (status list of {as_of})."),
        (false, None) => format!("Asked about {on}."),
    }
}

fn done(word: &str, lang: Lang) -> Option<&'static str> {
    Some(match word {
        "answered" => lang.pick("回答を受け付けました。", "Your answer was taken."),
        "watching" => lang.pick(
            "この保証に変更があれば、メールでお知らせします。",
            "You will get a mail when this guarantee changes.",
        ),
        "unwatched" => lang.pick(
            "そのアドレスには、今後お知らせしません。",
            "That address will not be told any more.",
        ),
        _ => return None,
    })
}

/// The revisions, the newest first.
fn history(found: &Found, given: &[GivenAnswer], lang: Lang) -> Vec<RevisionRow> {
    let opened = &found.opened;
    let shown = opened.shown().certificate.revision();
    let mut before: Option<&GenuineRevision> = None;
    let mut rows = Vec::new();
    for revision in opened.earlier() {
        match revision {
            OpenedRevision::Genuine(genuine) => {
                rows.push(row(genuine, before, given, lang));
                before = Some(genuine);
            }
            OpenedRevision::Unjudged { revision, signed, error } => {
                rows.push(RevisionRow {
                    number: revision.number(),
                    title: lang
                        .pick("内容を表示できない版", "A revision that cannot be shown")
                        .to_owned(),
                    words: Words::of_refusal(error, lang.into()),
                    is_shown: false,
                    facts: Vec::new(),
                    differences: Vec::new(),
                    answer: None,
                    fingerprint: hosho::Fingerprint::of(signed).to_string(),
                });
                before = None;
            }
        }
    }
    rows.push(row(opened.newest(), before, given, lang));
    for row in &mut rows {
        row.is_shown = row.number == shown.number();
    }
    rows.reverse();
    rows
}

fn row(
    genuine: &GenuineRevision,
    before: Option<&GenuineRevision>,
    given: &[GivenAnswer],
    lang: Lang,
) -> RevisionRow {
    let words_lang = lang.into();
    let certificate = &genuine.certificate;
    let claims = certificate.claims();
    let field = |label, text| Field { label, texts: vec![text] };
    let mut facts = vec![
        field(lang.pick("発行日", "Issued on"), day(claims.issued_on, lang)),
        field(lang.pick("効力の始まる日", "Governs from"), day(certificate.governs_from(), lang)),
    ];
    facts.extend(fields::change(certificate, words_lang));
    let differences = before.map(|before| {
        let compared = |it: &GenuineRevision| fields::compared(&it.certificate, words_lang);
        fields::differences(&compared(before), &compared(genuine))
    });
    let revision = certificate.revision();
    let answer = given.iter().find(|answer| answer.revision == revision).map(|given| AnswerRow {
        judgement: match given.answer.judgement() {
            Judgement::Accepted => lang.pick("受理", "accepted"),
            Judgement::Returned => lang.pick("差し戻し", "returned"),
        },
        reason: given.answer.reason().map(ToString::to_string).unwrap_or_default(),
        by: given.answer.by().to_string(),
        at: basis::moment(given.at, words_lang),
    });
    RevisionRow {
        number: revision.number(),
        title: fields::title(certificate, words_lang),
        words: Words::of_standing(genuine.standing(), words_lang),
        is_shown: false,
        facts,
        differences: differences.unwrap_or_default(),
        answer,
        fingerprint: genuine.fingerprint.to_string(),
    }
}

#[derive(Template)]
#[template(path = "file.html")]
struct FileTemplate {
    lang: Lang,
    words: Words,
    lines: Vec<String>,
    code: Option<&'static str>,
    unopened: Option<Banner>,
    title: String,
    fields: Vec<Field>,
}

/// The page of a signed certificate that was handed in.
pub(super) struct FilePage<'v> {
    view: &'v View,
    template: FileTemplate,
}

impl<'v> FilePage<'v> {
    pub(super) fn of(checked: &CheckedFile, on: Date, view: &'v View) -> Self {
        let (lang, words_lang) = (view.lang(), words_of(view));
        let template = match checked {
            CheckedFile::Genuine(genuine) => {
                let on = day(on, lang);
                let asked = match lang {
                    Lang::Ja => format!("{on} についての判定です。"),
                    Lang::En => format!("Asked about {on}."),
                };
                let mut lines = vec![asked];
                lines.extend(basis::remarks_of(&genuine.verdict, words_lang));
                FileTemplate {
                    lang,
                    words: Words::of_standing(genuine.standing(), words_lang),
                    lines,
                    code: genuine.error_code(),
                    unopened: Some(unopened(lang)),
                    title: fields::title(&genuine.certificate, words_lang),
                    fields: basis::fields_of(&genuine.certificate, words_lang),
                }
            }
            CheckedFile::Refused(error) => FileTemplate {
                lang,
                words: Words::of_refusal(error, words_lang),
                lines: Vec::new(),
                code: Some(error.code()),
                unopened: None,
                title: String::new(),
                fields: Vec::new(),
            },
        };
        Self { view, template }
    }

    pub(super) fn show(self) -> Result<Response, Problem> {
        let lang = self.view.lang();
        let title = lang.pick("ファイルの検証結果", "The file, verified");
        self.view.page(title).show(&self.template)
    }
}

fn unopened(lang: Lang) -> Banner {
    let title = lang.pick(
        "署名は確かめましたが、認証キーでは開いていません",
        "Its signature was verified, but it was not opened with an auth key",
    );
    Banner::new(Tone::Note, title).text(lang.pick(
        "請負者がこの証書をあなたに差し出したことを確かめるには、「認証キー等のお知らせ」を求めてください。",
        "To be sure that the contractor handed this certificate to you, ask for the notice of number and auth key.",
    ))
}
