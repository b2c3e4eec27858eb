//! `/api/forums` and `/api/forum-topics`.

mod archive;
mod commits;
mod posts;
mod topics;
mod welcomes;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json as Answer, Router};
use serde::{Deserialize, Serialize};

use super::extract::{Json, Query};
use super::page::{self, Page, PageQuery};
use super::to_the_end;
use crate::auth::Caller;
use crate::domain::forum::{Forum, NewForum, title};
use crate::domain::{ForumId, limits};
use crate::error::ApiError;
use crate::state::AppState;

pub(super) fn router() -> Router<AppState> {
    let large = Router::new()
        .merge(topics::creation())
        .merge(commits::router())
        .layer(DefaultBodyLimit::max(limits::COMMIT_BODY_BYTES));
    Router::new()
        .route("/forums", get(list).post(create))
        .merge(topics::router())
        .merge(archive::router())
        .merge(posts::router())
        .merge(welcomes::router())
        .merge(large)
}

/// A page of forums, and whether the caller may create some.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ForumPage {
    #[serde(flatten)]
    page: Page<Forum>,
    may_create: bool,
}

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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ForumRequest {
    id: ForumId,
    name: String,
}

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
