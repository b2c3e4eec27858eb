//! Users and devices whose structures have the right form; a store does not look at signatures.

use crypto_wasm::crypto::hash::hash_with_label;
use crypto_wasm::crypto::label;
use crypto_wasm::crypto::sign::{Ed25519PublicKey, Signature};
use crypto_wasm::wire::{self, DeviceList, ListedDevice, Version1, Wire as _};

use crate::domain::conversation::NewConversation;
use crate::domain::credentials::{CertifiedDevice, SignedDeviceList};
use crate::domain::message::{EnvelopeKind, NewMessage, OutgoingEnvelope};
use crate::domain::prekeys::{KeyPackageUpload, PreKey, PreKeyUpload};
use crate::domain::user::{DeviceLink, DeviceRevocation, Registration};
use crate::domain::{Address, ConversationId, DeviceId, MessageId, Refusal, UserId, Username};
use crate::store::{Store, StoreError, StoreResult};

/// A user as the suite knows it.
pub(super) struct User {
    pub(super) id: UserId,
    pub(super) list: SignedDeviceList,
}

pub(super) fn user_id(number: u8) -> UserId {
    UserId::from_bytes([number; 16])
}

pub(super) fn conversation_id(number: u8) -> ConversationId {
    ConversationId::from_bytes([number; 16])
}

pub(super) fn message_id(number: u8) -> MessageId {
    MessageId::from_bytes([number; 16])
}

pub(super) fn address(user: u8, device: u32) -> Address {
    Address {
        user_id: user_id(user),
        device_id: DeviceId::new(device).expect("in range"),
    }
}

fn identity_key(device: Address) -> [u8; 32] {
    let [user, ..] = *device.user_id.as_bytes();
    let mut key = [user; 32];
    for (byte, from) in key.iter_mut().zip(device.device_id.get().to_be_bytes()) {
        *byte = from;
    }
    key
}

pub(super) fn device(address: Address) -> CertifiedDevice {
    let [user, ..] = *address.user_id.as_bytes();
    CertifiedDevice {
        address,
        account_key: [user; 32],
        identity_key: identity_key(address),
        certificate: format!("certificate of {address:?}").into_bytes(),
    }
}

pub(super) fn list(
    user: UserId,
    sequence: u64,
    previous_hash: [u8; 32],
    devices: &[Address],
) -> SignedDeviceList {
    let [number, ..] = *user.as_bytes();
    let listed: Vec<_> = devices
        .iter()
        .map(|device| (device.device_id, identity_key(*device)))
        .collect();
    let encoded = DeviceList {
        version: Version1,
        user_id: wire::UserId::from_bytes(*user.as_bytes()),
        account_key: Ed25519PublicKey::from_bytes([number; 32]),
        sequence,
        created_at_ms: 0,
        previous_hash,
        devices: listed
            .iter()
            .map(|(id, key)| ListedDevice {
                device_id: id.get(),
                identity_key: Ed25519PublicKey::from_bytes(*key),
            })
            .collect(),
        signature: Signature::from_bytes([0; 64]),
    };
    let encoded = encoded.to_bytes().expect("a short list");
    let hash = hash_with_label(label::DEVICE_LIST, &encoded);
    SignedDeviceList {
        user_id: user,
        account_key: [number; 32],
        sequence,
        previous_hash,
        hash,
        devices: listed,
        encoded,
    }
}

impl User {
    /// The list that follows, with these devices.
    pub(super) fn next(&self, devices: &[Address]) -> SignedDeviceList {
        list(self.id, self.list.sequence + 1, self.list.hash, devices)
    }

    pub(super) async fn link(&mut self, store: &dyn Store, caller: Address, devices: &[Address]) {
        let next = self.next(devices);
        let added = *devices.last().expect("a device");
        let link = link(next.clone(), added).expect("a link");
        store.link_device(caller, link, 0).await.expect("linked");
        self.list = next;
    }
}

pub(super) fn link(list: SignedDeviceList, added: Address) -> Result<DeviceLink, Refusal> {
    DeviceLink::new(
        list.user_id,
        added.device_id,
        list,
        device(added),
        prekeys(0),
    )
}

pub(super) fn revocation(list: SignedDeviceList, removed: Address) -> DeviceRevocation {
    DeviceRevocation::new(list.user_id, removed.device_id, list).expect("a revocation")
}

pub(super) fn key(id: u32) -> PreKey {
    PreKey {
        id,
        encoded: format!("key {id}").into_bytes(),
    }
}

/// Both reusable keys, and one-time keys 1 to `one_time` of each kind.
pub(super) fn prekeys(one_time: u32) -> PreKeyUpload {
    PreKeyUpload {
        signed: Some(key(1_000_000)),
        kem_last_resort: Some(key(1_000_000)),
        one_time: (1..=one_time).map(key).collect(),
        kem: (1..=one_time).map(key).collect(),
        key_packages: KeyPackageUpload::default(),
    }
}

pub(super) fn registration(number: u8, name: &str, one_time: u32) -> Registration {
    let first = address(number, 1);
    Registration::new(
        first.user_id,
        Username::parse(name).expect("a name"),
        list(first.user_id, 1, [0; 32], &[first]),
        device(first),
        prekeys(one_time),
    )
    .expect("a registration")
}

/// Registers user `number` with device 1.
pub(super) async fn register(store: &dyn Store, number: u8, one_time: u32) -> User {
    let registration = registration(number, &format!("user{number}"), one_time);
    let list = registration.device_list.clone();
    store.register(registration, 0).await.expect("registered");
    User {
        id: user_id(number),
        list,
    }
}

/// Conversation `number` of these users, created by the first.
pub(super) async fn converse(store: &dyn Store, number: u8, users: &[u8]) -> ConversationId {
    let creator = *users.first().expect("a creator");
    let participants = users.iter().map(|user| user_id(*user)).collect();
    let conversation =
        NewConversation::new(conversation_id(number), user_id(creator), participants)
            .expect("a conversation");
    store
        .create_conversation(address(creator, 1), conversation, 0)
        .await
        .expect("created");
    conversation_id(number)
}

/// A message in conversation 1.
pub(super) fn message(id: u8, sender: Address, recipients: &[u8], to: &[Address]) -> NewMessage {
    let envelopes = to
        .iter()
        .map(|to| OutgoingEnvelope {
            to: *to,
            kind: EnvelopeKind::Ratchet,
            content: vec![id],
        })
        .collect();
    let recipients = recipients.iter().map(|user| user_id(*user)).collect();
    NewMessage::new(
        sender,
        message_id(id),
        conversation_id(1),
        recipients,
        false,
        envelopes,
    )
    .expect("a message")
}

/// What an operation was refused for.
pub(super) fn refusal<T: std::fmt::Debug>(result: StoreResult<T>) -> Refusal {
    match result {
        Err(StoreError::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}
