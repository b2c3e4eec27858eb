//! What a commit changed, and what is looked at outside of the rules: leaves of paths, group infos.

use mls_rs::error::MlsError;
use mls_rs::extension::built_in::{ExternalPubExt, RatchetTreeExt};
use mls_rs::group::proposal::Proposal;
use mls_rs::group::{CommitMessageDescription, GroupInfo, Member, NewEpoch, Roster};
use mls_rs::identity::SigningIdentity;
use mls_rs::{KeyPackage, MlsMessage};
use mls_rs_codec::{MlsDecode as _, MlsEncode as _};
use mls_rs_core::crypto::HpkePublicKey;

use super::{RuleError, TopicError, credential, provider, state};
use crate::wire::DeviceCertificate;

/// Who did what to whom.
pub(super) struct Changes {
    pub committer: DeviceCertificate,
    pub added: Vec<DeviceCertificate>,
    pub removed: Vec<DeviceCertificate>,
}

/// Reads the changes of a commit; `roster` is the one after it. A device that replaced its own leaf was neither added nor removed.
pub(super) fn of(
    description: &CommitMessageDescription,
    epoch: &NewEpoch,
    roster: &Roster<'_>,
) -> Result<Changes, TopicError> {
    let before = epoch.prior_state().roster();
    let (mut added, mut removed) = (Vec::new(), Vec::new());
    for proposal in epoch.applied_proposals() {
        match &proposal.proposal {
            Proposal::Add(add) => added.push(credential::certificate(add.signing_identity())?),
            Proposal::Remove(remove) => {
                let leaf = before.member_with_index(remove.to_remove())?;
                removed.push(credential::certificate(leaf.signing_identity())?);
            }
            _ => {}
        }
    }
    let committer = if description.is_external {
        let leaf = roster.member_with_index(description.committer)?;
        let joined = credential::certificate(leaf.signing_identity())?;
        if removed.is_empty() {
            added.push(joined.clone());
        }
        removed.clear();
        joined
    } else {
        let leaf = before.member_with_index(description.committer)?;
        credential::certificate(leaf.signing_identity())?
    };
    Ok(Changes {
        committer,
        added,
        removed,
    })
}

/// Checks a message before MLS does: it is of this epoch, and the leaf that a commit puts in its committer's place goes on with a stay,
/// or begins one by an external commit. `present` finds the member of the same device.
///
/// # Errors
/// [`TopicError::Epoch`], [`RuleError::Leaf`].
// TOP-1, TOP-21
pub(super) fn check_message(
    message: &MlsMessage,
    epoch: u64,
    present: impl FnOnce(&SigningIdentity) -> Result<Member, MlsError>,
) -> Result<(), TopicError> {
    if message.epoch().is_some_and(|made| made != epoch) {
        return Err(TopicError::Epoch);
    }
    for proposal in message.proposals_by_value() {
        if let Proposal::Add(add) = proposal {
            check_leaf_key(&leaf_key(add.key_package())?)?;
        }
    }
    let Some(leaf) = message.commit_path_leaf_node() else {
        return Ok(());
    };
    check_leaf_key(&leaf.public_key)?;
    let stay = state::join_id(&leaf.extensions)?;
    let is_external = message
        .proposals_by_value()
        .iter()
        .any(|proposal| matches!(proposal, Proposal::ExternalInit(_)));
    if is_external {
        return Ok(());
    }
    let member = present(&leaf.signing_identity)?;
    let same = member.signing_identity() == &leaf.signing_identity;
    if same && state::join_id(member.extensions())? == stay {
        Ok(())
    } else {
        Err(RuleError::Leaf.into())
    }
}

/// Everybody who commits later encrypts to the keys of leaves: with one that agrees on nothing, nobody could any more.
// TOP-1
fn check_leaf_key(key: &HpkePublicKey) -> Result<(), RuleError> {
    match provider::x25519_public_key(key) {
        Ok(key) if !key.is_of_low_order() => Ok(()),
        _ => Err(RuleError::Leaf),
    }
}

/// The encryption key of a KeyPackage's leaf: after version, ciphersuite and init key (RFC 9420 §10).
fn leaf_key(package: &KeyPackage) -> Result<HpkePublicKey, RuleError> {
    let encoded = package.mls_encode_to_vec().map_err(|_| RuleError::Leaf)?;
    let mut rest = encoded.get(4..).ok_or(RuleError::Leaf)?;
    HpkePublicKey::mls_decode(&mut rest).map_err(|_| RuleError::Leaf)?;
    HpkePublicKey::mls_decode(&mut rest).map_err(|_| RuleError::Leaf)
}

/// Whether a group info serves external commits, and leaves the tree to the relay.
pub(super) fn allows_external_commit(info: &GroupInfo) -> bool {
    let extensions = info.extensions();
    matches!(extensions.get_as::<ExternalPubExt>(), Ok(Some(_)))
        && matches!(extensions.get_as::<RatchetTreeExt>(), Ok(None))
}

/// The certificates of all leaves.
pub(super) fn members(roster: &Roster<'_>) -> Result<Vec<DeviceCertificate>, TopicError> {
    roster
        .member_identities_iter()
        .map(|identity| Ok(credential::certificate(identity)?))
        .collect()
}
