//! Somebody with a client, and the network between them and the relay.

use std::cell::{Cell, RefCell};
use std::future::Future;

use crypto_wasm::client::{
    Client, ClientError, Conversation, Event, Failure, MailboxItem, Me, Message, MessageBody,
    MessageState, OutboxCall, OutboxStep, Outcome,
};
use crypto_wasm::store::StoreError;
use crypto_wasm::wire::{Address, ConversationId, UserId};

use super::{TestRng, TestStore, World, holds};

/// When tests begin, Unix milliseconds.
pub(crate) const NOW: u64 = 1_800_000_000_000;

/// Runs a future to its end.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    pollster::block_on(future)
}

/// The words of a line, or what it is instead.
pub(crate) fn text_of(message: &Message) -> String {
    match &message.body {
        MessageBody::Timer { seconds } => format!("timer {seconds}"),
        MessageBody::Text { text, .. } => text.clone(),
        MessageBody::Membership { revision, .. } => format!("#{revision}"),
        MessageBody::Undecryptable { reason } => format!("!{reason}"),
        MessageBody::File { name, .. } => format!("@{name}"),
        MessageBody::Deleted { .. } => "-".to_owned(),
    }
}

pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) world: World,
    pub(crate) store: TestStore,
    pub(crate) client: Client<TestStore, TestRng>,
    me: Cell<Option<Address>>,
    /// What listeners were told.
    pub(crate) events: RefCell<Vec<Event>>,
}

impl Person {
    pub(crate) fn new(name: &str, world: &World, store: TestStore) -> Self {
        Self {
            name: name.to_owned(),
            world: world.clone(),
            client: Client::new(store.clone(), TestRng::new()),
            store,
            me: Cell::new(None),
            events: RefCell::default(),
        }
    }

    /// The same profile in another tab, or after a restart.
    pub(crate) fn tab(&self) -> Self {
        let tab = self.world.stranger(&self.name, self.store.clone());
        tab.me.set(self.me.get());
        tab
    }

    /// The profile is a device of an account by now.
    pub(crate) fn is_now(&self, me: &Me) {
        self.me.set(Some(Address {
            user_id: me.user_id,
            device_id: me.device_id,
        }));
    }

    pub(crate) fn address(&self) -> Address {
        self.me.get().unwrap()
    }

    pub(crate) fn id(&self) -> UserId {
        self.address().user_id
    }

    pub(crate) fn now(&self) -> u64 {
        self.world.now.get()
    }

    /// One call of the client. A call that the store made fail must have changed nothing, and succeeds when it is made again.
    pub(crate) fn attempt<T>(
        &self,
        call: impl AsyncFn() -> Result<T, ClientError>,
    ) -> Result<T, ClientError> {
        if !self.store.is_armed() {
            return block_on(call());
        }
        let before = self.store.dump();
        match block_on(call()) {
            Err(ClientError::Store(StoreError::Backend(_))) => {
                assert_eq!(
                    self.store.dump(),
                    before,
                    "a failed step has changed the store"
                );
                block_on(call())
            }
            done => done,
        }
    }

    /// The same for what tells listeners something.
    pub(crate) fn act<T>(
        &self,
        call: impl AsyncFn() -> Result<Outcome<T>, ClientError>,
    ) -> Result<T, ClientError> {
        let outcome = self.attempt(call)?;
        self.events.borrow_mut().extend(outcome.events);
        Ok(outcome.value)
    }

    pub(crate) fn register(&self) -> Me {
        let now = self.now();
        let body = self
            .act(async || self.client.begin_registration(&self.name, now).await)
            .unwrap();
        self.world.relay.borrow_mut().register(&body);
        let me = self
            .act(async || self.client.registration_accepted().await)
            .unwrap();
        self.me.set(Some(Address {
            user_id: me.user_id,
            device_id: me.device_id,
        }));
        me
    }

    /// Fetches a user's document and learns it.
    pub(crate) fn learn(&self, user: UserId) -> Result<(), ClientError> {
        let now = self.now();
        let document = self.world.relay.borrow().document(user);
        match document {
            Some(document) => self
                .act(async || self.client.learn_user(&document, now).await)
                .map(drop),
            None => self.act(async || self.client.user_missing(user, now).await),
        }
    }

    pub(crate) fn meet(&self, other: &Self) {
        self.learn(other.id()).unwrap();
    }

    /// Makes a conversation and tells the relay.
    pub(crate) fn converse(&self, with: &[&Self], name: &str) -> ConversationId {
        let ids: Vec<UserId> = with.iter().map(|person| person.id()).collect();
        let now = self.now();
        let made = self
            .act(async || self.client.create_conversation(&ids, name, now).await)
            .unwrap();
        self.pump();
        made.id
    }

    /// Writes a text. It waits in the outbox.
    pub(crate) fn write(&self, id: ConversationId, text: &str) -> Message {
        let now = self.now();
        self.act(async || self.client.send_text(id, text, None, now).await)
            .unwrap()
    }

    /// Writes a text and lets the outbox send it.
    pub(crate) fn say(&self, id: ConversationId, text: &str) -> Message {
        let message = self.write(id, text);
        self.pump();
        message
    }

    pub(crate) fn change(
        &self,
        id: ConversationId,
        add: &[&Self],
        remove: &[&Self],
        name: Option<&str>,
    ) -> Result<Conversation, ClientError> {
        let add: Vec<UserId> = add.iter().map(|person| person.id()).collect();
        let remove: Vec<UserId> = remove.iter().map(|person| person.id()).collect();
        let now = self.now();
        self.act(async || {
            let client = &self.client;
            client
                .update_conversation(id, &add, &remove, name, now)
                .await
        })
    }

    /// Asks what the outbox wants done next, and checks that what it releases is on disk.
    pub(crate) fn step(&self) -> OutboxStep {
        let now = self.now();
        let step = self
            .act(async || self.client.outbox_step(now).await)
            .unwrap();
        if let OutboxStep::Call {
            call: OutboxCall::Message { envelopes, .. },
            ..
        } = &step
            && self.store.is_plain()
        {
            let stored = self.store.dump().records;
            for envelope in envelopes {
                let content = &envelope.content;
                assert!(
                    stored
                        .iter()
                        .any(|((name, _), value)| *name == "outbox" && holds(value, content)),
                    "released before it was stored"
                );
            }
        }
        step
    }

    /// Does one thing for the outbox; false when nothing waits.
    pub(crate) fn pump_once(&self) -> bool {
        let now = self.now();
        match self.step() {
            OutboxStep::Idle => return false,
            OutboxStep::Users(users) => {
                for user in users {
                    // What the client refuses is its own affair.
                    let _ = self.learn(user);
                }
            }
            OutboxStep::Bundles(addresses) => {
                let (mut bundles, mut missing) = (Vec::new(), Vec::new());
                for address in addresses {
                    match self.world.relay.borrow_mut().bundle(address) {
                        Some(bundle) => bundles.push((address, bundle)),
                        None => missing.push(address),
                    }
                }
                self.act(async || self.client.add_bundles(&bundles, &missing, now).await)
                    .unwrap();
            }
            OutboxStep::Call {
                entry,
                conversation,
                call,
            } => {
                let answer =
                    self.world
                        .relay
                        .borrow_mut()
                        .call(self.address(), conversation, &call);
                match answer {
                    Ok(()) => self.act(async || self.client.outbox_accepted(entry, now).await),
                    Err(refusal) => {
                        self.act(async || self.client.outbox_refused(entry, &refusal).await)
                    }
                }
                .unwrap();
            }
        }
        true
    }

    /// Sends until nothing waits.
    pub(crate) fn pump(&self) {
        for _ in 0..1_000 {
            if !self.pump_once() {
                return;
            }
        }
        panic!("{}'s outbox goes in circles", self.name);
    }

    /// What the relay has for this device beyond the cursor.
    pub(crate) fn mail(&self) -> Vec<MailboxItem> {
        let cursor = self.cursor();
        let mut relay = self.world.relay.borrow_mut();
        let mailbox = &relay.device(self.address()).mailbox;
        mailbox
            .iter()
            .filter(|item| item.seq > cursor)
            .cloned()
            .collect()
    }

    pub(crate) fn cursor(&self) -> u64 {
        self.attempt(async || self.client.status().await)
            .unwrap()
            .cursor
    }

    /// Takes in everything that waits at the relay.
    pub(crate) fn fetch(&self) {
        let items = self.mail();
        self.receive(&items);
    }

    /// Takes in these items, learning whom the client asks for.
    pub(crate) fn receive(&self, items: &[MailboxItem]) {
        for _ in 0..100 {
            let now = self.now();
            let received = self
                .act(async || self.client.receive(items, now).await)
                .unwrap();
            for user in &received.users {
                let _ = self.learn(*user);
            }
            let done = items.iter().all(|item| item.seq <= received.cursor);
            if done || received.users.is_empty() {
                return;
            }
        }
        panic!("{} asks for the same users again and again", self.name);
    }

    /// Every line of a conversation in words.
    pub(crate) fn lines(&self, id: ConversationId) -> Vec<String> {
        self.messages(id).iter().map(text_of).collect()
    }

    /// The texts among them.
    pub(crate) fn texts(&self, id: ConversationId) -> Vec<String> {
        self.messages(id)
            .iter()
            .filter(|message| matches!(message.body, MessageBody::Text { .. }))
            .map(text_of)
            .collect()
    }

    /// The newest 200 lines.
    pub(crate) fn messages(&self, id: ConversationId) -> Vec<Message> {
        self.attempt(async || self.client.messages(id, None, 200).await)
            .unwrap()
            .items
    }

    pub(crate) fn state_of(&self, message: &Message) -> (MessageState, Option<Failure>) {
        let all = self.messages(message.conversation_id);
        let found = all.into_iter().find(|line| line.id == message.id).unwrap();
        (found.state, found.error)
    }

    pub(crate) fn view(&self, id: ConversationId) -> Conversation {
        self.attempt(async || self.client.conversation(id).await)
            .unwrap()
            .unwrap()
    }

    /// Ids of the members, sorted.
    pub(crate) fn members(&self, id: ConversationId) -> Vec<UserId> {
        let mut ids: Vec<_> = self.view(id).members.iter().map(|m| m.user_id).collect();
        ids.sort_unstable();
        ids
    }

    /// Events since the last call.
    pub(crate) fn heard(&self) -> Vec<Event> {
        self.events.take()
    }

    /// Codes of the errors among them.
    pub(crate) fn errors(&self) -> Vec<String> {
        self.heard()
            .into_iter()
            .filter_map(|event| match event {
                Event::Error(failure) => Some(failure.code),
                _ => None,
            })
            .collect()
    }
}
