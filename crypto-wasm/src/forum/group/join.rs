//! Founding a topic and coming into one.

use mls_rs::group::{ExportedTree, GroupContext};
use mls_rs::identity::SigningIdentity;
use mls_rs::{KeyPackageStorage as _, MlsMessage};
use rand_core::CryptoRng;

use super::client::TopicClient;
use super::commit::NewCommit;
use super::key_package::{StoredKeyPackage, draw_join_id, generation_time};
use super::sign::{Place, PolicyDraft, sign_policy};
use super::{TopicError, TopicGroup};
use crate::ProtocolError;
use crate::forum::state::GroupId;
use crate::forum::wire::{
    Account, Admission, Authorization, Genesis, InvitationUse, Policy, Role, RoleEntry, TopicState,
};
use crate::forum::{credential, policy, rules, state};
use crate::identity::Device;
use crate::wire::{TopicId, Version1};

/// What a topic is founded with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTopic {
    /// The topic.
    pub topic_id: TopicId,
    /// Its first policy; the founder's account becomes the sole owner, whatever roles are named here.
    pub policy: PolicyDraft,
    /// Unix milliseconds.
    pub now_ms: u64,
}

/// What the relay gives to a device that comes in by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinInfo {
    /// The encoded group info.
    pub group_info: Vec<u8>,
    /// The encoded ratchet tree.
    pub tree: Vec<u8>,
    /// All policies, oldest first.
    pub policies: Vec<Policy>,
}

/// What the relay gives to a device that was added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WelcomeInfo {
    /// The encoded Welcome.
    pub welcome: Vec<u8>,
    /// The encoded ratchet tree of the epoch that the Welcome is for.
    pub tree: Vec<u8>,
    /// All policies, oldest first.
    pub policies: Vec<Policy>,
}

/// How far a topic was known to have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The epoch, by its number.
    pub epoch: u64,
    /// The policy's revision.
    pub revision: u32,
}

/// What a joiner knows of the topic beforehand; `None` takes anything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Expected {
    /// The topic.
    pub topic_id: Option<TopicId>,
    /// The genesis hash, from an invitation or from having been there.
    pub genesis_hash: Option<[u8; 32]>,
    /// The founder.
    pub founder: Option<Account>,
    /// No less than this.
    pub progress: Option<Progress>,
}

impl Expected {
    /// Compares with what the relay presents.
    // TOP-20
    fn check(&self, context: &GroupContext, state: &TopicState) -> Result<(), TopicError> {
        let genesis = &state.genesis;
        let hash = genesis.hash()?;
        if self.topic_id.is_some_and(|id| id != genesis.topic_id)
            || self.genesis_hash.is_some_and(|expected| expected != hash)
            || self
                .founder
                .is_some_and(|founder| founder != genesis.account())
        {
            return Err(TopicError::TopicMismatch);
        }
        let policy = &state.policy;
        let now = state::number_of(policy.generation, context);
        let went_back = |known: Progress| now < known.epoch || policy.revision < known.revision;
        if self.progress.is_some_and(went_back) {
            return Err(TopicError::Rollback);
        }
        Ok(())
    }
}

/// Checks what a group is before coming into it: consistent, the one that was meant, under a policy of a whole chain.
// TOP-20
fn check_group(
    context: &GroupContext,
    policies: &[Policy],
    expected: &Expected,
) -> Result<(), TopicError> {
    let state = rules::check_state(context)?;
    expected.check(context, &state)?;
    if *policy::verify_chain(&state.genesis, policies)? == state.policy {
        Ok(())
    } else {
        Err(TopicError::PolicyChain)
    }
}

impl TopicGroup {
    /// Founds a topic: a group of this device alone, in epoch 0.
    ///
    /// # Errors
    /// [`TopicError::PolicyChain`] if the first policy is not consistent.
    pub fn create(
        device: &Device,
        topic: &NewTopic,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, TopicError> {
        let founder = device.certificate().certificate();
        let genesis = Genesis {
            topic_id: topic.topic_id,
            founder: founder.clone(),
            created_at_ms: topic.now_ms,
        };
        let draft = PolicyDraft {
            roles: vec![RoleEntry {
                account: genesis.account(),
                role: Role::Owner,
            }],
            ..topic.policy.clone()
        };
        let place = Place {
            topic_id: topic.topic_id,
            generation: 0,
            revision: 0,
            previous_hash: genesis.hash()?,
        };
        let policy = sign_policy(device.identity(), founder, &draft, &place)?;
        policy.begins(&genesis)?;
        let state = TopicState {
            version: Version1,
            genesis,
            policy,
            admission: Admission::default(),
        };
        Self::found(device, &state, topic.now_ms / 1000, rng)
    }

    /// A group of this device alone, in its own epoch 0. `now_s` is in Unix seconds.
    pub(super) fn found(
        device: &Device,
        state: &TopicState,
        now_s: u64,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, TopicError> {
        let id = GroupId {
            topic_id: state.policy.topic_id,
            generation: state.policy.generation,
        };
        let client = TopicClient::of(device)?;
        let leaf_extensions = state::leaf_extensions(draw_join_id(rng))?;
        let group = client.random.lend(rng, || {
            client
                .mls
                .create_group_with_id(
                    id.to_bytes()?,
                    state::context_extensions(state)?,
                    leaf_extensions,
                    Some(generation_time(now_s)),
                )
                .map_err(TopicError::from)
        })?;
        Self::new(client, group)
    }

    /// Comes into a topic that this device was added to, with the KeyPackage that was used.
    ///
    /// # Errors
    /// [`TopicError::TopicMismatch`], [`TopicError::Rollback`] or [`TopicError::PolicyChain`] if it is not the expected topic as it
    /// should be; what MLS finds wrong.
    pub fn join_welcome(
        device: &Device,
        info: &WelcomeInfo,
        key_package: &StoredKeyPackage,
        expected: &Expected,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, TopicError> {
        let client = TopicClient::of(device)?;
        let (Ok(()),) = (client
            .key_packages
            .clone()
            .insert(key_package.reference.clone(), key_package.decode()?),);
        let welcome = MlsMessage::from_bytes(&info.welcome)?;
        let tree = ExportedTree::from_bytes(&info.tree)?;
        // Lifetimes are not judged: they were when the leaves came in.
        let (group, _) = client
            .random
            .lend(rng, || client.mls.join_group(Some(tree), &welcome, None))?;
        check_group(group.context(), &info.policies, expected)?;
        client.key_packages.take();
        Self::joined(client, group)
    }

    /// Comes into a topic by an external commit: by an invitation, in an open topic, or in the place of this device's own leaf. The
    /// group counts once the relay has taken the commit.
    ///
    /// # Errors
    /// As [`join_welcome`](Self::join_welcome), and the rule that the commit would break.
    pub fn join_external(
        device: &Device,
        info: &JoinInfo,
        invitation: Option<InvitationUse>,
        expected: &Expected,
        rng: &mut dyn CryptoRng,
    ) -> Result<(Self, NewCommit), TopicError> {
        let client = TopicClient::of(device)?;
        let message = MlsMessage::from_bytes(&info.group_info)?;
        let context = message
            .as_group_info()
            .ok_or(ProtocolError::Decode)?
            .group_context()
            .clone();
        check_group(&context, &info.policies, expected)?;
        let tree = ExportedTree::from_bytes(&info.tree)?;
        let identity = credential::signing_identity(device.certificate().certificate())?;
        let replaced = own_leaf(&tree, &identity);
        // Given a time, mls-rs would judge the lifetimes of all leaves by it; a new leaf that comes by a path has none itself.
        let mut builder = client
            .mls
            .external_commit_builder()?
            .with_leaf_node_extensions(state::leaf_extensions(draw_join_id(rng))?);
        if let Some(index) = replaced {
            builder = builder.with_removal(index);
        } else if let Some(used) = invitation {
            let authorization = Authorization::Invitation(used);
            builder = builder.with_custom_proposal(state::authorization_proposal(&authorization)?);
        }
        let builder = builder.with_tree_data(tree);
        let (group, commit) = client.random.lend(rng, || builder.build(message))?;
        let joined = Self::joined(client, group)?;
        let new = NewCommit {
            epoch: state::number_of(joined.state.policy.generation, &context),
            commit: commit.to_bytes()?,
            group_info: joined.group_info()?,
            welcome: None,
            welcomed: Vec::new(),
        };
        Ok((joined, new))
    }

    /// All leaves are those of devices in a stay.
    fn joined(
        client: TopicClient,
        group: mls_rs::Group<super::Config>,
    ) -> Result<Self, TopicError> {
        let joined = Self::new(client, group)?;
        joined.members()?;
        Ok(joined)
    }
}

/// Where a device's leaf is.
fn own_leaf(tree: &ExportedTree<'_>, identity: &SigningIdentity) -> Option<u32> {
    let roster = tree.roster();
    let mut members = roster.members_iter();
    let own = members.find(|member| member.signing_identity() == identity);
    own.map(|member| member.index())
}
