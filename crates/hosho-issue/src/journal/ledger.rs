//! What the journal's records say in sum: chains of revisions, places in status lists, sequences.

use std::collections::BTreeMap;

use hosho::{
    AuthKeyBinding, Certificate, Date, Epoch, Fingerprint, GuaranteeKind, GuaranteeNumber, KeyId,
    Lineage, ListNumber, Revision, Sequence, Serial, StatusReference, UnixTime,
};

use super::record::{Effect, Entry, Init, Intent, Record, Signed, Snapshot};
use super::rekeyed::{HandedOut, Master};
use super::reviewed::Reviewed;

mod lists;
mod succession;

pub(crate) use lists::Lists;
pub(crate) use succession::{OpenDraft, Succession};

/// What the journal's records say in sum.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    init: Option<Init>,
    succession: Succession,
    chains: BTreeMap<GuaranteeNumber<'static>, Chain>,
    lists: Lists,
    snapshots: BTreeMap<ListNumber, Sequence>,
    // Invariant: epochs from 1 without gaps.
    masters: BTreeMap<Epoch, [u8; 32]>,
}

/// The revisions of one guarantee.
#[derive(Debug)]
pub(crate) struct Chain {
    kind: GuaranteeKind,
    // Invariant: revision n is at place n - 1, and there is at least one.
    steps: Vec<Step>,
    // The newest rekey whose files were handed out.
    handed_out: Option<Revision>,
}

/// One revision of a guarantee.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) revision: Revision,
    pub(crate) effect: Effect,
    pub(crate) governs_from: Date,
    pub(crate) request: Fingerprint,
    /// The key that signs it.
    pub(crate) key: KeyId,
    pub(crate) epoch: Epoch,
    pub(crate) serial: Serial,
    pub(crate) bind: [u8; 32],
    pub(crate) status: StatusReference,
    /// When the intent was recorded.
    pub(crate) recorded: UnixTime,
    /// What the policy said before.
    pub(crate) reviewed: Option<Reviewed>,
    /// The record that says it was signed, counted from 1; 0 before.
    pub(crate) signed_in: u64,
    pub(crate) stage: Stage,
}

/// How far a revision has come.
#[derive(Debug)]
pub(crate) enum Stage {
    /// It is about to be signed.
    Intended(Box<Intent>),
    /// It is signed, sealed and stored.
    Signed(Signed),
}

impl Chain {
    /// Returns the kind of guarantee.
    pub(crate) fn kind(&self) -> GuaranteeKind {
        self.kind
    }

    /// Returns the revisions in order.
    pub(crate) fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Returns one revision, if it is there.
    pub(crate) fn step(&self, revision: Revision) -> Option<&Step> {
        self.steps.get(usize::from(revision.number()).checked_sub(1)?)
    }

    /// Returns the newest revision.
    pub(crate) fn newest(&self) -> Option<&Step> {
        self.steps.last()
    }

    /// Returns the newest revision that is signed.
    pub(crate) fn newest_signed(&self) -> Option<&Step> {
        self.steps.iter().rev().find(|step| step.is_signed())
    }

    /// Returns the newest revision if it is a rekey whose files have not been handed out.
    pub(crate) fn owed(&self) -> Option<&Step> {
        self.newest()
            .filter(|step| step.effect == Effect::Rekeys && self.handed_out != Some(step.revision))
    }

    /// Returns whether a certificate says of a revision what the journal says.
    #[must_use]
    pub(crate) fn tells(&self, step: &Step, certificate: &Certificate<'_>) -> bool {
        let claims = certificate.claims();
        let AuthKeyBinding { epoch, serial, bind } = claims.binding;
        let (previous, change) = match &claims.lineage {
            Lineage::Original => (None, None),
            Lineage::Amendment { previous, change, .. } => (Some(*previous), Some(change)),
        };
        certificate.revision() == step.revision
            && certificate.governs_from() == step.governs_from
            && claims.kind == self.kind
            && claims.status == step.status
            && claims.issued_at == step.recorded
            && (epoch, serial, bind) == (step.epoch, step.serial, step.bind)
            && Effect::of(change) == step.effect
            && previous == self.before(step.revision)
    }

    // The fingerprint of the certificate that a revision supersedes.
    fn before(&self, revision: Revision) -> Option<Fingerprint> {
        let before = usize::from(revision.number()).checked_sub(2)?;
        match &self.steps.get(before)?.stage {
            Stage::Signed(signed) => Some(signed.certificate),
            Stage::Intended(_) => None,
        }
    }
}

impl Step {
    /// Returns whether it is signed, sealed and stored.
    #[must_use]
    pub(crate) fn is_signed(&self) -> bool {
        matches!(self.stage, Stage::Signed(_))
    }

    /// Returns whether a binding may follow: one key opens every amendment, and only a rekey takes
    /// the next serial.
    #[must_use]
    fn hands_key_to(&self, intent: &Intent) -> bool {
        match intent.effect {
            Effect::Rekeys => self.serial.next() == Some(intent.serial),
            _ => (self.epoch, self.serial, self.bind) == (intent.epoch, intent.serial, intent.bind),
        }
    }
}

impl Ledger {
    /// Takes in the next record; nothing when it does not follow from those before.
    #[must_use]
    pub(crate) fn apply(&mut self, entry: &Entry) -> Option<()> {
        if self.init.is_none() != matches!(entry.record, Record::Init(_)) {
            return None;
        }
        match &entry.record {
            Record::Init(init) => {
                self.init = Some(init.clone());
                self.masters.insert(Epoch::FIRST, init.master);
                Some(())
            }
            Record::Intent(intent) => self.intend(intent, entry.at),
            Record::Signed(signed) => self.sign(signed, entry.sequence),
            Record::Bundle(bundle) => self.succession.publish(bundle),
            Record::Snapshot(snapshot) => self.list(snapshot),
            Record::Draft(draft) => self.succession.draft(draft),
            Record::Withdrawn(withdrawn) => self.succession.withdraw(withdrawn),
            Record::Exported(exported) => {
                self.succession.export(exported);
                Some(())
            }
            Record::Proved(proved) => self.succession.prove(proved),
            // The journal itself follows the mark.
            Record::Apart(_) => Some(()),
            Record::Master(master) => self.begin_epoch(master),
            Record::HandedOut(handed_out) => self.hand_out(handed_out),
        }
    }

    /// Reads what is to be done next, when all records are taken in; nothing when it cannot be read.
    #[must_use]
    pub(crate) fn read_open(&mut self) -> Option<()> {
        self.succession.read_open()
    }

    /// Returns how the home was made.
    pub(crate) fn init(&self) -> Option<&Init> {
        self.init.as_ref()
    }

    /// Returns the recorded commitment of the auth master key of an epoch.
    pub(crate) fn master(&self, epoch: Epoch) -> Option<&[u8; 32]> {
        self.masters.get(&epoch)
    }

    /// Returns the newest epoch, whose auth master key new auth keys are derived from.
    pub(crate) fn epoch(&self) -> Epoch {
        self.masters.last_key_value().map_or(Epoch::FIRST, |(epoch, _)| *epoch)
    }

    /// Returns the series of trust bundles and the keys that they name.
    pub(crate) fn succession(&self) -> &Succession {
        &self.succession
    }

    /// Returns the fingerprints of all certificates that a key has signed, and where they stand.
    pub(crate) fn signed_by(
        &self,
        key: KeyId,
    ) -> impl Iterator<Item = (&GuaranteeNumber<'static>, Revision, Fingerprint)> {
        self.chains.iter().flat_map(move |(number, chain)| {
            chain.steps.iter().filter(move |step| step.key == key).filter_map(move |step| {
                match &step.stage {
                    Stage::Signed(signed) => Some((number, step.revision, signed.certificate)),
                    Stage::Intended(_) => None,
                }
            })
        })
    }

    /// Returns the guarantees by number.
    pub(crate) fn chains(&self) -> &BTreeMap<GuaranteeNumber<'static>, Chain> {
        &self.chains
    }

    /// Returns the places taken in the status lists.
    pub(crate) fn lists(&self) -> &Lists {
        &self.lists
    }

    /// Returns the newest snapshot of each list that has one.
    pub(crate) fn snapshots(&self) -> &BTreeMap<ListNumber, Sequence> {
        &self.snapshots
    }

    /// Returns the intents that no signature has followed yet, in order of number and revision.
    pub(crate) fn open_intents(&self) -> impl Iterator<Item = &Intent> {
        self.chains.values().flat_map(|chain| &chain.steps).filter_map(|step| match &step.stage {
            Stage::Intended(intent) => Some(intent.as_ref()),
            Stage::Signed(_) => None,
        })
    }

    fn begin_epoch(&mut self, master: &Master) -> Option<()> {
        if self.epoch().next() != Some(master.epoch) {
            return None;
        }
        self.masters.insert(master.epoch, master.commitment);
        Some(())
    }

    fn hand_out(&mut self, handed_out: &HandedOut) -> Option<()> {
        let chain = self.chains.get_mut(&handed_out.number)?;
        let owed = chain.owed().filter(|step| matches!(step.stage, Stage::Signed(_)))?;
        if owed.revision != handed_out.revision {
            return None;
        }
        chain.handed_out = Some(handed_out.revision);
        Some(())
    }

    fn intend(&mut self, intent: &Intent, recorded: UnixTime) -> Option<()> {
        let newest_epoch = self.epoch();
        if (intent.effect == Effect::Rekeys) != intent.reseal.is_some() {
            return None;
        }
        let status = StatusReference { list: intent.list, index: intent.index };
        let step = Step {
            revision: intent.revision,
            effect: intent.effect,
            governs_from: intent.governs_from,
            request: intent.request,
            key: intent.key,
            epoch: intent.epoch,
            serial: intent.serial,
            bind: intent.bind,
            status,
            recorded,
            reviewed: intent.reviewed.clone(),
            signed_in: 0,
            stage: Stage::Intended(Box::new(intent.clone())),
        };
        match self.chains.get_mut(&intent.number) {
            None if intent.revision == Revision::FIRST && intent.effect == Effect::States => {
                if (intent.epoch, intent.serial) != (newest_epoch, Serial::FIRST) {
                    return None;
                }
                self.lists.take(status)?;
                let chain = Chain { kind: intent.kind, steps: vec![step], handed_out: None };
                self.chains.insert(intent.number.clone(), chain);
            }
            None => return None,
            Some(chain) => {
                let newest = chain.steps.last()?;
                let signed = matches!(newest.stage, Stage::Signed(_));
                let follows = newest.revision.next() == Some(intent.revision);
                if !signed || !follows || newest.effect.ends() || chain.kind != intent.kind {
                    return None;
                }
                let rekeys = intent.effect == Effect::Rekeys;
                if !newest.hands_key_to(intent) || (rekeys && intent.epoch != newest_epoch) {
                    return None;
                }
                self.lists.take(status)?;
                chain.steps.push(step);
            }
        }
        Some(())
    }

    fn sign(&mut self, signed: &Signed, record: u64) -> Option<()> {
        let step = self.chains.get_mut(&signed.number)?.steps.last_mut()?;
        if step.revision != signed.revision || !matches!(step.stage, Stage::Intended(_)) {
            return None;
        }
        let earlier = usize::from(step.revision.number()).checked_sub(1);
        let expected = earlier.filter(|_| step.effect == Effect::Rekeys);
        if signed.resealed.as_ref().map(Vec::len) != expected {
            return None;
        }
        step.stage = Stage::Signed(signed.clone());
        step.signed_in = record;
        Some(())
    }

    fn list(&mut self, snapshot: &Snapshot) -> Option<()> {
        let expected = match self.snapshots.get(&snapshot.list) {
            None => Sequence::FIRST,
            Some(before) => before.next()?,
        };
        if snapshot.sequence != expected {
            return None;
        }
        self.snapshots.insert(snapshot.list, snapshot.sequence);
        Some(())
    }
}
