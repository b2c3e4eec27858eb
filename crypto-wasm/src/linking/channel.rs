//! The channel between the two devices once their people have compared.

use zeroize::Zeroizing;

use super::LinkingError;
use super::wire::LinkingMessage;
use crate::crypto::aead::{AeadKey, NONCE_LENGTH};
use crate::wire::Wire as _;

/// Both directions, each with a key of its own and its messages numbered: one that is repeated, left out or moved does not open.
pub struct Channel {
    sending: AeadKey,
    receiving: AeadKey,
    sent: u64,
    received: u64,
}

fn nonce(number: u64) -> [u8; NONCE_LENGTH] {
    let mut nonce = [0; NONCE_LENGTH];
    let (_, low) = nonce.split_at_mut(NONCE_LENGTH - 8);
    low.copy_from_slice(&number.to_be_bytes());
    nonce
}

impl Channel {
    pub(super) const fn new(sending: AeadKey, receiving: AeadKey) -> Self {
        Self {
            sending,
            receiving,
            sent: 0,
            received: 0,
        }
    }

    /// Encrypts the next message.
    ///
    /// # Errors
    /// None in practice.
    // LNK-5
    pub fn seal(&mut self, message: &LinkingMessage) -> Result<Vec<u8>, LinkingError> {
        let bytes = Zeroizing::new(message.to_bytes()?);
        let sealed = self.sending.seal(&nonce(self.sent), &bytes, &[])?;
        self.sent += 1;
        Ok(sealed)
    }

    /// Opens the message that comes next.
    ///
    /// # Errors
    /// [`LinkingError::Tampered`] for anything else; [`LinkingError::Refused`] if it says that the other device has ended it.
    // LNK-5, LNK-7
    pub fn open(&mut self, sealed: &[u8]) -> Result<LinkingMessage, LinkingError> {
        let opened = self.receiving.open(&nonce(self.received), sealed, &[])?;
        let bytes = Zeroizing::new(opened);
        let message = LinkingMessage::from_bytes(&bytes)?;
        self.received += 1;
        match message {
            LinkingMessage::Refusal => Err(LinkingError::Refused),
            message => Ok(message),
        }
    }
}
