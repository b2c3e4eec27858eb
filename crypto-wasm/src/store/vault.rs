//! The vault: where the key that seals the records is itself kept.
//!
//! The vault key is 32 random bytes. The database holds it in slots, each wrapped in another way; opening any one of
//! them opens the vault, so a method can be added or removed without sealing a single record anew. The slot that every
//! database has is `device`: the vault key under a WebCrypto AES-GCM key that was generated as non-extractable and is
//! stored as such next to it. Scripts can use that key on this origin but never see its bytes. That stops other
//! origins, and whoever copies records without the key; it does not stop an image of the disk, since the browser keeps
//! the key's bytes somewhere in the profile.

use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AesGcmParams, AesKeyGenParams, Crypto, CryptoKey, SubtleCrypto};
use zeroize::Zeroizing;

use super::error::StoreError;
use super::idb_connection::Mode;
use super::idb_error::from_js;
use super::idb_request::{Request, Transaction};
use super::indexeddb::{IndexedDbStore, bytes, stored_revision};
use super::migrations::{REVISION_STORE, VAULT_STORE};
use super::sealed::{Sealed, VaultKey, random};
use super::traits::Revision;

const VERSION: f64 = 1.0;
const DEVICE: &str = "device";
const NONCE_LENGTH: usize = 12;
const LABEL: &str = "sealpost vault v1";

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

/// The database's vault key, made now if nothing was ever committed.
///
/// # Errors
/// [`StoreError::Locked`] if there is no `device` slot although the database is in use; [`StoreError::Corrupt`] if the
/// slot is damaged; [`StoreError::Unavailable`] without WebCrypto, which browsers withhold from insecure origins.
pub async fn vault_key(store: &IndexedDbStore) -> Result<VaultKey, StoreError> {
    let subtle = subtle()?;
    if let Some(slot) = read_slot(store).await? {
        return unwrap(&subtle, &slot).await;
    }
    // WebCrypto cannot be awaited inside a transaction, so the slot is made first and thrown away if another one got
    // there before it.
    let key = VaultKey::generate()?;
    let slot = wrap(&subtle, &key).await?;
    match insert_slot(store, &slot).await? {
        None => Ok(key),
        Some(other) => unwrap(&subtle, &other).await,
    }
}

async fn read_slot(store: &IndexedDbStore) -> Result<Option<JsValue>, StoreError> {
    slot_in(&store.transaction(&[VAULT_STORE], Mode::Read)?).await
}

async fn slot_in(transaction: &Transaction) -> Result<Option<JsValue>, StoreError> {
    let slots = transaction.object_store(VAULT_STORE)?;
    let slot = Request::sent(slots.get(&DEVICE.into()))?.answer().await?;
    Ok((!slot.is_undefined()).then_some(slot))
}

/// Adds the `device` slot to a database that has none, or returns the one that is there.
async fn insert_slot(
    store: &IndexedDbStore,
    slot: &JsValue,
) -> Result<Option<JsValue>, StoreError> {
    let transaction = store.transaction(&[VAULT_STORE, REVISION_STORE], Mode::Write)?;
    if let Some(other) = slot_in(&transaction).await? {
        return Ok(Some(other));
    }
    let slots = transaction.object_store(VAULT_STORE)?;
    // A new key would make the records that are there, and the other slots, worthless.
    let others = Request::sent(slots.count())?.answer().await?;
    if others != 0 || stored_revision(&transaction).await? > Revision(0) {
        return Err(StoreError::Locked);
    }
    slots.put_with_key(slot, &DEVICE.into()).map_err(from_js)?;
    transaction.commit().await?;
    Ok(None)
}

/// Makes a `device` slot: `{ version, method, key, nonce, wrapped }`.
async fn wrap(subtle: &SubtleCrypto, vault_key: &VaultKey) -> Result<JsValue, StoreError> {
    let usages = Array::of2(&"encrypt".into(), &"decrypt".into());
    let algorithm = AesKeyGenParams::new("AES-GCM", 256);
    let generated = subtle
        .generate_key_with_object(&algorithm, false, &usages)
        .map_err(from_js)?;
    let key: CryptoKey = JsFuture::from(generated)
        .await
        .map_err(from_js)?
        .unchecked_into();

    let mut nonce = [0; NONCE_LENGTH];
    random(&mut nonce)?;
    let plain = Uint8Array::from(vault_key.expose().as_slice());
    let encrypted = subtle.encrypt_with_object_and_js_u8_array(&parameters(&nonce), &key, &plain);
    // WebCrypto has copied its input by the time the call returns.
    plain.fill(0, 0, plain.length());
    let wrapped = JsFuture::from(encrypted.map_err(from_js)?)
        .await
        .map_err(from_js)?;

    let slot = Object::new();
    for (name, value) in [
        ("version", VERSION.into()),
        ("method", DEVICE.into()),
        ("key", key.into()),
        ("nonce", Uint8Array::from(nonce.as_slice()).into()),
        ("wrapped", Uint8Array::new(&wrapped).into()),
    ] {
        Reflect::set(&slot, &name.into(), &value).map_err(from_js)?;
    }
    Ok(slot.into())
}

async fn unwrap(subtle: &SubtleCrypto, slot: &JsValue) -> Result<VaultKey, StoreError> {
    let damaged = || StoreError::corrupt(VAULT_STORE, DEVICE.as_bytes());
    let field = |name: &str| Reflect::get(slot, &name.into()).map_err(|_| damaged());
    if field("version")?.as_f64() != Some(VERSION)
        || field("method")?.as_string().as_deref() != Some(DEVICE)
    {
        return Err(damaged());
    }
    let key: CryptoKey = field("key")?.dyn_into().map_err(|_| damaged())?;
    let nonce: [u8; NONCE_LENGTH] = bytes(&field("nonce")?)
        .and_then(|nonce| nonce.try_into().ok())
        .ok_or_else(damaged)?;
    let wrapped: Uint8Array = field("wrapped")?.dyn_into().map_err(|_| damaged())?;

    let decrypted = subtle.decrypt_with_object_and_js_u8_array(&parameters(&nonce), &key, &wrapped);
    let plain = JsFuture::from(decrypted.map_err(from_js)?)
        .await
        .map_err(|_| damaged())?;
    let plain = Uint8Array::new(&plain);
    let copy = Zeroizing::new(plain.to_vec());
    plain.fill(0, 0, plain.length());
    copy.as_slice()
        .try_into()
        .map(VaultKey::copy_from)
        .map_err(|_| damaged())
}

fn parameters(nonce: &[u8; NONCE_LENGTH]) -> Object {
    let parameters =
        AesGcmParams::new_with_u8_array("AES-GCM", &Uint8Array::from(nonce.as_slice()));
    parameters
        .set_additional_data_u8_array(&Uint8Array::from(format!("{LABEL}\0{DEVICE}").as_bytes()));
    parameters.into()
}

/// WebCrypto, which windows and workers have under the same name.
fn subtle() -> Result<SubtleCrypto, StoreError> {
    let missing = StoreError::Unavailable("there is no WebCrypto here: the origin is not secure");
    let crypto = Reflect::get(&js_sys::global(), &"crypto".into())
        .ok()
        .and_then(|it| it.dyn_into::<Crypto>().ok());
    crypto
        .map(|crypto| crypto.subtle())
        .filter(|subtle| !subtle.is_undefined())
        .ok_or(missing)
}
