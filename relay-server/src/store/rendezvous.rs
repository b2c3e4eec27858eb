//! The part of the storage where devices meet. Everything in it is gone after a few minutes.

use async_trait::async_trait;

use super::StoreResult;
use crate::domain::UnixMillis;
use crate::domain::rendezvous::{RendezvousId, RendezvousMessage, Side};

/// Mailboxes of two sides. All operations but the first are [`Refusal::NotFound`](crate::domain::Refusal::NotFound) where none is open.
#[async_trait]
pub trait RendezvousStore: Send + Sync {
    /// Opens one until `expires_at`; [`Refusal::Conflict`](crate::domain::Refusal::Conflict) if there is one of that id.
    async fn open_rendezvous(
        &self,
        id: RendezvousId,
        now: UnixMillis,
        expires_at: UnixMillis,
    ) -> StoreResult<()>;

    /// Stores a side's next message. False if there is no room until the other side takes one. The same again is true and changes nothing;
    /// another content under its number, while it is there, or a later number is [`Refusal::Conflict`](crate::domain::Refusal::Conflict).
    async fn send_to_rendezvous(
        &self,
        id: RendezvousId,
        from: Side,
        message: RendezvousMessage,
        now: UnixMillis,
    ) -> StoreResult<bool>;

    /// What the other side has sent, from a number on; what is below goes.
    async fn take_from_rendezvous(
        &self,
        id: RendezvousId,
        by: Side,
        from: u64,
        now: UnixMillis,
    ) -> StoreResult<Vec<RendezvousMessage>>;

    /// Ends one, with all that is in it; nothing happens where there is none.
    async fn end_rendezvous(&self, id: RendezvousId) -> StoreResult<()>;

    /// Ends those whose time is over.
    async fn expire_rendezvous(&self, now: UnixMillis) -> StoreResult<()>;
}
