//! Where the records of topics are.

use crate::client::keys::Place;
use crate::forum::state::generation_of;
use crate::store::Collection;
use crate::wire::{PostId, TopicId, UserId};

/// Posts that have no place at the relay yet are ordered after all that have.
pub(super) const PENDING: u64 = 1 << 52;

fn under(collection: Collection, topic: TopicId, rest: &[u8]) -> Place {
    (collection, [topic.as_bytes().as_slice(), rest].concat())
}

/// [`super::records::TopicRecord`].
pub(super) fn topic(topic: TopicId) -> Place {
    under(Collection::ForumTopics, topic, &[])
}

/// The group's secret state.
pub(super) fn group(topic: TopicId) -> Place {
    under(Collection::ForumGroups, topic, &[])
}

/// [`super::outbox_records::HeirsRecord`].
pub(super) fn heirs(topic: TopicId) -> Place {
    under(Collection::ForumGroups, topic, b"heirs")
}

/// [`super::records::KeyRecord`], by the epoch's number.
pub(super) fn key(topic: TopicId, epoch: u64) -> Place {
    let generation = generation_of(epoch);
    let rest = [generation.to_be_bytes().as_slice(), &epoch.to_be_bytes()].concat();
    under(Collection::ForumKeys, topic, &rest)
}

/// [`super::records::MembersRecord`]: users by the last byte of their ids, so that one is found by reading a 256th.
pub(super) fn members(topic: TopicId, user: UserId) -> Place {
    let [.., last] = *user.as_bytes();
    under(Collection::ForumMembers, topic, &[last])
}

/// [`super::records::PostRecord`].
pub(super) fn post(topic: TopicId, order: u64) -> Place {
    under(Collection::ForumPosts, topic, &order.to_be_bytes())
}

/// The order in a key of [`post`].
pub(super) fn post_order(key: &[u8]) -> Option<u64> {
    crate::client::keys::number(key.get(16..)?)
}

/// A post's order, eight bytes.
pub(super) fn post_id(topic: TopicId, post: PostId) -> Place {
    under(Collection::ForumPostIds, topic, post.as_bytes())
}

/// [`super::records::EffectsRecord`].
pub(super) fn effects(topic: TopicId, post: PostId) -> Place {
    under(Collection::ForumEffects, topic, post.as_bytes())
}

/// Where the [`super::epoch_records::EpochRecord`]s of a group are.
pub(super) fn epochs(topic: TopicId, generation: u32) -> Vec<u8> {
    [topic.as_bytes().as_slice(), &[1], &generation.to_be_bytes()].concat()
}

/// [`super::epoch_records::EpochRecord`], by the epoch's number.
pub(super) fn epoch(topic: TopicId, epoch: u64) -> Place {
    let rest = epoch.to_be_bytes();
    let key = [epochs(topic, generation_of(epoch)).as_slice(), &rest].concat();
    (Collection::ForumEpochs, key)
}

/// The epoch in a key of [`epoch`].
pub(super) fn epoch_number(key: &[u8]) -> Option<u64> {
    crate::client::keys::number(key.get(21..)?)
}

/// [`super::epoch_records::PrefixRecord`]: an epoch's trail after so many posts.
pub(super) fn prefix(topic: TopicId, epoch: u64, posts: u32) -> Place {
    let (generation, epoch) = (generation_of(epoch).to_be_bytes(), epoch.to_be_bytes());
    let rest = [&[2], generation.as_slice(), &epoch, &posts.to_be_bytes()].concat();
    under(Collection::ForumEpochs, topic, &rest)
}

/// [`super::epoch_records::EditPlaceRecord`].
pub(super) fn edit_place(topic: TopicId, seq: u64) -> Place {
    let rest = [[3].as_slice(), &seq.to_be_bytes()].concat();
    under(Collection::ForumEpochs, topic, &rest)
}

/// [`super::epoch_records::MadeCoverRecord`].
pub(super) fn made_cover(topic: TopicId) -> Place {
    under(Collection::ForumEpochs, topic, &[4])
}

/// Where the last posts are that could not be opened, by their epochs.
pub(super) fn all_unopened(topic: TopicId) -> Vec<u8> {
    [topic.as_bytes().as_slice(), &[5]].concat()
}

/// An epoch's last post that could not be opened: its place, eight bytes.
pub(super) fn unopened(topic: TopicId, epoch: u64) -> Place {
    let rest = epoch.to_be_bytes();
    let key = [all_unopened(topic).as_slice(), &rest].concat();
    (Collection::ForumEpochs, key)
}

/// The epoch in a key of [`unopened`].
pub(super) fn unopened_epoch(key: &[u8]) -> Option<u64> {
    crate::client::keys::number(key.get(17..)?)
}

/// [`super::outbox_records::ForumOutboxRecord`].
pub(super) fn outbox(number: u64) -> Place {
    (Collection::ForumOutbox, number.to_be_bytes().to_vec())
}

/// The number of the next outbox entry, eight bytes.
pub(super) fn outbox_next() -> Place {
    (Collection::Meta, b"forum-outbox-next".to_vec())
}

/// [`super::records::KeyPackagesRecord`].
pub(super) fn key_packages() -> Place {
    (Collection::Meta, b"key-packages".to_vec())
}
