//! The program `hosho-confirm`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint, value_parser};
use hosho_cli::lang::Lang;
use hosho_cli::{secret, usage};
use hosho_store::{ConfirmStore, Database, HighWater, OnRestored, Schema, StoreError};
use hosho_web::{
    Clock, ConfigError, Metrics, Problem, ServeError, make_key_file, metrics_router, serve,
    start_log,
};

use crate::app::{App, Parts};
use crate::config::Config;
use crate::reader::{self, Reader};
use crate::{mail, routes};

/// The exit code of a command line that cannot be followed, and of a configuration that is wrong.
const USAGE: u8 = 2;
/// The exit code when the program could not do what it was asked.
const FAILED: u8 = 1;

/// Why the program ends.
#[derive(Debug)]
enum Failure {
    Config(ConfigError),
    Problem(Problem),
    Serve(ServeError),
    Store(StoreError),
    System(std::io::Error),
}

/// Runs the command line and returns its exit code: 0 done, 1 failed, 2 usage or configuration.
pub fn run(arguments: impl IntoIterator<Item = impl Into<OsString>>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    let lang = Lang::from_arguments(arguments.iter().skip(1).cloned());
    let matches = match command(lang).try_get_matches_from(arguments) {
        Ok(matches) => matches,
        Err(refusal) => {
            match usage::message(&refusal, lang) {
                Some(told) => eprintln!("hosho-confirm: {told}"),
                // Nothing is left to tell anyone when printing fails.
                None => drop(refusal.print()),
            }
            return ExitCode::from(u8::try_from(refusal.exit_code()).unwrap_or(USAGE));
        }
    };
    if matches.subcommand_name() == Some(reader::COMMAND) {
        return ExitCode::from(reader::serve());
    }
    // The memory of this process holds numbers and keys while somebody looks at a certificate.
    let _best_effort = secret::no_core_dumps();
    match dispatch(&matches, lang) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let (code, message) = failure.told(lang);
            eprintln!("hosho-confirm: {code}: {message}");
            ExitCode::from(match failure {
                Failure::Config(_) | Failure::Serve(ServeError::Config(_)) => USAGE,
                _ => FAILED,
            })
        }
    }
}

fn command(lang: Lang) -> Command {
    let config = || {
        Arg::new("config")
            .value_name("CONFIG")
            .required(true)
            .value_hint(ValueHint::FilePath)
            .value_parser(value_parser!(PathBuf))
            .help(lang.pick("設定ファイル(TOML)", "The configuration (TOML)"))
    };
    let new_file = || {
        Arg::new("file")
            .value_name("FILE")
            .required(true)
            .value_hint(ValueHint::FilePath)
            .value_parser(value_parser!(PathBuf))
            .help(lang.pick("新しいファイル", "The new file"))
    };
    let examples = lang.pick(
        "例:\n  hosho-confirm check-config /etc/hosho/hosho-confirm.toml\n  hosho-confirm serve /etc/hosho/hosho-confirm.toml\n  hosho-confirm backup /etc/hosho/hosho-confirm.toml /backup/confirm.db\n\n終了コード: 0 完了  1 失敗  2 使い方又は設定の誤り",
        "Examples:\n  hosho-confirm check-config /etc/hosho/hosho-confirm.toml\n  hosho-confirm serve /etc/hosho/hosho-confirm.toml\n  hosho-confirm backup /etc/hosho/hosho-confirm.toml /backup/confirm.db\n\nExit codes: 0 done  1 failed  2 usage or configuration",
    );
    Command::new("hosho-confirm")
        .version(env!("CARGO_PKG_VERSION"))
        .about(lang.pick(
            "発注者のための保証証書確認サービス",
            "The obligee's confirmation service",
        ))
        .after_help(examples)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .arg(
            Arg::new("lang")
                .long("lang")
                .global(true)
                .value_name("LANG")
                .value_parser(["ja", "en"])
                .help(lang.pick("表示の言語", "Language of messages")),
        )
        .subcommand(
            Command::new("serve")
                .about(lang.pick("サービスを動かす", "Serve"))
                .arg(config())
                .arg(
                    Arg::new("accept-restored")
                        .long("accept-restored")
                        .action(ArgAction::SetTrue)
                        .help(lang.pick(
                            "控えから戻したデータベースを受け入れる(その後、hosho-issue work --everything で公開し直す)",
                            "Accept a database restored from a backup (then publish everything again with hosho-issue work --everything)",
                        )),
                ),
        )
        .subcommand(
            Command::new("check-config")
                .about(lang.pick(
                    "設定と、設定の示すファイルを調べる",
                    "Check the configuration and the files that it names",
                ))
                .arg(config()),
        )
        .subcommand(
            Command::new("backup")
                .about(lang.pick(
                    "動作中のデータベースの控えを一つ書く(SQLite)",
                    "Write one consistent copy of the database in use (SQLite)",
                ))
                .arg(config())
                .arg(new_file()),
        )
        .subcommand(
            Command::new("mail-key")
                .about(lang.pick(
                    "お知らせの宛先を暗号化する鍵のファイルを作る",
                    "Make the file of the key under which addresses are kept",
                ))
                .arg(new_file()),
        )
        .subcommand(Command::new(reader::COMMAND).hide(true))
}

fn dispatch(matches: &ArgMatches, lang: Lang) -> Result<(), Failure> {
    let path = |matches: &ArgMatches, name: &str| {
        matches.get_one::<PathBuf>(name).cloned().unwrap_or_default()
    };
    match matches.subcommand() {
        Some(("serve", matches)) => {
            let accepted = matches.get_flag("accept-restored");
            let on_restored = if accepted { OnRestored::Accept } else { OnRestored::Refuse };
            start(serve_config(&path(matches, "config"), on_restored))
        }
        Some(("check-config", matches)) => {
            let config = Config::load(&path(matches, "config"))?;
            for pin in &config.pins {
                let bundle = pin.bundle();
                println!(
                    "{} #{} SHA-256 {}",
                    bundle.guarantor_id(),
                    bundle.sequence(),
                    bundle.fingerprint()
                );
            }
            println!("{}", lang.pick("設定に誤りはありません。", "The configuration is good."));
            Ok(())
        }
        Some(("backup", matches)) => {
            let (config, file) = (path(matches, "config"), path(matches, "file"));
            start(backup(&config, &file))
        }
        Some(("mail-key", matches)) => Ok(make_key_file(&path(matches, "file"))?),
        _ => Ok(()),
    }
}

fn start(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(Failure::System)?.block_on(work)
}

async fn backup(config: &Path, file: &Path) -> Result<(), Failure> {
    let config = Config::load(config)?;
    let database = Database::open(&config.database, Schema::Confirm).await?;
    let copied = database.backup(file).await;
    database.close().await;
    Ok(copied?)
}

async fn serve_config(path: &Path, on_restored: OnRestored) -> Result<(), Failure> {
    let config = Config::load(path)?;
    start_log();
    let database = Database::open(&config.database, Schema::Confirm).await?;
    let high_water = match &config.high_water {
        Some(path) => Some(HighWater::check(path, &database, on_restored).await?),
        None => None,
    };
    let metrics = Metrics::new();
    let app = App::new(Parts {
        store: ConfirmStore::new(database.clone()),
        pins: config.pins,
        mail_key: config.mail_key,
        audience: config.audience,
        clock: Clock::system(),
        metrics: metrics.clone(),
        reader: Reader::of_this_program().map_err(Failure::System)?,
        high_water,
    });
    app.prepare().await?;
    let router =
        routes::router(app.clone(), routes::site(&config.operator), &config.http, metrics.clone())?;
    let ready = app.clone();
    let operators = metrics_router(metrics, move || {
        let app = ready.clone();
        async move { app.ready().await }
    });
    let mails = tokio::spawn(mail::run(app, config.mailer));
    let served = serve(&config.http, &config.path, router, operators).await;
    mails.abort();
    database.close().await;
    Ok(served?)
}

impl Failure {
    fn told(&self, lang: Lang) -> (&'static str, String) {
        match self {
            Self::Config(error) | Self::Serve(ServeError::Config(error)) => {
                (error.code(), error.message(lang))
            }
            Self::Serve(error) => ("E10-CONFIG", error.to_string()),
            Self::Store(error) => (error.code(), error.to_string()),
            Self::System(error) => ("E10-INTERNAL", error.to_string()),
            Self::Problem(problem) => {
                let lang = match lang {
                    Lang::Ja => hosho_web::Lang::Ja,
                    _ => hosho_web::Lang::En,
                };
                (problem.code(), problem.message(lang).to_owned())
            }
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<ServeError> for Failure {
    fn from(error: ServeError) -> Self {
        Self::Serve(error)
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}
