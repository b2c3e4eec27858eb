//! The JSON encoding: one object a message, each ended by the record separator.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::message::{
    ACK, CANCEL_INVOCATION, CLOSE, COMPLETION, INVOCATION, Message, Outcome, PING, ProtocolError,
    Received, SEQUENCE, STREAM_INVOCATION, STREAM_ITEM,
};
use super::{Arguments, Value};

/// Ends every message. JSON texts never hold it raw: control characters are escaped in strings.
pub(super) const RECORD_SEPARATOR: u8 = 0x1E;

/// The message with its record separator.
#[expect(
    clippy::expect_used,
    reason = "writing to memory cannot fail, and every key is a string"
)]
pub(super) fn encode(message: &Message) -> String {
    let mut text = serde_json::to_string(&Wire(message)).expect("every message has a JSON form");
    text.push(char::from(RECORD_SEPARATOR));
    text
}

/// Reads one message, given without its record separator.
pub(super) fn decode(record: &[u8]) -> Result<Received, ProtocolError> {
    let Value::Map(fields) = serde_json::from_slice(record).map_err(|_| ProtocolError::Encoding)?
    else {
        return Err(ProtocolError::Field);
    };
    let mut fields = Fields(fields);
    let message = match fields.required_u64("type")? {
        INVOCATION => Message::Invocation {
            id: fields.optional_string("invocationId")?,
            target: fields.required_string("target")?,
            arguments: fields.arguments()?,
            stream_ids: fields.stream_ids()?,
        },
        STREAM_ITEM => Message::StreamItem {
            id: fields.required_string("invocationId")?,
            item: fields.take("item").ok_or(ProtocolError::Field)?,
        },
        COMPLETION => Message::Completion {
            id: fields.required_string("invocationId")?,
            outcome: fields.outcome()?,
        },
        STREAM_INVOCATION => Message::StreamInvocation {
            id: fields.required_string("invocationId")?,
            target: fields.required_string("target")?,
            arguments: fields.arguments()?,
            stream_ids: fields.stream_ids()?,
        },
        CANCEL_INVOCATION => Message::CancelInvocation {
            id: fields.required_string("invocationId")?,
        },
        PING => Message::Ping,
        CLOSE => Message::Close {
            error: fields.optional_string("error")?,
            allow_reconnect: fields.optional_bool("allowReconnect")?,
        },
        ACK => Message::Ack {
            sequence_id: fields.required_u64("sequenceId")?,
        },
        SEQUENCE => Message::Sequence {
            sequence_id: fields.required_u64("sequenceId")?,
        },
        _ => return Ok(Received::Ignored),
    };
    Ok(Received::Message(message))
}

/// The fields of a message that were not taken yet, in any order. Of a repeated name the last counts.
struct Fields(Vec<(String, Value)>);

impl Fields {
    fn take(&mut self, name: &str) -> Option<Value> {
        let position = self.0.iter().rposition(|(key, _)| key == name)?;
        Some(self.0.swap_remove(position).1)
    }

    fn required_u64(&mut self, name: &str) -> Result<u64, ProtocolError> {
        self.take(name)
            .and_then(|value| value.as_u64())
            .ok_or(ProtocolError::Field)
    }

    fn required_string(&mut self, name: &str) -> Result<String, ProtocolError> {
        self.optional_string(name)?.ok_or(ProtocolError::Field)
    }

    fn optional_string(&mut self, name: &str) -> Result<Option<String>, ProtocolError> {
        match self.take(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(ProtocolError::Field),
        }
    }

    fn optional_bool(&mut self, name: &str) -> Result<bool, ProtocolError> {
        match self.take(name) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(value)) => Ok(value),
            Some(_) => Err(ProtocolError::Field),
        }
    }

    fn arguments(&mut self) -> Result<Arguments, ProtocolError> {
        match self.take("arguments") {
            Some(Value::Array(values)) => Ok(Arguments::new(values)),
            _ => Err(ProtocolError::Field),
        }
    }

    fn stream_ids(&mut self) -> Result<Vec<String>, ProtocolError> {
        match self.take("streamIds") {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(ids)) => ids
                .into_iter()
                .map(|id| {
                    if let Value::String(id) = id {
                        Ok(id)
                    } else {
                        Err(ProtocolError::Field)
                    }
                })
                .collect(),
            Some(_) => Err(ProtocolError::Field),
        }
    }

    fn outcome(&mut self) -> Result<Outcome, ProtocolError> {
        match (self.optional_string("error")?, self.take("result")) {
            (Some(error), None) => Ok(Outcome::Error(error)),
            (None, Some(result)) => Ok(Outcome::Result(result)),
            (None, None) => Ok(Outcome::Void),
            (Some(_), Some(_)) => Err(ProtocolError::Field),
        }
    }
}

/// A message as its JSON object. Absent fields are left out: the stock client refuses `null` for some.
struct Wire<'a>(&'a Message);

impl Serialize for Wire<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", &self.0.kind())?;
        match self.0 {
            Message::Invocation {
                id,
                target,
                arguments,
                stream_ids,
            } => {
                call(&mut map, id.as_deref(), target, arguments, stream_ids)?;
            }
            Message::StreamInvocation {
                id,
                target,
                arguments,
                stream_ids,
            } => {
                call(&mut map, Some(id), target, arguments, stream_ids)?;
            }
            Message::StreamItem { id, item } => {
                map.serialize_entry("invocationId", id)?;
                map.serialize_entry("item", item)?;
            }
            Message::Completion { id, outcome } => {
                map.serialize_entry("invocationId", id)?;
                match outcome {
                    Outcome::Error(error) => map.serialize_entry("error", error)?,
                    Outcome::Void => {}
                    Outcome::Result(result) => map.serialize_entry("result", result)?,
                }
            }
            Message::CancelInvocation { id } => map.serialize_entry("invocationId", id)?,
            Message::Ping => {}
            Message::Close {
                error,
                allow_reconnect,
            } => {
                if let Some(error) = error {
                    map.serialize_entry("error", error)?;
                }
                if *allow_reconnect {
                    map.serialize_entry("allowReconnect", &true)?;
                }
            }
            Message::Ack { sequence_id } | Message::Sequence { sequence_id } => {
                map.serialize_entry("sequenceId", sequence_id)?;
            }
        }
        map.end()
    }
}

fn call<M: SerializeMap>(
    map: &mut M,
    id: Option<&str>,
    target: &str,
    arguments: &Arguments,
    stream_ids: &[String],
) -> Result<(), M::Error> {
    if let Some(id) = id {
        map.serialize_entry("invocationId", id)?;
    }
    map.serialize_entry("target", target)?;
    map.serialize_entry("arguments", arguments.values())?;
    if !stream_ids.is_empty() {
        map.serialize_entry("streamIds", stream_ids)?;
    }
    Ok(())
}
