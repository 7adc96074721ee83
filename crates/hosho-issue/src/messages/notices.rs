//! What is said about things that the user should know but that stop nothing.

use hosho_cli::lang::Lang;

use crate::event::Notice;
use crate::masters::unrecorded_name;

/// Returns the phrase for something that the user should know but that stops nothing.
pub(crate) fn notice(notice: &Notice, lang: Lang) -> String {
    match lang {
        Lang::Ja => japanese(notice),
        _ => english(notice),
    }
}

fn english(notice: &Notice) -> String {
    match notice {
        Notice::BeforeRekey { count } => format!(
            "{count} of these are from before a new auth key, which does not fit them; the newest \
             certificate, which it fits, was put beside each (`hosho-issue rekey --earlier` also \
             hands out earlier revisions)"
        ),
        Notice::BundleOutdated { next_update } => {
            format!(
                "the trust bundle should have been renewed by {next_update}; run `hosho-issue \
                 bundle HOME --renew` and publish it"
            )
        }
        Notice::BundleFinished { sequence } => {
            format!("finished trust bundle {sequence} that an earlier run had begun")
        }
        Notice::HandedOutLate { count } => format!(
            "handed out {count} new auth keys that an earlier run had made; run it again if yet \
             another key is wanted"
        ),
        Notice::MasterPutAside { epoch, number } => format!(
            "keys/master-{epoch}.key was there, and no record names it: it is now keys/{} and \
             serves nothing; destroy it, and find out who put it there unless a stopped \
             rotate-master did",
            unrecorded_name(*epoch, *number)
        ),
        Notice::NoMarkApart => {
            "no high-water mark is kept apart from this home: an old copy of it, put back, would \
             issue numbers again unnoticed; run `hosho-issue high-water HOME --apart FILE`, with \
             FILE on another medium"
                .to_owned()
        }
        Notice::ReasonKept => {
            "this key was called compromised before with another reason, which stays; --reason was \
             not used"
                .to_owned()
        }
        Notice::Recovered { count } => {
            format!("finished {count} certificates that an earlier run had begun")
        }
        Notice::RequestOpen { sequence } => format!(
            "trust bundle {sequence} waits for signatures of root keys (`hosho-issue root request`)"
        ),
        Notice::RequestTakenBack { sequence } => format!(
            "took back the request for trust bundle {sequence}, whose key was never written; run \
             that command again"
        ),
        Notice::RootUnsigned { root, old, new } => {
            let set = match (old, new) {
                (true, true) => "of both root sets",
                (true, false) => "of the old root set",
                (false, _) => "of the new root set",
            };
            format!("still to sign, {set}: {root}")
        }
        Notice::SignedTwice { root } => {
            format!("several signatures of one root key, which counts once: {root}")
        }
        Notice::StoredOnly => "it is signed and stored; when the place for it is in order, run \
                               the same command again"
            .to_owned(),
        Notice::RootsLeft => {
            "root keys that were moved away still lie in the home; run `hosho-issue root export` \
             again with the same --out"
                .to_owned()
        }
        Notice::TailCut { bytes } => format!(
            "the journal ended in {bytes} bytes of an unfinished record, from which nothing was \
             issued; they were cut off"
        ),
        Notice::TailIgnored { bytes } => format!(
            "the journal ends in {bytes} bytes of an unfinished record; the next issue cuts them off"
        ),
    }
}

fn japanese(notice: &Notice) -> String {
    match notice {
        Notice::BeforeRekey { count } => format!(
            "{count} 件は認証キーの再発行より前の版で、新しい認証キーはその版のものではありません。新しい\
             認証キーで確かめられる最新の証書も書き出しました(以前の版は `hosho-issue rekey --earlier`)"
        ),
        Notice::BundleOutdated { next_update } => {
            format!(
                "信頼バンドルの更新期限 {next_update} を過ぎています。\
                 `hosho-issue bundle HOME --renew` で更新し、公開してください"
            )
        }
        Notice::BundleFinished { sequence } => {
            format!("前回中断した信頼バンドル {sequence} の作成を完了しました")
        }
        Notice::HandedOutLate { count } => format!(
            "前回中断した {count} 件の認証キー再発行を引き渡しました。\
             さらに新しい認証キーが必要なときは、もう一度実行してください"
        ),
        Notice::MasterPutAside { epoch, number } => format!(
            "記録にない keys/master-{epoch}.key がありました。keys/{} に移し、使いません。\
             中断した rotate-master のものでなければ誰が置いたかを確かめ、破棄してください",
            unrecorded_name(*epoch, *number)
        ),
        Notice::NoMarkApart => "到達点がホームの外に保管されていません。古いコピーを戻しても気付かず、同じ番号を\
             もう一度発行します。別の媒体のファイルを指定して `hosho-issue high-water HOME --apart FILE` を\
             実行してください"
            .to_owned(),
        Notice::ReasonKept => {
            "この鍵の危殆化は別の理由で既に記録されています。--reason は使わず、その理由を残します"
                .to_owned()
        }
        Notice::Recovered { count } => {
            format!("前回中断した {count} 件の発行を完了しました")
        }
        Notice::RequestOpen { sequence } => format!(
            "信頼バンドル {sequence} がルート鍵の署名を待っています(`hosho-issue root request`)"
        ),
        Notice::RequestTakenBack { sequence } => format!(
            "中断した信頼バンドル {sequence} の依頼を、鍵ファイルがないため取り消しました。\
             前回のコマンドをもう一度実行してください"
        ),
        Notice::RootUnsigned { root, old, new } => {
            let set = match (old, new) {
                (true, true) => "新旧両方の組",
                (true, false) => "旧の組",
                (false, _) => "新の組",
            };
            format!("署名が残っているルート鍵({set}): {root}")
        }
        Notice::SignedTwice { root } => {
            format!("同じルート鍵の署名が複数あります。一つと数えます: {root}")
        }
        Notice::StoredOnly => "署名し、ホームに保存しました。書き出す場所を直してから、\
                               同じコマンドをもう一度実行してください"
            .to_owned(),
        Notice::RootsLeft => {
            "取り出したはずのルート鍵がホームに残っています。`hosho-issue root export` を同じ \
             --out でもう一度実行してください"
                .to_owned()
        }
        Notice::TailCut { bytes } => format!(
            "発行記録の末尾に書きかけの {bytes} バイトがありました。\
             何も発行されていない部分のため切り捨てました"
        ),
        Notice::TailIgnored { bytes } => format!(
            "発行記録の末尾に書きかけの {bytes} バイトがあります。次の発行のときに切り捨てます"
        ),
    }
}
