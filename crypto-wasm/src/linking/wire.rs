//! What the two devices send each other (protocol §9).

use crate::ProtocolError;
use crate::codec;
use crate::crypto::dh::X25519PublicKey;
use crate::crypto::kem::{KemCiphertext, KemPublicKey};
use crate::crypto::sign::Ed25519PublicKey;
use crate::identity::Device;
use crate::wire::{Address, KemPreKey, SignedPreKey, Version1, Wire};

/// The old device's first message: it has its key, and does not show it yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkingAccept {
    /// 1.
    pub version: Version1,
    /// SHA-256 of the old device's key and the code.
    pub commitment: [u8; 32],
}

codec!(struct LinkingAccept { version, commitment });

/// The new device's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkingKey {
    /// 1.
    pub version: Version1,
    /// The id that the new device will have.
    pub device_id: u32,
    /// Its second ephemeral key, for this encounter.
    pub key: X25519PublicKey,
    /// Encapsulation key, so that what is recorded today stays closed to quantum computers.
    pub kem_public_key: KemPublicKey,
}

codec!(struct LinkingKey { version, device_id, key, kem_public_key });

/// The old device shows its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkingReveal {
    /// 1.
    pub version: Version1,
    /// The old device.
    pub address: Address,
    /// Its ephemeral key.
    pub key: X25519PublicKey,
    /// For the new device's encapsulation key.
    pub kem_ciphertext: KemCiphertext,
}

codec!(struct LinkingReveal { version, address, key, kem_ciphertext });

/// What the new device asks to be certified with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDevice {
    /// Its identity key.
    pub identity_key: Ed25519PublicKey,
    /// What it is to be called, UTF-8, or empty.
    pub name: String,
    /// Its first signed prekey.
    pub signed_prekey: SignedPreKey,
    /// Its first last-resort KEM prekey.
    pub kem_last_resort: KemPreKey,
}

codec!(struct NewDevice { identity_key, name, signed_prekey, kem_last_resort });

impl NewDevice {
    /// What a device says of itself; it must have drawn its prekeys.
    ///
    /// # Errors
    /// [`ProtocolError::UnknownPreKey`] if it has none.
    pub fn of(device: &Device, name: &str) -> Result<Self, ProtocolError> {
        Ok(Self {
            identity_key: device.certificate().identity_key(),
            name: name.to_owned(),
            signed_prekey: device
                .signed_prekey()?
                .ok_or(ProtocolError::UnknownPreKey)?,
            kem_last_resort: device
                .kem_last_resort()?
                .ok_or(ProtocolError::UnknownPreKey)?,
        })
    }
}

/// What goes over the channel. Parts hold secrets, so it is not printed.
#[derive(PartialEq, Eq)]
pub enum LinkingMessage {
    /// New to old: the person there has compared the string, and this is the device.
    Device(NewDevice),
    /// It is over.
    Refusal,
    /// Old to new: a part of the [`Handover`](crate::client::devices::Handover), and how many bytes are left after it.
    Part {
        /// Bytes that follow in later parts.
        left: u32,
        /// At most 32 KiB.
        bytes: zeroize::Zeroizing<Vec<u8>>,
    },
    /// New to old: everything is on the disk.
    Done,
}

codec!(enum LinkingMessage {
    Device(device) = 1,
    Refusal = 2,
    Part { left, bytes } = 3,
    Done = 4,
});

impl Wire for LinkingAccept {}
impl Wire for LinkingKey {}
impl Wire for LinkingReveal {}
impl Wire for NewDevice {}
impl Wire for LinkingMessage {}
