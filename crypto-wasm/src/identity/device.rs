//! A device: its identity key, certificate and prekeys (§2).

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::account::{Account, UNSIGNED};
use super::certificate::{Expectations, VerifiedCertificate};
use super::prekeys::{LastResortEntry, PreKeyStore, SignedEntry, UsedPreKeys};
use crate::ProtocolError;
use crate::codec;
use crate::crypto::dh::{X25519KeyPair, X25519PrivateKey};
use crate::crypto::kem::KemPrivateSeed;
use crate::crypto::label;
use crate::crypto::sign::{Ed25519PrivateKey, Signature};
use crate::secret::SecretBytes;
use crate::wire::codec::Signed as _;
use crate::wire::{
    Address, DeviceCertificate, Flag, KemPreKey, OneTimePreKey, RelayAuth, SignedPreKey, UserId,
    Version1, Wire,
};

/// A device with all its secrets but those of its sessions.
pub struct Device {
    certificate: VerifiedCertificate,
    identity: Ed25519PrivateKey,
    prekeys: PreKeyStore,
}

/// Which prekeys to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PreKeyRequest {
    /// Number of one-time prekeys.
    pub one_time: usize,
    /// Number of one-time KEM prekeys.
    pub kem: usize,
    /// Whether to replace the signed and the last-resort prekey.
    pub rotate: bool,
    /// Unix milliseconds.
    pub created_at_ms: u64,
}

/// The public halves of new prekeys, for the relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPreKeys {
    /// If rotated.
    pub signed_prekey: Option<SignedPreKey>,
    /// If rotated.
    pub kem_last_resort: Option<KemPreKey>,
    /// As many as asked for.
    pub one_time_prekeys: Vec<OneTimePreKey>,
    /// As many as asked for.
    pub kem_prekeys: Vec<KemPreKey>,
}

/// What a device has of prekeys: times and numbers, no key.
#[cfg(feature = "link")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PreKeyStock {
    /// When the newest signed prekey was made, Unix milliseconds.
    pub signed_at: Option<u64>,
    /// The same of the KEM prekey of last resort.
    pub last_resort_at: Option<u64>,
    /// One-time prekeys whose private half is here: at the relay, or handed out by it.
    pub one_time: usize,
    /// The same of one-time KEM prekeys.
    pub kem: usize,
}

/// The stored form of a [`Device`].
struct StoredDevice {
    version: Version1,
    certificate: DeviceCertificate,
    identity_seed: SecretBytes<32>,
    prekeys: PreKeyStore,
}

codec!(struct StoredDevice { version, certificate, identity_seed, prekeys });

impl Device {
    /// What there is of prekeys.
    #[cfg(feature = "link")]
    #[must_use]
    pub fn prekey_stock(&self) -> PreKeyStock {
        let (one_time, kem) = self.prekeys.counts();
        let (signed, last) = (
            self.prekeys.newest_signed(),
            self.prekeys.newest_last_resort(),
        );
        PreKeyStock {
            signed_at: signed.map(|entry| entry.created_at_ms),
            last_resort_at: last.map(|entry| entry.created_at_ms),
            one_time,
            kem,
        }
    }

    /// Makes a device of an account, without prekeys. `created_at_ms` is in Unix milliseconds.
    ///
    /// # Errors
    /// None in practice.
    pub fn create(
        account: &Account,
        address: Address,
        created_at_ms: u64,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, ProtocolError> {
        let identity = Ed25519PrivateKey::generate(rng);
        let certificate = account.certify(address, identity.public_key(), created_at_ms)?;
        Ok(Self {
            certificate: VerifiedCertificate::trusted(certificate),
            identity,
            prekeys: PreKeyStore::default(),
        })
    }

    /// A device of an identity key that exists already, without prekeys.
    ///
    /// # Errors
    /// [`ProtocolError::BadSignature`] if the certificate does not verify or is of another identity key.
    pub fn from_identity(
        certificate: DeviceCertificate,
        identity: Ed25519PrivateKey,
    ) -> Result<Self, ProtocolError> {
        if certificate.identity_key != identity.public_key() {
            return Err(ProtocolError::BadSignature);
        }
        Ok(Self {
            certificate: VerifiedCertificate::verify(certificate, &Expectations::default())?,
            identity,
            prekeys: PreKeyStore::default(),
        })
    }

    /// A device that is of no account yet: key and prekeys are there before anybody certifies it. Its certificate is one of an account that
    /// nobody holds, until [`certified`](Self::certified).
    ///
    /// # Errors
    /// None in practice.
    // LNK-6
    pub fn uncertified(
        device_id: u32,
        created_at_ms: u64,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, ProtocolError> {
        let address = Address {
            user_id: UserId::from_bytes([0; 16]),
            device_id,
        };
        Self::create(&Account::generate(rng), address, created_at_ms, rng)
    }

    /// The same device with a certificate of the account that it is linked to.
    ///
    /// # Errors
    /// [`ProtocolError::BadSignature`] if the certificate is of another identity key, [`ProtocolError::AddressMismatch`] if of another id.
    // LNK-6
    pub fn certified(&self, certificate: VerifiedCertificate) -> Result<Self, ProtocolError> {
        if certificate.identity_key() != self.identity.public_key() {
            return Err(ProtocolError::BadSignature);
        }
        if certificate.address().device_id != self.address().device_id {
            return Err(ProtocolError::AddressMismatch);
        }
        let mut device = Self::import(&self.export()?)?;
        device.certificate = certificate;
        Ok(device)
    }

    /// The device's certificate.
    #[must_use]
    pub const fn certificate(&self) -> &VerifiedCertificate {
        &self.certificate
    }

    /// The device's address.
    #[must_use]
    pub const fn address(&self) -> Address {
        self.certificate.address()
    }

    pub(crate) const fn identity(&self) -> &Ed25519PrivateKey {
        &self.identity
    }

    pub(crate) const fn prekeys(&self) -> &PreKeyStore {
        &self.prekeys
    }

    pub(crate) fn consume(&mut self, used: &UsedPreKeys) {
        self.prekeys.consume(used);
    }

    /// Numbers of one-time prekeys and one-time KEM prekeys that were not used yet.
    #[must_use]
    pub fn one_time_counts(&self) -> (usize, usize) {
        self.prekeys.one_time_counts()
    }

    /// Makes prekeys and keeps their private halves.
    ///
    /// # Errors
    /// None in practice.
    pub fn generate_prekeys(
        &mut self,
        request: &PreKeyRequest,
        rng: &mut dyn CryptoRng,
    ) -> Result<NewPreKeys, ProtocolError> {
        let created_at_ms = request.created_at_ms;
        if request.rotate {
            let id = self.prekeys.new_signed_id(rng);
            self.prekeys
                .add_signed(id, created_at_ms, X25519KeyPair::generate(rng))?;
            let id = self.prekeys.new_kem_id(rng);
            let seed = KemPrivateSeed::generate(rng);
            self.prekeys.add_last_resort(id, created_at_ms, seed)?;
        }
        let mut one_time_prekeys = Vec::with_capacity(request.one_time);
        for _ in 0..request.one_time {
            let id = self.prekeys.new_one_time_id(rng);
            let key = X25519PrivateKey::generate(rng);
            one_time_prekeys.push(OneTimePreKey {
                id,
                public_key: key.public_key(),
            });
            self.prekeys.add_one_time(id, key)?;
        }
        let mut kem_prekeys = Vec::with_capacity(request.kem);
        for _ in 0..request.kem {
            let id = self.prekeys.new_kem_id(rng);
            let seed = KemPrivateSeed::generate(rng);
            kem_prekeys.push(self.sign_kem_prekey(id, created_at_ms, false, &seed)?);
            self.prekeys.add_kem(id, seed)?;
        }
        let rotated = request.rotate;
        Ok(NewPreKeys {
            signed_prekey: if rotated { self.signed_prekey()? } else { None },
            kem_last_resort: if rotated {
                self.kem_last_resort()?
            } else {
                None
            },
            one_time_prekeys,
            kem_prekeys,
        })
    }

    /// The newest signed prekey; Ed25519 is deterministic, so it is the one first made, byte for byte.
    ///
    /// # Errors
    /// None in practice.
    pub fn signed_prekey(&self) -> Result<Option<SignedPreKey>, ProtocolError> {
        self.prekeys
            .newest_signed()
            .map(|entry| self.sign_prekey(entry))
            .transpose()
    }

    /// The newest last-resort KEM prekey.
    ///
    /// # Errors
    /// None in practice.
    pub fn kem_last_resort(&self) -> Result<Option<KemPreKey>, ProtocolError> {
        let sign = |entry: &LastResortEntry| {
            self.sign_kem_prekey(entry.id, entry.created_at_ms, true, &entry.seed)
        };
        self.prekeys.newest_last_resort().map(sign).transpose()
    }

    /// Deletes signed and last-resort prekeys whose replacement was made more than 30 days before `now_ms`, and the
    /// memory of base keys of such signed prekeys.
    pub fn expire_prekeys(&mut self, now_ms: u64) {
        self.prekeys.expire(now_ms);
    }

    /// Adds a signed prekey made elsewhere; it replaces the newest one.
    ///
    /// # Errors
    /// [`ProtocolError::Decode`] if the id is taken.
    pub fn add_signed_prekey(
        &mut self,
        id: u32,
        created_at_ms: u64,
        private: X25519PrivateKey,
    ) -> Result<(), ProtocolError> {
        self.prekeys
            .add_signed(id, created_at_ms, X25519KeyPair::from_private(private))
    }

    /// Adds a one-time prekey made elsewhere.
    ///
    /// # Errors
    /// [`ProtocolError::Decode`] if the id is taken.
    pub fn add_one_time_prekey(
        &mut self,
        id: u32,
        private: X25519PrivateKey,
    ) -> Result<(), ProtocolError> {
        self.prekeys.add_one_time(id, private)
    }

    /// Adds a one-time KEM prekey made elsewhere.
    ///
    /// # Errors
    /// [`ProtocolError::Decode`] if the id is taken.
    pub fn add_kem_prekey(&mut self, id: u32, seed: KemPrivateSeed) -> Result<(), ProtocolError> {
        self.prekeys.add_kem(id, seed)
    }

    /// Adds a last-resort KEM prekey made elsewhere; it replaces the newest one.
    ///
    /// # Errors
    /// [`ProtocolError::Decode`] if the id is taken.
    pub fn add_kem_last_resort(
        &mut self,
        id: u32,
        created_at_ms: u64,
        seed: KemPrivateSeed,
    ) -> Result<(), ProtocolError> {
        self.prekeys.add_last_resort(id, created_at_ms, seed)
    }

    /// Signs a login proof (relay API).
    ///
    /// # Errors
    /// [`ProtocolError::AddressMismatch`] if the proof is of another device.
    pub fn prove_login(&self, proof: &RelayAuth) -> Result<Signature, ProtocolError> {
        if proof.address != self.address() {
            return Err(ProtocolError::AddressMismatch);
        }
        // KEY-1
        Ok(self.identity.sign(label::RELAY_AUTH, &proof.to_bytes()?))
    }

    /// The whole state, secrets included. Equal states give equal bytes.
    ///
    /// # Errors
    /// [`ProtocolError::Decode`] if the state does not fit an encoding (1 GiB).
    // API-4
    pub fn export(&self) -> Result<Zeroizing<Vec<u8>>, ProtocolError> {
        // Fields are written one by one because the stored form owns its secrets and secrets are not copied.
        codec::encode(&[
            &Version1,
            self.certificate.certificate(),
            self.identity.seed(),
            &self.prekeys,
        ])
        .map(Zeroizing::new)
    }

    /// Restores an exported state. Altered key bytes are not detected.
    ///
    /// # Errors
    /// [`ProtocolError::Decode`] for anything but a strict encoding.
    // API-4
    pub fn import(bytes: &[u8]) -> Result<Self, ProtocolError> {
        let stored = codec::decode::<StoredDevice>(bytes)?;
        stored.prekeys.check()?;
        Ok(Self {
            certificate: VerifiedCertificate::trusted(stored.certificate),
            identity: Ed25519PrivateKey::from_seed(stored.identity_seed.expose()),
            prekeys: stored.prekeys,
        })
    }

    fn sign_prekey(&self, entry: &SignedEntry) -> Result<SignedPreKey, ProtocolError> {
        let mut prekey = SignedPreKey {
            id: entry.id,
            created_at_ms: entry.created_at_ms,
            public_key: entry.key.public_key(),
            signature: UNSIGNED,
        };
        prekey.signature = self
            .identity
            .sign(label::SIGNED_PREKEY, &prekey.signed_bytes()?);
        Ok(prekey)
    }

    fn sign_kem_prekey(
        &self,
        id: u32,
        created_at_ms: u64,
        last_resort: bool,
        seed: &KemPrivateSeed,
    ) -> Result<KemPreKey, ProtocolError> {
        let mut prekey = KemPreKey {
            id,
            created_at_ms,
            last_resort: Flag(last_resort),
            public_key: seed.public_key(),
            signature: UNSIGNED,
        };
        prekey.signature = self
            .identity
            .sign(label::KEM_PREKEY, &prekey.signed_bytes()?);
        Ok(prekey)
    }
}
