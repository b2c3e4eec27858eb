//! A topic's group in the store. It is written whole, in the transaction of what its change brings about.

use crate::client::account;
use crate::client::error::ClientError;
use crate::client::txn::Txn;
use crate::forum::TopicGroup;
use crate::forum::archive::ArchiveKey;
use crate::forum::wire::History;
use crate::wire::TopicId;

use super::keys;

/// The group as it is stored.
pub(super) fn load(txn: &mut Txn<'_>, id: TopicId) -> Result<TopicGroup, ClientError> {
    let bytes = txn.get(keys::group(id))?.ok_or(ClientError::NotAMember)?;
    let device = account::device(txn)?;
    TopicGroup::import(&device, &bytes).map_err(|_| ClientError::Corrupt("group"))
}

pub(super) fn save(
    txn: &mut Txn<'_>,
    id: TopicId,
    group: &mut TopicGroup,
) -> Result<(), ClientError> {
    txn.put(keys::group(id), group.export()?);
    Ok(())
}

pub(super) fn archive_key(group: &TopicGroup) -> Result<ArchiveKey, ClientError> {
    Ok(ArchiveKey::copy_from(group.archive_key()?.expose()))
}

/// Whether a policy lets the key of the epoch that a commit ends be read in the one that it begins.
// PST-17
pub(super) fn may_link(history: History, brings_new_account: bool) -> bool {
    history != History::SinceJoining || !brings_new_account
}
