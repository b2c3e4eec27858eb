//! This profile's own account and device: registration, login (protocol §2).

use rand_core::CryptoRng;

use super::error::ClientError;
use super::ids::new_id;
use super::prekeys::{self, PreKeys};
use super::records::AccountRecord;
use super::txn::Txn;
use super::views::{Me, Outcome};
use super::{Client, contacts, inbox, keys, outbox};
use crate::identity::Account;
pub(super) use crate::identity::Device;
use crate::store::Store;
use crate::wire::{Address, DeviceList, Flag, ListedDevice, RelayAuth, UserId, Version1, Wire};

/// What `POST /api/users` takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The user id that this client made.
    pub id: UserId,
    /// The username that the person wants.
    pub username: String,
    /// Encoded first DeviceList.
    pub device_list: Vec<u8>,
    /// Encoded DeviceCertificate.
    pub certificate: Vec<u8>,
    /// Public prekeys.
    pub prekeys: PreKeys,
}

/// How far this profile has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The account, once the relay has confirmed it.
    pub me: Option<Me>,
    /// A registration whose outcome is not known: to be repeated with the same bytes.
    pub registration: Option<Registration>,
    /// The highest mailbox seq that is stored here.
    pub cursor: u64,
    /// Outbox entries that wait.
    pub pending: usize,
}

impl AccountRecord {
    /// This device.
    pub(super) const fn address(&self) -> Address {
        Address {
            user_id: self.user_id,
            device_id: self.device_id,
        }
    }

    pub(super) fn me(&self) -> Me {
        Me {
            user_id: self.user_id,
            username: self.username.clone(),
            device_id: self.device_id,
        }
    }
}

fn stored(txn: &mut Txn<'_>) -> Result<Option<AccountRecord>, ClientError> {
    txn.record(keys::account())
}

/// The registered account.
pub(super) fn load(txn: &mut Txn<'_>) -> Result<AccountRecord, ClientError> {
    stored(txn)?
        .filter(|account| account.registered.0)
        .ok_or(ClientError::NotRegistered)
}

pub(super) fn save(txn: &mut Txn<'_>, record: &AccountRecord) -> Result<(), ClientError> {
    txn.save(keys::account(), record)
}

/// Whether this profile is a device of an account.
#[cfg(feature = "link")]
pub(super) fn is_registered(txn: &mut Txn<'_>) -> Result<bool, ClientError> {
    Ok(stored(txn)?.is_some_and(|account| account.registered.0))
}

/// The own user id, registered or not.
pub(super) fn own_id(txn: &mut Txn<'_>) -> Result<Option<UserId>, ClientError> {
    Ok(stored(txn)?.map(|account| account.user_id))
}

/// The device with its private keys.
pub(super) fn device(txn: &mut Txn<'_>) -> Result<Device, ClientError> {
    let bytes = txn.get(keys::device())?.ok_or(ClientError::NotRegistered)?;
    Device::import(&bytes).map_err(|_| ClientError::Corrupt("device"))
}

pub(super) fn save_device(txn: &mut Txn<'_>, device: &Device) -> Result<(), ClientError> {
    txn.put(keys::device(), device.export()?);
    Ok(())
}

/// The newest own device list.
pub(super) fn device_list(own: &AccountRecord) -> Result<DeviceList, ClientError> {
    DeviceList::from_bytes(own.device_list.as_slice())
        .map_err(|_| ClientError::Corrupt("DeviceList"))
}

/// The newest device list of a user under their pinned key, the own one included.
pub(super) fn list_of(txn: &mut Txn<'_>, user: UserId) -> Result<DeviceList, ClientError> {
    let own = load(txn)?;
    if own.user_id == user {
        return device_list(&own);
    }
    let record = contacts::load(txn, user)?.ok_or(ClientError::NotFound("contact"))?;
    record.list()?.ok_or(ClientError::DeviceNotListed)
}

/// Makes an account with its first device and everything that a registration shows of it.
// KEY-3
fn create(txn: &mut Txn<'_>, username: &str, now_ms: u64) -> Result<AccountRecord, ClientError> {
    let rng = &mut *txn.rng;
    let account = Account::generate(rng);
    let user_id = new_id(now_ms, rng);
    let device_id = loop {
        let id = rng.next_u32() & 0x7fff_ffff;
        if id != 0 {
            break id;
        }
    };
    let mut device = Device::create(&account, Address { user_id, device_id }, now_ms, rng)?;
    let listed = ListedDevice {
        device_id,
        identity_key: device.certificate().identity_key(),
    };
    let list = account.first_device_list(user_id, vec![listed], now_ms)?;
    prekeys::generate(txn, &mut device, prekeys::FULL, prekeys::FULL, true, now_ms)?;
    save_device(txn, &device)?;
    let record = AccountRecord {
        version: Version1,
        user_id,
        device_id,
        username: username.to_owned(),
        registered: Flag(false),
        account_key: account.public_key(),
        account_seed: account.seed().to_vec().into(),
        device_list: list.list().to_bytes()?,
    };
    save(txn, &record)?;
    Ok(record)
}

fn registration(txn: &mut Txn<'_>, record: &AccountRecord) -> Result<Registration, ClientError> {
    Ok(Registration {
        id: record.user_id,
        username: record.username.clone(),
        device_list: record.device_list.as_slice().to_vec(),
        certificate: device(txn)?.certificate().certificate().to_bytes()?,
        prekeys: prekeys::waiting(txn)?.ok_or(ClientError::Corrupt("prekeys"))?,
    })
}

pub(crate) fn status(txn: &mut Txn<'_>) -> Result<Status, ClientError> {
    let (me, registration) = match stored(txn)? {
        Some(record) if record.registered.0 => (Some(record.me()), None),
        Some(record) => (None, Some(registration(txn, &record)?)),
        None => (None, None),
    };
    Ok(Status {
        me,
        registration,
        cursor: inbox::cursor(txn)?,
        pending: outbox::pending(txn)?,
    })
}

pub(crate) fn begin_registration(
    txn: &mut Txn<'_>,
    username: &str,
    now_ms: u64,
) -> Result<Registration, ClientError> {
    check_username(username)?;
    let record = match stored(txn)? {
        Some(record) if record.registered.0 => return Err(ClientError::AlreadyRegistered),
        Some(mut record) => {
            username.clone_into(&mut record.username);
            save(txn, &record)?;
            record
        }
        None => create(txn, username, now_ms)?,
    };
    registration(txn, &record)
}

pub(crate) fn registration_accepted(txn: &mut Txn<'_>) -> Result<Me, ClientError> {
    let mut record = stored(txn)?.ok_or(ClientError::NotRegistered)?;
    if !record.registered.0 {
        record.registered = Flag(true);
        save(txn, &record)?;
        prekeys::uploaded(txn)?;
    }
    Ok(record.me())
}

pub(crate) fn sign_login(
    txn: &mut Txn<'_>,
    origin: &str,
    challenge: [u8; 32],
    expires_at_ms: u64,
) -> Result<Vec<u8>, ClientError> {
    let own = load(txn)?;
    let proof = RelayAuth {
        origin: origin.as_bytes().to_vec(),
        challenge,
        address: own.address(),
        expires_at_ms,
    };
    Ok(device(txn)?.prove_login(&proof)?.as_bytes().to_vec())
}

impl<S: Store, R: CryptoRng> Client<S, R> {
    /// What there is.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn status(&self) -> Result<Status, ClientError> {
        self.ask(status).await
    }

    /// Makes account, device and prekeys, or gives the ones of a pending registration another username, and stores them. Safe to repeat: the
    /// keys and ids stay.
    ///
    /// # Errors
    /// `already-registered`; `invalid-argument` for a username outside 2 to 32 of `a-z 0-9 . _ -`, beginning with a letter or digit.
    pub async fn begin_registration(
        &self,
        username: &str,
        now_ms: u64,
    ) -> Result<Outcome<Registration>, ClientError> {
        self.step(|txn| begin_registration(txn, username, now_ms))
            .await
    }

    /// The relay has the registration.
    ///
    /// # Errors
    /// `not-registered` if none was begun.
    pub async fn registration_accepted(&self) -> Result<Outcome<Me>, ClientError> {
        self.step(registration_accepted).await
    }

    /// The signature that logs this device in at a relay (relay API, "Registration and login").
    ///
    /// # Errors
    /// `not-registered`.
    pub async fn sign_login(
        &self,
        origin: &str,
        challenge: [u8; 32],
        expires_at_ms: u64,
    ) -> Result<Vec<u8>, ClientError> {
        self.ask(|txn| sign_login(txn, origin, challenge, expires_at_ms))
            .await
    }
}

fn check_username(username: &str) -> Result<(), ClientError> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let good = (2..=32).contains(&username.len())
        && username.starts_with(plain)
        && username
            .chars()
            .all(|c| plain(c) || matches!(c, '.' | '_' | '-'));
    if good {
        Ok(())
    } else {
        Err(ClientError::InvalidArgument("username"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames() {
        for good in [
            "ab",
            "a1",
            "0x",
            "a.b_c-d",
            "abcdefghijklmnopqrstuvwxyz012345",
        ] {
            assert!(check_username(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "a",
            "Ab",
            "-ab",
            ".ab",
            "a b",
            "ä1",
            "abcdefghijklmnopqrstuvwxyz0123456",
        ] {
            assert!(check_username(bad).is_err(), "{bad}");
        }
    }
}
