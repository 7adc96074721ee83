//! The lines of an audit, for people and for programs.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::Path;

use hosho::{GuaranteeKind, Revision};
use hosho_cli::path::shown;
use serde_json::{Map, Value, json};

use super::Finding;
use super::chains::{Gap, Links};
use super::summary::Summary;
use crate::check::answer::Answer;
use crate::check::{Moment, json, report};
use crate::messages::{Explanation, explain, fill};
use crate::outcome::Outcome;
use crate::run::Context;
use crate::trust::Problem;
use crate::wareki::{both_calendars, padded, yen};

/// What stands for the verdict of a sealed certificate that was not opened.
pub(super) const SEALED: &str = "sealed";

/// Prints the line of one file; files without a certificate have none.
pub(super) fn line(path: &Path, finding: &Finding, json: bool, context: Context) -> io::Result<()> {
    let line = match finding {
        Finding::Skipped => return Ok(()),
        _ if json => json_line(path, finding),
        Finding::Judged(answer) => judged(path, answer, context),
        Finding::Sealed => {
            format!("- {} {}  {}", padded(SEALED, WORD), shown(path), context.text().audit.sealed)
        }
    };
    writeln!(anstream::stdout().lock(), "{line}")
}

/// Columns of the longest word of a verdict.
const WORD: usize = 16;

fn judged(path: &Path, answer: &Answer, context: Context) -> String {
    let (style, sign) = report::look(answer.outcome.class());
    let word = padded(answer.outcome.word(), WORD);
    let mut line = format!("{style}{sign} {word}{style:#} {}", shown(path));
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
    line
}

fn json_line(path: &Path, finding: &Finding) -> String {
    let mut object = Map::new();
    object.insert("file".to_owned(), path.to_string_lossy().into());
    match finding {
        Finding::Judged(answer) => object.extend(json::fields(answer)),
        _ => drop(object.insert("verdict".to_owned(), SEALED.into())),
    }
    Value::Object(object).to_string()
}

/// Prints the counts and what is wrong with the chains.
pub(super) fn summary(
    summary: &Summary,
    links: &Links,
    moment: Moment,
    context: Context,
) -> io::Result<()> {
    let text = &context.text().audit;
    let mut page = format!("\n{}\n", fill(text.summary, &[&both_calendars(moment.on)]));
    let _ = writeln!(page, "  {:>7}  {}", summary.judged(), text.certificates);
    for outcome in Outcome::ALL {
        if let Some(count) = summary.outcomes.get(&outcome) {
            let (style, sign) = report::look(outcome.class());
            let headline = explain(outcome, context.lang).headline;
            let _ = writeln!(page, "  {count:>7}    {style}{sign} {headline}{style:#}");
        }
    }
    let others = [
        (summary.sealed, text.sealed_count),
        (summary.skipped, text.skipped_count),
        (u64::try_from(links.checked).unwrap_or(u64::MAX), text.chains),
    ];
    for (count, label) in others {
        let _ = writeln!(page, "  {count:>7}  {label}");
    }
    for Gap { number, first, last } in &links.gaps {
        let (first, last) = (first.to_string(), last.to_string());
        let line = if first == last {
            fill(text.gap, &[number, &first])
        } else {
            fill(text.gap_of_several, &[number, &first, &last])
        };
        let _ = writeln!(page, "  ! {line}");
    }
    for (number, revision) in &links.broken {
        let before = revision.number().saturating_sub(1).to_string();
        let values = [number.as_str(), &revision.to_string(), &before];
        let _ = writeln!(page, "  ✗ {}", fill(text.broken, &values));
    }
    for (number, revision) in &links.forks {
        let _ = writeln!(page, "  ✗ {}", fill(text.fork, &[number, &revision.to_string()]));
    }
    anstream::stdout().lock().write_all(page.as_bytes())
}

/// Tells that nothing was audited, because no bundle can be relied on.
pub(super) fn trust_unusable(problem: Problem, json: bool, context: Context) -> io::Result<()> {
    let outcome = Outcome::TrustUnusable;
    if json {
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

/// Prints the summary as the last JSON line.
pub(super) fn json_summary(summary: &Summary, links: &Links, moment: Moment) -> io::Result<()> {
    let verdicts: Map<String, Value> = summary
        .outcomes
        .iter()
        .map(|(outcome, count)| (outcome.word().to_owned(), Value::from(*count)))
        .collect();
    let line = json!({
        "summary": {
            "on": moment.on.to_string(),
            "certificates": summary.judged(),
            "verdicts": verdicts,
            "sealed": summary.sealed,
            "skipped": summary.skipped,
            "chains": {
                "checked": links.checked,
                "gaps": gaps(&links.gaps),
                "broken": places(&links.broken),
                "forks": places(&links.forks),
            },
        }
    });
    writeln!(io::stdout().lock(), "{line}")
}

fn gaps(gaps: &[Gap]) -> Vec<Value> {
    let range = |Gap { number, first, last }: &Gap| json!({ "number": number, "revision": first.number(), "to": last.number() });
    gaps.iter().map(range).collect()
}

fn places(places: &[(String, Revision)]) -> Vec<Value> {
    let place = |(number, revision): &(String, Revision)| json!({ "number": number, "revision": revision.number() });
    places.iter().map(place).collect()
}

/// The word of a request for the kind.
pub(super) const fn kind_word(kind: GuaranteeKind) -> &'static str {
    match kind {
        GuaranteeKind::Advance => "advance",
        GuaranteeKind::Interim => "interim",
        GuaranteeKind::Performance => "performance",
    }
}
