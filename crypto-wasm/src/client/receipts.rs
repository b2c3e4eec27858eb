//! Who has a message, and who has read it: content types 2 and 3 (protocol §5).

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::apply::Batch;
use super::compose::tell;
use super::conversations::{announce, announce_if_last, found, save};
use super::effects;
use super::error::ClientError;
use super::ids::new_id;
use super::membership::contains;
use super::records::{
    AccountRecord, BodyRecord, ConversationRecord, MessageRecord, ReceiptEntry, ReceiptsRecord,
    decode,
};
use super::standing::{self, Standing};
use super::txn::Txn;
use super::views::{Conversation, Event, MessageReceipt, Outcome};
use super::{Client, account, contacts, conversations, keys, messages, timers};
use crate::sorted;
use crate::store::{Collection, KeyRange, Query, Store};
use crate::wire::content::Receipt;
use crate::wire::{Body, ConversationId, MessageId, UserId, Version1};

/// So many messages are told to be read at once; of more, the newest.
const MAX_READ: u32 = 500;
/// So many messages a receipt may name.
const MAX_NAMED: usize = 1_000;

/// What is known of a message of one's own, as callers see it.
pub(super) fn view(
    txn: &mut Txn<'_>,
    conversation: ConversationId,
    message: MessageId,
) -> Result<Vec<MessageReceipt>, ClientError> {
    let known = load(txn, conversation, message)?;
    let shown = |entry: ReceiptEntry| MessageReceipt {
        user_id: entry.user,
        delivered_at: entry.delivered_at,
        read_at: (entry.read_at > 0).then_some(entry.read_at),
    };
    Ok(known.into_iter().map(shown).collect())
}

fn load(
    txn: &mut Txn<'_>,
    conversation: ConversationId,
    message: MessageId,
) -> Result<Vec<ReceiptEntry>, ClientError> {
    let known: Option<ReceiptsRecord> =
        txn.record_if_whole(keys::receipts(conversation, message))?;
    Ok(known.map_or_else(Vec::new, |known| known.entries))
}

/// Whether somebody may hear what was delivered and read here.
// CNT-19
fn may_hear(txn: &mut Txn<'_>, user: UserId) -> Result<bool, ClientError> {
    Ok(standing::of(txn, user)? == Standing::Accepted && !contacts::has_changed(txn, user)?)
}

/// Tells the authors of what a batch brought that it is here.
// CNT-23
pub(super) fn confirm(
    txn: &mut Txn<'_>,
    own: &AccountRecord,
    batch: &Batch,
    now_ms: u64,
) -> Result<(), ClientError> {
    for ((conversation, author), ids) in grouped(&batch.arrived) {
        if may_hear(txn, author)? {
            let body = Body::DeliveryReceipt(Receipt { message_ids: ids });
            let id = new_id(now_ms, txn.rng);
            tell(txn, own, conversation, vec![author], (id, body), now_ms)?;
        }
    }
    Ok(())
}

type Grouped<K> = Vec<(K, Vec<MessageId>)>;

fn grouped<K: Copy + PartialEq>(arrived: &[(K, MessageId)]) -> Grouped<K> {
    let mut groups: Grouped<K> = Vec::new();
    for (key, id) in arrived {
        match groups.iter_mut().find(|(known, _)| known == key) {
            Some((_, ids)) => ids.push(*id),
            None => groups.push((*key, vec![*id])),
        }
    }
    groups
}

/// Takes a receipt in: of a member for one's own messages, or of another device of this user for what was read there.
// CNT-19, CNT-24
pub(super) fn apply(
    txn: &mut Txn<'_>,
    own: &AccountRecord,
    (sender, at): (UserId, u64),
    id: ConversationId,
    mut record: ConversationRecord,
    body: Body,
    now_ms: u64,
) -> Result<(), ClientError> {
    let (ids, is_read) = match body {
        Body::DeliveryReceipt(receipt) => (receipt.message_ids, false),
        Body::ReadReceipt(receipt) => (receipt.message_ids, true),
        _ => return Ok(()),
    };
    let ids = ids.get(..MAX_NAMED).unwrap_or(&ids);
    if sender == own.user_id {
        return read_elsewhere(txn, id, &mut record, ids, now_ms);
    }
    let places = |id: &MessageId| keys::message_id(own.user_id, *id);
    txn.load(ids.iter().map(places).collect())?;
    let (mut lines, mut places) = (Vec::new(), Vec::new());
    for message in ids {
        match messages::find(txn, own.user_id, *message)? {
            Some((at, order)) if at == id && order > 0 => {
                places.extend([keys::message(id, order), keys::receipts(id, *message)]);
                lines.push((*message, order));
            }
            _ => {}
        }
    }
    txn.load(places)?;
    // Nobody has had a message before it was sent, nor after now, whatever their clock says.
    let at = at.min(now_ms).max(1);
    for (message, order) in lines {
        let Some(line) = messages::at(txn, id, order)?.filter(|line| line.body.is_said()) else {
            continue;
        };
        let mut entries = load(txn, id, message)?;
        if !note(
            &mut entries,
            sender,
            at.max(line.sent_at.min(now_ms)),
            is_read,
        ) {
            continue;
        }
        let record = ReceiptsRecord {
            version: Version1,
            entries,
        };
        txn.save(keys::receipts(id, message), &record)?;
        let shown = messages::view(txn, id, order, line)?;
        txn.emit(Event::MessageUpdated(shown));
        announce_if_last(txn, id, order)?;
    }
    Ok(())
}

/// False if it says nothing new. What was read was delivered.
fn note(entries: &mut Vec<ReceiptEntry>, user: UserId, at: u64, is_read: bool) -> bool {
    let read_at = if is_read { at } else { 0 };
    match entries.iter_mut().find(|entry| entry.user == user) {
        Some(entry) if is_read && entry.read_at == 0 => entry.read_at = read_at,
        Some(_) => return false,
        None => entries.push(ReceiptEntry {
            user,
            delivered_at: at,
            read_at,
        }),
    }
    true
}

fn read_until(
    txn: &mut Txn<'_>,
    id: ConversationId,
    record: &ConversationRecord,
) -> Result<u64, ClientError> {
    let known = txn.number(keys::read_until(id), "read mark")?;
    Ok(known.unwrap_or_else(|| record.last_order.saturating_sub(record.unread.into())))
}

fn keep_read_until(txn: &mut Txn<'_>, id: ConversationId, order: u64) {
    txn.put(keys::read_until(id), order.to_be_bytes().to_vec().into());
}

/// The newest lines after an order that somebody else wrote, and are counted as unread.
fn incoming_after(
    txn: &mut Txn<'_>,
    id: ConversationId,
    order: u64,
) -> Result<Vec<MessageRecord>, ClientError> {
    let range = KeyRange::prefix(id.as_bytes()).above(&keys::message(id, order).1);
    let mut lines = Vec::new();
    for found in &*txn.scan(Query::last(Collection::Messages, range, MAX_READ))? {
        // A damaged one says nothing that anybody could hear of.
        lines.extend(
            decode(found.value.as_bytes())
                .ok()
                .filter(MessageRecord::counts),
        );
    }
    Ok(lines)
}

// CNT-24, CNT-26
pub(crate) fn mark_read(
    txn: &mut Txn<'_>,
    id: ConversationId,
    now_ms: u64,
) -> Result<Conversation, ClientError> {
    let mut record = found(txn, id)?;
    if record.unread == 0 {
        return conversations::view(txn, id, &record);
    }
    let own = account::load(txn)?;
    let after = read_until(txn, id, &record)?;
    let lines = incoming_after(txn, id, after)?;
    let read: Vec<_> = lines
        .into_iter()
        .filter(|line| line.body.is_said())
        .map(|line| (line.sender.user_id, line.id))
        .collect();
    timers::start_until(txn, id, record.last_order, now_ms)?;
    keep_read_until(txn, id, record.last_order);
    record.unread = 0;
    save(txn, id, &record)?;
    let is_told = standing::requested_by(txn, id)?.is_none() && are_sent(txn)?;
    let has_devices = txn.get(keys::devices())?.is_some();
    for (author, message_ids) in grouped(&read) {
        let mut recipients = Vec::new();
        if is_told && contains(&record.members, own.user_id) && may_hear(txn, author)? {
            recipients.push(author);
        }
        if has_devices {
            recipients.push(own.user_id);
        }
        if !recipients.is_empty() {
            let body = Body::ReadReceipt(Receipt { message_ids });
            let message = new_id(now_ms, txn.rng);
            tell(txn, &own, id, recipients, (message, body), now_ms)?;
        }
    }
    announce(txn, id)
}

/// Another device of this user has shown these.
// CNT-24
fn read_elsewhere(
    txn: &mut Txn<'_>,
    id: ConversationId,
    record: &mut ConversationRecord,
    ids: &[MessageId],
    now_ms: u64,
) -> Result<(), ClientError> {
    let mut until = read_until(txn, id, record)?;
    let before = until;
    for message in ids {
        for (_, order) in effects::lines(txn, id, &record.members, *message)? {
            until = until.max(order);
        }
    }
    if until == before {
        return Ok(());
    }
    let left = incoming_after(txn, id, until)?.len();
    timers::start_until(txn, id, until, now_ms)?;
    keep_read_until(txn, id, until);
    record.unread = u32::try_from(left).unwrap_or(u32::MAX);
    save(txn, id, record)?;
    announce(txn, id).map(drop)
}

impl MessageRecord {
    /// Whether the line counts as unread until it is read.
    pub(super) const fn counts(&self) -> bool {
        let tells = matches!(
            self.body,
            BodyRecord::Membership { .. } | BodyRecord::Timer { .. }
        );
        !self.outgoing.0 && !tells
    }
}

pub(crate) fn are_sent(txn: &mut Txn<'_>) -> Result<bool, ClientError> {
    Ok(txn.get(keys::no_read_receipts())?.is_none())
}

pub(crate) fn set_sent(txn: &mut Txn<'_>, sent: bool) -> Result<(), ClientError> {
    if sent {
        txn.delete(keys::no_read_receipts());
    } else {
        txn.put(keys::no_read_receipts(), Zeroizing::default());
    }
    Ok(())
}

impl Batch {
    /// A message that somebody else wrote is here.
    pub(super) fn arrive(&mut self, conversation: ConversationId, author: UserId, id: MessageId) {
        sorted::insert(&mut self.arrived, ((conversation, author), id));
    }
}

impl<S: Store, R: CryptoRng> Client<S, R> {
    /// Everything up to now was read. Accepted authors are told, unless [`Self::set_read_receipts`] says otherwise, and so are the account's other devices.
    ///
    /// # Errors
    /// `not-found`.
    pub async fn mark_read(
        &self,
        id: ConversationId,
        now_ms: u64,
    ) -> Result<Outcome<Conversation>, ClientError> {
        self.step(|txn| mark_read(txn, id, now_ms)).await
    }

    /// Whether others hear from this device that their messages were read.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn read_receipts(&self) -> Result<bool, ClientError> {
        self.ask(are_sent).await
    }

    /// Whether others are to hear from this device that their messages were read. They do, until this says otherwise.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn set_read_receipts(&self, sent: bool) -> Result<Outcome<()>, ClientError> {
        self.step(|txn| set_sent(txn, sent)).await
    }
}
