//! The demonstration: makes a throw-away guarantor, issues every sample, opens and verifies each
//! certificate, and shows what is refused and why.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use hosho_cli::lang::Lang;

mod guarantor;
mod refusals;
mod samples;
mod table;

/// Issues the samples with throw-away keys, verifies them, and shows what is refused
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Examples:
  cargo run --release -p hosho-demo
  cargo run --release -p hosho-demo -- --once --lang en"
)]
struct Arguments {
    /// End after the first part and keep no file; exit code 0 only if all was as expected
    #[arg(long)]
    once: bool,

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

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let lang = match arguments.lang {
        Some(LangArgument::En) => Lang::En,
        Some(LangArgument::Ja) => Lang::Ja,
        None => Lang::from_locale(),
    };
    match demonstrate(&arguments, lang) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hosho-demo: {error}");
            ExitCode::FAILURE
        }
    }
}

fn demonstrate(arguments: &Arguments, lang: Lang) -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::Builder::new().prefix("hosho-demo-").tempdir()?;
    let samples = samples::Samples::read(arguments.samples.as_deref())?;

    heading(lang, "1. 保証会社を作り、証書を発行する", "1. A guarantor, and its certificates");
    let stage = guarantor::issue_samples(folder.path(), &samples, lang)?;

    heading(lang, "2. すべての証書を開き、検証する", "2. Every certificate, opened and verified");
    let as_expected = table::verify_all(&stage, &samples, lang)?;

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
    if !arguments.once {
        let kept = folder.keep();
        let text = lang.pick("ファイルはここに残してあります:", "The files are kept in");
        println!("{text} {}", kept.display());
        println!("{}", lang.pick("次のように試せます:", "Try for yourself:"));
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
