//! Topics for callers in Rust. Every method is one step; errors are those of the client and of topics.

use rand_core::CryptoRng;

use super::{
    ForumStep, Invited, KeyPackages, LinkBatch, LinkPreview, NewPost, Post, PostBatch, PostFilter,
    PostId, PostPage, PostsTaken, Revoked, Topic, TopicAction, TopicCommit, TopicCursor, TopicId,
    TopicMember, TopicOffer, TopicOptions, WelcomeOffer, steps,
};
use crate::client::{Client, ClientError, Outcome, Refusal};
use crate::store::Store;
use crate::wire::Address;

type Done<T> = Result<Outcome<T>, ClientError>;

impl<S: Store, R: CryptoRng> Client<S, R> {
    /// All topics, by title.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn topics(&self) -> Result<Vec<Topic>, ClientError> {
        self.ask(steps::list).await
    }

    /// One of them.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn topic(&self, id: TopicId) -> Result<Option<Topic>, ClientError> {
        self.ask(|txn| steps::one(txn, id)).await
    }

    /// Who is in a topic, and who is banned.
    ///
    /// # Errors
    /// `not-found`.
    pub async fn topic_members(&self, id: TopicId) -> Result<Vec<TopicMember>, ClientError> {
        self.ask(|txn| steps::members(txn, id)).await
    }

    /// How far it has been taken in.
    ///
    /// # Errors
    /// `not-found`.
    pub async fn topic_cursor(&self, id: TopicId) -> Result<TopicCursor, ClientError> {
        self.ask(|txn| steps::cursor(txn, id)).await
    }

    /// Founds a topic.
    ///
    /// # Errors
    /// `invalid-argument`, `not-registered`.
    pub async fn create_topic(&self, options: &TopicOptions, now_ms: u64) -> Done<Topic> {
        self.step(|txn| steps::create(txn, options, now_ms)).await
    }

    /// What an invitation link says of itself.
    ///
    /// # Errors
    /// `decode`.
    pub fn link_preview(&self, link: &str) -> Result<LinkPreview, ClientError> {
        steps::preview(link)
    }

    /// Makes the commit that brings this device in; the outbox sends it.
    ///
    /// # Errors
    /// `topic-mismatch`, `policy-chain`, `topic-rollback`, `invitation-refused`, `banned`, `bad-signature`, `decode`, `commit-refused`.
    pub async fn begin_join(
        &self,
        id: TopicId,
        link: Option<&str>,
        offer: &TopicOffer,
        now_ms: u64,
    ) -> Done<(Topic, u64)> {
        self.step(|txn| steps::begin_join(txn, id, link, offer, now_ms))
            .await
    }

    /// Comes into a topic that somebody added this device to.
    ///
    /// # Errors
    /// As [`begin_join`](Self::begin_join).
    pub async fn receive_welcome(&self, offer: &WelcomeOffer, now_ms: u64) -> Done<Option<Topic>> {
        self.step(|txn| steps::welcome(txn, offer, now_ms)).await
    }

    /// Puts down what a member wants of a topic.
    ///
    /// # Errors
    /// `forbidden`, `not-a-member`, `key-changed`, `device-not-listed`, `last-owner`, `not-found`.
    pub async fn topic_action(&self, id: TopicId, action: &TopicAction, now_ms: u64) -> Done<u64> {
        self.step(|txn| steps::act(txn, id, action, now_ms)).await
    }

    /// Requests to leave that the relay shows.
    ///
    /// # Errors
    /// `not-a-member`.
    pub async fn topic_leaves(&self, id: TopicId, requests: &[Vec<u8>]) -> Done<()> {
        self.step(|txn| steps::see_leaves(txn, id, requests)).await
    }

    /// Puts the removal of revoked devices down, in every topic, each leaf's once. Returns when the next one is due that has to wait still.
    ///
    /// # Errors
    /// `not-registered`.
    pub async fn revoked_devices(&self, whose: &Revoked, now_ms: u64) -> Done<Option<u64>> {
        self.step(|txn| steps::look_for_revoked(txn, whose, now_ms))
            .await
    }

    /// Makes an invitation link. With history, it opens something once the relay has taken the entry.
    ///
    /// # Errors
    /// `forbidden`, `not-a-member`, `not-found`.
    pub async fn create_invitation(
        &self,
        id: TopicId,
        uses: u32,
        with_history: bool,
        now_ms: u64,
    ) -> Done<Invited> {
        self.step(|txn| steps::invite(txn, id, uses, with_history, now_ms))
            .await
    }

    /// Puts a post into the outbox.
    ///
    /// # Errors
    /// `not-a-member`, `key-changed`, `forbidden`, `not-found`, `invalid-argument`.
    pub async fn send_post(&self, id: TopicId, post: &NewPost, now_ms: u64) -> Done<Post> {
        self.step(|txn| steps::send(txn, id, post, now_ms)).await
    }

    /// Puts a post that was given up back into the outbox.
    ///
    /// # Errors
    /// `not-found`, `not-a-member`.
    pub async fn retry_post(&self, id: TopicId, post: PostId) -> Done<Post> {
        self.step(|txn| steps::retry(txn, id, post)).await
    }

    /// How many posts wait for the relay.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn pending_posts(&self) -> Result<usize, ClientError> {
        self.ask(steps::pending).await
    }

    /// A page of posts from the store.
    ///
    /// # Errors
    /// `not-found`, `invalid-argument`.
    pub async fn posts(
        &self,
        id: TopicId,
        filter: PostFilter,
        before: Option<u64>,
        limit: u32,
    ) -> Result<PostPage, ClientError> {
        self.ask(|txn| steps::page(txn, id, filter, before, limit))
            .await
    }

    /// Everything in a topic has been read.
    ///
    /// # Errors
    /// `not-found`.
    pub async fn mark_topic_read(&self, id: TopicId) -> Done<Topic> {
        self.step(|txn| steps::mark_read(txn, id)).await
    }

    /// The relay says that this device is not in the topic.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn topic_gone(&self, id: TopicId) -> Done<()> {
        self.step(|txn| steps::gone(txn, id)).await
    }

    /// What to do next for the outbox. What it gives out is on disk.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn forum_step(&self, now_ms: u64) -> Done<ForumStep> {
        self.step(|txn| steps::next_step(txn, now_ms)).await
    }

    /// The relay has it; `seq` is the place of a post. An entry that is done with already stays so.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn forum_accepted(&self, entry: u64, seq: Option<u64>, now_ms: u64) -> Done<()> {
        self.step(|txn| steps::accepted(txn, entry, seq, now_ms))
            .await
    }

    /// The relay refused it; `epoch` is the one that it names with `epoch-conflict`. An entry that is done with already stays so.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn forum_refused(
        &self,
        entry: u64,
        refusal: &Refusal,
        epoch: Option<u64>,
    ) -> Done<()> {
        self.step(|txn| steps::refused(txn, entry, refusal, epoch))
            .await
    }

    /// Applies commits, in order; returns the epoch.
    ///
    /// # Errors
    /// `commit-refused` and the like, `relay` if one is missing; nothing has changed then.
    pub async fn topic_commits(
        &self,
        id: TopicId,
        commits: &[TopicCommit],
        now_ms: u64,
    ) -> Done<u64> {
        self.step(|txn| steps::take_commits(txn, id, commits, now_ms))
            .await
    }

    /// Takes in new posts, ascending.
    ///
    /// # Errors
    /// `relay` if one is missing.
    pub async fn topic_posts(&self, id: TopicId, batch: &PostBatch) -> Done<PostsTaken> {
        self.step(|txn| steps::forward(txn, id, batch)).await
    }

    /// Takes in older posts, descending.
    ///
    /// # Errors
    /// `relay` if one is missing.
    pub async fn topic_older(&self, id: TopicId, batch: &PostBatch) -> Done<PostsTaken> {
        self.step(|txn| steps::backward(txn, id, batch)).await
    }

    /// Takes in links to older epochs; whether posts that could not be opened might open now, which are to be read once more.
    ///
    /// # Errors
    /// `not-found`.
    pub async fn topic_links(&self, id: TopicId, batch: &LinkBatch) -> Done<bool> {
        self.step(|txn| steps::take_links(txn, id, batch)).await
    }

    /// The epochs whose links might open posts that could not be opened, lowest and highest.
    ///
    /// # Errors
    /// `not-found`.
    pub async fn topic_keys_wanted(&self, id: TopicId) -> Result<Option<(u64, u64)>, ClientError> {
        self.ask(|txn| steps::wanted(txn, id)).await
    }

    /// Puts down the founding of the topic's next group, where the newest commit, given here, cannot be applied and this is an owner's device;
    /// whether there is something to send.
    ///
    /// # Errors
    /// `not-a-member`.
    pub async fn succeed_topic(&self, id: TopicId, broken: &[u8], now_ms: u64) -> Done<bool> {
        self.step(|txn| steps::succeed(txn, id, broken, now_ms))
            .await
    }

    /// Devices that are still to be brought into the next group that this device founded.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn topic_heirs(&self, id: TopicId, limit: u32) -> Result<Vec<Address>, ClientError> {
        self.ask(|txn| steps::heirs(txn, id, limit)).await
    }

    /// Brings heirs in with the KeyPackages that the relay gave for them.
    ///
    /// # Errors
    /// `not-a-member`.
    pub async fn readmit(
        &self,
        id: TopicId,
        asked: &[Address],
        key_packages: &[Vec<u8>],
        now_ms: u64,
    ) -> Done<()> {
        self.step(|txn| steps::readmit(txn, id, asked, key_packages, now_ms))
            .await
    }

    /// KeyPackages to upload, if the relay, which has `count`, runs low.
    ///
    /// # Errors
    /// `not-registered`.
    pub async fn key_package_upload(&self, count: usize, now_ms: u64) -> Done<Option<KeyPackages>> {
        self.step(|txn| steps::top_up(txn, count, now_ms)).await
    }

    /// The relay has them.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn key_packages_uploaded(&self) -> Done<()> {
        self.step(steps::uploaded).await
    }
}
