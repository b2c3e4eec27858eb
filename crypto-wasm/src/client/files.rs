//! Files: lines that name a blob at the relay, and what opens it.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::compose::say;
use super::error::ClientError;
use super::records::BodyRecord;
use super::txn::Txn;
use super::views::{Message, Outcome};
use super::{Client, conversations, messages};
use crate::store::Store;
use crate::wire::{Attachment, Body, ConversationId, MessageId, UserId, Wire as _};

// ATT-1, ATT-9
pub(crate) fn send(
    txn: &mut Txn<'_>,
    conversation: ConversationId,
    attachment: &[u8],
    now_ms: u64,
) -> Result<Message, ClientError> {
    let attachment =
        Attachment::from_bytes(attachment).map_err(|_| ClientError::InvalidArgument("file"))?;
    let line = BodyRecord::File {
        attachment: attachment.clone(),
    };
    let body = Body::Attachment(attachment);
    say(txn, conversation, line, body, now_ms)
}

/// What a message says of its file, encoded; an error where it was taken back.
// ATT-8
pub(crate) fn stored(
    txn: &mut Txn<'_>,
    conversation: ConversationId,
    sender: UserId,
    message: MessageId,
) -> Result<Zeroizing<Vec<u8>>, ClientError> {
    conversations::found(txn, conversation)?;
    let place = messages::find(txn, sender, message)?.filter(|(at, _)| *at == conversation);
    let (_, order) = place.ok_or(ClientError::NotFound("message"))?;
    let line = messages::at(txn, conversation, order)?;
    let Some(BodyRecord::File { attachment }) = line.map(|line| line.body) else {
        return Err(ClientError::NotFound("file"));
    };
    Ok(attachment.to_bytes()?.into())
}

impl<S: Store, R: CryptoRng> Client<S, R> {
    /// Sends what opens a file that the relay has, an encoded [`Attachment`]. When this returns, it is on disk as [`Self::send_text`] says.
    ///
    /// # Errors
    /// `invalid-argument` for fields that no attachment may have; `not-found`; `not-a-member`; `key-changed`.
    pub async fn send_file(
        &self,
        conversation: ConversationId,
        attachment: &[u8],
        now_ms: u64,
    ) -> Result<Outcome<Message>, ClientError> {
        self.step(|txn| send(txn, conversation, attachment, now_ms))
            .await
    }

    /// What a message says of its file, as an encoded [`Attachment`].
    ///
    /// # Errors
    /// `not-found` if there is no such message, or it has no file (any more).
    pub async fn stored_file(
        &self,
        conversation: ConversationId,
        sender: UserId,
        message: MessageId,
    ) -> Result<Zeroizing<Vec<u8>>, ClientError> {
        self.ask(|txn| stored(txn, conversation, sender, message))
            .await
    }
}
