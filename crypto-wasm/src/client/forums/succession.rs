//! A topic goes on where a commit that the relay took cannot be applied by anybody (§7): an owner's device founds the topic's next group and
//! brings everybody in who was in the last epoch that all had, with KeyPackages that the relay keeps for them.

use crate::client::account;
use crate::client::error::ClientError;
use crate::client::txn::Txn;
use crate::forum::TopicGroup;
use crate::forum::archive::ArchiveKey;
use crate::forum::group::describe_key_package;
use crate::forum::policy::Standing as Rank;
use crate::forum::state::generation_of;
use crate::forum::wire::Account;
use crate::store::Collection;
use crate::wire::{Address, DeviceCertificate, TopicId, Version1, Wire as _};

use super::outbox_records::{CommitJob, HeirsRecord, Intent, Job, LinksJob, SuccessionJob};
use super::records::{FailureRecord, KeyBytes, Standing, TopicRecord};
use super::{group, keys, members, outbox, topic};

/// The code of a topic whose newest commit cannot be applied.
const BROKEN: &str = "commit-broken";

impl TopicRecord {
    /// Whether the newest commit cannot be applied, so that the topic waits for its next group.
    pub(super) fn is_broken(&self) -> bool {
        self.failure
            .as_ref()
            .is_some_and(|failure| failure.code == BROKEN)
    }

    /// Notes that the newest commit cannot be applied; whether that is news.
    pub(super) fn note_broken(&mut self, error: &ClientError) -> bool {
        let is_news = !self.is_broken();
        self.failure = Some(FailureRecord::of(error));
        is_news
    }
}

/// Puts down the founding of the topic's next group, if this account is an owner's and the newest commit, given here, cannot be applied.
/// Whoever made that commit is left behind. Whether there is something to send.
// TOP-24
pub(crate) fn succeed(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    broken: &[u8],
    now_ms: u64,
) -> Result<bool, ClientError> {
    let record = topic::load_active(txn, topic_id)?;
    let own = topic::own_account(&account::load(txn)?);
    let is_owner = record.topic_state()?.policy.standing(&own) == Rank::Owner;
    if !record.is_broken() || !is_owner || outbox::founds(txn, topic_id)? {
        return Ok(false);
    }
    let mut held = group::load(txn, topic_id)?;
    let committer = held.committer(broken);
    // Nobody's word is taken for it, not even that of this device some time ago.
    if !matches!(
        held.process(broken).map_err(ClientError::from),
        Err(error) if error.code() == BROKEN
    ) {
        return Ok(false);
    }
    let device = account::device(txn)?;
    let mut next = held.succeed(&device, now_ms / 1000, txn.rng)?;
    let left = [Some(device.certificate().certificate().clone()), committer];
    let members = held.members()?.into_iter().map(|member| member.certificate);
    let job = SuccessionJob {
        group_info: next.group_info()?,
        tree: next.tree()?,
        policy: next.state().policy.to_bytes()?,
        epoch: next.epoch(),
        state: next.state().to_bytes()?,
        key: KeyBytes(group::archive_key(&next)?),
        after: next.export()?,
        heirs: members
            .filter(|certificate| !left.contains(&Some(certificate.clone())))
            .collect(),
    };
    outbox::push(txn, topic_id, Job::Succeed(job))?;
    Ok(true)
}

/// The relay has the next group: this device is in it, and the others are to follow.
pub(super) fn founded(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    job: SuccessionJob,
) -> Result<(), ClientError> {
    let mut record = topic::load(txn, topic_id)?;
    let (last, before) = (record.epoch, topic::present_key(txn, topic_id, &record)?);
    let own = account::device(txn)?.certificate().certificate().clone();
    txn.put(keys::group(topic_id), job.after);
    let heirs = HeirsRecord {
        version: Version1,
        heirs: job.heirs,
    };
    save_heirs(txn, topic_id, &heirs)?;
    move_to(txn, topic_id, &mut record, job.epoch, job.state)?;
    members::note_members(txn, topic_id, &mut record, &[own], &[])?;
    bridge(txn, topic_id, &record, &job.key.0, (last, &before))?;
    let place = keys::key(topic_id, record.epoch);
    topic::keep_key(txn, place, job.key.0)?;
    topic::save_and_tell(txn, topic_id, &record).map(drop)
}

/// A member comes into the topic's next group. What it has read and not read stays as it is; whether that is what happens here.
pub(super) fn follow(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    known: &TopicRecord,
    joined: &TopicGroup,
) -> Result<Option<TopicRecord>, ClientError> {
    if joined.id().generation <= known.generation || txn.get(keys::group(topic_id))?.is_none() {
        return Ok(None);
    }
    let mut record = topic::load(txn, topic_id)?;
    let (last, before) = (record.epoch, topic::present_key(txn, topic_id, &record)?);
    move_to(
        txn,
        topic_id,
        &mut record,
        joined.epoch(),
        joined.state().to_bytes()?,
    )?;
    record.standing = Standing::Active;
    // The founder may have had less of the old group than this device: then the rest is lost unless somebody tells.
    bridge(
        txn,
        topic_id,
        &record,
        &group::archive_key(joined)?,
        (last, &before),
    )?;
    Ok(Some(record))
}

fn move_to(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    record: &mut TopicRecord,
    epoch: u64,
    state: Vec<u8>,
) -> Result<(), ClientError> {
    txn.delete_prefix(Collection::ForumMembers, topic_id.as_bytes());
    record.epoch = epoch;
    record.generation = generation_of(epoch);
    record.join_epoch = epoch;
    record.state = state;
    record.awaited_epoch = 0;
    record.members = 0;
    record.blocked = Vec::new();
    record.failure = None;
    record.note_removal();
    Ok(())
}

/// Offers the way back from the next group to the last epoch of the one before.
// PST-6
fn bridge(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    record: &TopicRecord,
    key: &ArchiveKey,
    (last, before): (u64, &ArchiveKey),
) -> Result<(), ClientError> {
    let now = group::keyed(record.epoch, key);
    let earlier = group::keyed(last, before);
    let links = vec![group::link(txn, record.group(topic_id), &now, &earlier)?];
    let wraps = Vec::new();
    outbox::push(txn, topic_id, Job::Links(LinksJob { links, wraps }))?;
    Ok(())
}

fn save_heirs(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    record: &HeirsRecord,
) -> Result<(), ClientError> {
    if record.heirs.is_empty() {
        txn.delete(keys::heirs(topic_id));
        return Ok(());
    }
    txn.save(keys::heirs(topic_id), record)
}

fn heirs_of(txn: &mut Txn<'_>, topic_id: TopicId) -> Result<HeirsRecord, ClientError> {
    let record = txn.record(keys::heirs(topic_id))?;
    Ok(record.unwrap_or(HeirsRecord {
        version: Version1,
        heirs: Vec::new(),
    }))
}

/// Devices that are still to be brought into the next group that this device founded, so many at most.
pub(crate) fn heirs(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    limit: u32,
) -> Result<Vec<Address>, ClientError> {
    let heirs = heirs_of(txn, topic_id)?.heirs.into_iter();
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    Ok(heirs
        .map(|certificate| certificate.address)
        .take(limit)
        .collect())
}

/// Brings heirs in, those of `asked` for whom the relay gave a KeyPackage; the others have to come by an invitation.
// PST-13, TOP-24
pub(crate) fn readmit(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    asked: &[Address],
    key_packages: &[Vec<u8>],
    now_ms: u64,
) -> Result<(), ClientError> {
    let record = topic::load_active(txn, topic_id)?;
    let bans = record.topic_state()?.admission.bans;
    let mut waiting = heirs_of(txn, topic_id)?;
    let is_good = |bytes: &&Vec<u8>| {
        describe_key_package(bytes).is_ok_and(|info| {
            info.expires_s > now_ms / 1000
                && asked.contains(&info.certificate.address)
                && waiting.heirs.contains(&info.certificate)
                && !bans.contains(&Account::of(&info.certificate))
        })
    };
    let good: Vec<Vec<u8>> = key_packages.iter().filter(is_good).cloned().collect();
    waiting
        .heirs
        .retain(|heir: &DeviceCertificate| !asked.contains(&heir.address));
    save_heirs(txn, topic_id, &waiting)?;
    if good.is_empty() {
        return Ok(());
    }
    let job = CommitJob {
        intent: Intent::Readmit(good),
        built: None,
    };
    outbox::push(txn, topic_id, Job::Commit(job))?;
    Ok(())
}
