//! Storing messages.

use std::collections::{BTreeMap, HashSet};

use rusqlite::{Connection, OptionalExtension};

use super::devices::{self, DeviceRow};
use super::{StoreResult, conversations, mailboxes};
use crate::domain::authorization::{Action, authorize};
use crate::domain::message::{NewMessage, Posted};
use crate::domain::{Address, Refusal, UnixMillis};

/// What is remembered of a message of this id.
struct Known {
    row: i64,
    same_conversation: bool,
    same_content: bool,
    stored_at: UnixMillis,
}

/// Stores a message, or what of it is new.
pub(super) fn post(db: &Connection, message: &NewMessage, now: UnixMillis) -> StoreResult<Posted> {
    let sender = devices::require_active(db, message.sender)?;
    let known = find(db, sender, message)?;
    match &known {
        Some(known) if known.same_content => {
            return Ok(Posted {
                stored_at: known.stored_at,
                delivered: Vec::new(),
            });
        }
        Some(known) if !known.same_conversation => return Err(Refusal::Conflict.into()),
        _ => {}
    }
    let devices = addressed_devices(db, message)?;
    let delivered = known
        .as_ref()
        .map_or(Ok(HashSet::new()), |known| delivered_to(db, known.row))?;
    message.require_match(&devices, &delivered)?;
    let (row, stored_at) = match known {
        Some(known) => {
            db.prepare_cached("UPDATE messages SET digest = ?2 WHERE id = ?1")?
                .execute((known.row, message.digest))?;
            (known.row, known.stored_at)
        }
        None => (insert(db, sender, message, now)?, now),
    };
    let mut posted = Posted {
        stored_at,
        delivered: Vec::new(),
    };
    for envelope in &message.envelopes {
        let Some(&device) = devices.get(&envelope.to) else {
            continue;
        };
        if delivered.contains(&device) {
            continue;
        }
        db.prepare_cached("INSERT INTO deliveries (message, device) VALUES (?1, ?2)")?
            .execute((row, device.0))?;
        mailboxes::append(db, device, message, envelope, now)?;
        posted.delivered.push(envelope.to);
    }
    Ok(posted)
}

fn find(db: &Connection, sender: DeviceRow, message: &NewMessage) -> StoreResult<Option<Known>> {
    Ok(db
        .prepare_cached(
            "SELECT id, conversation_id = ?3, digest = ?4, stored_at FROM messages
             WHERE sender = ?1 AND message_id = ?2",
        )?
        .query_row(
            (
                sender.0,
                message.id,
                message.conversation_id,
                message.digest,
            ),
            |row| {
                Ok(Known {
                    row: row.get(0)?,
                    same_conversation: row.get(1)?,
                    same_content: row.get(2)?,
                    stored_at: row.get(3)?,
                })
            },
        )
        .optional()?)
}

fn insert(
    db: &Connection,
    sender: DeviceRow,
    message: &NewMessage,
    now: UnixMillis,
) -> StoreResult<i64> {
    db.prepare_cached(
        "INSERT INTO messages (sender, message_id, conversation_id, digest, stored_at) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute((sender.0, message.id, message.conversation_id, message.digest, now))?;
    Ok(db.last_insert_rowid())
}

/// The active devices of the recipients, without the sending one. Recipients and caller must be participants.
fn addressed_devices(
    db: &Connection,
    message: &NewMessage,
) -> StoreResult<BTreeMap<Address, DeviceRow>> {
    let participants = conversations::participants(db, message.conversation_id)?;
    let takes_part = |user| participants.binary_search(user).is_ok();
    authorize(Action::UseConversation {
        is_participant: takes_part(&message.sender.user_id),
    })?;
    let strangers: Vec<_> = message
        .recipients
        .iter()
        .filter(|user| !takes_part(user))
        .copied()
        .collect();
    if !strangers.is_empty() {
        return Err(Refusal::NotParticipant {
            user_ids: strangers,
        }
        .into());
    }
    let mut addressed = BTreeMap::new();
    for &user in &message.recipients {
        addressed.extend(devices::active_of(db, user)?);
    }
    addressed.remove(&message.sender);
    Ok(addressed)
}

fn delivered_to(db: &Connection, message: i64) -> StoreResult<HashSet<DeviceRow>> {
    let mut statement = db.prepare_cached("SELECT device FROM deliveries WHERE message = ?1")?;
    let rows = statement.query_map((message,), |row| row.get(0).map(DeviceRow))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
