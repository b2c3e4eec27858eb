//! Opening, closing, deleting and upgrading databases.

use crypto_wasm::store::{
    Collection, IndexedDbStore, Revision, SCHEMA_VERSION, Store, StoreError, WriteSet,
};
use indexed_db_futures::database::Database;
use indexed_db_futures::prelude::*;
use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::browser::{read, write};
use crate::poll_once;
use crate::raw::put_raw;

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

/// As the first release left it.
#[wasm_bindgen_test]
async fn a_database_of_version_1_keeps_its_records_and_gets_the_collections_of_topics() {
    const STORES: [&str; 9] = [
        "revision",
        "vault",
        "meta",
        "users",
        "sessions",
        "conversations",
        "messages",
        "message-ids",
        "outbox",
    ];
    let first = Database::open("version-1")
        .with_version(1_u8)
        .with_on_upgrade_needed(|_, database| {
            for store in STORES {
                database.create_object_store(store).build()?;
            }
            Ok(())
        })
        .build()
        .unwrap()
        .await
        .unwrap();
    first.close();
    let bytes = |text: &str| JsValue::from(Uint8Array::from(text.as_bytes()));
    put_raw("version-1", "users", &bytes("key"), &bytes("kept")).await;
    let store = IndexedDbStore::open("version-1").await.unwrap();
    let kept = read(&store, Collection::Users, b"key").await.unwrap();
    assert_eq!(kept.unwrap(), b"kept");
    for collection in Collection::ALL {
        write(&store, collection, b"new", b"value").await;
        assert!(read(&store, collection, b"new").await.unwrap().is_some());
    }
}
