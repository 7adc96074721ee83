//! Mails to those who watch: that something changed, and nothing else.

use std::time::Duration;

use hosho_web::{Lang, Mail, MailError, Mailer};

use crate::app::App;

/// The word of the mail in the outbox.
pub(crate) const CHANGED: &str = "changed";

/// How many mails are taken at a time.
const MOST: u8 = 20;
/// How long to wait when there are none.
const PAUSE: Duration = Duration::from_secs(5);
/// After how many of these pauses what expired is removed: ten minutes.
const PRUNE: u32 = 120;

const SUBJECT_JA: &str = "保証証書に変更がありました";
const SUBJECT_EN: &str = "A guarantee certificate has changed";

const BODY_JA: &str = "\
お知らせを希望された保証証書のうち、少なくとも一つに変更(増額・減額・期間の変更・解約・
認証キーの再発行など)がありました。

いつもお使いの方法で確認サービスを開き、保証契約番号と認証キーで、内容をお確かめください。
認証キーが再発行されたときは、それまでの認証キーでは開けません。請負者に最新の
「認証キー等のお知らせ」を求めてください。

このメールには、番号・名称・認証キー・リンクを書きません。それらを尋ねたり、リンクを
開かせたりするメールが届いたときは、偽物です。
";

const BODY_EN: &str = "\
At least one of the guarantee certificates that you asked to be told of has changed: it was
amended or ended, or its auth key was reissued.

Open the confirmation service in your usual way and look at it with number and auth key. If the
key was reissued, the old one opens nothing any more: ask the contractor for the newest notice.

This mail holds no number, no name, no key and no link. A mail that asks you for them, or that
wants a link to be opened, is forged.
";

/// Sends the mails that are due, and removes what expired, for ever.
pub async fn run(app: App, mailer: Mailer) {
    let mut pauses = 0_u32;
    loop {
        match send_due(&app, &mailer).await {
            Ok(0) => {
                tokio::time::sleep(PAUSE).await;
                pauses = pauses.wrapping_add(1);
            }
            Ok(_) => (),
            Err(error) => {
                tracing::error!(%error, "the outbox cannot be read");
                tokio::time::sleep(PAUSE).await;
            }
        }
        if pauses.is_multiple_of(PRUNE)
            && let Err(error) = app.store.database().prune(app.clock.now()).await
        {
            tracing::error!(%error, "what expired cannot be removed");
        }
    }
}

/// Sends the mails that are due now and returns how many were taken.
///
/// # Errors
/// When the outbox cannot be read or written.
pub async fn send_due(app: &App, mailer: &Mailer) -> Result<usize, hosho_store::StoreError> {
    let database = app.store.database();
    let mails = database.take_mails(MOST, app.clock.now()).await?;
    for mail in &mails {
        // A slow mail server: what is left is taken again later, by whoever comes first.
        if !mail.has_time(app.clock.now()) {
            break;
        }
        let lang = Lang::parse(&mail.language).unwrap_or_default();
        let (subject, body) = (lang.pick(SUBJECT_JA, SUBJECT_EN), lang.pick(BODY_JA, BODY_EN));
        let sent = match app.mail_key.open(&mail.address) {
            Ok(to) => mailer.send(Mail { to: &to, subject, body }).await,
            Err(_) => Err(MailError::Address),
        };
        match sent {
            Ok(()) => {
                database.mail_sent(mail.id, app.clock.now()).await?;
                app.counts.mails.add_one();
            }
            Err(error) => {
                // Neither the address nor what the server said of it.
                tracing::warn!(id = mail.id, tries = mail.tries, %error, "a mail was not sent");
                database.mail_failed(mail, app.clock.now()).await?;
            }
        }
    }
    Ok(mails.len())
}
