//! Opening and closing IndexedDB connections.

use std::cell::RefCell;
use std::rc::Rc;

use indexed_db_futures::database::Database;
use indexed_db_futures::internals::SystemRepr;
use indexed_db_futures::prelude::*;
use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};

use super::error::StoreError;
use super::idb_error::from_js;
use super::migrations::stores_created_since;

/// How long to wait, in milliseconds, for pages with an older version of the database to let go of it. Those that can
/// run at all do so at once.
const BLOCKED_TIMEOUT_MS: i32 = 5000;

/// A connection that closes when it is dropped, and when another page wants to upgrade or delete the database: a page
/// that held on would block the other, with nothing that its user could see.
pub(super) struct Connection {
    database: Database,
    _on_version_change: Closure<dyn FnMut()>,
}

impl Connection {
    fn new(database: Database) -> Self {
        let on_version_change = Closure::new({
            let database = database.clone();
            move || database.clone().close()
        });
        database
            .as_sys()
            .set_onversionchange(Some(on_version_change.as_ref().unchecked_ref()));
        Self {
            database,
            _on_version_change: on_version_change,
        }
    }

    pub(super) const fn database(&self) -> &Database {
        &self.database
    }

    pub(super) fn close(&self) {
        self.database.clone().close();
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.database.as_sys().set_onversionchange(None);
        self.close();
    }
}

/// Opens a database at a schema version.
///
/// Opening runs as a task of its own, to its end even if this future is dropped: without its upgrade handler, a
/// half-open request would leave a database that claims the new version and has no object stores.
pub(super) async fn open(name: &str, version: u32) -> Result<Connection, StoreError> {
    let mut give_up = None;
    let blocked = Promise::new(&mut |resolve, _| give_up = Some(resolve));
    let opened = Rc::new(RefCell::new(None));
    let opening = future_to_promise({
        let (opened, name) = (Rc::clone(&opened), name.to_owned());
        async move {
            let result = open_database(&name, version, give_up).await;
            *opened.borrow_mut() = Some(result.map(Connection::new));
            Ok(JsValue::UNDEFINED)
        }
    });
    JsFuture::from(Promise::race(&Array::of2(&opening, &blocked)))
        .await
        .map_err(from_js)?;
    let result = opened.borrow_mut().take();
    result.unwrap_or(Err(StoreError::Unavailable(
        "another page holds an older version of the database",
    )))
}

async fn open_database(
    name: &str,
    version: u32,
    give_up: Option<Function>,
) -> Result<Database, StoreError> {
    let request = Database::open(name)
        .with_version(version)
        .with_on_blocked(move |_| {
            if let Some(give_up) = give_up {
                call_later(&give_up)?;
            }
            Ok(())
        })
        .with_on_upgrade_needed(|event, database| {
            for store in stores_created_since(whole_version(event.old_version())) {
                database.create_object_store(store).build()?;
            }
            Ok(())
        });
    Ok(request.build()?.await?)
}

/// Calls a function after [`BLOCKED_TIMEOUT_MS`]. Windows and workers have the same timer under different types.
fn call_later(function: &Function) -> Result<(), JsValue> {
    let global = js_sys::global();
    let set_timeout: Function = Reflect::get(&global, &"setTimeout".into())?.dyn_into()?;
    set_timeout.call2(&global, function, &BLOCKED_TIMEOUT_MS.into())?;
    Ok(())
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
