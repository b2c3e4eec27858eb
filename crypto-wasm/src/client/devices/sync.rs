//! What devices of one account tell each other: content type 10 (protocol §9).

use crate::client::error::ClientError;
use crate::client::ids::new_id;
use crate::client::records::{AccountRecord, UserRecord};
use crate::client::standing::{self, Standing};
use crate::client::txn::Txn;
use crate::client::views::Event;
use crate::client::{account, compose, contacts, keys};
use crate::codec;
use crate::crypto::sign::Ed25519PublicKey;
use crate::store::{Collection, KeyRange, Query};
use crate::wire::{Body, Flag, UserId, Version1, Wire};

use super::lost;
use super::records::{DeviceEntry, DevicesRecord};

/// What the person has decided about somebody's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    pub(super) user_id: UserId,
    pub(super) account_key: Ed25519PublicKey,
    pub(super) verified: Flag,
}

codec!(struct Mark { user_id, account_key, verified });

/// One thing told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyncItem {
    /// A pinned key, and whether it was compared.
    Mark(Mark),
    /// A device of the account.
    Device(DeviceEntry),
    /// Whether the person writes with somebody, or has blocked them.
    Standing(Decision),
}

/// What the person has decided about somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub(super) user_id: UserId,
    pub(super) standing: Standing,
}

codec!(struct Decision { user_id, standing });

codec!(
    enum SyncItem {
        Mark(mark) = 1,
        Device(entry) = 2,
        Standing(decision) = 3,
    }
);

impl Wire for SyncItem {}

/// Items as they are told and kept: the body of type 10.
pub(super) struct SyncItems {
    version: Version1,
    items: Vec<SyncItem>,
}

codec!(struct SyncItems { version, items });

impl Wire for SyncItems {}

/// Puts items for the account's other devices into the outbox, if there are any.
// LNK-11
pub(super) fn tell(
    txn: &mut Txn<'_>,
    own: &AccountRecord,
    known: &DevicesRecord,
    items: Vec<SyncItem>,
    now_ms: u64,
) -> Result<(), ClientError> {
    let Some(conversation) = known.conversation else {
        return Ok(());
    };
    let id = new_id(now_ms, txn.rng);
    let version = Version1;
    let body = Body::DeviceSync(SyncItems { version, items }.to_bytes()?);
    compose::tell(
        txn,
        own,
        conversation,
        vec![own.user_id],
        (id, body),
        now_ms,
    )
}

/// Takes a mark in. It never replaces a pinned key: where it differs, the person decides on this device, too.
// KEY-8, LNK-11
fn take_mark(txn: &mut Txn<'_>, own: &AccountRecord, mark: &Mark) -> Result<(), ClientError> {
    if mark.user_id == own.user_id {
        return Ok(());
    }
    let known = contacts::load(txn, mark.user_id)?;
    if known.is_none() {
        contacts::note_pin(txn, mark.user_id);
    }
    let mut record = known.unwrap_or_else(|| UserRecord::of_key(mark.account_key));
    if record.account_key != mark.account_key {
        return Ok(());
    }
    record.verified = mark.verified;
    contacts::save(txn, mark.user_id, &record)?;
    let contact = contacts::view(txn, mark.user_id, &record)?;
    txn.emit(Event::Contact(contact));
    Ok(())
}

/// Takes in whom the person writes with and whom not.
// LNK-11
fn take_decision(txn: &mut Txn<'_>, decision: &Decision) -> Result<(), ClientError> {
    let user = decision.user_id;
    standing::keep(txn, user, decision.standing)?;
    if let Some(record) = contacts::load(txn, user)? {
        let contact = contacts::view(txn, user, &record)?;
        txn.emit(Event::Contact(contact));
    }
    Ok(())
}

/// An id behind a prefix in the keys of `Meta`, and what is stored there.
type Noted = ([u8; 16], Vec<u8>);

fn noted(txn: &mut Txn<'_>, prefix: &[u8]) -> Result<Vec<Noted>, ClientError> {
    let query = Query::scan(Collection::Meta, KeyRange::prefix(prefix));
    let mut found = Vec::new();
    for record in &*txn.scan(query)? {
        let id = record.key.last_chunk::<16>();
        let id = id.ok_or(ClientError::Corrupt("device sync key"))?;
        found.push((*id, record.value.as_bytes().to_vec()));
    }
    Ok(found)
}

/// Takes in what was told, and tells what the person has decided here.
// LNK-11
pub(crate) fn settle(txn: &mut Txn<'_>, now_ms: u64) -> Result<(), ClientError> {
    lost::fail_lines(txn)?;
    let own = account::load(txn)?;
    let mut known = DevicesRecord::load(txn)?;
    let told = noted(txn, keys::SYNCED)?;
    let marked = noted(txn, keys::MARKED)?;
    let mut is_new = false;
    for (id, items) in told {
        txn.delete((Collection::Meta, [keys::SYNCED, &id].concat()));
        // One that says nothing that can be understood is dropped: it is authentic, so a later version has sent it.
        let Ok(SyncItems { items, .. }) = SyncItems::from_bytes(&items) else {
            continue;
        };
        for item in items {
            match item {
                SyncItem::Mark(mark) => take_mark(txn, &own, &mark)?,
                SyncItem::Device(entry) => is_new |= known.note(entry),
                SyncItem::Standing(decision) => take_decision(txn, &decision)?,
            }
        }
    }
    if is_new {
        known.save(txn)?;
    }
    let mut items = Vec::new();
    for (id, _) in marked {
        txn.delete((Collection::Meta, [keys::MARKED, &id].concat()));
        let user_id = UserId::from_bytes(id);
        if let Some(record) = contacts::load(txn, user_id)? {
            items.push(SyncItem::Mark(Mark {
                user_id,
                account_key: record.account_key,
                verified: record.verified,
            }));
            items.push(SyncItem::Standing(Decision {
                user_id,
                standing: standing::of(txn, user_id)?,
            }));
        }
    }
    if !items.is_empty() {
        tell(txn, &own, &known, items, now_ms)?;
    }
    Ok(())
}
