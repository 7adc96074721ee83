//! From arguments to an exit code.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::Path;
use std::process::ExitCode;

use clap::ArgMatches;
use hosho::Date;
use hosho_cli::input::{read_bounded, read_secret};
use hosho_cli::lang::Lang;
use hosho_cli::{secret, usage};
use hosho_store::OnRestored;
use hosho_store::portal::{AcceptedKind, ContractorId, NewContractor, NewObligee, Role};
use hosho_web::{Clock, Metrics, Problem, metrics_router, serve, start_log};
use serde::Deserialize;

use crate::account::{Whose, make, register};
use crate::arguments::{command, path_of, text_of};
use crate::config::Loaded;
use crate::error::of_store;
use crate::login::to_login;
use crate::mail::send_forever;
use crate::obligee::kind;
use crate::password::Password;
use crate::portal::{Portal, StartError, open};
use crate::vault::RevealKey;

/// The exit code when something was refused or failed.
const FAILED: u8 = 1;
/// The exit code of a command line that cannot be followed.
const USAGE: u8 = 2;
/// The most bytes of a list of obligees.
const MAX_LIST: usize = 4 * 1024 * 1024;

/// Runs the command line and returns its exit code.
pub fn run(arguments: impl IntoIterator<Item = impl Into<OsString>>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    let lang = Lang::from_arguments(arguments.iter().skip(1).cloned());
    let matches = match command(lang).try_get_matches_from(arguments) {
        Ok(matches) => matches,
        Err(refusal) => {
            match usage::message(&refusal, lang) {
                Some(told) => eprintln!("hosho-portal: {told}"),
                // Nothing is left to tell anyone when printing fails.
                None => drop(refusal.print()),
            }
            return ExitCode::from(u8::try_from(refusal.exit_code()).unwrap_or(USAGE));
        }
    };
    if let Err(error) = secret::no_core_dumps() {
        eprintln!("hosho-portal: {error}");
        return ExitCode::from(FAILED);
    }
    match dispatch(&matches, lang) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(message)) => {
            eprintln!("hosho-portal: {message}");
            ExitCode::from(FAILED)
        }
    }
}

/// What is told on standard error: what went wrong, with its code and the next step.
struct Failure(String);

fn dispatch(matches: &ArgMatches, lang: Lang) -> Result<(), Failure> {
    let Some((name, outer)) = matches.subcommand() else { return Ok(()) };
    let (action, matches) = outer.subcommand().unwrap_or(("", outer));
    if name == "reveal-key" {
        return new_reveal_key(matches, lang);
    }
    let Some(config) = path_of(matches, "config") else { return Ok(()) };
    if name == "check-config" {
        Loaded::read(config).map_err(|error| told(error.code(), &error.message(lang)))?;
        println!(
            "{}",
            lang.pick("設定に誤りはありません", "nothing is wrong with the configuration")
        );
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure(error.to_string()))?;
    runtime.block_on(async {
        match (name, action) {
            ("serve", _) => serve_forever(config, matches, lang).await,
            ("backup", _) => backup(config, matches, lang).await,
            ("account", "add") => add_account(config, matches, lang).await,
            ("account", "password") => set_password(config, matches, lang).await,
            ("account", "disable") => disable_account(config, matches, lang).await,
            ("contractor", "add") => add_contractor(config, matches, lang).await,
            ("obligee", "add") => add_obligees(config, matches, lang).await,
            _ => Ok(()),
        }
    })
}

fn told(code: &str, message: &str) -> Failure {
    Failure(format!("{code}: {message}"))
}

fn of_problem(problem: &Problem, lang: Lang) -> Failure {
    let page_lang = if lang == Lang::Ja { hosho_web::Lang::Ja } else { hosho_web::Lang::En };
    let mut message = problem.message(page_lang).to_owned();
    for field in problem.fields() {
        message += &["\n  ", &field.field, ": ", field.message(page_lang)].concat();
    }
    told(problem.code(), &message)
}

async fn start(config: &Path, lang: Lang, on_restored: OnRestored) -> Result<Portal, Failure> {
    Ok(start_with_mail(config, lang, on_restored).await?.0)
}

async fn start_with_mail(
    config: &Path,
    lang: Lang,
    on_restored: OnRestored,
) -> Result<(Portal, hosho_web::Mailer), Failure> {
    open(config, Clock::system(), on_restored).await.map_err(|error| match &error {
        StartError::Config(refused) => told(error.code(), &refused.message(lang)),
        StartError::Store(refused) => told(error.code(), &refused.to_string()),
    })
}

async fn serve_forever(config: &Path, matches: &ArgMatches, lang: Lang) -> Result<(), Failure> {
    start_log();
    let on_restored =
        if matches.get_flag("accept-restored") { OnRestored::Accept } else { OnRestored::Refuse };
    let (portal, mailer) = start_with_mail(config, lang, on_restored).await?;
    portal.ready().await.map_err(|problem| of_problem(&problem, lang))?;
    let metrics = Metrics::new();
    let router = portal.router(metrics.clone()).map_err(|problem| of_problem(&problem, lang))?;
    let ready = {
        let portal = portal.clone();
        move || {
            let portal = portal.clone();
            async move { portal.ready().await }
        }
    };
    let sender = tokio::spawn(send_forever(portal.clone(), mailer));
    let served = serve(&portal.config().http, config, router, metrics_router(metrics, ready)).await;
    sender.abort();
    portal.store().database().close().await;
    served.map_err(|error| Failure(error.to_string()))
}

async fn backup(config: &Path, matches: &ArgMatches, lang: Lang) -> Result<(), Failure> {
    let Some(file) = path_of(matches, "file") else { return Ok(()) };
    let portal = start(config, lang, OnRestored::Refuse).await?;
    let copied = portal.store().database().backup(file).await;
    copied.map_err(|error| told(error.code(), &error.to_string()))
}

async fn add_account(config: &Path, matches: &ArgMatches, lang: Lang) -> Result<(), Failure> {
    let roles = matches.get_many::<String>("role").into_iter().flatten();
    let roles: BTreeSet<Role> = roles.filter_map(|word| Role::parse(word)).collect();
    let whose = match text_of(matches, "contractor") {
        None => Whose::Desk(roles),
        Some(id) => Whose::Contractor(ContractorId::parse(id).ok_or_else(|| no_number(lang))?),
    };
    let (login, name) = (text_of(matches, "login"), text_of(matches, "name"));
    let (login, name) = (login.unwrap_or_default(), name.unwrap_or_default());
    let password = read_password(matches, lang)?;
    let portal = start(config, lang, OnRestored::Refuse).await?;
    let made = make(&portal, login, name, whose, password, None).await;
    made.map_err(|problem| of_problem(&problem, lang))?;
    println!("{}", to_login(login));
    Ok(())
}

fn no_number(lang: Lang) -> Failure {
    let message = lang.pick(
        "contractor には contractor add が表示した番号を指定してください",
        "contractor: give the id that contractor add printed",
    );
    told("E10-INPUT", message)
}

async fn find_account(
    portal: &Portal,
    matches: &ArgMatches,
    lang: Lang,
) -> Result<hosho_store::portal::Account, Failure> {
    let login = to_login(text_of(matches, "login").unwrap_or_default());
    let found = portal.store().account_by_login(&login).await;
    let found = found.map_err(|error| of_problem(&of_store(error), lang))?;
    let message = lang.pick("そのIDのアカウントはありません", "there is no account with this ID");
    found.ok_or_else(|| told("E10-NOT-FOUND", message))
}

async fn set_password(config: &Path, matches: &ArgMatches, lang: Lang) -> Result<(), Failure> {
    let password = read_password(matches, lang)?;
    let portal = start(config, lang, OnRestored::Refuse).await?;
    let account = find_account(&portal, matches, lang).await?;
    let stored = password.to_stored(&account.login).map_err(|error| {
        let (ja, en) = error.advice();
        told("E10-INPUT", lang.pick(ja, en))
    })?;
    let set = portal.store().set_password(account.id, stored.as_row(), None, portal.now()).await;
    set.map(|_| ()).map_err(|error| of_problem(&of_store(error), lang))
}

async fn disable_account(config: &Path, matches: &ArgMatches, lang: Lang) -> Result<(), Failure> {
    let portal = start(config, lang, OnRestored::Refuse).await?;
    let account = find_account(&portal, matches, lang).await?;
    let disabled = portal.store().disable_account(account.id, None, portal.now()).await;
    disabled.map_err(|error| of_problem(&of_store(error), lang))
}

/// Reads the first password from the file that was named, or from the terminal, twice.
fn read_password(matches: &ArgMatches, lang: Lang) -> Result<Password, Failure> {
    if let Some(file) = path_of(matches, "password-file") {
        let bytes = read_secret(file, 1_024).map_err(|error| {
            told("E10-INPUT", &format!("{}: {}", file.display(), error.message(lang)))
        })?;
        let text = str::from_utf8(&bytes).map_err(|_| {
            told(
                "E10-INPUT",
                lang.pick("パスワードは UTF-8 で書いてください", "write the password in UTF-8"),
            )
        })?;
        return Ok(Password::take(&mut text.trim_end_matches(['\r', '\n']).to_owned()));
    }
    if !std::io::stdin().is_terminal() {
        let message = lang.pick(
            "端末がありません。--password-file でファイルを指定してください",
            "there is no terminal; name a file with --password-file",
        );
        return Err(told("E10-INPUT", message));
    }
    let ask = |prompt: &str| {
        rpassword::prompt_password(prompt).map_err(|error| Failure(error.to_string()))
    };
    let first = Password::take(&mut ask(lang.pick("初回パスワード: ", "First password: "))?);
    let again = Password::take(&mut ask(lang.pick("もう一度: ", "Once more: "))?);
    if first.same(&again) {
        Ok(first)
    } else {
        let message = lang.pick("二度目の入力が一致しません", "the two entries differ");
        Err(told("E10-INPUT", message))
    }
}

async fn add_contractor(config: &Path, matches: &ArgMatches, lang: Lang) -> Result<(), Failure> {
    let text = |name| text_of(matches, name).unwrap_or_default().trim();
    let new = NewContractor {
        name: text("name"),
        representative: text("representative"),
        address: text("address"),
        mail: text("mail"),
    };
    let portal = start(config, lang, OnRestored::Refuse).await?;
    let id = register(&portal, &new).await.map_err(|problem| of_problem(&problem, lang))?;
    println!("{id}");
    Ok(())
}

/// An obligee in a list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    name: String,
    representative: String,
    #[serde(default)]
    address: Option<String>,
    #[serde(default)]
    accepts: BTreeMap<String, String>,
}

async fn add_obligees(config: &Path, matches: &ArgMatches, lang: Lang) -> Result<(), Failure> {
    let listed = match path_of(matches, "file") {
        Some(file) => read_list(file, lang)?,
        None => vec![one_listed(matches, lang)?],
    };
    let portal = start(config, lang, OnRestored::Refuse).await?;
    for obligee in &listed {
        let mut kinds = Vec::with_capacity(obligee.accepts.len());
        for (word, day) in &obligee.accepts {
            kinds.push(accepted(word, day).ok_or_else(|| not_accepted(lang))?);
        }
        let texts = [Some(&obligee.name), Some(&obligee.representative), obligee.address.as_ref()];
        if texts.into_iter().flatten().any(|text| hosho::Text::parse(text.as_str()).is_err()) {
            let message = lang.pick(
                "name、representative、address は1〜512バイトの文字で書いてください",
                "name, representative and address have 1 to 512 bytes of text",
            );
            return Err(told("E10-INPUT", message));
        }
        let new = NewObligee {
            name: &obligee.name,
            representative: &obligee.representative,
            address: obligee.address.as_deref(),
            kinds: &kinds,
        };
        let added = portal.store().add_obligee(&new, None, portal.now()).await;
        added.map_err(|error| of_problem(&of_store(error), lang))?;
        println!("{}", obligee.name);
    }
    Ok(())
}

fn one_listed(matches: &ArgMatches, lang: Lang) -> Result<Listed, Failure> {
    let text = |name| text_of(matches, name).unwrap_or_default().trim().to_owned();
    let mut accepts = BTreeMap::new();
    for pair in matches.get_many::<String>("accepts").into_iter().flatten() {
        let (kind, day) = pair.split_once('=').ok_or_else(|| not_accepted(lang))?;
        accepts.insert(kind.to_owned(), day.to_owned());
    }
    let address = Some(text("address")).filter(|address| !address.is_empty());
    Ok(Listed { name: text("name"), representative: text("representative"), address, accepts })
}

fn read_list(file: &Path, lang: Lang) -> Result<Vec<Listed>, Failure> {
    let shown = file.display();
    let bytes = read_bounded(file, MAX_LIST)
        .map_err(|error| told("E10-INPUT", &format!("{shown}: {}", error.message(lang))))?;
    serde_json::from_slice(&bytes).map_err(|error| told("E10-INPUT", &format!("{shown}: {error}")))
}

fn accepted(word: &str, day: &str) -> Option<AcceptedKind> {
    Some(AcceptedKind { kind: kind(word)?, from: Date::parse(day).ok()?, until: None })
}

fn not_accepted(lang: Lang) -> Failure {
    let message = lang.pick(
        "accepts は advance=2026-04-01 の形で、種類は advance、interim、performance です",
        "accepts is written advance=2026-04-01; the kinds are advance, interim and performance",
    );
    told("E10-INPUT", message)
}

fn new_reveal_key(matches: &ArgMatches, lang: Lang) -> Result<(), Failure> {
    let Some(file) = path_of(matches, "file") else { return Ok(()) };
    RevealKey::make(file).map_err(|error| told(error.code(), &error.message(lang)))
}
