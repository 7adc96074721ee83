//! A confirmation service with a planted fault: it acknowledges what it publishes before it commits.
//! The storm of kills has to catch it.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use hosho_confirm::{App, MailKey, Parts, Pin, Reader, router, site};
use hosho_publish::confirmation::SEALED;
use hosho_store::{ConfirmStore, Database, Schema};
use hosho_web::{Clock, Http, Metrics, Server, metrics_router};
use serde_json::json;
use zeroize::Zeroizing;

use crate::stage::CONFIRM;

/// For how long it keeps what it has acknowledged to itself.
const LATER: Duration = Duration::from_millis(30);

/// Serves until it is killed, with the trust bundle and the database of these names.
pub fn serve(trust: &str, database: &str) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let metrics = Metrics::new();
        let app = App::new(Parts {
            store: ConfirmStore::new(Database::open(database, Schema::Confirm).await.unwrap()),
            pins: vec![Pin::parse(std::fs::read(trust).unwrap()).unwrap()],
            mail_key: MailKey::take(&Zeroizing::new([9; 32])),
            audience: CONFIRM.to_owned(),
            clock: Clock::system(),
            metrics: metrics.clone(),
            reader: Reader::new("/nonexistent".into()),
            high_water: None,
        });
        app.prepare().await.unwrap();
        let http = Http::on_loopback();
        let server = Server::bind(&http, "careless".as_ref()).unwrap();
        let (address, operators) = (server.address(), server.metrics_address());
        let routes: Router = router(app, site(""), &http, metrics.clone()).unwrap();
        let routes = routes.layer(from_fn(acknowledge_first));
        eprintln!(
            "{}",
            json!({ "message": "listening", "address": address, "metrics": operators })
        );
        let operators = metrics_router(metrics, || async { Ok(()) });
        server.run(routes, operators, std::future::pending()).await.unwrap();
    });
}

async fn acknowledge_first(request: Request<Body>, next: Next) -> Response {
    if request.uri().path() != SEALED {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, 1 << 20).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    tokio::spawn(async move {
        tokio::time::sleep(LATER).await;
        next.run(Request::from_parts(parts, Body::from(body))).await
    });
    ([("content-type", "application/json")], "{}").into_response()
}
