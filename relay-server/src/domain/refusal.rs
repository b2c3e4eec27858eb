//! Why the relay refuses what a client asks for.

use super::bytes::Bytes;
use super::ids::{Address, UserId};

/// The client's request is refused; nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Malformed or contradictory; the text names the field.
    #[error("{0}")]
    BadRequest(String),
    /// A signature does not verify, or a key is refused; the text names the structure.
    #[error("{0}")]
    BadSignature(&'static str),
    /// The caller's device was revoked, or its login proof is not accepted.
    #[error("the caller is not logged in")]
    Unauthorized,
    /// The login proof is of a device that was revoked.
    #[error("the device was revoked")]
    DeviceRevoked,
    /// Known to the caller, but not theirs to change.
    #[error("not the caller's to change")]
    Forbidden,
    /// Does not exist, or the caller may not see it.
    #[error("not found")]
    NotFound,
    /// The id exists with other content.
    #[error("the id exists with other content")]
    Conflict,
    /// Somebody else has the username.
    #[error("the username is taken")]
    UsernameTaken,
    /// The device list is not the direct successor of the stored one.
    #[error("the device list is not the successor of the stored one")]
    SequenceConflict {
        /// The stored list.
        device_list: Bytes,
    },
    /// The envelopes of a message are not those of the recipients' devices.
    #[error("envelopes and devices differ")]
    DeviceMismatch {
        /// Devices without an envelope.
        missing: Vec<Address>,
        /// Envelopes without an active device among the recipients'.
        stale: Vec<Address>,
    },
    /// A recipient takes no part in the conversation.
    #[error("a recipient takes no part in the conversation")]
    NotParticipant {
        /// Who.
        user_ids: Vec<UserId>,
    },
    /// The topic is in another epoch than the one that was named.
    #[error("the topic is in another epoch")]
    EpochConflict {
        /// Its epoch.
        epoch: u64,
    },
    /// A commit does not apply, or breaks a rule of topics.
    #[error("the commit is refused: {reason}")]
    CommitRefused {
        /// A stable name of the reason.
        reason: &'static str,
    },
    /// Above a limit; the text names it.
    #[error("{0}")]
    TooLarge(&'static str),
}

impl Refusal {
    /// A malformed request.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::BadRequest(detail.into())
    }
}
