//! Storing messages. Whoever posts holds the sender and the recipients.

use std::collections::{BTreeMap, HashSet};

use super::db::Db;
use super::devices::{self, DeviceRow};
use super::rows::{Columns as _, int};
use super::{StoreResult, conversations, mailboxes};
use crate::domain::authorization::{Action, authorize};
use crate::domain::message::{NewMessage, OutgoingEnvelope, Posted};
use crate::domain::{Address, Refusal, UnixMillis};

/// What is remembered of a message of this id.
struct Known {
    row: i64,
    same_conversation: bool,
    same_content: bool,
    stored_at: UnixMillis,
}

/// Stores a message, or what of it is new.
pub(super) async fn post(db: &Db, message: &NewMessage, now: UnixMillis) -> StoreResult<Posted> {
    let sender = devices::require_active(db, message.sender).await?;
    let known = find(db, sender, message).await?;
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
    let devices = addressed_devices(db, message).await?;
    let delivered = match &known {
        Some(known) => delivered_to(db, known.row).await?,
        None => HashSet::new(),
    };
    message.require_match(&devices, &delivered)?;
    let (row, stored_at) = match known {
        Some(known) => {
            db.execute(
                "UPDATE messages SET digest = $2 WHERE id = $1",
                &[&known.row, &message.digest.as_slice()],
            )
            .await?;
            (known.row, known.stored_at)
        }
        None => (insert(db, sender, message, now).await?, now),
    };
    let given: Vec<(DeviceRow, &OutgoingEnvelope)> = message
        .envelopes
        .iter()
        .filter_map(|envelope| Some((*devices.get(&envelope.to)?, envelope)))
        .filter(|(device, _)| !delivered.contains(device))
        .collect();
    mailboxes::append(db, row, message, &given, now).await?;
    Ok(Posted {
        stored_at,
        delivered: given.iter().map(|(_, envelope)| envelope.to).collect(),
    })
}

/// The row is held, so that it does not expire meanwhile.
async fn find(db: &Db, sender: DeviceRow, message: &NewMessage) -> StoreResult<Option<Known>> {
    let row = db
        .optional(
            "SELECT id, conversation_id = $3, digest = $4, stored_at FROM messages
             WHERE sender = $1 AND message_id = $2 FOR UPDATE",
            &[
                &sender.0,
                &message.id,
                &message.conversation_id,
                &message.digest.as_slice(),
            ],
        )
        .await?;
    let known = row.map(|row| {
        Ok(Known {
            row: row.col(0)?,
            same_conversation: row.col(1)?,
            same_content: row.col(2)?,
            stored_at: row.number(3)?,
        })
    });
    known.transpose()
}

async fn insert(
    db: &Db,
    sender: DeviceRow,
    message: &NewMessage,
    now: UnixMillis,
) -> StoreResult<i64> {
    let row = db
        .one(
            "INSERT INTO messages (sender, message_id, conversation_id, digest, stored_at)
             VALUES ($1, $2, $3, $4, $5) RETURNING id",
            &[
                &sender.0,
                &message.id,
                &message.conversation_id,
                &message.digest.as_slice(),
                &int(now),
            ],
        )
        .await?;
    row.col(0)
}

/// The active devices of the recipients, without the sending one. Recipients and caller must be participants.
async fn addressed_devices(
    db: &Db,
    message: &NewMessage,
) -> StoreResult<BTreeMap<Address, DeviceRow>> {
    let participants = conversations::participants(db, message.conversation_id).await?;
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
    let addressed = devices::active_of(db, &message.recipients).await?;
    let mut addressed: BTreeMap<_, _> = addressed.into_iter().collect();
    addressed.remove(&message.sender);
    Ok(addressed)
}

async fn delivered_to(db: &Db, message: i64) -> StoreResult<HashSet<DeviceRow>> {
    let rows = db
        .all(
            "SELECT device FROM deliveries WHERE message = $1",
            &[&message],
        )
        .await?;
    rows.iter().map(|row| row.col(0).map(DeviceRow)).collect()
}
