//! `POST /api/messages`.

use axum::Json as Answer;
use axum::extract::{DefaultBodyLimit, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::Json;
use super::openapi::{Any, Conflict, NotFound, TooLarge, Unauthorized};
use super::to_the_end;
use crate::auth::Caller;
use crate::domain::message::{EnvelopeKind, NewMessage, OutgoingEnvelope};
use crate::domain::{
    Address, Bytes, ConversationId, DeviceId, MessageId, UnixMillis, UserId, limits,
};
use crate::error::ApiError;
use crate::hub::Hint;
use crate::metrics;
use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(send))
        .layer(DefaultBodyLimit::max(limits::MESSAGE_BODY_BYTES))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MessageRequest {
    message_id: MessageId,
    conversation_id: ConversationId,
    recipients: Vec<UserId>,
    #[serde(default)]
    partial: bool,
    envelopes: Vec<EnvelopeRequest>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct EnvelopeRequest {
    user_id: UserId,
    device_id: DeviceId,
    kind: EnvelopeKind,
    content: Bytes,
}

impl From<EnvelopeRequest> for OutgoingEnvelope {
    fn from(envelope: EnvelopeRequest) -> Self {
        Self {
            to: Address {
                user_id: envelope.user_id,
                device_id: envelope.device_id,
            },
            kind: envelope.kind,
            content: envelope.content.0,
        }
    }
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct MessageAnswer {
    message_id: MessageId,
    stored_at: UnixMillis,
}

/// Stores a message for each device that it names
#[utoipa::path(
    post, path = "/messages", operation_id = "send_message", tag = "messages",
    request_body = MessageRequest,
    responses((status = 200, description = "Done", body = MessageAnswer), Any, Unauthorized, NotFound, Conflict, TooLarge),
)]
async fn send(
    State(state): State<AppState>,
    caller: Caller,
    Json(request): Json<MessageRequest>,
) -> Result<Answer<MessageAnswer>, ApiError> {
    let message_id = request.message_id;
    let message = NewMessage::new(
        caller.device,
        message_id,
        request.conversation_id,
        request.recipients,
        request.partial,
        request
            .envelopes
            .into_iter()
            .map(OutgoingEnvelope::from)
            .collect(),
    )?;
    to_the_end(async move {
        let posted = state.store.post_message(message, state.clock.now()).await?;
        if !posted.delivered.is_empty() {
            metrics::message_stored(posted.delivered.len());
        }
        for device in posted.delivered {
            state.live.announce(Hint::Mailbox { device });
        }
        Ok(Answer(MessageAnswer {
            message_id,
            stored_at: posted.stored_at,
        }))
    })
    .await
}
