//! The log: one JSON object a line, on standard error.

use std::io;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer, fmt};

/// Starts the log of this process; a second start does nothing.
///
/// Only our own crates tell what they do. Others are heard when they fail, and libraries that see
/// the contents of mails and queries not even then: what went wrong there reaches the log through
/// our own errors. A panic is logged by its place, without its message, which may hold values.
pub fn start_log() {
    let ours = ["hosho_confirm", "hosho_portal", "hosho_web", "hosho_store", "hosho_publish"];
    let quiet = ["lettre", "sqlx", "hyper", "rustls", "h2"];
    let targets = Targets::new()
        .with_default(LevelFilter::ERROR)
        .with_targets(ours.map(|name| (name, LevelFilter::INFO)))
        .with_targets(quiet.map(|name| (name, LevelFilter::OFF)));
    let lines =
        fmt::layer().json().flatten_event(true).with_writer(io::stderr).with_filter(targets);
    if tracing_subscriber::registry().with(lines).try_init().is_ok() {
        std::panic::set_hook(Box::new(|panic| {
            let place = panic.location().map(ToString::to_string);
            tracing::error!(target: "hosho_web", place, "panic");
        }));
    }
}
