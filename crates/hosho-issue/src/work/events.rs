//! What obligees did: from locators and sealed answers to numbers and words.

use std::collections::{BTreeSet, HashMap};

use hosho::{Epoch, GuaranteeNumber, Locator, Serial};
use hosho_publish::confirmation::Deed;
use hosho_publish::portal::{Event, EventKind};
use hosho_publish::{Answer, AnswerError, Spelling, confirmation};

use crate::failure::Failure;
use crate::home::Home;
use crate::keyring::Keys;
use crate::work::publication::{bindings, locator};

/// Which guarantee and which of its auth keys a locator belongs to; all of it is derived.
#[derive(Debug, Default)]
pub(super) struct Register {
    known: BTreeSet<(GuaranteeNumber<'static>, Serial)>,
    places: HashMap<Locator, (GuaranteeNumber<'static>, Epoch, Serial)>,
    records: u64,
}

/// An event as it can be passed on, or why it cannot.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Read {
    /// The portal can be told.
    Event(Event),
    /// The answer is not one that who has the auth key made.
    Unreadable(GuaranteeNumber<'static>),
    /// No guarantee of this home has the locator.
    Unknown,
}

impl Register {
    /// Adds the guarantees that came since, so that every locator of the home is known.
    pub(super) fn follow(&mut self, home: &Home, keys: &mut Keys) -> Result<(), Failure> {
        if self.records == home.journal.count() {
            return Ok(());
        }
        for (number, chain) in home.journal.ledger().chains() {
            for ((epoch, serial), step) in bindings(chain) {
                let entry = (number.clone(), serial);
                if self.known.contains(&entry) {
                    continue;
                }
                if let Some(locator) = locator(home, keys, number, step)? {
                    self.places.insert(locator, (number.clone(), epoch, serial));
                }
                self.known.insert(entry);
            }
        }
        self.records = home.journal.count();
        Ok(())
    }

    /// Reads an event; an answer is opened with the auth key that the locator belongs to.
    pub(super) fn read(
        &self,
        home: &Home,
        keys: &mut Keys,
        event: &confirmation::Event,
    ) -> Result<Read, Failure> {
        let Some((number, epoch, serial)) = self.places.get(&event.locator.0) else {
            return Ok(Read::Unknown);
        };
        let told = |kind, reason, by| {
            Read::Event(Event {
                number: Spelling(number.clone()),
                revision: event.revision,
                event: kind,
                at: event.at,
                reason,
                by,
            })
        };
        let sealed = match (event.event, &event.sealed_answer) {
            (Deed::Opened, None) => return Ok(told(EventKind::Opened, None, None)),
            (Deed::Answered, Some(sealed)) => sealed,
            _ => return Ok(Read::Unreadable(number.clone())),
        };
        let key = keys.derive(home, number, *epoch, *serial)?;
        let answer: Result<Answer, AnswerError> =
            Answer::open(&sealed.0, &key, number, event.revision.0);
        Ok(match answer {
            Ok(answer) => told(
                answer.judgement().into(),
                answer.reason().cloned().map(Spelling),
                Some(Spelling(answer.by().clone())),
            ),
            Err(_) => Read::Unreadable(number.clone()),
        })
    }
}
