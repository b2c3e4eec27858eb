//! What the structures share: strict decoding, the version byte, flags.

use crate::ProtocolError;
use crate::codec::{self, Decode, Encode, Reader, Writer};
use crate::crypto::sign::Signature;

/// A structure with one strict encoding.
pub trait Wire: Encode + Decode {
    /// Decodes all of `bytes`.
    ///
    /// # Errors
    /// [`ProtocolError::Decode`] for anything but the one encoding of a value (§1).
    // ENC-1, ENC-4, ENC-5
    fn from_bytes(bytes: &[u8]) -> Result<Self, ProtocolError> {
        codec::decode(bytes)
    }

    /// Encodes.
    ///
    /// # Errors
    /// [`ProtocolError::Decode`] if a variable-size vector is longer than 2^30 - 1 bytes.
    fn to_bytes(&self) -> Result<Vec<u8>, ProtocolError> {
        codec::encode(&[self])
    }
}

/// A structure whose last field is a signature over the fields before it.
pub trait Signed: Wire {
    /// The signature.
    fn signature(&self) -> &Signature;

    /// The encoded fields before the signature.
    ///
    /// # Errors
    /// As [`Wire::to_bytes`].
    // KEY-1
    fn signed_bytes(&self) -> Result<Vec<u8>, ProtocolError> {
        let mut bytes = self.to_bytes()?;
        bytes.truncate(
            bytes
                .len()
                .saturating_sub(self.signature().as_bytes().len()),
        );
        Ok(bytes)
    }
}

/// The version byte of this profile: 1, and nothing else decodes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Version1;

/// A `uint8` that is 0 or 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Flag(pub bool);

impl Encode for Version1 {
    fn encode(&self, to: &mut Writer) {
        to.put(&[1]);
    }
}

impl Decode for Version1 {
    fn decode(from: &mut Reader<'_>) -> Result<Self, ProtocolError> {
        match *from.array()? {
            // ENC-5
            [1] => Ok(Self),
            _ => Err(ProtocolError::Decode),
        }
    }
}

impl Encode for Flag {
    fn encode(&self, to: &mut Writer) {
        to.put(&[u8::from(self.0)]);
    }
}

impl Decode for Flag {
    fn decode(from: &mut Reader<'_>) -> Result<Self, ProtocolError> {
        match *from.array()? {
            // ENC-5
            [0] => Ok(Self(false)),
            [1] => Ok(Self(true)),
            _ => Err(ProtocolError::Decode),
        }
    }
}
