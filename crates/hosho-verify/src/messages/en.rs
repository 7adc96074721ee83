//! English.

use hosho::{ChangeKind, GuaranteeKind};

use super::{Audit, Catalogue, Explanation, Fields};
use crate::check::answer::Part;
use crate::outcome::Outcome;

pub(super) static CATALOGUE: Catalogue = Catalogue {
    note: "note",
    paper_is_copy: "this is a customer's copy; what is to be handed in is the notice of the auth key",
    copy_with_key: "this is a customer's copy, which no auth key opens; ask the contractor for the PDF of the notice",
    report_bundle: "Trust bundle",
    report_snapshot: "Status snapshot",
    armor_damaged: "the text armor is damaged; copy it unchanged from BEGIN to END",
    no_clock: "this machine's clock gives no usable time; set it, or pass --now TIME",
    number_missing: "pass --number with the guarantee number that the contractor's notice (認証キー等のお知らせ) shows; \
                     a certificate is only accepted for the guarantee that you expect",
    number_folding: "--number is not a guarantee number; type the digits, letters and hyphens as the notice shows them",
    ask_number: "Guarantee number: ",
    ask_key: "Auth key (not shown): ",
    key_missing: "the certificate is sealed; pass --auth-key-file FILE with the auth key from the contractor's notice",
    key_file: "the auth-key file cannot be used: {}",
    bundle_refused: "not usable as a trust bundle; get the guarantor's current bundle by a channel you already know",
    bundle_overdue: "the trust bundle of {} was due for renewal on {}; get the next one from the guarantor by a channel you already know",
    bundles_disputed: "the trust bundles of {} do not follow each other ({}), so none of them is used: {}; \
                       keep the one that you pinned and step from it with hosho-verify trust update",
    no_bundle: "no trust bundle found here",
    snapshot_refused: "not usable as a status snapshot; it answers nothing",
    no_snapshot_in_folder: "no status snapshot found here",
    proof_refused: "not usable as an inclusion proof; it is passed over",
    later_refused: "not usable as a later revision: no certificate, or sealed for another auth key; it is passed over",
    related_refused: "not a genuine signed certificate of the guarantor; the policy does not look at it",
    bundle_regressed: "the trust bundle of {} with sequence {} was seen before, and the one given has {} ({}); pass the newest one with --trust",
    remembered_damaged: "not what was written there: the memory of what was seen is damaged; restore it from a copy, or name another file \
                         and pass the newest snapshots and bundles that you have",
    remembered_first: "{} is not there yet: this is the first time, and nothing was seen before; if it is not, look for the file",
    trust_inside_nothing: "--trust-inside serves for an evidence file only; for a certificate pass the guarantor's trust bundle with --trust",
    trust_inside_other: "the first bundle inside has other root keys than those named with --trust-inside; compare the fingerprint digit by digit",
    tsa_refused: "no root certificate in PEM; get that of the time-stamping authority by a channel you already know",
    timestamp_not_asked: "the evidence file holds a timestamp that was not looked at; pass the authority's root certificate with --tsa",
    timestamp_future: "the timestamp is of {}, later than now ({}): look at the clock, and at --now if it was given",
    timestamp_missing: "there is no timestamp to verify",
    timestamp_refused: "the timestamp proves nothing: {}; the verdict does not rest on it",
    files_passed_over: "{} other files passed over",
    too_many_files: "only the first {} files of the folder were looked at",
    asked_for: "for {}",
    checked: "Checked",
    checked_signature: "signed by the guarantor {} (key {})",
    checked_number: "the number is the expected one",
    checked_obligee: "the obligee is the expected one",
    checked_key: "the auth key belongs to this certificate",
    checked_status: "status as of {}",
    status_not_asked: "status: no snapshot used",
    obligee_not_asked: "the obligee was not compared (--obligee)",
    ask_which_snapshot: "ask the guarantor, by a channel you already know, which of the snapshots is its own, and pass that one alone.",
    next_step: "Next",
    reason: "Reason",
    at_byte: "at byte {}",
    group: "look at group {} of the key",
    certificate: "Certificate",
    certificate_refused: "What the certificate is about",
    revision_line: "revision {}",
    newest_revision: "the newest is revision {}",
    terminated_from: "terminated from {}",
    voided_as_of: "voided, dated {}",
    tax_of: "{} (tax in it {})",
    policy: "Policy (changes no verdict)",
    policy_silent: "no finding",
    timestamp_at: "Timestamp: all of this existed before {}, by the word of the authority that you named",
    timestamp_and_theft: "  The guarantor fears that the key was stolen from {} on. Lay both before the guarantor: the verdict stays as it is.",
    fields: Fields {
        kind: "Kind",
        number: "Guarantee number",
        revision: "Revision",
        issued_on: "Issued on",
        guarantor: "Guarantor",
        obligee: "Obligee",
        contractor: "Contractor",
        members: "Joint venture",
        contract_number: "Contract number",
        work: "Works",
        site: "Site",
        concluded_on: "Contract concluded on",
        term: "Term of works",
        price: "Contract price",
        multi_year: "Multi-year works",
        low_price_survey: "Low-price survey",
        low_price_survey_made: "made",
        advance: "Advance",
        first_advance: "First advance's guarantee",
        amount: "Guaranteed amount",
        period: "Period of guarantee",
        terms: "Terms",
        change: "Change",
        change_reason: "Reason of change",
        contract_changed_on: "Contract changed on",
        effective_from: "Effective from",
    },
    trust_shown: "the root keys in the file signed it; that they are the guarantor's follows only from where the file came from",
    trust_of: "trust bundle of {}, sequence {}",
    trust_times: "made {}, due for renewal {}",
    trust_print: "fingerprint of the bundle     {}",
    trust_roots: "fingerprint of its root keys ({} of {} sign)  {}",
    trust_key: "key {}  {}  {} to {}",
    role_certificate: "certificates",
    role_status: "status snapshots",
    role_publish: "publishing",
    key_retired: "  retired {}: {}",
    key_stolen: "  feared stolen from {} on: {}",
    trust_updated: "trust bundle of {} stepped from sequence {} to {}: {}",
    trust_refused: "not a lawful successor of the pinned bundle; keep the pinned one and ask the guarantor by a channel you already know",
    trust_current: "sequence {} is not newer than the pinned bundle and is passed over",
    trust_newest: "already the newest (sequence {}), nothing to do",
    trust_gap: "bundle {} is missing: each bundle leads only to the next; get it from the guarantor and pass it with --new too",
    trust_gap_of_several: "bundles {} to {} are missing: each bundle leads only to the next; get them from the guarantor and pass them with --new too",
    audit: Audit {
        sealed: "sealed, not opened",
        summary: "Summary for {}",
        certificates: "certificates",
        sealed_count: "sealed, not opened",
        only_sealed: "nothing was judged: open each sealed certificate with hosho-verify check FILE --number N --auth-key-file KEY, or give their keys with --keys FILE",
        sealed_left: "{} sealed certificates were not opened and nothing is said about them; give their keys with --keys FILE",
        keys_missing: "{} sealed certificates were opened by none of the keys, so that the audit is undecided; add their keys to the file of --keys and run the command again",
        nothing_found: "no certificate was found, so that nothing was judged: check the paths; links inside folders are not followed, and zip files have to be unpacked first",
        skipped_count: "other files, passed over",
        chains: "amended guarantees whose chain was checked",
        gap: "{}: revision {} is missing here",
        gap_of_several: "{}: revisions {} to {} are missing here",
        broken: "{}: revision {} does not follow revision {} (E6-CHAIN)",
        fork: "{}: two different certificates of revision {}",
        newer: "{}: the status names revision {}, which is not here",
        too_deep: "folders below this one are not read",
        folder_unreadable: "the folder cannot be read: {}; check that you may read it",
        totals: "In force on {}, by obligee and kind",
        total_of: "{} of {}",
        finding_count: "findings of the policy: {}",
        keys_open_to_others: "others may read these auth keys; take their permissions away (chmod 600) and run the command again",
        keys_line: "line {} is not a number and an auth key with a comma between; correct it, comparing with the notice",
        ledger: "Ledger",
        ledger_rows: "rows",
        ledger_agree: "agree with the certificate in force",
        ledger_row: "row {}",
        ledger_difference: "{}: the ledger says {}, the certificate {}",
        ledger_ambiguous: "guarantees of several guarantors have this number; give each its row, with the column guarantor",
        ledger_different: "ledger and certificate differ",
        ledger_governing_missing: "only superseded certificates are here, not the one that governs",
        ledger_no_certificate: "no certificate of this number is here",
        ledger_no_row: "the ledger has no row for this guarantee",
        ledger_not_in_force: "agrees, but is not in force on the day",
        ledger_twice: "an earlier row has this number",
        ledger_column_twice: "two columns mean the same: {}; remove one, or pass --ignore-column",
        ledger_column_unknown: "the column {} is not known; rename it (docs/audit.md lists the titles), or pass --ignore-column",
        ledger_no_number: "no column holds the guarantee number; give one the title number or 保証契約番号",
        ledger_form: "row {} has another number of cells than the line of titles, or an open quote; correct it",
        ledger_not_utf8: "row {} is not UTF-8; save the ledger as CSV UTF-8",
        ledger_row_too_large: "row {} is larger than a row of a ledger can be; look for an open quote",
        state_foreign: "is not the state of an audit and is left alone; name another file",
        state_locked: "another audit is using it; wait for its end, or name another file",
        state_no_place: "the state cannot be begun: {}",
        state_other: "was begun with another {}; give the same options as then, or name a new file to begin anew",
        state_and_input: "an audit of standard input cannot go on later; leave --state out",
        interrupted: "interrupted; the same command goes on from {}",
    },
    no_evidence: "not an evidence file; make one with hosho-verify evidence make",
    evidence_extracted: "the bundles here came with the certificate: pin none of them unless its fingerprint is known from elsewhere",
    evidence_not_genuine: "no evidence file is written",
    evidence_written: "{}: {} bytes, verdict now [{}]\nimprint for a timestamp (SHA-256): {}",
    evidence_chain: "not all earlier revisions are here, or a file is no signed certificate; pass the certificates from revision 1 on with --earlier",
    evidence_bundles: "the guarantor's bundles inside and those given do not lead from one to the next; pass those between them with --trust too, \
                       or take the file apart with hosho-verify evidence extract and make a new one",
    evidence_begins_late: "the first bundle in the file has sequence {}: it serves whoever pinned the one with sequence {} or a later one, or knows \
                           the fingerprint of its root set, which changes when root keys are replaced; for older pins pass the earlier bundles with --trust too",
    evidence_goes_stale: "for {} this file answers until {} only, because its snapshot was issued before that day had ended; for an answer that stays, \
                          make it again with a snapshot issued after midnight (Japan time)",
    evidence_too_large: "the parts do not fit into an evidence file; leave out snapshots or earlier revisions that are not needed",
    evidence_timestamp_wrong: "the timestamp is not used: {}; ask for one over the evidence file without a timestamp, whose SHA-256 is {}",
    evidence_token_dropped: "the timestamp inside is over other parts and is left out; ask for a new one",
    vectors_none: "no vectors found; name the folder test-vectors",
    vectors_skipped: "{} skipped (signing side)",
};

pub(super) const fn explain(outcome: Outcome) -> Explanation {
    let (headline, advice) = match outcome {
        Outcome::InForce => ("Genuine and in force", ""),
        Outcome::Superseded => (
            "Genuine, but another revision governs",
            "ask the contractor for the certificate of the revision that governs.",
        ),
        Outcome::Voided => (
            "Genuine, but the guarantee was voided and never in force",
            "accept nothing on this certificate; ask the contractor for a new guarantee.",
        ),
        Outcome::Terminated => (
            "Genuine, but the guarantee has been terminated",
            "it covers only days before its end; ask the contractor for a new guarantee if one is needed.",
        ),
        Outcome::Expired => (
            "Genuine, but the period of guarantee is over",
            "ask the contractor for an extended guarantee if the works go on; --on DATE answers for an earlier day.",
        ),
        Outcome::NotYetInForce => (
            "Genuine, but not yet in force",
            "check again on or after the first day of its period; --on DATE answers for that day.",
        ),
        Outcome::StatusUnknown => (
            "Genuine, but whether it is in force is not known",
            "get the guarantor's newest status snapshot by a channel you already know and pass it with --status.",
        ),
        Outcome::StatusStale => (
            "Genuine, but the status snapshot is too old to tell",
            "get the guarantor's newest status snapshot by a channel you already know.",
        ),
        Outcome::KeyUnknown => (
            "Undecided: the key that signed is not in the trust bundle",
            "get the guarantor's newest trust bundle by a channel you already know (hosho-verify trust update).",
        ),
        Outcome::KeyCompromised => (
            "Undecided: the key that signed has been stolen",
            "ask the guarantor, by a channel you already know, for the inclusion proof and pass it with --proof.",
        ),
        Outcome::TrustUnusable => (
            "Undecided: no usable trust bundle",
            "pass the guarantor's trust bundle that you got by a channel you already know.",
        ),
        Outcome::Unreadable => (
            "Unreadable: this is not the data of a certificate",
            "name the .hosho file that you were given, or ask for it to be sent again.",
        ),
        Outcome::NotGenuine => (
            "NOT GENUINE",
            "do not rely on it; ask the guarantor by a channel you already know, not one named in the document.",
        ),
        Outcome::OtherGuarantee => (
            "Genuine, but of another guarantee",
            "compare the number that you typed with the contractor's notice; if it is right, ask for the right certificate.",
        ),
        Outcome::OtherObligee => (
            "Genuine, but made out to another obligee",
            "ask the contractor for the certificate that is made out to you.",
        ),
        Outcome::KeyDoesNotFit => (
            "The auth key does not belong to this certificate",
            "compare number and key with the contractor's notice; after a reissue only the newest key fits, and an earlier revision needs all later ones with --later.",
        ),
        Outcome::KeyMistyped => (
            "The auth key has a typing error",
            "compare it with the contractor's notice, group by group.",
        ),
    };
    Explanation { headline, advice }
}

pub(super) const fn kind_name(kind: GuaranteeKind) -> &'static str {
    match kind {
        GuaranteeKind::Advance => "advance payment (前払金保証)",
        GuaranteeKind::Interim => "interim advance payment (中間前払金保証)",
        GuaranteeKind::Performance => "performance (契約保証)",
    }
}

pub(super) const fn change_name(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Increase => "increase",
        ChangeKind::Decrease => "decrease",
        ChangeKind::Extension => "extension",
        ChangeKind::Shortening => "shortening",
        ChangeKind::Correction => "correction",
        ChangeKind::Novation => "novation",
        ChangeKind::Termination => "termination",
        ChangeKind::Voidance => "voidance",
        ChangeKind::Rekey => "auth key reissued",
    }
}

pub(super) const fn part_name(part: Part) -> &'static str {
    match part {
        Part::Bundle => "trust bundle",
        Part::Certificate => "certificate",
        Part::Proof => "inclusion proof",
        Part::Snapshot => "status snapshot",
    }
}

/// What the rule behind a code says about another file than the certificate.
pub(super) fn part_phrase(code: &str) -> Option<&'static str> {
    Some(match code {
        "E1-IO" => "the {} cannot be read",
        "E1-TOO-LARGE" => "the {} is larger than one can be",
        "E1-NOT-A-FILE" => "the {} is not a regular file",
        "E1-NOT-RECOGNISED" => "the {} does not begin like one",
        "E5-SIGNATURE" => "the signature of the {} does not match",
        "E5-KEY-UNKNOWN" => "no trust bundle names the key that signed the {}",
        "E5-KEY-ROLE" => "the key that signed the {} may not sign one",
        "E5-KEY-WINDOW" => "the {} was signed outside the time of its key",
        "E5-KEY-COMPROMISED" => "the key that signed the {} is marked as stolen",
        _ if code.starts_with("E3-") => "the {} is not in its one form",
        _ if code.starts_with("E6-") => "the contents of the {} break a rule of the format",
        _ => return None,
    })
}

pub(super) fn code_phrase(code: &str) -> Option<&'static str> {
    Some(match code {
        "E1-IO" => "a file cannot be read",
        "E1-TOO-LARGE" => "the file is larger than a certificate can be",
        "E1-NOT-A-FILE" => "not a regular file",
        "E1-NOT-RECOGNISED" => "the bytes do not begin like a certificate",
        "E1-ARCHIVE" => "the archive is damaged or cut off",
        "E1-ARMOR" => "the text armor is damaged",
        "E2-LENGTH" => "an auth key has 25 symbols",
        "E2-SYMBOL" => "a symbol is not one of an auth key's",
        "E2-CHECK" => "the check symbols do not match: something is mistyped",
        "E2-VERSION" => "an auth key of this format begins with 1",
        "E4-OPEN" => "the key does not open it",
        "E5-SIGNATURE" => "the signature does not match: the bytes were changed or forged",
        "E5-KEY-UNKNOWN" => "no trust bundle names this key",
        "E5-KEY-ROLE" => "the key may not sign this kind of object",
        "E5-KEY-WINDOW" => "signed outside the time of the key",
        "E5-KEY-COMPROMISED" => "the key is marked as stolen",
        "E5-TIMESTAMP" => "the timestamp proves nothing",
        "E6-CHAIN" => "the revisions do not follow each other",
        "E5-PROOF" => "the inclusion proof does not lead to the attested root",
        "E5-OTHER-GUARANTEE" => "the number is not the expected one",
        "E5-OTHER-OBLIGEE" => "the obligee is not the expected one",
        "E7-NO-SNAPSHOT" => "no status snapshot was given",
        "E7-OTHER-GUARANTOR" => "the snapshot is of another guarantor",
        "E7-OTHER-LIST" => "the snapshot is of another list",
        "E7-NOT-ISSUED" => "the snapshot does not know this certificate",
        "E7-CONFLICTING" => "two different snapshots of one list have the same sequence",
        "E7-REKEYED" => {
            "the auth key was reissued: accept the old one no more, and ask for the newest certificate and key"
        }
        "E7-STALE" => "the snapshot is past its next update",
        "E7-REGRESSED" => "a newer snapshot was seen before",
        _ if code.starts_with("E3-") => "the bytes are not in the one form of a certificate",
        _ if code.starts_with("E6-") => "the contents break a rule of the format",
        "E8-PREVIOUS" | "E8-SEQUENCE" => "the trust bundle does not follow the one before",
        "E8-THRESHOLD" => "the root keys that count have not signed the trust bundle",
        "E8-ROOTS" => "the root keys are not those that were named, or not in their form",
        _ if code.starts_with("E8-") => "the trust bundle breaks a rule",
        _ => return None,
    })
}
