//! The sending chain (Double Ratchet §3.4).

use rand_core::CryptoRng;

use super::chain_key::ChainKey;
use crate::ProtocolError;
use crate::codec;
use crate::crypto::dh::X25519PublicKey;
use crate::wire::{Header, RatchetMessage};

/// Our chain: its next key and number.
pub(super) struct SendingChain {
    key: ChainKey,
    next_number: u32,
    previous_chain_length: u32,
}

codec!(struct SendingChain { key, next_number, previous_chain_length });

impl SendingChain {
    pub(super) const fn new(key: ChainKey, previous_chain_length: u32) -> Self {
        Self {
            key,
            next_number: 0,
            previous_chain_length,
        }
    }

    /// Number of messages sent in this chain.
    pub(super) const fn length(&self) -> u32 {
        self.next_number
    }

    pub(super) fn encrypt(
        &mut self,
        ratchet_key: X25519PublicKey,
        associated_data: &[u8; 32],
        plaintext: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<RatchetMessage, ProtocolError> {
        // The number 2^32 - 1 is never used, so that a chain's length always fits its field.
        let following = self
            .next_number
            .checked_add(1)
            // RAT-11
            .ok_or(ProtocolError::Exhausted)?;
        // RAT-1
        let header = Header {
            ratchet_key,
            previous_chain_length: self.previous_chain_length,
            message_number: self.next_number,
        };
        let message = self
            .key
            .message_key()
            .seal(associated_data, header, plaintext, rng)?;
        self.key = self.key.next();
        self.next_number = following;
        Ok(message)
    }
}
