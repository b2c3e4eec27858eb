//! Founding a topic.

use crate::client::account;
use crate::client::error::ClientError;
use crate::client::ids::new_id;
use crate::client::txn::Txn;
use crate::forum::group::{NewTopic, PolicyDraft, TopicGroup};
use crate::forum::wire::{History, Inviters, PostContent, Visibility};
use crate::wire::{Flag, ForumId, TopicId, Version1, Wire as _};

use super::outbox_records::{CreateJob, Job};
use super::records::{Standing, TopicRecord};
use super::views::Topic;
use super::{group, info, keys, members, outbox, topic};

/// What a topic is founded with.
#[derive(Debug, Clone)]
pub struct TopicOptions {
    /// Where it is listed.
    pub forum_id: ForumId,
    /// Its title.
    pub title: String,
    /// What it is about.
    pub description: String,
    /// Who gets in.
    pub visibility: Visibility,
    /// How far back new members read.
    pub history: History,
    /// With [`History::LastDays`], how many days.
    pub history_days: u16,
    /// Who may invite.
    pub inviters: Inviters,
}

/// A record of a topic that begins, or begins anew, with this group.
pub(super) fn record_of(
    forum_id: ForumId,
    group: &TopicGroup,
    standing: Standing,
    now_ms: u64,
) -> Result<TopicRecord, ClientError> {
    Ok(TopicRecord {
        version: Version1,
        forum_id,
        standing,
        generation: group.id().generation,
        epoch: group.epoch(),
        awaited_epoch: 0,
        removal_epoch: 0,
        newest_epoch: 0,
        join_epoch: group.epoch(),
        joined_at: now_ms,
        state: group.state().to_bytes()?,
        title: String::new(),
        description: String::new(),
        info_seq: 0,
        members: 0,
        seq: 0,
        oldest: 1,
        complete: Flag(false),
        read: 0,
        unread: 0,
        mentions: 0,
        last_post: 0,
        pinned: Vec::new(),
        blocked: Vec::new(),
        secret: None,
        failure: None,
    })
}

/// Founds a topic. It can be posted to at once; the relay learns of it when the outbox is emptied.
pub(crate) fn create(
    txn: &mut Txn<'_>,
    options: &TopicOptions,
    now_ms: u64,
) -> Result<Topic, ClientError> {
    info::check(&options.title, &options.description)?;
    if (options.history == History::LastDays) != (options.history_days > 0) {
        return Err(ClientError::InvalidArgument("historyDays"));
    }
    account::load(txn)?;
    let device = account::device(txn)?;
    let topic_id: TopicId = new_id(now_ms, txn.rng);
    let own = device.certificate().certificate().clone();
    txn.is_new(keys::members(topic_id, own.address.user_id));
    let new = NewTopic {
        topic_id,
        policy: PolicyDraft {
            visibility: options.visibility,
            history: options.history,
            history_days: options.history_days,
            inviters: options.inviters,
            roles: Vec::new(),
        },
        now_ms,
    };
    let mut made = TopicGroup::create(&device, &new, txn.rng)?;
    let mut record = record_of(options.forum_id, &made, Standing::Creating, now_ms)?;
    record.title.clone_from(&options.title);
    record.description.clone_from(&options.description);
    record.complete = Flag(true);
    topic::keep_key(txn, keys::key(topic_id, 0), group::archive_key(&made)?)?;
    members::note_members(txn, topic_id, &mut record, &[own], &[])?;
    let job = CreateJob {
        group_info: made.group_info()?,
        tree: made.tree()?,
        policy: made.state().policy.to_bytes()?,
        public_title: (options.visibility == Visibility::Open).then(|| options.title.clone()),
    };
    group::save(txn, topic_id, &mut made)?;
    topic::save_and_tell(txn, topic_id, &record)?;
    outbox::push(txn, topic_id, Job::Create(job))?;
    let about = PostContent::Info {
        title: options.title.clone(),
        description: options.description.clone(),
    };
    info::queue(txn, topic_id, &about, now_ms)?;
    topic::view(txn, topic_id, &record)
}
