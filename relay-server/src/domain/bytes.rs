//! Byte strings of the API: base64url without padding in JSON.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

/// A byte string. In JSON it is base64url without padding; anything else, stray trailing bits included, is refused.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Bytes(pub Vec<u8>);

impl Bytes {
    /// The bytes.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }

    /// The text form.
    #[must_use]
    pub fn to_base64url(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.0)
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

/// Only the length: contents are ciphertext, keys or challenges, which no log needs.
impl fmt::Debug for Bytes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} bytes", self.0.len())
    }
}

impl PartialSchema for Bytes {
    fn schema() -> RefOr<Schema> {
        let schema = ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::Custom("base64url".into())))
            // Whole groups of four, then what is left, without stray bits.
            .pattern(Some(
                "^([A-Za-z0-9_-]{4})*([A-Za-z0-9_-][AQgw]|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048])?$",
            ));
        schema.into()
    }
}

impl ToSchema for Bytes {}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_base64url())
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Base64Url;
        impl Visitor<'_> for Base64Url {
            type Value = Bytes;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("bytes in base64url without padding")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Bytes, E> {
                URL_SAFE_NO_PAD
                    .decode(text)
                    .map(Bytes)
                    .map_err(|_| E::custom("not base64url without padding"))
            }
        }
        deserializer.deserialize_str(Base64Url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unpadded_url_safe_canonical_text_is_taken() {
        let read = |text: &str| serde_json::from_value::<Bytes>(text.into()).ok();
        assert_eq!(read("-_8"), Some(Bytes(vec![0xfb, 0xff])));
        assert_eq!(read(""), Some(Bytes::default()));
        for refused in ["-_8=", "+/8", "-_9", "-", "-_8\n", " -_8", "é"] {
            assert_eq!(read(refused), None, "{refused:?}");
        }
    }
}
