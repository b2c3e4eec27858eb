//! Errors across the boundary: a JavaScript `Error` named `SealpostError` with a stable `code`.

use js_sys::{Error, Reflect};
use wasm_bindgen::JsValue;

use crate::ProtocolError;
use crate::client::ClientError;

/// The error that JavaScript sees. `web/client/src/errors.ts` makes a `SealpostError` of it.
pub(super) fn js_error(code: &str, message: &str) -> Thrown {
    let error = Error::new(message);
    error.set_name("SealpostError");
    let error = JsValue::from(error);
    // Setting a property of a fresh, extensible object does not fail.
    let _ = Reflect::set(&error, &JsValue::from_str("code"), &JsValue::from_str(code));
    Thrown(error)
}

/// What an export throws.
pub struct Thrown(JsValue);

impl From<Thrown> for JsValue {
    fn from(thrown: Thrown) -> Self {
        thrown.0
    }
}

impl From<JsValue> for Thrown {
    fn from(value: JsValue) -> Self {
        Self(value)
    }
}

impl From<ProtocolError> for Thrown {
    fn from(error: ProtocolError) -> Self {
        js_error(error.code(), &error.to_string())
    }
}

impl From<ClientError> for Thrown {
    fn from(error: ClientError) -> Self {
        js_error(error.code(), &error.to_string())
    }
}

#[cfg(feature = "low-level")]
impl From<crate::forum::TopicError> for Thrown {
    fn from(error: crate::forum::TopicError) -> Self {
        js_error(error.code(), &error.to_string())
    }
}
