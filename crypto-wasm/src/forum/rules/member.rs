//! Commits of members.

use mls_rs::mls_rules::ProposalBundle;
use mls_rs_core::group::Member;

use super::transition::next_state;
use super::{Group, Leaf, added, admissible, authorizations, has_external_init, removed};
use crate::crypto::label;
use crate::forum::policy::Standing;
use crate::forum::wire::{Account, Authorization, LeaveRequest};
use crate::forum::{RuleError, state};
use crate::identity::VerifiedDeviceList;
use crate::wire::codec::Signed as _;
use crate::wire::{DeviceCertificate, DeviceList};

pub(super) fn judge(
    group: &Group<'_>,
    member: &Member,
    proposals: &ProposalBundle,
) -> Result<(), RuleError> {
    // TOP-6
    if has_external_init(proposals) {
        return Err(RuleError::Proposals);
    }
    let committer = Leaf::of(member)?;
    let leaves = removed(proposals)
        .map(|index| group.leaf(index))
        .collect::<Result<Vec<_>, _>>()?;
    judge_removals(group, &committer, &leaves, &authorizations(proposals)?)?;
    let next = next_state(group, &committer, &leaves, proposals)?;
    for proposal in added(proposals) {
        let certificate = admissible(proposal.signing_identity(), &next.admission.bans)?;
        state::join_id(&proposal.leaf_node_extensions())?;
        may_add(group, &committer, &certificate)?;
    }
    Ok(())
}

/// Moderators and owners add anybody, others the devices of their own account.
// TOP-8
fn may_add(
    group: &Group<'_>,
    committer: &Leaf,
    added: &DeviceCertificate,
) -> Result<(), RuleError> {
    let account = committer.account();
    if Account::of(added) == account || group.standing(&account) >= Standing::Moderator {
        Ok(())
    } else {
        Err(RuleError::Forbidden)
    }
}

/// Each Remove is within the committer's role or justified, each justification is of a Remove.
fn judge_removals(
    group: &Group<'_>,
    committer: &Leaf,
    leaves: &[Leaf],
    authorizations: &[Authorization],
) -> Result<(), RuleError> {
    let justifications = authorizations
        .iter()
        .map(|authorization| Justification::verify(group, authorization))
        .collect::<Result<Vec<_>, _>>()?;
    let policy = &group.state.policy;
    for leaf in leaves {
        let justified = justifications.iter().any(|reason| reason.covers(leaf));
        // TOP-9
        let permitted = policy.may_remove(&committer.account(), &leaf.account());
        if leaf.index == committer.index || !(justified || permitted) {
            return Err(RuleError::Forbidden);
        }
    }
    let used = |reason: &Justification| leaves.iter().any(|leaf| reason.covers(leaf));
    if justifications.iter().all(used) {
        Ok(())
    } else {
        Err(RuleError::Proposals)
    }
}

/// Why a leaf goes without the committer's role permitting it.
enum Justification<'a> {
    NotListed(VerifiedDeviceList),
    Leave(&'a LeaveRequest),
}

impl<'a> Justification<'a> {
    fn verify(group: &Group<'_>, authorization: &'a Authorization) -> Result<Self, RuleError> {
        match authorization {
            Authorization::NewDeviceList(list) => verified_list(list).map(Self::NotListed),
            Authorization::Leave(request) => {
                verify_leave(group, request)?;
                Ok(Self::Leave(request))
            }
            // TOP-6
            Authorization::Invitation(_) => Err(RuleError::Proposals),
        }
    }

    // TOP-10, TOP-11
    fn covers(&self, leaf: &Leaf) -> bool {
        let certificate = &leaf.certificate;
        match self {
            Self::NotListed(verified) => verified.list().revokes(certificate),
            Self::Leave(request) => {
                request.address == certificate.address && request.join_id == leaf.join_id
            }
        }
    }
}

// TOP-10
fn verified_list(list: &DeviceList) -> Result<VerifiedDeviceList, RuleError> {
    VerifiedDeviceList::verify(list.clone(), list.user_id, None).map_err(|_| RuleError::Forbidden)
}

// TOP-11
fn verify_leave(group: &Group<'_>, request: &LeaveRequest) -> Result<(), RuleError> {
    let policy = &group.state.policy;
    let here = request.topic_id == policy.topic_id && request.generation == policy.generation;
    let device = group
        .device(request.address)
        .filter(|_| here)
        .ok_or(RuleError::Forbidden)?;
    let signed = request.signed_bytes().map_err(|_| RuleError::Forbidden)?;
    device
        .identity_key
        .verify(label::TOPIC_LEAVE, &signed, &request.signature)
        .map_err(|_| RuleError::Forbidden)
}
