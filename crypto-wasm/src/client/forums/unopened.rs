//! Posts whose epoch's key nobody has shared yet. They show as unreadable, and are read when the key comes: who comes into a topic without
//! a link's secret while everybody is away waits for the first member to come back.

use crate::client::error::ClientError;
use crate::client::txn::Txn;
use crate::store::{Collection, KeyRange, Query};
use crate::wire::{Flag, TopicId};

use super::records::{PostRecord, Standing, TopicRecord};
use super::{keys, topic};

/// Notes a post whose epoch's key is not to be had.
pub(super) fn note(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    epoch: u64,
    seq: u64,
) -> Result<(), ClientError> {
    let seq = noted(txn, topic_id, epoch)?.unwrap_or(0).max(seq);
    let place = keys::unopened(topic_id, epoch);
    txn.put(place, seq.to_be_bytes().to_vec().into());
    Ok(())
}

/// Where an epoch's last post is that could not be opened.
fn noted(txn: &mut Txn<'_>, topic_id: TopicId, epoch: u64) -> Result<Option<u64>, ClientError> {
    txn.number(keys::unopened(topic_id, epoch), "unopened post")
}

/// Whether the line at a place stands for a post that could not be opened.
pub(super) fn is_at(txn: &mut Txn<'_>, topic_id: TopicId, seq: u64) -> Result<bool, ClientError> {
    let line: Option<PostRecord> = txn.record(keys::post(topic_id, seq))?;
    Ok(line.is_some_and(|line| line.text.is_none()))
}

fn one(txn: &mut Txn<'_>, query: Query) -> Result<Option<u64>, ClientError> {
    let found = txn.scan(query)?;
    let number = |key: &[u8]| {
        keys::unopened_epoch(key).ok_or(ClientError::Corrupt("key of an unopened post"))
    };
    found.first().map(|found| number(&found.key)).transpose()
}

/// The lowest epoch with such posts.
pub(super) fn lowest(txn: &mut Txn<'_>, topic_id: TopicId) -> Result<Option<u64>, ClientError> {
    let range = KeyRange::prefix(&keys::all_unopened(topic_id));
    one(txn, Query::first(Collection::ForumEpochs, range, 1))
}

/// The epochs whose links might open more, lowest and highest; `None` if nothing waits for a key.
// PST-24
pub(crate) fn wanted(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
) -> Result<Option<(u64, u64)>, ClientError> {
    let record = topic::load(txn, topic_id)?;
    if record.standing != Standing::Active {
        return Ok(None);
    }
    let range = KeyRange::prefix(&keys::all_unopened(topic_id));
    let highest = one(txn, Query::last(Collection::ForumEpochs, range, 1))?;
    let Some((lowest, highest)) = lowest(txn, topic_id)?.zip(highest) else {
        return Ok(None);
    };
    Ok(Some((lowest, highest.max(record.join_epoch))))
}

/// What might be an epoch's key has come: reading back begins again above its posts. Whether there are any.
// PST-24
pub(super) fn found(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    record: &mut TopicRecord,
    epoch: u64,
) -> Result<bool, ClientError> {
    let Some(seq) = noted(txn, topic_id, epoch)? else {
        return Ok(false);
    };
    record.oldest = record.oldest.max(seq.saturating_add(1));
    record.complete = Flag(false);
    txn.delete(keys::unopened(topic_id, epoch));
    Ok(true)
}
