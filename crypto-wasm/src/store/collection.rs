//! The groups of records.

/// A group of records with its own key space. In IndexedDB each one is an object store.
///
/// Keys are stored in clear even where values are sealed: a key may hold identifiers and counters, never a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Collection {
    /// The account, the device with its private prekeys and replay memory, positions in the relay's streams.
    Meta,
    /// What is known of other accounts: pinned account keys, device lists, profiles.
    Users,
    /// Session records, one for each peer device.
    Sessions,
    /// Conversations and their membership.
    Conversations,
    /// Message history, keyed so that a conversation's messages are adjacent and in order.
    Messages,
    /// From a message's identifier to its key in [`Collection::Messages`].
    MessageIds,
    /// Encrypted messages that the relay has not confirmed yet.
    Outbox,
}

impl Collection {
    /// Every collection, in declaration order.
    pub const ALL: [Self; 7] = [
        Self::Meta,
        Self::Users,
        Self::Sessions,
        Self::Conversations,
        Self::Messages,
        Self::MessageIds,
        Self::Outbox,
    ];

    /// The name under which the collection is stored. Never changes: records are sealed to it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::Users => "users",
            Self::Sessions => "sessions",
            Self::Conversations => "conversations",
            Self::Messages => "messages",
            Self::MessageIds => "message-ids",
            Self::Outbox => "outbox",
        }
    }
}
