//! Deleting and exporting users.

use async_trait::async_trait;
use tokio_postgres::Row;

use super::db::Db;
use super::locks::Locks;
use super::rows::{Columns as _, int};
use super::{PostgresStore, StoreResult, conversations, devices, mailboxes, users};
use crate::domain::export::{
    AccountExport, DeletedUser, ExportedDevice, ExportedFile, ExportedPost, SentMessage,
};
use crate::domain::{Address, Refusal, UnixMillis, UserId, Username, limits};
use crate::store::AdministrationStore;

#[async_trait]
impl AdministrationStore for PostgresStore {
    async fn delete_user(&self, username: Username, now: UnixMillis) -> StoreResult<DeletedUser> {
        let name = username.clone();
        let (id, devices) = self
            .readers
            .run(async move |db| {
                let id = named(db, &name).await?;
                Ok((id, devices::active_of(db, &[id]).await?))
            })
            .await?;
        let addresses = devices.into_iter().map(|(address, _)| address);
        let locks = addresses.fold(Locks::of([id]), Locks::and_topics_of);
        self.writer
            .run(locks, async move |db| delete(db, &username, id, now).await)
            .await
    }

    async fn export_user(&self, username: Username) -> StoreResult<AccountExport> {
        self.readers
            .run(async move |db| export(db, &username).await)
            .await
    }
}

async fn named(db: &Db, username: &Username) -> StoreResult<UserId> {
    let row = db
        .optional(
            "SELECT id FROM users WHERE username = $1",
            &[&username.as_str()],
        )
        .await?;
    row.ok_or(Refusal::NotFound)?.col(0)
}

/// Whoever deletes holds the user, and the topics that the user's devices are in.
async fn delete(
    db: &Db,
    username: &Username,
    id: UserId,
    now: UnixMillis,
) -> StoreResult<DeletedUser> {
    if named(db, username).await? != id {
        return Err(Refusal::NotFound.into());
    }
    for (_, device) in devices::active_of(db, &[id]).await? {
        users::remove_device(db, device, now).await?;
    }
    for statement in [
        "DELETE FROM participants WHERE user_id = $1",
        "DELETE FROM messages WHERE sender IN (SELECT id FROM devices WHERE user_id = $1)",
        "DELETE FROM deliveries WHERE device IN (SELECT id FROM devices WHERE user_id = $1)",
        "DELETE FROM host_accounts WHERE user_id = $1",
        "DELETE FROM challenges WHERE user_id = $1",
        "UPDATE blobs SET expires_at = 0 WHERE user_id = $1",
        "UPDATE topic_posts SET post = NULL WHERE author IN (SELECT id FROM devices WHERE user_id = $1)",
    ] {
        db.execute(statement, &[&id]).await?;
    }
    // The row stays, so that the id is never taken again. No name is like the one that it gets.
    db.execute(
        "UPDATE users SET username = '#' || replace(id::text, '-', ''), registration_digest = decode(repeat('00', 32), 'hex'),
         is_administrator = FALSE, deleted_at = $2 WHERE id = $1",
        &[&id, &int(now)],
    )
    .await?;
    Ok(DeletedUser { id })
}

async fn export(db: &Db, username: &Username) -> StoreResult<AccountExport> {
    let id = named(db, username).await?;
    let user = db
        .one(
            "SELECT created_at, is_administrator FROM users WHERE id = $1",
            &[&id],
        )
        .await?;
    let host = db
        .optional(
            "SELECT issuer, subject FROM host_accounts WHERE user_id = $1",
            &[&id],
        )
        .await?;
    let host = host.map(|row| StoreResult::Ok((row.col(0)?, row.col(1)?)));
    Ok(AccountExport {
        user: users::find(db, id).await?.ok_or(Refusal::NotFound)?,
        created_at: user.number(0)?,
        is_administrator: user.col(1)?,
        host_account: host.transpose()?,
        devices: devices_of(db, id).await?,
        conversations: conversations::list(db, id, None, u32::MAX).await?,
        sent_messages: rows(
            db,
            "SELECT message_id, conversation_id, stored_at FROM messages
             WHERE sender IN (SELECT id FROM devices WHERE user_id = $1) ORDER BY id",
            id,
            |row| {
                Ok(SentMessage {
                    message_id: row.col(0)?,
                    conversation_id: row.col(1)?,
                    stored_at: row.number(2)?,
                })
            },
        )
        .await?,
        topics: rows(
            db,
            "SELECT DISTINCT topic_id FROM topic_leaves WHERE user_id = $1 ORDER BY topic_id",
            id,
            |row| row.col(0),
        )
        .await?,
        files: rows(
            db,
            "SELECT id, length, received, created_at, expires_at FROM blobs WHERE user_id = $1 AND expires_at > 0 ORDER BY id",
            id,
            |row| {
                Ok(ExportedFile {
                    blob_id: row.col(0)?,
                    length: row.number(1)?,
                    received: row.number(2)?,
                    created_at: row.number(3)?,
                    expires_at: row.number(4)?,
                })
            },
        )
        .await?,
        posts: rows(
            db,
            "SELECT topic_id, seq, post_id, stored_at, post IS NULL FROM topic_posts
             WHERE author IN (SELECT id FROM devices WHERE user_id = $1) ORDER BY topic_id, seq",
            id,
            |row| {
                Ok(ExportedPost {
                    topic_id: row.col(0)?,
                    seq: row.number(1)?,
                    post_id: row.col(2)?,
                    stored_at: row.number(3)?,
                    is_deleted: row.col(4)?,
                })
            },
        )
        .await?,
    })
}

async fn devices_of(db: &Db, id: UserId) -> StoreResult<Vec<ExportedDevice>> {
    let mut devices = rows(
        db,
        "SELECT device_id, created_at, revoked_at FROM devices WHERE user_id = $1 ORDER BY device_id",
        id,
        |row| {
            Ok(ExportedDevice {
                device_id: row.device_id(0)?,
                created_at: row.number(1)?,
                revoked_at: row.optional_number(2)?,
                mailbox: Vec::new(),
            })
        },
    )
    .await?;
    for device in devices
        .iter_mut()
        .filter(|device| device.revoked_at.is_none())
    {
        let address = Address {
            user_id: id,
            device_id: device.device_id,
        };
        let mut after = 0;
        loop {
            let page = mailboxes::page(db, address, after, limits::PAGE).await?;
            let Some(last) = page.items.last() else { break };
            after = last.seq;
            device.mailbox.extend(page.items);
        }
    }
    Ok(devices)
}

async fn rows<T>(
    db: &Db,
    sql: &str,
    id: UserId,
    read: impl Fn(&Row) -> StoreResult<T>,
) -> StoreResult<Vec<T>> {
    db.all(sql, &[&id]).await?.iter().map(read).collect()
}
