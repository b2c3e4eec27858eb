//! What members say of the posts that an epoch had: a running hash, and the covers that travel in their commits (§7).

use super::state::GroupId;
use crate::ProtocolError;
use crate::codec;
use crate::codec::{Decode, Reader};
use crate::crypto::hash::{hash_with_label, sha256};
use crate::crypto::label;
use crate::wire::PostId;
use crate::wire::codec::{Version1, Wire};

/// Epochs that one commit covers at most.
pub const MAX_COVERED: usize = 128;

/// The running hash over the posts of an epoch, in the relay's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trail {
    /// How many posts it has taken in.
    pub posts: u32,
    /// The hash after the last of them.
    pub hash: [u8; 32],
}

codec!(struct Trail { posts, hash });

impl Trail {
    /// The trail of an epoch without posts.
    ///
    /// # Errors
    /// None in practice.
    // PST-20
    pub fn begin(group: GroupId, epoch: u64) -> Result<Self, ProtocolError> {
        let start = codec::encode(&[&group.topic_id, &group.generation, &epoch])?;
        Ok(Self {
            posts: 0,
            hash: hash_with_label(label::TOPIC_POSTS, &start),
        })
    }

    /// Takes in the next post: its id, and the hash of its encoding.
    ///
    /// # Errors
    /// [`ProtocolError::Exhausted`] after 2^32 - 1 posts.
    // PST-20
    pub fn push(&mut self, post_id: PostId, digest: &[u8; 32]) -> Result<(), ProtocolError> {
        let posts = self.posts.checked_add(1).ok_or(ProtocolError::Exhausted)?;
        let link = codec::encode(&[&self.hash, &post_id, digest])?;
        (self.posts, self.hash) = (posts, hash_with_label(label::TOPIC_POSTS, &link));
        Ok(())
    }
}

/// The hash of an encoded post, as a [`Trail`] takes it.
#[must_use]
pub fn digest(post: &[u8]) -> [u8; 32] {
    sha256(post)
}

/// The posts of an epoch that a committer saw: so many, up to this hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EpochCover {
    /// The epoch that the posts name.
    pub epoch: u64,
    /// Its trail as far as the committer saw it, never empty.
    pub trail: Trail,
}

codec!(struct EpochCover { epoch, trail });

/// What a member's commit authenticates besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cover {
    /// Always 1.
    pub version: Version1,
    /// At least one and at most [`MAX_COVERED`], each epoch once, ascending.
    pub epochs: Vec<EpochCover>,
}

codec!(encode Cover { version, epochs });

impl Decode for Cover {
    // PST-19
    fn decode(from: &mut Reader<'_>) -> Result<Self, ProtocolError> {
        let version = Version1::decode(from)?;
        let mut entries = Reader::new(from.vector()?);
        let mut epochs: Vec<EpochCover> = Vec::new();
        while !entries.is_empty() {
            let entry = EpochCover::decode(&mut entries)?;
            let ascends = epochs.last().is_none_or(|last| last.epoch < entry.epoch);
            if epochs.len() == MAX_COVERED || !ascends || entry.trail.posts == 0 {
                return Err(ProtocolError::Decode);
            }
            epochs.push(entry);
        }
        if epochs.is_empty() {
            return Err(ProtocolError::Decode);
        }
        Ok(Self { version, epochs })
    }
}

impl Wire for Cover {}

#[cfg(test)]
mod tests;
