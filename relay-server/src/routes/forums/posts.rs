//! Posts.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{delete, post};
use axum::{Json as Answer, Router};
use serde::{Deserialize, Serialize};

use super::super::extract::{Json, Path, Query};
use super::super::{page, to_the_end};
use crate::auth::Caller;
use crate::domain::forum::{Deletion, NewPost, PostPage, PostRange};
use crate::domain::{Bytes, PostId, Refusal, TopicId, UnixMillis, limits};
use crate::error::ApiError;
use crate::hub::post_push;
use crate::state::AppState;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/forum-topics/{id}/posts", post(send).get(list))
        .route("/forum-topics/{id}/posts/{post_id}", delete(remove))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PostRequest {
    id: PostId,
    post: Bytes,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PostAnswer {
    seq: u64,
    stored_at: UnixMillis,
}

async fn send(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<TopicId>,
    Json(request): Json<PostRequest>,
) -> Result<Answer<PostAnswer>, ApiError> {
    let post = NewPost::read(id, request.id, caller.device, request.post)?;
    to_the_end(async move {
        let posted = state.store.post(post.clone(), state.clock.now()).await?;
        if posted.is_new {
            state.live.publish(id, &post_push(&post, posted));
        }
        Ok(Answer(PostAnswer {
            seq: posted.seq,
            stored_at: posted.stored_at,
        }))
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PostsQuery {
    after: Option<u64>,
    before: Option<u64>,
    limit: Option<u32>,
}

async fn list(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<TopicId>,
    Query(query): Query<PostsQuery>,
) -> Result<Answer<PostPage>, ApiError> {
    let range = match (query.after, query.before) {
        (after, None) => PostRange::After(after.unwrap_or(0)),
        (None, Some(before)) => PostRange::Before(before),
        (Some(_), Some(_)) => {
            return Err(Refusal::bad_request("after, before: one of them").into());
        }
    };
    if let PostRange::After(seq) | PostRange::Before(seq) = range
        && seq > limits::MAX_SEQ
    {
        return Err(Refusal::bad_request("after, before: not a seq").into());
    }
    let limit = page::limit(query.limit)?;
    let page = state.store.posts(caller.device, id, range, limit).await?;
    Ok(Answer(page))
}

async fn remove(
    State(state): State<AppState>,
    caller: Caller,
    Path((topic_id, post_id)): Path<(TopicId, PostId)>,
) -> Result<StatusCode, ApiError> {
    let deletion = Deletion { topic_id, post_id };
    state.store.delete_post(caller.device, deletion).await?;
    Ok(StatusCode::NO_CONTENT)
}
