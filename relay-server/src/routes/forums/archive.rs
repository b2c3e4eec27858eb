//! Links and wraps.

use axum::extract::State;
use axum::routing::post;
use axum::{Json as Answer, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::extract::{Json, Path, Query};
use super::super::to_the_end;
use crate::auth::Caller;
use crate::domain::forum::{Link, LinkList, LinkPlace, LinkRange, Wrap};
use crate::domain::{Bytes, Refusal, TopicId, limits};
use crate::error::ApiError;
use crate::hub::Notice;
use crate::state::AppState;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/forum-topics/{id}/links", post(add).get(list))
}

/// Reads links and wraps of a topic by the caller.
pub(super) fn read_archive(
    topic: TopicId,
    caller: Caller,
    links: Vec<Bytes>,
    wraps: Vec<Bytes>,
) -> Result<(Vec<Link>, Vec<Wrap>), Refusal> {
    if links.len().max(wraps.len()) > limits::LINKS {
        return Err(Refusal::TooLarge("at most 64 links and 64 wraps at once"));
    }
    let links = links
        .into_iter()
        .map(|link| Link::read(topic, caller.device, link))
        .collect::<Result<_, _>>()?;
    let wraps = wraps
        .into_iter()
        .map(|wrap| Wrap::read(topic, wrap))
        .collect::<Result<_, _>>()?;
    Ok((links, wraps))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LinksRequest {
    #[serde(default)]
    links: Vec<Bytes>,
    #[serde(default)]
    wraps: Vec<Bytes>,
}

async fn add(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<TopicId>,
    Json(request): Json<LinksRequest>,
) -> Result<Answer<Value>, ApiError> {
    let (links, wraps) = read_archive(id, caller, request.links, request.wraps)?;
    to_the_end(async move {
        let now = state.clock.now();
        let added = state
            .store
            .add_links(caller.device, id, links, wraps, now)
            .await?;
        if added {
            state.live.notify_topic(id, Notice::TopicChanged(id));
        }
        Ok(Answer(json!({})))
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LinksQuery {
    from: u64,
    to: u64,
    cursor: Option<String>,
}

async fn list(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<TopicId>,
    Query(query): Query<LinksQuery>,
) -> Result<Answer<LinkList>, ApiError> {
    // Either order names the same epochs: links lead back.
    let (first, last) = (query.from.min(query.to), query.from.max(query.to));
    if last > limits::MAX_SEQ {
        return Err(Refusal::bad_request("from, to: not epochs").into());
    }
    let place =
        |text: &str| LinkPlace::parse(text).ok_or_else(|| Refusal::bad_request("cursor: not one"));
    let range = LinkRange {
        first,
        last,
        after: query.cursor.as_deref().map(place).transpose()?,
        limit: limits::LINK_PAGE,
    };
    let links = state.store.links(caller.device, id, range).await?;
    Ok(Answer(links))
}
