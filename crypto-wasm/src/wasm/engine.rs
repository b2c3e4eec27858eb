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
use crate::store::{IndexedDbStore, Sealed, open_sealed};

type Inner = Client<Sealed<IndexedDbStore>, UnwrapErr<SysRng>>;

/// One profile's account, contacts, conversations and outbox.
#[wasm_bindgen]
pub struct Engine {
    client: RefCell<Option<Rc<Inner>>>,
}

#[wasm_bindgen]
impl Engine {
    /// Opens, or creates, the local store of a profile.
    pub async fn open(profile: String) -> Result<Engine, Thrown> {
        let store = open_sealed(&format!("sealpost-{profile}"))
            .await
            .map_err(ClientError::from)?;
        let client = Client::new(store, UnwrapErr(SysRng));
        Ok(Self {
            client: RefCell::new(Some(Rc::new(client))),
        })
    }

    /// Does a call of `web/client/src/worker/engine.ts` on the client that is open now. There is one export for all of them, and one
    /// future that drives them: code for each would be several times as large.
    pub fn call(&self, method: &str, arguments: Array) -> Promise {
        let client = self.client.borrow().clone();
        let call = call_of(method, &Arguments(arguments));
        future_to_promise(async move {
            let client = client.ok_or_else(|| js_error("closed", "the engine is closed"))?;
            Ok(perform(&client, call).await?)
        })
    }

    /// Wipes what is in memory and closes the database. Calls in flight still end; later ones are `closed`.
    pub fn close(&self) {
        if let Some(client) = self.client.borrow_mut().take() {
            client.clear();
            client.store().inner().close();
        }
    }
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
