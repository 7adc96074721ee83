//! The report of a confirmation as PDF (検証結果報告書).

use hosho_cli::lang::Lang;
use hosho_document::{DocumentError, ReportOrder, ReportedCertificate, ReportedRevision, fields};

use crate::app::App;
use crate::basis;
use crate::lookup::Found;
use crate::opening::OpenedRevision;
use crate::words::Words;

/// Returns the report.
///
/// # Errors
/// When the PDF cannot be written.
pub(crate) fn make(app: &App, found: &Found, lang: Lang) -> Result<Vec<u8>, DocumentError> {
    let (opened, shown) = (&found.opened, found.opened.shown());
    let words = Words::of_standing(shown.standing(), lang);
    let findings = basis::findings(app, found, lang);
    let number = shown.certificate.claims().number.to_string();
    let subject = [(lang.pick("入力した番号", "Number entered").to_owned(), number)];
    hosho_document::report(&ReportOrder {
        headline: words.headline,
        word: words.word,
        remarks: &basis::remarks(found, lang),
        on: opened.on(),
        now: opened.now(),
        subject: &subject,
        checks: &basis::checks(found, lang),
        grounds: &basis::grounds(found, lang),
        history: &history(found, lang),
        history_remarks: &[],
        findings: Some(&findings),
        advice: words.advice,
        genuine: Some(ReportedCertificate {
            certificate: &shown.certificate,
            fingerprint: shown.fingerprint,
        }),
        lang,
    })
}

/// The revisions, from the first to the newest.
fn history(found: &Found, lang: Lang) -> Vec<ReportedRevision> {
    let shown = found.opened.shown().certificate.revision();
    let newest = OpenedRevision::Genuine(Box::new(found.opened.newest().clone()));
    let entry = |revision: &OpenedRevision| {
        let certificate = revision.genuine().map(|it| &it.certificate);
        ReportedRevision {
            revision: revision.revision(),
            issued_on: certificate.map(|it| it.claims().issued_on),
            what: certificate.map(|it| fields::title(it, lang)).unwrap_or_default(),
            fingerprint: Some(hosho::Fingerprint::of(revision.signed())),
            known_from: if revision.revision() == shown {
                lang.pick("この証書", "this certificate").to_owned()
            } else {
                lang.pick("この認証キーで開いた", "opened with this auth key").to_owned()
            },
        }
    };
    found.opened.earlier().iter().chain([&newest]).map(entry).collect()
}
