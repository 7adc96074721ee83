//! The verdict as a paper to file: `--report FILE.pdf`.

use std::path::Path;

use hosho::{GuarantorId, StatusSnapshot, TrustBundle};
use hosho_cli::output::{Mode, write_new};
use hosho_cli::path::shown;
use hosho_document::{ReportOrder, ReportedCertificate};

use super::answer::Answer;
use super::{Moment, report};
use crate::messages::explain;
use crate::outcome::Class;
use crate::policy;
use crate::run::{Context, Failure};
use crate::trust::{Bundles, Snapshots};
use crate::wareki::in_japan;

/// What an answer rests on, each thing with its label.
pub(super) type Grounds = Vec<(String, String)>;

/// Returns which of the bundles and snapshots the answer rests on.
pub(super) fn grounds(
    answer: &Answer,
    bundles: &Bundles,
    snapshots: &Snapshots,
    context: Context,
) -> Grounds {
    let Some(genuine) = &answer.genuine else { return Vec::new() };
    let claims = genuine.certificate.claims();
    let text = context.text();
    let mut grounds = Vec::new();
    let ours = |id: &GuarantorId<'_>| *id == claims.guarantor_id;
    let bundle = |bundle: &&TrustBundle| ours(bundle.guarantor_id());
    if let Some(bundle) = bundles.all().iter().find(bundle) {
        let (sequence, issued) = (bundle.sequence(), in_japan(bundle.issued_at()));
        let told = format!(
            "{} #{sequence}  {issued}  SHA-256 {}",
            bundle.guarantor_id(),
            bundle.fingerprint()
        );
        grounds.push((text.report_bundle.to_owned(), told));
    }
    let snapshot = |snapshot: &&StatusSnapshot| {
        ours(snapshot.guarantor_id())
            && snapshot.list() == claims.status.list
            && answer.as_of == Some(snapshot.issued_at())
    };
    if let Some(snapshot) = snapshots.all().iter().find(snapshot) {
        let (sequence, issued) = (snapshot.sequence(), in_japan(snapshot.issued_at()));
        let told =
            format!("{} / {} #{sequence}  {issued}", snapshot.guarantor_id(), snapshot.list());
        grounds.push((text.report_snapshot.to_owned(), told));
    }
    grounds
}

/// Writes the report; nothing is overwritten.
pub(super) fn write(
    path: &Path,
    answer: &Answer,
    grounds: &Grounds,
    obligee_compared: bool,
    moment: Moment,
    context: Context,
) -> Result<(), Failure> {
    let refused = answer.outcome.class() == Class::Refused;
    let mut remarks = report::details(answer, context);
    remarks.extend(report::reason_line(answer, context));
    let genuine = answer.genuine.as_ref();
    let checks = genuine.map(|it| report::check_lines(answer, it, obligee_compared, context));
    let findings = answer.findings.as_ref().filter(|_| !refused);
    let findings: Option<Vec<String>> = findings
        .map(|findings| findings.iter().map(|finding| policy::line(finding, context)).collect());
    let paper = hosho_document::report(&ReportOrder {
        headline: explain(answer.outcome, context.lang).headline,
        word: answer.outcome.word(),
        remarks: &remarks,
        on: moment.on,
        now: moment.now,
        checks: &checks.unwrap_or_default(),
        grounds,
        findings: findings.as_deref(),
        advice: report::advice_text(answer, context),
        genuine: genuine.map(|it| ReportedCertificate {
            certificate: &it.certificate,
            fingerprint: it.fingerprint,
            key_id: it.key_id,
        }),
        lang: context.lang,
    });
    let paper = paper.map_err(|e| Failure::usage(e.code(), e.message(context.lang)))?;
    write_new(path, &paper, Mode::Public).map_err(|error| {
        Failure::usage(error.code(), format!("{} {}", shown(path), error.message(context.lang)))
    })
}
