//! Reading one socket: signs of life, messages, and which of them become calls.

use axum::extract::ws;
use futures_util::{Stream, StreamExt};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::calls::{Call, PendingIds};
use super::decoder::Decoder;
use super::message::{Message, ProtocolError, Received};
use super::{Connection, HubError, HubOptions};

/// Why reading stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The client said goodbye, or its socket was lost.
    ClientLeft,
    /// The client broke the protocol.
    Violation(ProtocolError),
    /// The client was silent for too long.
    Silence,
    /// The connection was closed from this side.
    ClosedHere,
}

enum Flow {
    Continue,
    Stop(End),
}

/// Everything that reading one socket needs.
pub(super) struct Reader<'a, U> {
    pub(super) connection: &'a Connection<U>,
    pub(super) options: &'a HubOptions,
    pub(super) decoder: Decoder,
    pub(super) calls: mpsc::Sender<Box<Call>>,
    pub(super) pending: PendingIds,
}

impl<U> Reader<'_, U> {
    /// Reads until the connection ends. WebSocket pings are no sign of life; any hub data is.
    pub(super) async fn run<S, E>(&mut self, stream: &mut S) -> End
    where
        S: Stream<Item = Result<ws::Message, E>> + Unpin,
    {
        loop {
            if let Flow::Stop(end) = self.drain().await {
                return end;
            }
            let data = tokio::select! {
                data = timeout(self.options.client_timeout, next_data(stream)) => data,
                () = self.connection.closed() => return End::ClosedHere,
            };
            match data {
                Ok(Some(ws::Message::Text(text))) => self.decoder.push(text.as_bytes()),
                Ok(Some(ws::Message::Binary(bytes))) => self.decoder.push(&bytes),
                Ok(_) => return End::ClientLeft,
                Err(_) => return End::Silence,
            }
        }
    }

    /// Handles every message that is complete.
    async fn drain(&mut self) -> Flow {
        loop {
            match self.decoder.next() {
                Ok(None) => return Flow::Continue,
                Err(error) => return Flow::Stop(End::Violation(error)),
                Ok(Some(received)) => {
                    if let Flow::Stop(end) = self.handle(received).await {
                        return Flow::Stop(end);
                    }
                }
            }
        }
    }

    async fn handle(&mut self, received: Received) -> Flow {
        let message = match received {
            Received::Message(message) => message,
            Received::BindingFailure { id, target, error } => {
                return self
                    .refuse(id, HubError::Arguments(error).completion_text(&target))
                    .await;
            }
            Received::Ignored => return Flow::Continue,
        };
        match message {
            Message::Invocation {
                id,
                target,
                arguments,
                stream_ids,
            } if stream_ids.is_empty() => {
                self.call(
                    id.clone(),
                    Call::Invoke {
                        id,
                        target,
                        arguments,
                    },
                )
                .await
            }
            Message::Invocation { id, target, .. } => {
                self.refuse(
                    id,
                    format!("Failed to invoke '{target}' due to an error on the server."),
                )
                .await
            }
            Message::StreamInvocation { id, target, .. } => {
                let error = format!(
                    "The client attempted to invoke the non-streaming '{target}' method with a streaming invocation."
                );
                self.refuse(Some(id), error).await
            }
            Message::Close { .. } => Flow::Stop(End::ClientLeft),
            // Nothing here streams, asks clients for results or offers stateful reconnect, so these refer to nothing.
            Message::StreamItem { .. }
            | Message::Completion { .. }
            | Message::CancelInvocation { .. }
            | Message::Ack { .. }
            | Message::Sequence { .. }
            | Message::Ping => Flow::Continue,
        }
    }

    async fn refuse(&mut self, id: Option<String>, error: String) -> Flow {
        match id {
            Some(id) => {
                self.call(Some(id.clone()), Call::Refuse { id, error })
                    .await
            }
            None => Flow::Continue,
        }
    }

    /// Queues a call. While too many wait, the socket is not read, and the client's silence is not held against it.
    async fn call(&mut self, id: Option<String>, call: Call) -> Flow {
        if id.is_some_and(|id| !self.pending.insert(&id)) {
            return Flow::Stop(End::Violation(ProtocolError::DuplicateId));
        }
        tokio::select! {
            queued = self.calls.send(Box::new(call)) => match queued {
                Ok(()) => Flow::Continue,
                Err(_) => Flow::Stop(End::ClosedHere),
            },
            () = self.connection.closed() => Flow::Stop(End::ClosedHere),
        }
    }
}

/// The next frame that is more than WebSocket keep-alive; `None` at the end of the stream.
pub(super) async fn next_data<S, E>(stream: &mut S) -> Option<ws::Message>
where
    S: Stream<Item = Result<ws::Message, E>> + Unpin,
{
    loop {
        match stream.next().await?.ok()? {
            ws::Message::Ping(_) | ws::Message::Pong(_) => {}
            message => return Some(message),
        }
    }
}
