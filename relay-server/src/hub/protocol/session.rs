//! One connection from its handshake to its end, over one socket or, with stateful reconnect, several.

use std::pin::pin;
use std::sync::Arc;

use axum::extract::ws;
use bytes::Bytes;
use futures_util::SinkExt;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::calls::{self, PendingIds};
use super::handshake::{self, Accepted, HandshakeError, HandshakeReader, STATEFUL_VERSION};
use super::message::Message;
use super::outgoing::EndedBy;
use super::reader::{End, Reader};
use super::registry::Claim;
use super::server::Shared;
use super::socket::{Inward, Outward, Socket, next_data};
use super::{Connection, Hub, HubOptions, writer};

/// Serves the connection that `user` opens with a socket; returns when it is done with and the hub was told. With a claim it may
/// move to the sockets that come for that.
pub(super) async fn run<H: Hub>(
    server: Arc<Shared<H>>,
    mut socket: Socket,
    connection_id: String,
    user: H::User,
    claim: Option<&Claim<H::User>>,
) {
    let options = Arc::clone(&server.options);
    let Some(accepted) = shake_hands(&mut socket, &options).await else {
        return;
    };
    let is_stateful = accepted.version == STATEFUL_VERSION;
    let mut sockets = claim
        .filter(|_| is_stateful)
        .and_then(Claim::further_sockets);
    let detached = sockets.is_some().then(|| Arc::clone(&server.detached));
    let connection = Connection::new(connection_id, user, accepted.protocol, &options, detached);
    let _live = server.enter(connection.clone());

    let (sender, receiver) = mpsc::channel(options.max_pending_calls.max(1));
    let pending = PendingIds::default();
    let calls = tokio::spawn(calls::run(
        Arc::clone(&server.hub),
        connection.clone(),
        receiver,
        pending.clone(),
    ));
    let mut reader = Reader::new(&connection, &options, sender, pending);
    let (end, last) = serve(
        &mut reader,
        &connection,
        &options,
        (socket, accepted.rest),
        sockets.as_mut(),
    )
    .await;
    drop((reader, sockets));
    finish(&connection, end);
    if let Some((inward, writer)) = last {
        part(inward, writer, &options).await;
    }
    // A task ends with an error only if it panicked, which the runtime reports.
    let _ = calls.await;
}

/// The writer of one socket, which ends by itself when the connection ends or the socket takes no data.
struct Writer {
    task: JoinHandle<()>,
    has_ended: bool,
}

impl Writer {
    fn start<U: Send + Sync + 'static>(
        connection: &Connection<U>,
        options: &Arc<HubOptions>,
        outward: Outward,
        first: Vec<ws::Message>,
    ) -> Self {
        Self {
            task: tokio::spawn(writer::run(
                connection.clone(),
                outward,
                Arc::clone(options),
                first,
            )),
            has_ended: false,
        }
    }

    /// Waits for the end of it; may be dropped meanwhile.
    async fn ended(&mut self) {
        if !self.has_ended {
            let _ = (&mut self.task).await;
            self.has_ended = true;
        }
    }

    /// Ends it where it stands. What it was about to send is kept as not acknowledged.
    async fn stop(mut self) {
        self.task.abort();
        self.ended().await;
    }
}

/// Serves the connection over one socket after the other. With its end comes what is left of the last socket, if anything.
async fn serve<U: Send + Sync + 'static>(
    reader: &mut Reader<'_, U>,
    connection: &Connection<U>,
    options: &Arc<HubOptions>,
    (socket, rest): (Socket, Bytes),
    mut sockets: Option<&mut mpsc::Receiver<Socket>>,
) -> (End, Option<(Inward, Writer)>) {
    let Socket {
        outward,
        mut inward,
    } = socket;
    let mut writer = Writer::start(connection, options, outward, Vec::new());
    reader.begin(&rest);
    loop {
        let mut newer = None;
        let end = {
            let interruption = pin!(async {
                match &mut sockets {
                    Some(sockets) => tokio::select! {
                        socket = sockets.recv() => newer = socket,
                        () = writer.ended() => {}
                    },
                    // Whoever cannot have another socket is closed by its writer.
                    None => std::future::pending().await,
                }
            });
            reader.run(&mut inward, interruption).await
        };
        let Some(sockets) = sockets
            .as_mut()
            .filter(|_| end == End::Lost && !connection.is_closed())
        else {
            return (end, Some((inward, writer)));
        };
        // Both halves go before the wait: what is left of the old socket is closed, its buffers are free.
        writer.stop().await;
        drop(inward);
        let socket = match newer {
            Some(socket) => Some(socket),
            None => next_socket(connection, options, sockets).await,
        };
        let Some(socket) = socket else {
            return (end, None);
        };
        inward = socket.inward;
        reader.resume();
        let first = connection.resume();
        writer = Writer::start(connection, options, socket.outward, first);
    }
}

/// The socket with which the client comes back. `None` if the connection ends before, or there is no room to keep it.
async fn next_socket<U>(
    connection: &Connection<U>,
    options: &HubOptions,
    sockets: &mut mpsc::Receiver<Socket>,
) -> Option<Socket> {
    if !connection.outgoing().detach() {
        return None;
    }
    tokio::select! {
        socket = timeout(options.reconnect_window, sockets.recv()) => socket.ok().flatten(),
        () = connection.closed() => None,
    }
}

/// Sees a socket off whose connection has ended. Reads on until the peer closes too, or the socket would be reset under the
/// last messages.
async fn part(mut inward: Inward, mut writer: Writer, options: &HubOptions) {
    let mut peer_closed = pin!(async { while next_data(&mut inward).await.is_some() {} });
    let peer_was_first = tokio::select! {
        () = &mut peer_closed => true,
        () = writer.ended() => false,
    };
    if peer_was_first {
        writer.ended().await;
    } else {
        let _ = timeout(options.close_timeout, peer_closed).await;
    }
}

/// Closes the connection as its end asks for.
fn finish<U>(connection: &Connection<U>, end: End) {
    match end {
        End::ClientLeft | End::Lost => connection.outgoing().close(EndedBy::Client, None, false),
        End::Violation(error) => {
            tracing::debug!(code = error.code(), "a hub client broke the protocol");
            connection.close(false, Some("Connection closed with an error."));
        }
        End::Silence => {
            let close = connection.protocol().encode(&Message::Close {
                error: None,
                allow_reconnect: true,
            });
            connection
                .outgoing()
                .close(EndedBy::Client, Some(close), true);
        }
        End::ClosedHere => {}
    }
}

/// Receives the request and answers it. `None` if the connection ends with it.
async fn shake_hands(socket: &mut Socket, options: &HubOptions) -> Option<Accepted> {
    let request = receive_request(&mut socket.inward);
    let request = timeout(options.handshake_timeout, request).await;
    match request.unwrap_or(Some(Err(HandshakeError::TimedOut)))? {
        Ok(accepted) => {
            let answer = socket
                .outward
                .send(handshake::acceptance(accepted.protocol));
            timeout(options.write_timeout, answer).await.ok()?.ok()?;
            Some(accepted)
        }
        Err(error) => {
            let farewell = async {
                let outward = &mut socket.outward;
                outward.feed(handshake::refusal(&error)).await.ok()?;
                outward.send(writer::normal_closure()).await.ok()?;
                while next_data(&mut socket.inward).await.is_some() {}
                Some(())
            };
            let _ = timeout(options.close_timeout, farewell).await;
            None
        }
    }
}

/// `None` if the client leaves before its request is complete.
async fn receive_request(inward: &mut Inward) -> Option<Result<Accepted, HandshakeError>> {
    let mut reader = HandshakeReader::default();
    loop {
        let frame = next_data(inward).await?;
        let bytes = match &frame {
            ws::Message::Text(text) => text.as_bytes(),
            ws::Message::Binary(bytes) => bytes,
            _ => return None,
        };
        match reader.push(bytes) {
            Ok(None) => {}
            Ok(Some(accepted)) => return Some(Ok(accepted)),
            Err(error) => return Some(Err(error)),
        }
    }
}
