//! SHA-256 with a label, and SHA-512 for safety numbers.

use sha2::{Digest, Sha256, Sha512};

use super::label::PREFIX;

/// `HashWithLabel(label, content)` of §1.
#[must_use]
pub fn hash_with_label(label: &str, content: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(PREFIX);
    hash.update(label.as_bytes());
    hash.update([0]);
    hash.update(content);
    hash.finalize().into()
}

/// SHA-256 without a label, for MLS, which has labels of its own.
#[must_use]
pub fn sha256(content: &[u8]) -> [u8; 32] {
    Sha256::digest(content).into()
}

/// SHA-512 of the parts, one after another.
#[must_use]
pub fn sha512(parts: &[&[u8]]) -> [u8; 64] {
    let mut hash = Sha512::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}
