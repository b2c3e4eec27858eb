//! Commits.

use axum::Json as Answer;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::extract::{Json, Path, Query};
use super::super::openapi::{Any, Conflict, NotFound, TooLarge, Unauthorized, Unprocessable};
use super::super::{page, to_the_end};
use super::archive::read_archive;
use crate::auth::Caller;
use crate::domain::forum::{Commit, CommitPage, NewWelcome};
use crate::domain::{Address, Bytes, Refusal, TopicId, limits};
use crate::error::ApiError;
use crate::hub::Hint;
use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(commit, list))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CommitRequest {
    epoch: u64,
    commit: Bytes,
    group_info: Bytes,
    #[serde(default)]
    links: Vec<Bytes>,
    #[serde(default)]
    wraps: Vec<Bytes>,
    welcome: Option<WelcomeRequest>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WelcomeRequest {
    bytes: Bytes,
    addresses: Vec<Address>,
}

#[derive(Serialize, ToSchema)]
struct CommitAnswer {
    epoch: u64,
}

/// Begins the next epoch
#[utoipa::path(
    post, path = "/forum-topics/{id}/commits", operation_id = "commit", tag = "forums",
    params(("id" = TopicId, Path)), request_body = CommitRequest,
    responses((status = 200, description = "Done", body = CommitAnswer), Any, Unauthorized, NotFound, Conflict, TooLarge, Unprocessable),
)]
async fn commit(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<TopicId>,
    Json(request): Json<CommitRequest>,
) -> Result<Answer<CommitAnswer>, ApiError> {
    if request.epoch >= limits::MAX_SEQ {
        return Err(Refusal::bad_request("epoch: not one").into());
    }
    let (links, wraps) = read_archive(id, caller, request.links, request.wraps)?;
    let commit = Commit {
        topic_id: id,
        committer: caller.device,
        epoch: request.epoch,
        commit: request.commit.0,
        group_info: request.group_info.0,
        links,
        wraps,
        welcome: request.welcome.map(|welcome| NewWelcome {
            welcome: welcome.bytes.0,
            addresses: welcome.addresses,
        }),
    };
    to_the_end(async move {
        let applied = state.groups.commit(commit, state.clock.now()).await?;
        if let Some(news) = applied.news {
            for device in news.removed {
                state.live.announce(Hint::TopicLeft { device, topic: id });
            }
            state.live.announce(Hint::TopicGrew { topic: id });
            for device in news.welcomed {
                state.live.announce(Hint::Welcome { device, topic: id });
            }
        }
        Ok(Answer(CommitAnswer {
            epoch: applied.epoch,
        }))
    })
    .await
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct CommitsQuery {
    #[serde(default)]
    #[param(maximum = 9_007_199_254_740_991u64)]
    after: u64,
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// The commits from an epoch on
#[utoipa::path(
    get, path = "/forum-topics/{id}/commits", operation_id = "list_commits", tag = "forums",
    params(("id" = TopicId, Path), CommitsQuery),
    responses((status = 200, description = "Done", body = CommitPage), Any, Unauthorized, NotFound),
)]
async fn list(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<TopicId>,
    Query(query): Query<CommitsQuery>,
) -> Result<Answer<CommitPage>, ApiError> {
    if query.after > limits::MAX_SEQ {
        return Err(Refusal::bad_request("after: not an epoch").into());
    }
    let limit = page::limit(query.limit)?;
    let page = state
        .store
        .commits(caller.device, id, query.after, limit)
        .await?;
    Ok(Answer(page))
}
