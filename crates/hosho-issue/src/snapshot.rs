//! `snapshot`: what is in force, as a new signed status snapshot of every list.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use hosho::{
    Date, EndedBy, KeyRole, ListNumber, Sequence, SnapshotDraft, StatusEntry, StatusIndex,
    SupersededBy, UnixTime,
};

use crate::bundle::{Existing, check_place, write};
use crate::event::Watch;
use crate::failure::Failure;
use crate::home::{Home, Patience};
use crate::init::days_later;
use crate::journal::{Access, Chain, Effect, Ledger, Record, Snapshot, Step};
use crate::keyring::Keys;
use crate::publish::settle;
use crate::recover::finish_open_intents;

/// What `snapshot` is asked to do.
#[derive(Clone, Debug)]
pub struct SnapshotOrder {
    /// The guarantor's home.
    pub home: PathBuf,
    /// The file for the first list; the others get `.2`, `.3` and so on after its name.
    pub out: PathBuf,
    /// What to do about files that are there.
    pub existing: Existing,
    /// For how many days it stays fresh, if not as the home was made.
    pub valid_days: Option<u16>,
    /// The clock.
    pub now: UnixTime,
    /// How long to wait for another command.
    pub patience: Patience,
}

/// A snapshot that was written.
#[derive(Clone, Debug)]
pub struct WrittenSnapshot {
    /// The list.
    pub list: ListNumber,
    /// The snapshot's place in the list's series.
    pub sequence: Sequence,
    /// Where it is.
    pub file: PathBuf,
}

/// Signs a new snapshot of each list and writes it.
///
/// The sequence is recorded before signing: after a crash a number may be left out, but none is
/// used twice.
///
/// # Errors
/// [`Failure`].
pub fn snapshot(
    order: &SnapshotOrder,
    watch: &mut Watch<'_>,
) -> Result<Vec<WrittenSnapshot>, Failure> {
    let mut home = Home::open(&order.home, Access::Append, order.patience, watch)?;
    home.journal.check_clock(order.now)?;
    finish_open_intents(&mut home, order.now, watch)?;
    settle(&mut home, order.now, watch)?;
    home.notice_trust(order.now, watch)?;
    home.journal.notice_mark(watch)?;
    let count = lists(home.journal.ledger()).len();
    let files: Vec<PathBuf> = (1..=count).map(|place| numbered(&order.out, place)).collect();
    files.iter().try_for_each(|file| check_place(file, order.existing))?;
    let snapshots = sign_snapshots(&mut home, order.valid_days, order.now, watch)?;
    let mut written = Vec::with_capacity(count);
    for (SignedSnapshot { list, sequence, bytes }, file) in snapshots.into_iter().zip(files) {
        write(&file, &bytes, order.existing)?;
        written.push(WrittenSnapshot { list, sequence, file });
    }
    Ok(written)
}

/// A snapshot that was signed and is nowhere yet.
#[derive(Clone, Debug)]
pub(crate) struct SignedSnapshot {
    pub(crate) list: ListNumber,
    pub(crate) sequence: Sequence,
    pub(crate) bytes: Vec<u8>,
}

/// Records and signs a new snapshot of each list.
pub(crate) fn sign_snapshots(
    home: &mut Home,
    valid_days: Option<u16>,
    now: UnixTime,
    watch: &mut Watch<'_>,
) -> Result<Vec<SignedSnapshot>, Failure> {
    let (keys, key) = Keys::to_sign(home, KeyRole::Status, now)?;
    let next_update = days_later(now, valid_days.unwrap_or(home.profile.snapshot_days))?;
    let plan = number_snapshots(home.journal.ledger())?;
    let record = |(list, sequence): &(ListNumber, Sequence)| {
        Record::Snapshot(Snapshot { list: *list, sequence: *sequence, next_update, key })
    };
    home.journal.append(now, plan.iter().map(record).collect(), watch)?;
    let mut entries = entries(home.journal.ledger());
    let mut snapshots = Vec::with_capacity(plan.len());
    for (list, sequence) in plan {
        let draft = SnapshotDraft {
            guarantor_id: home.profile.id.clone(),
            list,
            sequence,
            issued_at: now,
            next_update,
            last_index: last_index()?,
            entries: entries.remove(&list).unwrap_or_default(),
        };
        snapshots.push(SignedSnapshot { list, sequence, bytes: keys.sign_status(key, &draft)? });
    }
    Ok(snapshots)
}

/// Returns the lists that have snapshots; a home that issued nothing has list 1.
pub(crate) fn lists(ledger: &Ledger) -> Vec<ListNumber> {
    let lists: Vec<ListNumber> = ledger.lists().numbers().collect();
    if lists.is_empty() { vec![ListNumber::FIRST] } else { lists }
}

fn number_snapshots(ledger: &Ledger) -> Result<Vec<(ListNumber, Sequence)>, Failure> {
    let number = |list| {
        let before = ledger.snapshots().get(&list);
        // 2^53 snapshots are never reached.
        let sequence = before.map_or(Some(Sequence::FIRST), |before| before.next());
        Ok((list, sequence.ok_or(Failure::Exhausted)?))
    };
    lists(ledger).into_iter().map(number).collect()
}

fn numbered(out: &Path, place: usize) -> PathBuf {
    if place == 1 {
        return out.to_owned();
    }
    let mut name = OsString::from(out);
    name.push(format!(".{place}"));
    name.into()
}

// The whole list: its places are drawn at random, and its length shall not tell how many are taken.
fn last_index() -> Result<StatusIndex, Failure> {
    StatusIndex::new(131_071).map_err(|error| Failure::Issue(error.into()))
}

/// What the snapshots of all lists say.
pub(crate) type Entries = BTreeMap<ListNumber, BTreeMap<StatusIndex, StatusEntry>>;

/// Returns the state of every place that was ever taken (spec section 11).
pub(crate) fn entries(ledger: &Ledger) -> Entries {
    let mut lists = Entries::new();
    for chain in ledger.chains().values() {
        for (step, entry) in states(chain) {
            lists.entry(step.status.list).or_default().insert(step.status.index, entry);
        }
    }
    lists
}

fn states(chain: &Chain) -> Vec<(&Step, StatusEntry)> {
    let Some(newest) = chain.newest() else { return Vec::new() };
    let mut states = Vec::with_capacity(chain.steps().len());
    // From the newest back, with the first day on which any later revision governs, and whether one
    // of them is a rekey.
    let mut later: Option<(Date, SupersededBy)> = None;
    for step in chain.steps().iter().rev() {
        states.push((step, state(newest, later)));
        let first = later.map_or(step.governs_from, |(day, _)| day.min(step.governs_from));
        let cause = match (later, step.effect) {
            (Some((_, SupersededBy::Rekey)), _) | (_, Effect::Rekeys) => SupersededBy::Rekey,
            _ => SupersededBy::Amendment,
        };
        later = Some((first, cause));
    }
    states
}

/// Returns the state of a revision: `newest` is the guarantee's newest, `later` the first day on
/// which any later revision governs and why (spec section 11).
fn state(newest: &Step, later: Option<(Date, SupersededBy)>) -> StatusEntry {
    let current = newest.revision;
    let end = newest.governs_from;
    match (newest.effect, later) {
        (Effect::Voids, _) => StatusEntry::Ended { on: end, current, cause: EndedBy::Voidance },
        (Effect::Terminates, later) => {
            let replaced_on = later.map(|(first, _)| first).filter(|first| *first < end);
            StatusEntry::Ended { on: end, current, cause: EndedBy::Termination { replaced_on } }
        }
        (_, None) => StatusEntry::InForce,
        (_, Some((on, cause))) => StatusEntry::Superseded { on, current, cause },
    }
}
