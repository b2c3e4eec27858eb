//! Stored forms of what is known of the posts of epochs.

use crate::client::records::record;
use crate::codec;
use crate::forum::cover::Trail;
use crate::wire::{Address, Version1, Wire};

record!(
    /// The posts of an epoch as this device was given them, and how far commits vouch for them.
    EpochRecord {
        version: Version1,
        trail: Trail,
        /// Where the first of them is.
        first_seq: u64,
        /// Where the last of them is.
        last_seq: u64,
        /// Prefixes up to this many posts are not kept any more: they are vouched for.
        settled: u32,
        vouched: Vec<Vouched>,
        /// Covers of more posts than were taken in.
        open: Vec<OpenCover>,
    }
);

/// How far a commit vouches for an epoch's posts.
#[derive(Clone, Copy)]
pub(in crate::client) struct Vouched {
    /// The epoch that the commit ended.
    pub(in crate::client) made_in: u64,
    pub(in crate::client) posts: u32,
    /// Where the last of these posts is.
    pub(in crate::client) seq: u64,
}

codec!(struct Vouched { made_in, posts, seq });

/// A cover that is compared once there are as many posts.
#[derive(Clone, Copy)]
pub(in crate::client) struct OpenCover {
    /// The epoch that the commit ended.
    pub(in crate::client) made_in: u64,
    pub(in crate::client) trail: Trail,
}

codec!(struct OpenCover { made_in, trail });

record!(
    /// An epoch's trail after one of its posts.
    PrefixRecord {
        version: Version1,
        hash: [u8; 32],
        seq: u64,
    }
);

record!(
    /// Where an edit belongs, which is stored with its target.
    EditPlaceRecord {
        version: Version1,
        epoch: u64,
        author: Address,
    }
);

record!(
    /// What the commit that was made last covers.
    MadeCoverRecord {
        version: Version1,
        /// The epoch that the commit ends.
        epoch: u64,
        /// Its authenticated data.
        cover: Vec<u8>,
    }
);
