//! What the relay is still to be told, in order, until it confirms. Survives everything that the store survives; what was sent is sent
//! again byte for byte.

use rand_core::CryptoRng;

use super::calls::{OutboxStep, Refusal};
use super::error::ClientError;
use super::records::{LineState, OutboxAction, OutboxMessage, OutboxRecord, decode, encode};
use super::seal::Sealed;
use super::txn::Txn;
use super::views::{Event, Failure, Outcome};
use super::{Client, account, keys, messages, recipients};
use crate::store::{Collection, KeyRange, Query, Store};
use crate::wire::{Content, ConversationId, Flag, MessageId, UserId, Version1};

/// How often the relay may find other devices than ours before the message is given up.
const MAX_MISMATCHES: u8 = 5;

/// A message that waits, not encrypted yet.
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

/// Adds an entry at the end.
pub(super) async fn push<S: Store>(
    txn: &mut Txn<'_, S>,
    conversation: ConversationId,
    action: OutboxAction,
) -> Result<(), ClientError> {
    let number = match txn.get(Collection::Meta, keys::OUTBOX_NEXT).await? {
        Some(bytes) => u64::from_be_bytes(
            bytes
                .as_slice()
                .try_into()
                .map_err(|_| ClientError::Corrupt("outbox number"))?,
        ),
        None => 1,
    };
    txn.put(
        Collection::Meta,
        keys::OUTBOX_NEXT,
        (number + 1).to_be_bytes().to_vec().into(),
    );
    put(
        txn,
        keys::WAITING,
        number,
        &OutboxRecord {
            version: Version1,
            conversation,
            action,
        },
    )
}

fn put<S: Store>(
    txn: &mut Txn<'_, S>,
    list: u8,
    number: u64,
    record: &OutboxRecord,
) -> Result<(), ClientError> {
    txn.put(
        Collection::Outbox,
        &keys::outbox(list, number),
        encode(record)?,
    );
    Ok(())
}

async fn waiting<S: Store>(txn: &mut Txn<'_, S>, number: u64) -> Result<OutboxRecord, ClientError> {
    let bytes = txn
        .get(Collection::Outbox, &keys::outbox(keys::WAITING, number))
        .await?;
    bytes
        .map(|bytes| decode(&bytes))
        .transpose()?
        .ok_or(ClientError::NotFound("outbox entry"))
}

async fn oldest<S: Store>(
    txn: &mut Txn<'_, S>,
) -> Result<Option<(u64, OutboxRecord)>, ClientError> {
    let records = txn
        .scan(Query::first(
            Collection::Outbox,
            KeyRange::prefix(&[keys::WAITING]),
            1,
        ))
        .await?;
    let Some(record) = records.first() else {
        return Ok(None);
    };
    let number = keys::outbox_number(&record.key).ok_or(ClientError::Corrupt("outbox key"))?;
    Ok(Some((number, decode(record.value.as_bytes())?)))
}

/// How many entries wait.
pub(super) async fn pending<S: Store>(txn: &mut Txn<'_, S>) -> Result<usize, ClientError> {
    Ok(txn
        .scan(Query::scan(
            Collection::Outbox,
            KeyRange::prefix(&[keys::WAITING]),
        ))
        .await?
        .len())
}

/// Puts a message that was given up back to the end.
pub(super) async fn revive<S: Store>(
    txn: &mut Txn<'_, S>,
    conversation: ConversationId,
    id: MessageId,
) -> Result<(), ClientError> {
    for found in txn
        .scan(Query::scan(
            Collection::Outbox,
            KeyRange::prefix(&[keys::FAILED]),
        ))
        .await?
    {
        let record: OutboxRecord = decode(found.value.as_bytes())?;
        match record.action {
            OutboxAction::Message(mut message)
                if record.conversation == conversation && message.id == id =>
            {
                message.mismatches = 0;
                message.complete = Flag(false);
                txn.delete(Collection::Outbox, &found.key);
                return push(txn, conversation, OutboxAction::Message(message)).await;
            }
            _ => {}
        }
    }
    Err(ClientError::NotFound("failed message"))
}

/// Gives an entry up. A message is kept for the person to try again; the others leave an error behind.
async fn give_up<S: Store>(
    txn: &mut Txn<'_, S>,
    number: u64,
    record: OutboxRecord,
    failure: Failure,
) -> Result<(), ClientError> {
    txn.delete(Collection::Outbox, &keys::outbox(keys::WAITING, number));
    let order = match &record.action {
        OutboxAction::Message(message) => message.order,
        _ => {
            txn.emit(Event::Error(failure));
            return Ok(());
        }
    };
    put(txn, keys::FAILED, number, &record)?;
    messages::mark(
        txn,
        record.conversation,
        order,
        LineState::Failed,
        Some(failure),
    )
    .await?;
    Ok(())
}

impl<S: Store, R: CryptoRng> Client<S, R> {
    /// What to do for the oldest entry. What it returns is on disk, ratchet steps included.
    ///
    /// # Errors
    /// `not-registered`; storage errors.
    pub async fn outbox_step(&self, now_ms: u64) -> Result<Outcome<OutboxStep>, ClientError> {
        let mut events = Vec::new();
        loop {
            let outcome = self
                .step(async |txn| self.oldest_step(txn, now_ms).await)
                .await?;
            events.extend(outcome.events);
            if let Some(value) = outcome.value {
                return Ok(Outcome { value, events });
            }
        }
    }

    /// `None`: the oldest entry is done with; look at the next.
    async fn oldest_step(
        &self,
        txn: &mut Txn<'_, S>,
        now_ms: u64,
    ) -> Result<Option<OutboxStep>, ClientError> {
        let own = account::load(txn).await?;
        let Some((entry, mut record)) = oldest(txn).await? else {
            return Ok(Some(OutboxStep::Idle));
        };
        let conversation = record.conversation;
        if let OutboxAction::Message(message) = &mut record.action
            && !message.complete.0
        {
            recipients::narrow(txn, conversation, message).await?;
            match self.seal(txn, &own, message, now_ms).await? {
                Sealed::Complete => put(txn, keys::WAITING, entry, &record)?,
                Sealed::NeedsUsers(users) => return Ok(Some(OutboxStep::Users(users))),
                Sealed::NeedsBundles(addresses) => {
                    return Ok(Some(OutboxStep::Bundles(addresses)));
                }
                Sealed::Impossible(failure) => {
                    give_up(txn, entry, record, failure).await?;
                    return Ok(None);
                }
            }
        }
        if let OutboxAction::Message(message) = &record.action
            && message.envelopes.is_empty()
        {
            // Nobody has a device to send it to.
            txn.delete(Collection::Outbox, &keys::outbox(keys::WAITING, entry));
            messages::mark(txn, conversation, message.order, LineState::Sent, None).await?;
            return Ok(None);
        }
        Ok(Some(OutboxStep::Call {
            entry,
            conversation,
            call: record.action.into(),
        }))
    }

    /// The relay confirmed the call.
    ///
    /// # Errors
    /// `not-found` if no such entry waits (it was confirmed before).
    pub async fn outbox_accepted(&self, entry: u64) -> Result<Outcome<()>, ClientError> {
        self.step(async |txn| {
            let record = waiting(txn, entry).await?;
            txn.delete(Collection::Outbox, &keys::outbox(keys::WAITING, entry));
            if let OutboxAction::Message(message) = record.action {
                messages::mark(
                    txn,
                    record.conversation,
                    message.order,
                    LineState::Sent,
                    None,
                )
                .await?;
            }
            Ok(())
        })
        .await
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
        self.step(async |txn| {
            let mut record = waiting(txn, entry).await?;
            match &mut record.action {
                OutboxAction::Message(message)
                    if refusal.code == "device-mismatch" && message.mismatches < MAX_MISMATCHES =>
                {
                    message.mismatches += 1;
                    message.complete = Flag(false);
                    let mut asked = self.asked.borrow_mut();
                    for address in refusal.missing.iter().chain(&refusal.stale) {
                        asked.users.remove(&address.user_id);
                        asked.stale.insert(address.user_id);
                    }
                    drop(asked);
                    put(txn, keys::WAITING, entry, &record)
                }
                OutboxAction::Message(message)
                    if refusal.code == "not-participant" && message.mismatches < MAX_MISMATCHES =>
                {
                    // Somebody was taken out of the conversation meanwhile.
                    message.mismatches += 1;
                    message.complete = Flag(false);
                    recipients::only_members(record.conversation, message)?;
                    put(txn, keys::WAITING, entry, &record)
                }
                OutboxAction::RemoveParticipant { .. } if refusal.code == "not-found" => {
                    txn.delete(Collection::Outbox, &keys::outbox(keys::WAITING, entry));
                    Ok(())
                }
                _ => {
                    let failure = Failure {
                        code: "relay".to_owned(),
                        message: format!("{}: {}", refusal.code, refusal.detail),
                    };
                    give_up(txn, entry, record, failure).await
                }
            }
        })
        .await
    }
}
