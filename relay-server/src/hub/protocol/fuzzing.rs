//! Entrances for fuzz targets: the decoders, and sessions over sockets of any kind.

use std::sync::Arc;

use axum::extract::ws;
use futures_util::{Sink, Stream};

use super::decoder::Decoder;
use super::handshake::HandshakeReader;
use super::message::{Message, Protocol, Received};
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

    /// The messages that are known, encoded.
    #[must_use]
    pub fn encode(&self, encoding: Encoding) -> Vec<u8> {
        let messages = self.messages.iter().filter_map(|received| match received {
            Received::Message(message) => Some(message),
            Received::BindingFailure { .. } | Received::Ignored => None,
        });
        messages
            .flat_map(|message| match encoding.0 {
                Protocol::Json => json::encode(message).into_bytes(),
                Protocol::MessagePack => messagepack::encode(message).to_vec(),
            })
            .collect()
    }
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

/// Serves a socket, given as its two halves, until it ends.
pub async fn serve<H, K, S, E>(server: &HubServer<H>, socket: (K, S), id: &str, user: H::User)
where
    H: Hub,
    K: Sink<ws::Message> + Unpin + Send + 'static,
    S: Stream<Item = Result<ws::Message, E>> + Unpin,
{
    session::run(Arc::clone(&server.0), socket, id.to_owned(), user).await;
}
