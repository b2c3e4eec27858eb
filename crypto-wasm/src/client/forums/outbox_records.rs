//! Stored forms of what waits for the relay, and of whom is still to be brought into a topic's next group.

use zeroize::Zeroizing;

use crate::client::records::record;
use crate::codec;
use crate::forum::wire::{History, Inviters, Visibility};
use crate::wire::{Address, DeviceCertificate, Flag, PostId, TopicId, UserId, Version1, Wire};

use super::records::KeyBytes;

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
