//! What the portal's transactions promise when people, workers and processes race.

use std::collections::BTreeSet;

use hosho::{Date, GuaranteeKind, GuarantorId, ListNumber, Revision, Sequence, Serial, Yen};
use hosho_store::portal::{
    AcceptedKind, ApplicationId, AskedKind, Concluded, ContractorId, Decided, Delivery, JobState,
    NewAccount, NewApplication, NewObligee, NewView, NumberFor, ObligeeEvent, Page, PortalStore,
    Received, Role, Selection, Settled, SnapshotKept, Step, StoredSnapshot, Task, Viewed,
};
use hosho_store::{Schema, StoreError};

use crate::frame::{at, on_two_nodes};
use crate::office::{World, number, on_world, revision, world};

const PAGE: Page = Page { before: None, most: 200 };

#[test]
fn an_account_is_found_by_its_login_with_roles_and_contractor() {
    on_world(async |world| {
        let found = world.store.account_by_login("approver").await.unwrap().unwrap();
        assert_eq!(found.roles, [Role::Approver, Role::Director].into_iter().collect());
        assert_eq!((found.contractor, found.must_change, found.epoch), (None, true, 1));
        let found = world.store.account(world.applicant).await.unwrap().unwrap();
        assert_eq!((found.contractor, found.login.as_str()), (Some(world.contractor), "aomine"));
        assert!(world.store.account_by_login("nobody").await.unwrap().is_none());
        assert_eq!(world.store.accounts().await.unwrap().len(), 3);
    });
}

#[test]
fn a_login_is_given_once() {
    on_world(async |world| {
        let roles = BTreeSet::new();
        let again = NewAccount {
            login: "clerk",
            name: "別人",
            roles: &roles,
            contractor: None,
            password: "$argon2id$x",
            by: None,
            at: at(5),
        };
        assert!(matches!(world.store.add_account(&again).await, Err(StoreError::Conflict)));
    });
}

#[test]
fn a_new_password_and_disabling_end_the_sessions_before() {
    on_world(async |world| {
        let (store, own) = (&world.store, Some(world.clerk));
        assert_eq!(store.set_password(world.clerk, "$argon2id$own", own, at(4)).await.unwrap(), 2);
        let found = store.account(world.clerk).await.unwrap().unwrap();
        assert_eq!((found.password.as_str(), found.must_change), ("$argon2id$own", false));
        store.set_password(world.clerk, "$argon2id$given", None, at(5)).await.unwrap();
        assert!(store.account(world.clerk).await.unwrap().unwrap().must_change);
        store.disable_account(world.clerk, None, at(6)).await.unwrap();
        let found = store.account(world.clerk).await.unwrap().unwrap();
        assert_eq!((found.epoch, found.disabled_at), (4, Some(at(6))));
        let again = store.disable_account(world.clerk, None, at(7)).await;
        assert!(matches!(again, Err(StoreError::Conflict)));
    });
}

#[test]
fn an_obligee_keeps_its_kinds_with_their_days() {
    on_world(async |world| {
        let day = |text| Date::parse(text).unwrap();
        let kind = GuaranteeKind::Advance;
        let accepted = AcceptedKind { kind, from: day("2026-04-01"), until: None };
        let new = NewObligee {
            name: "瑞穂県",
            representative: "瑞穂県知事 高瀬 光一",
            address: None,
            kinds: &[accepted],
        };
        let id = world.store.add_obligee(&new, None, at(0)).await.unwrap();
        assert_eq!(world.store.add_obligee(&new, None, at(1)).await.unwrap(), id);
        let offering = |text| world.store.obligees_offering(kind, day(text));
        assert_eq!(offering("2026-03-31").await.unwrap(), []);
        assert_eq!(offering("2026-04-01").await.unwrap()[0].kinds, [accepted]);
        let (from, until) = (accepted.from, day("2027-03-31"));
        world.store.end_obligee_kind(id, (kind, from), until, None, at(2)).await.unwrap();
        assert_eq!(offering("2027-04-01").await.unwrap(), []);
        let ended = world.store.end_obligee_kind(id, (kind, until), until, None, at(2)).await;
        assert!(matches!(ended, Err(StoreError::Conflict)));
    });
}

#[test]
fn an_application_shows_everything_that_happened_to_it() {
    on_world(async |world| {
        let id = world.apply(None).await;
        world.approve(id).await;
        let Concluded::Asked { job, .. } = world.conclude_new(id).await else {
            panic!("not concluded");
        };
        let refused = world.store.refuse_job(job, ("E6-TAX", "the tax"), at(4)).await.unwrap();
        assert_eq!(refused, Settled::Stored);
        let found = world.store.application(id).await.unwrap().unwrap();
        let steps: Vec<_> = found.decisions.iter().map(|decision| decision.step).collect();
        assert_eq!(steps, [Step::Reviewed, Step::Approved, Step::Concluded]);
        assert_eq!(found.decisions[1].account, world.approver);
        assert_eq!(found.contractor_name, "株式会社青嶺架空土建");
        let job = found.job.unwrap();
        assert_eq!((job.state, job.number.as_str()), (JobState::Refused, "31-08-1-0000007"));
        assert_eq!(job.refusal.unwrap().code, "E6-TAX");
        assert!(
            world.store.application(ApplicationId::parse("99").unwrap()).await.unwrap().is_none()
        );
    });
}

#[test]
fn lists_hold_what_they_say_and_go_on_where_they_ended() {
    on_world(async |world| {
        let mut ids = Vec::new();
        for _ in 0..5 {
            ids.push(world.apply(None).await);
        }
        let closing = world.decision(ids[1], 0, Step::Returned);
        assert_eq!(world.store.decide(&closing).await.unwrap(), Decided::Recorded);
        let list = async |selection, page| -> Vec<ApplicationId> {
            let found = world.store.applications(selection, page).await.unwrap();
            found.into_iter().map(|application| application.id).collect()
        };
        assert_eq!(list(Selection::Open, PAGE).await, [ids[4], ids[3], ids[2], ids[0]]);
        let part = Page { before: Some(ids[3]), most: 2 };
        assert_eq!(list(Selection::All, part).await, [ids[2], ids[1]]);
        assert_eq!(list(Selection::Of(world.contractor), PAGE).await.len(), 5);
        let other = ContractorId::parse("99").unwrap();
        assert_eq!(list(Selection::Of(other), PAGE).await, []);
    });
}

#[test]
fn of_two_people_who_saw_the_same_one_decides() {
    on_two_nodes(Schema::Portal, async |one, other| {
        let world = world(&one).await;
        let other = PortalStore::new(other);
        for _ in 0..8 {
            let id = world.apply(None).await;
            let (first, second) =
                (world.decision(id, 0, Step::Reviewed), world.decision(id, 0, Step::Returned));
            let (first, second) = tokio::join!(world.store.decide(&first), other.decide(&second));
            let mut outcomes = [first.unwrap(), second.unwrap()];
            outcomes.sort_by_key(|outcome| *outcome == Decided::Taken);
            assert_eq!(outcomes, [Decided::Recorded, Decided::Taken]);
        }
    });
}

#[test]
fn new_guarantees_get_rising_numbers_without_gaps() {
    on_two_nodes(Schema::Portal, async |one, _other| {
        let world = std::sync::Arc::new(world(&one).await);
        let mut conclusions = Vec::new();
        for _ in 0..12 {
            let id = world.apply(None).await;
            world.approve(id).await;
            let world = world.clone();
            conclusions.push(tokio::spawn(async move { world.conclude_new(id).await }));
        }
        let mut numbers = BTreeSet::new();
        for conclusion in conclusions {
            match conclusion.await.unwrap() {
                Concluded::Asked { number, .. } => assert!(numbers.insert(number)),
                other => panic!("{other:?}"),
            }
        }
        let expected: BTreeSet<_> =
            (7..19).map(|serial| number(&format!("31-08-1-{serial:07}"))).collect();
        assert_eq!(numbers, expected);
    });
}

#[test]
fn a_series_without_numbers_records_nothing() {
    on_world(async |world| {
        let id = world.apply(None).await;
        world.approve(id).await;
        let next = |_: u64| None;
        let series = NumberFor::Next { series: "number/31-08-2", first: 1, number: &next };
        let error = world.conclude(id, series, Revision::FIRST).await.unwrap_err();
        assert_eq!(error.code(), "E10-DATABASE");
        assert_eq!(world.store.application(id).await.unwrap().unwrap().decisions.len(), 2);
    });
}

#[test]
fn of_64_concurrent_amendments_of_one_guarantee_one_is_concluded() {
    on_two_nodes(Schema::Portal, async |one, other| {
        let world = std::sync::Arc::new(world(&one).await);
        let elsewhere = std::sync::Arc::new(World { store: PortalStore::new(other), ..*world });
        let guarantee = world.issued().await;
        let mut conclusions = Vec::new();
        for n in 0..64 {
            let id = world.apply(Some((&guarantee, Revision::FIRST))).await;
            world.approve(id).await;
            let node = if n % 2 == 0 { world.clone() } else { elsewhere.clone() };
            let guarantee = guarantee.clone();
            conclusions.push(tokio::spawn(async move {
                node.conclude(id, NumberFor::Amended(&guarantee), revision(2)).await.unwrap()
            }));
        }
        let (mut asked, mut outdated) = (0, 0);
        for conclusion in conclusions {
            match conclusion.await.unwrap() {
                Concluded::Asked { .. } => asked += 1,
                Concluded::Outdated => outdated += 1,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!((asked, outdated), (1, 63));
        let all = world.store.applications(Selection::All, PAGE).await.unwrap();
        let returned = all.iter().filter_map(|application| application.decisions.last());
        let returned = returned.filter(|last| last.note.as_deref() == Some("E10-OUTDATED"));
        assert_eq!(returned.count(), 63);
    });
}

#[test]
fn sending_back_what_the_worker_refused_frees_the_revision() {
    on_world(async |world| {
        let guarantee = world.issued().await;
        let amend = async || {
            let id = world.apply(Some((&guarantee, Revision::FIRST))).await;
            world.approve(id).await;
            (id, world.conclude(id, NumberFor::Amended(&guarantee), revision(2)).await.unwrap())
        };
        let (first, Concluded::Asked { job, .. }) = amend().await else { panic!("first") };
        assert_eq!(amend().await.1, Concluded::Outdated);
        let refused = world.store.refuse_job(job, ("E6-TAX", "the tax"), at(4)).await.unwrap();
        assert_eq!(refused, Settled::Stored);
        assert_eq!(amend().await.1, Concluded::Outdated);
        let back = world.decision(first, 3, Step::Returned);
        assert_eq!(world.store.decide(&back).await.unwrap(), Decided::Recorded);
        let (_, again) = amend().await;
        assert!(matches!(again, Concluded::Asked { .. }), "{again:?}");
        assert_eq!(world.finish(job, &guarantee, 2, b"late").await, Settled::Conflict);
    });
}

#[test]
fn an_amendment_of_a_revision_that_was_never_issued_is_not_entered() {
    on_world(async |world| {
        let unknown = number("31-08-1-0000099");
        let new = NewApplication {
            contractor: world.contractor,
            task: Task::Amend,
            kind: AskedKind::Advance,
            base: Some((&unknown, Revision::FIRST)),
            request: "{}",
            delivery: Delivery::Electronic,
            amount: Yen::new(1).unwrap(),
            by: world.applicant,
            at: at(1),
        };
        assert!(matches!(world.store.apply(&new).await, Err(StoreError::Conflict)));
    });
}

#[test]
fn a_job_is_leased_to_one_worker_and_comes_back_after_its_lease() {
    on_two_nodes(Schema::Portal, async |one, other| {
        let world = world(&one).await;
        let other = PortalStore::new(other);
        for _ in 0..20 {
            let id = world.apply(None).await;
            world.approve(id).await;
            let _ = world.conclude_new(id).await;
        }
        let (here, there) = tokio::join!(
            world.store.claim_jobs("worker-1", 15, at(10)),
            other.claim_jobs("worker-2", 15, at(10))
        );
        let (here, there) = (here.unwrap(), there.unwrap());
        let mut ids: Vec<_> = here.iter().chain(&there).map(|job| job.id).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
        let rest = other.claim_jobs("worker-2", 64, at(11)).await.unwrap();
        assert_eq!(count + rest.len(), 20);
        assert!(world.store.claim_jobs("worker-1", 64, at(129)).await.unwrap().is_empty());
        assert_eq!(world.store.claim_jobs("worker-1", 64, at(131)).await.unwrap().len(), 20);
        // Whoever came second may have got none: both saw the same open jobs.
        for job in here.iter().chain(&there) {
            assert_eq!(job.request, format!("{{\"number\":\"{}\"}}", job.number));
        }
    });
}

#[test]
fn a_job_is_done_once_and_again_only_with_the_same_bytes() {
    on_world(async |world| {
        let id = world.apply(None).await;
        world.approve(id).await;
        let Concluded::Asked { job, number } = world.conclude_new(id).await else {
            panic!("not concluded");
        };
        assert_eq!(world.finish(job, &number, 1, b"signed").await, Settled::Stored);
        assert_eq!(world.finish(job, &number, 1, b"signed").await, Settled::Same);
        assert_eq!(world.finish(job, &number, 1, b"other").await, Settled::Conflict);
        let refused = world.store.refuse_job(job, ("E6-TAX", "x"), at(5)).await.unwrap();
        assert_eq!(refused, Settled::Conflict);
        let mails = world.store.database().take_mails(9, at(5)).await.unwrap();
        assert_eq!(mails.len(), 1);
        assert_eq!(
            (mails[0].kind.as_str(), &*mails[0].address),
            ("registered", &b"taro@example.jp"[..])
        );
        let newest = world.store.newest_revision(&number).await.unwrap().unwrap();
        assert_eq!(
            (newest.signed.as_slice(), newest.contractor),
            (&b"signed"[..], world.contractor)
        );
        let key = world.store.newest_key(&number).await.unwrap().unwrap();
        assert_eq!((key.serial, key.sealed_key.as_slice()), (Serial::FIRST, &b"encrypted"[..]));
        let sealed = world.store.sealed(&number, Serial::FIRST, Revision::FIRST).await.unwrap();
        assert_eq!(sealed.as_deref(), Some(&b"sealed signed"[..]));
        let state = world.store.job(job).await.unwrap().unwrap().state;
        assert_eq!(state, JobState::Done);
    });
}

#[test]
fn a_list_of_guarantees_has_the_newest_revision_of_each() {
    on_world(async |world| {
        let guarantee = world.issued().await;
        let id = world.apply(Some((&guarantee, Revision::FIRST))).await;
        world.approve(id).await;
        let amended =
            world.conclude(id, NumberFor::Amended(&guarantee), revision(2)).await.unwrap();
        let Concluded::Asked { job, .. } = amended else { panic!("{amended:?}") };
        assert_eq!(world.finish(job, &guarantee, 2, b"signed 2").await, Settled::Stored);
        let list = world.store.guarantees(Some(world.contractor), 10).await.unwrap();
        assert_eq!(list.len(), 1);
        assert_eq!(list[0].revision, revision(2));
        let whole = world.store.guarantee(&guarantee).await.unwrap().unwrap();
        assert_eq!(whole.revisions.len(), 2);
        let other = ContractorId::parse("99").unwrap();
        assert!(world.store.guarantees(Some(other), 10).await.unwrap().is_empty());
    });
}

#[test]
fn one_answer_of_an_obligee_stands_for_each_revision() {
    on_world(async |world| {
        let guarantee = world.issued().await;
        let event = |event, seconds, reason: Option<&str>| ObligeeEvent {
            number: guarantee.clone(),
            revision: Revision::FIRST,
            event,
            at: at(seconds),
            reason: reason.map(str::to_owned),
            by: Some("高瀬".to_owned()),
        };
        let events = [
            event(Received::Opened, 10, None),
            event(Received::Opened, 20, None),
            event(Received::Returned, 30, Some("工期が違います")),
            event(Received::Accepted, 40, None),
            ObligeeEvent { number: number("31-08-1-9"), ..event(Received::Opened, 10, None) },
        ];
        let record = async || world.store.record_events(&events, "answered", at(50)).await.unwrap();
        assert_eq!((record().await, record().await), (3, 0));
        let stored = world.store.events(&guarantee).await.unwrap();
        let words: Vec<_> = stored.iter().map(|event| event.event).collect();
        assert_eq!(words, [Received::Returned, Received::Opened, Received::Opened]);
        let answers = world.store.answers(Some(world.contractor), 10).await.unwrap();
        assert_eq!(answers[0].reason.as_deref(), Some("工期が違います"));
        let mails = world.store.database().take_mails(9, at(51)).await.unwrap();
        let kinds: Vec<_> = mails.iter().map(|mail| mail.kind.as_str()).collect();
        assert_eq!(kinds, ["registered", "answered"]);
    });
}

#[test]
fn the_log_tells_decisions_views_and_accounts() {
    on_world(async |world| {
        let guarantee = world.issued().await;
        let view =
            NewView { number: &guarantee, account: world.applicant, what: Viewed::Key, at: at(60) };
        world.store.record_view(view).await.unwrap();
        assert_eq!(world.store.views(&guarantee).await.unwrap()[0].what, Viewed::Key);
        let log = world.store.log(50).await.unwrap();
        assert_eq!((log[0].what.as_str(), log[0].subject.as_str()), ("key", guarantee.as_str()));
        let words: BTreeSet<_> = log.iter().map(|entry| entry.what.as_str()).collect();
        let expected = ["account-added", "approved", "concluded", "key", "reviewed"];
        assert_eq!(words, expected.into_iter().collect());
    });
}

#[test]
fn bundles_and_snapshots_only_rise() {
    on_world(async |world| {
        let id = GuarantorId::parse("g-demo").unwrap();
        let sequence = |number| Sequence::new(number).unwrap();
        let add =
            async |number, bytes: &[u8]| world.store.add_bundle(&id, sequence(number), bytes).await;
        add(2, b"two").await.unwrap();
        add(2, b"two").await.unwrap();
        assert!(matches!(add(2, b"other").await, Err(StoreError::Conflict)));
        add(3, b"three").await.unwrap();
        let after = world.store.bundles_after(&id, sequence(2)).await.unwrap();
        assert_eq!(after, [b"three".to_vec()]);
        let keep = async |number, bytes: &[u8]| {
            let new = StoredSnapshot {
                list: ListNumber::FIRST,
                sequence: sequence(number),
                bytes: bytes.to_vec(),
            };
            world.store.keep_snapshot(&new).await
        };
        assert_eq!(keep(7, b"seven").await.unwrap(), SnapshotKept::Stored);
        assert_eq!(keep(7, b"seven").await.unwrap(), SnapshotKept::Same);
        assert_eq!(keep(6, b"six").await.unwrap(), SnapshotKept::Regressed);
        assert!(matches!(keep(7, b"other").await, Err(StoreError::Conflict)));
        assert_eq!(keep(9, b"nine").await.unwrap(), SnapshotKept::Stored);
        let kept = world.store.snapshots().await.unwrap();
        assert_eq!(
            (kept.len(), kept[0].sequence, kept[0].bytes.as_slice()),
            (1, sequence(9), &b"nine"[..])
        );
    });
}
