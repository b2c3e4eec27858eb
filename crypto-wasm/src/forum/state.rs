//! Where MLS carries what topics add to it: extensions, required capabilities, group ids (§7).

use mls_rs::extension::ExtensionType;
use mls_rs::extension::built_in::RequiredCapabilitiesExt;
use mls_rs::group::GroupContext;
use mls_rs::group::proposal::{CustomProposal, ProposalType};
use mls_rs::identity::CredentialType;
use mls_rs::{Extension, ExtensionList};

use super::wire::{Authorization, JoinId, TopicState};
use super::{RuleError, TopicError};
use crate::ProtocolError;
use crate::codec::{self, Reader};
use crate::wire::{TopicId, Wire as _};

/// The group context extension that holds a [`TopicState`].
pub const TOPIC_STATE: ExtensionType = ExtensionType::new(0xf001);
/// The leaf node extension that holds a [`JoinId`].
pub const JOIN_ID: ExtensionType = ExtensionType::new(0xf002);
/// The custom proposal that holds an [`Authorization`].
pub const AUTHORIZATION: ProposalType = ProposalType::new(0xf003);

/// Which group: a topic, and its number among the groups that the topic has had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupId {
    /// The topic.
    pub topic_id: TopicId,
    /// 0, 1, 2, …
    pub generation: u32,
}

crate::codec!(struct GroupId { topic_id, generation });

/// So many bits of an epoch's number are its group's own; the others are the group's.
const EPOCH_BITS: u32 = 32;

/// Which of a topic's groups an epoch is of, by its number.
#[must_use]
// TOP-23
pub const fn generation_of(number: u64) -> u32 {
    (number >> EPOCH_BITS) as u32
}

/// The number of the epoch of a group context, which [`check_state`](super::rules::check_state) has found to be one.
// TOP-23
pub(super) fn number_of(generation: u32, context: &GroupContext) -> u64 {
    u64::from(generation) << EPOCH_BITS | context.epoch()
}

/// Whether a group's own epoch leaves room for more.
// TOP-23
pub(super) const fn is_countable(epoch: u64) -> bool {
    epoch >> EPOCH_BITS == 0
}

impl GroupId {
    /// The MLS group id: the topic's id, then the number as uint32.
    ///
    /// # Errors
    /// None in practice.
    // TOP-5
    pub fn to_bytes(self) -> Result<Vec<u8>, ProtocolError> {
        codec::encode(&[&self])
    }

    /// Which group an MLS group id is of.
    ///
    /// # Errors
    /// [`ProtocolError::Decode`].
    pub fn of(context: &GroupContext) -> Result<Self, ProtocolError> {
        codec::decode(context.group_id())
    }
}

/// What every leaf must support.
fn required_capabilities() -> RequiredCapabilitiesExt {
    RequiredCapabilitiesExt::new(
        vec![TOPIC_STATE, JOIN_ID],
        vec![AUTHORIZATION],
        vec![CredentialType::BASIC],
    )
}

/// The group context extensions of a state: this and the required capabilities, nothing else.
///
/// # Errors
/// None in practice.
pub fn context_extensions(state: &TopicState) -> Result<ExtensionList, TopicError> {
    let mut extensions = ExtensionList::new();
    extensions
        .set_from(required_capabilities())
        .map_err(|_| ProtocolError::Decode)?;
    extensions.set(Extension::new(TOPIC_STATE, state.to_bytes()?));
    Ok(extensions)
}

/// The state in group context extensions.
///
/// # Errors
/// [`RuleError::State`] if it is not there, does not decode, or not all members must support it, or there is any other extension.
// TOP-5
pub fn topic_state(extensions: &ExtensionList) -> Result<TopicState, RuleError> {
    let state = extensions
        .get(TOPIC_STATE)
        .and_then(|extension| TopicState::from_bytes(&extension.extension_data).ok())
        .ok_or(RuleError::State)?;
    let expected = context_extensions(&state).map_err(|_| RuleError::State)?;
    if *extensions == expected {
        Ok(state)
    } else {
        Err(RuleError::State)
    }
}

/// The leaf node extensions of a stay.
///
/// # Errors
/// None in practice.
pub fn leaf_extensions(join_id: JoinId) -> Result<ExtensionList, ProtocolError> {
    let mut extensions = ExtensionList::new();
    extensions.set(Extension::new(JOIN_ID, join_id.to_bytes()?));
    Ok(extensions)
}

/// The stay in leaf node extensions.
///
/// # Errors
/// [`RuleError::Leaf`] if it is not there or not alone.
// TOP-1
pub fn join_id(extensions: &ExtensionList) -> Result<JoinId, RuleError> {
    match (extensions.get(JOIN_ID), extensions.len()) {
        (Some(extension), 1) => {
            JoinId::from_bytes(&extension.extension_data).map_err(|_| RuleError::Leaf)
        }
        _ => Err(RuleError::Leaf),
    }
}

/// A proposal that holds an authorization.
///
/// # Errors
/// None in practice.
pub fn authorization_proposal(
    authorization: &Authorization,
) -> Result<CustomProposal, ProtocolError> {
    Ok(CustomProposal::new(
        AUTHORIZATION,
        authorization.to_bytes()?,
    ))
}

/// The authorization in a custom proposal.
///
/// # Errors
/// [`RuleError::Proposals`] if it is of another type or does not decode.
pub fn authorization(proposal: &CustomProposal) -> Result<Authorization, RuleError> {
    if proposal.proposal_type() != AUTHORIZATION {
        return Err(RuleError::Proposals);
    }
    let mut reader = Reader::new(proposal.data());
    codec::Decode::decode(&mut reader)
        .ok()
        .filter(|_| reader.is_empty())
        .ok_or(RuleError::Proposals)
}
