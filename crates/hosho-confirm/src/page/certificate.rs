//! The page of an opened certificate.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use hosho::Date;
use hosho_display::in_japan;
use hosho_document::fields::{self, Field};
use hosho_publish::Judgement;
use hosho_web::{FormToken, Lang, Problem, View};
use serde::Deserialize;

use super::{Shown, day, words_of};
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
    on: Date,
    as_of: Option<String>,
    code: Option<&'static str>,
    remarks: Vec<String>,
    done: Option<&'static str>,
    faults: Vec<Shown<'p>>,
    title: String,
    fields: Vec<Field>,
    history: Vec<RevisionRow>,
    findings: Vec<String>,
    open_question: Option<OpenQuestion>,
    checks: Vec<String>,
    grounds: Vec<(String, String)>,
}

impl CertificatePage<'_> {
    fn asked(&self) -> String {
        day(self.on, self.lang)
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
    let verdict = &shown.verdict;
    let answered = given.iter().any(|answer| answer.revision == newest);
    let question =
        OpenQuestion { revision: newest.number(), ..told.typed.cloned().unwrap_or_default() };
    let open_question = (!answered).then_some(question);
    let page = CertificatePage {
        lang,
        token: view.token(),
        words: Words::of_standing(shown.standing(), words_lang),
        on: opened.on(),
        as_of: verdict.as_of().map(in_japan),
        code: shown.error_code(),
        remarks: basis::remarks(found, words_lang),
        done: done(told.done, lang),
        faults: Shown::all(told.faults),
        title: fields::title(&shown.certificate, words_lang),
        fields: basis::fields_of(&shown.certificate, words_lang),
        history: history(found, &given, lang),
        findings: basis::findings(app, found, words_lang),
        open_question,
        checks: basis::checks(found, words_lang),
        grounds: basis::grounds(found, words_lang),
    };
    let title = lang.pick("保証証書の確認結果", "The guarantee certificate");
    view.page(title).status(told.status).show(&page)
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
            Judgement::Accepted => lang.pick("受け取り", "accepted"),
            Judgement::Returned => lang.pick("差し戻し", "returned"),
        },
        reason: given.answer.reason().map(ToString::to_string).unwrap_or_default(),
        by: given.answer.by().to_string(),
        at: in_japan(given.at),
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
    on: Date,
    is_genuine: bool,
    code: Option<&'static str>,
    remarks: Vec<String>,
    title: String,
    fields: Vec<Field>,
}

impl FileTemplate {
    fn asked(&self) -> String {
        day(self.on, self.lang)
    }
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
                let standing = genuine.standing();
                FileTemplate {
                    lang,
                    words: Words::of_standing(standing, words_lang),
                    on,
                    is_genuine: true,
                    code: genuine.error_code(),
                    remarks: basis::remarks_of(&genuine.verdict, words_lang),
                    title: fields::title(&genuine.certificate, words_lang),
                    fields: basis::fields_of(&genuine.certificate, words_lang),
                }
            }
            CheckedFile::Refused(error) => FileTemplate {
                lang,
                words: Words::of_refusal(error, words_lang),
                on,
                is_genuine: false,
                code: Some(error.code()),
                remarks: Vec::new(),
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
