//! Posts and what leads to their keys, as the relay stores them (§7).

use crate::codec;
use crate::crypto::sign::Signature;
use crate::wire::codec::{Signed, Version1, Wire};
use crate::wire::{Address, PostId, TopicId};

/// The longest encoded [`Post`], in bytes.
pub const MAX_POST: usize = 64 * 1024;
/// The longest text of a post, in bytes.
pub const MAX_TEXT: usize = 48 * 1024;

/// What the relay sees of a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PostHeader {
    /// The topic.
    pub topic_id: TopicId,
    /// The MLS group's number among those of the topic.
    pub generation: u32,
    /// The epoch under whose archive key it is encrypted.
    pub epoch: u64,
    /// Made by the author as a UUIDv7; the idempotency key from end to end.
    pub post_id: PostId,
    /// The device that wrote it.
    pub author: Address,
    /// The post that it answers.
    pub parent_id: Option<PostId>,
    /// The author's clock, Unix milliseconds.
    pub sent_at_ms: u64,
}

codec!(struct PostHeader { topic_id, generation, epoch, post_id, author, parent_id, sent_at_ms });

impl Wire for PostHeader {}

/// An encrypted post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// Always 1.
    pub version: Version1,
    /// In clear, and authenticated.
    pub header: PostHeader,
    /// Commits to the key: no other key opens the post.
    pub commitment: [u8; 32],
    /// The AES-GCM nonce, random.
    pub nonce: [u8; 12],
    /// The padded body's ciphertext with its tag.
    pub ciphertext: Vec<u8>,
}

codec!(struct Post { version, header, commitment, nonce, ciphertext });

impl Wire for Post {}

/// The archive key of an epoch, encrypted under that of a later one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The topic.
    pub topic_id: TopicId,
    /// The MLS group's number among those of the topic.
    pub generation: u32,
    /// Whoever has this epoch's key …
    pub from_epoch: u64,
    /// … learns this one's.
    pub to_epoch: u64,
    /// The device that made it.
    pub sender: Address,
    /// The AES-GCM nonce, random.
    pub nonce: [u8; 12],
    /// The key's ciphertext with its tag.
    pub ciphertext: Vec<u8>,
    /// By the sender's identity key over the fields above, label "link".
    pub signature: Signature,
}

codec!(struct Link {
    topic_id,
    generation,
    from_epoch,
    to_epoch,
    sender,
    nonce,
    ciphertext,
    signature,
});

impl Wire for Link {}

impl Signed for Link {
    fn signature(&self) -> &Signature {
        &self.signature
    }
}

/// The archive key of an epoch, encrypted under a secret that invitation links carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrap {
    /// The topic.
    pub topic_id: TopicId,
    /// The MLS group's number among those of the topic.
    pub generation: u32,
    /// Whose key it is.
    pub epoch: u64,
    /// Under which secret.
    pub secret_id: [u8; 16],
    /// The AES-GCM nonce, random.
    pub nonce: [u8; 12],
    /// The key's ciphertext with its tag.
    pub ciphertext: Vec<u8>,
}

codec!(struct Wrap { topic_id, generation, epoch, secret_id, nonce, ciphertext });

impl Wire for Wrap {}
