//! Commits of this device.

use mls_rs::MlsMessage;
use mls_rs::time::MlsTime;
use rand_core::CryptoRng;

use super::TopicGroup;
use crate::forum::TopicError;
use crate::forum::state;
use crate::forum::wire::{Account, Admission, Authorization, Policy, TopicState};
use crate::wire::Address;

use crate::forum::key_package::describe_key_package;

/// What a commit is to change. Nothing at all renews the committer's keys.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// Encoded KeyPackages of devices to add.
    pub add: Vec<Vec<u8>>,
    /// Devices to remove.
    pub remove: Vec<Address>,
    /// The next policy.
    pub policy: Option<Policy>,
    /// Accounts to ban.
    pub ban: Vec<Account>,
    /// Accounts whose ban is lifted.
    pub unban: Vec<Account>,
    /// Voids all invitations; every removal does so too.
    pub void_invitations: bool,
    /// Why devices are removed that this device's role does not permit to remove.
    pub authorizations: Vec<Authorization>,
    /// What is authenticated besides.
    pub authenticated_data: Vec<u8>,
}

/// A commit, pending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCommit {
    /// The number of the epoch in which it was made.
    pub epoch: u64,
    /// The encoded commit.
    pub commit: Vec<u8>,
    /// The encoded group info of the epoch that it begins.
    pub group_info: Vec<u8>,
    /// The encoded Welcome, if it adds devices.
    pub welcome: Option<Vec<u8>>,
    /// The devices that the Welcome is for.
    pub welcomed: Vec<Address>,
}

impl TopicGroup {
    /// Makes a commit, which is pending from then on. `now_s` is in Unix seconds.
    ///
    /// # Errors
    /// [`TopicError::Pending`] if another one is, [`TopicError::NotAMember`] for a device to remove that is not there, the rule that it
    /// would break, or what MLS finds wrong.
    // TOP-22
    pub fn commit(
        &mut self,
        change: &Change,
        now_s: u64,
        rng: &mut dyn CryptoRng,
    ) -> Result<NewCommit, TopicError> {
        if self.has_pending() {
            return Err(TopicError::Pending);
        }
        let epoch = self.epoch();
        let next = self.next_state(change)?;
        let extensions = (next != *self.state())
            .then(|| state::context_extensions(&next))
            .transpose()?;
        let mut removals = Vec::with_capacity(change.remove.len());
        for address in &change.remove {
            removals.push(self.member(*address)?.index);
        }
        let mut additions = Vec::with_capacity(change.add.len());
        let mut welcomed = Vec::with_capacity(change.add.len());
        for key_package in &change.add {
            welcomed.push(describe_key_package(key_package)?.certificate.address);
            additions.push(MlsMessage::from_bytes(key_package)?);
        }
        let mut proposals = Vec::with_capacity(change.authorizations.len());
        for authorization in &change.authorizations {
            proposals.push(state::authorization_proposal(authorization)?);
        }
        let output = self.with_rng(rng, |group| {
            let mut builder = group
                .commit_builder()
                .commit_time(MlsTime::from(now_s))
                .authenticated_data(change.authenticated_data.clone());
            for key_package in additions {
                builder = builder.add_member(key_package)?;
            }
            for index in removals {
                builder = builder.remove_member(index)?;
            }
            for proposal in proposals {
                builder = builder.custom_proposal(proposal);
            }
            if let Some(extensions) = extensions {
                builder = builder.set_group_context_ext(extensions)?;
            }
            builder.build()
        })?;
        let group_info = output
            .external_commit_group_info
            .ok_or(TopicError::Pending)?;
        let welcome = output.welcome_messages.first();
        Ok(NewCommit {
            epoch,
            commit: output.commit_message.to_bytes()?,
            group_info: group_info.to_bytes()?,
            welcome: welcome.map(MlsMessage::to_bytes).transpose()?,
            welcomed,
        })
    }

    /// The state after a change; that it is permitted is the rules' business.
    fn next_state(&self, change: &Change) -> Result<TopicState, TopicError> {
        let state = self.state();
        let admission = &state.admission;
        let voids = change.void_invitations || !change.remove.is_empty();
        let mut bans = admission.bans.clone();
        bans.retain(|account| !change.unban.contains(account));
        for account in &change.ban {
            if !bans.contains(account) {
                bans.push(*account);
            }
        }
        let raised = admission.invite_generation.checked_add(u32::from(voids));
        Ok(TopicState {
            version: state.version,
            genesis: state.genesis.clone(),
            policy: change
                .policy
                .clone()
                .unwrap_or_else(|| state.policy.clone()),
            admission: Admission {
                invite_generation: raised.ok_or(crate::ProtocolError::Exhausted)?,
                bans,
            },
        })
    }
}
