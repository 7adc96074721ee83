//! What is said to the user, in English and Japanese.

use std::path::Path;

use hosho::{IssueError, ParseError};
use hosho_cli::lang::Lang;
use hosho_cli::path::shown;
use hosho_policy::Rule;
use hosho_request::RequestError;

use crate::failure::{Damage, Failure, KeyReason, Reason, Refusal};
use crate::objection::Objection;

mod notices;
mod objections;
mod trust;
mod worker;

pub(crate) use notices::notice;

/// Returns one line for each refused request.
pub(crate) fn refusals(refusals: &[Refusal], lang: Lang) -> Vec<String> {
    let mut lines: Vec<String> = refusals
        .iter()
        .map(|r| format!("{}: {}: {}", r.reason.code(), r.subject, reason(&r.reason, lang)))
        .collect();
    lines.push(
        lang.pick(
            "何も発行していません。上記を訂正して、もう一度実行してください",
            "nothing was issued; correct what is named above and run the command again",
        )
        .to_owned(),
    );
    lines
}

/// Returns the phrase for a failure, without its code.
pub(crate) fn failure(failure: &Failure, lang: Lang) -> String {
    match lang {
        Lang::Ja => failure_ja(failure),
        _ => failure_en(failure),
    }
}

fn failure_en(failure: &Failure) -> String {
    match failure {
        Failure::ApartMissing { file } => format!(
            "{}: the high-water mark that is kept apart is missing; attach its medium. If it is lost \
             for good, compare the last hash with the one noted elsewhere and run `hosho-issue \
             high-water HOME --apart FILE --lost`",
            shown(file)
        ),
        Failure::AwaitsRoots { request } => format!(
            "the next trust bundle waits for root keys; on the machine of each, run `hosho-issue \
             root sign {} --key FILE.pem --previous TRUST.hosho --out FILE.signature`, with the \
             newest trust bundle as TRUST.hosho, then `hosho-issue root assemble HOME --signature \
             FILE..`",
            shown(request)
        ),
        Failure::Busy { home } => {
            format!("another process works in {}; try again when it has ended", shown(home))
        }
        Failure::ClockBehind { last, now } => format!(
            "the clock says {now}, but the journal's last record is of {last}; \
             set the clock right, or wait until it has passed that time"
        ),
        Failure::ClockUnreadable => "the system's clock is not set; set it".to_owned(),
        Failure::Config { file, problem } => worker::config(file, problem, Lang::En),
        Failure::Damaged { damage, file } => {
            format!("{}: {}", shown(file), damage_phrase(*damage, Lang::En))
        }
        Failure::Exhausted => {
            "every number of its series is used; begin a new home with a new guarantor-id"
                .to_owned()
        }
        Failure::HomeExists { home } => format!(
            "{} exists and is not an empty folder; nothing was changed, choose another place",
            shown(home)
        ),
        Failure::HomeMissing { home, free: true } => {
            format!(
                "{} is not a guarantor's home; check the path, or make one with `hosho-issue init`",
                shown(home)
            )
        }
        Failure::HomeMissing { home, .. } => format!(
            "{} is not a guarantor's home, and something else is there; name the folder that \
             `hosho-issue init` made",
            shown(home)
        ),
        Failure::Input { error, file } => {
            format!("{} {}", shown(file), error.message(Lang::En))
        }
        Failure::Issue(error) => format!("{}; it was not signed", unsigned(*error, Lang::En)),
        Failure::KeyNotUsable { reason } => unusable(*reason, Lang::En),
        Failure::Objected { file, objection } => objected(file.as_deref(), objection, Lang::En),
        Failure::NotIssued { number, revision } => {
            let what = revision.map(|revision| format!(" r{revision}")).unwrap_or_default();
            format!("{number}{what} was not issued from this home; check the number and --revision")
        }
        Failure::Option { error, option } => {
            format!("{option}: {}; give another value", rule(*error, Lang::En))
        }
        Failure::Output { error, file } => {
            format!("{} {}", shown(file), error.message(Lang::En))
        }
        Failure::Policy { error, file } => format!("{}: {error}", shown(file)),
        Failure::Paper(error) => error.message(Lang::En).to_owned(),
        Failure::Random => "the system gives no random numbers; nothing was issued".to_owned(),
        Failure::Refused(_) | Failure::Several(_) => "refused".to_owned(),
        Failure::RolledBack { high_water, journal } => format!(
            "the journal ends at record {journal}, but record {high_water} was written once: \
             an old copy was put back, and issuing from it would use numbers twice; \
             put the newest journal back"
        ),
        Failure::Service { audience, problem } => worker::service(audience, problem, Lang::En),
        Failure::ServicesAway { audiences } => worker::away(audiences, Lang::En),
        Failure::Stopped => "stopped".to_owned(),
        Failure::Token(error) => error.message(Lang::En),
        Failure::Uri(error) => error.message(Lang::En),
        Failure::Trust(error) => trust::refused(*error, Lang::En),
        Failure::WorkerBusy { home } => worker::busy(home, Lang::En),
    }
}

fn failure_ja(failure: &Failure) -> String {
    match failure {
        Failure::ApartMissing { file } => format!(
            "{}: 別に保管した到達点がありません。媒体を接続してください。失われたときは、控えた末尾の\
             ハッシュと比べた上で `hosho-issue high-water HOME --apart FILE --lost` を実行してください",
            shown(file)
        ),
        Failure::AwaitsRoots { request } => format!(
            "次の信頼バンドルはルート鍵の署名を待っています。各ルート鍵の機械で `hosho-issue root \
             sign {} --key FILE.pem --previous TRUST.hosho --out FILE.signature` を(TRUST.hosho は\
             最新の信頼バンドル)、その後 `hosho-issue root assemble HOME --signature FILE..` を\
             実行してください",
            shown(request)
        ),
        Failure::Busy { home } => format!(
            "{} は別のプロセスが使用中です。終了してからもう一度実行してください",
            shown(home)
        ),
        Failure::ClockBehind { last, now } => format!(
            "時計は {now} ですが、発行記録の最後は {last} です。\
             時計を合わせるか、その時刻を過ぎるまでお待ちください"
        ),
        Failure::ClockUnreadable => {
            "システムの時計が設定されていません。時計を合わせてください".to_owned()
        }
        Failure::Config { file, problem } => worker::config(file, problem, Lang::Ja),
        Failure::Damaged { damage, file } => {
            format!("{}: {}", shown(file), damage_phrase(*damage, Lang::Ja))
        }
        Failure::Exhausted => {
            "番号を使い切りました。新しい識別子で新しいホームを作成してください".to_owned()
        }
        Failure::HomeExists { home } => format!(
            "{} は既に存在し、空のフォルダではありません。何も変更していません。\
             別の場所を指定してください",
            shown(home)
        ),
        Failure::HomeMissing { home, free: true } => format!(
            "{} は保証事業会社のホームではありません。指定した場所を確かめるか、`hosho-issue init` で作成してください",
            shown(home)
        ),
        Failure::HomeMissing { home, .. } => format!(
            "{} は保証事業会社のホームではなく、別のものがあります。\
             `hosho-issue init` で作成したフォルダを指定してください",
            shown(home)
        ),
        Failure::Input { error, file } => {
            format!("{} は{}", shown(file), error.message(Lang::Ja))
        }
        Failure::Issue(error) => format!("{}。署名していません", unsigned(*error, Lang::Ja)),
        Failure::KeyNotUsable { reason } => unusable(*reason, Lang::Ja),
        Failure::Objected { file, objection } => objected(file.as_deref(), objection, Lang::Ja),
        Failure::NotIssued { number, revision } => {
            let what = revision.map(|revision| format!(" 第{revision}版")).unwrap_or_default();
            format!(
                "{number}{what} はこのホームから発行していません。番号と --revision を確かめてください"
            )
        }
        Failure::Option { error, option } => {
            format!("{option} の値は使えません。{}", rule(*error, Lang::Ja))
        }
        Failure::Output { error, file } => {
            format!("{} は{}", shown(file), error.message(Lang::Ja))
        }
        Failure::Policy { error, file } => format!("{}: {}", shown(file), error.to_japanese()),
        Failure::Paper(error) => error.message(Lang::Ja).to_owned(),
        Failure::Random => "乱数を得られません。何も発行していません".to_owned(),
        Failure::Refused(_) | Failure::Several(_) => "拒否しました".to_owned(),
        Failure::RolledBack { high_water, journal } => format!(
            "発行記録は {journal} 件目で終わっていますが、{high_water} 件目まで書かれたことがあります。\
             古い写しが戻されており、このまま発行すると番号が二重になります。最新の発行記録を戻してください"
        ),
        Failure::Service { audience, problem } => worker::service(audience, problem, Lang::Ja),
        Failure::ServicesAway { audiences } => worker::away(audiences, Lang::Ja),
        Failure::Stopped => "中断しました".to_owned(),
        Failure::Token(error) => error.message(Lang::Ja),
        Failure::Uri(error) => error.message(Lang::Ja),
        Failure::Trust(error) => trust::refused(*error, Lang::Ja),
        Failure::WorkerBusy { home } => worker::busy(home, Lang::Ja),
    }
}

fn unusable(reason: KeyReason, lang: Lang) -> String {
    let (ja, en) = match reason {
        KeyReason::NoneToPublish => (
            "公開(各サービスへの送信)に使う鍵がありません。`hosho-issue rotate-key HOME --role publish` で\
             作成してください",
            "the home has no key to publish with; make one with \
             `hosho-issue rotate-key HOME --role publish`",
        ),
        KeyReason::NotInBundle => (
            "HOME/keys の鍵は信頼バンドルの有効な鍵ではありません。\
             バンドルに対応する鍵ファイルを戻してください",
            "no active entry of the trust bundle is the key in HOME/keys; put the key file back \
             that belongs to the bundle",
        ),
        KeyReason::OpenRequest => (
            "署名待ちの信頼バンドルがこの鍵の使用を終えます。ルート鍵で署名し、\
             `hosho-issue root assemble` を実行してください",
            "the trust bundle that waits for signatures takes this key out of use; have it signed \
             by the root keys and run `hosho-issue root assemble`",
        ),
        KeyReason::Window => (
            "鍵を使える期間の外です。時計を確かめるか、\
             `hosho-issue rotate-key` で新しい鍵を作成してください",
            "the time lies outside the window in which the key may sign; check the clock, or make \
             a new key with `hosho-issue rotate-key`",
        ),
    };
    lang.pick(ja, en).to_owned()
}

fn objected(file: Option<&Path>, objection: &Objection, lang: Lang) -> String {
    let phrase = objections::objection(objection, lang);
    match file {
        Some(file) => format!("{}: {phrase}", shown(file)),
        None => phrase,
    }
}

fn damage_phrase(damage: Damage, lang: Lang) -> String {
    match (damage, lang) {
        (Damage::Record { sequence }, Lang::Ja) => format!(
            "{sequence} 件目の記録が壊れているか書き換えられています。控えと比べ、正しい記録を戻してください"
        ),
        (Damage::Record { sequence }, _) => format!(
            "record {sequence} is damaged or was edited; compare with a backup and put the true \
             journal back"
        ),
        (other, lang) => {
            let (ja, en) = match other {
                Damage::Changed => (
                    "記録された内容と異なります。控えから戻してください",
                    "its bytes are not those that were recorded; put it back from a backup",
                ),
                Damage::Exposed => (
                    "所有者以外も読める鍵ファイルです。`chmod 600` し、漏えいの有無を確かめてください",
                    "others than its owner may read this key file; run `chmod 600` on it and find \
                     out who has read it",
                ),
                Damage::Missing => (
                    "ありません。控えから戻してください",
                    "it is missing; put it back from a backup",
                ),
                Damage::Form | Damage::Record { .. } => (
                    "内容を読み取れません。控えから戻してください",
                    "it is not what it should be; put it back from a backup",
                ),
            };
            lang.pick(ja, en).to_owned()
        }
    }
}

fn reason(reason: &Reason, lang: Lang) -> String {
    let (ja, en) = match reason {
        Reason::Claims(error) => return rule(*error, lang),
        Reason::Input(error) => return error.message(lang),
        Reason::Issue(error) => return unsigned(*error, lang),
        Reason::Output(error) => return error.message(lang),
        Reason::Request(error) => return without_code(error, lang),
        Reason::Unacknowledged { rules } => return unacknowledged(rules, lang),
        Reason::NotNext { newest: Some(newest) } => {
            return match lang {
                Lang::Ja => format!("現在の最新は第 {newest} 版です。次の版だけを発行できます"),
                _ => format!("the newest revision is {newest}; only the next one can be issued"),
            };
        }
        Reason::NotNext { newest: None } => (
            "この番号はまだ発行されていません。第 1 版から発行してください",
            "this number has not been issued; begin with revision 1",
        ),
        Reason::AuthKeyDiffers => (
            "別の認証キーが入っています。このファイルを移動してください",
            "holds another auth key; move this file away",
        ),
        Reason::Conflict => (
            "この版は別の内容で既に発行済み、又は一度に二つ指定されています",
            "this revision was issued, or is asked for twice, with other content",
        ),
        Reason::Ended => (
            "解約又は取消し済みの保証です。以後の版は発行できません",
            "the guarantee was terminated or voided; nothing can follow",
        ),
        Reason::OtherKind => (
            "保証の種類は変更できません",
            "the kind of guarantee cannot change along its revisions",
        ),
        Reason::NotIssued => (
            "この番号の保証は発行されていません。番号を確かめてください",
            "no guarantee of this number was issued here; check the number",
        ),
        Reason::OtherJob => (
            "依頼の内容がジョブと合いません。申込みを確かめてください",
            "the request does not fit its job; look at the application",
        ),
        Reason::Rekey => (
            "認証キーの再発行は依頼では行えません。`hosho-issue rekey` で行ってください",
            "a new auth key is not made by a request; run `hosho-issue rekey`",
        ),
        Reason::UsedUp => (
            "この保証の版又は認証キーの番号を使い切りました。新しい番号で保証を発行してください",
            "this guarantee has as many revisions or auth keys as it can have; issue a new one",
        ),
    };
    lang.pick(ja, en).to_owned()
}

fn unacknowledged(rules: &[Rule], lang: Lang) -> String {
    let ids: Vec<&str> = rules.iter().map(|rule| rule.id()).collect();
    let options: Vec<String> = ids.iter().map(|id| format!("--ack {id}")).collect();
    let (ids, options) = (ids.join(lang.pick("、", ", ")), options.join(" "));
    match lang {
        Lang::Ja => {
            format!("{ids} の指摘が了承されていません。了承するなら {options} を付けてください")
        }
        _ => format!("nobody has accepted the findings of {ids}; accept them with {options}"),
    }
}

/// Returns what a request's error says after its code, which the line has at its beginning.
fn without_code(error: &RequestError, lang: Lang) -> String {
    let text = match lang {
        Lang::Ja => error.to_japanese(),
        _ => error.to_string(),
    };
    let code = error.code();
    text.replacen(&format!("{code}: "), "", 1).replace(&format!(" at byte 0 ({code})"), "")
}

/// Returns why something was not signed, without the code.
fn unsigned(error: IssueError, lang: Lang) -> String {
    let (ja, en) = match error {
        IssueError::Refused(error) => return rule(error, lang),
        IssueError::SignatureMismatch => (
            "作られた署名を検証できません。鍵ファイルとプログラムを確かめてください",
            "the signature that was made does not verify; check the key file and the program",
        ),
        IssueError::WrongKey => (
            "別の証書鍵です。バンドルに対応する鍵ファイルを戻してください",
            "the signer has another key; put the key file back that belongs to the bundle",
        ),
        _ => (
            "署名を作れません。鍵ファイルを確かめてください",
            "the signer made no signature; check the key file",
        ),
    };
    lang.pick(ja, en).to_owned()
}

/// Returns the rule that a value broke, without its code.
fn rule(error: ParseError, lang: Lang) -> String {
    let english = error.to_string();
    let code = error.code();
    let english = match code {
        "E3-SIZE" => {
            "the certificate would have more than 4096 bytes; shorten its texts, or name fewer \
             members"
        }
        _ => english.strip_suffix(&format!(" ({code})")).unwrap_or(&english),
    };
    let japanese = match code {
        "E3-SIZE" => {
            "証書が 4096 バイトを超えます。記載する文を短くするか、構成員を減らしてください"
        }
        "E6-TIME" => "時刻又は日数が扱える範囲を超えています",
        "E6-GUARANTOR-ID" => "a-z 0-9 - の 3〜32 字で指定してください",
        "E6-TEXT-CHARACTER" => "制御文字・不可視文字・外字を除いてください",
        "E6-TEXT-LENGTH" => "1〜512 バイトで指定してください",
        "E6-TEXT-NFC" => "Unicode 正規化形式 C の文字で指定してください",
        "E6-TEXT-SPACE" => "前後の空白を除いてください",
        "E6-TEXT-VARIATION" => "異体字セレクタは漢字の直後だけに置けます",
        _ => english,
    };
    lang.pick(japanese, english).to_owned()
}
