//! The MessagePack encoding: one array a message, each behind its length as a VarInt.

use bytes::Bytes;
use rmp::encode as write;
use rmp::encode::{ByteBuf, ValueWriteError};

use super::message::{
    ACK, CANCEL_INVOCATION, CLOSE, COMPLETION, INVOCATION, Message, Outcome, PING, ProtocolError,
    Received, SEQUENCE, STREAM_INVOCATION, STREAM_ITEM,
};
use super::{ArgumentError, Arguments, Value};

/// The longest message that the length prefix may announce.
const MAX_LENGTH: u32 = 0x7FFF_FFFF;
/// Nesting beyond which a message is refused, before recursion could exhaust the stack.
const MAX_DEPTH: usize = 128;
const NO_HEADERS: u32 = 0;
const KIND_ERROR: u64 = 1;
const KIND_VOID: u64 = 2;
const KIND_RESULT: u64 = 3;

/// The length prefix at the start of `bytes`: (bytes it takes, length of the message); `None` while incomplete.
pub(super) fn length_prefix(bytes: &[u8]) -> Result<Option<(usize, usize)>, ProtocolError> {
    let mut length = 0_u64;
    for (index, byte) in bytes.iter().take(5).enumerate() {
        length |= u64::from(byte & 0x7F) << (7 * index);
        if byte & 0x80 == 0 {
            return match u32::try_from(length) {
                Ok(length) if length <= MAX_LENGTH => Ok(Some((index + 1, length as usize))),
                _ => Err(ProtocolError::Length),
            };
        }
    }
    if bytes.len() < 5 {
        Ok(None)
    } else {
        Err(ProtocolError::Length)
    }
}

/// Reads one message, given without its length prefix.
pub(super) fn decode(mut body: &[u8]) -> Result<Received, ProtocolError> {
    let value = rmpv::decode::read_value_with_max_depth(&mut body, MAX_DEPTH)
        .map_err(|_| ProtocolError::Encoding)?;
    let rmpv::Value::Array(items) = value else {
        return Err(ProtocolError::Field);
    };
    if !body.is_empty() {
        return Err(ProtocolError::Encoding);
    }
    let mut items = Items(items.into_iter());
    match items.u64()? {
        INVOCATION => items.call(true),
        STREAM_INVOCATION => items.call(false),
        STREAM_ITEM => items.stream_item(),
        COMPLETION => items.completion(),
        CANCEL_INVOCATION => {
            items.headers()?;
            Ok(Received::Message(Message::CancelInvocation {
                id: items.string()?,
            }))
        }
        PING => Ok(Received::Message(Message::Ping)),
        CLOSE => {
            let error = items.optional_string()?;
            let allow_reconnect = match items.0.next() {
                None | Some(rmpv::Value::Nil) => false,
                Some(rmpv::Value::Boolean(value)) => value,
                Some(_) => return Err(ProtocolError::Field),
            };
            Ok(Received::Message(Message::Close {
                error,
                allow_reconnect,
            }))
        }
        ACK => Ok(Received::Message(Message::Ack {
            sequence_id: items.u64()?,
        })),
        SEQUENCE => Ok(Received::Message(Message::Sequence {
            sequence_id: items.u64()?,
        })),
        _ => Ok(Received::Ignored),
    }
}

/// The elements of a message that were not read yet. More than the protocol names are left alone.
struct Items(std::vec::IntoIter<rmpv::Value>);

impl Items {
    fn next(&mut self) -> Result<rmpv::Value, ProtocolError> {
        self.0.next().ok_or(ProtocolError::Field)
    }

    fn u64(&mut self) -> Result<u64, ProtocolError> {
        self.next()?.as_u64().ok_or(ProtocolError::Field)
    }

    fn string(&mut self) -> Result<String, ProtocolError> {
        self.optional_string()?.ok_or(ProtocolError::Field)
    }

    fn optional_string(&mut self) -> Result<Option<String>, ProtocolError> {
        match self.next()? {
            rmpv::Value::Nil => Ok(None),
            rmpv::Value::String(text) => text.into_str().map(Some).ok_or(ProtocolError::Encoding),
            _ => Err(ProtocolError::Field),
        }
    }

    fn headers(&mut self) -> Result<(), ProtocolError> {
        if self.next()?.is_map() {
            Ok(())
        } else {
            Err(ProtocolError::Field)
        }
    }

    fn call(&mut self, plain: bool) -> Result<Received, ProtocolError> {
        self.headers()?;
        let id = self.optional_string()?;
        let target = self.string()?;
        let rmpv::Value::Array(values) = self.next()? else {
            return Err(ProtocolError::Field);
        };
        let stream_ids = self.stream_ids()?;
        let arguments = match values
            .into_iter()
            .map(convert)
            .collect::<Result<Vec<_>, _>>()
        {
            Ok(values) => Arguments::new(values),
            Err(ConvertError::Malformed) => return Err(ProtocolError::Encoding),
            Err(ConvertError::Unsupported(what)) => {
                return Ok(Received::BindingFailure {
                    id,
                    target,
                    error: ArgumentError::Unsupported(what),
                });
            }
        };
        let message = if plain {
            Message::Invocation {
                id,
                target,
                arguments,
                stream_ids,
            }
        } else {
            Message::StreamInvocation {
                id: id.ok_or(ProtocolError::Field)?,
                target,
                arguments,
                stream_ids,
            }
        };
        Ok(Received::Message(message))
    }

    fn stream_ids(&mut self) -> Result<Vec<String>, ProtocolError> {
        match self.0.next() {
            None | Some(rmpv::Value::Nil) => Ok(Vec::new()),
            Some(rmpv::Value::Array(ids)) => {
                let mut ids = Items(ids.into_iter());
                let mut list = Vec::new();
                while ids.0.len() > 0 {
                    list.push(ids.string()?);
                }
                Ok(list)
            }
            Some(_) => Err(ProtocolError::Field),
        }
    }

    fn stream_item(&mut self) -> Result<Received, ProtocolError> {
        self.headers()?;
        let id = self.string()?;
        Ok(match convert(self.next()?) {
            Ok(item) => Received::Message(Message::StreamItem { id, item }),
            Err(ConvertError::Malformed) => return Err(ProtocolError::Encoding),
            Err(ConvertError::Unsupported(_)) => Received::Unwanted,
        })
    }

    fn completion(&mut self) -> Result<Received, ProtocolError> {
        self.headers()?;
        let id = self.string()?;
        let outcome = match self.u64()? {
            KIND_ERROR => Outcome::Error(self.string()?),
            KIND_VOID => Outcome::Void,
            KIND_RESULT => match convert(self.next()?) {
                Ok(result) => Outcome::Result(result),
                Err(ConvertError::Malformed) => return Err(ProtocolError::Encoding),
                Err(ConvertError::Unsupported(_)) => return Ok(Received::Unwanted),
            },
            _ => return Err(ProtocolError::Field),
        };
        Ok(Received::Message(Message::Completion { id, outcome }))
    }
}

enum ConvertError {
    Malformed,
    Unsupported(&'static str),
}

fn convert(value: rmpv::Value) -> Result<Value, ConvertError> {
    Ok(match value {
        rmpv::Value::Nil => Value::Null,
        rmpv::Value::Boolean(value) => Value::Bool(value),
        rmpv::Value::Integer(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => Value::UInt(number),
            (None, Some(number)) => Value::Int(number),
            (None, None) => return Err(ConvertError::Malformed),
        },
        rmpv::Value::F32(number) => Value::Float(number.into()),
        rmpv::Value::F64(number) => Value::Float(number),
        rmpv::Value::String(text) => Value::String(text.into_str().ok_or(ConvertError::Malformed)?),
        rmpv::Value::Binary(bytes) => Value::Bytes(bytes.into()),
        rmpv::Value::Array(items) => {
            Value::Array(items.into_iter().map(convert).collect::<Result<_, _>>()?)
        }
        rmpv::Value::Map(fields) => Value::Map(
            fields
                .into_iter()
                .map(convert_field)
                .collect::<Result<_, _>>()?,
        ),
        rmpv::Value::Ext(..) => return Err(ConvertError::Unsupported("a MessagePack extension")),
    })
}

fn convert_field(
    (name, value): (rmpv::Value, rmpv::Value),
) -> Result<(String, Value), ConvertError> {
    match convert(name)? {
        Value::String(name) => Ok((name, convert(value)?)),
        _ => Err(ConvertError::Unsupported(
            "a map with a key that is not a string",
        )),
    }
}

/// The message behind its length prefix.
#[expect(clippy::expect_used, reason = "writing to memory cannot fail")]
pub(super) fn encode(message: &Message) -> Bytes {
    let mut body = ByteBuf::new();
    encode_body(&mut body, message).expect("memory takes every message");
    let body = body.as_slice();
    let mut framed = Vec::with_capacity(body.len() + 5);
    let mut rest = body.len();
    while rest > 0x7F {
        framed.push((rest & 0x7F) as u8 | 0x80);
        rest >>= 7;
    }
    framed.push(rest as u8);
    framed.extend_from_slice(body);
    framed.into()
}

type Written = Result<(), ValueWriteError<std::convert::Infallible>>;

fn encode_body(out: &mut ByteBuf, message: &Message) -> Written {
    let start = |out: &mut ByteBuf, elements: u32| -> Written {
        write::write_array_len(out, elements)?;
        write::write_uint(out, message.kind())?;
        Ok(())
    };
    match message {
        Message::Invocation {
            id,
            target,
            arguments,
            stream_ids,
        } => {
            start(out, if stream_ids.is_empty() { 5 } else { 6 })?;
            call(out, id.as_deref(), target, arguments, stream_ids)?;
        }
        Message::StreamInvocation {
            id,
            target,
            arguments,
            stream_ids,
        } => {
            start(out, if stream_ids.is_empty() { 5 } else { 6 })?;
            call(out, Some(id), target, arguments, stream_ids)?;
        }
        Message::StreamItem { id, item } => {
            start(out, 4)?;
            write::write_map_len(out, NO_HEADERS)?;
            write::write_str(out, id)?;
            write_value(out, item)?;
        }
        Message::Completion { id, outcome } => {
            start(out, if *outcome == Outcome::Void { 4 } else { 5 })?;
            write::write_map_len(out, NO_HEADERS)?;
            write::write_str(out, id)?;
            match outcome {
                Outcome::Error(error) => {
                    write::write_uint(out, KIND_ERROR)?;
                    write::write_str(out, error)?;
                }
                Outcome::Void => {
                    write::write_uint(out, KIND_VOID)?;
                }
                Outcome::Result(result) => {
                    write::write_uint(out, KIND_RESULT)?;
                    write_value(out, result)?;
                }
            }
        }
        Message::CancelInvocation { id } => {
            start(out, 3)?;
            write::write_map_len(out, NO_HEADERS)?;
            write::write_str(out, id)?;
        }
        Message::Ping => start(out, 1)?,
        Message::Close {
            error,
            allow_reconnect,
        } => {
            start(out, 3)?;
            write_optional_str(out, error.as_deref())?;
            write::write_bool(out, *allow_reconnect)
                .map_err(ValueWriteError::InvalidMarkerWrite)?;
        }
        Message::Ack { sequence_id } | Message::Sequence { sequence_id } => {
            start(out, 2)?;
            write::write_uint(out, *sequence_id)?;
        }
    }
    Ok(())
}

fn call(
    out: &mut ByteBuf,
    id: Option<&str>,
    target: &str,
    arguments: &Arguments,
    stream_ids: &[String],
) -> Written {
    write::write_map_len(out, NO_HEADERS)?;
    write_optional_str(out, id)?;
    write::write_str(out, target)?;
    write_array(out, arguments.values())?;
    if !stream_ids.is_empty() {
        write::write_array_len(out, length(stream_ids.len()))?;
        for id in stream_ids {
            write::write_str(out, id)?;
        }
    }
    Ok(())
}

fn write_optional_str(out: &mut ByteBuf, text: Option<&str>) -> Written {
    match text {
        Some(text) => write::write_str(out, text),
        None => write::write_nil(out).map_err(ValueWriteError::InvalidMarkerWrite),
    }
}

fn write_array(out: &mut ByteBuf, items: &[Value]) -> Written {
    write::write_array_len(out, length(items.len()))?;
    items.iter().try_for_each(|item| write_value(out, item))
}

fn write_value(out: &mut ByteBuf, value: &Value) -> Written {
    match value {
        Value::Null => write::write_nil(out).map_err(ValueWriteError::InvalidMarkerWrite)?,
        Value::Bool(value) => {
            write::write_bool(out, *value).map_err(ValueWriteError::InvalidMarkerWrite)?
        }
        Value::Int(number) => {
            write::write_sint(out, *number)?;
        }
        Value::UInt(number) => {
            write::write_uint(out, *number)?;
        }
        Value::Float(number) => write::write_f64(out, *number)?,
        Value::String(text) => write::write_str(out, text)?,
        Value::Bytes(bytes) => write::write_bin(out, bytes)?,
        Value::Array(items) => write_array(out, items)?,
        Value::Map(fields) => {
            write::write_map_len(out, length(fields.len()))?;
            for (name, value) in fields {
                write::write_str(out, name)?;
                write_value(out, value)?;
            }
        }
    }
    Ok(())
}

/// A count as MessagePack holds it. Values of more than 2^32 elements do not fit in the memory of a message.
fn length(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
