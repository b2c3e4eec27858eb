//! The store in a PostgreSQL database, which several nodes may share.
//!
//! A write names the rows that stand for what it touches ([`locks`]) and is alone with them until it is committed. The writes
//! of a moment share a transaction ([`writer`]), and are answered after its commit. Reads see one state each.

mod administration;
mod blobs;
mod claims;
mod connection;
mod conversations;
mod db;
mod devices;
mod error;
mod forums;
mod hosts;
mod key_packages;
mod live;
mod locks;
mod logins;
mod mailboxes;
mod messages;
mod migrations;
mod prekeys;
mod readers;
mod rendezvous;
mod rows;
mod users;
mod writer;

use async_trait::async_trait;
use tokio_postgres::Config;

use self::db::Db;
use self::locks::Locks;
use self::readers::Readers;
use self::writer::Writer;
use super::{Store, StoreError, StoreResult};
use crate::domain::conversation::{Conversation, NewConversation, ParticipantsChange};
use crate::domain::login::{Challenge, HostAccount, Login, TokenHash};
use crate::domain::message::{MailboxPage, MailboxRange, NewMessage, Posted};
use crate::domain::prekeys::{ClaimedBundles, PreKeyCounts, PreKeyUpload};
use crate::domain::user::{DeviceLink, DeviceRevocation, Registration, UserDocument};
use crate::domain::{Address, ConversationId, UnixMillis, UserId, Username};

/// Connections that read at the same time.
const READERS: usize = 12;
/// Transactions that write at the same time, each on a connection of its own.
const WRITERS: usize = 4;

/// A store in a database.
pub struct PostgresStore {
    writer: Writer,
    readers: Readers,
}

impl PostgresStore {
    /// Connects and brings the database to the newest schema.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if there is no server, [`StoreError::Failed`] if it does not let this program in or the database is of
    /// a newer version.
    pub async fn open(config: &Config) -> StoreResult<Self> {
        let readers = connection::pool(config, READERS)?;
        migrations::run(&Db::new(connection::first(&readers).await?)).await?;
        Ok(Self {
            writer: Writer::start(connection::pool(config, WRITERS)?)?,
            readers: Readers::new(readers),
        })
    }
}

impl PostgresStore {
    /// Looks at a database without changing it: that it lets this program in and is not of a newer version.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn check(config: &Config) -> StoreResult<()> {
        let pool = connection::pool(config, 1)?;
        migrations::check(&Db::new(connection::first(&pool).await?)).await
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn close(&self) {
        self.readers.stop();
        self.writer.stop().await;
    }

    async fn ready(&self) -> StoreResult<()> {
        self.readers
            .one(async |db| db.one("SELECT 1", &[]).await.map(drop))
            .await?;
        self.writer
            .run(Locks::none(), async |db| migrations::touch(db).await)
            .await
    }

    async fn expire(&self, now: UnixMillis, kept_since: UnixMillis) -> StoreResult<()> {
        self.writer
            .run(Locks::none(), async move |db| {
                logins::expire(db, now).await?;
                mailboxes::forget(db, kept_since).await
            })
            .await?;
        loop {
            let users = self
                .readers
                .one(async move |db| mailboxes::expired(db, kept_since).await)
                .await?;
            if users.is_empty() {
                return Ok(());
            }
            self.writer
                .run(Locks::of(users.iter().copied()), async move |db| {
                    mailboxes::expire(db, &users, kept_since).await
                })
                .await?;
        }
    }

    async fn host_user(&self, account: HostAccount) -> StoreResult<Option<UserId>> {
        self.readers
            .one(async move |db| hosts::user_of(db, &account).await)
            .await
    }

    async fn add_challenge(&self, challenge: Challenge) -> StoreResult<()> {
        self.writer
            .run(Locks::none(), async move |db| {
                logins::add_challenge(db, &challenge).await
            })
            .await
    }

    async fn take_challenge(&self, challenge: [u8; 32]) -> StoreResult<Option<Challenge>> {
        self.writer
            .run(Locks::none(), async move |db| {
                logins::take_challenge(db, &challenge).await
            })
            .await
    }

    async fn identity_key(&self, device: Address) -> StoreResult<Option<[u8; 32]>> {
        self.readers
            .one(async move |db| devices::identity_key(db, device).await)
            .await
    }

    async fn revoked_identity_key(&self, device: Address) -> StoreResult<Option<[u8; 32]>> {
        self.readers
            .one(async move |db| devices::revoked_identity_key(db, device).await)
            .await
    }

    async fn add_token(&self, token: TokenHash, login: Login) -> StoreResult<()> {
        self.writer
            .run(Locks::of([login.device.user_id]), async move |db| {
                logins::add_token(db, &token, &login).await
            })
            .await
    }

    async fn login(&self, token: TokenHash) -> StoreResult<Option<Login>> {
        self.readers
            .one(async move |db| logins::find(db, &token).await)
            .await
    }

    async fn register(
        &self,
        registration: Registration,
        now: UnixMillis,
    ) -> StoreResult<UserDocument> {
        self.writer
            .run(Locks::none(), async move |db| {
                users::register(db, &registration, now).await
            })
            .await
    }

    async fn user(&self, id: UserId) -> StoreResult<Option<UserDocument>> {
        self.readers
            .run(async move |db| users::find(db, id).await)
            .await
    }

    async fn user_named(&self, username: Username) -> StoreResult<Option<UserDocument>> {
        self.readers
            .run(async move |db| users::find_named(db, &username).await)
            .await
    }

    async fn link_device(
        &self,
        caller: Address,
        link: DeviceLink,
        now: UnixMillis,
    ) -> StoreResult<UserDocument> {
        self.writer
            .run(Locks::of([caller.user_id]), async move |db| {
                users::link(db, caller, &link, now).await
            })
            .await
    }

    async fn revoke_device(
        &self,
        caller: Address,
        revocation: DeviceRevocation,
        now: UnixMillis,
    ) -> StoreResult<UserDocument> {
        let revoked = Address {
            user_id: caller.user_id,
            device_id: revocation.device_id,
        };
        let locks = Locks::of([caller.user_id]).and_topics_of(revoked);
        self.writer
            .run(locks, async move |db| {
                users::revoke(db, caller, &revocation, now).await
            })
            .await
    }

    async fn acquaintances(&self, user: UserId) -> StoreResult<Vec<UserId>> {
        self.readers
            .one(async move |db| conversations::acquaintances(db, user).await)
            .await
    }

    async fn add_prekeys(&self, caller: Address, upload: PreKeyUpload) -> StoreResult<()> {
        self.writer
            .run(Locks::of([caller.user_id]), async move |db| {
                let device = devices::require_active(db, caller).await?;
                prekeys::add(db, device, &upload).await?;
                key_packages::add(db, device, &upload.key_packages).await
            })
            .await
    }

    async fn prekey_counts(&self, device: Address) -> StoreResult<PreKeyCounts> {
        self.readers
            .run(async move |db| {
                let device = devices::require_active(db, device).await?;
                prekeys::counts(db, device).await
            })
            .await
    }

    async fn claim_bundles(
        &self,
        caller: Address,
        devices: Vec<Address>,
    ) -> StoreResult<ClaimedBundles> {
        self.writer
            .run(Locks::of([caller.user_id]), async move |db| {
                claims::claim(db, caller, &devices).await
            })
            .await
    }

    async fn create_conversation(
        &self,
        caller: Address,
        conversation: NewConversation,
        now: UnixMillis,
    ) -> StoreResult<ParticipantsChange> {
        self.writer
            .run(Locks::of([caller.user_id]), async move |db| {
                conversations::create(db, caller, &conversation, now).await
            })
            .await
    }

    async fn conversation(
        &self,
        user: UserId,
        id: ConversationId,
    ) -> StoreResult<Option<Conversation>> {
        self.readers
            .run(async move |db| conversations::find(db, user, id).await)
            .await
    }

    async fn conversations(
        &self,
        user: UserId,
        after: Option<ConversationId>,
        limit: u32,
    ) -> StoreResult<Vec<Conversation>> {
        self.readers
            .run(async move |db| conversations::list(db, user, after, limit).await)
            .await
    }

    async fn add_participants(
        &self,
        caller: Address,
        id: ConversationId,
        users: Vec<UserId>,
    ) -> StoreResult<ParticipantsChange> {
        let locks = Locks::of([caller.user_id]).and_conversation(id);
        self.writer
            .run(locks, async move |db| {
                conversations::add(db, caller, id, &users).await
            })
            .await
    }

    async fn remove_participant(
        &self,
        caller: Address,
        id: ConversationId,
        user: UserId,
    ) -> StoreResult<ParticipantsChange> {
        let locks = Locks::of([caller.user_id]).and_conversation(id);
        self.writer
            .run(locks, async move |db| {
                conversations::remove(db, caller, id, user).await
            })
            .await
    }

    async fn post_message(&self, message: NewMessage, now: UnixMillis) -> StoreResult<Posted> {
        let locks =
            Locks::of([message.sender.user_id]).and_users(message.recipients.iter().copied());
        self.writer
            .run(locks, async move |db| {
                messages::post(db, &message, now).await
            })
            .await
    }

    async fn mailbox(&self, device: Address, after: u64, limit: u32) -> StoreResult<MailboxPage> {
        self.readers
            .run(async move |db| mailboxes::page(db, device, after, limit).await)
            .await
    }

    async fn mailbox_range(&self, device: Address) -> StoreResult<MailboxRange> {
        self.readers
            .run(async move |db| {
                let device = devices::require_active(db, device).await?;
                mailboxes::range(db, device).await
            })
            .await
    }

    async fn acknowledge(&self, caller: Address, up_to: u64) -> StoreResult<()> {
        self.writer
            .run(Locks::of([caller.user_id]), async move |db| {
                mailboxes::acknowledge(db, caller, up_to).await
            })
            .await
    }
}
