//! What every request goes through: limits, headers, ids, logging, and pages for problems.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;

use crate::assets;
use crate::body::{self, Cut, Limits, Room, Watch};
use crate::context::{Context, Known};
use crate::cookie::{self, SetCookie, Transport};
use crate::form::FormSecret;
use crate::lang::{self, Lang};
use crate::metrics::Metrics;
use crate::page::{self, Site};
use crate::problem::{Problem, Told};
use crate::random;
use crate::session;
use crate::settings::Http;
use crate::source::Source;

const LANG_COOKIE: &str = "lang";
const LANG_AGE: Duration = Duration::from_hours(365 * 24);

const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
    script-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// How a service's routes are hardened.
#[derive(Clone, Debug)]
pub struct Hardening {
    site: Arc<Site>,
    transport: Transport,
    proxy: Proxy,
    metrics: Metrics,
    limits: Vec<(&'static str, Limits)>,
    room: Room,
    source_key: [u8; 32],
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Proxy {
    Before,
    None,
}

impl Hardening {
    /// Returns the hardening of a site that is served with these settings.
    ///
    /// # Errors
    /// An internal problem when the system gives no random bytes.
    pub fn new(site: Site, http: &Http, metrics: Metrics) -> Result<Self, Problem> {
        Ok(Self {
            site: Arc::new(site),
            transport: http.transport(),
            proxy: if http.behind_proxy { Proxy::Before } else { Proxy::None },
            metrics,
            limits: Vec::new(),
            room: Room::new(),
            source_key: random::random()?,
        })
    }

    /// Gives a route, as it is spelled in the router, other limits than those of a form.
    #[must_use]
    pub fn limits(mut self, route: &'static str, limits: Limits) -> Self {
        self.limits.push((route, limits));
        self
    }

    fn limits_of(&self, route: &str) -> Limits {
        let found = self.limits.iter().find(|(path, _)| *path == route);
        found.map_or(Limits::FORM, |(_, limits)| *limits)
    }

    fn source(&self, request: &Request) -> Source {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(Source::UNKNOWN, |ConnectInfo(address)| Source::of(address.ip()));
        match self.proxy {
            Proxy::Before => Source::forwarded(request.headers()).unwrap_or(peer),
            Proxy::None => peer,
        }
    }

    fn context(&self, request: &Request) -> Result<Context, Problem> {
        let (headers, uri) = (request.headers(), request.uri());
        let cookie = cookie::read(headers, self.transport, LANG_COOKIE).and_then(Lang::parse);
        let addressed = *request.method() == Method::GET || *request.method() == Method::HEAD;
        Ok(Context::new(Known {
            form: FormSecret::of(headers, self.transport)?,
            id: random::hex(&random::random::<12>()?),
            lang: lang::asked_for(uri).or(cookie).unwrap_or_default(),
            path: uri.path().to_owned(),
            query: addressed.then(|| uri.query().unwrap_or_default().to_owned()),
            session: cookie::read(headers, self.transport, session::COOKIE).map(str::to_owned),
            site: Arc::clone(&self.site),
            source: self.source(request),
            transport: self.transport,
        }))
    }
}

/// Returns the routes with everything around them that section 6 of `services.md` asks for, and with
/// the files that pages need.
///
/// To be applied last: routes added afterwards are not hardened.
pub fn harden(routes: Router, hardening: Hardening) -> Router {
    routes
        .merge(assets::routes())
        .fallback(|| async { Problem::not_found() })
        .method_not_allowed_fallback(|| async {
            Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "E10-NOT-FOUND",
                "この操作には対応していません。最初のページからお進みください。",
                "This cannot be done here. Start from the first page.",
            )
        })
        // Ours cuts bodies off, by route.
        .layer(DefaultBodyLimit::disable())
        .layer(CatchPanicLayer::custom(|_| Problem::internal("a handler panicked").into_response()))
        .layer(middleware::from_fn_with_state(Arc::new(hardening), guard))
}

async fn guard(
    State(hardening): State<Arc<Hardening>>,
    mut request: Request,
    next: Next,
) -> Result<Response, Infallible> {
    let started = Instant::now();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let route = route.unwrap_or_else(|| "-".to_owned());
    let method = request.method().clone();
    let context = match hardening.context(&request) {
        Ok(context) => context,
        Err(problem) => {
            tracing::error!(cause = problem.cause(), "a request could not begin");
            return Ok(problem.to_document(Lang::default()));
        }
    };
    let wants_page = accepts_html(request.headers());
    let asked = lang::asked_for(request.uri());
    let limits = hardening.limits_of(&route);
    request.extensions_mut().insert(context.clone());
    let mut response = answer(request, next, limits, hardening.room.clone()).await;
    let told = response.extensions_mut().remove::<Told>().map(|Told(problem)| problem);
    if let Some(problem) = told.or_else(|| of_library(&response).map(Arc::new)) {
        log_problem(&context, &route, &problem);
        response = show(&context, &problem, wants_page);
    }
    add_headers(response.headers_mut(), hardening.transport, context.id());
    let lang = asked
        .map(|lang| SetCookie::new(hardening.transport, LANG_COOKIE, lang.code(), Some(LANG_AGE)));
    for cookie in lang.into_iter().chain(context.form().to_cookie(hardening.transport)) {
        response.headers_mut().append(header::SET_COOKIE, cookie.into_value());
    }
    let took = started.elapsed();
    hardening.metrics.count_request(&route, &method, response.status(), took);
    tracing::info!(
        request_id = context.id(),
        method = %method,
        route,
        status = response.status().as_u16(),
        duration_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        source = mark(&hardening.source_key, context.source()),
        "request"
    );
    Ok(response)
}

/// Returns what to tell instead of the library's own words about an address that cannot be read:
/// those are for programmers, in English, and quote names of our code.
fn of_library(response: &Response) -> Option<Problem> {
    let kind = response.headers().get(header::CONTENT_TYPE)?;
    let plain = kind.as_bytes().starts_with(b"text/plain");
    let problem = || {
        Problem::input(
            "アドレスを読み取れません。最初のページからお進みください。",
            "The address cannot be read. Start from the first page.",
        )
    };
    (plain && response.status().is_client_error()).then(problem)
}

/// Runs the handler within its limits.
async fn answer(request: Request, next: Next, limits: Limits, room: Room) -> Response {
    let length = request.headers().get(header::CONTENT_LENGTH);
    let length = length.and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok());
    if length.is_some_and(|length: u64| length > limits.bytes) {
        return close(Problem::too_large());
    }
    let watch = Watch::default();
    let request = request.map(|body: Body| body::limit(body, limits, room, watch.clone()));
    let answered = tokio::time::timeout(limits.answer, next.run(request)).await;
    match (watch.cut(), answered) {
        (Some(Cut::TooLarge), _) => close(Problem::too_large()),
        (Some(Cut::TooSlow), _) => close(Problem::timeout()),
        (Some(Cut::NoRoom), _) => close(Problem::overloaded().because(Cut::NoRoom)),
        (None, Ok(response)) => response,
        (None, Err(_)) => Problem::overloaded().because("no answer in time").into_response(),
    }
}

/// Tells a problem on a connection whose request was not read to its end.
fn close(problem: Problem) -> Response {
    problem.closing().into_response()
}

fn show(context: &Context, problem: &Problem, wants_page: Page) -> Response {
    match wants_page {
        Page::No => problem.to_document(context.lang()),
        Page::Yes => page::tell(context, problem).unwrap_or_else(|failure| {
            log_problem(context, "-", &failure);
            problem.to_document(context.lang())
        }),
    }
}

#[derive(Clone, Copy)]
enum Page {
    No,
    Yes,
}

fn accepts_html(headers: &HeaderMap) -> Page {
    let accepts = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut kinds = accepts.flat_map(|line| line.split(','));
    if kinds.any(|kind| kind.split(';').next().map(str::trim) == Some("text/html")) {
        Page::Yes
    } else {
        Page::No
    }
}

fn log_problem(context: &Context, route: &str, problem: &Problem) {
    let (request_id, code, cause) = (context.id(), problem.code(), problem.cause());
    if problem.status().is_server_error() {
        tracing::error!(request_id, route, code, cause, "problem");
    } else if cause.is_some() {
        tracing::info!(request_id, route, code, cause, "problem");
    }
}

fn add_headers(headers: &mut HeaderMap, transport: Transport, id: &str) {
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if transport == Transport::Tls {
        let year = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    if let Ok(id) = HeaderValue::try_from(id) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
}

/// Returns a source as the log names it: the same within one run of the process, and no address.
fn mark(key: &[u8; 32], source: Source) -> String {
    use sha2::{Digest as _, Sha256};
    let digest = Sha256::new_with_prefix(key).chain_update(source.to_bytes()).finalize();
    random::hex(digest.get(..8).unwrap_or_default())
}
