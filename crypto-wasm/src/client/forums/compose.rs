//! Writing posts. One costs the same in a topic of ten and of ten thousand: no group is loaded for it.

use crate::client::account;
use crate::client::error::ClientError;
use crate::client::ids::new_id;
use crate::client::txn::Txn;
use crate::client::views::Event;
use crate::forum::post;
use crate::forum::wire::{PostContent, PostHeader};
use crate::wire::{Flag, PostId, TopicId, UserId, Version1, Wire as _};

use super::outbox_records::{Job, PostJob};
use super::posts::{load, order_of, put, tell, view_at};
use super::records::{PostRecord, PostState, TopicRecord};
use super::views::{Post, TopicRole};
use super::{effects, keys, members, outbox, posts, topic};

/// Longest text, in bytes of UTF-8.
const MAX_TEXT: usize = 48 * 1024;
/// Longest reaction, in bytes of UTF-8.
const MAX_EMOJI: usize = 64;
/// Mentions at most.
const MAX_MENTIONS: usize = 50;

/// What a person posts.
#[derive(Debug, Clone)]
pub enum NewPost {
    /// A text.
    Text {
        /// UTF-8.
        text: String,
        /// The post that it answers.
        parent_id: Option<PostId>,
        /// Who is mentioned.
        mentions: Vec<UserId>,
    },
    /// Another text for an own post.
    Edit {
        /// The post.
        post_id: PostId,
        /// UTF-8.
        text: String,
        /// Who is mentioned.
        mentions: Vec<UserId>,
    },
    /// Takes a post out: an own one, or, as moderator, anybody's.
    Delete {
        /// The post.
        post_id: PostId,
    },
    /// Reacts, or takes that back.
    Reaction {
        /// The post.
        post_id: PostId,
        /// UTF-8.
        emoji: String,
        /// Whether it is taken back.
        removed: bool,
    },
    /// Keeps a post up, or no longer.
    Pin {
        /// The post.
        post_id: PostId,
        /// Whether it is let go.
        removed: bool,
    },
}

/// The present epoch's ciphertext of a post that waits; whether it was made now.
// PST-11
pub(super) fn seal_if_stale(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    topic: &TopicRecord,
    job: &mut PostJob,
) -> Result<bool, ClientError> {
    if let Some(built) = &job.built {
        let made = crate::forum::wire::Post::from_bytes(built)
            .map_err(|_| ClientError::Corrupt("Post"))?;
        if made.header.epoch == topic.epoch && made.header.generation == topic.generation {
            return Ok(false);
        }
    }
    let key = topic::present_key(txn, topic_id, topic)?;
    let device = account::device(txn)?;
    let header = PostHeader {
        topic_id,
        generation: topic.generation,
        epoch: topic.epoch,
        post_id: job.post_id,
        author: device.certificate().address(),
        parent_id: job.parent_id,
        sent_at_ms: job.sent_at,
    };
    let content = PostContent::of(job.content_type, &job.content)
        .ok()
        .flatten()
        .ok_or(ClientError::Corrupt("PostContent"))?;
    let sealed = post::encrypt(&device, header, &content, &key, txn.rng)?;
    job.built = Some(sealed.to_bytes()?);
    Ok(true)
}

fn check_text(text: &str, mentions: &[UserId]) -> Result<(), ClientError> {
    if text.is_empty() || text.len() > MAX_TEXT {
        return Err(ClientError::InvalidArgument("text"));
    }
    if mentions.len() > MAX_MENTIONS {
        return Err(ClientError::InvalidArgument("mentions"));
    }
    Ok(())
}

/// Puts a post into the outbox; it is seen here at once.
pub(crate) fn send(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    new: &NewPost,
    now_ms: u64,
) -> Result<Post, ClientError> {
    // Both are read at once where they are missing.
    let (judged, there) = (members::judge_changed_pins(txn), topic::load(txn, topic_id));
    // PST-10
    judged?;
    there?;
    let mut record = topic::load(txn, topic_id)?;
    if !record.standing.posts() {
        return Err(ClientError::NotAMember);
    }
    if members::still_blocked(txn, topic_id, &mut record)? {
        return Err(ClientError::KeyChanged);
    }
    let own = account::load(txn)?;
    let number = outbox::next_number(txn)?;
    let order = keys::PENDING + number;
    let (content, parent_id) = match new {
        NewPost::Text {
            text,
            parent_id,
            mentions,
        } => {
            check_text(text, mentions)?;
            let line = PostRecord {
                version: Version1,
                post_id: new_id(now_ms, txn.rng),
                author: own.address(),
                parent_id: *parent_id,
                sent_at: now_ms,
                epoch: record.epoch,
                state: PostState::Sending,
                text: Some(text.clone()),
                mentions: mentions.clone(),
                failure: None,
            };
            return send_text(txn, topic_id, record, order, &line);
        }
        NewPost::Edit {
            post_id,
            text,
            mentions,
        } => {
            check_text(text, mentions)?;
            require_author(txn, topic_id, *post_id, own.user_id)?;
            let content = PostContent::Edit {
                post_id: *post_id,
                text: text.clone(),
                mentions: mentions.clone(),
            };
            (content, *post_id)
        }
        NewPost::Delete { post_id } => {
            let by_author = require_author(txn, topic_id, *post_id, own.user_id);
            let content = match by_author {
                Ok(()) => PostContent::Delete { post_id: *post_id },
                Err(ClientError::Forbidden) if is_moderator(txn, &record)? => {
                    PostContent::ModeratorDelete { post_id: *post_id }
                }
                Err(error) => return Err(error),
            };
            (content, *post_id)
        }
        NewPost::Reaction {
            post_id,
            emoji,
            removed,
        } => {
            if emoji.is_empty() || emoji.len() > MAX_EMOJI {
                return Err(ClientError::InvalidArgument("emoji"));
            }
            let content = PostContent::Reaction {
                post_id: *post_id,
                emoji: emoji.clone(),
                removed: Flag(*removed),
            };
            (content, *post_id)
        }
        NewPost::Pin { post_id, removed } => {
            if !is_moderator(txn, &record)? {
                return Err(ClientError::Forbidden);
            }
            let content = PostContent::Pin {
                post_id: *post_id,
                removed: Flag(*removed),
            };
            (content, *post_id)
        }
    };
    act_on(txn, topic_id, record, (order, parent_id), &content, now_ms)
}

fn send_text(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    mut record: TopicRecord,
    order: u64,
    line: &PostRecord,
) -> Result<Post, ClientError> {
    txn.is_new(keys::effects(topic_id, line.post_id));
    put(txn, topic_id, order, line)?;
    if let Some(parent) = line.parent_id {
        effects::add_reply(txn, topic_id, parent, order)?;
    }
    queue_text(txn, topic_id, order, line)?;
    record.last_post = order;
    topic::save_and_tell(txn, topic_id, &record)?;
    tell(txn, topic_id, &record, order, Event::Post)?;
    view_at(txn, topic_id, &record, order)?.ok_or(ClientError::Internal("a post that is not there"))
}

/// Puts the text of an own post to the end of the outbox.
fn queue_text(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    order: u64,
    line: &PostRecord,
) -> Result<(), ClientError> {
    let content = PostContent::Text {
        text: line.text.clone().unwrap_or_default(),
        mentions: line.mentions.clone(),
    };
    let job = PostJob {
        order: Some(order),
        post_id: line.post_id,
        parent_id: line.parent_id,
        sent_at: line.sent_at,
        content_type: content.content_type(),
        content: content.to_body()?,
        built: None,
    };
    outbox::push(txn, topic_id, Job::Post(job))?;
    Ok(())
}

/// Does something to a post: here at once, for others when they receive it.
fn act_on(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    mut record: TopicRecord,
    (order, target): (u64, PostId),
    content: &PostContent,
    now_ms: u64,
) -> Result<Post, ClientError> {
    let at = order_of(txn, topic_id, target)?.ok_or(ClientError::NotFound("post"))?;
    let own = account::load(txn)?;
    effects::apply(txn, topic_id, &mut record, content, (own.user_id, order))?;
    super::info::queue(txn, topic_id, content, now_ms)?;
    if matches!(
        content,
        PostContent::Delete { .. } | PostContent::ModeratorDelete { .. }
    ) {
        outbox::push(txn, topic_id, Job::Drop(target))?;
    }
    topic::save_and_tell(txn, topic_id, &record)?;
    view_at(txn, topic_id, &record, at)?.ok_or(ClientError::NotFound("post"))
}

fn require_author(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    post: PostId,
    user: UserId,
) -> Result<(), ClientError> {
    let order = order_of(txn, topic_id, post)?.ok_or(ClientError::NotFound("post"))?;
    if load(txn, topic_id, order)?.author.user_id == user {
        Ok(())
    } else {
        Err(ClientError::Forbidden)
    }
}

fn is_moderator(txn: &mut Txn<'_>, record: &TopicRecord) -> Result<bool, ClientError> {
    let own = account::load(txn)?;
    let role = topic::role_of(&record.topic_state()?, &topic::own_account(&own));
    Ok(role != TopicRole::Member)
}

/// Puts a post that was given up back to the end.
pub(crate) fn retry(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    post: PostId,
) -> Result<Post, ClientError> {
    let record = topic::load_active(txn, topic_id)?;
    let order = order_of(txn, topic_id, post)?.ok_or(ClientError::NotFound("post"))?;
    let failed = load(txn, topic_id, order)?;
    if !matches!(failed.state, PostState::Failed) || failed.text.is_none() {
        return Err(ClientError::NotFound("failed post"));
    }
    queue_text(txn, topic_id, order, &failed)?;
    posts::mark(txn, topic_id, order, PostState::Sending, None)?;
    view_at(txn, topic_id, &record, order)?.ok_or(ClientError::NotFound("post"))
}
