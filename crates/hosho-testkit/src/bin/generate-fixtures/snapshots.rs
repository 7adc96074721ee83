//! Other status snapshots: one that the wrong key signed, one that knows nothing, one that takes
//! an entry back, one that shares its sequence with another, a later one, one of another list, one
//! of another guarantor, a thief's of a high sequence and the true one after the theft.

use hosho::{ListNumber, Sequence, SnapshotDraft, StatusEntry, StatusIndex};
use hosho_testkit::time;

use crate::fixture::Fixture;
use crate::guarantor::{guarantor, second_status_key};
use crate::ledger::Ledger;

pub(crate) fn fixtures(ledger: &Ledger) -> Vec<Fixture> {
    let mirai = &ledger.guarantor;
    let first = ledger.snapshot_draft();
    let role = first.sign(&mirai.certificate_key).expect("a snapshot in its form");
    let mut empty = ledger.snapshot_draft();
    empty.entries.clear();
    empty.sequence = Sequence::new(2).expect("a sequence");
    let mut newer = ledger.snapshot_draft();
    newer.sequence = Sequence::new(2).expect("a sequence");
    let index = StatusIndex::new(ledger.issued("G06-1").index).expect("an index");
    newer.entries.insert(index, StatusEntry::NotIssued);
    let mut twin = ledger.snapshot_draft();
    twin.next_update = time("2026-12-31T00:00:00Z");
    let mut later = ledger.snapshot_draft();
    later.sequence = Sequence::new(2).expect("a sequence");
    let mut far = ledger.snapshot_draft();
    far.sequence = Sequence::new(900).expect("a sequence");
    let after = later.sign(&second_status_key()).expect("a snapshot in its form");
    let mut list = ledger.snapshot_draft();
    list.list = ListNumber::new(2).expect("a list");
    let other = guarantor("g-other", 60);
    let of_other = SnapshotDraft { guarantor_id: other.id.clone(), ..ledger.snapshot_draft() };
    vec![
        Fixture::new("snapshots/far.status", mirai.sign_snapshot(&far)),
        Fixture::new("snapshots/after-theft.status", after),
        Fixture::new("snapshots/later.status", mirai.sign_snapshot(&later)),
        Fixture::new("snapshots/list-2.status", mirai.sign_snapshot(&list)),
        Fixture::new("snapshots/other.status", other.sign_snapshot(&of_other)),
        Fixture::new("snapshots/role.status", role),
        Fixture::new("snapshots/empty.status", mirai.sign_snapshot(&empty)),
        Fixture::new("snapshots/newer.status", mirai.sign_snapshot(&newer)),
        Fixture::new("snapshots/twin.status", mirai.sign_snapshot(&twin)),
    ]
}
