//! Mails to contractors. They hold no secret, no number, no name and no link: who gets one logs in
//! as always, and picks the guarantee there.

use std::time::Duration;

use hosho_store::QueuedMail;
use hosho_web::{Lang, Mail, MailError, Mailer, Problem};

use crate::error::of_store;
use crate::portal::Portal;

/// The certificate and the auth key are there.
pub(crate) const REGISTERED: &str = "registered";
/// An obligee accepted or returned a certificate.
pub(crate) const ANSWERED: &str = "answered";

/// How often the outbox is looked at.
const PAUSE: Duration = Duration::from_secs(5);
/// How many mails are taken at a time.
const MOST: u8 = 20;
/// How often old nonces, sessions and mails are removed.
const PRUNE_EVERY: u32 = 720;

/// The subject and the text of a mail.
struct Letter {
    subject: &'static str,
    body: String,
}

/// Sends what is due, for ever.
pub async fn send_forever(portal: Portal, mailer: Mailer) {
    let mut rounds = 0_u32;
    loop {
        if let Err(problem) = send_due(&portal, &mailer).await {
            tracing::error!(code = problem.code(), "the outbox cannot be read");
        }
        if rounds.is_multiple_of(PRUNE_EVERY)
            && let Err(error) = portal.store().database().prune(portal.now()).await
        {
            tracing::error!(code = error.code(), "what expired cannot be removed");
        }
        rounds = rounds.wrapping_add(1);
        tokio::time::sleep(PAUSE).await;
    }
}

/// Sends what is due now, and returns how many were sent. A mail that cannot be sent waits longer
/// each time.
///
/// # Errors
/// The problem of the database.
pub async fn send_due(portal: &Portal, mailer: &Mailer) -> Result<usize, Problem> {
    let database = portal.store().database();
    let mut sent = 0;
    for queued in database.take_mails(MOST, portal.now()).await.map_err(of_store)? {
        // A slow mail server: what is left is taken again later, by whoever comes first.
        if !queued.has_time(portal.now()) {
            break;
        }
        match send(mailer, &queued, &portal.config().owner).await {
            Ok(()) => {
                database.mail_sent(queued.id, portal.now()).await.map_err(of_store)?;
                sent += 1;
            }
            Err(error) => {
                tracing::warn!(mail = queued.id, tries = queued.tries, %error, "mail not sent");
                database.mail_failed(&queued, portal.now()).await.map_err(of_store)?;
            }
        }
    }
    Ok(sent)
}

async fn send(mailer: &Mailer, queued: &QueuedMail, owner: &str) -> Result<(), MailError> {
    let to = str::from_utf8(&queued.address).map_err(|_| MailError::Address)?;
    let lang = Lang::parse(&queued.language).unwrap_or_default();
    let letter = letter(&queued.kind, owner, lang);
    mailer.send(Mail { to, subject: letter.subject, body: &letter.body }).await
}

fn letter(kind: &str, owner: &str, lang: Lang) -> Letter {
    match kind {
        ANSWERED => Letter {
            subject: lang.pick("電子証書への発注者の回答のお知らせ", "An obligee has answered"),
            body: with_frame(
                lang.pick(
                    "発注者から、電子証書についての回答がありました。\n\
                     いつものようにポータルにログインし、保証契約番号を選んで、内容をお確かめください。\n",
                    "An obligee has answered to a certificate.\n\
                     Log in to the portal as usual, pick the guarantee number, and read the answer.\n",
                ),
                owner,
                lang,
            ),
        },
        _ => Letter {
            subject: lang.pick(
                "電子証書・認証キー登録のお知らせ",
                "Certificate and auth key are registered",
            ),
            body: with_frame(
                lang.pick(
                    "電子証書と認証キーが登録されました。\n\n\
                     1. いつものようにポータルにログインしてください。\n\
                     2. 保証契約番号を選ぶと、電子証書を表示・印刷・保存できます。\n\
                     3. 「認証キー等のお知らせ」(PDF)を取得し、発注者にお渡しください。\n\
                     発注者に渡すのは「認証キー等のお知らせ」です。お客様控えではありません。\n",
                    "A certificate and its auth key are registered.\n\n\
                     1. Log in to the portal as usual.\n\
                     2. Pick the guarantee number to see, print and save the certificate.\n\
                     3. Take the notice of the auth key (PDF) and hand it to the obligee.\n   \
                     What is handed over is the notice, not the customer's copy.\n",
                ),
                owner,
                lang,
            ),
        },
    }
}

fn with_frame(text: &str, owner: &str, lang: Lang) -> String {
    let warning = lang.pick(
        "このメールに認証キーやリンクは書かれていません。認証キーやパスワードをメールでお尋ねすることもありません。",
        "This mail holds no key and no link, and nobody asks for keys or passwords by mail.",
    );
    format!("{text}\n{warning}\n\n{owner}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_has_no_link_and_says_what_to_hand_over() {
        for kind in [REGISTERED, ANSWERED] {
            for lang in [Lang::Ja, Lang::En] {
                let letter = letter(kind, "架空みらい建設業保証株式会社", lang);
                assert!(!letter.body.contains("http") && !letter.body.contains("www"));
                assert!(letter.body.ends_with("架空みらい建設業保証株式会社\n"));
            }
        }
        let letter = letter(REGISTERED, "", Lang::Ja);
        assert_eq!(letter.subject, "電子証書・認証キー登録のお知らせ");
        assert!(letter.body.contains("お客様控えではありません"));
    }
}
