//! Ids and addresses.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

/// The text or number is not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a lower-case hyphenated UUID")]
pub struct InvalidId;

/// Declares an id that is a UUID: 16 bytes, in text lower-case and hyphenated and nothing else.
macro_rules! uuid_id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
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

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let id = Uuid::try_parse(text).map_err(|_| InvalidId)?;
                let canonical = id.hyphenated().encode_lower(&mut Uuid::encode_buffer()) == text;
                if canonical { Ok(Self(id.into_bytes())) } else { Err(InvalidId) }
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let schema = ObjectBuilder::new()
                    .schema_type(Type::String)
                    .format(Some(SchemaFormat::Custom("uuid".into())))
                    .pattern(Some("^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"));
                schema.into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                Uuid::from_bytes(self.0).hyphenated().fmt(formatter)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;
                impl Visitor<'_> for Text {
                    type Value = $name;

                    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                        formatter.write_str("a lower-case hyphenated UUID")
                    }

                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$name, E> {
                        text.parse().map_err(E::custom)
                    }
                }
                deserializer.deserialize_str(Text)
            }
        }
    };
}

uuid_id!(
    /// A user.
    UserId
);
uuid_id!(
    /// A conversation.
    ConversationId
);
uuid_id!(
    /// A message: the idempotency key of its sending device.
    MessageId
);

uuid_id!(
    /// A forum.
    ForumId
);
impl ForumId {
    /// A UUIDv7 of this time.
    #[must_use]
    pub fn generate(now: super::UnixMillis) -> Self {
        let mut random = [0; 10];
        // Without randomness it is still the only forum of its time.
        getrandom::fill(&mut random).unwrap_or_default();
        Self(
            *uuid::Builder::from_unix_timestamp_millis(now, &random)
                .as_uuid()
                .as_bytes(),
        )
    }
}

uuid_id!(
    /// A topic.
    TopicId
);
uuid_id!(
    /// A post.
    PostId
);
uuid_id!(
    /// A secret that a topic's invitation link carries.
    SecretId
);

/// A device of a user: 1 … 2^31 − 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[schema(value_type = u32, minimum = 1, maximum = 2147483647)]
pub struct DeviceId(u32);

impl DeviceId {
    /// Takes a number in range.
    #[must_use]
    pub const fn new(id: u32) -> Option<Self> {
        if id == 0 || id > 0x7fff_ffff {
            None
        } else {
            Some(Self(id))
        }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl<'de> Deserialize<'de> for DeviceId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(u32::deserialize(deserializer)?)
            .ok_or_else(|| de::Error::custom("a device id is 1 to 2147483647"))
    }
}

/// One device of one user.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Address {
    /// Whose device it is.
    pub user_id: UserId,
    /// Which of the user's devices.
    pub device_id: DeviceId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_text_is_an_id() {
        let text = "0190a5c8-0000-7000-8000-0000000000af";
        assert_eq!(
            text.parse::<UserId>().map(|id| id.to_string()).as_deref(),
            Ok(text)
        );
        for refused in [
            "",
            "0190A5C8-0000-7000-8000-0000000000AF",
            "0190a5c80000700080000000000000af",
            "{0190a5c8-0000-7000-8000-0000000000af}",
            "urn:uuid:0190a5c8-0000-7000-8000-0000000000af",
            "0190a5c8-0000-7000-8000-0000000000a",
        ] {
            assert_eq!(refused.parse::<UserId>(), Err(InvalidId), "{refused}");
        }
    }

    #[test]
    fn device_ids_are_positive_31_bit_numbers() {
        assert_eq!(DeviceId::new(0), None);
        assert_eq!(DeviceId::new(0x8000_0000), None);
        assert_eq!(
            DeviceId::new(0x7fff_ffff).map(DeviceId::get),
            Some(0x7fff_ffff)
        );
    }
}
