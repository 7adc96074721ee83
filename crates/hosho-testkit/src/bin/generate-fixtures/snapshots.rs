//! Other status snapshots: one that the wrong key signed, one that knows nothing, one that takes
//! an entry back, one that shares its sequence with another.

use hosho::{Sequence, StatusEntry, StatusIndex};
use hosho_testkit::time;

use crate::fixture::Fixture;
use crate::ledger::Ledger;

pub(crate) fn fixtures(ledger: &Ledger) -> Vec<Fixture> {
    let guarantor = &ledger.guarantor;
    let first = ledger.snapshot_draft();
    let role = first.sign(&guarantor.certificate_key).expect("a snapshot in its form");
    let mut empty = ledger.snapshot_draft();
    empty.entries.clear();
    empty.sequence = Sequence::new(2).expect("a sequence");
    let mut newer = ledger.snapshot_draft();
    newer.sequence = Sequence::new(2).expect("a sequence");
    let index = StatusIndex::new(ledger.issued("G06-1").index).expect("an index");
    newer.entries.insert(index, StatusEntry::NotIssued);
    let mut twin = ledger.snapshot_draft();
    twin.next_update = time("2026-12-31T00:00:00Z");
    vec![
        Fixture::new("snapshots/role.status", role),
        Fixture::new("snapshots/empty.status", guarantor.sign_snapshot(&empty)),
        Fixture::new("snapshots/newer.status", guarantor.sign_snapshot(&newer)),
        Fixture::new("snapshots/twin.status", guarantor.sign_snapshot(&twin)),
    ]
}
