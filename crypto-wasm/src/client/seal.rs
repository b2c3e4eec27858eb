//! A message encrypted for every device of every recipient, in one step with the ratchets that move (protocol §4).

use std::collections::{BTreeMap, BTreeSet};

use rand_core::CryptoRng;

use super::error::ClientError;
use super::records::{AccountRecord, OutboxEnvelope, OutboxMessage};
use super::txn::Txn;
use super::views::{Failure, Outcome};
use super::{Client, account, contacts, keys};
use crate::crypto::sign::Ed25519PublicKey;
use crate::identity::{Expectations, VerifiedBundle};
use crate::session::{Session, SessionRecord};
use crate::store::{Collection, Store};
use crate::wire::{Address, DeviceList, Flag, PreKeyBundle, UserId, Wire};

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

/// Devices by their address, with the account and identity key that a session with them must be of.
type Devices = BTreeMap<Address, (Ed25519PublicKey, Ed25519PublicKey)>;

fn listed(
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
pub(super) async fn load_session<S: Store>(
    txn: &mut Txn<'_, S>,
    peer: &Address,
) -> Result<SessionRecord, ClientError> {
    match txn.get(Collection::Sessions, &keys::session(peer)).await? {
        Some(bytes) => SessionRecord::import(&bytes).map_err(|_| ClientError::Corrupt("session")),
        None => Ok(SessionRecord::new()),
    }
}

/// Whether messages can be sent on the record's current session: it is there, and with the device that the list names.
fn usable(record: &SessionRecord, expected: &(Ed25519PublicKey, Ed25519PublicKey)) -> bool {
    record.current().is_some_and(|session| {
        (session.peer().account_key, session.peer().identity_key) == *expected
    })
}

impl<S: Store, R: CryptoRng> Client<S, R> {
    /// Encrypts what is not encrypted yet, if everything that it takes is known.
    pub(super) async fn seal(
        &self,
        txn: &mut Txn<'_, S>,
        own: &AccountRecord,
        message: &mut OutboxMessage,
        now_ms: u64,
    ) -> Result<Sealed, ClientError> {
        let devices = match self.devices(txn, own, &message.recipients, now_ms).await? {
            Ok(devices) => devices,
            Err(not_yet) => return Ok(not_yet),
        };
        message
            .envelopes
            .retain(|envelope| devices.contains_key(&envelope.address));
        let any_device = !devices.is_empty();
        let mut done = BTreeSet::new();
        done.extend(message.envelopes.iter().map(|envelope| envelope.address));
        let open: Vec<_> = devices
            .into_iter()
            .filter(|(address, _)| !done.contains(address))
            .collect();
        let places: Vec<_> = open
            .iter()
            .map(|(address, _)| (Collection::Sessions, keys::session(address)))
            .collect();
        txn.load(&places).await?;
        let mut sessions = Vec::with_capacity(open.len());
        let mut missing = Vec::new();
        for (address, expected) in open {
            let record = load_session(txn, &address).await?;
            if usable(&record, &expected) {
                sessions.push((address, record));
                continue;
            }
            match self.asked.borrow().bundle_refused(&address, now_ms) {
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
        for (address, mut record) in sessions {
            let sealed = record.encrypt(message.content.as_slice(), &mut *self.rng())?;
            let sealed = sealed.ok_or(ClientError::Internal("a usable session is gone"))?;
            txn.put(
                Collection::Sessions,
                &keys::session(&address),
                record.export()?,
            );
            message.envelopes.push(OutboxEnvelope {
                address,
                kind: sealed.kind.as_u8(),
                content: sealed.bytes.into(),
            });
        }
        message.complete = Flag(true);
        Ok(Sealed::Complete)
    }

    /// Every device of the recipients by their newest signed lists, this one excepted.
    async fn devices(
        &self,
        txn: &mut Txn<'_, S>,
        own: &AccountRecord,
        recipients: &[UserId],
        now_ms: u64,
    ) -> Result<Result<Devices, Sealed>, ClientError> {
        let users: Vec<_> = recipients
            .iter()
            .map(|user| (Collection::Users, keys::user(*user)))
            .collect();
        txn.load(&users).await?;
        let mut devices = Devices::new();
        let mut unknown = Vec::new();
        let mut reachable = false;
        for user in recipients {
            if self.asked.borrow().wants(*user, now_ms) {
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
            let record = contacts::load(txn, *user).await?;
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
                .as_ref()
                .map(|record| Ok::<_, ClientError>((record.gone.0, record.list()?)))
                .transpose()?
            {
                Some((true, _)) => {}
                Some((false, Some(list))) => {
                    reachable = true;
                    devices.extend(listed(&list));
                }
                _ if self.asked.borrow().user_lately(*user, now_ms) => {
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
        for address in missing {
            self.asked
                .borrow_mut()
                .bundles
                .insert(*address, (now_ms, NO_BUNDLE));
        }
        self.step(async |txn| {
            let device = account::device(txn).await?;
            for (address, bytes) in bundles {
                match self.establish(txn, &device, *address, bytes).await {
                    Ok(()) => self.asked.borrow_mut().bundles.remove(address),
                    Err(error) if error.is_local() => return Err(error),
                    Err(error) => self
                        .asked
                        .borrow_mut()
                        .bundles
                        .insert(*address, (now_ms, error.code())),
                };
            }
            Ok(())
        })
        .await
    }

    async fn establish(
        &self,
        txn: &mut Txn<'_, S>,
        device: &account::Device,
        address: Address,
        bundle: &[u8],
    ) -> Result<(), ClientError> {
        let list = account::list_of(txn, address.user_id).await?;
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
        let mut record = load_session(txn, &address).await?;
        if !usable(&record, &expected) {
            record.insert(Session::establish(device, &bundle, &mut *self.rng())?);
            txn.put(
                Collection::Sessions,
                &keys::session(&address),
                record.export()?,
            );
        }
        Ok(())
    }
}

/// The relay has no bundle of the device.
const NO_BUNDLE: &str = "not-found";
