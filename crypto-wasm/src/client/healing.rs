//! How a message that no session decrypts comes after all: the device that could not read it asks once, over a fresh session; the one that sent it
//! answers only whom it was addressed to (protocol §4, Healing).

use super::error::ClientError;
use super::ids::new_id;
use super::membership::contains;
use super::records::{
    AccountRecord, OutboxAction, OutboxEnvelope, OutboxMessage, RepairRecord, SentDevice,
    SentRecord, TargetedMessage, decode,
};
use super::seal::{Sealed, load_session, save_session, usable};
use super::txn::Txn;
use super::{contacts, conversations, inbox, keys, messages, outbox, recipients};
use crate::crypto::sign::Ed25519PublicKey;
use crate::store::{Collection, KeyRange, Query};
use crate::wire::content::{Resend, RetryRequest};
use crate::wire::{Address, Body, Content, ConversationId, Flag, MessageId, Version1};

/// For so long after it was sent a message is sent once more to who could not read it, in milliseconds.
const ANSWERED_FOR_MS: u64 = 7 * 24 * 3600 * 1000;
/// So often a session with a device is made anew for healing, in milliseconds.
const FRESH_AFTER_MS: u64 = 3600 * 1000;
/// So many messages of one device are asked for again within that time.
const MAX_ASKED: u32 = 20;
/// So many old records are looked at with each message that was sent.
const PRUNED_AT_ONCE: u32 = 4;

fn repair(txn: &mut Txn<'_>, peer: &Address) -> Result<RepairRecord, ClientError> {
    let record = txn.record_if_whole(keys::repair(peer))?;
    Ok(record.unwrap_or(RepairRecord {
        version: Version1,
        since: 0,
        asked: 0,
        fresh_at: 0,
        wants_fresh: Flag(false),
    }))
}

/// Whether the next message to a device is to go over a session that is still to be made.
pub(super) fn wants_fresh(txn: &mut Txn<'_>, peer: &Address) -> Result<bool, ClientError> {
    Ok(repair(txn, peer)?.wants_fresh.0)
}

/// A session with a device was made.
pub(super) fn made_fresh(
    txn: &mut Txn<'_>,
    peer: &Address,
    now_ms: u64,
) -> Result<(), ClientError> {
    let mut record = repair(txn, peer)?;
    if record.wants_fresh.0 {
        record.wants_fresh = Flag(false);
        record.fresh_at = now_ms;
        txn.save(keys::repair(peer), &record)?;
    }
    Ok(())
}

/// The next message goes over whatever session there is.
fn no_fresh(txn: &mut Txn<'_>, peer: &Address) -> Result<(), ClientError> {
    let mut record = repair(txn, peer)?;
    record.wants_fresh = Flag(false);
    txn.save(keys::repair(peer), &record)
}

/// Puts something for one device into the outbox.
fn post(
    txn: &mut Txn<'_>,
    own: &AccountRecord,
    (to, identity_key): (Address, Ed25519PublicKey),
    content: &Content,
) -> Result<(), ClientError> {
    let message = outbox::message(0, vec![to.user_id], content)?;
    let conversation = content.conversation_id;
    messages::remember(txn, own.user_id, content.message_id, conversation, 0);
    let targeted = TargetedMessage {
        to,
        identity_key,
        message,
    };
    outbox::push(txn, conversation, OutboxAction::Targeted(targeted))
}

/// Asks the device that sent a message for it once more. At most once for each message, and not without end for what one device sends.
// SES-11
pub(super) fn ask(
    txn: &mut Txn<'_>,
    own: &AccountRecord,
    (sender, identity_key): (Address, Ed25519PublicKey),
    (conversation_id, message_id): (ConversationId, MessageId),
    now_ms: u64,
) -> Result<(), ClientError> {
    let place = keys::asked(sender.user_id, message_id);
    if txn.get(place.clone())?.is_some() || contacts::has_changed(txn, sender.user_id)? {
        return Ok(());
    }
    let mut record = repair(txn, &sender)?;
    if now_ms.saturating_sub(record.since) >= FRESH_AFTER_MS {
        (record.since, record.asked) = (now_ms, 0);
    }
    if record.asked >= MAX_ASKED {
        return Ok(());
    }
    record.asked += 1;
    if record.fresh_at == 0 || now_ms.saturating_sub(record.fresh_at) >= FRESH_AFTER_MS {
        record.wants_fresh = Flag(true);
    }
    txn.save(keys::repair(&sender), &record)?;
    txn.put(place, sender.device_id.to_be_bytes().to_vec().into());
    let content = Content {
        conversation_id,
        message_id: new_id(now_ms, txn.rng),
        sent_at_ms: now_ms,
        body: Body::RetryRequest(RetryRequest {
            message_id,
            reason: 0,
        }),
    };
    post(txn, own, (sender, identity_key), &content)
}

/// A message is at the relay: whom it went to is kept for as long as it may be asked for, and with it what it says.
// SES-12
pub(super) fn note_sent(
    txn: &mut Txn<'_>,
    conversation: ConversationId,
    message: OutboxMessage,
) -> Result<(), ClientError> {
    let content = Content::from_padded(message.content.as_slice(), conversation, message.id)
        .map_err(|_| ClientError::Corrupt("outbox content"))?;
    let devices = message.envelopes.iter().map(|envelope| SentDevice {
        address: envelope.address,
        identity_key: envelope.identity_key,
    });
    let record = SentRecord {
        version: Version1,
        conversation,
        sent_at: content.sent_at_ms,
        devices: devices.collect(),
        content: message.content,
    };
    let oldest = Query::first(
        Collection::Outbox,
        KeyRange::prefix(&[keys::SENT]),
        PRUNED_AT_ONCE,
    );
    for found in &*txn.scan(oldest)? {
        // A damaged one answers nobody.
        let sent_at = decode::<SentRecord>(found.value.as_bytes()).map_or(0, |known| known.sent_at);
        if record.sent_at.saturating_sub(sent_at) > ANSWERED_FOR_MS {
            txn.delete((Collection::Outbox, found.key.clone()));
        }
    }
    txn.save(keys::sent(message.id), &record)
}

/// Somebody's device could not read a message of this one.
// SES-12, SES-13
pub(super) fn answer(
    txn: &mut Txn<'_>,
    own: &AccountRecord,
    (sender, identity_key): (Address, Ed25519PublicKey),
    (conversation, message_id): (ConversationId, MessageId),
    now_ms: u64,
) -> Result<(), ClientError> {
    let Some(mut sent) = txn.record_if_whole::<SentRecord>(keys::sent(message_id))? else {
        return Ok(());
    };
    let is_addressed = |device: &SentDevice| {
        device.address == sender
            && device.identity_key == identity_key
            && sent.conversation == conversation
    };
    let Some(index) = sent.devices.iter().position(is_addressed) else {
        return Ok(());
    };
    if now_ms.saturating_sub(sent.sent_at) > ANSWERED_FOR_MS
        || contacts::has_changed(txn, sender.user_id)?
    {
        return Ok(());
    }
    let original = Content::from_padded(sent.content.as_slice(), conversation, message_id)
        .map_err(|_| ClientError::Corrupt("sent content"))?;
    // CNT-15
    if recipients::is_for_members(&original.body) {
        let record = conversations::found(txn, conversation)?;
        if !contains(&record.members, sender.user_id) {
            return Ok(());
        }
    }
    // Once for each device.
    sent.devices.remove(index);
    txn.save(keys::sent(message_id), &sent)?;
    let content = Content {
        conversation_id: conversation,
        message_id: new_id(now_ms, txn.rng),
        sent_at_ms: now_ms,
        body: Body::Resend(Resend {
            original_message_id: message_id,
            original_sent_at_ms: original.sent_at_ms,
            original: Box::new(original.body),
        }),
    };
    post(txn, own, (sender, identity_key), &content)
}

/// What was sent once more is taken as what it was at first, if this device has asked that one for it.
// SES-13
pub(super) fn resent(
    txn: &mut Txn<'_>,
    sender: Address,
    conversation_id: ConversationId,
    resend: Resend,
) -> Result<Option<Content>, ClientError> {
    let place = keys::asked(sender.user_id, resend.original_message_id);
    let asked = txn.get(place.clone())?;
    let device = sender.device_id.to_be_bytes();
    if asked.is_none_or(|asked| asked.as_slice() != device.as_slice()) {
        return Ok(None);
    }
    txn.delete(place);
    Ok(Some(Content {
        conversation_id,
        message_id: resend.original_message_id,
        sent_at_ms: resend.original_sent_at_ms,
        body: *resend.original,
    }))
}

/// Encrypts for the one device, over a session made for it if that is due. `None`: it can be sent to that device no more.
pub(super) fn seal(
    txn: &mut Txn<'_>,
    own: &AccountRecord,
    entry: &mut TargetedMessage,
    now_ms: u64,
) -> Result<Option<Sealed>, ClientError> {
    let to = entry.to;
    if txn.asked.wants(to.user_id, now_ms) {
        return Ok(Some(Sealed::NeedsUsers(vec![to.user_id])));
    }
    let listed = inbox::listed(txn, own, &to)?;
    let Some(expected) = listed.filter(|(_, identity_key)| *identity_key == entry.identity_key)
    else {
        return Ok(None);
    };
    if contacts::has_changed(txn, to.user_id)? {
        return Ok(None);
    }
    let mut record = load_session(txn, &to)?;
    let is_usable = usable(&record, &expected);
    if !is_usable || wants_fresh(txn, &to)? {
        match txn.asked.bundle_refused(&to, now_ms) {
            None => return Ok(Some(Sealed::NeedsBundles(vec![to]))),
            // Over what there is, then.
            Some(_) if is_usable => no_fresh(txn, &to)?,
            Some(_) => return Ok(None),
        }
    }
    let sealed = record.encrypt(entry.message.content.as_slice(), txn.rng)?;
    let sealed = sealed.ok_or(ClientError::Internal("a usable session is gone"))?;
    save_session(txn, &to, &record)?;
    entry.message.envelopes = vec![OutboxEnvelope {
        address: to,
        identity_key: entry.identity_key,
        kind: sealed.kind.as_u8(),
        content: sealed.bytes,
    }];
    entry.message.complete = Flag(true);
    Ok(Some(Sealed::Complete))
}
