//! The calls that the vault answers, by the names that they have in `web/client/src/worker/vault-engine.ts`.

use js_sys::JSON;
use wasm_bindgen::JsValue;
use zeroize::Zeroizing;

use super::error::Thrown;
use super::json::{Bytes, Json, ToJson};
use super::read::{Arguments, Read, byte_string, invalid};
use super::types::objects;
use crate::client::ClientError;
use crate::store::VaultKey;
use crate::store::vault::{Method, MethodKind, PasskeySecret, Vault, VaultState};

/// A call that leaves the key as it is, with its arguments. Those that change something need the key.
pub(super) enum VaultCall {
    State,
    SetPassphrase(Zeroizing<Vec<u8>>),
    AddPasskey(Box<NewPasskey>),
    AddDevice,
    Remove(String),
    SetLockAfter(u32),
    HandOver,
}

pub(super) struct NewPasskey {
    credential: Vec<u8>,
    salt: [u8; 32],
    secret: PasskeySecret,
    name: String,
}

/// A call that opens the vault.
pub(super) enum Unlock {
    Passphrase(Zeroizing<Vec<u8>>),
    Passkey(String, PasskeySecret),
}

/// The call of this name.
pub(super) fn vault_call_of(name: &str, given: &Arguments) -> Read<VaultCall> {
    Ok(match name {
        "state" => VaultCall::State,
        "setPassphrase" => VaultCall::SetPassphrase(secret_bytes(given, 1)?),
        "addPasskey" => VaultCall::AddPasskey(Box::new(NewPasskey {
            credential: byte_string(&given.any(1))?,
            salt: byte_string(&given.any(2))?
                .try_into()
                .map_err(|_| invalid("a salt of 32 bytes"))?,
            secret: passkey_secret(given, 3)?,
            name: given.text(4)?,
        })),
        "addDevice" => VaultCall::AddDevice,
        "remove" => VaultCall::Remove(given.text(1)?),
        "setLockAfter" => VaultCall::SetLockAfter(
            u32::try_from(given.integer(1)?).map_err(|_| invalid("minutes"))?,
        ),
        "handOver" => VaultCall::HandOver,
        _ => return Err(ClientError::Internal("no such call")),
    })
}

/// The way to unlock that the call names.
pub(super) fn unlock_of(given: &Arguments) -> Read<Unlock> {
    Ok(match given.optional_text(2)? {
        None => Unlock::Passphrase(secret_bytes(given, 1)?),
        Some(id) => Unlock::Passkey(id, passkey_secret(given, 1)?),
    })
}

fn secret_bytes(given: &Arguments, place: u32) -> Read<Zeroizing<Vec<u8>>> {
    byte_string(&given.any(place)).map(Zeroizing::new)
}

fn passkey_secret(given: &Arguments, place: u32) -> Read<PasskeySecret> {
    let bytes = secret_bytes(given, place)?;
    let bytes = bytes.as_slice().try_into();
    bytes
        .map(PasskeySecret::copy_from)
        .map_err(|_| invalid("32 bytes of a passkey"))
}

/// The vault key.
pub(super) async fn unlock(
    vault: &Vault,
    unlock: Unlock,
    now: u64,
) -> Result<VaultKey, ClientError> {
    Ok(match unlock {
        Unlock::Passphrase(passphrase) => vault.unlock_with_passphrase(&passphrase, now).await?,
        Unlock::Passkey(id, secret) => vault.unlock_with_passkey(&id, &secret).await?,
    })
}

/// The answer to a call, once it is on disk. Without a key the vault is locked.
pub(super) async fn perform(
    vault: &Vault,
    key: Option<&VaultKey>,
    call: VaultCall,
    now: u64,
) -> Result<JsValue, Thrown> {
    let locked = ClientError::Store(crate::store::StoreError::Locked);
    if let VaultCall::State = call {
        let state = vault.state(now).await.map_err(ClientError::from)?;
        let answer = Json::of(&Told {
            state,
            locked: key.is_none(),
        });
        return Ok(JSON::parse(&answer)?);
    }
    let key = key.ok_or(locked)?;
    let done = match call {
        VaultCall::State => Ok(()),
        VaultCall::SetPassphrase(passphrase) => vault.set_passphrase(key, &passphrase, now).await,
        VaultCall::AddPasskey(new) => {
            let asked = (new.credential.as_slice(), new.salt);
            vault
                .add_passkey(key, &new.secret, asked, &new.name, now)
                .await
        }
        VaultCall::AddDevice => vault.add_device(key).await,
        VaultCall::Remove(id) => vault.remove(&id).await,
        VaultCall::SetLockAfter(minutes) => vault.set_lock_after(minutes).await,
        VaultCall::HandOver => {
            return Ok(Vault::hand_over(key).await.map_err(ClientError::from)?);
        }
    };
    done.map_err(ClientError::from)?;
    Ok(JsValue::UNDEFINED)
}

/// What is told of a vault.
struct Told {
    state: VaultState,
    locked: bool,
}

objects! {
    Told: told {
        "locked": told.locked,
        "methods": told.state.methods,
        "retryAt": told.state.retry_at,
        "lockAfter": told.state.lock_after,
    }
}

impl ToJson for Method {
    fn write(&self, json: &mut Json) {
        json.object(|json| {
            json.member("id", &self.id);
            let (kind, created_at) = match &self.kind {
                MethodKind::Device => ("device", None),
                MethodKind::Passphrase { created_at } => ("passphrase", Some(*created_at)),
                MethodKind::Passkey { created_at, .. } => ("passkey", Some(*created_at)),
            };
            json.member("type", &kind);
            json.member("createdAt", &created_at);
            if let MethodKind::Passkey {
                name,
                credential,
                salt,
                ..
            } = &self.kind
            {
                json.member("name", name);
                json.member("credential", &Bytes(credential.as_slice()));
                json.member("salt", &Bytes(salt.as_slice()));
            }
        });
    }
}
