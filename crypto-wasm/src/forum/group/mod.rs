//! A topic's group as a member has it (§7): a facade over mls-rs that knows no storage, clock or generator.
//!
//! Operations that fail change nothing. A commit that was made is pending until the relay has taken it: then it is applied, or
//! cleared for the one that came first, and made anew.

mod client;
mod commit;
mod join;
mod key_package;
mod sign;
mod succession;

use mls_rs::error::MlsError;
use mls_rs::group::{CommitEffect, CommitMessageDescription, ReceivedMessage, Sender};
use mls_rs::{Group, MlsMessage, MlsMessageDescription};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use self::client::{Config, TopicClient};
use super::rules;
use super::state::{self, GroupId};
use super::wire::{JoinId, Policy, TopicState};
use super::{RuleError, TopicError, changes, credential};
use crate::codec;
use crate::identity::Device;
use crate::secret::SecretBytes;
use crate::wire::{Address, DeviceCertificate, Version1};

pub use super::key_package::{KeyPackageInfo, describe_key_package};

pub use self::commit::{Change, NewCommit};
pub use self::join::{Expected, JoinInfo, NewTopic, Progress, WelcomeInfo};
pub use self::key_package::{
    KeyPackageRequest, NewKeyPackage, StoredKeyPackage, generate_key_packages, welcome_references,
};
pub use self::sign::{InvitationRequest, Invitee, PolicyDraft, spend_link};

/// Label and length of the key that an epoch's posts are encrypted under.
const ARCHIVE_LABEL: &[u8] = b"sealpost topic archive";
const ARCHIVE_LENGTH: usize = 32;

/// A topic's group, of which a device is a member.
pub struct TopicGroup {
    client: TopicClient,
    group: Group<Config>,
    state: TopicState,
}

/// A leaf of the group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicMember {
    /// The leaf's place in the tree.
    pub index: u32,
    /// The device.
    pub certificate: DeviceCertificate,
    /// Its stay in the group.
    pub join_id: JoinId,
}

/// What a commit changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// The number of the epoch that began; that of a removed device's group stays.
    pub epoch: u64,
    /// Whose commit it was.
    pub committer: DeviceCertificate,
    /// Whether the committer came in, or replaced its own leaf, by it.
    pub is_external: bool,
    /// The devices that were not in the group before.
    pub added: Vec<DeviceCertificate>,
    /// The devices that are in the group no longer.
    pub removed: Vec<DeviceCertificate>,
    /// Whether this device is among them: the group is of no more use.
    pub self_removed: bool,
    /// The policy, if it is a new one.
    pub policy: Option<Policy>,
    /// What the committer authenticated besides.
    pub authenticated_data: Vec<u8>,
}

/// The stored form of a [`TopicGroup`].
struct StoredGroup {
    version: Version1,
    snapshot: Zeroizing<Vec<u8>>,
}

crate::codec!(struct StoredGroup { version, snapshot });

impl TopicGroup {
    fn new(client: TopicClient, group: Group<Config>) -> Result<Self, TopicError> {
        let state = rules::check_state(group.context())?;
        Ok(Self {
            client,
            group,
            state,
        })
    }

    /// Restores an exported group of a device.
    ///
    /// # Errors
    /// [`ProtocolError::Decode`](crate::ProtocolError::Decode) or those of MLS for anything but an export;
    /// [`TopicError::NotAMember`] if it is that of another device.
    pub fn import(device: &Device, bytes: &[u8]) -> Result<Self, TopicError> {
        let stored = codec::decode::<StoredGroup>(bytes)?;
        let client = TopicClient::of(device)?;
        let group = client.load(stored.snapshot)?;
        let imported = Self::new(client, group)?;
        let own = imported.group.current_member_signing_identity()?;
        if credential::certificate(own)? == *device.certificate().certificate() {
            Ok(imported)
        } else {
            Err(TopicError::NotAMember)
        }
    }

    /// The whole state, secrets and a pending commit included, without the device's identity key.
    ///
    /// # Errors
    /// None in practice.
    pub fn export(&mut self) -> Result<Zeroizing<Vec<u8>>, TopicError> {
        self.group.write_to_storage()?;
        let snapshot = self.client.written();
        Ok(codec::encode(&[&Version1, &snapshot]).map(Zeroizing::new)?)
    }

    /// Applies a commit of this or another device, encoded, in the epoch in which it was made. Lifetimes are not judged here: that is
    /// the committer's and the relay's, whose clocks need not agree with those of all members.
    ///
    /// # Errors
    /// [`TopicError::Epoch`] for a commit of another epoch, the rule that it breaks, or what MLS finds wrong; [`TopicError::Broken`] if
    /// that is a part of which the relay could see nothing: then the topic is at its end with the relay.
    pub fn process(&mut self, commit: &[u8]) -> Result<Changes, TopicError> {
        let message = MlsMessage::from_bytes(commit)?;
        changes::check_message(&message, self.group.current_epoch(), |identity| {
            let address =
                credential::certificate(identity).map_err(|_| MlsError::MemberNotFound)?;
            let address =
                codec::encode(&[&address.address]).map_err(|_| MlsError::MemberNotFound)?;
            self.group.member_with_identity(&address)
        })?;
        // Where the confirmation tag is wrong, mls-rs has put the next epoch's private keys into the group already.
        let mut next = self.group.clone();
        let processed = next.process_incoming_message(message);
        match processed.map_err(TopicError::of_commit)? {
            ReceivedMessage::Commit(description) => {
                self.group = next;
                self.changed(&description)
            }
            _ => Err(RuleError::Proposals.into()),
        }
    }

    /// Whose an encoded commit is that was made in this epoch, by its own word; `None` if it was nobody's in the group.
    #[must_use]
    pub fn committer(&self, commit: &[u8]) -> Option<DeviceCertificate> {
        let message = MlsMessage::from_bytes(commit).ok()?;
        if let Some(leaf) = message.commit_path_leaf_node() {
            return credential::certificate(&leaf.signing_identity).ok();
        }
        let MlsMessageDescription::PublicProtocolMessage {
            sender: Sender::Member(index),
            ..
        } = message.description()
        else {
            return None;
        };
        let member = self.group.member_at_index(index)?;
        credential::certificate(member.signing_identity()).ok()
    }

    /// Applies the pending commit: the relay took it.
    ///
    /// # Errors
    /// [`TopicError::Pending`] if there is none.
    pub fn apply_pending(&mut self) -> Result<Changes, TopicError> {
        if !self.has_pending() {
            return Err(TopicError::Pending);
        }
        let description = self.group.apply_pending_commit()?;
        self.changed(&description)
    }

    /// Drops the pending commit: another one came first.
    pub fn clear_pending(&mut self) {
        self.group.clear_pending_commit();
    }

    /// Whether a commit waits for the relay.
    #[must_use]
    pub fn has_pending(&self) -> bool {
        self.group.has_pending_commit()
    }

    /// The archive key of the epoch that the pending commit begins, for the links that go with it.
    ///
    /// # Errors
    /// [`TopicError::Pending`] if there is none.
    pub fn pending_archive_key(&self) -> Result<SecretBytes<ARCHIVE_LENGTH>, TopicError> {
        if !self.has_pending() {
            return Err(TopicError::Pending);
        }
        let mut next = self.group.clone();
        next.apply_pending_commit()?;
        archive_key(&next, &self.state)
    }

    fn changed(&mut self, description: &CommitMessageDescription) -> Result<Changes, TopicError> {
        let (epoch, self_removed) = match &description.effect {
            CommitEffect::NewEpoch(epoch) => (epoch, false),
            CommitEffect::Removed { new_epoch, .. } => (new_epoch, true),
            CommitEffect::ReInit(_) => return Err(RuleError::Proposals.into()),
        };
        let before = self.state.policy.hash()?;
        self.state = rules::check_state(self.group.context())?;
        let changes = changes::of(description, epoch, &self.group.roster())?;
        let policy = (self.state.policy.hash()? != before).then(|| self.state.policy.clone());
        Ok(Changes {
            epoch: self.epoch(),
            committer: changes.committer,
            is_external: description.is_external,
            added: changes.added,
            removed: changes.removed,
            self_removed,
            policy,
            authenticated_data: description.authenticated_data.clone(),
        })
    }

    /// The epoch's number among all of the topic.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        state::number_of(self.state.policy.generation, self.group.context())
    }

    /// The topic and which of its groups.
    #[must_use]
    pub const fn id(&self) -> GroupId {
        GroupId {
            topic_id: self.state.genesis.topic_id,
            generation: self.state.policy.generation,
        }
    }

    /// What all members agree on.
    #[must_use]
    pub const fn state(&self) -> &TopicState {
        &self.state
    }

    /// This device's leaf.
    ///
    /// # Errors
    /// None in practice.
    pub fn own(&self) -> Result<TopicMember, TopicError> {
        let index = self.group.current_member_index();
        let member = self.group.member_at_index(index);
        member_of(&member.ok_or(TopicError::NotAMember)?)
    }

    /// All leaves, in the tree's order.
    ///
    /// # Errors
    /// None in practice.
    pub fn members(&self) -> Result<Vec<TopicMember>, TopicError> {
        let members = self.group.roster().members_iter();
        members.map(|member| member_of(&member)).collect()
    }

    /// The leaf of a device.
    ///
    /// # Errors
    /// [`TopicError::NotAMember`] if it has none.
    pub fn member(&self, address: Address) -> Result<TopicMember, TopicError> {
        let identity = codec::encode(&[&address])?;
        match self.group.member_with_identity(&identity) {
            Ok(member) => member_of(&member),
            Err(_) => Err(TopicError::NotAMember),
        }
    }

    /// The encoded group info of this epoch for external commits, without the tree.
    ///
    /// # Errors
    /// None in practice.
    pub fn group_info(&self) -> Result<Vec<u8>, TopicError> {
        let info = self.group.group_info_message_allowing_ext_commit(false)?;
        Ok(info.to_bytes()?)
    }

    /// The encoded ratchet tree.
    ///
    /// # Errors
    /// None in practice.
    pub fn tree(&self) -> Result<Vec<u8>, TopicError> {
        Ok(self.group.export_tree().to_bytes()?)
    }

    /// MLS-Exporter (RFC 9420 §8.5) of this epoch.
    ///
    /// # Errors
    /// [`ProtocolError::Decode`](crate::ProtocolError::Decode) or those of MLS if `length` is more than 255 hashes.
    pub fn export_secret(
        &self,
        label: &[u8],
        context: &[u8],
        length: usize,
    ) -> Result<Zeroizing<Vec<u8>>, TopicError> {
        let secret = self.group.export_secret(label, context, length)?;
        Ok(Zeroizing::new(secret.as_bytes().to_vec()))
    }

    /// The key of this epoch's posts: MLS-Exporter("sealpost topic archive", topic id, 32).
    ///
    /// # Errors
    /// None in practice.
    // TOP-19
    pub fn archive_key(&self) -> Result<SecretBytes<ARCHIVE_LENGTH>, TopicError> {
        archive_key(&self.group, &self.state)
    }

    /// Runs what needs randomness.
    fn with_rng<T>(
        &mut self,
        rng: &mut dyn CryptoRng,
        operation: impl FnOnce(&mut Group<Config>) -> Result<T, MlsError>,
    ) -> Result<T, TopicError> {
        let group = &mut self.group;
        Ok(self.client.random.lend(rng, || operation(group))?)
    }
}

fn archive_key(
    group: &Group<Config>,
    state: &TopicState,
) -> Result<SecretBytes<ARCHIVE_LENGTH>, TopicError> {
    let topic_id = state.genesis.topic_id;
    let secret = group.export_secret(ARCHIVE_LABEL, topic_id.as_bytes(), ARCHIVE_LENGTH)?;
    let bytes = secret.as_bytes();
    SecretBytes::try_init(|key| {
        let bytes = bytes.try_into().map_err(|_| crate::ProtocolError::Decode)?;
        *key = bytes;
        Ok(())
    })
}

fn member_of(member: &mls_rs::group::Member) -> Result<TopicMember, TopicError> {
    Ok(TopicMember {
        index: member.index(),
        certificate: credential::certificate(member.signing_identity())?,
        join_id: state::join_id(member.extensions())?,
    })
}
