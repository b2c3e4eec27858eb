//! What callers see of topics: shaped as the package's public types (`web/client/src/forum-types.ts`).

use crate::client::views::Failure;
use crate::forum::wire::{History, Inviters, Visibility};
use crate::wire::{Address, ForumId, PostId, TopicId, UserId};

/// What an account may do in a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TopicRole {
    /// Signs the policy.
    Owner,
    /// Adds, removes, bans, deletes and pins.
    Moderator,
    /// Reads and posts.
    Member,
}

/// How far a topic has come on this device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopicStanding(pub(super) super::records::Standing);

impl TopicStanding {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        use super::records::Standing;
        match self.0 {
            Standing::Creating => "creating",
            Standing::Joining => "joining",
            Standing::Active => "active",
            Standing::Left => "left",
            Standing::Removed => "removed",
            Standing::Failed => "failed",
        }
    }
}

/// A topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Its id.
    pub id: TopicId,
    /// Where it is listed.
    pub forum_id: ForumId,
    /// Its title, or empty while it is not known.
    pub title: String,
    /// What it is about.
    pub description: String,
    /// Who gets in.
    pub visibility: Visibility,
    /// How far back new members read.
    pub history: History,
    /// With [`History::LastDays`], the days.
    pub history_days: Option<u32>,
    /// Who may invite.
    pub inviters: Inviters,
    /// How far it has come.
    pub standing: TopicStanding,
    /// This user's role.
    pub role: TopicRole,
    /// Accounts in it.
    pub members: u32,
    /// The group's epoch.
    pub epoch: u64,
    /// When this device came in, Unix milliseconds.
    pub joined_at: u64,
    /// Posts of others that were not read.
    pub unread: u32,
    /// Those of them that mention this user.
    pub mentions: u32,
    /// The newest post.
    pub last_post: Option<Post>,
    /// Members whose account key is another than the pinned one.
    pub blocked: Vec<UserId>,
    /// Why it failed.
    pub error: Option<Failure>,
}

/// A member of a topic, with all of their devices in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicMember {
    /// Who.
    pub user_id: UserId,
    /// Their username, or empty.
    pub username: String,
    /// Their role.
    pub role: TopicRole,
    /// Their devices in the group.
    pub devices: u32,
    /// The person compared the safety number.
    pub verified: bool,
    /// `pinned`, `changed`, `self` or `unknown`.
    pub key_state: &'static str,
    /// Not a member, and may not come in.
    pub banned: bool,
}

/// A reaction and who gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostReaction {
    /// The emoji.
    pub emoji: String,
    /// Who reacted, first first.
    pub users: Vec<UserId>,
}

/// A post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// Its id.
    pub id: PostId,
    /// The topic.
    pub topic_id: TopicId,
    /// Who wrote it.
    pub author_id: UserId,
    /// The post that it answers.
    pub parent_id: Option<PostId>,
    /// Its place: the relay's, or above all of them while it is being sent.
    pub order: u64,
    /// The author's clock, Unix milliseconds.
    pub sent_at: u64,
    /// What it says now; `None` if it could not be opened.
    pub text: Option<String>,
    /// Who is mentioned.
    pub mentions: Vec<UserId>,
    /// This user wrote it.
    pub outgoing: bool,
    /// `sending`, `sent`, `failed` or `received`.
    pub state: &'static str,
    /// Why it failed, or could not be opened.
    pub error: Option<Failure>,
    /// Its author changed it.
    pub edited: bool,
    /// `author` or `moderator`, who took it out.
    pub deleted: Option<&'static str>,
    /// A moderator keeps it up.
    pub pinned: bool,
    /// Reactions to it.
    pub reactions: Vec<PostReaction>,
    /// How many posts answer it.
    pub replies: usize,
    /// Written before this device came in: who was a member then is not known here.
    pub before_join: bool,
    /// Its author is in the topic no more, and no commit made while they were says that it, or its present text, was there.
    pub late: bool,
}

/// A page of posts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostPage {
    /// Oldest first.
    pub items: Vec<Post>,
    /// `before` of the next older page in the store.
    pub next: Option<u64>,
    /// The relay may have older ones.
    pub more: bool,
}

/// What a link says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkPreview {
    /// The topic.
    pub topic_id: TopicId,
    /// The encoded Invitation, for the relay; an open topic needs none.
    pub invitation: Option<Vec<u8>>,
    /// The title when the link was made.
    pub title: String,
    /// Who invites.
    pub inviter_id: Option<UserId>,
    /// Whether it opens the history.
    pub with_history: bool,
}

/// A call to the relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ForumCall {
    /// `POST /api/forums/{id}/topics`.
    CreateTopic {
        /// The category.
        forum_id: ForumId,
        /// The group info of epoch 0.
        group_info: Vec<u8>,
        /// The tree.
        tree: Vec<u8>,
        /// The first policy.
        policy: Vec<u8>,
        /// The title of an open topic.
        public_title: Option<String>,
    },
    /// `POST …/commits`.
    Commit {
        /// The epoch that it ends.
        epoch: u64,
        /// The commit.
        commit: Vec<u8>,
        /// For the next external joiner.
        group_info: Vec<u8>,
        /// Links back.
        links: Vec<Vec<u8>>,
        /// Wraps.
        wraps: Vec<Vec<u8>>,
        /// For those who were added.
        welcome: Option<(Vec<u8>, Vec<Address>)>,
    },
    /// `POST …/posts`.
    Post {
        /// Its id.
        id: PostId,
        /// The encoded post.
        post: Vec<u8>,
    },
    /// `POST …/links`.
    Links {
        /// Links.
        links: Vec<Vec<u8>>,
        /// Wraps.
        wraps: Vec<Vec<u8>>,
    },
    /// `POST …/leave`.
    Leave {
        /// The encoded LeaveRequest.
        request: Vec<u8>,
    },
    /// `POST …/generations`.
    Succeed {
        /// The group info of the next group's own epoch 0.
        group_info: Vec<u8>,
        /// The tree.
        tree: Vec<u8>,
        /// The policy that names it.
        policy: Vec<u8>,
    },
    /// `DELETE …/posts/{id}`.
    Drop {
        /// The post.
        id: PostId,
    },
}

/// What to do for the forums' outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ForumStep {
    /// Nothing waits that could be done now.
    Idle,
    /// Make this call and report it.
    Call {
        /// Name of the entry for the report.
        entry: u64,
        /// The topic.
        topic_id: TopicId,
        /// The call.
        call: ForumCall,
    },
}
