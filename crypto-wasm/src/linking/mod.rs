//! Linking a device to an account (protocol §9): the new device shows a code, both people compare a short string, and what makes the
//! device one of the account goes over a channel that only the two have. Knows neither storage nor network.
//!
//! Each stage is a type that the next message consumes, so that nothing can be handed over before it was compared: what
//! [`Comparison::confirm`] gives is the only way to a [`Channel`].

mod channel;
mod code;
mod handshake;
mod parts;
mod sas;
mod wire;

pub use channel::Channel;
pub use code::LinkingCode;
pub use handshake::{Comparison, NewSide, OldSide};
pub use parts::{Gathered, Parts};
pub use sas::ShortString;
pub use wire::{LinkingAccept, LinkingKey, LinkingMessage, LinkingReveal, NewDevice};

use crate::ProtocolError;

/// Why linking ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkingError {
    /// What was entered is no code.
    #[error("this is not a code for linking a device")]
    Code,
    /// A message is not what the other device sent: another key, one repeated, left out or changed.
    #[error("somebody interfered with the linking, or the code is another device's")]
    Tampered,
    /// The other device ended it: what was compared is not the same, or it failed there.
    #[error("the other device ended the linking")]
    Refused,
}

impl LinkingError {
    /// Stable code, see `SealpostErrorCode` of the package.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Code => "link-code",
            Self::Tampered => "link-tampered",
            Self::Refused => "link-refused",
        }
    }
}

/// What does not decode, agree or authenticate was not sent by the other device.
// LNK-7
impl From<ProtocolError> for LinkingError {
    fn from(_: ProtocolError) -> Self {
        Self::Tampered
    }
}
