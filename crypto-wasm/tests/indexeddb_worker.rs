//! The store in a dedicated worker, where the engine runs it.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod browser;

use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[wasm_bindgen_test]
async fn indexeddb_conforms_in_a_worker() {
    browser::indexeddb_conforms("worker").await;
}

#[wasm_bindgen_test]
async fn sealed_indexeddb_conforms_in_a_worker() {
    browser::sealed_indexeddb_conforms("worker-sealed").await;
}

#[wasm_bindgen_test]
async fn a_vault_is_made_once_in_a_worker() {
    browser::vault_is_made_once("worker-vault").await;
}

#[wasm_bindgen_test]
async fn a_sealed_record_comes_back_in_a_worker() {
    use crypto_wasm::store::{Collection, open_sealed};

    let store = open_sealed("worker-record").await.unwrap();
    browser::write(&store, Collection::Meta, b"key", b"value").await;
    drop(store);
    let store = open_sealed("worker-record").await.unwrap();
    let value = browser::read(&store, Collection::Meta, b"key")
        .await
        .unwrap();
    assert_eq!(value.as_deref(), Some(&b"value"[..]));
}
