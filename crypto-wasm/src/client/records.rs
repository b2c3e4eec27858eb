//! Stored forms: TLS presentation language with a version first, sealed by the store beneath. Live types never serialize themselves.

use tls_codec::{SecretVLBytes, TlsDeserialize, TlsSerialize, TlsSize, VLBytes};
use zeroize::Zeroizing;

use super::error::ClientError;
use crate::crypto::sign::Ed25519PublicKey;
use crate::wire::{Address, ConversationId, Flag, MessageId, UserId, Version1, Wire};

/// Encodes a record; the buffer is wiped on drop since records hold secrets and plaintext.
pub(super) fn encode(record: &impl Wire) -> Result<Zeroizing<Vec<u8>>, ClientError> {
    record
        .to_bytes()
        .map(Zeroizing::new)
        .map_err(|_| ClientError::Internal("a record does not encode"))
}

/// Decodes a record strictly.
pub(super) fn decode<T: Wire>(bytes: &[u8]) -> Result<T, ClientError> {
    T::from_bytes(bytes).map_err(|_| ClientError::Corrupt(std::any::type_name::<T>()))
}

macro_rules! record {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(TlsSize, TlsSerialize, TlsDeserialize)]
        pub(super) struct $name { $($(#[$field_meta])* pub(super) $field: $type,)* }

        impl Wire for $name {}
    };
}

record!(
    /// The account that this profile holds.
    AccountRecord {
        version: Version1,
        user_id: UserId,
        device_id: u32,
        username: String,
        /// Whether the relay has confirmed the registration.
        registered: Flag,
        account_key: Ed25519PublicKey,
        account_seed: SecretVLBytes,
        /// Newest own device list, encoded.
        device_list: VLBytes,
    }
);

record!(
    /// Prekeys on their way to the relay, and when the signed ones were last replaced.
    PreKeyRecord {
        version: Version1,
        rotated_at: u64,
        upload: Option<PreKeyUpload>,
    }
);

record!(
    /// Public halves, encoded, as `PUT /api/keys` takes them.
    PreKeyUpload {
        signed_prekey: Option<VLBytes>,
        kem_last_resort: Option<VLBytes>,
        one_time_prekeys: Vec<VLBytes>,
        kem_prekeys: Vec<VLBytes>,
    }
);

record!(
    /// What is known of a user.
    UserRecord {
        version: Version1,
        /// As the relay tells it; empty while only the key is known.
        username: String,
        /// The pinned account key.
        account_key: Ed25519PublicKey,
        /// The person compared the safety number.
        verified: Flag,
        /// The relay said that there is no such user (any more).
        gone: Flag,
        /// Newest device list under the pinned key, encoded; empty when none was seen yet.
        device_list: VLBytes,
        candidate: Option<Candidate>,
    }
);

record!(
    /// Another account key that the relay shows for a user, and its device list.
    Candidate {
        account_key: Ed25519PublicKey,
        device_list: VLBytes,
    }
);

/// One member by signed membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub(super) struct MemberEntry {
    pub(super) user_id: UserId,
    pub(super) account_key: Ed25519PublicKey,
}

/// A membership and what its message said of itself.
#[derive(Clone, TlsSize, TlsSerialize, TlsDeserialize)]
pub(super) struct HeldMembership {
    pub(super) sender: Address,
    pub(super) message_id: MessageId,
    pub(super) sent_at: u64,
    pub(super) revision: u64,
    pub(super) members: Vec<MemberEntry>,
    pub(super) name: String,
}

record!(
    /// A conversation.
    ConversationRecord {
        version: Version1,
        /// Direct: two people for good; otherwise a group.
        direct: Flag,
        created_at: u64,
        revision: u64,
        /// The message that brought `revision`: of two with one number the smaller wins.
        revision_message: MessageId,
        members: Vec<MemberEntry>,
        name: String,
        /// The members before `revision`, by whom a competing message of the same number is judged.
        previous_members: Vec<MemberEntry>,
        #[tls_codec(with = "crate::wire::codec::list")]
        held: Vec<HeldMembership>,
        /// Order of the newest line; 0 when there is none.
        last_order: u64,
        active_at: u64,
        unread: u32,
    }
);

record!(
    /// A line of a conversation.
    MessageRecord {
        version: Version1,
        id: MessageId,
        sender: Address,
        outgoing: Flag,
        sent_at: u64,
        state: LineState,
        failure: Option<FailureRecord>,
        body: BodyRecord,
    }
);

/// How far a line has come.
#[derive(Clone, Copy, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub(super) enum LineState {
    Sending = 0,
    Sent = 1,
    Failed = 2,
    Received = 3,
}

/// Why sending was given up.
#[derive(TlsSize, TlsSerialize, TlsDeserialize)]
pub(super) struct FailureRecord {
    pub(super) code: String,
    pub(super) message: String,
}

/// What a line says. The discriminants are the content types of protocol §5.
#[derive(TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub(super) enum BodyRecord {
    #[tls_codec(discriminant = 1)]
    Text {
        text: String,
        reply_to: Option<MessageId>,
    },
    #[tls_codec(discriminant = 12)]
    Membership {
        revision: u64,
        added: Vec<UserId>,
        removed: Vec<UserId>,
        name: String,
    },
    #[tls_codec(discriminant = 255)]
    Undecryptable { reason: String },
}

record!(
    /// One thing to tell the relay, in order.
    OutboxRecord {
        version: Version1,
        conversation: ConversationId,
        action: OutboxAction,
    }
);

/// What to tell it.
#[derive(TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub(super) enum OutboxAction {
    #[tls_codec(discriminant = 1)]
    CreateConversation { participants: Vec<UserId> },
    #[tls_codec(discriminant = 2)]
    AddParticipants { users: Vec<UserId> },
    #[tls_codec(discriminant = 3)]
    RemoveParticipant { user: UserId },
    #[tls_codec(discriminant = 4)]
    Message(OutboxMessage),
}

/// A message, from the person's words to the envelopes that the relay confirms.
#[derive(TlsSize, TlsSerialize, TlsDeserialize)]
pub(super) struct OutboxMessage {
    pub(super) id: MessageId,
    /// Order of the line that it belongs to; 0 when it shows nowhere.
    pub(super) order: u64,
    pub(super) recipients: Vec<UserId>,
    /// Padded Content.
    pub(super) content: SecretVLBytes,
    /// How often the relay found other devices than we did.
    pub(super) mismatches: u8,
    /// Ready to be sent, again and again, byte for byte. Otherwise devices are still to be looked at.
    pub(super) complete: Flag,
    /// Made with the ratchet steps that were committed in the same transaction.
    #[tls_codec(with = "crate::wire::codec::list")]
    pub(super) envelopes: Vec<OutboxEnvelope>,
}

/// One recipient device's ciphertext.
#[derive(TlsSize, TlsSerialize, TlsDeserialize)]
pub(super) struct OutboxEnvelope {
    pub(super) address: Address,
    /// Kind as in `EnvelopeKind`: 1 prekey, otherwise ratchet.
    pub(super) kind: u8,
    pub(super) content: VLBytes,
}
