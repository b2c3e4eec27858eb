//! How the two devices come to one secret, and to a string by which people see that it is one.

use rand_core::CryptoRng;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::LinkingError;
use super::channel::Channel;
use super::code::LinkingCode;
use super::sas::{Ends, ShortString, commitment};
use super::wire::{LinkingAccept, LinkingKey, LinkingReveal};
use crate::crypto::aead::AeadKey;
use crate::crypto::dh::{SharedSecret, X25519KeyPair};
use crate::crypto::hash::hash_with_label;
use crate::crypto::kdf::hkdf_sha256;
use crate::crypto::kem::{KemPrivateSeed, KemSharedSecret};
use crate::crypto::label;
use crate::wire::{Address, Version1, Wire as _};

/// What the channel's keys are made with.
const INFO: &[u8] = b"Sealpost_DeviceLink";

/// The new device, from the code that it shows on.
pub struct NewSide {
    code: LinkingCode,
    code_key: X25519KeyPair,
    key: X25519KeyPair,
    kem: KemPrivateSeed,
    device_id: u32,
    /// What the old device has committed itself to, and what was said up to now.
    accepted: Option<([u8; 32], Vec<u8>)>,
}

impl NewSide {
    /// Draws a code, and the keys for one encounter.
    // LNK-1, KEY-3
    pub fn begin(rng: &mut dyn CryptoRng) -> Self {
        let code_key = X25519KeyPair::generate(rng);
        let mut rendezvous = [0; 16];
        rng.fill_bytes(&mut rendezvous);
        let device_id = loop {
            let id = rng.next_u32() & 0x7fff_ffff;
            if id != 0 {
                break id;
            }
        };
        Self {
            code: LinkingCode {
                version: Version1,
                rendezvous,
                key: code_key.public_key(),
            },
            code_key,
            key: X25519KeyPair::generate(rng),
            kem: KemPrivateSeed::generate(rng),
            device_id,
            accepted: None,
        }
    }

    /// The code to show.
    #[must_use]
    pub const fn code(&self) -> &LinkingCode {
        &self.code
    }

    /// The id that this device will have.
    #[must_use]
    pub const fn device_id(&self) -> u32 {
        self.device_id
    }

    /// Takes the old device's [`LinkingAccept`]; gives the [`LinkingKey`].
    ///
    /// # Errors
    /// [`LinkingError::Tampered`], also for a second one: whoever knows this device's key already could choose its own by it.
    // LNK-2
    pub fn accept(&mut self, accept: &[u8]) -> Result<Vec<u8>, LinkingError> {
        if self.accepted.is_some() {
            return Err(LinkingError::Tampered);
        }
        let commitment = LinkingAccept::from_bytes(accept)?.commitment;
        let key = LinkingKey {
            version: Version1,
            device_id: self.device_id,
            key: self.key.public_key(),
            kem_public_key: self.kem.public_key(),
        }
        .to_bytes()?;
        let said = [self.code.to_bytes()?.as_slice(), accept, &key].concat();
        self.accepted = Some((commitment, said));
        Ok(key)
    }

    /// Takes the old device's [`LinkingReveal`].
    ///
    /// # Errors
    /// [`LinkingError::Tampered`], if the key is not the one that it committed itself to.
    // LNK-2, LNK-4
    pub fn reveal(self, reveal: &[u8]) -> Result<Comparison, LinkingError> {
        let (committed, said) = self.accepted.ok_or(LinkingError::Tampered)?;
        let LinkingReveal {
            address,
            key,
            kem_ciphertext,
            ..
        } = LinkingReveal::from_bytes(reveal)?;
        let expected = commitment(&key, &self.code.to_text()?);
        if !bool::from(expected.ct_eq(&committed)) {
            return Err(LinkingError::Tampered);
        }
        let shared = self.key.private_key().agree(&key)?;
        let authentic = self.code_key.private_key().agree(&key)?;
        let (kem, _) = self.kem.decapsulate(&kem_ciphertext);
        let ends = Ends {
            user_id: address.user_id,
            new: (self.device_id, self.key.public_key()),
            old: (address.device_id, key),
            rendezvous: self.code.rendezvous,
        };
        let said = [said.as_slice(), reveal].concat();
        let (new, old) = keys(&said, &shared, &authentic, &kem);
        Ok(Comparison {
            string: ShortString::derive(&shared, &ends),
            old: address,
            new_device_id: self.device_id,
            channel: Channel::new(new, old),
        })
    }
}

/// The old device, from the code that was entered there on.
pub struct OldSide {
    code: LinkingCode,
    key: X25519KeyPair,
    address: Address,
    /// What was said up to now.
    said: Vec<u8>,
}

impl OldSide {
    /// Draws a key for the encounter; gives the [`LinkingAccept`].
    ///
    /// # Errors
    /// None in practice.
    // LNK-2
    pub fn begin(
        code: LinkingCode,
        address: Address,
        rng: &mut dyn CryptoRng,
    ) -> Result<(Self, Vec<u8>), LinkingError> {
        let key = X25519KeyPair::generate(rng);
        let accept = LinkingAccept {
            version: Version1,
            commitment: commitment(&key.public_key(), &code.to_text()?),
        }
        .to_bytes()?;
        let said = [code.to_bytes()?.as_slice(), &accept].concat();
        let begun = Self {
            code,
            key,
            address,
            said,
        };
        Ok((begun, accept))
    }

    /// Takes the new device's [`LinkingKey`]; gives the [`LinkingReveal`], and what is to be compared.
    ///
    /// # Errors
    /// [`LinkingError::Tampered`].
    // LNK-4
    pub fn key(
        self,
        key: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<(Comparison, Vec<u8>), LinkingError> {
        let theirs = LinkingKey::from_bytes(key)?;
        // KEY-3
        if !(1..=0x7fff_ffff).contains(&theirs.device_id) {
            return Err(LinkingError::Tampered);
        }
        let shared = self.key.private_key().agree(&theirs.key)?;
        let authentic = self.key.private_key().agree(&self.code.key)?;
        let (kem_ciphertext, kem) = theirs.kem_public_key.encapsulate(rng)?;
        let reveal = LinkingReveal {
            version: Version1,
            address: self.address,
            key: self.key.public_key(),
            kem_ciphertext,
        }
        .to_bytes()?;
        let ends = Ends {
            user_id: self.address.user_id,
            new: (theirs.device_id, theirs.key),
            old: (self.address.device_id, self.key.public_key()),
            rendezvous: self.code.rendezvous,
        };
        let said = [self.said.as_slice(), key, &reveal].concat();
        let (new, old) = keys(&said, &shared, &authentic, &kem);
        let comparison = Comparison {
            string: ShortString::derive(&shared, &ends),
            old: self.address,
            new_device_id: theirs.device_id,
            channel: Channel::new(old, new),
        };
        Ok((comparison, reveal))
    }
}

/// Both devices have their secret; whether it is one, people see.
pub struct Comparison {
    string: ShortString,
    old: Address,
    new_device_id: u32,
    channel: Channel,
}

impl Comparison {
    /// What to compare.
    #[must_use]
    pub const fn string(&self) -> &ShortString {
        &self.string
    }

    /// The old device, as it says.
    #[must_use]
    pub const fn old(&self) -> Address {
        self.old
    }

    /// The new device's id.
    #[must_use]
    pub const fn new_device_id(&self) -> u32 {
        self.new_device_id
    }

    /// The person says that it is the same on both.
    // LNK-4
    #[must_use]
    pub fn confirm(self) -> Channel {
        self.channel
    }
}

/// The keys of both directions, the new device's first. Whoever changes anything that was said, has other keys.
// LNK-5
fn keys(
    said: &[u8],
    shared: &SharedSecret,
    authentic: &SharedSecret,
    kem: &KemSharedSecret,
) -> (AeadKey, AeadKey) {
    let secrets =
        [shared.expose(), authentic.expose(), kem.expose()].map(|secret| secret.as_slice());
    let secrets = Zeroizing::new(secrets.concat());
    let salt = hash_with_label(label::DEVICE_LINK, said);
    let mut both = Zeroizing::new([0; 64]);
    hkdf_sha256(&salt, &secrets, INFO, &mut both);
    let (new, old) = both.split_at(32);
    let key = |half: &[u8]| AeadKey::init(|key| key.copy_from_slice(half));
    (key(new), key(old))
}
