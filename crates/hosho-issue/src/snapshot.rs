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
    let (keys, key) = Keys::to_sign(&home, KeyRole::Status, order.now)?;
    let days = order.valid_days.unwrap_or(home.profile.snapshot_days);
    let next_update = days_later(order.now, days)?;
    let plan = plan(home.journal.ledger(), order)?;
    let records = plan.iter().map(|written| {
        let WrittenSnapshot { list, sequence, .. } = *written;
        Record::Snapshot(Snapshot { list, sequence, next_update, key })
    });
    home.journal.append(order.now, records.collect(), watch)?;
    let mut entries = entries(home.journal.ledger());
    for written in &plan {
        let draft = SnapshotDraft {
            guarantor_id: home.profile.id.clone(),
            list: written.list,
            sequence: written.sequence,
            issued_at: order.now,
            next_update,
            last_index: last_index()?,
            entries: entries.remove(&written.list).unwrap_or_default(),
        };
        write(&written.file, &keys.sign_status(key, &draft)?, order.existing)?;
    }
    Ok(plan)
}

/// Numbers the snapshots and names their files; a home that issued nothing has list 1.
fn plan(ledger: &Ledger, order: &SnapshotOrder) -> Result<Vec<WrittenSnapshot>, Failure> {
    let mut lists: Vec<ListNumber> = ledger.lists().numbers().collect();
    if lists.is_empty() {
        lists.push(ListNumber::FIRST);
    }
    let mut plan = Vec::with_capacity(lists.len());
    for (place, list) in (1_usize..).zip(lists) {
        let file = numbered(&order.out, place);
        check_place(&file, order.existing)?;
        let before = ledger.snapshots().get(&list);
        // 2^53 snapshots are never reached.
        let sequence = before.map_or(Some(Sequence::FIRST), |before| before.next());
        let sequence = sequence.ok_or(Failure::Exhausted)?;
        plan.push(WrittenSnapshot { list, sequence, file });
    }
    Ok(plan)
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

type Entries = BTreeMap<ListNumber, BTreeMap<StatusIndex, StatusEntry>>;

/// Returns the state of every place that was ever taken (spec section 11).
fn entries(ledger: &Ledger) -> Entries {
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
