//! What IndexedDB reports, in the store's terms.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::DomException;

use super::error::StoreError;

impl From<DomException> for StoreError {
    fn from(exception: DomException) -> Self {
        match exception.name().as_str() {
            "QuotaExceededError" => Self::Quota,
            "VersionError" => Self::Version,
            "InvalidStateError" => Self::Unavailable("the database is closed"),
            "SecurityError" => Self::Unavailable("the browser refuses access to storage"),
            name => Self::Backend([name, ": ", &exception.message()].concat().into()),
        }
    }
}

/// An exception thrown by, or a promise rejected with, anything of the browser's.
pub(super) fn from_js(error: JsValue) -> StoreError {
    match error.dyn_into::<DomException>() {
        Ok(exception) => exception.into(),
        Err(other) => StoreError::Backend(describe(&other).into()),
    }
}

fn describe(error: &JsValue) -> String {
    error.dyn_ref::<js_sys::Error>().map_or_else(
        || "an exception that is not an Error".to_owned(),
        |error| [String::from(error.name()), error.message().into()].join(": "),
    )
}
