//! `/api/mailbox`.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Json, Query};
use super::openapi::{Any, TooLarge, Unauthorized};
use super::page;
use crate::auth::Caller;
use crate::domain::message::{MailboxItem, MailboxRange};
use crate::domain::{Refusal, limits};
use crate::error::ApiError;
use crate::metrics;
use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(read))
        .routes(routes!(acknowledge))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct MailboxQuery {
    #[serde(default)]
    #[param(maximum = 9_007_199_254_740_991u64)]
    after: u64,
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

#[derive(Serialize, ToSchema)]
struct MailboxAnswer {
    items: Vec<MailboxItem>,
    next: Option<u64>,
    #[serde(flatten)]
    range: MailboxRange,
}

/// What waits for the caller's device
#[utoipa::path(
    get, path = "/mailbox", operation_id = "read_mailbox", tag = "messages",
    params(MailboxQuery),
    responses((status = 200, description = "Done", body = MailboxAnswer), Any, Unauthorized),
)]
async fn read(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<MailboxQuery>,
) -> Result<Answer<MailboxAnswer>, ApiError> {
    if query.after > limits::MAX_SEQ {
        return Err(Refusal::bad_request("after: not a seq").into());
    }
    let limit = page::limit(query.limit)?;
    let page = state
        .store
        .mailbox(caller.device, query.after, limit)
        .await?;
    metrics::envelopes_read(page.items.len());
    let next = page
        .items
        .last()
        .map(|last| last.seq)
        .filter(|last| *last < page.range.last_seq);
    Ok(Answer(MailboxAnswer {
        items: page.items,
        next,
        range: page.range,
    }))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Acknowledgement {
    #[schema(maximum = 9_007_199_254_740_991u64)]
    up_to: u64,
}

/// Drops what has arrived
#[utoipa::path(
    post, path = "/mailbox/ack", operation_id = "acknowledge", tag = "messages",
    request_body = Acknowledgement,
    responses((status = 204, description = "Done"), Any, Unauthorized, TooLarge),
)]
async fn acknowledge(
    State(state): State<AppState>,
    caller: Caller,
    Json(Acknowledgement { up_to }): Json<Acknowledgement>,
) -> Result<StatusCode, ApiError> {
    if up_to > limits::MAX_SEQ {
        return Err(Refusal::bad_request("upTo: not a seq").into());
    }
    state.store.acknowledge(caller.device, up_to).await?;
    Ok(StatusCode::NO_CONTENT)
}
