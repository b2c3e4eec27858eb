//! Keys of messages that did not arrive yet (Double Ratchet §3.5; profile §4).

use super::message_key::MessageKey;
use crate::ProtocolError;
use crate::codec;
use crate::crypto::dh::X25519PublicKey;
use crate::wire::Header;

/// So many of the most recently derived keys stay, across all chains.
// RAT-9
pub const MAX_KEPT: usize = 2_000;

/// A skipped message's number and key.
pub(super) struct SkippedKey {
    number: u32,
    key: MessageKey,
}

codec!(struct SkippedKey { number, key });

impl SkippedKey {
    pub(super) const fn new(number: u32, key: MessageKey) -> Self {
        Self { number, key }
    }
}

/// The skipped keys of one chain, by number.
struct SkippedChain {
    ratchet_key: X25519PublicKey,
    keys: Vec<SkippedKey>,
}

codec!(struct SkippedChain { ratchet_key, keys });

/// All skipped keys in the order in which they were derived: chains one after another, numbers ascending in each.
#[derive(Default)]
pub(super) struct SkippedKeys {
    chains: Vec<SkippedChain>,
}

codec!(struct SkippedKeys { chains });

impl SkippedKeys {
    /// Refuses a decoded value that this code cannot have encoded.
    pub(super) fn check(&self) -> Result<(), ProtocolError> {
        let ordered = self.chains.iter().all(|chain| {
            !chain.keys.is_empty() && chain.keys.is_sorted_by(|a, b| a.number < b.number)
        });
        if ordered && self.len() <= MAX_KEPT {
            Ok(())
        } else {
            Err(ProtocolError::Decode)
        }
    }

    pub(super) fn len(&self) -> usize {
        self.chains.iter().map(|chain| chain.keys.len()).sum()
    }

    pub(super) fn has_chain(&self, ratchet_key: &X25519PublicKey) -> bool {
        self.chains
            .iter()
            .any(|chain| chain.ratchet_key == *ratchet_key)
    }

    pub(super) fn get(&self, header: &Header) -> Option<&MessageKey> {
        let (chain, key) = self.position(header)?;
        self.chains
            .get(chain)?
            .keys
            .get(key)
            .map(|skipped| &skipped.key)
    }

    // RAT-9
    pub(super) fn remove(&mut self, header: &Header) {
        let Some((chain_index, key_index)) = self.position(header) else {
            return;
        };
        if let Some(chain) = self.chains.get_mut(chain_index) {
            chain.keys.remove(key_index);
            if chain.keys.is_empty() {
                self.chains.remove(chain_index);
            }
        }
    }

    /// Adds keys just derived, and drops the oldest beyond [`MAX_KEPT`].
    // RAT-9
    pub(super) fn extend(&mut self, ratchet_key: X25519PublicKey, keys: Vec<SkippedKey>) {
        if keys.is_empty() {
            return;
        }
        match self.chains.last_mut() {
            Some(chain) if chain.ratchet_key == ratchet_key && ascends(chain, &keys) => {
                chain.keys.extend(keys)
            }
            _ => self.chains.push(SkippedChain { ratchet_key, keys }),
        }
        let mut surplus = self.len().saturating_sub(MAX_KEPT);
        self.chains.retain_mut(|chain| {
            let dropped = surplus.min(chain.keys.len());
            chain.keys.drain(..dropped);
            surplus -= dropped;
            !chain.keys.is_empty()
        });
    }

    fn position(&self, header: &Header) -> Option<(usize, usize)> {
        self.chains.iter().enumerate().find_map(|(index, chain)| {
            if chain.ratchet_key != header.ratchet_key {
                return None;
            }
            let key = chain
                .keys
                .binary_search_by_key(&header.message_number, |skipped| skipped.number)
                .ok()?;
            Some((index, key))
        })
    }
}

/// Whether `keys` go on where the chain ends. Not so when a peer uses a ratchet key a second time.
fn ascends(chain: &SkippedChain, keys: &[SkippedKey]) -> bool {
    match (chain.keys.last(), keys.first()) {
        (Some(last), Some(first)) => last.number < first.number,
        _ => true,
    }
}
