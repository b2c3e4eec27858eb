//! Stored forms of topics; compact, in the presentation language, like every record.

use zeroize::Zeroizing;

use crate::client::records::record;
use crate::codec;
use crate::forum::link::LinkHistory;
use crate::forum::wire::{History, Inviters, Visibility};
use crate::wire::{
    Address, DeviceCertificate, Flag, ForumId, PostId, TopicId, UserId, Version1, Wire,
};

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
    /// Something for the relay.
    ForumOutboxRecord {
        version: Version1,
        topic_id: TopicId,
        job: Job,
    }
);

/// What is to be done.
pub(in crate::client) enum Job {
    /// `POST /api/forums/{id}/topics`.
    Create(CreateJob),
    /// An external commit that was built, or a commit to build.
    Commit(CommitJob),
    /// `POST …/posts`.
    Post(PostJob),
    /// `POST …/links`.
    Links(LinksJob),
    /// `POST …/leave`, an encoded LeaveRequest.
    Leave(Zeroizing<Vec<u8>>),
    /// `DELETE …/posts/{id}`: the relay lets go of the ciphertext of what was deleted.
    Drop(PostId),
    /// `POST …/generations`.
    Succeed(SuccessionJob),
}

codec!(
    enum Job {
        Create(job) = 1,
        Commit(job) = 2,
        Post(job) = 3,
        Links(job) = 4,
        Leave(job) = 5,
        Drop(job) = 6,
        Succeed(job) = 7,
    }
);

record!(
    /// A topic for the relay.
    CreateJob {
        group_info: Vec<u8>,
        tree: Vec<u8>,
        policy: Vec<u8>,
        public_title: Option<String>,
    }
);

record!(
    /// What a commit is to bring about, and the commit once it is made.
    CommitJob {
        intent: Intent,
        built: Option<BuiltCommit>,
    }
);

/// What a commit is to bring about.
pub(in crate::client) enum Intent {
    /// This device comes in, or back.
    Join,
    /// A user's devices come in, by these KeyPackages.
    Add(AddIntent),
    /// A user's devices go.
    Remove(RemoveIntent),
    /// The next policy: an encoded [`PolicyChange`].
    Policy(PolicyChange),
    /// A ban is lifted.
    Unban(UserId),
    /// Devices that asked to leave go: encoded LeaveRequests.
    Leaves(Vec<Vec<u8>>),
    /// Devices that were in the group before this one come in, by these KeyPackages.
    Readmit(Vec<Vec<u8>>),
    /// Devices that their accounts revoked go, not before this time.
    Revoked(u64),
}

codec!(
    enum Intent {
        Join = 1,
        Add(intent) = 2,
        Remove(intent) = 3,
        Policy(intent) = 4,
        Unban(intent) = 5,
        Leaves(intent) = 6,
        Readmit(intent) = 7,
        Revoked(intent) = 8,
    }
);

record!(
    /// Whom to add.
    AddIntent {
        user_id: UserId,
        key_packages: Vec<Vec<u8>>,
    }
);

record!(
    /// Whom to remove.
    RemoveIntent {
        user_id: UserId,
        ban: Flag,
    }
);

record!(
    /// What is to change in the policy; what is absent stays.
    PolicyChange {
        visibility: Option<Visibility>,
        history: Option<History>,
        history_days: Option<u16>,
        inviters: Option<Inviters>,
        /// Users and their new roles: 1 owner, 2 moderator, 3 member.
        roles: Vec<RoleChange>,
    }
);

record!(
    /// A user's new role.
    RoleChange {
        user_id: UserId,
        role: u8,
    }
);

record!(
    /// A commit as the relay gets it, and the group after it.
    BuiltCommit {
        /// The epoch that it ends.
        epoch: u64,
        commit: Vec<u8>,
        group_info: Vec<u8>,
        links: Vec<Vec<u8>>,
        wraps: Vec<Vec<u8>>,
        welcome: Option<WelcomeRecord>,
        /// The group when the relay has it.
        after: Zeroizing<Vec<u8>>,
        /// Encoded TopicState of that group.
        state: Vec<u8>,
        /// The archive key of the epoch that it begins.
        key: KeyBytes,
        added: Vec<DeviceCertificate>,
        removed: Vec<DeviceCertificate>,
    }
);

record!(
    /// A Welcome and for whom it is.
    WelcomeRecord {
        bytes: Vec<u8>,
        addresses: Vec<Address>,
    }
);

record!(
    /// A post to send.
    PostJob {
        /// Where its record is, if people see it.
        order: Option<u64>,
        post_id: PostId,
        parent_id: Option<PostId>,
        sent_at: u64,
        /// A PostContent: its type, and its encoding.
        content_type: u8,
        content: Zeroizing<Vec<u8>>,
        /// The encoded post, of the epoch it was made in.
        built: Option<Vec<u8>>,
    }
);

record!(
    /// The topic's next group, for the relay.
    SuccessionJob {
        group_info: Vec<u8>,
        tree: Vec<u8>,
        policy: Vec<u8>,
        /// The number of the epoch that it begins with.
        epoch: u64,
        /// The group when the relay has it.
        after: Zeroizing<Vec<u8>>,
        /// Encoded TopicState of that group.
        state: Vec<u8>,
        /// The archive key of that epoch.
        key: KeyBytes,
        /// Who is to be brought in.
        heirs: Vec<DeviceCertificate>,
    }
);

record!(
    /// Devices that are still to be brought into a topic's next group, which this device founded.
    HeirsRecord {
        version: Version1,
        heirs: Vec<DeviceCertificate>,
    }
);

record!(
    /// Links and wraps to offer.
    LinksJob {
        links: Vec<Vec<u8>>,
        wraps: Vec<Vec<u8>>,
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
