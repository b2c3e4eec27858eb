//! Posts.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::extract::{Json, Path, Query};
use super::super::openapi::{Any, Conflict, Forbidden, NotFound, TooLarge, Unauthorized};
use super::super::{page, to_the_end};
use crate::auth::Caller;
use crate::domain::forum::{Deletion, NewPost, PostPage, PostRange};
use crate::domain::{Bytes, PostId, Refusal, TopicId, UnixMillis, limits};
use crate::error::ApiError;
use crate::hub::Hint;
use crate::metrics;
use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(send, list))
        .routes(routes!(remove))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PostRequest {
    id: PostId,
    post: Bytes,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PostAnswer {
    seq: u64,
    stored_at: UnixMillis,
}

/// Stores a post under the next number
#[utoipa::path(
    post, path = "/forum-topics/{id}/posts", operation_id = "send_post", tag = "forums",
    params(("id" = TopicId, Path)), request_body = PostRequest,
    responses((status = 200, description = "Done", body = PostAnswer), Any, Unauthorized, NotFound, Conflict, TooLarge),
)]
async fn send(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<TopicId>,
    Json(request): Json<PostRequest>,
) -> Result<Answer<PostAnswer>, ApiError> {
    let post = NewPost::read(id, request.id, caller.device, request.post)?;
    to_the_end(async move {
        let posted = state.store.post(post, state.clock.now()).await?;
        if posted.is_new {
            metrics::post_stored();
            state.live.announce(Hint::TopicGrew { topic: id });
        }
        Ok(Answer(PostAnswer {
            seq: posted.seq,
            stored_at: posted.stored_at,
        }))
    })
    .await
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct PostsQuery {
    #[param(maximum = 9_007_199_254_740_991u64)]
    after: Option<u64>,
    #[param(maximum = 9_007_199_254_740_991u64)]
    before: Option<u64>,
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Posts after or before one
#[utoipa::path(
    get, path = "/forum-topics/{id}/posts", operation_id = "list_posts", tag = "forums",
    params(("id" = TopicId, Path), PostsQuery),
    responses((status = 200, description = "Done", body = PostPage), Any, Unauthorized, NotFound),
)]
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

/// Drops a post's ciphertext
#[utoipa::path(
    delete, path = "/forum-topics/{id}/posts/{post_id}", operation_id = "delete_post", tag = "forums",
    params(("id" = TopicId, Path), ("post_id" = PostId, Path)),
    responses((status = 204, description = "Done"), Any, Unauthorized, Forbidden, NotFound),
)]
async fn remove(
    State(state): State<AppState>,
    caller: Caller,
    Path((topic_id, post_id)): Path<(TopicId, PostId)>,
) -> Result<StatusCode, ApiError> {
    let deletion = Deletion { topic_id, post_id };
    state.store.delete_post(caller.device, deletion).await?;
    Ok(StatusCode::NO_CONTENT)
}
