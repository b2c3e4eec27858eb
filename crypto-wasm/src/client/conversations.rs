//! Conversations: their records, how they show, and the lines that are added to them.

use rand_core::CryptoRng;

use super::error::ClientError;
use super::membership::{Change, contains};
use super::order::in_order;
use super::records::{AccountRecord, BodyRecord, ConversationRecord, MessageRecord, decode};
use super::txn::Txn;
use super::views::{Conversation, ConversationKind, Event, KeyState, Member, Message};
use super::{Client, account, contacts, keys, messages, standing, timers};
use crate::store::{Collection, KeyRange, Query, Store};
use crate::wire::{ConversationId, UserId};

/// A conversation's record.
pub(super) fn load(
    txn: &mut Txn<'_>,
    id: ConversationId,
) -> Result<Option<ConversationRecord>, ClientError> {
    txn.record_if_whole(keys::conversation(id))
}

pub(super) fn save(
    txn: &mut Txn<'_>,
    id: ConversationId,
    record: &ConversationRecord,
) -> Result<(), ClientError> {
    txn.save(keys::conversation(id), record)
}

pub(super) fn found(
    txn: &mut Txn<'_>,
    id: ConversationId,
) -> Result<ConversationRecord, ClientError> {
    load(txn, id)?.ok_or(ClientError::NotFound("conversation"))
}

/// Adds a line at the end and tells listeners of it. The caller saves the record and announces the conversation.
pub(super) fn append(
    txn: &mut Txn<'_>,
    id: ConversationId,
    record: &mut ConversationRecord,
    line: MessageRecord,
    now_ms: u64,
) -> Result<Message, ClientError> {
    let order = record.last_order + 1;
    record.last_order = order;
    record.active_at = now_ms;
    if line.counts() {
        record.unread = record.unread.saturating_add(1);
    }
    timers::appended(txn, id, order, &line)?;
    messages::remember(txn, line.sender.user_id, line.id, id, order);
    let message = messages::put(txn, id, order, line)?;
    txn.emit(Event::Message(message.clone()));
    Ok(message)
}

/// A conversation with everything that shows of it.
pub(super) fn view(
    txn: &mut Txn<'_>,
    id: ConversationId,
    record: &ConversationRecord,
) -> Result<Conversation, ClientError> {
    let own = account::load(txn)?;
    let mut places = contacts::places(&record.members);
    places.extend([
        keys::message(id, record.last_order),
        keys::request(id),
        keys::timer(id),
    ]);
    txn.load(places)?;
    let mut members = Vec::with_capacity(record.members.len());
    for member in &record.members {
        members.push(member_view(txn, &own, member.user_id)?);
    }
    let last_message = match messages::at(txn, id, record.last_order)? {
        Some(line) => Some(messages::view(txn, id, record.last_order, line)?),
        None => None,
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
        request: standing::requested_by(txn, id)?.is_some(),
        timer: timers::seconds(txn, id)?,
        last_message,
    })
}

fn member_view(
    txn: &mut Txn<'_>,
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
    Ok(match contacts::load(txn, user_id)? {
        Some(record) => Member {
            user_id,
            key_state: record.key_state(),
            username: record.username,
        },
        None => Member {
            user_id,
            username: String::new(),
            key_state: KeyState::Pinned,
        },
    })
}

/// Tells listeners how a conversation is now.
pub(super) fn announce(txn: &mut Txn<'_>, id: ConversationId) -> Result<Conversation, ClientError> {
    let record = found(txn, id)?;
    let conversation = view(txn, id, &record)?;
    txn.emit(Event::Conversation(conversation.clone()));
    Ok(conversation)
}

/// The same for every conversation that a user is a member of.
pub(super) fn announce_with(txn: &mut Txn<'_>, user: UserId) -> Result<(), ClientError> {
    let mut with = all(txn)?;
    with.retain(|(_, record)| contains(&record.members, user));
    announce_all(txn, with.into_iter().map(|(id, _)| id))
}

/// The same for several.
pub(super) fn announce_all(
    txn: &mut Txn<'_>,
    ids: impl IntoIterator<Item = ConversationId>,
) -> Result<(), ClientError> {
    txn.each(ids, |txn, id| announce(txn, id).map(drop))
}

/// The same, if the line at `order` is what shows of the conversation in a list.
pub(super) fn announce_if_last(
    txn: &mut Txn<'_>,
    id: ConversationId,
    order: u64,
) -> Result<(), ClientError> {
    if load(txn, id)?.is_some_and(|record| record.last_order == order) {
        announce(txn, id)?;
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

pub(super) fn all(
    txn: &mut Txn<'_>,
) -> Result<Vec<(ConversationId, ConversationRecord)>, ClientError> {
    let found = txn.scan(Query::scan(Collection::Conversations, KeyRange::all()))?;
    let mut records = Vec::with_capacity(found.len());
    for record in &*found {
        let id = record
            .key
            .first_chunk::<16>()
            .ok_or(ClientError::Corrupt("conversation key"))?;
        match decode(record.value.as_bytes()) {
            Ok(conversation) => records.push((ConversationId::from_bytes(*id), conversation)),
            Err(_) => txn.damaged(Collection::Conversations),
        }
    }
    Ok(records)
}

pub(crate) fn list(txn: &mut Txn<'_>) -> Result<Vec<Conversation>, ClientError> {
    let records = all(txn)?;
    let mut order = Vec::with_capacity(records.len());
    let mut conversations = Vec::with_capacity(records.len());
    txn.each(&records, |txn, (id, record)| {
        let newest_first = (!record.active_at).to_be_bytes();
        order.push(([&newest_first[..], id.as_bytes()].concat(), order.len()));
        conversations.push(view(txn, *id, record)?);
        Ok(())
    })?;
    Ok(in_order(conversations, order))
}

pub(crate) fn one(
    txn: &mut Txn<'_>,
    id: ConversationId,
) -> Result<Option<Conversation>, ClientError> {
    match load(txn, id)? {
        Some(record) => view(txn, id, &record).map(Some),
        None => Ok(None),
    }
}

impl<S: Store, R: CryptoRng> Client<S, R> {
    /// All conversations, the most recently active first.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn conversations(&self) -> Result<Vec<Conversation>, ClientError> {
        self.ask(list).await
    }

    /// One of them.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn conversation(
        &self,
        id: ConversationId,
    ) -> Result<Option<Conversation>, ClientError> {
        self.ask(|txn| one(txn, id)).await
    }
}
