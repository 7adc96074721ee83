//! The verdict for people.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use clap::builder::styling::{AnsiColor, Style};
use hosho::{Certificate, Date, Lineage, LowPriceSurvey, Period, Share};
use hosho_cli::lang::Lang;

use super::answer::{Answer, Genuine, Timestamp, Trusted};
use crate::messages::{change_name, explain, fault_phrase, fill, kind_name};
use crate::outcome::{Class, Outcome};
use crate::policy;
use crate::run::Context;
use crate::wareki::{both_calendars, columns, in_japan, padded, yen};

/// Prints the verdict, what was checked, what the certificate says and what to do next.
pub(crate) fn print(
    answer: &Answer,
    obligee_compared: bool,
    on: Date,
    context: Context,
) -> io::Result<()> {
    let mut page = String::new();
    headline(&mut page, answer, on, context);
    reason(&mut page, answer, context);
    if let Some(genuine) = &answer.genuine {
        checks(&mut page, answer, genuine, obligee_compared, context);
        table(&mut page, answer, &genuine.certificate, context);
        findings(&mut page, answer, context);
    }
    timestamp(&mut page, answer, context);
    advice(&mut page, answer, context);
    anstream::stdout().lock().write_all(page.as_bytes())
}

/// The colour and the sign of a class; the sign carries the meaning where there is no colour.
pub(crate) const fn look(class: Class) -> (Style, &'static str) {
    let (colour, sign) = match class {
        Class::InForce => (AnsiColor::Green, "✓"),
        Class::NotInForce => (AnsiColor::Yellow, "!"),
        Class::Undecided => (AnsiColor::Yellow, "?"),
        Class::Refused => (AnsiColor::Red, "✗"),
    };
    (Style::new().bold().fg_color(Some(clap::builder::styling::Color::Ansi(colour))), sign)
}

fn headline(page: &mut String, answer: &Answer, on: Date, context: Context) {
    let (style, sign) = look(answer.outcome.class());
    let words = explain(answer.outcome, context.lang).headline;
    let mut rest = String::new();
    if answer.genuine.is_some() && answer.code.is_none_or(|code| code.starts_with("E7-")) {
        let _ = write!(rest, "  {}", fill(context.text().asked_for, &[&both_calendars(on)]));
    }
    let _ = writeln!(page, "{style}{sign} {words}{style:#}{rest}  [{}]", answer.outcome.word());
    let details = details(answer, context);
    if !details.is_empty() {
        let _ = writeln!(page, "  {}", details.join("  "));
    }
}

/// What there is to say about a guarantee that is not as the certificate has it any more.
pub(super) fn details(answer: &Answer, context: Context) -> Vec<String> {
    let mut details = Vec::new();
    if let Some(revision) = answer.superseded_by {
        details.push(fill(context.text().newest_revision, &[&revision.to_string()]));
    }
    if let (Outcome::Superseded, None, Some(genuine)) =
        (answer.outcome, answer.superseded_by, &answer.genuine)
    {
        let from = both_calendars(genuine.certificate.governs_from());
        details.push(fill(context.text().governs_from, &[&from]));
    }
    if let Some(day) = answer.ended_on {
        let how = match answer.outcome {
            Outcome::Voided => context.text().voided_as_of,
            _ => context.text().terminated_from,
        };
        details.push(fill(how, &[&both_calendars(day)]));
    }
    details
}

fn reason(page: &mut String, answer: &Answer, context: Context) {
    if let Some(line) = reason_line(answer, context) {
        let _ = writeln!(page, "  {line}");
    }
}

/// The rule behind a refusal or an undecided answer.
pub(super) fn reason_line(answer: &Answer, context: Context) -> Option<String> {
    let code = answer.code?;
    let text = context.text();
    let mut line = format!("{}: {code}", text.reason);
    if let Some(phrase) = fault_phrase(code, answer.fault_of, context.lang) {
        let _ = write!(line, " {phrase}");
    }
    if let Some(offset) = answer.offset {
        let _ = write!(line, " ({})", fill(text.at_byte, &[&offset.to_string()]));
    }
    if let Some(group) = answer.group {
        let _ = write!(line, " - {}", fill(text.group, &[&group.to_string()]));
    }
    Some(line)
}

fn checks(
    page: &mut String,
    answer: &Answer,
    genuine: &Genuine,
    obligee_compared: bool,
    context: Context,
) {
    let _ = writeln!(page, "\n{}", context.text().checked);
    for line in check_lines(answer, genuine, obligee_compared, context) {
        let _ = writeln!(page, "  - {line}");
    }
}

/// What was compared with what.
pub(super) fn check_lines(
    answer: &Answer,
    genuine: &Genuine,
    obligee_compared: bool,
    context: Context,
) -> Vec<String> {
    let text = context.text();
    let guarantor = genuine.certificate.claims().guarantor.name.as_str();
    let mut lines = Vec::new();
    lines.push(fill(text.checked_signature, &[guarantor, &genuine.key_id.to_string()]));
    lines.extend(answer.trust.as_ref().map(|it| trust_line(it, context)));
    let refused = answer.outcome.class() == Class::Refused;
    if answer.outcome != Outcome::OtherGuarantee && answer.outcome != Outcome::KeyDoesNotFit {
        lines.push(text.checked_number.to_owned());
    }
    if answer.key_fits {
        lines.push(text.checked_key.to_owned());
    }
    if !refused {
        let obligee = if obligee_compared { text.checked_obligee } else { text.obligee_not_asked };
        lines.push(obligee.to_owned());
        lines.push(match answer.as_of {
            Some(instant) => fill(text.checked_status, &[&in_japan(instant)]),
            None => text.status_not_asked.to_owned(),
        });
    }
    lines
}

/// How fresh the trust bundle is.
fn trust_line(trust: &Trusted, context: Context) -> String {
    let text = context.text();
    let phrase = if trust.overdue { text.checked_trust_overdue } else { text.checked_trust };
    let due = both_calendars(Date::in_japan(trust.next_update));
    fill(phrase, &[trust.guarantor_id.as_str(), &trust.sequence.to_string(), &due])
}

/// What the policy says; the verdict above stays as it is.
fn findings(page: &mut String, answer: &Answer, context: Context) {
    let Some(findings) = &answer.findings else { return };
    if answer.outcome.class() == Class::Refused {
        return;
    }
    let text = context.text();
    let _ = writeln!(page, "\n{}", text.policy);
    if findings.is_empty() {
        let _ = writeln!(page, "  - {}", text.policy_silent);
    }
    for finding in findings {
        let _ = writeln!(page, "  - {}", policy::line(finding, context));
    }
}

fn timestamp(page: &mut String, answer: &Answer, context: Context) {
    let lines = timestamp_lines(answer, context);
    if !lines.is_empty() {
        let _ = writeln!(page, "\n{}", lines.join("\n  "));
    }
}

/// The time of the timestamp, and beside it the time from which the key is feared stolen.
pub(super) fn timestamp_lines(answer: &Answer, context: Context) -> Vec<String> {
    let Timestamp::At(at) = answer.timestamp else { return Vec::new() };
    let text = context.text();
    let theft = |since| fill(text.timestamp_and_theft, &[&in_japan(since)]);
    let at = fill(text.timestamp_at, &[&in_japan(at)]);
    [at].into_iter().chain(answer.stolen_since.map(theft)).collect()
}

/// What to do next; empty where there is nothing to do.
pub(super) fn advice_text(answer: &Answer, context: Context) -> &'static str {
    match answer.code {
        Some("E7-CONFLICTING") => context.text().ask_which_snapshot,
        _ => explain(answer.outcome, context.lang).advice,
    }
}

fn advice(page: &mut String, answer: &Answer, context: Context) {
    let advice = advice_text(answer, context);
    if !advice.is_empty() {
        let _ = writeln!(page, "\n{}: {advice}", context.text().next_step);
    }
}

fn table(page: &mut String, answer: &Answer, certificate: &Certificate<'_>, context: Context) {
    let text = context.text();
    let title = match answer.outcome.class() {
        Class::Refused => text.certificate_refused,
        _ => text.certificate,
    };
    let _ = writeln!(page, "\n{title}");
    let rows = rows(certificate, context);
    let width = rows.iter().map(|(label, _)| columns(label)).max().unwrap_or_default();
    for (label, value) in rows {
        let _ = writeln!(page, "  {}  {value}", padded(label, width));
    }
}

/// What the certificate says, one labelled line each.
fn rows(certificate: &Certificate<'_>, context: Context) -> Vec<(&'static str, String)> {
    let claims = certificate.claims();
    let label = &context.text().fields;
    let lang = context.lang;
    let revision = certificate.revision().to_string();
    let mut rows = vec![
        (label.kind, kind_name(claims.kind, lang).to_owned()),
        (label.number, claims.number.to_string()),
        (label.revision, fill(context.text().revision_line, &[&revision])),
        (label.issued_on, both_calendars(claims.issued_on)),
    ];
    let guarantor = &claims.guarantor;
    let guarantor_parts = [Some(&guarantor.name), guarantor.branch.as_ref()];
    rows.push((label.guarantor, joined(guarantor_parts.into_iter().flatten())));
    let obligee = &claims.obligee;
    rows.push((label.obligee, joined([&obligee.name, &obligee.representative])));
    let contractor = &claims.contractor;
    rows.push((label.contractor, joined([&contractor.name, &contractor.representative])));
    for member in &contractor.members {
        let share = member.share.map(|share| format!(" {}", percent(share))).unwrap_or_default();
        rows.push((label.members, format!("{} ({}){share}", member.name, member.role)));
    }
    work_rows(&mut rows, certificate, context);
    guarantee_rows(&mut rows, certificate, context);
    change_rows(&mut rows, certificate, context);
    rows
}

fn work_rows(
    rows: &mut Vec<(&'static str, String)>,
    certificate: &Certificate<'_>,
    context: Context,
) {
    let work = &certificate.claims().work;
    let (text, label) = (context.text(), &context.text().fields);
    rows.push((label.contract_number, work.contract_number.to_string()));
    rows.push((label.work, work.name.to_string()));
    rows.push((label.site, work.site.to_string()));
    if let Some(day) = work.concluded_on {
        rows.push((label.concluded_on, both_calendars(day)));
    }
    rows.push((label.term, span(work.term, context.lang)));
    rows.push((label.price, fill(text.tax_of, &[&yen(work.price), &yen(work.tax)])));
    if let Some(year) = &work.multi_year {
        let planned = yen(year.planned);
        rows.push((label.multi_year, format!("{} {planned}", year.fiscal_year)));
    }
    if work.low_price_survey == LowPriceSurvey::Made {
        rows.push((label.low_price_survey, label.low_price_survey_made.to_owned()));
    }
}

fn guarantee_rows(
    rows: &mut Vec<(&'static str, String)>,
    certificate: &Certificate<'_>,
    context: Context,
) {
    let guarantee = &certificate.claims().guarantee;
    let label = &context.text().fields;
    if let Some(advance) = guarantee.advance {
        rows.push((label.advance, yen(advance)));
    }
    if let Some(first) = &guarantee.first_advance {
        rows.push((label.first_advance, first.to_string()));
    }
    rows.push((label.amount, yen(guarantee.amount)));
    rows.push((label.period, span(guarantee.period, context.lang)));
    rows.push((label.terms, guarantee.terms.to_string()));
}

fn change_rows(
    rows: &mut Vec<(&'static str, String)>,
    certificate: &Certificate<'_>,
    context: Context,
) {
    let Lineage::Amendment { change, .. } = &certificate.claims().lineage else { return };
    let label = &context.text().fields;
    let separator = context.lang.pick("・", ", ");
    let kinds: Vec<&str> =
        change.kinds.iter().map(|kind| change_name(kind, context.lang)).collect();
    rows.push((label.change, kinds.join(separator)));
    rows.push((label.change_reason, change.reason.to_string()));
    if let Some(day) = change.contract_changed_on {
        rows.push((label.contract_changed_on, both_calendars(day)));
    }
    if let Some(day) = change.effective_from {
        rows.push((label.effective_from, both_calendars(day)));
    }
}

fn joined<'a>(parts: impl IntoIterator<Item = &'a hosho::Text<'a>>) -> String {
    let parts: Vec<&str> = parts.into_iter().map(hosho::Text::as_str).collect();
    parts.join(" ")
}

fn span(period: Period, lang: Lang) -> String {
    let (from, to) = (both_calendars(period.from()), both_calendars(period.to()));
    format!("{from} {} {to}", lang.pick("〜", "to"))
}

fn percent(share: Share) -> String {
    let hundredths = share.basis_points();
    let (whole, rest) = (hundredths / 100, hundredths % 100);
    match rest {
        0 => format!("{whole}%"),
        rest if rest.is_multiple_of(10) => format!("{whole}.{}%", rest / 10),
        rest => format!("{whole}.{rest:02}%"),
    }
}
