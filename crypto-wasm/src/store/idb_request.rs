//! IndexedDB's events as futures: one for a request's answer, one for the end of a transaction.
//!
//! The listeners are a promise's own two functions, so no closure of this module has to outlive what it listens to, and a
//! future may be dropped at any time. Promises go on while the event is still being dispatched, which is when a transaction
//! takes further requests.

use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{DomException, IdbCursor, IdbObjectStore, IdbRequest, IdbTransaction};

use super::error::StoreError;
use super::idb_error::from_js;

/// A request that was sent off. It is listened to from then on, so its answer may come before it is awaited.
pub(super) struct Request {
    request: IdbRequest,
    settled: JsFuture,
}

impl Request {
    pub(super) fn new(request: IdbRequest) -> Self {
        let settled = listen(&request);
        Self { request, settled }
    }

    /// What the browser made of an attempt to send a request.
    pub(super) fn sent(request: Result<IdbRequest, JsValue>) -> Result<Self, StoreError> {
        request.map(Self::new).map_err(from_js)
    }

    pub(super) async fn answer(&mut self) -> Result<JsValue, StoreError> {
        match (&mut self.settled).await {
            Ok(_) => self.request.result().map_err(from_js),
            Err(_) => Err(failure(self.request.error().ok().flatten())),
        }
    }

    /// Moves the cursor that was the answer to the next record, which will be the request's next answer.
    pub(super) fn walk_on(&mut self, cursor: &IdbCursor) -> Result<(), StoreError> {
        cursor.continue_().map_err(from_js)?;
        self.settled = listen(&self.request);
        Ok(())
    }
}

fn listen(request: &IdbRequest) -> JsFuture {
    promise(&mut |succeeded, failed| {
        request.set_onsuccess(Some(&succeeded));
        request.set_onerror(Some(&failed));
    })
}

/// A transaction that is rolled back when it is dropped before [`commit`](Self::commit).
pub(super) struct Transaction {
    transaction: IdbTransaction,
    committing: bool,
}

impl Transaction {
    pub(super) const fn new(transaction: IdbTransaction) -> Self {
        Self {
            transaction,
            committing: false,
        }
    }

    pub(super) fn object_store(&self, name: &str) -> Result<IdbObjectStore, StoreError> {
        self.transaction.object_store(name).map_err(from_js)
    }

    /// Commits. The transaction goes its way from the first poll on, even if this future is dropped.
    #[expect(deprecated, reason = "web-sys calls it so, the standard does not")]
    pub(super) async fn commit(mut self) -> Result<(), StoreError> {
        let settled = promise(&mut |completed, aborted| {
            self.transaction.set_oncomplete(Some(&completed));
            self.transaction.set_onabort(Some(&aborted));
        });
        self.transaction.commit().map_err(from_js)?;
        self.committing = true;
        // A request that failed, for want of room for instance, has aborted the transaction, which keeps the reason.
        match settled.await {
            Ok(_) => Ok(()),
            Err(_) => Err(failure(self.transaction.error())),
        }
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if !self.committing {
            // Fails only where the browser has ended the transaction already.
            let _: Result<(), JsValue> = self.transaction.abort();
        }
    }
}

/// A promise whose two functions are handed to `listen`, as a future. It is listened to at once and so never counts as an
/// unhandled rejection.
fn promise(listen: &mut dyn FnMut(Function, Function)) -> JsFuture {
    Promise::new(&mut |done, failed| listen(done, failed)).into()
}

fn failure(reason: Option<DomException>) -> StoreError {
    reason.map_or_else(
        || StoreError::Backend("the transaction was aborted".into()),
        Into::into,
    )
}
