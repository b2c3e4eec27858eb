//! The Double Ratchet (Double Ratchet §3, §7.2; profile §4): pure, synchronous, staged. A message is authenticated with
//! staged keys, and only then are they assigned. Knows neither identities nor storage.

mod chain_key;
mod message_key;
mod receiving;
mod root_key;
mod sending;
mod skipped;
mod state;
#[cfg(test)]
mod tests;

pub use chain_key::ChainKey;
pub use message_key::MessageKey;
pub use receiving::MAX_SKIPPED;
pub use root_key::RootKey;
pub use skipped::MAX_KEPT;
pub use state::Ratchet;
