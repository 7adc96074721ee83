//! The log: one JSON object a line, on standard error.

use std::io;

use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt, registry};

/// Crates that tell what they do.
const OURS: [&str; 5] =
    ["hosho_confirm", "hosho_portal", "hosho_publish", "hosho_store", "hosho_web"];
/// Crates that see the contents of mails, queries and connections: never heard.
const QUIET: [&str; 5] = ["h2", "hyper", "lettre", "rustls", "sqlx"];

/// Starts the log of this process; a second start does nothing.
///
/// Only our own crates tell what they do. Others are heard when they fail, and libraries that see
/// the contents of mails and queries not even then: what went wrong there reaches the log through
/// our own errors. A panic is logged by its place, without its message, which may hold values.
pub fn start_log() {
    if subscriber(io::stderr).try_init().is_ok() {
        std::panic::set_hook(Box::new(|panic| {
            let place = panic.location().map(ToString::to_string);
            tracing::error!(target: "hosho_web", place, "panic");
        }));
    }
}

fn subscriber<W>(writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let targets = Targets::new()
        .with_default(LevelFilter::ERROR)
        .with_targets(OURS.map(|name| (name, LevelFilter::INFO)))
        .with_targets(QUIET.map(|name| (name, LevelFilter::OFF)));
    let lines = fmt::layer().json().flatten_event(true).with_writer(writer).with_filter(targets);
    registry().with(lines)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use axum::Router;
    use axum::body::Body;
    use axum::http::{Request, header};
    use axum::routing::get;
    use serde_json::Value;
    use tower::ServiceExt as _;

    use super::*;
    use crate::{Hardening, Http, Metrics, Problem, Site, Words, harden};

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    async fn ask(path: &str) -> Vec<Value> {
        let lines = Lines::default();
        let writer = lines.clone();
        let _guard = tracing::subscriber::set_default(subscriber(move || writer.clone()));
        let fault = async || {
            tracing::error!(target: "sqlx::query", "canary");
            tracing::info!(target: "somebody_else", "canary");
            Err::<(), _>(Problem::internal("the disk is full"))
        };
        let routes = Router::new().route("/guarantees/{number}", get(fault));
        let site = Site { name: Words { ja: "", en: "" }, owner: String::new(), links: Vec::new() };
        let hardening = Hardening::new(site, &Http::on_loopback(), Metrics::new()).unwrap();
        let request = Request::get(path)
            .header(header::COOKIE, "session=canary")
            .header(header::USER_AGENT, "canary")
            .body(Body::empty())
            .unwrap();
        harden(routes, hardening).oneshot(request).await.unwrap();
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        assert!(!text.contains("canary"), "{text}");
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[tokio::test]
    async fn a_request_is_one_line_with_its_route_and_no_value_of_it() {
        let lines = ask("/canary?canary=canary").await;
        assert_eq!(lines.len(), 1);
        assert_eq!((&lines[0]["route"], &lines[0]["status"]), (&"-".into(), &404.into()));
        assert_eq!((&lines[0]["method"], &lines[0]["level"]), (&"GET".into(), &"INFO".into()));
        assert_eq!(lines[0]["source"].as_str().map(str::len), Some(16));
        assert!(lines[0]["timestamp"].is_string() && lines[0]["duration_us"].is_u64());
    }

    #[tokio::test]
    async fn a_fault_is_logged_once_with_its_cause_and_the_request_id() {
        let lines = ask("/guarantees/canary").await;
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0]["cause"], "the disk is full");
        assert_eq!(lines[0]["code"], "E10-INTERNAL");
        assert_eq!(lines[0]["request_id"], lines[1]["request_id"]);
        assert_eq!(lines[1]["route"], "/guarantees/{number}");
    }
}
