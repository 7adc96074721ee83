//! The texts of `--help`: examples, and Japanese for what the derive says in English.

use clap::{Arg, ArgAction, Command};
use hosho_cli::lang::Lang;

/// Gives a command line its examples, and its Japanese texts if `lang` asks for them.
pub(super) fn speak(command: Command, lang: Lang) -> Command {
    let name = command.get_name().to_owned();
    speak_of(command, &name, "", lang)
}

/// `path` names a command below the program: `root sign`.
fn speak_of(command: Command, path: &str, above: &str, lang: Lang) -> Command {
    let mut command = command.after_help(examples(path, lang));
    let names: Vec<String> = command.get_subcommands().map(|c| c.get_name().to_owned()).collect();
    if lang == Lang::Ja {
        command = japanese(command, path);
    }
    for name in names {
        command = command.mut_subcommand(&name, |sub| {
            let path = format!("{above}{name}");
            speak_of(sub, &path, &format!("{path} "), lang)
        });
    }
    command
}

const TEMPLATE_JA: &str = "\
{about-with-newline}
使い方: {usage}

{all-args}{after-help}";

fn japanese(command: Command, path: &str) -> Command {
    let mut command = command
        .help_template(TEMPLATE_JA)
        .subcommand_help_heading("コマンド")
        .disable_help_subcommand(true)
        .disable_help_flag(true)
        .arg(flag("help", 'h', ArgAction::Help));
    if command.get_version().is_some() {
        command = command.disable_version_flag(true).arg(flag("version", 'V', ArgAction::Version));
    }
    if let Some(text) = about_ja(path) {
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
            match argument_ja(path, &id) {
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
        "bundle" => "現在の信頼バンドルを書き出します(又は次のものを作ります)",
        "snapshot" => "新しい状態一覧に署名して書き出します",
        "rekey" => "保証の認証キーを再発行します(紛失・漏えいのとき)",
        "rotate-master" => "新しい認証マスター鍵を作ります(以後に発行する保証で使います)",
        "rotate-key" => "新しい鍵を作り、前の鍵を引退させます",
        "token-key" => "PKCS#11 トークン(HSM など)の中に、取り出せない署名鍵を作ります",
        "compromised" => "鍵の危殆化を記録し、真正な証書を証明し、新しい鍵に替えます",
        "root" => "ルート鍵を扱います(作成・取り出し・交換・署名)",
        "root init" => "ルート鍵を一本作ります(FILE.pem と公開部 FILE.pub)",
        "root show" => "ホーム・依頼・信頼バンドルの内容を表示します",
        "root request" => "ルート鍵の署名を待つ依頼を書き出します",
        "root sign" => "依頼の全内容を表示し、確認の上でルート鍵一本で署名します",
        "root assemble" => "署名を集めて信頼バンドルを作り、ホームに組み込みます",
        "root export" => "ルート鍵をホームの外へ移します",
        "root replace" => "次の信頼バンドルでルート鍵の組を替えます",
        "root withdraw" => "署名を待つ変更のうち最後のものを取り消します",
        "work" => "窓口で契約した申込みを処理し、証書を公開し、発注者の回答を取り次ぎます",
        "high-water" => "発行記録の到達点をもう一つ、別の媒体に保管します",
        "notice" => "認証キー等のお知らせ(請負者が発注者に渡す書面)を PDF で書き出します",
        "copy" => "電子証書のお客様控えを PDF で書き出します",
        "journal" => "発行記録と保存済みの全ファイルを検査し、件数を表示します",
        "completions" => "シェルの補完スクリプトを出力します",
        "man" => "マニュアルページを出力します",
        _ => return None,
    })
}

fn argument_ja(command: &str, id: &str) -> Option<&'static str> {
    Some(match (command, id) {
        ("init", "home") => "作成するフォルダ(存在しないか、空であること)",
        ("bundle", "out") => "書き出すファイル(--all ではフォルダ。なければ作ります)",
        ("bundle", "all") => {
            "すべての信頼バンドルを通し番号の名前で書き出します(古いものを信頼している人のため)"
        }
        ("bundle", "renew") => "内容を保ち、更新期限を延ばした次の信頼バンドルを作ります",
        ("root init", "out") => "秘密鍵のファイル(存在しないこと)",
        ("root show", "what") => "ホーム又はファイル",
        ("root request", "out") => "書き出すファイル",
        ("root sign", "request") => "依頼のファイル",
        ("root sign", "key") => "ルート鍵のファイル",
        ("root sign", "out") => "署名を書き出すファイル",
        ("root sign", "yes") => "確認せずに署名します(端末のない所で必要)",
        ("root assemble", "target") => "保証事業会社のホーム又は依頼のファイル",
        ("root assemble", "signature") => "ルート鍵の署名のファイル",
        ("root assemble", "out") => "信頼バンドルを書き出すファイル(依頼を指定したとき必要)",
        ("root export", "out") => "ルート鍵を移すフォルダ(ホームの外。なければ作ります)",
        ("root replace", "remove") => "外すルート鍵の指紋(`root show` の表示)",
        ("root replace", "add") => "加えるルート鍵の公開部のファイル(`root init` の出力)",
        ("root replace", "threshold") => "必要な署名の数(省略時は変えません)",
        ("compromised", "kid") => "鍵の識別子(16 進 16 桁。`root show` の表示)",
        ("compromised", "since") => "漏えいの疑いが生じた時刻(例: 2026-11-22T03:04:05Z)",
        ("compromised", "reason") => "理由(信頼バンドルに載ります)",
        ("compromised", "out") => "証明を書き出すフォルダ(なければ作ります)",
        ("rekey", "number") => "保証契約番号(複数指定できます)",
        ("rekey", "outdated") => {
            "番号の代わりに、前のエポックの認証キーを持つ保証すべて(保証期間後も含み、解約・取消し済みを除く)"
        }
        ("rekey", "earlier") => "以前の版も、新しい認証キーで封緘し直して書き出します",
        ("rekey", "reason") => "再発行の理由(証書に記載します)",
        ("rotate-key", "role") => "鍵の役割(certificate、status、publish。省略時 certificate)",
        ("init", "certificate_key") => {
            "証書鍵の場所(file:絶対パス 又は pkcs11:…。省略時はホームに作ります)"
        }
        ("init", "status_key") => "状態鍵の場所(省略時はホームに作ります)",
        ("rotate-key" | "compromised", "to") => {
            "新しい鍵の場所(file:パス 又は pkcs11:…。省略時はホームに作ります)"
        }
        ("token-key", "uri") => "場所(pkcs11:token=…;object=…?module-path=…&pin-source=file:…)",
        ("rotate-key", "grace_days") => {
            "前の鍵で署名できる残り日数(省略時 0。ルート鍵が離れているときは 30)"
        }
        ("rotate-key", "reason") => "前の鍵を引退させる理由(信頼バンドルに載ります)",
        ("rotate-key" | "compromised", "key_days") => "新しい鍵で署名できる日数(省略時 1826)",
        ("work", "config") => "設定ファイル(サービス、名前、間隔。docs/services.md)",
        ("work", "once") => {
            "残っている処理を行って終了します(サービスが応答しないときは終了コード 3)"
        }
        ("work", "everything") => "すべてをもう一度公開します(サービスを復元した後)",
        ("high-water", "apart") => "到達点を保管するファイル(別の媒体。存在しないこと)",
        ("high-water", "lost") => "前の保管先は失われ、末尾のハッシュを人が比べました",
        (_, "previous") => "一つ前の信頼バンドル(変更点の表示と検査に使います)",
        ("snapshot", "out") => "書き出すファイル(二つ目以降の一覧は FILE.2、FILE.3 …)",
        ("bundle" | "snapshot" | "root request", "force") => "既にあるファイルを置き換えます",
        (_, "home") => "保証事業会社のホーム",
        (_, "number") => "保証契約番号",
        (_, "revision") => "版の番号(省略時は最新の版)",
        ("notice", "out") => {
            "書き出す PDF。認証キーが入るため、所有者だけが読めるファイルになります"
        }
        ("copy", "out") => "書き出す PDF",
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
        (_, "json") => "一行に一つの JSON オブジェクトを出力します",
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
             --representative '取締役社長 三枝 修一郎' --terms clauses.pdf rider.pdf\n  \
             hosho-issue init home --guarantor 架空みらい建設業保証株式会社 \\\n      \
             --certificate-key \"$(cat certificate.uri)\" --status-key \"$(cat status.uri)\""
        }
        "issue" => {
            "  hosho-issue issue home --request requests/*.json --out certificates\n  \
             hosho-issue issue home --request request.json --out certificates \\\n      \
             --policy obligees.toml --require-ack --ack R1"
        }
        "bundle" => {
            "  hosho-issue bundle home --out trust.hosho\n  \
             hosho-issue bundle home --all --out published"
        }
        "snapshot" => "  hosho-issue snapshot home --out status.hosho --force --valid-days 3",
        "rekey" => {
            "  hosho-issue rekey home 31-07-1-0000123-9 --out certificates\n  \
             hosho-issue rekey home --outdated --out certificates --reason マスター鍵の更新"
        }
        "rotate-master" => "  hosho-issue rotate-master home",
        "rotate-key" => {
            "  hosho-issue rotate-key home\n  \
             hosho-issue rotate-key home --role status --key-days 730\n  \
             hosho-issue rotate-key home --to \"$(cat certificate.uri)\""
        }
        "token-key" => {
            "  hosho-issue token-key 'pkcs11:token=guarantor;object=certificate\\\n      \
             ?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/etc/hosho/pin'"
        }
        "compromised" => {
            "  hosho-issue compromised home 0123456789abcdef --since 2026-11-20T00:00:00Z \\\n      \
             --reason 盗難 --out proofs"
        }
        "root" => {
            "  hosho-issue root export home --out /media/usb\n  \
             hosho-issue root request home --out bundle.request\n  \
             hosho-issue root sign bundle.request --key root-1.pem --previous trust.hosho \\\n      \
             --out root-1.signature\n  \
             hosho-issue root assemble home --signature root-*.signature"
        }
        "root init" => "  hosho-issue root init --out root-4.pem",
        "root show" => {
            "  hosho-issue root show home\n  \
             hosho-issue root show bundle.request --previous trust.hosho"
        }
        "root request" => "  hosho-issue root request home --out /media/usb/bundle.request",
        "root sign" => {
            "  hosho-issue root sign bundle.request --key root-1.pem --previous trust.hosho \\\n      \
             --out root-1.signature"
        }
        "root assemble" => {
            "  hosho-issue root assemble home --signature root-1.signature root-2.signature"
        }
        "root export" => "  hosho-issue root export home --out /media/usb",
        "root replace" => "  hosho-issue root replace home --remove FINGERPRINT --add root-4.pub",
        "root withdraw" => "  hosho-issue root withdraw home",
        "work" => {
            "  hosho-issue work home --config work.toml\n  \
             hosho-issue work home --config work.toml --once\n  \
             hosho-issue work home --config work.toml --once --everything"
        }
        "high-water" => "  hosho-issue high-water home --apart /media/usb/high-water",
        "notice" => "  hosho-issue notice home 31-07-1-0000123-9 --out notice.pdf --lang ja",
        "copy" => {
            "  hosho-issue copy home 31-07-1-0000123-9 --out copy.pdf\n  \
             hosho-issue copy home 31-07-1-0000123-9 --revision 1 --out original.pdf --lang ja"
        }
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

    fn commands(c: &Command) -> Vec<Command> {
        let below = c.get_subcommands().flat_map(commands);
        std::iter::once(c.clone()).chain(below).collect()
    }

    #[test]
    fn every_command_and_argument_has_its_text_in_both_languages() {
        let japanese = super::super::command(Lang::Ja);
        let english = super::super::command(Lang::En);
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
