//! How a topic's state may change from one epoch to the next.

use mls_rs::group::GroupContext;
use mls_rs::mls_rules::ProposalBundle;

use super::{Group, Leaf, added, new_extensions, removed};
use crate::forum::policy::Standing;
use crate::forum::state::{self, GroupId};
use crate::forum::wire::{Account, Admission, Policy, TopicState};
use crate::forum::{RuleError, credential};
use crate::sorted;

/// The state after a member's commit.
pub(super) fn next_state(
    group: &Group<'_>,
    committer: &Leaf,
    leaves: &[Leaf],
    proposals: &ProposalBundle,
) -> Result<TopicState, RuleError> {
    let Some(extensions) = new_extensions(proposals) else {
        // TOP-17
        return match leaves {
            [] => Ok(group.state.clone()),
            _ => Err(RuleError::State),
        };
    };
    let next = state::topic_state(extensions)?;
    // TOP-5
    if next.genesis != group.state.genesis {
        return Err(RuleError::State);
    }
    judge_policy(group, committer, &next.policy)?;
    judge_invite_generation(group, committer, leaves, &next.admission)?;
    judge_bans(group, committer, &next.admission, proposals)?;
    Ok(next)
}

/// The policy stays, or an owner's device puts the next revision that it signed.
// TOP-4
fn judge_policy(group: &Group<'_>, committer: &Leaf, next: &Policy) -> Result<(), RuleError> {
    let policy = &group.state.policy;
    if next == policy {
        return Ok(());
    }
    if group.standing(&committer.account()) != Standing::Owner {
        return Err(RuleError::Forbidden);
    }
    if next.signer == committer.certificate
        && next.generation == policy.generation
        && next.follows(policy).is_ok()
    {
        Ok(())
    } else {
        Err(RuleError::State)
    }
}

/// Every Remove voids the invitations; moderators and owners may also do so alone.
// TOP-17
fn judge_invite_generation(
    group: &Group<'_>,
    committer: &Leaf,
    leaves: &[Leaf],
    next: &Admission,
) -> Result<(), RuleError> {
    let now = group.state.admission.invite_generation;
    if now.checked_add(1) == Some(next.invite_generation) {
        let permitted =
            !leaves.is_empty() || group.standing(&committer.account()) >= Standing::Moderator;
        return if permitted {
            Ok(())
        } else {
            Err(RuleError::Forbidden)
        };
    }
    if next.invite_generation == now && leaves.is_empty() {
        Ok(())
    } else {
        Err(RuleError::State)
    }
}

/// Moderators ban plain members, owners anybody, and who is banned has no leaf left; only owners lift bans.
// TOP-18
fn judge_bans(
    group: &Group<'_>,
    committer: &Leaf,
    next: &Admission,
    proposals: &ProposalBundle,
) -> Result<(), RuleError> {
    let (before, after) = (&group.state.admission.bans, &next.bans);
    if before == after {
        return Ok(());
    }
    if !sorted::all_distinct(after.iter()) {
        return Err(RuleError::State);
    }
    let standing = group.standing(&committer.account());
    let lifted = before.iter().any(|account| !after.contains(account));
    let above = |account: &&Account| {
        standing == Standing::Owner || group.standing(account) == Standing::Member
    };
    let mut new = after.iter().filter(|account| !before.contains(account));
    if standing < Standing::Moderator
        || (lifted && standing != Standing::Owner)
        || !new.clone().all(|account| above(&account))
    {
        return Err(RuleError::Forbidden);
    }
    if new.any(|account| stays(group, account, proposals)) {
        return Err(RuleError::State);
    }
    Ok(())
}

/// Whether a leaf of the account is there after the commit.
fn stays(group: &Group<'_>, account: &Account, proposals: &ProposalBundle) -> bool {
    let devices =
        |certificate: &crate::wire::DeviceCertificate| Account::of(certificate) == *account;
    let present = group.certificates().filter(devices).count();
    let gone = removed(proposals)
        .filter_map(|index| group.leaf(index).ok())
        .filter(|leaf| leaf.account() == *account)
        .count();
    let comes = added(proposals)
        .filter_map(|proposal| credential::certificate(proposal.signing_identity()).ok())
        .any(|certificate| devices(&certificate));
    present > gone || comes
}

/// Checks a state by itself: what a founder or a joiner meets first.
///
/// # Errors
/// [`RuleError::State`] if group id, genesis and policy are not of one topic and generation, or its epochs are used up.
// TOP-5, TOP-23
pub(in crate::forum) fn check_state(context: &GroupContext) -> Result<TopicState, RuleError> {
    let state = state::topic_state(context.extensions())?;
    let id = GroupId::of(context).map_err(|_| RuleError::State)?;
    let topic_id = state.genesis.topic_id;
    let one = id.topic_id == topic_id
        && state.policy.topic_id == topic_id
        && state.policy.generation == id.generation
        && state::is_countable(context.epoch());
    if one {
        Ok(state)
    } else {
        Err(RuleError::State)
    }
}
