//! People: pinned account keys, device lists, marks (protocol §2).

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::error::ClientError;
use super::keys::Place;
use super::order::in_order;
use super::records::{Candidate, MemberEntry, UserRecord, decode};
use super::standing::{self, Standing};
use super::txn::Txn;
use super::views::{Contact, Event, KeyState, Outcome};
use super::{Client, account, conversations, keys, recipients};
use crate::ProtocolError;
use crate::crypto::hash::hash_with_label;
use crate::crypto::label;
use crate::crypto::sign::Ed25519PublicKey;
use crate::identity::{
    DeviceListError, DeviceListPin, Expectations, Freshness, VerifiedCertificate,
    VerifiedDeviceList,
};
use crate::sorted;
use crate::store::{Collection, KeyRange, Query, Store};
use crate::wire::{Address, DeviceCertificate, DeviceList, Flag, UserId, Version1, Wire};

/// What the relay says of a user; none of it is believed before it is verified.
#[derive(Clone, Debug)]
pub struct UserDocument {
    /// Which user.
    pub id: UserId,
    /// Their username: the relay's word alone.
    pub username: String,
    /// Their account key, 32 bytes.
    pub account_key: Vec<u8>,
    /// Encoded DeviceList.
    pub device_list: Vec<u8>,
    /// Encoded DeviceCertificates of the listed devices.
    pub certificates: Vec<Vec<u8>>,
}

impl UserRecord {
    /// Somebody of whom only the account key is known, from a member's signed word.
    pub(super) fn of_key(account_key: Ed25519PublicKey) -> Self {
        Self {
            version: Version1,
            username: String::new(),
            account_key,
            verified: Flag(false),
            gone: Flag(false),
            device_list: Vec::new(),
            candidate: None,
        }
    }

    /// The newest device list, verified when it was stored.
    pub(super) fn list(&self) -> Result<Option<DeviceList>, ClientError> {
        if self.device_list.as_slice().is_empty() {
            return Ok(None);
        }
        DeviceList::from_bytes(self.device_list.as_slice())
            .map(Some)
            .map_err(|_| ClientError::Corrupt("DeviceList"))
    }

    pub(super) const fn key_state(&self) -> KeyState {
        if self.candidate.is_some() {
            KeyState::Changed
        } else {
            KeyState::Pinned
        }
    }

    /// What a person would notice: the contact, and which other account key the relay shows.
    fn shows(
        &self,
        user_id: UserId,
        standing: Standing,
    ) -> Result<(Contact, Option<Ed25519PublicKey>), ClientError> {
        let candidate = self.candidate.as_ref().map(|shown| shown.account_key);
        Ok((self.contact(user_id, standing)?, candidate))
    }

    pub(super) fn contact(
        &self,
        user_id: UserId,
        standing: Standing,
    ) -> Result<Contact, ClientError> {
        Ok(Contact {
            standing,
            user_id,
            username: self.username.clone(),
            // The mark is on the pinned key.
            verified: self.verified.0 && self.candidate.is_none(),
            key_state: self.key_state(),
            devices: self.list()?.map_or(0, |list| list.devices.len()),
        })
    }
}

/// What a record shows, and what the person has decided.
pub(super) fn view(
    txn: &mut Txn<'_>,
    user: UserId,
    record: &UserRecord,
) -> Result<Contact, ClientError> {
    let standing = standing::of(txn, user)?;
    record.contact(user, standing)
}

/// What is known of a user.
pub(super) fn load(txn: &mut Txn<'_>, user: UserId) -> Result<Option<UserRecord>, ClientError> {
    txn.record_if_whole(keys::user(user))
}

/// Whether the relay shows another account key of a user than the pinned one, and the person has not accepted it.
pub(super) fn has_changed(txn: &mut Txn<'_>, user: UserId) -> Result<bool, ClientError> {
    Ok(load(txn, user)?.is_some_and(|record| record.candidate.is_some()))
}

/// Where what is known of these members is.
pub(super) fn places(members: &[MemberEntry]) -> Vec<Place> {
    let place = |member: &MemberEntry| keys::user(member.user_id);
    members.iter().map(place).collect()
}

pub(super) fn save(
    txn: &mut Txn<'_>,
    user: UserId,
    record: &UserRecord,
) -> Result<(), ClientError> {
    txn.save(keys::user(user), record)
}

/// Notes that another account key is pinned for a user than before. Topics, which another engine has, look at the user's devices again
/// before anything more is posted beside them.
// PST-10
pub(super) fn note_pin(txn: &mut Txn<'_>, user: UserId) {
    txn.put(keys::changed_pin(user), Zeroizing::default());
}

/// Pins the account key of somebody not known yet, on a member's word. True when the relay should be asked about them.
// KEY-8, KEY-9
pub(super) fn meet(
    txn: &mut Txn<'_>,
    user: UserId,
    account_key: Ed25519PublicKey,
) -> Result<bool, ClientError> {
    match load(txn, user)? {
        Some(known) => Ok(known.account_key != account_key || known.username.is_empty()),
        None => {
            save(txn, user, &UserRecord::of_key(account_key))?;
            note_pin(txn, user);
            Ok(true)
        }
    }
}

/// Checks a user document by itself: the list under the account key that it names, every certificate, every listed device certified.
fn verify(user: &UserDocument) -> Result<VerifiedDeviceList, ClientError> {
    let list =
        VerifiedDeviceList::verify(DeviceList::from_bytes(&user.device_list)?, user.id, None)?;
    if list.list().account_key.as_bytes().as_slice() != user.account_key.as_slice() {
        return Err(ProtocolError::AccountKeyMismatch.into());
    }
    let expected = Expectations {
        account_key: Some(list.list().account_key),
        address: None,
    };
    let mut certified = Vec::new();
    for bytes in &user.certificates {
        let certificate =
            VerifiedCertificate::verify(DeviceCertificate::from_bytes(bytes)?, &expected)?;
        if !list.lists(certificate.certificate()) {
            return Err(ClientError::DeviceNotListed);
        }
        sorted::insert(&mut certified, certificate.address());
    }
    if list
        .addresses()
        .all(|address| certified.binary_search(&address).is_ok())
    {
        Ok(list)
    } else {
        Err(ClientError::Relay("a listed device without a certificate"))
    }
}

/// Refuses an older or forked list; tells whether this one is new.
// KEY-13
pub(super) fn freshness(
    stored: &[u8],
    offered: &VerifiedDeviceList,
) -> Result<Freshness, ClientError> {
    if stored.is_empty() {
        return Ok(Freshness::Newer);
    }
    let list = DeviceList::from_bytes(stored).map_err(|_| ClientError::Corrupt("DeviceList"))?;
    let pin = DeviceListPin {
        sequence: list.sequence,
        hash: hash_with_label(label::DEVICE_LIST, stored),
    };
    pin.check(offered).map_err(|error| match error {
        DeviceListError::Protocol(error) => error.into(),
        DeviceListError::Rollback | DeviceListError::NotSuccessor => {
            ClientError::DeviceListRollback
        }
    })
}

/// Deletes the sessions with devices that are on the old list and not, with the same key, on the new one, and what waits for them.
// KEY-15
pub(super) fn drop_revoked(
    txn: &mut Txn<'_>,
    user_id: UserId,
    old: Option<DeviceList>,
    new: &VerifiedDeviceList,
) -> Result<(), ClientError> {
    let mut revoked = Vec::new();
    for device in old.into_iter().flat_map(|list| list.devices) {
        if new.device(device.device_id) != Some(&device) {
            let device_id = device.device_id;
            sorted::insert(&mut revoked, Address { user_id, device_id });
        }
    }
    if revoked.is_empty() {
        return Ok(());
    }
    for address in &revoked {
        txn.delete(keys::session(address));
    }
    recipients::withdraw(txn, |address| revoked.binary_search(address).is_ok())
}

fn learn_own(
    txn: &mut Txn<'_>,
    user: &UserDocument,
    list: &VerifiedDeviceList,
) -> Result<Contact, ClientError> {
    let mut own = account::load(txn)?;
    if list.list().account_key != own.account_key {
        return Err(ProtocolError::AccountKeyMismatch.into());
    }
    if freshness(own.device_list.as_slice(), list)? == Freshness::Newer {
        let old = DeviceList::from_bytes(own.device_list.as_slice()).ok();
        drop_revoked(txn, user.id, old, list)?;
        own.device_list = user.device_list.clone();
        account::save(txn, &own)?;
        txn.emit(Event::Devices);
    }
    Ok(Contact {
        user_id: user.id,
        username: own.username,
        verified: true,
        key_state: KeyState::Own,
        devices: list.list().devices.len(),
        standing: Standing::Accepted,
    })
}

/// The account key of somebody whose record is damaged, as a conversation has it: the relay does not get to choose another.
// KEY-8
fn remembered(txn: &mut Txn<'_>, user: UserId) -> Result<Option<Ed25519PublicKey>, ClientError> {
    if txn.get(keys::user(user))?.is_none() {
        return Ok(None);
    }
    for (_, record) in &conversations::all(txn)? {
        for member in &record.members {
            if member.user_id == user {
                return Ok(Some(member.account_key));
            }
        }
    }
    Ok(None)
}

// KEY-8
fn learn_other(
    txn: &mut Txn<'_>,
    user: &UserDocument,
    list: &VerifiedDeviceList,
) -> Result<Contact, ClientError> {
    let offered = list.list().account_key;
    let before = load(txn, user.id)?;
    let standing = standing::of(txn, user.id)?;
    let known = before
        .as_ref()
        .map(|record| record.shows(user.id, standing))
        .transpose()?;
    if before.is_none() {
        note_pin(txn, user.id);
    }
    let mut record = match before {
        Some(record) => record,
        None => UserRecord::of_key(remembered(txn, user.id)?.unwrap_or(offered)),
    };
    record.username.clone_from(&user.username);
    record.gone = Flag(false);
    if record.account_key == offered {
        if freshness(record.device_list.as_slice(), list)? == Freshness::Newer {
            drop_revoked(txn, user.id, record.list()?, list)?;
            record.device_list = user.device_list.clone();
        }
        record.candidate = None;
    } else {
        if let Some(shown) = record
            .candidate
            .as_ref()
            .filter(|shown| shown.account_key == offered)
        {
            freshness(shown.device_list.as_slice(), list)?;
        }
        // Another key than the pinned one: kept aside until the person accepts it, never used before.
        record.candidate = Some(Candidate {
            account_key: offered,
            device_list: user.device_list.clone(),
        });
    }
    save(txn, user.id, &record)?;
    let shows = record.shows(user.id, standing)?;
    if known.as_ref() != Some(&shows) {
        announce(txn, &shows.0)?;
    }
    Ok(shows.0)
}

/// Tells listeners of a contact and of the conversations in which their name and key show.
pub(super) fn announce(txn: &mut Txn<'_>, contact: &Contact) -> Result<(), ClientError> {
    txn.emit(Event::Contact(contact.clone()));
    conversations::announce_with(txn, contact.user_id)
}

/// Takes in a user's document. It is verified once, however often the step runs.
pub(crate) fn learn(
    txn: &mut Txn<'_>,
    user: &UserDocument,
    verified: &mut Option<VerifiedDeviceList>,
    now_ms: u64,
) -> Result<Contact, ClientError> {
    txn.asked.note(user.id, now_ms);
    let list = match verified {
        Some(list) => list,
        None => verified.insert(verify(user)?),
    };
    if account::own_id(txn)? == Some(user.id) {
        learn_own(txn, user, list)
    } else {
        learn_other(txn, user, list)
    }
}

pub(crate) fn missing(txn: &mut Txn<'_>, user: UserId, now_ms: u64) -> Result<(), ClientError> {
    txn.asked.note(user, now_ms);
    if let Some(mut record) = load(txn, user)? {
        record.gone = Flag(true);
        save(txn, user, &record)?;
    }
    Ok(())
}

pub(crate) fn list(txn: &mut Txn<'_>) -> Result<Vec<Contact>, ClientError> {
    let mut contacts = Vec::new();
    let mut order = Vec::new();
    let stored = txn.scan(Query::scan(Collection::Users, KeyRange::all()))?;
    txn.each(&*stored, |txn, found| {
        let id = found
            .key
            .first_chunk::<16>()
            .ok_or(ClientError::Corrupt("user key"))?;
        let Ok(record) = decode::<UserRecord>(found.value.as_bytes()) else {
            return Ok(());
        };
        // No username has a zero byte in it.
        let name = [record.username.as_bytes(), &[0], id].concat();
        order.push((name, contacts.len()));
        contacts.push(view(txn, UserId::from_bytes(*id), &record)?);
        Ok(())
    })?;
    Ok(in_order(contacts, order))
}

pub(crate) fn one(txn: &mut Txn<'_>, user: UserId) -> Result<Option<Contact>, ClientError> {
    load(txn, user)?
        .map(|record| view(txn, user, &record))
        .transpose()
}

impl<S: Store, R: CryptoRng> Client<S, R> {
    /// Verifies and stores what the relay says of a user. A first sight pins the account key; another key than the pinned one is kept
    /// aside and shows as [`KeyState::Changed`].
    ///
    /// # Errors
    /// `decode`, `bad-signature`, `account-key-mismatch`, `address-mismatch`, `device-not-listed`, `relay` if the document is wrong in itself;
    /// `device-list-rollback` if its list is older than, or as old as and other than, one seen before.
    pub async fn learn_user(
        &self,
        user: &UserDocument,
        now_ms: u64,
    ) -> Result<Outcome<Contact>, ClientError> {
        let mut verified = None;
        self.step(|txn| learn(txn, user, &mut verified, now_ms))
            .await
    }

    /// The relay knows no such user.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn user_missing(
        &self,
        user: UserId,
        now_ms: u64,
    ) -> Result<Outcome<()>, ClientError> {
        self.step(|txn| missing(txn, user, now_ms)).await
    }

    /// Everybody known, by username.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn contacts(&self) -> Result<Vec<Contact>, ClientError> {
        self.ask(list).await
    }

    /// One of them.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn contact(&self, user: UserId) -> Result<Option<Contact>, ClientError> {
        self.ask(|txn| one(txn, user)).await
    }
}
