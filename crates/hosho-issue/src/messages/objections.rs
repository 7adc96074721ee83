//! What is said about steps of keys, roots and trust bundles that are not taken.

use hosho_cli::lang::Lang;

use crate::objection::{Confirmation, Objection};

/// Returns the phrase for an objection, without its code.
pub(crate) fn objection(objection: &Objection, lang: Lang) -> String {
    if let Some(text) = with_values(objection, lang) {
        return text;
    }
    let (ja, en) = match objection {
        Objection::Confirmation(Confirmation::Denied) => {
            ("確認されなかったため、署名していません", "not confirmed; nothing was signed")
        }
        Objection::Confirmation(_) => (
            "確認を求める端末がありません。内容を読んだ上で --yes を付けて実行してください",
            "there is no terminal to ask on; read what is to be signed and run again with --yes",
        ),
        Objection::InFuture => (
            "未来の時刻は指定できません。疑いの生じた時刻を指定してください",
            "the time lies in the future; give the time since which the key is feared lost",
        ),
        Objection::InsideHome => (
            "ホームの中の場所です。ホームの外の媒体を指定してください",
            "this place lies in the home itself; name one on another medium",
        ),
        Objection::NoRequest => (
            "署名を待つ信頼バンドルはありません",
            "no trust bundle waits for signatures of root keys",
        ),
        Objection::NoBundle(_) => (
            "信頼バンドルとして使えません。`hosho-issue bundle HOME --out FILE` で書き出した\
             最新のものを指定してください",
            "not usable as a trust bundle; name the newest one, as `hosho-issue bundle HOME \
             --out FILE` writes it",
        ),
        Objection::PublicPart => (
            "これは公開部です。秘密鍵のファイル(.pem)を指定してください",
            "this is a public part; name the file with the secret key (.pem)",
        ),
        Objection::OutNeeded => (
            "信頼バンドルを書き出すファイルを --out で指定してください",
            "name the file for the trust bundle with --out",
        ),
        Objection::Paper => (
            "内容を読み取れません。正しいファイルを指定してください",
            "is not a file of this kind, or was changed on its way; copy it again",
        ),
        Objection::PaperInHome => (
            "ホームの中の場所です。人に渡す書面は、ホームの外に書き出してください",
            "this place lies in the home itself; write papers, which are handed out, elsewhere",
        ),
        Objection::PreviousNeeded => (
            "一つ前の信頼バンドルを --previous で指定してください",
            "name the trust bundle before it with --previous",
        ),
        Objection::RootsGone => (
            "ホームにルート鍵はありません。既に取り出されています",
            "no root keys are left in the home; they were moved away before",
        ),
        _ => (
            "このルート鍵はルート鍵の組にありません。`hosho-issue root show` で確かめてください",
            "no such key is in the root set; see `hosho-issue root show`",
        ),
    };
    lang.pick(ja, en).to_owned()
}

fn with_values(objection: &Objection, lang: Lang) -> Option<String> {
    let (ja, en) = match objection {
        Objection::CompromisedBefore { since } => (
            format!(
                "この鍵は {since} 以降の危殆化として既に記録されています。同じ時刻か、より前の時刻を指定してください"
            ),
            format!(
                "this key is called compromised since {since} already; give that time or an \
                 earlier one"
            ),
        ),
        Objection::RootKey(id) => (
            format!("{id} はルート鍵です。`hosho-issue root replace` で交換してください"),
            format!("{id} is a root key; replace it with `hosho-issue root replace`"),
        ),
        Objection::RootPresent(print) => (
            format!("{print} は既にルート鍵の組にあります"),
            format!("{print} is in the root set already"),
        ),
        Objection::SignedOther { request } => (
            format!(
                "この署名は別の依頼に対するものです。待っている依頼は {request} です。\
                 新しい依頼に署名してください"
            ),
            format!(
                "this signature is for another request; {request} is the one that waits, \
                 have it signed"
            ),
        ),
        Objection::StrangeRoot(id) => (
            format!(
                "ルート鍵 {id} は新旧どちらの組にもありません。\
                 旧の組の鍵であれば --previous で一つ前のバンドルを指定してください"
            ),
            format!(
                "root key {id} is in neither root set; if it belongs to the set before, name the \
                 bundle before with --previous"
            ),
        ),
        Objection::TooFew { old, new } => (
            format!(
                "署名が足りません(旧の組 {}/{}、新の組 {}/{})。残りのルート鍵で署名してください",
                old.0, old.1, new.0, new.1
            ),
            format!(
                "too few root keys have signed: {} of the {} needed of the old set, {} of the {} \
                 needed of the new one; have it signed by more of them",
                old.0, old.1, new.0, new.1
            ),
        ),
        Objection::UnknownKey(id) => (
            format!(
                "信頼バンドルに鍵 {id} はありません。`hosho-issue root show` で確かめてください"
            ),
            format!("no key {id} is in the trust bundle; see `hosho-issue root show`"),
        ),
        Objection::WrongSignature(id) => (
            format!("ルート鍵 {id} の署名を検証できません。署名し直してください"),
            format!("the signature of root key {id} does not verify; have it made again"),
        ),
        _ => return None,
    };
    Some(match lang {
        Lang::Ja => ja,
        _ => en,
    })
}
