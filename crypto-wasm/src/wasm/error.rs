//! Errors across the boundary: a JavaScript `Error` named `SealpostError` with a stable `code`.

use js_sys::{Error, Reflect};
use wasm_bindgen::JsValue;

use crate::ProtocolError;
use crate::client::ClientError;

/// The error that JavaScript sees. `web/client/src/errors.ts` makes a `SealpostError` of it.
pub(super) fn js_error(code: &str, message: &str) -> JsValue {
    let error = Error::new(message);
    error.set_name("SealpostError");
    let error = JsValue::from(error);
    // Setting a property of a fresh, extensible object does not fail.
    let _ = Reflect::set(&error, &JsValue::from_str("code"), &JsValue::from_str(code));
    error
}

impl From<ProtocolError> for JsValue {
    fn from(error: ProtocolError) -> Self {
        js_error(error.code(), &error.to_string())
    }
}

impl From<ClientError> for JsValue {
    fn from(error: ClientError) -> Self {
        js_error(error.code(), &error.to_string())
    }
}
