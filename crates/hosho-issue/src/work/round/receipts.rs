//! Events: what obligees did is passed on to the portal.

use std::collections::BTreeSet;

use hosho_publish::{confirmation, portal};
use serde_json::{Value, json};

use super::{Trouble, Worker, note};
use crate::work::events::Read;
use crate::work::log::Level;
use crate::work::service::Service;

impl Worker<'_> {
    /// Passes on what obligees did. Returns whether there may be more.
    pub(super) fn pass_events_on(&mut self, away: &mut BTreeSet<String>) -> Result<bool, Trouble> {
        let mut more = false;
        for place in 0..self.confirm.len() {
            let mut confirm = std::mem::take(&mut self.confirm);
            let passed = match confirm.get_mut(place) {
                Some(one) if one.service.is_due() => self.pass_on(&mut one.service, away),
                _ => Ok(false),
            };
            let noted = confirm.get(place).map(|one| match passed {
                Ok(some) => Ok(some),
                other => note(&one.service, other.map(|_| ()), away).map(|_| false),
            });
            self.confirm = confirm;
            more |= noted.unwrap_or(Ok(false))?;
        }
        Ok(more)
    }

    fn pass_on(
        &mut self,
        service: &mut Service,
        away: &mut BTreeSet<String>,
    ) -> Result<bool, Trouble> {
        let mut progress = self.memory.progress(service.audience());
        let path = confirmation::events(progress.events);
        let page: confirmation::Page =
            self.send(service, |client, sender| client.get(sender, &path))?;
        if page.events.is_empty() {
            return Ok(false);
        }
        let events = self.read_events(service, &page.events)?;
        let count = events.len();
        if count > 0 {
            for part in events.chunks(portal::MOST_EVENTS) {
                let body = portal::Events { events: part.to_vec() };
                self.with_portal(away, |worker, portal| {
                    worker.send(portal, |client, sender| {
                        client.post::<Value>(sender, portal::EVENTS, &body)
                    })
                })?;
            }
        }
        // A service that names no later place would be asked for the same for ever.
        let goes_on = page.next > progress.events;
        progress.events = progress.events.max(page.next);
        self.memory.remember(service.audience(), progress)?;
        self.tell_of(service, "events-passed-on", ("count", json!(count)));
        Ok(goes_on)
    }

    fn read_events(
        &mut self,
        service: &Service,
        events: &[confirmation::Event],
    ) -> Result<Vec<portal::Event>, Trouble> {
        let Some(office) = &mut self.office else { return Err(Trouble::Stopped) };
        let (home, keys) = office.home_and_keys();
        self.register.follow(home, keys)?;
        let mut readable = Vec::with_capacity(events.len());
        let mut told = Vec::new();
        for event in events {
            match self.register.read(home, keys, event)? {
                Read::Event(event) => readable.push(event),
                Read::Unreadable(number) => {
                    told.push(("answer-unreadable", ("number", json!(number.as_str()))));
                }
                Read::Unknown => told.push(("locator-unknown", ("event_id", json!(event.id)))),
            }
        }
        for (what, field) in told {
            let fields = [("service", json!(service.audience())), field];
            self.tell(Level::Error, what, fields);
        }
        Ok(readable)
    }
}
