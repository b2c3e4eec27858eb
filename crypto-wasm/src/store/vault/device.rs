//! The device-bound slot: the vault key under a WebCrypto AES-GCM key that was generated as non-extractable and is stored as such
//! next to it. Scripts can use that key on this origin but never see its bytes. That stops other origins, and whoever copies
//! records without the key; it does not stop an image of the disk, since the browser keeps the key's bytes somewhere in the profile.

use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AesGcmParams, AesKeyGenParams, Crypto, CryptoKey, SubtleCrypto};
use zeroize::Zeroizing;

use super::super::error::StoreError;
use super::super::idb_error::from_js;
use super::super::indexeddb::bytes;
use super::super::migrations::VAULT_STORE;
use super::super::sealed::{VaultKey, random};
use super::slot::LABEL;

const VERSION: f64 = 1.0;
/// The slot's name in the vault.
pub(super) const DEVICE: &str = "device";
const NONCE_LENGTH: usize = 12;

/// Makes a `device` slot: `{ version, method, key, nonce, wrapped }`.
pub(super) async fn wrap(vault_key: &VaultKey) -> Result<JsValue, StoreError> {
    let subtle = subtle()?;
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

/// Opens a `device` slot.
pub(super) async fn unwrap(slot: &JsValue) -> Result<VaultKey, StoreError> {
    let subtle = subtle()?;
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
