use std::collections::{BTreeMap, HashSet};

use hosho::{
    AuthMasterKey, ChangeKind, EndedBy, GuarantorId, ListNumber, Revision, SecretKey, Sequence,
    SnapshotDraft, StatusEntry, StatusIndex, StatusReference, SupersededBy, UnixTime,
};

use super::guarantee::{Issued, Plan};
use super::now;
use super::random::Random;
use crate::world::bundle;

/// Revisions in one status list, at most: it has places for twice as many, below the 131 072 that
/// the format allows.
const IN_ONE_LIST: u64 = 60_000;

const GUARANTORS: [(&str, &str); 3] = [
    ("g-kita", "架空きた建設業保証株式会社"),
    ("g-mirai", "架空みらい建設業保証株式会社"),
    ("g-nishi", "架空にし建設業保証株式会社"),
];

/// A guarantor with two certificate keys and several status lists.
pub(super) struct Guarantor {
    pub(super) id: GuarantorId<'static>,
    pub(super) name: &'static str,
    pub(super) keys: [SecretKey; 2],
    pub(super) master: AuthMasterKey,
    status_key: SecretKey,
    lists: Vec<List>,
}

struct List {
    number: ListNumber,
    /// Places of the list, twice as many as are used.
    places: u32,
    used: HashSet<u32>,
    entries: BTreeMap<StatusIndex, StatusEntry>,
}

impl Guarantor {
    /// The guarantors of a year with so many certificates.
    pub(super) fn all(count: u64) -> Vec<Self> {
        let share = count.div_ceil(3) + 16;
        let lists = u32::try_from(share.div_ceil(IN_ONE_LIST).max(2)).expect("few lists");
        let places = u32::try_from(share * 2).expect("a list") / lists + 1_024;
        (1_u8..)
            .zip(GUARANTORS)
            .map(|(seed, (id, name))| Self {
                id: GuarantorId::parse(id).expect("an id"),
                name,
                keys: [32, 64].map(|base| SecretKey::take(&mut [base + seed; 32])),
                master: AuthMasterKey::take(&mut [96 + seed; 32]),
                status_key: SecretKey::take(&mut [128 + seed; 32]),
                lists: (1..=lists).map(|number| List::new(number, places)).collect(),
            })
            .collect()
    }

    /// Draws a free place at random.
    pub(super) fn draw(&mut self, random: &mut Random) -> StatusReference {
        let lists = u32::try_from(self.lists.len()).expect("few lists");
        let at = usize::try_from(random.below(lists)).expect("small");
        let list = &mut self.lists[at];
        loop {
            let place = random.below(list.places);
            if list.used.insert(place) {
                let index = StatusIndex::new(place).expect("an index");
                return StatusReference { list: list.number, index };
            }
        }
    }

    /// Records what the snapshots have to say of the revisions of a guarantee.
    pub(super) fn record(&mut self, plan: &Plan, issued: &[Issued]) {
        let newest = issued.iter().max_by_key(|one| one.certificate.revision()).expect("one");
        let current = newest.certificate.revision();
        let ended_on = newest.certificate.governs_from();
        for one in issued {
            let revision = one.certificate.revision();
            let entry = match newest.certificate.ending() {
                Some(ChangeKind::Voidance) => {
                    StatusEntry::Ended { on: ended_on, current, cause: EndedBy::Voidance }
                }
                Some(_) => {
                    let cause = EndedBy::Termination { replaced_on: None };
                    StatusEntry::Ended { on: ended_on, current, cause }
                }
                None if revision == current => StatusEntry::InForce,
                None => superseded(plan, issued, revision, current),
            };
            let reference = one.certificate.claims().status;
            let list = self.lists.iter_mut().find(|list| list.number == reference.list);
            list.expect("its list").entries.insert(reference.index, entry);
        }
    }

    pub(super) fn bundle(&self) -> Vec<u8> {
        bundle(&self.id, &self.keys.iter().collect::<Vec<_>>(), &self.status_key)
    }

    pub(super) fn snapshots(&self) -> impl Iterator<Item = (ListNumber, Vec<u8>)> {
        self.lists.iter().map(|list| {
            let draft = SnapshotDraft {
                guarantor_id: self.id.clone(),
                list: list.number,
                sequence: Sequence::FIRST,
                issued_at: now(),
                next_update: UnixTime::from_seconds(now().seconds() + 86_400).expect("an instant"),
                last_index: StatusIndex::new(list.places).expect("an index"),
                entries: list.entries.clone(),
            };
            (list.number, draft.sign(&self.status_key).expect("a snapshot"))
        })
    }
}

impl List {
    fn new(number: u32, places: u32) -> Self {
        Self {
            number: ListNumber::new(number.try_into().expect("small")).expect("a list"),
            places,
            used: HashSet::new(),
            entries: BTreeMap::new(),
        }
    }
}

fn superseded(
    plan: &Plan,
    issued: &[Issued],
    revision: Revision,
    current: Revision,
) -> StatusEntry {
    let later = issued.iter().filter(|one| one.certificate.revision() > revision);
    let on = later.map(|one| one.certificate.governs_from()).min().expect("a later one");
    let cause = if plan.is_rekeyed() { SupersededBy::Rekey } else { SupersededBy::Amendment };
    StatusEntry::Superseded { on, current, cause }
}
