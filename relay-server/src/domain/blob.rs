//! Encrypted files that messages point to. The relay knows their length and whose they are.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

use super::ids::InvalidId;
use super::{Refusal, UnixMillis, UserId, limits};

/// A blob: 128 random bits, drawn by whoever uploads it. In text base64url without padding.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobId([u8; 16]);

impl BlobId {
    /// Wraps the 16 bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// Whoever knows it may read the blob: it is not for the log.
impl fmt::Debug for BlobId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a blob")
    }
}

impl fmt::Display for BlobId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl FromStr for BlobId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidId)?;
        bytes.try_into().map(Self).map_err(|_| InvalidId)
    }
}

impl Serialize for BlobId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for BlobId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse()
            .map_err(|_| de::Error::custom("not 16 bytes in base64url without padding"))
    }
}

impl PartialSchema for BlobId {
    fn schema() -> RefOr<Schema> {
        let schema = ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::Custom("base64url".into())))
            .pattern(Some("^[A-Za-z0-9_-]{21}[AQgw]$"));
        schema.into()
    }
}

impl ToSchema for BlobId {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("BlobId")
    }
}

/// The id in tus' `Upload-Metadata`: pairs of a name and a base64 value, with commas between them.
///
/// # Errors
/// [`Refusal::BadRequest`] if there is none, or it is none.
pub fn id_of_metadata(metadata: &str) -> Result<BlobId, Refusal> {
    let values = metadata
        .split(',')
        .filter_map(|pair| pair.trim().split_once(' '));
    let mut ids = values.filter(|(name, _)| *name == "id");
    let id = ids.next().filter(|_| ids.next().is_none());
    id.and_then(|(_, value)| STANDARD.decode(value.trim()).ok())
        .and_then(|value| String::from_utf8(value).ok()?.parse().ok())
        .ok_or_else(|| {
            Refusal::bad_request(
                "Upload-Metadata: no `id` of 16 random bytes in base64url without padding",
            )
        })
}

/// A blob that is to be made.
#[derive(Debug, Clone, Copy)]
pub struct NewBlob {
    /// Its id.
    pub id: BlobId,
    /// Its bytes, all told.
    pub length: u64,
    /// How much the user may have in all.
    pub quota: u64,
    /// When it goes if it is not complete by then.
    pub expires_at: UnixMillis,
}

/// A blob, as far as it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blob {
    /// Whose it is.
    pub owner: UserId,
    /// Its bytes, all told.
    pub length: u64,
    /// How many of them are there.
    pub received: u64,
    /// When it goes.
    pub expires_at: UnixMillis,
}

impl Blob {
    /// Whether all of it is there.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.received == self.length
    }
}

/// Consecutive bytes of a blob, kept as one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlobPart {
    /// The place of the first.
    pub start: u64,
    /// How many.
    pub length: u64,
    /// Tells the object from another one with the same bytes.
    pub name: u32,
}

impl BlobPart {
    /// How much of the blob is there with this part, after so many others.
    ///
    /// # Errors
    /// [`Refusal::Conflict`] if it does not begin where the blob ends, [`Refusal::TooLarge`] if it goes beyond its length, or there are too many.
    pub fn appended_to(&self, blob: Blob, parts: u64) -> Result<u64, Refusal> {
        if self.start != blob.received {
            return Err(Refusal::Conflict);
        }
        if parts >= limits::BLOB_PARTS {
            return Err(Refusal::TooLarge("the file came in too many parts"));
        }
        match blob.received.checked_add(self.length) {
            Some(received) if received <= blob.length => Ok(received),
            _ => Err(Refusal::TooLarge("more bytes than the file was to have")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_text() {
        let id = BlobId::from_bytes([0xfb; 16]);
        assert_eq!(id.to_string(), "-_v7-_v7-_v7-_v7-_v7-w");
        assert_eq!(id.to_string().parse(), Ok(id));
        for refused in [
            "",
            "-_v7-_v7-_v7-_v7-_v7-w==",
            "-_v7-_v7-_v7-_v7-_v7-x",
            "+/v7+/v7+/v7+/v7+/v7+w",
            "-_v7-_v7-_v7-_v7-_v7",
            "../../../../../etc/pas",
        ] {
            assert_eq!(refused.parse::<BlobId>(), Err(InvalidId), "{refused}");
        }
        assert_eq!(format!("{id:?}"), "a blob");
    }

    #[test]
    fn there_are_not_too_many_parts() {
        let blob = Blob {
            owner: UserId::from_bytes([1; 16]),
            length: 100_000,
            received: 50_000,
            expires_at: 1,
        };
        let part = BlobPart {
            start: 50_000,
            length: 1,
            name: 0,
        };
        assert_eq!(part.appended_to(blob, limits::BLOB_PARTS - 1), Ok(50_001));
        let refused = part.appended_to(blob, limits::BLOB_PARTS);
        assert!(matches!(refused, Err(Refusal::TooLarge(_))));
    }

    #[test]
    fn the_id_is_found_in_the_metadata() {
        let id = BlobId::from_bytes([1; 16]);
        let value = STANDARD.encode(id.to_string());
        for metadata in [
            format!("id {value}"),
            format!("empty,filename YS50eHQ=, id {value}"),
        ] {
            assert_eq!(id_of_metadata(&metadata), Ok(id), "{metadata}");
        }
        for metadata in [
            String::new(),
            "id".to_owned(),
            "id YS50eHQ=".to_owned(),
            format!("id {value},id {value}"),
            format!("ID {value}"),
            format!("id {}", STANDARD.encode([0xff; 22])),
        ] {
            let refused = id_of_metadata(&metadata);
            assert!(matches!(refused, Err(Refusal::BadRequest(_))), "{metadata}");
        }
    }
}
