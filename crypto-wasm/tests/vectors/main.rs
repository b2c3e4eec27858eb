//! Runs every test vector of `tests/vectors`, or of the folder that the environment variable `SEALPOST_VECTORS` names
//! when the tests run (relative paths are taken from the workspace). The same tests run natively and in Node.

mod bundles;
mod certificates;
mod content;
mod decoding;
mod kdf;
mod keys;
mod padding;
mod pqxdh;
mod ratchet;
mod safety_numbers;
mod support;
