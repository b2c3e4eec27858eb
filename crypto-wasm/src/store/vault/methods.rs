//! What can be done with a vault: opening it, and adding and removing ways to do so.

use primitives::scrub::scrubbed;
use wasm_bindgen::JsValue;

use super::super::error::StoreError;
use super::super::indexeddb::IndexedDbStore;
use super::super::sealed::{Sealed, VaultKey, random};
use super::device::{self, DEVICE};
use super::settings::VaultSettings;
use super::slot::{PasskeySecret, PasskeySlot, PassphraseSlot};
use super::slots::Slots;
use crate::crypto::passphrase::Cost;

/// Opens the database `name` and its vault, creating both where they are missing. What goes through the returned store
/// is sealed. Any number of tabs and workers may do this at once; all get the same key.
///
/// # Errors
/// Those of [`IndexedDbStore::open`] and [`vault_key`].
pub async fn open_sealed(name: &str) -> Result<Sealed<IndexedDbStore>, StoreError> {
    let store = IndexedDbStore::open(name).await?;
    let key = vault_key(&store).await?;
    Ok(Sealed::new(store, key))
}

/// The database's vault key by the device-bound slot, made now if nothing was ever committed.
///
/// # Errors
/// [`StoreError::Locked`] if there is no `device` slot although the database is in use; [`StoreError::Corrupt`] if the
/// slot is damaged; [`StoreError::Unavailable`] without WebCrypto, which browsers withhold from insecure origins.
pub async fn vault_key(store: &IndexedDbStore) -> Result<VaultKey, StoreError> {
    if let Some(slot) = Slots::read(store)?.device().await? {
        return device::unwrap(&slot).await;
    }
    // WebCrypto cannot be awaited inside a transaction, so the slot is made first and thrown away if another one got
    // there before it.
    let key = VaultKey::generate()?;
    let slot = device::wrap(&key).await?;
    let slots = Slots::write(store)?;
    if let Some(other) = slots.device().await? {
        drop(slots);
        return device::unwrap(&other).await;
    }
    // A new key would make the records that are there, and the other slots, worthless.
    if !slots.ids().await?.is_empty() || !slots.is_unused().await? {
        return Err(StoreError::Locked);
    }
    slots.put_device(&slot)?;
    slots.commit().await?;
    Ok(key)
}

/// A way to open the vault.
pub struct Method {
    /// Its slot's name.
    pub id: String,
    /// What it takes.
    pub kind: MethodKind,
}

/// What opening a slot takes.
pub enum MethodKind {
    /// This browser profile, and nothing of the person.
    Device,
    /// A passphrase.
    Passphrase {
        /// When it was set, in Unix milliseconds.
        created_at: u64,
    },
    /// A passkey.
    Passkey {
        /// When it was added, in Unix milliseconds.
        created_at: u64,
        /// What the person calls it.
        name: String,
        /// The credential's id.
        credential: Vec<u8>,
        /// What it is to be asked.
        salt: [u8; 32],
    },
}

/// What may be known of a vault while it is locked.
pub struct VaultState {
    /// The ways to open it.
    pub methods: Vec<Method>,
    /// From when on the next passphrase may be tried, if not at once.
    pub retry_at: Option<u64>,
    /// After how many idle minutes the profile locks itself; 0 is never.
    pub lock_after: u32,
}

/// The vault of one database. It holds no key.
#[derive(Clone)]
pub struct Vault {
    store: IndexedDbStore,
}

impl Vault {
    /// The vault of this database.
    #[must_use]
    pub const fn new(store: IndexedDbStore) -> Self {
        Self { store }
    }

    /// The database.
    #[must_use]
    pub const fn store(&self) -> &IndexedDbStore {
        &self.store
    }

    /// Whether there is a method that the person has to do something for.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn asks_somebody(&self) -> Result<bool, StoreError> {
        let ids = Slots::read(&self.store)?.ids().await?;
        Ok(ids.iter().any(|id| id != DEVICE && is_known(id)))
    }

    /// The methods, and what else is known without a key. Slots that this software does not know are left out.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] for a damaged slot, and those of the storage itself.
    pub async fn state(&self, now: u64) -> Result<VaultState, StoreError> {
        let slots = Slots::read(&self.store)?;
        let mut methods = Vec::new();
        for id in slots.ids().await? {
            if let Some(kind) = kind_of(&slots, &id).await? {
                methods.push(Method { id, kind });
            }
        }
        Ok(VaultState {
            methods,
            retry_at: slots.attempts().await?.retry_at(now),
            lock_after: slots.settings().await?.lock_after,
        })
    }

    /// Opens the vault with a passphrase. The try is counted before it is made, in the transaction that looks whether it may be made:
    /// so it counts also if the tab is closed meanwhile, and no two tabs try at once. A slot from a time when less was asked of
    /// Argon2id is wrapped anew.
    ///
    /// # Errors
    /// [`StoreError::WrongPassphrase`]; [`StoreError::UnlockDelayed`] after several of those; [`StoreError::Locked`] if there is
    /// no passphrase.
    pub async fn unlock_with_passphrase(
        &self,
        passphrase: &[u8],
        now: u64,
    ) -> Result<VaultKey, StoreError> {
        self.unlock_at_cost(passphrase, now, Cost::DEFAULT).await
    }

    /// The same, with what is asked of Argon2id nowadays.
    ///
    /// # Errors
    /// Those of [`Self::unlock_with_passphrase`].
    #[doc(hidden)]
    pub async fn unlock_at_cost(
        &self,
        passphrase: &[u8],
        now: u64,
        cost: Cost,
    ) -> Result<VaultKey, StoreError> {
        let slots = Slots::write(&self.store)?;
        let slot = slots.passphrase().await?.ok_or(StoreError::Locked)?;
        let attempts = slots.attempts().await?;
        if attempts.retry_at(now).is_some() {
            return Err(StoreError::UnlockDelayed);
        }
        slots.put_attempts(attempts.with_one_more(now))?;
        slots.commit().await?;

        let key = scrubbed(|| slot.unwrap(passphrase))?;
        let stronger = if slot.cost().is_below(cost) {
            Some(scrubbed(|| {
                PassphraseSlot::wrap(&key, passphrase, cost, slot.created_at)
            })?)
        } else {
            None
        };

        let slots = Slots::write(&self.store)?;
        slots.put_attempts(super::AttemptsRecord::NONE)?;
        if let Some(stronger) = stronger
            && slots
                .passphrase()
                .await?
                .is_some_and(|stored| stored == slot)
        {
            slots.put(PassphraseSlot::ID, &stronger)?;
        }
        slots.commit().await?;
        Ok(key)
    }

    /// Opens the vault with what a passkey answered.
    ///
    /// # Errors
    /// [`StoreError::WrongPasskey`]; [`StoreError::Locked`] if there is no such slot.
    pub async fn unlock_with_passkey(
        &self,
        id: &str,
        secret: &PasskeySecret,
    ) -> Result<VaultKey, StoreError> {
        if !id.starts_with(PasskeySlot::ID_PREFIX) {
            return Err(StoreError::Locked);
        }
        let slot = Slots::read(&self.store)?.passkey(id).await?;
        let slot = slot.ok_or(StoreError::Locked)?;
        scrubbed(|| slot.unwrap(secret))
    }

    /// Sets the passphrase, or replaces it.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn set_passphrase(
        &self,
        key: &VaultKey,
        passphrase: &[u8],
        now: u64,
    ) -> Result<(), StoreError> {
        self.set_passphrase_at_cost(key, passphrase, now, Cost::DEFAULT)
            .await
    }

    /// The same at another cost.
    ///
    /// # Errors
    /// Those of the storage.
    #[doc(hidden)]
    pub async fn set_passphrase_at_cost(
        &self,
        key: &VaultKey,
        passphrase: &[u8],
        now: u64,
        cost: Cost,
    ) -> Result<(), StoreError> {
        let slot = scrubbed(|| PassphraseSlot::wrap(key, passphrase, cost, now))?;
        let slots = Slots::write(&self.store)?;
        slots.put(PassphraseSlot::ID, &slot)?;
        slots.put_attempts(super::AttemptsRecord::NONE)?;
        slots.commit().await
    }

    /// Adds a passkey, which is asked `salt` and answered `secret`.
    ///
    /// # Errors
    /// Those of [`PasskeySlot::wrap`] and of the storage.
    pub async fn add_passkey(
        &self,
        key: &VaultKey,
        secret: &PasskeySecret,
        asked: (&[u8], [u8; 32]),
        name: &str,
        now: u64,
    ) -> Result<(), StoreError> {
        let slot = PasskeySlot::wrap(key, secret, asked, name, now)?;
        let mut id = [0; 8];
        random(&mut id)?;
        let id = u64::from_be_bytes(id);
        let slots = Slots::write(&self.store)?;
        slots.put(&format!("{}{id:016x}", PasskeySlot::ID_PREFIX), &slot)?;
        slots.commit().await
    }

    /// Makes the device-bound slot again, so that the profile opens by itself.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn add_device(&self, key: &VaultKey) -> Result<(), StoreError> {
        let slot = device::wrap(key).await?;
        let slots = Slots::write(&self.store)?;
        slots.put_device(&slot)?;
        slots.commit().await
    }

    /// Removes a method. Nothing happens if it is gone already.
    ///
    /// # Errors
    /// [`StoreError::LastMethod`] if no other method that this software knows would be left.
    pub async fn remove(&self, id: &str) -> Result<(), StoreError> {
        let slots = Slots::write(&self.store)?;
        let ids = slots.ids().await?;
        if !ids.iter().any(|known| known == id) {
            return Ok(());
        }
        if !ids.iter().any(|other| other != id && is_known(other)) {
            return Err(StoreError::LastMethod);
        }
        slots.delete(id)?;
        slots.commit().await
    }

    /// Sets after how many idle minutes the profile locks itself; 0 is never.
    ///
    /// # Errors
    /// [`StoreError::Misuse`] for more than a day.
    pub async fn set_lock_after(&self, minutes: u32) -> Result<(), StoreError> {
        if minutes > VaultSettings::MAX_LOCK_AFTER {
            return Err(StoreError::Misuse("a profile locks within a day, or never"));
        }
        let slots = Slots::write(&self.store)?;
        slots.put_settings(VaultSettings::new(minutes))?;
        slots.commit().await
    }

    /// The vault key, wrapped for another engine in this worker: by the form of the device-bound slot, which is stored nowhere.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] without WebCrypto.
    pub async fn hand_over(key: &VaultKey) -> Result<JsValue, StoreError> {
        device::wrap(key).await
    }

    /// The vault key that [`Self::hand_over`] wrapped.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if it is anything else.
    pub async fn take_over(handed: &JsValue) -> Result<VaultKey, StoreError> {
        device::unwrap(handed).await
    }
}

fn is_known(id: &str) -> bool {
    id == DEVICE || id == PassphraseSlot::ID || id.starts_with(PasskeySlot::ID_PREFIX)
}

async fn kind_of(slots: &Slots, id: &str) -> Result<Option<MethodKind>, StoreError> {
    Ok(if id == DEVICE {
        Some(MethodKind::Device)
    } else if id == PassphraseSlot::ID {
        let slot = slots.passphrase().await?;
        slot.map(|slot| MethodKind::Passphrase {
            created_at: slot.created_at,
        })
    } else if id.starts_with(PasskeySlot::ID_PREFIX) {
        let slot = slots.passkey(id).await?;
        slot.map(|slot| MethodKind::Passkey {
            created_at: slot.created_at,
            name: slot.name,
            credential: slot.credential,
            salt: slot.salt,
        })
    } else {
        None
    })
}
