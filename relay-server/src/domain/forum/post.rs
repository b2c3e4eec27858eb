//! Posts.

use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::topic::Member;
use super::wire::PostHeader;
use crate::domain::credentials::malformed;
use crate::domain::{Address, Bytes, PostId, Refusal, TopicId, UnixMillis, limits};

/// A post to store, checked but for what the store knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPost {
    /// In which topic.
    pub topic_id: TopicId,
    /// Which of the topic's groups.
    pub generation: u32,
    /// The epoch whose key it is encrypted under.
    pub epoch: u64,
    /// Its id.
    pub id: PostId,
    /// By which device.
    pub author: Address,
    /// The encoded post.
    pub post: Bytes,
    /// Its hash.
    pub digest: [u8; 32],
}

impl NewPost {
    /// Of the current epoch, or of the one just over if the author was in it and nobody was removed since.
    #[must_use]
    pub const fn is_in_time<Row>(&self, author: &Member<Row>) -> bool {
        self.generation == author.settings.generation
            && (self.epoch == author.epoch
                || (self.epoch + 1 == author.epoch
                    && !author.last_removed
                    && author.since_epoch <= self.epoch))
    }

    /// Reads a post's header.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`] above 64 KiB; [`Refusal::BadRequest`] if it does not decode or is of another topic, id or device.
    pub fn read(
        topic_id: TopicId,
        id: PostId,
        author: Address,
        post: Bytes,
    ) -> Result<Self, Refusal> {
        if post.as_slice().len() > limits::POST_BYTES {
            return Err(Refusal::TooLarge("a post is at most 64 KiB"));
        }
        let header = PostHeader::of(post.as_slice()).ok_or_else(|| malformed("post"))?;
        if header.topic_id != topic_id || header.id != id || header.author != author {
            return Err(Refusal::bad_request(
                "post: of another topic, id or device than the call",
            ));
        }
        let digest = Sha256::digest(post.as_slice()).into();
        Ok(Self {
            topic_id,
            generation: header.generation,
            epoch: header.epoch,
            id,
            author,
            post,
            digest,
        })
    }
}

/// What became of a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posted {
    /// Its place in the topic: 1, 2, 3, …
    pub seq: u64,
    /// When the relay stored it.
    pub stored_at: UnixMillis,
    /// Whether it was new.
    pub is_new: bool,
}

/// Which posts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PostRange {
    /// Those after a seq, ascending.
    After(u64),
    /// Those before a seq, descending.
    Before(u64),
}

/// A stored post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PostItem {
    /// Its place in the topic.
    pub seq: u64,
    /// The encoded post; none once it was deleted.
    pub post: Option<Bytes>,
    /// What is left of it then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dropped: Option<DroppedPost>,
    /// When the relay stored it.
    pub stored_at: UnixMillis,
}

/// What members need of a post that was deleted, to compare what its epoch had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DroppedPost {
    /// Which of the topic's groups it was for.
    pub generation: u32,
    /// The epoch that it was of.
    pub epoch: u64,
    /// Its id.
    pub id: PostId,
    /// SHA-256 of its encoding.
    pub digest: Bytes,
}

/// A part of a topic's posts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PostPage {
    /// In the order asked for.
    pub items: Vec<PostItem>,
    /// The certificates of their authors, each once.
    pub authors: Vec<Bytes>,
    /// The lowest seq there is; one more than `last` if there is none.
    pub first: u64,
    /// The highest.
    pub last: u64,
}

/// A post to delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deletion {
    /// In which topic.
    pub topic_id: TopicId,
    /// Which post.
    pub post_id: PostId,
}
