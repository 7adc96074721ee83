//! What the journal's records say in sum: chains of revisions, places in status lists, sequences.

use std::collections::BTreeMap;

use hosho::{
    AuthKeyBinding, Certificate, Date, Epoch, Fingerprint, GuaranteeKind, GuaranteeNumber, KeyId,
    Lineage, ListNumber, Revision, Sequence, Serial, StatusReference, UnixTime,
};

use super::record::{Effect, Entry, Init, Intent, Record, Signed, Snapshot};

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
}

/// The revisions of one guarantee.
#[derive(Debug)]
pub(crate) struct Chain {
    kind: GuaranteeKind,
    // Invariant: revision n is at place n - 1, and there is at least one.
    steps: Vec<Step>,
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
    /// Returns whether a binding may follow: one place in the series is one key.
    #[must_use]
    pub(crate) fn agrees_on_key(&self, epoch: Epoch, serial: Serial, bind: &[u8; 32]) -> bool {
        (self.epoch, self.serial) != (epoch, serial) || self.bind == *bind
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
                Some(())
            }
            Record::Intent(intent) => self.intend(intent, entry.at),
            Record::Signed(signed) => self.sign(signed),
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
        }
    }

    /// Returns how the home was made.
    pub(crate) fn init(&self) -> Option<&Init> {
        self.init.as_ref()
    }

    /// Returns the recorded commitment of the auth master key of an epoch.
    pub(crate) fn master(&self, epoch: Epoch) -> Option<&[u8; 32]> {
        self.init.as_ref().filter(|_| epoch == Epoch::FIRST).map(|init| &init.master)
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

    fn intend(&mut self, intent: &Intent, recorded: UnixTime) -> Option<()> {
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
            stage: Stage::Intended(Box::new(intent.clone())),
        };
        match self.chains.get_mut(&intent.number) {
            None if intent.revision == Revision::FIRST && intent.effect == Effect::States => {
                self.lists.take(status)?;
                let chain = Chain { kind: intent.kind, steps: vec![step] };
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
                if !newest.agrees_on_key(intent.epoch, intent.serial, &intent.bind) {
                    return None;
                }
                self.lists.take(status)?;
                chain.steps.push(step);
            }
        }
        Some(())
    }

    fn sign(&mut self, signed: &Signed) -> Option<()> {
        let step = self.chains.get_mut(&signed.number)?.steps.last_mut()?;
        if step.revision != signed.revision || !matches!(step.stage, Stage::Intended(_)) {
            return None;
        }
        step.stage = Stage::Signed(signed.clone());
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
