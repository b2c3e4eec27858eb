//! Topics: created, listed, shown, joined, left.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::extract::{Json, Path, Query};
use super::super::openapi::{Any, Conflict, NotFound, TooLarge, Unauthorized, Unprocessable};
use super::super::page::{self, Page, PageQuery};
use super::super::{to_the_end, verified};
use crate::auth::Caller;
use crate::domain::authorization::{Action, authorize};
use crate::domain::forum::{
    Access, Founding, GroupDocument, Policies, Succession, Topic, Visibility, leave_request, title,
};
use crate::domain::{Bytes, ForumId, Refusal, TopicId};
use crate::error::ApiError;
use crate::hub::Hint;
use crate::state::AppState;

/// How long who was given what it needs to join may try.
const ADMISSION_MS: u64 = 60 * 60 * 1000;
/// How often the group is read anew when commits come while it is being read.
const ATTEMPTS: usize = 4;

/// The call whose body is large.
pub(super) fn creation() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(create, list))
}

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(own))
        .routes(routes!(find))
        .routes(routes!(group))
        .routes(routes!(join_info))
        .routes(routes!(leave))
        .routes(routes!(succeed))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TopicRequest {
    id: TopicId,
    group_info: Bytes,
    tree: Bytes,
    policy: Bytes,
    #[schema(min_length = 1, max_length = 200)]
    public_title: Option<String>,
}

/// Founds a topic
#[utoipa::path(
    post, path = "/forums/{id}/topics", operation_id = "create_topic", tag = "forums",
    params(("id" = ForumId, Path)), request_body = TopicRequest,
    responses((status = 201, description = "Stored", body = Topic), Any, Unauthorized, NotFound, Conflict, TooLarge, Unprocessable),
)]
async fn create(
    State(state): State<AppState>,
    caller: Caller,
    Path(forum_id): Path<ForumId>,
    Json(request): Json<TopicRequest>,
) -> Result<(StatusCode, Answer<Topic>), ApiError> {
    let public_title = request
        .public_title
        .map(|text| title(text, "publicTitle"))
        .transpose()?;
    let founding = Founding {
        id: request.id,
        forum_id,
        founder: caller.device,
        group_info: request.group_info,
        tree: request.tree,
        policy: request.policy,
        public_title,
    };
    to_the_end(async move {
        let now = state.clock.now();
        let new = state.groups.found(founding, now).await?;
        let topic = state.store.create_topic(new, now).await?;
        Ok((StatusCode::CREATED, Answer(topic)))
    })
    .await
}

/// A forum's open topics and those of the caller's user
#[utoipa::path(
    get, path = "/forums/{id}/topics", operation_id = "list_topics", tag = "forums",
    params(("id" = ForumId, Path), PageQuery),
    responses((status = 200, description = "Done", body = Page<Topic>), Any, Unauthorized, NotFound),
)]
async fn list(
    State(state): State<AppState>,
    caller: Caller,
    Path(forum): Path<ForumId>,
    Query(query): Query<PageQuery>,
) -> Result<Answer<Page<Topic>>, ApiError> {
    let limit = page::limit(query.limit)?;
    let after = page::after(query.cursor.as_deref())?;
    let items = state
        .store
        .topics(caller.device, forum, after, limit + 1)
        .await?;
    Ok(Answer(Page::of(items, limit, |last| last.id.to_string())))
}

/// The topics that the caller's device is in
#[utoipa::path(
    get, path = "/forum-topics", operation_id = "list_own_topics", tag = "forums",
    params(PageQuery),
    responses((status = 200, description = "Done", body = Page<Topic>), Any, Unauthorized),
)]
async fn own(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> Result<Answer<Page<Topic>>, ApiError> {
    let limit = page::limit(query.limit)?;
    let after = page::after(query.cursor.as_deref())?;
    let items = state
        .store
        .own_topics(caller.device, after, limit + 1)
        .await?;
    Ok(Answer(Page::of(items, limit, |last| last.id.to_string())))
}

/// A topic
#[utoipa::path(
    get, path = "/forum-topics/{id}", operation_id = "find_topic", tag = "forums",
    params(("id" = TopicId, Path)),
    responses((status = 200, description = "Done", body = Topic), Any, Unauthorized, NotFound),
)]
async fn find(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<TopicId>,
) -> Result<Answer<Topic>, ApiError> {
    Ok(Answer(state.store.topic(caller.device, id).await?))
}

/// What the relay knows of a topic's group
#[utoipa::path(
    get, path = "/forum-topics/{id}/group", operation_id = "topic_group", tag = "forums",
    params(("id" = TopicId, Path)),
    responses((status = 200, description = "Done", body = GroupDocument), Any, Unauthorized, NotFound),
)]
async fn group(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<TopicId>,
) -> Result<Answer<GroupDocument>, ApiError> {
    Ok(Answer(state.store.topic_group(caller.device, id).await?))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct JoinRequest {
    invitation: Option<Bytes>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct JoinInfo {
    forum_id: Option<ForumId>,
    last_seq: u64,
    public_title: Option<String>,
    generation: u32,
    epoch: u64,
    group_info: Bytes,
    tree: Bytes,
    #[schema(value_type = Vec<Bytes>)]
    policies: Policies,
    wraps: Vec<Bytes>,
}

/// What is needed to join
#[utoipa::path(
    post, path = "/forum-topics/{id}/join-info", operation_id = "join_info", tag = "forums",
    params(("id" = TopicId, Path)), request_body = JoinRequest,
    responses((status = 200, description = "Done", body = JoinInfo), Any, Unauthorized, NotFound, TooLarge),
)]
async fn join_info(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<TopicId>,
    Json(JoinRequest { invitation }): Json<JoinRequest>,
) -> Result<Answer<JoinInfo>, ApiError> {
    for _ in 0..ATTEMPTS {
        let now = state.clock.now();
        let access = state.store.topic_access(caller.device, id, now).await?;
        admit(&state, caller, id, access, invitation.clone()).await?;
        let group = state.groups.at(id, access.epoch).await?;
        let material = state.store.join_material(id).await?;
        // A commit came meanwhile: what was read is not of one epoch.
        if material.epoch != group.epoch() {
            continue;
        }
        return Ok(Answer(JoinInfo {
            forum_id: material.forum_id,
            last_seq: material.last_seq,
            public_title: material.public_title,
            generation: access.settings.generation,
            epoch: material.epoch,
            group_info: material.group_info,
            tree: state.groups.run(move || Ok(group.tree()?)).await?,
            policies: material.policies,
            wraps: material.wraps,
        }));
    }
    Err(ApiError::Unavailable)
}

/// Lets in who has a leaf, anybody to an open topic, and who has a valid invitation; to others there is no such topic.
async fn admit(
    state: &AppState,
    caller: Caller,
    id: TopicId,
    access: Access,
    invitation: Option<Bytes>,
) -> Result<(), ApiError> {
    let join = |is_invited| {
        authorize(Action::Join {
            is_open: access.settings.visibility == Visibility::Open,
            has_leaf: access.has_leaf,
            is_invited,
        })
    };
    let Some(invitation) = invitation else {
        return Ok(join(false)?);
    };
    if join(false).is_ok() {
        return Ok(());
    }
    let certificate = state.store.certificate(caller.device).await?;
    let certificate = certificate.ok_or(Refusal::Unauthorized)?;
    let group = state.groups.at(id, access.epoch).await?;
    let admitted = state
        .groups
        .run(move || Ok(group.admits(&invitation, &certificate)))
        .await?;
    join(admitted)?;
    let until = state.clock.now().saturating_add(ADMISSION_MS);
    Ok(state.store.admit(caller.device, id, until).await?)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LeaveRequest {
    request: Bytes,
}

/// Asks to be removed
#[utoipa::path(
    post, path = "/forum-topics/{id}/leave", operation_id = "leave_topic", tag = "forums",
    params(("id" = TopicId, Path)), request_body = LeaveRequest,
    responses((status = 204, description = "Done"), Any, Unauthorized, NotFound, TooLarge),
)]
async fn leave(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<TopicId>,
    Json(LeaveRequest { request }): Json<LeaveRequest>,
) -> Result<StatusCode, ApiError> {
    let device = caller.device;
    let generation = state.store.topic_group(device, id).await?.generation;
    let identity_key = state.store.identity_key(device).await?;
    let identity_key = identity_key.ok_or(Refusal::Unauthorized)?;
    let request = verified(move || {
        leave_request(&request, id, generation, device, &identity_key).map(|()| request)
    })
    .await?;
    to_the_end(async move {
        state.store.leave(device, id, request).await?;
        state.live.announce(Hint::TopicLeft { device, topic: id });
        state.live.announce(Hint::TopicChanged { topic: id });
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SuccessionRequest {
    group_info: Bytes,
    tree: Bytes,
    policy: Bytes,
}

/// Founds the topic's next group
#[utoipa::path(
    post, path = "/forum-topics/{id}/generations", operation_id = "succeed_topic", tag = "forums",
    params(("id" = TopicId, Path)), request_body = SuccessionRequest,
    responses((status = 201, description = "Done", body = Topic), Any, Unauthorized, NotFound, TooLarge, Conflict, Unprocessable),
)]
async fn succeed(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<TopicId>,
    Json(request): Json<SuccessionRequest>,
) -> Result<(StatusCode, Answer<Topic>), ApiError> {
    let succession = Succession {
        topic_id: id,
        founder: caller.device,
        group_info: request.group_info,
        tree: request.tree,
        policy: request.policy,
    };
    to_the_end(async move {
        let left = state.groups.succeed(succession, state.clock.now()).await?;
        state.live.announce(Hint::TopicChanged { topic: id });
        for device in left {
            state.live.announce(Hint::TopicLeft { device, topic: id });
        }
        let topic = state.store.topic(caller.device, id).await?;
        Ok((StatusCode::CREATED, Answer(topic)))
    })
    .await
}
