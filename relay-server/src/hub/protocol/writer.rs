//! The one task that writes to a socket.

use std::sync::Arc;

use axum::extract::ws;
use futures_util::{Sink, SinkExt};
use tokio::time::{sleep, timeout};

use super::message::Message;
use super::outgoing::{EndedBy, Next};
use super::{Connection, HubOptions};

/// The WebSocket close code of a regular end.
pub(super) fn normal_closure() -> ws::Message {
    ws::Message::Close(Some(ws::CloseFrame {
        code: ws::close_code::NORMAL,
        reason: ws::Utf8Bytes::default(),
    }))
}

/// Sends what is queued, a Ping when nothing was for a while, and in the end the last message and a WebSocket close.
pub(super) async fn run<U, S>(connection: Connection<U>, mut sink: S, options: Arc<HubOptions>)
where
    S: Sink<ws::Message> + Unpin,
{
    let outgoing = connection.outgoing();
    let ping = connection.protocol().encode(&Message::Ping);
    loop {
        let batch = match timeout(options.ping_interval, outgoing.next()).await {
            Ok(Next::Send(batch)) => batch,
            Ok(Next::Close(last)) => {
                // The client may be gone already: then nobody misses these.
                let _ = timeout(
                    options.close_timeout,
                    send(&mut sink, last.into_iter().chain([normal_closure()])),
                )
                .await;
                return;
            }
            Err(_) => vec![ping.clone()],
        };
        if !sent_in_time(&connection, send(&mut sink, batch), &options).await {
            outgoing.close(EndedBy::Client, None, true);
            return;
        }
    }
}

/// Whether the write succeeded in time; less is left to it once the connection is closing.
async fn sent_in_time<U>(
    connection: &Connection<U>,
    write: impl Future<Output = bool>,
    options: &HubOptions,
) -> bool {
    let closing = async {
        connection.closed().await;
        sleep(options.close_timeout).await;
    };
    tokio::select! {
        sent = write => sent,
        () = sleep(options.write_timeout) => false,
        () = closing => false,
    }
}

async fn send<S>(sink: &mut S, messages: impl IntoIterator<Item = ws::Message>) -> bool
where
    S: Sink<ws::Message> + Unpin,
{
    for message in messages {
        if sink.feed(message).await.is_err() {
            return false;
        }
    }
    sink.flush().await.is_ok()
}
