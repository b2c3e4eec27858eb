//! What callers see: plain data without secrets, shaped as the package's public types (`web/client/src/types.ts`).

#[cfg(feature = "forums")]
use super::forums::{Post, Topic};
use super::ids::{ConversationId, MessageId, UserId};
#[cfg(feature = "forums")]
use super::ids::{PostId, TopicId};
use super::standing::Standing;
use crate::wire::Preview;

/// This profile's own account and device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Me {
    /// Own user id.
    pub user_id: UserId,
    /// Own username, as registered.
    pub username: String,
    /// Own device id, 1 … 2^31 − 1.
    pub device_id: u32,
}

/// Whether a person's account key is the one that this client pinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// The key that was seen first, or accepted since.
    Pinned,
    /// The relay shows another key: nothing is sent until the person accepts it.
    Changed,
    /// The user of this client.
    Own,
}

/// What this client knows of another person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Their user id.
    pub user_id: UserId,
    /// Their username as the relay tells it; empty when only their key is known yet.
    pub username: String,
    /// The safety number was compared.
    pub verified: bool,
    /// Whether the pinned key is the one the relay shows.
    pub key_state: KeyState,
    /// Devices on their newest signed list.
    pub devices: usize,
    /// Accepted, blocked, or nothing yet.
    pub standing: Standing,
}

/// One member of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Their user id.
    pub user_id: UserId,
    /// Their username, or empty.
    pub username: String,
    /// State of their key.
    pub key_state: KeyState,
}

/// Two people without a name, or a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConversationKind {
    /// Two people, for good.
    Direct,
    /// Any number of people, changeable.
    Group,
}

/// A conversation with its newest message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// Direct or group.
    pub kind: ConversationKind,
    /// Name of the group, or empty.
    pub name: String,
    /// Everybody by signed membership, this user included.
    pub members: Vec<Member>,
    /// This user is a member now.
    pub active: bool,
    /// When this device learnt of it, Unix milliseconds.
    pub created_at: u64,
    /// Incoming messages after the last `mark_read`.
    pub unread: u32,
    /// Somebody unknown began it, and this user has not accepted it.
    pub request: bool,
    /// After how many seconds messages disappear; 0: never.
    pub timer: u32,
    /// The newest message.
    pub last_message: Option<Message>,
}

/// How far a message has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageState {
    /// In the outbox.
    Sending,
    /// On the relay's disk.
    Sent,
    /// Given up; `Message::error` says why.
    Failed,
    /// Somebody else's, or sent by another device of this user.
    Received,
}

/// A stable code and a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Stable error code.
    pub code: String,
    /// For people who read logs.
    pub message: String,
}

/// A line of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// UUIDv7 made by the sender.
    pub id: MessageId,
    /// Where it belongs.
    pub conversation_id: ConversationId,
    /// Who wrote it.
    pub sender_id: UserId,
    /// This user wrote it (on any device).
    pub outgoing: bool,
    /// The sender's clock, Unix milliseconds.
    pub sent_at: u64,
    /// Place in the conversation on this device: 1, 2, 3, …
    pub order: u64,
    /// How far it has come.
    pub state: MessageState,
    /// Why it failed.
    pub error: Option<Failure>,
    /// What it says.
    pub body: MessageBody,
    /// When its author gave it the text that it has, by the author's clock.
    pub edited_at: Option<u64>,
    /// Each emoji once, the one that was put there first before the others.
    pub reactions: Vec<MessageReaction>,
    /// Who is known to have it; of one's own messages.
    pub receipts: Vec<MessageReceipt>,
}

/// Somebody has a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageReceipt {
    /// Who.
    pub user_id: UserId,
    /// Since when, by their clock, Unix milliseconds.
    pub delivered_at: u64,
    /// Since when it is read, by their clock, if they say so.
    pub read_at: Option<u64>,
}

/// An emoji at a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageReaction {
    /// UTF-8.
    pub emoji: String,
    /// Who put it there.
    pub users: Vec<UserId>,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageBody {
    /// Words.
    Text {
        /// UTF-8, as the sender wrote it.
        text: String,
        /// The message that it answers.
        reply_to: Option<MessageId>,
    },
    /// A change of the conversation's membership or name.
    Membership {
        /// Revision of the membership, 0 for the first.
        revision: u64,
        /// Who came.
        added: Vec<UserId>,
        /// Who went.
        removed: Vec<UserId>,
        /// The name from now on.
        name: String,
    },
    /// Somebody set after how many seconds messages disappear; 0: never.
    Timer {
        /// Seconds.
        seconds: u32,
    },
    /// A text that its author took back.
    Deleted {
        /// When this device heard of it, Unix milliseconds.
        at: u64,
    },
    /// A file; what opens it is asked for by itself.
    File {
        /// Its name, without folders.
        name: String,
        /// What its sender says it is.
        media_type: String,
        /// Its length in bytes.
        size: u64,
        /// A small picture of a picture.
        preview: Option<Preview>,
    },
    /// Something arrived that could not be opened.
    Undecryptable {
        /// Stable error code.
        reason: String,
    },
}

/// A page of messages, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessagePage {
    /// Oldest first.
    pub items: Vec<Message>,
    /// `before` of the next older page.
    pub next: Option<u64>,
}

/// What a commit changed, for listeners, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A conversation is new or changed.
    Conversation(Conversation),
    /// A message is new.
    Message(Message),
    /// A message changed.
    MessageUpdated(Message),
    /// A message is gone: its time was over, or it was the line of something that shows nowhere.
    MessageRemoved {
        /// Where it was.
        conversation_id: ConversationId,
        /// Its id.
        id: MessageId,
        /// The place that it had.
        order: u64,
    },
    /// Somebody began or ceased to write.
    Typing {
        /// Where.
        conversation_id: ConversationId,
        /// Who.
        user_id: UserId,
        /// Whether they began.
        started: bool,
    },
    /// The time of a message is running, until then, Unix milliseconds.
    Expiring(u64),
    /// A person's keys, devices or marks changed.
    Contact(Contact),
    /// The account's devices changed, or have something to tell each other.
    Devices,
    /// Something went wrong that nobody was waiting for.
    Error(Failure),
    /// A topic is new or changed.
    #[cfg(feature = "forums")]
    Topic(Topic),
    /// This device is in a topic no longer.
    #[cfg(feature = "forums")]
    TopicRemoved(TopicId),
    /// A post is new.
    #[cfg(feature = "forums")]
    Post(Post),
    /// A post changed.
    #[cfg(feature = "forums")]
    PostUpdated(Post),
    /// The line of a post that could not be opened goes: now that it could, it is none that shows.
    #[cfg(feature = "forums")]
    PostRemoved {
        /// The topic.
        topic_id: TopicId,
        /// The post.
        post_id: PostId,
    },
    /// Something that the relay handed over for a topic is shown to nobody.
    #[cfg(feature = "forums")]
    TopicError {
        /// The topic.
        topic_id: TopicId,
        /// Why.
        failure: Failure,
    },
    /// An entry of the forums' outbox is done with; `error` if it was given up.
    #[cfg(feature = "forums")]
    TopicAction {
        /// The entry.
        entry: u64,
        /// The topic.
        topic_id: TopicId,
        /// Why it was given up.
        error: Option<Failure>,
    },
}

/// A result and the events that its commit caused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome<T> {
    /// The result.
    pub value: T,
    /// In the order in which listeners should hear of them.
    pub events: Vec<Event>,
}
