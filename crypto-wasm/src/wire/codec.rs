//! What the structures share: strict decoding, the version byte, flags, lists.

use std::io::{Read, Write};

use tls_codec::{Deserialize, Serialize, Size};

use crate::ProtocolError;
use crate::crypto::sign::Signature;

/// A structure with one strict encoding.
pub trait Wire: Serialize + Deserialize + Sized {
    /// Decodes all of `bytes`.
    ///
    /// # Errors
    /// [`ProtocolError::Decode`] for anything but the one encoding of a value (§1).
    // ENC-1, ENC-4, ENC-5
    fn from_bytes(bytes: &[u8]) -> Result<Self, ProtocolError> {
        Ok(Self::tls_deserialize_exact(bytes)?)
    }

    /// Encodes.
    ///
    /// # Errors
    /// [`ProtocolError::Decode`] if a variable-size vector is longer than 2^30 - 1 bytes.
    fn to_bytes(&self) -> Result<Vec<u8>, ProtocolError> {
        Ok(self.tls_serialize_detached()?)
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

impl Size for Version1 {
    fn tls_serialized_len(&self) -> usize {
        1
    }
}

impl Serialize for Version1 {
    fn tls_serialize<W: Write>(&self, writer: &mut W) -> Result<usize, tls_codec::Error> {
        1_u8.tls_serialize(writer)
    }
}

impl Deserialize for Version1 {
    fn tls_deserialize<R: Read>(bytes: &mut R) -> Result<Self, tls_codec::Error> {
        // ENC-5
        match u8::tls_deserialize(bytes)? {
            1 => Ok(Self),
            other => Err(tls_codec::Error::UnknownValue(other.into())),
        }
    }
}

impl Size for Flag {
    fn tls_serialized_len(&self) -> usize {
        1
    }
}

impl Serialize for Flag {
    fn tls_serialize<W: Write>(&self, writer: &mut W) -> Result<usize, tls_codec::Error> {
        u8::from(self.0).tls_serialize(writer)
    }
}

impl Deserialize for Flag {
    fn tls_deserialize<R: Read>(bytes: &mut R) -> Result<Self, tls_codec::Error> {
        // ENC-5
        match u8::tls_deserialize(bytes)? {
            0 => Ok(Self(false)),
            1 => Ok(Self(true)),
            other => Err(tls_codec::Error::UnknownValue(other.into())),
        }
    }
}

/// `opaque<V>` for `Vec<u8>` fields: `#[tls_codec(with = "crate::wire::codec::opaque")]`.
pub(crate) mod opaque {
    use std::io::{Read, Write};

    use tls_codec::{Deserialize, Error, Serialize, Size, VLByteSlice, VLByteVec};

    pub(crate) fn tls_serialized_len(bytes: &[u8]) -> usize {
        VLByteSlice(bytes).tls_serialized_len()
    }

    pub(crate) fn tls_serialize<W: Write>(bytes: &[u8], writer: &mut W) -> Result<usize, Error> {
        VLByteSlice(bytes).tls_serialize(writer)
    }

    // ENC-2, ENC-3
    pub(crate) fn tls_deserialize<R: Read>(bytes: &mut R) -> Result<Vec<u8>, Error> {
        Ok(VLByteVec::tls_deserialize(bytes)?.into())
    }
}

/// `T<V>` for items without `Debug`: `#[tls_codec(with = "crate::wire::codec::list")]`.
#[cfg(feature = "client")]
pub(crate) mod list {
    use std::io::{Read, Write};

    use tls_codec::{Deserialize, Error, Serialize, Size, vlen};

    pub(crate) fn tls_serialized_len<T: Size>(items: &[T]) -> usize {
        items.tls_serialized_len()
    }

    pub(crate) fn tls_serialize<T: Serialize, W: Write>(
        items: &[T],
        writer: &mut W,
    ) -> Result<usize, Error> {
        let content: usize = items.iter().map(Size::tls_serialized_len).sum();
        // ENC-2, ENC-3
        let mut written = vlen::write_length(writer, content)?;
        for item in items {
            written += item.tls_serialize(writer)?;
        }
        Ok(written)
    }

    // ENC-2, ENC-3
    pub(crate) fn tls_deserialize<T: Deserialize, R: Read>(bytes: &mut R) -> Result<Vec<T>, Error> {
        Vec::tls_deserialize(bytes)
    }
}
