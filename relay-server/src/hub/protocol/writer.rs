//! The one task that writes to a socket.

use std::sync::Arc;

use axum::extract::ws;
use futures_util::SinkExt;
use tokio::time::{sleep, timeout};

use super::message::Message;
use super::outgoing::{EndedBy, Next};
use super::socket::Outward;
use super::{Connection, HubOptions};

/// The WebSocket close code of a regular end.
pub(super) fn normal_closure() -> ws::Message {
    ws::Message::Close(Some(ws::CloseFrame {
        code: ws::close_code::NORMAL,
        reason: ws::Utf8Bytes::default(),
    }))
}

/// Sends `first`, then what is queued and acknowledgements, a Ping when nothing was sent for a while, and in the end the last
/// message and a WebSocket close. A socket that takes no data ends it, and with it a connection that cannot have another.
pub(super) async fn run<U>(
    connection: Connection<U>,
    mut outward: Outward,
    options: Arc<HubOptions>,
    first: Vec<ws::Message>,
) {
    let outgoing = connection.outgoing();
    let ping = connection.protocol().encode(&Message::Ping);
    let mut batch = first;
    loop {
        if !sent_in_time(&connection, send(&mut outward, batch), &options).await {
            if !outgoing.is_stateful() {
                outgoing.close(EndedBy::Client, None, true);
            }
            return;
        }
        batch = match timeout(options.ping_interval, outgoing.next()).await {
            Ok(Next::Send(batch)) => batch,
            Ok(Next::Acknowledge(sequence_id)) => {
                vec![connection.protocol().encode(&Message::Ack { sequence_id })]
            }
            Ok(Next::Close(last)) => {
                // The client may be gone already: then nobody misses these.
                let _ = timeout(
                    options.close_timeout,
                    send(&mut outward, last.into_iter().chain([normal_closure()])),
                )
                .await;
                return;
            }
            Err(_) => vec![ping.clone()],
        };
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

async fn send(outward: &mut Outward, messages: impl IntoIterator<Item = ws::Message>) -> bool {
    for message in messages {
        if outward.feed(message).await.is_err() {
            return false;
        }
    }
    outward.flush().await.is_ok()
}
