//! What both services keep: migrations, nonces, the outbox, sessions, the high-water mark.

use std::os::unix::fs::PermissionsExt as _;

use hosho_store::{
    Database, HighWater, MailOrder, Nonce, NonceUse, OnRestored, Schema, SessionMark, StoreError,
    StoredSession,
};

use crate::frame::{at, meddle, on_database, on_two_nodes, on_url};

const NONCE: Nonce<'static> =
    Nonce { key: "9f86d081884c7d65", value: "00112233445566778899aabbccddeeff" };
const MAIL: MailOrder<'static> =
    MailOrder { kind: "changed", address: b"taro@example.jp", language: "ja" };

#[test]
fn opens_again_what_it_made() {
    on_url(async |url| {
        let first = Database::open(url, Schema::Confirm).await.unwrap();
        assert_eq!(first.use_nonce(NONCE, at(0)).await.unwrap(), NonceUse::First);
        first.close().await;
        let second = Database::open(url, Schema::Confirm).await.unwrap();
        second.ping().await.unwrap();
        assert_eq!(second.use_nonce(NONCE, at(1)).await.unwrap(), NonceUse::Again);
        second.close().await;
        assert!(matches!(second.ping().await, Err(StoreError::Unavailable { .. })));
    });
}

#[test]
fn refuses_a_database_of_a_newer_program() {
    on_url(async |url| {
        Database::open(url, Schema::Portal).await.unwrap().close().await;
        let later = "INSERT INTO migrations (number, service, name, digest)
            SELECT 900 + number, service, 'later', digest FROM migrations WHERE number = 1";
        meddle(url, later).await;
        let error = Database::open(url, Schema::Portal).await.unwrap_err();
        assert_eq!(error.code(), "E10-NEWER");
    });
}

#[test]
fn refuses_the_database_of_the_other_service() {
    on_url(async |url| {
        Database::open(url, Schema::Portal).await.unwrap().close().await;
        let error = Database::open(url, Schema::Confirm).await.unwrap_err();
        assert!(matches!(error, StoreError::Damaged { what: "database of the other service" }));
    });
}

#[test]
fn refuses_tables_whose_migration_was_edited() {
    on_url(async |url| {
        Database::open(url, Schema::Portal).await.unwrap().close().await;
        meddle(url, "UPDATE migrations SET name = 'other' WHERE number = 1").await;
        let error = Database::open(url, Schema::Portal).await.unwrap_err();
        assert!(matches!(error, StoreError::Damaged { what: "migrations" }));
    });
}

#[test]
fn many_programs_that_start_at_once_migrate_once() {
    on_url(async |url| {
        let starts: Vec<_> = (0..8)
            .map(|_| {
                let url = url.to_owned();
                tokio::spawn(async move { Database::open(&url, Schema::Confirm).await.unwrap() })
            })
            .collect();
        for start in starts {
            start.await.unwrap().close().await;
        }
    });
}

#[test]
fn of_many_uses_of_a_nonce_on_two_nodes_one_is_the_first() {
    on_two_nodes(Schema::Confirm, async |one, other| {
        let uses: Vec<_> = (0..64)
            .map(|n| {
                let node = if n % 2 == 0 { one.clone() } else { other.clone() };
                tokio::spawn(async move { node.use_nonce(NONCE, at(0)).await.unwrap() })
            })
            .collect();
        let mut first = 0;
        for used in uses {
            first += usize::from(used.await.unwrap() == NonceUse::First);
        }
        assert_eq!(first, 1);
    });
}

#[test]
fn another_key_may_use_the_same_nonce() {
    on_database(Schema::Confirm, async |database| {
        assert_eq!(database.use_nonce(NONCE, at(0)).await.unwrap(), NonceUse::First);
        let other = Nonce { key: "ffffffffffffffff", ..NONCE };
        assert_eq!(database.use_nonce(other, at(0)).await.unwrap(), NonceUse::First);
    });
}

#[test]
fn a_nonce_is_kept_for_900_seconds() {
    on_database(Schema::Confirm, async |database| {
        assert_eq!(database.use_nonce(NONCE, at(0)).await.unwrap(), NonceUse::First);
        database.prune(at(899)).await.unwrap();
        assert_eq!(database.use_nonce(NONCE, at(899)).await.unwrap(), NonceUse::Again);
        database.prune(at(900)).await.unwrap();
        assert_eq!(database.use_nonce(NONCE, at(900)).await.unwrap(), NonceUse::First);
    });
}

#[test]
fn a_mail_is_taken_by_one_worker_and_again_when_its_lease_ran_out() {
    on_two_nodes(Schema::Portal, async |one, other| {
        one.queue_mail(MAIL, at(0)).await.unwrap();
        let taken = one.take_mails(10, at(1)).await.unwrap();
        assert_eq!(taken.len(), 1);
        let mail = &taken[0];
        assert_eq!((mail.kind.as_str(), mail.language.as_str()), ("changed", "ja"));
        assert_eq!((mail.address.as_slice(), mail.tries), (MAIL.address, 1));
        // Handing one over may take a minute, and must not end after the lease.
        assert!(taken[0].has_time(at(61)) && !taken[0].has_time(at(62)));
        assert!(other.take_mails(10, at(120)).await.unwrap().is_empty());
        assert_eq!(other.take_mails(10, at(121)).await.unwrap()[0].tries, 2);
    });
}

#[test]
fn concurrent_workers_take_each_mail_once() {
    on_two_nodes(Schema::Portal, async |one, other| {
        for _ in 0..40 {
            one.queue_mail(MAIL, at(0)).await.unwrap();
        }
        let workers: Vec<_> = (0..8)
            .map(|n| {
                let node = if n % 2 == 0 { one.clone() } else { other.clone() };
                tokio::spawn(async move { node.take_mails(10, at(1)).await.unwrap() })
            })
            .collect();
        let mut taken = Vec::new();
        for worker in workers {
            taken.extend(worker.await.unwrap().into_iter().map(|mail| mail.id));
        }
        let count = taken.len();
        taken.sort_unstable();
        taken.dedup();
        assert_eq!(count, taken.len());
        let rest = one.take_mails(255, at(1)).await.unwrap().len();
        assert_eq!(count + rest, 40);
    });
}

#[test]
fn a_mail_that_was_sent_is_not_taken_again() {
    on_database(Schema::Portal, async |database| {
        database.queue_mail(MAIL, at(0)).await.unwrap();
        let id = database.take_mails(1, at(0)).await.unwrap()[0].id;
        assert_eq!(database.mails_waiting().await.unwrap(), 1);
        database.mail_sent(id, at(1)).await.unwrap();
        assert_eq!(database.mails_waiting().await.unwrap(), 0);
        assert!(database.take_mails(1, at(100_000)).await.unwrap().is_empty());
        assert!(matches!(database.mail_sent(id, at(2)).await, Err(StoreError::Conflict)));
    });
}

#[test]
fn a_mail_that_failed_waits_longer_each_time() {
    on_database(Schema::Portal, async |database| {
        database.queue_mail(MAIL, at(0)).await.unwrap();
        let first = database.take_mails(1, at(0)).await.unwrap().remove(0);
        database.mail_failed(&first, at(0)).await.unwrap();
        assert!(database.take_mails(1, at(59)).await.unwrap().is_empty());
        let second = database.take_mails(1, at(60)).await.unwrap().remove(0);
        database.mail_failed(&second, at(60)).await.unwrap();
        assert!(database.take_mails(1, at(179)).await.unwrap().is_empty());
        assert_eq!(database.take_mails(1, at(180)).await.unwrap()[0].tries, 3);
    });
}

#[test]
fn a_session_lives_until_it_expires_or_is_deleted() {
    on_database(Schema::Confirm, async |database| {
        let (mark, other) = (SessionMark([7; 32]), SessionMark([8; 32]));
        let session = StoredSession { sealed: vec![1, 2, 3], expires_at: at(1_800) };
        database.create_session(mark, &session).await.unwrap();
        let twice = database.create_session(mark, &session).await;
        assert!(matches!(twice, Err(StoreError::Conflict)));
        assert_eq!(database.load_session(mark, at(1_799)).await.unwrap(), Some(session.clone()));
        assert_eq!(database.load_session(other, at(0)).await.unwrap(), None);
        assert_eq!(database.load_session(mark, at(1_800)).await.unwrap(), None);
        let longer = StoredSession { sealed: vec![4], expires_at: at(3_600) };
        database.save_session(mark, &longer).await.unwrap();
        assert_eq!(database.load_session(mark, at(1_800)).await.unwrap(), Some(longer));
        database.delete_session(mark).await.unwrap();
        assert_eq!(database.load_session(mark, at(0)).await.unwrap(), None);
    });
}

#[test]
fn a_database_behind_its_mark_is_refused_until_somebody_accepts_it() {
    on_url(async |url| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("high-water");
        let database = Database::open(url, Schema::Confirm).await.unwrap();
        let mark = HighWater::check(&path, &database, OnRestored::Refuse).await.unwrap();
        meddle(url, "UPDATE facts SET count = 5").await;
        mark.raise(&database).await.unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "5\n");
        // The backup of yesterday.
        meddle(url, "UPDATE facts SET count = 3").await;
        mark.raise(&database).await.unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "5\n");
        let error = HighWater::check(&path, &database, OnRestored::Refuse).await.unwrap_err();
        assert!(matches!(error, StoreError::Restored { mark: 5, found: 3 }));
        HighWater::check(&path, &database, OnRestored::Accept).await.unwrap();
        HighWater::check(&path, &database, OnRestored::Refuse).await.unwrap();
        std::fs::write(&path, "five\n").unwrap();
        let error = HighWater::check(&path, &database, OnRestored::Refuse).await.unwrap_err();
        assert!(matches!(error, StoreError::Damaged { what: "file of the high-water mark" }));
        database.close().await;
    });
}

#[test]
fn a_backup_is_a_whole_database_while_others_write() {
    on_database(Schema::Confirm, async |database| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("copy.db");
        assert_eq!(database.use_nonce(NONCE, at(0)).await.unwrap(), NonceUse::First);
        let writer = database.clone();
        let writing = tokio::spawn(async move {
            for n in 0..50 {
                writer.queue_mail(MAIL, at(n)).await.unwrap();
            }
        });
        let written = database.backup(&path).await;
        writing.await.unwrap();
        if std::env::var_os("HOSHO_TEST_DATABASE").is_some() {
            assert!(matches!(written, Err(StoreError::NeedsPgDump)));
            return;
        }
        written.unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(matches!(database.backup(&path).await, Err(StoreError::Unavailable { .. })));
        let copy = format!("sqlite://{}", path.display());
        let copy = Database::open(&copy, Schema::Confirm).await.unwrap();
        assert_eq!(copy.use_nonce(NONCE, at(0)).await.unwrap(), NonceUse::Again);
        assert!(copy.mails_waiting().await.unwrap() <= 50);
        copy.close().await;
    });
}

#[test]
fn a_file_that_is_no_database_is_told_as_damage() {
    if std::env::var_os("HOSHO_TEST_DATABASE").is_some() {
        return;
    }
    on_url(async |url| {
        let path = url.strip_prefix("sqlite://").unwrap();
        std::fs::write(path, vec![b'x'; 8192]).unwrap();
        let error = Database::open(url, Schema::Confirm).await.unwrap_err();
        assert!(matches!(error, StoreError::Damaged { what: "file" }), "{error}");
    });
}

#[test]
fn a_transaction_that_the_database_gave_up_by_itself_holds_nobody_up() {
    on_url(async |url| {
        // As a full disk does it; PostgreSQL leaves every rollback to the program.
        let file = url.starts_with("sqlite");
        let act =
            if file { "SELECT RAISE(ROLLBACK, 'full'); END" } else { "EXECUTE FUNCTION refuse()" };
        let each = if file { "BEGIN" } else { "FOR EACH ROW" };
        let database = Database::open(url, Schema::Confirm).await.unwrap();
        if !file {
            let body = "BEGIN RAISE EXCEPTION ''full''; END";
            meddle(
                url,
                &format!("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS '{body}'"),
            )
            .await;
        }
        meddle(url, &format!("CREATE TRIGGER refusing BEFORE INSERT ON nonces {each} {act}")).await;
        for _ in 0..3 {
            let refused = database.use_nonce(NONCE, at(0)).await;
            assert!(
                matches!(&refused, Err(StoreError::Unavailable { cause }) if cause == "full"),
                "{refused:?}"
            );
        }
        meddle(url, if file { "DROP TRIGGER refusing" } else { "DROP TRIGGER refusing ON nonces" })
            .await;
        assert_eq!(database.use_nonce(NONCE, at(0)).await.unwrap(), NonceUse::First);
        database.close().await;
    });
}
