//! A topic's group as its relay follows it: public state only, judged by the same rules as at the members (§7).

use mls_rs::MlsMessage;
use mls_rs::external_client::builder::{
    ExternalBaseConfig, WithCryptoProvider, WithIdentityProvider, WithMlsRules,
};
use mls_rs::external_client::{
    ExternalClient, ExternalGroup, ExternalReceivedMessage, ExternalSnapshot,
};
use mls_rs::group::{CommitEffect, ExportedTree};
use mls_rs::time::MlsTime;

use super::credential::{self, DeviceIdentities};
use super::provider::PublicSuite;
use super::rules::{self, TopicRules};
use super::state::{AUTHORIZATION, JOIN_ID, TOPIC_STATE};
use super::wire::TopicState;
use super::{RuleError, TopicError, changes, state};
use crate::wire::{Address, DeviceCertificate};

type Config = WithMlsRules<
    TopicRules,
    WithIdentityProvider<DeviceIdentities, WithCryptoProvider<PublicSuite, ExternalBaseConfig>>,
>;

/// The public state of a topic's group.
#[derive(Clone)]
pub struct PublicGroup {
    group: ExternalGroup<Config>,
    state: TopicState,
}

/// What a commit changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The epoch that began.
    pub epoch: u64,
    /// Whose commit it was.
    pub committer: Address,
    /// Whether the committer came in, or replaced its own leaf, by it.
    pub is_external: bool,
    /// Certificates of the devices that were not in the group before.
    pub added: Vec<DeviceCertificate>,
    /// The devices that are in the group no longer.
    pub removed: Vec<Address>,
    /// The topic's state now.
    pub state: TopicState,
}

pub(super) fn client() -> ExternalClient<Config> {
    ExternalClient::builder()
        .crypto_provider(PublicSuite)
        .identity_provider(DeviceIdentities)
        .mls_rules(TopicRules)
        .extension_types([TOPIC_STATE, JOIN_ID])
        .custom_proposal_types([AUTHORIZATION])
        .build()
}

impl PublicGroup {
    /// Takes a new topic from its founder: an encoded group info of epoch 0 and the tree. `now_s` is in Unix seconds.
    ///
    /// # Errors
    /// [`RuleError::State`] if it is not a topic's beginning: the founder's device alone, the first policy of its genesis, no bans.
    /// Those of MLS.
    // TOP-3
    pub fn create(group_info: &[u8], tree: &[u8], now_s: u64) -> Result<Self, TopicError> {
        let mut created = Self::observed(group_info, tree, now_s)?;
        created.check_beginning()?;
        created.check_group_info(group_info, created.state.genesis.founder.address)?;
        Ok(created)
    }

    /// Takes the topic's next group from an owner: an encoded group info of its own epoch 0 and the tree. `now_s` is in Unix seconds.
    ///
    /// # Errors
    /// [`RuleError::State`] if it does not follow this one: the same beginning, the device of an owner in this group alone, the next
    /// policy, the same bans, all invitations void. [`TopicError::PolicyChain`] and those of MLS.
    // TOP-24
    pub fn succeed(&self, group_info: &[u8], tree: &[u8], now_s: u64) -> Result<Self, TopicError> {
        let mut next = Self::observed(group_info, tree, now_s)?;
        let (before, after) = (&self.state, &next.state);
        after.policy.follows(&before.policy)?;
        let founder = after.policy.signer.clone();
        let voided = before.admission.invite_generation.checked_add(1);
        let follows = after.genesis == before.genesis
            && before.policy.generation.checked_add(1) == Some(after.policy.generation)
            && next.group.group_context().epoch() == 0
            && next.members()? == [founder.clone()]
            && self.members()?.contains(&founder)
            && after.admission.bans == before.admission.bans
            && voided == Some(after.admission.invite_generation);
        if !follows {
            return Err(RuleError::State.into());
        }
        next.check_group_info(group_info, founder.address)?;
        Ok(next)
    }

    fn observed(group_info: &[u8], tree: &[u8], now_s: u64) -> Result<Self, TopicError> {
        let group = client().observe_group(
            MlsMessage::from_bytes(group_info)?,
            Some(ExportedTree::from_bytes(tree)?),
            Some(MlsTime::from(now_s)),
        )?;
        let state = rules::check_state(group.group_context())?;
        Ok(Self { group, state })
    }

    fn check_beginning(&self) -> Result<(), TopicError> {
        let (genesis, policy) = (&self.state.genesis, &self.state.policy);
        genesis.verify()?;
        policy.begins(genesis)?;
        let begins = self.epoch() == 0
            && self.members()? == [genesis.founder.clone()]
            && self.state.admission == super::wire::Admission::default();
        if begins {
            Ok(())
        } else {
            Err(RuleError::State.into())
        }
    }

    /// Applies an encoded commit. `now_s`, in Unix seconds, is what the lifetimes of added KeyPackages are judged by.
    ///
    /// # Errors
    /// [`TopicError::Epoch`] for a commit of another epoch, the rule that it breaks, or what MLS finds wrong. The group has not
    /// changed then.
    // TOP-22
    pub fn apply(&mut self, commit: &[u8], now_s: u64) -> Result<Applied, TopicError> {
        let message = MlsMessage::from_bytes(commit)?;
        let epoch = self.group.group_context().epoch();
        changes::check_message(&message, epoch, |identity| {
            self.group.get_member_with_identity(identity)
        })?;
        let received = self
            .group
            .process_incoming_message_with_time(message, MlsTime::from(now_s))?;
        let ExternalReceivedMessage::Commit(description) = received else {
            return Err(RuleError::Proposals.into());
        };
        let CommitEffect::NewEpoch(epoch) = &description.effect else {
            return Err(RuleError::Proposals.into());
        };
        self.state = rules::check_state(self.group.group_context())?;
        let changes = changes::of(&description, epoch, &self.group.roster())?;
        Ok(Applied {
            epoch: self.epoch(),
            committer: changes.committer.address,
            is_external: description.is_external,
            added: changes.added,
            removed: changes.removed.iter().map(|gone| gone.address).collect(),
            state: self.state.clone(),
        })
    }

    /// Checks an encoded group info that the committer of the present epoch gives to joiners.
    ///
    /// # Errors
    /// [`RuleError::State`] if it is not of this very state, not by that device, not fit for external commits, or has the tree in it.
    // TOP-21
    pub fn check_group_info(
        &mut self,
        group_info: &[u8],
        committer: Address,
    ) -> Result<(), TopicError> {
        let message = MlsMessage::from_bytes(group_info)?;
        let received = self.group.process_incoming_message(message)?;
        let ExternalReceivedMessage::GroupInfo(info) = received else {
            return Err(RuleError::State.into());
        };
        let signer = self.group.roster().member_with_index(info.sender())?;
        let signer = credential::certificate(signer.signing_identity())?.address;
        if signer == committer && changes::allows_external_commit(&info) {
            Ok(())
        } else {
            Err(RuleError::State.into())
        }
    }

    /// The state for storage.
    ///
    /// # Errors
    /// None in practice.
    pub fn snapshot(&self) -> Result<Vec<u8>, TopicError> {
        Ok(self.group.snapshot().to_bytes()?)
    }

    /// Restores a stored state.
    ///
    /// # Errors
    /// [`RuleError::State`] or those of MLS if it is not one.
    pub fn from_snapshot(bytes: &[u8]) -> Result<Self, TopicError> {
        let group = client().load_group(ExternalSnapshot::from_bytes(bytes)?)?;
        let state = rules::check_state(group.group_context())?;
        Ok(Self { group, state })
    }

    /// The encoded ratchet tree, for joiners.
    ///
    /// # Errors
    /// None in practice.
    pub fn tree(&self) -> Result<Vec<u8>, TopicError> {
        Ok(self.group.export_tree()?)
    }

    /// The epoch's number among all of the topic.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        let generation = self.state.policy.generation;
        state::number_of(generation, self.group.group_context())
    }

    /// The topic's state.
    #[must_use]
    pub const fn state(&self) -> &TopicState {
        &self.state
    }

    /// The certificates of the devices in the group, in the tree's order.
    ///
    /// # Errors
    /// None in practice.
    pub fn members(&self) -> Result<Vec<DeviceCertificate>, TopicError> {
        changes::members(&self.group.roster())
    }
}
