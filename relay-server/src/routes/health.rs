//! Liveness and readiness.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::openapi::Failed;
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::StoreError;

/// How long the store may take to answer.
const READY_WITHIN: Duration = Duration::from_secs(5);

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(alive))
        .routes(routes!(ready))
}

/// The process lives
#[utoipa::path(
    get, path = "/healthz", operation_id = "alive", tag = "operation", security(()),
    responses((status = 200, description = "It does")),
)]
async fn alive() -> StatusCode {
    StatusCode::OK
}

/// The store answers, reads and writes
#[utoipa::path(
    get, path = "/readyz", operation_id = "ready", tag = "operation", security(()),
    responses((status = 200, description = "It does"), Failed),
)]
async fn ready(State(state): State<AppState>) -> Result<StatusCode, ApiError> {
    match tokio::time::timeout(READY_WITHIN, state.store.ready()).await {
        Ok(Ok(())) => Ok(StatusCode::OK),
        Ok(Err(error @ (StoreError::Full | StoreError::ReadOnly))) => Err(error.into()),
        _ => Err(ApiError::Unavailable),
    }
}
