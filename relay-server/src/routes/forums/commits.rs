//! Commits.

use axum::extract::State;
use axum::routing::post;
use axum::{Json as Answer, Router};
use serde::{Deserialize, Serialize};

use super::super::extract::{Json, Path, Query};
use super::super::{page, to_the_end};
use super::archive::read_archive;
use crate::auth::Caller;
use crate::domain::forum::{Commit, CommitPage, NewWelcome};
use crate::domain::{Address, Bytes, Refusal, TopicId, limits};
use crate::error::ApiError;
use crate::hub::{Notice, commit_push};
use crate::state::AppState;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/forum-topics/{id}/commits", post(commit).get(list))
}

#[derive(Deserialize)]
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WelcomeRequest {
    bytes: Bytes,
    addresses: Vec<Address>,
}

#[derive(Serialize)]
struct CommitAnswer {
    epoch: u64,
}

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
        let made_in = commit.epoch;
        let applied = state.groups.commit(commit, state.clock.now()).await?;
        if let Some(news) = applied.news {
            for device in news.removed {
                state.live.expel(id, device);
            }
            state
                .live
                .publish(id, &commit_push(id, made_in, &news.commit));
            for device in news.welcomed {
                state
                    .live
                    .notify_device(device, Notice::WelcomeReceived(id));
            }
        }
        Ok(Answer(CommitAnswer {
            epoch: applied.epoch,
        }))
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CommitsQuery {
    #[serde(default)]
    after: u64,
    limit: Option<u32>,
}

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
