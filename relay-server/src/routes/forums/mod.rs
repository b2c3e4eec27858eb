//! `/api/forums` and `/api/forum-topics`.

mod archive;
mod commits;
mod posts;
mod topics;
mod welcomes;

use axum::Json as Answer;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Json, Query};
use super::openapi::{Any, Conflict, Forbidden, TooLarge, Unauthorized};
use super::page::{self, Page, PageQuery};
use super::to_the_end;
use crate::auth::Caller;
use crate::domain::forum::{Forum, NewForum, title};
use crate::domain::{ForumId, limits};
use crate::error::ApiError;
use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    let large = OpenApiRouter::new()
        .merge(topics::creation())
        .merge(commits::router())
        .layer(DefaultBodyLimit::max(limits::COMMIT_BODY_BYTES));
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .merge(topics::router())
        .merge(archive::router())
        .merge(posts::router())
        .merge(welcomes::router())
        .merge(large)
}

/// A page of forums, and whether the caller may create some.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ForumPage {
    #[serde(flatten)]
    page: Page<Forum>,
    may_create: bool,
}

/// All forums
#[utoipa::path(
    get, path = "/forums", operation_id = "list_forums", tag = "forums",
    params(PageQuery),
    responses((status = 200, description = "Done", body = ForumPage), Any, Unauthorized),
)]
async fn list(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> Result<Answer<ForumPage>, ApiError> {
    let limit = page::limit(query.limit)?;
    let after = page::after(query.cursor.as_deref())?;
    let items = state.store.forums(after, limit + 1).await?;
    Ok(Answer(ForumPage {
        page: Page::of(items, limit, |last| last.id.to_string()),
        may_create: state.store.is_administrator(caller.device).await?,
    }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ForumRequest {
    id: ForumId,
    #[schema(min_length = 1, max_length = 200)]
    name: String,
}

/// Creates a forum, by an administrator
#[utoipa::path(
    post, path = "/forums", operation_id = "create_forum", tag = "forums",
    request_body = ForumRequest,
    responses((status = 201, description = "Stored", body = Forum), Any, Unauthorized, Forbidden, Conflict, TooLarge),
)]
async fn create(
    State(state): State<AppState>,
    caller: Caller,
    Json(request): Json<ForumRequest>,
) -> Result<(StatusCode, Answer<Forum>), ApiError> {
    let forum = NewForum {
        id: request.id,
        name: title(request.name, "name")?,
    };
    to_the_end(async move {
        let now = state.clock.now();
        let forum = state.store.create_forum(caller.device, forum, now).await?;
        Ok((StatusCode::CREATED, Answer(forum)))
    })
    .await
}
