//! Finishing what an interrupted run had begun.

use hosho::{KeyRole, UnixTime};

use crate::event::{Notice, Watch};
use crate::failure::Failure;
use crate::home::Home;
use crate::intent::{Store, carry_out};
use crate::journal::{Intent, Record};
use crate::keyring::signing_key_by_id;
use crate::masters::Masters;

/// Signs, seals and stores the certificates whose intents are recorded but not carried out.
///
/// The intent fixes every byte, and Ed25519 is deterministic: if a run before had got as far as a
/// signature, this makes the same one.
pub(crate) fn finish_open_intents(
    home: &mut Home,
    masters: &mut Masters,
    now: UnixTime,
    watch: &mut Watch<'_>,
) -> Result<(), Failure> {
    let open: Vec<Intent> = home.journal.ledger().open_intents().cloned().collect();
    if open.is_empty() {
        return Ok(());
    }
    home.journal.check_clock(now)?;
    let store = Store::open(home)?;
    let mut done = Vec::with_capacity(open.len());
    for intent in &open {
        let signer = signing_key_by_id(home, KeyRole::Certificate, intent.key)?;
        done.push(Record::Signed(carry_out(
            home,
            &store,
            masters,
            signer.as_ref(),
            intent,
            watch,
        )?));
    }
    store.sync()?;
    let count = done.len();
    home.journal.append(now, done, watch)?;
    watch.notice(Notice::Recovered { count })
}
