//! What the confirmation service keeps.

use hosho::{Fingerprint, GuarantorId, ListNumber, Locator, Revision, Sequence};
use hosho_store::{
    Answered, ConfirmStore, Database, Event, Kept, Located, MAX_WATCHES, NewWatch, Publication,
    Schema, SealedOrder, Shelf, StoreError, TrustMarks, Watching,
};

use crate::frame::{at, meddle, on_database, on_two_nodes, on_url};

const HERE: Locator = Locator::from_bytes([1; 16]);
const THERE: Locator = Locator::from_bytes([2; 16]);

fn mirai() -> GuarantorId<'static> {
    GuarantorId::parse("g-mirai").unwrap()
}

fn other() -> GuarantorId<'static> {
    GuarantorId::parse("g-other").unwrap()
}

fn revision(number: u16) -> Revision {
    Revision::new(number).unwrap()
}

fn sequence(number: u64) -> Sequence {
    Sequence::new(number).unwrap()
}

/// Publishes revisions, each a number and its bytes.
async fn publish(
    store: &ConfirmStore,
    guarantor: &GuarantorId<'_>,
    locator: &Locator,
    revisions: &[(u16, &[u8])],
    replaces: &[Locator],
) -> Result<Publication, StoreError> {
    let revisions: Vec<_> = revisions.iter().map(|(at, bytes)| (revision(*at), *bytes)).collect();
    let order =
        SealedOrder { guarantor, locator, revisions: &revisions, replaces, mail: "changed" };
    store.publish(&order, at(0)).await
}

fn on_store(test: impl AsyncFnOnce(ConfirmStore)) {
    on_database(Schema::Confirm, async |database| {
        let store = ConfirmStore::new(database);
        store.register(&[mirai(), other()]).await.unwrap();
        test(store).await;
    });
}

fn is_conflict<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Conflict))
}

#[test]
fn what_was_published_lies_on_its_shelf() {
    on_store(async |store| {
        let first = publish(&store, &mirai(), &HERE, &[(1, b"one"), (2, b"two")], &[]).await;
        assert_eq!(first.unwrap(), Publication::New(2));
        let shelf = store.shelf(&HERE).await.unwrap();
        let sealed = vec![(revision(1), b"one".to_vec()), (revision(2), b"two".to_vec())];
        assert_eq!(shelf, Some(Shelf { guarantor: mirai(), sealed }));
        assert_eq!(store.shelf(&THERE).await.unwrap(), None);
        assert_eq!(store.database().count_of_facts().await.unwrap(), 2);
    });
}

#[test]
fn the_same_again_changes_nothing_and_a_later_revision_is_added() {
    on_store(async |store| {
        let all: [(u16, &[u8]); 2] = [(1, b"one"), (2, b"two")];
        let new = publish(&store, &mirai(), &HERE, &all[..1], &[]).await.unwrap();
        assert_eq!(new, Publication::New(1));
        for expected in [Publication::New(1), Publication::Same] {
            assert_eq!(publish(&store, &mirai(), &HERE, &all, &[]).await.unwrap(), expected);
        }
        assert_eq!(store.shelf(&HERE).await.unwrap().unwrap().sealed.len(), 2);
    });
}

#[test]
fn other_bytes_of_a_stored_revision_are_a_conflict_and_nothing_is_stored() {
    on_store(async |store| {
        let new = publish(&store, &mirai(), &HERE, &[(1, b"one")], &[]).await.unwrap();
        assert_eq!(new, Publication::New(1));
        let refused = publish(&store, &mirai(), &HERE, &[(1, b"eno"), (2, b"two")], &[]).await;
        assert!(is_conflict(&refused));
        assert_eq!(store.shelf(&HERE).await.unwrap().unwrap().sealed.len(), 1);
    });
}

#[test]
fn revisions_leave_no_gap() {
    on_store(async |store| {
        for revisions in [&[(2_u16, b"two".as_slice())][..], &[(1, b"one"), (3, b"three")], &[]] {
            let refused = publish(&store, &mirai(), &HERE, revisions, &[]).await.unwrap();
            assert_eq!(refused, Publication::Gap, "{revisions:?}");
        }
        assert_eq!(store.shelf(&HERE).await.unwrap(), None);
    });
}

#[test]
fn a_locator_is_that_of_the_guarantor_who_came_first() {
    on_store(async |store| {
        let new = publish(&store, &mirai(), &HERE, &[(1, b"one")], &[]).await.unwrap();
        assert_eq!(new, Publication::New(1));
        assert!(is_conflict(&publish(&store, &other(), &HERE, &[(1, b"one")], &[]).await));
        assert!(is_conflict(&publish(&store, &other(), &THERE, &[(1, b"x")], &[HERE]).await));
        assert_eq!(store.shelf(&THERE).await.unwrap(), None);
        assert!(store.shelf(&HERE).await.unwrap().is_some());
    });
}

#[test]
fn a_locator_that_was_replaced_is_as_if_it_never_was() {
    on_store(async |store| {
        let one: [(u16, &[u8]); 1] = [(1, b"one")];
        let two: [(u16, &[u8]); 2] = [(1, b"uno"), (2, b"due")];
        assert_eq!(publish(&store, &mirai(), &HERE, &one, &[]).await.unwrap(), Publication::New(1));
        for expected in [Publication::New(2), Publication::Same] {
            let moved = publish(&store, &mirai(), &THERE, &two, &[HERE]).await.unwrap();
            assert_eq!(moved, expected);
            assert_eq!(store.shelf(&HERE).await.unwrap(), None);
            assert_eq!(store.shelf(&THERE).await.unwrap().unwrap().sealed.len(), 2);
        }
        // A worker that starts over may bring the old ones again, and nothing new.
        assert_eq!(publish(&store, &mirai(), &HERE, &one, &[]).await.unwrap(), Publication::Same);
        let added = publish(&store, &mirai(), &HERE, &[(1, b"one"), (2, b"two")], &[]).await;
        assert!(is_conflict(&added));
        assert_eq!(store.shelf(&HERE).await.unwrap(), None);
    });
}

#[test]
fn a_locator_that_was_withdrawn_before_it_came_does_not_open() {
    on_store(async |store| {
        let moved = publish(&store, &mirai(), &THERE, &[(1, b"uno")], &[HERE]).await.unwrap();
        assert_eq!(moved, Publication::New(1));
        assert!(is_conflict(&publish(&store, &mirai(), &HERE, &[(1, b"one")], &[]).await));
        assert_eq!(store.shelf(&HERE).await.unwrap(), None);
    });
}

#[test]
fn concurrent_publications_of_the_same_store_it_once() {
    on_two_nodes(Schema::Confirm, async |one, two| {
        ConfirmStore::new(one.clone()).register(&[mirai()]).await.unwrap();
        let tries: Vec<_> = (0..24)
            .map(|n| {
                let store = ConfirmStore::new(if n % 2 == 0 { one.clone() } else { two.clone() });
                tokio::spawn(async move {
                    let all: [(u16, &[u8]); 2] = [(1, b"one"), (2, b"two")];
                    publish(&store, &mirai(), &HERE, &all, &[THERE]).await.unwrap()
                })
            })
            .collect();
        let mut new = 0;
        for tried in tries {
            new += usize::from(tried.await.unwrap() == Publication::New(2));
        }
        assert_eq!(new, 1);
    });
}

/// What lies on the shelf after somebody changed the database behind the service's back.
async fn shelf_after(url: &str, change: &str) -> Result<Option<Shelf>, StoreError> {
    let database = Database::open(url, Schema::Confirm).await.unwrap();
    let store = ConfirmStore::new(database);
    store.register(&[mirai(), other()]).await.unwrap();
    let all: [(u16, &[u8]); 2] = [(1, b"one"), (2, b"two")];
    let new = publish(&store, &mirai(), &HERE, &all, &[]).await.unwrap();
    assert_eq!(new, Publication::New(2));
    meddle(url, change).await;
    let shelf = store.shelf(&HERE).await;
    store.database().close().await;
    shelf
}

#[test]
fn a_changed_row_is_damage_and_not_a_miss() {
    for change in [
        "UPDATE sealed SET bytes = digest",
        "UPDATE sealed SET digest = bytes",
        "UPDATE sealed SET revision = 7 WHERE revision = 2",
        "DELETE FROM sealed WHERE revision = 1",
    ] {
        on_url(async |url| {
            let error = shelf_after(url, change).await.unwrap_err();
            assert!(matches!(error, StoreError::Damaged { what: "sealed" }), "{change}: {error}");
        });
    }
}

#[test]
fn a_shelf_says_whose_it_is_and_the_certificate_has_to_agree() {
    on_url(async |url| {
        let shelf = shelf_after(url, "UPDATE shelves SET guarantor = 'g-other'").await.unwrap();
        assert_eq!(shelf.map(|shelf| shelf.guarantor), Some(other()));
    });
}

#[test]
fn bundles_follow_each_other() {
    on_store(async |store| {
        assert_eq!(store.trust_marks(&mirai()).await.unwrap(), TrustMarks::default());
        let add = async |number, bytes: &[u8], after| {
            store.add_bundle(&mirai(), sequence(number), bytes, after).await
        };
        assert_eq!(add(5, b"five", 0).await.unwrap(), Kept::New);
        assert_eq!(add(5, b"five", 0).await.unwrap(), Kept::Same);
        assert!(is_conflict(&add(5, b"cinq", 0).await));
        // Somebody verified it as a step from what is not the newest any more.
        assert!(is_conflict(&add(6, b"six", 0).await));
        assert_eq!(add(6, b"six", 5).await.unwrap(), Kept::New);
        let stored = store.trust(&mirai()).await.unwrap();
        assert_eq!(stored.marks, TrustMarks { bundle: 6, lists: Vec::new() });
        assert_eq!(stored.bundles, [b"five".to_vec(), b"six".to_vec()]);
        assert!(store.trust(&other()).await.unwrap().bundles.is_empty());
        let stranger = GuarantorId::parse("g-stranger").unwrap();
        let error = store.trust(&stranger).await.unwrap_err();
        assert!(matches!(error, StoreError::Damaged { what: "guarantors" }));
    });
}

#[test]
fn a_snapshot_gives_way_to_a_later_one_only() {
    on_store(async |store| {
        let list = ListNumber::FIRST;
        let put = async |number, bytes: &[u8]| {
            store.put_snapshot(&mirai(), list, sequence(number), bytes).await
        };
        assert_eq!(put(7, b"seven").await.unwrap(), Kept::New);
        assert_eq!(put(7, b"seven").await.unwrap(), Kept::Same);
        assert!(is_conflict(&put(7, b"sept").await));
        assert_eq!(put(6, b"six").await.unwrap(), Kept::Regressed);
        assert_eq!(put(9, b"nine").await.unwrap(), Kept::New);
        let second = ListNumber::new(2).unwrap();
        let kept = store.put_snapshot(&mirai(), second, sequence(1), b"second").await.unwrap();
        assert_eq!(kept, Kept::New);
        let stored = store.trust(&mirai()).await.unwrap();
        assert_eq!(stored.marks, TrustMarks { bundle: 0, lists: vec![(1, 9), (2, 1)] });
        assert_eq!(stored.snapshots, [b"nine".to_vec(), b"second".to_vec()]);
        assert_eq!(store.trust_marks(&mirai()).await.unwrap(), stored.marks);
    });
}

#[test]
fn proofs_are_found_by_their_certificates() {
    on_store(async |store| {
        let (known, unknown) = (Fingerprint::of(b"known"), Fingerprint::of(b"unknown"));
        assert!(store.proofs(&mirai(), &[known]).await.unwrap().is_empty());
        for bytes in [b"old".to_vec(), b"new".to_vec()] {
            store.put_proofs(&mirai(), &[(known, bytes)]).await.unwrap();
        }
        let found = store.proofs(&mirai(), &[unknown, known]).await.unwrap();
        assert_eq!(found, [(known, b"new".to_vec())]);
        assert!(store.proofs(&other(), &[known]).await.unwrap().is_empty());
    });
}

fn located(locator: Locator, number: u16) -> Located {
    Located { locator, revision: revision(number) }
}

#[test]
fn an_opening_is_recorded() {
    on_store(async |store| {
        let new = publish(&store, &mirai(), &HERE, &[(1, b"one")], &[]).await.unwrap();
        assert_eq!(new, Publication::New(1));
        // The other was withdrawn in between: it is passed over.
        store.record_openings(&[located(THERE, 1), located(HERE, 1)], at(5)).await.unwrap();
        let events = store.events_after(&mirai(), 0, 10).await.unwrap();
        let opened =
            Event { id: 1, locator: HERE, revision: revision(1), at: at(5), sealed_answer: None };
        assert_eq!(events, [opened]);
    });
}

#[test]
fn of_many_answers_to_one_revision_the_first_stands() {
    on_two_nodes(Schema::Confirm, async |one, two| {
        let store = ConfirmStore::new(one.clone());
        store.register(&[mirai()]).await.unwrap();
        let all: [(u16, &[u8]); 2] = [(1, b"one"), (2, b"two")];
        let new = publish(&store, &mirai(), &HERE, &all, &[]).await.unwrap();
        assert_eq!(new, Publication::New(2));
        let tries: Vec<_> = (0..32_u8)
            .map(|n| {
                let store = ConfirmStore::new(if n % 2 == 0 { one.clone() } else { two.clone() });
                tokio::spawn(async move {
                    let answered = store.answer(located(HERE, 2), &[n], at(u64::from(n))).await;
                    (answered.unwrap(), n)
                })
            })
            .collect();
        let mut stood = Vec::new();
        for tried in tries {
            let (answered, n) = tried.await.unwrap();
            if answered == Answered::Now {
                stood.push(n);
            }
        }
        assert_eq!(stood.len(), 1);
        let answers = store.answers(&HERE).await.unwrap();
        assert_eq!(answers.len(), 1);
        assert_eq!((answers[0].revision, answers[0].sealed.clone()), (revision(2), stood));
        // The other revision has an answer of its own.
        let first = store.answer(located(HERE, 1), &[99], at(99)).await.unwrap();
        assert_eq!(first, Answered::Now);
        assert!(is_conflict(&store.answer(located(THERE, 1), &[1], at(99)).await));
    });
}

#[test]
fn events_are_those_of_one_guarantor_in_their_order() {
    on_store(async |store| {
        let mine = publish(&store, &mirai(), &HERE, &[(1, b"one")], &[]).await.unwrap();
        let theirs = publish(&store, &other(), &THERE, &[(1, b"one")], &[]).await.unwrap();
        assert_eq!((mine, theirs), (Publication::New(1), Publication::New(1)));
        let both = [located(HERE, 1), located(THERE, 1), located(Locator::from_bytes([7; 16]), 1)];
        for second in 0..3 {
            store.record_openings(&both, at(second)).await.unwrap();
        }
        assert_eq!(store.answer(located(HERE, 1), b"sealed", at(9)).await.unwrap(), Answered::Now);
        let ids = async |after, most| {
            let events = store.events_after(&mirai(), after, most).await.unwrap();
            assert!(events.iter().all(|event| event.locator == HERE));
            events.iter().map(|event| event.id).collect::<Vec<_>>()
        };
        assert_eq!(ids(0, 500).await, [1, 2, 3, 4]);
        assert_eq!(ids(2, 1).await, [3]);
        assert!(ids(4, 500).await.is_empty());
        assert_eq!(store.events_after(&other(), 0, 500).await.unwrap().len(), 3);
        let last = store.events_after(&mirai(), 3, 1).await.unwrap();
        assert_eq!(last[0].sealed_answer.as_deref(), Some(b"sealed".as_slice()));
    });
}

#[test]
fn no_event_is_missed_by_one_who_reads_while_others_write() {
    on_two_nodes(Schema::Confirm, async |one, two| {
        let store = ConfirmStore::new(one.clone());
        store.register(&[mirai()]).await.unwrap();
        let new = publish(&store, &mirai(), &HERE, &[(1, b"one")], &[]).await.unwrap();
        assert_eq!(new, Publication::New(1));
        let writers: Vec<_> = (0..4)
            .map(|n| {
                let store = ConfirmStore::new(if n % 2 == 0 { one.clone() } else { two.clone() });
                tokio::spawn(async move {
                    for _ in 0..15 {
                        store.record_openings(&[located(HERE, 1)], at(0)).await.unwrap();
                    }
                })
            })
            .collect();
        let mut seen = Vec::new();
        while seen.len() < 60 {
            let after = seen.last().copied().unwrap_or(0);
            let events = store.events_after(&mirai(), after, 500).await.unwrap();
            seen.extend(events.into_iter().map(|event| event.id));
            tokio::task::yield_now().await;
        }
        for writer in writers {
            writer.await.unwrap();
        }
        assert_eq!(seen, (1..=60).collect::<Vec<u64>>());
    });
}

#[test]
fn watchers_get_a_mail_with_each_change_and_none_when_nothing_changed() {
    on_store(async |store| {
        let one: [(u16, &[u8]); 1] = [(1, b"one")];
        let all: [(u16, &[u8]); 2] = [(1, b"one"), (2, b"two")];
        assert_eq!(publish(&store, &mirai(), &HERE, &one, &[]).await.unwrap(), Publication::New(1));
        let watch = async |mark: u8, address: &[u8]| {
            let watch = NewWatch { locator: &HERE, mark: &[mark; 32], address, language: "ja" };
            store.watch(&watch).await.unwrap()
        };
        assert_eq!(watch(1, b"a").await, Watching::New);
        assert_eq!(watch(1, b"a").await, Watching::Already);
        assert_eq!(watch(2, b"b").await, Watching::New);
        let mails = async || {
            let taken = store.database().take_mails(99, at(1)).await.unwrap();
            taken.into_iter().map(|mail| (mail.kind, mail.address)).collect::<Vec<_>>()
        };
        assert_eq!(publish(&store, &mirai(), &HERE, &one, &[]).await.unwrap(), Publication::Same);
        assert!(mails().await.is_empty());
        assert_eq!(publish(&store, &mirai(), &HERE, &all, &[]).await.unwrap(), Publication::New(1));
        let changed = |address: &[u8]| ("changed".to_owned(), address.to_vec());
        assert_eq!(mails().await, [changed(b"a"), changed(b"b")]);
        store.unwatch(&HERE, &[1; 32]).await.unwrap();
        store.unwatch(&HERE, &[1; 32]).await.unwrap();
        let moved = publish(&store, &mirai(), &THERE, &all, &[HERE]).await.unwrap();
        assert_eq!(moved, Publication::New(2));
        assert_eq!(mails().await, [changed(b"b")]);
    });
}

#[test]
fn not_more_than_so_many_are_told_of_one_guarantee() {
    on_two_nodes(Schema::Confirm, async |one, two| {
        let store = ConfirmStore::new(one.clone());
        store.register(&[mirai()]).await.unwrap();
        let new = publish(&store, &mirai(), &HERE, &[(1, b"one")], &[]).await.unwrap();
        assert_eq!(new, Publication::New(1));
        let tries: Vec<_> = (0..40_u8)
            .map(|n| {
                let store = ConfirmStore::new(if n % 2 == 0 { one.clone() } else { two.clone() });
                tokio::spawn(async move {
                    let watch =
                        NewWatch { locator: &HERE, mark: &[n; 32], address: b"a", language: "en" };
                    store.watch(&watch).await.unwrap()
                })
            })
            .collect();
        let mut added = 0;
        for tried in tries {
            added += u8::from(tried.await.unwrap() == Watching::New);
        }
        assert_eq!(added, MAX_WATCHES);
        let watch = NewWatch { locator: &THERE, mark: &[0; 32], address: b"a", language: "en" };
        assert!(is_conflict(&store.watch(&watch).await));
    });
}
