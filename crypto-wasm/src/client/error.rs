//! Everything that can go wrong in the client, by whose fault it is.

use crate::error::ProtocolError;
use crate::store::StoreError;

/// A failed step. It has changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The peer, or whoever stands between.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
    /// Storage.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A stored record does not decode.
    #[error("a stored record is damaged: {0}")]
    Corrupt(&'static str),
    /// No account in this profile.
    #[error("no account in this profile yet")]
    NotRegistered,
    /// There is an account in this profile.
    #[error("this profile has an account already")]
    AlreadyRegistered,
    /// The caller's argument.
    #[error("invalid argument: {0}")]
    InvalidArgument(&'static str),
    /// What the caller names is not here.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// A member's account key changed and was not accepted.
    #[error("the account key of a member changed")]
    KeyChanged,
    /// The person has blocked the one to whom this would go.
    #[error("this person is blocked")]
    Blocked,
    /// Somebody acts in a conversation that they are not in.
    #[error("not a member of the conversation")]
    NotAMember,
    /// The envelope names another sender than the session or the content does.
    #[error("the sender of the envelope is not the sender of the message")]
    SenderMismatch,
    /// The device is not on the newest signed device list.
    #[error("the device is not on its user's newest device list")]
    DeviceNotListed,
    /// The relay shows an older device list, or another of the same number.
    #[error("the relay shows an older or forked device list")]
    DeviceListRollback,
    /// What the relay answers contradicts itself.
    #[error("the relay's answer is wrong: {0}")]
    Relay(&'static str),
    /// A topic's group refuses it.
    #[cfg(feature = "forums")]
    #[error(transparent)]
    Topic(#[from] crate::forum::TopicError),
    /// The role does not permit it, or this device holds no account key.
    #[cfg(any(feature = "forums", feature = "link"))]
    #[error("the role, or the kind of this device, does not permit that")]
    Forbidden,
    /// Linking a device ended.
    #[cfg(feature = "link")]
    #[error(transparent)]
    Linking(#[from] crate::linking::LinkingError),
    /// A backup, or what is to open it.
    #[cfg(feature = "link")]
    #[error(transparent)]
    Recovery(#[from] crate::recovery::RecoveryError),
    /// A topic would be left without an owner.
    #[cfg(feature = "forums")]
    #[error("a topic needs an owner: name another one first")]
    LastOwner,
    /// A post of an epoch that was over when it reached the relay.
    #[cfg(feature = "forums")]
    #[error("the post is of an epoch that was over")]
    LatePost,
    /// Records are to be read before the step can be done. Never leaves the client.
    #[doc(hidden)]
    #[error("records are not loaded")]
    NotLoaded,
    /// A mistake of this code.
    #[error("internal error: {0}")]
    Internal(&'static str),
}

impl ClientError {
    /// Whether this device is at fault, and not what somebody sent it: then the step is to be done again later.
    pub(super) const fn is_local(&self) -> bool {
        matches!(
            self,
            Self::Store(_)
                | Self::Corrupt(_)
                | Self::NotRegistered
                | Self::NotLoaded
                | Self::Internal(_)
        )
    }

    /// Stable code, see `SealpostErrorCode` of the package.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Protocol(error) => error.code(),
            Self::Store(StoreError::Misuse(_)) | Self::NotLoaded | Self::Internal(_) => "internal",
            Self::Store(error) => error.code(),
            Self::Corrupt(_) => "storage-corrupt",
            Self::NotRegistered => "not-registered",
            Self::AlreadyRegistered => "already-registered",
            Self::InvalidArgument(_) => "invalid-argument",
            Self::NotFound(_) => "not-found",
            Self::KeyChanged => "key-changed",
            Self::Blocked => "blocked",
            Self::NotAMember => "not-a-member",
            Self::SenderMismatch => "sender-mismatch",
            Self::DeviceNotListed => "device-not-listed",
            Self::DeviceListRollback => "device-list-rollback",
            Self::Relay(_) => "relay",
            #[cfg(feature = "forums")]
            Self::Topic(error) => error.code(),
            #[cfg(any(feature = "forums", feature = "link"))]
            Self::Forbidden => "forbidden",
            #[cfg(feature = "link")]
            Self::Linking(error) => error.code(),
            #[cfg(feature = "link")]
            Self::Recovery(error) => error.code(),
            #[cfg(feature = "forums")]
            Self::LastOwner => "last-owner",
            #[cfg(feature = "forums")]
            Self::LatePost => "late-post",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ClientError;

    /// Every result has room for it, and code to hand it on: a few words more are thousands of bytes of the module.
    #[test]
    fn an_error_is_three_words() {
        assert_eq!(size_of::<ClientError>(), 3 * size_of::<usize>());
    }
}
