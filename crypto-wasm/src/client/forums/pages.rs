//! Pages of posts from the store.

use crate::client::error::ClientError;
use crate::client::order::{by_number, in_order};
use crate::client::records::decode;
use crate::client::txn::Txn;
use crate::store::{Collection, KeyRange, Query};
use crate::wire::{PostId, TopicId};

use super::posts::{order_of, view, view_at};
use super::records::PostRecord;
use super::views::PostPage;
use super::{effects, keys, late, topic};

/// Posts in a page at most.
const MAX_PAGE: u32 = 200;
/// Threads deeper than this are not looked through for one page.
const MAX_SCANS: usize = 20;

/// Which posts a page has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PostFilter {
    /// All.
    All,
    /// Those that answer none.
    TopLevel,
    /// The answers to one.
    Thread(PostId),
    /// Those that moderators keep up.
    Pinned,
}

/// A page of posts, newest if `before` is absent, else those ordered before it.
pub(crate) fn page(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    filter: PostFilter,
    before: Option<u64>,
    limit: u32,
) -> Result<PostPage, ClientError> {
    if limit == 0 || limit > MAX_PAGE {
        return Err(ClientError::InvalidArgument("limit"));
    }
    let record = topic::load(txn, topic_id)?;
    let more = !record.complete.0;
    let listed = match filter {
        PostFilter::All | PostFilter::TopLevel => None,
        PostFilter::Thread(parent) => Some(effects::load(txn, topic_id, parent)?.replies),
        PostFilter::Pinned => Some(orders(txn, topic_id, &record.pinned)?),
    };
    if let Some(mut orders) = listed {
        orders.retain(|order| before.is_none_or(|before| *order < before));
        let by_place = by_number(orders.iter().copied());
        let mut orders = in_order(orders, by_place);
        let skipped = orders.len().saturating_sub(limit as usize);
        let page = orders.split_off(skipped);
        let next = page.first().copied().filter(|_| skipped > 0);
        txn.load(
            page.iter()
                .map(|order| keys::post(topic_id, *order))
                .collect(),
        )?;
        let mut items = Vec::with_capacity(page.len());
        for order in page {
            items.extend(view_at(txn, topic_id, &record, order)?);
        }
        return Ok(PostPage { items, next, more });
    }
    let (found, next) = newest(txn, topic_id, filter, before, limit)?;
    let places = found
        .iter()
        .map(|(_, post)| keys::effects(topic_id, post.post_id));
    let mut places: Vec<_> = places.collect();
    let shown = found.iter().map(|(_, post)| post);
    places.extend(late::places(topic_id, &record, shown));
    txn.load(places)?;
    let mut items = Vec::with_capacity(found.len());
    for (order, post) in found.into_iter().rev() {
        items.push(view(txn, topic_id, &record, order, post)?);
    }
    Ok(PostPage { items, next, more })
}

fn orders(txn: &mut Txn<'_>, topic_id: TopicId, posts: &[PostId]) -> Result<Vec<u64>, ClientError> {
    txn.load(
        posts
            .iter()
            .map(|post| keys::post_id(topic_id, *post))
            .collect(),
    )?;
    let mut orders = Vec::with_capacity(posts.len());
    for post in posts {
        orders.extend(order_of(txn, topic_id, *post)?);
    }
    Ok(orders)
}

/// Posts with their orders, newest first, and where older ones begin.
type Newest = (Vec<(u64, PostRecord)>, Option<u64>);

/// The newest posts below an order.
fn newest(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    filter: PostFilter,
    before: Option<u64>,
    limit: u32,
) -> Result<Newest, ClientError> {
    let mut found = Vec::new();
    let mut below = before;
    for _ in 0..MAX_SCANS {
        let mut range = KeyRange::prefix(topic_id.as_bytes());
        if let Some(below) = below {
            range = range.below(&keys::post(topic_id, below).1);
        }
        let records = txn.scan(Query::last(Collection::ForumPosts, range, limit))?;
        for record in &*records {
            let order = keys::post_order(&record.key).ok_or(ClientError::Corrupt("post key"))?;
            let post: PostRecord = decode(record.value.as_bytes())?;
            below = Some(order);
            if filter == PostFilter::All || post.parent_id.is_none() {
                found.push((order, post));
            }
            if found.len() == limit as usize {
                return Ok((found, below));
            }
        }
        if records.len() < limit as usize {
            return Ok((found, None));
        }
    }
    Ok((found, below))
}
