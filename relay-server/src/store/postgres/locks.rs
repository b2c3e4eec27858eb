//! What a write holds against the writes of other connections and nodes, from before its first look until it is
//! committed. So it may look first and act then, as if it were alone with what it holds.
//!
//! A user's row stands for all that is the user's: devices, prekeys, mailboxes, tokens, sent messages. A topic's stands for
//! its commits, leaves, posts and all else. Transactions take rows in one order, users, conversations, topics, each
//! by id: so none waits for one that waits for it.

use std::collections::BTreeSet;

use super::StoreResult;
use super::db::Db;
use crate::domain::{Address, ConversationId, TopicId, UserId};

/// What is held.
#[derive(Debug, Clone, Default)]
pub(super) struct Locks {
    users: BTreeSet<UserId>,
    conversations: BTreeSet<ConversationId>,
    topics: BTreeSet<TopicId>,
    /// Devices whose topics are held.
    leaves: BTreeSet<Address>,
}

impl Locks {
    pub(super) fn none() -> Self {
        Self::default()
    }

    pub(super) fn of(users: impl IntoIterator<Item = UserId>) -> Self {
        Self::default().and_users(users)
    }

    pub(super) fn and_users(mut self, users: impl IntoIterator<Item = UserId>) -> Self {
        self.users.extend(users);
        self
    }

    pub(super) fn and_conversation(mut self, id: ConversationId) -> Self {
        self.conversations.insert(id);
        self
    }

    pub(super) fn and_topics(mut self, topics: impl IntoIterator<Item = TopicId>) -> Self {
        self.topics.extend(topics);
        self
    }

    /// All topics in which the device has a leaf. Its user must be held, so that it gets no other.
    pub(super) fn and_topics_of(mut self, device: Address) -> Self {
        self.leaves.insert(device);
        self
    }

    pub(super) fn join(&mut self, mut other: Self) {
        self.users.append(&mut other.users);
        self.conversations.append(&mut other.conversations);
        self.topics.append(&mut other.topics);
        self.leaves.append(&mut other.leaves);
    }

    /// Waits until everything is held.
    pub(super) async fn take(mut self, db: &Db) -> StoreResult<()> {
        if !self.users.is_empty() {
            let ids: Vec<_> = self.users.into_iter().collect();
            db.execute(
                "SELECT FROM users WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE",
                &[&ids],
            )
            .await?;
        }
        if !self.conversations.is_empty() {
            let ids: Vec<_> = self.conversations.into_iter().collect();
            db.execute(
                "SELECT FROM conversations WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE",
                &[&ids],
            )
            .await?;
        }
        for device in self.leaves {
            self.topics
                .extend(super::forums::topics_of(db, device).await?);
        }
        if !self.topics.is_empty() {
            let ids: Vec<_> = self.topics.into_iter().collect();
            db.execute(
                "SELECT FROM topics WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE",
                &[&ids],
            )
            .await?;
        }
        Ok(())
    }
}
