//! Strict readers of bodies, queries and paths, with problem documents for what they refuse.

use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::response::IntoResponse as _;
use serde::de::DeserializeOwned;

use crate::domain::Refusal;
use crate::error::ApiError;

/// A JSON body.
pub(super) struct Json<T>(pub(super) T);

impl<S, T> FromRequest<S> for Json<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let content_type = request
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let media_type = content_type
            .and_then(|value| value.split(';').next())
            .unwrap_or_default()
            .trim();
        if !media_type.eq_ignore_ascii_case("application/json") {
            return Err(Refusal::bad_request("Content-Type: not application/json").into());
        }
        let body = bytes::Bytes::from_request(request, state)
            .await
            .map_err(body_error)?;
        let mut json = serde_json::Deserializer::from_slice(&body);
        let value =
            serde_path_to_error::deserialize(&mut json).map_err(|error| bad_field(&error))?;
        json.end()
            .map_err(|_| Refusal::bad_request("body: more than one JSON value"))?;
        Ok(Self(value))
    }
}

fn body_error(rejection: BytesRejection) -> ApiError {
    if rejection.into_response().status() == StatusCode::PAYLOAD_TOO_LARGE {
        Refusal::TooLarge("the body is too large").into()
    } else {
        Refusal::bad_request("body: could not be read").into()
    }
}

fn bad_field<E: std::fmt::Display>(error: &serde_path_to_error::Error<E>) -> Refusal {
    let path = error.path().to_string();
    let field = if path == "." { "body" } else { &path };
    Refusal::bad_request(format!("{field}: {}", error.inner()))
}

/// A query string.
pub(super) struct Query<T>(pub(super) T);

impl<S, T> FromRequestParts<S> for Query<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        axum::extract::Query::try_from_uri(&parts.uri)
            .map(|axum::extract::Query(value)| Self(value))
            .map_err(|_| {
                Refusal::bad_request("query: malformed, or a parameter that is not known").into()
            })
    }
}

/// What the path names.
pub(super) struct Path<T>(pub(super) T);

impl<S, T> FromRequestParts<S> for Path<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Send,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        axum::extract::Path::from_request_parts(parts, state)
            .await
            .map(|axum::extract::Path(value)| Self(value))
            .map_err(|_| Refusal::bad_request("path: not a valid id").into())
    }
}
