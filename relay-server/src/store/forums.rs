//! The part of the storage that is about forums. The store judges who may do what by the leaves it keeps; that a commit
//! applies was found out before.

use async_trait::async_trait;

use super::StoreResult;
use crate::domain::forum::{
    AcceptedCommit, Access, CommitPage, Committed, Deletion, Forum, GroupDocument, JoinMaterial,
    Link, LinkList, LinkRange, NewForum, NewPost, NewTopic, NextGroup, PostPage, PostRange, Posted,
    StoredGroup, Topic, Welcome, Wrap,
};
use crate::domain::prekeys::ClaimedKeyPackages;
use crate::domain::{Address, Bytes, ForumId, TopicId, UnixMillis, Username};

/// What the relay keeps of forums. What a caller may not see is [`Refusal::NotFound`](crate::domain::Refusal::NotFound), as what does
/// not exist is.
#[async_trait]
pub trait ForumStore: Send + Sync {
    /// Makes a user an administrator.
    async fn grant_administration(&self, username: Username) -> StoreResult<()>;

    /// Whether the caller's user is an administrator.
    async fn is_administrator(&self, caller: Address) -> StoreResult<bool>;

    /// Creates a forum if there is none at all.
    async fn create_first_forum(&self, forum: NewForum, now: UnixMillis) -> StoreResult<()>;

    /// Creates a forum, for an administrator. The same again answers the same and changes nothing.
    async fn create_forum(
        &self,
        caller: Address,
        forum: NewForum,
        now: UnixMillis,
    ) -> StoreResult<Forum>;

    /// Forums with ids above `after`, ascending.
    async fn forums(&self, after: Option<ForumId>, limit: u32) -> StoreResult<Vec<Forum>>;

    /// Takes a KeyPackage of each device: each is given once, then that of last resort.
    async fn claim_key_packages(
        &self,
        caller: Address,
        devices: Vec<Address>,
    ) -> StoreResult<ClaimedKeyPackages>;

    /// The encoded certificate of an active device.
    async fn certificate(&self, device: Address) -> StoreResult<Option<Vec<u8>>>;

    /// Creates a topic. The same again answers the same and changes nothing.
    async fn create_topic(&self, topic: NewTopic, now: UnixMillis) -> StoreResult<Topic>;

    /// A forum's topics that the caller may see, with ids above `after`, ascending.
    async fn topics(
        &self,
        caller: Address,
        forum: ForumId,
        after: Option<TopicId>,
        limit: u32,
    ) -> StoreResult<Vec<Topic>>;

    /// The topics in which the caller's device is, with ids above `after`, ascending.
    async fn own_topics(
        &self,
        caller: Address,
        after: Option<TopicId>,
        limit: u32,
    ) -> StoreResult<Vec<Topic>>;

    /// A topic that the caller may see.
    async fn topic(&self, caller: Address, id: TopicId) -> StoreResult<Topic>;

    /// How the caller stands to a topic, seen or not.
    async fn topic_access(
        &self,
        caller: Address,
        id: TopicId,
        now: UnixMillis,
    ) -> StoreResult<Access>;

    /// A topic's public group. Not for callers.
    async fn stored_group(&self, id: TopicId) -> StoreResult<StoredGroup>;

    /// What a joiner needs. Whether the caller may join was found out before.
    async fn join_material(&self, id: TopicId) -> StoreResult<JoinMaterial>;

    /// Remembers until a time that the caller was given what it needs to join.
    async fn admit(&self, caller: Address, id: TopicId, until: UnixMillis) -> StoreResult<()>;

    /// Stores a commit if the topic is still in its epoch. The same again answers the same and changes nothing.
    async fn commit(&self, commit: AcceptedCommit, now: UnixMillis) -> StoreResult<Committed>;

    /// Whether these very bytes are what the caller committed in that epoch.
    async fn is_committed(
        &self,
        caller: Address,
        id: TopicId,
        epoch: u64,
        commit: Vec<u8>,
    ) -> StoreResult<bool>;

    /// The commits made in `after` and later epochs; for a removed device up to the one that removed it.
    async fn commits(
        &self,
        caller: Address,
        id: TopicId,
        after: u64,
        limit: u32,
    ) -> StoreResult<CommitPage>;

    /// The group as the relay sees it, for members.
    async fn topic_group(&self, caller: Address, id: TopicId) -> StoreResult<GroupDocument>;

    /// Adds links, and wraps of the current epoch; whether there was anything new.
    async fn add_links(
        &self,
        caller: Address,
        id: TopicId,
        links: Vec<Link>,
        wraps: Vec<Wrap>,
        now: UnixMillis,
    ) -> StoreResult<bool>;

    /// Links, for members.
    async fn links(&self, caller: Address, id: TopicId, range: LinkRange) -> StoreResult<LinkList>;

    /// Serves the caller's device as a member no longer, and keeps its request for those who commit.
    async fn leave(&self, caller: Address, id: TopicId, request: Bytes) -> StoreResult<()>;

    /// Welcomes for the caller's device after a row, ascending, each with its row.
    async fn welcomes(
        &self,
        caller: Address,
        after: u64,
        limit: u32,
    ) -> StoreResult<Vec<(u64, Welcome)>>;

    /// Drops the Welcome for the caller's device; gone is gone.
    async fn drop_welcome(&self, caller: Address, id: TopicId, epoch: u64) -> StoreResult<()>;

    /// Stores a post under the next seq. The same again answers the same and changes nothing.
    async fn post(&self, post: NewPost, now: UnixMillis) -> StoreResult<Posted>;

    /// Posts, for members.
    async fn posts(
        &self,
        caller: Address,
        id: TopicId,
        range: PostRange,
        limit: u32,
    ) -> StoreResult<PostPage>;

    /// Puts a topic's next group in the place of the one that is, if the topic is still in the epoch that it was checked against; the devices
    /// that are not in it yet.
    async fn succeed(&self, next: NextGroup) -> StoreResult<Vec<Address>>;

    /// Drops a post's ciphertext, for its author's devices and for moderators.
    async fn delete_post(&self, caller: Address, deletion: Deletion) -> StoreResult<()>;

    /// The topics in which a device has a leaf.
    async fn memberships(&self, device: Address) -> StoreResult<Vec<TopicId>>;

    /// Drops links that the topics' policies keep no longer by `now`, admissions that have expired, and Welcomes stored before
    /// `kept_since`.
    async fn expire_topics(&self, now: UnixMillis, kept_since: UnixMillis) -> StoreResult<()>;
}
