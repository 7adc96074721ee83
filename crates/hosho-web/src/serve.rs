//! Listening, and stopping in good order.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::time::Duration;

use axum::Router;
use axum_server::Handle;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use tokio::signal::unix::{SignalKind, signal};

use crate::connection::Door;
use crate::settings::{ConfigError, Http};
use crate::tls;

/// How long a request's head may take to arrive, and a connection to say nothing.
const HEAD: Duration = Duration::from_secs(10);
/// How long what runs may take to finish when the service stops.
const GRACE: Duration = Duration::from_secs(30);
/// The most bytes and fields of a request's head.
const HEAD_BYTES: usize = 32 * 1024;
const HEAD_FIELDS: usize = 64;

/// Why a service does not listen.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServeError {
    /// The configuration is wrong.
    Config(ConfigError),
    /// The system refused an address, or to go on.
    Io {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        error: io::Error,
    },
}

impl std::fmt::Display for ServeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Config(error) => write!(f, "{error}"),
            Self::Io { address, error } => write!(f, "{address}: {error}"),
        }
    }
}

impl std::error::Error for ServeError {}

impl From<ConfigError> for ServeError {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

/// A service that has its addresses and does not answer yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    metrics_listener: TcpListener,
    address: SocketAddr,
    metrics_address: SocketAddr,
    tls: Option<Secure>,
    door: Door,
}

struct Secure(RustlsConfig);

impl std::fmt::Debug for Secure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secure(..)")
    }
}

impl Server {
    /// Takes the addresses of `http`, the settings that the file `path` holds.
    ///
    /// # Errors
    /// [`ServeError`].
    pub fn bind(http: &Http, path: &Path) -> Result<Self, ServeError> {
        http.check(path)?;
        let tls = http.tls.as_ref().map(tls::load).transpose()?.map(Secure);
        let (listener, address) = bind(http.listen)?;
        let (metrics_listener, metrics_address) = bind(http.metrics)?;
        let door = if http.behind_proxy { Door::proxied() } else { Door::direct() };
        Ok(Self { listener, metrics_listener, address, metrics_address, tls, door })
    }

    /// Returns the address for visitors and workers.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the address for operators.
    pub fn metrics_address(&self) -> SocketAddr {
        self.metrics_address
    }

    /// Answers with `router` and `metrics_router` until `stop` is ready; then accepts nothing more,
    /// gives what runs 30 s to finish, and returns.
    ///
    /// # Errors
    /// [`ServeError::Io`].
    pub async fn run(
        self,
        router: Router,
        metrics_router: Router,
        stop: impl Future<Output = ()>,
    ) -> Result<(), ServeError> {
        let (handle, metrics_handle) = (Handle::new(), Handle::new());
        let visitors = listen(self.listener, self.tls, self.door, &handle, router);
        let operators =
            listen(self.metrics_listener, None, Door::direct(), &metrics_handle, metrics_router);
        let stopping = async {
            stop.await;
            tracing::info!("stopping");
            handle.graceful_shutdown(Some(GRACE));
            metrics_handle.graceful_shutdown(Some(Duration::ZERO));
        };
        tracing::info!(address = %self.address, metrics = %self.metrics_address, "listening");
        let (visitors, operators, ()) = tokio::join!(visitors, operators, stopping,);
        tracing::info!("stopped");
        visitors.map_err(|error| ServeError::Io { address: self.address, error })?;
        operators.map_err(|error| ServeError::Io { address: self.metrics_address, error })
    }
}

/// Listens on the addresses of `http` and answers until the process is told to stop (SIGTERM, or
/// SIGINT from a terminal).
///
/// # Errors
/// [`ServeError`].
pub async fn serve(
    http: &Http,
    path: &Path,
    router: Router,
    metrics_router: Router,
) -> Result<(), ServeError> {
    let server = Server::bind(http, path)?;
    let failed = |error| ServeError::Io { address: server.address, error };
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    server.run(router, metrics_router, stop).await
}

fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), ServeError> {
    let bound = TcpListener::bind(address).and_then(|listener| {
        let address = listener.local_addr()?;
        Ok((listener, address))
    });
    bound.map_err(|error| ServeError::Io { address, error })
}

async fn listen(
    listener: TcpListener,
    tls: Option<Secure>,
    door: Door,
    handle: &Handle<SocketAddr>,
    router: Router,
) -> io::Result<()> {
    let visitors = router.into_make_service_with_connect_info::<SocketAddr>();
    let mut server = axum_server::from_tcp(listener)?
        .http1_only()
        .handle(handle.clone())
        .first_request_timeout(HEAD);
    server
        .http_builder()
        .http1()
        .header_read_timeout(HEAD)
        .max_headers(HEAD_FIELDS)
        .max_buf_size(HEAD_BYTES);
    match tls {
        None => server.acceptor(door).serve(visitors).await,
        Some(Secure(config)) => {
            let acceptor = RustlsAcceptor::new(config).handshake_timeout(HEAD).acceptor(door);
            server.acceptor(acceptor).serve(visitors).await
        }
    }
}
