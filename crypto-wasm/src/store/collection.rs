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
    /// Topics of forums: policy, title, how far they were read.
    ForumTopics,
    /// The secret state of topics' groups.
    ForumGroups,
    /// Archive keys of topics, one record for each epoch.
    ForumKeys,
    /// Who is or was in topics.
    ForumMembers,
    /// Posts, keyed so that a topic's posts are adjacent and in order.
    ForumPosts,
    /// From a post's identifier to its place.
    ForumPostIds,
    /// What was done to posts.
    ForumEffects,
    /// Posts and commits that the relay has not confirmed yet.
    ForumOutbox,
    /// Which posts each epoch of a topic had, and what commits said of that.
    ForumEpochs,
}

impl Collection {
    /// Every collection, in declaration order.
    pub const ALL: [Self; 16] = [
        Self::Meta,
        Self::Users,
        Self::Sessions,
        Self::Conversations,
        Self::Messages,
        Self::MessageIds,
        Self::Outbox,
        Self::ForumTopics,
        Self::ForumGroups,
        Self::ForumKeys,
        Self::ForumMembers,
        Self::ForumPosts,
        Self::ForumPostIds,
        Self::ForumEffects,
        Self::ForumOutbox,
        Self::ForumEpochs,
    ];

    /// Whether a profile can do without a record of this key, so that a damaged one costs what it held and no more. It reads as empty bytes, which no such record is.
    #[must_use]
    pub fn can_lose(self, key: &[u8]) -> bool {
        match self {
            Self::Users
            | Self::Sessions
            | Self::Conversations
            | Self::Messages
            | Self::MessageIds
            | Self::Outbox => true,
            // With a slash: of one among many people, devices or lines.
            Self::Meta => {
                key.contains(&b'/') || [&b"prekeys"[..], b"cursor", b"outbox-next"].contains(&key)
            }
            _ => false,
        }
    }

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
            Self::ForumTopics => "forum-topics",
            Self::ForumGroups => "forum-groups",
            Self::ForumKeys => "forum-keys",
            Self::ForumMembers => "forum-members",
            Self::ForumPosts => "forum-posts",
            Self::ForumPostIds => "forum-post-ids",
            Self::ForumEffects => "forum-effects",
            Self::ForumOutbox => "forum-outbox",
            Self::ForumEpochs => "forum-epochs",
        }
    }
}
