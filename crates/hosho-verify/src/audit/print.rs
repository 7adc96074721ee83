//! The lines of an audit, for people and for programs.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use hosho_cli::path::shown;
use serde_json::{Map, Value, json};

use super::archive::Damage;
use super::examine::{Finding, Lines};
use super::ledger::balance;
use crate::check::answer::Answer;
use crate::check::{json, report};
use crate::messages::{Explanation, explain, fill};
use crate::outcome::Outcome;
use crate::policy;
use crate::run::Context;
use crate::trust::Problem;
use crate::wareki::{padded, yen};

/// What stands for the verdict of a sealed certificate that was not opened.
pub(super) const SEALED: &str = "sealed";

/// Returns the line of one thing; what is no certificate has none.
pub(super) fn line(
    place: &str,
    finding: &Finding,
    lines: Lines,
    context: Context,
) -> Option<String> {
    let place_shown = || shown(Path::new(place));
    Some(match finding {
        Finding::Skipped => return None,
        _ if lines == Lines::Json => json_line(place, finding),
        Finding::Judged(answer) => judged(&place_shown(), answer, context),
        Finding::Sealed => {
            format!("- {} {}  {}", padded(SEALED, WORD), place_shown(), context.text().audit.sealed)
        }
    })
}

/// Columns of the longest word of a verdict.
const WORD: usize = 16;

fn judged(place: &str, answer: &Answer, context: Context) -> String {
    let (style, sign) = report::look(answer.outcome.class());
    let word = padded(answer.outcome.word(), WORD);
    let mut line = format!("{style}{sign} {word}{style:#} {place}");
    if let Some(genuine) = &answer.genuine {
        let claims = genuine.certificate.claims();
        let revision = genuine.certificate.revision().to_string();
        let _ = write!(
            line,
            "  {} {}  {}  {}",
            claims.number,
            fill(context.text().revision_line, &[&revision]),
            claims.obligee.name,
            yen(claims.guarantee.amount)
        );
    }
    if let Some(code) = answer.code {
        let _ = write!(line, "  {code}");
    }
    if let Some(offset) = answer.offset {
        let _ = write!(line, " ({})", fill(context.text().at_byte, &[&offset.to_string()]));
    }
    if answer.code == Some(Damage::PACKED.code) {
        let text = context.text();
        let _ = write!(line, "\n    {}: {}", text.next_step, text.audit.unpack_first);
    }
    for reason in reasons(answer, context) {
        let _ = write!(line, "\n    {reason}");
    }
    line
}

/// What the policy says, with its reasons and figures, as `check` does.
pub(super) fn reasons(answer: &Answer, context: Context) -> Vec<String> {
    answer.findings.iter().flatten().map(|finding| policy::line(finding, context)).collect()
}

/// The rule and the weight of each finding of the policy, such as `R1 warning`.
pub(super) fn findings(answer: &Answer) -> Vec<String> {
    let findings = answer.findings.iter().flatten();
    findings.map(|it| format!("{} {}", it.rule(), it.severity().word())).collect()
}

fn json_line(place: &str, finding: &Finding) -> String {
    let mut object = Map::new();
    object.insert("file".to_owned(), place.into());
    match finding {
        Finding::Judged(answer) => object.extend(json::fields(answer)),
        _ => drop(object.insert("verdict".to_owned(), SEALED.into())),
    }
    Value::Object(object).to_string()
}

/// Returns the line of what the ledger says against a certificate.
pub(super) fn ledger_line(finding: &balance::Finding, lines: Lines, context: Context) -> String {
    match lines {
        Lines::Json => ledger_json(finding),
        Lines::Text => ledger_text(finding, context),
    }
}

fn ledger_json(finding: &balance::Finding) -> String {
    let differences: Vec<Value> = finding
        .differences
        .iter()
        .map(|it| json!({ "field": it.field, "ledger": it.ledger, "certificate": it.certificate }))
        .collect();
    json!({
        "verdict": finding.outcome.map(Outcome::word),
        "ledger": finding.about.word(),
        "row": finding.row,
        "number": finding.number,
        "revision": finding.revision,
        "differences": differences,
    })
    .to_string()
}

fn ledger_text(finding: &balance::Finding, context: Context) -> String {
    let text = &context.text().audit;
    let sign = if finding.about.contradicts() { "✗" } else { "!" };
    let mut line = format!("{sign} {}", text.ledger_about(finding.about));
    if let Some(at) = finding.row {
        let _ = write!(line, "  {}", fill(text.ledger_row, &[&at.to_string()]));
    }
    let _ = write!(line, "  {}", finding.number);
    if let (Some(revision), Some(outcome)) = (finding.revision, finding.outcome) {
        let revision = fill(context.text().revision_line, &[&revision.to_string()]);
        let _ = write!(line, " {revision} [{}]", outcome.word());
    }
    for it in &finding.differences {
        let certificate = it.certificate.as_deref().unwrap_or("-");
        let values = [it.field.as_str(), &it.ledger, certificate];
        let _ = write!(line, "\n    {}", fill(text.ledger_difference, &values));
    }
    line
}

/// Tells that nothing was audited, because no bundle can be relied on.
pub(super) fn trust_unusable(problem: Problem, lines: Lines, context: Context) -> io::Result<()> {
    let outcome = Outcome::TrustUnusable;
    if lines == Lines::Json {
        let line = json!({ "summary": {
            "verdict": outcome.word(),
            "code": problem.code,
            "offset": problem.offset,
            "certificates": 0,
        }});
        return writeln!(io::stdout().lock(), "{line}");
    }
    let (style, sign) = report::look(outcome.class());
    let Explanation { headline, advice } = explain(outcome, context.lang);
    let (word, text) = (outcome.word(), context.text());
    let mut out = anstream::stdout().lock();
    writeln!(out, "{style}{sign} {headline}{style:#}  [{word}]  {}", problem.code)?;
    writeln!(out, "\n{}: {advice}", text.next_step)
}
