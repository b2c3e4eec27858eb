//! One socket from its handshake to its end.

use std::pin::pin;
use std::sync::Arc;

use axum::extract::ws;
use bytes::Bytes;
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::calls::{self, PendingIds};
use super::decoder::Decoder;
use super::handshake::{self, Accepted, HandshakeError, HandshakeReader};
use super::message::Message;
use super::outgoing::EndedBy;
use super::reader::{End, Reader, next_data};
use super::server::Shared;
use super::{Connection, Hub, HubOptions, writer};

/// Serves the socket of `user`, given as its two halves; returns when it is done with and the hub was told.
pub(super) async fn run<H, K, S, E>(
    server: Arc<Shared<H>>,
    (mut sink, stream): (K, S),
    connection_id: String,
    user: H::User,
) where
    H: Hub,
    K: Sink<ws::Message> + Unpin + Send + 'static,
    S: Stream<Item = Result<ws::Message, E>> + Unpin,
{
    let mut stream = stream.fuse();
    let options = Arc::clone(&server.options);
    let Some(accepted) = shake_hands(&mut sink, &mut stream, &options).await else {
        return;
    };
    let connection = Connection::new(connection_id, user, accepted.protocol, &options);
    let _live = server.enter(connection.clone());

    let mut writer = tokio::spawn(writer::run(connection.clone(), sink, Arc::clone(&options)));
    let (sender, receiver) = mpsc::channel(options.max_pending_calls.max(1));
    let pending = PendingIds::default();
    let calls = tokio::spawn(calls::run(
        Arc::clone(&server.hub),
        connection.clone(),
        receiver,
        pending.clone(),
    ));

    let decoder = Decoder::new(accepted.protocol, options.max_message_bytes);
    let mut reader = Reader {
        connection: &connection,
        options: &options,
        decoder,
        calls: sender,
        pending,
    };
    let end = reader.run_after(accepted.rest, &mut stream).await;
    drop(reader);
    finish(&connection, end);

    // Reads on until the peer closes too, or the socket would be reset under the last messages.
    let mut peer_closed = pin!(async { while next_data(&mut stream).await.is_some() {} });
    let peer_was_first = tokio::select! {
        () = &mut peer_closed => true,
        _ = &mut writer => false,
    };
    if peer_was_first {
        let _ = writer.await;
    } else {
        let _ = timeout(options.close_timeout, peer_closed).await;
    }
    // A task ends with an error only if it panicked, which the runtime reports.
    let _ = calls.await;
}

impl<U> Reader<'_, U> {
    async fn run_after<S, E>(&mut self, rest: Bytes, stream: &mut S) -> End
    where
        S: Stream<Item = Result<ws::Message, E>> + Unpin,
    {
        self.decoder.push(&rest);
        self.run(stream).await
    }
}

/// Closes the connection as its end asks for.
fn finish<U>(connection: &Connection<U>, end: End) {
    match end {
        End::ClientLeft => connection.outgoing().close(EndedBy::Client, None, false),
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
async fn shake_hands<K, S, E>(
    sink: &mut K,
    stream: &mut S,
    options: &HubOptions,
) -> Option<Accepted>
where
    K: Sink<ws::Message> + Unpin,
    S: Stream<Item = Result<ws::Message, E>> + Unpin,
{
    let request = timeout(options.handshake_timeout, receive_request(stream)).await;
    match request.unwrap_or(Some(Err(HandshakeError::TimedOut)))? {
        Ok(accepted) => {
            let answer = sink.send(handshake::acceptance(accepted.protocol));
            timeout(options.write_timeout, answer).await.ok()?.ok()?;
            Some(accepted)
        }
        Err(error) => {
            let farewell = async {
                sink.feed(handshake::refusal(&error)).await.ok()?;
                sink.send(writer::normal_closure()).await.ok()?;
                while next_data(stream).await.is_some() {}
                Some(())
            };
            let _ = timeout(options.close_timeout, farewell).await;
            None
        }
    }
}

/// `None` if the client leaves before its request is complete.
async fn receive_request<S, E>(stream: &mut S) -> Option<Result<Accepted, HandshakeError>>
where
    S: Stream<Item = Result<ws::Message, E>> + Unpin,
{
    let mut reader = HandshakeReader::default();
    loop {
        let frame = next_data(stream).await?;
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
