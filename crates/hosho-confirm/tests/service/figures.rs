//! What operators see.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use hosho_web::metrics_router;
use serde_json::json;
use tower::ServiceExt as _;

use crate::stage::{AMENDED, PLAIN, on_stage};

#[test]
fn figures_tell_what_happened_and_no_more() {
    on_stage(async |stage| {
        let question = json!({ "number": PLAIN, "auth_key": stage.key(PLAIN) });
        stage.api("/api/v1/open", &question).await;
        let wrong = json!({ "number": PLAIN, "auth_key": stage.key(AMENDED) });
        stage.api("/api/v1/open", &wrong).await;
        let app = stage.app.clone();
        let operators = metrics_router(stage.metrics.clone(), move || {
            let app = app.clone();
            async move { app.ready().await }
        });
        let get = async |path: &str| {
            let request = Request::get(path).body(Body::empty()).unwrap();
            let response = operators.clone().oneshot(request).await.unwrap();
            let status = response.status();
            let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
            (status, String::from_utf8(body.to_vec()).unwrap())
        };
        let (_, text) = get("/metrics").await;
        for line in [
            "hosho_opens_total 1\n",
            "hosho_misses_total 1\n",
            "hosho_publish_requests_total 12\n",
            "hosho_http_requests_total{route=\"/api/v1/open\",method=\"POST\",status=\"404\"} 1\n",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
        assert!(!text.contains(PLAIN) && !text.contains(&stage.key(PLAIN)));
        assert_eq!(get("/readyz").await, (StatusCode::OK, "ready\n".to_owned()));
        stage.app.close().await;
        assert_eq!(get("/readyz").await.0, StatusCode::SERVICE_UNAVAILABLE);
    });
}
