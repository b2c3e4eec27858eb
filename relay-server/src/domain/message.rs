//! Messages, their envelopes and the mailboxes these wait in.

use std::collections::{BTreeMap, HashSet};
use std::hash::Hash;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::bytes::Bytes;
use super::clock::UnixMillis;
use super::ids::{Address, ConversationId, MessageId, UserId};
use super::limits;
use super::refusal::Refusal;

/// What an envelope's content is (protocol §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EnvelopeKind {
    /// A `PreKeyMessage`.
    PreKey,
    /// A `RatchetMessage`.
    Ratchet,
}

impl EnvelopeKind {
    /// The number of protocol §4.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::PreKey => 1,
            Self::Ratchet => 2,
        }
    }

    /// The kind of a number.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::PreKey),
            2 => Some(Self::Ratchet),
            _ => None,
        }
    }

    /// The name in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PreKey => "prekey",
            Self::Ratchet => "ratchet",
        }
    }
}

/// The ciphertext for one device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingEnvelope {
    /// For which device.
    pub to: Address,
    /// What the content is.
    pub kind: EnvelopeKind,
    /// The ciphertext.
    pub content: Vec<u8>,
}

/// A message to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// The sending device.
    pub sender: Address,
    /// Its id.
    pub id: MessageId,
    /// In which conversation.
    pub conversation_id: ConversationId,
    /// To whom.
    pub recipients: Vec<UserId>,
    /// Whether envelopes may be missing.
    pub partial: bool,
    /// One for each device, in ascending order of address.
    pub envelopes: Vec<OutgoingEnvelope>,
    /// Of the whole content, to recognise a repeated request.
    pub digest: [u8; 32],
}

impl NewMessage {
    /// Checks envelopes against the recipients' devices. A device that has its envelope already is not missing. `Row` is the store's name for
    /// a device.
    ///
    /// # Errors
    /// [`Refusal::DeviceMismatch`].
    pub fn require_match<Row: Eq + Hash>(
        &self,
        devices: &BTreeMap<Address, Row>,
        delivered: &HashSet<Row>,
    ) -> Result<(), Refusal> {
        let addressed: HashSet<Address> =
            self.envelopes.iter().map(|envelope| envelope.to).collect();
        let stale: Vec<_> = self
            .envelopes
            .iter()
            .map(|envelope| envelope.to)
            .filter(|to| !devices.contains_key(to))
            .collect();
        let missing: Vec<_> = devices
            .iter()
            .filter(|(address, device)| {
                !self.partial && !addressed.contains(address) && !delivered.contains(device)
            })
            .map(|(address, _)| *address)
            .collect();
        if missing.is_empty() && stale.is_empty() {
            Ok(())
        } else {
            Err(Refusal::DeviceMismatch { missing, stale })
        }
    }

    /// Checks what can be checked without the store.
    ///
    /// # Errors
    /// [`Refusal::BadRequest`] for no or repeated recipients, or two envelopes for one address, or an empty envelope;
    /// [`Refusal::TooLarge`] for one above 64 KiB or too many recipients.
    pub fn new(
        sender: Address,
        id: MessageId,
        conversation_id: ConversationId,
        mut recipients: Vec<UserId>,
        partial: bool,
        mut envelopes: Vec<OutgoingEnvelope>,
    ) -> Result<Self, Refusal> {
        if recipients.is_empty() {
            return Err(Refusal::bad_request("recipients: nobody is named"));
        }
        if recipients.len() > limits::PARTICIPANTS {
            return Err(Refusal::TooLarge("a message has at most 256 recipients"));
        }
        recipients.sort_unstable();
        if recipients.array_windows().any(|[a, b]| a == b) {
            return Err(Refusal::bad_request("recipients: somebody is named twice"));
        }
        let mut addressed = HashSet::with_capacity(envelopes.len());
        for envelope in &envelopes {
            if !addressed.insert(envelope.to) {
                return Err(Refusal::bad_request("envelopes: two for one address"));
            }
            if envelope.content.is_empty() {
                return Err(Refusal::bad_request("envelopes: content is empty"));
            }
            if envelope.content.len() > limits::ENVELOPE_BYTES {
                return Err(Refusal::TooLarge("an envelope's content is at most 64 KiB"));
            }
        }
        envelopes.sort_unstable_by_key(|envelope| envelope.to);
        let digest = digest(conversation_id, &recipients, partial, &envelopes);
        Ok(Self {
            sender,
            id,
            conversation_id,
            recipients,
            partial,
            envelopes,
            digest,
        })
    }
}

fn digest(
    conversation_id: ConversationId,
    recipients: &[UserId],
    partial: bool,
    envelopes: &[OutgoingEnvelope],
) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(conversation_id.as_bytes());
    hash.update([u8::from(partial)]);
    hash.update((recipients.len() as u64).to_be_bytes());
    for recipient in recipients {
        hash.update(recipient.as_bytes());
    }
    for envelope in envelopes {
        hash.update(envelope.to.user_id.as_bytes());
        hash.update(envelope.to.device_id.get().to_be_bytes());
        hash.update([envelope.kind.number()]);
        hash.update((envelope.content.len() as u64).to_be_bytes());
        hash.update(&envelope.content);
    }
    hash.finalize().into()
}

/// A message is on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// When it was first stored.
    pub stored_at: UnixMillis,
    /// Devices whose mailbox has grown.
    pub delivered: Vec<Address>,
}

/// An envelope as its recipient gets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StoredEnvelope {
    /// The message's id.
    pub message_id: MessageId,
    /// The conversation's id.
    pub conversation_id: ConversationId,
    /// The device that sent it.
    pub sender: Address,
    /// What the content is.
    pub kind: EnvelopeKind,
    /// The ciphertext.
    pub content: Bytes,
    /// When it was stored.
    pub stored_at: UnixMillis,
}

/// An envelope in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MailboxItem {
    /// 1, 2, 3, … for each device.
    pub seq: u64,
    /// The envelope.
    pub envelope: StoredEnvelope,
}

/// Where a mailbox begins and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MailboxRange {
    /// The lowest seq that is kept; `last_seq + 1` if none is.
    pub first_seq: u64,
    /// The highest seq ever given.
    pub last_seq: u64,
}

/// A part of a mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailboxPage {
    /// The whole mailbox.
    pub range: MailboxRange,
    /// Some of it, ascending.
    pub items: Vec<MailboxItem>,
}
