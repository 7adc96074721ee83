//! HTTP plumbing that the portal and the confirmation service share.
//!
//! A service builds an [`axum::Router`], passes it through [`harden`], and gives it to [`serve`].
//! Hardening limits size and time of each request, gives it an id, finds out its [`Source`] and
//! [`Lang`], sets the headers of `services.md` section 6, logs one line without secrets, counts it, and
//! shows a [`Problem`] as a page or a problem document. Pages are a [`View`]'s; forms are read with
//! [`Checked`], which refuses what our own pages did not send.
//!
//! ```
//! use axum::http::{Request, StatusCode};
//! use axum::routing::get;
//! use axum::Router;
//! use hosho_web::{harden, Hardening, Http, Lang, Metrics, Problem, Site, Words};
//! use tower::ServiceExt as _;
//!
//! async fn greet(lang: Lang) -> Result<&'static str, Problem> {
//!     Ok(lang.pick("こんにちは", "Hello"))
//! }
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! # runtime.block_on(async {
//! let site = Site {
//!     name: Words { ja: "保証確認サービス", en: "Guarantee confirmation" },
//!     owner: "みほん保証".to_owned(),
//!     links: Vec::new(),
//! };
//! let hardening = Hardening::new(site, &Http::on_loopback(), Metrics::new())?;
//! let router = harden(Router::new().route("/", get(greet)), hardening);
//!
//! let request = Request::get("/?lang=en").body(axum::body::Body::empty())?;
//! let response = router.oneshot(request).await?;
//! assert_eq!(response.status(), StatusCode::OK);
//! assert_eq!(response.headers()["cache-control"], "no-store");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod assets;
mod body;
mod clock;
mod connection;
mod context;
mod cookie;
mod form;
mod harden;
mod json;
mod lang;
mod limiter;
mod log;
mod mail;
mod metrics;
mod page;
mod parts;
mod problem;
mod random;
mod serve;
mod session;
mod settings;
mod source;
mod tls;

pub use body::Limits;
pub use clock::Clock;
pub use cookie::{SetCookie, Transport};
pub use form::{Checked, CheckedUpload, FormToken, TOKEN_FIELD, UploadedFile};
pub use harden::{Hardening, harden};
pub use json::{JsonBody, RawBody};
pub use lang::{Lang, Words};
pub use limiter::{Decision, History, Limiter, Overall, decide};
pub use log::start_log;
pub use mail::{Mail, MailError, MailSettings, Mailer, is_mail_address};
pub use metrics::{Count, Metrics, metrics_router};
pub use page::{Link, Page, SignedIn, Site, View};
pub use parts::{Banner, Choice, ErrorSummary, Field, KeyGroups, Offered, Tone};
pub use problem::{FieldProblem, Problem};
pub use serve::{ServeError, Server, serve};
pub use session::{Lifetime, Session, SessionKey, SessionRows, Sessions, Visitor};
pub use settings::{
    ConfigError, Http, Tls, check_private, load as load_config, make_key_file, read_key_file,
    read_secret_file,
};
pub use source::Source;
