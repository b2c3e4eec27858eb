//! Plain objects as they enter the boundary; `web/client/src/worker/engine.ts` has the same in TypeScript. Each is read
//! member by member: a deserializer for everything would be several times the code.

use js_sys::{Array, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

use super::error::{Thrown, js_error};
use crate::client::{Envelope, MailboxItem, PreKeyCounts, Refusal, UserDocument};
use crate::wire::{Address, EnvelopeKind};

type Read<T> = Result<T, Thrown>;

fn invalid(name: &str) -> Thrown {
    js_error(
        "invalid-argument",
        &["missing or of another type: ", name].concat(),
    )
}

/// A member of an object; absent is undefined.
fn member(object: &JsValue, name: &str) -> Read<JsValue> {
    Reflect::get(object, &JsValue::from_str(name)).map_err(|_| invalid(name))
}

/// A member, unless it is absent or null.
fn optional<T>(object: &JsValue, name: &str, read: fn(&JsValue) -> Read<T>) -> Read<Option<T>> {
    let value = member(object, name)?;
    if value.is_null() || value.is_undefined() {
        return Ok(None);
    }
    read(&value).map(Some)
}

fn string(value: &JsValue) -> Read<String> {
    value.as_string().ok_or_else(|| invalid("a string"))
}

fn byte_string(value: &JsValue) -> Read<Vec<u8>> {
    value
        .dyn_ref::<Uint8Array>()
        .map(Uint8Array::to_vec)
        .ok_or_else(|| invalid("bytes"))
}

fn text(object: &JsValue, name: &str) -> Read<String> {
    member(object, name)?
        .as_string()
        .ok_or_else(|| invalid(name))
}

fn bytes(object: &JsValue, name: &str) -> Read<Vec<u8>> {
    byte_string(&member(object, name)?)
}

fn count(object: &JsValue, name: &str) -> Read<u32> {
    let value = member(object, name)?
        .as_f64()
        .ok_or_else(|| invalid(name))?;
    u32::try_from(integer(value)?).map_err(|_| invalid(name))
}

/// A time or counter from a JavaScript number.
pub(super) fn integer(value: f64) -> Read<u64> {
    const LIMIT: f64 = 9_007_199_254_740_992.0;
    if (0.0..LIMIT).contains(&value) && value.fract() == 0.0 {
        Ok(value as u64)
    } else {
        Err(js_error(
            "invalid-argument",
            "not an integer from 0 below 2^53",
        ))
    }
}

/// Every element of an array.
pub(super) fn list<T>(value: &JsValue, read: fn(&JsValue) -> Read<T>) -> Read<Vec<T>> {
    let array = value
        .dyn_ref::<Array>()
        .ok_or_else(|| invalid("an array"))?;
    let mut items = Vec::new();
    for item in array.iter() {
        items.push(read(&item)?);
    }
    Ok(items)
}

/// `Address`.
pub(super) fn address(value: &JsValue) -> Read<Address> {
    Ok(Address {
        user_id: text(value, "userId")?.parse()?,
        device_id: count(value, "deviceId")?,
    })
}

fn addresses(value: &JsValue) -> Read<Vec<Address>> {
    list(value, address)
}

/// `UserDocument`.
pub(super) fn user_document(value: &JsValue) -> Read<UserDocument> {
    Ok(UserDocument {
        id: text(value, "id")?.parse()?,
        username: text(value, "username")?,
        account_key: bytes(value, "accountKey")?,
        device_list: bytes(value, "deviceList")?,
        certificates: list(&member(value, "certificates")?, byte_string)?,
    })
}

/// What the relay still has of a device's prekeys.
pub(super) fn prekey_counts(value: &JsValue) -> Read<PreKeyCounts> {
    Ok(PreKeyCounts {
        one_time_prekeys: count(value, "oneTimePreKeys")? as usize,
        kem_prekeys: count(value, "kemPreKeys")? as usize,
    })
}

/// An address with the device's bundle.
pub(super) fn bundle(value: &JsValue) -> Read<(Address, Vec<u8>)> {
    Ok((address(value)?, bytes(value, "bundle")?))
}

/// `Refusal`.
pub(super) fn refused(value: &JsValue) -> Read<Refusal> {
    Ok(Refusal {
        code: text(value, "code")?,
        detail: optional(value, "detail", string)?.unwrap_or_default(),
        missing: optional(value, "missing", addresses)?.unwrap_or_default(),
        stale: optional(value, "stale", addresses)?.unwrap_or_default(),
    })
}

/// `MailboxItem`.
pub(super) fn mailbox_item(value: &JsValue) -> Read<MailboxItem> {
    let seq = member(value, "seq")?
        .as_f64()
        .ok_or_else(|| invalid("seq"))?;
    Ok(MailboxItem {
        seq: integer(seq)?,
        envelope: envelope(&member(value, "envelope")?)?,
    })
}

/// An envelope; one that does not parse is one that the relay got wrong, not an error of the caller.
fn envelope(value: &JsValue) -> Read<Option<Envelope>> {
    let sender = member(value, "sender")?;
    let (user_id, device_id) = (text(&sender, "userId")?, count(&sender, "deviceId")?);
    let message_id = text(value, "messageId")?;
    let conversation_id = text(value, "conversationId")?;
    let kind = text(value, "kind")?;
    let content = bytes(value, "content")?;
    let parse = || {
        Some(Envelope {
            message_id: message_id.parse().ok()?,
            conversation_id: conversation_id.parse().ok()?,
            sender: Address {
                user_id: user_id.parse().ok()?,
                device_id,
            },
            kind: EnvelopeKind::from_name(&kind).ok()?,
            content,
        })
    };
    Ok(parse())
}
