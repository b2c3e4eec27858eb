//! What the person decides about keys: the safety number, the verified mark, the acceptance of a changed key (protocol §2, §6).

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::contacts::{announce, load, note_pin, save};
use super::error::ClientError;
use super::records::UserRecord;
use super::txn::Txn;
use super::views::{Contact, Event, Outcome};
use super::{Client, account, contacts, keys, recipients};
use crate::identity;
use crate::store::{Collection, Store};
use crate::wire::{Flag, UserId};

fn known(txn: &mut Txn<'_>, user: UserId) -> Result<UserRecord, ClientError> {
    load(txn, user)?.ok_or(ClientError::NotFound("contact"))
}

/// The safety number with a person. What is to be compared after a change is the key that the relay shows now.
fn shown_number(
    txn: &mut Txn<'_>,
    user: UserId,
    record: &UserRecord,
) -> Result<String, ClientError> {
    let own = account::load(txn)?;
    let theirs = record
        .candidate
        .as_ref()
        .map_or(record.account_key, |candidate| candidate.account_key);
    Ok(identity::safety_number(
        &own.user_id,
        &own.account_key,
        &user,
        &theirs,
    ))
}

fn check_number(
    txn: &mut Txn<'_>,
    user: UserId,
    record: &UserRecord,
    compared: Option<&str>,
) -> Result<(), ClientError> {
    match compared {
        Some(number) if shown_number(txn, user, record)? != number => Err(ClientError::KeyChanged),
        _ => Ok(()),
    }
}

/// Notes that the other devices of the account, if there are any, are to be told what the person has decided.
// LNK-11
pub(super) fn note_mark(txn: &mut Txn<'_>, user: UserId) -> Result<(), ClientError> {
    if txn.get(keys::devices())?.is_some() {
        txn.put(keys::marked(user), Zeroizing::default());
        txn.emit(Event::Devices);
    }
    Ok(())
}

pub(crate) fn safety_number(txn: &mut Txn<'_>, user: UserId) -> Result<String, ClientError> {
    let record = known(txn, user)?;
    shown_number(txn, user, &record)
}

pub(crate) fn set_verified(
    txn: &mut Txn<'_>,
    user: UserId,
    verified: bool,
    compared: Option<&str>,
) -> Result<Contact, ClientError> {
    let mut record = known(txn, user)?;
    if record.candidate.is_some() {
        return Err(ClientError::KeyChanged);
    }
    check_number(txn, user, &record, compared)?;
    record.verified = Flag(verified);
    save(txn, user, &record)?;
    note_mark(txn, user)?;
    let contact = contacts::view(txn, user, &record)?;
    txn.emit(Event::Contact(contact.clone()));
    Ok(contact)
}

pub(crate) fn accept_key(
    txn: &mut Txn<'_>,
    user: UserId,
    compared: Option<&str>,
) -> Result<Contact, ClientError> {
    let mut record = known(txn, user)?;
    let candidate = record
        .candidate
        .take()
        .ok_or(ClientError::NotFound("key change"))?;
    record.account_key = candidate.account_key;
    record.device_list = candidate.device_list;
    record.verified = Flag(false);
    txn.delete_prefix(Collection::Sessions, user.as_bytes());
    recipients::withdraw(txn, |address| address.user_id == user)?;
    save(txn, user, &record)?;
    note_pin(txn, user);
    note_mark(txn, user)?;
    let contact = contacts::view(txn, user, &record)?;
    announce(txn, &contact)?;
    // Last, because it is slow.
    check_number(txn, user, &record, compared)?;
    Ok(contact)
}

impl<S: Store, R: CryptoRng> Client<S, R> {
    /// The sixty digits to compare with a person (protocol §6).
    ///
    /// # Errors
    /// `not-found` for somebody not known.
    pub async fn safety_number(&self, user: UserId) -> Result<String, ClientError> {
        self.ask(|txn| safety_number(txn, user)).await
    }

    /// Sets or takes away the mark that the safety number was compared. With `compared`, only if that is the number still.
    ///
    /// # Errors
    /// `not-found` for somebody not known; `key-changed` while a changed key waits to be accepted, or if the number is another.
    pub async fn set_verified(
        &self,
        user: UserId,
        verified: bool,
        compared: Option<&str>,
    ) -> Result<Outcome<Contact>, ClientError> {
        self.step(|txn| set_verified(txn, user, verified, compared))
            .await
    }

    /// Takes the account key that the relay shows now in place of the pinned one. The verified mark and every session go with the old key,
    /// and so does what waits encrypted for it. With `compared`, the safety number that the person saw, only if that is the number still:
    /// the relay could show yet another key meanwhile.
    ///
    /// # Errors
    /// `not-found` for somebody not known, or whose key has not changed; `key-changed` if the number is another.
    pub async fn accept_key_change(
        &self,
        user: UserId,
        compared: Option<&str>,
    ) -> Result<Outcome<Contact>, ClientError> {
        self.step(|txn| accept_key(txn, user, compared)).await
    }
}
