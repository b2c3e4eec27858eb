//! The engine that the worker drives: [`Client`] over the sealed IndexedDB of one profile.

use std::cell::RefCell;
use std::rc::Rc;

use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use js_sys::{Array, JSON, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::future_to_promise;

use super::calls::{Call, call_of};
use super::error::{Thrown, js_error};
use super::json::Json;
use super::read::Arguments;
#[cfg(feature = "engine")]
use super::vault_calls;
use crate::client::{Client, ClientError, Outcome};
use crate::store::vault::Vault;
use crate::store::{IndexedDbStore, Sealed, StoreError, VaultKey, vault_key};

type Inner = Client<Sealed<IndexedDbStore>, UnwrapErr<SysRng>>;

/// What of a profile is in memory.
#[derive(Clone)]
enum Access {
    /// The vault key, and records in the clear.
    Open(Rc<Inner>),
    /// Nothing that is secret.
    Locked,
    Closed,
}

/// One profile's account, contacts, conversations and outbox.
#[wasm_bindgen]
pub struct Engine {
    store: IndexedDbStore,
    access: Rc<RefCell<Access>>,
}

#[wasm_bindgen]
impl Engine {
    /// Opens, or creates, the local store of a profile. It is locked if its vault does not open by itself. With what the vault of another
    /// engine has handed over, it opens by that.
    pub async fn open(profile: String, handed: JsValue) -> Result<Engine, Thrown> {
        let store = IndexedDbStore::open(&format!("sealpost-{profile}"))
            .await
            .map_err(ClientError::from)?;
        let key = if handed.is_undefined() {
            by_itself(&store).await
        } else {
            Vault::take_over(&handed).await.map(Some)
        };
        let access = match key.map_err(ClientError::from)? {
            Some(key) => Access::Open(client_of(&store, key)),
            None => Access::Locked,
        };
        Ok(Self {
            store,
            access: Rc::new(RefCell::new(access)),
        })
    }

    /// Does a call of `web/client/src/worker/engine.ts` on the client that is open now. There is one export for all of them, and one
    /// future that drives them: code for each would be several times as large.
    pub fn call(&self, method: &str, arguments: Array) -> Promise {
        let access = self.access.borrow().clone();
        let call = call_of(method, &Arguments(arguments));
        future_to_promise(async move {
            match access {
                Access::Open(client) => Ok(perform(&client, call).await?),
                Access::Locked => Err(Thrown::from(ClientError::from(StoreError::Locked)).into()),
                Access::Closed => Err(closed().into()),
            }
        })
    }

    /// Wipes what is in memory; only the vault answers from then on. Calls in flight still end.
    pub fn lock(&self) {
        if let Access::Open(client) = self.access.replace(Access::Locked) {
            client.clear();
        }
    }

    /// Wipes what is in memory and closes the database. Calls in flight still end; later ones are `closed`.
    pub fn close(&self) {
        if let Access::Open(client) = self.access.replace(Access::Closed) {
            client.clear();
        }
        self.store.close();
    }
}

#[cfg(feature = "engine")]
#[wasm_bindgen]
impl Engine {
    /// Does a call of `web/client/src/worker/vault-engine.ts` on the vault; the first argument is the time.
    pub fn vault(&self, method: &str, arguments: Array) -> Promise {
        let access = Rc::clone(&self.access);
        let vault = Vault::new(self.store.clone());
        let given = Arguments(arguments);
        let method = method.to_owned();
        future_to_promise(async move {
            let open = access.borrow().clone();
            let now = given.integer(0).map_err(Thrown::from)?;
            if let Access::Closed = open {
                return Err(closed().into());
            }
            if method == "unlock" {
                let unlock = vault_calls::unlock_of(&given).map_err(Thrown::from)?;
                let key = vault_calls::unlock(&vault, unlock, now)
                    .await
                    .map_err(Thrown::from)?;
                let is_locked = matches!(*access.borrow(), Access::Locked);
                if is_locked {
                    access.replace(Access::Open(client_of(vault.store(), key)));
                }
                return Ok(JsValue::UNDEFINED);
            }
            let key = match &open {
                Access::Open(client) => Some(client.store().key()),
                Access::Locked | Access::Closed => None,
            };
            let call = vault_calls::vault_call_of(&method, &given).map_err(Thrown::from)?;
            Ok(vault_calls::perform(&vault, key, call, now).await?)
        })
    }
}

fn client_of(store: &IndexedDbStore, key: VaultKey) -> Rc<Inner> {
    let sealed = Sealed::new(store.clone(), key);
    Rc::new(Client::new(sealed, UnwrapErr(SysRng)))
}

/// The key of a vault that opens without the person. Nothing if somebody has to unlock it, also where what opened it by itself is
/// damaged.
async fn by_itself(store: &IndexedDbStore) -> Result<Option<VaultKey>, StoreError> {
    let error = match vault_key(store).await {
        Ok(key) => return Ok(Some(key)),
        Err(error) => error,
    };
    if !matches!(error, StoreError::Locked | StoreError::Corrupt(_)) {
        return Err(error);
    }
    if Vault::new(store.clone()).asks_somebody().await? {
        Ok(None)
    } else {
        Err(error)
    }
}

fn closed() -> Thrown {
    js_error("closed", "the engine is closed")
}

/// The answer to a call, once it is on disk.
async fn perform(client: &Inner, call: Result<Call, ClientError>) -> Result<JsValue, Thrown> {
    let mut call = call?;
    let mut value = Json::default();
    // The engine of conversations works on the same database, and writes what this one looks for: keys of people.
    #[cfg(feature = "forums")]
    client.refresh().await?;
    let events = client
        .drive(&mut |txn| {
            value = Json::default();
            (call.step)(txn, &mut value)
        })
        .await?;
    let answer = if call.has_events {
        Json::of(&Outcome { value, events })
    } else {
        value.into_text()
    };
    Ok(JSON::parse(&answer)?)
}
