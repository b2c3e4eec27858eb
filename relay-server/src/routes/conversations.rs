//! `/api/conversations`.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Json, Path, Query};
use super::openapi::{Any, Conflict, NotFound, TooLarge, Unauthorized};
use super::page::{self, Page, PageQuery};
use super::to_the_end;
use crate::auth::Caller;
use crate::domain::conversation::{Conversation, NewConversation, ParticipantsChange};
use crate::domain::{ConversationId, Refusal, UserId, limits};
use crate::error::ApiError;
use crate::hub::Hint;
use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(create, list))
        .routes(routes!(find))
        .routes(routes!(add))
        .routes(routes!(remove))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewConversationRequest {
    id: ConversationId,
    participant_ids: Vec<UserId>,
}

/// Creates a conversation
#[utoipa::path(
    post, path = "/conversations", operation_id = "create_conversation", tag = "conversations",
    request_body = NewConversationRequest,
    responses((status = 201, description = "Stored", body = Conversation), Any, Unauthorized, NotFound, Conflict, TooLarge),
)]
async fn create(
    State(state): State<AppState>,
    caller: Caller,
    Json(request): Json<NewConversationRequest>,
) -> Result<(StatusCode, Answer<Conversation>), ApiError> {
    let conversation = NewConversation::new(request.id, caller.user(), request.participant_ids)?;
    to_the_end(async move {
        let change = state
            .store
            .create_conversation(caller.device, conversation, state.clock.now())
            .await?;
        Ok((StatusCode::CREATED, Answer(announce(&state, change))))
    })
    .await
}

/// The caller's conversations
#[utoipa::path(
    get, path = "/conversations", operation_id = "list_conversations", tag = "conversations",
    params(PageQuery),
    responses((status = 200, description = "Done", body = Page<Conversation>), Any, Unauthorized),
)]
async fn list(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> Result<Answer<Page<Conversation>>, ApiError> {
    let limit = page::limit(query.limit)?;
    let after = page::after(query.cursor.as_deref())?;
    let items = state
        .store
        .conversations(caller.user(), after, limit + 1)
        .await?;
    Ok(Answer(Page::of(items, limit, |last| last.id.to_string())))
}

/// A conversation of the caller's
#[utoipa::path(
    get, path = "/conversations/{id}", operation_id = "find_conversation", tag = "conversations",
    params(("id" = ConversationId, Path)),
    responses((status = 200, description = "Done", body = Conversation), Any, Unauthorized, NotFound),
)]
async fn find(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ConversationId>,
) -> Result<Answer<Conversation>, ApiError> {
    Ok(Answer(
        state
            .store
            .conversation(caller.user(), id)
            .await?
            .ok_or(Refusal::NotFound)?,
    ))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AddRequest {
    user_ids: Vec<UserId>,
}

/// Adds participants
#[utoipa::path(
    post, path = "/conversations/{id}/participants", operation_id = "add_participants", tag = "conversations",
    params(("id" = ConversationId, Path)), request_body = AddRequest,
    responses((status = 200, description = "Done", body = Conversation), Any, Unauthorized, NotFound, TooLarge),
)]
async fn add(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ConversationId>,
    Json(AddRequest { user_ids }): Json<AddRequest>,
) -> Result<Answer<Conversation>, ApiError> {
    if user_ids.len() > limits::PARTICIPANTS {
        return Err(Refusal::TooLarge("a conversation has at most 256 participants").into());
    }
    to_the_end(async move {
        let change = state
            .store
            .add_participants(caller.device, id, user_ids)
            .await?;
        Ok(Answer(announce(&state, change)))
    })
    .await
}

/// Removes a participant
#[utoipa::path(
    delete, path = "/conversations/{id}/participants/{user_id}", operation_id = "remove_participant", tag = "conversations",
    params(("id" = ConversationId, Path), ("user_id" = UserId, Path)),
    responses((status = 204, description = "Done"), Any, Unauthorized, NotFound),
)]
async fn remove(
    State(state): State<AppState>,
    caller: Caller,
    Path((id, user_id)): Path<(ConversationId, UserId)>,
) -> Result<StatusCode, ApiError> {
    to_the_end(async move {
        let change = state
            .store
            .remove_participant(caller.device, id, user_id)
            .await?;
        announce(&state, change);
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

/// Tells everybody concerned, and passes the conversation on.
fn announce(state: &AppState, change: ParticipantsChange) -> Conversation {
    let conversation = change.conversation.id;
    for user in change.concerned {
        state
            .live
            .announce(Hint::ParticipantsChanged { user, conversation });
    }
    change.conversation
}
