//! Messages that disappear: content type 11, and lines whose time has come (protocol §5).

#[cfg(feature = "link")]
use std::collections::BTreeSet;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::conversations::announce;
use super::effects::Deed;
use super::error::ClientError;
use super::membership::user_ids;
use super::records::{BodyRecord, MessageRecord, TimerRecord};
use super::txn::Txn;
use super::views::{Conversation, Event, Outcome};
use super::{Client, compose, conversations, keys, messages};
use crate::store::{Collection, KeyRange, Query, Store};
#[cfg(feature = "link")]
use crate::wire::MessageId;
use crate::wire::content::Timer;
use crate::wire::{Body, ConversationId, Version1};

/// So many lines go in one step.
const AT_ONCE: u32 = 64;

pub(super) fn load(
    txn: &mut Txn<'_>,
    id: ConversationId,
) -> Result<Option<TimerRecord>, ClientError> {
    txn.record_if_whole(keys::timer(id))
}

/// After how many seconds messages of a conversation disappear; 0: never.
pub(super) fn seconds(txn: &mut Txn<'_>, id: ConversationId) -> Result<u32, ClientError> {
    Ok(load(txn, id)?.map_or(0, |timer| timer.seconds))
}

/// Takes in what a member has set. False if something later was set before.
// CNT-26
pub(super) fn note(
    txn: &mut Txn<'_>,
    id: ConversationId,
    deed: Deed,
    seconds: u32,
) -> Result<bool, ClientError> {
    let known = load(txn, id)?;
    if known.is_some_and(|known| (known.sent_at, known.id) >= (deed.sent_at, deed.id)) {
        return Ok(false);
    }
    let timer = TimerRecord {
        version: Version1,
        seconds,
        sent_at: deed.sent_at,
        id: deed.id,
    };
    txn.save(keys::timer(id), &timer)?;
    Ok(true)
}

/// What another device of this user goes by; whatever is set later counts more.
#[cfg(feature = "link")]
pub(super) fn hand_on(
    txn: &mut Txn<'_>,
    id: ConversationId,
    seconds: u32,
) -> Result<(), ClientError> {
    if seconds == 0 {
        return Ok(());
    }
    let timer = TimerRecord {
        version: Version1,
        seconds,
        sent_at: 0,
        id: MessageId::from_bytes([0; 16]),
    };
    txn.save(keys::timer(id), &timer)
}

// CNT-26
pub(crate) fn set(
    txn: &mut Txn<'_>,
    id: ConversationId,
    seconds: u32,
    now_ms: u64,
) -> Result<Conversation, ClientError> {
    let (own, mut record) = compose::place_to_act(txn, id)?;
    let known = load(txn, id)?;
    if known.as_ref().map_or(0, |known| known.seconds) == seconds {
        return conversations::view(txn, id, &record);
    }
    // Later than what it replaces, also with a clock that was put back.
    let after = known.map_or(0, |known| known.sent_at.saturating_add(1));
    let deed = Deed {
        author: own.user_id,
        id: super::ids::new_id(now_ms, txn.rng),
        sent_at: now_ms.max(after),
    };
    note(txn, id, deed, seconds)?;
    let line = BodyRecord::Timer { seconds };
    compose::write(txn, &own, id, &mut record, deed.id, line, now_ms)?;
    let recipients = user_ids(&record.members);
    let body = Body::Timer(Timer { seconds });
    let order = record.last_order;
    compose::post(
        txn,
        &own,
        id,
        order,
        recipients,
        (deed.id, body),
        deed.sent_at,
    )?;
    announce(txn, id)
}

/// A line is added. If it is to disappear, its time is noted: it runs from when this user has read it, or the relay has it.
// CNT-26
pub(super) fn appended(
    txn: &mut Txn<'_>,
    id: ConversationId,
    order: u64,
    line: &MessageRecord,
) -> Result<(), ClientError> {
    if !line.body.is_said() {
        return Ok(());
    }
    let seconds = seconds(txn, id)?;
    if seconds > 0 {
        txn.put(
            keys::timed(id, order),
            seconds.to_be_bytes().to_vec().into(),
        );
    }
    Ok(())
}

/// The time of a line begins, if it has one.
fn begin(txn: &mut Txn<'_>, id: ConversationId, order: u64, seconds: &[u8], now_ms: u64) {
    let seconds = seconds.try_into().map_or(0, u32::from_be_bytes);
    let at = now_ms.saturating_add(u64::from(seconds) * 1000);
    txn.delete(keys::timed(id, order));
    txn.put(keys::expiring(at, id, order), Zeroizing::default());
    txn.emit(Event::Expiring(at));
}

/// The time of a line of one's own begins.
pub(super) fn start(
    txn: &mut Txn<'_>,
    id: ConversationId,
    order: u64,
    now_ms: u64,
) -> Result<(), ClientError> {
    // Most conversations never had a timer, which is known without reading.
    if load(txn, id)?.is_some()
        && let Some(seconds) = txn.get(keys::timed(id, order))?
    {
        begin(txn, id, order, &seconds, now_ms);
    }
    Ok(())
}

/// The time of others' lines up to an order begins.
pub(super) fn start_until(
    txn: &mut Txn<'_>,
    id: ConversationId,
    until: u64,
    now_ms: u64,
) -> Result<(), ClientError> {
    if load(txn, id)?.is_none() {
        return Ok(());
    }
    let range = KeyRange::prefix(&keys::timed_in(id));
    let waiting = txn.scan(Query::scan(Collection::Meta, range))?;
    let mut lines = Vec::new();
    for found in &*waiting {
        let order = keys::last_number(&found.key).ok_or(ClientError::Corrupt("timed line"))?;
        if order <= until {
            lines.push((order, found.value.as_bytes().to_vec()));
        }
    }
    txn.load(
        lines
            .iter()
            .map(|(order, _)| keys::message(id, *order))
            .collect(),
    )?;
    for (order, seconds) in lines {
        if messages::at(txn, id, order)?.is_some_and(|line| !line.outgoing.0) {
            begin(txn, id, order, &seconds, now_ms);
        }
    }
    Ok(())
}

/// Deletes lines whose time is over, and everything that was done to them. Gives back when the next one's is, which may be now.
// CNT-26
pub(crate) fn expire(txn: &mut Txn<'_>, now_ms: u64) -> Result<Option<u64>, ClientError> {
    let range = KeyRange::prefix(keys::EXPIRING);
    let due = txn.scan(Query::first(Collection::Meta, range, AT_ONCE))?;
    let mut next = None;
    let mut lines = Vec::new();
    for found in &*due {
        let (at, id, order) = keys::expired(&found.key).ok_or(ClientError::Corrupt("expiry"))?;
        if at > now_ms {
            next = Some(at);
            break;
        }
        lines.push((found.key.clone(), id, order));
    }
    if next.is_none() && due.len() == AT_ONCE as usize {
        next = Some(now_ms);
    }
    txn.load(
        lines
            .iter()
            .map(|(_, id, order)| keys::message(*id, *order))
            .collect(),
    )?;
    for (key, id, order) in lines {
        txn.delete((Collection::Meta, key));
        let Some(line) = messages::at(txn, id, order)? else {
            continue;
        };
        for place in [
            keys::message_changes(id, line.id),
            keys::receipts(id, line.id),
            keys::sent(line.id),
        ] {
            txn.delete(place);
        }
        messages::remove(txn, id, order, line.id)?;
    }
    Ok(next)
}

/// The keys of all lines that will disappear.
#[cfg(feature = "link")]
pub(super) fn disappearing(txn: &mut Txn<'_>) -> Result<BTreeSet<Vec<u8>>, ClientError> {
    let mut lines = BTreeSet::new();
    for prefix in [keys::TIMED, keys::EXPIRING] {
        let range = KeyRange::prefix(prefix);
        for found in &*txn.scan(Query::scan(Collection::Meta, range))? {
            // Both end with the conversation and the order, as a line's own key.
            let line = found.key.last_chunk::<24>();
            lines.insert(line.ok_or(ClientError::Corrupt("timed line"))?.to_vec());
        }
    }
    Ok(lines)
}

impl<S: Store, R: CryptoRng> Client<S, R> {
    /// Sets after how many seconds messages of a conversation disappear, with everybody in it; 0: never.
    ///
    /// # Errors
    /// `not-found`; `not-a-member`; `key-changed`.
    pub async fn set_timer(
        &self,
        id: ConversationId,
        seconds: u32,
        now_ms: u64,
    ) -> Result<Outcome<Conversation>, ClientError> {
        self.step(|txn| set(txn, id, seconds, now_ms)).await
    }

    /// Deletes messages whose time is over. Gives back when to call this again, if there are others.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn expire_messages(&self, now_ms: u64) -> Result<Outcome<Option<u64>>, ClientError> {
        self.step(|txn| expire(txn, now_ms)).await
    }
}
