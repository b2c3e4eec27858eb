//! The store in a browser's IndexedDB.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../browser/mod.rs"]
mod browser;
mod connections;
mod raw;
mod unlock;
mod vault;

use std::future::{Future, poll_fn};
use std::task::Poll;

use browser::{read, write};
use crypto_wasm::store::{Collection, IndexedDbStore, Revision, Store, StoreError, WriteSet};
use js_sys::Uint8Array;
use raw::put_raw;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
async fn indexeddb_conforms() {
    browser::indexeddb_conforms("window").await;
}

#[wasm_bindgen_test]
async fn sealed_indexeddb_conforms() {
    browser::sealed_indexeddb_conforms("window-sealed").await;
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
async fn records_that_are_not_bytes_are_corrupt() {
    let store = IndexedDbStore::open("not-bytes").await.unwrap();
    put_raw(
        "not-bytes",
        "meta",
        &Uint8Array::from(&b"key"[..]),
        &"text".into(),
    )
    .await;
    let corrupt = StoreError::corrupt("meta", b"key");
    assert_eq!(corrupt.code(), "storage-corrupt");
    assert_eq!(read(&store, Collection::Meta, b"key").await, Err(corrupt));
    put_raw("not-bytes", "revision", &"revision".into(), &"text".into()).await;
    let error = store.read(&[]).await.err().unwrap();
    assert_eq!(error, StoreError::corrupt("revision", b"revision"));
}

#[wasm_bindgen_test]
fn a_full_disk_is_told_apart() {
    let full =
        web_sys::DomException::new_with_message_and_name("full", "QuotaExceededError").unwrap();
    let error = StoreError::from(full);
    assert_eq!(error, StoreError::Quota);
    assert_eq!(error.code(), "storage-quota");
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
