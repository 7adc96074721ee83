//! What an answer says and rests on, as texts that the page and the report share.

use hosho::{Certificate, Date, Standing, UnixTime, Verdict};
use hosho_cli::lang::Lang;
use hosho_display::{in_japan, wareki, wareki_time};
use hosho_document::fields::{self, Field};
use hosho_policy::Finding;

use crate::app::App;
use crate::lookup::Found;
use crate::words::gap_phrase;

/// Returns a day as pages and reports show it.
pub(crate) fn day(day: Date, lang: Lang) -> String {
    match lang {
        Lang::Ja => wareki(day),
        _ => day.to_string(),
    }
}

/// Returns an instant as pages and reports show it.
pub(crate) fn moment(at: UnixTime, lang: Lang) -> String {
    match lang {
        Lang::Ja => wareki_time(at),
        _ => in_japan(at),
    }
}

/// Returns what a certificate says, in the order of a certificate.
pub(crate) fn fields_of(certificate: &Certificate<'_>, lang: Lang) -> Vec<Field> {
    let claims = certificate.claims();
    let field = |label, text: String| Field { label, texts: vec![text] };
    let revision = certificate.revision();
    let mut all = vec![
        field(lang.pick("保証契約番号", "Guarantee number"), claims.number.to_string()),
        field(
            lang.pick("版", "Revision"),
            match lang {
                Lang::Ja => format!("第{revision}版"),
                _ => revision.to_string(),
            },
        ),
        field(lang.pick("発行日", "Issued on"), day(claims.issued_on, lang)),
    ];
    all.extend(fields::compared(certificate, lang));
    all.extend(fields::change(certificate, lang));
    all
}

/// Returns what there is to say about the verdict.
pub(crate) fn remarks(found: &Found, lang: Lang) -> Vec<String> {
    let opened = &found.opened;
    let mut remarks = remarks_of(&opened.shown().verdict, lang);
    let (shown, newest) = (&opened.shown().certificate, &opened.newest().certificate);
    if shown.revision() != newest.revision() {
        let (number, from) = (newest.revision(), day(newest.governs_from(), lang));
        remarks.push(match lang {
            Lang::Ja => format!("この日に効力を持つ版を表示しています。最新は第{number}版({from} から)です。"),
            _ => format!("Shown is the revision that governs on this day. The newest is {number}, from {from} on."),
        });
    }
    remarks
}

/// Returns what there is to say about a verdict by itself.
pub(crate) fn remarks_of(verdict: &Verdict, lang: Lang) -> Vec<String> {
    let mut remarks = Vec::new();
    if let Some(ended_on) = verdict.ended_on() {
        let day = day(ended_on, lang);
        remarks.push(match (lang, verdict.standing()) {
            (Lang::Ja, Standing::Voided) => format!("{day} 付けで取消し。"),
            (_, Standing::Voided) => format!("Voided as of {day}."),
            (Lang::Ja, _) => format!("{day} から解約。"),
            _ => format!("Terminated from {day} on."),
        });
    }
    if verdict.reissued().is_some() {
        let told = lang.pick("認証キーが再発行されています。", "Its auth key was reissued.");
        remarks.push(told.to_owned());
    }
    if let (Standing::Superseded, Some(newest)) = (verdict.standing(), verdict.superseded_by()) {
        remarks.push(match lang {
            Lang::Ja => format!("最新は第{newest}版です。"),
            _ => format!("The newest revision is {newest}."),
        });
    }
    match verdict.standing() {
        Standing::StatusUnknown(gap) => remarks.push(gap_phrase(gap, lang).to_owned()),
        Standing::StatusStale { since, .. } => {
            let since = moment(since, lang);
            remarks.push(match lang {
                Lang::Ja => format!("状態一覧の更新期日は {since} でした。"),
                _ => format!("The status list was due to be renewed by {since}."),
            });
        }
        _ => (),
    }
    remarks
}

/// Returns what was compared with what.
pub(crate) fn checks(found: &Found, lang: Lang) -> Vec<String> {
    let shown = found.opened.shown();
    let guarantor = &shown.certificate.claims().guarantor.name;
    let key = shown.key_id;
    let mut checks = vec![
        match lang {
            Lang::Ja => format!("保証事業会社 {guarantor} の署名(鍵 {key})"),
            _ => format!("signed by the guarantor {guarantor} (key {key})"),
        },
        lang.pick("保証契約番号は入力のとおり", "the guarantee number is the one entered")
            .to_owned(),
        lang.pick("認証キーはこの証書のもの", "the auth key is that of this certificate")
            .to_owned(),
    ];
    let revisions = found.opened.earlier().len().saturating_add(1);
    if revisions > 1 {
        checks.push(match lang {
            Lang::Ja => format!("第1版から第{revisions}版までの変更がつながっている"),
            _ => format!("the changes from revision 1 to {revisions} follow each other"),
        });
    }
    checks.push(match (shown.verdict.as_of(), lang) {
        (Some(at), Lang::Ja) => format!("状態は {} 時点", moment(at, lang)),
        (Some(at), _) => format!("its status as of {}", moment(at, lang)),
        (None, Lang::Ja) => "状態一覧は使っていません".to_owned(),
        (None, _) => "no status list was used".to_owned(),
    });
    checks
}

/// Returns what the answer rests on, each thing with its label.
pub(crate) fn grounds(found: &Found, lang: Lang) -> Vec<(String, String)> {
    let shown = found.opened.shown();
    let bundle = found.trust.bundle();
    let mut grounds = vec![(
        lang.pick("信頼バンドル", "Trust bundle").to_owned(),
        format!(
            "{} #{}  {}  SHA-256 {}",
            bundle.guarantor_id(),
            bundle.sequence(),
            moment(bundle.issued_at(), lang),
            bundle.fingerprint()
        ),
    )];
    let list = shown.certificate.claims().status.list;
    let used = found.trust.snapshots().iter().map(|(snapshot, _)| snapshot).find(|snapshot| {
        snapshot.list() == list && Some(snapshot.issued_at()) == shown.verdict.as_of()
    });
    if let Some(snapshot) = used {
        grounds.push((
            lang.pick("状態一覧", "Status list").to_owned(),
            format!(
                "{} / {list} #{}  {}",
                snapshot.guarantor_id(),
                snapshot.sequence(),
                moment(snapshot.issued_at(), lang)
            ),
        ));
    }
    grounds.push((lang.pick("署名鍵", "Signing key").to_owned(), shown.key_id.to_string()));
    grounds
}

/// Returns what the usual policy says about the revision that is shown.
pub(crate) fn policy_findings(app: &App, found: &Found) -> Vec<Finding> {
    let history = found.opened.certificates();
    app.policy.findings(&found.opened.shown().certificate, &history, &[])
}

/// Returns the same, one line each.
pub(crate) fn findings(app: &App, found: &Found, lang: Lang) -> Vec<String> {
    let line = |finding: &Finding| match lang {
        Lang::Ja => finding.to_japanese_line(),
        _ => finding.to_string(),
    };
    policy_findings(app, found).iter().map(line).collect()
}
