//! The errors of the protocol and their stable codes (§8).

/// Why a protocol operation was refused. Nothing was changed by it.
///
/// All but [`Exhausted`](Self::Exhausted) are the fault of the peer, or of whoever stands between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ProtocolError {
    /// A byte string is not the strict encoding of what it should be (§1).
    #[error("the bytes are not a valid encoding")]
    Decode,
    /// A certificate names another account key than the expected one.
    #[error("the certificate is of another account key than the expected one")]
    AccountKeyMismatch,
    /// A certificate names another address than the expected one, or a bundle is of the initiating device itself.
    #[error("the certificate is of another address than the expected one")]
    AddressMismatch,
    /// A signature does not verify strictly, or an Ed25519 key is refused (§1).
    #[error("a signature or its key is not valid")]
    BadSignature,
    /// A first message whose base key has already made a session (§3).
    #[error("this first message was received before")]
    ReplayedPreKeyMessage,
    /// A first message names a prekey that this device does not have.
    #[error("the message names a prekey that is not there")]
    UnknownPreKey,
    /// An X25519 agreement gave the all-zero result.
    #[error("a public key is of low order")]
    NonContributory,
    /// More than 25,000 messages would be skipped (§4).
    #[error("the message is too far ahead")]
    TooManySkipped,
    /// The key of this message number of the current receiving chain is gone (§4).
    #[error("this message was received before")]
    DuplicateMessage,
    /// The message does not authenticate.
    #[error("the message does not decrypt")]
    Decrypt,
    /// 2^32 - 1 messages were sent on this chain (§4).
    #[error("no more messages can be sent before the peer replies")]
    Exhausted,
}

impl ProtocolError {
    /// Every error, for tables and tests.
    pub const ALL: [Self; 11] = [
        Self::Decode,
        Self::AccountKeyMismatch,
        Self::AddressMismatch,
        Self::BadSignature,
        Self::ReplayedPreKeyMessage,
        Self::UnknownPreKey,
        Self::NonContributory,
        Self::TooManySkipped,
        Self::DuplicateMessage,
        Self::Decrypt,
        Self::Exhausted,
    ];

    /// The stable code of §8.
    // ERR-1
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Decode => "decode",
            Self::AccountKeyMismatch => "account-key-mismatch",
            Self::AddressMismatch => "address-mismatch",
            Self::BadSignature => "bad-signature",
            Self::ReplayedPreKeyMessage => "replayed-prekey-message",
            Self::UnknownPreKey => "unknown-prekey",
            Self::NonContributory => "non-contributory",
            Self::TooManySkipped => "too-many-skipped",
            Self::DuplicateMessage => "duplicate-message",
            Self::Decrypt => "decrypt",
            Self::Exhausted => "exhausted",
        }
    }
}
