//! What the outbox asks its caller to do, and what the relay may answer.

#[cfg(doc)]
use super::Client;
use super::records::{OutboxAction, OutboxMessage};
use crate::wire::{Address, ConversationId, MessageId, UserId};

/// What to do for the oldest entry.
#[derive(Debug, PartialEq, Eq)]
pub enum OutboxStep {
    /// Nothing waits.
    Idle,
    /// Fetch these users' documents and [`Client::learn_user`] them, then ask again.
    Users(Vec<UserId>),
    /// Fetch prekey bundles of these devices and [`Client::add_bundles`], then ask again.
    Bundles(Vec<Address>),
    /// Make this call and report it. Everything that it needs is on disk.
    Call {
        /// Name of the entry for the report.
        entry: u64,
        /// The conversation that it concerns.
        conversation: ConversationId,
        /// The call.
        call: OutboxCall,
    },
}

/// A call to the relay.
#[derive(Debug, PartialEq, Eq)]
pub enum OutboxCall {
    /// `POST /api/conversations`.
    CreateConversation {
        /// Everybody.
        participants: Vec<UserId>,
    },
    /// `POST /api/conversations/{id}/participants`.
    AddParticipants {
        /// Who comes.
        users: Vec<UserId>,
    },
    /// `DELETE /api/conversations/{id}/participants/{user}`.
    RemoveParticipant {
        /// Who goes.
        user: UserId,
    },
    /// `POST /api/messages`.
    Message {
        /// Its id.
        id: MessageId,
        /// To whom.
        recipients: Vec<UserId>,
        /// For one of their devices alone.
        partial: bool,
        /// One for each of their devices.
        envelopes: Vec<OutboxEnvelopeBody>,
    },
}

/// One device's ciphertext.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxEnvelopeBody {
    /// Whose.
    pub address: Address,
    /// `prekey` or `ratchet`.
    pub kind: &'static str,
    /// The encoded PreKeyMessage or RatchetMessage.
    pub content: Vec<u8>,
}

/// Why the relay refused a call.
#[derive(Clone, Debug, Default)]
pub struct Refusal {
    /// Its problem code.
    pub code: String,
    /// Its sentence.
    pub detail: String,
    /// Devices without an envelope, for `device-mismatch`.
    pub missing: Vec<Address>,
    /// Envelopes without a device, for `device-mismatch`.
    pub stale: Vec<Address>,
}

impl From<OutboxAction> for OutboxCall {
    fn from(action: OutboxAction) -> Self {
        match action {
            OutboxAction::CreateConversation { participants } => {
                Self::CreateConversation { participants }
            }
            OutboxAction::AddParticipants { users } => Self::AddParticipants { users },
            OutboxAction::RemoveParticipant { user } => Self::RemoveParticipant { user },
            OutboxAction::Message(message) => Self::message(message, false),
            OutboxAction::Targeted(targeted) => Self::message(targeted.message, true),
        }
    }
}

impl OutboxCall {
    fn message(message: OutboxMessage, partial: bool) -> Self {
        let envelopes = message
            .envelopes
            .into_iter()
            .map(|envelope| OutboxEnvelopeBody {
                address: envelope.address,
                kind: if envelope.kind == 1 {
                    "prekey"
                } else {
                    "ratchet"
                },
                content: envelope.content,
            });
        Self::Message {
            id: message.id,
            recipients: message.recipients,
            partial,
            envelopes: envelopes.collect(),
        }
    }
}
