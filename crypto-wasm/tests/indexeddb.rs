//! The store in a browser's IndexedDB: the conformance suite, the schema, the vault, and what is found by someone who
//! reads the database without the vault key.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod browser;

use browser::{read, write};
use crypto_wasm::store::{
    Collection, IndexedDbStore, Query, Revision, SCHEMA_VERSION, Sealed, Store, StoreError,
    VaultKey, WriteSet, open_sealed, vault_key,
};
use indexed_db_futures::database::Database;
use indexed_db_futures::prelude::*;
use indexed_db_futures::transaction::TransactionMode;
use js_sys::{ArrayBuffer, Object, Reflect, Uint8Array};
use std::future::{Future, poll_fn};
use std::task::Poll;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Crypto, CryptoKey};

wasm_bindgen_test_configure!(run_in_browser);

const CANARY: &[u8] = b"a canary that must not sing";

#[wasm_bindgen_test]
async fn indexeddb_conforms() {
    browser::indexeddb_conforms("window").await;
}

#[wasm_bindgen_test]
async fn sealed_indexeddb_conforms() {
    browser::sealed_indexeddb_conforms("window-sealed").await;
}

#[wasm_bindgen_test]
async fn a_vault_is_made_once() {
    browser::vault_is_made_once("vault-once").await;
}

#[wasm_bindgen_test]
async fn a_commit_dropped_before_its_writes_changes_nothing() {
    let store = IndexedDbStore::open("dropped").await.unwrap();
    write(&store, Collection::Sessions, b"peer", b"old").await;
    let mut writes = WriteSet::new();
    writes.put(Collection::Sessions, "peer", &b"new"[..]).put(
        Collection::Outbox,
        "entry",
        &b"new"[..],
    );
    assert!(
        poll_once(store.commit(Revision(1), writes)).await.is_none(),
        "the commit had no time"
    );
    assert_eq!(store.read(&[]).await.unwrap().revision(), Revision(1));
    assert_eq!(
        read(&store, Collection::Sessions, b"peer")
            .await
            .unwrap()
            .unwrap(),
        b"old"
    );
    assert_eq!(
        read(&store, Collection::Outbox, b"entry").await.unwrap(),
        None
    );
}

#[wasm_bindgen_test]
async fn an_opening_that_is_dropped_leaves_a_sound_database() {
    assert!(
        poll_once(IndexedDbStore::open("half-open")).await.is_none(),
        "opening had no time"
    );
    let store = IndexedDbStore::open("half-open").await.unwrap();
    for collection in Collection::ALL {
        write(&store, collection, b"key", b"value").await;
    }
}

#[wasm_bindgen_test]
async fn a_closed_connection_says_so_and_a_new_one_sees_everything() {
    let store = IndexedDbStore::open("closed").await.unwrap();
    write(&store, Collection::Users, b"key", b"kept").await;
    store.close();
    let error = store.read(&[]).await.err().unwrap();
    assert_eq!(error, StoreError::Unavailable("the database is closed"));
    assert_eq!(error.code(), "storage-unavailable");
    let error = store
        .commit(Revision(1), WriteSet::new())
        .await
        .err()
        .unwrap();
    assert_eq!(error, StoreError::Unavailable("the database is closed"));

    let store = IndexedDbStore::open("closed").await.unwrap();
    assert_eq!(store.read(&[]).await.unwrap().revision(), Revision(1));
    assert_eq!(
        read(&store, Collection::Users, b"key")
            .await
            .unwrap()
            .unwrap(),
        b"kept"
    );
}

#[wasm_bindgen_test]
async fn a_deleted_database_is_empty_when_opened_again() {
    let store = IndexedDbStore::open("deleted").await.unwrap();
    write(&store, Collection::Users, b"key", b"gone").await;
    // The open connection lets go by itself.
    IndexedDbStore::delete("deleted").await.unwrap();
    assert!(store.read(&[]).await.is_err());
    let store = IndexedDbStore::open("deleted").await.unwrap();
    assert_eq!(store.read(&[]).await.unwrap().revision(), Revision(0));
    assert_eq!(read(&store, Collection::Users, b"key").await.unwrap(), None);
}

#[wasm_bindgen_test]
async fn a_newer_schema_is_refused_and_left_alone() {
    let newer = IndexedDbStore::open_as("newer", SCHEMA_VERSION + 1)
        .await
        .unwrap();
    write(&newer, Collection::Meta, b"key", b"value").await;
    let error = IndexedDbStore::open("newer").await.err().unwrap();
    assert_eq!(error, StoreError::Version);
    assert_eq!(error.code(), "storage-version");
    assert_eq!(
        read(&newer, Collection::Meta, b"key")
            .await
            .unwrap()
            .unwrap(),
        b"value"
    );
}

#[wasm_bindgen_test]
async fn an_upgrade_closes_older_connections_and_keeps_the_records() {
    let older = IndexedDbStore::open("upgraded").await.unwrap();
    write(&older, Collection::Meta, b"key", b"value").await;
    let newer = IndexedDbStore::open_as("upgraded", SCHEMA_VERSION + 1)
        .await
        .unwrap();
    let error = older.read(&[]).await.err().unwrap();
    assert_eq!(error, StoreError::Unavailable("the database is closed"));
    assert_eq!(
        read(&newer, Collection::Meta, b"key")
            .await
            .unwrap()
            .unwrap(),
        b"value"
    );
}

#[wasm_bindgen_test]
async fn a_page_that_holds_on_makes_opening_fail_in_the_end() {
    drop(IndexedDbStore::open("blocked").await.unwrap());
    let stubborn = Database::open("blocked")
        .with_version(SCHEMA_VERSION)
        .build()
        .unwrap()
        .await
        .unwrap();
    let error = IndexedDbStore::open_as("blocked", SCHEMA_VERSION + 1)
        .await
        .err()
        .unwrap();
    assert_eq!(error.code(), "storage-unavailable");
    stubborn.close();
    // The abandoned request goes through now, and its connection closes itself.
    let store = IndexedDbStore::open_as("blocked", SCHEMA_VERSION + 2)
        .await
        .unwrap();
    write(&store, Collection::Meta, b"key", b"value").await;
}

#[wasm_bindgen_test]
async fn records_that_are_not_bytes_are_corrupt() {
    let store = IndexedDbStore::open("not-bytes").await.unwrap();
    put_raw(
        "not-bytes",
        "meta",
        &Uint8Array::from(&b"key"[..]),
        &"text".into(),
    )
    .await;
    let corrupt = StoreError::Corrupt {
        collection: "meta",
        key: b"key".to_vec(),
    };
    assert_eq!(corrupt.code(), "storage-corrupt");
    assert_eq!(read(&store, Collection::Meta, b"key").await, Err(corrupt));
    put_raw("not-bytes", "revision", &"revision".into(), &"text".into()).await;
    let error = store.read(&[]).await.err().unwrap();
    assert_eq!(
        error,
        StoreError::Corrupt {
            collection: "revision",
            key: b"revision".to_vec()
        }
    );
}

#[wasm_bindgen_test]
fn a_full_disk_is_told_apart() {
    let full =
        web_sys::DomException::new_with_message_and_name("full", "QuotaExceededError").unwrap();
    let error = StoreError::from(indexed_db_futures::error::Error::from(full));
    assert_eq!(error, StoreError::Quota);
    assert_eq!(error.code(), "storage-quota");
}

/// T22, for the device-bound vault: neither plaintext nor the vault key is in the database.
#[wasm_bindgen_test]
async fn t22_the_raw_database_shows_neither_plaintext_nor_the_vault_key() {
    let store = IndexedDbStore::open("canary").await.unwrap();
    let key = vault_key(&store).await.unwrap();
    let secret = key.expose().to_vec();
    let store = Sealed::new(store, key);
    for collection in Collection::ALL {
        write(&store, collection, b"key", CANARY).await;
        write(&store, collection, b"big", &CANARY.repeat(1000)).await;
    }
    let raw = dump("canary").await;
    assert!(
        raw.len() > Collection::ALL.len() * CANARY.len() * 1000,
        "the dump is incomplete"
    );
    assert!(!contains(&raw, b"canary that"), "plaintext in the database");
    assert!(!contains(&raw, &secret), "the vault key in the database");
    assert!(
        contains(&raw, b"key"),
        "the dump does not see keys, which are in clear"
    );

    for collection in Collection::ALL {
        assert_eq!(
            read(&store, collection, b"key").await.unwrap().unwrap(),
            CANARY
        );
    }
}

#[wasm_bindgen_test]
async fn t22_the_wrapping_key_cannot_be_exported() {
    let store = IndexedDbStore::open("export").await.unwrap();
    vault_key(&store).await.unwrap();
    let key: CryptoKey = Reflect::get(&device_slot("export").await, &"key".into())
        .unwrap()
        .unchecked_into();
    assert!(key.is_instance_of::<CryptoKey>());
    assert!(!key.extractable());
    let crypto: Crypto = Reflect::get(&js_sys::global(), &"crypto".into())
        .unwrap()
        .unchecked_into();
    for format in ["raw", "jwk"] {
        let exported = crypto.subtle().export_key(format, &key).unwrap();
        assert!(
            JsFuture::from(exported).await.is_err(),
            "exported as {format}"
        );
    }
}

#[wasm_bindgen_test]
async fn a_record_moved_to_another_key_is_corrupt() {
    let store = open_sealed("moved").await.unwrap();
    write(&store, Collection::Sessions, b"alice", CANARY).await;
    let below = read(store.inner(), Collection::Sessions, b"alice")
        .await
        .unwrap()
        .unwrap();
    for (collection, key) in [(Collection::Sessions, b"bob"), (Collection::Users, b"bob")] {
        write(store.inner(), collection, key, &below).await;
        let corrupt = StoreError::Corrupt {
            collection: collection.name(),
            key: key.to_vec(),
        };
        assert_eq!(read(&store, collection, key).await, Err(corrupt));
    }
    assert_eq!(
        read(&store, Collection::Sessions, b"alice")
            .await
            .unwrap()
            .unwrap(),
        CANARY
    );
}

#[wasm_bindgen_test]
async fn a_sealed_database_opens_again() {
    let store = open_sealed("again").await.unwrap();
    write(&store, Collection::Messages, b"key", CANARY).await;
    drop(store);
    let store = open_sealed("again").await.unwrap();
    assert_eq!(
        read(&store, Collection::Messages, b"key")
            .await
            .unwrap()
            .unwrap(),
        CANARY
    );
    let mut snapshot = store
        .read(&[Query::get(Collection::Messages, "key")])
        .await
        .unwrap();
    assert_eq!(snapshot.revision(), Revision(1));
    assert!(
        snapshot.next_records().is_err(),
        "a value was given out as records"
    );
}

#[wasm_bindgen_test]
async fn a_used_database_without_its_slot_is_locked_not_overwritten() {
    let store = open_sealed("locked").await.unwrap();
    write(&store, Collection::Meta, b"key", CANARY).await;
    let slot = device_slot("locked").await;
    delete_raw("locked", "vault", "device").await;
    let error = open_sealed("locked").await.err().unwrap();
    assert_eq!(error, StoreError::Locked);
    assert_eq!(error.code(), "locked");
    put_raw("locked", "vault", &"device".into(), &slot).await;
    let store = open_sealed("locked").await.unwrap();
    assert_eq!(
        read(&store, Collection::Meta, b"key")
            .await
            .unwrap()
            .unwrap(),
        CANARY
    );
}

#[wasm_bindgen_test]
async fn an_unused_database_with_other_slots_only_is_locked() {
    let store = IndexedDbStore::open("other-slots").await.unwrap();
    put_raw("other-slots", "vault", &"passphrase".into(), &Object::new()).await;
    assert!(matches!(vault_key(&store).await, Err(StoreError::Locked)));
}

#[wasm_bindgen_test]
async fn a_damaged_slot_is_corrupt() {
    let store = IndexedDbStore::open("damaged").await.unwrap();
    let key: VaultKey = vault_key(&store).await.unwrap();
    let sound = device_slot("damaged").await;
    let wrapped: Uint8Array = Reflect::get(&sound, &"wrapped".into())
        .unwrap()
        .unchecked_into();
    let flipped = Uint8Array::new(&wrapped);
    flipped.set_index(0, wrapped.get_index(0) ^ 1);
    let damages: [(&str, JsValue); 7] = [
        ("version", 2.into()),
        ("method", "passphrase".into()),
        ("key", JsValue::UNDEFINED),
        ("nonce", Uint8Array::new_with_length(11).into()),
        ("nonce", Uint8Array::new_with_length(12).into()),
        ("wrapped", flipped.into()),
        ("wrapped", "text".into()),
    ];
    for (field, damage) in damages {
        let slot = Object::assign(&Object::new(), sound.unchecked_ref());
        Reflect::set(&slot, &field.into(), &damage).unwrap();
        put_raw("damaged", "vault", &"device".into(), &slot).await;
        let error = vault_key(&store).await.err();
        let corrupt = StoreError::Corrupt {
            collection: "vault",
            key: b"device".to_vec(),
        };
        assert_eq!(error, Some(corrupt), "damaged {field}");
    }
    put_raw("damaged", "vault", &"device".into(), &sound).await;
    assert!(vault_key(&store).await.unwrap() == key);
}

/// Polls a future once and drops it.
async fn poll_once<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = Box::pin(future);
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// The database as any script of this origin sees it.
async fn raw(name: &str) -> Database {
    Database::open(name).build().unwrap().await.unwrap()
}

async fn put_raw(name: &str, store: &str, key: &JsValue, value: &JsValue) {
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

async fn delete_raw(name: &str, store: &str, key: &str) {
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

async fn device_slot(name: &str) -> JsValue {
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
async fn dump(name: &str) -> Vec<u8> {
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

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}
