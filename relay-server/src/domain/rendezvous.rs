//! Where two devices meet while one is linked to the other's account: a mailbox of two sides for a few minutes. What they write is theirs;
//! whoever knows the id may read and write, and it is told to nobody.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::bytes::Bytes;
use super::clock::UnixMillis;
use super::limits;
use super::refusal::Refusal;

/// The id of a rendezvous: random, drawn by the new device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RendezvousId(pub [u8; 16]);

impl RendezvousId {
    /// Reads 16 bytes.
    ///
    /// # Errors
    /// [`Refusal::BadRequest`] for any other number.
    pub fn parse(bytes: &Bytes) -> Result<Self, Refusal> {
        let id = bytes.as_slice().try_into();
        id.map(Self)
            .map_err(|_| Refusal::bad_request("id: not 16 bytes"))
    }
}

/// Who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The device that has the account.
    Old,
    /// The device that comes to it.
    New,
}

impl Side {
    /// How the store has it.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Old => 0,
            Self::New => 1,
        }
    }

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Old => Self::New,
            Self::New => Self::Old,
        }
    }
}

/// A message of one side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RendezvousMessage {
    /// 0, 1, 2, … for each side.
    pub number: u64,
    /// Any bytes.
    pub content: Bytes,
}

impl RendezvousMessage {
    /// Checks the size.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`] above 48 KiB.
    pub fn new(number: u64, content: Bytes) -> Result<Self, Refusal> {
        if content.as_slice().len() > limits::RENDEZVOUS_BYTES {
            return Err(Refusal::TooLarge("a message has at most 48 KiB"));
        }
        Ok(Self { number, content })
    }
}

/// What a side has sent, and what of it waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// Messages up to now.
    pub count: u64,
    /// Those that the other side has not taken.
    pub waiting: u64,
}

impl Sent {
    /// Whether a message is the next one, and there is room for it. `false` if it was stored before, or has to wait.
    ///
    /// # Errors
    /// [`Refusal::Conflict`] for a number beyond the next one.
    pub fn takes(self, number: u64) -> Result<bool, Refusal> {
        if number > self.count {
            return Err(Refusal::Conflict);
        }
        Ok(number == self.count && self.waiting < limits::RENDEZVOUS_WAITING)
    }
}

/// When a rendezvous that begins now ends.
#[must_use]
pub const fn end(now: UnixMillis) -> UnixMillis {
    now + limits::RENDEZVOUS_MS
}
