//! Walking back: from an epoch whose archive key is known to earlier ones, by links.

use crate::client::error::ClientError;
use crate::client::order::{by_number, in_order};
use crate::client::txn::Txn;
use crate::client::{account, contacts};
use crate::forum::wire::Link;
use crate::wire::{DeviceCertificate, Flag, TopicId, Version1, Wire as _};

use super::records::{KeyBytes, KeyRecord, Standing, TopicRecord};
use super::{authors, keys, topic};

/// Candidates for an epoch's key at most: a garbage link costs one of them, and only its sender's word.
const CANDIDATES: usize = 8;

/// Links, and what the relay says of who made them.
#[derive(Debug, Clone, Default)]
pub struct LinkBatch {
    /// Encoded links.
    pub links: Vec<Vec<u8>>,
    /// Encoded certificates of those who made them.
    pub authors: Vec<Vec<u8>>,
}

/// Follows links from keys that are known. Every link is tried, and none replaces another: which key is right, posts tell.
// PST-6, PST-7
pub(crate) fn take(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    batch: &LinkBatch,
) -> Result<(), ClientError> {
    let record = topic::load(txn, topic_id)?;
    if record.standing != Standing::Active {
        return Ok(());
    }
    let decoded = batch.links.iter();
    let links: Vec<Link> = decoded
        .filter_map(|bytes| Link::from_bytes(bytes).ok())
        .filter(|link| link.topic_id == topic_id && link.generation == record.generation)
        .collect();
    // Links lead back, so that every key of an epoch is known before the links that lead from it.
    let newest_first = by_number(links.iter().map(|link| u64::MAX - link.from_epoch));
    let links = in_order(links, newest_first);
    let mut places = Vec::new();
    for link in &links {
        places.push(keys::key(topic_id, record.generation, link.from_epoch));
        places.push(keys::key(topic_id, record.generation, link.to_epoch));
        places.push(keys::members(topic_id, link.sender.user_id));
        places.push(crate::client::keys::user(link.sender.user_id));
    }
    txn.load(places)?;
    for link in &links {
        // T02: keys come from members alone.
        let Some(sender) = sender(txn, topic_id, &record, link, batch)? else {
            continue;
        };
        if link.verify(&sender).is_ok() {
            follow(txn, topic_id, &record, link)?;
        }
    }
    Ok(())
}

fn sender(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    record: &TopicRecord,
    link: &Link,
    batch: &LinkBatch,
) -> Result<Option<DeviceCertificate>, ClientError> {
    let seen = link.from_epoch.max(record.join_epoch);
    if let Some(member) = topic::member_in(txn, topic_id, link.sender, seen)? {
        return Ok(Some(member));
    }
    if link.from_epoch >= record.join_epoch {
        return Ok(None);
    }
    let own = account::load(txn)?;
    let user = link.sender.user_id;
    let known = contacts::load(txn, user)?.map(|known| known.account_key);
    let pinned = if user == own.user_id {
        Some(own.account_key)
    } else {
        known
    };
    let shown = authors::find(&batch.authors, link.sender);
    Ok(shown.filter(|shown| pinned.is_none_or(|pinned| pinned == shown.account_key)))
}

fn follow(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    record: &TopicRecord,
    link: &Link,
) -> Result<(), ClientError> {
    let from = topic::archive_keys(txn, record.place(topic_id, link.from_epoch))?;
    let at = record.place(topic_id, link.to_epoch);
    let mut known = topic::archive_keys(txn, at)?.unwrap_or(KeyRecord {
        version: Version1,
        confirmed: Flag(false),
        keys: Vec::new(),
    });
    if known.confirmed.0 {
        return Ok(());
    }
    let mut found = false;
    for KeyBytes(key) in from.into_iter().flat_map(|from| from.keys) {
        let Ok(earlier) = link.open(&key) else {
            continue;
        };
        let is_new = !known.keys.iter().any(|KeyBytes(known)| *known == earlier);
        if is_new && known.keys.len() < CANDIDATES {
            known.keys.push(KeyBytes(earlier));
            found = true;
        }
    }
    if found {
        txn.save(record.place(topic_id, link.to_epoch), &known)?;
    }
    Ok(())
}
