//! The part of the storage that is for whoever runs the relay, and for no caller.

use async_trait::async_trait;

use super::StoreResult;
use crate::domain::export::{AccountExport, DeletedUser};
use crate::domain::{UnixMillis, Username};

/// What an administrator does to accounts.
#[async_trait]
pub trait AdministrationStore: Send + Sync {
    /// Drops a user: devices with their tokens, prekeys and mailboxes, places in conversations and topics, the memory of messages, the
    /// ciphertext of posts, and the bond to a host application's account. The username is free; the ids are never taken again.
    /// [`Refusal::NotFound`](crate::domain::Refusal::NotFound) if there is none of that name.
    async fn delete_user(&self, username: Username, now: UnixMillis) -> StoreResult<DeletedUser>;

    /// Everything that is stored on a user; none of that name: [`Refusal::NotFound`](crate::domain::Refusal::NotFound).
    async fn export_user(&self, username: Username) -> StoreResult<AccountExport>;
}
