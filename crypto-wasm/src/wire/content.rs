//! The plaintext of messages (§5).

use super::address::{ConversationId, MessageId, UserId};
use super::attachment::Attachment;
use super::codec::{Flag, Version1, Wire};
use super::padding;
use crate::ProtocolError;
use crate::codec;
use crate::crypto::sign::Ed25519PublicKey;

/// A message's content, as its sender means it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The conversation that it belongs to.
    pub conversation_id: ConversationId,
    /// Its id, a UUIDv7 made by the sender.
    pub message_id: MessageId,
    /// The sender's clock, Unix milliseconds.
    pub sent_at_ms: u64,
    /// What it says.
    pub body: Body,
}

/// The body of a content, by `content_type`.
// CNT-2
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// 1: a text.
    Text(Text),
    /// 2: these messages arrived.
    DeliveryReceipt(Receipt),
    /// 3: these messages were read.
    ReadReceipt(Receipt),
    /// 4: typing began or ended.
    Typing(Typing),
    /// 5: a reaction, or its removal.
    Reaction(Reaction),
    /// 6: a new text for a message.
    Edit(Edit),
    /// 7: a message is taken back.
    Delete(Delete),
    /// 8: a file.
    Attachment(Attachment),
    /// 9: a message did not decrypt.
    RetryRequest(RetryRequest),
    /// 10: what devices of one account tell each other, encoded from its version on. `client::devices` reads it when it is acted on.
    DeviceSync(Vec<u8>),
    /// 11: the disappearing-message timer.
    Timer(Timer),
    /// 12: who is in the conversation.
    Membership(Membership),
    /// 13: the answer to a retry request.
    Resend(Resend),
}

macro_rules! body {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name { $($(#[$field_meta])* pub $field: $type,)* }

        codec!(struct $name { $($field),* });

        impl Wire for $name {}
    };
}

body!(
    /// Type 1.
    Text {
        /// UTF-8.
        // ENC-6
        text: String,
        /// The message that it answers.
        reply_to: Option<MessageId>,
    }
);
body!(
    /// Types 2 and 3.
    Receipt {
        /// The messages.
        message_ids: Vec<MessageId>,
    }
);
body!(
    /// Type 4.
    Typing {
        /// Whether it began.
        started: Flag,
    }
);
body!(
    /// Type 5.
    Reaction {
        /// The message reacted to.
        message_id: MessageId,
        /// UTF-8.
        emoji: String,
        /// Whether the reaction is taken back.
        removed: Flag,
    }
);
body!(
    /// Type 6.
    Edit {
        /// The message to change.
        message_id: MessageId,
        /// UTF-8.
        text: String,
    }
);
body!(
    /// Type 7.
    Delete {
        /// The message to take back.
        message_id: MessageId,
    }
);
body!(
    /// Type 9.
    RetryRequest {
        /// The message that did not decrypt.
        message_id: MessageId,
        /// Any value is accepted; senders write 0.
        reason: u8,
    }
);
body!(
    /// Type 11.
    Timer {
        /// Seconds until messages disappear; 0 turns it off.
        seconds: u32,
    }
);
body!(
    /// A member of a conversation.
    Member {
        /// Who.
        user_id: UserId,
        /// With which account key.
        account_key: Ed25519PublicKey,
    }
);
body!(
    /// Type 12.
    Membership {
        /// 0, 1, 2, …
        revision: u64,
        /// All members.
        members: Vec<Member>,
        /// The conversation's name, UTF-8.
        name: String,
    }
);

/// Type 13: a content sent again under a message id of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resend {
    /// The original's message id.
    pub original_message_id: MessageId,
    /// The original's `sent_at_ms`.
    pub original_sent_at_ms: u64,
    /// The original's body, never itself a resend.
    pub original: Box<Body>,
}

struct EncodedContent {
    version: Version1,
    conversation_id: ConversationId,
    message_id: MessageId,
    sent_at_ms: u64,
    content_type: u8,
    body: Vec<u8>,
}

codec!(struct EncodedContent {
    version,
    conversation_id,
    message_id,
    sent_at_ms,
    content_type,
    body,
});

impl Wire for EncodedContent {}

struct EncodedResend {
    original_message_id: MessageId,
    original_sent_at_ms: u64,
    original_type: u8,
    original_body: Vec<u8>,
}

codec!(struct EncodedResend {
    original_message_id,
    original_sent_at_ms,
    original_type,
    original_body,
});

impl Wire for EncodedResend {}

impl Resend {
    const TYPE: u8 = 13;

    fn to_bytes(&self) -> Result<Vec<u8>, ProtocolError> {
        EncodedResend {
            original_message_id: self.original_message_id,
            original_sent_at_ms: self.original_sent_at_ms,
            original_type: self.original.content_type(),
            original_body: self.original.to_bytes()?,
        }
        .to_bytes()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, ProtocolError> {
        let encoded = EncodedResend::from_bytes(bytes)?;
        // CNT-4
        if encoded.original_type == Self::TYPE {
            return Err(ProtocolError::Decode);
        }
        Ok(Self {
            original_message_id: encoded.original_message_id,
            original_sent_at_ms: encoded.original_sent_at_ms,
            // CNT-4
            original: Box::new(Body::from_bytes(
                encoded.original_type,
                &encoded.original_body,
            )?),
        })
    }
}

impl Body {
    /// The `content_type` of §5.
    #[must_use]
    pub const fn content_type(&self) -> u8 {
        match self {
            Self::Text(_) => 1,
            Self::DeliveryReceipt(_) => 2,
            Self::ReadReceipt(_) => 3,
            Self::Typing(_) => 4,
            Self::Reaction(_) => 5,
            Self::Edit(_) => 6,
            Self::Delete(_) => 7,
            Self::Attachment(_) => 8,
            Self::RetryRequest(_) => 9,
            Self::DeviceSync(_) => 10,
            Self::Timer(_) => 11,
            Self::Membership(_) => 12,
            Self::Resend(_) => Resend::TYPE,
        }
    }

    /// The encoded body, without its type.
    ///
    /// # Errors
    /// As [`Wire::to_bytes`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, ProtocolError> {
        match self {
            Self::Text(body) => body.to_bytes(),
            Self::DeliveryReceipt(body) | Self::ReadReceipt(body) => body.to_bytes(),
            Self::Typing(body) => body.to_bytes(),
            Self::Reaction(body) => body.to_bytes(),
            Self::Edit(body) => body.to_bytes(),
            Self::Delete(body) => body.to_bytes(),
            Self::Attachment(body) => body.to_bytes(),
            Self::RetryRequest(body) => body.to_bytes(),
            Self::DeviceSync(body) => Ok(body.clone()),
            Self::Timer(body) => body.to_bytes(),
            Self::Membership(body) => body.to_bytes(),
            Self::Resend(body) => body.to_bytes(),
        }
    }

    /// Decodes the body of a type.
    ///
    /// # Errors
    /// [`ProtocolError::Decode`] for unknown and reserved types and anything but a strict encoding.
    // CNT-2
    pub fn from_bytes(content_type: u8, bytes: &[u8]) -> Result<Self, ProtocolError> {
        Ok(match content_type {
            1 => Self::Text(Text::from_bytes(bytes)?),
            2 => Self::DeliveryReceipt(Receipt::from_bytes(bytes)?),
            3 => Self::ReadReceipt(Receipt::from_bytes(bytes)?),
            4 => Self::Typing(Typing::from_bytes(bytes)?),
            5 => Self::Reaction(Reaction::from_bytes(bytes)?),
            6 => Self::Edit(Edit::from_bytes(bytes)?),
            7 => Self::Delete(Delete::from_bytes(bytes)?),
            8 => Self::Attachment(Attachment::from_bytes(bytes)?),
            9 => Self::RetryRequest(RetryRequest::from_bytes(bytes)?),
            // ENC-5
            10 if bytes.first() == Some(&1) => Self::DeviceSync(bytes.to_vec()),
            11 => Self::Timer(Timer::from_bytes(bytes)?),
            12 => Self::Membership(Membership::from_bytes(bytes)?),
            Resend::TYPE => Self::Resend(Resend::from_bytes(bytes)?),
            // ENC-5, CNT-3
            _ => return Err(ProtocolError::Decode),
        })
    }
}

impl Content {
    /// The encoding, not padded.
    ///
    /// # Errors
    /// As [`Wire::to_bytes`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, ProtocolError> {
        EncodedContent {
            version: Version1,
            conversation_id: self.conversation_id,
            message_id: self.message_id,
            sent_at_ms: self.sent_at_ms,
            content_type: self.body.content_type(),
            body: self.body.to_bytes()?,
        }
        .to_bytes()
    }

    /// Decodes a content without padding.
    ///
    /// # Errors
    /// [`ProtocolError::Decode`] for anything but a strict encoding.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ProtocolError> {
        let encoded = EncodedContent::from_bytes(bytes)?;
        Ok(Self {
            conversation_id: encoded.conversation_id,
            message_id: encoded.message_id,
            sent_at_ms: encoded.sent_at_ms,
            body: Body::from_bytes(encoded.content_type, &encoded.body)?,
        })
    }

    /// What clients encrypt: the padded encoding.
    ///
    /// # Errors
    /// As [`Wire::to_bytes`].
    // CNT-5
    pub fn to_padded(&self) -> Result<Vec<u8>, ProtocolError> {
        Ok(padding::pad(&self.to_bytes()?))
    }

    /// Decodes a decrypted plaintext that came without a message id beside it.
    ///
    /// # Errors
    /// [`ProtocolError::Decode`] if padding or encoding is wrong.
    // CNT-6
    pub fn unpadded(padded: &[u8]) -> Result<Self, ProtocolError> {
        Self::from_bytes(padding::unpad(padded)?)
    }

    /// Decodes a decrypted plaintext that came in an envelope with these ids.
    ///
    /// # Errors
    /// [`ProtocolError::Decode`] if padding or encoding is wrong, or an id differs from the envelope's.
    pub fn from_padded(
        padded: &[u8],
        conversation_id: ConversationId,
        message_id: MessageId,
    ) -> Result<Self, ProtocolError> {
        let content = Self::unpadded(padded)?;
        // CNT-7
        if content.conversation_id == conversation_id && content.message_id == message_id {
            Ok(content)
        } else {
            Err(ProtocolError::Decode)
        }
    }
}
