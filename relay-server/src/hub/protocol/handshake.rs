//! The handshake: always JSON, whatever the frame and the protocol that it asks for.

use axum::extract::ws;
use bytes::{Buf, Bytes, BytesMut};
use serde::Deserialize;

use super::json::RECORD_SEPARATOR;
use super::message::Protocol;

/// The longest handshake request in bytes.
const MAX_REQUEST_BYTES: usize = 4096;
/// The version of the hub protocol that has stateful reconnect. It is no more than leave to use it: who did not negotiate it goes without.
pub(super) const STATEFUL_VERSION: u64 = 2;

#[derive(Deserialize)]
struct Request {
    protocol: String,
    version: u64,
}

/// Why a handshake is refused; the text goes to the client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum HandshakeError {
    #[error("The protocol '{0}' is not supported.")]
    Protocol(String),
    #[error("The server does not support version {version} of the '{protocol}' protocol.")]
    Version { protocol: String, version: u64 },
    #[error("An unexpected error occurred during connection handshake.")]
    Malformed,
    #[error("Handshake was canceled.")]
    TimedOut,
}

/// What the client asked for, and what it sent after its request already.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Accepted {
    pub(super) protocol: Protocol,
    pub(super) version: u64,
    pub(super) rest: Bytes,
}

/// Gathers the request from the first frames.
#[derive(Default)]
pub(super) struct HandshakeReader(BytesMut);

impl HandshakeReader {
    /// Takes in a frame. `None` until the request is complete.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<Option<Accepted>, HandshakeError> {
        self.0.extend_from_slice(bytes);
        let end = self
            .0
            .iter()
            .take(MAX_REQUEST_BYTES + 1)
            .position(|byte| *byte == RECORD_SEPARATOR);
        let Some(end) = end else {
            return if self.0.len() > MAX_REQUEST_BYTES {
                Err(HandshakeError::Malformed)
            } else {
                Ok(None)
            };
        };
        let request = self.0.split_to(end);
        self.0.advance(1);
        let request: Request =
            serde_json::from_slice(&request).map_err(|_| HandshakeError::Malformed)?;
        let protocol = match request.protocol.as_str() {
            "json" => Protocol::Json,
            "messagepack" => Protocol::MessagePack,
            _ => return Err(HandshakeError::Protocol(request.protocol)),
        };
        if !(1..=STATEFUL_VERSION).contains(&request.version) {
            return Err(HandshakeError::Version {
                protocol: request.protocol,
                version: request.version,
            });
        }
        Ok(Some(Accepted {
            protocol,
            version: request.version,
            rest: self.0.split().freeze(),
        }))
    }
}

/// The answer that accepts: in a frame of the protocol's own kind.
pub(super) fn acceptance(protocol: Protocol) -> ws::Message {
    match protocol {
        Protocol::Json => ws::Message::text("{}\u{1e}"),
        Protocol::MessagePack => ws::Message::binary("{}\u{1e}"),
    }
}

/// The answer that refuses.
pub(super) fn refusal(error: &HandshakeError) -> ws::Message {
    let answer = serde_json::json!({ "error": error.to_string() });
    ws::Message::text(format!("{answer}\u{1e}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Option<Accepted>, HandshakeError> {
        HandshakeReader::default().push(bytes)
    }

    #[test]
    fn takes_both_protocols_and_keeps_what_follows() {
        for (name, protocol, version) in [
            ("json", Protocol::Json, 1),
            ("messagepack", Protocol::MessagePack, 1),
            ("json", Protocol::Json, 2),
            ("messagepack", Protocol::MessagePack, 2),
        ] {
            let bytes =
                format!("{{\"protocol\":\"{name}\",\"version\":{version}}}\u{1e}rest\u{1e}");
            let rest = Bytes::from_static(b"rest\x1e");
            assert_eq!(
                read(bytes.as_bytes()),
                Ok(Some(Accepted {
                    protocol,
                    version,
                    rest
                }))
            );
        }
    }

    #[test]
    fn may_come_in_parts() {
        let bytes = b"{\"version\":1,\"more\":[],\"protocol\":\"json\"}\x1e";
        for split in 0..bytes.len() {
            let mut reader = HandshakeReader::default();
            assert_eq!(reader.push(&bytes[..split]), Ok(None));
            let accepted = reader.push(&bytes[split..]).unwrap().unwrap();
            assert_eq!(
                accepted,
                Accepted {
                    protocol: Protocol::Json,
                    version: 1,
                    rest: Bytes::new()
                }
            );
        }
    }

    #[test]
    fn refuses_in_the_reference_servers_words() {
        let table: [(&[u8], &str); 10] = [
            (
                b"{\"protocol\":\"x\",\"version\":1}\x1e",
                "The protocol 'x' is not supported.",
            ),
            (
                b"{\"protocol\":\"json\",\"version\":9}\x1e",
                "The server does not support version 9 of the 'json' protocol.",
            ),
            (
                b"{\"protocol\":\"json\",\"version\":3}\x1e",
                "The server does not support version 3 of the 'json' protocol.",
            ),
            (
                b"{\"protocol\":\"messagepack\",\"version\":0}\x1e",
                "The server does not support version 0 of the 'messagepack' protocol.",
            ),
            (
                b"{\"protocol\":\"json\",\"version\":-1}\x1e",
                "An unexpected error occurred during connection handshake.",
            ),
            (
                b"{\"protocol\":\"json\"}\x1e",
                "An unexpected error occurred during connection handshake.",
            ),
            (
                b"{\"version\":1}\x1e",
                "An unexpected error occurred during connection handshake.",
            ),
            (
                b"[]\x1e",
                "An unexpected error occurred during connection handshake.",
            ),
            (
                b"\x1e",
                "An unexpected error occurred during connection handshake.",
            ),
            (
                b"\xff\x1e",
                "An unexpected error occurred during connection handshake.",
            ),
        ];
        for (bytes, text) in table {
            assert_eq!(read(bytes).unwrap_err().to_string(), text, "{bytes:?}");
        }
        assert_eq!(read(&[b' '; MAX_REQUEST_BYTES]), Ok(None));
        assert_eq!(
            read(&[b' '; MAX_REQUEST_BYTES + 1]),
            Err(HandshakeError::Malformed)
        );
    }

    #[test]
    fn a_refusal_is_one_text_frame_without_a_type() {
        let ws::Message::Text(text) = refusal(&HandshakeError::Protocol("\"\u{1e}".into())) else {
            panic!("not a text frame")
        };
        assert_eq!(
            text.as_str(),
            "{\"error\":\"The protocol '\\\"\\u001e' is not supported.\"}\u{1e}"
        );
    }
}
