//! Entrances for fuzz targets: the decoders, and sessions over sockets of any kind.

use std::sync::Arc;

use axum::extract::ws;
use futures_util::{Sink, Stream, sink, stream};
use tokio::task::{JoinHandle, yield_now};

use super::decoder::Decoder;
use super::handshake::HandshakeReader;
use super::message::{Message, Protocol, Received};
use super::negotiate::{self, Negotiated};
use super::registry::{Admission, Negotiation};
use super::socket::Socket;
use super::{Hub, HubServer, json, messagepack, session};

/// The encodings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoding(Protocol);

/// JSON in text frames.
pub const JSON: Encoding = Encoding(Protocol::Json);
/// MessagePack in binary frames.
pub const MESSAGEPACK: Encoding = Encoding(Protocol::MessagePack);

/// What a stream of bytes was read as: messages, and the code of the violation that ended it.
#[derive(Debug, PartialEq)]
pub struct Decoded {
    messages: Vec<Received>,
    /// [`None`] where the stream may go on.
    pub violation: Option<&'static str>,
}

impl Decoded {
    /// How many messages there were.
    #[must_use]
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// Whether there were none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// Whether one of them says goodbye.
    #[must_use]
    pub fn has_close(&self) -> bool {
        self.messages
            .iter()
            .any(|received| matches!(received, Received::Message(Message::Close { .. })))
    }

    /// Whether the last of them says goodbye with an error.
    #[must_use]
    pub fn ends_with_error(&self) -> bool {
        matches!(
            self.messages.last(),
            Some(Received::Message(Message::Close { error: Some(_), .. }))
        )
    }

    /// Whether the first of them says where the sender goes on.
    #[must_use]
    pub fn starts_with_sequence(&self) -> bool {
        self.messages.first().is_some_and(is_sequence)
    }

    /// Whether one of them says where the sender goes on.
    #[must_use]
    pub fn has_sequence(&self) -> bool {
        self.messages.iter().any(is_sequence)
    }

    /// The messages that are known, encoded.
    #[must_use]
    pub fn encode(&self, encoding: Encoding) -> Vec<u8> {
        let messages = self.messages.iter().filter_map(|received| match received {
            Received::Message(message) => Some(message),
            Received::BindingFailure { .. } | Received::Ignored | Received::Unwanted => None,
        });
        messages
            .flat_map(|message| match encoding.0 {
                Protocol::Json => json::encode(message).into_bytes(),
                Protocol::MessagePack => messagepack::encode(message).to_vec(),
            })
            .collect()
    }
}

fn is_sequence(received: &Received) -> bool {
    matches!(received, Received::Message(Message::Sequence { .. }))
}

/// Reads a stream that comes in parts. `limit` bounds one message in bytes.
pub fn decode<'a>(
    encoding: Encoding,
    limit: usize,
    parts: impl IntoIterator<Item = &'a [u8]>,
) -> Decoded {
    let mut decoder = Decoder::new(encoding.0, limit);
    let mut messages = Vec::new();
    for part in parts {
        decoder.push(part);
        loop {
            match decoder.next() {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(error) => {
                    return Decoded {
                        messages,
                        violation: Some(error.code()),
                    };
                }
            }
        }
    }
    Decoded {
        messages,
        violation: None,
    }
}

/// What a stream's handshake asks for, and what follows it; [`None`] while it is not complete.
///
/// # Errors
/// The words in which it is refused.
pub fn handshake<'a>(
    parts: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Option<(Encoding, Vec<u8>)>, String> {
    let mut reader = HandshakeReader::default();
    let mut accepted = None;
    for part in parts {
        match &mut accepted {
            Some((_, rest)) => Vec::extend_from_slice(rest, part),
            None => {
                accepted = reader
                    .push(part)
                    .map_err(|error| error.to_string())?
                    .map(|accepted| (Encoding(accepted.protocol), accepted.rest.to_vec()));
            }
        }
    }
    Ok(accepted)
}

/// The handshake that asks for stateful reconnect.
#[must_use]
pub fn stateful_handshake(encoding: Encoding) -> ws::Message {
    let protocol = match encoding.0 {
        Protocol::Json => "json",
        Protocol::MessagePack => "messagepack",
    };
    ws::Message::text(format!(
        "{{\"protocol\":\"{protocol}\",\"version\":2}}\u{1e}"
    ))
}

/// Serves one connection with stateful reconnect over one socket after the other, each read to its end before the next comes, and
/// says goodbye after the last. [`None`] if the operating system gave no random bytes.
pub async fn serve_stateful<H, K, S, E>(
    server: &HubServer<H>,
    encoding: Encoding,
    sockets: impl IntoIterator<Item = (K, S)>,
    user: H::User,
) -> Option<()>
where
    H: Hub,
    K: Sink<ws::Message> + Send + 'static,
    S: Stream<Item = Result<ws::Message, E>> + Send + 'static,
    E: 'static,
{
    let shared = &server.0;
    let Negotiated {
        token,
        connection_id,
        is_stateful,
        ..
    } = negotiate::negotiate(1, true).ok()?;
    let negotiation = Negotiation {
        user: user.clone(),
        connection_id,
        is_stateful,
    };
    shared.registry.insert(token.clone(), negotiation).ok()?;
    let mut session: Option<JoinHandle<()>> = None;
    let goodbye = encoding.0.encode(&Message::Close {
        error: None,
        allow_reconnect: false,
    });
    let last = Socket::new((sink::drain(), stream::iter([Ok::<_, ()>(goodbye)])));
    let sockets = sockets.into_iter().map(Socket::new).chain([last]);
    for socket in sockets {
        match shared.registry.claim(&token, &user) {
            Ok(Admission::Open(claim)) => {
                let (server, user) = (Arc::clone(shared), user.clone());
                session = Some(tokio::spawn(async move {
                    let id = claim.connection_id().to_owned();
                    session::run(server, socket, id, user, Some(&claim)).await;
                }));
            }
            Ok(Admission::Resume(further)) => drop(further.send(socket).await),
            Err(_) => break,
        }
        // Until the socket is lost, or the connection over.
        yield_now().await;
        while !shared.detached.is_used() && session.as_ref().is_some_and(|task| !task.is_finished())
        {
            yield_now().await;
        }
    }
    if let Some(session) = session {
        session.await.ok()?;
    }
    Some(())
}

/// Serves a socket, given as its two halves, until it ends.
pub async fn serve<H, K, S, E>(server: &HubServer<H>, socket: (K, S), id: &str, user: H::User)
where
    H: Hub,
    K: Sink<ws::Message> + Send + 'static,
    S: Stream<Item = Result<ws::Message, E>> + Send + 'static,
    E: 'static,
{
    let socket = Socket::new(socket);
    session::run(Arc::clone(&server.0), socket, id.to_owned(), user, None).await;
}
