//! Deleting and exporting users.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension};

use super::{SqliteStore, StoreResult, conversations, devices, mailboxes, users};
use crate::domain::export::{
    AccountExport, DeletedUser, ExportedDevice, ExportedFile, ExportedPost, SentMessage,
};
use crate::domain::{Refusal, UnixMillis, UserId, Username};
use crate::store::AdministrationStore;

#[async_trait]
impl AdministrationStore for SqliteStore {
    async fn delete_user(&self, username: Username, now: UnixMillis) -> StoreResult<DeletedUser> {
        self.writer.run(move |db| delete(db, &username, now)).await
    }

    async fn export_user(&self, username: Username) -> StoreResult<AccountExport> {
        self.readers.run(move |db| export(db, &username)).await
    }
}

fn named(db: &Connection, username: &Username) -> StoreResult<UserId> {
    let id = db
        .prepare_cached("SELECT id FROM users WHERE username = ?1")?
        .query_row((username.as_str(),), |row| row.get(0))
        .optional()?;
    Ok(id.ok_or(Refusal::NotFound)?)
}

fn delete(db: &Connection, username: &Username, now: UnixMillis) -> StoreResult<DeletedUser> {
    let id = named(db, username)?;
    for (_, device) in devices::active_of(db, id)? {
        users::remove_device(db, device, now)?;
    }
    for statement in [
        "DELETE FROM participants WHERE user_id = ?1",
        "DELETE FROM messages WHERE sender IN (SELECT id FROM devices WHERE user_id = ?1)",
        "DELETE FROM deliveries WHERE device IN (SELECT id FROM devices WHERE user_id = ?1)",
        "DELETE FROM host_accounts WHERE user_id = ?1",
        "DELETE FROM challenges WHERE user_id = ?1",
        "UPDATE blobs SET expires_at = 0 WHERE user_id = ?1",
        "UPDATE topic_posts SET post = NULL WHERE author IN (SELECT id FROM devices WHERE user_id = ?1)",
    ] {
        db.prepare_cached(statement)?.execute((id,))?;
    }
    // The row stays, so that the id is never taken again. No name is like the one that it gets.
    db.prepare_cached(
        "UPDATE users SET username = '#' || hex(id), registration_digest = zeroblob(32), is_administrator = 0, deleted_at = ?2
         WHERE id = ?1",
    )?
    .execute((id, now))?;
    Ok(DeletedUser { id })
}

fn export(db: &Connection, username: &Username) -> StoreResult<AccountExport> {
    let id = named(db, username)?;
    let (created_at, is_administrator) = db
        .prepare_cached("SELECT created_at, is_administrator FROM users WHERE id = ?1")?
        .query_row((id,), |row| Ok((row.get(0)?, row.get(1)?)))?;
    let host_account = db
        .prepare_cached("SELECT issuer, subject FROM host_accounts WHERE user_id = ?1")?
        .query_row((id,), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(AccountExport {
        user: users::find(db, id)?.ok_or(Refusal::NotFound)?,
        created_at,
        is_administrator,
        host_account,
        devices: devices_of(db, id)?,
        conversations: conversations::list(db, id, None, u32::MAX)?,
        sent_messages: rows(
            db,
            "SELECT message_id, conversation_id, stored_at FROM messages
             WHERE sender IN (SELECT id FROM devices WHERE user_id = ?1) ORDER BY id",
            id,
            |row| {
                Ok(SentMessage {
                    message_id: row.get(0)?,
                    conversation_id: row.get(1)?,
                    stored_at: row.get(2)?,
                })
            },
        )?,
        topics: rows(
            db,
            "SELECT DISTINCT topic_id FROM topic_leaves WHERE user_id = ?1 ORDER BY topic_id",
            id,
            |row| row.get(0),
        )?,
        files: rows(
            db,
            "SELECT id, length, received, created_at, expires_at FROM blobs WHERE user_id = ?1 AND expires_at > 0 ORDER BY id",
            id,
            |row| {
                Ok(ExportedFile {
                    blob_id: row.get(0)?,
                    length: row.get(1)?,
                    received: row.get(2)?,
                    created_at: row.get(3)?,
                    expires_at: row.get(4)?,
                })
            },
        )?,
        posts: rows(
            db,
            "SELECT topic_id, seq, post_id, stored_at, post IS NULL FROM topic_posts
             WHERE author IN (SELECT id FROM devices WHERE user_id = ?1) ORDER BY topic_id, seq",
            id,
            |row| {
                Ok(ExportedPost {
                    topic_id: row.get(0)?,
                    seq: row.get(1)?,
                    post_id: row.get(2)?,
                    stored_at: row.get(3)?,
                    is_deleted: row.get(4)?,
                })
            },
        )?,
    })
}

fn devices_of(db: &Connection, id: UserId) -> StoreResult<Vec<ExportedDevice>> {
    let mut devices = rows(
        db,
        "SELECT device_id, created_at, revoked_at FROM devices WHERE user_id = ?1 ORDER BY device_id",
        id,
        |row| {
            Ok(ExportedDevice {
                device_id: row.get(0)?,
                created_at: row.get(1)?,
                revoked_at: row.get(2)?,
                mailbox: Vec::new(),
            })
        },
    )?;
    for device in devices
        .iter_mut()
        .filter(|device| device.revoked_at.is_none())
    {
        let address = crate::domain::Address {
            user_id: id,
            device_id: device.device_id,
        };
        let mut after = 0;
        loop {
            let page = mailboxes::page(db, address, after, crate::domain::limits::PAGE)?;
            let Some(last) = page.items.last() else { break };
            after = last.seq;
            device.mailbox.extend(page.items);
        }
    }
    Ok(devices)
}

fn rows<T>(
    db: &Connection,
    sql: &str,
    id: UserId,
    read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> StoreResult<Vec<T>> {
    let mut statement = db.prepare_cached(sql)?;
    let found = statement.query_map((id,), read)?;
    Ok(found.collect::<Result<_, _>>()?)
}
