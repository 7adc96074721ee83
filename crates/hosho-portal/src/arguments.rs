//! What can be written on the command line, in the language of the user.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command, value_parser};
use hosho_cli::lang::Lang;

/// Returns the command line with help texts in the language.
pub(crate) fn command(lang: Lang) -> Command {
    let t = |ja: &'static str, en: &'static str| lang.pick(ja, en);
    Command::new("hosho-portal")
        .version(env!("CARGO_PKG_VERSION"))
        .about(t("請負者のポータルと保証会社の受付デスク", "The contractor's portal and the guarantor's desk"))
        .subcommand_required(true)
        .arg(
            Arg::new("lang")
                .long("lang")
                .global(true)
                .value_name("LANG")
                .value_parser(["en", "ja"])
                .help(t("表示の言語", "Language of messages")),
        )
        .subcommand(serve(lang))
        .subcommand(
            Command::new("check-config")
                .about(t("設定を読み、誤りを示す", "Read the configuration and say what is wrong"))
                .arg(config(lang))
                .after_help(t(
                    "例:\n  hosho-portal check-config /etc/hosho/hosho-portal.toml",
                    "Examples:\n  hosho-portal check-config /etc/hosho/hosho-portal.toml",
                )),
        )
        .subcommand(
            Command::new("backup")
                .about(t(
                    "動作中のデータベースの控えを作る(SQLite)",
                    "Copy the database while it is in use (SQLite)",
                ))
                .arg(config(lang))
                .arg(path("file", lang, "作るファイル", "The new file"))
                .after_help(t(
                    "例:\n  hosho-portal backup hosho-portal.toml /backup/portal-2026-11-22.db\n\n\
                     PostgreSQL は pg_dump で控えてください。high_water のファイルは控えに含めないでください。",
                    "Examples:\n  hosho-portal backup hosho-portal.toml /backup/portal-2026-11-22.db\n\n\
                     Use pg_dump for PostgreSQL. The file of high_water is not to be restored.",
                )),
        )
        .subcommand(account(lang))
        .subcommand(contractor(lang))
        .subcommand(obligee(lang))
        .subcommand(
            Command::new("reveal-key")
                .about(t("認証キーを保管する鍵のファイルを作る", "Make the file of the reveal key"))
                .arg(path("file", lang, "作るファイル", "The new file"))
                .after_help(t(
                    "例:\n  hosho-portal reveal-key /etc/hosho/reveal.key",
                    "Examples:\n  hosho-portal reveal-key /etc/hosho/reveal.key",
                )),
        )
}

fn serve(lang: Lang) -> Command {
    let t = |ja: &'static str, en: &'static str| lang.pick(ja, en);
    Command::new("serve")
        .about(t("ポータルを動かす", "Run the portal"))
        .arg(config(lang))
        .arg(Arg::new("accept-restored").long("accept-restored").action(ArgAction::SetTrue).help(
            t(
                "控えから戻したデータベースであることを承知している",
                "Somebody knows that a backup was restored",
            ),
        ))
        .after_help(t(
            "例:\n  hosho-portal serve /etc/hosho/hosho-portal.toml",
            "Examples:\n  hosho-portal serve /etc/hosho/hosho-portal.toml",
        ))
}

fn account(lang: Lang) -> Command {
    let t = |ja: &'static str, en: &'static str| lang.pick(ja, en);
    let login = || {
        Arg::new("login")
            .value_name("LOGIN")
            .required(true)
            .help(t("ログインのID", "The ID to log in with"))
    };
    let password = || {
        path_option(
            "password-file",
            t(
                "初回パスワードのファイル(1行)。なければ端末で尋ねる",
                "File with the first password in one line; asked for on a terminal otherwise",
            ),
        )
    };
    let add = Command::new("add")
        .about(t("アカウントを作る", "Make an account"))
        .arg(config(lang))
        .arg(login())
        .arg(option("name", "NAME", t("氏名", "The person's name")).required(true))
        .arg(
            option("role", "ROLE", t("デスクでの役割", "A role at the desk"))
                .action(ArgAction::Append)
                .value_parser(["administrator", "approver", "clerk", "director"]),
        )
        .arg(option("contractor", "ID", t("請負者の番号", "The contractor's id")))
        .arg(password())
        .group(ArgGroup::new("whose").args(["role", "contractor"]).required(true))
        .after_help(t(
            "例:\n  hosho-portal account add hosho-portal.toml hanako --name '架空 花子' --role clerk --role approver\n  \
             hosho-portal account add hosho-portal.toml aomine --name '相良 健吾' --contractor 1 --password-file first.txt\n\n\
             パスワードは引数に書けません。最初のログインで変更します。",
            "Examples:\n  hosho-portal account add hosho-portal.toml hanako --name 'Hanako' --role clerk --role approver\n  \
             hosho-portal account add hosho-portal.toml aomine --name 'Kengo' --contractor 1 --password-file first.txt\n\n\
             A password is never an argument. It is changed at the first login.",
        ));
    Command::new("account")
        .about(t("アカウント", "Accounts"))
        .subcommand_required(true)
        .subcommand(add)
        .subcommand(
            Command::new("password")
                .about(t("パスワードを設定し直す", "Set a password again"))
                .arg(config(lang))
                .arg(login())
                .arg(password()),
        )
        .subcommand(
            Command::new("disable")
                .about(t("アカウントを停止する", "Disable an account"))
                .arg(config(lang))
                .arg(login()),
        )
}

fn contractor(lang: Lang) -> Command {
    let t = |ja: &'static str, en: &'static str| lang.pick(ja, en);
    let add = Command::new("add")
        .about(t("請負者を登録し、番号を表示する", "Register a contractor and print its id"))
        .arg(config(lang))
        .arg(option("name", "NAME", t("商号又は名称", "Its name")).required(true))
        .arg(
            option("representative", "TEXT", t("代表者の職氏名", "Title and name of its representative"))
                .required(true),
        )
        .arg(option("address", "TEXT", t("所在地", "Its address")).required(true))
        .arg(option("mail", "ADDRESS", t("お知らせの送り先", "Where mails go")).required(true))
        .after_help(t(
            "例:\n  hosho-portal contractor add hosho-portal.toml --name 株式会社青嶺架空土建 \\\n    \
             --representative '代表取締役 相良 健吾' --address 瑞穂県青嶺市港北三丁目12番8号 --mail keiri@example.jp",
            "Examples:\n  hosho-portal contractor add hosho-portal.toml --name 株式会社青嶺架空土建 \\\n    \
             --representative '代表取締役 相良 健吾' --address 瑞穂県青嶺市港北三丁目12番8号 --mail keiri@example.jp",
        ));
    Command::new("contractor")
        .about(t("請負者", "Contractors"))
        .subcommand_required(true)
        .subcommand(add)
}

fn obligee(lang: Lang) -> Command {
    let t = |ja: &'static str, en: &'static str| lang.pick(ja, en);
    let add = Command::new("add")
        .about(t("発注者を登録する", "Add obligees"))
        .arg(config(lang))
        .arg(path_option(
            "file",
            t(
                "JSON の一覧: [{\"name\", \"representative\", \"address\", \"accepts\": {\"advance\": \"2026-04-01\"}}]",
                "List in JSON: [{\"name\", \"representative\", \"address\", \"accepts\": {\"advance\": \"2026-04-01\"}}]",
            ),
        ))
        .arg(option("name", "NAME", t("名称", "Its name")).requires("representative"))
        .arg(option("representative", "TEXT", t("職氏名", "Title and name of its officer")))
        .arg(option("address", "TEXT", t("所在地", "Its address")))
        .arg(
            option(
                "accepts",
                "KIND=DAY",
                t("電子交付を受け付ける種類と開始日", "A kind that it accepts electronically, and from when"),
            )
            .action(ArgAction::Append),
        )
        .group(ArgGroup::new("which").args(["file", "name"]).required(true))
        .after_help(t(
            "例:\n  hosho-portal obligee add hosho-portal.toml --name 瑞穂県 --representative '瑞穂県知事 架空 一郎' \\\n    \
             --accepts advance=2026-04-01 --accepts interim=2026-04-01\n  \
             hosho-portal obligee add hosho-portal.toml --file obligees.json",
            "Examples:\n  hosho-portal obligee add hosho-portal.toml --name 瑞穂県 --representative '瑞穂県知事 架空 一郎' \\\n    \
             --accepts advance=2026-04-01 --accepts interim=2026-04-01\n  \
             hosho-portal obligee add hosho-portal.toml --file obligees.json",
        ));
    Command::new("obligee").about(t("発注者", "Obligees")).subcommand_required(true).subcommand(add)
}

fn config(lang: Lang) -> Arg {
    Arg::new("config")
        .value_name("CONFIG")
        .required(true)
        .value_parser(value_parser!(PathBuf))
        .help(lang.pick("設定ファイル(TOML)", "The configuration (TOML)"))
}

fn path(name: &'static str, lang: Lang, ja: &'static str, en: &'static str) -> Arg {
    Arg::new(name)
        .value_name("FILE")
        .required(true)
        .value_parser(value_parser!(PathBuf))
        .help(lang.pick(ja, en))
}

fn path_option(name: &'static str, help: &'static str) -> Arg {
    option(name, "FILE", help).value_parser(value_parser!(PathBuf))
}

fn option(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).help(help)
}

/// Returns a path that the command line requires.
pub(crate) fn path_of<'m>(matches: &'m ArgMatches, name: &str) -> Option<&'m PathBuf> {
    matches.get_one::<PathBuf>(name)
}

/// Returns a text that was given.
pub(crate) fn text_of<'m>(matches: &'m ArgMatches, name: &str) -> Option<&'m str> {
    matches.get_one::<String>(name).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent_in_both_languages() {
        command(Lang::Ja).debug_assert();
        command(Lang::En).debug_assert();
    }

    #[test]
    fn a_password_cannot_be_an_argument() {
        let line = ["hosho-portal", "account", "add", "c.toml", "taro", "--name", "x", "--role"];
        let refused = command(Lang::En).try_get_matches_from(line.into_iter().chain([
            "clerk",
            "--password",
            "secret",
        ]));
        assert_eq!(refused.unwrap_err().kind(), clap::error::ErrorKind::UnknownArgument);
    }

    #[test]
    fn an_account_is_a_contractors_or_has_roles() {
        let of = |more: &[&str]| {
            let line = ["hosho-portal", "account", "add", "c.toml", "taro", "--name", "x"];
            command(Lang::En).try_get_matches_from(line.iter().chain(more)).map(|_| ())
        };
        assert!(of(&["--contractor", "1"]).is_ok());
        assert!(of(&["--role", "clerk", "--role", "approver"]).is_ok());
        assert!(of(&[]).is_err());
    }
}
