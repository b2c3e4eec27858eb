//! Pages of lists.

use serde::Serialize;

use crate::domain::{ConversationId, Refusal, limits};

/// A part of a list.
#[derive(Serialize)]
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    pub(super) next: Option<String>,
}

/// The limit asked for, or the default.
pub(super) fn limit(asked: Option<u32>) -> Result<u32, Refusal> {
    match asked.unwrap_or(limits::DEFAULT_PAGE) {
        limit @ 1..=limits::PAGE => Ok(limit),
        _ => Err(Refusal::bad_request("limit: not 1 to 200")),
    }
}

/// The place after which a page begins: the id of the item before.
pub(super) fn after(cursor: Option<&str>) -> Result<Option<ConversationId>, Refusal> {
    cursor
        .map(str::parse)
        .transpose()
        .map_err(|_| Refusal::bad_request("cursor: not one of this relay"))
}
