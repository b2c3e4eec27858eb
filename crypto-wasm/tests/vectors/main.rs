//! Runs every test vector of `tests/vectors`, or of the folder that the environment variable `SEALPOST_VECTORS` names
//! when the tests run (relative paths are taken from the workspace). The same tests run natively and in Node.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failing test panics"
)]

mod bundles;
mod certificates;
mod content;
mod decoding;
mod files;
mod kdf;
mod keys;
mod padding;
mod pqxdh;
mod ratchet;
mod safety_numbers;
mod support;
