//! The desk's accounts and contractors.

use std::collections::BTreeSet;
use std::fmt;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use hosho::Text;
use hosho_store::StoreError;
use hosho_store::portal::{
    Account, AccountId, AccountKind, Contractor, ContractorId, NewAccount, NewContractor, Role,
};
use hosho_web::{Checked, FormToken, Lang, Problem, is_mail_address};
use serde::Deserialize;

use crate::error::of_store;
use crate::facts;
use crate::login::to_login;
use crate::password::Password;
use crate::person::Staff;
use crate::portal::Portal;

struct AccountLine {
    id: String,
    login: String,
    name: String,
    belongs: String,
    disabled: bool,
}

struct RoleChoice {
    word: &'static str,
    name: &'static str,
}

#[derive(Template)]
#[template(path = "accounts.html")]
struct AccountsPage<'a> {
    lang: Lang,
    token: &'a FormToken,
    lines: Vec<AccountLine>,
    contractors: Vec<Contractor>,
    roles: Vec<RoleChoice>,
}

pub(crate) async fn list(State(portal): State<Portal>, staff: Staff) -> Result<Response, Problem> {
    staff.administers()?;
    let lang = staff.view.lang();
    let contractors = portal.store().contractors().await.map_err(of_store)?;
    let accounts = portal.store().accounts().await.map_err(of_store)?;
    let choice = |role: &Role| RoleChoice { word: role.word(), name: facts::role(*role, lang) };
    let page = AccountsPage {
        lang,
        token: staff.view.token(),
        lines: accounts.iter().map(|account| line(account, &contractors, lang)).collect(),
        contractors,
        roles: Role::ALL.iter().map(choice).collect(),
    };
    staff.page(lang.pick("アカウント", "Accounts")).show(&page)
}

fn line(account: &Account, contractors: &[Contractor], lang: Lang) -> AccountLine {
    let belongs = match account.kind {
        AccountKind::Staff => {
            let roles: Vec<&str> = account.roles.iter().map(|it| facts::role(*it, lang)).collect();
            roles.join(lang.pick("・", ", "))
        }
        AccountKind::Contractor => {
            let own = contractors.iter().find(|it| Some(it.id) == account.contractor);
            own.map(|contractor| contractor.name.clone()).unwrap_or_default()
        }
    };
    AccountLine {
        id: account.id.to_string(),
        login: account.login.clone(),
        name: account.name.clone(),
        belongs,
        disabled: account.disabled_at.is_some(),
    }
}

/// What the form to add an account sends; `role_clerk` and so on are ticked.
#[derive(Deserialize)]
pub(crate) struct AccountFields {
    #[serde(default)]
    login: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    contractor: String,
    #[serde(default)]
    password: String,
    #[serde(flatten)]
    rest: std::collections::BTreeMap<String, String>,
}

impl fmt::Debug for AccountFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccountFields(..)")
    }
}

pub(crate) async fn add(
    State(portal): State<Portal>,
    staff: Staff,
    Checked(mut fields): Checked<AccountFields>,
) -> Result<Response, Problem> {
    staff.administers()?;
    let password = Password::take(&mut fields.password);
    let ticked = |role: &&Role| fields.rest.contains_key(&format!("role_{}", role.word()));
    let roles: BTreeSet<Role> = Role::ALL.iter().filter(ticked).copied().collect();
    let contractor = ContractorId::parse(&fields.contractor);
    let whose = match (contractor, roles.is_empty()) {
        (Some(contractor), true) => Whose::Contractor(contractor),
        (None, false) => Whose::Desk(roles),
        _ => {
            return Err(Problem::input(
                "請負者を選ぶか、保証会社側の役割を選ぶか、どちらか一方にしてください。",
                "Choose a contractor, or roles at the desk: one of both.",
            ));
        }
    };
    let by = Some(staff.account.id);
    make(&portal, &fields.login, &fields.name, whose, password, by).await?;
    Ok(Redirect::to("/desk/accounts").into_response())
}

/// Whose an account is.
#[derive(Clone, Debug)]
pub enum Whose {
    /// One of a contractor.
    Contractor(ContractorId),
    /// One of the desk, with these roles.
    Desk(BTreeSet<Role>),
}

/// Makes an account whose first password is to be changed.
///
/// # Errors
/// E10-INPUT with the field that is wrong.
pub async fn make(
    portal: &Portal,
    login: &str,
    name: &str,
    whose: Whose,
    password: Password,
    by: Option<AccountId>,
) -> Result<AccountId, Problem> {
    let login = to_login(login);
    let in_grammar = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.@".contains(&b);
    if !(3..=64).contains(&login.len()) || !login.bytes().all(in_grammar) {
        return Err(wrong(
            "login",
            "IDは半角英数字と - _ . @ の3〜64字にしてください",
            "an ID has 3 to 64 of the characters a-z 0-9 - _ . @",
        ));
    }
    let name = name.trim();
    if Text::parse(name).is_err() {
        return Err(wrong("name", "氏名を入力してください", "enter the person's name"));
    }
    let hashed = portal.hashers().run({
        let login = login.clone();
        move || password.to_stored(&login)
    });
    let stored = hashed.await?.map_err(|error| {
        let (ja, en) = error.advice();
        wrong("password", ja, en)
    })?;
    let (contractor, roles) = match whose {
        Whose::Contractor(contractor) => (Some(contractor), BTreeSet::new()),
        Whose::Desk(roles) => (None, roles),
    };
    let new = NewAccount {
        login: &login,
        name,
        roles: &roles,
        contractor,
        password: stored.as_row(),
        by,
        at: portal.now(),
    };
    portal.store().add_account(&new).await.map_err(|error| match error {
        StoreError::Conflict => wrong(
            "login",
            "このIDはすでに使われているか、請負者の登録がありません",
            "this ID is taken, or there is no such contractor",
        ),
        error => of_store(error),
    })
}

/// What the form to register a contractor sends.
#[derive(Debug, Deserialize)]
pub(crate) struct ContractorFields {
    #[serde(default)]
    name: String,
    #[serde(default)]
    representative: String,
    #[serde(default)]
    address: String,
    #[serde(default)]
    mail: String,
}

pub(crate) async fn add_contractor(
    State(portal): State<Portal>,
    staff: Staff,
    Checked(fields): Checked<ContractorFields>,
) -> Result<Response, Problem> {
    staff.administers()?;
    let new = NewContractor {
        name: fields.name.trim(),
        representative: fields.representative.trim(),
        address: fields.address.trim(),
        mail: fields.mail.trim(),
    };
    register(&portal, &new).await?;
    Ok(Redirect::to("/desk/accounts").into_response())
}

/// Registers a contractor.
///
/// # Errors
/// E10-INPUT with the fields that are wrong.
pub async fn register(portal: &Portal, new: &NewContractor<'_>) -> Result<ContractorId, Problem> {
    let mut problem = refused();
    for (field, text) in
        [("name", new.name), ("representative", new.representative), ("address", new.address)]
    {
        if Text::parse(text).is_err() {
            problem = problem.field(
                field,
                "1〜512バイトの文字で入力してください",
                "enter 1 to 512 bytes of text",
            );
        }
    }
    if !is_mail_address(new.mail) {
        problem = problem.field(
            "mail",
            "メールアドレスの形で入力してください",
            "enter an address that mails can be sent to",
        );
    }
    if !problem.fields().is_empty() {
        return Err(problem);
    }
    portal.store().add_contractor(new, portal.now()).await.map_err(of_store)
}

/// What the form to set a password sends.
#[derive(Deserialize)]
pub(crate) struct ResetFields {
    #[serde(default)]
    password: String,
}

impl fmt::Debug for ResetFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResetFields(..)")
    }
}

pub(crate) async fn reset_password(
    State(portal): State<Portal>,
    Path(id): Path<String>,
    staff: Staff,
    Checked(mut fields): Checked<ResetFields>,
) -> Result<Response, Problem> {
    staff.administers()?;
    let password = Password::take(&mut fields.password);
    let account = find(&portal, &id).await?;
    let login = account.login.clone();
    let stored =
        portal.hashers().run(move || password.to_stored(&login)).await?.map_err(|error| {
            let (ja, en) = error.advice();
            wrong("password", ja, en)
        })?;
    // Even the own one counts as set by somebody else here: it is to be changed at once.
    let by = Some(staff.account.id).filter(|by| *by != account.id);
    let set = portal.store().set_password(account.id, stored.as_row(), by, portal.now()).await;
    set.map_err(of_store)?;
    Ok(Redirect::to("/desk/accounts").into_response())
}

/// What the button to disable sends.
#[derive(Debug, Deserialize)]
pub(crate) struct Nothing {}

pub(crate) async fn disable(
    State(portal): State<Portal>,
    Path(id): Path<String>,
    staff: Staff,
    Checked(Nothing {}): Checked<Nothing>,
) -> Result<Response, Problem> {
    staff.administers()?;
    let account = find(&portal, &id).await?;
    if account.id == staff.account.id {
        return Err(Problem::input(
            "自分のアカウントは停止できません。ほかの管理者にご依頼ください。",
            "Nobody disables the own account. Ask another administrator.",
        ));
    }
    let by = Some(staff.account.id);
    portal.store().disable_account(account.id, by, portal.now()).await.map_err(of_store)?;
    Ok(Redirect::to("/desk/accounts").into_response())
}

async fn find(portal: &Portal, id: &str) -> Result<Account, Problem> {
    let id = AccountId::parse(id).ok_or_else(Problem::not_found)?;
    portal.store().account(id).await.map_err(of_store)?.ok_or_else(Problem::not_found)
}

fn refused() -> Problem {
    Problem::input(
        "入力を確かめて、もう一度登録してください。",
        "Check what you entered, and send it again.",
    )
}

fn wrong(field: &'static str, ja: &'static str, en: &'static str) -> Problem {
    Problem::input(format!("{ja}。"), format!("{en}.")).field(field, ja, en)
}
