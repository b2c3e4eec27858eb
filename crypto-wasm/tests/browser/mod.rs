//! What the browser tests of the store share.

use crypto_wasm::store::conformance::{Backend, SealedBackend, check_all};
use crypto_wasm::store::{
    Collection, IndexedDbStore, KeyRange, Query, Revision, Store, StoreError, VaultKey, WriteSet,
    vault_key,
};
use js_sys::{Array, Promise};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, future_to_promise};

/// IndexedDB databases, their names set apart by a prefix.
pub(crate) struct IndexedDb(pub(crate) &'static str);

impl Backend for IndexedDb {
    type Store = IndexedDbStore;

    async fn open(&self, name: &str) -> Result<IndexedDbStore, StoreError> {
        IndexedDbStore::open(&format!("{}/{name}", self.0)).await
    }
}

pub(crate) async fn indexeddb_conforms(prefix: &'static str) {
    check_all(&IndexedDb(prefix)).await.unwrap();
}

pub(crate) async fn sealed_indexeddb_conforms(prefix: &'static str) {
    check_all(&SealedBackend(IndexedDb(prefix))).await.unwrap();
}

/// Commits one record on top of whatever is there.
pub(crate) async fn write(store: &impl Store, collection: Collection, key: &[u8], value: &[u8]) {
    let revision = store.read(&[]).await.unwrap().revision();
    let mut writes = WriteSet::new();
    writes.put(collection, key, value);
    store.commit(revision, writes).await.unwrap();
}

pub(crate) async fn read(
    store: &impl Store,
    collection: Collection,
    key: &[u8],
) -> Result<Option<Vec<u8>>, StoreError> {
    let mut snapshot = store.read(&[Query::get(collection, key)]).await?;
    Ok(snapshot
        .next_value()?
        .map(|value| value.as_bytes().to_vec()))
}

/// Several tabs open one fresh database at the same time and all get the same vault key, which a later one gets too.
pub(crate) async fn vault_is_made_once(name: &'static str) {
    let keys: Rc<RefCell<Vec<VaultKey>>> = Rc::default();
    let tabs: Array = (0..5)
        .map(|_| {
            let keys = Rc::clone(&keys);
            future_to_promise(async move {
                let store = IndexedDbStore::open(name).await.unwrap();
                let key = vault_key(&store).await.unwrap();
                keys.borrow_mut().push(key);
                Ok(JsValue::UNDEFINED)
            })
        })
        .collect();
    JsFuture::from(Promise::all(&tabs)).await.unwrap();
    let store = IndexedDbStore::open(name).await.unwrap();
    let later = vault_key(&store).await.unwrap();
    assert_eq!(keys.borrow().len(), 5);
    assert!(
        keys.borrow().iter().all(|key| *key == later),
        "two tabs have different vault keys"
    );
    assert_ne!(later.expose(), &[0; 32]);
    assert_eq!(
        store
            .read(&[Query::scan(Collection::Meta, KeyRange::all())])
            .await
            .unwrap()
            .revision(),
        Revision(0)
    );
}
