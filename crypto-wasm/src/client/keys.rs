//! Where each record is. Keys hold identifiers and counters, never a secret.

use crate::store::Collection;
use crate::wire::{Address, ConversationId, MessageId, UserId};

/// Where a record is.
pub(super) type Place = (Collection, Vec<u8>);

fn meta(name: &str) -> Place {
    (Collection::Meta, name.into())
}

/// Where something of one user, conversation or message is.
fn meta_of(prefix: &[u8], id: &[u8; 16]) -> Place {
    (Collection::Meta, [prefix, id].concat())
}

/// The account, [`super::records::AccountRecord`].
pub(super) fn account() -> Place {
    meta("account")
}

/// The device's exported secret state.
pub(super) fn device() -> Place {
    meta("device")
}

/// [`super::records::PreKeyRecord`].
pub(super) fn prekeys() -> Place {
    meta("prekeys")
}

/// The highest mailbox seq that is stored here, eight bytes.
pub(super) fn cursor() -> Place {
    meta("cursor")
}

/// Before the ids of users for whom another account key is pinned than when topics last looked.
pub(super) const CHANGED_PIN: &[u8] = b"changed-pin/";

/// An empty record for such a user.
pub(super) fn changed_pin(id: UserId) -> Place {
    meta_of(CHANGED_PIN, id.as_bytes())
}

/// `DevicesRecord` of `client/devices/records.rs`: there is one once a device was linked.
pub(super) fn devices() -> Place {
    meta("devices")
}

/// Before the ids of messages by which other devices of the account told something that was not taken in yet.
pub(super) const SYNCED: &[u8] = b"device-sync/";

/// The encoded items of such a message.
pub(super) fn synced(id: MessageId) -> Place {
    meta_of(SYNCED, id.as_bytes())
}

/// Before the ids of users whose mark the other devices of the account are to be told.
pub(super) const MARKED: &[u8] = b"marked/";

/// An empty record for such a user.
pub(super) fn marked(id: UserId) -> Place {
    meta_of(MARKED, id.as_bytes())
}

/// An empty record, once outbox entries were lost whose lines still seem to be on their way.
pub(super) fn lost_entries() -> Place {
    meta("lost-entries")
}

/// The number of the next outbox entry, eight bytes.
pub(super) fn outbox_next() -> Place {
    meta("outbox-next")
}

/// Outbox entries that wait.
pub(super) const WAITING: u8 = 0;
/// Outbox entries that were given up and can be tried again by the person.
pub(super) const FAILED: u8 = 1;

/// Messages that the relay has, for as long as somebody may ask for them again.
pub(super) const SENT: u8 = 2;

/// [`super::records::SentRecord`].
pub(super) fn sent(id: MessageId) -> Place {
    let key = [&[SENT][..], id.as_bytes()].concat();
    (Collection::Outbox, key)
}

/// [`super::records::StandingRecord`]; there is none before the person has decided anything.
pub(super) fn standing(id: UserId) -> Place {
    meta_of(b"standing/", id.as_bytes())
}

/// Who began a conversation that the person has not accepted.
pub(super) fn request(id: ConversationId) -> Place {
    meta_of(b"request/", id.as_bytes())
}

/// The order up to which the person has read a conversation, eight bytes.
pub(super) fn read_until(id: ConversationId) -> Place {
    meta_of(b"read/", id.as_bytes())
}

/// There, and empty, if others are not to hear what was read.
pub(super) fn no_read_receipts() -> Place {
    meta("no-read-receipts")
}

/// [`super::records::TimerRecord`].
pub(super) fn timer(id: ConversationId) -> Place {
    meta_of(b"timer/", id.as_bytes())
}

/// Before conversation and order of lines that will disappear some time after they are read or sent.
pub(super) const TIMED: &[u8] = b"timed/";

/// Before those of one conversation.
pub(super) fn timed_in(id: ConversationId) -> Vec<u8> {
    [TIMED, id.as_bytes()].concat()
}

/// After how many seconds, four bytes.
pub(super) fn timed(id: ConversationId, order: u64) -> Place {
    let key = [timed_in(id).as_slice(), &order.to_be_bytes()].concat();
    (Collection::Meta, key)
}

/// Before time, conversation and order of lines that disappear then.
pub(super) const EXPIRING: &[u8] = b"expires/";

/// An empty record for such a line.
pub(super) fn expiring(at: u64, id: ConversationId, order: u64) -> Place {
    let [at, order] = [at, order].map(u64::to_be_bytes);
    (
        Collection::Meta,
        [EXPIRING, &at, id.as_bytes(), &order].concat(),
    )
}

/// Time, conversation and order in a key of [`expiring`].
pub(super) fn expired(key: &[u8]) -> Option<(u64, ConversationId, u64)> {
    let (at, rest) = key.strip_prefix(EXPIRING)?.split_first_chunk::<8>()?;
    let (id, order) = rest.split_first_chunk::<16>()?;
    let id = ConversationId::from_bytes(*id);
    Some((u64::from_be_bytes(*at), id, number(order)?))
}

/// The number at the end of a key.
pub(super) fn last_number(key: &[u8]) -> Option<u64> {
    key.last_chunk().copied().map(u64::from_be_bytes)
}

/// [`super::records::ReceiptsRecord`]. Longer than the keys of [`message_id`] beside it, so that it is none of them.
pub(super) fn receipts(conversation: ConversationId, id: MessageId) -> Place {
    let key = [conversation.as_bytes().as_slice(), id.as_bytes(), b"d"].concat();
    (Collection::MessageIds, key)
}

pub(super) fn user(id: UserId) -> Place {
    (Collection::Users, id.as_bytes().to_vec())
}

pub(super) fn session(peer: &Address) -> Place {
    let device = peer.device_id.to_be_bytes();
    let key = [peer.user_id.as_bytes().as_slice(), &device].concat();
    (Collection::Sessions, key)
}

/// [`super::records::RepairRecord`].
pub(super) fn repair(peer: &Address) -> Place {
    let device = peer.device_id.to_be_bytes();
    let key = [b"repair/".as_slice(), peer.user_id.as_bytes(), &device].concat();
    (Collection::Meta, key)
}

/// The device that was asked for a message once more, four bytes. Longer than the keys of [`message_id`] beside it.
pub(super) fn asked(sender: UserId, id: MessageId) -> Place {
    let key = [sender.as_bytes().as_slice(), id.as_bytes(), b"r"].concat();
    (Collection::MessageIds, key)
}

pub(super) fn conversation(id: ConversationId) -> Place {
    (Collection::Conversations, id.as_bytes().to_vec())
}

pub(super) fn message(conversation: ConversationId, order: u64) -> Place {
    let key = [conversation.as_bytes().as_slice(), &order.to_be_bytes()].concat();
    (Collection::Messages, key)
}

/// The order in a key of [`message`].
pub(super) fn message_order(key: &[u8]) -> Option<u64> {
    number(key.get(16..)?)
}

/// Messages are known by sender and id (protocol §4).
pub(super) fn message_id(sender: UserId, id: MessageId) -> Place {
    let key = [sender.as_bytes().as_slice(), id.as_bytes()].concat();
    (Collection::MessageIds, key)
}

/// [`super::records::MessageChangesRecord`]. Longer than the keys of [`message_id`] beside it, so that it is none of them.
pub(super) fn message_changes(conversation: ConversationId, id: MessageId) -> Place {
    let key = [conversation.as_bytes().as_slice(), id.as_bytes(), b"c"].concat();
    (Collection::MessageIds, key)
}

/// Entries sort by list, then by number.
pub(super) fn outbox(list: u8, number: u64) -> Place {
    let key = [&[list][..], &number.to_be_bytes()].concat();
    (Collection::Outbox, key)
}

/// The number in a key of [`outbox`].
pub(super) fn outbox_number(key: &[u8]) -> Option<u64> {
    number(key.get(1..)?)
}

/// Eight bytes as a number.
pub(super) fn number(bytes: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(bytes.try_into().ok()?))
}
