//! Files: lines that name a blob at the relay, and what opens it.

use std::sync::Arc;

use rand_core::CryptoRng;

use super::compose::say;
use super::error::ClientError;
use super::records::BodyRecord;
use super::txn::Txn;
use super::views::{Message, Outcome};
use super::{Client, conversations, messages};
use crate::store::Store;
use crate::wire::{Attachment, Body, ConversationId, FileKey, MessageId, UserId};

/// Where a file lies, and what opens it.
pub struct StoredFile {
    /// Its name at the relay.
    pub blob_id: [u8; 16],
    /// What it is encrypted with.
    pub key: Arc<FileKey>,
    /// Of the whole ciphertext.
    pub digest: [u8; 32],
    /// Bytes of the file itself.
    pub size: u64,
}

// ATT-1, ATT-9
pub(crate) fn send(
    txn: &mut Txn<'_>,
    conversation: ConversationId,
    attachment: &Attachment,
    now_ms: u64,
) -> Result<Message, ClientError> {
    if !attachment.is_valid() {
        return Err(ClientError::InvalidArgument("file"));
    }
    let line = BodyRecord::File {
        attachment: attachment.clone(),
    };
    let body = Body::Attachment(attachment.clone());
    say(txn, conversation, line, body, now_ms)
}

/// What opens the file of a message; an error where it was taken back.
// ATT-8
pub(crate) fn stored(
    txn: &mut Txn<'_>,
    conversation: ConversationId,
    sender: UserId,
    message: MessageId,
) -> Result<StoredFile, ClientError> {
    conversations::found(txn, conversation)?;
    let place = messages::find(txn, sender, message)?.filter(|(at, _)| *at == conversation);
    let (_, order) = place.ok_or(ClientError::NotFound("message"))?;
    let line = messages::at(txn, conversation, order)?;
    let Some(BodyRecord::File { attachment }) = line.map(|line| line.body) else {
        return Err(ClientError::NotFound("file"));
    };
    Ok(StoredFile {
        blob_id: attachment.blob_id,
        key: attachment.key,
        digest: attachment.digest,
        size: attachment.size,
    })
}

impl<S: Store, R: CryptoRng> Client<S, R> {
    /// Sends what opens a file that the relay has. When this returns, it is on disk as [`Self::send_text`] says.
    ///
    /// # Errors
    /// `invalid-argument` for fields that no attachment may have; `not-found`; `not-a-member`; `key-changed`.
    pub async fn send_file(
        &self,
        conversation: ConversationId,
        attachment: &Attachment,
        now_ms: u64,
    ) -> Result<Outcome<Message>, ClientError> {
        self.step(|txn| send(txn, conversation, attachment, now_ms))
            .await
    }

    /// Where the file of a message lies, and what opens it.
    ///
    /// # Errors
    /// `not-found` if there is no such message, or it has no file (any more).
    pub async fn stored_file(
        &self,
        conversation: ConversationId,
        sender: UserId,
        message: MessageId,
    ) -> Result<StoredFile, ClientError> {
        self.ask(|txn| stored(txn, conversation, sender, message))
            .await
    }
}
