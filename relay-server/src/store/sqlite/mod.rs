//! The store in one SQLite file: one thread writes, grouping the writers of a moment into one transaction and one
//! fsync; readers have connections of their own.

mod administration;
mod blobs;
mod claims;
mod conversations;
mod devices;
mod error;
mod forums;
mod hosts;
mod key_packages;
mod live;
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

use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::{Connection, OpenFlags};

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
const READERS: usize = 4;
/// How long a connection waits for another process that has locked the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Prepared statements that each connection keeps.
const STATEMENTS: usize = 128;

/// A store in a file.
pub struct SqliteStore {
    writer: Writer,
    readers: Readers,
}

impl SqliteStore {
    /// Looks at a file without changing it: that it is a database, whole, and not of a newer version.
    ///
    /// # Errors
    /// [`StoreError::Failed`] says what it is instead.
    pub fn check(path: &Path) -> StoreResult<()> {
        let db = connect_reader(path)?;
        migrations::check(&db)?;
        let found: String = db.query_row("PRAGMA quick_check(1)", (), |row| row.get(0))?;
        if found == "ok" {
            Ok(())
        } else {
            Err(StoreError::Failed("the database is damaged".into()))
        }
    }

    /// Opens or creates the file and brings it to the newest schema.
    ///
    /// # Errors
    /// [`StoreError::Failed`] if the file cannot be opened, is no database or of a newer version.
    pub fn open(path: &Path) -> StoreResult<Self> {
        migrations::run(&mut connect(path)?)?;
        let readers = (0..READERS)
            .map(|_| connect_reader(path))
            .collect::<StoreResult<Vec<_>>>()?;
        Ok(Self {
            writer: Writer::start({
                let path = path.to_owned();
                move || connect(&path)
            })?,
            readers: Readers::new(readers),
        })
    }
}

fn connect(path: &Path) -> StoreResult<Connection> {
    let connection = Connection::open_with_flags(
        PathBuf::from(path),
        OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

fn connect_reader(path: &Path) -> StoreResult<Connection> {
    let connection = Connection::open_with_flags(
        PathBuf::from(path),
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

#[async_trait]
impl Store for SqliteStore {
    async fn close(&self) {
        self.readers.stop();
        self.writer.stop().await;
    }

    async fn ready(&self) -> StoreResult<()> {
        self.readers
            .run(|db| Ok(db.query_row("SELECT 1", (), |_| Ok(()))?))
            .await?;
        self.writer.run(migrations::touch).await
    }

    async fn expire(&self, now: UnixMillis, kept_since: UnixMillis) -> StoreResult<()> {
        self.writer.run(move |db| logins::expire(db, now)).await?;
        self.writer
            .run(move |db| mailboxes::expire(db, kept_since))
            .await
    }

    async fn add_challenge(&self, challenge: Challenge) -> StoreResult<()> {
        self.writer
            .run(move |db| logins::add_challenge(db, &challenge))
            .await
    }

    async fn take_challenge(&self, challenge: [u8; 32]) -> StoreResult<Option<Challenge>> {
        self.writer
            .run(move |db| logins::take_challenge(db, &challenge))
            .await
    }

    async fn identity_key(&self, device: Address) -> StoreResult<Option<[u8; 32]>> {
        self.readers
            .run(move |db| devices::identity_key(db, device))
            .await
    }

    async fn revoked_identity_key(&self, device: Address) -> StoreResult<Option<[u8; 32]>> {
        self.readers
            .run(move |db| devices::revoked_identity_key(db, device))
            .await
    }

    async fn add_token(&self, token: TokenHash, login: Login) -> StoreResult<()> {
        self.writer
            .run(move |db| logins::add_token(db, &token, &login))
            .await
    }

    async fn login(&self, token: TokenHash) -> StoreResult<Option<Login>> {
        self.readers.run_here(|db| logins::find(db, &token)).await
    }

    async fn register(
        &self,
        registration: Registration,
        now: UnixMillis,
    ) -> StoreResult<UserDocument> {
        self.writer
            .run(move |db| users::register(db, &registration, now))
            .await
    }

    async fn user(&self, id: UserId) -> StoreResult<Option<UserDocument>> {
        self.readers.run(move |db| users::find(db, id)).await
    }

    async fn user_named(&self, username: Username) -> StoreResult<Option<UserDocument>> {
        self.readers
            .run(move |db| users::find_named(db, &username))
            .await
    }

    async fn link_device(
        &self,
        caller: Address,
        link: DeviceLink,
        now: UnixMillis,
    ) -> StoreResult<UserDocument> {
        self.writer
            .run(move |db| users::link(db, caller, &link, now))
            .await
    }

    async fn revoke_device(
        &self,
        caller: Address,
        revocation: DeviceRevocation,
        now: UnixMillis,
    ) -> StoreResult<UserDocument> {
        self.writer
            .run(move |db| users::revoke(db, caller, &revocation, now))
            .await
    }

    async fn acquaintances(&self, user: UserId) -> StoreResult<Vec<UserId>> {
        self.readers
            .run(move |db| conversations::acquaintances(db, user))
            .await
    }

    async fn add_prekeys(&self, caller: Address, upload: PreKeyUpload) -> StoreResult<()> {
        self.writer
            .run(move |db| {
                let device = devices::require_active(db, caller)?;
                prekeys::add(db, device, &upload)?;
                key_packages::add(db, device, &upload.key_packages)
            })
            .await
    }

    async fn prekey_counts(&self, device: Address) -> StoreResult<PreKeyCounts> {
        self.readers
            .run(move |db| {
                let device = devices::require_active(db, device)?;
                prekeys::counts(db, device)
            })
            .await
    }

    async fn claim_bundles(
        &self,
        caller: Address,
        devices: Vec<Address>,
    ) -> StoreResult<ClaimedBundles> {
        self.writer
            .run(move |db| claims::claim(db, caller, &devices))
            .await
    }

    async fn create_conversation(
        &self,
        caller: Address,
        conversation: NewConversation,
        now: UnixMillis,
    ) -> StoreResult<ParticipantsChange> {
        self.writer
            .run(move |db| conversations::create(db, caller, &conversation, now))
            .await
    }

    async fn conversation(
        &self,
        user: UserId,
        id: ConversationId,
    ) -> StoreResult<Option<Conversation>> {
        self.readers
            .run(move |db| conversations::find(db, user, id))
            .await
    }

    async fn conversations(
        &self,
        user: UserId,
        after: Option<ConversationId>,
        limit: u32,
    ) -> StoreResult<Vec<Conversation>> {
        self.readers
            .run(move |db| conversations::list(db, user, after, limit))
            .await
    }

    async fn add_participants(
        &self,
        caller: Address,
        id: ConversationId,
        users: Vec<UserId>,
    ) -> StoreResult<ParticipantsChange> {
        self.writer
            .run(move |db| conversations::add(db, caller, id, &users))
            .await
    }

    async fn remove_participant(
        &self,
        caller: Address,
        id: ConversationId,
        user: UserId,
    ) -> StoreResult<ParticipantsChange> {
        self.writer
            .run(move |db| conversations::remove(db, caller, id, user))
            .await
    }

    async fn post_message(&self, message: NewMessage, now: UnixMillis) -> StoreResult<Posted> {
        self.writer
            .run(move |db| messages::post(db, &message, now))
            .await
    }

    async fn mailbox(&self, device: Address, after: u64, limit: u32) -> StoreResult<MailboxPage> {
        self.readers
            .run(move |db| mailboxes::page(db, device, after, limit))
            .await
    }

    async fn mailbox_range(&self, device: Address) -> StoreResult<MailboxRange> {
        self.readers
            .run(move |db| {
                let device = devices::require_active(db, device)?;
                mailboxes::range(db, device)
            })
            .await
    }

    async fn acknowledge(&self, caller: Address, up_to: u64) -> StoreResult<()> {
        self.writer
            .run(move |db| mailboxes::acknowledge(db, caller, up_to))
            .await
    }

    async fn host_user(&self, account: HostAccount) -> StoreResult<Option<UserId>> {
        self.readers
            .run(move |db| hosts::user_of(db, &account))
            .await
    }
}
