//! Conversations: who gets the envelopes. Who is a member is what members sign to each other.

use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::clock::UnixMillis;
use super::ids::{ConversationId, UserId};
use super::limits;
use super::refusal::Refusal;

/// A conversation as its participants see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Conversation {
    /// The id.
    pub id: ConversationId,
    /// Who takes part, in ascending order.
    pub participant_ids: Vec<UserId>,
    /// When the relay stored it.
    pub created_at: UnixMillis,
}

/// A conversation to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewConversation {
    /// The id.
    pub id: ConversationId,
    /// Who creates it.
    pub creator: UserId,
    /// The participants, the creator among them, ascending, each once.
    pub participants: Vec<UserId>,
}

impl NewConversation {
    /// Adds the creator and checks the number.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`] for more than 256 participants.
    pub fn new(
        id: ConversationId,
        creator: UserId,
        mut participants: Vec<UserId>,
    ) -> Result<Self, Refusal> {
        participants.push(creator);
        participants.sort_unstable();
        participants.dedup();
        if participants.len() > limits::PARTICIPANTS {
            return Err(Refusal::TooLarge(
                "a conversation has at most 256 participants",
            ));
        }
        Ok(Self {
            id,
            creator,
            participants,
        })
    }

    /// Of the whole content, to recognise a repeated request.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.creator.as_bytes());
        for participant in &self.participants {
            hash.update(participant.as_bytes());
        }
        hash.finalize().into()
    }
}

/// A change of participants, and whom to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParticipantsChange {
    /// The conversation as it is now.
    pub conversation: Conversation,
    /// Everybody concerned; empty if nothing changed.
    pub concerned: Vec<UserId>,
}
