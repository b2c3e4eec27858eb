//! A WebSocket as a session sees it: two halves, of whatever kind.

use std::pin::Pin;

use axum::extract::ws;
use futures_util::stream::{BoxStream, Fuse};
use futures_util::{Sink, SinkExt, Stream, StreamExt};

/// Takes what goes to the peer.
pub(super) type Outward = Pin<Box<dyn Sink<ws::Message, Error = ()> + Send>>;
/// Yields what comes from the peer. What went wrong with a socket makes no difference: it is lost.
pub(super) type Inward = Fuse<BoxStream<'static, Result<ws::Message, ()>>>;

/// A WebSocket.
pub(super) struct Socket {
    pub(super) outward: Outward,
    pub(super) inward: Inward,
}

impl Socket {
    /// A socket from its two halves.
    pub(super) fn new<K, S, E>((sink, stream): (K, S)) -> Self
    where
        K: Sink<ws::Message> + Send + 'static,
        S: Stream<Item = Result<ws::Message, E>> + Send + 'static,
        E: 'static,
    {
        Self {
            outward: Box::pin(sink.sink_map_err(|_| ())),
            inward: stream.map(|item| item.map_err(|_| ())).boxed().fuse(),
        }
    }
}

/// The next frame that is more than WebSocket keep-alive; `None` when the socket is lost.
pub(super) async fn next_data(stream: &mut Inward) -> Option<ws::Message> {
    loop {
        match stream.next().await?.ok()? {
            ws::Message::Ping(_) | ws::Message::Pong(_) => {}
            message => return Some(message),
        }
    }
}
