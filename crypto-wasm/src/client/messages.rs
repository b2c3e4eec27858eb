//! Lines of a conversation: stored forms to views, pages, marks.

use rand_core::CryptoRng;

use super::error::ClientError;
use super::records::{
    AccountRecord, BodyRecord, FailureRecord, LineState, MessageRecord, ReactionEntry, decode,
};
use super::txn::Txn;
use super::views::{
    Event, Failure, Message, MessageBody, MessagePage, MessageReaction, MessageState, Outcome,
};
use super::{Client, account, conversations, effects, keys, outbox, receipts};
use crate::store::{Collection, KeyRange, Query, Store};
use crate::wire::{Address, ConversationId, Flag, MessageId, UserId, Version1};

/// Messages in a page at most.
const MAX_PAGE: u32 = 200;

impl MessageRecord {
    /// A line of one's own that is on its way.
    pub(super) fn outgoing(
        own: &AccountRecord,
        id: MessageId,
        now_ms: u64,
        body: BodyRecord,
    ) -> Self {
        Self {
            version: Version1,
            id,
            sender: own.address(),
            outgoing: Flag(true),
            sent_at: now_ms,
            state: LineState::Sending,
            failure: None,
            body,
        }
    }
}

impl MessageRecord {
    /// What shows of a line whose record is damaged.
    fn damaged(order: u64, sent_at: u64) -> Self {
        let mut id = [0; 16];
        id[8..].copy_from_slice(&order.to_be_bytes());
        Self {
            version: Version1,
            id: MessageId::from_bytes(id),
            sender: Address {
                user_id: UserId::from_bytes([0; 16]),
                device_id: 0,
            },
            outgoing: Flag(false),
            sent_at,
            state: LineState::Received,
            failure: None,
            body: BodyRecord::Undecryptable {
                reason: "storage-corrupt".to_owned(),
            },
        }
    }
}

/// A message's stored form as callers see it.
// CNT-18, CNT-20
pub(super) fn view(
    txn: &mut Txn<'_>,
    conversation: ConversationId,
    order: u64,
    record: MessageRecord,
) -> Result<Message, ClientError> {
    let (mut edited_at, mut reactions) = (None, Vec::new());
    let author = record.sender.user_id;
    let mut receipts = Vec::new();
    if record.outgoing.0 && record.body.is_said() {
        receipts = receipts::view(txn, conversation, record.id)?;
    }
    let body = match record.body {
        BodyRecord::Text { mut text, reply_to } => {
            let changes = effects::load(txn, conversation, record.id)?;
            let mut edits = changes.edits.into_iter();
            if let Some(edit) = edits.find(|edit| edit.author == author) {
                (edited_at, text) = (Some(edit.sent_at), edit.text);
            }
            reactions = shown(changes.reactions);
            MessageBody::Text { text, reply_to }
        }
        BodyRecord::File { attachment } => {
            reactions = shown(effects::load(txn, conversation, record.id)?.reactions);
            MessageBody::File {
                name: attachment.name,
                media_type: attachment.media_type,
                size: attachment.size,
                preview: attachment.preview,
            }
        }
        BodyRecord::Deleted { at } => MessageBody::Deleted { at },
        BodyRecord::Timer { seconds } => MessageBody::Timer { seconds },
        BodyRecord::Membership {
            revision,
            added,
            removed,
            name,
        } => MessageBody::Membership {
            revision,
            added,
            removed,
            name,
        },
        BodyRecord::Undecryptable { reason } => MessageBody::Undecryptable { reason },
    };
    let state = match record.state {
        LineState::Sending => MessageState::Sending,
        LineState::Sent => MessageState::Sent,
        LineState::Failed => MessageState::Failed,
        LineState::Received => MessageState::Received,
    };
    Ok(Message {
        id: record.id,
        conversation_id: conversation,
        sender_id: record.sender.user_id,
        outgoing: record.outgoing.0,
        sent_at: record.sent_at,
        order,
        state,
        error: record.failure.map(|failure| Failure {
            code: failure.code,
            message: failure.message,
        }),
        body,
        edited_at,
        reactions,
        receipts,
    })
}

/// Reactions as callers see them: in the order of the clocks of those who reacted, the same on every device.
fn shown(mut entries: Vec<ReactionEntry>) -> Vec<MessageReaction> {
    entries.retain(|entry| !entry.removed.0);
    entries.sort_by_key(|entry| (entry.sent_at, entry.id));
    let mut shown: Vec<MessageReaction> = Vec::new();
    for entry in entries {
        match shown.iter_mut().find(|known| known.emoji == entry.emoji) {
            Some(known) => known.users.push(entry.author),
            None => shown.push(MessageReaction {
                emoji: entry.emoji,
                users: vec![entry.author],
            }),
        }
    }
    shown
}

/// The message at a place of a conversation.
pub(super) fn at(
    txn: &mut Txn<'_>,
    conversation: ConversationId,
    order: u64,
) -> Result<Option<MessageRecord>, ClientError> {
    txn.record_if_whole(keys::message(conversation, order))
}

/// Whether what is known under a message id is only that it could not be opened.
pub(super) fn is_undecryptable(
    txn: &mut Txn<'_>,
    conversation: ConversationId,
    order: u64,
) -> Result<bool, ClientError> {
    let line = at(txn, conversation, order)?;
    Ok(line.is_some_and(|line| matches!(line.body, BodyRecord::Undecryptable { .. })))
}

/// Where a message is, if this device knows it.
pub(super) fn find(
    txn: &mut Txn<'_>,
    sender: UserId,
    id: MessageId,
) -> Result<Option<(ConversationId, u64)>, ClientError> {
    let Some(place) = txn.get(keys::message_id(sender, id))? else {
        return Ok(None);
    };
    let known = place.split_first_chunk::<16>();
    let known = known.and_then(|(id, order)| Some((id, keys::number(order)?)));
    if known.is_none() {
        txn.damaged(Collection::MessageIds);
    }
    Ok(known.map(|(id, order)| (ConversationId::from_bytes(*id), order)))
}

/// Remembers a message id, and where its line is (order 0: nowhere).
pub(super) fn remember(
    txn: &mut Txn<'_>,
    sender: UserId,
    id: MessageId,
    conversation: ConversationId,
    order: u64,
) {
    let place = [conversation.as_bytes().as_slice(), &order.to_be_bytes()].concat();
    txn.put(keys::message_id(sender, id), place.into());
}

pub(super) fn put(
    txn: &mut Txn<'_>,
    conversation: ConversationId,
    order: u64,
    record: MessageRecord,
) -> Result<Message, ClientError> {
    txn.save(keys::message(conversation, order), &record)?;
    view(txn, conversation, order, record)
}

/// Takes a line away and tells listeners.
pub(super) fn remove(
    txn: &mut Txn<'_>,
    conversation_id: ConversationId,
    order: u64,
    id: MessageId,
) -> Result<(), ClientError> {
    txn.delete(keys::message(conversation_id, order));
    txn.emit(Event::MessageRemoved {
        conversation_id,
        id,
        order,
    });
    conversations::announce_if_last(txn, conversation_id, order)
}

/// Moves a line to another state and tells listeners. Nothing happens where there is no line.
pub(super) fn mark(
    txn: &mut Txn<'_>,
    conversation: ConversationId,
    order: u64,
    state: LineState,
    failure: Option<Failure>,
) -> Result<Option<Message>, ClientError> {
    if order == 0 {
        return Ok(None);
    }
    let Some(mut record) = at(txn, conversation, order)? else {
        return Ok(None);
    };
    record.state = state;
    record.failure = failure.map(|failure| FailureRecord {
        code: failure.code,
        message: failure.message,
    });
    let message = put(txn, conversation, order, record)?;
    txn.emit(Event::MessageUpdated(message.clone()));
    conversations::announce_if_last(txn, conversation, order)?;
    Ok(Some(message))
}

pub(crate) fn page(
    txn: &mut Txn<'_>,
    conversation: ConversationId,
    before: Option<u64>,
    limit: u32,
) -> Result<MessagePage, ClientError> {
    if limit == 0 || limit > MAX_PAGE {
        return Err(ClientError::InvalidArgument("limit"));
    }
    let mut range = KeyRange::prefix(conversation.as_bytes());
    if let Some(before) = before {
        range = range.below(&keys::message(conversation, before).1);
    }
    let records = txn.scan(Query::last(Collection::Messages, range, limit))?;
    let (mut lines, mut places) = (Vec::with_capacity(records.len()), Vec::new());
    let mut sent_at = 0;
    for record in records.iter().rev() {
        let order = keys::message_order(&record.key).ok_or(ClientError::Corrupt("message key"))?;
        let line = decode(record.value.as_bytes())
            .unwrap_or_else(|_| MessageRecord::damaged(order, sent_at));
        sent_at = line.sent_at;
        if line.body.is_said() {
            places.push(keys::message_changes(conversation, line.id));
            if line.outgoing.0 {
                places.push(keys::receipts(conversation, line.id));
            }
        }
        lines.push((order, line));
    }
    txn.load(places)?;
    let mut items = Vec::with_capacity(lines.len());
    for (order, line) in lines {
        items.push(view(txn, conversation, order, line)?);
    }
    let full = items.len() == limit as usize;
    let next = items
        .first()
        .map(|first| first.order)
        .filter(|order| full && *order > 1);
    Ok(MessagePage { items, next })
}

pub(crate) fn retry(
    txn: &mut Txn<'_>,
    conversation: ConversationId,
    id: MessageId,
) -> Result<Message, ClientError> {
    let me = account::load(txn)?.user_id;
    let place = find(txn, me, id)?.filter(|(found, _)| *found == conversation);
    let (_, order) = place.ok_or(ClientError::NotFound("message"))?;
    let line = at(txn, conversation, order)?;
    if line.is_some_and(|line| matches!(line.body, BodyRecord::Deleted { .. })) {
        return Err(ClientError::InvalidArgument("message"));
    }
    outbox::revive(txn, conversation, id)?;
    mark(txn, conversation, order, LineState::Sending, None)?
        .ok_or(ClientError::NotFound("message"))
}

impl<S: Store, R: CryptoRng> Client<S, R> {
    /// The newest `limit` (1 … 200) messages, or those before an order.
    ///
    /// # Errors
    /// `invalid-argument` for a limit out of range; storage errors.
    pub async fn messages(
        &self,
        conversation: ConversationId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<MessagePage, ClientError> {
        self.ask(|txn| page(txn, conversation, before, limit)).await
    }

    /// Puts a failed message back into the outbox.
    ///
    /// # Errors
    /// `not-found` if there is no such message of this user, or it has not failed.
    pub async fn retry_message(
        &self,
        conversation: ConversationId,
        id: MessageId,
    ) -> Result<Outcome<Message>, ClientError> {
        self.step(|txn| retry(txn, conversation, id)).await
    }
}
