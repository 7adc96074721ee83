//! A contractor's guarantee: the certificate, its history, the auth key, the papers.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use hosho::{AuthKey, GuaranteeNumber, Revision, SealedCertificate, VerifiedCertificate};
use hosho_document::{CopyOrder, NoticeOrder};
use hosho_store::portal::{Guarantee, NewView, Viewed};
use hosho_web::{Checked, FormToken, KeyGroups, Lang, Problem};
use zeroize::Zeroizing;

use crate::error::of_store;
use crate::facts::{self, DoneLine, Fact, HistoryLine, Verdict};
use crate::login::{Nothing, blocking};
use crate::person::Applicant;
use crate::portal::Portal;

#[derive(Template)]
#[template(path = "guarantee.html")]
struct GuaranteePage<'a> {
    lang: Lang,
    token: &'a FormToken,
    number: &'a str,
    revision: u16,
    newest: u16,
    title: String,
    verdict: Verdict,
    facts: Vec<Fact>,
    change: Vec<Fact>,
    history: Vec<HistoryLine>,
    events: Vec<DoneLine>,
    views: Vec<DoneLine>,
    ended: bool,
}

pub(crate) async fn newest(
    State(portal): State<Portal>,
    Path(number): Path<String>,
    applicant: Applicant,
) -> Result<Response, Problem> {
    let guarantee = own(&portal, &applicant, &number).await?;
    show(&portal, &applicant, &guarantee, None).await
}

pub(crate) async fn revision(
    State(portal): State<Portal>,
    Path((number, revision)): Path<(String, String)>,
    applicant: Applicant,
) -> Result<Response, Problem> {
    let guarantee = own(&portal, &applicant, &number).await?;
    let digits = revision.bytes().all(|byte| byte.is_ascii_digit());
    let revision = revision.parse().ok().filter(|_| digits);
    let revision = revision.and_then(|number| Revision::new(number).ok());
    let revision = revision.ok_or_else(Problem::not_found)?;
    show(&portal, &applicant, &guarantee, Some(revision)).await
}

async fn show(
    portal: &Portal,
    applicant: &Applicant,
    guarantee: &Guarantee,
    wanted: Option<Revision>,
) -> Result<Response, Problem> {
    let known = portal.trust().known().await?;
    let revisions = known.verify(guarantee, portal.today(), portal.now())?;
    let newest = revisions.last().ok_or_else(Problem::not_found)?;
    let shown = match wanted {
        None => newest,
        Some(wanted) => revisions
            .iter()
            .find(|it| it.certificate().revision() == wanted)
            .ok_or_else(Problem::not_found)?,
    };
    log(portal, applicant, &guarantee.number, Viewed::Certificate).await?;
    let store = portal.store();
    let events = store.events(&guarantee.number).await.map_err(of_store)?;
    let views = store.views(&guarantee.number).await.map_err(of_store)?;
    let lang = applicant.view.lang();
    let page = GuaranteePage {
        lang,
        token: applicant.view.token(),
        number: guarantee.number.as_str(),
        revision: shown.certificate().revision().number(),
        newest: newest.certificate().revision().number(),
        title: facts::title(shown.certificate(), lang),
        verdict: facts::verdict(shown, lang),
        facts: facts::facts(shown.certificate(), lang),
        change: facts::change(shown.certificate(), lang),
        history: facts::history(&revisions, lang),
        events: facts::events(&events, lang),
        views: facts::views(&views, lang),
        ended: newest.certificate().ending().is_some(),
    };
    applicant.page(heading(&guarantee.number, lang)).show(&page)
}

fn heading(number: &GuaranteeNumber<'_>, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("保証契約番号 {number}"),
        Lang::En => format!("Guarantee {number}"),
    }
}

pub(crate) async fn copy(
    State(portal): State<Portal>,
    Path(number): Path<String>,
    applicant: Applicant,
) -> Result<Response, Problem> {
    let guarantee = own(&portal, &applicant, &number).await?;
    log(&portal, &applicant, &guarantee.number, Viewed::Copy).await?;
    let known = portal.trust().known().await?;
    let (on, now) = (portal.today(), portal.now());
    let lang = applicant.view.lang().into();
    let name = format!("{}-copy.pdf", guarantee.number);
    let made = blocking(move || {
        let revisions = known.verify(&guarantee, on, now)?;
        let mut newest = revisions.iter().rev();
        let certificate = newest.next().ok_or_else(Problem::not_found)?;
        let order = CopyOrder { certificate, previous: newest.next(), lang };
        hosho_document::copy(&order).map_err(Problem::internal)
    });
    Ok(pdf(made.await??, &name))
}

#[derive(Template)]
#[template(path = "key.html")]
struct KeyPage<'a> {
    lang: Lang,
    token: &'a FormToken,
    number: &'a str,
    key: KeyGroups<'a>,
}

pub(crate) async fn key(
    State(portal): State<Portal>,
    Path(number): Path<String>,
    applicant: Applicant,
    Checked(Nothing {}): Checked<Nothing>,
) -> Result<Response, Problem> {
    let guarantee = own(&portal, &applicant, &number).await?;
    let number = &guarantee.number;
    let (auth_key, _) = newest_key(&portal, &guarantee).await?;
    log(&portal, &applicant, number, Viewed::Key).await?;
    let text = auth_key.expose_text();
    let lang = applicant.view.lang();
    let page = KeyPage {
        lang,
        token: applicant.view.token(),
        number: number.as_str(),
        key: KeyGroups::new(lang.pick("認証キー", "Auth key"), text.as_str()),
    };
    applicant.page(lang.pick("認証キー", "Auth key")).show(&page)
}

pub(crate) async fn notice(
    State(portal): State<Portal>,
    Path(number): Path<String>,
    applicant: Applicant,
    Checked(Nothing {}): Checked<Nothing>,
) -> Result<Response, Problem> {
    let guarantee = own(&portal, &applicant, &number).await?;
    let number = guarantee.number.clone();
    let (auth_key, sealed) = newest_key(&portal, &guarantee).await?;
    log(&portal, &applicant, &number, Viewed::Notice).await?;
    let known = portal.trust().known().await?;
    let (on, now) = (portal.today(), portal.now());
    let lang = applicant.view.lang().into();
    let made = blocking(move || {
        let revisions = known.verify(&guarantee, on, now)?;
        let certificate: &VerifiedCertificate<'_> =
            revisions.last().ok_or_else(Problem::not_found)?;
        let sealed = SealedCertificate::parse(&sealed).map_err(Problem::internal)?;
        let order = NoticeOrder { certificate, sealed: &sealed, auth_key: &auth_key, lang };
        hosho_document::notice(&order).map_err(Problem::internal)
    });
    let pages: Zeroizing<Vec<u8>> = made.await??;
    Ok(pdf(pages.to_vec(), &format!("{number}-notice.pdf")))
}

/// Returns the newest auth key, and the newest revision as it is sealed for it.
///
/// # Errors
/// E10-NOT-FOUND without a key, or an internal problem unless the key opens the newest revision:
/// then rows were changed, and nothing is handed out.
async fn newest_key(portal: &Portal, guarantee: &Guarantee) -> Result<(AuthKey, Vec<u8>), Problem> {
    let damaged = |what| Problem::internal(format_args!("damaged: {what}"));
    let number = &guarantee.number;
    let stored = portal.store().newest_key(number).await.map_err(of_store)?;
    let stored = stored.ok_or_else(Problem::not_found)?;
    let newest = guarantee.revisions.last().ok_or_else(Problem::not_found)?;
    let sealed = portal.store().sealed(number, stored.serial, newest.revision).await;
    let sealed = sealed.map_err(of_store)?.ok_or_else(|| damaged("no sealed certificate"))?;
    let auth_key = portal.reveal_key().open(&stored.sealed_key, number, stored.serial);
    let auth_key = auth_key.map_err(Problem::internal)?;
    let parsed = SealedCertificate::parse(&sealed).map_err(Problem::internal)?;
    let opened = auth_key.open(&parsed).map_err(|_| damaged("what is sealed does not open"))?;
    if opened.as_bytes() != newest.signed {
        return Err(damaged("another certificate is sealed"));
    }
    Ok((auth_key, sealed))
}

fn pdf(bytes: Vec<u8>, name: &str) -> Response {
    // A number is of the alphabet `0-9 A-Z a-z -`.
    let disposition = HeaderValue::try_from(format!("attachment; filename=\"{name}\""));
    let disposition = disposition.unwrap_or(HeaderValue::from_static("attachment"));
    let kind = HeaderValue::from_static("application/pdf");
    let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, disposition)];
    (headers, bytes).into_response()
}

/// Records who gets what, before it is given.
async fn log(
    portal: &Portal,
    applicant: &Applicant,
    number: &GuaranteeNumber<'_>,
    what: Viewed,
) -> Result<(), Problem> {
    let view = NewView { number, account: applicant.account.id, what, at: portal.now() };
    portal.store().record_view(view).await.map_err(of_store)
}

/// Returns a guarantee of this contractor; another's is one that there is not.
pub(crate) async fn own(
    portal: &Portal,
    applicant: &Applicant,
    number: &str,
) -> Result<Guarantee, Problem> {
    let number = GuaranteeNumber::parse(number).map_err(|_| Problem::not_found())?;
    let found = portal.store().guarantee(&number).await.map_err(of_store)?;
    found
        .filter(|guarantee| guarantee.contractor == applicant.contractor)
        .ok_or_else(Problem::not_found)
}
