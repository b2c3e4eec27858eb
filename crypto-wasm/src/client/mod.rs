//! The client without its network: what is kept, what is sent, what arrives.
//!
//! Every method that changes something is one step: load, change in memory, one atomic commit, and only then its result and events
//! are released. A step that fails has changed nothing; a step that lost a race against another tab is done again from the
//! start, with new randomness, so that nothing made from stale state ever leaves. The caller does the network: it carries
//! [`OutboxStep`]s to the relay, and the relay's answers and envelopes back.

mod account;
mod apply;
mod asked;
mod calls;
mod changes;
mod compose;
mod contacts;
mod conversations;
#[cfg(feature = "link")]
pub mod devices;
mod effects;
mod error;
mod files;
#[cfg(feature = "forums")]
pub mod forums;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod healing;
mod ids;
mod inbox;
mod keys;
mod membership;
mod messages;
mod order;
mod outbox;
mod prekeys;
mod receipts;
mod recipients;
mod records;
#[cfg(feature = "link")]
pub mod recovery;
mod seal;
mod standing;
mod step;
mod timers;
mod trust;
mod txn;
mod typing;
mod views;

use std::cell::RefCell;

use rand_core::CryptoRng;

pub use account::{Registration, Status};
pub use calls::{OutboxCall, OutboxEnvelopeBody, OutboxStep, Refusal};
pub use contacts::UserDocument;
pub use error::ClientError;
pub use ids::{ConversationId, MessageId, UserId};
pub use inbox::{Envelope, MailboxItem, Received};
pub use prekeys::{PreKeyCounts, PreKeys};
pub use standing::Standing;
pub use views::{
    Contact, Conversation, ConversationKind, Event, Failure, KeyState, Me, Member, Message,
    MessageBody, MessagePage, MessageReaction, MessageReceipt, MessageState, Outcome,
};

/// The steps by themselves, for the boundary: one future drives them all there.
#[cfg(all(feature = "engine", target_arch = "wasm32"))]
pub(crate) mod steps {
    pub(crate) use super::account::{
        begin_registration, registration_accepted, sign_login, status,
    };
    pub(crate) use super::compose::{create, send, update};
    pub(crate) use super::contacts::{
        learn, list as contacts, missing as user_missing, one as contact,
    };
    pub(crate) use super::conversations::{list as conversations, one as conversation};
    pub(crate) use super::effects::{delete, edit, react};
    pub(crate) use super::files::{send as send_file, stored as stored_file};
    pub(crate) use super::inbox::receive;
    pub(crate) use super::messages::{page as messages, retry};
    pub(crate) use super::outbox::{accepted, next_step, refused};
    pub(crate) use super::prekeys::{top_up, uploaded};
    pub(crate) use super::receipts::{are_sent, mark_read, set_sent};
    pub(crate) use super::seal::add_bundles;
    pub(crate) use super::standing::{accept, block};
    pub(crate) use super::timers::{expire, set as set_timer};
    pub(crate) use super::trust::{accept_key, safety_number, set_verified};
    pub(crate) use super::typing::{hear, tell};
}

use crate::store::Store;
use asked::Asked;
use txn::Cache;
#[cfg(all(
    any(feature = "engine", feature = "forums", feature = "link"),
    target_arch = "wasm32"
))]
pub(crate) use txn::Txn;

/// One profile: its account, device, contacts, conversations and outbox, over a store.
pub struct Client<S, R> {
    store: S,
    rng: RefCell<R>,
    cache: RefCell<Cache>,
    asked: RefCell<Asked>,
}

impl<S: Store, R: CryptoRng> Client<S, R> {
    /// A client over an opened store. Nothing is read until something is asked.
    pub fn new(store: S, rng: R) -> Self {
        Self {
            store,
            rng: RefCell::new(rng),
            cache: RefCell::default(),
            asked: RefCell::default(),
        }
    }

    /// The store beneath.
    pub const fn store(&self) -> &S {
        &self.store
    }

    /// Forgets every decrypted record in memory.
    pub fn clear(&self) {
        self.cache.borrow_mut().clear();
    }
}
