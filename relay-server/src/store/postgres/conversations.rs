//! Conversations and their participants. Whoever changes the participants holds the conversation.

use std::collections::HashMap;

use super::db::Db;
use super::rows::{Columns as _, int};
use super::{StoreResult, devices};
use crate::domain::conversation::{Conversation, NewConversation, ParticipantsChange};
use crate::domain::{Address, ConversationId, Refusal, UnixMillis, UserId, limits};

pub(super) async fn create(
    db: &Db,
    caller: Address,
    new: &NewConversation,
    now: UnixMillis,
) -> StoreResult<ParticipantsChange> {
    devices::require_active(db, caller).await?;
    let conversation = |created_at| Conversation {
        id: new.id,
        participant_ids: new.participants.clone(),
        created_at,
    };
    let digest = new.digest();
    let inserted = db
        .execute(
            "INSERT INTO conversations (id, digest, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            &[&new.id, &digest.as_slice(), &int(now)],
        )
        .await?;
    if inserted == 0 {
        let known = db
            .one(
                "SELECT digest, created_at FROM conversations WHERE id = $1",
                &[&new.id],
            )
            .await?;
        if known.key(0)? != digest {
            return Err(Refusal::Conflict.into());
        }
        return Ok(ParticipantsChange {
            conversation: conversation(known.number(1)?),
            concerned: Vec::new(),
        });
    }
    insert(db, new.id, &new.participants).await?;
    Ok(ParticipantsChange {
        conversation: conversation(now),
        concerned: new.participants.clone(),
    })
}

/// Adds participants, who must be users; whether any was new.
async fn insert(db: &Db, id: ConversationId, users: &[UserId]) -> StoreResult<bool> {
    let strangers: bool = db
        .one(
            "SELECT EXISTS (SELECT 1 FROM unnest($1::UUID[]) AS new (user_id)
             WHERE NOT EXISTS (SELECT 1 FROM users WHERE id = new.user_id AND deleted_at IS NULL))",
            &[&users],
        )
        .await?
        .col(0)?;
    if strangers {
        return Err(Refusal::NotFound.into());
    }
    let added = db
        .execute(
            "INSERT INTO participants (conversation_id, user_id) SELECT $1, unnest($2::UUID[]) ON CONFLICT DO NOTHING",
            &[&id, &users],
        )
        .await?;
    Ok(added > 0)
}

/// The participants, ascending.
pub(super) async fn participants(db: &Db, id: ConversationId) -> StoreResult<Vec<UserId>> {
    let rows = db
        .all(
            "SELECT user_id FROM participants WHERE conversation_id = $1 ORDER BY user_id",
            &[&id],
        )
        .await?;
    rows.iter().map(|row| row.col(0)).collect()
}

pub(super) async fn find(
    db: &Db,
    user: UserId,
    id: ConversationId,
) -> StoreResult<Option<Conversation>> {
    let row = db
        .optional(
            "SELECT created_at FROM conversations JOIN participants ON conversation_id = id
             WHERE id = $1 AND user_id = $2",
            &[&id, &user],
        )
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    Ok(Some(Conversation {
        id,
        participant_ids: participants(db, id).await?,
        created_at: row.number(0)?,
    }))
}

pub(super) async fn list(
    db: &Db,
    user: UserId,
    after: Option<ConversationId>,
    limit: u32,
) -> StoreResult<Vec<Conversation>> {
    // No id precedes sixteen zero bytes, and nobody makes the one that equals them.
    let after = after.unwrap_or(ConversationId::from_bytes([0; 16]));
    let rows = db
        .all(
            "SELECT conversation_id, created_at FROM participants JOIN conversations ON id = conversation_id
             WHERE user_id = $1 AND conversation_id > $2 ORDER BY conversation_id LIMIT $3",
            &[&user, &after, &int(limit)],
        )
        .await?;
    let ids: Vec<ConversationId> = rows
        .iter()
        .map(|row| row.col(0))
        .collect::<Result<_, _>>()?;
    let mut participants: HashMap<ConversationId, Vec<UserId>> = HashMap::new();
    let members = db
        .all(
            "SELECT conversation_id, user_id FROM participants WHERE conversation_id = ANY ($1) ORDER BY user_id",
            &[&ids],
        )
        .await?;
    for row in members {
        participants
            .entry(row.col(0)?)
            .or_default()
            .push(row.col(1)?);
    }
    rows.iter()
        .zip(ids)
        .map(|(row, id)| {
            Ok(Conversation {
                id,
                participant_ids: participants.remove(&id).unwrap_or_default(),
                created_at: row.number(1)?,
            })
        })
        .collect()
}

pub(super) async fn add(
    db: &Db,
    caller: Address,
    id: ConversationId,
    users: &[UserId],
) -> StoreResult<ParticipantsChange> {
    devices::require_active(db, caller).await?;
    find(db, caller.user_id, id)
        .await?
        .ok_or(Refusal::NotFound)?;
    let changed = insert(db, id, users).await?;
    let conversation = find(db, caller.user_id, id)
        .await?
        .ok_or(Refusal::NotFound)?;
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

pub(super) async fn remove(
    db: &Db,
    caller: Address,
    id: ConversationId,
    user: UserId,
) -> StoreResult<ParticipantsChange> {
    devices::require_active(db, caller).await?;
    let mut conversation = find(db, caller.user_id, id)
        .await?
        .ok_or(Refusal::NotFound)?;
    let removed = db
        .execute(
            "DELETE FROM participants WHERE conversation_id = $1 AND user_id = $2",
            &[&id, &user],
        )
        .await?;
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

pub(super) async fn acquaintances(db: &Db, user: UserId) -> StoreResult<Vec<UserId>> {
    let rows = db
        .all(
            "SELECT $1::UUID UNION
             SELECT others.user_id FROM participants mine
             JOIN participants others ON others.conversation_id = mine.conversation_id
             WHERE mine.user_id = $1",
            &[&user],
        )
        .await?;
    rows.iter().map(|row| row.col(0)).collect()
}
