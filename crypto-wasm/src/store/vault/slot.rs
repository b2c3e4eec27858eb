//! Slots that open with a secret from outside the browser's storage: a passphrase, or what a passkey answers.

use zeroize::Zeroizing;

use super::super::error::StoreError;
use super::super::sealed::{VaultKey, random};
use crate::codec;
use crate::crypto::aead::{AeadKey, NONCE_LENGTH, TAG_LENGTH};
use crate::crypto::kdf::hkdf_sha256;
use crate::crypto::passphrase::{Cost, SALT_LENGTH, key_from_passphrase};
use crate::secret::secret;
use crate::wire::{Version1, Wire};

/// What the associated data of every wrapped vault key begins with.
pub(super) const LABEL: &str = "sealpost vault v1";
/// What a passkey's answer is bound to in the derivation.
const PASSKEY_INFO: &[u8] = b"sealpost vault passkey v1";
/// Length of a wrapped vault key.
const WRAPPED_LENGTH: usize = 32 + TAG_LENGTH;
/// Longest name of a passkey, in bytes, and longest credential id (WebAuthn §4).
const MAX_NAME: usize = 256;
const MAX_CREDENTIAL: usize = 1023;

secret!(
    /// What a passkey answers to its slot's salt (WebAuthn's extension `prf`).
    PasskeySecret, 32
);

/// The vault key under a key that a passphrase gives.
///
/// The associated data of `wrapped` are the label, `passphrase` and all that precedes the nonce.
#[derive(Clone, PartialEq, Eq)]
pub struct PassphraseSlot {
    version: Version1,
    /// When the passphrase was set, in Unix milliseconds.
    pub created_at: u64,
    memory: u32,
    passes: u32,
    lanes: u32,
    salt: [u8; SALT_LENGTH],
    nonce: [u8; NONCE_LENGTH],
    wrapped: [u8; WRAPPED_LENGTH],
}

codec!(struct PassphraseSlot { version, created_at, memory, passes, lanes, salt, nonce, wrapped });

impl Wire for PassphraseSlot {}

impl PassphraseSlot {
    /// The key under which the slot's name is in the vault.
    pub const ID: &'static str = "passphrase";

    /// Wraps the vault key under a passphrase, at this cost.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if there is neither randomness nor memory for it.
    pub fn wrap(
        key: &VaultKey,
        passphrase: &[u8],
        cost: Cost,
        created_at: u64,
    ) -> Result<Self, StoreError> {
        let mut slot = Self {
            version: Version1,
            created_at,
            memory: cost.memory,
            passes: cost.passes,
            lanes: cost.lanes,
            salt: [0; SALT_LENGTH],
            nonce: [0; NONCE_LENGTH],
            wrapped: [0; WRAPPED_LENGTH],
        };
        random(&mut slot.salt)?;
        random(&mut slot.nonce)?;
        let wrapping = key_from_passphrase(passphrase, &slot.salt, cost).map_err(no_memory)?;
        slot.wrapped = seal(&wrapping, &slot.nonce, key, &slot.associated_data()?)?;
        Ok(slot)
    }

    /// The vault key, if this is the passphrase.
    ///
    /// # Errors
    /// [`StoreError::WrongPassphrase`] if it is not; [`StoreError::Corrupt`] for a cost that nobody sets.
    pub fn unwrap(&self, passphrase: &[u8]) -> Result<VaultKey, StoreError> {
        if !self.cost().is_bearable() {
            return Err(StoreError::corrupt("vault", Self::ID.as_bytes()));
        }
        let wrapping =
            key_from_passphrase(passphrase, &self.salt, self.cost()).map_err(no_memory)?;
        open(
            &wrapping,
            &self.nonce,
            &self.wrapped,
            &self.associated_data()?,
        )
        .ok_or(StoreError::WrongPassphrase)
    }

    /// What a guess costs.
    #[must_use]
    pub const fn cost(&self) -> Cost {
        Cost {
            memory: self.memory,
            passes: self.passes,
            lanes: self.lanes,
        }
    }

    fn associated_data(&self) -> Result<Vec<u8>, StoreError> {
        associated_data(
            Self::ID,
            &[
                &self.version,
                &self.created_at,
                &self.memory,
                &self.passes,
                &self.lanes,
                &self.salt,
            ],
        )
    }
}

/// The vault key under a key that a passkey gives.
///
/// The associated data of `wrapped` are the label, `passkey` and all that precedes the nonce.
#[derive(Clone, PartialEq, Eq)]
pub struct PasskeySlot {
    version: Version1,
    /// When the passkey was added, in Unix milliseconds.
    pub created_at: u64,
    /// What the person calls it.
    pub name: String,
    /// The credential's id.
    pub credential: Vec<u8>,
    /// What the passkey is asked.
    pub salt: [u8; 32],
    nonce: [u8; NONCE_LENGTH],
    wrapped: [u8; WRAPPED_LENGTH],
}

codec!(struct PasskeySlot { version, created_at, name, credential, salt, nonce, wrapped });

impl Wire for PasskeySlot {}

impl PasskeySlot {
    /// What the names of these slots in the vault begin with.
    pub const ID_PREFIX: &'static str = "passkey-";

    /// Wraps the vault key under what the passkey `credential` answers to `salt`.
    ///
    /// # Errors
    /// [`StoreError::Misuse`] for a name or credential that is too long; [`StoreError::Unavailable`] without randomness.
    pub fn wrap(
        key: &VaultKey,
        secret: &PasskeySecret,
        (credential, salt): (&[u8], [u8; 32]),
        name: &str,
        created_at: u64,
    ) -> Result<Self, StoreError> {
        if name.len() > MAX_NAME || credential.is_empty() || credential.len() > MAX_CREDENTIAL {
            return Err(StoreError::Misuse(
                "the name or the passkey's id is too long",
            ));
        }
        let mut slot = Self {
            version: Version1,
            created_at,
            name: name.to_owned(),
            credential: credential.to_vec(),
            salt,
            nonce: [0; NONCE_LENGTH],
            wrapped: [0; WRAPPED_LENGTH],
        };
        random(&mut slot.nonce)?;
        let wrapping = slot.wrapping_key(secret);
        slot.wrapped = seal(&wrapping, &slot.nonce, key, &slot.associated_data()?)?;
        Ok(slot)
    }

    /// The vault key, if this is what the passkey answered.
    ///
    /// # Errors
    /// [`StoreError::WrongPasskey`] if it is not.
    pub fn unwrap(&self, secret: &PasskeySecret) -> Result<VaultKey, StoreError> {
        open(
            &self.wrapping_key(secret),
            &self.nonce,
            &self.wrapped,
            &self.associated_data()?,
        )
        .ok_or(StoreError::WrongPasskey)
    }

    fn wrapping_key(&self, secret: &PasskeySecret) -> AeadKey {
        AeadKey::init(|key| hkdf_sha256(&self.salt, secret.expose(), PASSKEY_INFO, key))
    }

    fn associated_data(&self) -> Result<Vec<u8>, StoreError> {
        associated_data(
            "passkey",
            &[
                &self.version,
                &self.created_at,
                &self.name,
                &self.credential,
                &self.salt,
            ],
        )
    }
}

fn associated_data(method: &str, header: &[&dyn codec::Encode]) -> Result<Vec<u8>, StoreError> {
    let header =
        codec::encode(header).map_err(|_| StoreError::Misuse("a slot that does not encode"))?;
    let label = LABEL.as_bytes();
    Ok([label, &[0], method.as_bytes(), &[0], &header].concat())
}

fn seal(
    wrapping: &AeadKey,
    nonce: &[u8; NONCE_LENGTH],
    key: &VaultKey,
    aad: &[u8],
) -> Result<[u8; WRAPPED_LENGTH], StoreError> {
    wrapping
        .seal(nonce, key.expose(), aad)
        .ok()
        .and_then(|wrapped| wrapped.try_into().ok())
        .ok_or(StoreError::Misuse("a vault key that cannot be wrapped"))
}

fn open(
    wrapping: &AeadKey,
    nonce: &[u8; NONCE_LENGTH],
    wrapped: &[u8],
    aad: &[u8],
) -> Option<VaultKey> {
    let opened = Zeroizing::new(wrapping.open(nonce, wrapped, aad).ok()?);
    opened.as_slice().try_into().ok().map(VaultKey::copy_from)
}

fn no_memory(_: crate::ProtocolError) -> StoreError {
    StoreError::Unavailable("there is not enough memory for the passphrase")
}

#[cfg(test)]
mod tests {
    use super::*;
    use zeroize::ZeroizeOnDrop;

    const CHEAP: Cost = Cost {
        memory: 64,
        passes: 1,
        lanes: 1,
    };

    fn key() -> VaultKey {
        VaultKey::copy_from(&[7; 32])
    }

    fn passkey_secret(byte: u8) -> PasskeySecret {
        PasskeySecret::copy_from(&[byte; 32])
    }

    fn passkey() -> PasskeySlot {
        let credential = (&b"credential"[..], [3; 32]);
        PasskeySlot::wrap(&key(), &passkey_secret(9), credential, "Laptop", 5).unwrap()
    }

    #[test]
    fn a_passphrase_opens_its_slot_and_no_other_does() {
        let slot = PassphraseSlot::wrap(&key(), "Grüße".as_bytes(), CHEAP, 5).unwrap();
        let stored = PassphraseSlot::from_bytes(&slot.to_bytes().unwrap()).unwrap();
        assert!(stored == slot && stored.cost() == CHEAP);
        assert!(stored.unwrap("Grüße".as_bytes()).unwrap() == key());
        for wrong in ["", "grüße", "Grüße "] {
            let error = stored.unwrap(wrong.as_bytes()).err();
            assert_eq!(error, Some(StoreError::WrongPassphrase));
        }
    }

    #[test]
    fn a_passkey_opens_its_slot_and_no_other_does() {
        let slot = passkey();
        let stored = PasskeySlot::from_bytes(&slot.to_bytes().unwrap()).unwrap();
        assert!(stored == slot && stored.name == "Laptop");
        assert!(stored.unwrap(&passkey_secret(9)).unwrap() == key());
        let error = stored.unwrap(&passkey_secret(8)).err();
        assert_eq!(error, Some(StoreError::WrongPasskey));
    }

    #[test]
    fn two_slots_of_one_passphrase_have_nothing_in_common() {
        let slot = || PassphraseSlot::wrap(&key(), b"same", CHEAP, 5).unwrap();
        let (a, b) = (slot(), slot());
        assert!(a.salt != b.salt && a.nonce != b.nonce && a.wrapped != b.wrapped);
    }

    /// A slot whose cost, name, salt or key were changed opens no more.
    #[test]
    fn a_changed_slot_does_not_open() {
        let slot = PassphraseSlot::wrap(&key(), b"same", CHEAP, 5).unwrap();
        let bytes = slot.to_bytes().unwrap();
        for index in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[index] ^= 1;
            let opened = PassphraseSlot::from_bytes(&changed)
                .ok()
                .filter(|slot| slot.cost().is_bearable())
                .and_then(|slot| slot.unwrap(b"same").ok());
            assert!(opened.is_none(), "byte {index}");
        }
        let bytes = passkey().to_bytes().unwrap();
        for index in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[index] ^= 1;
            let opened = PasskeySlot::from_bytes(&changed)
                .ok()
                .and_then(|slot| slot.unwrap(&passkey_secret(9)).ok());
            assert!(opened.is_none(), "byte {index}");
        }
    }

    #[test]
    fn a_slot_that_asks_for_all_memory_is_corrupt() {
        let mut slot = PassphraseSlot::wrap(&key(), b"same", CHEAP, 5).unwrap();
        slot.memory = u32::MAX;
        let corrupt = StoreError::corrupt("vault", b"passphrase");
        assert_eq!(slot.unwrap(b"same").err(), Some(corrupt));
    }

    #[test]
    fn long_names_and_ids_are_refused() {
        let wrap = |credential: &[u8], name: &str| {
            let secret = passkey_secret(9);
            PasskeySlot::wrap(&key(), &secret, (credential, [3; 32]), name, 5).is_ok()
        };
        assert!(wrap(&[1; MAX_CREDENTIAL], &"n".repeat(MAX_NAME)));
        assert!(!wrap(&[1; MAX_CREDENTIAL + 1], "n"));
        assert!(!wrap(&[], "n"));
        assert!(!wrap(&[1], &"n".repeat(MAX_NAME + 1)));
    }

    /// T22: neither the passphrase nor the vault key is in what is stored.
    #[test]
    fn t22_a_slot_shows_neither_the_passphrase_nor_the_vault_key() {
        let slot = PassphraseSlot::wrap(&key(), b"a canary that must not sing", CHEAP, 5).unwrap();
        let stored = slot.to_bytes().unwrap();
        assert!(!stored.windows(6).any(|window| window == b"canary"));
        assert!(!stored.windows(8).any(|window| window == [7; 8]));
    }

    /// T22: what opens a slot, and what is in it, are types that wipe themselves.
    #[test]
    fn t22_secrets_of_slots_are_wiped_on_drop() {
        const fn wiped<T: ZeroizeOnDrop>() {}
        wiped::<PasskeySecret>();
        wiped::<VaultKey>();
        wiped::<AeadKey>();
    }

    /// Slots of the first version of their format open for ever.
    #[test]
    fn a_slot_of_the_first_version_opens() {
        let slot = PassphraseSlot::from_bytes(&hex::decode(PASSPHRASE_FIXTURE).unwrap()).unwrap();
        assert!(slot.unwrap(b"correct horse battery staple").unwrap() == key());
        let slot = PasskeySlot::from_bytes(&hex::decode(PASSKEY_FIXTURE).unwrap()).unwrap();
        assert!(slot.unwrap(&passkey_secret(9)).unwrap() == key());
    }

    /// Made with Node.js and `@noble/hashes` from the format above: vault key 0x07 repeated; memory 64 KiB, one pass.
    const PASSPHRASE_FIXTURE: &str = "010000018bcfe568000000004000000001000000010101010101010101010101010101010102020202020202020202020269fda09b33ecbce2384df7eadc359525dcafddafb85f207a51686760a692b08ea068acd51b79de7f0ba9ceb3f7c0faa5";
    /// Vault key 0x07 repeated, answer 0x09 repeated, salt 0x03 repeated.
    const PASSKEY_FIXTURE: &str = "010000018bcfe56800064c6170746f700a63726564656e7469616c03030303030303030303030303030303030303030303030303030303030303030202020202020202020202027af1aad12e7c26334946c4003652b8ca6e5fc8952b2897df47bd4d5ec73e0b85fc46d8d95a61d2fceb6908661b60ed1e";
}
