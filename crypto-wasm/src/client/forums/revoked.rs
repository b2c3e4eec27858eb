//! Leaves of devices that their accounts have revoked. Whoever knows the newer device list may commit their removal; who is quick and who waits first is
//! decided here, so that not everybody commits at once.

use crate::client::account;
use crate::client::error::ClientError;
use crate::client::records::{AccountRecord, decode};
use crate::client::txn::Txn;
use crate::forum::TopicGroup;
use crate::forum::group::Change;
use crate::forum::wire::{Account, Authorization};
use crate::store::{Collection, KeyRange, Query};
use crate::wire::{DeviceCertificate, DeviceList, TopicId, UserId, Version1};

use super::outbox_records::{CommitJob, ForumOutboxRecord, Intent, Job};
use super::records::{MemberDevice, MembersRecord, Standing, TopicRecord};
use super::{keys, members, outbox, topic};

/// Devices of the account itself, and those whose role permits the removal, commit within this time, in milliseconds.
const PROMPT_MS: u64 = 5_000;
/// Everybody else waits this long,
const PATIENCE_MS: u64 = 60_000;
/// and then up to this long more.
const SPREAD_MS: u64 = 10 * 60_000;
/// Leaves that one commit removes at most: each may need a device list as its reason.
const MOST: usize = 16;

/// Whose leaves are looked at.
#[derive(Debug, Clone)]
pub enum Revoked {
    /// Everybody's.
    OfAll,
    /// Those of these users: their device lists were just learnt.
    Of(Vec<UserId>),
}

/// Puts the removal of revoked devices into the outbox, once for each leaf, in every topic. Returns when the next removal that waits is due, if one is due later.
// PST-23
pub(crate) fn look(
    txn: &mut Txn<'_>,
    whose: &Revoked,
    now_ms: u64,
) -> Result<Option<u64>, ClientError> {
    let own = account::load(txn)?;
    if !account::device_list(&own)?
        .devices
        .iter()
        .any(|listed| listed.device_id == own.device_id)
    {
        return Ok(None);
    }
    let mut next: Option<u64> = None;
    let found = txn.scan(Query::scan(Collection::ForumTopics, KeyRange::all()))?;
    txn.each(found.iter(), |txn, found| {
        let id = found.key.first_chunk::<16>();
        let id = TopicId::from_bytes(*id.ok_or(ClientError::Corrupt("topic key"))?);
        let record: TopicRecord = decode(found.value.as_bytes())?;
        if record.standing != Standing::Active {
            return Ok(());
        }
        let mut revoked = unlisted(txn, id, whose)?;
        revoked.retain(|(leaf, _)| leaf.address != own.address());
        if let Some(due) = queue(txn, id, &record, &own, &revoked, now_ms)?
            && due > now_ms
        {
            next = Some(next.map_or(due, |before| before.min(due)));
        }
        Ok(())
    })?;
    Ok(next)
}

/// Leaves with the lists that do not name them.
type Unlisted = Vec<(DeviceCertificate, DeviceList)>;

/// Leaves of a topic that the newest lists of their accounts do not name, each with that list.
// TOP-10
fn unlisted(txn: &mut Txn<'_>, id: TopicId, whose: &Revoked) -> Result<Unlisted, ClientError> {
    let mut stays: Vec<MemberDevice> = Vec::new();
    match whose {
        Revoked::OfAll => {
            let all = KeyRange::prefix(id.as_bytes());
            for found in &*txn.scan(Query::scan(Collection::ForumMembers, all))? {
                let kept: MembersRecord = decode(found.value.as_bytes())?;
                stays.extend(kept.members);
            }
        }
        Revoked::Of(users) => {
            for user in users {
                let mut kept = members::devices(txn, id, *user)?.members;
                kept.retain(|stay| stay.certificate.address.user_id == *user);
                stays.extend(kept);
            }
        }
    }
    stays.retain(|stay| stay.to_epoch.is_none());
    let mut places = Vec::with_capacity(stays.len());
    for stay in &stays {
        places.push(crate::client::keys::user(stay.certificate.address.user_id));
    }
    txn.load(places)?;
    let mut revoked = Vec::new();
    for stay in stays {
        if let Some(list) = list_without(txn, &stay.certificate)? {
            revoked.push((stay.certificate, list));
        }
    }
    Ok(revoked)
}

/// The newest list of a leaf's account, if it says that the device was revoked. An older list than the device's certificate says nothing of it, and another
/// account key than the pinned one is the person's business.
// TOP-10
fn list_without(
    txn: &mut Txn<'_>,
    leaf: &DeviceCertificate,
) -> Result<Option<DeviceList>, ClientError> {
    let list = match account::list_of(txn, leaf.address.user_id) {
        // Nothing is known of the user, or no list yet.
        Err(ClientError::NotFound(_) | ClientError::DeviceNotListed) => return Ok(None),
        other => other?,
    };
    Ok(list.revokes(leaf).then_some(list))
}

/// Puts one removal down for the leaves, unless one waits already. Gives when that is due.
fn queue(
    txn: &mut Txn<'_>,
    id: TopicId,
    record: &TopicRecord,
    own: &AccountRecord,
    revoked: &[(DeviceCertificate, DeviceList)],
    now_ms: u64,
) -> Result<Option<u64>, ClientError> {
    let mut waiting = None;
    let mut is_under_way = false;
    for (number, job) in outbox::commits(txn, id)? {
        if let Intent::Revoked(before) = job.intent {
            waiting = Some((number, before));
            is_under_way = job.built.is_some();
        }
    }
    // What is under way takes out all that were known when it was made; the next look sees to the others.
    if revoked.is_empty() || is_under_way {
        return Ok(waiting.map(|(_, before)| before));
    }
    let (state, account) = (record.topic_state()?, topic::own_account(own));
    let mut is_prompt = false;
    for (leaf, _) in revoked {
        is_prompt |= state.policy.may_remove(&account, &Account::of(leaf));
    }
    let drawn = u64::from(txn.rng.next_u32());
    let wait = if is_prompt {
        drawn % PROMPT_MS
    } else {
        PATIENCE_MS + drawn % SPREAD_MS
    };
    let due = now_ms.saturating_add(wait);
    let job = Job::Commit(CommitJob {
        intent: Intent::Revoked(due),
        built: None,
    });
    match waiting {
        // It waits already; it is hurried if that has become this device's part.
        Some((_, before)) if before <= now_ms.saturating_add(PROMPT_MS) || !is_prompt => {
            return Ok(Some(before));
        }
        Some((number, _)) => {
            let sooner = ForumOutboxRecord {
                version: Version1,
                topic_id: id,
                job,
            };
            txn.save(keys::outbox(number), &sooner)?;
        }
        None => {
            outbox::push(txn, id, job)?;
        }
    }
    Ok(Some(due))
}

/// The removal of the revoked devices that are still in the group, with the lists that say so where this account's role does not permit it.
// TOP-10, PST-23
pub(super) fn change(
    txn: &mut Txn<'_>,
    id: TopicId,
    group: &TopicGroup,
) -> Result<Option<Change>, ClientError> {
    let own = group.own()?.certificate;
    let mut change = Change::default();
    let mut shown: Vec<UserId> = Vec::new();
    for (leaf, list) in unlisted(txn, id, &Revoked::OfAll)? {
        let is_there = group
            .member(leaf.address)
            .is_ok_and(|member| member.certificate == leaf);
        if !is_there || leaf == own || change.remove.len() == MOST {
            continue;
        }
        change.remove.push(leaf.address);
        let policy = &group.state().policy;
        let permitted = policy.may_remove(&Account::of(&own), &Account::of(&leaf));
        if !permitted && !shown.contains(&list.user_id) {
            shown.push(list.user_id);
            change
                .authorizations
                .push(Authorization::NewDeviceList(list));
        }
    }
    Ok((!change.remove.is_empty()).then_some(change))
}
