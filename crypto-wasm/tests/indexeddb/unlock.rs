//! Unlock methods: each change whole or not at all, never none left, and what they keep from somebody who has the database.

use std::future::{Future, poll_fn};
use std::task::Poll;

use crypto_wasm::crypto::passphrase::Cost;
use crypto_wasm::store::vault::{MethodKind, PasskeySecret, Vault};
use crypto_wasm::store::{Collection, IndexedDbStore, Sealed, StoreError, VaultKey, vault_key};
use indexed_db_futures::database::Database;
use indexed_db_futures::prelude::*;
use js_sys::{Array, Object, Reflect, Uint8Array};
use serde::Deserialize;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Crypto, CryptoKey};

use crate::browser::{read, write};
use crate::poll_once;
use crate::raw::{contains, dump, put_raw};

const NOW: u64 = 1_700_000_000_000;
const CANARY: &[u8] = b"a canary that must not sing";
const CHEAP: Cost = Cost {
    memory: 64,
    passes: 1,
    lanes: 1,
};

/// A vault that a passphrase opens, and nothing by itself.
async fn locked(name: &str, passphrase: &[u8]) -> (Vault, VaultKey) {
    let store = IndexedDbStore::open(name).await.unwrap();
    let key = vault_key(&store).await.unwrap();
    let vault = Vault::new(store);
    vault
        .set_passphrase_at_cost(&key, passphrase, NOW, CHEAP)
        .await
        .unwrap();
    vault.remove("device").await.unwrap();
    (vault, key)
}

async fn try_passphrase(
    vault: &Vault,
    passphrase: &[u8],
    now: u64,
) -> Result<VaultKey, StoreError> {
    vault.unlock_at_cost(passphrase, now, CHEAP).await
}

async fn ids(vault: &Vault) -> Vec<String> {
    let state = vault.state(NOW).await.unwrap();
    state.methods.into_iter().map(|method| method.id).collect()
}

#[wasm_bindgen_test]
async fn a_passphrase_opens_what_does_not_open_by_itself_any_more() {
    let (vault, key) = locked("passphrase", b"right").await;
    assert_eq!(
        vault_key(vault.store()).await.err(),
        Some(StoreError::Locked)
    );
    assert!(vault.asks_somebody().await.unwrap());
    assert!(try_passphrase(&vault, b"right", NOW).await.unwrap() == key);
    let wrong = try_passphrase(&vault, b"wrong", NOW).await.err().unwrap();
    assert_eq!(wrong.code(), "wrong-passphrase");
    let state = vault.state(NOW).await.unwrap();
    assert!(matches!(
        state.methods.as_slice(),
        [method] if matches!(method.kind, MethodKind::Passphrase { created_at: NOW })
    ));
}

/// T22: with the device-bound slot gone, the whole database shows neither plaintext nor any key, nor opens.
#[wasm_bindgen_test]
async fn t22_what_is_stored_shows_nothing_and_opens_nothing_without_the_passphrase() {
    let (vault, key) = locked("locked-canary", b"a passphrase to look for").await;
    let secret = key.expose().to_vec();
    let answer = PasskeySecret::copy_from(&[0xa7; 32]);
    let asked = (&b"credential"[..], [3; 32]);
    vault
        .add_passkey(&key, &answer, asked, "Key", NOW)
        .await
        .unwrap();
    let store = Sealed::new(vault.store().clone(), key);
    write(&store, Collection::Messages, b"key", CANARY).await;
    let raw = dump("locked-canary").await;
    for hidden in [CANARY, &secret, b"a passphrase to look for", &[0xa7; 8]] {
        assert!(!contains(&raw, hidden));
    }
    assert!(contains(&raw, b"credential"), "the dump does not see slots");
    let sealed = read(store.inner(), Collection::Messages, b"key")
        .await
        .unwrap();
    assert_ne!(sealed.unwrap(), CANARY);
    let key = try_passphrase(&vault, b"a passphrase to look for", NOW)
        .await
        .unwrap();
    let again = Sealed::new(vault.store().clone(), key);
    let opened = read(&again, Collection::Messages, b"key").await.unwrap();
    assert_eq!(opened.unwrap(), CANARY);
}

#[wasm_bindgen_test]
async fn wrong_passphrases_make_wait_also_after_a_reload_and_the_right_one_ends_it() {
    let (vault, _) = locked("delay", b"right").await;
    for _ in 0..3 {
        let wrong = try_passphrase(&vault, b"wrong", NOW).await.err();
        assert_eq!(wrong, Some(StoreError::WrongPassphrase));
    }
    vault.store().close();
    let vault = Vault::new(IndexedDbStore::open("delay").await.unwrap());
    assert_eq!(vault.state(NOW).await.unwrap().retry_at, Some(NOW + 1000));
    let delayed = try_passphrase(&vault, b"right", NOW + 999)
        .await
        .err()
        .unwrap();
    assert_eq!(delayed.code(), "unlock-delayed");
    // A try that was not made does not count.
    assert_eq!(vault.state(NOW).await.unwrap().retry_at, Some(NOW + 1000));
    try_passphrase(&vault, b"right", NOW + 1000).await.unwrap();
    assert_eq!(vault.state(NOW).await.unwrap().retry_at, None);
}

/// A tab that is killed before it computes has tried.
#[wasm_bindgen_test]
async fn a_try_counts_before_it_is_made() {
    let (vault, _) = locked("killed-try", b"right").await;
    for _ in 0..2 {
        let wrong = try_passphrase(&vault, b"wrong", NOW).await.err();
        assert_eq!(wrong, Some(StoreError::WrongPassphrase));
    }
    assert_eq!(vault.state(NOW).await.unwrap().retry_at, None);
    let mut attempt = Box::pin(try_passphrase(&vault, b"right", NOW));
    // It waits for the slot, for the tries so far, and for the commit: then it is dropped.
    let mut waits = 0;
    let answered = poll_fn(|context| match attempt.as_mut().poll(context) {
        Poll::Ready(_) => Poll::Ready(true),
        Poll::Pending => {
            waits += 1;
            if waits == 3 {
                Poll::Ready(false)
            } else {
                Poll::Pending
            }
        }
    });
    assert!(!answered.await);
    drop(attempt);
    assert_eq!(vault.state(NOW).await.unwrap().retry_at, Some(NOW + 1000));
}

#[wasm_bindgen_test]
async fn a_change_that_is_dropped_leaves_the_old_method_or_the_new_one() {
    let (vault, key) = locked("dropped-change", b"old").await;
    let change = vault.set_passphrase_at_cost(&key, b"new", NOW, CHEAP);
    assert!(poll_once(change).await.is_none());
    let old = try_passphrase(&vault, b"old", NOW).await.is_ok();
    let new = try_passphrase(&vault, b"new", NOW).await.is_ok();
    assert!(old != new);
    assert!(poll_once(vault.remove("passphrase")).await.is_none());
    assert_eq!(ids(&vault).await, ["passphrase"]);
}

#[wasm_bindgen_test]
async fn the_last_method_stays() {
    let store = IndexedDbStore::open("last").await.unwrap();
    let key = vault_key(&store).await.unwrap();
    let vault = Vault::new(store);
    assert!(!vault.asks_somebody().await.unwrap());
    let refused = vault.remove("device").await.err();
    assert_eq!(refused, Some(StoreError::LastMethod));
    assert_eq!(refused.unwrap().code(), "last-unlock-method");
    // A slot of newer software does not count: this one cannot open it.
    put_raw("last", "vault", &"newer".into(), &Object::new()).await;
    assert_eq!(vault.remove("device").await, Err(StoreError::LastMethod));
    // Neither do settings and failed tries.
    vault.set_lock_after(5).await.unwrap();
    assert_eq!(vault.remove("device").await, Err(StoreError::LastMethod));
    vault.remove("none").await.unwrap();
    let answer = PasskeySecret::copy_from(&[1; 32]);
    let asked = (&b"credential"[..], [3; 32]);
    vault
        .add_passkey(&key, &answer, asked, "Key", NOW)
        .await
        .unwrap();
    vault.remove("device").await.unwrap();
    let passkey = ids(&vault).await.remove(0);
    assert_eq!(vault.remove(&passkey).await, Err(StoreError::LastMethod));
    assert!(vault.unlock_with_passkey(&passkey, &answer).await.unwrap() == key);
    let other = PasskeySecret::copy_from(&[2; 32]);
    let wrong = vault.unlock_with_passkey(&passkey, &other).await.err();
    assert_eq!(wrong.unwrap().code(), "wrong-passkey");
    for none in ["device", "passphrase", "passkey-0", "attempts"] {
        let refused = vault.unlock_with_passkey(none, &answer).await.err();
        assert_eq!(refused, Some(StoreError::Locked));
    }
    vault.add_device(&key).await.unwrap();
    assert!(vault_key(vault.store()).await.unwrap() == key);
    vault.remove(&passkey).await.unwrap();
}

#[wasm_bindgen_test]
async fn unlocking_makes_a_weak_slot_stronger() {
    let (vault, key) = locked("upgrade", b"right").await;
    let stronger = Cost { passes: 2, ..CHEAP };
    let before = dump("upgrade").await;
    let wrong = vault.unlock_at_cost(b"wrong", NOW, stronger).await;
    assert!(wrong.is_err());
    assert!(vault.unlock_at_cost(b"right", NOW, stronger).await.unwrap() == key);
    let after = dump("upgrade").await;
    assert_ne!(before, after);
    assert!(contains(&after, &[0, 0, 0, 64, 0, 0, 0, 2, 0, 0, 0, 1]));
    // At the same cost, and at a lower one, it stays as it is.
    for cost in [stronger, CHEAP] {
        assert!(vault.unlock_at_cost(b"right", NOW, cost).await.unwrap() == key);
        assert_eq!(dump("upgrade").await, after);
    }
}

#[wasm_bindgen_test]
async fn settings_are_kept_and_bounded() {
    let (vault, _) = locked("settings", b"right").await;
    assert_eq!(vault.state(NOW).await.unwrap().lock_after, 0);
    vault.set_lock_after(15).await.unwrap();
    assert!(vault.set_lock_after(24 * 60 + 1).await.is_err());
    vault.store().close();
    let vault = Vault::new(IndexedDbStore::open("settings").await.unwrap());
    assert_eq!(vault.state(NOW).await.unwrap().lock_after, 15);
}

#[wasm_bindgen_test]
async fn a_key_is_handed_over_only_whole() {
    let key = VaultKey::generate().unwrap();
    let handed = Vault::hand_over(&key).await.unwrap();
    assert!(Vault::take_over(&handed).await.unwrap() == key);
    for other in [
        JsValue::UNDEFINED,
        JsValue::NULL,
        "text".into(),
        Object::new().into(),
    ] {
        assert!(Vault::take_over(&other).await.is_err());
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fixture {
    version: u32,
    stores: Vec<String>,
    revision: String,
    wrapping_key: String,
    nonce: String,
    wrapped: String,
    record: FixtureRecord,
}

#[derive(Deserialize)]
struct FixtureRecord {
    collection: String,
    key: String,
    sealed: String,
    plain: String,
}

fn bytes(text: &str) -> JsValue {
    Uint8Array::from(hex::decode(text).unwrap().as_slice()).into()
}

/// As released before there were unlock methods: it opens by itself, and takes a passphrase.
#[wasm_bindgen_test]
async fn a_vault_of_schema_version_3_opens() {
    let fixture: Fixture = serde_json::from_str(include_str!("fixtures/version-3.json")).unwrap();
    let stores = fixture.stores.clone();
    let first = Database::open("version-3")
        .with_version(fixture.version)
        .with_on_upgrade_needed(move |_, database| {
            for store in &stores {
                database.create_object_store(store).build()?;
            }
            Ok(())
        })
        .build()
        .unwrap()
        .await
        .unwrap();
    first.close();
    let crypto: Crypto = Reflect::get(&js_sys::global(), &"crypto".into())
        .unwrap()
        .unchecked_into();
    let usages = Array::of2(&"encrypt".into(), &"decrypt".into());
    let raw = bytes(&fixture.wrapping_key);
    let imported = crypto
        .subtle()
        .import_key_with_str("raw", raw.unchecked_ref(), "AES-GCM", false, &usages)
        .unwrap();
    let wrapping: CryptoKey = JsFuture::from(imported).await.unwrap().unchecked_into();
    let slot = Object::new();
    for (name, value) in [
        ("version", 1.into()),
        ("method", "device".into()),
        ("key", wrapping.into()),
        ("nonce", bytes(&fixture.nonce)),
        ("wrapped", bytes(&fixture.wrapped)),
    ] {
        Reflect::set(&slot, &name.into(), &value).unwrap();
    }
    put_raw("version-3", "vault", &"device".into(), &slot).await;
    put_raw(
        "version-3",
        "revision",
        &"revision".into(),
        &bytes(&fixture.revision),
    )
    .await;
    let key = Uint8Array::from(fixture.record.key.as_bytes());
    let sealed = bytes(&fixture.record.sealed);
    put_raw("version-3", &fixture.record.collection, &key, &sealed).await;

    let store = IndexedDbStore::open("version-3").await.unwrap();
    let vault = Vault::new(store.clone());
    let key = vault_key(&store).await.unwrap();
    let opened = Sealed::new(store.clone(), key);
    let plain = read(&opened, Collection::Meta, fixture.record.key.as_bytes()).await;
    assert_eq!(plain.unwrap().unwrap(), fixture.record.plain.as_bytes());
    vault
        .set_passphrase_at_cost(opened.key(), b"right", NOW, CHEAP)
        .await
        .unwrap();
    vault.remove("device").await.unwrap();
    let key = try_passphrase(&vault, b"right", NOW).await.unwrap();
    let opened = Sealed::new(store, key);
    let plain = read(&opened, Collection::Meta, fixture.record.key.as_bytes()).await;
    assert_eq!(plain.unwrap().unwrap(), fixture.record.plain.as_bytes());
}
