//! Drills with the real programs and real files: what to do when a key is stolen, and how the root
//! set is changed (docs/ceremony.md).

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use hosho_cli::lang::Lang;

mod compromise;
mod forger;
mod roots;
mod scene;

use scene::Scene;

/// Plays what guarantor, thief and obligee do, and checks every answer
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Examples:
  docs/drills/keys.sh
  docs/drills/keys.sh compromise --lang en --keep drill

The script builds hosho-issue and hosho-verify, which have to lie beside this program."
)]
struct Arguments {
    /// The drill; both without it
    drill: Option<Drill>,

    /// New folder that keeps every file; otherwise they are thrown away
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,

    /// Language: ja or en; by default that of the locale
    #[arg(long, value_name = "LANG")]
    lang: Option<LangArgument>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Drill {
    /// A certificate key is stolen, and certificates are forged with it
    Compromise,
    /// The root set is changed over three trust bundles
    Roots,
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
    match practise(&arguments, lang) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hosho-drill: {error}");
            ExitCode::FAILURE
        }
    }
}

fn practise(arguments: &Arguments, lang: Lang) -> Result<(), Box<dyn Error>> {
    let thrown_away = tempfile::Builder::new().prefix("hosho-drill-").tempdir()?;
    let folder = match &arguments.keep {
        Some(folder) => {
            std::fs::create_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
            folder.as_path()
        }
        None => thrown_away.path(),
    };
    let is_asked = |drill| arguments.drill.is_none_or(|asked| asked == drill);
    if is_asked(Drill::Compromise) {
        compromise::play(&mut stage(folder, "compromise", lang)?)?;
    }
    if is_asked(Drill::Roots) {
        roots::play(&mut stage(folder, "roots", lang)?)?;
    }
    println!("\n{}", lang.pick("すべて期待どおりでした。", "All was as expected."));
    Ok(())
}

fn stage(folder: &Path, name: &str, lang: Lang) -> Result<Scene, Box<dyn Error>> {
    let folder = folder.join(name);
    std::fs::create_dir(&folder)?;
    Scene::new(&folder.canonicalize()?, lang)
}
