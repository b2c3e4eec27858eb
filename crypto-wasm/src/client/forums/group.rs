//! A topic's group in the store. It is written whole, in the transaction of what its change brings about.

use crate::client::account;
use crate::client::error::ClientError;
use crate::client::txn::Txn;
use crate::forum::TopicGroup;
use crate::forum::archive::{ArchiveKey, Candidate, LinkSecret};
use crate::forum::link::LinkHistory;
use crate::forum::state::GroupId;
use crate::forum::wire::{History, Link, Wrap};
use crate::wire::{TopicId, Wire as _};

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
// PST-12
pub(super) fn may_link(history: History, brings_new_account: bool) -> bool {
    history != History::SinceJoining || !brings_new_account
}

/// An epoch's archive key, for what is made of it.
pub(super) fn keyed(epoch: u64, key: &ArchiveKey) -> Candidate {
    Candidate {
        epoch,
        key: ArchiveKey::copy_from(key.expose()),
    }
}

/// The way back from one epoch to an earlier one, encoded.
pub(super) fn link(
    txn: &mut Txn<'_>,
    group: GroupId,
    from: &Candidate,
    to: &Candidate,
) -> Result<Vec<u8>, ClientError> {
    let device = account::device(txn)?;
    Ok(Link::make(&device, group, from, to, txn.rng)?.to_bytes()?)
}

/// An epoch's key for who holds an invitation link, encoded.
pub(super) fn wrap(
    txn: &mut Txn<'_>,
    group: GroupId,
    key: &Candidate,
    history: &LinkHistory,
) -> Result<Vec<u8>, ClientError> {
    let wrap = Wrap::make(group, key, history.secret_id, &history.secret, txn.rng)?;
    Ok(wrap.to_bytes()?)
}

/// Another copy of what links carry.
pub(super) fn copy(history: &LinkHistory) -> LinkHistory {
    LinkHistory {
        secret_id: history.secret_id,
        secret: LinkSecret::copy_from(history.secret.expose()),
    }
}
