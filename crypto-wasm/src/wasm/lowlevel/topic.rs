//! Topics: a device's end of an MLS group, as handles.

use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use zeroize::Zeroizing;

use super::topic_parts::{ChangesHandle, CommitHandle, PostHandle};
use super::{Answer, DeviceHandle, address, array, bytes, encoded, milliseconds};
use crate::ProtocolError;
use crate::codec;
use crate::crypto::sign::Ed25519PublicKey;
use crate::forum::archive::ArchiveKey;
use crate::forum::group::{
    Change, Expected, InvitationRequest, Invitee, JoinInfo, NewCommit, NewTopic, PolicyDraft,
    StoredKeyPackage, TopicMember, WelcomeInfo,
};
use crate::forum::wire::{
    History, InvitationUse, Inviters, Policy, Post, PostContent, PostHeader, Visibility,
};
use crate::forum::{TopicError, TopicGroup, post};
use crate::wire::{Address, PostId, TopicId, Wire as _};
use primitives::scrub::scrubbed;

type Rng = UnwrapErr<SysRng>;

pub(super) const fn rng() -> Rng {
    UnwrapErr(SysRng)
}

/// Seconds of a time in milliseconds.
pub(super) fn seconds(time_ms: f64) -> u64 {
    milliseconds(time_ms) / 1000
}

fn lists(items: Vec<Uint8Array>) -> Vec<Vec<u8>> {
    items.iter().map(Uint8Array::to_vec).collect()
}

fn policies(encoded: Vec<Uint8Array>) -> Result<Vec<Policy>, ProtocolError> {
    encoded
        .iter()
        .map(|policy| Policy::from_bytes(&policy.to_vec()))
        .collect()
}

fn expected(topic_id: Option<Vec<u8>>, genesis_hash: Option<Vec<u8>>) -> Answer<Expected> {
    let topic_id = topic_id.map(|id| array(&id)).transpose()?;
    Ok(Expected {
        topic_id: topic_id.map(TopicId::from_bytes),
        genesis_hash: genesis_hash.map(|hash| array(&hash)).transpose()?,
        ..Expected::default()
    })
}

/// Devices by user ids of 16 bytes and device ids.
fn addresses(user_ids: &[u8], device_ids: &[u32]) -> Answer<Vec<Address>> {
    let mut addresses = Vec::with_capacity(device_ids.len());
    for (user_id, device_id) in user_ids.chunks(16).zip(device_ids) {
        addresses.push(address(user_id, *device_id)?);
    }
    Ok(addresses)
}

fn draft(
    visibility: u8,
    history: u8,
    history_days: u16,
    inviters: u8,
) -> Result<PolicyDraft, ProtocolError> {
    Ok(PolicyDraft {
        visibility: codec::decode::<Visibility>(&[visibility])?,
        history: codec::decode::<History>(&[history])?,
        history_days,
        inviters: codec::decode::<Inviters>(&[inviters])?,
        roles: Vec::new(),
    })
}

/// A device's end of a topic's group.
#[wasm_bindgen]
pub struct TopicHandle(TopicGroup);

/// A group that was joined, with the commit that does it.
#[wasm_bindgen]
pub struct JoinedHandle {
    topic: Option<TopicGroup>,
    commit: Option<NewCommit>,
}

#[wasm_bindgen]
impl JoinedHandle {
    /// The group, once.
    pub fn topic(&mut self) -> Answer<TopicHandle> {
        let topic = self.topic.take().ok_or(ProtocolError::Decode)?;
        Ok(TopicHandle(topic))
    }

    /// The commit, once.
    pub fn commit(&mut self) -> Answer<CommitHandle> {
        let commit = self.commit.take().ok_or(ProtocolError::Decode)?;
        Ok(CommitHandle(commit))
    }
}

#[wasm_bindgen]
impl TopicHandle {
    /// Founds a topic; the policy's parts are their values on the wire.
    pub fn create(
        device: &DeviceHandle,
        topic_id: &[u8],
        visibility: u8,
        history: u8,
        history_days: u16,
        inviters: u8,
        now_ms: f64,
    ) -> Answer<Self> {
        let topic = NewTopic {
            topic_id: TopicId::from_bytes(array(topic_id)?),
            policy: draft(visibility, history, history_days, inviters)?,
            now_ms: milliseconds(now_ms),
        };
        let created = scrubbed(|| TopicGroup::create(&device.0, &topic, &mut rng()))?;
        Ok(Self(created))
    }

    /// Comes in by a Welcome.
    #[wasm_bindgen(js_name = joinWelcome)]
    #[expect(clippy::too_many_arguments, reason = "the boundary has no structures")]
    pub fn join_welcome(
        device: &DeviceHandle,
        welcome: Vec<u8>,
        tree: Vec<u8>,
        chain: Vec<Uint8Array>,
        reference: Vec<u8>,
        secret: Vec<u8>,
        topic_id: Option<Vec<u8>>,
        genesis_hash: Option<Vec<u8>>,
    ) -> Answer<Self> {
        let package = StoredKeyPackage {
            reference,
            secret: Zeroizing::new(secret),
        };
        let info = WelcomeInfo {
            welcome,
            tree,
            policies: policies(chain)?,
        };
        let expected = expected(topic_id, genesis_hash)?;
        let joined = scrubbed(|| {
            TopicGroup::join_welcome(&device.0, &info, &package, &expected, &mut rng())
        })?;
        Ok(Self(joined))
    }

    /// Comes in by an external commit.
    #[wasm_bindgen(js_name = joinExternal)]
    pub fn join_external(
        device: &DeviceHandle,
        group_info: Vec<u8>,
        tree: Vec<u8>,
        chain: Vec<Uint8Array>,
        invitation: Option<Vec<u8>>,
        topic_id: Option<Vec<u8>>,
        genesis_hash: Option<Vec<u8>>,
    ) -> Answer<JoinedHandle> {
        let info = JoinInfo {
            group_info,
            tree,
            policies: policies(chain)?,
        };
        let used = invitation
            .map(|used| InvitationUse::from_bytes(&used))
            .transpose()?;
        let expected = expected(topic_id, genesis_hash)?;
        let (topic, commit) =
            scrubbed(|| TopicGroup::join_external(&device.0, &info, used, &expected, &mut rng()))?;
        Ok(JoinedHandle {
            topic: Some(topic),
            commit: Some(commit),
        })
    }

    /// Makes a commit, which is pending until it is applied or cleared.
    pub fn commit(
        &mut self,
        add: Vec<Uint8Array>,
        remove_user_ids: &[u8],
        remove_device_ids: &[u32],
        now_ms: f64,
    ) -> Answer<CommitHandle> {
        let change = Change {
            add: lists(add),
            remove: addresses(remove_user_ids, remove_device_ids)?,
            ..Change::default()
        };
        let made = scrubbed(|| self.0.commit(&change, seconds(now_ms), &mut rng()))?;
        Ok(CommitHandle(made))
    }

    /// Applies the pending commit.
    #[wasm_bindgen(js_name = applyPending)]
    pub fn apply_pending(&mut self) -> Answer<ChangesHandle> {
        Ok(ChangesHandle(scrubbed(|| self.0.apply_pending())?))
    }

    /// Drops the pending commit.
    #[wasm_bindgen(js_name = clearPending)]
    pub fn clear_pending(&mut self) {
        self.0.clear_pending();
    }

    /// Applies an encoded commit.
    pub fn process(&mut self, commit: &[u8]) -> Answer<ChangesHandle> {
        Ok(ChangesHandle(scrubbed(|| self.0.process(commit))?))
    }

    /// Makes an invitation, for an account key or for a link's public key.
    pub fn invite(
        &self,
        invitation_id: &[u8],
        key: &[u8],
        is_link: bool,
        uses: u32,
    ) -> Answer<Uint8Array> {
        let key = Ed25519PublicKey::from_bytes(array(key)?);
        let request = InvitationRequest {
            invitation_id: array(invitation_id)?,
            to: if is_link {
                Invitee::Link(key)
            } else {
                Invitee::Account(key)
            },
            uses,
        };
        encoded(&self.0.invite(&request)?)
    }

    /// The topic's id.
    #[wasm_bindgen(js_name = topicId)]
    pub fn topic_id(&self) -> Uint8Array {
        bytes(self.0.id().topic_id.as_bytes())
    }

    /// The genesis hash.
    #[wasm_bindgen(js_name = genesisHash)]
    pub fn genesis_hash(&self) -> Answer<Uint8Array> {
        Ok(bytes(&self.0.state().genesis.hash()?))
    }

    /// The encoded policy.
    pub fn policy(&self) -> Answer<Uint8Array> {
        encoded(&self.0.state().policy)
    }

    /// The epoch.
    pub fn epoch(&self) -> u64 {
        self.0.epoch()
    }

    /// The certificates of all devices, in the tree's order.
    pub fn members(&self) -> Answer<Array> {
        let members = self.0.members()?;
        let certificate = |member: &TopicMember| encoded(&member.certificate);
        members.iter().map(certificate).collect()
    }

    /// The encoded group info for external commits.
    #[wasm_bindgen(js_name = groupInfo)]
    pub fn group_info(&self) -> Answer<Uint8Array> {
        Ok(bytes(&self.0.group_info()?))
    }

    /// The encoded ratchet tree.
    pub fn tree(&self) -> Answer<Uint8Array> {
        Ok(bytes(&self.0.tree()?))
    }

    /// MLS-Exporter.
    #[wasm_bindgen(js_name = exportSecret)]
    pub fn export_secret(&self, label: &[u8], context: &[u8], length: u32) -> Answer<Uint8Array> {
        let length = length as usize;
        let secret = scrubbed(|| self.0.export_secret(label, context, length))?;
        Ok(bytes(&secret))
    }

    /// Encrypts a post of this device in this epoch.
    #[wasm_bindgen(js_name = encryptPost)]
    pub fn encrypt_post(
        &self,
        device: &DeviceHandle,
        post_id: &[u8],
        parent_id: Option<Vec<u8>>,
        sent_at_ms: f64,
        content_type: u8,
        body: Vec<u8>,
    ) -> Answer<Uint8Array> {
        let body = Zeroizing::new(body);
        let content = PostContent::of(content_type, &body)?.ok_or(ProtocolError::Decode)?;
        let id = self.0.id();
        let parent_id = parent_id.map(|id| array(&id)).transpose()?;
        let header = PostHeader {
            topic_id: id.topic_id,
            generation: id.generation,
            epoch: self.0.epoch(),
            post_id: PostId::from_bytes(array(post_id)?),
            author: device.0.address(),
            parent_id: parent_id.map(PostId::from_bytes),
            sent_at_ms: milliseconds(sent_at_ms),
        };
        let key = self.archive_key()?;
        let post = scrubbed(|| post::encrypt(&device.0, header, &content, &key, &mut rng()))?;
        encoded(&post)
    }

    /// Decrypts a post of this epoch and verifies that the device in its header, a member, wrote it.
    #[wasm_bindgen(js_name = decryptPost)]
    pub fn decrypt_post(&self, encoded_post: &[u8]) -> Answer<PostHandle> {
        let post = Post::from_bytes(encoded_post)?;
        let (id, header) = (self.0.id(), &post.header);
        if header.topic_id != id.topic_id || header.generation != id.generation {
            return Err(TopicError::TopicMismatch.into());
        }
        if header.epoch != self.0.epoch() {
            return Err(TopicError::Epoch.into());
        }
        let author = self.0.member(header.author)?.certificate;
        let key = self.archive_key()?;
        let content = scrubbed(|| post::decrypt(&post, &key)?.verify(&post, &author))?;
        let content = content.ok_or(ProtocolError::Decode)?;
        Ok(PostHandle {
            content_type: content.content_type(),
            body: content.to_body()?,
        })
    }

    fn archive_key(&self) -> Result<ArchiveKey, TopicError> {
        let key = self.0.archive_key()?;
        Ok(ArchiveKey::copy_from(key.expose()))
    }

    /// The secret state.
    pub fn export(&mut self) -> Answer<Uint8Array> {
        Ok(bytes(&scrubbed(|| self.0.export())?))
    }

    /// Restores a secret state.
    pub fn import(device: &DeviceHandle, state: Vec<u8>) -> Answer<Self> {
        let state = Zeroizing::new(state);
        Ok(Self(scrubbed(|| TopicGroup::import(&device.0, &state))?))
    }
}
