//! Sealpost's end-to-end encryption: PQXDH, the Double Ratchet, sessions between devices, and what surrounds them.
//!
//! The module tree follows the vocabulary of `docs/protocol.md`, and dependencies point one way:
//!
//! ```text
//! wasm → client → {session → {pqxdh, ratchet}, forum} → {identity, wire} → crypto → secret
//! ```
//!
//! | module | what it holds | what it must not know |
//! | --- | --- | --- |
//! | [`secret`] | one wiped type per secret | |
//! | [`crypto`] | the primitives, under the profile's rules (§1) | structures, sessions |
//! | [`wire`] | the structures and their strict encodings (§2 to §5) | private keys |
//! | [`identity`] | accounts, devices, certificates, device lists, safety numbers (§2, §6) | sessions |
//! | `pqxdh` | verified bundle → (message parts, secret) (§3) | ratchets |
//! | `ratchet` | the Double Ratchet, pure and staged (§4) | identities, storage |
//! | `forum` | topics: MLS groups with roles, policy and invitations (§7) | storage, network |
//! | `linking` | how a new device comes to an account (§9) | storage, network |
//! | `recovery` | what the backup at the relay is made of (§10) | storage, network |
//! | `session` | both together, and the choice between sessions (§3, §4, §8) | storage, network |
//!
//! Everything named so far is synchronous and takes time and randomness as arguments. Without the feature `client`
//! only what needs no private key is compiled: structures, certificate, device list and prekey verification. A relay
//! links that.
//!
//! A received byte string is parsed into a type or refused with a [`ProtocolError`]; an operation that fails has
//! changed nothing.

#[cfg(feature = "client")]
pub mod client;
#[cfg(feature = "forum")]
pub mod forum;
pub mod identity;
#[cfg(feature = "link")]
pub mod linking;
#[cfg(feature = "client")]
pub mod pqxdh;
#[cfg(feature = "client")]
pub mod ratchet;
#[cfg(feature = "link")]
pub mod recovery;
#[cfg(feature = "client")]
pub mod session;
mod sorted;
#[cfg(feature = "client")]
pub mod store;
#[cfg(all(feature = "client", any(target_arch = "wasm32", test)))]
mod wasm;
pub mod wire;

pub use primitives::{ProtocolError, codec, crypto, error, secret};
