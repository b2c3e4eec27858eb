//! Conversations: their records, how they show, and the lines that are added to them.

use rand_core::CryptoRng;

use super::error::ClientError;
use super::membership::{Change, contains};
use super::records::{
    AccountRecord, BodyRecord, ConversationRecord, MessageRecord, decode, encode,
};
use super::txn::Txn;
use super::views::{Conversation, ConversationKind, Event, KeyState, Member, Message, Outcome};
use super::{Client, account, contacts, keys, messages};
use crate::store::{Collection, KeyRange, Query, Store};
use crate::wire::{ConversationId, UserId};

/// A conversation's record.
pub(super) async fn load<S: Store>(
    txn: &mut Txn<'_, S>,
    id: ConversationId,
) -> Result<Option<ConversationRecord>, ClientError> {
    txn.get(Collection::Conversations, &keys::conversation(id))
        .await?
        .map(|bytes| decode(&bytes))
        .transpose()
}

pub(super) fn save<S: Store>(
    txn: &mut Txn<'_, S>,
    id: ConversationId,
    record: &ConversationRecord,
) -> Result<(), ClientError> {
    txn.put(
        Collection::Conversations,
        &keys::conversation(id),
        encode(record)?,
    );
    Ok(())
}

pub(super) async fn found<S: Store>(
    txn: &mut Txn<'_, S>,
    id: ConversationId,
) -> Result<ConversationRecord, ClientError> {
    load(txn, id)
        .await?
        .ok_or(ClientError::NotFound("conversation"))
}

/// Adds a line at the end and tells listeners of it. The caller saves the record and announces the conversation.
pub(super) fn append<S: Store>(
    txn: &mut Txn<'_, S>,
    id: ConversationId,
    record: &mut ConversationRecord,
    line: MessageRecord,
    now_ms: u64,
) -> Result<Message, ClientError> {
    let order = record.last_order + 1;
    record.last_order = order;
    record.active_at = now_ms;
    if !line.outgoing.0 && !matches!(line.body, BodyRecord::Membership { .. }) {
        record.unread = record.unread.saturating_add(1);
    }
    messages::remember(txn, line.sender.user_id, line.id, id, order);
    let message = messages::put(txn, id, order, line)?;
    txn.emit(Event::Message(message.clone()));
    Ok(message)
}

/// A conversation with everything that shows of it.
pub(super) async fn view<S: Store>(
    txn: &mut Txn<'_, S>,
    id: ConversationId,
    record: &ConversationRecord,
) -> Result<Conversation, ClientError> {
    let own = account::load(txn).await?;
    let users: Vec<_> = record
        .members
        .iter()
        .map(|member| (Collection::Users, keys::user(member.user_id)))
        .collect();
    txn.load(&users).await?;
    let mut members = Vec::with_capacity(record.members.len());
    for member in &record.members {
        members.push(member_view(txn, &own, member.user_id).await?);
    }
    let last = match record.last_order {
        0 => None,
        order => messages::at(txn, id, order)
            .await?
            .map(|line| messages::view(id, order, line)),
    };
    Ok(Conversation {
        id,
        kind: if record.direct.0 {
            ConversationKind::Direct
        } else {
            ConversationKind::Group
        },
        name: record.name.clone(),
        active: contains(&record.members, own.user_id),
        members,
        created_at: record.created_at,
        unread: record.unread,
        last_message: last,
    })
}

async fn member_view<S: Store>(
    txn: &mut Txn<'_, S>,
    own: &AccountRecord,
    user_id: UserId,
) -> Result<Member, ClientError> {
    if user_id == own.user_id {
        return Ok(Member {
            user_id,
            username: own.username.clone(),
            key_state: KeyState::Own,
        });
    }
    let contact = contacts::load(txn, user_id)
        .await?
        .map(|record| record.contact(user_id))
        .transpose()?;
    Ok(match contact {
        Some(contact) => Member {
            user_id,
            username: contact.username,
            key_state: contact.key_state,
        },
        None => Member {
            user_id,
            username: String::new(),
            key_state: KeyState::Pinned,
        },
    })
}

/// Tells listeners how a conversation is now.
pub(super) async fn announce<S: Store>(
    txn: &mut Txn<'_, S>,
    id: ConversationId,
) -> Result<Conversation, ClientError> {
    let record = found(txn, id).await?;
    let conversation = view(txn, id, &record).await?;
    txn.emit(Event::Conversation(conversation.clone()));
    Ok(conversation)
}

/// The same for every conversation that a user is a member of.
pub(super) async fn announce_with<S: Store>(
    txn: &mut Txn<'_, S>,
    user: UserId,
) -> Result<(), ClientError> {
    let with: Vec<ConversationId> = all(txn)
        .await?
        .into_iter()
        .filter(|(_, record)| contains(&record.members, user))
        .map(|(id, _)| id)
        .collect();
    for id in with {
        announce(txn, id).await?;
    }
    Ok(())
}

/// The same, if the line at `order` is what shows of the conversation in a list.
pub(super) async fn announce_if_last<S: Store>(
    txn: &mut Txn<'_, S>,
    id: ConversationId,
    order: u64,
) -> Result<(), ClientError> {
    if load(txn, id)
        .await?
        .is_some_and(|record| record.last_order == order)
    {
        announce(txn, id).await?;
    }
    Ok(())
}

/// The line that tells of a membership.
pub(super) fn membership_body(change: Change, revision: u64, name: &str) -> BodyRecord {
    BodyRecord::Membership {
        revision,
        added: change.added,
        removed: change.removed,
        name: name.to_owned(),
    }
}

impl<S: Store, R: CryptoRng> Client<S, R> {
    /// Everything up to now was read.
    ///
    /// # Errors
    /// `not-found`.
    pub async fn mark_read(
        &self,
        id: ConversationId,
    ) -> Result<Outcome<Conversation>, ClientError> {
        self.step(async |txn| {
            let mut record = found(txn, id).await?;
            if record.unread == 0 {
                return view(txn, id, &record).await;
            }
            record.unread = 0;
            save(txn, id, &record)?;
            announce(txn, id).await
        })
        .await
    }

    /// All conversations, the most recently active first.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn conversations(&self) -> Result<Vec<Conversation>, ClientError> {
        let outcome = self
            .step(async |txn| {
                let mut records = all(txn).await?;
                records.sort_unstable_by_key(|(id, record)| {
                    (std::cmp::Reverse(record.active_at), *id)
                });
                let lines: Vec<_> = records
                    .iter()
                    .map(|(id, record)| {
                        (Collection::Messages, keys::message(*id, record.last_order))
                    })
                    .collect();
                txn.load(&lines).await?;
                let mut conversations = Vec::with_capacity(records.len());
                for (id, record) in &records {
                    conversations.push(view(txn, *id, record).await?);
                }
                Ok(conversations)
            })
            .await?;
        Ok(outcome.value)
    }

    /// One of them.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn conversation(
        &self,
        id: ConversationId,
    ) -> Result<Option<Conversation>, ClientError> {
        let outcome = self
            .step(async |txn| match load(txn, id).await? {
                Some(record) => view(txn, id, &record).await.map(Some),
                None => Ok(None),
            })
            .await?;
        Ok(outcome.value)
    }
}

pub(super) async fn all<S: Store>(
    txn: &mut Txn<'_, S>,
) -> Result<Vec<(ConversationId, ConversationRecord)>, ClientError> {
    let records = txn
        .scan(Query::scan(Collection::Conversations, KeyRange::all()))
        .await?;
    let decoded = records.iter().map(|record| {
        let id = record
            .key
            .first_chunk::<16>()
            .ok_or(ClientError::Corrupt("conversation key"))?;
        Ok((
            ConversationId::from_bytes(*id),
            decode(record.value.as_bytes())?,
        ))
    });
    decoded.collect()
}
