//! The description of the API (`OpenAPI` 3.1).

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Hosho confirmation service",
        description = "Opens guarantee certificates by number and auth key. Nothing secret is ever in a path or a query, and no answer may be cached.",
        version = "1.0.0",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    paths(super::open, super::revisions, super::answer, super::batch),
    tags((name = "confirm", description = "What an obligee asks"))
)]
struct Description;

/// Returns the description as JSON.
pub fn document() -> String {
    Description::openapi().to_json().unwrap_or_default()
}

pub(super) async fn show() -> Response {
    let kind = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, kind)], document()).into_response()
}
