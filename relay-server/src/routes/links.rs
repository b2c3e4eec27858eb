//! `/api/links`: where two devices meet while one is linked. Neither logs in for it: the new one has no account, and knowing the id is
//! what lets either in. Ids are in bodies, so that no log has them.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::Json;
use super::openapi::{Any, Conflict, Limited, NotFound, TooLarge};
use crate::auth::ClientAddress;
use crate::domain::rendezvous::{self, RendezvousId, RendezvousMessage, Side};
use crate::domain::{Bytes, UnixMillis, limits};
use crate::error::ApiError;
use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(open))
        .routes(routes!(send))
        .routes(routes!(receive))
        .routes(routes!(end))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RendezvousRequest {
    id: Bytes,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RendezvousAnswer {
    expires_at: UnixMillis,
}

/// Opens a rendezvous for linking a device
#[utoipa::path(
    post, path = "/links", operation_id = "open_link", tag = "users", security(()),
    request_body = RendezvousRequest,
    responses((status = 201, description = "Open", body = RendezvousAnswer), Any, Conflict, TooLarge, Limited),
)]
async fn open(
    State(state): State<AppState>,
    from: ClientAddress,
    Json(request): Json<RendezvousRequest>,
) -> Result<(StatusCode, Answer<RendezvousAnswer>), ApiError> {
    state.gate.rates.links(from, limits::RENDEZVOUS_COST)?;
    let id = RendezvousId::parse(&request.id)?;
    let now = state.clock.now();
    let expires_at = rendezvous::end(now);
    state.store.open_rendezvous(id, now, expires_at).await?;
    Ok((StatusCode::CREATED, Answer(RendezvousAnswer { expires_at })))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SendRequest {
    id: Bytes,
    side: Side,
    number: u64,
    content: Bytes,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SendAnswer {
    /// False if it has to wait until the other side takes one.
    accepted: bool,
}

/// Sends the next message to the other device
#[utoipa::path(
    post, path = "/links/send", operation_id = "send_to_link", tag = "users", security(()),
    request_body = SendRequest,
    responses((status = 200, description = "Done", body = SendAnswer), Any, NotFound, Conflict, TooLarge, Limited),
)]
async fn send(
    State(state): State<AppState>,
    from: ClientAddress,
    Json(request): Json<SendRequest>,
) -> Result<Answer<SendAnswer>, ApiError> {
    state.gate.rates.links(from, 1)?;
    let id = RendezvousId::parse(&request.id)?;
    let message = RendezvousMessage::new(request.number, request.content)?;
    let (side, now) = (request.side, state.clock.now());
    let store = &state.store;
    let accepted = store.send_to_rendezvous(id, side, message, now).await?;
    Ok(Answer(SendAnswer { accepted }))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ReceiveRequest {
    id: Bytes,
    /// Who asks.
    side: Side,
    /// The first number that is wanted; what is below has arrived, and goes.
    from: u64,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ReceiveAnswer {
    items: Vec<RendezvousMessage>,
}

/// What the other device has sent
#[utoipa::path(
    post, path = "/links/receive", operation_id = "receive_from_link", tag = "users", security(()),
    request_body = ReceiveRequest,
    responses((status = 200, description = "Done", body = ReceiveAnswer), Any, NotFound, TooLarge, Limited),
)]
async fn receive(
    State(state): State<AppState>,
    from: ClientAddress,
    Json(request): Json<ReceiveRequest>,
) -> Result<Answer<ReceiveAnswer>, ApiError> {
    state.gate.rates.links(from, 1)?;
    let id = RendezvousId::parse(&request.id)?;
    let (side, now) = (request.side, state.clock.now());
    let from = request.from.min(limits::MAX_SEQ);
    let items = state
        .store
        .take_from_rendezvous(id, side, from, now)
        .await?;
    Ok(Answer(ReceiveAnswer { items }))
}

/// Ends a rendezvous
#[utoipa::path(
    post, path = "/links/end", operation_id = "end_link", tag = "users", security(()),
    request_body = RendezvousRequest,
    responses((status = 204, description = "Done"), Any, TooLarge, Limited),
)]
async fn end(
    State(state): State<AppState>,
    from: ClientAddress,
    Json(request): Json<RendezvousRequest>,
) -> Result<StatusCode, ApiError> {
    state.gate.rates.links(from, 1)?;
    let id = RendezvousId::parse(&request.id)?;
    state.store.end_rendezvous(id).await?;
    Ok(StatusCode::NO_CONTENT)
}
