//! `SendTyping`: that somebody writes, encrypted for each device like a message, handed to those connected now and kept nowhere.

use std::collections::HashSet;

use super::protocol::{Arguments, HubError, Value};
use super::values;
use crate::domain::{Address, Bytes, ConversationId, limits};

/// What one device is told.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Typing {
    /// In which conversation.
    pub conversation: ConversationId,
    /// Which device sent it.
    pub sender: Address,
    /// The encoded `RatchetMessage`.
    pub content: Bytes,
}

/// What `SendTyping` is called with.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) conversation: ConversationId,
    /// Each device once.
    pub(super) envelopes: Vec<(Address, Bytes)>,
}

impl Call {
    /// Reads `(conversationId, [{ userId, deviceId, content }, …])`.
    pub(super) fn read(arguments: &Arguments) -> Result<Self, HubError> {
        arguments.exactly(2)?;
        let conversation = arguments.str(0)?;
        let conversation = conversation
            .parse()
            .map_err(|_| refused("bad-request: conversationId: not a valid id"))?;
        let listed = arguments.array(1)?;
        if listed.len() > limits::TYPING_ENVELOPES {
            return Err(refused("too-large: at most 200 envelopes"));
        }
        let mut envelopes = Vec::with_capacity(listed.len());
        for value in listed {
            let (to, content) =
                envelope(value).ok_or_else(|| refused("bad-request: envelopes: not valid"))?;
            if content.0.len() > limits::TYPING_BYTES {
                return Err(refused("too-large: an envelope of at most 1024 bytes"));
            }
            envelopes.push((to, content));
        }
        let mut named = HashSet::with_capacity(envelopes.len());
        if !envelopes.iter().all(|(to, _)| named.insert(*to)) {
            return Err(refused("bad-request: envelopes: a device is named twice"));
        }
        Ok(Self {
            conversation,
            envelopes,
        })
    }
}

fn envelope(value: &Value) -> Option<(Address, Bytes)> {
    let user_id = value.field("userId")?.as_str()?.parse().ok()?;
    let device_id = u32::try_from(value.field("deviceId")?.as_u64()?).ok()?;
    let to = Address {
        user_id,
        device_id: crate::domain::DeviceId::new(device_id)?,
    };
    let content = value.field("content")?.to_bytes()?;
    Some((to, Bytes(content.to_vec())))
}

fn refused(why: &'static str) -> HubError {
    HubError::Refused(why.into())
}

impl Typing {
    /// What notices of one kind replace each other by: a newer one says more.
    pub(super) fn subject(&self) -> String {
        format!("{} {:?}", self.conversation, self.sender)
    }

    pub(super) fn value(self) -> Value {
        values::typing(self.conversation, self.sender, self.content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: &str = "01010101-0101-0101-0101-010101010101";

    fn envelope(device: u64, length: usize) -> Value {
        Value::map([
            ("userId", Value::from(USER.to_owned())),
            ("deviceId", device.into()),
            ("content", vec![7_u8; length].into()),
        ])
    }

    fn read(conversation: &str, envelopes: Vec<Value>) -> Result<Call, HubError> {
        let arguments = vec![conversation.to_owned().into(), Value::Array(envelopes)];
        Call::read(&Arguments::new(arguments))
    }

    #[test]
    fn calls_are_read_whole_or_refused() {
        let call = read(USER, vec![envelope(1, 1024), envelope(2, 0)]).unwrap();
        let devices = call.envelopes.iter().map(|(to, _)| to.device_id.get());
        assert_eq!(devices.collect::<Vec<_>>(), [1, 2]);
        for (conversation, envelopes) in [
            ("x", vec![]),
            (USER, vec![envelope(1, 1), envelope(1, 2)]),
            (USER, vec![envelope(1, 1025)]),
            (USER, vec![envelope(0, 1)]),
            (USER, vec![envelope(1 << 32, 1)]),
            (USER, vec![Value::Null]),
            (USER, (1..=201).map(|id| envelope(id, 1)).collect()),
        ] {
            let refused = read(conversation, envelopes);
            assert!(matches!(refused, Err(HubError::Refused(_))), "{refused:?}");
        }
        assert!(Call::read(&Arguments::new(vec![])).is_err());
    }
}
