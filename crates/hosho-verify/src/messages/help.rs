//! The help texts in the language of the user.

use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Error};
use hosho_cli::lang::Lang;
use hosho_cli::path;

/// Returns the command line with help texts in the language.
///
/// English stands beside the definitions; Japanese replaces it here.
pub(crate) fn localized(command: Command, lang: Lang) -> Command {
    let command = with_examples(command, lang);
    match lang {
        Lang::Ja => {
            let mut command = japanese(command);
            // Only then are the arguments and the command there that clap adds itself.
            command.build();
            dressed(command)
        }
        _ => command,
    }
}

fn with_examples(command: Command, lang: Lang) -> Command {
    let heading = lang.pick("例:", "Examples:");
    let codes = lang.pick(
        "終了コード: 0 真正で有効  1 拒否  2 使い方の誤り  3 判断できない  4 真正だが有効でない",
        "Exit codes: 0 genuine and in force  1 refused  2 usage  3 undecided  4 genuine but not in force",
    );
    let check = format!(
        "{heading}\n  hosho-verify check G01.hosho --trust mirai.trust --status mirai.status \\\n      --number 31-07-1-0000123-9 --obligee 瑞穂県\n  hosho-verify check G01.sealed.hosho --trust mirai.trust --number 31-07-1-0000123-9 \\\n      --auth-key-file G01.auth-key --on 2026-01-10 --json\n  hosho-verify check G04-4.hosho --trust mirai.trust --number 31-07-1-0000145-2 \\\n      --policy obligee.toml --related G04-3.hosho\n  hosho-verify check G01.evidence --number 31-07-1-0000123-9 --trust-inside \\\n      6d0f5f0c19ae0e42229e5f0ae71e449d6c7ee71a4bd74ed0d11dafb27a0d5a34\n\n{codes}"
    );
    let update = format!(
        "{heading}\n  hosho-verify trust update --pinned mirai-1.trust --new mirai-2.trust mirai-3.trust \\\n      --out mirai.trust"
    );
    let bundle = format!("{heading}\n  hosho-verify trust show mirai.trust");
    let audit = format!(
        "{heading}\n  hosho-verify audit certificates/ --trust trust/ --status status/ --csv audit.csv\n  hosho-verify audit year.tar.gz --trust trust/ --status status/ --on 2026-03-31 \\\n      --ledger ledger.csv --ignore-column 備考 --state audit.state --json > audit.jsonl\n  hosho-verify audit sealed/ --keys keys.csv --trust trust/ --status status/"
    );
    let make = format!(
        "{heading}\n  hosho-verify evidence make G01.hosho --trust mirai.trust --status mirai.status \\\n      --out G01.evidence\n  openssl ts -query -data G01.evidence -sha256 -cert -out G01.tsq\n  hosho-verify evidence make G01.evidence --trust mirai.trust --timestamp G01.tsr \\\n      --tsa authority.pem --out G01-stamped.evidence"
    );
    let show = format!("{heading}\n  hosho-verify evidence show G01.evidence");
    let extract = format!("{heading}\n  hosho-verify evidence extract G01.evidence --out G01/");
    let inspect = format!("{heading}\n  hosho-verify inspect G01.hosho | less");
    let vectors = format!("{heading}\n  hosho-verify vectors test-vectors");
    let completions = format!("{heading}\n  hosho-verify completions bash > hosho-verify.bash");
    command
        .mut_subcommand("check", |command| command.after_help(check))
        .mut_subcommand("trust", |command| {
            command
                .mut_subcommand("show", |command| command.after_help(bundle))
                .mut_subcommand("update", |command| command.after_help(update))
        })
        .mut_subcommand("audit", |command| command.after_help(audit))
        .mut_subcommand("evidence", |command| {
            command
                .mut_subcommand("make", |command| command.after_help(make))
                .mut_subcommand("show", |command| command.after_help(show))
                .mut_subcommand("extract", |command| command.after_help(extract))
        })
        .mut_subcommand("inspect", |command| command.after_help(inspect))
        .mut_subcommand("vectors", |command| command.after_help(vectors))
        .mut_subcommand("completions", |command| command.after_help(completions))
}

fn japanese(command: Command) -> Command {
    command
        .about("保証証書をオフラインで確認します")
        .mut_arg("lang", |arg| arg.help("表示の言語"))
        .mut_subcommand("check", |command| {
            texts(
                command,
                "証書を一つ確認: 真正か、この保証のものか、有効か",
                &[
                    ("file", "署名済み・封あり・テキスト形式の証書、証拠ファイル、又はそれらの入った PDF・PNG・JPEG。- は標準入力"),
                    ("trust", TRUST),
                    ("trust_inside", TRUST_INSIDE),
                    ("status", "保証事業会社の状態一覧。ファイルかフォルダ"),
                    ("number", "確認したい保証契約番号"),
                    ("obligee", "確認したい発注者(被保証者)の名称"),
                    ("auth_key_file", "認証キーを一行で書いたファイル"),
                    ("proof", "盗まれた鍵で署名された証書のための包含証明か、そのあるフォルダ"),
                    (
                        "later",
                        "認証キーの再発行後に以前の版を確かめるとき、その後のすべての版。ファイルかフォルダ",
                    ),
                    ("policy", "発注者の定めのファイル、又は usual。指摘は判定を変えません"),
                    ("related", "ほかの版や、同じ契約の証書(基準との照合と報告書に使う)"),
                    ("tsa", "証拠ファイルのタイムスタンプを付けた時刻認証局のルート証明書(PEM)"),
                    (
                        "remember",
                        "最新の状態一覧と信頼バンドルを覚えておくファイル。なければ作成します",
                    ),
                    ("on", "判断する日 YYYY-MM-DD [既定: 日本の今日]"),
                    ("now", "現在とみなす時刻 [既定: 時計]"),
                    ("report", "綴じるための報告書(PDF)も書き出す。上書きはしません"),
                    ("json", "JSON オブジェクトを一つ出力"),
                    ("confirm", "調査用: 署名を別の実装でも検証し、食い違えば停止"),
                ],
            )
        })
        .mut_subcommand("trust", |command| {
            let command = command.about("信頼バンドルを扱う").mut_subcommand("show", |command| {
                texts(
                    command,
                    "ルート鍵で署名された信頼バンドルと、その鍵の指紋を表示",
                    &[("file", "信頼バンドル")],
                )
            });
            command.mut_subcommand("update", |command| {
                texts(
                    command,
                    "手元の信頼バンドルから新しいものへ、一段ずつ確かめて進む",
                    &[
                        ("pinned", "いま信頼しているバンドル"),
                        ("new", "新しいバンドル(順不同)"),
                        ("out", "最新のバンドルの書き込み先。上書きはしません"),
                    ],
                )
            })
        })
        .mut_subcommand("audit", |command| {
            texts(
                command,
                "フォルダ以下のすべての証書を確認",
                &[
                    ("paths", "ファイル、フォルダ、アーカイブ(テキスト形式を並べたもの、tar、それらの gzip)"),
                    ("trust", "信頼バンドル。ファイルかフォルダ"),
                    ("status", "状態一覧。ファイルかフォルダ"),
                    ("proof", "盗まれた鍵で署名された証書のための包含証明か、証書と同名の .proof のあるフォルダ。証書の隣にあるものは指定なしで使います"),
                    (
                        "remember",
                        "最新の状態一覧と信頼バンドルを覚えておくファイル。なければ作成します",
                    ),
                    ("on", "判断する日 YYYY-MM-DD [既定: 日本の今日]"),
                    ("now", "現在とみなす時刻 [既定: 時計]"),
                    ("csv", "表も書き出す。上書きはしません"),
                    ("keys", "封を開く「番号,認証キー」の行。所有者だけが読めるファイル"),
                    ("ledger", "台帳(CSV)。証書と項目ごとに比べます"),
                    ("ignore_column", "比べない台帳の列"),
                    ("ledger_csv", "台帳と証書の食い違いも書き出す。上書きはしません"),
                    ("policy", "発注者の定めのファイル、又は usual。指摘は判定を変えません"),
                    ("state", "中断しても同じコマンドで続けられるように残すファイル"),
                    ("jobs", "スレッドの数 [既定: プロセッサの数]"),
                    ("json", "一行に一つの JSON オブジェクトを出力"),
                    ("confirm", "調査用: すべての署名を別の実装でも検証し、食い違えば停止。数倍の時間がかかります"),
                    ("path", "調査用: 計算のしかた portable, avx2, ifma [既定: この機械で最も速いもの]"),
                ],
            )
        })
        .mut_subcommand("evidence", japanese_evidence)
        .mut_subcommand("inspect", |command| {
            texts(
                command,
                "バイト列の内容を、検証せずに表示",
                &[("file", "Hosho のデータ(テキスト形式や壊れたものも可)。- は標準入力")],
            )
        })
        .mut_subcommand("vectors", |command| {
            texts(command, "テストベクタを再生", &[("folder", "ベクタファイルのフォルダ")])
        })
        .mut_subcommand("completions", |command| {
            texts(command, "シェルの補完を出力", &[("shell", "シェル")])
        })
        .mut_subcommand("man", |command| command.about("マニュアルページを出力"))
        .mut_subcommand("read-paper", |command| command.about("書面を標準入力から、限られた資源の中で読み取る"))
}

const TRUST: &str =
    "保証事業会社の信頼バンドル(既に知っている経路で入手したもの)。ファイルかフォルダ";
const TRUST_INSIDE: &str = "証拠ファイルの中の信頼バンドルを、ルート鍵の指紋(既に知っている経路で入手したもの)が一致すれば信頼";

fn japanese_evidence(command: Command) -> Command {
    command
        .about("証書を、判定のよりどころとともに一つのファイルに残す")
        .mut_subcommand("make", |command| {
            texts(
                command,
                "真正な証書の証拠ファイルを書き出す",
                &[
                    ("file", "証書か、追加する証拠ファイル。- は標準入力"),
                    ("trust", TRUST),
                    ("trust_inside", TRUST_INSIDE),
                    ("status", "保証事業会社の状態一覧。ファイルかフォルダ"),
                    ("earlier", "以前のすべての版。ファイルか、それらのあるフォルダ"),
                    ("auth_key_file", "封のある証書の認証キーを書いたファイル"),
                    ("proof", "盗まれた鍵で署名された証書のための包含証明"),
                    ("timestamp", "タイムスタンプのない証拠ファイルに対するタイムスタンプ(RFC 3161)。応答かトークン"),
                    ("tsa", "そのタイムスタンプを付けた時刻認証局のルート証明書(PEM)"),
                    ("on", "判断する日 YYYY-MM-DD [既定: 日本の今日]"),
                    ("now", "現在とみなす時刻 [既定: 時計]"),
                    ("out", "証拠ファイルの書き込み先。上書きはしません"),
                ],
            )
        })
        .mut_subcommand("show", |command| {
            texts(
                command,
                "証拠ファイルに何が入っているかを、検証せずに一覧",
                &[("file", "証拠ファイル。- は標準入力")],
            )
        })
        .mut_subcommand("extract", |command| {
            texts(
                command,
                "証拠ファイルの中身を新しいフォルダに書き出す",
                &[
                    ("file", "証拠ファイル。- は標準入力"),
                    ("out", "作成するフォルダ。既にあれば書き込みません"),
                ],
            )
        })
}

/// Puts Japanese in the place of the words that clap itself says, at every level.
fn dressed(command: Command) -> Command {
    let positionals = command.get_positionals().next().map_or("", |_| "引数:\n{positionals}\n\n");
    let subcommands =
        if command.has_subcommands() { "コマンド:\n{subcommands}\n\n" } else { "" };
    let template = format!(
        "{{before-help}}{{about-with-newline}}\n使い方: {{usage}}\n\n{subcommands}{positionals}\
         オプション:\n{{options}}{{after-help}}"
    );
    let command = match command.get_name() {
        "help" => command.about("この一覧か、コマンドの説明を表示"),
        _ => command,
    };
    command
        .help_template(template)
        .mut_args(|arg| match arg.get_id().as_str() {
            "help" => arg.help("説明を表示").long_help("説明を表示。短い一覧は -h"),
            "version" => arg.help("この版の番号を表示"),
            "lang" => arg.help("表示の言語: en, ja").hide_possible_values(true),
            "shell" => {
                arg.help("シェル: bash, elvish, fish, powershell, zsh").hide_possible_values(true)
            }
            "subcommand" => arg.help("説明を表示するコマンド"),
            _ => arg,
        })
        .mut_subcommands(dressed)
}

fn texts(command: Command, about: &'static str, helps: &[(&'static str, &'static str)]) -> Command {
    helps.iter().fold(command.about(about), |command, (id, help)| {
        command.mut_arg(id, |arg| arg.help(*help))
    })
}

/// Returns what is wrong with a command line in Japanese; nothing where clap's own words serve.
pub(crate) fn japanese_refusal(error: &Error) -> Option<String> {
    let text = |kind| {
        let text = match error.get(kind)? {
            ContextValue::String(text) => text.clone(),
            ContextValue::Strings(texts) => texts.join(" "),
            ContextValue::StyledStr(text) => text.to_string(),
            ContextValue::StyledStrs(texts) => {
                texts.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
            }
            _ => return None,
        };
        Some(text)
    };
    let shown = |kind| text(kind).map(|text| path::shown(Path::new(&text)));
    let argument = shown(ContextKind::InvalidArg).unwrap_or_default();
    let value = shown(ContextKind::InvalidValue).unwrap_or_default();
    let refusal = match error.kind() {
        ErrorKind::MissingRequiredArgument => format!("必要な引数がありません: {argument}"),
        ErrorKind::UnknownArgument => format!("知らない引数です: {argument}"),
        ErrorKind::InvalidSubcommand => {
            let command = shown(ContextKind::InvalidSubcommand).unwrap_or_default();
            format!("知らないコマンドです: {command}")
        }
        ErrorKind::InvalidValue if value.is_empty() => format!("{argument} に値がありません"),
        ErrorKind::InvalidValue => {
            let choice = shown(ContextKind::ValidValue).unwrap_or_default();
            format!("{argument} の値 {value} は使えません。使える値: {choice}")
        }
        ErrorKind::ValueValidation => {
            let form = match argument.split(' ').next() {
                Some("--on") => "。2026-01-10 のような日を指定してください",
                Some("--path") => {
                    "。portable、又はこのプロセッサにあるときは avx2 か ifma を指定してください"
                }
                Some("--now") => "。2026-11-22T03:04:05Z のような時刻を指定してください",
                _ => "",
            };
            format!("{argument} の値 {value} は使えません{form}")
        }
        ErrorKind::ArgumentConflict => format!("{argument} は一度だけ指定できます"),
        _ => return None,
    };
    let usage = text(ContextKind::Usage).unwrap_or_default();
    let usage = usage.replacen("Usage:", "使い方:", 1);
    Some(format!("{refusal}\n\n{}\n\n詳しくは --help を指定してください", usage.trim_end()))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::arguments::Arguments;

    fn assert_japanese(command: &Command) {
        let about = command.get_about().unwrap().to_string();
        assert!(!about.is_ascii(), "{}: {about}", command.get_name());
        for argument in command.get_arguments() {
            let help = argument.get_help().unwrap().to_string();
            assert!(!help.is_ascii(), "{} {}: {help}", command.get_name(), argument.get_id());
        }
        command.get_subcommands().for_each(assert_japanese);
    }

    fn assert_no_english_heading(command: &mut Command) {
        for page in [command.render_help(), command.render_long_help()] {
            let page = page.to_string();
            for word in ["Usage", "Arguments", "Options:", "Commands", "ossible values", "Print"] {
                assert!(!page.contains(word), "{}: {page}", command.get_name());
            }
        }
        command.get_subcommands_mut().for_each(assert_no_english_heading);
    }

    #[test]
    fn the_pages_of_help_have_japanese_headings() {
        assert_no_english_heading(&mut localized(Arguments::command(), Lang::Ja));
    }

    #[test]
    fn errors_of_arguments_are_told_in_japanese() {
        for (line, told) in [
            (
                "check",
                "必要な引数がありません: <--trust <BUNDLE>|--trust-inside <FINGERPRINT>> <FILE>",
            ),
            ("check a --trust b --strange", "知らない引数です: --strange"),
            ("check a --trust", "--trust <BUNDLE> に値がありません"),
            ("check a --trust b --on 1", "--on <DATE> の値 1 は使えません。2026-01-10 のような日"),
            (
                "audit a --trust b --path AVX2",
                "--path <PATH> の値 AVX2 は使えません。portable、又はこのプロセッサにあるときは",
            ),
            ("check a --trust b --json --json", "--json は一度だけ指定できます"),
            ("chekc a", "知らないコマンドです: chekc"),
            ("--lang de man", "--lang <LANG> の値 de は使えません。使える値: en ja"),
        ] {
            let line = format!("hosho-verify {line}");
            let command = localized(Arguments::command(), Lang::Ja);
            let error = command.try_get_matches_from(line.split(' ')).unwrap_err();
            let refusal = japanese_refusal(&error).unwrap();
            assert!(refusal.starts_with(told), "{refusal}");
            assert!(refusal.ends_with("\n\n詳しくは --help を指定してください"), "{refusal}");
            assert!(!refusal.contains("Usage"), "{refusal}");
        }
    }

    #[test]
    fn every_help_text_has_its_japanese() {
        assert_japanese(&localized(Arguments::command(), Lang::Ja));
    }
}
