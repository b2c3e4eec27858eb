//! The client without its network: what is kept, what is sent, what arrives.
//!
//! Every method that changes something is one step: load, change in memory, one atomic commit, and only then its result and events
//! are released. A step that fails has changed nothing; a step that lost a race against another tab is done again from the
//! start, with new randomness, so that nothing made from stale state ever leaves. The caller does the network: it carries
//! [`OutboxStep`]s to the relay, and the relay's answers and envelopes back.

mod account;
mod apply;
mod calls;
mod changes;
mod compose;
mod contacts;
mod conversations;
mod error;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod ids;
mod inbox;
mod keys;
mod membership;
mod messages;
mod outbox;
mod prekeys;
mod recipients;
mod records;
mod seal;
mod step;
mod trust;
mod txn;
mod views;

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use rand_core::CryptoRng;

pub use account::{Registration, Status};
pub use calls::{OutboxCall, OutboxEnvelopeBody, OutboxStep, Refusal};
pub use contacts::UserDocument;
pub use error::ClientError;
pub use ids::{ConversationId, MessageId, UserId};
pub use inbox::{Envelope, MailboxItem, Received};
pub use prekeys::{PreKeyCounts, PreKeys};
pub use views::{
    Contact, Conversation, ConversationKind, Event, Failure, KeyState, Me, Member, Message,
    MessageBody, MessagePage, MessageState, Outcome,
};

use crate::store::Store;
use crate::wire::Address;
use txn::Cache;

/// How long what the relay said of a user or a bundle is not asked for again, in milliseconds.
const ASK_AGAIN_MS: u64 = 60_000;

/// One profile: its account, device, contacts, conversations and outbox, over a store.
pub struct Client<S, R> {
    store: S,
    rng: RefCell<R>,
    cache: RefCell<Cache>,
    asked: RefCell<Asked>,
}

/// What the relay was asked lately, so that nothing is asked for in circles. Only in memory: forgetting costs a request.
#[derive(Default)]
struct Asked {
    users: HashMap<UserId, u64>,
    /// Users whose devices the relay counted differently.
    stale: HashSet<UserId>,
    bundles: HashMap<Address, (u64, &'static str)>,
}

impl Asked {
    fn user_lately(&self, user: UserId, now: u64) -> bool {
        self.users
            .get(&user)
            .is_some_and(|at| now.saturating_sub(*at) < ASK_AGAIN_MS)
    }

    /// Whether a fresh document of the user is wanted and was not asked for lately.
    fn wants(&self, user: UserId, now: u64) -> bool {
        self.stale.contains(&user) && !self.user_lately(user, now)
    }

    /// Notes that the relay was asked.
    fn note(&mut self, user: UserId, now: u64) {
        self.users.insert(user, now);
        self.stale.remove(&user);
    }

    /// Why a bundle could not be used, if that was lately.
    fn bundle_refused(&self, address: &Address, now: u64) -> Option<&'static str> {
        self.bundles
            .get(address)
            .filter(|(at, _)| now.saturating_sub(*at) < ASK_AGAIN_MS)
            .map(|(_, code)| *code)
    }
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
