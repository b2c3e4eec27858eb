//! Liveness and readiness.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;

use crate::error::ApiError;
use crate::state::AppState;

/// How long the store may take to answer.
const READY_WITHIN: Duration = Duration::from_secs(5);

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/healthz", get(async || StatusCode::OK))
        .route("/readyz", get(ready))
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
}

async fn ready(State(state): State<AppState>) -> Result<StatusCode, ApiError> {
    match tokio::time::timeout(READY_WITHIN, state.store.ready()).await {
        Ok(Ok(())) => Ok(StatusCode::OK),
        _ => Err(ApiError::Unavailable),
    }
}
