//! The receiving chain, and what a message skips (Double Ratchet §3.5; profile §4).

use super::chain_key::ChainKey;
use super::message_key::MessageKey;
use super::skipped::{MAX_KEPT, SkippedKey};
use crate::ProtocolError;
use crate::codec;
use crate::crypto::dh::X25519PublicKey;
use crate::wire::Header;

/// No message may skip more.
// RAT-8
pub const MAX_SKIPPED: u64 = 25_000;

/// The peer's chain: its ratchet key, and the key and number of the next message.
pub(super) struct ReceivingChain {
    ratchet_key: X25519PublicKey,
    key: ChainKey,
    /// 64 bits, because a peer may use the number 2^32 - 1 although senders stop before it.
    next_number: u64,
}

codec!(struct ReceivingChain { ratchet_key, key, next_number });

/// A chain moved to behind a message, not assigned yet.
pub(super) struct Advanced {
    pub(super) chain: ReceivingChain,
    pub(super) message_key: MessageKey,
    pub(super) skipped: Vec<SkippedKey>,
}

impl ReceivingChain {
    pub(super) const fn new(ratchet_key: X25519PublicKey, key: ChainKey) -> Self {
        Self {
            ratchet_key,
            key,
            next_number: 0,
        }
    }

    pub(super) const fn ratchet_key(&self) -> &X25519PublicKey {
        &self.ratchet_key
    }

    /// Whether the message's number was passed already.
    pub(super) fn has_passed(&self, header: &Header) -> bool {
        u64::from(header.message_number) < self.next_number
    }

    /// How many messages of this chain come before `number` and did not arrive.
    fn distance(&self, number: u32) -> u64 {
        u64::from(number).saturating_sub(self.next_number)
    }

    /// Refuses a message of this chain that skips too many, before any key is derived.
    // RAT-8
    pub(super) fn check_skipped(&self, header: &Header) -> Result<(), ProtocolError> {
        limit(self.distance(header.message_number))
    }

    /// The chain behind the message, its key, and the keys skipped before it.
    pub(super) fn advance(&self, header: &Header) -> Advanced {
        let (skipped, key) = self.skip_to(header.message_number);
        Advanced {
            message_key: key.message_key(),
            chain: Self {
                ratchet_key: self.ratchet_key,
                key: key.next(),
                next_number: u64::from(header.message_number) + 1,
            },
            skipped,
        }
    }

    /// The keys of this chain that its end, as the next chain's header tells it, makes skipped.
    pub(super) fn finish(&self, header: &Header) -> Vec<SkippedKey> {
        self.skip_to(header.previous_chain_length).0
    }

    /// The message keys before `number` and the chain key at it. Of many only the last are derived: the others would
    /// be dropped at once.
    fn skip_to(&self, number: u32) -> (Vec<SkippedKey>, ChainKey) {
        let distance = self.distance(number);
        let first_kept = distance.saturating_sub(MAX_KEPT as u64);
        let mut skipped = Vec::new();
        let mut key = ChainKey::copy_from(self.key.expose());
        for step in 0..distance {
            if step >= first_kept
                && let Ok(number) = u32::try_from(self.next_number + step)
            {
                skipped.push(SkippedKey::new(number, key.message_key()));
            }
            key = key.next();
        }
        (skipped, key)
    }
}

/// Refuses the first message of a new chain that skips too many, in the current chain and the new one together.
// RAT-8
pub(super) fn check_skipped(
    current: Option<&ReceivingChain>,
    header: &Header,
) -> Result<(), ProtocolError> {
    let unfinished = current.map_or(0, |chain| chain.distance(header.previous_chain_length));
    limit(unfinished + u64::from(header.message_number))
}

fn limit(skipped: u64) -> Result<(), ProtocolError> {
    if skipped > MAX_SKIPPED {
        Err(ProtocolError::TooManySkipped)
    } else {
        Ok(())
    }
}
