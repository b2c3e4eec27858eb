//! The vault, and what is found by someone who reads the database without its key.

use crypto_wasm::store::{
    Collection, IndexedDbStore, Query, Revision, Sealed, Store, StoreError, VaultKey, open_sealed,
    vault_key,
};
use js_sys::{Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Crypto, CryptoKey};

use crate::browser::{read, vault_is_made_once, write};
use crate::raw::{contains, delete_raw, device_slot, dump, put_raw};

const CANARY: &[u8] = b"a canary that must not sing";

#[wasm_bindgen_test]
async fn a_vault_is_made_once() {
    vault_is_made_once("vault-once").await;
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
    write(&store, Collection::ForumGroups, b"alice", CANARY).await;
    let below = read(store.inner(), Collection::ForumGroups, b"alice")
        .await
        .unwrap()
        .unwrap();
    for (collection, key) in [
        (Collection::ForumGroups, b"bob"),
        (Collection::ForumKeys, b"bob"),
    ] {
        write(store.inner(), collection, key, &below).await;
        let corrupt = StoreError::corrupt(collection.name(), key);
        assert_eq!(read(&store, collection, key).await, Err(corrupt));
    }
    assert_eq!(
        read(&store, Collection::ForumGroups, b"alice")
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
        let corrupt = StoreError::corrupt("vault", b"device");
        assert_eq!(error, Some(corrupt), "damaged {field}");
    }
    put_raw("damaged", "vault", &"device".into(), &sound).await;
    assert!(vault_key(&store).await.unwrap() == key);
}
