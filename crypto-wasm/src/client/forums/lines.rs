//! What becomes of a post that was taken in: a line, a change of other lines, or a line that says that it cannot be read.

use crate::client::account;
use crate::client::error::ClientError;
use crate::client::txn::Txn;
use crate::client::views::Event;
use crate::forum::link::LinkHistory;
use crate::forum::policy::Standing as Rank;
use crate::forum::wire::{Account, Post, PostContent};
use crate::wire::{DeviceCertificate, TopicId, UserId, Version1};

use super::receive::Way;
use super::records::{FailureRecord, PostRecord, PostState, TopicRecord};
use super::{effects, keys, late, posts, unopened};

/// A post as it was taken in.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    /// Its place at the relay.
    pub(super) seq: u64,
    pub(super) post: &'a Post,
    /// It has a line that says that it could not be opened.
    pub(super) is_unreadable: bool,
}

/// Tells of something that the relay handed over and nobody shall see.
// PST-16
pub(super) fn refuse(txn: &mut Txn<'_>, topic_id: TopicId, error: &ClientError) {
    txn.emit(Event::TopicError {
        topic_id,
        failure: FailureRecord::of(error).failure(),
    });
}

fn line(post: &Post, text: Option<String>, mentions: Vec<UserId>) -> PostRecord {
    PostRecord {
        version: Version1,
        post_id: post.header.post_id,
        author: post.header.author,
        parent_id: post.header.parent_id,
        sent_at: post.header.sent_at_ms,
        epoch: post.header.epoch,
        state: PostState::Stored,
        text,
        mentions,
        failure: None,
    }
}

/// A post of the history whose key is not to be had.
pub(super) fn unreadable(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    record: &mut TopicRecord,
    seen: Seen<'_>,
) -> Result<(), ClientError> {
    let seq = seen.seq;
    unopened::note(txn, topic_id, seen.post.header.epoch, seq)?;
    if seen.is_unreadable {
        return Ok(());
    }
    let mut shown = line(seen.post, None, Vec::new());
    shown.failure = Some(FailureRecord {
        code: "decrypt".to_owned(),
        message: "nobody has shared the key of this post's epoch".to_owned(),
    });
    posts::put(txn, topic_id, seq, &shown)?;
    posts::tell(txn, topic_id, record, seq, Event::Post)
}

/// Does what an authenticated post says.
pub(super) fn show(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    record: &mut TopicRecord,
    seen: Seen<'_>,
    content: PostContent,
    author: &DeviceCertificate,
    way: Way,
) -> Result<(), ClientError> {
    let Seen { seq, post, .. } = seen;
    let user = author.address.user_id;
    let rank = record.topic_state()?.policy.standing(&Account::of(author));
    let moderates = matches!(
        content,
        PostContent::Pin { .. } | PostContent::ModeratorDelete { .. } | PostContent::Info { .. }
    );
    // PST-14
    if moderates && rank < Rank::Moderator {
        refuse(txn, topic_id, &ClientError::Forbidden);
        return Ok(());
    }
    let is_text = matches!(content, PostContent::Text { .. });
    // PST-22
    if way == Way::Forward && !is_text && late::is_certain(txn, topic_id, record, &post.header)? {
        refuse(txn, topic_id, &ClientError::LatePost);
        return Ok(());
    }
    if matches!(content, PostContent::Edit { .. }) {
        late::note_edit(txn, topic_id, record, &post.header, seq)?;
    }
    match content {
        PostContent::Text { text, mentions } => {
            let shown = line(post, Some(text), mentions);
            return show_text(txn, topic_id, record, seen, shown, way);
        }
        PostContent::LinkSecret { secret_id, secret } => {
            if way == Way::Forward && post.header.epoch >= record.removal_epoch {
                record.secret = Some(LinkHistory { secret_id, secret });
            }
        }
        PostContent::Info { title, description } => {
            if seq >= record.info_seq {
                (record.title, record.description) = (title, description);
                record.info_seq = seq;
            }
        }
        content => effects::apply(txn, topic_id, record, &content, (user, seq))?,
    }
    if seen.is_unreadable {
        txn.delete(keys::post(topic_id, seq));
        txn.emit(Event::PostRemoved {
            topic_id,
            post_id: post.header.post_id,
        });
    }
    // Posts without a line are known by their ids too, so that none is played twice.
    let place = keys::post_id(topic_id, post.header.post_id);
    txn.put(place, seq.to_be_bytes().to_vec().into());
    Ok(())
}

fn show_text(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    record: &mut TopicRecord,
    seen: Seen<'_>,
    shown: PostRecord,
    way: Way,
) -> Result<(), ClientError> {
    let seq = seen.seq;
    let own = account::load(txn)?;
    let is_others = shown.author.user_id != own.user_id;
    let mentioned = shown.mentions.contains(&own.user_id);
    let event = match seen.is_unreadable {
        true => Event::PostUpdated,
        false => Event::Post,
    };
    posts::put(txn, topic_id, seq, &shown)?;
    if let Some(parent) = shown.parent_id {
        effects::add_reply(txn, topic_id, parent, seq)?;
    }
    if way == Way::Forward {
        if record.last_post < keys::PENDING {
            record.last_post = record.last_post.max(seq);
        }
        if is_others {
            record.unread = record.unread.saturating_add(1);
            record.mentions = record.mentions.saturating_add(u32::from(mentioned));
        }
    } else if record.last_post == 0 {
        record.last_post = seq;
    }
    posts::tell(txn, topic_id, record, seq, event)
}
