//! What there is to open and to try.

use std::path::Path;

use hosho_cli::lang::Lang;
use hosho_cli::output::{Mode, write_new};
use serde_json::json;

use crate::Fault;
use crate::cast::{EVERYBODY, PASSWORD};
use crate::town::Town;
use crate::walk::ToTry;

/// Prints addresses, logins, and a certificate to open.
pub(crate) fn print(town: &Town, to_try: &ToTry, lang: Lang) {
    let say = |ja: &str, en: &str| println!("{}", lang.pick(ja, en));
    say("ブラウザで開いてください:", "Open in a browser:");
    println!("  http://{}/login  {}", town.portal, lang.pick("電子保証ポータル", "portal"));
    let confirmation = lang.pick("保証証書確認サービス", "confirmation service");
    println!("  http://{}/       {confirmation}", town.confirm);
    println!(
        "\n{} {PASSWORD}",
        lang.pick(
            "ポータルのログイン。パスワードはすべて",
            "Logins of the portal, each with the password"
        )
    );
    for person in EVERYBODY {
        let (ja, en) = person.does;
        println!("  {:<10} {} ({})", person.login, lang.pick(ja, en), person.name);
    }
    say("\n発注者として閲覧してみる証書:", "\nA certificate to open as its obligee:");
    println!("  {} {}", lang.pick("保証契約番号", "guarantee number"), to_try.number);
    println!("  {} {}", lang.pick("認証キー    ", "auth key        "), to_try.auth_key);
    println!("  {} {}", lang.pick("お知らせ    ", "notice          "), to_try.notice.display());
    println!(
        "\n{} {}\n{} {}",
        lang.pick("メールの置き場所:", "Mails are written to"),
        town.places.portal_mails().display(),
        lang.pick("ログと設定:", "Logs and configurations:"),
        town.places.folder().display(),
    );
    say(
        "\nCtrl-C で終了します。作ったものはすべて消えます。",
        "\nCtrl-C ends it, and everything that was made is removed.",
    );
}

/// Writes the same as JSON to a new file.
pub(crate) fn write(town: &Town, to_try: &ToTry, file: &Path) -> Result<(), Fault> {
    let logins: Vec<&str> = EVERYBODY.iter().map(|person| person.login).collect();
    let details = json!({
        "portal": format!("http://{}", town.portal),
        "confirm": format!("http://{}", town.confirm),
        "logins": logins,
        "password": PASSWORD,
        "number": to_try.number,
        "auth_key": to_try.auth_key,
        "notice": to_try.notice,
        "portal_mails": town.places.portal_mails(),
        "confirm_mails": town.places.confirm_mails(),
        "folder": town.places.folder(),
    });
    let text = format!("{details:#}\n");
    write_new(file, text.as_bytes(), Mode::Secret)
        .map_err(|error| format!("{}: {}", file.display(), error.message(Lang::En)))?;
    Ok(())
}
