//! What a thief of the database, and a reader of the log, gets to know.

use std::io::Write;
use std::sync::{Mutex, OnceLock};

use crate::frame::{PASSWORD, World};

/// Everything that was logged by any test, at every level.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Kept;

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOG.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Keeps the log of this process in memory.
pub(crate) fn keep_log() {
    static KEPT: OnceLock<()> = OnceLock::new();
    KEPT.get_or_init(|| {
        let log = tracing_subscriber::fmt()
            .json()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(|| Kept)
            .finish();
        tracing::subscriber::set_global_default(log).unwrap();
    });
}

/// Spellings in which a text could stand somewhere.
fn spellings(text: &str) -> Vec<Vec<u8>> {
    let hex = hosho_testkit::to_hex(text.as_bytes());
    let bare = text.replace('-', "");
    let mut all = vec![text.to_owned(), bare, hex.to_uppercase(), hex];
    all.extend(text.split('-').filter(|group| group.len() == 5).map(str::to_owned));
    let mut bytes: Vec<Vec<u8>> = all.into_iter().map(String::into_bytes).collect();
    bytes.push(crate::frame::base64(text.as_bytes()).trim_end_matches('=').as_bytes().to_vec());
    bytes
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

#[tokio::test]
async fn neither_database_nor_log_holds_an_auth_key_or_a_password() {
    let world = World::new().await;
    let (number, auth_key) = world.issue("G01-1").await;
    let mut contractor = world.login("aomine").await;
    let session = contractor.cookies["session"].clone();
    let from = format!("/guarantees/{number}");
    for what in ["key", "notice.pdf"] {
        let answer = contractor.post_from(&from, &format!("{from}/{what}"), &[]).await;
        assert_eq!(answer.status, 200);
    }
    hosho_portal::send_due(&world.portal, &world.mailer).await.unwrap();
    let text = auth_key.expose_text().as_str().to_owned();
    let database = world.database.dump();
    let log = LOG.lock().unwrap().clone();
    // The search finds what is there.
    assert!(holds(&database, number.as_str().as_bytes()));
    assert!(holds(&log, b"/guarantees/{number}/key"));
    for secret in [text.as_str(), PASSWORD, session.as_str()] {
        for spelling in spellings(secret) {
            assert!(!holds(&database, &spelling), "in the database");
            assert!(!holds(&log, &spelling), "in the log");
        }
    }
    let lines = log.split(|byte| *byte == b'\n');
    let named: Vec<_> = lines.filter(|line| holds(line, number.as_str().as_bytes())).collect();
    assert!(named.is_empty(), "a number in the log: {}", String::from_utf8_lossy(named[0]));
    assert!(!holds(&log, b"aomine"), "an ID in the log");
}
