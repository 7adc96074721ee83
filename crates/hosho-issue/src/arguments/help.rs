//! The texts of `--help`: examples, and Japanese for what the derive says in English.

use clap::{Arg, ArgAction, Command};
use hosho_cli::lang::Lang;

/// Gives a command line its examples, and its Japanese texts if `lang` asks for them.
pub(super) fn speak(command: Command, lang: Lang) -> Command {
    let mut command = command.after_help(examples("hosho-issue", lang));
    let names: Vec<String> = command.get_subcommands().map(|c| c.get_name().to_owned()).collect();
    if lang == Lang::Ja {
        command = japanese(command);
    }
    for name in names {
        command = command.mut_subcommand(&name, |sub| {
            let sub = sub.after_help(examples(&name, lang));
            if lang == Lang::Ja { japanese(sub) } else { sub }
        });
    }
    command
}

const TEMPLATE_JA: &str = "\
{about-with-newline}
使い方: {usage}

{all-args}{after-help}";

fn japanese(command: Command) -> Command {
    let name = command.get_name().to_owned();
    let mut command = command
        .help_template(TEMPLATE_JA)
        .subcommand_help_heading("コマンド")
        .disable_help_subcommand(true)
        .disable_help_flag(true)
        .arg(flag("help", 'h', ArgAction::Help));
    if command.get_version().is_some() {
        command = command.disable_version_flag(true).arg(flag("version", 'V', ArgAction::Version));
    }
    if let Some(text) = about_ja(&name) {
        command = command.about(text);
    }
    let ids: Vec<String> = command.get_arguments().map(|a| a.get_id().to_string()).collect();
    for id in ids {
        command = command.mut_arg(&id, |argument| {
            let heading = if argument.is_positional() { "引数" } else { "オプション" };
            let takes_value = argument.get_action().takes_values();
            let argument = argument
                .help_heading(heading)
                .hide_default_value(takes_value)
                .hide_possible_values(takes_value);
            match argument_ja(&name, &id) {
                Some(text) => argument.help(text),
                None => argument,
            }
        });
    }
    command
}

fn flag(name: &'static str, short: char, action: ArgAction) -> Arg {
    Arg::new(name).short(short).long(name).action(action)
}

fn about_ja(command: &str) -> Option<&'static str> {
    Some(match command {
        "hosho-issue" => "保証証書を発行します(記録・署名・封緘)。",
        "init" => "保証事業会社のホームを作ります(鍵、ルート鍵、最初の信頼バンドル、発行記録)",
        "issue" => "依頼ごとに証書を発行します",
        "bundle" => "現在の信頼バンドルを書き出します",
        "snapshot" => "新しい状態一覧に署名して書き出します",
        "journal" => "発行記録と保存済みの全ファイルを検査し、件数を表示します",
        "completions" => "シェルの補完スクリプトを出力します",
        "man" => "マニュアルページを出力します",
        _ => return None,
    })
}

fn argument_ja(command: &str, id: &str) -> Option<&'static str> {
    Some(match (command, id) {
        ("init", "home") => "作成するフォルダ(存在しないか、空であること)",
        ("bundle" | "snapshot", "out") => "書き出すファイル(二つ目以降の一覧は FILE.2、FILE.3 …)",
        ("bundle" | "snapshot", "force") => "既にあるファイルを置き換えます",
        (_, "home") => "保証事業会社のホーム",
        (_, "guarantor") => "証書に記載する保証事業会社の名称",
        (_, "id") => "保証事業会社の識別子(a-z 0-9 - の 3〜32 字)。省略時はルート鍵から作ります",
        (_, "representative") => "保証事業会社の代表者の職氏名",
        (_, "address") => "保証事業会社の所在地",
        (_, "terms") => "適用する約款のファイル(証書にハッシュ値が入ります)",
        (_, "key_days") => "証書鍵と状態鍵で署名できる日数(省略時 1826)",
        (_, "bundle_days") => "信頼バンドルの更新期限までの日数(省略時 365)",
        (_, "snapshot_days") => "状態一覧の有効日数(省略時 7)",
        (_, "valid_days") => "有効日数(省略時はホームの設定)",
        (_, "now") => "時計を固定します(試験用。2026-11-22T03:04:05Z 又は 1970 年からの秒数)",
        (_, "request") => "依頼のファイル(JSON 一件ずつ)。- は標準入力",
        (_, "out") => "証書と認証キーを書き出すフォルダ(なければ作ります)",
        (_, "policy") => "発注者の定めのファイル(docs/policy.md)。省略時は通常の定め",
        (_, "require_ack") => "定めによる注意・誤りが了承されるまで、発行しません",
        (_, "ack") => "了承する規則の番号(R1 など。繰り返せます)",
        (_, "shell") => "シェルの名前(bash、elvish、fish、powershell、zsh)",
        (_, "command") => "対象のコマンド(省略時はプログラム全体)",
        (_, "help") => "この説明を表示します",
        (_, "version") => "版を表示します",
        (_, "lang") => "表示の言語(ja 又は en。省略時はロケール)",
        (_, "wait") => "同じホームで別のコマンドが動いているときに待つ秒数(省略時 10)",
        _ => return None,
    })
}

fn examples(command: &str, lang: Lang) -> String {
    let lines = match command {
        "hosho-issue" => {
            "  hosho-issue init home --guarantor 架空みらい建設業保証株式会社\n  \
             hosho-issue issue home --request request.json --out certificates\n  \
             hosho-issue bundle home --out trust.hosho\n  \
             hosho-issue snapshot home --out status.hosho"
        }
        "init" => {
            "  hosho-issue init home --guarantor 架空みらい建設業保証株式会社 \\\n      \
             --representative '取締役社長 三枝 修一郎' --terms clauses.pdf rider.pdf"
        }
        "issue" => {
            "  hosho-issue issue home --request requests/*.json --out certificates\n  \
             hosho-issue issue home --request request.json --out certificates \\\n      \
             --policy obligees.toml --require-ack --ack R1"
        }
        "bundle" => "  hosho-issue bundle home --out trust.hosho",
        "snapshot" => "  hosho-issue snapshot home --out status.hosho --force --valid-days 3",
        "journal" => "  hosho-issue journal home",
        "completions" => {
            "  hosho-issue completions bash > ~/.local/share/bash-completion/completions/hosho-issue"
        }
        "man" => "  hosho-issue man issue | man -l -",
        _ => return String::new(),
    };
    format!("{}\n{lines}", lang.pick("例:", "Examples:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_and_argument_has_its_text_in_both_languages() {
        let japanese = super::super::command(Lang::Ja);
        let english = super::super::command(Lang::En);
        let commands = |c: &Command| {
            let mut all = vec![c.clone()];
            all.extend(c.get_subcommands().cloned());
            all
        };
        for (ja, en) in commands(&japanese).iter().zip(commands(&english)) {
            let name = ja.get_name();
            assert_ne!(
                ja.get_about().map(ToString::to_string),
                en.get_about().map(ToString::to_string),
                "{name}"
            );
            assert!(ja.get_after_help().is_some() && en.get_after_help().is_some(), "{name}");
            for ja in ja.get_arguments() {
                let en = en.get_arguments().find(|en| en.get_id() == ja.get_id());
                let (ja_help, en_help) = (ja.get_help(), en.and_then(Arg::get_help));
                assert!(ja_help.is_some(), "{name} {}", ja.get_id());
                assert_ne!(
                    ja_help.map(ToString::to_string),
                    en_help.map(ToString::to_string),
                    "{name} {}",
                    ja.get_id()
                );
            }
        }
    }

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        for lang in [Lang::En, Lang::Ja] {
            super::super::command(lang).debug_assert();
        }
    }
}
