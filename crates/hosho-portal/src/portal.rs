//! The service: what every handler shares, and the routes.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use hosho::{Date, UnixTime, Yen};
use hosho_store::portal::PortalStore;
use hosho_store::{Database, HighWater, SessionMark, StoredSession};
use hosho_web::{
    Clock, Hardening, Lifetime, Limiter, Limits, Metrics, Problem, SessionRows, Sessions, Site,
    Source, Words, harden,
};

use crate::config::{Config, Loaded};
use crate::error::of_store;
use crate::password::Hashers;
use crate::policies::Policies;
use crate::trust::TrustKeeper;
use crate::vault::RevealKey;
use crate::{account, application, desk, guarantee, home, login, obligee, record, status, worker};

/// A session ends after half an hour without a request, and after a working day in any case.
const LIFETIME: Lifetime =
    Lifetime { idle: Duration::from_mins(30), most: Duration::from_hours(12) };

/// The portal; copies share everything.
#[derive(Clone, Debug)]
pub struct Portal(Arc<Parts>);

struct Parts {
    config: Config,
    store: PortalStore,
    sessions: Sessions<Rows>,
    clock: Clock,
    trust: TrustKeeper,
    reveal_key: RevealKey,
    policies: Policies,
    second_above: Yen,
    sources: Limiter<Source>,
    logins: Limiter<String>,
    hashers: Hashers,
    high_water: Option<HighWater>,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Parts(..)")
    }
}

impl Portal {
    /// Puts a portal together.
    pub fn new(
        loaded: Loaded,
        database: Database,
        clock: Clock,
        high_water: Option<HighWater>,
    ) -> Self {
        let store = PortalStore::new(database);
        let rows = Rows(store.clone());
        Self(Arc::new(Parts {
            sessions: Sessions::new(rows, clock.clone(), LIFETIME),
            trust: TrustKeeper::new(loaded.pin, store.clone()),
            store,
            clock,
            reveal_key: loaded.reveal_key,
            policies: loaded.policies,
            second_above: loaded.second_above,
            sources: Limiter::new(),
            logins: Limiter::new(),
            hashers: Hashers::new(),
            high_water,
            config: loaded.config,
        }))
    }

    /// Returns the configuration.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// Returns the database.
    pub fn store(&self) -> &PortalStore {
        &self.0.store
    }

    /// Returns the time.
    pub fn now(&self) -> UnixTime {
        self.0.clock.now()
    }

    /// Returns the day in Japan.
    pub fn today(&self) -> Date {
        self.0.clock.today()
    }

    /// Returns the guaranteed amount above which two people approve.
    pub fn second_above(&self) -> Yen {
        self.0.second_above
    }

    /// Returns the policies of obligees.
    pub fn policies(&self) -> &Policies {
        &self.0.policies
    }

    pub(crate) fn sessions(&self) -> &Sessions<Rows> {
        &self.0.sessions
    }

    pub(crate) fn trust(&self) -> &TrustKeeper {
        &self.0.trust
    }

    pub(crate) fn reveal_key(&self) -> &RevealKey {
        &self.0.reveal_key
    }

    pub(crate) fn sources(&self) -> &Limiter<Source> {
        &self.0.sources
    }

    pub(crate) fn logins(&self) -> &Limiter<String> {
        &self.0.logins
    }

    pub(crate) fn hashers(&self) -> &Hashers {
        &self.0.hashers
    }

    /// Writes the count of facts to its file, before anybody is told that something is stored.
    ///
    /// # Errors
    /// An internal problem when the file cannot be written.
    pub async fn raise_high_water(&self) -> Result<(), Problem> {
        match &self.0.high_water {
            None => Ok(()),
            Some(mark) => mark.raise(self.0.store.database()).await.map_err(of_store),
        }
    }

    /// Says whether the database answers and the bundles in it follow from the pin.
    ///
    /// # Errors
    /// Why not.
    pub async fn ready(&self) -> Result<(), Problem> {
        self.0.store.database().ping().await.map_err(of_store)?;
        self.0.trust.known().await.map(|_| ())
    }

    /// Returns all routes, hardened.
    ///
    /// # Errors
    /// An internal problem when the system gives no random bytes.
    pub fn router(&self, metrics: Metrics) -> Result<Router, Problem> {
        let site = Site {
            name: Words { ja: "電子保証ポータル", en: "Guarantee portal" },
            owner: self.0.config.owner.clone(),
            links: Vec::new(),
        };
        let mut hardening = Hardening::new(site, &self.0.config.http, metrics)?;
        for route in worker::PUBLISHING {
            hardening = hardening.limits(route, Limits::PUBLISH);
        }
        let routes = Router::new()
            .merge(contractor_routes())
            .merge(application::routes())
            .merge(desk_routes())
            .merge(worker::routes())
            .with_state(self.clone());
        Ok(harden(routes, hardening))
    }
}

fn contractor_routes() -> Router<Portal> {
    Router::new()
        .route("/login", get(login::form).post(login::enter))
        .route("/logout", post(login::leave))
        .route("/password", get(login::password_form).post(login::change_password))
        .route("/", get(home::show))
        .route("/applications/{id}", get(status::show))
        .route("/applications/{id}/withdraw", post(status::withdraw))
        .route("/guarantees/{number}", get(guarantee::newest))
        .route("/guarantees/{number}/{revision}", get(guarantee::revision))
        .route("/guarantees/{number}/copy.pdf", get(guarantee::copy))
        .route("/guarantees/{number}/key", post(guarantee::key))
        .route("/guarantees/{number}/notice.pdf", post(guarantee::notice))
}

fn desk_routes() -> Router<Portal> {
    Router::new()
        .route("/desk", get(desk::open))
        .route("/desk/all", get(desk::all))
        .route("/desk/applications/{id}", get(desk::show))
        .route("/desk/applications/{id}/review", post(desk::review))
        .route("/desk/applications/{id}/approve", post(desk::approve))
        .route("/desk/applications/{id}/conclude", post(desk::conclude))
        .route("/desk/applications/{id}/return", post(desk::send_back))
        .route("/desk/applications/{id}/withdraw", post(desk::give_up))
        .route("/desk/guarantees", get(record::guarantees))
        .route("/desk/guarantees/{number}", get(record::guarantee))
        .route("/desk/log", get(record::log))
        .route("/desk/obligees", get(obligee::list).post(obligee::add))
        .route("/desk/obligees/{id}/end", post(obligee::end))
        .route("/desk/accounts", get(account::list).post(account::add))
        .route("/desk/contractors", post(account::add_contractor))
        .route("/desk/accounts/{id}/password", post(account::reset_password))
        .route("/desk/accounts/{id}/disable", post(account::disable))
}

/// The rows of sessions, in the portal's database.
#[derive(Clone, Debug)]
pub(crate) struct Rows(PortalStore);

impl SessionRows for Rows {
    async fn save(
        &self,
        mark: [u8; 32],
        sealed: Vec<u8>,
        expires_at: UnixTime,
    ) -> Result<(), Problem> {
        let session = StoredSession { sealed, expires_at };
        let saved = self.0.database().save_session(SessionMark(mark), &session).await;
        saved.map_err(of_store)
    }

    async fn load(
        &self,
        mark: [u8; 32],
        now: UnixTime,
    ) -> Result<Option<(Vec<u8>, UnixTime)>, Problem> {
        let found = self.0.database().load_session(SessionMark(mark), now).await;
        let found = found.map_err(of_store)?;
        Ok(found.map(|session| (session.sealed, session.expires_at)))
    }

    async fn delete(&self, mark: [u8; 32]) -> Result<(), Problem> {
        self.0.database().delete_session(SessionMark(mark)).await.map_err(of_store)
    }
}

/// Opens what a configuration names.
///
/// # Errors
/// [`StartError`].
pub async fn open(
    path: &Path,
    clock: Clock,
    on_restored: hosho_store::OnRestored,
) -> Result<(Portal, hosho_web::Mailer), StartError> {
    let loaded = Loaded::read(path).map_err(StartError::Config)?;
    let schema = hosho_store::Schema::Portal;
    let database = Database::open(&loaded.database_url, schema).await.map_err(StartError::Store)?;
    let high_water = match &loaded.config.high_water {
        None => None,
        Some(mark) => {
            let checked = HighWater::check(mark, &database, on_restored).await;
            Some(checked.map_err(StartError::Store)?)
        }
    };
    let mailer = loaded.mailer.clone();
    Ok((Portal::new(loaded, database, clock, high_water), mailer))
}

/// Why the portal does not start.
#[derive(Debug)]
pub enum StartError {
    /// The configuration.
    Config(hosho_web::ConfigError),
    /// The database.
    Store(hosho_store::StoreError),
}

impl StartError {
    /// Returns the stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Config(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }
}
