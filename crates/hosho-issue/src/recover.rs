//! Finishing what an interrupted run had begun.

use hosho::UnixTime;

use crate::event::{Notice, Watch};
use crate::failure::Failure;
use crate::home::Home;
use crate::intent::{Store, carry_out};
use crate::journal::{Intent, Record};
use crate::keyring::Keys;

/// Signs, seals and stores the certificates whose intents are recorded but not carried out.
///
/// The intent fixes every byte, and Ed25519 is deterministic: if a run before had got as far as a
/// signature, this makes the same one.
pub(crate) fn finish_open_intents(
    home: &mut Home,
    now: UnixTime,
    watch: &mut Watch<'_>,
) -> Result<(), Failure> {
    let open: Vec<Intent> = home.journal.ledger().open_intents().cloned().collect();
    if open.is_empty() {
        return Ok(());
    }
    home.journal.check_clock(now)?;
    let mut keys = Keys::to_finish(home, &open.iter().map(|intent| intent.key).collect())?;
    let store = Store::open(home)?;
    let mut done = Vec::with_capacity(open.len());
    for intent in &open {
        done.push(Record::Signed(carry_out(home, &store, &mut keys, intent, watch)?));
    }
    store.sync()?;
    let count = done.len();
    home.journal.append(now, done, watch)?;
    watch.notice(Notice::Recovered { count })
}
