//! External commits: coming in without being added.

use mls_rs::identity::SigningIdentity;
use mls_rs::mls_rules::ProposalBundle;

use super::{Group, added, admissible, authorizations, new_extensions, removed};
use crate::ProtocolError;
use crate::codec;
use crate::crypto::label;
use crate::forum::RuleError;
use crate::forum::state::number_of;
use crate::forum::wire::{Account, Authorization, Invitation, InvitationUse, Visibility};
use crate::wire::DeviceCertificate;
use crate::wire::codec::Signed as _;

pub(super) fn judge(
    group: &Group<'_>,
    identity: &SigningIdentity,
    proposals: &ProposalBundle,
) -> Result<(), RuleError> {
    // TOP-6
    if added(proposals).next().is_some() || new_extensions(proposals).is_some() {
        return Err(RuleError::Proposals);
    }
    let certificate = admissible(identity, &group.state.admission.bans)?;
    let authorizations = authorizations(proposals)?;
    if replaces_own_leaf(group, identity, proposals)? {
        return match authorizations.as_slice() {
            [] => Ok(()),
            _ => Err(RuleError::Proposals),
        };
    }
    // TOP-13
    if group.has_account(&Account::of(&certificate)) {
        return Err(RuleError::Forbidden);
    }
    match (group.state.policy.visibility, authorizations.as_slice()) {
        // TOP-14
        (Visibility::Open, []) => Ok(()),
        (Visibility::Invite, [Authorization::Invitation(used)]) => {
            verify_use(group, used, &certificate)
        }
        (Visibility::Invite, []) => Err(RuleError::Invitation),
        (Visibility::Closed, []) => Err(RuleError::Forbidden),
        _ => Err(RuleError::Proposals),
    }
}

/// Whether the one leaf that the commit removes is that of the very same certificate.
// TOP-12
fn replaces_own_leaf(
    group: &Group<'_>,
    identity: &SigningIdentity,
    proposals: &ProposalBundle,
) -> Result<bool, RuleError> {
    let mut removals = removed(proposals);
    let Some(index) = removals.next() else {
        return Ok(false);
    };
    let member = group.roster.member_with_index(index);
    let replaced = member.map_err(|_| RuleError::Proposals)?;
    if removals.next().is_none() && replaced.signing_identity() == identity {
        Ok(true)
    } else {
        Err(RuleError::Proposals)
    }
}

/// The inviter is here and may invite, the invitation is of this group and still good, and it is spent for this device.
// TOP-15
fn verify_use(
    group: &Group<'_>,
    used: &InvitationUse,
    joiner: &DeviceCertificate,
) -> Result<(), RuleError> {
    let (invitation, state) = (&used.invitation, &group.state);
    let genesis_hash = state.genesis.hash().map_err(|_| RuleError::State)?;
    let inviter = group
        .device(invitation.inviter)
        .ok_or(RuleError::Invitation)?;
    let good = invitation.topic_id == state.policy.topic_id
        && invitation.generation == state.policy.generation
        && invitation.genesis_hash == genesis_hash
        && invitation.not_after_epoch >= number_of(state.policy.generation, group.context)
        && invitation.invite_generation == state.admission.invite_generation
        && state.policy.may_invite(&Account::of(&inviter));
    if !good {
        return Err(RuleError::Invitation);
    }
    verify_invitation(invitation, &inviter)
        .and_then(|()| verify_spender(used, joiner))
        .map_err(|_| RuleError::Invitation)
}

fn verify_invitation(
    invitation: &Invitation,
    inviter: &DeviceCertificate,
) -> Result<(), ProtocolError> {
    let signed = invitation.signed_bytes()?;
    let key = inviter.identity_key;
    key.verify(label::INVITATION, &signed, &invitation.signature)
}

/// By name: the joiner's account is meant. By link: whoever holds the link's key meant this very device.
// TOP-16
fn verify_spender(used: &InvitationUse, joiner: &DeviceCertificate) -> Result<(), ProtocolError> {
    let invitation = &used.invitation;
    match (
        invitation.invitee_account_key,
        invitation.link_public_key,
        used.link_signature,
    ) {
        (Some(invitee), None, None) if invitee == joiner.account_key => Ok(()),
        (None, Some(link), Some(signature)) => link.verify(
            label::INVITATION_USE,
            &codec::encode(&[invitation, joiner])?,
            &signature,
        ),
        _ => Err(ProtocolError::BadSignature),
    }
}
