//! The vault's object store. Each change is one transaction, which looks at what is there before it writes: a tab that is closed in
//! the middle leaves all as it was or all as it should be.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

use super::super::error::StoreError;
use super::super::idb_connection::Mode;
use super::super::idb_error::from_js;
use super::super::idb_request::{Request, Transaction};
use super::super::indexeddb::{IndexedDbStore, bytes, stored_revision};
use super::super::migrations::{REVISION_STORE, VAULT_STORE};
use super::super::traits::Revision;
use super::attempts::AttemptsRecord;
use super::device::DEVICE;
use super::settings::VaultSettings;
use super::slot::{PasskeySlot, PassphraseSlot};
use crate::wire::Wire;

const ATTEMPTS: &str = "attempts";
const SETTINGS: &str = "settings";

/// One transaction over the vault.
pub(super) struct Slots(Transaction);

impl Slots {
    pub(super) fn read(store: &IndexedDbStore) -> Result<Self, StoreError> {
        store.transaction(&[VAULT_STORE], Mode::Read).map(Self)
    }

    pub(super) fn write(store: &IndexedDbStore) -> Result<Self, StoreError> {
        let stores = [VAULT_STORE, REVISION_STORE];
        store.transaction(&stores, Mode::Write).map(Self)
    }

    /// Writes to disk what was put and deleted.
    pub(super) async fn commit(self) -> Result<(), StoreError> {
        self.0.commit().await
    }

    /// The names of all slots, of those too that newer software has added.
    pub(super) async fn ids(&self) -> Result<Vec<String>, StoreError> {
        let store = self.0.object_store(VAULT_STORE)?;
        let keys: Array = Request::sent(store.get_all_keys())?
            .answer()
            .await?
            .unchecked_into();
        let names = keys.iter().filter_map(|key| key.as_string());
        Ok(names
            .filter(|name| name != ATTEMPTS && name != SETTINGS)
            .collect())
    }

    pub(super) async fn device(&self) -> Result<Option<JsValue>, StoreError> {
        let slot = self.value(DEVICE).await?;
        Ok((!slot.is_undefined()).then_some(slot))
    }

    pub(super) fn put_device(&self, slot: &JsValue) -> Result<(), StoreError> {
        self.put_value(DEVICE, slot)
    }

    pub(super) async fn passphrase(&self) -> Result<Option<PassphraseSlot>, StoreError> {
        self.record(PassphraseSlot::ID).await
    }

    pub(super) async fn passkey(&self, id: &str) -> Result<Option<PasskeySlot>, StoreError> {
        self.record(id).await
    }

    pub(super) async fn attempts(&self) -> Result<AttemptsRecord, StoreError> {
        let stored = self.record(ATTEMPTS).await?;
        Ok(stored.unwrap_or(AttemptsRecord::NONE))
    }

    pub(super) fn put_attempts(&self, attempts: AttemptsRecord) -> Result<(), StoreError> {
        if attempts == AttemptsRecord::NONE {
            return self.delete(ATTEMPTS);
        }
        self.put(ATTEMPTS, &attempts)
    }

    pub(super) async fn settings(&self) -> Result<VaultSettings, StoreError> {
        let stored = self.record(SETTINGS).await?;
        Ok(stored.unwrap_or(VaultSettings::new(0)))
    }

    pub(super) fn put_settings(&self, settings: VaultSettings) -> Result<(), StoreError> {
        self.put(SETTINGS, &settings)
    }

    pub(super) fn put(&self, id: &str, record: &impl Wire) -> Result<(), StoreError> {
        let encoded = record
            .to_bytes()
            .map_err(|_| StoreError::Misuse("a slot that does not encode"))?;
        self.put_value(id, &Uint8Array::from(encoded.as_slice()))
    }

    pub(super) fn delete(&self, id: &str) -> Result<(), StoreError> {
        let store = self.0.object_store(VAULT_STORE)?;
        store.delete(&id.into()).map_err(from_js).map(drop)
    }

    /// Whether nothing was ever committed to the database.
    pub(super) async fn is_unused(&self) -> Result<bool, StoreError> {
        Ok(stored_revision(&self.0).await? == Revision(0))
    }

    fn put_value(&self, id: &str, value: &JsValue) -> Result<(), StoreError> {
        let store = self.0.object_store(VAULT_STORE)?;
        store
            .put_with_key(value, &id.into())
            .map_err(from_js)
            .map(drop)
    }

    async fn value(&self, id: &str) -> Result<JsValue, StoreError> {
        let store = self.0.object_store(VAULT_STORE)?;
        Request::sent(store.get(&id.into()))?.answer().await
    }

    async fn record<T: Wire>(&self, id: &str) -> Result<Option<T>, StoreError> {
        let value = self.value(id).await?;
        if value.is_undefined() {
            return Ok(None);
        }
        bytes(&value)
            .and_then(|bytes| T::from_bytes(&bytes).ok())
            .map(Some)
            .ok_or_else(|| StoreError::corrupt(VAULT_STORE, id.as_bytes()))
    }
}
