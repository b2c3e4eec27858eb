//! A topic's record: what the group's members agree on, and how far reading has come.

use crate::client::account;
use crate::client::error::ClientError;
use crate::client::keys::Place;
use crate::client::order::in_order;
use crate::client::txn::Txn;
use crate::client::views::{Event, Failure};
use crate::forum::archive::ArchiveKey;
use crate::forum::policy;
use crate::forum::state::GroupId;
use crate::forum::wire::{Account, History, TopicState};
use crate::store::{Collection, KeyRange, Query};
use crate::wire::{Flag, TopicId, Version1, Wire as _};

use super::keys;
use super::posts;
use super::records::{FailureRecord, KeyBytes, KeyRecord, Standing, TopicRecord};
use super::views::{Topic, TopicRole, TopicStanding};
use crate::client::records::{AccountRecord, decode};

/// A topic that this device knows.
pub(super) fn load(txn: &mut Txn<'_>, id: TopicId) -> Result<TopicRecord, ClientError> {
    find(txn, id)?.ok_or(ClientError::NotFound("topic"))
}

pub(super) fn find(txn: &mut Txn<'_>, id: TopicId) -> Result<Option<TopicRecord>, ClientError> {
    txn.record(keys::topic(id))
}

/// A topic of which this device is a member now.
pub(super) fn load_active(txn: &mut Txn<'_>, id: TopicId) -> Result<TopicRecord, ClientError> {
    let record = load(txn, id)?;
    match record.standing {
        Standing::Active => Ok(record),
        _ => Err(ClientError::NotAMember),
    }
}

pub(super) fn save(
    txn: &mut Txn<'_>,
    id: TopicId,
    record: &TopicRecord,
) -> Result<(), ClientError> {
    txn.save(keys::topic(id), record)
}

/// Saves it and tells listeners.
pub(super) fn save_and_tell(
    txn: &mut Txn<'_>,
    id: TopicId,
    record: &TopicRecord,
) -> Result<(), ClientError> {
    save(txn, id, record)?;
    let topic = view(txn, id, record)?;
    txn.emit(Event::Topic(topic));
    Ok(())
}

impl TopicRecord {
    pub(super) fn topic_state(&self) -> Result<TopicState, ClientError> {
        TopicState::from_bytes(self.state.as_slice())
            .map_err(|_| ClientError::Corrupt("TopicState"))
    }

    /// Somebody was removed with the epoch that has begun: what links carried has ended with the invitations.
    pub(super) fn note_removal(&mut self) {
        self.secret = None;
        self.removal_epoch = self.epoch;
    }

    /// Which group it is.
    pub(super) const fn group(&self, topic_id: TopicId) -> GroupId {
        GroupId {
            topic_id,
            generation: self.generation,
        }
    }
}

impl FailureRecord {
    pub(super) fn of(error: &ClientError) -> Self {
        Self {
            code: error.code().to_owned(),
            message: error.to_string(),
        }
    }

    pub(super) fn failure(&self) -> Failure {
        Failure {
            code: self.code.clone(),
            message: self.message.clone(),
        }
    }
}

/// The account of this profile.
pub(super) const fn own_account(own: &AccountRecord) -> Account {
    Account {
        user_id: own.user_id,
        account_key: own.account_key,
    }
}

pub(super) fn role_of(state: &TopicState, account: &Account) -> TopicRole {
    match state.policy.standing(account) {
        policy::Standing::Owner => TopicRole::Owner,
        policy::Standing::Moderator => TopicRole::Moderator,
        policy::Standing::Member => TopicRole::Member,
    }
}

/// What callers see.
pub(super) fn view(
    txn: &mut Txn<'_>,
    id: TopicId,
    record: &TopicRecord,
) -> Result<Topic, ClientError> {
    let own = account::load(txn)?;
    let state = record.topic_state()?;
    let last_post = match record.last_post {
        0 => None,
        order => posts::view_at(txn, id, record, order)?,
    };
    Ok(Topic {
        id,
        forum_id: record.forum_id,
        title: record.title.clone(),
        description: record.description.clone(),
        visibility: state.policy.visibility,
        history: state.policy.history,
        history_days: (state.policy.history == History::LastDays)
            .then_some(u32::from(state.policy.history_days)),
        inviters: state.policy.inviters,
        standing: TopicStanding(record.standing),
        role: role_of(&state, &own_account(&own)),
        members: record.members,
        epoch: record.epoch,
        joined_at: record.joined_at,
        unread: record.unread,
        mentions: record.mentions,
        last_post,
        blocked: record.blocked.clone(),
        error: record.failure.as_ref().map(FailureRecord::failure),
    })
}

pub(crate) fn one(txn: &mut Txn<'_>, id: TopicId) -> Result<Option<Topic>, ClientError> {
    match find(txn, id)? {
        Some(record) => view(txn, id, &record).map(Some),
        None => Ok(None),
    }
}

/// All topics, by title.
pub(crate) fn list(txn: &mut Txn<'_>) -> Result<Vec<Topic>, ClientError> {
    let found = txn.scan(Query::scan(Collection::ForumTopics, KeyRange::all()))?;
    let (mut topics, mut order) = (Vec::with_capacity(found.len()), Vec::new());
    txn.each(found.iter(), |txn, found| {
        let id = found.key.first_chunk::<16>();
        let id = TopicId::from_bytes(*id.ok_or(ClientError::Corrupt("topic key"))?);
        let record: TopicRecord = decode(found.value.as_bytes())?;
        let name = [record.title.as_bytes(), &[0], id.as_bytes()].concat();
        let topic = view(txn, id, &record)?;
        order.push((name, topics.len()));
        topics.push(topic);
        Ok(())
    })?;
    Ok(in_order(topics, order))
}

/// How far a topic has been taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TopicCursor {
    /// The epoch.
    pub epoch: u64,
    /// Everything up to this place has been taken in,
    pub seq: u64,
    /// and everything from this one on.
    pub oldest: u64,
    /// There is nothing older that can be read.
    pub complete: bool,
}

pub(crate) fn cursor(txn: &mut Txn<'_>, id: TopicId) -> Result<TopicCursor, ClientError> {
    let record = load(txn, id)?;
    Ok(TopicCursor {
        epoch: record.epoch,
        seq: record.seq,
        oldest: record.oldest,
        complete: record.complete.0,
    })
}

pub(crate) fn mark_read(txn: &mut Txn<'_>, id: TopicId) -> Result<Topic, ClientError> {
    let mut record = load(txn, id)?;
    if record.unread > 0 || record.mentions > 0 || record.read != record.seq {
        (record.unread, record.mentions, record.read) = (0, 0, record.seq);
        save_and_tell(txn, id, &record)?;
    }
    view(txn, id, &record)
}

/// The relay says that this device is in the group no longer. That is its word alone: nothing more is sent or fetched, but no key goes, so that the device
/// can take its own place again.
pub(crate) fn gone(txn: &mut Txn<'_>, id: TopicId) -> Result<(), ClientError> {
    let Some(mut record) = find(txn, id)? else {
        return Ok(());
    };
    if record.standing == Standing::Active || record.standing == Standing::Joining {
        record.standing = Standing::Removed;
        save_and_tell(txn, id, &record)?;
        txn.emit(Event::TopicRemoved(id));
    }
    Ok(())
}

/// Ends the membership: the group's secrets go, and with them what could read on.
pub(super) fn end(
    txn: &mut Txn<'_>,
    id: TopicId,
    record: &mut TopicRecord,
    standing: Standing,
) -> Result<(), ClientError> {
    record.standing = standing;
    record.secret = None;
    record.blocked = Vec::new();
    record.complete = Flag(true);
    txn.delete(keys::group(id));
    txn.delete(keys::heirs(id));
    txn.delete_prefix(Collection::ForumKeys, id.as_bytes());
    save_and_tell(txn, id, record)?;
    txn.emit(Event::TopicRemoved(id));
    Ok(())
}

/// The archive keys that are known of an epoch: the right one, or candidates.
pub(super) fn archive_keys(
    txn: &mut Txn<'_>,
    place: Place,
) -> Result<Option<KeyRecord>, ClientError> {
    txn.record(place)
}

/// Keeps an archive key that is known to be the right one: the group gave it, or a post commits to it.
pub(super) fn keep_key(
    txn: &mut Txn<'_>,
    place: Place,
    key: ArchiveKey,
) -> Result<(), ClientError> {
    let record = KeyRecord {
        version: Version1,
        confirmed: Flag(true),
        keys: vec![KeyBytes(key)],
    };
    txn.save(place, &record)
}

/// The archive key of the present epoch.
pub(super) fn present_key(
    txn: &mut Txn<'_>,
    id: TopicId,
    record: &TopicRecord,
) -> Result<ArchiveKey, ClientError> {
    let keys = archive_keys(txn, keys::key(id, record.epoch))?;
    let key = keys.and_then(|record| record.keys.into_iter().next());
    key.map(|KeyBytes(key)| key)
        .ok_or(ClientError::Corrupt("archive key"))
}
