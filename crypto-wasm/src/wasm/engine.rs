//! The engine that the worker drives: [`Client`] over the sealed IndexedDB of one profile.

use std::cell::RefCell;
use std::rc::Rc;

use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::error::js_error;
use super::types::{
    Address, Bundle, Counts, Item, PreKeyBodies, ReceivedBody, RefusalBody, RegistrationBody,
    StatusBody, StepBody, User, addresses, bundles, from_js, integer, to_js, users,
};
use crate::client::{Client, ClientError, Outcome, PreKeyCounts};
use crate::store::{IndexedDbStore, Sealed, open_sealed};

type Inner = Client<Sealed<IndexedDbStore>, UnwrapErr<SysRng>>;
type Answer = Result<JsValue, JsValue>;

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
    fn client(&self) -> Result<Rc<Inner>, JsValue> {
        self.client
            .borrow()
            .clone()
            .ok_or_else(|| js_error("closed", "the engine is closed"))
    }
}

#[wasm_bindgen]
impl Engine {
    /// Opens, or creates, the local store of a profile.
    pub async fn open(profile: String) -> Result<Engine, JsValue> {
        let store = open_sealed(&format!("sealpost-{profile}"))
            .await
            .map_err(ClientError::from)?;
        let client = Client::new(store, UnwrapErr(SysRng));
        Ok(Self {
            client: RefCell::new(Some(Rc::new(client))),
        })
    }

    /// Account, pending registration, cursor, outbox length.
    pub async fn status(&self) -> Answer {
        to_js(&StatusBody::from(self.client()?.status().await?))
    }

    /// See `Client::begin_registration`.
    #[wasm_bindgen(js_name = beginRegistration)]
    pub async fn begin_registration(&self, username: String, now: f64) -> Answer {
        let registration = self
            .client()?
            .begin_registration(&username, integer(now)?)
            .await?;
        to_js(&RegistrationBody::from(registration.value))
    }

    /// See `Client::registration_accepted`.
    #[wasm_bindgen(js_name = registrationAccepted)]
    pub async fn registration_accepted(&self) -> Answer {
        to_js(&self.client()?.registration_accepted().await?.value)
    }

    /// See `Client::sign_login`.
    #[wasm_bindgen(js_name = signLogin)]
    pub async fn sign_login(
        &self,
        origin: String,
        challenge: Vec<u8>,
        expires_at: f64,
    ) -> Result<Vec<u8>, JsValue> {
        let challenge = challenge
            .try_into()
            .map_err(|_| js_error("relay", "a challenge has 32 bytes"))?;
        Ok(self
            .client()?
            .sign_login(&origin, challenge, integer(expires_at)?)
            .await?)
    }

    /// See `Client::prekey_upload`.
    #[wasm_bindgen(js_name = preKeyUpload)]
    pub async fn prekey_upload(&self, counts: JsValue, now: f64) -> Answer {
        let counts: Counts = from_js(counts)?;
        let counts = PreKeyCounts {
            one_time_prekeys: counts.one_time_pre_keys as usize,
            kem_prekeys: counts.kem_pre_keys as usize,
        };
        let upload = self.client()?.prekey_upload(counts, integer(now)?).await?;
        to_js(&upload.value.map(PreKeyBodies::from))
    }

    /// See `Client::prekeys_uploaded`.
    #[wasm_bindgen(js_name = preKeysUploaded)]
    pub async fn prekeys_uploaded(&self) -> Result<(), JsValue> {
        self.client()?.prekeys_uploaded().await?;
        Ok(())
    }

    /// See `Client::learn_user`.
    #[wasm_bindgen(js_name = learnUser)]
    pub async fn learn_user(&self, user: JsValue, now: f64) -> Answer {
        let user = from_js::<User>(user)?.try_into()?;
        outcome(self.client()?.learn_user(&user, integer(now)?).await?, same)
    }

    /// See `Client::user_missing`.
    #[wasm_bindgen(js_name = userMissing)]
    pub async fn user_missing(&self, user: String, now: f64) -> Answer {
        outcome(
            self.client()?
                .user_missing(user.parse()?, integer(now)?)
                .await?,
            same,
        )
    }

    /// See `Client::contacts`.
    pub async fn contacts(&self) -> Answer {
        to_js(&self.client()?.contacts().await?)
    }

    /// See `Client::contact`.
    pub async fn contact(&self, user: String) -> Answer {
        to_js(&self.client()?.contact(user.parse()?).await?)
    }

    /// See `Client::safety_number`.
    #[wasm_bindgen(js_name = safetyNumber)]
    pub async fn safety_number(&self, user: String) -> Result<String, JsValue> {
        Ok(self.client()?.safety_number(user.parse()?).await?)
    }

    /// See `Client::set_verified`.
    #[wasm_bindgen(js_name = setVerified)]
    pub async fn set_verified(
        &self,
        user: String,
        verified: bool,
        compared: Option<String>,
    ) -> Answer {
        let client = self.client()?;
        outcome(
            client
                .set_verified(user.parse()?, verified, compared.as_deref())
                .await?,
            same,
        )
    }

    /// See `Client::accept_key_change`.
    #[wasm_bindgen(js_name = acceptKeyChange)]
    pub async fn accept_key_change(&self, user: String, compared: Option<String>) -> Answer {
        let client = self.client()?;
        outcome(
            client
                .accept_key_change(user.parse()?, compared.as_deref())
                .await?,
            same,
        )
    }

    /// See `Client::conversations`.
    pub async fn conversations(&self) -> Answer {
        to_js(&self.client()?.conversations().await?)
    }

    /// See `Client::conversation`.
    pub async fn conversation(&self, id: String) -> Answer {
        to_js(&self.client()?.conversation(id.parse()?).await?)
    }

    /// See `Client::create_conversation`.
    #[wasm_bindgen(js_name = createConversation)]
    pub async fn create_conversation(
        &self,
        members: Vec<String>,
        name: String,
        now: f64,
    ) -> Answer {
        let members = users(&members)?;
        outcome(
            self.client()?
                .create_conversation(&members, &name, integer(now)?)
                .await?,
            same,
        )
    }

    /// See `Client::update_conversation`.
    #[wasm_bindgen(js_name = updateConversation)]
    pub async fn update_conversation(
        &self,
        id: String,
        add: Vec<String>,
        remove: Vec<String>,
        name: Option<String>,
        now: f64,
    ) -> Answer {
        let (add, remove) = (users(&add)?, users(&remove)?);
        let client = self.client()?;
        outcome(
            client
                .update_conversation(id.parse()?, &add, &remove, name.as_deref(), integer(now)?)
                .await?,
            same,
        )
    }

    /// See `Client::mark_read`.
    #[wasm_bindgen(js_name = markRead)]
    pub async fn mark_read(&self, id: String) -> Answer {
        outcome(self.client()?.mark_read(id.parse()?).await?, same)
    }

    /// See `Client::send_text`.
    #[wasm_bindgen(js_name = sendText)]
    pub async fn send_text(
        &self,
        conversation: String,
        text: String,
        reply_to: Option<String>,
        now: f64,
    ) -> Answer {
        let reply_to = reply_to.map(|id| id.parse()).transpose()?;
        outcome(
            self.client()?
                .send_text(conversation.parse()?, &text, reply_to, integer(now)?)
                .await?,
            same,
        )
    }

    /// See `Client::messages`.
    pub async fn messages(&self, conversation: String, before: Option<f64>, limit: u32) -> Answer {
        let before = before.map(integer).transpose()?;
        to_js(
            &self
                .client()?
                .messages(conversation.parse()?, before, limit)
                .await?,
        )
    }

    /// See `Client::retry_message`.
    #[wasm_bindgen(js_name = retryMessage)]
    pub async fn retry_message(&self, conversation: String, message: String) -> Answer {
        outcome(
            self.client()?
                .retry_message(conversation.parse()?, message.parse()?)
                .await?,
            same,
        )
    }

    /// See `Client::outbox_step`.
    #[wasm_bindgen(js_name = outboxStep)]
    pub async fn outbox_step(&self, now: f64) -> Answer {
        outcome(
            self.client()?.outbox_step(integer(now)?).await?,
            StepBody::from,
        )
    }

    /// See `Client::add_bundles`.
    #[wasm_bindgen(js_name = addBundles)]
    pub async fn add_bundles(&self, given: JsValue, missing: JsValue, now: f64) -> Answer {
        let given = bundles(from_js::<Vec<Bundle>>(given)?)?;
        let missing = addresses(&from_js::<Vec<Address>>(missing)?)?;
        outcome(
            self.client()?
                .add_bundles(&given, &missing, integer(now)?)
                .await?,
            same,
        )
    }

    /// See `Client::outbox_accepted`.
    #[wasm_bindgen(js_name = outboxAccepted)]
    pub async fn outbox_accepted(&self, entry: String) -> Answer {
        outcome(
            self.client()?
                .outbox_accepted(entry_number(&entry)?)
                .await?,
            same,
        )
    }

    /// See `Client::outbox_refused`.
    #[wasm_bindgen(js_name = outboxRefused)]
    pub async fn outbox_refused(&self, entry: String, refusal: JsValue) -> Answer {
        let refusal = from_js::<RefusalBody>(refusal)?.try_into()?;
        outcome(
            self.client()?
                .outbox_refused(entry_number(&entry)?, &refusal)
                .await?,
            same,
        )
    }

    /// See `Client::receive`.
    pub async fn receive(&self, items: JsValue, now: f64) -> Answer {
        let items = from_js::<Vec<Item>>(items)?
            .into_iter()
            .map(Item::into_mailbox_item)
            .collect::<Result<Vec<_>, _>>()?;
        outcome(
            self.client()?.receive(&items, integer(now)?).await?,
            ReceivedBody::from,
        )
    }

    /// Wipes what is in memory and closes the database. Calls in flight still end; later ones are `closed`.
    pub fn close(&self) {
        if let Some(client) = self.client.borrow_mut().take() {
            client.clear();
            client.store().inner().close();
        }
    }
}

fn entry_number(entry: &str) -> Result<u64, JsValue> {
    entry
        .parse()
        .map_err(|_| js_error("invalid-argument", "not an outbox entry"))
}
