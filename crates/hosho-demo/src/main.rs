//! The demonstration: makes a throw-away guarantor, issues every sample, opens and verifies each
//! certificate, and shows what is refused and why. Then it starts the services with sample data.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use hosho_cli::lang::Lang;

mod cast;
mod details;
mod guarantor;
mod html;
mod office;
mod process;
mod refusals;
mod role;
mod samples;
mod stop;
mod table;
mod town;
mod typed;
mod visitor;
mod walk;

use crate::samples::Samples;
use crate::stop::{Stop, Stopped};
use crate::town::{Ports, Town};

/// Why the demonstration ends before its end.
pub(crate) type Fault = Box<dyn std::error::Error>;

/// How often the services are looked at while somebody tries them.
const WATCH: Duration = Duration::from_millis(200);

/// Issues the samples with throw-away keys, verifies them, and shows what is refused; then starts
/// portal, worker and confirmation service on this machine, until Ctrl-C. Without a terminal it
/// ends after the first part, as with --once
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Examples:
  cargo run --release -p hosho-demo
  cargo run --release -p hosho-demo -- --portal-port 8080 --confirm-port 8081
  cargo run --release -p hosho-demo -- --once --lang en
  cargo run --release -p hosho-demo -- --walk
  cargo run --release -p hosho-demo -- --serve

What it makes is in a temporary folder, which it removes at its end."
)]
struct Arguments {
    /// End after the first part; exit code 0 only if all was as expected
    #[arg(long, conflicts_with_all = ["serve", "walk"])]
    once: bool,

    /// Start the services at once, without the first part; also where there is no terminal
    #[arg(long, conflicts_with = "walk")]
    serve: bool,

    /// Start the services, walk through them from application to receipt, and end; exit code 0 only
    /// if all was as expected
    #[arg(long)]
    walk: bool,

    /// The portal's port; otherwise one that is free
    #[arg(long, value_name = "PORT", default_value_t = 0, hide_default_value = true)]
    portal_port: u16,

    /// The confirmation service's port; otherwise one that is free
    #[arg(long, value_name = "PORT", default_value_t = 0, hide_default_value = true)]
    confirm_port: u16,

    /// New file for what is printed about the services, as JSON
    #[arg(long, value_name = "FILE")]
    details: Option<PathBuf>,

    /// Language: ja or en; by default that of the locale
    #[arg(long, value_name = "LANG")]
    lang: Option<LangArgument>,

    /// Folder of the samples
    #[arg(long, value_name = "DIR")]
    samples: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LangArgument {
    /// English
    En,
    /// 日本語
    Ja,
}

impl Arguments {
    /// Returns what is asked for. Nobody can end services by Ctrl-C where there is no terminal, so
    /// there they start only when they are asked for.
    fn part(&self, terminal: bool) -> Part {
        match self {
            Self { walk: true, .. } => Part::Walk,
            Self { serve: true, .. } => Part::Services,
            Self { once: true, .. } => Part::First,
            _ if terminal => Part::Both,
            _ => Part::First,
        }
    }
}

/// What is shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Part {
    /// The first part, then the services until somebody ends them.
    Both,
    /// The first part alone.
    First,
    /// The services alone.
    Services,
    /// The services, with a walk through them.
    Walk,
}

fn main() -> ExitCode {
    if let Some(ended) = role::play() {
        return ended;
    }
    let arguments = Arguments::parse();
    let lang = match arguments.lang {
        Some(LangArgument::En) => Lang::En,
        Some(LangArgument::Ja) => Lang::Ja,
        None => Lang::from_locale(),
    };
    let terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    match demonstrate(&arguments, arguments.part(terminal), lang) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<Stopped>() => {
            println!("\n{}", lang.pick("終了しました。", "Ended."));
            // Only what runs until somebody ends it has done what was asked.
            if arguments.walk { ExitCode::FAILURE } else { ExitCode::SUCCESS }
        }
        Err(error) => {
            eprintln!("hosho-demo: {error}");
            ExitCode::FAILURE
        }
    }
}

fn demonstrate(arguments: &Arguments, part: Part, lang: Lang) -> Result<(), Fault> {
    let ports = Ports { portal: arguments.portal_port, confirm: arguments.confirm_port };
    if part != Part::First {
        ports.check(lang)?;
    }
    let folder = tempfile::Builder::new().prefix("hosho-demo-").tempdir()?;
    let samples = Samples::read(arguments.samples.as_deref())?;
    if matches!(part, Part::Both | Part::First) {
        first_part(part, folder.path(), &samples, lang)?;
    }
    if part == Part::First {
        return Ok(());
    }

    let stop = Stop::listen()?;
    let services = folder.path().join("services");
    std::fs::create_dir(&services)?;
    heading(
        lang,
        "4. ポータル・ワーカー・確認サービスを動かす",
        "4. Portal, worker and confirmation service",
    );
    let mut town = Town::build(&services, ports, &stop)?;
    if part == Part::Walk {
        walk::walk(&mut town, &samples.folder, lang, &stop)?;
        println!("\n{}", lang.pick("すべて期待どおりでした。", "All was as expected."));
        return Ok(());
    }
    println!(
        "{}\n",
        lang.pick(
            "サービスが動きました。サンプルの証書を数通、申込みから発行まで進めています…",
            "The services run. Some samples are taken from application to certificate…"
        )
    );
    let to_try = walk::fill(&mut town, &samples.folder, &stop)?;
    details::print(&town, &to_try, lang);
    if let Some(file) = &arguments.details {
        details::write(&town, &to_try, file)?;
    }
    loop {
        town.check()?;
        stop.pause(WATCH)?;
    }
}

fn first_part(part: Part, folder: &Path, samples: &Samples, lang: Lang) -> Result<(), Fault> {
    heading(lang, "1. 保証会社を作り、証書を発行する", "1. A guarantor, and its certificates");
    let stage = guarantor::issue_samples(folder, samples, lang)?;

    heading(lang, "2. すべての証書を開き、検証する", "2. Every certificate, opened and verified");
    let as_expected = table::verify_all(&stage, samples, lang)?;

    heading(
        lang,
        "3. 拒まれるもの、効力のないもの",
        "3. What is refused, and what is not in force",
    );
    let told_apart = refusals::show(&stage, lang)?;

    if !(as_expected && told_apart) {
        return Err(lang.pick("期待と異なる結果がありました", "not all was as expected").into());
    }
    println!("\n{}", lang.pick("すべて期待どおりでした。", "All was as expected."));
    if part == Part::Both {
        let text =
            lang.pick("終了するまで、ファイルはここにあります:", "Until the end the files are in");
        println!("{text} {}", folder.display());
        println!(
            "{}",
            lang.pick("別の端末で次のように試せます:", "In another terminal you can try:")
        );
        for command in stage.suggestions(lang) {
            println!("  {command}");
        }
    }
    Ok(())
}

fn heading(lang: Lang, ja: &str, en: &str) {
    let text = lang.pick(ja, en);
    println!("\n{text}\n{}", "─".repeat(60));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_start_where_somebody_can_end_them_or_asked_for_them() {
        let part = |line: &[&str], terminal| {
            let program = std::iter::once("hosho-demo");
            Arguments::parse_from(program.chain(line.iter().copied())).part(terminal)
        };
        assert_eq!(part(&[], true), Part::Both);
        assert_eq!(part(&[], false), Part::First);
        for terminal in [true, false] {
            assert_eq!(part(&["--once"], terminal), Part::First);
            assert_eq!(part(&["--serve"], terminal), Part::Services);
            assert_eq!(part(&["--walk"], terminal), Part::Walk);
        }
    }
}
