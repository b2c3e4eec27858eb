//! Who is in a topic's group and who was, device by device, as commits told; and whether each is who this profile knows.

use crate::client::error::ClientError;
use crate::client::keys::{CHANGED_PIN, changed_pin};
use crate::client::order::in_order;
use crate::client::records::{AccountRecord, UserRecord, decode};
use crate::client::txn::Txn;
use crate::client::{account, contacts};
use crate::crypto::sign::Ed25519PublicKey;
use crate::forum::wire::{Account, TopicState};
use crate::store::{Collection, KeyRange, Query};
use crate::wire::{Address, DeviceCertificate, TopicId, UserId, Version1};

use super::keys;
use super::records::{MemberDevice, MembersRecord, TopicRecord};
use super::topic::{load, role_of, save_and_tell};
use super::views::TopicMember;

impl MembersRecord {
    /// The devices that are in the group now.
    pub(super) fn present(&self) -> impl Iterator<Item = &DeviceCertificate> {
        let stays = self.members.iter().filter(|stay| stay.to_epoch.is_none());
        stays.map(|stay| &stay.certificate)
    }

    /// Whether a device of the same account is in the group now.
    pub(super) fn has_account_of(&self, certificate: &DeviceCertificate) -> bool {
        let account = Account::of(certificate);
        self.present()
            .any(|present| Account::of(present) == account)
    }
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

/// A device's stay in the group in an epoch.
pub(super) fn stay_in(
    txn: &mut Txn<'_>,
    id: TopicId,
    address: Address,
    epoch: u64,
) -> Result<Option<MemberDevice>, ClientError> {
    let record = devices(txn, id, address.user_id)?;
    let stays = record.members.into_iter();
    let mut found = stays.filter(|stay| {
        stay.certificate.address == address
            && stay.from_epoch <= epoch
            && stay.to_epoch.is_none_or(|gone| epoch < gone)
    });
    Ok(found.next())
}

/// The certificate of a device that was in the group in an epoch.
pub(super) fn member_in(
    txn: &mut Txn<'_>,
    id: TopicId,
    address: Address,
    epoch: u64,
) -> Result<Option<DeviceCertificate>, ClientError> {
    let stay = stay_in(txn, id, address, epoch)?;
    Ok(stay.map(|stay| stay.certificate))
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
        if !known.has_account_of(certificate) {
            record.members = record.members.saturating_sub(1);
            record.blocked.retain(|blocked| *blocked != user);
        }
        txn.save(keys::members(id, user), &known)?;
    }
    for certificate in added {
        let user = certificate.address.user_id;
        let mut known = devices(txn, id, user)?;
        if !known.has_account_of(certificate) {
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

/// The account key that is pinned for a user, this profile's own among them.
pub(super) fn pinned_key(
    txn: &mut Txn<'_>,
    user: UserId,
) -> Result<Option<Ed25519PublicKey>, ClientError> {
    let own = account::load(txn)?;
    if own.user_id == user {
        return Ok(Some(own.account_key));
    }
    Ok(contacts::load(txn, user)?.map(|known| known.account_key))
}

/// Whether another account key is pinned for the user than this one.
// PST-10
fn is_stranger_key(
    txn: &mut Txn<'_>,
    user: UserId,
    account_key: &Ed25519PublicKey,
) -> Result<bool, ClientError> {
    Ok(pinned_key(txn, user)?.is_some_and(|pinned| pinned != *account_key))
}

/// Whether somebody whose key is not the pinned one is (still) in the topic. Who was accepted meanwhile is let go.
pub(super) fn still_blocked(
    txn: &mut Txn<'_>,
    id: TopicId,
    record: &mut TopicRecord,
) -> Result<bool, ClientError> {
    let mut blocked = Vec::new();
    for user in record.blocked.clone() {
        if has_stranger_key(txn, id, user)? {
            blocked.push(user);
        }
    }
    record.blocked = blocked;
    Ok(!record.blocked.is_empty())
}

/// Judges the members again for whom another key is pinned than when they came in, and tells of the topics for which that makes a difference.
// PST-10
pub(super) fn judge_changed_pins(txn: &mut Txn<'_>) -> Result<(), ClientError> {
    let noted = txn.scan(Query::scan(Collection::Meta, KeyRange::prefix(CHANGED_PIN)))?;
    let ids = noted
        .iter()
        .filter_map(|found| found.key.last_chunk::<16>());
    let users: Vec<UserId> = ids.map(|id| UserId::from_bytes(*id)).collect();
    if users.is_empty() {
        return Ok(());
    }
    let topics = txn.scan(Query::scan(Collection::ForumTopics, KeyRange::all()))?;
    txn.each(topics.iter(), |txn, found| {
        let id = found.key.first_chunk::<16>();
        let id = TopicId::from_bytes(*id.ok_or(ClientError::Corrupt("topic key"))?);
        let mut record = load(txn, id)?;
        let before = record.blocked.clone();
        txn.each(&users, |txn, user| judge(txn, id, &mut record, *user))?;
        if record.blocked == before {
            return Ok(());
        }
        save_and_tell(txn, id, &record).map(drop)
    })?;
    for user in users {
        txn.delete(changed_pin(user));
    }
    Ok(())
}

fn judge(
    txn: &mut Txn<'_>,
    id: TopicId,
    record: &mut TopicRecord,
    user: UserId,
) -> Result<(), ClientError> {
    let is_blocked = has_stranger_key(txn, id, user)?;
    record
        .blocked
        .retain(|blocked| *blocked != user || is_blocked);
    if is_blocked && !record.blocked.contains(&user) {
        record.blocked.push(user);
    }
    Ok(())
}

/// Whether a device of the user's is in the group under another account key than the pinned one.
fn has_stranger_key(txn: &mut Txn<'_>, id: TopicId, user: UserId) -> Result<bool, ClientError> {
    for present in devices(txn, id, user)?.present() {
        let is_theirs = present.address.user_id == user;
        if is_theirs && is_stranger_key(txn, user, &present.account_key)? {
            return Ok(true);
        }
    }
    Ok(false)
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
        for present in record.present() {
            let account = Account::of(present);
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
