//! The verdict as a paper to file: `--report FILE.pdf`.

use std::path::Path;

use hosho::{Fingerprint, GuaranteeNumber, GuarantorId, StatusSnapshot, TrustBundle};
use hosho_cli::output::{Mode, write_new};
use hosho_cli::path::shown;
use hosho_document::{ReportOrder, ReportedCertificate};

use super::answer::Answer;
use super::history::History;
use super::{Moment, report};
use crate::arguments::CheckArguments;
use crate::messages::explain;
use crate::outcome::Class;
use crate::policy;
use crate::run::{Context, Failure};
use crate::trust::{Bundles, Snapshots};
use crate::wareki::in_japan;

/// Things with their labels.
type Labelled = Vec<(String, String)>;

/// What a report tells besides the answer.
#[derive(Debug)]
pub(super) struct Filing {
    /// What was looked at and asked about.
    subject: Labelled,
    /// Why no certificate could be had.
    pub(super) refusal: Option<String>,
    /// What the answer rests on.
    grounds: Labelled,
    pub(super) history: History,
}

impl Filing {
    /// Begins with what the command line names.
    pub(super) fn about(
        arguments: &CheckArguments,
        expected: &GuaranteeNumber<'_>,
        context: Context,
    ) -> Self {
        let text = context.text();
        let file = match arguments.file.file_name() {
            Some(name) if arguments.file.as_os_str() != "-" => shown(Path::new(name)),
            _ => text.report_standard_input.to_owned(),
        };
        let obligee = arguments.obligee.as_deref().unwrap_or(text.report_not_given);
        let subject = vec![
            (text.report_number.to_owned(), expected.to_string()),
            (text.report_obligee.to_owned(), obligee.to_owned()),
            (text.report_file.to_owned(), file),
        ];
        let (grounds, history) = (Vec::new(), History::default());
        Self { subject, refusal: None, grounds, history }
    }

    /// Notes which bytes the file holds.
    pub(super) fn holds(&mut self, bytes: &[u8], context: Context) {
        let digest = Fingerprint::of(bytes).to_string();
        self.subject.push((context.text().report_digest.to_owned(), digest));
    }

    /// Notes which of the bundles and snapshots the answer rests on.
    pub(super) fn rests_on(
        &mut self,
        answer: &Answer,
        bundles: &Bundles,
        snapshots: &Snapshots,
        context: Context,
    ) {
        let text = context.text();
        let Some(genuine) = &answer.genuine else {
            // Nothing tells which one it was to rest on: it was held against each.
            for bundle in bundles.all() {
                let print = bundle.fingerprint().to_string();
                self.grounds.push((text.report_bundle.to_owned(), told(bundle)));
                self.grounds.push((text.report_bundle_digest.to_owned(), print));
            }
            return;
        };
        let claims = genuine.certificate.claims();
        let ours = |id: &GuarantorId<'_>| *id == claims.guarantor_id;
        let bundle = |bundle: &&TrustBundle| ours(bundle.guarantor_id());
        if let Some(bundle) = bundles.all().iter().find(bundle) {
            self.grounds.push((text.report_bundle.to_owned(), told(bundle)));
        }
        let snapshot = |snapshot: &&StatusSnapshot| {
            ours(snapshot.guarantor_id())
                && snapshot.list() == claims.status.list
                && answer.as_of == Some(snapshot.issued_at())
        };
        if let Some(snapshot) = snapshots.all().iter().find(snapshot) {
            let (list, sequence) = (snapshot.list(), snapshot.sequence());
            let told = format!("{list} #{sequence}  {}", in_japan(snapshot.issued_at()));
            self.grounds.push((text.report_snapshot.to_owned(), told));
        }
        if let Some(bundle) = bundles.all().iter().find(bundle) {
            let print = bundle.fingerprint().to_string();
            self.grounds.push((text.report_bundle_digest.to_owned(), print));
        }
    }
}

fn told(bundle: &TrustBundle) -> String {
    let (id, sequence) = (bundle.guarantor_id(), bundle.sequence());
    format!("{id} #{sequence}  {}", in_japan(bundle.issued_at()))
}

/// Writes the report; nothing is overwritten.
pub(super) fn write(
    path: &Path,
    answer: &Answer,
    filing: &Filing,
    obligee_compared: bool,
    moment: Moment,
    context: Context,
) -> Result<(), Failure> {
    let refused = answer.outcome.class() == Class::Refused;
    let mut remarks = report::details(answer, context);
    remarks.extend(report::reason_line(answer, context));
    remarks.extend(filing.refusal.clone());
    remarks.extend(report::timestamp_lines(answer, context));
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
        subject: &filing.subject,
        checks: &checks.unwrap_or_default(),
        grounds: &filing.grounds,
        history: &filing.history.revisions,
        history_remarks: &filing.history.remarks,
        findings: findings.as_deref(),
        // A file that could not be read has told the next step already.
        advice: if filing.refusal.is_some() { "" } else { report::advice_text(answer, context) },
        genuine: genuine.map(|it| ReportedCertificate {
            certificate: &it.certificate,
            fingerprint: it.fingerprint,
        }),
        lang: context.lang,
    });
    let paper = paper.map_err(|e| Failure::usage(e.code(), e.message(context.lang)))?;
    write_new(path, &paper, Mode::Public).map_err(|error| {
        Failure::usage(error.code(), format!("{} {}", shown(path), error.message(context.lang)))
    })
}
