//! Plain objects as they enter the boundary; `web/client/src/worker/engine.ts` has the same in TypeScript. Each is read
//! member by member: a deserializer for everything would be several times the code.

use std::str::FromStr;

use js_sys::{Array, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

use crate::client::{ClientError, Refusal};
#[cfg(feature = "engine")]
use crate::client::{Envelope, MailboxItem, PreKeyCounts, UserDocument, UserId};
use crate::wire::Address;
#[cfg(feature = "engine")]
use crate::wire::EnvelopeKind;

pub(super) type Read<T> = Result<T, ClientError>;

pub(super) const fn invalid(name: &'static str) -> ClientError {
    ClientError::InvalidArgument(name)
}

/// The arguments of a call, by their place.
pub(super) struct Arguments(pub(super) Array);

impl Arguments {
    /// Any value; absent is undefined.
    pub(super) fn any(&self, place: u32) -> JsValue {
        self.0.get(place)
    }

    /// A string.
    pub(super) fn text(&self, place: u32) -> Read<String> {
        string(&self.any(place))
    }

    /// A string, or nothing.
    pub(super) fn optional_text(&self, place: u32) -> Read<Option<String>> {
        present(&self.any(place), string)
    }

    /// What is written as a string: an id, or the name of an outbox entry.
    pub(super) fn parsed<T: FromStr>(&self, place: u32) -> Read<T> {
        parsed(&self.text(place)?)
    }

    /// A time or counter.
    pub(super) fn integer(&self, place: u32) -> Read<u64> {
        integer(&self.any(place))
    }

    #[cfg(feature = "engine")]
    /// Ids of users.
    pub(super) fn users(&self, place: u32) -> Read<Vec<UserId>> {
        list(&self.any(place), |value| parsed(&string(value)?))
    }
}

pub(super) fn parsed<T: FromStr>(text: &str) -> Read<T> {
    text.parse().map_err(|_| invalid("id"))
}

/// A value, unless it is undefined or null.
pub(super) fn present<T>(value: &JsValue, read: fn(&JsValue) -> Read<T>) -> Read<Option<T>> {
    if value.is_null() || value.is_undefined() {
        return Ok(None);
    }
    read(value).map(Some)
}

/// A member of an object; absent is undefined.
pub(super) fn member(object: &JsValue, name: &'static str) -> Read<JsValue> {
    Reflect::get(object, &JsValue::from_str(name)).map_err(|_| invalid(name))
}

pub(super) fn string(value: &JsValue) -> Read<String> {
    value.as_string().ok_or_else(|| invalid("a string"))
}

pub(super) fn byte_string(value: &JsValue) -> Read<Vec<u8>> {
    value
        .dyn_ref::<Uint8Array>()
        .map(Uint8Array::to_vec)
        .ok_or_else(|| invalid("bytes"))
}

pub(super) fn text(object: &JsValue, name: &'static str) -> Read<String> {
    member(object, name)?
        .as_string()
        .ok_or_else(|| invalid(name))
}

pub(super) fn bytes(object: &JsValue, name: &'static str) -> Read<Vec<u8>> {
    byte_string(&member(object, name)?)
}

pub(super) fn count(object: &JsValue, name: &'static str) -> Read<u32> {
    let value = integer(&member(object, name)?)?;
    u32::try_from(value).map_err(|_| invalid(name))
}

/// A time or counter from a JavaScript number.
pub(super) fn integer(value: &JsValue) -> Read<u64> {
    const LIMIT: f64 = 9_007_199_254_740_992.0;
    let value = value.as_f64().unwrap_or(-1.0);
    if (0.0..LIMIT).contains(&value) && value.fract() == 0.0 {
        Ok(value as u64)
    } else {
        Err(invalid("an integer from 0 below 2^53"))
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

pub(super) fn addresses(value: &JsValue) -> Read<Vec<Address>> {
    list(value, address)
}

#[cfg(feature = "engine")]
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

#[cfg(feature = "engine")]
/// What the relay still has of a device's prekeys.
pub(super) fn prekey_counts(value: &JsValue) -> Read<PreKeyCounts> {
    Ok(PreKeyCounts {
        one_time_prekeys: count(value, "oneTimePreKeys")? as usize,
        kem_prekeys: count(value, "kemPreKeys")? as usize,
    })
}

#[cfg(feature = "engine")]
/// An address with the device's bundle.
pub(super) fn bundle(value: &JsValue) -> Read<(Address, Vec<u8>)> {
    Ok((address(value)?, bytes(value, "bundle")?))
}

/// `Refusal`.
pub(super) fn refused(value: &JsValue) -> Read<Refusal> {
    Ok(Refusal {
        code: text(value, "code")?,
        detail: present(&member(value, "detail")?, string)?.unwrap_or_default(),
        missing: present(&member(value, "missing")?, addresses)?.unwrap_or_default(),
        stale: present(&member(value, "stale")?, addresses)?.unwrap_or_default(),
    })
}

#[cfg(feature = "engine")]
/// `MailboxItem`.
pub(super) fn mailbox_item(value: &JsValue) -> Read<MailboxItem> {
    Ok(MailboxItem {
        seq: integer(&member(value, "seq")?)?,
        envelope: envelope(&member(value, "envelope")?)?,
    })
}

#[cfg(feature = "engine")]
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
