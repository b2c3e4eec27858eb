//! Sealpost's primitives and secrets, under the rules of protocol §1, for `crypto-wasm`, which re-exports all of it.
//!
//! A crate of its own because it is compiled for speed, generic code of the primitives' crates included, while everything
//! around it is compiled for size (`[profile.wasm]` in the workspace's manifest).

pub mod codec;
pub mod crypto;
pub mod error;
pub mod scrub;
pub mod secret;

pub use error::ProtocolError;
