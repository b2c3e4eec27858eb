//! The primitives for callers with a back end of their own (§8): handles that `web/client/src/crypto` wraps. That
//! checks types and ranges; what is wrong all the same is refused here as `decode`. Secrets are taken by value, so that
//! the copy that crossed the boundary is wiped.

mod topic;
mod topic_parts;

use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::{JsError, JsValue, wasm_bindgen};
use zeroize::Zeroizing;

use super::error::Thrown;
use crate::ProtocolError;
use crate::crypto::sign::Ed25519PublicKey;
use crate::identity::{self, Expectations, PreKeyRequest, VerifiedBundle};
use crate::session;
use crate::wire::{Address, EnvelopeKind, PreKeyBundle, UserId, Wire};
use primitives::scrub::scrubbed;

type Answer<T> = Result<T, Thrown>;

/// An account.
#[wasm_bindgen]
pub struct AccountHandle(identity::Account);

#[wasm_bindgen]
impl AccountHandle {
    /// Draws an account key.
    pub fn generate() -> Self {
        scrubbed(|| Self(identity::Account::generate(&mut UnwrapErr(SysRng))))
    }

    /// The account of a 32-byte seed.
    #[wasm_bindgen(js_name = fromSeed)]
    pub fn from_seed(seed: Vec<u8>) -> Answer<Self> {
        let seed = Zeroizing::new(seed);
        scrubbed(|| {
            let seed = Zeroizing::new(array(&seed)?);
            Ok(Self(identity::Account::from_seed(&seed)))
        })
    }

    /// The 32-byte public key.
    #[wasm_bindgen(js_name = publicKey)]
    pub fn public_key(&self) -> Uint8Array {
        bytes(self.0.public_key().as_bytes())
    }

    /// The 32-byte seed.
    pub fn seed(&self) -> Uint8Array {
        bytes(self.0.seed())
    }
}

/// New prekeys, encoded.
#[wasm_bindgen]
pub struct NewPreKeysHandle(identity::NewPreKeys);

#[wasm_bindgen]
impl NewPreKeysHandle {
    /// If rotated.
    #[wasm_bindgen(js_name = signedPreKey)]
    pub fn signed_prekey(&self) -> Answer<Option<Uint8Array>> {
        self.0.signed_prekey.as_ref().map(encoded).transpose()
    }

    /// If rotated.
    #[wasm_bindgen(js_name = kemLastResort)]
    pub fn kem_last_resort(&self) -> Answer<Option<Uint8Array>> {
        self.0.kem_last_resort.as_ref().map(encoded).transpose()
    }

    /// As many as asked for.
    #[wasm_bindgen(js_name = oneTimePreKeys)]
    pub fn one_time_prekeys(&self) -> Answer<Array> {
        self.0.one_time_prekeys.iter().map(encoded).collect()
    }

    /// As many as asked for.
    #[wasm_bindgen(js_name = kemPreKeys)]
    pub fn kem_prekeys(&self) -> Answer<Array> {
        self.0.kem_prekeys.iter().map(encoded).collect()
    }
}

/// A device.
#[wasm_bindgen]
pub struct DeviceHandle(identity::Device);

#[wasm_bindgen]
impl DeviceHandle {
    /// Makes a device; times are Unix milliseconds below 2^53.
    pub fn create(
        account: &AccountHandle,
        user_id: &[u8],
        device_id: u32,
        created_at_ms: f64,
    ) -> Answer<Self> {
        let address = address(user_id, device_id)?;
        let created_at_ms = milliseconds(created_at_ms);
        let rng = &mut UnwrapErr(SysRng);
        let device =
            scrubbed(|| identity::Device::create(&account.0, address, created_at_ms, rng))?;
        Ok(Self(device))
    }

    /// The encoded certificate.
    pub fn certificate(&self) -> Answer<Uint8Array> {
        encoded(self.0.certificate().certificate())
    }

    /// Makes prekeys.
    #[wasm_bindgen(js_name = generatePreKeys)]
    pub fn generate_prekeys(
        &mut self,
        one_time: u32,
        kem: u32,
        rotate: bool,
        created_at_ms: f64,
    ) -> Answer<NewPreKeysHandle> {
        let request = PreKeyRequest {
            one_time: one_time as usize,
            kem: kem as usize,
            rotate,
            created_at_ms: milliseconds(created_at_ms),
        };
        let made = self.0.generate_prekeys(&request, &mut UnwrapErr(SysRng))?;
        Ok(NewPreKeysHandle(made))
    }

    /// Deletes what was replaced more than 30 days ago.
    #[wasm_bindgen(js_name = expirePreKeys)]
    pub fn expire_prekeys(&mut self, now_ms: f64) {
        self.0.expire_prekeys(milliseconds(now_ms));
    }

    /// The secret state.
    pub fn export(&self) -> Answer<Uint8Array> {
        Ok(bytes(&self.0.export()?))
    }

    /// Restores a secret state.
    pub fn import(state: Vec<u8>) -> Answer<Self> {
        let state = Zeroizing::new(state);
        Ok(Self(scrubbed(|| identity::Device::import(&state))?))
    }
}

/// A session.
#[wasm_bindgen]
pub struct SessionHandle(session::Session);

/// A new session with the bytes that came of making it.
#[wasm_bindgen]
pub struct StartedHandle {
    session: Option<session::Session>,
    output: Zeroizing<Vec<u8>>,
}

#[wasm_bindgen]
impl StartedHandle {
    /// The first message, or the plaintext of it.
    pub fn output(&self) -> Uint8Array {
        bytes(&self.output)
    }

    /// The session, once.
    pub fn session(&mut self) -> Answer<SessionHandle> {
        let session = self.session.take();
        session
            .map(SessionHandle)
            .ok_or_else(|| JsValue::from(JsError::new("the session was taken already")).into())
    }
}

/// An encrypted message.
#[wasm_bindgen]
pub struct EnvelopeHandle(session::Envelope);

#[wasm_bindgen]
impl EnvelopeHandle {
    /// `prekey` or `ratchet`.
    pub fn kind(&self) -> String {
        self.0.kind.as_str().to_owned()
    }

    /// The encoded message.
    pub fn bytes(&self) -> Uint8Array {
        bytes(&self.0.bytes)
    }
}

#[wasm_bindgen]
impl SessionHandle {
    /// Begins a session with the device of an encoded bundle.
    pub fn initiate(
        device: &DeviceHandle,
        bundle: &[u8],
        plaintext: Vec<u8>,
        account_key: Option<Vec<u8>>,
        user_id: Option<Vec<u8>>,
        device_id: Option<u32>,
    ) -> Answer<StartedHandle> {
        let plaintext = Zeroizing::new(plaintext);
        let expected = expectations(account_key, user_id, device_id)?;
        let bundle = PreKeyBundle::from_bytes(bundle)?;
        let bundle = VerifiedBundle::verify(bundle, &expected, device.0.address())?;
        let rng = &mut UnwrapErr(SysRng);
        let (session, output) =
            scrubbed(|| session::Session::initiate(&device.0, &bundle, &plaintext, rng))?;
        Ok(StartedHandle {
            session: Some(session),
            output: Zeroizing::new(output),
        })
    }

    /// Makes the session of an encoded first message.
    pub fn accept(
        device: &mut DeviceHandle,
        message: &[u8],
        account_key: Option<Vec<u8>>,
        user_id: Option<Vec<u8>>,
        device_id: Option<u32>,
    ) -> Answer<StartedHandle> {
        let expected = expectations(account_key, user_id, device_id)?;
        let rng = &mut UnwrapErr(SysRng);
        let (session, output) =
            scrubbed(|| session::Session::accept(&mut device.0, message, &expected, rng))?;
        Ok(StartedHandle {
            session: Some(session),
            output: Zeroizing::new(output),
        })
    }

    /// The peer's user id.
    #[wasm_bindgen(js_name = peerUserId)]
    pub fn peer_user_id(&self) -> Uint8Array {
        bytes(self.0.peer().address.user_id.as_bytes())
    }

    /// The peer's device id.
    #[wasm_bindgen(js_name = peerDeviceId)]
    pub fn peer_device_id(&self) -> u32 {
        self.0.peer().address.device_id
    }

    /// The peer's account key.
    #[wasm_bindgen(js_name = peerAccountKey)]
    pub fn peer_account_key(&self) -> Uint8Array {
        bytes(self.0.peer().account_key.as_bytes())
    }

    /// The peer's identity key.
    #[wasm_bindgen(js_name = peerIdentityKey)]
    pub fn peer_identity_key(&self) -> Uint8Array {
        bytes(self.0.peer().identity_key.as_bytes())
    }

    /// Encrypts.
    pub fn encrypt(&mut self, plaintext: Vec<u8>) -> Answer<EnvelopeHandle> {
        let plaintext = Zeroizing::new(plaintext);
        let envelope = scrubbed(|| self.0.encrypt(&plaintext, &mut UnwrapErr(SysRng)))?;
        Ok(EnvelopeHandle(envelope))
    }

    /// Decrypts.
    pub fn decrypt(&mut self, kind: &str, message: &[u8]) -> Answer<Uint8Array> {
        let kind = EnvelopeKind::from_name(kind)?;
        let plaintext = scrubbed(|| self.0.decrypt(kind, message, &mut UnwrapErr(SysRng)))?;
        let plaintext = Zeroizing::new(plaintext);
        Ok(bytes(&plaintext))
    }

    /// The secret state.
    pub fn export(&self) -> Answer<Uint8Array> {
        Ok(bytes(&self.0.export()?))
    }

    /// Restores a secret state.
    pub fn import(state: Vec<u8>) -> Answer<Self> {
        let state = Zeroizing::new(state);
        Ok(Self(scrubbed(|| session::Session::import(&state))?))
    }
}

/// The 60 digits of two users.
#[expect(unreachable_pub, reason = "JavaScript reaches it")]
#[wasm_bindgen(js_name = safetyNumber)]
pub fn safety_number(
    user_id_a: &[u8],
    account_key_a: &[u8],
    user_id_b: &[u8],
    account_key_b: &[u8],
) -> Answer<String> {
    Ok(identity::safety_number(
        &UserId::from_bytes(array(user_id_a)?),
        &Ed25519PublicKey::from_bytes(array(account_key_a)?),
        &UserId::from_bytes(array(user_id_b)?),
        &Ed25519PublicKey::from_bytes(array(account_key_b)?),
    ))
}

fn expectations(
    account_key: Option<Vec<u8>>,
    user_id: Option<Vec<u8>>,
    device_id: Option<u32>,
) -> Answer<Expectations> {
    let account_key = match account_key {
        Some(key) => Some(Ed25519PublicKey::from_bytes(array(&key)?)),
        None => None,
    };
    let address = match (user_id, device_id) {
        (Some(user_id), Some(device_id)) => Some(address(&user_id, device_id)?),
        _ => None,
    };
    Ok(Expectations {
        account_key,
        address,
    })
}

fn address(user_id: &[u8], device_id: u32) -> Result<Address, ProtocolError> {
    Ok(Address {
        user_id: UserId::from_bytes(array(user_id)?),
        device_id,
    })
}

fn array<const N: usize>(bytes: &[u8]) -> Result<[u8; N], ProtocolError> {
    bytes.try_into().map_err(|_| ProtocolError::Decode)
}

fn bytes(bytes: &[u8]) -> Uint8Array {
    Uint8Array::from(bytes)
}

fn encoded(structure: &impl Wire) -> Answer<Uint8Array> {
    Ok(bytes(&structure.to_bytes()?))
}

/// An integer from 0 to 2^53 - 1, which the caller has checked.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, and the caller has checked the range"
)]
fn milliseconds(number: f64) -> u64 {
    number as u64
}
