//! The words that people read, in Japanese and English.

use hosho::{ChangeKind, GuaranteeKind};
use hosho_cli::lang::Lang;

use crate::audit::About;
use crate::check::answer::Part;
use crate::outcome::Outcome;

mod en;
mod help;
mod ja;

pub(crate) use help::{japanese_refusal, localized};

/// Every phrase once; a language that lacks one does not compile.
///
/// `{}` marks the place of a value; [`fill`] puts it in.
#[derive(Debug)]
pub(crate) struct Catalogue {
    // Input
    pub(crate) note: &'static str,
    pub(crate) paper_is_copy: &'static str,
    pub(crate) copy_with_key: &'static str,
    pub(crate) report_bundle: &'static str,
    pub(crate) report_snapshot: &'static str,
    pub(crate) report_file: &'static str,
    pub(crate) report_digest: &'static str,
    pub(crate) report_number: &'static str,
    pub(crate) report_obligee: &'static str,
    pub(crate) report_not_given: &'static str,
    pub(crate) report_standard_input: &'static str,
    pub(crate) report_bundle_digest: &'static str,
    pub(crate) history_this: &'static str,
    pub(crate) history_named: &'static str,
    pub(crate) history_missing: &'static str,
    pub(crate) history_later: &'static str,
    pub(crate) history_snapshot: &'static str,
    pub(crate) history_original: &'static str,
    pub(crate) history_whole: &'static str,
    pub(crate) history_gap: &'static str,
    pub(crate) history_newest: &'static str,
    pub(crate) history_superseded: &'static str,
    pub(crate) history_unknown: &'static str,
    pub(crate) armor_damaged: &'static str,
    pub(crate) no_clock: &'static str,
    pub(crate) number_missing: &'static str,
    pub(crate) number_folding: &'static str,
    pub(crate) ask_number: &'static str,
    pub(crate) ask_key: &'static str,
    pub(crate) key_missing: &'static str,
    pub(crate) key_file: &'static str,
    pub(crate) bundle_refused: &'static str,
    pub(crate) bundle_overdue: &'static str,
    pub(crate) bundles_disputed: &'static str,
    pub(crate) bundles_missing: &'static str,
    pub(crate) no_bundle: &'static str,
    pub(crate) snapshot_refused: &'static str,
    pub(crate) no_snapshot_in_folder: &'static str,
    pub(crate) snapshot_future: &'static str,
    pub(crate) proof_refused: &'static str,
    pub(crate) later_refused: &'static str,
    pub(crate) related_refused: &'static str,
    pub(crate) bundle_regressed: &'static str,
    pub(crate) remembered_damaged: &'static str,
    pub(crate) remembered_first: &'static str,
    pub(crate) trust_inside_nothing: &'static str,
    pub(crate) trust_inside_other: &'static str,
    pub(crate) tsa_refused: &'static str,
    pub(crate) timestamp_not_asked: &'static str,
    pub(crate) timestamp_future: &'static str,
    pub(crate) timestamp_missing: &'static str,
    pub(crate) timestamp_refused: &'static str,
    pub(crate) files_passed_over: &'static str,
    pub(crate) too_many_files: &'static str,
    // Report
    pub(crate) asked_for: &'static str,
    pub(crate) checked: &'static str,
    pub(crate) checked_signature: &'static str,
    pub(crate) checked_number: &'static str,
    pub(crate) checked_obligee: &'static str,
    pub(crate) checked_key: &'static str,
    pub(crate) checked_trust: &'static str,
    pub(crate) checked_trust_overdue: &'static str,
    pub(crate) checked_status: &'static str,
    pub(crate) status_not_asked: &'static str,
    pub(crate) obligee_not_asked: &'static str,
    pub(crate) ask_which_snapshot: &'static str,
    pub(crate) next_step: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) at_byte: &'static str,
    pub(crate) group: &'static str,
    pub(crate) certificate: &'static str,
    pub(crate) certificate_refused: &'static str,
    pub(crate) revision_line: &'static str,
    pub(crate) newest_revision: &'static str,
    pub(crate) governs_from: &'static str,
    pub(crate) terminated_from: &'static str,
    pub(crate) voided_as_of: &'static str,
    pub(crate) tax_of: &'static str,
    pub(crate) policy: &'static str,
    pub(crate) policy_silent: &'static str,
    pub(crate) timestamp_at: &'static str,
    pub(crate) timestamp_and_theft: &'static str,
    pub(crate) fields: Fields,
    // Trust
    pub(crate) trust_shown: &'static str,
    pub(crate) trust_of: &'static str,
    pub(crate) trust_times: &'static str,
    pub(crate) trust_print: &'static str,
    pub(crate) trust_roots: &'static str,
    pub(crate) trust_key: &'static str,
    pub(crate) role_certificate: &'static str,
    pub(crate) role_status: &'static str,
    pub(crate) role_publish: &'static str,
    pub(crate) key_retired: &'static str,
    pub(crate) key_stolen: &'static str,
    pub(crate) trust_updated: &'static str,
    pub(crate) trust_refused: &'static str,
    pub(crate) trust_current: &'static str,
    pub(crate) trust_newest: &'static str,
    pub(crate) trust_gap: &'static str,
    pub(crate) trust_gap_of_several: &'static str,
    // Audit
    pub(crate) audit: Audit,
    // Evidence
    pub(crate) no_evidence: &'static str,
    pub(crate) evidence_extracted: &'static str,
    pub(crate) evidence_not_genuine: &'static str,
    pub(crate) evidence_written: &'static str,
    pub(crate) evidence_chain: &'static str,
    pub(crate) evidence_bundles: &'static str,
    pub(crate) evidence_begins_late: &'static str,
    pub(crate) evidence_goes_stale: &'static str,
    pub(crate) evidence_too_large: &'static str,
    pub(crate) evidence_timestamp_wrong: &'static str,
    pub(crate) evidence_token_dropped: &'static str,
    // Vectors
    pub(crate) vectors_none: &'static str,
    pub(crate) vectors_skipped: &'static str,
}

/// Labels of what a certificate says.
#[derive(Debug)]
pub(crate) struct Fields {
    pub(crate) kind: &'static str,
    pub(crate) number: &'static str,
    pub(crate) revision: &'static str,
    pub(crate) issued_on: &'static str,
    pub(crate) guarantor: &'static str,
    pub(crate) obligee: &'static str,
    pub(crate) contractor: &'static str,
    pub(crate) members: &'static str,
    pub(crate) contract_number: &'static str,
    pub(crate) work: &'static str,
    pub(crate) site: &'static str,
    pub(crate) concluded_on: &'static str,
    pub(crate) term: &'static str,
    pub(crate) price: &'static str,
    pub(crate) multi_year: &'static str,
    pub(crate) low_price_survey: &'static str,
    pub(crate) low_price_survey_made: &'static str,
    pub(crate) advance: &'static str,
    pub(crate) first_advance: &'static str,
    pub(crate) amount: &'static str,
    pub(crate) period: &'static str,
    pub(crate) terms: &'static str,
    pub(crate) change: &'static str,
    pub(crate) change_reason: &'static str,
    pub(crate) contract_changed_on: &'static str,
    pub(crate) effective_from: &'static str,
}

/// The phrases of `audit`.
#[derive(Debug)]
pub(crate) struct Audit {
    pub(crate) sealed: &'static str,
    pub(crate) unpack_first: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) certificates: &'static str,
    pub(crate) sealed_count: &'static str,
    pub(crate) only_sealed: &'static str,
    pub(crate) sealed_left: &'static str,
    pub(crate) keys_missing: &'static str,
    pub(crate) nothing_found: &'static str,
    pub(crate) skipped_count: &'static str,
    pub(crate) chains: &'static str,
    pub(crate) gap: &'static str,
    pub(crate) gap_of_several: &'static str,
    pub(crate) broken: &'static str,
    pub(crate) fork: &'static str,
    pub(crate) newer: &'static str,
    pub(crate) too_deep: &'static str,
    pub(crate) folder_unreadable: &'static str,
    pub(crate) totals: &'static str,
    pub(crate) total_of: &'static str,
    pub(crate) finding_count: &'static str,
    pub(crate) keys_open_to_others: &'static str,
    pub(crate) keys_line: &'static str,
    pub(crate) ledger: &'static str,
    pub(crate) ledger_rows: &'static str,
    pub(crate) ledger_agree: &'static str,
    pub(crate) ledger_row: &'static str,
    pub(crate) ledger_difference: &'static str,
    pub(crate) ledger_ambiguous: &'static str,
    pub(crate) ledger_different: &'static str,
    pub(crate) ledger_governing_missing: &'static str,
    pub(crate) ledger_no_certificate: &'static str,
    pub(crate) ledger_no_row: &'static str,
    pub(crate) ledger_not_in_force: &'static str,
    pub(crate) ledger_twice: &'static str,
    pub(crate) ledger_column_twice: &'static str,
    pub(crate) ledger_column_unknown: &'static str,
    pub(crate) ledger_no_number: &'static str,
    pub(crate) ledger_form: &'static str,
    pub(crate) ledger_not_utf8: &'static str,
    pub(crate) ledger_row_too_large: &'static str,
    pub(crate) state_foreign: &'static str,
    pub(crate) state_locked: &'static str,
    pub(crate) state_no_place: &'static str,
    pub(crate) state_other: &'static str,
    pub(crate) state_and_input: &'static str,
    pub(crate) interrupted: &'static str,
}

impl Audit {
    /// What a finding of the ledger means.
    pub(crate) const fn ledger_about(&self, about: About) -> &'static str {
        match about {
            About::Ambiguous => self.ledger_ambiguous,
            About::Different => self.ledger_different,
            About::GoverningMissing => self.ledger_governing_missing,
            About::NoCertificate => self.ledger_no_certificate,
            About::NoRow => self.ledger_no_row,
            About::NotInForce => self.ledger_not_in_force,
            About::Twice => self.ledger_twice,
        }
    }
}

impl Catalogue {
    pub(crate) const fn of(lang: Lang) -> &'static Self {
        match lang {
            Lang::Ja => &ja::CATALOGUE,
            _ => &en::CATALOGUE,
        }
    }
}

/// What a verdict means and what to do next, in one language.
pub(crate) struct Explanation {
    pub(crate) headline: &'static str,
    pub(crate) advice: &'static str,
}

pub(crate) const fn explain(outcome: Outcome, lang: Lang) -> Explanation {
    match lang {
        Lang::Ja => ja::explain(outcome),
        _ => en::explain(outcome),
    }
}

pub(crate) const fn kind_name(kind: GuaranteeKind, lang: Lang) -> &'static str {
    match lang {
        Lang::Ja => ja::kind_name(kind),
        _ => en::kind_name(kind),
    }
}

pub(crate) const fn change_name(kind: ChangeKind, lang: Lang) -> &'static str {
    match lang {
        Lang::Ja => ja::change_name(kind),
        _ => en::change_name(kind),
    }
}

/// What the rule behind a code says, in plain words.
pub(crate) fn code_phrase(code: &str, lang: Lang) -> Option<&'static str> {
    match lang {
        Lang::Ja => ja::code_phrase(code),
        _ => en::code_phrase(code),
    }
}

/// What the rule behind a code says, in plain words, about the part that breaks it.
pub(crate) fn fault_phrase(code: &str, fault_of: Part, lang: Lang) -> Option<String> {
    let (part_name, part_phrase) = match lang {
        Lang::Ja => (ja::part_name(fault_of), ja::part_phrase(code)),
        _ => (en::part_name(fault_of), en::part_phrase(code)),
    };
    match (fault_of, part_phrase) {
        (Part::Bundle | Part::Proof | Part::Snapshot, Some(phrase)) => {
            Some(fill(phrase, &[part_name]))
        }
        _ => code_phrase(code, lang).map(str::to_owned),
    }
}

/// Puts the values into the places marked `{}`, in order.
pub(crate) fn fill(phrase: &str, values: &[&str]) -> String {
    let mut parts = phrase.split("{}");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    let mut values = values.iter();
    for part in parts {
        filled.push_str(values.next().copied().unwrap_or("?"));
        filled.push_str(part);
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_where_they_are_marked() {
        assert_eq!(fill("{} of {}", &["1", "2"]), "1 of 2");
        assert_eq!(fill("as of {}", &["{}"]), "as of {}");
        assert_eq!(fill("nothing", &["1"]), "nothing");
    }
}
