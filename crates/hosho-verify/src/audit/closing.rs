//! The last page of an audit: counts, chains, totals, the ledger.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use hosho::{Revision, Yen};
use hosho_cli::path::shown;
use serde_json::{Map, Value, json};

use super::chains::{Conclusion, Gap, Total};
use super::examine::Lines;
use super::record::{kind_of, kind_word};
use super::summary::{LedgerSummary, Summary};
use crate::check::{Moment, report};
use crate::messages::{explain, fill, kind_name};
use crate::outcome::Outcome;
use crate::run::Context;
use crate::wareki::{both_calendars, yen};

/// How many things that were passed over people are told by name.
const NAMED: usize = 10;

/// Everything that the last page tells.
pub(super) struct Closing<'c> {
    pub(super) summary: &'c Summary,
    pub(super) conclusion: &'c Conclusion,
    pub(super) ledger: Option<&'c LedgerSummary>,
    pub(super) moment: Moment,
}

impl Closing<'_> {
    /// Returns the page, or the last JSON line.
    pub(super) fn page(&self, lines: Lines, context: Context) -> String {
        match lines {
            Lines::Json => self.json().to_string(),
            Lines::Text => self.text(context),
        }
    }

    fn text(&self, context: Context) -> String {
        let text = &context.text().audit;
        let (summary, links) = (self.summary, &self.conclusion.links);
        let mut page = format!("\n{}\n", fill(text.summary, &[&both_calendars(self.moment.on)]));
        let _ = writeln!(page, "  {:>7}  {}", summary.judged(), text.certificates);
        for outcome in Outcome::ALL {
            if let Some(count) = summary.outcomes.get(&outcome) {
                let (style, sign) = report::look(outcome.class());
                let headline = explain(outcome, context.lang).headline;
                let _ = writeln!(page, "  {count:>7}    {style}{sign} {headline}{style:#}");
            }
        }
        let others = [(summary.sealed, text.sealed_count), (summary.skipped, text.skipped_count)];
        for (count, label) in others {
            let _ = writeln!(page, "  {count:>7}  {label}");
        }
        for place in summary.passed_over.iter().take(NAMED) {
            let _ = writeln!(page, "             {}", shown(Path::new(place)));
        }
        if summary.passed_over.len() > NAMED {
            let _ = writeln!(page, "             …");
        }
        let _ = writeln!(page, "  {:>7}  {}", links.checked, text.chains);
        self.chains_text(&mut page, context);
        self.totals_text(&mut page, context);
        self.ledger_text(&mut page, context);
        for (rule, count) in &summary.findings {
            let _ = writeln!(page, "  {count:>7}  {}", fill(text.finding_count, &[rule]));
        }
        page.truncate(page.trim_end_matches('\n').len());
        page
    }

    fn chains_text(&self, page: &mut String, context: Context) {
        let text = &context.text().audit;
        let links = &self.conclusion.links;
        for Gap { number, first, last } in &links.gaps {
            let (first, last) = (first.to_string(), last.to_string());
            let line = if first == last {
                fill(text.gap, &[number, &first])
            } else {
                fill(text.gap_of_several, &[number, &first, &last])
            };
            let _ = writeln!(page, "  ! {line}");
        }
        for Gap { number, last, .. } in &links.newer {
            let _ = writeln!(page, "  ! {}", fill(text.newer, &[number, &last.to_string()]));
        }
        for (number, revision) in &links.broken {
            let before = revision.number().saturating_sub(1).to_string();
            let values = [number.as_str(), &revision.to_string(), &before];
            let _ = writeln!(page, "  ✗ {}", fill(text.broken, &values));
        }
        for (number, revision) in &links.forks {
            let _ = writeln!(page, "  ✗ {}", fill(text.fork, &[number, &revision.to_string()]));
        }
    }

    fn totals_text(&self, page: &mut String, context: Context) {
        let text = &context.text().audit;
        if self.conclusion.totals.is_empty() {
            return;
        }
        let _ = writeln!(page, "\n{}", fill(text.totals, &[&both_calendars(self.moment.on)]));
        for ((obligee, kind), total) in &self.conclusion.totals {
            let kind = kind_of(*kind).map_or("", |kind| kind_name(kind, context.lang));
            let Total { certificates, in_force, amount } = total;
            let counts = fill(text.total_of, &[&in_force.to_string(), &certificates.to_string()]);
            let _ = writeln!(page, "  {obligee}  {kind}  {counts}  {}", sum(*amount));
        }
    }

    fn ledger_text(&self, page: &mut String, context: Context) {
        let text = &context.text().audit;
        let Some(ledger) = self.ledger else { return };
        let _ = writeln!(page, "\n{}", text.ledger);
        let _ = writeln!(page, "  {:>7}  {}", ledger.rows, text.ledger_rows);
        let _ = writeln!(page, "  {:>7}    ✓ {}", ledger.agreeing(), text.ledger_agree);
        for (about, count) in &ledger.counts {
            let sign = if about.contradicts() { "✗" } else { "!" };
            let _ = writeln!(page, "  {count:>7}    {sign} {}", text.ledger_about(*about));
        }
        for (field, count) in &ledger.fields {
            let _ = writeln!(page, "  {count:>7}      {field}");
        }
    }

    fn json(&self) -> Value {
        let Self { summary, conclusion, moment, .. } = self;
        let links = &conclusion.links;
        let verdicts: Map<String, Value> = summary
            .outcomes
            .iter()
            .map(|(outcome, count)| (outcome.word().to_owned(), Value::from(*count)))
            .collect();
        let mut fields = json!({
            "on": moment.on.to_string(),
            "now": moment.now.to_string(),
            "certificates": summary.judged(),
            "verdicts": verdicts,
            "sealed": summary.sealed,
            "skipped": summary.skipped,
            "passed_over": summary.passed_over,
            "chains": {
                "checked": links.checked,
                "gaps": gaps(&links.gaps),
                "newer": gaps(&links.newer),
                "broken": places(&links.broken),
                "forks": places(&links.forks),
            },
            "findings": findings(&summary.findings),
            "totals": self.totals(),
        });
        if let (Some(fields), Some(ledger)) = (fields.as_object_mut(), self.ledger) {
            fields.insert("ledger".to_owned(), ledger_counts(ledger));
        }
        json!({ "summary": fields })
    }

    fn totals(&self) -> Vec<Value> {
        let totals = self.conclusion.totals.iter();
        let total = |((obligee, kind), total): (&(String, u8), &Total)| {
            json!({
                "obligee": obligee,
                "kind": kind_of(*kind).map(kind_word),
                "certificates": total.certificates,
                "in_force": total.in_force,
                "amount_jpy": amount(total.amount),
            })
        };
        totals.map(total).collect()
    }
}

fn ledger_counts(ledger: &LedgerSummary) -> Value {
    let counts: Map<String, Value> = ledger
        .counts
        .iter()
        .map(|(about, count)| (about.word().to_owned(), Value::from(*count)))
        .collect();
    json!({
        "rows": ledger.rows,
        "agree": ledger.agreeing(),
        "findings": counts,
        "fields": ledger.fields,
    })
}

/// Counts by rule, then by weight.
fn findings(counts: &BTreeMap<String, u64>) -> Value {
    let mut of_rules: BTreeMap<&str, BTreeMap<&str, u64>> = BTreeMap::new();
    for (finding, count) in counts {
        let (rule, weight) = finding.split_once(' ').unwrap_or((finding, ""));
        of_rules.entry(rule).or_default().insert(weight, *count);
    }
    json!(of_rules)
}

/// An amount as a number; beyond 64 bits as its digits.
fn amount(sum: u128) -> Value {
    u64::try_from(sum).map_or_else(|_| Value::from(sum.to_string()), Value::from)
}

/// A sum as people write it, which may be more than one certificate can say.
fn sum(amount: u128) -> String {
    let one = u64::try_from(amount).ok().and_then(|amount| Yen::new(amount).ok());
    one.map_or_else(|| format!("￥{amount}"), yen)
}

fn gaps(gaps: &[Gap]) -> Vec<Value> {
    let range = |Gap { number, first, last }: &Gap| json!({ "number": number, "revision": first.number(), "to": last.number() });
    gaps.iter().map(range).collect()
}

fn places(places: &[(String, Revision)]) -> Vec<Value> {
    let place = |(number, revision): &(String, Revision)| json!({ "number": number, "revision": revision.number() });
    places.iter().map(place).collect()
}
