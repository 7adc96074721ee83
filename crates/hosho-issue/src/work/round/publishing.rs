//! Publishing: bundles, snapshots, proofs and sealed certificates.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use hosho::GuaranteeNumber;
use hosho_publish::{Client, ClientError, NewestBundle, Sender, confirmation, portal};
use serde_json::{Value, json};

use super::{Confirmation, Contest, Trouble, Worker, note};
use crate::work::log::Level;
use crate::work::publication::{proofs, publication};
use crate::work::service::Service;

/// After how many guarantees it is remembered how far a service is.
const STRIDE: usize = 100;

/// How long what is contested is left alone.
const CONTEST_PAUSE: Duration = Duration::from_mins(5);

impl Confirmation {
    /// Returns whether a guarantee is contested as it is, and not to be asked for again yet.
    fn waits(&self, number: &GuaranteeNumber<'static>, record: u64) -> bool {
        let contest = self.contested.get(number).filter(|contest| contest.record == record);
        contest.is_some_and(|contest| Instant::now() < contest.again)
    }
}

impl Worker<'_> {
    /// Returns whether the portal has the newest bundle and snapshots.
    pub(super) fn bring_portal_up_to_date(
        &mut self,
        away: &mut BTreeSet<String>,
    ) -> Result<bool, Trouble> {
        let Some(mut portal) = self.portal.take() else { return Ok(false) };
        let brought = self.bring_up_to_date(&mut portal, portal::BUNDLE, portal::SNAPSHOTS);
        let ready = note(&portal, brought, away);
        self.portal = Some(portal);
        ready
    }

    /// Returns whether every confirmation service has everything.
    pub(super) fn publish_everywhere(
        &mut self,
        away: &mut BTreeSet<String>,
    ) -> Result<bool, Trouble> {
        let mut confirm = std::mem::take(&mut self.confirm);
        let mut all = Ok(true);
        for one in &mut confirm {
            let published = self.publish_to(one);
            match note(&one.service, published, away) {
                Ok(ready) => all = all.map(|all| all && ready),
                Err(trouble) => {
                    all = Err(trouble);
                    break;
                }
            }
        }
        self.confirm = confirm;
        all
    }

    fn publish_to(&mut self, one: &mut Confirmation) -> Result<(), Trouble> {
        let service = &mut one.service;
        self.bring_up_to_date(service, confirmation::BUNDLE, confirmation::SNAPSHOTS)?;
        self.publish_proofs(service)?;
        self.publish_sealed(one)
    }

    /// Hands over the trust bundles and snapshots that a service does not have.
    fn bring_up_to_date(
        &mut self,
        service: &mut Service,
        bundle_path: &str,
        snapshot_path: &str,
    ) -> Result<(), Trouble> {
        if !service.is_due() {
            return Err(Trouble::Service);
        }
        self.send_bundles(service, bundle_path)?;
        let waiting: Vec<_> = self
            .snapshots
            .iter()
            .filter(|(list, sequence, _)| service.snapshots.get(list) != Some(sequence))
            .map(|(list, sequence, bytes)| (list, sequence, bytes.to_vec()))
            .collect();
        for (list, sequence, bytes) in waiting {
            let sent = self.send(service, |client, sender| {
                client.post_object::<Value>(sender, snapshot_path, &bytes)
            });
            sent?;
            service.snapshots.insert(list, sequence);
            self.tell_of(service, "snapshot-published", ("sequence", json!(sequence.number())));
        }
        Ok(())
    }

    fn send_bundles(&mut self, service: &mut Service, path: &str) -> Result<(), Trouble> {
        let Some(office) = &self.office else { return Err(Trouble::Stopped) };
        let Some((newest, bytes)) = office.bundles.last().cloned() else { return Ok(()) };
        if service.bundle == Some(newest) {
            return Ok(());
        }
        let post = |bytes: Vec<u8>| {
            move |client: &Client, sender: &Sender<'_>| {
                client.post_object::<NewestBundle>(sender, path, &bytes)
            }
        };
        let has = match self.ask(service, post(bytes))? {
            Ok(has) => has.sequence,
            Err(ClientError::Refused { problem, .. }) if problem.code == "E10-GAP" => {
                let has = problem.sequence.unwrap_or(0);
                let between: Vec<Vec<u8>> = self
                    .office
                    .iter()
                    .flat_map(|office| &office.bundles)
                    .filter(|(sequence, _)| sequence.number() > has)
                    .map(|(_, bytes)| bytes.clone())
                    .collect();
                let mut has = has;
                for bytes in between {
                    has = self.send(service, post(bytes))?.sequence;
                }
                has
            }
            Err(error) => return Err(self.fail(service, &error)),
        };
        if has != newest.number() {
            // It has bundles that this home does not know: somebody else speaks for the guarantor,
            // or the home is an old copy.
            let fields = [
                ("service", json!(service.audience())),
                ("sequence", json!(has)),
                ("home", json!(newest.number())),
            ];
            self.tell(Level::Error, "bundle-unknown", fields);
            service.rest();
            return Err(Trouble::Service);
        }
        service.bundle = Some(newest);
        self.tell_of(service, "bundle-published", ("sequence", json!(has)));
        Ok(())
    }

    fn publish_proofs(&mut self, service: &mut Service) -> Result<(), Trouble> {
        let Some(office) = &self.office else { return Err(Trouble::Stopped) };
        let mut progress = self.memory.progress(service.audience());
        let home = office.home();
        let attested: Vec<_> = home
            .trust
            .attestations()
            .iter()
            .map(|attestation| attestation.key_id)
            .filter(|key| home.journal.ledger().succession().is_proved(*key))
            .filter(|key| !progress.proved.contains(&key.to_string()))
            .collect();
        for key in attested {
            let Some(office) = &self.office else { return Err(Trouble::Stopped) };
            let proofs = proofs(office.home(), key)?;
            for part in proofs.chunks(confirmation::MOST_PROOFS) {
                let body = confirmation::Proofs { proofs: part.to_vec() };
                self.send(service, |client, sender| {
                    client.post::<Value>(sender, confirmation::PROOFS, &body)
                })?;
            }
            progress.proved.insert(key.to_string());
            self.memory.remember(service.audience(), progress.clone())?;
            self.tell_of(service, "proofs-published", ("count", json!(proofs.len())));
        }
        Ok(())
    }

    fn publish_sealed(&mut self, one: &mut Confirmation) -> Result<(), Trouble> {
        let Some(office) = &self.office else { return Err(Trouble::Stopped) };
        let mut progress = self.memory.progress(one.service.audience());
        if progress.published > office.records() {
            // The home is another one than before, or an old copy.
            progress.published = 0;
        }
        let due: Vec<_> = office
            .publications
            .after(progress.published)
            .map(|(record, number)| (record, number.clone()))
            .collect();
        one.contested.retain(|_, contest| contest.record > progress.published);
        one.ahead.retain(|record| *record > progress.published);
        let mut count = 0_usize;
        for (place, (record, number)) in (1_usize..).zip(&due) {
            self.go_on()?;
            if !one.ahead.contains(record) && !one.waits(number, *record) {
                count = count.saturating_add(usize::from(self.publish_one(one, number, *record)?));
            }
            if one.contested.is_empty() {
                progress.published = *record;
                if place % STRIDE == 0 {
                    self.memory.remember(one.service.audience(), progress.clone())?;
                }
            } else if !one.contested.contains_key(number) {
                one.ahead.insert(*record);
            }
        }
        self.memory.remember(one.service.audience(), progress)?;
        if count > 0 {
            self.tell_of(&one.service, "published", ("guarantees", json!(count)));
        }
        Ok(())
    }

    /// Returns whether there was something to publish and the service took it.
    fn publish_one(
        &mut self,
        one: &mut Confirmation,
        number: &GuaranteeNumber<'static>,
        record: u64,
    ) -> Result<bool, Trouble> {
        let Some(office) = &mut self.office else { return Err(Trouble::Stopped) };
        let (home, keys) = office.home_and_keys();
        let sealed = publication(home, keys, number)?;
        one.contested.remove(number);
        let Some(sealed) = sealed else { return Ok(false) };
        let sent = self.ask(&mut one.service, |client, sender| {
            client.post::<Value>(sender, confirmation::SEALED, &sealed)
        })?;
        match sent {
            Ok(_) => Ok(true),
            Err(error) if error.code() == Some("E10-CONFLICT") => {
                let again = Instant::now() + CONTEST_PAUSE;
                one.contested.insert(number.clone(), Contest { record, again });
                self.contest(&one.service, number);
                Ok(false)
            }
            Err(error) => Err(self.fail(&mut one.service, &error)),
        }
    }

    fn contest(&mut self, service: &Service, number: &GuaranteeNumber<'_>) {
        let fields = [
            ("service", json!(service.audience())),
            ("code", json!("E10-CONFLICT")),
            ("number", json!(number.as_str())),
        ];
        self.tell(Level::Error, "contested", fields);
    }
}
