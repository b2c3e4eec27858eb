//! Conversations and their participants.

use rusqlite::{Connection, OptionalExtension};

use super::{StoreResult, devices};
use crate::domain::conversation::{Conversation, NewConversation, ParticipantsChange};
use crate::domain::{Address, ConversationId, Refusal, UnixMillis, UserId, limits};

pub(super) fn create(
    db: &Connection,
    caller: Address,
    new: &NewConversation,
    now: UnixMillis,
) -> StoreResult<ParticipantsChange> {
    devices::require_active(db, caller)?;
    let known: Option<([u8; 32], UnixMillis)> = db
        .prepare_cached("SELECT digest, created_at FROM conversations WHERE id = ?1")?
        .query_row((new.id,), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let conversation = |created_at| Conversation {
        id: new.id,
        participant_ids: new.participants.clone(),
        created_at,
    };
    match known {
        Some((digest, created_at)) if digest == new.digest() => {
            return Ok(ParticipantsChange {
                conversation: conversation(created_at),
                concerned: Vec::new(),
            });
        }
        Some(_) => return Err(Refusal::Conflict.into()),
        None => {}
    }
    db.prepare_cached("INSERT INTO conversations (id, digest, created_at) VALUES (?1, ?2, ?3)")?
        .execute((new.id, new.digest(), now))?;
    for &user in &new.participants {
        insert(db, new.id, user)?;
    }
    Ok(ParticipantsChange {
        conversation: conversation(now),
        concerned: new.participants.clone(),
    })
}

/// Adds one participant, who must be a user; whether that was new.
fn insert(db: &Connection, id: ConversationId, user: UserId) -> StoreResult<bool> {
    let exists: bool = db
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM users WHERE id = ?1 AND deleted_at IS NULL)")?
        .query_row((user,), |row| row.get(0))?;
    if !exists {
        return Err(Refusal::NotFound.into());
    }
    let added = db
        .prepare_cached("INSERT INTO participants (conversation_id, user_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
        .execute((id, user))?;
    Ok(added > 0)
}

/// The participants, ascending.
pub(super) fn participants(db: &Connection, id: ConversationId) -> StoreResult<Vec<UserId>> {
    let mut statement = db.prepare_cached(
        "SELECT user_id FROM participants WHERE conversation_id = ?1 ORDER BY user_id",
    )?;
    let rows = statement.query_map((id,), |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn find(
    db: &Connection,
    user: UserId,
    id: ConversationId,
) -> StoreResult<Option<Conversation>> {
    let created_at = db
        .prepare_cached(
            "SELECT created_at FROM conversations JOIN participants ON conversation_id = id
             WHERE id = ?1 AND user_id = ?2",
        )?
        .query_row((id, user), |row| row.get(0))
        .optional()?;
    let Some(created_at) = created_at else {
        return Ok(None);
    };
    Ok(Some(Conversation {
        id,
        participant_ids: participants(db, id)?,
        created_at,
    }))
}

pub(super) fn list(
    db: &Connection,
    user: UserId,
    after: Option<ConversationId>,
    limit: u32,
) -> StoreResult<Vec<Conversation>> {
    // No id precedes sixteen zero bytes, and nobody makes the one that equals them.
    let after = after.unwrap_or(ConversationId::from_bytes([0; 16]));
    let mut statement = db.prepare_cached(
        "SELECT conversation_id, created_at FROM participants JOIN conversations ON id = conversation_id
         WHERE user_id = ?1 AND conversation_id > ?2 ORDER BY conversation_id LIMIT ?3",
    )?;
    let rows = statement.query_map((user, after, limit), |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.map(|row| {
        let (id, created_at) = row?;
        Ok(Conversation {
            id,
            participant_ids: participants(db, id)?,
            created_at,
        })
    })
    .collect()
}

pub(super) fn add(
    db: &Connection,
    caller: Address,
    id: ConversationId,
    users: &[UserId],
) -> StoreResult<ParticipantsChange> {
    devices::require_active(db, caller)?;
    find(db, caller.user_id, id)?.ok_or(Refusal::NotFound)?;
    let mut changed = false;
    for &user in users {
        changed |= insert(db, id, user)?;
    }
    let conversation = find(db, caller.user_id, id)?.ok_or(Refusal::NotFound)?;
    if conversation.participant_ids.len() > limits::PARTICIPANTS {
        return Err(Refusal::TooLarge("a conversation has at most 256 participants").into());
    }
    let concerned = if changed {
        conversation.participant_ids.clone()
    } else {
        Vec::new()
    };
    Ok(ParticipantsChange {
        conversation,
        concerned,
    })
}

pub(super) fn remove(
    db: &Connection,
    caller: Address,
    id: ConversationId,
    user: UserId,
) -> StoreResult<ParticipantsChange> {
    devices::require_active(db, caller)?;
    let mut conversation = find(db, caller.user_id, id)?.ok_or(Refusal::NotFound)?;
    let removed = db
        .prepare_cached("DELETE FROM participants WHERE conversation_id = ?1 AND user_id = ?2")?
        .execute((id, user))?;
    if removed == 0 {
        return Err(Refusal::NotFound.into());
    }
    let concerned = conversation.participant_ids.clone();
    conversation
        .participant_ids
        .retain(|participant| *participant != user);
    Ok(ParticipantsChange {
        conversation,
        concerned,
    })
}

pub(super) fn acquaintances(db: &Connection, user: UserId) -> StoreResult<Vec<UserId>> {
    let mut statement = db.prepare_cached(
        "SELECT ?1 UNION
         SELECT others.user_id FROM participants mine
         JOIN participants others ON others.conversation_id = mine.conversation_id
         WHERE mine.user_id = ?1",
    )?;
    let rows = statement.query_map((user,), |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
