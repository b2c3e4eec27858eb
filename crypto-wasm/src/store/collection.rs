//! The groups of records.

/// A group of records with its own key space. In IndexedDB each one is an object store.
///
/// Keys are stored in clear even where values are sealed: a key may hold identifiers and counters, never a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Collection {
    /// The account and device of this client, settings, positions in the relay's streams.
    Meta,
    /// Private halves of this device's prekeys.
    PreKeys,
    /// What is known of other accounts: pinned account keys, device lists, profiles.
    Users,
    /// Session records, one for each peer device.
    Sessions,
    /// Base keys of accepted first messages, kept so that a replay is refused.
    BaseKeys,
    /// Conversations and their membership.
    Conversations,
    /// Message history, keyed so that a conversation's messages are adjacent and in order.
    Messages,
    /// From a message's identifier to its key in [`Collection::Messages`].
    MessageIds,
    /// Encrypted messages that the relay has not confirmed yet.
    Outbox,
    /// Received envelopes that are not processed or not acknowledged yet.
    Inbox,
}

impl Collection {
    /// Every collection, in declaration order.
    pub const ALL: [Self; 10] = [
        Self::Meta,
        Self::PreKeys,
        Self::Users,
        Self::Sessions,
        Self::BaseKeys,
        Self::Conversations,
        Self::Messages,
        Self::MessageIds,
        Self::Outbox,
        Self::Inbox,
    ];

    /// The name under which the collection is stored. Never changes: records are sealed to it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::PreKeys => "prekeys",
            Self::Users => "users",
            Self::Sessions => "sessions",
            Self::BaseKeys => "base-keys",
            Self::Conversations => "conversations",
            Self::Messages => "messages",
            Self::MessageIds => "message-ids",
            Self::Outbox => "outbox",
            Self::Inbox => "inbox",
        }
    }
}
