//! A topic's title and description: posts like others, so that only members read them.

use crate::client::error::ClientError;
use crate::client::ids::new_id;
use crate::client::txn::Txn;
use crate::forum::wire::PostContent;
use crate::wire::TopicId;

use super::outbox;
use super::outbox_records::{Job, PostJob};
use super::records::TopicRecord;
use super::topic;
use super::views::{Topic, TopicRole};

/// Longest title, in bytes of UTF-8.
const MAX_TITLE: usize = 200;
/// Longest description, in bytes of UTF-8.
const MAX_DESCRIPTION: usize = 2_000;

pub(super) fn check(title: &str, description: &str) -> Result<(), ClientError> {
    if title.trim().is_empty() || title.len() > MAX_TITLE {
        return Err(ClientError::InvalidArgument("title"));
    }
    if description.len() > MAX_DESCRIPTION {
        return Err(ClientError::InvalidArgument("description"));
    }
    Ok(())
}

/// Queues a post without a line of its own.
pub(super) fn queue(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    content: &PostContent,
    now_ms: u64,
) -> Result<u64, ClientError> {
    let job = PostJob {
        order: None,
        post_id: new_id(now_ms, txn.rng),
        parent_id: None,
        sent_at: now_ms,
        content_type: content.content_type(),
        content: content.to_body()?,
        built: None,
    };
    outbox::push(txn, topic_id, Job::Post(job))
}

/// Gives title and description to those who cannot read the epoch in which they were posted.
pub(super) fn repeat(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    record: &TopicRecord,
    now_ms: u64,
) -> Result<(), ClientError> {
    let content = PostContent::Info {
        title: record.title.clone(),
        description: record.description.clone(),
    };
    queue(txn, topic_id, &content, now_ms)?;
    Ok(())
}

/// Changes title and description.
pub(super) fn change(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    title: &str,
    description: &str,
    now_ms: u64,
) -> Result<u64, ClientError> {
    check(title, description)?;
    let mut record = topic::load_active(txn, topic_id)?;
    let view: Topic = topic::view(txn, topic_id, &record)?;
    if view.role == TopicRole::Member {
        return Err(ClientError::Forbidden);
    }
    title.clone_into(&mut record.title);
    description.clone_into(&mut record.description);
    topic::save_and_tell(txn, topic_id, &record)?;
    let content = PostContent::Info {
        title: record.title,
        description: record.description,
    };
    queue(txn, topic_id, &content, now_ms)
}
