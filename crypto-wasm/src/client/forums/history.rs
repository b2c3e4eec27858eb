//! Walking back: from an epoch whose archive key is known to earlier ones, by links.

use crate::client::error::ClientError;
use crate::client::txn::Txn;
use crate::forum::archive::{self, Candidate};
use crate::forum::state::generation_of;
use crate::forum::wire::Link;
use crate::sorted;
use crate::wire::{DeviceCertificate, Flag, TopicId, Version1, Wire as _};

use super::records::{KeyBytes, KeyRecord, Standing, TopicRecord};
use super::{authors, keys, members, topic, unopened};

/// Links, and what the relay says of who made them.
#[derive(Debug, Clone, Default)]
pub struct LinkBatch {
    /// Encoded links.
    pub links: Vec<Vec<u8>>,
    /// Encoded certificates of those who made them.
    pub authors: Vec<Vec<u8>>,
}

/// Follows links from keys that are known. Every link is tried, and none replaces another: which key is right, posts tell. Whether posts that could not be
/// opened might open now: they are to be read once more.
// PST-6, PST-7, PST-24
pub(crate) fn take(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    batch: &LinkBatch,
) -> Result<bool, ClientError> {
    let mut record = topic::load(txn, topic_id)?;
    if record.standing != Standing::Active {
        return Ok(false);
    }
    let decoded = batch.links.iter();
    let links: Vec<Link> = decoded
        .filter_map(|bytes| Link::from_bytes(bytes).ok())
        .filter(|link| {
            link.topic_id == topic_id && link.generation == generation_of(link.from_epoch)
        })
        .collect();
    let mut places = Vec::new();
    for link in &links {
        places.push(keys::key(topic_id, link.from_epoch));
        places.push(keys::key(topic_id, link.to_epoch));
        places.push(keys::unopened(topic_id, link.to_epoch));
        places.push(keys::members(topic_id, link.sender.user_id));
        places.push(crate::client::keys::user(link.sender.user_id));
    }
    txn.load(places)?;
    let (mut of_members, mut epochs) = (Vec::new(), Vec::new());
    for link in links {
        // T02: keys come from members alone.
        let sender = sender(txn, topic_id, &record, &link, batch)?;
        if sender.is_some_and(|sender| link.verify(&sender).is_ok()) {
            sorted::insert(&mut epochs, link.from_epoch);
            sorted::insert(&mut epochs, link.to_epoch);
            of_members.push(link);
        }
    }
    let mut known = Vec::new();
    for epoch in epochs {
        let keys = topic::archive_keys(txn, keys::key(topic_id, epoch))?;
        let keys = keys.into_iter().flat_map(|record| record.keys);
        known.extend(keys.map(|KeyBytes(key)| Candidate { epoch, key }));
    }
    let before = known.len();
    let walked = archive::walk(topic_id, known, &of_members);
    let mut opens = false;
    for found in walked.into_iter().skip(before) {
        let epoch = found.epoch;
        if keep(txn, topic_id, found)? {
            opens |= unopened::found(txn, topic_id, &mut record, epoch)?;
        }
    }
    if opens {
        topic::save(txn, topic_id, &record)?;
    }
    Ok(opens)
}

/// Keeps what might be an epoch's key, unless the right one is known.
fn keep(txn: &mut Txn<'_>, topic_id: TopicId, found: Candidate) -> Result<bool, ClientError> {
    let place = keys::key(topic_id, found.epoch);
    let mut known = topic::archive_keys(txn, place.clone())?.unwrap_or(KeyRecord {
        version: Version1,
        confirmed: Flag(false),
        keys: Vec::new(),
    });
    if known.confirmed.0 {
        return Ok(false);
    }
    known.keys.push(KeyBytes(found.key));
    txn.save(place, &known)?;
    Ok(true)
}

fn sender(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    record: &TopicRecord,
    link: &Link,
    batch: &LinkBatch,
) -> Result<Option<DeviceCertificate>, ClientError> {
    let seen = link.from_epoch.max(record.join_epoch);
    if let Some(member) = members::member_in(txn, topic_id, link.sender, seen)? {
        return Ok(Some(member));
    }
    if link.from_epoch >= record.join_epoch {
        return Ok(None);
    }
    let pinned = members::pinned_key(txn, link.sender.user_id)?;
    let shown = authors::find(&batch.authors, link.sender);
    Ok(shown.filter(|shown| pinned.is_none_or(|pinned| pinned == shown.account_key)))
}
