//! What a post is opened with: its author's certificate, and its epoch's key.

use crate::client::error::ClientError;
use crate::client::txn::Txn;
use crate::forum::archive::ArchiveKey;
use crate::forum::post;
use crate::forum::wire::Post;
use crate::wire::{DeviceCertificate, TopicId};

use super::receive::PostBatch;
use super::records::{KeyBytes, TopicRecord};
use super::{authors, keys, members, topic};

/// Why an author's certificate is not to be had.
pub(super) enum Missing {
    /// The user's document is needed first.
    User,
    /// No such device was a member.
    Member,
}

/// The certificate of a post's author: of a member in that epoch, as the group says; of earlier epochs, which this device has not
/// seen, by the relay, under the account key that is pinned.
// PST-18
pub(super) fn author(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    record: &TopicRecord,
    post: &Post,
    batch: &PostBatch,
) -> Result<Result<DeviceCertificate, Missing>, ClientError> {
    let (address, user) = (post.header.author, post.header.author.user_id);
    let pinned = members::pinned_key(txn, user)?;
    if pinned.is_none() && !batch.unknown.contains(&user) {
        return Ok(Err(Missing::User));
    }
    if post.header.epoch >= record.join_epoch {
        let member = members::member_in(txn, topic_id, address, post.header.epoch)?;
        return Ok(member.ok_or(Missing::Member));
    }
    if let Some(member) = members::member_in(txn, topic_id, address, record.join_epoch)? {
        return Ok(Ok(member));
    }
    let shown = authors::find(&batch.authors, address);
    let fits = |shown: &DeviceCertificate| pinned == Some(shown.account_key);
    Ok(shown.filter(fits).ok_or(Missing::Member))
}

/// The key that the post commits to, among those known of its epoch. A candidate that fits is the right one from then on.
// PST-7
pub(super) fn key(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    post: &Post,
) -> Result<Option<ArchiveKey>, ClientError> {
    let place = keys::key(topic_id, post.header.epoch);
    let Some(known) = topic::archive_keys(txn, place)? else {
        return Ok(None);
    };
    let confirmed = known.confirmed.0;
    let mut fitting = known
        .keys
        .into_iter()
        .map(|KeyBytes(key)| key)
        .filter(|key| post::is_under(post, key));
    let Some(key) = fitting.next() else {
        return Ok(None);
    };
    if !confirmed {
        let place = keys::key(topic_id, post.header.epoch);
        topic::keep_key(txn, place, ArchiveKey::copy_from(key.expose()))?;
    }
    Ok(Some(key))
}
