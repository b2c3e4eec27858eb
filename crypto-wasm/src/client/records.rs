//! Stored forms: TLS presentation language with a version first, sealed by the store beneath. Live types never serialize themselves.

use zeroize::Zeroizing;

use super::error::ClientError;
use super::standing::Standing;
use crate::codec;
use crate::crypto::sign::Ed25519PublicKey;
use crate::wire::{Address, Attachment, ConversationId, Flag, MessageId, UserId, Version1, Wire};

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
        pub(super) struct $name { $($(#[$field_meta])* pub(super) $field: $type,)* }

        codec!(struct $name { $($field),* });

        impl Wire for $name {}
    };
}

#[cfg(any(feature = "forums", feature = "link"))]
pub(super) use record;

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
        account_seed: Zeroizing<Vec<u8>>,
        /// Newest own device list, encoded.
        device_list: Vec<u8>,
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
        signed_prekey: Option<Vec<u8>>,
        kem_last_resort: Option<Vec<u8>>,
        one_time_prekeys: Vec<Vec<u8>>,
        kem_prekeys: Vec<Vec<u8>>,
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
        device_list: Vec<u8>,
        candidate: Option<Candidate>,
    }
);

record!(
    /// What the person has decided about a user.
    StandingRecord {
        version: Version1,
        standing: Standing,
    }
);

record!(
    /// Another account key that the relay shows for a user, and its device list.
    Candidate {
        account_key: Ed25519PublicKey,
        device_list: Vec<u8>,
    }
);

/// One member by signed membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MemberEntry {
    pub(super) user_id: UserId,
    pub(super) account_key: Ed25519PublicKey,
}

codec!(struct MemberEntry { user_id, account_key });

/// A membership and what its message said of itself.
#[derive(Clone)]
pub(super) struct HeldMembership {
    pub(super) sender: Address,
    pub(super) message_id: MessageId,
    pub(super) sent_at: u64,
    pub(super) revision: u64,
    pub(super) members: Vec<MemberEntry>,
    pub(super) name: String,
}

codec!(struct HeldMembership { sender, message_id, sent_at, revision, members, name });

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
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum LineState {
    Sending,
    Sent,
    Failed,
    Received,
}

codec!(
    enum LineState {
        Sending = 0,
        Sent = 1,
        Failed = 2,
        Received = 3,
    }
);

/// Why sending was given up.
pub(super) struct FailureRecord {
    pub(super) code: String,
    pub(super) message: String,
}

codec!(struct FailureRecord { code, message });

/// What a line says. It is told apart by the content types of protocol §5.
pub(super) enum BodyRecord {
    Text {
        text: String,
        reply_to: Option<MessageId>,
    },
    Membership {
        revision: u64,
        added: Vec<UserId>,
        removed: Vec<UserId>,
        name: String,
    },
    /// A file, with the key that opens it.
    // ATT-8
    File {
        attachment: Attachment,
    },
    /// A text or file that its author took back, and when that became known here.
    Deleted {
        at: u64,
    },
    /// Somebody set after how many seconds messages disappear.
    Timer {
        seconds: u32,
    },
    Undecryptable {
        reason: String,
    },
}

codec!(enum BodyRecord {
    Text { text, reply_to } = 1,
    Deleted { at } = 7,
    File { attachment } = 8,
    Timer { seconds } = 11,
    Membership { revision, added, removed, name } = 12,
    Undecryptable { reason } = 255,
});

impl BodyRecord {
    /// What somebody said, and others may react to: a text or a file.
    pub(super) const fn is_said(&self) -> bool {
        matches!(self, Self::Text { .. } | Self::File { .. })
    }
}

record!(
    /// What was done to a message, whether it is there or not: the newest word of each author.
    MessageChangesRecord {
        version: Version1,
        edits: Vec<EditEntry>,
        deleted_by: Vec<UserId>,
        reactions: Vec<ReactionEntry>,
    }
);

/// A text that somebody gave the message.
pub(super) struct EditEntry {
    pub(super) author: UserId,
    /// The message that brought it.
    pub(super) id: MessageId,
    pub(super) sent_at: u64,
    pub(super) text: String,
}

codec!(struct EditEntry { author, id, sent_at, text });

/// An emoji that somebody put to the message, or took back.
pub(super) struct ReactionEntry {
    pub(super) author: UserId,
    /// The message that brought it.
    pub(super) id: MessageId,
    pub(super) sent_at: u64,
    pub(super) emoji: String,
    pub(super) removed: Flag,
}

codec!(struct ReactionEntry { author, id, sent_at, emoji, removed });

record!(
    /// Who is known to have a message of one's own.
    ReceiptsRecord {
        version: Version1,
        entries: Vec<ReceiptEntry>,
    }
);

/// Since when somebody has it, and has read it (0: not yet, as far as is known), by their clock.
pub(super) struct ReceiptEntry {
    pub(super) user: UserId,
    pub(super) delivered_at: u64,
    pub(super) read_at: u64,
}

codec!(struct ReceiptEntry { user, delivered_at, read_at });

record!(
    /// After how many seconds messages of a conversation disappear, and which message said so.
    TimerRecord {
        version: Version1,
        seconds: u32,
        sent_at: u64,
        id: MessageId,
    }
);

record!(
    /// One thing to tell the relay, in order.
    OutboxRecord {
        version: Version1,
        conversation: ConversationId,
        action: OutboxAction,
    }
);

/// What to tell it.
pub(super) enum OutboxAction {
    CreateConversation {
        participants: Vec<UserId>,
    },
    AddParticipants {
        users: Vec<UserId>,
    },
    RemoveParticipant {
        user: UserId,
    },
    Message(OutboxMessage),
    /// Something for one device alone.
    Targeted(TargetedMessage),
}

codec!(enum OutboxAction {
    CreateConversation { participants } = 1,
    AddParticipants { users } = 2,
    RemoveParticipant { user } = 3,
    Message(message) = 4,
    Targeted(message) = 5,
});

/// A message for one device, while it is the one that it was.
pub(super) struct TargetedMessage {
    pub(super) to: Address,
    pub(super) identity_key: Ed25519PublicKey,
    pub(super) message: OutboxMessage,
}

codec!(struct TargetedMessage { to, identity_key, message });

record!(
    /// A message that the relay has: what it says, and whom it may be sent to once more.
    SentRecord {
        version: Version1,
        conversation: ConversationId,
        sent_at: u64,
        /// Those that it was encrypted for, and did not ask for it yet.
        devices: Vec<SentDevice>,
        /// Padded Content.
        content: Zeroizing<Vec<u8>>,
    }
);

/// A device that a message was encrypted for.
pub(super) struct SentDevice {
    pub(super) address: Address,
    pub(super) identity_key: Ed25519PublicKey,
}

codec!(struct SentDevice { address, identity_key });

record!(
    /// How much was done to read what a device sends.
    RepairRecord {
        version: Version1,
        /// Since when messages are counted, and how many were asked for.
        since: u64,
        asked: u32,
        /// When a session was made for it last; 0 for never.
        fresh_at: u64,
        /// The next message to the device goes over a new session.
        wants_fresh: Flag,
    }
);

/// A message, from the person's words to the envelopes that the relay confirms.
pub(super) struct OutboxMessage {
    pub(super) id: MessageId,
    /// Order of the line that it belongs to; 0 when it shows nowhere.
    pub(super) order: u64,
    pub(super) recipients: Vec<UserId>,
    /// Padded Content.
    pub(super) content: Zeroizing<Vec<u8>>,
    /// How often the relay found other devices than we did.
    pub(super) mismatches: u8,
    /// Ready to be sent, again and again, byte for byte. Otherwise devices are still to be looked at.
    pub(super) complete: Flag,
    /// Made with the ratchet steps that were committed in the same transaction.
    pub(super) envelopes: Vec<OutboxEnvelope>,
}

codec!(struct OutboxMessage { id, order, recipients, content, mismatches, complete, envelopes });

/// One recipient device's ciphertext.
pub(super) struct OutboxEnvelope {
    pub(super) address: Address,
    /// The device's, as it was listed.
    pub(super) identity_key: Ed25519PublicKey,
    /// Kind as in `EnvelopeKind`: 1 prekey, otherwise ratchet.
    pub(super) kind: u8,
    pub(super) content: Vec<u8>,
}

codec!(struct OutboxEnvelope { address, identity_key, kind, content });
