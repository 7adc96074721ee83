//! What the handlers share.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use hosho::{GuarantorId, UnixTime};
use hosho_policy::Policy;
use hosho_store::{ConfirmStore, HighWater, SessionMark, StoreError, StoredSession, TrustMarks};
use hosho_web::{Clock, Count, Lifetime, Limiter, Metrics, Problem, SessionRows, Sessions, Source};

use crate::reader::Reader;
use crate::trust::{Pin, Trust};
use crate::vault::MailKey;

/// How long a visit lasts without a request, and in any case.
const VISIT: Lifetime = Lifetime { idle: Duration::from_mins(30), most: Duration::from_hours(4) };

/// What the service is made of; every field is required.
#[derive(Debug)]
pub struct Parts {
    /// Its database.
    pub store: ConfirmStore,
    /// The pinned bundles, one a guarantor.
    pub pins: Vec<Pin>,
    /// The key of the addresses.
    pub mail_key: MailKey,
    /// Its name in signed requests.
    pub audience: String,
    /// The time.
    pub clock: Clock,
    /// Its figures.
    pub metrics: Metrics,
    /// The program that takes papers apart.
    pub reader: Reader,
    /// Where the number of facts is written down, if anywhere.
    pub high_water: Option<HighWater>,
}

/// The service, as its handlers see it; copies share everything.
#[derive(Clone, Debug)]
pub struct App(Arc<Shared>);

/// What all copies share.
#[derive(Debug)]
pub struct Shared {
    pub(crate) store: ConfirmStore,
    pub(crate) mail_key: MailKey,
    pub(crate) audience: String,
    pub(crate) clock: Clock,
    pub(crate) sessions: Sessions<VisitRows>,
    pub(crate) limiter: Limiter<Source>,
    pub(crate) counts: Counts,
    pub(crate) policy: Policy,
    pub(crate) reader: Reader,
    pins: BTreeMap<GuarantorId<'static>, Pin>,
    trusts: RwLock<BTreeMap<GuarantorId<'static>, Known>>,
    high_water: Option<HighWater>,
}

/// What was verified of what is stored of a guarantor.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) marks: TrustMarks,
    pub(crate) trust: Arc<Trust>,
}

/// The figures of this service.
#[derive(Clone, Debug)]
pub(crate) struct Counts {
    pub(crate) opens: Count,
    pub(crate) misses: Count,
    pub(crate) damaged: Count,
    pub(crate) answers: Count,
    pub(crate) published: Count,
    pub(crate) refused: Count,
    pub(crate) mails: Count,
}

impl App {
    /// Puts the service together.
    pub fn new(parts: Parts) -> Self {
        let metrics = &parts.metrics;
        let counts = Counts {
            opens: metrics.counter("opens", "Certificates that were opened"),
            misses: metrics.counter("misses", "Tries that opened nothing"),
            damaged: metrics.counter("damaged", "Stored rows that were found damaged"),
            answers: metrics.counter("answers", "Answers of obligees that were stored"),
            published: metrics.counter("publish_requests", "Requests of workers that were taken"),
            refused: metrics.counter("publish_refusals", "Requests of workers that were refused"),
            mails: metrics.counter("mails", "Mails that were handed over"),
        };
        let rows = VisitRows(parts.store.clone());
        Self(Arc::new(Shared {
            sessions: Sessions::new(rows, parts.clock.clone(), VISIT),
            limiter: Limiter::new(),
            counts,
            policy: Policy::usual(),
            pins: parts.pins.into_iter().map(|pin| (pin.guarantor_id().clone(), pin)).collect(),
            trusts: RwLock::default(),
            store: parts.store,
            mail_key: parts.mail_key,
            audience: parts.audience,
            clock: parts.clock,
            reader: parts.reader,
            high_water: parts.high_water,
        }))
    }

    /// Makes sure that the rows of the guarantors are there and that what is stored of each can be
    /// trusted.
    ///
    /// # Errors
    /// A problem of the database, or a stored bundle that is no lawful step from the pin.
    pub async fn prepare(&self) -> Result<(), Problem> {
        let ids: Vec<_> = self.pins.keys().cloned().collect();
        self.store.register(&ids).await.map_err(store_problem)?;
        for id in &ids {
            self.trust(id).await?;
        }
        Ok(())
    }

    /// Answers whether requests can be served: the database answers, and the pins are loaded.
    ///
    /// # Errors
    /// Why not.
    pub async fn ready(&self) -> Result<(), Problem> {
        self.store.database().ping().await.map_err(store_problem)?;
        if self.pins.is_empty() {
            return Err(Problem::internal("no trust bundle is pinned"));
        }
        Ok(())
    }

    /// Closes the database, once nothing more is asked of the service.
    pub async fn close(&self) {
        self.store.database().close().await;
    }

    /// Returns what a guarantor's certificates are judged by, as it is stored now; nothing for a
    /// guarantor that is not served.
    pub(crate) async fn trust(&self, id: &GuarantorId<'_>) -> Result<Option<Known>, Problem> {
        let Some(pin) = self.pins.get(id) else { return Ok(None) };
        let marks = self.store.trust_marks(id).await.map_err(store_problem)?;
        let known = self.trusts.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned();
        if let Some(known) = known.filter(|known| known.marks == marks) {
            return Ok(Some(known));
        }
        let stored = self.store.trust(id).await.map_err(store_problem)?;
        let (pin, marks) = (pin.clone(), stored.marks);
        // A snapshot can have megabytes.
        let verify = move || {
            Trust::build(&pin, &stored.bundles, stored.snapshots).map_err(|error| error.code())
        };
        let built = tokio::task::spawn_blocking(verify).await.map_err(Problem::internal)?;
        let trust = built.map_err(|code| {
            self.counts.damaged.add_one();
            Problem::internal(format_args!("damaged: a stored trust bundle ({code})"))
        })?;
        let known = Known { marks, trust: Arc::new(trust) };
        let mut trusts = self.trusts.write().unwrap_or_else(PoisonError::into_inner);
        trusts.insert(id.clone().into_owned(), known.clone());
        Ok(Some(known))
    }

    /// Returns what each guarantor's certificates are judged by.
    pub(crate) async fn trusts(&self) -> Result<Vec<Arc<Trust>>, Problem> {
        let mut trusts = Vec::with_capacity(self.pins.len());
        for id in self.pins.keys() {
            trusts.extend(self.trust(id).await?.map(|known| known.trust));
        }
        Ok(trusts)
    }

    /// Writes down how many facts there are, after a publication.
    pub(crate) async fn raise_mark(&self) -> Result<(), Problem> {
        match &self.high_water {
            Some(mark) => mark.raise(self.store.database()).await.map_err(store_problem),
            None => Ok(()),
        }
    }
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// What a caller is told about a database that did not do what it was asked.
pub(crate) fn store_problem(error: StoreError) -> Problem {
    match error {
        StoreError::Damaged { what } => Problem::internal(format_args!("damaged: {what}")),
        error @ (StoreError::Contended | StoreError::Unavailable { .. }) => Problem::away(error),
        error => Problem::internal(error),
    }
}

/// Where visits are stored.
#[derive(Clone, Debug)]
pub(crate) struct VisitRows(ConfirmStore);

impl SessionRows for VisitRows {
    async fn save(
        &self,
        mark: [u8; 32],
        sealed: Vec<u8>,
        expires_at: UnixTime,
    ) -> Result<(), Problem> {
        let session = StoredSession { sealed, expires_at };
        let database = self.0.database();
        database.save_session(SessionMark(mark), &session).await.map_err(store_problem)
    }

    async fn load(
        &self,
        mark: [u8; 32],
        now: UnixTime,
    ) -> Result<Option<(Vec<u8>, UnixTime)>, Problem> {
        let database = self.0.database();
        let found = database.load_session(SessionMark(mark), now).await.map_err(store_problem)?;
        Ok(found.map(|session| (session.sealed, session.expires_at)))
    }

    async fn delete(&self, mark: [u8; 32]) -> Result<(), Problem> {
        self.0.database().delete_session(SessionMark(mark)).await.map_err(store_problem)
    }
}
