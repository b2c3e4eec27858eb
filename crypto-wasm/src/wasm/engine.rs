//! The engine that the worker drives: [`Client`] over the sealed IndexedDB of one profile.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;

use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use js_sys::{Promise, Uint8Array};
use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::future_to_promise;

use super::error::{Thrown, js_error};
use super::read::{
    address, bundle, integer, list, mailbox_item, prekey_counts, refused, user_document,
};
use super::types::{
    PreKeyBodies, ReceivedBody, RegistrationBody, StatusBody, StepBody, to_js, users,
};
use crate::client::{Client, ClientError, Outcome};
use crate::store::{IndexedDbStore, Sealed, open_sealed};

type Inner = Client<Sealed<IndexedDbStore>, UnwrapErr<SysRng>>;
type Answer = Result<JsValue, Thrown>;

/// One profile's account, contacts, conversations and outbox. See `web/client/src/worker/engine.ts`.
#[wasm_bindgen]
pub struct Engine {
    client: RefCell<Option<Rc<Inner>>>,
}

/// An outcome with its value in the form that JavaScript sees.
fn outcome<T, U: Serialize>(outcome: Outcome<T>, body: impl FnOnce(T) -> U) -> Answer {
    to_js(&Outcome {
        value: body(outcome.value),
        events: outcome.events,
    })
}

fn same<T>(value: T) -> T {
    value
}

impl Engine {
    /// Starts a call on the client that is open now.
    fn promise<F: Future<Output = Answer> + 'static>(
        &self,
        call: impl FnOnce(Rc<Inner>) -> F,
    ) -> Promise {
        let client = self.client.borrow().clone();
        match client {
            Some(client) => promise(Box::pin(call(client))),
            None => Promise::reject(&js_error("closed", "the engine is closed").into()),
        }
    }
}

/// Boxed, so that what drives a future is compiled once and not for every method.
fn promise(call: Pin<Box<dyn Future<Output = Answer>>>) -> Promise {
    future_to_promise(async move { Ok(call.await?) })
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

    /// Account, pending registration, cursor, outbox length.
    pub fn status(&self) -> Promise {
        self.promise(|client| async move { to_js(&StatusBody::from(client.status().await?)) })
    }

    /// See `Client::begin_registration`.
    #[wasm_bindgen(js_name = beginRegistration)]
    pub fn begin_registration(&self, username: String, now: f64) -> Promise {
        self.promise(|client| async move {
            let registration = client.begin_registration(&username, integer(now)?).await?;
            to_js(&RegistrationBody::from(registration.value))
        })
    }

    /// See `Client::registration_accepted`.
    #[wasm_bindgen(js_name = registrationAccepted)]
    pub fn registration_accepted(&self) -> Promise {
        self.promise(|client| async move { to_js(&client.registration_accepted().await?.value) })
    }

    /// See `Client::sign_login`.
    #[wasm_bindgen(js_name = signLogin)]
    pub fn sign_login(&self, origin: String, challenge: Vec<u8>, expires_at: f64) -> Promise {
        self.promise(|client| async move {
            let challenge = challenge
                .try_into()
                .map_err(|_| js_error("relay", "a challenge has 32 bytes"))?;
            let proof = client
                .sign_login(&origin, challenge, integer(expires_at)?)
                .await?;
            Ok(Uint8Array::from(proof.as_slice()).into())
        })
    }

    /// See `Client::prekey_upload`.
    #[wasm_bindgen(js_name = preKeyUpload)]
    pub fn prekey_upload(&self, counts: JsValue, now: f64) -> Promise {
        self.promise(|client| async move {
            let counts = prekey_counts(&counts)?;
            let upload = client.prekey_upload(counts, integer(now)?).await?;
            to_js(&upload.value.map(PreKeyBodies::from))
        })
    }

    /// See `Client::prekeys_uploaded`.
    #[wasm_bindgen(js_name = preKeysUploaded)]
    pub fn prekeys_uploaded(&self) -> Promise {
        self.promise(|client| async move {
            client.prekeys_uploaded().await?;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// See `Client::learn_user`.
    #[wasm_bindgen(js_name = learnUser)]
    pub fn learn_user(&self, user: JsValue, now: f64) -> Promise {
        self.promise(|client| async move {
            let user = user_document(&user)?;
            outcome(client.learn_user(&user, integer(now)?).await?, same)
        })
    }

    /// See `Client::user_missing`.
    #[wasm_bindgen(js_name = userMissing)]
    pub fn user_missing(&self, user: String, now: f64) -> Promise {
        self.promise(|client| async move {
            outcome(
                client.user_missing(user.parse()?, integer(now)?).await?,
                same,
            )
        })
    }

    /// See `Client::contacts`.
    pub fn contacts(&self) -> Promise {
        self.promise(|client| async move { to_js(&client.contacts().await?) })
    }

    /// See `Client::contact`.
    pub fn contact(&self, user: String) -> Promise {
        self.promise(|client| async move { to_js(&client.contact(user.parse()?).await?) })
    }

    /// See `Client::safety_number`.
    #[wasm_bindgen(js_name = safetyNumber)]
    pub fn safety_number(&self, user: String) -> Promise {
        self.promise(|client| async move {
            Ok(JsValue::from(client.safety_number(user.parse()?).await?))
        })
    }

    /// See `Client::set_verified`.
    #[wasm_bindgen(js_name = setVerified)]
    pub fn set_verified(&self, user: String, verified: bool, compared: Option<String>) -> Promise {
        self.promise(|client| async move {
            outcome(
                client
                    .set_verified(user.parse()?, verified, compared.as_deref())
                    .await?,
                same,
            )
        })
    }

    /// See `Client::accept_key_change`.
    #[wasm_bindgen(js_name = acceptKeyChange)]
    pub fn accept_key_change(&self, user: String, compared: Option<String>) -> Promise {
        self.promise(|client| async move {
            outcome(
                client
                    .accept_key_change(user.parse()?, compared.as_deref())
                    .await?,
                same,
            )
        })
    }

    /// See `Client::conversations`.
    pub fn conversations(&self) -> Promise {
        self.promise(|client| async move { to_js(&client.conversations().await?) })
    }

    /// See `Client::conversation`.
    pub fn conversation(&self, id: String) -> Promise {
        self.promise(|client| async move { to_js(&client.conversation(id.parse()?).await?) })
    }

    /// See `Client::create_conversation`.
    #[wasm_bindgen(js_name = createConversation)]
    pub fn create_conversation(&self, members: Vec<String>, name: String, now: f64) -> Promise {
        self.promise(|client| async move {
            let members = users(&members)?;
            outcome(
                client
                    .create_conversation(&members, &name, integer(now)?)
                    .await?,
                same,
            )
        })
    }

    /// See `Client::update_conversation`.
    #[wasm_bindgen(js_name = updateConversation)]
    pub fn update_conversation(
        &self,
        id: String,
        add: Vec<String>,
        remove: Vec<String>,
        name: Option<String>,
        now: f64,
    ) -> Promise {
        self.promise(|client| async move {
            let (add, remove) = (users(&add)?, users(&remove)?);
            outcome(
                client
                    .update_conversation(id.parse()?, &add, &remove, name.as_deref(), integer(now)?)
                    .await?,
                same,
            )
        })
    }

    /// See `Client::mark_read`.
    #[wasm_bindgen(js_name = markRead)]
    pub fn mark_read(&self, id: String) -> Promise {
        self.promise(|client| async move { outcome(client.mark_read(id.parse()?).await?, same) })
    }

    /// See `Client::send_text`.
    #[wasm_bindgen(js_name = sendText)]
    pub fn send_text(
        &self,
        conversation: String,
        text: String,
        reply_to: Option<String>,
        now: f64,
    ) -> Promise {
        self.promise(|client| async move {
            let reply_to = reply_to.map(|id| id.parse()).transpose()?;
            outcome(
                client
                    .send_text(conversation.parse()?, &text, reply_to, integer(now)?)
                    .await?,
                same,
            )
        })
    }

    /// See `Client::messages`.
    pub fn messages(&self, conversation: String, before: Option<f64>, limit: u32) -> Promise {
        self.promise(|client| async move {
            let before = before.map(integer).transpose()?;
            to_js(
                &client
                    .messages(conversation.parse()?, before, limit)
                    .await?,
            )
        })
    }

    /// See `Client::retry_message`.
    #[wasm_bindgen(js_name = retryMessage)]
    pub fn retry_message(&self, conversation: String, message: String) -> Promise {
        self.promise(|client| async move {
            outcome(
                client
                    .retry_message(conversation.parse()?, message.parse()?)
                    .await?,
                same,
            )
        })
    }

    /// See `Client::outbox_step`.
    #[wasm_bindgen(js_name = outboxStep)]
    pub fn outbox_step(&self, now: f64) -> Promise {
        self.promise(|client| async move {
            outcome(client.outbox_step(integer(now)?).await?, StepBody::from)
        })
    }

    /// See `Client::add_bundles`.
    #[wasm_bindgen(js_name = addBundles)]
    pub fn add_bundles(&self, given: JsValue, missing: JsValue, now: f64) -> Promise {
        self.promise(|client| async move {
            let given = list(&given, bundle)?;
            let missing = list(&missing, address)?;
            outcome(
                client.add_bundles(&given, &missing, integer(now)?).await?,
                same,
            )
        })
    }

    /// See `Client::outbox_accepted`.
    #[wasm_bindgen(js_name = outboxAccepted)]
    pub fn outbox_accepted(&self, entry: String) -> Promise {
        self.promise(|client| async move {
            outcome(client.outbox_accepted(entry_number(&entry)?).await?, same)
        })
    }

    /// See `Client::outbox_refused`.
    #[wasm_bindgen(js_name = outboxRefused)]
    pub fn outbox_refused(&self, entry: String, refusal: JsValue) -> Promise {
        self.promise(|client| async move {
            let refusal = refused(&refusal)?;
            outcome(
                client
                    .outbox_refused(entry_number(&entry)?, &refusal)
                    .await?,
                same,
            )
        })
    }

    /// See `Client::receive`.
    pub fn receive(&self, items: JsValue, now: f64) -> Promise {
        self.promise(|client| async move {
            let items = list(&items, mailbox_item)?;
            outcome(
                client.receive(&items, integer(now)?).await?,
                ReceivedBody::from,
            )
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

fn entry_number(entry: &str) -> Result<u64, Thrown> {
    entry
        .parse()
        .map_err(|_| js_error("invalid-argument", "not an outbox entry"))
}
