//! People with real keys, certificates and prekeys, registered and logged in, many at a time.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use crypto_wasm::crypto::dh::X25519PrivateKey;
use crypto_wasm::crypto::kem::{KemPrivateSeed, KemPublicKey};
use crypto_wasm::crypto::label;
use crypto_wasm::crypto::sign::{Ed25519PrivateKey, Signature};
use crypto_wasm::identity::{Account, Device};
use crypto_wasm::wire::codec::Signed as _;
use crypto_wasm::wire::{
    Address, Flag, KemPreKey, ListedDevice, OneTimePreKey, RelayAuth, SignedPreKey, UserId,
    Wire as _,
};
use getrandom::SysRng;
use rand_core::UnwrapErr;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::Result;
use crate::http::Http;

/// People registered at the same time.
const AT_ONCE: usize = 16;

pub(crate) type Rng = UnwrapErr<SysRng>;

pub(crate) const fn rng() -> Rng {
    UnwrapErr(SysRng)
}

/// Somebody with one device, logged in.
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) device_id: u32,
    pub(crate) device: Device,
    pub(crate) token: String,
}

/// How many one-time keys of each kind somebody uploads.
pub(crate) type KeysOf = fn(usize) -> usize;

/// Bytes as they stand in JSON.
pub(crate) fn text(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Bytes of a JSON string.
pub(crate) fn bytes(value: Option<&Value>) -> Result<Vec<u8>> {
    let text = value.and_then(Value::as_str).ok_or("no string")?;
    Ok(URL_SAFE_NO_PAD.decode(text)?)
}

pub(crate) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// A fresh UUIDv7 as text.
pub(crate) fn new_id() -> Result<String> {
    let mut id = random::<16>()?;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    let time = u64::try_from(now.as_millis())?.to_be_bytes();
    for (to, from) in id.iter_mut().zip(time.iter().skip(2)) {
        *to = *from;
    }
    let id = uuid::Builder::from_random_bytes(id).with_version(uuid::Version::SortRand);
    Ok(id.into_uuid().to_string())
}

pub(crate) fn user_id(id: &str) -> Result<UserId> {
    Ok(UserId::from_bytes(uuid::Uuid::parse_str(id)?.into_bytes()))
}

fn key_id() -> Result<u32> {
    Ok(u32::from_be_bytes(random()?) >> 1 | 1)
}

/// One KEM key for everybody: making them is slow, and the relay looks at no more than their form and signature.
fn kem_public_key() -> KemPublicKey {
    static KEY: OnceLock<KemPublicKey> = OnceLock::new();
    KEY.get_or_init(|| KemPrivateSeed::generate(&mut rng()).public_key())
        .clone()
}

impl Person {
    /// Registers and logs in.
    async fn register(relay: &mut Http, name: &str, keys: usize) -> Result<Self> {
        let id = new_id()?;
        let (mut person, registration) = Self::make(id, name, keys)?;
        relay.post("/api/users", "", &registration).await?;
        person.log_in(relay).await?;
        Ok(person)
    }

    fn make(id: String, name: &str, keys: usize) -> Result<(Self, Value)> {
        let account = Account::generate(&mut rng());
        let identity = Ed25519PrivateKey::generate(&mut rng());
        let address = Address {
            user_id: user_id(&id)?,
            device_id: key_id()?,
        };
        let certificate = account.certify(address, identity.public_key(), 1)?;
        let listed = ListedDevice {
            device_id: address.device_id,
            identity_key: identity.public_key(),
        };
        let list = account.first_device_list(address.user_id, vec![listed], 1)?;
        let one_time = (0..keys).map(|_| one_time_prekey());
        let kem = (0..keys).map(|_| kem_prekey(&identity, false));
        let registration = json!({
            "id": id,
            "username": name,
            "deviceList": text(list.list().to_bytes()?),
            "certificate": text(certificate.to_bytes()?),
            "preKeys": {
                "signedPreKey": signed_prekey(&identity)?,
                "kemLastResort": kem_prekey(&identity, true)?,
                "oneTimePreKeys": one_time.collect::<Result<Vec<_>>>()?,
                "kemPreKeys": kem.collect::<Result<Vec<_>>>()?,
            },
        });
        let person = Self {
            id,
            device_id: address.device_id,
            device: Device::from_identity(certificate, identity)?,
            token: String::new(),
        };
        Ok((person, registration))
    }

    async fn log_in(&mut self, relay: &mut Http) -> Result<()> {
        let challenge = relay
            .post("/api/auth/challenge", "", &self.address())
            .await?;
        let origin = relay.origin()?;
        let proof = RelayAuth {
            origin: origin.as_bytes().to_vec(),
            challenge: bytes(challenge.get("challenge"))?
                .try_into()
                .map_err(|_| "a challenge has 32 bytes")?,
            address: self.device.address(),
            expires_at_ms: challenge
                .get("expiresAt")
                .and_then(Value::as_u64)
                .ok_or("no expiresAt")?,
        };
        let signature = self.device.prove_login(&proof)?;
        let body = json!({
            "userId": self.id,
            "deviceId": self.device_id,
            "challenge": challenge.get("challenge"),
            "origin": origin,
            "signature": text(signature.as_bytes()),
        });
        let answer = relay.post("/api/auth/token", "", &body).await?;
        self.token = answer
            .get("accessToken")
            .and_then(Value::as_str)
            .ok_or("no token")?
            .to_owned();
        Ok(())
    }

    pub(crate) fn address(&self) -> Value {
        json!({ "userId": self.id, "deviceId": self.device_id })
    }
}

fn signed_prekey(identity: &Ed25519PrivateKey) -> Result<String> {
    let mut key = SignedPreKey {
        id: key_id()?,
        created_at_ms: 1,
        public_key: X25519PrivateKey::generate(&mut rng()).public_key(),
        signature: Signature::from_bytes([0; 64]),
    };
    key.signature = identity.sign(label::SIGNED_PREKEY, &key.signed_bytes()?);
    Ok(text(key.to_bytes()?))
}

fn kem_prekey(identity: &Ed25519PrivateKey, last_resort: bool) -> Result<String> {
    let mut key = KemPreKey {
        id: key_id()?,
        created_at_ms: 1,
        last_resort: Flag(last_resort),
        public_key: kem_public_key(),
        signature: Signature::from_bytes([0; 64]),
    };
    key.signature = identity.sign(label::KEM_PREKEY, &key.signed_bytes()?);
    Ok(text(key.to_bytes()?))
}

fn one_time_prekey() -> Result<String> {
    let key = OneTimePreKey {
        id: key_id()?,
        public_key: X25519PrivateKey::generate(&mut rng()).public_key(),
    };
    Ok(text(key.to_bytes()?))
}

/// Registers people, several at a time; `keys` says how many one-time keys of each kind the n-th has.
pub(crate) async fn register(
    relay: SocketAddr,
    count: usize,
    keys: KeysOf,
) -> Result<Vec<Arc<Person>>> {
    let mut tasks = JoinSet::new();
    for lane in 0..AT_ONCE.min(count) {
        tasks.spawn(async move {
            let mut relay = Http::connect(relay).await?;
            let mut people = Vec::new();
            for place in (lane..count).step_by(AT_ONCE) {
                let name = format!("person{place}");
                let person = Person::register(&mut relay, &name, keys(place)).await?;
                people.push((place, Arc::new(person)));
            }
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(people)
        });
    }
    let mut people = Vec::with_capacity(count);
    while let Some(ended) = tasks.join_next().await {
        people.extend(ended??);
    }
    people.sort_by_key(|(place, _)| *place);
    Ok(people.into_iter().map(|(_, person)| person).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_what_the_protocol_says() {
        let id = new_id().unwrap();
        assert_eq!(uuid::Uuid::parse_str(&id).unwrap().get_version_num(), 7);
        let (person, registration) = Person::make(id, "somebody", 3).unwrap();
        let list = bytes(registration.get("deviceList")).unwrap();
        let list = crypto_wasm::wire::DeviceList::from_bytes(&list).unwrap();
        assert_eq!(list.devices[0].device_id, person.device_id);
        let keys = registration["preKeys"]["kemPreKeys"].as_array().unwrap();
        assert_eq!(keys.len(), 3);
        KemPreKey::from_bytes(&bytes(keys.first()).unwrap()).unwrap();
    }
}
