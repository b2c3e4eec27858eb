//! Where each record is. Keys hold identifiers and counters, never a secret.

use crate::wire::{Address, ConversationId, MessageId, UserId};

/// `Meta`: the account, [`super::records::AccountRecord`].
pub(super) const ACCOUNT: &[u8] = b"account";
/// `Meta`: the device's exported secret state.
pub(super) const DEVICE: &[u8] = b"device";
/// `Meta`: [`super::records::PreKeyRecord`].
pub(super) const PREKEYS: &[u8] = b"prekeys";
/// `Meta`: the highest mailbox seq that is stored here, eight bytes.
pub(super) const CURSOR: &[u8] = b"cursor";
/// `Meta`: the number of the next outbox entry, eight bytes.
pub(super) const OUTBOX_NEXT: &[u8] = b"outbox-next";

/// `Outbox`: entries that wait.
pub(super) const WAITING: u8 = 0;
/// `Outbox`: entries that were given up and can be tried again by the person.
pub(super) const FAILED: u8 = 1;

pub(super) fn user(id: UserId) -> Vec<u8> {
    id.as_bytes().to_vec()
}

pub(super) fn session(peer: &Address) -> Vec<u8> {
    [
        peer.user_id.as_bytes().as_slice(),
        &peer.device_id.to_be_bytes(),
    ]
    .concat()
}

pub(super) fn conversation(id: ConversationId) -> Vec<u8> {
    id.as_bytes().to_vec()
}

pub(super) fn message(conversation: ConversationId, order: u64) -> Vec<u8> {
    [conversation.as_bytes().as_slice(), &order.to_be_bytes()].concat()
}

/// The order in a key of [`message`].
pub(super) fn message_order(key: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(*key.get(16..)?.first_chunk()?))
}

/// Messages are known by sender and id (protocol §4).
pub(super) fn message_id(sender: UserId, id: MessageId) -> Vec<u8> {
    [*sender.as_bytes(), *id.as_bytes()].concat()
}

/// Entries sort by list, then by number.
pub(super) fn outbox(list: u8, number: u64) -> Vec<u8> {
    [&[list][..], &number.to_be_bytes()].concat()
}

/// The number in a key of [`outbox`].
pub(super) fn outbox_number(key: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(*key.get(1..)?.first_chunk()?))
}
