//! The first page: from what was typed or handed in to a visit.

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use hosho::Date;
use hosho_web::{
    Banner, Checked, CheckedUpload, ErrorSummary, Field, FieldProblem, FormToken, Lang, Problem,
    Source, Tone, View, Visitor,
};
use serde::Deserialize;

use super::problems;
use crate::app::{App, store_problem};
use crate::input::{self, Fault};
use crate::lookup::{Looked, look_up};
use crate::page::certificate::FilePage;
use crate::pasted::Credentials;
use crate::upload::{self, Handed};
use crate::visit::Remembered;

/// Where the form of the first page goes.
pub(crate) const OPEN: &str = "/open";

/// Where the script of the first page is: a file that is dropped beside its field lands in it.
pub(crate) const SCRIPT: &str = "/static/drop.js";

/// Returns that script.
pub(super) async fn script() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
    ];
    (headers, include_str!("../../static/drop.js"))
}

/// What a person typed, to be shown again.
#[derive(Clone, Copy, Debug, Default)]
struct Typed<'t> {
    number: &'t str,
    auth_key: &'t str,
    on: &'t str,
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home<'h> {
    lang: Lang,
    token: &'h FormToken,
    told: Option<Banner>,
    summary: ErrorSummary<'h>,
    problems: &'h [FieldProblem],
    number: Field<'h>,
    auth_key: Field<'h>,
    pasted: Field<'h>,
    file: Field<'h>,
    on: Field<'h>,
    has_day: bool,
}

impl<'h> Home<'h> {
    fn new(
        lang: Lang,
        token: &'h FormToken,
        typed: Typed<'h>,
        problems: &'h [FieldProblem],
        told: Option<Banner>,
    ) -> Self {
        let text = |name, ja, en| Field::text(lang, name, lang.pick(ja, en)).check(problems);
        let (pasted, file) = handed_in(lang, problems);
        Self {
            lang,
            token,
            told,
            summary: ErrorSummary::new(lang, problems),
            problems,
            number: text("number", "保証契約番号", "Guarantee number")
                .hint(lang.pick(
                    "例: 31-07-1-0000123-9。全角でも入力できます。",
                    "For example 31-07-1-0000123-9.",
                ))
                .class("code")
                .value(typed.number),
            auth_key: text("auth_key", "認証キー", "Auth key")
                .hint(lang.pick(
                    "5文字ずつ5組。ハイフンは省けます。大文字と小文字は区別しません。",
                    "Five groups of five characters. Hyphens may be left out; capitals do not matter.",
                ))
                .class("code")
                .value(typed.auth_key),
            pasted,
            file,
            on: Field::date(lang, "on", lang.pick("有効かどうかを確認する日", "Day to ask about"))
                .hint(lang.pick(
                    "指定しなければ、今日について確認します。",
                    "Today, if you leave it empty.",
                ))
                .value(typed.on)
                .check(problems),
            has_day: !typed.on.is_empty(),
        }
    }

    fn is_wrong(&self, field: &str) -> bool {
        self.problems.iter().any(|problem| problem.field == field)
    }
}

/// The fields for what is not typed: a text that is pasted, and a file.
fn handed_in(lang: Lang, problems: &[FieldProblem]) -> (Field<'_>, Field<'_>) {
    let label = lang.pick("お知らせの文面", "Text of the notice");
    let pasted = Field::lines(lang, "pasted", label, 4).check(problems).hint(lang.pick(
        "番号と認証キーを含む文面を、そのまま貼り付けてください。",
        "Paste the text that holds number and key as it is.",
    ));
    let file = Field::file(lang, "file", lang.pick("ファイル", "File")).check(problems).hint(
        lang.pick(
            "「認証キー等のお知らせ」の PDF、その QR コードの写真(PNG・JPEG)、又は電子証書のファイル(.hosho)。8 MB まで。",
            "The PDF of the notice, a photo of its QR code (PNG, JPEG), or a certificate's file (.hosho). At most 8 MB.",
        ),
    );
    (pasted, file)
}

pub(super) async fn show(view: View) -> Result<Response, Problem> {
    page(&view, StatusCode::OK, Typed::default(), &[], None)
}

/// Opens the certificate, begins a visit and leads to its page.
pub(super) async fn open(
    State(app): State<App>,
    view: View,
    visitor: Visitor,
    source: Source,
    upload: CheckedUpload,
) -> Result<Response, Problem> {
    let typed = Typed {
        number: upload.field("number").unwrap_or_default(),
        auth_key: upload.field("auth_key").unwrap_or_default(),
        on: upload.field("on").unwrap_or_default(),
    };
    let refused = |faults: &[Fault]| page(&view, StatusCode::BAD_REQUEST, typed, faults, None);
    let on = match input::on(typed.on) {
        Ok(on) => on,
        Err(fault) => return refused(&[fault]),
    };
    let credentials = if let Some(file) = upload.file("file").filter(|it| !it.bytes.is_empty()) {
        match upload::read(&app, &file.bytes, typed.number, typed.auth_key).await {
            Ok(Handed::Credentials(credentials)) => credentials,
            Ok(Handed::Signed(bytes)) => return signed(&app, &view, bytes, typed.number, on).await,
            Err(fault) => return refused(&[fault]),
        }
    } else {
        match entered(typed, upload.field("pasted").unwrap_or_default()) {
            Ok(credentials) => credentials,
            Err(faults) => return refused(&faults),
        }
    };
    app.limiter.admit(&source).await?;
    let now = app.clock.now();
    let day = on.unwrap_or_else(|| Date::in_japan(now));
    let found = match look_up(&app, &credentials.number, &credentials.auth_key, day, now).await? {
        Looked::Found(found) => found,
        Looked::Miss => {
            app.limiter.missed(&source);
            app.counts.misses.add_one();
            return miss(&view);
        }
    };
    app.counts.opens.add_one();
    app.store.record_openings(&[found.located()], now).await.map_err(store_problem)?;
    let cookie = app.sessions.begin(&visitor, &Remembered::of(&credentials)).await?;
    let place = match on {
        Some(on) => format!("/certificate?on={on}"),
        None => "/certificate".to_owned(),
    };
    Ok((cookie, Redirect::to(&place)).into_response())
}

/// A form without fields but its token.
#[derive(Deserialize)]
pub(super) struct Nothing {}

/// Ends the visit.
pub(super) async fn leave(
    State(app): State<App>,
    visitor: Visitor,
    Checked(Nothing {}): Checked<Nothing>,
) -> Result<Response, Problem> {
    let cookie = app.sessions.leave(&visitor).await?;
    Ok((cookie, Redirect::to("/")).into_response())
}

/// Reads the fields: the pasted text if there is one, else number and key.
fn entered(typed: Typed<'_>, pasted: &str) -> Result<Credentials, Vec<Fault>> {
    if !pasted.trim().is_empty() {
        return input::pasted(pasted, "pasted").map_err(|fault| vec![fault]);
    }
    // Somebody who pastes the whole notice into the first field means the same.
    if typed.auth_key.trim().is_empty()
        && let Ok(credentials) = Credentials::find(typed.number)
    {
        return Ok(credentials);
    }
    match (input::number(typed.number), input::auth_key(typed.auth_key)) {
        (Ok(number), Ok(auth_key)) => Ok(Credentials { number, auth_key }),
        (number, auth_key) => Err([number.err(), auth_key.err()].into_iter().flatten().collect()),
    }
}

/// Shows a signed certificate that was handed in: verified, and not opened by any key.
async fn signed(
    app: &App,
    view: &View,
    bytes: Vec<u8>,
    typed_number: &str,
    on: Option<Date>,
) -> Result<Response, Problem> {
    let number = match typed_number.trim() {
        "" => None,
        typed => match input::number(typed) {
            Ok(number) => Some(number),
            Err(fault) => {
                let typed = Typed { number: typed_number, ..Typed::default() };
                return page(view, StatusCode::BAD_REQUEST, typed, &[fault], None);
            }
        },
    };
    let now = app.clock.now();
    let on = on.unwrap_or_else(|| Date::in_japan(now));
    let checked = upload::check_signed(&app.trusts().await?, &bytes, number.as_ref(), on, now);
    FilePage::of(&checked, on, view).show()
}

/// The miss: the same page for an unknown number, a wrong key and a withdrawn locator. It shows
/// nothing of what was typed.
fn miss(view: &View) -> Result<Response, Problem> {
    let lang = view.lang();
    let told = Banner::new(
        Tone::Bad,
        lang.pick("この番号と認証キーでは開けません", "This number and auth key open nothing"),
    )
    .text(lang.pick(
        "「認証キー等のお知らせ」と見比べてください。違いがなければ、認証キーが再発行されたか、別の確認サービスのものです。請負者に最新のお知らせを求めてください。",
        "Compare both with the notice. If they are right, the key was reissued, or belongs to another service: ask the contractor for the newest notice.",
    ))
    .text(lang.pick("コード: E4-OPEN", "Code: E4-OPEN"));
    page(view, StatusCode::NOT_FOUND, Typed::default(), &[], Some(told))
}

fn page(
    view: &View,
    status: StatusCode,
    typed: Typed<'_>,
    faults: &[Fault],
    told: Option<Banner>,
) -> Result<Response, Problem> {
    let lang = view.lang();
    let problems = problems(faults);
    let home = Home::new(lang, view.token(), typed, &problems, told);
    let title = lang.pick("保証証書を確認する", "Confirm a guarantee certificate");
    view.page(title).status(status).script(SCRIPT).show(&home)
}
