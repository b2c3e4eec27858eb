//! Opening, closing and deleting IndexedDB databases.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Function, JsString, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{IdbDatabase, IdbFactory, IdbOpenDbRequest, IdbTransaction, IdbVersionChangeEvent};

use super::error::StoreError;
use super::idb_error::from_js;
use super::idb_request::{Request, Transaction};
use super::migrations::stores_created_since;

/// How long to wait, in milliseconds, for pages with an older version of the database to let go of it. Those that can
/// run at all do so at once.
const BLOCKED_TIMEOUT_MS: i32 = 5000;

/// What a transaction may do.
#[derive(Clone, Copy)]
pub(super) enum Mode {
    Read,
    Write,
}

#[wasm_bindgen]
extern "C" {
    /// A database with what web-sys does not have, or only as unstable.
    #[wasm_bindgen(extends = IdbDatabase, extends = Object, js_name = IDBDatabase)]
    type Database;

    #[wasm_bindgen(method, catch)]
    fn transaction(
        this: &Database,
        stores: &Array,
        mode: &str,
        options: &Object,
    ) -> Result<IdbTransaction, JsValue>;

    #[wasm_bindgen(method, getter, js_name = close)]
    fn close_function(this: &Database) -> Function;
}

/// A connection that closes when it is dropped, and when another page wants to upgrade or delete the database: a page
/// that held on would block the other, with nothing that its user could see.
pub(super) struct Connection {
    database: Database,
}

impl Connection {
    fn new(database: Database) -> Self {
        // A bound function is JavaScript's alone: no closure of ours has to live as long as the database.
        let close = database.close_function().bind0(&database);
        database.set_onversionchange(Some(&close));
        Self { database }
    }

    pub(super) fn close(&self) {
        self.database.close();
    }

    /// Starts a transaction over some object stores. What it commits is on the disk when it says so.
    pub(super) fn transaction(
        &self,
        stores: &[&str],
        mode: Mode,
    ) -> Result<Transaction, StoreError> {
        let stores: Array = stores.iter().map(|name| JsString::from(*name)).collect();
        let mode = match mode {
            Mode::Read => "readonly",
            Mode::Write => "readwrite",
        };
        let options = Object::new();
        Reflect::set(&options, &"durability".into(), &"strict".into()).map_err(from_js)?;
        self.database
            .transaction(&stores, mode, &options)
            .map(Transaction::new)
            .map_err(from_js)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.close();
    }
}

/// Opens a database at a schema version.
///
/// Opening runs as a task of its own, to its end even if this future is dropped: without its upgrade handler, a
/// half-open request would leave a database that claims the new version and has no object stores.
pub(super) async fn open(name: &str, version: u32) -> Result<Connection, StoreError> {
    let opened = Rc::new(RefCell::new(None));
    let done = Promise::new(&mut |resolve, _| {
        let (opened, name) = (Rc::clone(&opened), name.to_owned());
        spawn_local(async move {
            let result = open_database(&name, version, &resolve).await;
            *opened.borrow_mut() = Some(result);
            // A promise's own function does not throw.
            let _: Result<JsValue, JsValue> = resolve.call0(&JsValue::UNDEFINED);
        });
    });
    JsFuture::from(done).await.map_err(from_js)?;
    let result = opened.borrow_mut().take();
    result.unwrap_or(Err(StoreError::Unavailable(
        "another page holds an older version of the database",
    )))
}

/// Opens a database; calls `give_up` if other pages hold an older version of it for too long.
async fn open_database(
    name: &str,
    version: u32,
    give_up: &Function,
) -> Result<Connection, StoreError> {
    let request = factory()?.open_with_u32(name, version).map_err(from_js)?;
    request.set_onblocked(Some(&later(give_up).map_err(from_js)?));
    let upgrade = Closure::<dyn FnMut(_) -> _>::new({
        let request = request.clone();
        move |event| create_object_stores(&request, &event)
    });
    request.set_onupgradeneeded(Some(upgrade.as_ref().unchecked_ref()));
    let database = Request::new(request.into()).answer().await?;
    Ok(Connection::new(database.unchecked_into()))
}

/// Brings a database to the schema of its request. What is thrown here undoes the upgrade and fails the request.
fn create_object_stores(
    request: &IdbOpenDbRequest,
    event: &IdbVersionChangeEvent,
) -> Result<(), JsValue> {
    let database: IdbDatabase = request.result()?.unchecked_into();
    for store in stores_created_since(whole_version(event.old_version())) {
        database.create_object_store(store)?;
    }
    Ok(())
}

/// Deletes a database. Waits for other pages to let go of it.
pub(super) async fn delete(name: &str) -> Result<(), StoreError> {
    let request = factory()?.delete_database(name).map_err(from_js)?;
    Request::new(request.into()).answer().await?;
    Ok(())
}

/// IndexedDB, which windows and workers have under the same name.
fn factory() -> Result<IdbFactory, StoreError> {
    let factory = Reflect::get(&js_sys::global(), &"indexedDB".into()).map_err(from_js)?;
    if factory.is_object() {
        Ok(factory.unchecked_into())
    } else {
        Err(StoreError::Unavailable("there is no IndexedDB here"))
    }
}

/// A function that, when called, calls another one after [`BLOCKED_TIMEOUT_MS`]. Windows and workers have the same timer
/// under different types.
fn later(function: &Function) -> Result<Function, JsValue> {
    let global = js_sys::global();
    let set_timeout: Function = Reflect::get(&global, &"setTimeout".into())?.dyn_into()?;
    let timer = set_timeout.bind2(&global, function, &BLOCKED_TIMEOUT_MS.into());
    Ok(timer.unchecked_into())
}

/// IndexedDB versions are whole numbers that come as floating point.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, and all callers want that"
)]
const fn whole_version(version: f64) -> u32 {
    version as u32
}
