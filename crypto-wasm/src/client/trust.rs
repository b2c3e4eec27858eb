//! What the person decides about keys: the safety number, the verified mark, the acceptance of a changed key (protocol §2, §6).

use rand_core::CryptoRng;

use super::contacts::{announce, load, save};
use super::error::ClientError;
use super::records::UserRecord;
use super::txn::Txn;
use super::views::{Contact, Event, Outcome};
use super::{Client, account, recipients};
use crate::identity::safety_number;
use crate::store::{Collection, Store};
use crate::wire::{Flag, UserId};

async fn known<S: Store>(txn: &mut Txn<'_, S>, user: UserId) -> Result<UserRecord, ClientError> {
    load(txn, user)
        .await?
        .ok_or(ClientError::NotFound("contact"))
}

/// The safety number with a person. What is to be compared after a change is the key that the relay shows now.
async fn shown_number<S: Store>(
    txn: &mut Txn<'_, S>,
    user: UserId,
    record: &UserRecord,
) -> Result<String, ClientError> {
    let own = account::load(txn).await?;
    let theirs = record
        .candidate
        .as_ref()
        .map_or(record.account_key, |candidate| candidate.account_key);
    Ok(safety_number(
        &own.user_id,
        &own.account_key,
        &user,
        &theirs,
    ))
}

async fn check_number<S: Store>(
    txn: &mut Txn<'_, S>,
    user: UserId,
    record: &UserRecord,
    compared: Option<&str>,
) -> Result<(), ClientError> {
    match compared {
        Some(number) if shown_number(txn, user, record).await? != number => {
            Err(ClientError::KeyChanged)
        }
        _ => Ok(()),
    }
}

impl<S: Store, R: CryptoRng> Client<S, R> {
    /// The sixty digits to compare with a person (protocol §6).
    ///
    /// # Errors
    /// `not-found` for somebody not known.
    pub async fn safety_number(&self, user: UserId) -> Result<String, ClientError> {
        let outcome = self
            .step(async |txn| {
                let record = known(txn, user).await?;
                shown_number(txn, user, &record).await
            })
            .await?;
        Ok(outcome.value)
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
        self.step(async |txn| {
            let mut record = known(txn, user).await?;
            if record.candidate.is_some() {
                return Err(ClientError::KeyChanged);
            }
            check_number(txn, user, &record, compared).await?;
            record.verified = Flag(verified);
            save(txn, user, &record)?;
            let contact = record.contact(user)?;
            txn.emit(Event::Contact(contact.clone()));
            Ok(contact)
        })
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
        self.step(async |txn| {
            let mut record = known(txn, user).await?;
            if record.candidate.is_some() {
                check_number(txn, user, &record, compared).await?;
            }
            let candidate = record
                .candidate
                .take()
                .ok_or(ClientError::NotFound("key change"))?;
            record.account_key = candidate.account_key;
            record.device_list = candidate.device_list;
            record.verified = Flag(false);
            txn.delete_prefix(Collection::Sessions, user.as_bytes());
            recipients::withdraw(txn, |address| address.user_id == user).await?;
            save(txn, user, &record)?;
            let contact = record.contact(user)?;
            announce(txn, &contact).await?;
            Ok(contact)
        })
        .await
    }
}
