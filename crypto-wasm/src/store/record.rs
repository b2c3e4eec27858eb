//! Records and their values.

use zeroize::Zeroizing;

/// The bytes of one record. They may be secret, so they are wiped on drop and never printed or copied implicitly.
pub struct Value(Zeroizing<Vec<u8>>);

impl Value {
    /// The bytes, borrowed.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, still wiped on drop.
    #[must_use]
    pub fn into_bytes(self) -> Zeroizing<Vec<u8>> {
        self.0
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }
}

impl From<Zeroizing<Vec<u8>>> for Value {
    fn from(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        bytes.to_vec().into()
    }
}

/// A key and its value.
pub struct Record {
    /// The key, in clear.
    pub key: Vec<u8>,
    /// The value.
    pub value: Value,
}
