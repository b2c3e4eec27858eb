//! What members sign besides commits: policies, invitations, requests to leave.

use super::{TopicError, TopicGroup};
use crate::ProtocolError;
use crate::codec;
use crate::crypto::label;
use crate::crypto::sign::{Ed25519PrivateKey, Ed25519PublicKey, Signature};
use crate::forum::RuleError;
use crate::forum::wire::{
    Account, History, Invitation, InvitationUse, Inviters, LeaveRequest, Policy, RoleEntry,
    Visibility,
};
use crate::wire::codec::Signed as _;
use crate::wire::{DeviceCertificate, TopicId, Version1};

/// In the place of a signature while the fields before it are encoded.
const UNSIGNED: Signature = Signature::from_bytes([0; 64]);

/// What an owner decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyDraft {
    /// Who gets in.
    pub visibility: Visibility,
    /// How far back a new member reads.
    pub history: History,
    /// With [`History::LastDays`] the number of days, else 0.
    pub history_days: u16,
    /// Who may invite.
    pub inviters: Inviters,
    /// Owners and moderators.
    pub roles: Vec<RoleEntry>,
}

impl PolicyDraft {
    /// What a policy says, to be changed.
    #[must_use]
    pub fn of(policy: &Policy) -> Self {
        Self {
            visibility: policy.visibility,
            history: policy.history,
            history_days: policy.history_days,
            inviters: policy.inviters,
            roles: policy.roles.clone(),
        }
    }
}

/// An invitation to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvitationRequest {
    /// Names the invitation.
    pub invitation_id: [u8; 16],
    /// For an account by name, or for whoever holds a link's private key.
    pub to: Invitee,
    /// How many may come in by it at most: every joining begins an epoch.
    pub uses: u32,
}

/// Whom an invitation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invitee {
    /// The account of this key.
    Account(Ed25519PublicKey),
    /// Who holds the private half of this key.
    Link(Ed25519PublicKey),
}

/// Where in the chain a policy stands.
pub(super) struct Place {
    pub topic_id: TopicId,
    pub generation: u32,
    pub revision: u32,
    pub previous_hash: [u8; 32],
}

pub(super) fn sign_policy(
    identity: &Ed25519PrivateKey,
    signer: &DeviceCertificate,
    draft: &PolicyDraft,
    place: &Place,
) -> Result<Policy, ProtocolError> {
    let mut policy = Policy {
        topic_id: place.topic_id,
        generation: place.generation,
        revision: place.revision,
        previous_hash: place.previous_hash,
        visibility: draft.visibility,
        history: draft.history,
        history_days: draft.history_days,
        inviters: draft.inviters,
        roles: draft.roles.clone(),
        signer: signer.clone(),
        signature: UNSIGNED,
    };
    policy.signature = identity.sign(label::TOPIC_POLICY, &policy.signed_bytes()?);
    Ok(policy)
}

impl TopicGroup {
    /// Signs the next policy, for a [`Change`](super::Change).
    ///
    /// # Errors
    /// [`TopicError::PolicyChain`] if this device's account is no owner, or no owner would be left.
    pub fn next_policy(&self, draft: &PolicyDraft) -> Result<Policy, TopicError> {
        let policy = &self.state().policy;
        let revision = policy.revision.checked_add(1);
        let place = Place {
            topic_id: policy.topic_id,
            generation: policy.generation,
            revision: revision.ok_or(ProtocolError::Exhausted)?,
            previous_hash: policy.hash()?,
        };
        let own = self.own()?.certificate;
        let next = sign_policy(&self.client.identity, &own, draft, &place)?;
        next.follows(policy)?;
        Ok(next)
    }

    /// Makes an invitation. It is good until so many joinings, or whatever else begins epochs, have come, and until the next removal.
    ///
    /// # Errors
    /// [`RuleError::Forbidden`](crate::forum::RuleError::Forbidden) if this device may not invite.
    pub fn invite(&self, request: &InvitationRequest) -> Result<Invitation, TopicError> {
        let state = self.state();
        let own = self.own()?.certificate;
        if !state.policy.may_invite(&Account::of(&own)) {
            return Err(RuleError::Forbidden.into());
        }
        let (invitee_account_key, link_public_key) = match request.to {
            Invitee::Account(key) => (Some(key), None),
            Invitee::Link(key) => (None, Some(key)),
        };
        let last = u64::from(request.uses.saturating_sub(1));
        let mut invitation = Invitation {
            version: Version1,
            topic_id: state.genesis.topic_id,
            generation: state.policy.generation,
            genesis_hash: state.genesis.hash()?,
            invitation_id: request.invitation_id,
            inviter: own.address,
            invitee_account_key,
            link_public_key,
            not_after_epoch: self.epoch().saturating_add(last),
            invite_generation: state.admission.invite_generation,
            signature: UNSIGNED,
        };
        invitation.signature = self
            .client
            .identity
            .sign(label::INVITATION, &invitation.signed_bytes()?);
        Ok(invitation)
    }

    /// Asks to be removed.
    ///
    /// # Errors
    /// None in practice.
    pub fn leave_request(&self) -> Result<LeaveRequest, TopicError> {
        let (id, own) = (self.id(), self.own()?);
        let mut request = LeaveRequest {
            version: Version1,
            topic_id: id.topic_id,
            generation: id.generation,
            address: own.certificate.address,
            join_id: own.join_id,
            signature: UNSIGNED,
        };
        request.signature = self
            .client
            .identity
            .sign(label::TOPIC_LEAVE, &request.signed_bytes()?);
        Ok(request)
    }
}

/// Spends a link's invitation for one device.
///
/// # Errors
/// None in practice.
pub fn spend_link(
    invitation: Invitation,
    link: &Ed25519PrivateKey,
    joiner: &DeviceCertificate,
) -> Result<InvitationUse, ProtocolError> {
    let content = codec::encode(&[&invitation, joiner])?;
    Ok(InvitationUse {
        link_signature: Some(link.sign(label::INVITATION_USE, &content)),
        invitation,
    })
}
