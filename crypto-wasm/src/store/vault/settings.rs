//! What is set for the vault as a whole. It has to be read while the vault is locked, and so is not sealed.

use crate::codec;
use crate::wire::{Version1, Wire};

/// The settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VaultSettings {
    version: Version1,
    /// After how many minutes without anybody at the keyboard the profile locks itself; 0 is never.
    pub lock_after: u32,
}

codec!(struct VaultSettings { version, lock_after });

impl Wire for VaultSettings {}

impl VaultSettings {
    /// The most minutes that can be set: a day.
    pub const MAX_LOCK_AFTER: u32 = 24 * 60;

    /// These settings.
    #[must_use]
    pub const fn new(lock_after: u32) -> Self {
        Self {
            version: Version1,
            lock_after,
        }
    }
}
