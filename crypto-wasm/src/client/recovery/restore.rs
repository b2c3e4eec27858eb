//! A profile without an account becomes a device of the account that a backup is of.

use zeroize::Zeroizing;

use super::records::{BackupLines, BackupRecord, RestoreRecord};
use crate::client::account;
use crate::client::devices::{DeviceChange, Entry, Handover, check_name, take_over};
use crate::client::error::ClientError;
use crate::client::records::encode;
use crate::client::txn::Txn;
use crate::client::views::Me;
use crate::identity::{Account, Device, PreKeyRequest, VerifiedDeviceList};
use crate::linking::NewDevice;
use crate::recovery::{BackupManifest, ChunkId, RecoveryError, RecoveryKeys, RecoverySecret};
use crate::wire::{Address, DeviceCertificate, DeviceList, ListedDevice, Version1, Wire};

/// A backup while it is fetched: its manifest is verified, and its chunks come in their order.
pub struct Restore {
    secret: RecoverySecret,
    keys: RecoveryKeys,
    manifest: BackupManifest,
    list: VerifiedDeviceList,
    /// What has come of each piece.
    pieces: Vec<Zeroizing<Vec<u8>>>,
    /// Chunks that have come of the piece that comes.
    chunk: usize,
}

impl Restore {
    /// Opens the manifest, and compares it with the account's device list at the relay.
    ///
    /// # Errors
    /// `backup-damaged`; `device-list-rollback` for a list older than the backup; `backup-rolled-back` for a backup older than the list,
    /// unless that is `accepted`; those of device lists.
    // REC-7, REC-9
    pub fn open(
        secret: RecoverySecret,
        manifest: &[u8],
        device_list: &[u8],
        accepted: bool,
    ) -> Result<Self, ClientError> {
        let keys = RecoveryKeys::of(&secret);
        let manifest = keys.open_manifest(manifest)?;
        let list = DeviceList::from_bytes(device_list)?;
        let list = VerifiedDeviceList::verify(list, manifest.user_id, Some(&manifest.account_key))?;
        let sequence = list.list().sequence;
        if sequence < manifest.list_sequence {
            return Err(ClientError::DeviceListRollback);
        }
        if sequence > manifest.list_sequence && !accepted {
            return Err(RecoveryError::RolledBack.into());
        }
        Ok(Self {
            secret,
            keys,
            manifest,
            list,
            pieces: Vec::new(),
            chunk: 0,
        })
    }

    /// When the backup was made, Unix milliseconds.
    #[must_use]
    pub const fn created_at_ms(&self) -> u64 {
        self.manifest.created_at_ms
    }

    /// The names of all chunks, in their order.
    pub fn chunks(&self) -> impl Iterator<Item = &ChunkId> {
        self.manifest.chunks()
    }

    /// Takes the next chunk.
    ///
    /// # Errors
    /// `backup-damaged` for another one than the next.
    // REC-5, REC-7
    pub fn add(&mut self, content: &[u8]) -> Result<(), ClientError> {
        let at = self.pieces.len() - usize::from(self.chunk > 0);
        let piece = self.manifest.pieces.get(at);
        let piece = piece.ok_or(RecoveryError::Damaged)?;
        let id = piece.chunks.get(self.chunk).ok_or(RecoveryError::Damaged)?;
        let opened = self.keys.open_chunk(id, content)?;
        if self.chunk == 0 {
            self.pieces.push(Zeroizing::default());
        }
        if let Some(piece) = self.pieces.last_mut() {
            piece.extend_from_slice(&opened);
        }
        self.chunk = (self.chunk + 1) % piece.chunks.len();
        Ok(())
    }

    /// What the chunks make, once all are there, and the account key in it.
    // REC-7
    fn handover(&self) -> Result<(Handover, Account), ClientError> {
        let damaged = || ClientError::from(RecoveryError::Damaged);
        if self.chunk > 0 || self.pieces.len() != self.manifest.pieces.len() {
            return Err(damaged());
        }
        let mut pieces = self.pieces.iter();
        let first = pieces.next().ok_or_else(damaged)?;
        let mut handover = Handover::from_bytes(first).map_err(RecoveryError::from)?;
        let seed = handover.account_seed.as_slice();
        let account = Account::from_seed(seed.try_into().map_err(|_| damaged())?);
        if account.public_key() != self.manifest.account_key {
            return Err(damaged());
        }
        for piece in pieces {
            let piece = BackupLines::from_bytes(piece).map_err(RecoveryError::from)?;
            let of = &mut handover.conversations;
            let of = of.iter_mut().find(|known| known.id == piece.conversation);
            of.ok_or_else(damaged)?.lines.extend(piece.lines);
        }
        Ok((handover, account))
    }
}

/// The device that an earlier attempt has drawn, if the relay can still take its list, or has taken it.
// REC-10
fn earlier(
    txn: &mut Txn<'_>,
    restore: &Restore,
) -> Result<Option<(Device, RestoreRecord)>, ClientError> {
    let Some(record) = RestoreRecord::find(txn)? else {
        return Ok(None);
    };
    let manifest = &restore.manifest;
    let list = DeviceList::from_bytes(&record.device_list)?;
    let key = Some(&manifest.account_key);
    let Ok(list) = VerifiedDeviceList::verify(list, manifest.user_id, key) else {
        return Ok(None);
    };
    let is_there = list.hash() == restore.list.hash();
    if !is_there && list.follows(&restore.list).is_err() {
        return Ok(None);
    }
    let device = Device::import(&record.device);
    let device = device.map_err(|_| ClientError::Corrupt("device"))?;
    Ok(Some((device, record)))
}

/// Draws the new device and signs the list with it. Both are on the disk before the relay sees them, and the same when it is done again.
// REC-10
pub(crate) fn begin(
    txn: &mut Txn<'_>,
    restore: &Restore,
    now_ms: u64,
) -> Result<DeviceChange, ClientError> {
    if account::is_registered(txn)? {
        return Err(ClientError::AlreadyRegistered);
    }
    let (handover, account) = restore.handover()?;
    let (device, record) = match earlier(txn, restore)? {
        Some(found) => found,
        None => draw(txn, restore, &handover, &account, now_ms)?,
    };
    record.save(txn)?;
    let prekeys = NewDevice::of(&device, "")?;
    Ok(DeviceChange {
        device_id: device.address().device_id,
        device_list: record.device_list,
        link: Some([
            record.certificate,
            prekeys.signed_prekey.to_bytes()?,
            prekeys.kem_last_resort.to_bytes()?,
        ]),
    })
}

// REC-10, KEY-3
fn draw(
    txn: &mut Txn<'_>,
    restore: &Restore,
    handover: &Handover,
    account: &Account,
    now_ms: u64,
) -> Result<(Device, RestoreRecord), ClientError> {
    let rng = &mut *txn.rng;
    let device_id = loop {
        let id = rng.next_u32() & 0x7fff_ffff;
        let is_taken = restore.list.device(id).is_some() || handover.has_device(id);
        if id != 0 && !is_taken {
            break id;
        }
    };
    let mut device = Device::uncertified(device_id, now_ms, rng)?;
    let request = PreKeyRequest {
        one_time: 0,
        kem: 0,
        rotate: true,
        created_at_ms: now_ms,
    };
    device.generate_prekeys(&request, rng)?;
    let identity_key = device.certificate().identity_key();
    let address = Address {
        user_id: restore.manifest.user_id,
        device_id,
    };
    let certificate = account.certify(address, identity_key, now_ms)?;
    let mut devices = restore.list.list().devices.clone();
    devices.push(ListedDevice {
        device_id,
        identity_key,
    });
    let next = account.next_device_list(&restore.list, devices, now_ms)?;
    let record = RestoreRecord {
        version: Version1,
        device: device.export()?,
        certificate: certificate.to_bytes()?,
        device_list: next.list().to_bytes()?,
    };
    Ok((device, record))
}

/// The relay has the list: everything comes in with one commit.
// REC-10
pub(crate) fn finish(
    txn: &mut Txn<'_>,
    restore: &Restore,
    salt: &[u8],
    name: &str,
    now_ms: u64,
) -> Result<Me, ClientError> {
    let name = check_name(name)?.to_owned();
    let record = RestoreRecord::find(txn)?.ok_or(ClientError::NotFound("restoring"))?;
    let (mut handover, _) = restore.handover()?;
    let device = Device::import(&record.device).map_err(|_| ClientError::Corrupt("device"))?;
    let address = Address {
        user_id: restore.manifest.user_id,
        device_id: device.address().device_id,
    };
    let next = DeviceList::from_bytes(&record.device_list)?;
    handover.certificate = DeviceCertificate::from_bytes(&record.certificate)?;
    handover.device_list = next;
    let entry = Entry::full(address.device_id, name, now_ms);
    handover.devices.push(entry);
    let me = take_over(txn, &device, address, &encode(&handover)?, now_ms)?;
    let backup = BackupRecord {
        version: Version1,
        secret: RecoverySecret::copy_from(restore.secret.expose()),
        salt: salt.to_vec(),
        history: restore.manifest.history,
        sequence: restore.manifest.sequence,
        stored: restore.manifest.sequence,
        stored_at: restore.manifest.created_at_ms,
    };
    backup.save(txn)?;
    RestoreRecord::delete(txn);
    Ok(me)
}
