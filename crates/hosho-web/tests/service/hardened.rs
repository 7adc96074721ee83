//! Headers, limits, ids, sources and problems.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Path, Query};
use axum::http::{Request, StatusCode, header};
use axum::routing::{get as on_get, post as on_post};
use hosho_web::{
    Hardening, Http, JsonBody, Lang, Limits, Metrics, Problem, RawBody, Source, harden,
    metrics_router,
};

use crate::visitor::{ask, get, hardened, on_loopback, site};

#[derive(serde::Deserialize)]
struct From {
    before: String,
}

fn routes() -> Router {
    Router::new()
        .route("/", on_get(async |lang: Lang| lang.pick("こんにちは", "Hello")))
        .route("/source", on_get(async |source: Source| format!("{source:?}")))
        .route("/fault", on_get(async || Err::<(), _>(Problem::internal("the canary sings"))))
        .route("/panic", on_get(async || -> &'static str { panic!("the canary sings") }))
        .route("/bytes", on_post(async |body: RawBody| body.0.len().to_string()))
        .route("/object", on_post(async |body: JsonBody<Vec<u8>>| body.0.len().to_string()))
        .route("/at/{place}", on_get(async |Path(place): Path<String>| place))
        .route("/query", on_get(async |Query(from): Query<From>| from.before))
        .route("/sleep", on_get(async || tokio::time::sleep(Duration::from_hours(1)).await))
}

fn behind_proxy() -> Http {
    Http { behind_proxy: true, ..Http::on_loopback() }
}

#[tokio::test]
async fn every_answer_has_the_headers_of_section_6() {
    let router = on_loopback(routes());
    for path in ["/", "/fault", "/nothing", "/static/hosho.css"] {
        let answer = get(&router, path).await;
        let of = |name: &str| answer.headers.get(name).map(|value| value.to_str().unwrap());
        let policy = "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
            script-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
        assert_eq!(of("content-security-policy"), Some(policy), "{path}");
        assert_eq!(of("referrer-policy"), Some("no-referrer"), "{path}");
        assert_eq!(of("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(of("cross-origin-opener-policy"), Some("same-origin"), "{path}");
        assert_eq!(of("x-request-id").map(str::len), Some(24), "{path}");
        assert_eq!(of("strict-transport-security"), None, "{path}");
        let kept = if path.starts_with("/static") { "public, max-age=86400" } else { "no-store" };
        assert_eq!(of("cache-control"), Some(kept), "{path}");
    }
}

#[tokio::test]
async fn over_tls_browsers_are_told_to_stay_with_it() {
    let answer = get(&hardened(routes(), &behind_proxy()), "/").await;
    assert_eq!(answer.headers[header::STRICT_TRANSPORT_SECURITY], "max-age=31536000");
}

#[tokio::test]
async fn the_clients_own_request_id_is_not_taken() {
    let router = on_loopback(routes());
    let request = Request::get("/").header("x-request-id", "mine").body(Body::empty()).unwrap();
    let first = ask(&router, request).await.headers["x-request-id"].clone();
    let second = get(&router, "/").await.headers["x-request-id"].clone();
    assert_ne!(first, "mine");
    assert_ne!(first, second);
}

#[tokio::test]
async fn a_fault_is_told_without_its_cause() {
    let router = on_loopback(routes());
    for path in ["/fault", "/panic"] {
        let answer = get(&router, path).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(answer.headers[header::CONTENT_TYPE], "application/problem+json");
        assert!(answer.body.contains("E10-INTERNAL"), "{}", answer.body);
        assert!(!answer.body.contains("canary"), "{}", answer.body);
    }
}

#[tokio::test]
async fn a_page_for_people_tells_the_request_number_of_a_fault() {
    let router = on_loopback(routes());
    let request = Request::get("/fault").header(header::ACCEPT, "text/html").body(Body::empty());
    let answer = ask(&router, request.unwrap()).await;
    let id = answer.headers["x-request-id"].to_str().unwrap();
    assert!(answer.body.contains(id) && answer.body.contains("受付番号"), "{}", answer.body);
}

#[tokio::test]
async fn unknown_pages_and_methods_are_problems_too() {
    let router = on_loopback(routes());
    let answer = get(&router, "/nothing").await;
    assert_eq!(
        (answer.status, answer.body.contains("E10-NOT-FOUND")),
        (StatusCode::NOT_FOUND, true)
    );
    let answer = ask(&router, Request::post("/").body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(answer.body.contains("E10-NOT-FOUND"));
}

#[tokio::test]
async fn an_address_that_cannot_be_read_is_no_page_and_tells_nothing_of_our_code() {
    let router = on_loopback(routes());
    for path in ["/at/%ff", "/query?before=a&before=b"] {
        let answer = get(&router, path).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
        assert!(answer.body.contains("E10-INPUT"), "{path}: {}", answer.body);
        assert!(!answer.body.contains("before"), "{path}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_body_has_the_limit_of_its_route() {
    let hardening = Hardening::new(site(), &Http::on_loopback(), Metrics::new()).unwrap();
    let router = harden(routes(), hardening.limits("/bytes", Limits::UPLOAD));
    let send = async |path: &str, length: usize, chunked: bool| {
        let body = Body::from(vec![b'x'; length]);
        let body = if chunked { Body::from_stream(body.into_data_stream()) } else { body };
        let kind = "application/json";
        let request = Request::post(path).header(header::CONTENT_TYPE, kind);
        let request =
            if chunked { request } else { request.header(header::CONTENT_LENGTH, length) };
        let answer = ask(&router, request.body(body).unwrap()).await;
        (answer.status.as_u16(), answer.body)
    };
    let most = 8 * 1024 * 1024;
    assert_eq!(send("/bytes", most, true).await, (200, most.to_string()));
    for chunked in [false, true] {
        let (status, body) = send("/bytes", most + 1, chunked).await;
        assert_eq!((status, body.contains("E10-TOO-LARGE")), (413, true), "{body}");
        let (status, body) = send("/object", 64 * 1024 + 1, chunked).await;
        assert_eq!((status, body.contains("E10-TOO-LARGE")), (413, true), "{body}");
    }
    let (status, body) = send("/object", 64 * 1024, false).await;
    assert_eq!((status, body.contains("E10-INPUT")), (400, true), "{body}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_takes_too_long_is_given_up() {
    let answer = get(&on_loopback(routes()), "/sleep").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.headers[header::RETRY_AFTER], "10");
    assert!(answer.body.contains("E10-TIMEOUT"), "{}", answer.body);
}

#[tokio::test]
async fn the_source_is_the_peer_unless_a_proxy_stands_before() {
    let of = async |http: &Http| {
        let mut request = Request::get("/source")
            .header("x-forwarded-for", "203.0.113.9, 198.51.100.7")
            .body(Body::empty())
            .unwrap();
        let peer = SocketAddr::from(([192, 0, 2, 1], 40_000));
        request.extensions_mut().insert(ConnectInfo(peer));
        ask(&hardened(routes(), http), request).await.body
    };
    assert_eq!(of(&Http::on_loopback()).await, "Source(192.0.2.1)");
    assert_eq!(of(&behind_proxy()).await, "Source(198.51.100.7)");
}

#[tokio::test]
async fn operators_see_whether_it_is_ready_and_what_was_asked() {
    let metrics = Metrics::new();
    let hardening = Hardening::new(site(), &Http::on_loopback(), metrics.clone()).unwrap();
    get(&harden(routes(), hardening), "/?secret=canary").await;
    let ready = metrics_router(metrics.clone(), async || Ok(()));
    assert_eq!(get(&ready, "/healthz").await.body, "ok\n");
    assert_eq!(get(&ready, "/readyz").await.body, "ready\n");
    let text = get(&ready, "/metrics").await.body;
    let line = "hosho_http_requests_total{route=\"/\",method=\"GET\",status=\"200\"} 1\n";
    assert!(text.contains(line) && !text.contains("canary"), "{text}");
    let unready = metrics_router(metrics, async || Err(Problem::internal("no database")));
    let answer = get(&unready, "/readyz").await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
    );
}
