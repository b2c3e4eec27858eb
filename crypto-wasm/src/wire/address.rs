//! Identifiers: 16 bytes each, one type for each thing that has one.

use super::codec::Wire;
use crate::codec;

// ENC-1
macro_rules! id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        codec!(struct $name { 0 });

        impl $name {
            /// Wraps the 16 bytes of a UUID; its version bits are not checked.
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

        impl From<[u8; 16]> for $name {
            fn from(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }
        }
    };
}

id!(
    /// A user, whoever's devices are meant.
    UserId
);
id!(
    /// A conversation.
    ConversationId
);
id!(
    /// A message; the idempotency key from end to end. Made by the sender as a UUIDv7.
    MessageId
);

id!(
    /// A forum: a category of topics.
    ForumId
);
id!(
    /// A topic of a forum.
    TopicId
);
id!(
    /// A post of a topic. Made by the author as a UUIDv7.
    PostId
);

/// A device of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// Whose device.
    pub user_id: UserId,
    /// Which of the user's devices; never reused.
    pub device_id: u32,
}

codec!(struct Address { user_id, device_id });

impl Wire for Address {}
