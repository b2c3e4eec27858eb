//! Whom a waiting message still goes to: people leave and devices are revoked between its writing and its sending.

use super::error::ClientError;
use super::membership::contains;
use super::records::{OutboxAction, OutboxMessage, OutboxRecord, decode};
use super::txn::Txn;
use super::{conversations, keys};
use crate::store::{Collection, KeyRange, Query};
use crate::wire::{Address, Body, Content, ConversationId, Flag};

fn body(conversation: ConversationId, message: &OutboxMessage) -> Result<Body, ClientError> {
    Content::from_padded(message.content.as_slice(), conversation, message.id)
        .map(|content| content.body)
        .map_err(|_| ClientError::Corrupt("outbox content"))
}

/// Whether a content goes to the members of its conversation as they are when it is sent. A membership tells those who go, too, and what
/// devices of one account tell each other belongs to no conversation.
pub(super) const fn is_for_members(body: &Body) -> bool {
    !matches!(body, Body::Membership(_) | Body::DeviceSync(_))
}

/// Before encrypting: nobody who has left since it was written gets a message, but a membership, which tells them that they did.
// CNT-15
pub(super) fn narrow(
    txn: &mut Txn<'_>,
    conversation: ConversationId,
    message: &mut OutboxMessage,
) -> Result<(), ClientError> {
    if is_for_members(&body(conversation, message)?) {
        let record = conversations::found(txn, conversation)?;
        message
            .recipients
            .retain(|user| contains(&record.members, *user));
    }
    Ok(())
}

/// The relay routes to somebody no more: a membership without them goes to its own members only.
pub(super) fn only_members(
    conversation: ConversationId,
    message: &mut OutboxMessage,
) -> Result<(), ClientError> {
    if let Body::Membership(membership) = body(conversation, message)? {
        let stays = |user| {
            membership
                .members
                .iter()
                .any(|member| member.user_id == user)
        };
        message.recipients.retain(|user| stays(*user));
    }
    Ok(())
}

/// Takes what is encrypted for these devices out of everything that waits or was given up.
// KEY-15
pub(super) fn withdraw(
    txn: &mut Txn<'_>,
    from: impl Fn(&Address) -> bool,
) -> Result<(), ClientError> {
    for found in &*txn.scan(Query::scan(Collection::Outbox, KeyRange::all()))? {
        if found.key.first() == Some(&keys::SENT) {
            continue;
        }
        let Ok(mut record) = decode::<OutboxRecord>(found.value.as_bytes()) else {
            continue;
        };
        let message = match &mut record.action {
            OutboxAction::Message(message) => message,
            OutboxAction::Targeted(targeted) => &mut targeted.message,
            _ => continue,
        };
        let before = message.envelopes.len();
        message
            .envelopes
            .retain(|envelope| !from(&envelope.address));
        if message.envelopes.len() != before {
            message.complete = Flag(false);
            txn.save((Collection::Outbox, found.key.clone()), &record)?;
        }
    }
    Ok(())
}
