//! A handover in parts that fit the rendezvous.

use zeroize::Zeroizing;

use super::LinkingError;
use super::wire::LinkingMessage;

/// Most bytes of a part.
const PART: usize = 32 * 1024;

/// What is still to be sent.
pub struct Parts {
    bytes: Zeroizing<Vec<u8>>,
    at: usize,
}

impl Parts {
    /// Cuts an encoded handover.
    #[must_use]
    pub const fn of(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self { bytes, at: 0 }
    }

    /// How much was given, and how much there is, in bytes.
    #[must_use]
    pub fn progress(&self) -> (usize, usize) {
        (self.at, self.bytes.len())
    }
}

impl Iterator for Parts {
    type Item = LinkingMessage;

    fn next(&mut self) -> Option<LinkingMessage> {
        let rest = self.bytes.get(self.at..).filter(|rest| !rest.is_empty())?;
        let (part, rest) = rest.split_at(rest.len().min(PART));
        self.at += part.len();
        Some(LinkingMessage::Part {
            left: u32::try_from(rest.len()).unwrap_or(u32::MAX),
            bytes: Zeroizing::new(part.to_vec()),
        })
    }
}

/// What has come of a handover.
#[derive(Default)]
pub struct Gathered {
    bytes: Zeroizing<Vec<u8>>,
    left: Option<u32>,
}

impl Gathered {
    /// Adds a part. True when it was the last.
    ///
    /// # Errors
    /// [`LinkingError::Tampered`] if it is none that comes next.
    // LNK-8
    pub fn add(&mut self, left: u32, bytes: &[u8]) -> Result<bool, LinkingError> {
        let length = u32::try_from(bytes.len()).map_err(|_| LinkingError::Tampered)?;
        let before = left.checked_add(length).ok_or(LinkingError::Tampered)?;
        if bytes.is_empty() || bytes.len() > PART || self.left.is_some_and(|known| known != before)
        {
            return Err(LinkingError::Tampered);
        }
        self.left = Some(left);
        self.bytes.extend_from_slice(bytes);
        Ok(left == 0)
    }

    /// How much has come, and how much there is, in bytes.
    #[must_use]
    pub fn progress(&self) -> (usize, usize) {
        let left = self.left.unwrap_or_default() as usize;
        (self.bytes.len(), self.bytes.len() + left)
    }

    /// The handover.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}
