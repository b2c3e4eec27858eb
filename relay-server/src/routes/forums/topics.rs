//! Topics: created, listed, shown, joined, left.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json as Answer, Router};
use serde::{Deserialize, Serialize};

use super::super::extract::{Json, Path, Query};
use super::super::page::{self, Page, PageQuery};
use super::super::{to_the_end, verified};
use crate::auth::Caller;
use crate::domain::forum::{
    Access, Founding, GroupDocument, Policies, Succession, Topic, Visibility, leave_request, title,
};
use crate::domain::{Bytes, ForumId, Refusal, TopicId};
use crate::error::ApiError;
use crate::hub::Notice;
use crate::state::AppState;

/// How long who was given what it needs to join may try.
const ADMISSION_MS: u64 = 60 * 60 * 1000;
/// How often the group is read anew when commits come while it is being read.
const ATTEMPTS: usize = 4;

/// The call whose body is large.
pub(super) fn creation() -> Router<AppState> {
    Router::new().route("/forums/{id}/topics", post(create).get(list))
}

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/forum-topics", get(own))
        .route("/forum-topics/{id}", get(find))
        .route("/forum-topics/{id}/group", get(group))
        .route("/forum-topics/{id}/join-info", post(join_info))
        .route("/forum-topics/{id}/leave", post(leave))
        .route("/forum-topics/{id}/generations", post(succeed))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TopicRequest {
    id: TopicId,
    group_info: Bytes,
    tree: Bytes,
    policy: Bytes,
    public_title: Option<String>,
}

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

async fn find(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<TopicId>,
) -> Result<Answer<Topic>, ApiError> {
    Ok(Answer(state.store.topic(caller.device, id).await?))
}

async fn group(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<TopicId>,
) -> Result<Answer<GroupDocument>, ApiError> {
    Ok(Answer(state.store.topic_group(caller.device, id).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JoinRequest {
    invitation: Option<Bytes>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JoinInfo {
    forum_id: Option<ForumId>,
    last_seq: u64,
    public_title: Option<String>,
    generation: u32,
    epoch: u64,
    group_info: Bytes,
    tree: Bytes,
    policies: Policies,
    wraps: Vec<Bytes>,
}

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
    if access.has_leaf || access.settings.visibility == Visibility::Open {
        return Ok(());
    }
    let invitation = invitation.ok_or(Refusal::NotFound)?;
    let certificate = state.store.certificate(caller.device).await?;
    let certificate = certificate.ok_or(Refusal::Unauthorized)?;
    let group = state.groups.at(id, access.epoch).await?;
    let admitted = state
        .groups
        .run(move || Ok(group.admits(&invitation, &certificate)))
        .await?;
    if !admitted {
        return Err(Refusal::NotFound.into());
    }
    let until = state.clock.now().saturating_add(ADMISSION_MS);
    Ok(state.store.admit(caller.device, id, until).await?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LeaveRequest {
    request: Bytes,
}

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
        state.live.expel(id, device);
        state.live.notify_topic(id, Notice::TopicChanged(id));
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SuccessionRequest {
    group_info: Bytes,
    tree: Bytes,
    policy: Bytes,
}

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
        state.live.notify_topic(id, Notice::TopicChanged(id));
        for device in left {
            state.live.expel(id, device);
        }
        let topic = state.store.topic(caller.device, id).await?;
        Ok((StatusCode::CREATED, Answer(topic)))
    })
    .await
}
