//! What waits for the relay, topic by topic in order: what to send next, and what becomes of the answer.

use crate::client::calls::Refusal;
use crate::client::error::ClientError;
use crate::client::records::decode;
use crate::client::txn::Txn;
use crate::client::views::{Event, Failure};
use crate::store::{Collection, KeyRange, Query};
use crate::wire::{TopicId, Version1};

use super::outbox_records::{BuiltCommit, CommitJob, ForumOutboxRecord, Intent, Job};
use super::records::{FailureRecord, PostState, Standing, TopicRecord};
use super::views::{ForumCall, ForumStep};
use super::{build, compose, epochs, info, keys, members, posts, succession, topic};

/// The number that the next entry gets.
pub(super) fn next_number(txn: &mut Txn<'_>) -> Result<u64, ClientError> {
    let next = txn.number(keys::outbox_next(), "outbox number")?;
    Ok(next.unwrap_or(1))
}

/// Puts something to the end; its number.
pub(super) fn push(txn: &mut Txn<'_>, topic_id: TopicId, job: Job) -> Result<u64, ClientError> {
    let next = next_number(txn)?;
    let after = next.saturating_add(1).to_be_bytes().to_vec();
    txn.put(keys::outbox_next(), after.into());
    let record = ForumOutboxRecord {
        version: Version1,
        topic_id,
        job,
    };
    txn.save(keys::outbox(next), &record)?;
    Ok(next)
}

/// Everything that waits.
fn waiting(txn: &mut Txn<'_>) -> Result<Vec<(u64, ForumOutboxRecord)>, ClientError> {
    let found = txn.scan(Query::scan(Collection::ForumOutbox, KeyRange::all()))?;
    let mut entries = Vec::with_capacity(found.len());
    for found in &*found {
        let number = crate::client::keys::number(&found.key);
        let number = number.ok_or(ClientError::Corrupt("outbox key"))?;
        entries.push((number, decode(found.value.as_bytes())?));
    }
    Ok(entries)
}

/// The commits of a topic that wait.
pub(super) fn commits(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
) -> Result<Vec<(u64, CommitJob)>, ClientError> {
    let entries = waiting(txn)?.into_iter();
    let commit = |(number, waiting): (u64, ForumOutboxRecord)| match waiting.job {
        Job::Commit(job) if waiting.topic_id == topic_id => Some((number, job)),
        _ => None,
    };
    Ok(entries.filter_map(commit).collect())
}

/// The last entry of a topic with something for who comes by a link.
pub(super) fn last_wraps(txn: &mut Txn<'_>, topic_id: TopicId) -> Result<Option<u64>, ClientError> {
    let entries = waiting(txn)?;
    let mut wraps = entries.iter().filter(|(_, waiting)| {
        let wraps = matches!(&waiting.job, Job::Links(job) if !job.wraps.is_empty());
        waiting.topic_id == topic_id && wraps
    });
    Ok(wraps.next_back().map(|(number, _)| *number))
}

/// Whether the topic's next group waits for the relay.
pub(super) fn founds(txn: &mut Txn<'_>, topic_id: TopicId) -> Result<bool, ClientError> {
    let entries = waiting(txn)?;
    Ok(entries
        .iter()
        .any(|(_, waiting)| waiting.topic_id == topic_id && matches!(waiting.job, Job::Succeed(_))))
}

impl Job {
    /// Before this time nothing is begun.
    const fn due(&self) -> Option<u64> {
        match self {
            Self::Commit(CommitJob {
                intent: Intent::Revoked(due),
                built: None,
            }) => Some(*due),
            _ => None,
        }
    }
}

/// Whether an entry can be sent in the state that its topic is in.
fn is_ready(record: &TopicRecord, job: &Job, now_ms: u64) -> bool {
    match (record.standing, job) {
        (Standing::Creating, Job::Create(_)) => true,
        (Standing::Joining, Job::Commit(job)) => matches!(job.intent, Intent::Join),
        (Standing::Active, Job::Create(_)) => false,
        (Standing::Active, job) if job.due().is_some_and(|due| now_ms < due) => false,
        (Standing::Active, Job::Leave(_) | Job::Drop(_) | Job::Succeed(_)) => true,
        (Standing::Active, _) => record.epoch >= record.awaited_epoch,
        _ => false,
    }
}

/// What to do next. What it gives out is on disk, byte for byte.
// PST-11
pub(crate) fn next_step(txn: &mut Txn<'_>, now_ms: u64) -> Result<ForumStep, ClientError> {
    // Both are read at once where they are missing.
    let (judged, entries) = (members::judge_changed_pins(txn), waiting(txn));
    judged?;
    for (number, mut waiting) in entries? {
        let topic_id = waiting.topic_id;
        let Some(mut record) = topic::find(txn, topic_id)? else {
            txn.delete(keys::outbox(number));
            continue;
        };
        if !is_ready(&record, &waiting.job, now_ms) {
            if matches!(
                record.standing,
                Standing::Left | Standing::Removed | Standing::Failed
            ) {
                let failure = FailureRecord::of(&ClientError::NotAMember);
                give_up(txn, number, waiting, failure)?;
            }
            continue;
        }
        // PST-10
        let posts = matches!(waiting.job, Job::Post(_));
        if posts && members::still_blocked(txn, topic_id, &mut record)? {
            continue;
        }
        match prepare(txn, topic_id, &record, &mut waiting, number, now_ms) {
            Ok(Some(call)) => {
                return Ok(ForumStep::Call {
                    entry: number,
                    topic_id,
                    call,
                });
            }
            Ok(None) => settle(txn, number, topic_id, None),
            Err(error) if error.is_local() => return Err(error),
            Err(error) => give_up(txn, number, waiting, FailureRecord::of(&error))?,
        }
    }
    Ok(ForumStep::Idle)
}

/// The call for an entry, made and stored if it was not yet, or is of an epoch that is over; `None` if there is nothing left to do.
fn prepare(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    record: &TopicRecord,
    waiting: &mut ForumOutboxRecord,
    number: u64,
    now_ms: u64,
) -> Result<Option<ForumCall>, ClientError> {
    match &mut waiting.job {
        Job::Create(job) => Ok(Some(ForumCall::CreateTopic {
            forum_id: record.forum_id,
            group_info: job.group_info.clone(),
            tree: job.tree.clone(),
            policy: job.policy.clone(),
            public_title: job.public_title.clone(),
        })),
        Job::Commit(CommitJob { intent, built }) => {
            let joins = matches!(intent, Intent::Join);
            let stale = |built: &BuiltCommit| !joins && built.epoch != record.epoch;
            if built.as_ref().is_none_or(stale) {
                *built = build::build(txn, topic_id, record, intent, now_ms)?;
                let Some(built) = built else {
                    return Ok(None);
                };
                let call = commit_call(built);
                txn.save(keys::outbox(number), waiting)?;
                return Ok(Some(call));
            }
            Ok(built.as_ref().map(commit_call))
        }
        Job::Post(job) => {
            if compose::seal_if_stale(txn, topic_id, record, job)? {
                let call = post_call(job)?;
                txn.save(keys::outbox(number), waiting)?;
                return Ok(Some(call));
            }
            post_call(job).map(Some)
        }
        Job::Links(job) => Ok(Some(ForumCall::Links {
            links: job.links.clone(),
            wraps: job.wraps.clone(),
        })),
        Job::Leave(request) => Ok(Some(ForumCall::Leave {
            request: request.to_vec(),
        })),
        Job::Drop(id) => Ok(Some(ForumCall::Drop { id: *id })),
        Job::Succeed(job) => Ok(Some(ForumCall::Succeed {
            group_info: job.group_info.clone(),
            tree: job.tree.clone(),
            policy: job.policy.clone(),
        })),
    }
}

fn commit_call(built: &BuiltCommit) -> ForumCall {
    ForumCall::Commit {
        epoch: built.epoch,
        commit: built.commit.clone(),
        group_info: built.group_info.clone(),
        links: built.links.clone(),
        wraps: built.wraps.clone(),
        welcome: built
            .welcome
            .as_ref()
            .map(|welcome| (welcome.bytes.clone(), welcome.addresses.clone())),
    }
}

fn post_call(job: &super::outbox_records::PostJob) -> Result<ForumCall, ClientError> {
    Ok(ForumCall::Post {
        id: job.post_id,
        post: job
            .built
            .clone()
            .ok_or(ClientError::Internal("a post that is not sealed"))?,
    })
}

/// Takes an entry out and tells who waits for it.
fn settle(txn: &mut Txn<'_>, number: u64, topic_id: TopicId, error: Option<Failure>) {
    txn.delete(keys::outbox(number));
    txn.emit(Event::TopicAction {
        entry: number,
        topic_id,
        error,
    });
}

/// Gives an entry up. A post is kept for the person to try again.
fn give_up(
    txn: &mut Txn<'_>,
    number: u64,
    waiting: ForumOutboxRecord,
    failure: FailureRecord,
) -> Result<(), ClientError> {
    let topic_id = waiting.topic_id;
    let told = failure.failure();
    match waiting.job {
        Job::Post(job) => {
            if let Some(order) = job.order {
                posts::mark(txn, topic_id, order, PostState::Failed, Some(failure))?;
            }
        }
        Job::Create(_) => {
            let mut record = topic::load(txn, topic_id)?;
            record.failure = Some(failure);
            topic::end(txn, topic_id, &mut record, Standing::Failed)?;
        }
        Job::Commit(job) if matches!(job.intent, Intent::Join) => {
            let mut record = topic::load(txn, topic_id)?;
            if record.standing == Standing::Joining {
                record.failure = Some(failure);
                topic::end(txn, topic_id, &mut record, Standing::Failed)?;
            }
        }
        _ => {}
    }
    settle(txn, number, topic_id, Some(told));
    Ok(())
}

/// The relay has it. `seq` is a post's place.
// PST-11
pub(crate) fn accepted(
    txn: &mut Txn<'_>,
    number: u64,
    seq: Option<u64>,
    now_ms: u64,
) -> Result<(), ClientError> {
    // A commit that came back among the relay's was taken for accepted already.
    let Some(ForumOutboxRecord { topic_id, job, .. }) = txn.record(keys::outbox(number))? else {
        return Ok(());
    };
    match job {
        Job::Create(_) => {
            let mut record = topic::load(txn, topic_id)?;
            record.standing = Standing::Active;
            topic::save_and_tell(txn, topic_id, &record)?;
        }
        Job::Commit(CommitJob { intent, built }) => {
            let built = built.ok_or(ClientError::Corrupt("a commit that was not made"))?;
            merge(txn, topic_id, &intent, built, now_ms)?;
        }
        Job::Post(job) => {
            if let (Some(order), Some(seq)) = (job.order, seq) {
                posts::place(txn, topic_id, order, seq)?;
            }
        }
        Job::Leave(_) => {
            let mut record = topic::load(txn, topic_id)?;
            topic::end(txn, topic_id, &mut record, Standing::Left)?;
        }
        Job::Succeed(job) => succession::founded(txn, topic_id, job)?,
        Job::Links(_) | Job::Drop(_) => {}
    }
    settle(txn, number, topic_id, None);
    Ok(())
}

/// Moves the topic on to the epoch that a commit of this device has begun.
pub(super) fn merge(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    intent: &Intent,
    built: BuiltCommit,
    now_ms: u64,
) -> Result<(), ClientError> {
    let mut record = topic::load(txn, topic_id)?;
    let BuiltCommit {
        epoch,
        after,
        state,
        key,
        added,
        removed,
        ..
    } = built;
    record.epoch = epoch.saturating_add(1);
    record.state = state;
    topic::keep_key(txn, keys::key(topic_id, record.epoch), key.0)?;
    txn.put(keys::group(topic_id), after);
    if matches!(intent, Intent::Join) {
        record.standing = Standing::Active;
        record.failure = None;
        record.join_epoch = record.epoch;
        record.joined_at = now_ms;
    } else {
        members::note_members(txn, topic_id, &mut record, &added, &removed)?;
    }
    if !removed.is_empty() {
        record.note_removal();
    }
    if !matches!(intent, Intent::Join) {
        epochs::accepted(txn, topic_id, &record, !removed.is_empty())?;
    }
    topic::save_and_tell(txn, topic_id, &record)?;
    if matches!(intent, Intent::Add(_)) {
        info::repeat(txn, topic_id, &record, now_ms)?;
    }
    Ok(())
}

/// The relay refused it. An epoch that is over is no failure: what was made for it is made again once the topic has caught up.
// PST-11
pub(crate) fn refused(
    txn: &mut Txn<'_>,
    number: u64,
    refusal: &Refusal,
    epoch: Option<u64>,
) -> Result<(), ClientError> {
    let Some(mut waiting) = txn.record::<ForumOutboxRecord>(keys::outbox(number))? else {
        return Ok(());
    };
    let topic_id = waiting.topic_id;
    let mut record = topic::load(txn, topic_id)?;
    let failure = FailureRecord {
        code: known_code(&refusal.code).to_owned(),
        message: format!("{}: {}", refusal.code, refusal.detail),
    };
    match (refusal.code.as_str(), &mut waiting.job) {
        ("epoch-conflict", Job::Commit(job)) if !matches!(job.intent, Intent::Join) => {
            job.built = None;
        }
        ("epoch-conflict", Job::Post(job)) => job.built = None,
        ("not-found", Job::Leave(_)) => return accepted(txn, number, None, 0),
        ("not-found", Job::Drop(_)) | (_, Job::Links(_)) => {
            settle(txn, number, topic_id, None);
            return Ok(());
        }
        _ => return give_up(txn, number, waiting, failure),
    }
    if let Some(epoch) = epoch.filter(|epoch| *epoch > record.awaited_epoch) {
        record.awaited_epoch = epoch;
        topic::save(txn, topic_id, &record)?;
    }
    txn.save(keys::outbox(number), &waiting)
}

/// Codes of the relay that callers know; the others are `relay`.
fn known_code(code: &str) -> &str {
    match code {
        "epoch-conflict" | "commit-refused" | "invitation-refused" | "banned" | "forbidden"
        | "not-found" | "rate-limited" => code,
        _ => "relay",
    }
}

/// How many posts wait.
pub(crate) fn pending(txn: &mut Txn<'_>) -> Result<usize, ClientError> {
    let entries = waiting(txn)?;
    Ok(entries
        .iter()
        .filter(|(_, waiting)| matches!(waiting.job, Job::Post(_)))
        .count())
}
