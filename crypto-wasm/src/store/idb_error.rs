//! What IndexedDB reports, in the store's terms.

use indexed_db_futures::error::{DomException, Error, OpenDbError};
use web_sys::wasm_bindgen::{JsCast, JsValue};

use super::error::StoreError;

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match error {
            Error::DomException(exception) => from_exception(exception),
            other => Self::Backend(other.to_string()),
        }
    }
}

impl From<OpenDbError> for StoreError {
    fn from(error: OpenDbError) -> Self {
        match error {
            OpenDbError::Base(error) => error.into(),
            _ => Self::Unavailable("there is no IndexedDB here"),
        }
    }
}

/// An exception thrown by, or a promise rejected with, anything of the browser's.
pub(super) fn from_js(error: JsValue) -> StoreError {
    match error.dyn_into::<web_sys::DomException>() {
        Ok(exception) => from_exception(exception.into()),
        Err(other) => StoreError::Backend(describe(&other)),
    }
}

fn from_exception(exception: DomException) -> StoreError {
    let exception = web_sys::DomException::from(exception);
    match exception.name().as_str() {
        "QuotaExceededError" => StoreError::Quota,
        "VersionError" => StoreError::Version,
        "InvalidStateError" => StoreError::Unavailable("the database is closed"),
        "SecurityError" => StoreError::Unavailable("the browser refuses access to storage"),
        name => StoreError::Backend(format!("{name}: {}", exception.message())),
    }
}

fn describe(error: &JsValue) -> String {
    error.dyn_ref::<js_sys::Error>().map_or_else(
        || "an exception that is not an Error".to_owned(),
        |error| format!("{}: {}", error.name(), error.message()),
    )
}
