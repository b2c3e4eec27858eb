//! A database as any script of its origin sees it.

use indexed_db_futures::database::Database;
use indexed_db_futures::prelude::*;
use indexed_db_futures::transaction::TransactionMode;
use js_sys::{ArrayBuffer, Object, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

/// The database as any script of this origin sees it.
pub(crate) async fn raw(name: &str) -> Database {
    Database::open(name).build().unwrap().await.unwrap()
}

pub(crate) async fn put_raw(name: &str, store: &str, key: &JsValue, value: &JsValue) {
    let database = raw(name).await;
    let transaction = database
        .transaction(store)
        .with_mode(TransactionMode::Readwrite)
        .build()
        .unwrap();
    let object_store = transaction.object_store(store).unwrap();
    object_store
        .put(value.clone())
        .with_key(key.clone())
        .without_key_type()
        .primitive()
        .unwrap()
        .await
        .unwrap();
    drop(object_store);
    transaction.commit().await.unwrap();
    database.close();
}

pub(crate) async fn delete_raw(name: &str, store: &str, key: &str) {
    let database = raw(name).await;
    let transaction = database
        .transaction(store)
        .with_mode(TransactionMode::Readwrite)
        .build()
        .unwrap();
    let object_store = transaction.object_store(store).unwrap();
    object_store.delete(key).primitive().unwrap().await.unwrap();
    drop(object_store);
    transaction.commit().await.unwrap();
    database.close();
}

pub(crate) async fn device_slot(name: &str) -> JsValue {
    let database = raw(name).await;
    let transaction = database.transaction("vault").build().unwrap();
    let slots = transaction.object_store("vault").unwrap();
    let slot = slots
        .get::<JsValue, _, _>("device")
        .primitive()
        .unwrap()
        .await
        .unwrap()
        .unwrap();
    drop(slots);
    drop(transaction);
    database.close();
    slot
}

/// Every byte that can be read in every object store, keys and values, one after another.
pub(crate) async fn dump(name: &str) -> Vec<u8> {
    let database = raw(name).await;
    let mut out = Vec::new();
    for store in database.object_store_names() {
        let transaction = database.transaction(store.as_str()).build().unwrap();
        let object_store = transaction.object_store(&store).unwrap();
        let keys = object_store.get_all_keys::<JsValue>().primitive().unwrap();
        let values = object_store.get_all::<JsValue>().primitive().unwrap();
        for item in keys.await.unwrap().chain(values.await.unwrap()) {
            flatten(&item.unwrap(), &mut out);
        }
    }
    database.close();
    out
}

fn flatten(value: &JsValue, out: &mut Vec<u8>) {
    if let Some(text) = value.as_string() {
        out.extend_from_slice(text.as_bytes());
    } else if let Some(array) = value.dyn_ref::<Uint8Array>() {
        out.extend_from_slice(&array.to_vec());
    } else if let Some(buffer) = value.dyn_ref::<ArrayBuffer>() {
        out.extend_from_slice(&Uint8Array::new(buffer).to_vec());
    } else if let Some(object) = value.dyn_ref::<Object>() {
        for field in Object::values(object) {
            flatten(&field, out);
        }
    }
}

pub(crate) fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}
