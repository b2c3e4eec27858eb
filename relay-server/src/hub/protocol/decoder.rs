//! From a stream of bytes to messages: clients put several messages into one frame, or one into several.

use bytes::{Buf, BytesMut};

use super::json::RECORD_SEPARATOR;
use super::message::{Protocol, ProtocolError, Received};
use super::{json, messagepack};

/// Cuts what one client sends into messages and reads them.
pub(super) struct Decoder {
    protocol: Protocol,
    max_message_bytes: usize,
    buffer: BytesMut,
    /// How far the buffer is known to hold no record separator.
    scanned: usize,
}

impl Decoder {
    /// `max_message_bytes` bounds one message without its framing.
    pub(super) fn new(protocol: Protocol, max_message_bytes: usize) -> Self {
        Self {
            protocol,
            max_message_bytes,
            buffer: BytesMut::new(),
            scanned: 0,
        }
    }

    /// Takes in more bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole message; `None` until more bytes come. No message follows an error.
    pub(super) fn next(&mut self) -> Result<Option<Received>, ProtocolError> {
        let frame = match self.protocol {
            Protocol::Json => self.next_record()?,
            Protocol::MessagePack => self.next_array()?,
        };
        let Some(frame) = frame else { return Ok(None) };
        match self.protocol {
            Protocol::Json => json::decode(&frame).map(Some),
            Protocol::MessagePack => messagepack::decode(&frame).map(Some),
        }
    }

    fn next_record(&mut self) -> Result<Option<BytesMut>, ProtocolError> {
        let unseen = self.buffer.get(self.scanned..).unwrap_or_default();
        let Some(offset) = unseen.iter().position(|byte| *byte == RECORD_SEPARATOR) else {
            self.scanned = self.buffer.len();
            return if self.scanned > self.max_message_bytes {
                Err(ProtocolError::TooLarge)
            } else {
                Ok(None)
            };
        };
        let length = self.scanned + offset;
        if length > self.max_message_bytes {
            return Err(ProtocolError::TooLarge);
        }
        let record = self.buffer.split_to(length);
        self.buffer.advance(1);
        self.scanned = 0;
        Ok(Some(record))
    }

    fn next_array(&mut self) -> Result<Option<BytesMut>, ProtocolError> {
        let Some((prefix, length)) = messagepack::length_prefix(&self.buffer)? else {
            return Ok(None);
        };
        if length > self.max_message_bytes {
            return Err(ProtocolError::TooLarge);
        }
        if self.buffer.len() < prefix + length {
            return Ok(None);
        }
        self.buffer.advance(prefix);
        Ok(Some(self.buffer.split_to(length)))
    }
}
