//! The REST API and the demo's files. A handler reads the request, asks `domain` whether it makes sense, does one store
//! operation and wakes whom it concerns.

mod blobs;
mod conversations;
mod devices;
mod extract;
mod forums;
mod health;
mod keys;
mod links;
mod log;
mod login;
mod mailbox;
mod messages;
mod openapi;
mod page;
mod users;
mod web;

use std::future::Future;
use std::path::Path;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::router::OpenApiRouter;

use crate::domain::{Refusal, limits};
use crate::error::ApiError;
use crate::state::AppState;

pub use web::{SecurityHeaders, cors};

/// How long a call may take, its body included.
const CALL_TIMEOUT: Duration = Duration::from_secs(60);

/// Everything the relay serves: the API, `hub` with its own state, and the demo if there is one.
pub fn router(state: AppState, hub: Router, web_root: Option<&Path>) -> Router {
    let hub = hub
        .route("/hubs", any(not_found))
        .route("/hubs/{*path}", any(not_found))
        .layer(middleware::from_fn(explain_status));
    let (routes, description) = openapi::describe_all(
        OpenApiRouter::new()
            .merge(health::router())
            .nest("/api", api()),
    );
    let router = routes
        .with_state(state)
        .merge(description)
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
        .merge(hub);
    web::serve(router, web_root)
        .layer(CatchPanicLayer::custom(|_| {
            ApiError::Internal.into_response()
        }))
        .layer(middleware::from_fn(log::log))
}

fn api() -> OpenApiRouter<AppState> {
    let (router, description) = OpenApiRouter::new()
        .merge(login::router())
        .merge(users::router())
        .merge(devices::router())
        .merge(links::router())
        .merge(keys::router())
        .merge(conversations::router())
        .merge(messages::router())
        .merge(mailbox::router())
        .merge(forums::router())
        .split_for_parts();
    let (files, described) = blobs::router().split_for_parts();
    // Their bodies may be long, and take long.
    let files = files
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
        .layer(middleware::from_fn(no_store));
    let router = router
        .fallback(not_found)
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
        .layer(DefaultBodyLimit::max(limits::BODY_BYTES))
        .layer(middleware::from_fn(no_store))
        .layer(middleware::from_fn(limit_time))
        .merge(files);
    let mut api = OpenApiRouter::from(router);
    *api.get_openapi_mut() = description.merge_from(described);
    api
}

async fn not_found() -> ApiError {
    Refusal::NotFound.into()
}

async fn no_store(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn limit_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(CALL_TIMEOUT, next.run(request)).await {
        Ok(response) => response,
        Err(_) => ApiError::Unavailable.into_response(),
    }
}

/// Makes problem documents of the hub's bare error statuses.
async fn explain_status(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    if !is_error || is_problem(response.headers()) {
        return response;
    }
    ApiError::from_status(status).into_response()
}

fn is_problem(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .is_some_and(|value| value == "application/problem+json")
}

/// Runs work to its end even if the client goes away meanwhile: what is stored must be announced.
async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, ApiError>> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::spawn(work).await.unwrap_or(Err(ApiError::Internal))
}

/// Verifies signatures on a thread that may be busy for a while.
async fn verified<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| ApiError::Internal)?
        .map_err(ApiError::from)
}
