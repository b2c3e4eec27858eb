//! Stored forms of topics; compact, in the presentation language, like every record.

use zeroize::Zeroizing;

use crate::client::records::record;
use crate::codec;
use crate::forum::link::LinkHistory;
use crate::wire::{Address, DeviceCertificate, Flag, ForumId, PostId, UserId, Version1, Wire};

/// How far a topic has come on this device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::client) enum Standing {
    /// Not at the relay yet.
    Creating,
    /// The commit that brings this device in is not at the relay yet.
    Joining,
    /// A member.
    Active,
    /// Left by the person.
    Left,
    /// Removed by somebody.
    Removed,
    /// The relay refused the creation.
    Failed,
}

impl Standing {
    /// Whether posts can be written: they wait until the topic is at the relay.
    pub(in crate::client) const fn posts(self) -> bool {
        matches!(self, Self::Creating | Self::Joining | Self::Active)
    }
}

codec!(
    enum Standing {
        Creating = 1,
        Joining = 2,
        Active = 3,
        Left = 4,
        Removed = 5,
        Failed = 6,
    }
);

record!(
    /// A topic that this device is or was a member of.
    TopicRecord {
        version: Version1,
        forum_id: ForumId,
        standing: Standing,
        generation: u32,
        /// The group's epoch here.
        epoch: u64,
        /// Nothing is sent before this epoch is reached: the relay has said that it is there.
        awaited_epoch: u64,
        /// The epoch that the last removal began.
        removal_epoch: u64,
        /// The newest epoch of which a post was seen.
        newest_epoch: u64,
        /// The first epoch of this device's own stay.
        join_epoch: u64,
        joined_at: u64,
        /// Encoded TopicState.
        state: Vec<u8>,
        title: String,
        description: String,
        /// The post whose title this is.
        info_seq: u64,
        /// Accounts in the group.
        members: u32,
        /// Everything up to this seq has been taken in.
        seq: u64,
        /// Everything from this seq up to where reading began has been taken in; `seq` + 1 before anything was.
        oldest: u64,
        /// There is nothing before `oldest` that can be read.
        complete: Flag,
        /// Read by the person up to this order.
        read: u64,
        unread: u32,
        mentions: u32,
        /// The order of the newest visible post, 0 if there is none.
        last_post: u64,
        pinned: Vec<PostId>,
        /// Members whose account key is not the one pinned here: nothing is posted until the person decides.
        blocked: Vec<UserId>,
        /// What links with history carry now.
        secret: Option<LinkHistory>,
        failure: Option<FailureRecord>,
    }
);

record!(
    /// Why something failed.
    FailureRecord {
        code: String,
        message: String,
    }
);

record!(
    /// Archive keys of one epoch: the right one, or candidates for it.
    KeyRecord {
        version: Version1,
        confirmed: Flag,
        keys: Vec<KeyBytes>,
    }
);

/// An archive key as it is stored.
pub(in crate::client) struct KeyBytes(pub(in crate::client) crate::forum::archive::ArchiveKey);

codec!(struct KeyBytes { 0 });

record!(
    /// Devices that are or were in the group, those of some users together.
    MembersRecord {
        version: Version1,
        members: Vec<MemberDevice>,
    }
);

/// A device's stay in the group.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::client) struct MemberDevice {
    pub(in crate::client) certificate: DeviceCertificate,
    /// The first epoch in which this client saw it in the group.
    pub(in crate::client) from_epoch: u64,
    /// The first epoch in which it was gone.
    pub(in crate::client) to_epoch: Option<u64>,
}

codec!(struct MemberDevice { certificate, from_epoch, to_epoch });

/// How far a post has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::client) enum PostState {
    /// In the outbox.
    Sending,
    /// Given up.
    Failed,
    /// At the relay.
    Stored,
}

codec!(
    enum PostState {
        Sending = 1,
        Failed = 2,
        Stored = 3,
    }
);

record!(
    /// A post that people see.
    PostRecord {
        version: Version1,
        post_id: PostId,
        author: Address,
        parent_id: Option<PostId>,
        sent_at: u64,
        epoch: u64,
        state: PostState,
        /// Absent where it could not be opened; `failure` says why.
        text: Option<String>,
        mentions: Vec<UserId>,
        failure: Option<FailureRecord>,
    }
);

record!(
    /// What was done to a post, by whoever and in whatever order it arrived.
    EffectsRecord {
        version: Version1,
        edits: Vec<EditRecord>,
        deletions: Vec<DeletionRecord>,
        reactions: Vec<ReactionRecord>,
        pin: Option<PinRecord>,
        /// Orders of the posts that answer it.
        replies: Vec<u64>,
    }
);

record!(
    /// The newest text that a user gave.
    EditRecord {
        author: UserId,
        seq: u64,
        text: String,
        mentions: Vec<UserId>,
    }
);

record!(
    /// A user took the post out.
    DeletionRecord {
        author: UserId,
        by_moderator: Flag,
    }
);

record!(
    /// The last word of a user on one emoji.
    ReactionRecord {
        author: UserId,
        emoji: String,
        seq: u64,
        removed: Flag,
    }
);

record!(
    /// The last word on whether it is pinned.
    PinRecord {
        seq: u64,
        removed: Flag,
    }
);

record!(
    /// KeyPackages of this device: those at the relay or on their way there.
    KeyPackagesRecord {
        version: Version1,
        packages: Vec<KeyPackageRecord>,
        last_resort: Option<KeyPackageRecord>,
        last_resort_at: u64,
        /// Not confirmed by the relay yet.
        pending: Flag,
    }
);

record!(
    /// A KeyPackage with its private keys.
    KeyPackageRecord {
        /// The encoded KeyPackage message.
        public: Vec<u8>,
        /// Its KeyPackageRef.
        reference: Vec<u8>,
        secret: Zeroizing<Vec<u8>>,
        uploaded: Flag,
    }
);
