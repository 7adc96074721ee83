//! Objects that programs send.

use axum::body::Bytes;
use axum::extract::{FromRequest, Json, Request};
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// An object in a request's body; anything else is E10-INPUT.
#[derive(Clone, Debug)]
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match Json::from_request(request, state).await {
            Ok(Json(object)) => Ok(Self(object)),
            // The library's text names fields and places, and could quote a value: for nobody.
            Err(_) => Err(Problem::input(
                "JSON を読み取れません。content-type を application/json とし、API の説明にある形で送信してください。",
                "The JSON cannot be read. Send content-type application/json and the form that the \
                 description of the API has.",
            )),
        }
    }
}

/// The bytes of a request's body.
#[derive(Clone, Debug)]
pub struct RawBody(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for RawBody {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        Bytes::from_request(request, state).await.map(Self).map_err(|_| {
            Problem::input(
                "データを読み取れません。もう一度送信してください。",
                "The body cannot be read. Send it again.",
            )
        })
    }
}
