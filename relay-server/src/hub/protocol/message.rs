//! The messages of the hub protocol, free of encoding.

use axum::extract::ws;

use super::{ArgumentError, Arguments, Value, json, messagepack};

/// The encodings a client can ask for in its handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    /// Text frames.
    Json,
    /// Binary frames.
    MessagePack,
}

impl Protocol {
    /// One whole WebSocket message that carries just `message`.
    pub(super) fn encode(self, message: &Message) -> ws::Message {
        match self {
            Self::Json => ws::Message::text(json::encode(message)),
            Self::MessagePack => ws::Message::binary(messagepack::encode(message)),
        }
    }
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Outcome {
    /// It failed, in words for the caller.
    Error(String),
    /// It ended without a result.
    Void,
    /// Its result.
    Result(Value),
}

/// A hub message; the number is its `type` on the wire.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Message {
    /// 1: a call. Without an id it is never answered.
    Invocation {
        id: Option<String>,
        target: String,
        arguments: Arguments,
        stream_ids: Vec<String>,
    },
    /// 2: one item of a stream.
    StreamItem { id: String, item: Value },
    /// 3: the end of a call or stream.
    Completion { id: String, outcome: Outcome },
    /// 4: a call that asks for a stream.
    StreamInvocation {
        id: String,
        target: String,
        arguments: Arguments,
        stream_ids: Vec<String>,
    },
    /// 5: the caller wants no more of a stream.
    CancelInvocation { id: String },
    /// 6: a sign of life.
    Ping,
    /// 7: the sender is about to close the connection.
    Close {
        error: Option<String>,
        allow_reconnect: bool,
    },
    /// 8: stateful reconnect; the last message received.
    Ack { sequence_id: u64 },
    /// 9: stateful reconnect; the message that comes next.
    Sequence { sequence_id: u64 },
}

pub(super) const INVOCATION: u64 = 1;
pub(super) const STREAM_ITEM: u64 = 2;
pub(super) const COMPLETION: u64 = 3;
pub(super) const STREAM_INVOCATION: u64 = 4;
pub(super) const CANCEL_INVOCATION: u64 = 5;
pub(super) const PING: u64 = 6;
pub(super) const CLOSE: u64 = 7;
pub(super) const ACK: u64 = 8;
pub(super) const SEQUENCE: u64 = 9;

impl Message {
    /// A push to the client, which it does not answer.
    pub(super) fn push(target: &str, arguments: Vec<Value>) -> Self {
        Self::Invocation {
            id: None,
            target: target.to_owned(),
            arguments: Arguments::new(arguments),
            stream_ids: Vec::new(),
        }
    }

    pub(super) fn kind(&self) -> u64 {
        match self {
            Self::Invocation { .. } => INVOCATION,
            Self::StreamItem { .. } => STREAM_ITEM,
            Self::Completion { .. } => COMPLETION,
            Self::StreamInvocation { .. } => STREAM_INVOCATION,
            Self::CancelInvocation { .. } => CANCEL_INVOCATION,
            Self::Ping => PING,
            Self::Close { .. } => CLOSE,
            Self::Ack { .. } => ACK,
            Self::Sequence { .. } => SEQUENCE,
        }
    }
}

/// What a decoder made of a well-formed message.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Received {
    /// A message.
    Message(Message),
    /// A call with arguments that no method could take: the call fails, the connection lives.
    BindingFailure {
        id: Option<String>,
        target: String,
        error: ArgumentError,
    },
    /// Of a type that this server does not know.
    Ignored,
    /// Content for a stream that this server did not ask for.
    Unwanted,
}

impl Received {
    /// Whether stateful reconnect counts it: messages of calls and streams.
    pub(super) fn is_counted(&self) -> bool {
        match self {
            Self::Message(message) => message.kind() <= CANCEL_INVOCATION,
            Self::BindingFailure { .. } | Self::Unwanted => true,
            Self::Ignored => false,
        }
    }
}

/// Why what a client sent is not the hub protocol. It ends the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ProtocolError {
    #[error("a message exceeds the limit")]
    TooLarge,
    #[error("the length prefix is not a VarInt of at most 31 bits")]
    Length,
    #[error("not well-formed in the chosen encoding")]
    Encoding,
    #[error("a field is missing or has the wrong type")]
    Field,
    #[error("an invocation id is in use")]
    DuplicateId,
    #[error("an acknowledgement of what was not sent")]
    Acknowledgement,
    #[error("a sequence that leaves messages out")]
    Sequence,
}

impl ProtocolError {
    /// A stable name of the error, for logs: clients are told nothing of the cause.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::TooLarge => "hub-message-too-large",
            Self::Length => "hub-length",
            Self::Encoding => "hub-encoding",
            Self::Field => "hub-field",
            Self::DuplicateId => "hub-duplicate-id",
            Self::Acknowledgement => "hub-acknowledgement",
            Self::Sequence => "hub-sequence",
        }
    }
}
