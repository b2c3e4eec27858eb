//! Welcomes that wait for the caller's device.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::extract::{Path, Query};
use super::super::openapi::{Any, NotFound, Unauthorized};
use super::super::page::{self, Page, PageQuery};
use crate::auth::Caller;
use crate::domain::forum::Welcome;
use crate::domain::{Refusal, TopicId, limits};
use crate::error::ApiError;
use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(remove))
}

/// Welcomes that wait for the caller's device
#[utoipa::path(
    get, path = "/forum-topics/welcomes", operation_id = "list_welcomes", tag = "forums",
    params(PageQuery),
    responses((status = 200, description = "Done", body = Page<Welcome>), Any, Unauthorized),
)]
async fn list(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> Result<Answer<Page<Welcome>>, ApiError> {
    let limit = page::limit(query.limit)?;
    let after: u64 = page::after(query.cursor.as_deref())?.unwrap_or(0);
    if after > limits::MAX_SEQ {
        return Err(Refusal::bad_request("cursor: not one of this relay").into());
    }
    let found = state.store.welcomes(caller.device, after, limit).await?;
    // A page may end early, for its size: only an empty one is surely the last.
    let next = found.last().map(|(row, _)| row.to_string());
    let items = found.into_iter().map(|(_, welcome)| welcome).collect();
    Ok(Answer(Page { items, next }))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct WelcomeQuery {
    #[param(maximum = 9_007_199_254_740_991u64)]
    epoch: u64,
}

/// Drops a Welcome
#[utoipa::path(
    delete, path = "/forum-topics/welcomes/{id}", operation_id = "drop_welcome", tag = "forums",
    params(("id" = TopicId, Path), WelcomeQuery),
    responses((status = 204, description = "Done"), Any, Unauthorized, NotFound),
)]
async fn remove(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<TopicId>,
    Query(WelcomeQuery { epoch }): Query<WelcomeQuery>,
) -> Result<StatusCode, ApiError> {
    if epoch > limits::MAX_SEQ {
        return Err(Refusal::bad_request("epoch: not one").into());
    }
    state.store.drop_welcome(caller.device, id, epoch).await?;
    Ok(StatusCode::NO_CONTENT)
}
