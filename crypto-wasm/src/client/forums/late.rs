//! Posts that were slipped into the past: of who is in the topic no more, and that no commit made while they were vouches for.

use crate::client::error::ClientError;
use crate::client::keys::Place;
use crate::client::txn::Txn;
use crate::client::views::Event;
use crate::forum::wire::PostHeader;
use crate::wire::{Address, TopicId, Version1};

use super::epoch_records::{EditPlaceRecord, EpochRecord};
use super::records::{EditRecord, PostRecord, TopicRecord};
use super::{keys, members, posts};

/// Places that are looked through for posts to tell of again.
const MAX_TOLD: u64 = 500;
/// Epochs before a removal that are looked through.
const MAX_EPOCHS: u64 = 8;

/// The epoch that began without the device that was a member in this one; `None` while its stay goes on, or if it is not known.
fn stay_end(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    author: Address,
    epoch: u64,
) -> Result<Option<u64>, ClientError> {
    let stay = members::stay_in(txn, topic_id, author, epoch)?;
    Ok(stay.and_then(|stay| stay.to_epoch))
}

/// Whether nobody has been removed since an epoch of one's own stay, or it was before.
const fn is_settled(topic: &TopicRecord, epoch: u64) -> bool {
    epoch < topic.join_epoch || topic.removal_epoch <= epoch
}

/// Whether a post at a place is late.
// PST-22
fn is_late(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    topic: &TopicRecord,
    (author, epoch): (Address, u64),
    seq: u64,
) -> Result<bool, ClientError> {
    if seq >= keys::PENDING || is_settled(topic, epoch) {
        return Ok(false);
    }
    let Some(gone) = stay_end(txn, topic_id, author, epoch)? else {
        return Ok(false);
    };
    let place = keys::epoch(topic_id, epoch);
    let known: Option<EpochRecord> = txn.record(place)?;
    Ok(known.is_none_or(|known| seq < known.first_seq || seq > known.vouched_seq(gone)))
}

/// Whether a post, or the text that its author gave it since, is late.
pub(super) fn of_post(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    topic: &TopicRecord,
    (order, post): (u64, &PostRecord),
    edit: Option<&EditRecord>,
) -> Result<bool, ClientError> {
    if is_late(txn, topic_id, topic, (post.author, post.epoch), order)? {
        return Ok(true);
    }
    let Some(edit) = edit.filter(|edit| edit.seq < keys::PENDING && topic.removal_epoch > 0) else {
        return Ok(false);
    };
    let place: Option<EditPlaceRecord> = txn.record(keys::edit_place(topic_id, edit.seq))?;
    match place {
        Some(place) => {
            let of = (place.author, place.epoch);
            is_late(txn, topic_id, topic, of, edit.seq)
        }
        None => Ok(false),
    }
}

/// What [`of_post`] looks at, to be read at once for many.
pub(super) fn places<'a>(
    topic_id: TopicId,
    topic: &TopicRecord,
    posts: impl Iterator<Item = &'a PostRecord>,
) -> Vec<Place> {
    let mut places = Vec::new();
    for post in posts.filter(|post| !is_settled(topic, post.epoch)) {
        places.push(keys::members(topic_id, post.author.user_id));
        places.push(keys::epoch(topic_id, post.epoch));
    }
    places
}

/// Whether the post that comes next in its epoch is late for certain: no cover can vouch for it any more.
// PST-22
pub(super) fn is_certain(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    topic: &TopicRecord,
    header: &PostHeader,
) -> Result<bool, ClientError> {
    if is_settled(topic, header.epoch) {
        return Ok(false);
    }
    let Some(gone) = stay_end(txn, topic_id, header.author, header.epoch)? else {
        return Ok(false);
    };
    let place = keys::epoch(topic_id, header.epoch);
    let known: Option<EpochRecord> = txn.record(place)?;
    Ok(!known.is_some_and(|known| known.may_cover_next(gone)))
}

/// Notes where an edit belongs: it is kept with its target, where neither its epoch nor its device stands.
pub(super) fn note_edit(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    topic: &TopicRecord,
    header: &PostHeader,
    seq: u64,
) -> Result<(), ClientError> {
    if header.epoch < topic.join_epoch {
        return Ok(());
    }
    let place = EditPlaceRecord {
        version: Version1,
        epoch: header.epoch,
        author: header.author,
    };
    txn.save(keys::edit_place(topic_id, seq), &place)
}

/// Tells listeners again of posts of an epoch after the one place and up to the other whose authors are gone: whether they are late
/// may have changed.
pub(super) fn tell(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    topic: &TopicRecord,
    epoch: u64,
    (after, to): (u64, u64),
) -> Result<(), ClientError> {
    if is_settled(topic, epoch) {
        return Ok(());
    }
    let seqs = after.saturating_add(1).max(to.saturating_sub(MAX_TOLD))..=to;
    let places = seqs.clone().map(|seq| keys::post(topic_id, seq));
    txn.load(places.collect())?;
    txn.each(seqs, |txn, seq| {
        let post: Option<PostRecord> = txn.record(keys::post(topic_id, seq))?;
        let Some(post) = post.filter(|post| post.epoch == epoch) else {
            return Ok(());
        };
        if stay_end(txn, topic_id, post.author, epoch)?.is_some() {
            posts::tell(txn, topic_id, topic, seq, Event::PostUpdated)?;
        }
        Ok(())
    })
}

/// The same after somebody was removed, for the last epochs before that, beyond what is vouched for.
pub(super) fn tell_after_removal(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    topic: &TopicRecord,
) -> Result<(), ClientError> {
    let first = topic.epoch.saturating_sub(MAX_EPOCHS).max(topic.join_epoch);
    let place = |epoch| keys::epoch(topic_id, epoch);
    txn.load((first..topic.epoch).map(place).collect())?;
    for epoch in first..topic.epoch {
        let known: Option<EpochRecord> = txn.record(place(epoch))?;
        if let Some(known) = known {
            let beyond = (known.vouched_seq(topic.epoch), known.last_seq);
            tell(txn, topic_id, topic, epoch, beyond)?;
        }
    }
    Ok(())
}
