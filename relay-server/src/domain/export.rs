//! What the relay holds on one user, to be handed to them.

use serde::Serialize;

use super::blob::BlobId;
use super::conversation::Conversation;
use super::message::MailboxItem;
use super::user::UserDocument;
use super::{ConversationId, DeviceId, MessageId, PostId, TopicId, UnixMillis, UserId};

/// Everything stored under a user's name. Ciphertext is ciphertext here, too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountExport {
    /// What others see.
    pub user: UserDocument,
    /// When the user registered.
    pub created_at: UnixMillis,
    /// Whether the user may create forums.
    pub is_administrator: bool,
    /// The account with the host application: `iss` and `sub`.
    pub host_account: Option<(String, String)>,
    /// Every device there was.
    pub devices: Vec<ExportedDevice>,
    /// The conversations that the user takes part in.
    pub conversations: Vec<Conversation>,
    /// The memory of what was sent.
    pub sent_messages: Vec<SentMessage>,
    /// The topics that a device of the user is in.
    pub topics: Vec<TopicId>,
    /// The files that the user uploaded; their ciphertext is where blobs are kept, or `GET /api/blobs/{id}` gives it.
    pub files: Vec<ExportedFile>,
    /// What the user posted.
    pub posts: Vec<ExportedPost>,
}

/// A device, revoked or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExportedDevice {
    /// The id.
    pub device_id: DeviceId,
    /// When it was linked.
    pub created_at: UnixMillis,
    /// When it was revoked.
    pub revoked_at: Option<UnixMillis>,
    /// What waits for it.
    pub mailbox: Vec<MailboxItem>,
}

/// A message that a device sent not long ago.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SentMessage {
    /// The message.
    pub message_id: MessageId,
    /// In which conversation.
    pub conversation_id: ConversationId,
    /// When it was stored.
    pub stored_at: UnixMillis,
}

/// An encrypted file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExportedFile {
    /// The id.
    pub blob_id: BlobId,
    /// Bytes of ciphertext.
    pub length: u64,
    /// How many of them are there.
    pub received: u64,
    /// When the upload began.
    pub created_at: UnixMillis,
    /// When it goes.
    pub expires_at: UnixMillis,
}

/// A post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExportedPost {
    /// In which topic.
    pub topic_id: TopicId,
    /// Its place there.
    pub seq: u64,
    /// Its id.
    pub post_id: PostId,
    /// When it was stored.
    pub stored_at: UnixMillis,
    /// Whether its ciphertext was dropped.
    pub is_deleted: bool,
}

/// A user was deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletedUser {
    /// Who it was.
    pub id: UserId,
}
