//! Forums: who is in a topic, its commits, its posts and what waits for its members.

mod archive;
mod commits;
mod members;
mod posts;
mod succession;
mod topics;
mod welcomes;

use async_trait::async_trait;

use super::{SqliteStore, StoreResult, devices, key_packages};
use crate::domain::forum::{
    AcceptedCommit, Access, CommitPage, Committed, Deletion, Forum, GroupDocument, JoinMaterial,
    Link, LinkList, LinkRange, NewForum, NewPost, NewTopic, NextGroup, PostPage, PostRange, Posted,
    StoredGroup, Topic, Welcome, Wrap,
};
use crate::domain::prekeys::ClaimedKeyPackages;
use crate::domain::{Address, Bytes, ForumId, TopicId, UnixMillis, Username};
use crate::store::ForumStore;

pub(super) use members::revoke;

#[async_trait]
impl ForumStore for SqliteStore {
    async fn grant_administration(&self, username: Username) -> StoreResult<()> {
        self.writer
            .run(move |db| topics::grant_administration(db, &username))
            .await
    }

    async fn is_administrator(&self, caller: Address) -> StoreResult<bool> {
        self.readers
            .run(move |db| topics::is_administrator(db, caller))
            .await
    }

    async fn create_first_forum(&self, forum: NewForum, now: UnixMillis) -> StoreResult<()> {
        self.writer
            .run(move |db| topics::create_first_forum(db, &forum, now))
            .await
    }

    async fn create_forum(
        &self,
        caller: Address,
        forum: NewForum,
        now: UnixMillis,
    ) -> StoreResult<Forum> {
        self.writer
            .run(move |db| topics::create_forum(db, caller, &forum, now))
            .await
    }

    async fn forums(&self, after: Option<ForumId>, limit: u32) -> StoreResult<Vec<Forum>> {
        self.readers
            .run(move |db| topics::forums(db, after, limit))
            .await
    }

    async fn claim_key_packages(
        &self,
        caller: Address,
        devices: Vec<Address>,
    ) -> StoreResult<ClaimedKeyPackages> {
        self.writer
            .run(move |db| key_packages::claim(db, caller, &devices))
            .await
    }

    async fn certificate(&self, device: Address) -> StoreResult<Option<Vec<u8>>> {
        self.readers
            .run(move |db| devices::certificate(db, device))
            .await
    }

    async fn create_topic(&self, topic: NewTopic, now: UnixMillis) -> StoreResult<Topic> {
        self.writer
            .run(move |db| topics::create(db, &topic, now))
            .await
    }

    async fn topics(
        &self,
        caller: Address,
        forum: ForumId,
        after: Option<TopicId>,
        limit: u32,
    ) -> StoreResult<Vec<Topic>> {
        self.readers
            .run(move |db| topics::list(db, caller, forum, after, limit))
            .await
    }

    async fn own_topics(
        &self,
        caller: Address,
        after: Option<TopicId>,
        limit: u32,
    ) -> StoreResult<Vec<Topic>> {
        self.readers
            .run(move |db| topics::own(db, caller, after, limit))
            .await
    }

    async fn topic(&self, caller: Address, id: TopicId) -> StoreResult<Topic> {
        self.readers
            .run(move |db| topics::find(db, caller, id))
            .await
    }

    async fn topic_access(
        &self,
        caller: Address,
        id: TopicId,
        now: UnixMillis,
    ) -> StoreResult<Access> {
        self.readers
            .run(move |db| members::access(db, caller, id, now))
            .await
    }

    async fn stored_group(&self, id: TopicId) -> StoreResult<StoredGroup> {
        self.readers
            .run(move |db| topics::stored_group(db, id))
            .await
    }

    async fn join_material(&self, id: TopicId) -> StoreResult<JoinMaterial> {
        self.readers
            .run(move |db| commits::join_material(db, id))
            .await
    }

    async fn admit(&self, caller: Address, id: TopicId, until: UnixMillis) -> StoreResult<()> {
        self.writer
            .run(move |db| members::admit(db, caller, id, until))
            .await
    }

    async fn commit(&self, commit: AcceptedCommit, now: UnixMillis) -> StoreResult<Committed> {
        self.writer
            .run(move |db| commits::store(db, &commit, now))
            .await
    }

    async fn is_committed(
        &self,
        caller: Address,
        id: TopicId,
        epoch: u64,
        commit: Vec<u8>,
    ) -> StoreResult<bool> {
        self.readers
            .run(move |db| {
                let device = devices::require_active(db, caller)?;
                commits::is_committed(db, device, id, epoch, &commit)
            })
            .await
    }

    async fn commits(
        &self,
        caller: Address,
        id: TopicId,
        after: u64,
        limit: u32,
    ) -> StoreResult<CommitPage> {
        self.readers
            .run(move |db| commits::page(db, caller, id, after, limit))
            .await
    }

    async fn topic_group(&self, caller: Address, id: TopicId) -> StoreResult<GroupDocument> {
        self.readers
            .run(move |db| posts::group(db, caller, id))
            .await
    }

    async fn add_links(
        &self,
        caller: Address,
        id: TopicId,
        links: Vec<Link>,
        wraps: Vec<Wrap>,
        now: UnixMillis,
    ) -> StoreResult<bool> {
        self.writer
            .run(move |db| archive::add(db, caller, id, (&links, &wraps), now))
            .await
    }

    async fn links(&self, caller: Address, id: TopicId, range: LinkRange) -> StoreResult<LinkList> {
        self.readers
            .run(move |db| archive::links(db, caller, id, range))
            .await
    }

    async fn leave(&self, caller: Address, id: TopicId, request: Bytes) -> StoreResult<()> {
        self.writer
            .run(move |db| posts::leave(db, caller, id, &request))
            .await
    }

    async fn welcomes(
        &self,
        caller: Address,
        after: u64,
        limit: u32,
    ) -> StoreResult<Vec<(u64, Welcome)>> {
        self.readers
            .run(move |db| welcomes::page(db, caller, after, limit))
            .await
    }

    async fn drop_welcome(&self, caller: Address, id: TopicId, epoch: u64) -> StoreResult<()> {
        self.writer
            .run(move |db| welcomes::remove(db, caller, id, epoch))
            .await
    }

    async fn post(&self, post: NewPost, now: UnixMillis) -> StoreResult<Posted> {
        self.writer
            .run(move |db| posts::store(db, &post, now))
            .await
    }

    async fn posts(
        &self,
        caller: Address,
        id: TopicId,
        range: PostRange,
        limit: u32,
    ) -> StoreResult<PostPage> {
        self.readers
            .run(move |db| posts::page(db, caller, id, range, limit))
            .await
    }

    async fn succeed(&self, next: NextGroup) -> StoreResult<Vec<Address>> {
        self.writer
            .run(move |db| succession::store(db, &next))
            .await
    }

    async fn delete_post(&self, caller: Address, deletion: Deletion) -> StoreResult<()> {
        self.writer
            .run(move |db| posts::delete(db, caller, deletion))
            .await
    }

    async fn memberships(&self, device: Address) -> StoreResult<Vec<TopicId>> {
        self.readers
            .run(move |db| {
                let device = devices::require_active(db, device)?;
                members::of_device(db, device)
            })
            .await
    }

    async fn expire_topics(&self, now: UnixMillis, kept_since: UnixMillis) -> StoreResult<()> {
        self.writer
            .run(move |db| topics::expire(db, now, kept_since))
            .await
    }
}
