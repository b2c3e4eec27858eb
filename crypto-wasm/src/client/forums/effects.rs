//! What is done to posts: kept with the post's id, so that it does not matter what arrives first.

use crate::client::error::ClientError;
use crate::client::txn::Txn;
use crate::client::views::Event;
use crate::forum::wire::PostContent;
use crate::wire::{Flag, PostId, TopicId, UserId, Version1};

use super::records::{
    DeletionRecord, EditRecord, EffectsRecord, PinRecord, ReactionRecord, TopicRecord,
};
use super::{keys, posts};

pub(super) fn load(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    post: PostId,
) -> Result<EffectsRecord, ClientError> {
    let record = txn.record(keys::effects(topic_id, post))?;
    Ok(record.unwrap_or(EffectsRecord {
        version: Version1,
        edits: Vec::new(),
        deletions: Vec::new(),
        reactions: Vec::new(),
        pin: None,
        replies: Vec::new(),
    }))
}

fn save(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    post: PostId,
    record: &EffectsRecord,
) -> Result<(), ClientError> {
    txn.save(keys::effects(topic_id, post), record)
}

/// The post that a content does something to.
pub(super) const fn target(content: &PostContent) -> Option<PostId> {
    match content {
        PostContent::Edit { post_id, .. }
        | PostContent::Delete { post_id }
        | PostContent::Reaction { post_id, .. }
        | PostContent::Pin { post_id, .. }
        | PostContent::ModeratorDelete { post_id } => Some(*post_id),
        PostContent::Text { .. } | PostContent::LinkSecret { .. } | PostContent::Info { .. } => {
            None
        }
    }
}

/// Whether what happened at `seq` is the newer word; what is being sent has no place yet and gives way to the one it gets.
const fn is_newer(seq: u64, than: u64) -> bool {
    than >= keys::PENDING || seq >= than
}

/// Does to a post what a content says, on the word of a user who may. Whether the user wrote the target is judged when it is looked at.
// PST-14
pub(super) fn apply(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    topic: &mut TopicRecord,
    content: &PostContent,
    (author, seq): (UserId, u64),
) -> Result<(), ClientError> {
    let Some(post) = target(content) else {
        return Ok(());
    };
    let mut done = load(txn, topic_id, post)?;
    match content {
        PostContent::Edit { text, mentions, .. } => {
            let edit = EditRecord {
                author,
                seq,
                text: text.clone(),
                mentions: mentions.clone(),
            };
            match done.edits.iter_mut().find(|known| known.author == author) {
                Some(known) if is_newer(seq, known.seq) => *known = edit,
                Some(_) => {}
                None => done.edits.push(edit),
            }
        }
        PostContent::Delete { .. } | PostContent::ModeratorDelete { .. } => {
            let by_moderator = Flag(matches!(content, PostContent::ModeratorDelete { .. }));
            let deletion = DeletionRecord {
                author,
                by_moderator,
            };
            let mut known = done.deletions.iter();
            if !known.any(|known| known.author == author && known.by_moderator == by_moderator) {
                done.deletions.push(deletion);
            }
        }
        PostContent::Reaction { emoji, removed, .. } => {
            let reaction = ReactionRecord {
                author,
                emoji: emoji.clone(),
                seq,
                removed: *removed,
            };
            let mut known = done.reactions.iter_mut();
            match known.find(|known| known.author == author && known.emoji == *emoji) {
                Some(known) if is_newer(seq, known.seq) => *known = reaction,
                Some(_) => {}
                None => done.reactions.push(reaction),
            }
        }
        PostContent::Pin { removed, .. } => {
            if done.pin.as_ref().is_none_or(|pin| is_newer(seq, pin.seq)) {
                topic.pinned.retain(|pinned| *pinned != post);
                if !removed.0 {
                    topic.pinned.push(post);
                }
                done.pin = Some(PinRecord {
                    seq,
                    removed: *removed,
                });
            }
        }
        PostContent::Text { .. } | PostContent::LinkSecret { .. } | PostContent::Info { .. } => {}
    }
    save(txn, topic_id, post, &done)?;
    if let Some(order) = posts::order_of(txn, topic_id, post)? {
        posts::tell(txn, topic_id, topic, order, Event::PostUpdated)?;
    }
    Ok(())
}

/// Notes an answer to a post.
pub(super) fn add_reply(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    parent: PostId,
    order: u64,
) -> Result<(), ClientError> {
    move_reply(txn, topic_id, parent, order, order)
}

/// An answer has another order from now on.
pub(super) fn move_reply(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    parent: PostId,
    from: u64,
    to: u64,
) -> Result<(), ClientError> {
    let mut done = load(txn, topic_id, parent)?;
    done.replies.retain(|reply| *reply != from && *reply != to);
    done.replies.push(to);
    save(txn, topic_id, parent, &done)?;
    if let Some(order) = posts::order_of(txn, topic_id, parent)? {
        let topic = super::topic::load(txn, topic_id)?;
        posts::tell(txn, topic_id, &topic, order, Event::PostUpdated)?;
    }
    Ok(())
}
