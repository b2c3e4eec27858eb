//! Pages of lists.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{Refusal, limits};

/// A part of a list.
#[derive(Serialize, ToSchema)]
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    pub(super) next: Option<String>,
}

/// What a page may ask for.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct PageQuery {
    pub(super) cursor: Option<String>,
    #[param(minimum = 1, maximum = 200)]
    pub(super) limit: Option<u32>,
}

impl<T> Page<T> {
    /// A page of what was found when one more than `limit` was asked for: that shows whether there is a next page.
    pub(super) fn of(mut items: Vec<T>, limit: u32, cursor: impl Fn(&T) -> String) -> Self {
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let next = items.last().filter(|_| more).map(cursor);
        Self { items, next }
    }
}

/// The limit asked for, or the default.
pub(super) fn limit(asked: Option<u32>) -> Result<u32, Refusal> {
    match asked.unwrap_or(limits::DEFAULT_PAGE) {
        limit @ 1..=limits::PAGE => Ok(limit),
        _ => Err(Refusal::bad_request("limit: not 1 to 200")),
    }
}

/// The place after which a page begins: the id of the item before.
pub(super) fn after<T: std::str::FromStr>(cursor: Option<&str>) -> Result<Option<T>, Refusal> {
    cursor
        .map(str::parse)
        .transpose()
        .map_err(|_| Refusal::bad_request("cursor: not one of this relay"))
}
