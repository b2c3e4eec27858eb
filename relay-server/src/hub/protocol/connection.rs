//! What the domain holds of a client.

use std::sync::{Arc, OnceLock};

use axum::extract::ws;

use super::detached::Detached;
use super::message::{Message, Protocol};
use super::outgoing::{EndedBy, Outgoing, Refusal};
use super::{HubOptions, Value};

/// Why a push will not reach the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The connection is closed or closing.
    #[error("the connection is closed")]
    Closed,
    /// The client reads too slowly. The connection is closed now, with leave to reconnect.
    #[error("the client reads too slowly")]
    TooSlow,
}

impl SendError {
    /// A stable name of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Closed => "connection-closed",
            Self::TooSlow => "connection-too-slow",
        }
    }
}

/// A push for any number of clients, encoded at most once in each protocol. Clones share the encodings.
#[derive(Clone)]
pub struct PreparedInvocation(Arc<Prepared>);

struct Prepared {
    message: Message,
    json: OnceLock<ws::Message>,
    messagepack: OnceLock<ws::Message>,
}

impl PreparedInvocation {
    /// A push of `target` with `arguments`.
    pub fn new(target: &str, arguments: Vec<Value>) -> Self {
        let message = Message::push(target, arguments);
        Self(Arc::new(Prepared {
            message,
            json: OnceLock::new(),
            messagepack: OnceLock::new(),
        }))
    }

    fn encoded(&self, protocol: Protocol) -> ws::Message {
        let cell = match protocol {
            Protocol::Json => &self.0.json,
            Protocol::MessagePack => &self.0.messagepack,
        };
        cell.get_or_init(|| protocol.encode(&self.0.message))
            .clone()
    }
}

/// A client that finished its handshake. Clones are handles of the same connection. With stateful reconnect it outlives its
/// socket for a while: what is sent meanwhile reaches the client when it is back.
pub struct Connection<U>(Arc<Inner<U>>);

struct Inner<U> {
    id: String,
    user: U,
    protocol: Protocol,
    outgoing: Outgoing,
}

impl<U> Clone for Connection<U> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<U> Connection<U> {
    /// With `detached` it has stateful reconnect.
    pub(super) fn new(
        id: String,
        user: U,
        protocol: Protocol,
        options: &HubOptions,
        detached: Option<Arc<Detached>>,
    ) -> Self {
        let outgoing = Outgoing::new(options, detached);
        Self(Arc::new(Inner {
            id,
            user,
            protocol,
            outgoing,
        }))
    }

    /// The connection's id: unique, chosen by the server.
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// Who authenticated the WebSocket.
    pub fn user(&self) -> &U {
        &self.0.user
    }

    /// Pushes to the client, waiting while much is queued for it already.
    ///
    /// # Errors
    /// [`SendError::Closed`].
    pub async fn send(&self, target: &str, arguments: Vec<Value>) -> Result<(), SendError> {
        self.send_message(&Message::push(target, arguments)).await
    }

    /// [`Connection::send`] of a push that goes to several clients.
    ///
    /// # Errors
    /// [`SendError::Closed`].
    pub async fn send_prepared(&self, invocation: &PreparedInvocation) -> Result<(), SendError> {
        self.push(invocation.encoded(self.0.protocol)).await
    }

    /// Pushes to the client without waiting. A client whose queue is full is cut off, so that it never misses a push
    /// without notice.
    ///
    /// # Errors
    /// [`SendError::Closed`]; [`SendError::TooSlow`] when this call closed the connection.
    pub fn try_send(&self, target: &str, arguments: Vec<Value>) -> Result<(), SendError> {
        self.try_push(self.0.protocol.encode(&Message::push(target, arguments)))
    }

    /// [`Connection::try_send`] of a push that goes to several clients.
    ///
    /// # Errors
    /// As [`Connection::try_send`].
    pub fn try_send_prepared(&self, invocation: &PreparedInvocation) -> Result<(), SendError> {
        self.try_push(invocation.encoded(self.0.protocol))
    }

    /// Closes the connection once what is queued has gone out. `error` is shown to the client; without
    /// `allow_reconnect` a stock client stays away for good.
    pub fn close(&self, allow_reconnect: bool, error: Option<&str>) {
        let close = Message::Close {
            error: error.map(str::to_owned),
            allow_reconnect,
        };
        self.0
            .outgoing
            .close(EndedBy::Server, Some(self.0.protocol.encode(&close)), false);
    }

    /// Whether the connection is closed or closing.
    pub fn is_closed(&self) -> bool {
        self.0.outgoing.ended_by().is_some()
    }

    /// Waits until the connection is closed or closing.
    pub async fn closed(&self) {
        self.0.outgoing.closed().await;
    }

    pub(super) fn outgoing(&self) -> &Outgoing {
        &self.0.outgoing
    }

    pub(super) fn protocol(&self) -> Protocol {
        self.0.protocol
    }

    /// What a new socket of the same connection begins with.
    pub(super) fn resume(&self) -> Vec<ws::Message> {
        let (sequence_id, messages) = self.0.outgoing.resume();
        let sequence = self.0.protocol.encode(&Message::Sequence { sequence_id });
        [sequence].into_iter().chain(messages).collect()
    }

    /// Sends a message of a call or stream, waiting for room.
    pub(super) async fn send_message(&self, message: &Message) -> Result<(), SendError> {
        self.push(self.0.protocol.encode(message)).await
    }

    async fn push(&self, message: ws::Message) -> Result<(), SendError> {
        if self.0.outgoing.push(message).await {
            Ok(())
        } else {
            Err(SendError::Closed)
        }
    }

    fn try_push(&self, message: ws::Message) -> Result<(), SendError> {
        self.0
            .outgoing
            .try_push(message)
            .map_err(|refusal| match refusal {
                Refusal::Closed => SendError::Closed,
                Refusal::Full => {
                    let close = Message::Close {
                        error: None,
                        allow_reconnect: true,
                    };
                    self.0.outgoing.close(
                        EndedBy::Server,
                        Some(self.0.protocol.encode(&close)),
                        true,
                    );
                    SendError::TooSlow
                }
            })
    }
}
