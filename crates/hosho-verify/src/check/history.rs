//! The revisions of a guarantee that a check got to know, for the report.

use std::collections::BTreeMap;

use hosho::{Fingerprint, Lineage, Revision, SignedCertificate};
use hosho_document::ReportedRevision;

use super::Moment;
use super::answer::{Answer, Genuine};
use super::judge::{ANYTHING, Basis};
use crate::messages::{change_name, fill};
use crate::outcome::Class;
use crate::run::Context;
use crate::wareki::in_japan;

/// The revisions that are known of, from the first on, and what they say together.
#[derive(Debug, Default)]
pub(super) struct History {
    pub(super) revisions: Vec<ReportedRevision>,
    pub(super) remarks: Vec<String>,
}

impl History {
    /// Returns the history of the certificate of an answer; `related` may hold any genuine
    /// certificates.
    pub(super) fn of(
        answer: &Answer,
        related: Vec<Genuine>,
        basis: &Basis<'_>,
        moment: Moment,
        context: Context,
    ) -> Self {
        let Some(this) =
            answer.genuine.as_ref().filter(|_| answer.outcome.class() != Class::Refused)
        else {
            return Self::default();
        };
        let text = context.text();
        let mut known: BTreeMap<Revision, ReportedRevision> = BTreeMap::new();
        let mut given: Vec<Genuine> = related;
        given.extend(others(basis, moment));
        let (chain, missing) = chain_of(this, &given);
        for earlier in &chain {
            put(&mut known, entry(earlier, text.history_named, context));
        }
        if let Some((revision, fingerprint)) = missing {
            let (issued_on, what) = (None, String::new());
            let (fingerprint, known_from) = (Some(fingerprint), text.history_missing.to_owned());
            put(
                &mut known,
                ReportedRevision { revision, issued_on, what, fingerprint, known_from },
            );
        }
        for later in later_of(this, &given) {
            put(&mut known, entry(later, text.history_later, context));
        }
        put(&mut known, entry(this, text.history_this, context));
        if let Some(newest) = answer.superseded_by {
            known.entry(newest).or_insert_with(|| ReportedRevision {
                revision: newest,
                issued_on: None,
                what: String::new(),
                fingerprint: None,
                known_from: text.history_snapshot.to_owned(),
            });
        }
        let remarks = remarks(answer, this, missing.map(|(revision, _)| revision), context);
        Self { revisions: known.into_values().collect(), remarks }
    }
}

fn put(known: &mut BTreeMap<Revision, ReportedRevision>, entry: ReportedRevision) {
    known.insert(entry.revision, entry);
}

fn entry(genuine: &Genuine, known_from: &str, context: Context) -> ReportedRevision {
    let claims = genuine.certificate.claims();
    let what = match &claims.lineage {
        Lineage::Original => context.text().history_original.to_owned(),
        Lineage::Amendment { change, .. } => {
            let kinds = change.kinds.iter().map(|kind| change_name(kind, context.lang));
            kinds.collect::<Vec<_>>().join(context.lang.pick("・", ", "))
        }
    };
    ReportedRevision {
        revision: genuine.certificate.revision(),
        issued_on: Some(claims.issued_on),
        what,
        fingerprint: Some(genuine.fingerprint),
        known_from: known_from.to_owned(),
    }
}

/// The genuine ones among the earlier revisions of an evidence file and those of `--later`.
fn others(basis: &Basis<'_>, moment: Moment) -> Vec<Genuine> {
    let Ok(verifier) = basis.verifier() else { return Vec::new() };
    let earlier = basis.container.into_iter().flat_map(|file| file.earlier().iter().copied());
    let all = earlier.chain(basis.later.iter().map(Vec::as_slice));
    let signed = all.filter_map(|bytes| SignedCertificate::parse(bytes).ok()).collect();
    let judged = verifier.verify_many(signed, &ANYTHING, moment.on, moment.now);
    judged.into_iter().flatten().map(|genuine| Genuine::of(&genuine)).collect()
}

/// Returns the earlier revisions that lead up to `this`, each found by the SHA-256 that the one after
/// it names, and the first that was not found.
fn chain_of<'g>(
    this: &'g Genuine,
    given: &'g [Genuine],
) -> (Vec<&'g Genuine>, Option<(Revision, Fingerprint)>) {
    let (mut chain, mut last) = (Vec::new(), this);
    while let Lineage::Amendment { previous, .. } = &last.certificate.claims().lineage {
        let follows = |it: &&Genuine| {
            it.fingerprint == *previous
                && it.certificate.revision().next() == Some(last.certificate.revision())
        };
        let Some(found) = given.iter().find(follows) else {
            let number = last.certificate.revision().number().saturating_sub(1);
            return (chain, Revision::new(number).ok().map(|it| (it, *previous)));
        };
        chain.push(found);
        last = found;
    }
    (chain, None)
}

/// The later revisions of the same guarantee among those that were given.
fn later_of<'g>(this: &'g Genuine, given: &'g [Genuine]) -> impl Iterator<Item = &'g Genuine> {
    let claims = this.certificate.claims();
    given.iter().filter(move |it| {
        let other = it.certificate.claims();
        other.guarantor_id == claims.guarantor_id
            && other.number == claims.number
            && it.certificate.revision() > this.certificate.revision()
    })
}

/// What holds the revisions together, and what the snapshot says of them.
fn remarks(
    answer: &Answer,
    this: &Genuine,
    missing: Option<Revision>,
    context: Context,
) -> Vec<String> {
    let text = context.text();
    let mut remarks = Vec::new();
    match missing {
        Some(revision) => {
            remarks.push(fill(text.history_gap, &[&revision.to_string()]));
        }
        None if this.certificate.revision() > Revision::FIRST => {
            remarks.push(text.history_whole.to_owned());
        }
        None => (),
    }
    let decided = matches!(answer.outcome.class(), Class::InForce | Class::NotInForce);
    remarks.push(match (answer.as_of, answer.superseded_by) {
        (Some(as_of), Some(newest)) => {
            fill(text.history_superseded, &[&in_japan(as_of), &newest.to_string()])
        }
        (Some(as_of), None) if decided => fill(text.history_newest, &[&in_japan(as_of)]),
        _ => text.history_unknown.to_owned(),
    });
    remarks
}
