//! `issue`: from requests to signed and sealed certificates.
//!
//! Everything is checked before the first record, the size of each certificate too. Then, for the next revision of each guarantee:
//! the intent is recorded, signed, sealed and stored, the journal says so, and only then the files
//! appear in the folder that was asked for.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use hosho::{GuaranteeNumber, KeyId, KeyRole, UnixTime};

use crate::deliver::{Counter, check_counter, count_before_rekey};
use crate::event::{Notice, Watch};
use crate::failure::{Failure, Refusal};
use crate::home::{Home, Patience};
use crate::intent::{self, Desk, Position, Store, carry_out};
use crate::journal::{Access, Record};
use crate::keyring::Keys;
use crate::plan::{Asked, Item, Standing, place, read_requests};
use crate::publish::settle;
use crate::recover::finish_open_intents;
use crate::reseal::Earlier;
use crate::review::Review;

/// How many certificates share one write of the journal.
pub(crate) const BATCH: usize = 256;

/// What `issue` is asked to do.
#[derive(Clone, Debug)]
pub struct IssueOrder {
    /// The guarantor's home.
    pub home: PathBuf,
    /// The files with the requests.
    pub requests: Vec<PathBuf>,
    /// Where the certificates go; made if missing.
    pub out: PathBuf,
    /// The clock.
    pub now: UnixTime,
    /// How long to wait for another command.
    pub patience: Patience,
    /// How the certificates are looked at before.
    pub review: Review,
}

/// Issues a certificate for each request.
///
/// A request that was answered before gets the same files again. If any request is refused,
/// nothing is issued.
///
/// # Errors
/// [`Failure`]; [`Failure::exit_code`] tells refusals from a home that cannot work.
pub fn issue(order: &IssueOrder, watch: &mut Watch<'_>) -> Result<(), Failure> {
    let requests = read_requests(&order.requests).map_err(Failure::Refused)?;
    let mut home = Home::open(&order.home, Access::Append, order.patience, watch)?;
    finish_open_intents(&mut home, order.now, watch)?;
    settle(&mut home, order.now, watch)?;
    home.journal.check_clock(order.now)?;
    home.notice_trust(order.now, watch)?;
    let items = place(requests, home.journal.ledger()).map_err(Failure::Refused)?;
    let mut keys = Keys::to_derive(&home);
    check_counter(&home, &mut keys, &order.out, &items, Earlier::Keep)?;
    let (issued, mut new): (Vec<_>, Vec<_>) =
        items.into_iter().partition(|item| item.standing == Standing::Issued);
    let key = prepare_to_sign(&home, &mut keys, &new, order.now)?;
    order.review.look_at(&mut new, &home, order.now, watch)?;
    // Nothing can be refused from here on.
    let counter = Counter::open(&order.out, Earlier::Keep)?;
    for batch in issued.chunks(BATCH) {
        counter.deliver(&home, &mut keys, batch, watch)?;
    }
    let count = count_before_rekey(&home, &issued);
    if count > 0 {
        watch.notice(Notice::BeforeRekey { count })?;
    }
    let Some(key) = key else { return Ok(()) };
    for wave in waves(new) {
        for batch in wave.chunks(BATCH) {
            issue_batch(&mut home, &mut keys, key, batch, order.now, watch)?;
            if let Err(failure) = counter.deliver(&home, &mut keys, batch, watch) {
                if matches!(failure, Failure::Output { .. }) {
                    watch.notice(Notice::StoredOnly)?;
                }
                return Err(failure);
            }
        }
    }
    Ok(())
}

/// Issues what one request asks for, unless it is issued; the certificate stays in the home.
pub(crate) fn issue_one(
    home: &mut Home,
    asked: Asked,
    review: &Review,
    now: UnixTime,
    watch: &mut Watch<'_>,
) -> Result<(), Failure> {
    let items = place(vec![asked], home.journal.ledger()).map_err(Failure::Refused)?;
    let mut new: Vec<_> = items.into_iter().filter(|item| item.standing == Standing::New).collect();
    let mut keys = Keys::to_derive(home);
    let Some(key) = prepare_to_sign(home, &mut keys, &new, now)? else { return Ok(()) };
    review.look_at(&mut new, home, now, watch)?;
    issue_batch(home, &mut keys, key, &new, now, watch)
}

/// Takes the secrets that new certificates will be signed with, and refuses every request whose
/// certificate a reader would refuse. Returns the key; nothing if there is nothing to sign.
pub(crate) fn prepare_to_sign(
    home: &Home,
    keys: &mut Keys,
    new: &[Item],
    now: UnixTime,
) -> Result<Option<KeyId>, Failure> {
    if new.is_empty() {
        return Ok(None);
    }
    let key;
    (*keys, key) = Keys::to_sign(home, KeyRole::Certificate, now)?;
    rehearse(home, keys, key, new, now)?;
    Ok(Some(key))
}

fn rehearse(
    home: &Home,
    keys: &mut Keys,
    key: KeyId,
    items: &[Item],
    now: UnixTime,
) -> Result<(), Failure> {
    for item in items {
        keys.check_master(home, Position::of(home.journal.ledger(), item)?.epoch)?;
    }
    let refuse = |item: &Item| {
        let reason = intent::rehearse(home, key, now, item).err()?;
        Some(Refusal::at(&item.file, reason))
    };
    let refusals: Vec<_> = items.iter().filter_map(refuse).collect();
    if refusals.is_empty() { Ok(()) } else { Err(Failure::Refused(refusals)) }
}

/// Records, signs, seals and stores a batch of certificates.
pub(crate) fn issue_batch(
    home: &mut Home,
    keys: &mut Keys,
    key: KeyId,
    batch: &[Item],
    now: UnixTime,
    watch: &mut Watch<'_>,
) -> Result<(), Failure> {
    let lists = home.journal.ledger().lists().clone();
    let mut desk = Desk { home, keys, key, lists, now };
    let intents: Vec<_> = batch.iter().map(|item| desk.intend(item)).collect::<Result<_, _>>()?;
    let records = intents.iter().cloned().map(|intent| Record::Intent(Box::new(intent)));
    home.journal.append(now, records.collect(), watch)?;
    let store = Store::open(home)?;
    let mut done = Vec::with_capacity(intents.len());
    for intent in &intents {
        done.push(Record::Signed(carry_out(home, &store, keys, intent, watch)?));
    }
    store.sync()?;
    home.journal.append(now, done, watch)
}

/// Splits items so that no wave holds two revisions of one guarantee: the later one names the
/// fingerprint of the earlier.
fn waves(items: Vec<Item>) -> Vec<Vec<Item>> {
    let mut waves = Vec::new();
    let mut rest = items;
    while !rest.is_empty() {
        let mut numbers: BTreeSet<GuaranteeNumber<'static>> = BTreeSet::new();
        let (wave, later) =
            rest.into_iter().partition(|item: &Item| numbers.insert(item.request.number.clone()));
        waves.push(wave);
        rest = later;
    }
    waves
}

/// Returns whether a path is there, even as a dangling link.
pub(crate) fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}
