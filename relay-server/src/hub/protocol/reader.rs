//! Reading the sockets of a connection: signs of life, messages, and which of them become calls.

use std::pin::Pin;

use axum::extract::ws;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use super::calls::{Call, PendingIds};
use super::decoder::Decoder;
use super::message::{Message, ProtocolError, Received};
use super::sequence::{Incoming, Verdict};
use super::socket::{Inward, next_data};
use super::{Connection, HubError, HubOptions};

/// Why reading stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The client said goodbye: it sent a Close, or closed its WebSocket.
    ClientLeft,
    /// The socket was lost, or the client has a newer one.
    Lost,
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

/// Everything that reading the sockets of one connection needs.
pub(super) struct Reader<'a, U> {
    connection: &'a Connection<U>,
    options: &'a HubOptions,
    decoder: Decoder,
    calls: mpsc::Sender<Box<Call>>,
    pending: PendingIds,
    /// With stateful reconnect: what was received.
    incoming: Option<Incoming>,
    /// Found no place before the socket was lost.
    stalled: Option<Call>,
}

impl<'a, U> Reader<'a, U> {
    pub(super) fn new(
        connection: &'a Connection<U>,
        options: &'a HubOptions,
        calls: mpsc::Sender<Box<Call>>,
        pending: PendingIds,
    ) -> Self {
        Self {
            connection,
            options,
            decoder: Decoder::new(connection.protocol(), options.max_message_bytes),
            calls,
            pending,
            incoming: connection.outgoing().is_stateful().then(Incoming::new),
            stalled: None,
        }
    }

    /// Takes in what came behind the handshake.
    pub(super) fn begin(&mut self, rest: &[u8]) {
        self.decoder.push(rest);
    }

    /// The next socket is a new one of the same connection. Of what came last over the old one, the client repeats what was not
    /// counted.
    pub(super) fn resume(&mut self) {
        self.decoder = Decoder::new(self.connection.protocol(), self.options.max_message_bytes);
        if let Some(incoming) = &mut self.incoming {
            incoming.resume();
        }
    }

    /// Reads until the connection ends, or the socket is lost, or `interruption` says that it is. WebSocket pings are no sign of
    /// life; any hub data is.
    pub(super) async fn run(
        &mut self,
        inward: &mut Inward,
        mut interruption: Pin<&mut impl Future<Output = ()>>,
    ) -> End {
        if let Some(call) = self.stalled.take()
            && let Flow::Stop(end) = self.queue(call, interruption.as_mut()).await
        {
            return end;
        }
        loop {
            if let Flow::Stop(end) = self.drain(interruption.as_mut()).await {
                return end;
            }
            let data = tokio::select! {
                data = timeout(self.options.client_timeout, next_data(inward)) => data,
                () = self.connection.closed() => return End::ClosedHere,
                () = interruption.as_mut() => return End::Lost,
            };
            match data {
                Ok(Some(ws::Message::Text(text))) => self.decoder.push(text.as_bytes()),
                Ok(Some(ws::Message::Binary(bytes))) => self.decoder.push(&bytes),
                Ok(Some(_)) => return End::ClientLeft,
                Ok(None) => return End::Lost,
                Err(_) => return End::Silence,
            }
        }
    }

    /// Handles every message that is complete.
    async fn drain(&mut self, mut interruption: Pin<&mut impl Future<Output = ()>>) -> Flow {
        loop {
            let received = match self.decoder.next() {
                Ok(None) => return Flow::Continue,
                Err(error) => return Flow::Stop(End::Violation(error)),
                Ok(Some(received)) => received,
            };
            match self.count(&received) {
                Ok(Verdict::Handle) => {}
                Ok(Verdict::Skip) => continue,
                Err(error) => return Flow::Stop(End::Violation(error)),
            }
            let flow = self.handle(received, interruption.as_mut()).await;
            if let Flow::Stop(end) = flow {
                return Flow::Stop(end);
            }
        }
    }

    fn count(&mut self, received: &Received) -> Result<Verdict, ProtocolError> {
        let Some(incoming) = &mut self.incoming else {
            return Ok(Verdict::Handle);
        };
        let verdict = incoming.judge(received)?;
        if received.is_counted() && incoming.latest() > 0 {
            let due = Instant::now() + self.options.acknowledgement_delay;
            self.connection
                .outgoing()
                .acknowledge_at(due, incoming.latest());
        }
        Ok(verdict)
    }

    async fn handle(
        &mut self,
        received: Received,
        interruption: Pin<&mut impl Future<Output = ()>>,
    ) -> Flow {
        let message = match received {
            Received::Message(message) => message,
            Received::BindingFailure { id, target, error } => {
                return self
                    .refuse(
                        id,
                        HubError::Arguments(error).completion_text(&target),
                        interruption,
                    )
                    .await;
            }
            Received::Ignored | Received::Unwanted => return Flow::Continue,
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
                    interruption,
                )
                .await
            }
            Message::Invocation { id, target, .. } => {
                self.refuse(
                    id,
                    format!("Failed to invoke '{target}' due to an error on the server."),
                    interruption,
                )
                .await
            }
            Message::StreamInvocation { id, target, .. } => {
                let error = format!(
                    "The client attempted to invoke the non-streaming '{target}' method with a streaming invocation."
                );
                self.refuse(Some(id), error, interruption).await
            }
            Message::Close { .. } => Flow::Stop(End::ClientLeft),
            Message::Ack { sequence_id } => {
                match self.connection.outgoing().acknowledged(sequence_id) {
                    Ok(()) => Flow::Continue,
                    Err(error) => Flow::Stop(End::Violation(error)),
                }
            }
            // Nothing here streams or asks clients for results, so these refer to nothing; sequences were seen to before.
            Message::StreamItem { .. }
            | Message::Completion { .. }
            | Message::CancelInvocation { .. }
            | Message::Sequence { .. }
            | Message::Ping => Flow::Continue,
        }
    }

    async fn refuse(
        &mut self,
        id: Option<String>,
        error: String,
        interruption: Pin<&mut impl Future<Output = ()>>,
    ) -> Flow {
        match id {
            Some(id) => {
                self.call(Some(id.clone()), Call::Refuse { id, error }, interruption)
                    .await
            }
            None => Flow::Continue,
        }
    }

    async fn call(
        &mut self,
        id: Option<String>,
        call: Call,
        interruption: Pin<&mut impl Future<Output = ()>>,
    ) -> Flow {
        if id.is_some_and(|id| !self.pending.insert(&id)) {
            return Flow::Stop(End::Violation(ProtocolError::DuplicateId));
        }
        self.queue(call, interruption).await
    }

    /// Queues a call. While too many wait, the socket is not read, and the client's silence is not held against it.
    async fn queue(
        &mut self,
        call: Call,
        interruption: Pin<&mut impl Future<Output = ()>>,
    ) -> Flow {
        tokio::select! {
            place = self.calls.reserve() => match place {
                Ok(place) => {
                    place.send(Box::new(call));
                    Flow::Continue
                }
                Err(_) => Flow::Stop(End::ClosedHere),
            },
            () = self.connection.closed() => Flow::Stop(End::ClosedHere),
            () = interruption => {
                self.stalled = Some(call);
                Flow::Stop(End::Lost)
            }
        }
    }
}
