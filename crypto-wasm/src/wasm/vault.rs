//! The vault's own module: it is loaded when somebody unlocks a profile or looks at the unlock methods, so that Argon2id is nothing
//! that every page loads. The vault key comes and goes wrapped, as [`Vault::hand_over`] makes it. The calls are those of
//! `web/client/src/worker/vault/vault-engine.ts`.

use js_sys::{Array, JSON, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::future_to_promise;
use zeroize::Zeroizing;

use super::error::Thrown;
use super::json::{Bytes, Json, ToJson};
use super::read::{Arguments, Read, byte_string, invalid};
use super::types::objects;
use crate::client::ClientError;
use crate::store::IndexedDbStore;
use crate::store::vault::{Method, MethodKind, PasskeySecret, Vault, VaultState};

/// The vault of one profile.
#[wasm_bindgen]
pub struct VaultEngine {
    vault: Vault,
}

#[wasm_bindgen]
impl VaultEngine {
    /// Opens the local store of a profile.
    pub async fn open(profile: String) -> Result<VaultEngine, Thrown> {
        let store = IndexedDbStore::open(&format!("sealpost-{profile}"))
            .await
            .map_err(ClientError::from)?;
        Ok(Self {
            vault: Vault::new(store),
        })
    }

    /// Does a call; the first argument is the time.
    pub fn call(&self, method: &str, arguments: Array) -> Promise {
        let vault = self.vault.clone();
        let given = Arguments(arguments);
        let call = call_of(method, &given).and_then(|call| Ok((call, given.integer(0)?)));
        future_to_promise(async move {
            let (call, now) = call.map_err(Thrown::from)?;
            Ok(perform(&vault, call, now).await.map_err(Thrown::from)?)
        })
    }

    /// Closes the database.
    pub fn close(&self) {
        self.vault.store().close();
    }
}

enum Call {
    State,
    Unlock(Unlock),
    SetPassphrase(JsValue, Zeroizing<Vec<u8>>),
    AddPasskey(JsValue, Box<NewPasskey>),
    AddDevice(JsValue),
    Remove(String),
    SetLockAfter(u32),
}

struct NewPasskey {
    credential: Vec<u8>,
    salt: [u8; 32],
    secret: PasskeySecret,
    name: String,
}

enum Unlock {
    Passphrase(Zeroizing<Vec<u8>>),
    Passkey(String, PasskeySecret),
}

/// The call of this name. Where the key is needed, it is the second argument.
fn call_of(name: &str, given: &Arguments) -> Read<Call> {
    Ok(match name {
        "state" => Call::State,
        "unlock" => Call::Unlock(match given.optional_text(2)? {
            None => Unlock::Passphrase(secret_bytes(given, 1)?),
            Some(id) => Unlock::Passkey(id, passkey_secret(given, 1)?),
        }),
        "setPassphrase" => Call::SetPassphrase(given.any(1), secret_bytes(given, 2)?),
        "addPasskey" => {
            let new = NewPasskey {
                credential: byte_string(&given.any(2))?,
                salt: byte_string(&given.any(3))?
                    .try_into()
                    .map_err(|_| invalid("a salt of 32 bytes"))?,
                secret: passkey_secret(given, 4)?,
                name: given.text(5)?,
            };
            Call::AddPasskey(given.any(1), Box::new(new))
        }
        "addDevice" => Call::AddDevice(given.any(1)),
        "remove" => Call::Remove(given.text(1)?),
        "setLockAfter" => {
            Call::SetLockAfter(u32::try_from(given.integer(1)?).map_err(|_| invalid("minutes"))?)
        }
        _ => return Err(ClientError::Internal("no such call")),
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

/// The answer to a call, once it is on disk.
async fn perform(vault: &Vault, call: Call, now: u64) -> Result<JsValue, ClientError> {
    match call {
        Call::State => {
            let answer = Json::of(&vault.state(now).await?);
            return JSON::parse(&answer)
                .map_err(|_| ClientError::Internal("an answer that is no JSON"));
        }
        Call::Unlock(unlock) => {
            let key = match unlock {
                Unlock::Passphrase(passphrase) => {
                    vault.unlock_with_passphrase(&passphrase, now).await?
                }
                Unlock::Passkey(id, secret) => vault.unlock_with_passkey(&id, &secret).await?,
            };
            return Ok(Vault::hand_over(&key).await?);
        }
        Call::SetPassphrase(handed, passphrase) => {
            let key = Vault::take_over(&handed).await?;
            vault.set_passphrase(&key, &passphrase, now).await?;
        }
        Call::AddPasskey(handed, new) => {
            let key = Vault::take_over(&handed).await?;
            let asked = (new.credential.as_slice(), new.salt);
            vault
                .add_passkey(&key, &new.secret, asked, &new.name, now)
                .await?;
        }
        Call::AddDevice(handed) => {
            let key = Vault::take_over(&handed).await?;
            vault.add_device(&key).await?;
        }
        Call::Remove(id) => vault.remove(&id).await?,
        Call::SetLockAfter(minutes) => vault.set_lock_after(minutes).await?,
    }
    Ok(JsValue::UNDEFINED)
}

objects! {
    VaultState: state {
        "methods": state.methods,
        "retryAt": state.retry_at,
        "lockAfter": state.lock_after,
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
