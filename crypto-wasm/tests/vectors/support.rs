//! Loading vectors, and randomness that is not random.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::ops::Deref;

use crypto_wasm::ProtocolError;
use crypto_wasm::crypto::dh::X25519PrivateKey;
use crypto_wasm::crypto::kem::KemPrivateSeed;
use crypto_wasm::crypto::sign::{Ed25519PrivateKey, Ed25519PublicKey};
use crypto_wasm::identity::{Account, Device, Expectations};
use crypto_wasm::wire::{Address, DeviceCertificate, SignedPreKey, UserId, Wire};
use rand_core::{TryCryptoRng, TryRng};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Reads and parses a vector file.
pub(crate) fn load<T: DeserializeOwned>(name: &str) -> T {
    let workspace = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let folder =
        platform::variable("SEALPOST_VECTORS").unwrap_or_else(|| "tests/vectors".to_owned());
    let path = if folder.starts_with('/') {
        format!("{folder}/{name}")
    } else {
        format!("{workspace}/{folder}/{name}")
    };
    serde_json::from_str(&platform::read(&path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[cfg(not(target_arch = "wasm32"))]
mod platform {
    pub(super) fn variable(name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    pub(super) fn read(path: &str) -> String {
        std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"))
    }
}

#[cfg(target_arch = "wasm32")]
mod platform {
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen(module = "node:fs")]
    extern "C" {
        #[wasm_bindgen(js_name = readFileSync)]
        fn read_file_sync(path: &str, encoding: &str) -> String;
    }

    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(thread_local_v2, js_namespace = process, js_name = env)]
        static ENVIRONMENT: JsValue;
    }

    pub(super) fn variable(name: &str) -> Option<String> {
        ENVIRONMENT.with(|environment| {
            js_sys::Reflect::get(environment, &name.into())
                .ok()?
                .as_string()
        })
    }

    pub(super) fn read(path: &str) -> String {
        read_file_sync(path, "utf8")
    }
}

/// Bytes written in hex.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Hex(pub(crate) Vec<u8>);

impl TryFrom<String> for Hex {
    type Error = hex::FromHexError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        hex::decode(text).map(Self)
    }
}

impl std::fmt::Debug for Hex {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&hex::encode(&self.0))
    }
}

impl Deref for Hex {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl Hex {
    pub(crate) fn array<const N: usize>(&self) -> [u8; N] {
        self.0
            .as_slice()
            .try_into()
            .expect("a length that the format fixes")
    }

    pub(crate) fn ed25519(&self) -> Ed25519PublicKey {
        Ed25519PublicKey::from_bytes(self.array())
    }

    pub(crate) fn user_id(&self) -> UserId {
        UserId::from_bytes(self.array())
    }

    pub(crate) fn x25519_private(&self) -> X25519PrivateKey {
        X25519PrivateKey::copy_from(&self.array())
    }

    pub(crate) fn kem_seed(&self) -> KemPrivateSeed {
        KemPrivateSeed::copy_from(&self.array())
    }
}

/// Hands out given byte strings, each to a draw of exactly its length.
#[derive(Default)]
pub(crate) struct Scripted(VecDeque<Vec<u8>>);

impl Scripted {
    pub(crate) fn new<'a>(draws: impl IntoIterator<Item = &'a [u8]>) -> Self {
        Self(draws.into_iter().map(<[u8]>::to_vec).collect())
    }

    pub(crate) fn remaining(&self) -> usize {
        self.0.len()
    }
}

impl TryRng for Scripted {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        panic!("no vector draws a number")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        panic!("no vector draws a number")
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        let draw = self
            .0
            .pop_front()
            .expect("a draw that the vectors do not know");
        bytes.copy_from_slice(&draw);
        Ok(())
    }
}

impl TryCryptoRng for Scripted {}

/// The system's randomness, for the side that the vectors say nothing of.
pub(crate) fn system_rng() -> rand_core::UnwrapErr<getrandom::SysRng> {
    rand_core::UnwrapErr(getrandom::SysRng)
}

/// The code of a refusal.
pub(crate) fn code<T>(result: Result<T, ProtocolError>) -> &'static str {
    match result {
        Ok(_) => "accepted",
        Err(error) => error.code(),
    }
}

/// `expected_address`.
#[derive(Debug, Deserialize)]
pub(crate) struct AddressVector {
    pub(crate) user_id: Hex,
    pub(crate) device_id: u32,
}

/// The two options of §8.
pub(crate) fn expectations(
    account_key: Option<&Hex>,
    address: Option<&AddressVector>,
) -> Expectations {
    Expectations {
        account_key: account_key.map(Hex::ed25519),
        address: address.map(|address| Address {
            user_id: address.user_id.user_id(),
            device_id: address.device_id,
        }),
    }
}

/// A device with its private keys.
#[derive(Deserialize)]
pub(crate) struct DeviceVector {
    pub(crate) account_seed: Hex,
    pub(crate) account_key: Hex,
    pub(crate) user_id: Hex,
    pub(crate) device_id: u32,
    pub(crate) identity_seed: Hex,
    pub(crate) identity_key: Hex,
    pub(crate) certificate: Hex,
    pub(crate) signed_prekey: Option<SignedPreKeyVector>,
    #[serde(default)]
    pub(crate) one_time_prekeys: Vec<OneTimePreKeyVector>,
    #[serde(default)]
    pub(crate) kem_prekeys: Vec<KemPreKeyVector>,
}

#[derive(Deserialize)]
pub(crate) struct SignedPreKeyVector {
    pub(crate) id: u32,
    pub(crate) private: Hex,
    pub(crate) encoded: Hex,
}

#[derive(Deserialize)]
pub(crate) struct OneTimePreKeyVector {
    pub(crate) id: u32,
    pub(crate) private: Hex,
}

#[derive(Deserialize)]
pub(crate) struct KemPreKeyVector {
    pub(crate) id: u32,
    pub(crate) seed: Hex,
    pub(crate) last_resort: u8,
}

impl DeviceVector {
    /// The device, after checking that its certificate and signed prekey are what this implementation makes.
    pub(crate) fn device(&self) -> Device {
        let account = Account::from_seed(&self.account_seed.array());
        assert_eq!(account.public_key(), self.account_key.ed25519());
        assert_eq!(account.seed(), &self.account_seed.array());
        let identity = Ed25519PrivateKey::from_seed(&self.identity_seed.array());
        assert_eq!(identity.public_key(), self.identity_key.ed25519());

        let certificate = DeviceCertificate::from_bytes(&self.certificate).expect("a certificate");
        let address = Address {
            user_id: self.user_id.user_id(),
            device_id: self.device_id,
        };
        let made = account.certify(address, identity.public_key(), certificate.created_at_ms);
        assert_eq!(made.as_ref(), Ok(&certificate));

        let mut device = Device::from_identity(certificate, identity).expect("a device");
        let now = device.certificate().certificate().created_at_ms;
        if let Some(prekey) = &self.signed_prekey {
            let decoded = SignedPreKey::from_bytes(&prekey.encoded).expect("a signed prekey");
            let private = prekey.private.x25519_private();
            device
                .add_signed_prekey(prekey.id, decoded.created_at_ms, private)
                .expect("a new id");
            assert_eq!(device.signed_prekey(), Ok(Some(decoded)));
        }
        for prekey in &self.one_time_prekeys {
            device
                .add_one_time_prekey(prekey.id, prekey.private.x25519_private())
                .expect("a new id");
        }
        for prekey in &self.kem_prekeys {
            match prekey.last_resort {
                0 => device.add_kem_prekey(prekey.id, prekey.seed.kem_seed()),
                _ => device.add_kem_last_resort(prekey.id, now, prekey.seed.kem_seed()),
            }
            .expect("a new id");
        }
        device
    }
}
