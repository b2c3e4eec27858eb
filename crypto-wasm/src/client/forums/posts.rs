//! Posts as they are kept and as people see them.

use crate::client::account;
use crate::client::error::ClientError;
use crate::client::order::{by_number, in_order};
use crate::client::txn::Txn;
use crate::client::views::Event;
use crate::wire::{PostId, TopicId};

use super::records::{EffectsRecord, FailureRecord, PostRecord, PostState, TopicRecord};
use super::views::{Post, PostReaction};
use super::{effects, keys, late, topic};

pub(super) fn load(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    order: u64,
) -> Result<PostRecord, ClientError> {
    find(txn, topic_id, order)?.ok_or(ClientError::NotFound("post"))
}

fn find(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    order: u64,
) -> Result<Option<PostRecord>, ClientError> {
    txn.record(keys::post(topic_id, order))
}

/// Where a post is.
pub(super) fn order_of(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    post: PostId,
) -> Result<Option<u64>, ClientError> {
    txn.number(keys::post_id(topic_id, post), "post order")
}

/// Writes a post and where it is.
pub(super) fn put(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    order: u64,
    record: &PostRecord,
) -> Result<(), ClientError> {
    txn.save(keys::post(topic_id, order), record)?;
    let place = keys::post_id(topic_id, record.post_id);
    txn.put(place, order.to_be_bytes().to_vec().into());
    Ok(())
}

pub(super) fn view_at(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    topic: &TopicRecord,
    order: u64,
) -> Result<Option<Post>, ClientError> {
    match find(txn, topic_id, order)? {
        Some(record) => view(txn, topic_id, topic, order, record).map(Some),
        None => Ok(None),
    }
}

pub(super) fn view(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    topic: &TopicRecord,
    order: u64,
    record: PostRecord,
) -> Result<Post, ClientError> {
    let own = account::load(txn)?;
    let done = effects::load(txn, topic_id, record.post_id)?;
    let author = record.author.user_id;
    let outgoing = author == own.user_id;
    let deletions = done.deletions.iter();
    let deleted = deletions.fold(None, |seen, deletion| match deletion.by_moderator.0 {
        true => Some("moderator"),
        false if deletion.author == author => seen.or(Some("author")),
        false => seen,
    });
    let edit = done.edits.iter().find(|edit| edit.author == author);
    let late = late::of_post(txn, topic_id, topic, (order, &record), edit)?;
    let (text, mentions) = match edit {
        Some(edit) if record.text.is_some() => (Some(edit.text.clone()), edit.mentions.clone()),
        _ => (record.text, record.mentions),
    };
    let state = match record.state {
        PostState::Sending => "sending",
        PostState::Failed => "failed",
        PostState::Stored if outgoing => "sent",
        PostState::Stored => "received",
    };
    Ok(Post {
        id: record.post_id,
        topic_id,
        author_id: author,
        parent_id: record.parent_id,
        order,
        sent_at: record.sent_at,
        text: match deleted {
            Some(_) => text.map(|_| String::new()),
            None => text,
        },
        mentions,
        outgoing,
        state,
        error: record.failure.as_ref().map(FailureRecord::failure),
        edited: edit.is_some(),
        deleted,
        pinned: done.pin.as_ref().is_some_and(|pin| !pin.removed.0),
        reactions: reactions(&done),
        replies: done.replies.len(),
        before_join: record.epoch < topic.join_epoch,
        late,
    })
}

fn reactions(done: &EffectsRecord) -> Vec<PostReaction> {
    let given: Vec<_> = done.reactions.iter().filter(|one| !one.removed.0).collect();
    let by_place = by_number(given.iter().map(|one| one.seq));
    let given = in_order(given, by_place);
    let mut reactions: Vec<PostReaction> = Vec::new();
    for one in given {
        match reactions.iter_mut().find(|known| known.emoji == one.emoji) {
            Some(known) => known.users.push(one.author),
            None => reactions.push(PostReaction {
                emoji: one.emoji.clone(),
                users: vec![one.author],
            }),
        }
    }
    reactions
}

/// Tells listeners of a post.
pub(super) fn tell(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    topic: &TopicRecord,
    order: u64,
    event: fn(Post) -> Event,
) -> Result<(), ClientError> {
    if let Some(post) = view_at(txn, topic_id, topic, order)? {
        txn.emit(event(post));
    }
    Ok(())
}

/// Changes how far a post has come.
pub(super) fn mark(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    order: u64,
    state: PostState,
    failure: Option<FailureRecord>,
) -> Result<(), ClientError> {
    let Some(mut record) = find(txn, topic_id, order)? else {
        return Ok(());
    };
    record.state = state;
    record.failure = failure;
    txn.save(keys::post(topic_id, order), &record)?;
    let topic = topic::load(txn, topic_id)?;
    tell(txn, topic_id, &topic, order, Event::PostUpdated)
}

/// The relay has given an own post its place.
pub(super) fn place(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    order: u64,
    seq: u64,
) -> Result<(), ClientError> {
    let Some(mut record) = find(txn, topic_id, order)? else {
        return Ok(());
    };
    record.state = PostState::Stored;
    record.failure = None;
    txn.delete(keys::post(topic_id, order));
    put(txn, topic_id, seq, &record)?;
    if let Some(parent) = record.parent_id {
        effects::move_reply(txn, topic_id, parent, order, seq)?;
    }
    let mut topic = topic::load(txn, topic_id)?;
    if topic.last_post == order || topic.last_post < seq {
        topic.last_post = seq;
        topic::save(txn, topic_id, &topic)?;
    }
    tell(txn, topic_id, &topic, seq, Event::PostUpdated)
}
