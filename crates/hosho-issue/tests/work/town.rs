//! A portal and a confirmation service that keep what they are told in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use hosho::{
    AuthKey, GuaranteeNumber, Locator, Revision, SealedCertificate, SignedStatusSnapshot,
    SignedTrustBundle, StatusSnapshot, TrustBundle, UnixTime,
};
use hosho_publish::{
    Answer, BundleStep, Nonce, Received, RequestHeader, SealedRevision, Spelling, confirmation,
    judge_bundle, portal, verify_request,
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::http::{Request, Server};

pub(crate) const PORTAL: &str = "portal.example";
pub(crate) const CONFIRM: &str = "confirm.example";

/// What both services keep.
pub(crate) struct Common {
    audience: &'static str,
    pub(crate) trust: TrustBundle,
    pub(crate) snapshots: BTreeMap<u16, (u64, Vec<u8>)>,
    nonces: BTreeSet<[u8; 16]>,
    now: UnixTime,
    /// What was asked for, in order: method and path.
    pub(crate) requests: Vec<String>,
    /// Answers that are given before anything is looked at.
    pub(crate) failing: Option<u16>,
}

/// The portal.
pub(crate) struct Portal {
    pub(crate) common: Common,
    pub(crate) jobs: Vec<portal::Job>,
    pub(crate) done: BTreeMap<String, Vec<u8>>,
    pub(crate) keys: BTreeMap<String, String>,
    pub(crate) refused: BTreeMap<String, portal::Refused>,
    pub(crate) events: Vec<portal::Event>,
    /// What happens while a claim is answered.
    pub(crate) at_claim: Option<Box<dyn Fn() + Send>>,
}

/// A confirmation service.
pub(crate) struct Confirm {
    pub(crate) common: Common,
    pub(crate) sealed: BTreeMap<[u8; 16], BTreeMap<u16, Vec<u8>>>,
    pub(crate) withdrawn: BTreeSet<[u8; 16]>,
    pub(crate) proofs: BTreeMap<[u8; 32], Vec<u8>>,
    pub(crate) events: Vec<confirmation::Event>,
}

type Refusal = (u16, Value);

/// Both services, reachable.
pub(crate) struct Town {
    pub(crate) portal: Arc<Mutex<Portal>>,
    pub(crate) confirm: Arc<Mutex<Confirm>>,
    pub(crate) servers: [Server; 2],
}

impl Town {
    /// Opens both services with a pinned bundle.
    pub(crate) fn new(pin: &[u8], now: UnixTime) -> Self {
        let common = |audience| Common {
            audience,
            trust: SignedTrustBundle::parse(pin).unwrap().pin().unwrap(),
            snapshots: BTreeMap::new(),
            nonces: BTreeSet::new(),
            now,
            requests: Vec::new(),
            failing: None,
        };
        let portal = Arc::new(Mutex::new(Portal {
            common: common(PORTAL),
            jobs: Vec::new(),
            done: BTreeMap::new(),
            keys: BTreeMap::new(),
            refused: BTreeMap::new(),
            events: Vec::new(),
            at_claim: None,
        }));
        let confirm = Arc::new(Mutex::new(Confirm {
            common: common(CONFIRM),
            sealed: BTreeMap::new(),
            withdrawn: BTreeSet::new(),
            proofs: BTreeMap::new(),
            events: Vec::new(),
        }));
        let servers = [portal_server(&portal), confirm_server(&confirm, 0)];
        Self { portal, confirm, servers }
    }

    pub(crate) fn portal(&self) -> MutexGuard<'_, Portal> {
        self.portal.lock().unwrap()
    }

    pub(crate) fn confirm(&self) -> MutexGuard<'_, Confirm> {
        self.confirm.lock().unwrap()
    }

    pub(crate) fn set_clock(&self, now: UnixTime) {
        self.portal().common.now = now;
        self.confirm().common.now = now;
    }
}

fn portal_server(portal: &Arc<Mutex<Portal>>) -> Server {
    let portal = Arc::clone(portal);
    Server::start(Arc::new(move |request: &Request| {
        portal.lock().unwrap().answer(request).unwrap_or_else(|refusal| refusal)
    }))
}

pub(crate) fn confirm_server(confirm: &Arc<Mutex<Confirm>>, port: u16) -> Server {
    let confirm = Arc::clone(confirm);
    let answer = move |request: &Request| {
        confirm.lock().unwrap().answer(request).unwrap_or_else(|refusal| refusal)
    };
    Server::start_at(port, Arc::new(answer))
}

fn problem(status: u16, code: &str) -> Refusal {
    (status, json!({ "code": code }))
}

fn answered(value: impl Serialize) -> (u16, Value) {
    (200, serde_json::to_value(value).unwrap())
}

fn read<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| (400, json!({"code": error.to_string()})))
}

impl Common {
    fn bundle(&mut self, body: &[u8]) -> Result<(u16, Value), Refusal> {
        let arrived = SignedTrustBundle::parse(body).map_err(|_| problem(401, "E10-SIGNATURE"))?;
        match judge_bundle(&self.trust, arrived) {
            Ok(BundleStep::Known) => {}
            Ok(BundleStep::Next(next)) => self.trust = *next,
            Err(refusal) => {
                let sequence = self.trust.sequence().number();
                return Err((
                    refusal.status(),
                    json!({"code": refusal.code(), "sequence": sequence}),
                ));
            }
        }
        Ok((200, json!({ "sequence": self.trust.sequence().number() })))
    }

    fn snapshot(&mut self, body: &[u8]) -> Result<(u16, Value), Refusal> {
        let signed = SignedStatusSnapshot::parse(body).map_err(|_| problem(400, "E10-INPUT"))?;
        let snapshot = signed.verify(&self.trust).map_err(|_| problem(400, "E10-INPUT"))?;
        let (list, sequence) = (snapshot.list().number(), snapshot.sequence().number());
        match self.snapshots.get(&list) {
            Some((newest, bytes)) if *newest == sequence && bytes == body => {}
            Some((newest, _)) if *newest >= sequence => return Err(problem(409, "E10-REGRESSED")),
            _ => {
                self.snapshots.insert(list, (sequence, body.to_vec()));
            }
        }
        Ok(answered(json!({})))
    }

    /// Takes a request only if the guarantor signed it for this service, once.
    fn admit(&mut self, request: &Request) -> Result<(), Refusal> {
        self.requests.push(format!("{} {}", request.method, request.path));
        if let Some(status) = self.failing {
            return Err(problem(status, "E10-INTERNAL"));
        }
        if request.path.ends_with("/bundle") {
            return Ok(());
        }
        let header = RequestHeader::parse(request.signature.as_deref().unwrap_or_default());
        let header = header.map_err(|_| problem(401, "E10-SIGNATURE"))?;
        let received = Received {
            audience: self.audience,
            method: &request.method,
            path_and_query: &request.path,
            body: &request.body,
        };
        let verified = verify_request(&header, &received, &self.trust, self.now)
            .map_err(|refusal| problem(refusal.status(), refusal.code()))?;
        let nonce: Nonce = verified.nonce();
        if !self.nonces.insert(*nonce.as_bytes()) {
            return Err(problem(401, "E10-REPLAYED"));
        }
        Ok(())
    }

    /// Returns the newest snapshot of a list.
    pub(crate) fn newest_snapshot(&self, list: u16) -> StatusSnapshot {
        let (_, bytes) = &self.snapshots[&list];
        SignedStatusSnapshot::parse(bytes).unwrap().verify(&self.trust).unwrap()
    }
}

impl Portal {
    /// Concludes an application: the worker gets this job.
    pub(crate) fn conclude(&mut self, job: portal::Job) {
        self.jobs.push(job);
    }

    fn answer(&mut self, request: &Request) -> Result<(u16, Value), Refusal> {
        self.common.admit(request)?;
        match request.path.as_str() {
            portal::BUNDLE => self.common.bundle(&request.body),
            portal::SNAPSHOTS => self.common.snapshot(&request.body),
            portal::CLAIM => {
                let claim: portal::Claim = read(&request.body)?;
                if let Some(act) = self.at_claim.take() {
                    act();
                }
                let open = self.jobs.iter().filter(|job| {
                    let id = job.id.as_str();
                    !self.done.contains_key(id) && !self.refused.contains_key(id)
                });
                let jobs = open.take(usize::from(claim.most)).cloned().collect();
                Ok(answered(portal::Claimed { jobs }))
            }
            portal::EVENTS => {
                let events: portal::Events = read(&request.body)?;
                for event in events.events {
                    if !self.events.contains(&event) {
                        self.events.push(event);
                    }
                }
                Ok(answered(json!({})))
            }
            path => {
                let mut parts = path.strip_prefix("/worker/v1/jobs/").unwrap().split('/');
                let (id, what) = (parts.next().unwrap().to_owned(), parts.next().unwrap());
                match what {
                    "done" => self.done(&id, &request.body),
                    "refused" => {
                        self.refused.insert(id, read(&request.body)?);
                        Ok(answered(json!({})))
                    }
                    other => panic!("{other}"),
                }
            }
        }
    }

    /// Takes what came of a job only if it fits: key, sealings, and what was stored before.
    fn done(&mut self, id: &str, body: &[u8]) -> Result<(u16, Value), Refusal> {
        if self.done.get(id).is_some_and(|before| before != body) {
            return Err(problem(409, "E10-CONFLICT"));
        }
        let done: portal::Done = read(body)?;
        let job = self.jobs.iter().find(|job| job.id.as_str() == id).unwrap();
        let key = &done.auth_key.0;
        let SealedRevision(revision, sealed) = done.sealed.last().unwrap();
        assert_eq!(*revision, job.revision);
        let sealed = SealedCertificate::parse(&sealed.0).unwrap();
        assert_eq!(key.open(&sealed).unwrap().as_bytes(), done.signed.0);
        self.keys.insert(job.number.0.to_string(), key.expose_text().as_str().to_owned());
        self.done.insert(id.to_owned(), body.to_vec());
        Ok(answered(json!({})))
    }

    /// Returns the auth key of a guarantee.
    pub(crate) fn key(&self, number: &str) -> AuthKey {
        AuthKey::parse(&self.keys[number]).unwrap()
    }
}

impl Confirm {
    fn answer(&mut self, request: &Request) -> Result<(u16, Value), Refusal> {
        self.common.admit(request)?;
        match request.path.as_str() {
            confirmation::BUNDLE => self.common.bundle(&request.body),
            confirmation::SNAPSHOTS => self.common.snapshot(&request.body),
            confirmation::SEALED => self.seal(&read(&request.body)?),
            confirmation::PROOFS => {
                let proofs: confirmation::Proofs = read(&request.body)?;
                for proof in proofs.proofs {
                    self.proofs.insert(*proof.fingerprint.0.as_bytes(), proof.proof.0);
                }
                Ok(answered(json!({})))
            }
            path => {
                let after = path.strip_prefix("/publish/v1/events?after=").unwrap();
                let after: u64 = after.parse().unwrap();
                let events = self.events.iter().filter(|event| event.id > after).take(500);
                let events: Vec<_> = events.cloned().collect();
                let next = events.last().map_or(after, |event| event.id);
                Ok(answered(confirmation::Page { events, next }))
            }
        }
    }

    fn seal(&mut self, sealed: &confirmation::Sealed) -> Result<(u16, Value), Refusal> {
        assert!(sealed.is_whole());
        let locator = *sealed.locator.0.as_bytes();
        if !self.withdrawn.contains(&locator) {
            let stored = self.sealed.entry(locator).or_default();
            for SealedRevision(revision, bytes) in &sealed.revisions {
                let before = stored.get(&revision.0.number());
                if before.is_some_and(|before| *before != bytes.0) {
                    return Err(problem(409, "E10-CONFLICT"));
                }
            }
            for SealedRevision(revision, bytes) in &sealed.revisions {
                stored.insert(revision.0.number(), bytes.0.clone());
            }
        }
        for replaced in &sealed.replaces {
            let replaced = *replaced.0.as_bytes();
            if self.sealed.remove(&replaced).is_some() {
                self.withdrawn.insert(replaced);
            }
        }
        Ok(answered(json!({})))
    }

    /// Opens what number and key lead to: the signed bytes of every revision.
    pub(crate) fn open(&self, number: &str, key: &AuthKey) -> Option<Vec<Vec<u8>>> {
        let number = GuaranteeNumber::parse(number).unwrap();
        let stored = self.sealed.get(key.locator(&number).as_bytes())?;
        let open = |bytes: &Vec<u8>| {
            key.open(&SealedCertificate::parse(bytes).unwrap()).unwrap().as_bytes().to_vec()
        };
        Some(stored.values().map(open).collect())
    }

    /// Records that an obligee looked at a certificate, or answered.
    pub(crate) fn record(
        &mut self,
        number: &str,
        key: &AuthKey,
        revision: u16,
        answer: Option<&Answer>,
    ) {
        let number = GuaranteeNumber::parse(number).unwrap();
        let revision = Revision::new(revision).unwrap();
        let id = u64::try_from(self.events.len()).unwrap() + 1;
        let salt = [u8::try_from(id).unwrap(); 16];
        let sealed = answer.map(|answer| answer.seal(key, &number, revision, salt));
        let locator: Locator = key.locator(&number);
        self.events.push(confirmation::Event {
            id,
            locator: Spelling(locator),
            revision: Spelling(revision),
            event: answer.map_or(confirmation::Deed::Opened, |_| confirmation::Deed::Answered),
            at: Spelling(self.common.now),
            sealed_answer: sealed.map(hosho_publish::Base64),
        });
    }
}
