//! What is said about a command line that cannot be followed, where its parser knows English only.

use std::error::Error as _;
use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::clock;
use crate::lang::Lang;
use crate::path::shown;

/// Returns what is wrong with a command line and what to do, in lines for standard error.
///
/// Nothing for English and for what is no refusal, such as `--help`: that is the parser's to print.
pub fn message(error: &clap::Error, lang: Lang) -> Option<String> {
    if lang != Lang::Ja || !error.use_stderr() {
        return None;
    }
    let mut text = what(error)?;
    let suggested = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand];
    for kind in suggested.into_iter().chain([ContextKind::SuggestedValue]) {
        if let Some(names) = names(error, kind) {
            text += &["。もしかして: ", &names].concat();
        }
    }
    if let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) {
        let usage = usage.to_string();
        let usage = usage.trim().strip_prefix("Usage:").map_or(usage.trim(), str::trim_start);
        text += &["\n\n使い方: ", usage].concat();
    }
    text += "\n\n詳しくは --help を指定してください";
    Some(text)
}

/// Returns the phrase for the frequent faults; nothing for the others, which stay English.
fn what(error: &clap::Error) -> Option<String> {
    let argument = names(error, ContextKind::InvalidArg);
    Some(match error.kind() {
        ErrorKind::UnknownArgument => format!("{} という引数はありません", argument?),
        ErrorKind::MissingRequiredArgument => format!("必須の引数がありません: {}", argument?),
        ErrorKind::MissingSubcommand => "コマンドを指定してください".to_owned(),
        ErrorKind::InvalidSubcommand => {
            format!("{} というコマンドはありません", names(error, ContextKind::InvalidSubcommand)?)
        }
        ErrorKind::ArgumentConflict => {
            let before = names(error, ContextKind::PriorArg);
            match before.filter(|before| Some(before) != argument.as_ref()) {
                Some(before) => format!("{} は {before} と同時に指定できません", argument?),
                None => format!("{} は一度だけ指定してください", argument?),
            }
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let value = names(error, ContextKind::InvalidValue).filter(|value| !value.is_empty());
            let Some(value) = value else {
                return Some(format!("{} には値が必要です", argument?));
            };
            let fault = format!("「{value}」は {} の値として使えません", argument?);
            match expected(error) {
                Some(expected) => format!("{fault}。{expected}"),
                None => fault,
            }
        }
        ErrorKind::TooFewValues | ErrorKind::TooManyValues | ErrorKind::WrongNumberOfValues => {
            format!("{} の値の数が合いません", argument?)
        }
        _ => return None,
    })
}

/// Returns what would have been accepted as a value, where that is known.
fn expected(error: &clap::Error) -> Option<String> {
    if let Some(words) = names(error, ContextKind::ValidValue).filter(|words| !words.is_empty()) {
        return Some(format!("使える値: {words}"));
    }
    let reason = error.source()?.to_string();
    if reason == clock::FORM {
        return Some(clock::FORM_JA.to_owned());
    }
    let (_, range) = reason.split_once(" is not in ")?;
    Some(format!("使える範囲: {range}"))
}

fn names(error: &clap::Error, kind: ContextKind) -> Option<String> {
    // What was typed comes back here: it may hold anything.
    let clean = |text: &str| shown(Path::new(text));
    match error.get(kind)? {
        ContextValue::String(name) => Some(clean(name)),
        ContextValue::Strings(names) => {
            Some(names.iter().map(|name| clean(name)).collect::<Vec<_>>().join("、"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use clap::{Arg, Command, value_parser};

    use super::*;

    fn command() -> Command {
        Command::new("hosho").subcommand_required(true).subcommand(
            Command::new("issue")
                .arg(Arg::new("home").required(true))
                .arg(Arg::new("out").long("out").value_name("DIR"))
                .arg(Arg::new("lang").long("lang").value_parser(["ja", "en"]))
                .arg(Arg::new("days").long("days").value_parser(value_parser!(u16).range(1..=9)))
                .arg(Arg::new("now").long("now").value_parser(clock::parse_time)),
        )
    }

    fn said(line: &str, lang: Lang) -> Option<String> {
        let error = command().try_get_matches_from(line.split(' ')).unwrap_err();
        message(&error, lang)
    }

    #[test]
    fn says_in_japanese_what_is_wrong_and_what_would_be_right() {
        for (line, expected) in [
            ("hosho issue h --ouT x", "--ouT という引数はありません"),
            ("hosho issue", "必須の引数がありません: <home>"),
            ("hosho", "コマンドを指定してください"),
            ("hosho isue", "isue というコマンドはありません。もしかして: issue"),
            ("hosho issue h --out", "--out <DIR> には値が必要です"),
            ("hosho issue h --out a --out b", "--out <DIR> は一度だけ指定してください"),
            (
                "hosho issue h --lang fr",
                "「fr」は --lang <lang> の値として使えません。使える値: ja、en",
            ),
            (
                "hosho issue h --days 10",
                "「10」は --days <days> の値として使えません。使える範囲: 1..=9",
            ),
            (
                "hosho issue h --now \u{1B}[2J",
                "「\u{FFFD}[2J」は --now <now> の値として使えません。\
                 2026-11-22T03:04:05Z の形又は 1970 年からの秒数で指定してください",
            ),
        ] {
            let said = said(line, Lang::Ja).unwrap();
            let (first, rest) = said.split_once("\n\n").unwrap();
            assert!(first.starts_with(expected), "{line}: {said}");
            assert!(rest.ends_with("詳しくは --help を指定してください"), "{line}: {said}");
            assert!(!said.contains("Usage"), "{line}: {said}");
        }
    }

    #[test]
    fn leaves_english_and_what_is_no_refusal_to_the_parser() {
        assert_eq!(said("hosho issue", Lang::En), None);
        assert_eq!(said("hosho --help", Lang::Ja), None);
    }
}
