//! The desk's views of guarantees and of the log.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use hosho::GuaranteeNumber;
use hosho_store::portal::{LogEntry, Logged, Step, Viewed};
use hosho_web::{Lang, Problem};

use crate::error::of_store;
use crate::facts::{self, DoneLine, Fact, GuaranteeLine, HistoryLine, Verdict};
use crate::home::lines;
use crate::person::Staff;
use crate::portal::Portal;

const MOST: u16 = 200;

#[derive(Template)]
#[template(path = "desk_guarantees.html")]
struct GuaranteesPage {
    lang: Lang,
    lines: Vec<GuaranteeLine>,
    answers: Vec<DoneLine>,
}

pub(crate) async fn guarantees(
    State(portal): State<Portal>,
    staff: Staff,
) -> Result<Response, Problem> {
    let lang = staff.view.lang();
    let known = portal.trust().known().await?;
    let newest = portal.store().guarantees(None, MOST).await.map_err(of_store)?;
    let answers = portal.store().answers(None, 20).await.map_err(of_store)?;
    let page = GuaranteesPage {
        lang,
        lines: lines(&portal, &known, newest, lang),
        answers: facts::events(&answers, lang),
    };
    staff.page(lang.pick("保証契約", "Guarantees")).show(&page)
}

#[derive(Template)]
#[template(path = "desk_guarantee.html")]
struct GuaranteePage<'a> {
    lang: Lang,
    number: &'a str,
    title: String,
    verdict: Verdict,
    facts: Vec<Fact>,
    history: Vec<HistoryLine>,
    events: Vec<DoneLine>,
    views: Vec<DoneLine>,
}

pub(crate) async fn guarantee(
    State(portal): State<Portal>,
    Path(number): Path<String>,
    staff: Staff,
) -> Result<Response, Problem> {
    let number = GuaranteeNumber::parse(number).map_err(|_| Problem::not_found())?;
    let store = portal.store();
    let guarantee = store.guarantee(&number).await.map_err(of_store)?;
    let guarantee = guarantee.ok_or_else(Problem::not_found)?;
    let known = portal.trust().known().await?;
    let revisions = known.verify(&guarantee, portal.today(), portal.now())?;
    let newest = revisions.last().ok_or_else(Problem::not_found)?;
    let events = store.events(&number).await.map_err(of_store)?;
    let views = store.views(&number).await.map_err(of_store)?;
    let lang = staff.view.lang();
    let page = GuaranteePage {
        lang,
        number: number.as_str(),
        title: facts::title(newest.certificate(), lang),
        verdict: facts::verdict(newest, lang),
        facts: facts::facts(newest.certificate(), lang),
        history: facts::history(&revisions, lang),
        events: facts::events(&events, lang),
        views: facts::views(&views, lang),
    };
    let title = match lang {
        Lang::Ja => format!("保証契約番号 {number}"),
        Lang::En => format!("Guarantee {number}"),
    };
    staff.page(title).show(&page)
}

#[derive(Template)]
#[template(path = "log.html")]
struct LogPage {
    lang: Lang,
    lines: Vec<DoneLine>,
}

pub(crate) async fn log(State(portal): State<Portal>, staff: Staff) -> Result<Response, Problem> {
    let lang = staff.view.lang();
    let entries = portal.store().log(MOST).await.map_err(of_store)?;
    let page = LogPage { lang, lines: entries.iter().map(|entry| line(entry, lang)).collect() };
    staff.page(lang.pick("記録", "Log")).show(&page)
}

fn line(entry: &LogEntry, lang: Lang) -> DoneLine {
    let console = lang.pick("コマンドライン", "command line");
    DoneLine {
        at: facts::moment(entry.at, lang),
        what: words(&entry.what, lang),
        who: entry.by.clone().unwrap_or_else(|| console.to_owned()),
        more: subject(&entry.subject, lang),
    }
}

/// What an entry is about: the database has an application as `application N`.
fn subject(stored: &str, lang: Lang) -> String {
    match stored.strip_prefix("application ") {
        Some(id) => format!("{} {id}", lang.pick("申込み", "application")),
        None => stored.to_owned(),
    }
}

fn words(word: &str, lang: Lang) -> &'static str {
    if let Some(step) = Step::parse(word) {
        return facts::step(step, lang);
    }
    if let Some(what) = Viewed::parse(word) {
        return facts::viewed(what, lang);
    }
    match Logged::parse(word) {
        Some(Logged::AccountAdded) => lang.pick("アカウント作成", "account added"),
        Some(Logged::AccountDisabled) => lang.pick("アカウント停止", "account disabled"),
        Some(Logged::PasswordReset) => lang.pick("パスワード再設定", "password reset"),
        Some(Logged::PasswordChanged) => lang.pick("パスワード変更", "password changed"),
        Some(Logged::ObligeeChanged) => lang.pick("発注者の登録・変更", "obligee changed"),
        None => "?",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_application_is_named_in_the_language_of_the_page() {
        assert_eq!(subject("application 12", Lang::Ja), "申込み 12");
        assert_eq!(subject("application 12", Lang::En), "application 12");
        assert_eq!(subject("瑞穂県", Lang::En), "瑞穂県");
    }
}
