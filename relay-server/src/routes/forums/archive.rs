//! Links and wraps.

use axum::Json as Answer;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::extract::{Json, Path, Query};
use super::super::openapi::{Any, Conflict, NotFound, TooLarge, Unauthorized};
use super::super::to_the_end;
use crate::auth::Caller;
use crate::domain::forum::{Link, LinkList, LinkPlace, LinkRange, Wrap};
use crate::domain::{Bytes, Refusal, TopicId, limits};
use crate::error::ApiError;
use crate::hub::Hint;
use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(add, list))
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

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LinksRequest {
    #[serde(default)]
    links: Vec<Bytes>,
    #[serde(default)]
    wraps: Vec<Bytes>,
}

/// Nothing more is to be said.
#[derive(Serialize, ToSchema)]
struct Added {}

/// Adds links and wraps
#[utoipa::path(
    post, path = "/forum-topics/{id}/links", operation_id = "add_links", tag = "forums",
    params(("id" = TopicId, Path)), request_body = LinksRequest,
    responses((status = 200, description = "Done", body = Added), Any, Unauthorized, NotFound, Conflict, TooLarge),
)]
async fn add(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<TopicId>,
    Json(request): Json<LinksRequest>,
) -> Result<Answer<Added>, ApiError> {
    let (links, wraps) = read_archive(id, caller, request.links, request.wraps)?;
    to_the_end(async move {
        let now = state.clock.now();
        let added = state
            .store
            .add_links(caller.device, id, links, wraps, now)
            .await?;
        if added {
            state.live.announce(Hint::TopicChanged { topic: id });
        }
        Ok(Answer(Added {}))
    })
    .await
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct LinksQuery {
    #[param(maximum = 9_007_199_254_740_991u64)]
    from: u64,
    #[param(maximum = 9_007_199_254_740_991u64)]
    to: u64,
    cursor: Option<String>,
}

/// The links of some epochs
#[utoipa::path(
    get, path = "/forum-topics/{id}/links", operation_id = "list_links", tag = "forums",
    params(("id" = TopicId, Path), LinksQuery),
    responses((status = 200, description = "Done", body = LinkList), Any, Unauthorized, NotFound, TooLarge),
)]
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
