use std::collections::BTreeMap;

use hosho::GuaranteeKind;
use serde_json::{Map, Value, json};

use super::books::Entry;
use super::guarantee::{Fate, Issued, Mischief, Plan};
use super::{now, on};

/// What an audit of the year has to say. It is worked out from what was planned, not by the
/// verifier.
#[derive(Debug, Default)]
pub(super) struct Expected {
    verdicts: BTreeMap<&'static str, u64>,
    checked: u64,
    gaps: Places,
    newer: Places,
    broken: Places,
    forks: Places,
    totals: BTreeMap<(&'static str, u8), Total>,
    rows: u64,
    of_rows: Vec<Value>,
    strays: BTreeMap<(usize, String), Value>,
    findings: BTreeMap<&'static str, u64>,
    fields: BTreeMap<&'static str, u64>,
}

/// By guarantor and number, in the order of the report.
type Places = BTreeMap<(usize, String), Value>;

#[derive(Debug, Default)]
struct Total {
    certificates: u64,
    in_force: u64,
    amount: u64,
}

impl Expected {
    pub(super) fn take(&mut self, plan: &Plan, issued: &[Issued], entry: Option<Entry>) {
        for one in issued.iter().filter(|one| one.written) {
            let verdict = verdict(plan, one.certificate.revision().number(), issued);
            *self.verdicts.entry(verdict).or_default() += 1;
            if plan.mischief != Mischief::Forged {
                self.total(plan, one, verdict);
            }
        }
        self.chains(plan, issued);
        self.ledger(plan, issued, entry);
    }

    pub(super) fn add_row_without_certificate(&mut self, line: u32, number: &str) {
        self.row("no-certificate", line, number, None);
    }

    pub(super) fn add_row_twice(&mut self, line: u32, number: &str) {
        self.row("twice", line, number, None);
    }

    pub(super) fn to_json(&self) -> Value {
        let totals: Vec<Value> = self.totals.iter().map(total_json).collect();
        let told: u64 = self.findings.values().sum();
        let strays = u64::try_from(self.strays.len()).unwrap_or(u64::MAX);
        let ledger: Vec<&Value> = self.of_rows.iter().chain(self.strays.values()).collect();
        json!({
            "summary": {
                "on": on().to_string(),
                "now": now().to_string(),
                "certificates": self.verdicts.values().sum::<u64>(),
                "verdicts": object(&self.verdicts),
                "sealed": 0,
                "skipped": 1,
                "chains": {
                    "checked": self.checked,
                    "gaps": self.gaps.values().collect::<Vec<_>>(),
                    "newer": self.newer.values().collect::<Vec<_>>(),
                    "broken": self.broken.values().collect::<Vec<_>>(),
                    "forks": self.forks.values().collect::<Vec<_>>(),
                },
                "findings": {},
                "totals": totals,
                "ledger": {
                    "rows": self.rows,
                    "agree": self.rows - (told - strays),
                    "findings": object(&self.findings),
                    "fields": object(&self.fields),
                },
            },
            "ledger": ledger,
        })
    }

    fn total(&mut self, plan: &Plan, one: &Issued, verdict: &str) {
        let kind = match plan.kind {
            GuaranteeKind::Advance => 1,
            GuaranteeKind::Interim => 2,
            GuaranteeKind::Performance => 3,
        };
        let total = self.totals.entry((plan.obligee_name(), kind)).or_default();
        total.certificates += 1;
        if verdict == "in-force" {
            total.in_force += 1;
            total.amount += one.certificate.claims().guarantee.amount.amount();
        }
    }

    fn chains(&mut self, plan: &Plan, issued: &[Issued]) {
        let key = || (plan.guarantor, plan.number());
        let place = |revision: u16| json!({ "number": plan.number(), "revision": revision });
        let range = |revision: u16| json!({ "number": plan.number(), "revision": revision, "to": revision });
        let written = issued.iter().filter(|one| one.written);
        let highest = written.map(|one| one.certificate.revision().number()).max().unwrap_or(0);
        if highest > 1 {
            self.checked += 1;
        }
        match plan.mischief {
            Mischief::None | Mischief::Forged => None,
            Mischief::Broken => self.broken.insert(key(), place(2)),
            Mischief::Forked => self.forks.insert(key(), place(1)),
            Mischief::Gap => self.gaps.insert(key(), range(2)),
            Mischief::NewestMissing => self.newer.insert(key(), range(highest + 1)),
        };
    }

    fn ledger(&mut self, plan: &Plan, issued: &[Issued], entry: Option<Entry>) {
        let genuine = plan.mischief != Mischief::Forged;
        let Some(entry) = entry else {
            if genuine {
                let stray = json!({ "ledger": "no-row", "number": plan.number(), "fields": [] });
                self.strays.insert((plan.guarantor, plan.number()), stray);
                *self.findings.entry("no-row").or_default() += 1;
            }
            return;
        };
        let last = issued.iter().map(|one| one.certificate.revision().number()).max();
        let in_force = verdict(plan, last.unwrap_or(0), issued) == "in-force";
        match (plan.mischief, entry.mistake) {
            (Mischief::Forged, _) => self.row("no-certificate", entry.line, &entry.number, None),
            (Mischief::NewestMissing, _) => {
                self.row("governing-missing", entry.line, &entry.number, None);
            }
            (_, Some(field)) => self.row("different", entry.line, &entry.number, Some(field)),
            (_, None) if in_force => self.rows += 1,
            (_, None) => self.row("not-in-force", entry.line, &entry.number, None),
        }
    }

    fn row(&mut self, about: &'static str, line: u32, number: &str, field: Option<&'static str>) {
        self.rows += 1;
        *self.findings.entry(about).or_default() += 1;
        if let Some(field) = field {
            *self.fields.entry(field).or_default() += 1;
        }
        let fields: Vec<_> = field.into_iter().collect();
        self.of_rows
            .push(json!({ "ledger": about, "row": line, "number": number, "fields": fields }));
    }
}

/// The verdict on one revision, as the guarantee's fate has it.
fn verdict(plan: &Plan, revision: u16, issued: &[Issued]) -> &'static str {
    let last = issued.iter().map(|one| one.certificate.revision().number()).max();
    match plan.fate {
        _ if plan.mischief == Mischief::Forged => "not-genuine",
        Fate::Plain => "in-force",
        Fate::Expired => "expired",
        Fate::NotYet => "not-yet-in-force",
        Fate::Amended(_) | Fate::Rekeyed if Some(revision) == last => "in-force",
        Fate::Amended(_) | Fate::Rekeyed => "superseded",
        Fate::Terminated => "terminated",
        Fate::Voided => "voided",
    }
}

fn object(counts: &BTreeMap<&'static str, u64>) -> Map<String, Value> {
    counts.iter().map(|(name, count)| ((*name).to_owned(), Value::from(*count))).collect()
}

fn total_json(((obligee, kind), total): (&(&str, u8), &Total)) -> Value {
    let kind = match kind {
        1 => "advance",
        2 => "interim",
        _ => "performance",
    };
    json!({
        "obligee": obligee,
        "kind": kind,
        "certificates": total.certificates,
        "in_force": total.in_force,
        "amount_jpy": total.amount,
    })
}
