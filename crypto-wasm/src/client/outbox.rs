//! What the relay is still to be told, in order, until it confirms. Survives everything that the store survives; what was sent is sent
//! again byte for byte.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::calls::{OutboxStep, Refusal};
use super::error::ClientError;
use super::records::{AccountRecord, LineState, OutboxAction, OutboxMessage, OutboxRecord, decode};
use super::seal::{Sealed, seal};
use super::txn::Txn;
use super::views::{Event, Failure, Outcome};
use super::{Client, account, healing, keys, messages, recipients, timers};
use crate::store::{Collection, KeyRange, Query, Store};
use crate::wire::{Content, ConversationId, Flag, MessageId, UserId, Version1};

/// How often the relay may find other devices than ours before the message is given up.
const MAX_MISMATCHES: u8 = 5;

/// A message that waits, not encrypted yet.
// CNT-5
pub(super) fn message(
    order: u64,
    recipients: Vec<UserId>,
    content: &Content,
) -> Result<OutboxMessage, ClientError> {
    Ok(OutboxMessage {
        id: content.message_id,
        order,
        recipients,
        content: content.to_padded()?.into(),
        mismatches: 0,
        complete: Flag(false),
        envelopes: Vec::new(),
    })
}

/// The number of the next entry.
pub(super) fn next_number(txn: &mut Txn<'_>) -> Result<u64, ClientError> {
    match txn.number(keys::outbox_next(), "outbox number") {
        Err(ClientError::Corrupt(_)) => {
            // Beyond all that there were, and hardly where a second loss would lead.
            let next = 1 << 40 | u64::from(txn.rng.next_u32());
            txn.damaged(Collection::Meta);
            Ok(next)
        }
        known => Ok(known?.unwrap_or(1)),
    }
}

/// Adds an entry at the end.
pub(super) fn push(
    txn: &mut Txn<'_>,
    conversation: ConversationId,
    action: OutboxAction,
) -> Result<(), ClientError> {
    let number = next_number(txn)?;
    let next = (number + 1).to_be_bytes().to_vec();
    txn.put(keys::outbox_next(), next.into());
    let record = OutboxRecord {
        version: Version1,
        conversation,
        action,
    };
    txn.save(keys::outbox(keys::WAITING, number), &record)
}

fn waiting(txn: &mut Txn<'_>, number: u64) -> Result<OutboxRecord, ClientError> {
    txn.record_if_whole(keys::outbox(keys::WAITING, number))?
        .ok_or(ClientError::NotFound("outbox entry"))
}

/// The first entry of a range; without what it says if that is damaged.
fn oldest(
    txn: &mut Txn<'_>,
    range: KeyRange,
) -> Result<Option<(u64, Option<OutboxRecord>)>, ClientError> {
    let records = txn.scan(Query::first(Collection::Outbox, range, 1))?;
    let Some(record) = records.first() else {
        return Ok(None);
    };
    let number = keys::outbox_number(&record.key).ok_or(ClientError::Corrupt("outbox key"))?;
    Ok(Some((number, decode(record.value.as_bytes()).ok())))
}

/// Drops an entry that is damaged. Whose line waits for nothing now, the module of the account's devices finds out: it is loaded for that.
fn lose(txn: &mut Txn<'_>, entry: u64) {
    done(txn, entry);
    txn.put(keys::lost_entries(), Zeroizing::default());
    txn.damaged(Collection::Outbox);
    txn.emit(Event::Devices);
}

/// How many entries wait.
pub(super) fn pending(txn: &mut Txn<'_>) -> Result<usize, ClientError> {
    Ok(txn
        .scan(Query::scan(
            Collection::Outbox,
            KeyRange::prefix(&[keys::WAITING]),
        ))?
        .len())
}

/// Puts a message that was given up back to the end.
pub(super) fn revive(
    txn: &mut Txn<'_>,
    conversation: ConversationId,
    id: MessageId,
) -> Result<(), ClientError> {
    let failed = Query::scan(Collection::Outbox, KeyRange::prefix(&[keys::FAILED]));
    for found in &*txn.scan(failed)? {
        let Ok(record) = decode::<OutboxRecord>(found.value.as_bytes()) else {
            continue;
        };
        match record.action {
            OutboxAction::Message(mut message)
                if record.conversation == conversation && message.id == id =>
            {
                message.mismatches = 0;
                message.complete = Flag(false);
                txn.delete((Collection::Outbox, found.key.clone()));
                return push(txn, conversation, OutboxAction::Message(message));
            }
            _ => {}
        }
    }
    Err(ClientError::NotFound("failed message"))
}

/// Gives an entry up. A message is kept for the person to try again; the others leave an error behind.
fn give_up(
    txn: &mut Txn<'_>,
    number: u64,
    record: OutboxRecord,
    failure: Failure,
) -> Result<(), ClientError> {
    done(txn, number);
    let order = match &record.action {
        // Nobody waits for it.
        OutboxAction::Targeted(_) => return Ok(()),
        OutboxAction::Message(message) if message.order > 0 => message.order,
        _ => {
            txn.emit(Event::Error(failure));
            return Ok(());
        }
    };
    txn.save(keys::outbox(keys::FAILED, number), &record)?;
    messages::mark(
        txn,
        record.conversation,
        order,
        LineState::Failed,
        Some(failure),
    )?;
    Ok(())
}

/// What to do for the oldest entry that cannot be done with right away.
pub(crate) fn next_step(txn: &mut Txn<'_>, now_ms: u64) -> Result<OutboxStep, ClientError> {
    let own = account::load(txn)?;
    let mut range = KeyRange::prefix(&[keys::WAITING]);
    loop {
        let Some((entry, record)) = oldest(txn, range.clone())? else {
            return Ok(OutboxStep::Idle);
        };
        match record {
            None => lose(txn, entry),
            Some(record) => {
                if let Some(step) = entry_step(txn, &own, entry, record, now_ms)? {
                    return Ok(step);
                }
            }
        }
        range = range.above(&keys::outbox(keys::WAITING, entry).1);
    }
}

/// What to do for an entry; `None` if it is done with.
// SES-8
fn entry_step(
    txn: &mut Txn<'_>,
    own: &AccountRecord,
    entry: u64,
    mut record: OutboxRecord,
    now_ms: u64,
) -> Result<Option<OutboxStep>, ClientError> {
    let conversation = record.conversation;
    if let OutboxAction::Message(message) = &mut record.action
        && !message.complete.0
    {
        recipients::narrow(txn, conversation, message)?;
        match seal(txn, own, message, now_ms)? {
            Sealed::Complete => txn.save(keys::outbox(keys::WAITING, entry), &record)?,
            Sealed::NeedsUsers(users) => return Ok(Some(OutboxStep::Users(users))),
            Sealed::NeedsBundles(addresses) => return Ok(Some(OutboxStep::Bundles(addresses))),
            Sealed::Impossible(failure) => {
                give_up(txn, entry, record, failure)?;
                return Ok(None);
            }
        }
    }
    if let OutboxAction::Targeted(targeted) = &mut record.action
        && !targeted.message.complete.0
    {
        match healing::seal(txn, own, targeted, now_ms)? {
            Some(Sealed::Complete) => txn.save(keys::outbox(keys::WAITING, entry), &record)?,
            Some(Sealed::NeedsUsers(users)) => return Ok(Some(OutboxStep::Users(users))),
            Some(Sealed::NeedsBundles(devices)) => return Ok(Some(OutboxStep::Bundles(devices))),
            Some(Sealed::Impossible(_)) | None => {
                done(txn, entry);
                return Ok(None);
            }
        }
    }
    if let OutboxAction::Message(message) = &record.action
        && message.envelopes.is_empty()
    {
        // Nobody has a device to send it to.
        done(txn, entry);
        messages::mark(txn, conversation, message.order, LineState::Sent, None)?;
        timers::start(txn, conversation, message.order, now_ms)?;
        return Ok(None);
    }
    Ok(Some(OutboxStep::Call {
        entry,
        conversation,
        call: record.action.into(),
    }))
}

fn done(txn: &mut Txn<'_>, entry: u64) {
    txn.delete(keys::outbox(keys::WAITING, entry));
}

pub(crate) fn accepted(txn: &mut Txn<'_>, entry: u64, now_ms: u64) -> Result<(), ClientError> {
    let record = waiting(txn, entry)?;
    done(txn, entry);
    if let OutboxAction::Message(message) = record.action {
        let order = message.order;
        messages::mark(txn, record.conversation, order, LineState::Sent, None)?;
        timers::start(txn, record.conversation, order, now_ms)?;
        healing::note_sent(txn, record.conversation, message)?;
    }
    Ok(())
}

// CNT-15
pub(crate) fn refused(txn: &mut Txn<'_>, entry: u64, refusal: &Refusal) -> Result<(), ClientError> {
    let mut record = waiting(txn, entry)?;
    match (&mut record.action, refusal.code.as_str()) {
        (OutboxAction::Message(message), code @ ("device-mismatch" | "not-participant"))
            if message.mismatches < MAX_MISMATCHES =>
        {
            message.mismatches += 1;
            message.complete = Flag(false);
            if code == "not-participant" {
                // Somebody was taken out of the conversation meanwhile.
                recipients::only_members(record.conversation, message)?;
            }
            if code == "device-mismatch" {
                for address in refusal.missing.iter().chain(&refusal.stale) {
                    txn.asked.doubt(address.user_id);
                }
            }
            txn.save(keys::outbox(keys::WAITING, entry), &record)
        }
        (OutboxAction::RemoveParticipant { .. }, "not-found") => {
            done(txn, entry);
            Ok(())
        }
        _ => {
            let failure = Failure {
                code: "relay".to_owned(),
                message: format!("{}: {}", refusal.code, refusal.detail),
            };
            give_up(txn, entry, record, failure)
        }
    }
}

impl<S: Store, R: CryptoRng> Client<S, R> {
    /// What to do for the oldest entry. What it returns is on disk, ratchet steps included.
    ///
    /// # Errors
    /// `not-registered`; storage errors.
    pub async fn outbox_step(&self, now_ms: u64) -> Result<Outcome<OutboxStep>, ClientError> {
        self.step(|txn| next_step(txn, now_ms)).await
    }

    /// The relay confirmed the call.
    ///
    /// # Errors
    /// `not-found` if no such entry waits (it was confirmed before).
    pub async fn outbox_accepted(
        &self,
        entry: u64,
        now_ms: u64,
    ) -> Result<Outcome<()>, ClientError> {
        self.step(|txn| accepted(txn, entry, now_ms)).await
    }

    /// The relay refused the call. Other devices than ours lead to another look at the users' signed device lists; what it calls missing is
    /// obeyed only for devices on them (protocol §5). Anything else gives the entry up.
    ///
    /// # Errors
    /// `not-found` if no such entry waits.
    pub async fn outbox_refused(
        &self,
        entry: u64,
        refusal: &Refusal,
    ) -> Result<Outcome<()>, ClientError> {
        self.step(|txn| refused(txn, entry, refusal)).await
    }
}
