//! What the relay keeps, as operations of its domain. Every operation is atomic: it happens wholly, and is on disk
//! when it answers, or not at all.
//!
//! Backends pass the suite in `conformance`.

mod administration;
mod blobs;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod forums;
pub mod live;
pub mod postgres;
mod rendezvous;
pub mod sqlite;

use std::sync::Arc;

use async_trait::async_trait;

use crate::config::Database;

use crate::domain::conversation::{Conversation, NewConversation, ParticipantsChange};
use crate::domain::login::{Challenge, HostAccount, Login, TokenHash};
use crate::domain::message::{MailboxPage, MailboxRange, NewMessage, Posted};
use crate::domain::prekeys::{ClaimedBundles, PreKeyCounts, PreKeyUpload};
use crate::domain::user::{DeviceLink, DeviceRevocation, Registration, UserDocument};
use crate::domain::{Address, ConversationId, Refusal, UnixMillis, UserId, Username};

pub use administration::AdministrationStore;
pub use blobs::BlobStore;
pub use forums::ForumStore;
pub use live::LiveStore;
pub use rendezvous::RendezvousStore;

/// Why an operation did not happen.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The client's fault.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Too busy, or shutting down: worth another try.
    #[error("the store is busy")]
    Unavailable,
    /// No space is left; nothing was changed. Reading goes on, and writing once there is space.
    #[error("the store has no space left")]
    Full,
    /// The store may only be read at present; nothing was changed.
    #[error("the store is read-only")]
    ReadOnly,
    /// The store's fault.
    #[error("the store failed: {0}")]
    Failed(String),
}

impl StoreError {
    /// What those are told whose operation shared a transaction that failed with this.
    fn shared(&self) -> Self {
        match self {
            Self::Full => Self::Full,
            Self::ReadOnly => Self::ReadOnly,
            Self::Refused(_) | Self::Unavailable | Self::Failed(_) => Self::Unavailable,
        }
    }
}

/// What a store operation gives.
pub type StoreResult<T> = Result<T, StoreError>;

/// Opens the store that is configured, and brings it to the newest schema.
///
/// # Errors
/// [`StoreError`] if it cannot be opened, or is of a newer version.
pub async fn open(database: &Database) -> StoreResult<Arc<dyn Store>> {
    Ok(match database {
        Database::Sqlite(path) => Arc::new(sqlite::SqliteStore::open(path)?),
        Database::Postgres(config) => Arc::new(postgres::PostgresStore::open(config).await?),
    })
}

/// The relay's storage.
///
/// A `caller` is a device that was active when its token was checked; an operation that changes something checks again
/// and refuses with [`Refusal::Unauthorized`] if it no longer is.
#[async_trait]
pub trait Store:
    ForumStore + AdministrationStore + LiveStore + RendezvousStore + BlobStore
{
    /// Finishes what was begun. Operations after that are [`StoreError::Unavailable`].
    async fn close(&self);

    /// Answers when both reading and writing work, by doing either.
    async fn ready(&self) -> StoreResult<()>;

    /// Drops challenges and tokens that have expired by `now`, and whatever was stored before `kept_since`: envelopes
    /// from the mailboxes' beginnings, and the memory of messages.
    async fn expire(&self, now: UnixMillis, kept_since: UnixMillis) -> StoreResult<()>;

    /// Keeps a challenge, whether or not its device exists.
    async fn add_challenge(&self, challenge: Challenge) -> StoreResult<()>;

    /// Takes a challenge out: it is given once.
    async fn take_challenge(&self, challenge: [u8; 32]) -> StoreResult<Option<Challenge>>;

    /// The identity key of an active device.
    async fn identity_key(&self, device: Address) -> StoreResult<Option<[u8; 32]>>;

    /// The identity key of a revoked device.
    async fn revoked_identity_key(&self, device: Address) -> StoreResult<Option<[u8; 32]>>;

    /// Keeps a token's hash; [`Refusal::Unauthorized`] if the device is not active.
    async fn add_token(&self, token: TokenHash, login: Login) -> StoreResult<()>;

    /// Whose token it is, expired or not.
    async fn login(&self, token: TokenHash) -> StoreResult<Option<Login>>;

    /// Creates a user. The same registration again changes nothing.
    async fn register(
        &self,
        registration: Registration,
        now: UnixMillis,
    ) -> StoreResult<UserDocument>;

    /// A user by id.
    async fn user(&self, id: UserId) -> StoreResult<Option<UserDocument>>;

    /// A user by name.
    async fn user_named(&self, username: Username) -> StoreResult<Option<UserDocument>>;

    /// Links a device to the caller's user. The same link again changes nothing.
    async fn link_device(
        &self,
        caller: Address,
        link: DeviceLink,
        now: UnixMillis,
    ) -> StoreResult<UserDocument>;

    /// Revokes a device of the caller's user: its tokens, prekeys and mailbox are gone. The same again changes nothing.
    async fn revoke_device(
        &self,
        caller: Address,
        revocation: DeviceRevocation,
        now: UnixMillis,
    ) -> StoreResult<UserDocument>;

    /// The user and everybody who shares a conversation with them.
    async fn acquaintances(&self, user: UserId) -> StoreResult<Vec<UserId>>;

    /// Adds to the caller's prekeys.
    async fn add_prekeys(&self, caller: Address, upload: PreKeyUpload) -> StoreResult<()>;

    /// How many one-time keys the device has left.
    async fn prekey_counts(&self, device: Address) -> StoreResult<PreKeyCounts>;

    /// Takes a bundle of each device; each one-time key is given once.
    async fn claim_bundles(
        &self,
        caller: Address,
        devices: Vec<Address>,
    ) -> StoreResult<ClaimedBundles>;

    /// Creates a conversation. The same again answers the same and changes nothing.
    async fn create_conversation(
        &self,
        caller: Address,
        conversation: NewConversation,
        now: UnixMillis,
    ) -> StoreResult<ParticipantsChange>;

    /// A conversation in which the user takes part.
    async fn conversation(
        &self,
        user: UserId,
        id: ConversationId,
    ) -> StoreResult<Option<Conversation>>;

    /// The user's conversations with ids above `after`, ascending.
    async fn conversations(
        &self,
        user: UserId,
        after: Option<ConversationId>,
        limit: u32,
    ) -> StoreResult<Vec<Conversation>>;

    /// Adds participants to a conversation of the caller's.
    async fn add_participants(
        &self,
        caller: Address,
        id: ConversationId,
        users: Vec<UserId>,
    ) -> StoreResult<ParticipantsChange>;

    /// Removes a participant from a conversation of the caller's.
    async fn remove_participant(
        &self,
        caller: Address,
        id: ConversationId,
        user: UserId,
    ) -> StoreResult<ParticipantsChange>;

    /// Stores a message and puts its envelopes into the mailboxes. The same again answers the same and changes nothing.
    async fn post_message(&self, message: NewMessage, now: UnixMillis) -> StoreResult<Posted>;

    /// At most `limit` envelopes after seq `after`, fewer when their contents grow large.
    async fn mailbox(&self, device: Address, after: u64, limit: u32) -> StoreResult<MailboxPage>;

    /// Where the device's mailbox begins and ends.
    async fn mailbox_range(&self, device: Address) -> StoreResult<MailboxRange>;

    /// Deletes everything up to a seq from the caller's mailbox.
    async fn acknowledge(&self, caller: Address, up_to: u64) -> StoreResult<()>;

    /// The user that an account with the host application was bound to when it registered (`Registration::host`).
    async fn host_user(&self, account: HostAccount) -> StoreResult<Option<UserId>>;
}
