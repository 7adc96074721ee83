//! Certificates and guarantees as pages show them.

use hosho::{Certificate, Standing, VerifiedCertificate};
use hosho_display::{in_japan, wareki, wareki_time, yen};
use hosho_document::fields::{self, Field};
use hosho_store::portal::{
    AskedKind, Delivery, ObligeeEvent, Received, Revised, Role, Step, Task, View, Viewed,
};
use hosho_web::Lang;

use crate::decision::Stage;

/// A row of a table of facts.
#[derive(Clone, Debug)]
pub(crate) struct Fact {
    pub(crate) label: &'static str,
    pub(crate) texts: Vec<String>,
}

impl From<Field> for Fact {
    fn from(field: Field) -> Self {
        Self { label: field.label, texts: field.texts }
    }
}

/// A field that a revision changed.
#[derive(Clone, Debug)]
pub(crate) struct Difference {
    pub(crate) label: &'static str,
    pub(crate) before: Vec<String>,
    pub(crate) after: Vec<String>,
}

/// Whether a certificate is in force: words, and the tone that a page shows it in.
#[derive(Clone, Debug)]
pub(crate) struct Verdict {
    pub(crate) tone: &'static str,
    pub(crate) mark: &'static str,
    pub(crate) words: &'static str,
}

/// A line in the list of guarantees.
#[derive(Clone, Debug)]
pub(crate) struct GuaranteeLine {
    pub(crate) number: String,
    pub(crate) title: String,
    pub(crate) obligee: String,
    pub(crate) work: String,
    pub(crate) amount: String,
    pub(crate) expiry: String,
    pub(crate) verdict: Verdict,
}

/// A line in the history of a guarantee.
#[derive(Clone, Debug)]
pub(crate) struct HistoryLine {
    pub(crate) revision: u16,
    pub(crate) title: String,
    pub(crate) issued_on: String,
    pub(crate) change: Vec<Fact>,
    pub(crate) differences: Vec<Difference>,
}

/// A line about what somebody did.
#[derive(Clone, Debug)]
pub(crate) struct DoneLine {
    pub(crate) at: String,
    pub(crate) what: &'static str,
    pub(crate) who: String,
    pub(crate) more: String,
}

pub(crate) fn facts(certificate: &Certificate<'_>, lang: Lang) -> Vec<Fact> {
    fields::compared(certificate, lang.into()).into_iter().map(Fact::from).collect()
}

/// Returns the fields of a certificate that was asked for: without those of the guarantor, which
/// only the worker adds.
pub(crate) fn asked(certificate: &Certificate<'_>, lang: Lang) -> Vec<Fact> {
    asked_fields(certificate, lang).into_iter().map(Fact::from).collect()
}

/// Returns what an application would change of a revision.
pub(crate) fn asked_differences(
    before: &Certificate<'_>,
    asked: &Certificate<'_>,
    lang: Lang,
) -> Vec<Difference> {
    named(&asked_fields(before, lang), &asked_fields(asked, lang))
}

fn asked_fields(certificate: &Certificate<'_>, lang: Lang) -> Vec<Field> {
    let guarantor = lang.pick("保証事業会社", "Guarantor");
    let all = fields::compared(certificate, lang.into()).into_iter();
    all.filter(|field| field.label != guarantor).collect()
}

pub(crate) fn title(certificate: &Certificate<'_>, lang: Lang) -> String {
    fields::title(certificate, lang.into())
}

pub(crate) fn change(certificate: &Certificate<'_>, lang: Lang) -> Vec<Fact> {
    fields::change(certificate, lang.into()).into_iter().map(Fact::from).collect()
}

pub(crate) fn differences(
    before: &Certificate<'_>,
    after: &Certificate<'_>,
    lang: Lang,
) -> Vec<Difference> {
    named(&fields::compared(before, lang.into()), &fields::compared(after, lang.into()))
}

fn named(before: &[Field], after: &[Field]) -> Vec<Difference> {
    let all = fields::differences(before, after).into_iter();
    all.map(|(label, before, after)| Difference { label, before, after }).collect()
}

/// Returns the revisions, the newest first, each with what it changed.
pub(crate) fn history(revisions: &[VerifiedCertificate<'_>], lang: Lang) -> Vec<HistoryLine> {
    let befores = std::iter::once(None).chain(revisions.iter().map(Some));
    let lines = revisions.iter().zip(befores).map(|(after, before)| {
        let certificate = after.certificate();
        HistoryLine {
            revision: certificate.revision().number(),
            title: title(certificate, lang),
            issued_on: day(certificate.claims().issued_on, lang),
            change: change(certificate, lang),
            differences: before.map_or_else(Vec::new, |before| {
                differences(before.certificate(), certificate, lang)
            }),
        }
    });
    let mut lines: Vec<_> = lines.collect();
    lines.reverse();
    lines
}

pub(crate) fn verdict(certificate: &VerifiedCertificate<'_>, lang: Lang) -> Verdict {
    let of = |tone, mark, ja, en| Verdict { tone, mark, words: lang.pick(ja, en) };
    match certificate.verdict().standing() {
        Standing::InForce => of("good", "✓", "有効です(保証中)", "in force"),
        Standing::NotYetInForce => of("care", "…", "まだ効力が生じていません", "not yet in force"),
        Standing::Superseded => {
            of("care", "↻", "より新しい版があります", "superseded by a later revision")
        }
        Standing::Expired => of("care", "■", "保証期間が終わりました", "expired"),
        Standing::Terminated => of("care", "■", "解約されました", "terminated"),
        Standing::Voided => of("bad", "×", "取り消されました", "voided"),
        Standing::StatusUnknown(_) | Standing::StatusStale { .. } => of(
            "care",
            "?",
            "真正です(現在の状態はまだ届いていません)",
            "genuine; the present status has not arrived",
        ),
    }
}

/// Returns a line for the list of guarantees.
pub(crate) fn line(certificate: &VerifiedCertificate<'_>, lang: Lang) -> GuaranteeLine {
    let claims = certificate.certificate().claims();
    GuaranteeLine {
        number: claims.number.to_string(),
        title: title(certificate.certificate(), lang),
        obligee: claims.obligee.name.to_string(),
        work: claims.work.name.to_string(),
        amount: yen(claims.guarantee.amount),
        expiry: day(claims.guarantee.period.to(), lang),
        verdict: verdict(certificate, lang),
    }
}

/// Returns a line for a revision that does not verify: nothing of what it says is shown.
pub(crate) fn damaged_line(stored: &Revised, lang: Lang) -> GuaranteeLine {
    let words = lang
        .pick("検証できません。保証会社にお知らせください", "does not verify; tell the guarantor");
    GuaranteeLine {
        number: stored.number.to_string(),
        title: String::new(),
        obligee: String::new(),
        work: String::new(),
        amount: String::new(),
        expiry: String::new(),
        verdict: Verdict { tone: "bad", mark: "×", words },
    }
}

/// Returns a day as pages show it.
pub(crate) fn day(day: hosho::Date, lang: Lang) -> String {
    match lang {
        Lang::Ja => wareki(day),
        Lang::En => day.to_string(),
    }
}

/// Returns an instant as pages show it.
pub(crate) fn moment(at: hosho::UnixTime, lang: Lang) -> String {
    match lang {
        Lang::Ja => wareki_time(at),
        Lang::En => in_japan(at),
    }
}

pub(crate) fn events(events: &[ObligeeEvent], lang: Lang) -> Vec<DoneLine> {
    let line = |event: &ObligeeEvent| DoneLine {
        at: moment(event.at, lang),
        what: received(event.event, lang),
        who: event.by.clone().unwrap_or_default(),
        more: match (&event.reason, lang) {
            (None, Lang::Ja) => format!("第{}版", event.revision),
            (None, Lang::En) => format!("revision {}", event.revision),
            (Some(reason), Lang::Ja) => format!("第{}版　{reason}", event.revision),
            (Some(reason), Lang::En) => format!("revision {}: {reason}", event.revision),
        },
    };
    events.iter().map(line).collect()
}

/// Who looked, the newest first; the same by the same person in a row is one line.
pub(crate) fn views(views: &[View], lang: Lang) -> Vec<DoneLine> {
    let line = |same: &[View]| {
        let (newest, oldest) = (same.first()?, same.last()?);
        let first = moment(oldest.at, lang);
        let more = match (same.len(), lang) {
            (1, _) => String::new(),
            (times, Lang::Ja) => format!("{first} から {times} 回"),
            (times, Lang::En) => format!("{times} times since {first}"),
        };
        Some(DoneLine {
            at: moment(newest.at, lang),
            what: viewed(newest.what, lang),
            who: newest.name.clone(),
            more,
        })
    };
    views.chunk_by(|a, b| (a.what, &a.name) == (b.what, &b.name)).filter_map(line).collect()
}

pub(crate) const fn received(event: Received, lang: Lang) -> &'static str {
    match event {
        Received::Accepted => lang.pick("受理", "accepted"),
        Received::Opened => lang.pick("閲覧", "opened"),
        Received::Returned => lang.pick("差戻し", "returned"),
    }
}

pub(crate) const fn viewed(what: Viewed, lang: Lang) -> &'static str {
    match what {
        Viewed::Certificate => lang.pick("証書の表示", "certificate shown"),
        Viewed::Copy => lang.pick("お客様控えの取得", "copy taken"),
        Viewed::Key => lang.pick("認証キーの表示", "auth key shown"),
        Viewed::Notice => lang.pick("認証キー等のお知らせの取得", "notice taken"),
    }
}

pub(crate) const fn task(task: Task, lang: Lang) -> &'static str {
    match task {
        Task::Amend => lang.pick("変更", "amendment"),
        Task::Cancel => lang.pick("解約・取消", "cancellation"),
        Task::New => lang.pick("新規", "new"),
        Task::Rekey => lang.pick("認証キー再発行", "new auth key"),
    }
}

pub(crate) const fn kind(kind: AskedKind, lang: Lang) -> &'static str {
    match kind {
        AskedKind::Advance => lang.pick("前払金保証", "advance payment"),
        AskedKind::Interim => lang.pick("中間前払金保証", "interim advance payment"),
        AskedKind::Performance => lang.pick("契約保証", "performance"),
        AskedKind::Reservation => {
            lang.pick("契約保証予約", "reservation of a performance guarantee")
        }
    }
}

pub(crate) const fn delivery(delivery: Delivery, lang: Lang) -> &'static str {
    match delivery {
        Delivery::Electronic => lang.pick("電子交付", "electronic"),
        Delivery::Paper => lang.pick("紙の証書", "on paper"),
    }
}

pub(crate) const fn stage(stage: Stage, lang: Lang) -> &'static str {
    match stage {
        Stage::Received => lang.pick("受付済(審査待ち)", "received, waits for review"),
        Stage::Reviewed => lang.pick("審査済(承認待ち)", "reviewed, waits for approval"),
        Stage::ApprovedOnce => {
            lang.pick("承認済(第二承認待ち)", "approved, waits for a second approval")
        }
        Stage::Approved => lang.pick("承認済(契約成立待ち)", "approved, waits to be concluded"),
        Stage::Concluded => lang.pick("契約成立(証書を作成中)", "concluded, being issued"),
        Stage::Issued => lang.pick("発行済", "issued"),
        Stage::Refused => lang.pick("発行できませんでした", "could not be issued"),
        Stage::OnPaper => lang.pick("契約成立(紙の証書)", "concluded, on paper"),
        Stage::Returned => lang.pick("返却", "returned"),
        Stage::Withdrawn => lang.pick("取下げ", "withdrawn"),
    }
}

pub(crate) const fn step(step: Step, lang: Lang) -> &'static str {
    match step {
        Step::Reviewed => lang.pick("審査", "reviewed"),
        Step::Approved => lang.pick("承認", "approved"),
        Step::ApprovedAgain => lang.pick("第二承認", "approved a second time"),
        Step::Concluded => lang.pick("契約成立", "concluded"),
        Step::Returned => lang.pick("返却", "returned"),
        Step::Withdrawn => lang.pick("取下げ", "withdrawn"),
    }
}

pub(crate) const fn role(role: Role, lang: Lang) -> &'static str {
    match role {
        Role::Administrator => lang.pick("管理者", "administrator"),
        Role::Approver => lang.pick("承認者", "approver"),
        Role::Clerk => lang.pick("審査担当", "clerk"),
        Role::Director => lang.pick("役席者", "director"),
    }
}

#[cfg(test)]
mod tests {
    use hosho::UnixTime;

    use super::*;

    #[test]
    fn looking_again_and_again_is_one_line() {
        let view = |name: &str, what, at: u64| View {
            name: name.to_owned(),
            what,
            at: UnixTime::from_seconds(1_795_316_400 + at).unwrap(),
        };
        let seen = [
            view("建設花子", Viewed::Certificate, 300),
            view("建設花子", Viewed::Certificate, 120),
            view("建設花子", Viewed::Certificate, 0),
            view("建設太郎", Viewed::Certificate, 0),
            view("建設太郎", Viewed::Key, 0),
        ];
        let lines = views(&seen, Lang::En);
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[0].more, format!("3 times since {}", in_japan(seen[2].at)));
        assert_eq!((lines[0].at.as_str(), lines[1].more.as_str()), (&*in_japan(seen[0].at), ""));
    }
}
