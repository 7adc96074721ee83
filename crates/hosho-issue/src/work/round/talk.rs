//! Talking to services, and telling of it.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use hosho::UnixTime;
use hosho_publish::{Client, ClientError, Outgoing, Sender};
use serde_json::{Value, json};

use super::{Trouble, Worker};
use crate::failure::Failure;
use crate::work::log::{Entry, Level};
use crate::work::now;
use crate::work::service::Service;

impl Worker<'_> {
    pub(super) fn with_portal<T>(
        &mut self,
        away: &mut BTreeSet<String>,
        act: impl FnOnce(&mut Self, &mut Service) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        let Some(mut portal) = self.portal.take() else { return Err(Trouble::Service) };
        let acted = act(self, &mut portal);
        if matches!(acted, Err(Trouble::Service)) {
            away.insert(portal.audience().to_owned());
        }
        self.portal = Some(portal);
        acted
    }

    /// Sends a request and hands on what was answered, even a refusal.
    pub(super) fn ask<T>(
        &mut self,
        service: &mut Service,
        request: impl FnOnce(&Client, &Sender<'_>) -> Result<T, ClientError>,
    ) -> Result<Result<T, ClientError>, Trouble> {
        self.go_on()?;
        let now = self.now()?;
        let Some(office) = &self.office else { return Err(Trouble::Stopped) };
        let guarantor_id = &office.home().profile.id;
        let sign = |request: &Outgoing<'_>| office.sign(request).ok();
        let sender = Sender { guarantor_id, sign: &sign, now };
        let answered = request(&service.client, &sender);
        if answered.is_ok() {
            service.answered();
        }
        Ok(answered)
    }

    /// Sends a request that should not be refused.
    pub(super) fn send<T>(
        &mut self,
        service: &mut Service,
        request: impl FnOnce(&Client, &Sender<'_>) -> Result<T, ClientError>,
    ) -> Result<T, Trouble> {
        match self.ask(service, request)? {
            Ok(answer) => Ok(answer),
            Err(error) => Err(self.fail(service, &error)),
        }
    }

    /// Tells that a service does not answer as it should, and lets it rest.
    pub(super) fn fail(&mut self, service: &mut Service, error: &ClientError) -> Trouble {
        // A token may have been taken out and put back.
        self.reopen |= matches!(error, ClientError::Signing);
        let seconds = service.failed(error);
        let level = if error.is_temporary() { Level::Warn } else { Level::Error };
        let fields = [
            ("service", json!(service.audience())),
            ("why", json!(error.to_string())),
            ("again_after_seconds", json!(seconds)),
        ];
        self.tell(level, "service-away", fields);
        Trouble::Service
    }

    pub(super) fn go_on(&self) -> Result<(), Trouble> {
        if self.stop.load(Ordering::Relaxed) { Err(Trouble::Stopped) } else { Ok(()) }
    }

    pub(super) fn now(&self) -> Result<UnixTime, Trouble> {
        Ok(now(self.order)?)
    }

    pub(super) fn tell_of(
        &mut self,
        service: &Service,
        event: &'static str,
        field: (&'static str, Value),
    ) {
        self.tell(Level::Info, event, [("service", json!(service.audience())), field]);
    }

    /// Tells something.
    pub(in crate::work) fn tell(
        &mut self,
        level: Level,
        event: &'static str,
        fields: impl IntoIterator<Item = (&'static str, Value)>,
    ) {
        let fields = fields.into_iter().collect();
        (self.log)(&Entry { at: now(self.order).ok(), level, event, fields });
    }

    /// Tells why a round was not finished.
    pub(in crate::work) fn tell_failure(&mut self, failure: &Failure) {
        let fields = [("code", json!(failure.code())), ("why", json!(failure.to_string()))];
        self.tell(Level::Error, "home", fields);
    }
}
