//! A topic's record: what the group's members agree on, and how far reading has come.

use crate::client::error::ClientError;
use crate::client::keys::Place;
use crate::client::order::in_order;
use crate::client::txn::Txn;
use crate::client::views::{Event, Failure};
use crate::client::{account, contacts};
use crate::crypto::sign::Ed25519PublicKey;
use crate::forum::archive::ArchiveKey;
use crate::forum::policy;
use crate::forum::state::GroupId;
use crate::forum::wire::{Account, History, TopicState};
use crate::store::{Collection, KeyRange, Query};
use crate::wire::{Address, DeviceCertificate, Flag, TopicId, UserId, Version1, Wire as _};

use super::keys;
use super::posts;
use super::records::{
    FailureRecord, KeyBytes, KeyRecord, MemberDevice, MembersRecord, Standing, TopicRecord,
};
use super::views::{Topic, TopicMember, TopicRole, TopicStanding};
use crate::client::records::{AccountRecord, UserRecord, decode};

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

    /// Which group it is.
    pub(super) const fn group(&self, topic_id: TopicId) -> GroupId {
        GroupId {
            topic_id,
            generation: self.generation,
        }
    }

    /// Where the archive key of an epoch is.
    pub(super) fn place(&self, topic_id: TopicId, epoch: u64) -> Place {
        keys::key(topic_id, self.generation, epoch)
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

/// How far a topic has been taken in: epoch, seq, oldest seq.
pub(crate) fn cursor(txn: &mut Txn<'_>, id: TopicId) -> Result<(u64, u64, u64), ClientError> {
    let record = load(txn, id)?;
    Ok((record.epoch, record.seq, record.oldest))
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

/// Keeps an archive key that the group itself gave.
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
    let keys = archive_keys(txn, record.place(id, record.epoch))?;
    let key = keys.and_then(|record| record.keys.into_iter().next());
    key.map(|KeyBytes(key)| key)
        .ok_or(ClientError::Corrupt("archive key"))
}

/// The stays of a user's devices in the group.
pub(super) fn devices(
    txn: &mut Txn<'_>,
    id: TopicId,
    user: UserId,
) -> Result<MembersRecord, ClientError> {
    let record = txn.record(keys::members(id, user))?;
    Ok(record.unwrap_or(MembersRecord {
        version: Version1,
        members: Vec::new(),
    }))
}

/// The certificate of a device that was in the group in an epoch.
pub(super) fn member_in(
    txn: &mut Txn<'_>,
    id: TopicId,
    address: Address,
    epoch: u64,
) -> Result<Option<DeviceCertificate>, ClientError> {
    let record = devices(txn, id, address.user_id)?;
    let stays = record.members.into_iter();
    let mut found = stays.filter(|stay| {
        stay.certificate.address == address
            && stay.from_epoch <= epoch
            && stay.to_epoch.is_none_or(|gone| epoch < gone)
    });
    Ok(found.next().map(|stay| stay.certificate))
}

/// Notes who came and went with the epoch that has begun.
pub(super) fn note_members(
    txn: &mut Txn<'_>,
    id: TopicId,
    record: &mut TopicRecord,
    added: &[DeviceCertificate],
    removed: &[DeviceCertificate],
) -> Result<(), ClientError> {
    let everybody = || added.iter().chain(removed);
    let mut places: Vec<_> = everybody()
        .map(|certificate| keys::members(id, certificate.address.user_id))
        .collect();
    places.extend(
        everybody().map(|certificate| crate::client::keys::user(certificate.address.user_id)),
    );
    txn.load(places)?;
    for certificate in removed {
        let user = certificate.address.user_id;
        let mut known = devices(txn, id, user)?;
        for stay in &mut known.members {
            if stay.certificate == *certificate && stay.to_epoch.is_none() {
                stay.to_epoch = Some(record.epoch);
            }
        }
        let others = known
            .members
            .iter()
            .any(|stay| stay.to_epoch.is_none() && same_account(&stay.certificate, certificate));
        if !others {
            record.members = record.members.saturating_sub(1);
            record.blocked.retain(|blocked| *blocked != user);
        }
        txn.save(keys::members(id, user), &known)?;
    }
    for certificate in added {
        let user = certificate.address.user_id;
        let mut known = devices(txn, id, user)?;
        let others = known
            .members
            .iter()
            .any(|stay| stay.to_epoch.is_none() && same_account(&stay.certificate, certificate));
        if !others {
            record.members = record.members.saturating_add(1);
        }
        known.members.push(MemberDevice {
            certificate: certificate.clone(),
            from_epoch: record.epoch,
            to_epoch: None,
        });
        txn.save(keys::members(id, user), &known)?;
        if is_stranger_key(txn, user, &certificate.account_key)? && !record.blocked.contains(&user)
        {
            record.blocked.push(user);
        }
    }
    Ok(())
}

fn same_account(one: &DeviceCertificate, other: &DeviceCertificate) -> bool {
    Account::of(one) == Account::of(other)
}

/// Whether another account key is pinned for the user than this one.
// PST-10
pub(super) fn is_stranger_key(
    txn: &mut Txn<'_>,
    user: UserId,
    account_key: &Ed25519PublicKey,
) -> Result<bool, ClientError> {
    let own = account::load(txn)?;
    if own.user_id == user {
        return Ok(own.account_key != *account_key);
    }
    Ok(contacts::load(txn, user)?.is_some_and(|known| known.account_key != *account_key))
}

/// Whether somebody whose key is not the pinned one is (still) in the topic. Who was accepted meanwhile is let go.
pub(super) fn still_blocked(
    txn: &mut Txn<'_>,
    id: TopicId,
    record: &mut TopicRecord,
) -> Result<bool, ClientError> {
    let mut blocked = Vec::new();
    for user in record.blocked.clone() {
        for stay in devices(txn, id, user)?.members {
            let present = stay.certificate.address.user_id == user && stay.to_epoch.is_none();
            if present && is_stranger_key(txn, user, &stay.certificate.account_key)? {
                blocked.push(user);
                break;
            }
        }
    }
    record.blocked = blocked;
    Ok(!record.blocked.is_empty())
}

/// Everybody in the topic, and who is banned.
pub(crate) fn members(txn: &mut Txn<'_>, id: TopicId) -> Result<Vec<TopicMember>, ClientError> {
    let record = load(txn, id)?;
    let state = record.topic_state()?;
    let own = account::load(txn)?;
    let found = txn.scan(Query::scan(
        Collection::ForumMembers,
        KeyRange::prefix(id.as_bytes()),
    ))?;
    let mut accounts: Vec<(Account, u32)> = Vec::new();
    let mut order = Vec::new();
    for found in &*found {
        let record: MembersRecord = decode(found.value.as_bytes())?;
        for stay in record.members.iter().filter(|stay| stay.to_epoch.is_none()) {
            let account = Account::of(&stay.certificate);
            let key = [
                account.user_id.as_bytes().as_slice(),
                account.account_key.as_bytes(),
            ]
            .concat();
            order.push((key, accounts.len()));
            accounts.push((account, 1));
        }
    }
    let mut accounts = in_order(accounts, order);
    accounts.dedup_by(|later, first| {
        let same = later.0 == first.0;
        if same {
            first.1 += later.1;
        }
        same
    });
    let banned = state.admission.bans.iter().map(|account| (*account, 0));
    accounts.extend(banned);
    txn.load(
        accounts
            .iter()
            .map(|(account, _)| crate::client::keys::user(account.user_id))
            .collect(),
    )?;
    let mut members = Vec::with_capacity(accounts.len());
    for (account, devices) in accounts {
        let known = contacts::load(txn, account.user_id)?;
        members.push(member(&own, &state, &account, devices, known.as_ref()));
    }
    Ok(members)
}

fn member(
    own: &AccountRecord,
    state: &TopicState,
    account: &Account,
    devices: u32,
    known: Option<&UserRecord>,
) -> TopicMember {
    let is_own = own.user_id == account.user_id;
    let pinned = known.is_some_and(|known| known.account_key == account.account_key);
    let key_state = match known {
        _ if is_own => "self",
        None => "unknown",
        Some(known) if pinned && known.candidate.is_none() => "pinned",
        Some(_) => "changed",
    };
    let username = known.map_or_else(String::new, |known| known.username.clone());
    TopicMember {
        user_id: account.user_id,
        username: if is_own {
            own.username.clone()
        } else {
            username
        },
        role: role_of(state, account),
        devices,
        verified: is_own || (key_state == "pinned" && known.is_some_and(|known| known.verified.0)),
        key_state,
        banned: devices == 0,
    }
}
