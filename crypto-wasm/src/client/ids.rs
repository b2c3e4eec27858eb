//! Ids as callers see them: hyphenated lower-case UUIDs.

use core::fmt;
use core::str::FromStr;

use rand_core::CryptoRng;

use super::error::ClientError;
pub use crate::wire::{ConversationId, MessageId, UserId};
#[cfg(feature = "forums")]
pub use crate::wire::{ForumId, PostId, TopicId};

macro_rules! as_uuid {
    ($($id:ident),*) => {$(
        impl fmt::Display for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                uuid::Uuid::from_bytes(*self.as_bytes()).as_hyphenated().fmt(f)
            }
        }

        impl FromStr for $id {
            type Err = ClientError;

            /// Takes the one form that `Display` gives.
            fn from_str(text: &str) -> Result<Self, ClientError> {
                let id = uuid::Uuid::try_parse(text).map_err(|_| ClientError::InvalidArgument("id"))?;
                let mut buffer = uuid::Uuid::encode_buffer();
                if id.as_hyphenated().encode_lower(&mut buffer) == text {
                    Ok(Self::from_bytes(id.into_bytes()))
                } else {
                    Err(ClientError::InvalidArgument("id"))
                }
            }
        }
    )*};
}
as_uuid!(UserId, ConversationId, MessageId);
#[cfg(feature = "forums")]
as_uuid!(ForumId, PostId, TopicId);

/// A new UUIDv7 (RFC 9562 §5.7) from the given clock and randomness.
// CNT-1
pub(super) fn new_id<T: From<[u8; 16]>>(now_ms: u64, rng: &mut dyn CryptoRng) -> T {
    let mut random = [0_u8; 10];
    rng.fill_bytes(&mut random);
    uuid::Builder::from_unix_timestamp_millis(now_ms, &random)
        .into_uuid()
        .into_bytes()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_form_is_an_id() {
        let text = "0190b0c0-1234-7abc-8def-0123456789ab";
        assert_eq!(text.parse::<UserId>().unwrap().to_string(), text);
        for other in [
            "",
            "0190B0C0-1234-7abc-8def-0123456789ab",
            "0190b0c012347abc8def0123456789ab",
            "{0190b0c0-1234-7abc-8def-0123456789ab}",
        ] {
            assert!(other.parse::<UserId>().is_err(), "{other}");
        }
    }
}
