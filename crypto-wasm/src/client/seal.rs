//! A message encrypted for every device of every recipient, in one step with the ratchets that move (protocol §4).

use rand_core::CryptoRng;

use super::error::ClientError;
use super::records::{AccountRecord, OutboxEnvelope, OutboxMessage};
use super::txn::Txn;
use super::views::{Failure, Outcome};
use super::{Client, account, contacts, healing, keys};
use crate::crypto::sign::Ed25519PublicKey;
use crate::identity::{Expectations, VerifiedBundle};
use crate::session::{Session, SessionRecord};
use crate::sorted;
use crate::store::{Collection, Store};
use crate::wire::{Address, DeviceList, Flag, PreKeyBundle, UserId, Wire};

/// The relay has no bundle of the device.
const NO_BUNDLE: &str = "not-found";

/// How far encrypting came.
pub(super) enum Sealed {
    /// Every device has its envelope.
    Complete,
    /// Nothing was done: these users' device lists are needed first.
    NeedsUsers(Vec<UserId>),
    /// Nothing was done: sessions with these devices are to be set up first.
    NeedsBundles(Vec<Address>),
    /// It cannot be sent.
    Impossible(Failure),
}

fn impossible(code: &str, message: &str) -> Sealed {
    Sealed::Impossible(Failure {
        code: code.to_owned(),
        message: message.to_owned(),
    })
}

/// Devices, with the account and identity key that a session with them must be of.
type Devices = Vec<(Address, (Ed25519PublicKey, Ed25519PublicKey))>;

pub(super) fn listed(
    list: &DeviceList,
) -> impl Iterator<Item = (Address, (Ed25519PublicKey, Ed25519PublicKey))> {
    let address = |device_id| Address {
        user_id: list.user_id,
        device_id,
    };
    list.devices.iter().map(move |device| {
        (
            address(device.device_id),
            (list.account_key, device.identity_key),
        )
    })
}

/// The sessions with a peer device; none where there were none yet.
pub(super) fn load_session(
    txn: &mut Txn<'_>,
    peer: &Address,
) -> Result<SessionRecord, ClientError> {
    match txn.get(keys::session(peer))? {
        Some(bytes) => Ok(SessionRecord::import(&bytes).unwrap_or_else(|_| {
            txn.damaged(Collection::Sessions);
            SessionRecord::new()
        })),
        None => Ok(SessionRecord::new()),
    }
}

pub(super) fn save_session(
    txn: &mut Txn<'_>,
    peer: &Address,
    record: &SessionRecord,
) -> Result<(), ClientError> {
    txn.put(keys::session(peer), record.export()?);
    Ok(())
}

/// Whether messages can be sent on the record's current session: it is there, and with the device that the list names.
// KEY-14
pub(super) fn usable(
    record: &SessionRecord,
    expected: &(Ed25519PublicKey, Ed25519PublicKey),
) -> bool {
    record.current().is_some_and(|session| {
        (session.peer().account_key, session.peer().identity_key) == *expected
    })
}

/// Encrypts what is not encrypted yet, if everything that it takes is known.
pub(super) fn seal(
    txn: &mut Txn<'_>,
    own: &AccountRecord,
    message: &mut OutboxMessage,
    now_ms: u64,
) -> Result<Sealed, ClientError> {
    let devices = match devices(txn, own, &message.recipients, now_ms)? {
        Ok(devices) => devices,
        Err(not_yet) => return Ok(not_yet),
    };
    let mut current = Vec::with_capacity(devices.len());
    for (address, _) in &devices {
        sorted::insert(&mut current, *address);
    }
    let mut done = Vec::new();
    message.envelopes.retain(|envelope| {
        let address = envelope.address;
        current.binary_search(&address).is_ok() && sorted::insert(&mut done, address)
    });
    let any_device = !devices.is_empty();
    let mut open = devices;
    open.retain(|(address, _)| done.binary_search(address).is_err());
    txn.load(
        open.iter()
            .map(|(address, _)| keys::session(address))
            .collect(),
    )?;
    let mut sessions = Vec::with_capacity(open.len());
    let mut missing = Vec::new();
    for (address, expected) in open {
        let record = load_session(txn, &address)?;
        if usable(&record, &expected) {
            sessions.push((address, expected.1, record));
            continue;
        }
        match txn.asked.bundle_refused(&address, now_ms) {
            None => missing.push(address),
            // The relay has no keys of the device: it will say itself whether it wants an envelope for it.
            Some(NO_BUNDLE) => {}
            Some(code) => return Ok(impossible(code, "a device's key bundle was refused")),
        }
    }
    if !missing.is_empty() {
        return Ok(Sealed::NeedsBundles(missing));
    }
    if any_device && sessions.is_empty() && message.envelopes.is_empty() {
        return Ok(impossible(
            NO_BUNDLE,
            "the relay has no keys of any recipient's device",
        ));
    }
    for (address, identity_key, mut record) in sessions {
        let sealed = record.encrypt(message.content.as_slice(), txn.rng)?;
        let sealed = sealed.ok_or(ClientError::Internal("a usable session is gone"))?;
        save_session(txn, &address, &record)?;
        message.envelopes.push(OutboxEnvelope {
            address,
            identity_key,
            kind: sealed.kind.as_u8(),
            content: sealed.bytes,
        });
    }
    message.complete = Flag(true);
    Ok(Sealed::Complete)
}

/// Every device of the recipients by their newest signed lists, this one excepted.
// KEY-8, KEY-14, CNT-15
fn devices(
    txn: &mut Txn<'_>,
    own: &AccountRecord,
    recipients: &[UserId],
    now_ms: u64,
) -> Result<Result<Devices, Sealed>, ClientError> {
    txn.load(recipients.iter().copied().map(keys::user).collect())?;
    let mut devices = Devices::new();
    let mut unknown = Vec::new();
    let mut reachable = false;
    for user in recipients {
        if txn.asked.wants(*user, now_ms) {
            unknown.push(*user);
            continue;
        }
        if *user == own.user_id {
            devices.extend(
                listed(&account::device_list(own)?)
                    .filter(|(address, _)| address.device_id != own.device_id),
            );
            continue;
        }
        let record = contacts::load(txn, *user)?;
        if record
            .as_ref()
            .is_some_and(|record| record.candidate.is_some())
        {
            return Ok(Err(impossible(
                "key-changed",
                "the account key of a recipient changed",
            )));
        }
        match record
            .map(|record| Ok::<_, ClientError>((record.gone.0, record.list()?)))
            .transpose()?
        {
            Some((true, _)) => {}
            Some((false, Some(list))) => {
                reachable = true;
                devices.extend(listed(&list));
            }
            _ if txn.asked.user_lately(*user, now_ms) => {
                return Ok(Err(impossible(
                    "not-found",
                    "the relay does not vouch for a recipient",
                )));
            }
            _ => unknown.push(*user),
        }
    }
    if !unknown.is_empty() {
        return Ok(Err(Sealed::NeedsUsers(unknown)));
    }
    if !reachable && recipients.iter().any(|user| *user != own.user_id) {
        return Ok(Err(impossible(
            "not-found",
            "no recipient has an account any more",
        )));
    }
    Ok(Ok(devices))
}

pub(crate) fn add_bundles(
    txn: &mut Txn<'_>,
    bundles: &[(Address, Vec<u8>)],
    missing: &[Address],
    now_ms: u64,
) -> Result<(), ClientError> {
    for address in missing {
        txn.asked.note_bundle(*address, Some(NO_BUNDLE), now_ms);
    }
    let mut places = vec![keys::account(), keys::device()];
    for (address, _) in bundles {
        places.push(keys::user(address.user_id));
        places.push(keys::session(address));
        places.push(keys::repair(address));
    }
    txn.load(places)?;
    let device = account::device(txn)?;
    for (address, bytes) in bundles {
        let refused = match establish(txn, &device, (*address, bytes), now_ms) {
            Ok(()) => None,
            Err(error) if error.is_local() => return Err(error),
            Err(error) => Some(error.code()),
        };
        txn.asked.note_bundle(*address, refused, now_ms);
    }
    Ok(())
}

// KEY-10
fn establish(
    txn: &mut Txn<'_>,
    device: &account::Device,
    (address, bundle): (Address, &[u8]),
    now_ms: u64,
) -> Result<(), ClientError> {
    let list = account::list_of(txn, address.user_id)?;
    let expected = listed(&list)
        .find(|(device, _)| *device == address)
        .map(|(_, keys)| keys)
        .ok_or(ClientError::DeviceNotListed)?;
    let bundle = VerifiedBundle::verify(
        PreKeyBundle::from_bytes(bundle)?,
        &Expectations::exactly(expected.0, address),
        device.address(),
    )?;
    if bundle.certificate().identity_key() != expected.1 {
        return Err(ClientError::DeviceNotListed);
    }
    let mut record = load_session(txn, &address)?;
    if !usable(&record, &expected) || healing::wants_fresh(txn, &address)? {
        record.insert(Session::establish(device, &bundle, txn.rng)?);
        save_session(txn, &address, &record)?;
        healing::made_fresh(txn, &address, now_ms)?;
    }
    Ok(())
}

impl<S: Store, R: CryptoRng> Client<S, R> {
    /// Sets up sessions from the prekey bundles that the relay gave for an [`OutboxStep::Bundles`](super::OutboxStep::Bundles). A bundle that
    /// does not verify under the pinned account key, or is of a device not listed, is refused and its reason kept.
    ///
    /// # Errors
    /// `not-registered`; storage errors. A bad bundle is no error here: what waits for it fails.
    pub async fn add_bundles(
        &self,
        bundles: &[(Address, Vec<u8>)],
        missing: &[Address],
        now_ms: u64,
    ) -> Result<Outcome<()>, ClientError> {
        self.step(|txn| add_bundles(txn, bundles, missing, now_ms))
            .await
    }
}
