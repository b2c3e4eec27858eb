//! People with account keys, devices and prekeys, and what they ask of a relay.

use std::sync::OnceLock;

use crypto_wasm::crypto::dh::X25519PrivateKey;
use crypto_wasm::crypto::kem::{KemPrivateSeed, KemPublicKey};
use crypto_wasm::crypto::label;
use crypto_wasm::crypto::sign::{Ed25519PrivateKey, Signature};
use crypto_wasm::identity::{Account, VerifiedDeviceList};
use crypto_wasm::wire::codec::Signed as _;
use crypto_wasm::wire::{
    Address, DeviceCertificate, Flag, KemPreKey, ListedDevice, OneTimePreKey, RelayAuth,
    SignedPreKey, UserId, Wire,
};
use getrandom::SysRng;
use rand_core::UnwrapErr;
use serde_json::{Value, json};

use super::{Answer, Api, bytes, new_id, random, text};

type Rng = UnwrapErr<SysRng>;

pub(crate) fn rng() -> Rng {
    UnwrapErr(SysRng)
}

/// A device and, once it has logged in, its token.
pub(crate) struct Device {
    pub(crate) id: u32,
    pub(crate) user_id: String,
    pub(crate) identity: Ed25519PrivateKey,
    pub(crate) certificate: DeviceCertificate,
    pub(crate) token: String,
}

/// A person with a first device.
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) account: Account,
    pub(crate) list: VerifiedDeviceList,
    pub(crate) devices: Vec<Device>,
}

/// Public prekeys of a device.
#[derive(Clone)]
pub(crate) struct PreKeys {
    pub(crate) signed: Option<Vec<u8>>,
    pub(crate) kem_last_resort: Option<Vec<u8>>,
    pub(crate) one_time: Vec<Vec<u8>>,
    pub(crate) kem: Vec<Vec<u8>>,
}

impl PreKeys {
    pub(crate) fn json(&self) -> Value {
        let list = |keys: &[Vec<u8>]| keys.iter().map(text).collect::<Vec<_>>();
        let mut body =
            json!({ "oneTimePreKeys": list(&self.one_time), "kemPreKeys": list(&self.kem) });
        if let Some(key) = &self.signed {
            body["signedPreKey"] = text(key).into();
        }
        if let Some(key) = &self.kem_last_resort {
            body["kemLastResort"] = text(key).into();
        }
        body
    }
}

pub(crate) fn key_id() -> u32 {
    u32::from_be_bytes(random()) >> 1 | 1
}

/// Making KEM keys is slow in tests, and the relay does not look at them but for their form.
fn kem_public_key() -> KemPublicKey {
    static KEY: OnceLock<KemPublicKey> = OnceLock::new();
    KEY.get_or_init(|| KemPrivateSeed::generate(&mut rng()).public_key())
        .clone()
}

impl Device {
    pub(crate) fn new(account: &Account, user_id: &str) -> Self {
        Self::with_id(account, user_id, key_id())
    }

    pub(crate) fn with_id(account: &Account, user_id: &str, id: u32) -> Self {
        let identity = Ed25519PrivateKey::generate(&mut rng());
        let address = Address {
            user_id: wire_user(user_id),
            device_id: id,
        };
        let certificate = account
            .certify(address, identity.public_key(), 1)
            .expect("a certificate");
        Self {
            id,
            user_id: user_id.to_owned(),
            identity,
            certificate,
            token: String::new(),
        }
    }

    pub(crate) fn address(&self) -> Value {
        json!({ "userId": self.user_id, "deviceId": self.id })
    }

    pub(crate) fn listed(&self) -> ListedDevice {
        ListedDevice {
            device_id: self.id,
            identity_key: self.identity.public_key(),
        }
    }

    pub(crate) fn signed_prekey(&self, id: u32) -> Vec<u8> {
        let mut key = SignedPreKey {
            id,
            created_at_ms: 1,
            public_key: X25519PrivateKey::generate(&mut rng()).public_key(),
            signature: Signature::from_bytes([0; 64]),
        };
        key.signature = self
            .identity
            .sign(label::SIGNED_PREKEY, &key.signed_bytes().expect("bytes"));
        key.to_bytes().expect("bytes")
    }

    pub(crate) fn kem_prekey(&self, id: u32, last_resort: bool) -> Vec<u8> {
        let mut key = KemPreKey {
            id,
            created_at_ms: u64::from_be_bytes(random()),
            last_resort: Flag(last_resort),
            public_key: kem_public_key(),
            signature: Signature::from_bytes([0; 64]),
        };
        key.signature = self
            .identity
            .sign(label::KEM_PREKEY, &key.signed_bytes().expect("bytes"));
        key.to_bytes().expect("bytes")
    }

    pub(crate) fn one_time_prekey(id: u32) -> Vec<u8> {
        let public_key = X25519PrivateKey::generate(&mut rng()).public_key();
        OneTimePreKey { id, public_key }.to_bytes().expect("bytes")
    }

    pub(crate) fn prekeys(&self, one_time: usize, kem: usize) -> PreKeys {
        PreKeys {
            signed: Some(self.signed_prekey(key_id())),
            kem_last_resort: Some(self.kem_prekey(key_id(), true)),
            one_time: (0..one_time)
                .map(|_| Self::one_time_prekey(key_id()))
                .collect(),
            kem: (0..kem).map(|_| self.kem_prekey(key_id(), false)).collect(),
        }
    }

    pub(crate) fn certificate(&self) -> Vec<u8> {
        self.certificate.to_bytes().expect("bytes")
    }

    /// A signature over a challenge, as the relay wants it.
    pub(crate) fn prove(&self, origin: &str, challenge: &Value) -> Vec<u8> {
        let proof = RelayAuth {
            origin: origin.as_bytes().to_vec(),
            challenge: bytes(&challenge["challenge"]).try_into().expect("32 bytes"),
            address: Address {
                user_id: wire_user(&self.user_id),
                device_id: self.id,
            },
            expires_at_ms: challenge["expiresAt"].as_u64().expect("a time"),
        };
        self.identity
            .sign(label::RELAY_AUTH, &proof.to_bytes().expect("bytes"))
            .as_bytes()
            .to_vec()
    }

    pub(crate) async fn challenge(&self, relay: &Api) -> Value {
        relay
            .post("/api/auth/challenge", "", &self.address())
            .await
            .ok()
    }

    /// The body with which the device logs in.
    pub(crate) async fn proof(&self, relay: &Api) -> Value {
        self.answering(&self.challenge(relay).await, &relay.url)
    }

    pub(crate) fn answering(&self, challenge: &Value, origin: &str) -> Value {
        json!({
            "userId": self.user_id,
            "deviceId": self.id,
            "challenge": challenge["challenge"],
            "origin": origin,
            "signature": text(self.prove(origin, challenge)),
        })
    }

    pub(crate) async fn answer(&self, relay: &Api, challenge: &Value, origin: &str) -> Answer {
        let body = self.answering(challenge, origin);
        relay.post("/api/auth/token", "", &body).await
    }

    pub(crate) async fn log_in(&mut self, relay: &Api) {
        let challenge = self.challenge(relay).await;
        let answer = self.answer(relay, &challenge, &relay.url).await.ok();
        self.token = answer["accessToken"].as_str().expect("a token").to_owned();
    }

    /// An envelope to this device.
    pub(crate) fn envelope(&self, content: &[u8]) -> Value {
        json!({ "userId": self.user_id, "deviceId": self.id, "kind": "ratchet", "content": text(content) })
    }
}

impl Person {
    /// Somebody whom no relay knows.
    pub(crate) fn new(name: &str) -> Self {
        let id = new_id();
        let account = Account::generate(&mut rng());
        let device = Device::new(&account, &id);
        let list = account
            .first_device_list(wire_user(&id), vec![device.listed()], 1)
            .expect("a list");
        Self {
            id,
            name: name.to_owned(),
            account,
            list,
            devices: vec![device],
        }
    }

    /// Somebody registered and logged in.
    pub(crate) async fn register(relay: &Api, name: &str) -> Self {
        Self::register_with(relay, name, 2, 2).await
    }

    pub(crate) async fn register_with(
        relay: &Api,
        name: &str,
        one_time: usize,
        kem: usize,
    ) -> Self {
        let mut person = Self::new(name);
        let prekeys = person.device().prekeys(one_time, kem);
        relay
            .post("/api/users", "", &person.registration(&prekeys))
            .await
            .ok();
        person.devices[0].log_in(relay).await;
        person
    }

    pub(crate) fn device(&self) -> &Device {
        &self.devices[0]
    }

    pub(crate) fn token(&self) -> &str {
        &self.device().token
    }

    pub(crate) fn registration(&self, prekeys: &PreKeys) -> Value {
        json!({
            "id": self.id,
            "username": self.name,
            "deviceList": text(encoded(&self.list)),
            "certificate": text(self.device().certificate()),
            "preKeys": prekeys.json(),
        })
    }

    /// The successor of this person's list, with these devices.
    pub(crate) fn next_list(&self, devices: &[&Device]) -> VerifiedDeviceList {
        let listed = devices.iter().map(|device| device.listed()).collect();
        self.account
            .next_device_list(&self.list, listed, 2)
            .expect("a list")
    }

    /// Links one more device, and logs it in.
    pub(crate) async fn link(&mut self, relay: &Api) {
        let mut device = Device::new(&self.account, &self.id);
        let mut all: Vec<&Device> = self.devices.iter().collect();
        all.push(&device);
        let list = self.next_list(&all);
        let body = json!({
            "deviceList": text(encoded(&list)),
            "certificate": text(device.certificate()),
            "preKeys": device.prekeys(1, 1).json(),
        });
        relay
            .put(&format!("/api/devices/{}", device.id), self.token(), &body)
            .await
            .ok();
        device.log_in(relay).await;
        self.list = list;
        self.devices.push(device);
    }

    /// Revokes a device and returns it.
    pub(crate) async fn revoke(&mut self, relay: &Api, index: usize) -> Device {
        let device = self.devices.remove(index);
        let list = self.next_list(&self.devices.iter().collect::<Vec<_>>());
        let body = json!({ "deviceList": text(encoded(&list)) });
        relay
            .delete(
                &format!("/api/devices/{}", device.id),
                self.token(),
                Some(&body),
            )
            .await
            .ok();
        self.list = list;
        device
    }

    /// Creates a conversation with others; its id.
    pub(crate) async fn converse(&self, relay: &Api, others: &[&Person]) -> String {
        let id = new_id();
        let participants: Vec<_> = others.iter().map(|other| &other.id).collect();
        let body = json!({ "id": id, "participantIds": participants });
        relay
            .post("/api/conversations", self.token(), &body)
            .await
            .ok();
        id
    }

    /// A message of the first device to all devices of these recipients; its body.
    pub(crate) fn message(
        &self,
        conversation: &str,
        recipients: &[&Person],
        content: &[u8],
    ) -> Value {
        let envelopes: Vec<_> = recipients
            .iter()
            .flat_map(|recipient| &recipient.devices)
            .filter(|device| device.id != self.device().id)
            .map(|device| device.envelope(content))
            .collect();
        let recipients: Vec<_> = recipients.iter().map(|recipient| &recipient.id).collect();
        json!({
            "messageId": new_id(),
            "conversationId": conversation,
            "recipients": recipients,
            "envelopes": envelopes,
        })
    }

    pub(crate) async fn send(
        &self,
        relay: &Api,
        conversation: &str,
        recipients: &[&Person],
        content: &[u8],
    ) -> Value {
        relay
            .post(
                "/api/messages",
                self.token(),
                &self.message(conversation, recipients, content),
            )
            .await
            .ok()
    }

    /// Everything in the first device's mailbox.
    pub(crate) async fn mailbox(&self, relay: &Api) -> Value {
        relay.get("/api/mailbox", self.token()).await.ok()
    }
}

pub(crate) fn encoded(list: &VerifiedDeviceList) -> Vec<u8> {
    list.list().to_bytes().expect("bytes")
}

pub(crate) fn wire_user(id: &str) -> UserId {
    UserId::from_bytes(uuid::Uuid::parse_str(id).expect("an id").into_bytes())
}
