//! `rekey`: a new auth key for a guarantee, in a revision that changes nothing else.
//!
//! It is issued as any revision is: recorded, signed, sealed, stored. The revisions before it are
//! sealed again for the new key. That the files were handed out is recorded at the end, so that a
//! call that was stopped is finished by the next one instead of making yet another key.

use std::collections::BTreeSet;
use std::path::PathBuf;

use hosho::{
    Change, ChangeKind, ChangeKinds, Claims, Date, Fingerprint, GuaranteeNumber, GuaranteeTerms,
    Lineage, ParseError, Revision, Text, UnixTime,
};
use hosho_request::Request;

use crate::audit::{Proofs, verify};
use crate::deliver::{Counter, Stored, check_counter};
use crate::event::{Event, Notice, Watch};
use crate::failure::{Damage, Failure, Reason, Refusal};
use crate::home::{Home, Patience, certificate_names};
use crate::issue::{BATCH, issue_batch, prepare_to_sign};
use crate::journal::{Chain, Effect, HandedOut, Ledger, Record, Step};
use crate::keyring::Keys;
use crate::plan::{Item, Standing, digest};
use crate::publish::open_settled;
use crate::reseal::{Earlier, MAX_EARLIER};

/// Why, unless something else is said: "the auth key was issued anew".
const REASON: &str = "認証キーの再発行";

/// What `rekey` is asked to do.
#[derive(Clone, Debug)]
pub struct RekeyOrder {
    /// The guarantor's home.
    pub home: PathBuf,
    /// The guarantees.
    pub chosen: Chosen,
    /// Why, as the certificates will say.
    pub reason: Option<String>,
    /// Where the certificates and auth keys go; made if missing.
    pub out: PathBuf,
    /// Whether the earlier revisions go there too.
    pub earlier: Earlier,
    /// The clock.
    pub now: UnixTime,
    /// How long to wait for another command.
    pub patience: Patience,
}

/// Which guarantees get a new auth key.
#[derive(Clone, Debug)]
pub enum Chosen {
    /// Those of these numbers.
    Numbers(Vec<GuaranteeNumber<'static>>),
    /// All that were not terminated or voided and whose auth key is of an older epoch than the
    /// newest; also those past their period.
    Outdated,
}

/// Issues a new auth key for each guarantee, and seals every earlier revision again for it.
///
/// If any is refused, nothing is issued.
///
/// # Errors
/// [`Failure`]; [`Failure::exit_code`] tells refusals from a home that cannot work.
pub fn rekey(order: &RekeyOrder, watch: &mut Watch<'_>) -> Result<(), Failure> {
    let reason = order.reason.as_deref().unwrap_or(REASON);
    let reason = Text::parse(reason.to_owned())
        .map_err(|error| Failure::Option { error, option: "--reason" })?;
    let mut home = open_settled(&order.home, order.now, order.patience, watch)?;
    home.notice_trust(order.now, watch)?;
    let (owed, new) = plan(&home, order, &reason)?;
    let mut keys = Keys::to_derive(&home);
    check_counter(&home, &mut keys, &order.out, &owed, order.earlier)?;
    check_counter(&home, &mut keys, &order.out, &new, order.earlier)?;
    let key = prepare_to_sign(&home, &mut keys, &new, order.now)?;
    watch.tell(&Event::Planned { count: owed.len() + new.len() })?;
    // Nothing can be refused from here on.
    let counter = Counter::open(&order.out, order.earlier)?;
    for batch in owed.chunks(BATCH) {
        hand_out(&mut home, &mut keys, &counter, batch, order.now, watch)?;
    }
    if !owed.is_empty() {
        watch.notice(Notice::HandedOutLate { count: owed.len() })?;
    }
    let Some(key) = key else { return Ok(()) };
    for batch in new.chunks(BATCH) {
        issue_batch(&mut home, &mut keys, key, batch, order.now, watch)?;
        hand_out(&mut home, &mut keys, &counter, batch, order.now, watch)?;
    }
    Ok(())
}

/// Makes this revision of a guarantee a rekey, unless it is one; the certificates stay in the home.
///
/// That its files were handed out is recorded with it: whoever asked for it asks again by its
/// revision, and gets the same.
pub(crate) fn rekey_one(
    home: &mut Home,
    asked: &RekeyOf<'_>,
    now: UnixTime,
    watch: &mut Watch<'_>,
) -> Result<(), Failure> {
    let RekeyOf { number, revision, reason } = *asked;
    let refuse = |reason| Failure::Refused(vec![Refusal::of(number, revision, reason)]);
    let text = reason.cloned().map_or_else(|| Text::parse(REASON), Ok);
    let text = text.map_err(|error| Failure::Issue(error.into()))?;
    if let Some(owed) = home.journal.ledger().chains().get(number).and_then(Chain::owed) {
        let record = HandedOut { number: number.clone(), revision: owed.revision };
        home.journal.append(now, vec![Record::HandedOut(record)], watch)?;
    }
    let ledger = home.journal.ledger();
    let chain = ledger.chains().get(number).ok_or_else(|| refuse(Reason::NotIssued))?;
    match chain.step(revision) {
        Some(step) if step.effect == Effect::Rekeys => return Ok(()),
        Some(_) => return Err(refuse(Reason::Conflict)),
        None => {}
    }
    let newest = chain.newest().ok_or_else(|| refuse(Reason::NotIssued))?;
    if newest.revision.next() != Some(revision) {
        return Err(refuse(Reason::NotNext { newest: Some(newest.revision) }));
    }
    check(ledger, number).map_err(refuse)?;
    let claims = read_claims(home, &Proofs::of(home)?, number, newest, now)?;
    let new = vec![item(chain, newest, claims, &text, now)?];
    let mut keys = Keys::to_derive(home);
    let Some(key) = prepare_to_sign(home, &mut keys, &new, now)? else { return Ok(()) };
    issue_batch(home, &mut keys, key, &new, now, watch)?;
    let record = Record::HandedOut(HandedOut { number: number.clone(), revision });
    home.journal.append(now, vec![record], watch)
}

/// Which revision of which guarantee is to be a rekey.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RekeyOf<'a> {
    pub(crate) number: &'a GuaranteeNumber<'static>,
    pub(crate) revision: Revision,
    /// Why, as the certificate will say.
    pub(crate) reason: Option<&'a Text<'static>>,
}

/// Puts the files where they were asked for, records that, and only then tells of it.
fn hand_out(
    home: &mut Home,
    keys: &mut Keys,
    counter: &Counter,
    batch: &[Item],
    now: UnixTime,
    watch: &mut Watch<'_>,
) -> Result<(), Failure> {
    let placed = counter.put(home, keys, batch, watch)?;
    let record = |item: &Item| {
        let Request { number, revision, .. } = &item.request;
        Record::HandedOut(HandedOut { number: number.clone(), revision: *revision })
    };
    home.journal.append(now, batch.iter().map(record).collect(), watch)?;
    placed.iter().try_for_each(|event| watch.tell(event))
}

/// Returns the rekeys whose files were not handed out yet, and those that have to be issued, both in
/// order of number.
fn plan(
    home: &Home,
    order: &RekeyOrder,
    reason: &Text<'static>,
) -> Result<(Vec<Item>, Vec<Item>), Failure> {
    let ledger = home.journal.ledger();
    let numbers: BTreeSet<GuaranteeNumber<'static>> = match &order.chosen {
        Chosen::Numbers(numbers) => numbers.iter().cloned().collect(),
        Chosen::Outdated => outdated(ledger).cloned().collect(),
    };
    let refuse = |number: &GuaranteeNumber<'static>| {
        let reason = check(ledger, number).err()?;
        Some(Refusal { subject: number.to_string(), reason })
    };
    let refusals: Vec<_> = numbers.iter().filter_map(refuse).collect();
    if !refusals.is_empty() {
        return Err(Failure::Refused(refusals));
    }
    let proofs = Proofs::of(home)?;
    let mut items = Vec::with_capacity(numbers.len());
    for number in &numbers {
        let chain = ledger.chains().get(number);
        if let Some((chain, newest)) = chain.and_then(|chain| Some((chain, chain.newest()?))) {
            let claims = read_claims(home, &proofs, number, newest, order.now)?;
            items.push(item(chain, newest, claims, reason, order.now)?);
        }
    }
    Ok(items.into_iter().partition(|item| item.standing == Standing::Issued))
}

/// Returns the guarantees that have not ended and whose auth key is of an older epoch than the
/// newest.
pub(crate) fn outdated(ledger: &Ledger) -> impl Iterator<Item = &GuaranteeNumber<'static>> {
    let newest = ledger.epoch();
    let is_outdated = move |chain: &Chain| {
        chain.newest().is_some_and(|step| !step.effect.ends() && step.epoch < newest)
    };
    ledger.chains().iter().filter(move |(_, chain)| is_outdated(chain)).map(|(number, _)| number)
}

/// Tells why a guarantee gets no new auth key.
fn check(ledger: &Ledger, number: &GuaranteeNumber<'static>) -> Result<(), Reason> {
    let chain = ledger.chains().get(number).ok_or(Reason::NotIssued)?;
    let newest = chain.newest().ok_or(Reason::NotIssued)?;
    if newest.effect.ends() {
        return Err(Reason::Ended);
    }
    let is_used_up = newest.serial.next().is_none() || chain.steps().len() > MAX_EARLIER;
    if is_used_up && chain.owed().is_none() {
        return Err(Reason::UsedUp);
    }
    Ok(())
}

/// Reads what the newest certificate of a guarantee says.
fn read_claims(
    home: &Home,
    proofs: &Proofs,
    number: &GuaranteeNumber<'static>,
    newest: &Step,
    now: UnixTime,
) -> Result<Claims<'static>, Failure> {
    let Stored { signed, .. } = Stored::read(home, number, newest.revision)?;
    let proof = proofs.check(home, number, newest, Fingerprint::of(&signed))?;
    let verified = verify(home, number, &signed, proof.as_ref(), now).ok_or_else(|| {
        let (name, _) = certificate_names(number, newest.revision);
        Failure::damaged(&home.certificates().join(name), Damage::Changed)
    })?;
    Ok(verified.certificate().claims().clone().into_owned())
}

/// Returns the item that rekeys a guarantee, or the one of the rekey that was not handed out yet.
fn item(
    chain: &Chain,
    newest: &Step,
    claims: Claims<'static>,
    reason: &Text<'static>,
    now: UnixTime,
) -> Result<Item, Failure> {
    let not_formed = |error: ParseError| Failure::Issue(error.into());
    let today = Date::in_japan(now);
    let owed = match &claims.lineage {
        Lineage::Amendment { change, .. } => chain.owed().map(|_| change.clone()),
        Lineage::Original => None,
    };
    let (standing, revision, issued_on, change) = if let Some(change) = owed {
        (Standing::Issued, newest.revision, claims.issued_on, change)
    } else {
        let change = Change {
            kinds: ChangeKinds::new([ChangeKind::Rekey]).map_err(not_formed)?,
            reason: reason.clone(),
            contract_changed_on: None,
            // A change that is to come must not come earlier for the new key.
            effective_from: Some(newest.governs_from).filter(|day| *day > today),
        };
        let next = newest.revision.next().ok_or(Failure::Exhausted)?;
        (Standing::New, next, today, change)
    };
    let request = restate(claims, revision, issued_on, change);
    let file = PathBuf::from(request.number.as_str());
    let digest = digest(&request)
        .map_err(|reason| Failure::Refused(vec![Refusal::of(&request.number, revision, reason)]))?;
    Ok(Item { file, request, digest, standing, reviewed: None })
}

/// Returns the request for a revision that says what `claims` say, but for the change.
fn restate(
    claims: Claims<'static>,
    revision: Revision,
    issued_on: Date,
    change: Change<'static>,
) -> Request {
    let before = revision.number().checked_sub(1).and_then(|before| Revision::new(before).ok());
    Request {
        kind: claims.kind,
        number: claims.number,
        revision,
        supersedes: before,
        issued_on,
        branch: claims.guarantor.branch,
        obligee: claims.obligee,
        contractor: claims.contractor,
        work: claims.work,
        guarantee: GuaranteeTerms { clauses: None, ..claims.guarantee },
        change: Some(change),
    }
}
