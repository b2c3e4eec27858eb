//! `/api/mailbox`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json as Answer, Router};
use serde::{Deserialize, Serialize};

use super::extract::{Json, Query};
use super::page;
use crate::auth::Caller;
use crate::domain::message::{MailboxItem, MailboxRange};
use crate::domain::{Refusal, limits};
use crate::error::ApiError;
use crate::state::AppState;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/mailbox", get(read))
        .route("/mailbox/ack", post(acknowledge))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MailboxQuery {
    #[serde(default)]
    after: u64,
    limit: Option<u32>,
}

#[derive(Serialize)]
struct MailboxAnswer {
    items: Vec<MailboxItem>,
    next: Option<u64>,
    #[serde(flatten)]
    range: MailboxRange,
}

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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Acknowledgement {
    up_to: u64,
}

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
