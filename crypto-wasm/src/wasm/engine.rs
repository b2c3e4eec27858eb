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
use crate::client::{Client, ClientError, Outcome};
use crate::store::vault::Vault;
#[cfg(feature = "engine")]
use crate::store::vault_key;
use crate::store::{IndexedDbStore, Sealed, StoreError, VaultKey};

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
    access: RefCell<Access>,
}

#[wasm_bindgen]
impl Engine {
    /// Opens the local store of a profile with what its vault has handed over. Without that, the engine of conversations opens or creates
    /// it, locked if its vault does not open by itself.
    pub async fn open(profile: String, handed: JsValue) -> Result<Engine, Thrown> {
        let store = IndexedDbStore::open(&format!("sealpost-{profile}"))
            .await
            .map_err(ClientError::from)?;
        #[cfg(feature = "engine")]
        let key = if handed.is_undefined() {
            by_itself(&store).await
        } else {
            Vault::take_over(&handed).await.map(Some)
        };
        #[cfg(not(feature = "engine"))]
        let key = Vault::take_over(&handed).await.map(Some);
        let access = match key.map_err(ClientError::from)? {
            Some(key) => Access::Open(client_of(&store, key)),
            None => Access::Locked,
        };
        Ok(Self {
            store,
            access: RefCell::new(access),
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
    /// Wipes what is in memory; calls are `locked` from then on. Those in flight still end.
    pub fn lock(&self) {
        if let Access::Open(client) = self.access.replace(Access::Locked) {
            client.clear();
        }
    }

    /// Whether somebody has to unlock the profile.
    #[wasm_bindgen(js_name = isLocked)]
    pub fn is_locked(&self) -> bool {
        matches!(*self.access.borrow(), Access::Locked)
    }

    /// Opens a locked profile with what the vault has handed over.
    pub async fn unlock(&self, handed: JsValue) -> Result<(), Thrown> {
        let key = Vault::take_over(&handed).await.map_err(ClientError::from)?;
        if self.is_locked() {
            self.access
                .replace(Access::Open(client_of(&self.store, key)));
        }
        Ok(())
    }

    /// The vault key, wrapped for another engine of this worker.
    #[wasm_bindgen(js_name = handOver)]
    pub async fn hand_over(&self) -> Result<JsValue, Thrown> {
        let access = self.access.borrow().clone();
        let Access::Open(client) = access else {
            return Err(ClientError::from(StoreError::Locked).into());
        };
        let handed = Vault::hand_over(client.store().key()).await;
        Ok(handed.map_err(ClientError::from)?)
    }
}

fn client_of(store: &IndexedDbStore, key: VaultKey) -> Rc<Inner> {
    let sealed = Sealed::new(store.clone(), key);
    Rc::new(Client::new(sealed, UnwrapErr(SysRng)))
}

#[cfg(feature = "engine")]
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
