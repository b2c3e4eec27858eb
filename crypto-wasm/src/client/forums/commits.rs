//! Commits of others, in the relay's order. All of a batch are applied, or none.

use crate::client::error::ClientError;
use crate::client::txn::Txn;
use crate::forum::archive::ArchiveKey;
use crate::forum::group::Changes;
use crate::forum::wire::History;
use crate::forum::{TopicError, TopicGroup};
use crate::wire::{TopicId, Wire as _};

use super::outbox_records::{CommitJob, Job, LinksJob};
use super::records::{Standing, TopicRecord};
use super::{epochs, group, keys, members, outbox, topic};

/// A commit, and the epoch in which it was made by the relay's word.
#[derive(Debug, Clone)]
pub struct TopicCommit {
    /// The epoch that it ends.
    pub epoch: u64,
    /// The encoded commit.
    pub commit: Vec<u8>,
}

/// So many members are expected to offer a link where many could.
const OFFERS: u32 = 8;

/// Applies commits; those of epochs that are over are passed by. Returns the epoch now.
pub(crate) fn take(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    commits: &[TopicCommit],
    now_ms: u64,
) -> Result<u64, ClientError> {
    let mut record = topic::load(txn, topic_id)?;
    if record.standing != Standing::Active {
        return Ok(record.epoch);
    }
    // Looked up before anything is computed.
    topic::present_key(txn, topic_id, &record)?;
    let own = outbox::commits(txn, topic_id)?;
    let began = record.epoch;
    let (mut open, mut is_news) = (None, false);
    for commit in commits {
        if commit.epoch < record.epoch {
            continue;
        }
        if commit.epoch > record.epoch {
            return Err(ClientError::Relay("a commit is missing"));
        }
        // A commit of this device came back among the relay's: then the relay has it.
        if let Some((number, _)) = own.iter().find(|(_, job)| job.made(&commit.commit)) {
            store(txn, topic_id, &record, &mut open)?;
            outbox::accepted(txn, *number, None, now_ms)?;
            record = topic::load(txn, topic_id)?;
            continue;
        }
        let group = match &mut open {
            Some(group) => group,
            None => open.insert(group::load(txn, topic_id)?),
        };
        let changes = match group.process(&commit.commit) {
            Err(error @ TopicError::Broken) => {
                is_news = record.note_broken(&error.into());
                break;
            }
            processed => processed?,
        };
        if changes.self_removed {
            topic::end(txn, topic_id, &mut record, Standing::Removed)?;
            return Ok(record.epoch);
        }
        let before = topic::present_key(txn, topic_id, &record)?;
        advance(txn, topic_id, &mut record, group, &changes, &before)?;
    }
    if record.epoch != began {
        store(txn, topic_id, &record, &mut open)?;
    }
    if is_news || record.epoch != began {
        topic::save_and_tell(txn, topic_id, &record)?;
    }
    Ok(record.epoch)
}

impl CommitJob {
    /// Whether it is this commit that was made for it.
    fn made(&self, commit: &[u8]) -> bool {
        self.built
            .as_ref()
            .is_some_and(|built| built.commit == commit)
    }
}

fn store(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    record: &TopicRecord,
    open: &mut Option<TopicGroup>,
) -> Result<(), ClientError> {
    if let Some(mut group) = open.take() {
        group::save(txn, topic_id, &mut group)?;
        topic::save(txn, topic_id, record)?;
    }
    Ok(())
}

fn advance(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    record: &mut TopicRecord,
    group: &TopicGroup,
    changes: &Changes,
    before: &ArchiveKey,
) -> Result<(), ClientError> {
    let accounts = record.members;
    record.epoch = changes.epoch;
    record.state = group.state().to_bytes()?;
    record.failure = None;
    let key = group::archive_key(group)?;
    members::note_members(txn, topic_id, record, &changes.added, &changes.removed)?;
    if !changes.removed.is_empty() {
        record.note_removal();
    }
    if !changes.is_external {
        let removes = !changes.removed.is_empty();
        epochs::applied(txn, topic_id, record, &changes.authenticated_data, removes)?;
    }
    if changes.is_external {
        let newcomer = record.members > accounts;
        offer(txn, topic_id, record, group, (&key, before), newcomer)?;
    }
    topic::keep_key(txn, keys::key(topic_id, record.epoch), key)
}

/// Offers the way back from the epoch that an external commit began: its committer was not in the one before.
// PST-6
fn offer(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    record: &TopicRecord,
    joined: &TopicGroup,
    (key, before): (&ArchiveKey, &ArchiveKey),
    newcomer: bool,
) -> Result<(), ClientError> {
    let history = joined.state().policy.history;
    let chosen = record.members <= OFFERS || txn.rng.next_u32() % record.members < OFFERS;
    if !chosen || !group::may_link(history, newcomer) {
        return Ok(());
    }
    let of = record.group(topic_id);
    let now = group::keyed(record.epoch, key);
    let earlier = group::keyed(record.epoch.saturating_sub(1), before);
    let mut job = LinksJob {
        links: vec![group::link(txn, of, &now, &earlier)?],
        wraps: Vec::new(),
    };
    let secret = record.secret.as_ref();
    if let Some(secret) = secret.filter(|_| history != History::SinceJoining) {
        job.wraps.push(group::wrap(txn, of, &now, secret)?);
    }
    outbox::push(txn, topic_id, Job::Links(job))?;
    Ok(())
}
