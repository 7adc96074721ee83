//! What is said about the worker and the services that it talks to.

use std::path::Path;

use hosho_cli::lang::Lang;
use hosho_cli::path::shown;

/// The worker's configuration is not one.
pub(super) fn config(file: &Path, problem: &str, lang: Lang) -> String {
    let next = lang.pick(
        "設定ファイルを直してください(docs/services.md)",
        "correct the configuration (docs/services.md)",
    );
    format!("{}: {problem}{}{next}", shown(file), lang.pick("。", "; "))
}

/// A service cannot be talked to as the configuration says.
pub(super) fn service(audience: &str, problem: &str, lang: Lang) -> String {
    let next = lang.pick(
        "設定ファイルの url と ca_file を直してください",
        "correct url or ca_file in the configuration",
    );
    format!("{audience}: {problem}{}{next}", lang.pick("。", "; "))
}

/// Services did not answer as they should.
pub(super) fn away(audiences: &[String], lang: Lang) -> String {
    let names = audiences.join(lang.pick("、", ", "));
    let next = lang.pick(
        "の処理が終わっていません。記録を確かめ、もう一度実行してください(続きから行います)",
        "did not take everything; see the log and run the command again, which goes on from there",
    );
    format!("{names} {next}")
}

/// Another worker works for the home.
pub(super) fn busy(home: &Path, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!(
            "{} では別の `hosho-issue work` が動いています。止めてから実行してください",
            shown(home)
        ),
        _ => format!("another `hosho-issue work` works for {}; stop that one first", shown(home)),
    }
}
