//! The TLS presentation language (RFC 8446 §3) with the vectors of RFC 9420 §2.1.2, strict in both directions: a value has
//! one encoding, and anything else does not decode.

use zeroize::{Zeroize, Zeroizing};

use crate::ProtocolError;

/// The longest vector, in bytes: lengths have 30 bits.
pub const MAX_VECTOR: usize = (1 << 30) - 1;

/// What has an encoding.
pub trait Encode {
    /// Writes the encoding.
    fn encode(&self, to: &mut Writer);

    /// Writes several values, one after another.
    fn encode_all(items: &[Self], to: &mut Writer)
    where
        Self: Sized,
    {
        for item in items {
            item.encode(to);
        }
    }
}

/// What can be decoded.
pub trait Decode: Sized {
    /// Reads one value.
    ///
    /// # Errors
    /// [`ProtocolError::Decode`] if the bytes do not begin with the encoding of a value.
    fn decode(from: &mut Reader<'_>) -> Result<Self, ProtocolError>;

    /// Reads values to the end.
    ///
    /// # Errors
    /// Those of [`decode`](Self::decode).
    fn decode_all(from: &mut Reader<'_>) -> Result<Vec<Self>, ProtocolError> {
        let mut items = Vec::new();
        while !from.is_empty() {
            items.push(Self::decode(from)?);
        }
        Ok(items)
    }
}

/// The encodings of `parts`, one after another.
///
/// # Errors
/// [`ProtocolError::Decode`] if a vector is longer than [`MAX_VECTOR`].
pub fn encode(parts: &[&dyn Encode]) -> Result<Vec<u8>, ProtocolError> {
    let mut writer = Writer {
        buffer: Vec::new(),
        length: 0,
        counting: true,
        too_long: false,
    };
    for part in parts {
        part.encode(&mut writer);
    }
    writer.counting = false;
    writer.buffer.reserve_exact(writer.length);
    for part in parts {
        part.encode(&mut writer);
    }
    if writer.too_long {
        writer.buffer.zeroize();
        return Err(ProtocolError::Decode);
    }
    Ok(writer.buffer)
}

/// Decodes all of `bytes`.
///
/// # Errors
/// [`ProtocolError::Decode`] for anything but the one encoding of a value.
pub fn decode<T: Decode>(bytes: &[u8]) -> Result<T, ProtocolError> {
    let mut reader = Reader::new(bytes);
    let value = T::decode(&mut reader)?;
    // ENC-5
    if reader.is_empty() {
        Ok(value)
    } else {
        Err(ProtocolError::Decode)
    }
}

/// Where an encoding goes: first nowhere, to learn its length, then into a buffer of that length. A buffer that was outgrown
/// would leave secrets behind.
pub struct Writer {
    buffer: Vec<u8>,
    length: usize,
    counting: bool,
    too_long: bool,
}

impl Writer {
    /// Writes bytes as they are.
    pub fn put(&mut self, bytes: &[u8]) {
        if self.counting {
            self.length += bytes.len();
        } else {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// Writes a vector: the length of what `content` writes, and that. While writing, `content` is asked twice, the first
    /// time to be counted.
    pub fn vector(&mut self, content: &dyn Fn(&mut Self)) {
        let (before, counting) = (self.length, self.counting);
        self.counting = true;
        content(self);
        self.counting = counting;
        self.put_length(self.length - before);
        if !counting {
            content(self);
        }
    }

    /// Writes a vector of bytes.
    pub fn vector_of_bytes(&mut self, bytes: &[u8]) {
        self.put_length(bytes.len());
        self.put(bytes);
    }

    /// Writes a vector's length, in its shortest form.
    // ENC-2
    pub fn put_length(&mut self, length: usize) {
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        let [first, second, third, fourth] = length.to_be_bytes();
        match length {
            0..=0x3f => self.put(&[fourth]),
            0x40..=0x3fff => self.put(&[third | 0x40, fourth]),
            0x4000..=0x3fff_ffff => self.put(&[first | 0x80, second, third, fourth]),
            _ => self.too_long = true,
        }
    }
}

/// Bytes that are left to decode.
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Begins at the first of `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Whether all was read.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Reads `length` bytes.
    ///
    /// # Errors
    /// [`ProtocolError::Decode`] if there are fewer.
    pub fn take(&mut self, length: usize) -> Result<&'a [u8], ProtocolError> {
        let (taken, rest) = self
            .0
            .split_at_checked(length)
            .ok_or(ProtocolError::Decode)?;
        self.0 = rest;
        Ok(taken)
    }

    /// Reads `N` bytes.
    ///
    /// # Errors
    /// [`ProtocolError::Decode`] if there are fewer.
    pub fn array<const N: usize>(&mut self) -> Result<&'a [u8; N], ProtocolError> {
        let taken = self.take(N)?;
        taken.try_into().map_err(|_| ProtocolError::Decode)
    }

    /// Reads a vector's length and its content.
    ///
    /// # Errors
    /// [`ProtocolError::Decode`] if the length is not in its shortest form or goes beyond the end.
    pub fn vector(&mut self) -> Result<&'a [u8], ProtocolError> {
        let length = self.length()?;
        self.take(length)
    }

    /// Reads a vector's length.
    ///
    /// # Errors
    /// [`ProtocolError::Decode`] if it is not in its shortest form.
    // ENC-2, ENC-3
    pub fn length(&mut self) -> Result<usize, ProtocolError> {
        let [first] = *self.array()?;
        let low = u32::from(first & 0x3f);
        let (length, least) = match first >> 6 {
            0 => (low, 0),
            1 => {
                let [second] = *self.array()?;
                (low << 8 | u32::from(second), 0x40)
            }
            2 => {
                let [second, third, fourth] = *self.array()?;
                (
                    low << 24 | u32::from_be_bytes([0, second, third, fourth]),
                    0x4000,
                )
            }
            _ => return Err(ProtocolError::Decode),
        };
        if length < least {
            return Err(ProtocolError::Decode);
        }
        usize::try_from(length).map_err(|_| ProtocolError::Decode)
    }
}

/// Implements both traits for a struct whose encoding is that of its fields, in the order given here (`0` is the field of a
/// newtype), or for an enum with one byte before the fields of its variant.
#[macro_export]
macro_rules! codec {
    (struct $name:ident { $($field:tt),* $(,)? }) => {
        $crate::codec!(encode $name { $($field),* });

        impl $crate::codec::Decode for $name {
            fn decode(from: &mut $crate::codec::Reader<'_>) -> Result<Self, $crate::ProtocolError> {
                Ok(Self { $($field: $crate::codec::Decode::decode(from)?,)* })
            }
        }
    };
    (encode $name:ident { $($field:tt),* $(,)? }) => {
        impl $crate::codec::Encode for $name {
            fn encode(&self, to: &mut $crate::codec::Writer) {
                $($crate::codec::Encode::encode(&self.$field, to);)*
            }
        }
    };
    (enum $name:ident { $($variant:ident $(($item:ident))? $({ $($field:ident),* })? = $tag:literal,)* }) => {
        impl $crate::codec::Encode for $name {
            fn encode(&self, to: &mut $crate::codec::Writer) {
                match self {
                    $(Self::$variant $(($item))? $({ $($field),* })? => {
                        to.put(&[$tag]);
                        $($crate::codec::Encode::encode($item, to);)?
                        $($($crate::codec::Encode::encode($field, to);)*)?
                    })*
                }
            }
        }

        impl $crate::codec::Decode for $name {
            fn decode(from: &mut $crate::codec::Reader<'_>) -> Result<Self, $crate::ProtocolError> {
                match *from.array()? {
                    $([$tag] => {
                        $(let $item = $crate::codec::Decode::decode(from)?;)?
                        $($(let $field = $crate::codec::Decode::decode(from)?;)*)?
                        Ok(Self::$variant $(($item))? $({ $($field),* })?)
                    })*
                    _ => Err($crate::ProtocolError::Decode),
                }
            }
        }
    };
}

// ENC-1
macro_rules! integer {
    ($($type:ty),*) => {
        $(
            impl Encode for $type {
                fn encode(&self, to: &mut Writer) {
                    to.put(&self.to_be_bytes());
                }
            }

            impl Decode for $type {
                fn decode(from: &mut Reader<'_>) -> Result<Self, ProtocolError> {
                    from.array().map(|bytes| Self::from_be_bytes(*bytes))
                }
            }
        )*
    };
}
integer!(u16, u32, u64);

impl Encode for u8 {
    fn encode(&self, to: &mut Writer) {
        to.put(&[*self]);
    }

    fn encode_all(items: &[Self], to: &mut Writer) {
        to.put(items);
    }
}

impl Decode for u8 {
    fn decode(from: &mut Reader<'_>) -> Result<Self, ProtocolError> {
        from.array().map(|[byte]| *byte)
    }

    fn decode_all(from: &mut Reader<'_>) -> Result<Vec<Self>, ProtocolError> {
        from.take(from.0.len()).map(<[u8]>::to_vec)
    }
}

impl<const N: usize> Encode for [u8; N] {
    fn encode(&self, to: &mut Writer) {
        to.put(self);
    }
}

impl<const N: usize> Decode for [u8; N] {
    fn decode(from: &mut Reader<'_>) -> Result<Self, ProtocolError> {
        from.array().copied()
    }
}

/// `T<V>`; of bytes, `opaque<V>`.
impl<T: Encode> Encode for Vec<T> {
    fn encode(&self, to: &mut Writer) {
        to.vector(&|to| T::encode_all(self, to));
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn decode(from: &mut Reader<'_>) -> Result<Self, ProtocolError> {
        T::decode_all(&mut Reader(from.vector()?))
    }
}

impl Encode for Zeroizing<Vec<u8>> {
    fn encode(&self, to: &mut Writer) {
        to.vector_of_bytes(self);
    }
}

impl Decode for Zeroizing<Vec<u8>> {
    fn decode(from: &mut Reader<'_>) -> Result<Self, ProtocolError> {
        from.vector().map(|bytes| Self::new(bytes.to_vec()))
    }
}

/// `opaque<V>` in UTF-8.
impl Encode for String {
    fn encode(&self, to: &mut Writer) {
        to.vector_of_bytes(self.as_bytes());
    }
}

impl Decode for String {
    fn decode(from: &mut Reader<'_>) -> Result<Self, ProtocolError> {
        // ENC-6
        std::str::from_utf8(from.vector()?)
            .map(ToOwned::to_owned)
            .map_err(|_| ProtocolError::Decode)
    }
}

/// `optional<T>`: a byte that is 0, or 1 before the value.
impl<T: Encode> Encode for Option<T> {
    fn encode(&self, to: &mut Writer) {
        to.put(&[u8::from(self.is_some())]);
        if let Some(value) = self {
            value.encode(to);
        }
    }
}

impl<T: Decode> Decode for Option<T> {
    fn decode(from: &mut Reader<'_>) -> Result<Self, ProtocolError> {
        // ENC-4
        match *from.array()? {
            [0] => Ok(None),
            [1] => T::decode(from).map(Some),
            _ => Err(ProtocolError::Decode),
        }
    }
}
