//! Logging in and out, and the own password.

use std::fmt;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use hosho_store::portal::{Account, AccountKind};
use hosho_web::{Checked, FormToken, Lang, Problem, Source, View, Visitor};
use serde::Deserialize;

use crate::error::of_store;
use crate::password::{Password, PasswordError, StoredPassword};
use crate::person::{LoggedIn, Member};
use crate::portal::Portal;

/// The most bytes of an ID that are looked at.
const MAX_LOGIN: usize = 64;

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage<'a> {
    lang: Lang,
    token: &'a FormToken,
    login: &'a str,
    failed: bool,
}

/// What the form of the login page sends.
#[derive(Deserialize)]
pub(crate) struct LoginFields {
    #[serde(default)]
    login: String,
    #[serde(default)]
    password: String,
}

impl fmt::Debug for LoginFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoginFields(..)")
    }
}

pub(crate) async fn form(view: View) -> Result<Response, Problem> {
    show_form(&view, "", StatusCode::OK)
}

fn show_form(view: &View, login: &str, status: StatusCode) -> Result<Response, Problem> {
    let lang = view.lang();
    let failed = status != StatusCode::OK;
    let page = LoginPage { lang, token: view.token(), login, failed };
    view.page(lang.pick("ログイン", "Log in")).status(status).show(&page)
}

pub(crate) async fn enter(
    State(portal): State<Portal>,
    visitor: Visitor,
    source: Source,
    view: View,
    Checked(mut fields): Checked<LoginFields>,
) -> Result<Response, Problem> {
    let password = Password::take(&mut fields.password);
    let login = to_login(&fields.login);
    // Both waits come before the look-up, so they tell nothing. Nobody is locked out.
    portal.sources().admit(&source).await?;
    portal.logins().delay(&login).await;
    let found = portal.store().account_by_login(&login).await.map_err(of_store)?;
    let stored = found.as_ref().map(|account| StoredPassword::from_row(account.password.clone()));
    let fits = portal.hashers().run(move || password.fits(stored.as_ref())).await?;
    let Some(account) = found.filter(|account| fits && account.disabled_at.is_none()) else {
        portal.sources().missed(&source);
        portal.logins().missed(&login);
        return show_form(&view, &fields.login, StatusCode::UNAUTHORIZED);
    };
    begin(&portal, &visitor, &account, account.epoch).await
}

/// Renews the session: whoever planted the old one has nothing.
async fn begin(
    portal: &Portal,
    visitor: &Visitor,
    account: &Account,
    epoch: u64,
) -> Result<Response, Problem> {
    let content = LoggedIn { account: account.id.to_string(), epoch };
    let cookie = portal.sessions().begin(visitor, &content).await?;
    let to = match account.kind {
        AccountKind::Contractor => "/",
        AccountKind::Staff => "/desk",
    };
    Ok((cookie, Redirect::to(to)).into_response())
}

/// What the button that logs out sends.
#[derive(Debug, Deserialize)]
pub(crate) struct Nothing {}

pub(crate) async fn leave(
    State(portal): State<Portal>,
    visitor: Visitor,
    Checked(Nothing {}): Checked<Nothing>,
) -> Result<Response, Problem> {
    let cookie = portal.sessions().leave(&visitor).await?;
    Ok((cookie, Redirect::to("/login")).into_response())
}

#[derive(Template)]
#[template(path = "password.html")]
struct PasswordPage<'a> {
    lang: Lang,
    token: &'a FormToken,
    must_change: bool,
    old_wrong: bool,
    new_wrong: Option<&'static str>,
}

/// What the form of the password page sends.
#[derive(Deserialize)]
pub(crate) struct PasswordFields {
    #[serde(default)]
    old: String,
    #[serde(default)]
    new: String,
    #[serde(default)]
    again: String,
}

impl fmt::Debug for PasswordFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordFields(..)")
    }
}

/// Why a password is not changed.
enum NotChanged {
    Again,
    New(PasswordError),
    Old,
}

pub(crate) async fn password_form(member: Member) -> Result<Response, Problem> {
    show_password_form(&member, None)
}

fn show_password_form(member: &Member, refused: Option<&NotChanged>) -> Result<Response, Problem> {
    let lang = member.view.lang();
    let new_wrong = match refused {
        None | Some(NotChanged::Old) => None,
        Some(NotChanged::Again) => {
            Some(lang.pick("二度目の入力が一致しません", "the two entries differ"))
        }
        Some(NotChanged::New(error)) => {
            let (ja, en) = error.advice();
            Some(lang.pick(ja, en))
        }
    };
    let page = PasswordPage {
        lang,
        token: member.view.token(),
        must_change: member.account.must_change,
        old_wrong: matches!(refused, Some(NotChanged::Old)),
        new_wrong,
    };
    let status = if refused.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    member.page(lang.pick("パスワードの変更", "Change the password")).status(status).show(&page)
}

pub(crate) async fn change_password(
    State(portal): State<Portal>,
    visitor: Visitor,
    member: Member,
    Checked(mut fields): Checked<PasswordFields>,
) -> Result<Response, Problem> {
    let (old, new, again) = (
        Password::take(&mut fields.old),
        Password::take(&mut fields.new),
        Password::take(&mut fields.again),
    );
    let login = member.account.login.clone();
    portal.logins().delay(&login).await;
    let before = StoredPassword::from_row(member.account.password.clone());
    let changed = portal.hashers().run({
        let login = login.clone();
        move || {
            if !old.fits(Some(&before)) {
                return Err(NotChanged::Old);
            }
            if !new.same(&again) {
                return Err(NotChanged::Again);
            }
            new.to_stored(&login).map_err(NotChanged::New)
        }
    });
    let stored = match changed.await? {
        Ok(stored) => stored,
        Err(refused) => {
            if matches!(refused, NotChanged::Old) {
                portal.logins().missed(&login);
            }
            return show_password_form(&member, Some(&refused));
        }
    };
    let account = &member.account;
    let (by, at) = (Some(account.id), portal.now());
    let epoch = portal.store().set_password(account.id, stored.as_row(), by, at).await;
    begin(&portal, &visitor, account, epoch.map_err(of_store)?).await
}

/// Returns an ID as accounts have it: lower case, without blanks around it, in NFKC.
pub(crate) fn to_login(typed: &str) -> String {
    let cut = typed.get(..typed.len().min(4 * MAX_LOGIN)).unwrap_or_default();
    hosho::fold_name(cut).to_lowercase()
}

/// Runs what keeps a processor busy where it holds up nobody else.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(Problem::internal)
}
