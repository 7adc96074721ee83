//! Figures for operators (Prometheus), and whether the service is ready; no label holds a value of a
//! request.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::problem::Problem;

/// The figures of a service; copies share them.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Arc<Mutex<Registry>>,
    requests: Family<Asked, Counter>,
    durations: Family<Route, Histogram, fn() -> Histogram>,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Asked {
    route: String,
    method: String,
    status: u16,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Route {
    route: String,
}

impl Metrics {
    /// Returns figures that count requests; a service adds its own with [`Metrics::counter`].
    pub fn new() -> Self {
        let metrics = Self {
            registry: Arc::new(Mutex::new(Registry::with_prefix("hosho"))),
            requests: Family::default(),
            durations: Family::new_with_constructor(|| {
                Histogram::new([
                    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
                ])
            }),
        };
        metrics.with(|registry| {
            let help = "Requests answered, by matched route, method and status";
            registry.register("http_requests", help, metrics.requests.clone());
            registry.register_with_unit(
                "http_request_duration",
                "Time from a request's head to its answer's",
                Unit::Seconds,
                metrics.durations.clone(),
            );
        });
        metrics
    }

    /// Returns a new counter of the service; its name is exported with `hosho_` and `_total`.
    pub fn counter(&self, name: &'static str, help: &'static str) -> Count {
        let counter = Counter::default();
        self.with(|registry| registry.register(name, help, counter.clone()));
        Count(counter)
    }

    pub(crate) fn count_request(
        &self,
        route: &str,
        method: &Method,
        status: StatusCode,
        took: Duration,
    ) {
        // A method that is none of the usual is the client's word.
        let known = [Method::GET, Method::HEAD, Method::POST].contains(method);
        let method = if known { method.as_str() } else { "other" };
        let asked =
            Asked { route: route.to_owned(), method: method.to_owned(), status: status.as_u16() };
        self.requests.get_or_create(&asked).inc();
        self.durations
            .get_or_create(&Route { route: route.to_owned() })
            .observe(took.as_secs_f64());
    }

    fn to_text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        self.with(|registry| encode(&mut text, registry))?;
        Ok(text)
    }

    fn with<T>(&self, work: impl FnOnce(&mut Registry) -> T) -> T {
        // A registry is whole between any two of its calls.
        work(&mut self.registry.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

/// A figure that only grows; copies share it.
#[derive(Clone, Debug)]
pub struct Count(Counter);

impl Count {
    /// Counts one more.
    pub fn add_one(&self) {
        self.0.inc();
    }

    /// Counts `more` more.
    pub fn add(&self, more: u64) {
        self.0.inc_by(more);
    }

    /// Returns the figure.
    pub fn value(&self) -> u64 {
        self.0.get()
    }
}

/// Returns the routes of the second listener: `/healthz` (the process lives), `/readyz` (what `ready`
/// says) and `/metrics`.
pub fn metrics_router<F>(
    metrics: Metrics,
    ready: impl Fn() -> F + Clone + Send + Sync + 'static,
) -> Router
where
    F: Future<Output = Result<(), Problem>> + Send,
{
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route(
            "/readyz",
            get(move || {
                let ready = ready.clone();
                async move {
                    match tokio::time::timeout(Duration::from_secs(5), ready()).await {
                        Ok(Ok(())) => (StatusCode::OK, "ready\n"),
                        Ok(Err(_)) | Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "not ready\n"),
                    }
                }
            }),
        )
        .route("/metrics", get(move || async move { text(&metrics) }))
}

fn text(metrics: &Metrics) -> Response {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    match metrics.to_text() {
        Ok(text) => {
            ([(header::CONTENT_TYPE, HeaderValue::from_static(kind))], text).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_requests_by_route_and_takes_odd_methods_for_one() {
        let metrics = Metrics::new();
        let took = Duration::from_millis(3);
        for method in ["GET", "GET", "PURGE"] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            metrics.count_request("/certificate", &method, StatusCode::OK, took);
        }
        let text = metrics.to_text().unwrap();
        let of = |method: &str, count: u64| {
            format!(
                "hosho_http_requests_total{{route=\"/certificate\",method=\"{method}\",status=\"200\"}} {count}\n"
            )
        };
        assert!(text.contains(&of("GET", 2)), "{text}");
        assert!(text.contains(&of("other", 1)), "{text}");
        assert!(
            text.contains("hosho_http_request_duration_seconds_count{route=\"/certificate\"} 3\n")
        );
    }

    #[test]
    fn exports_the_counters_of_a_service() {
        let metrics = Metrics::new();
        let misses = metrics.counter("misses", "Openings that found nothing");
        misses.add_one();
        misses.add(2);
        assert_eq!(misses.value(), 3);
        assert!(metrics.to_text().unwrap().contains("hosho_misses_total 3\n"));
    }
}
