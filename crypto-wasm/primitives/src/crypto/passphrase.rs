//! Argon2id (RFC 9106), which makes keys of passphrases.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use zeroize::Zeroize;

use crate::ProtocolError;
use crate::crypto::aead::AeadKey;

/// Length of a salt.
pub const SALT_LENGTH: usize = 16;

/// What a derivation costs, and so what each guess costs somebody who tries passphrases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// KiB of memory.
    pub memory: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes; they are worked through one after another.
    pub lanes: u32,
}

impl Cost {
    /// RFC 9106 §4, the second recommendation, but for the lanes: a browser's worker has one thread.
    pub const DEFAULT: Self = Self {
        memory: 64 * 1024,
        passes: 3,
        lanes: 1,
    };

    /// Whether a derivation at this cost is one that this software would do: a damaged record must neither use up the memory nor
    /// keep a device busy for minutes.
    #[must_use]
    pub const fn is_bearable(self) -> bool {
        self.lanes >= 1
            && self.lanes <= 16
            && self.passes >= 1
            && self.passes <= 16
            && self.memory >= 8 * self.lanes
            && self.memory <= 256 * 1024
    }

    /// Whether a guess at this cost is cheaper than at the other in any respect.
    #[must_use]
    pub const fn is_below(self, other: Self) -> bool {
        self.memory < other.memory || self.passes < other.passes
    }
}

/// Memory of Argon2, wiped on drop.
struct Blocks(Vec<Block>);

impl Drop for Blocks {
    fn drop(&mut self) {
        for block in &mut self.0 {
            block.zeroize();
        }
    }
}

/// The key that a passphrase gives with this salt at this cost.
///
/// # Errors
/// [`ProtocolError::Decode`] for a cost that is not [bearable](Cost::is_bearable), [`ProtocolError::Exhausted`] if there is no memory
/// for it.
pub fn key_from_passphrase(
    passphrase: &[u8],
    salt: &[u8; SALT_LENGTH],
    cost: Cost,
) -> Result<AeadKey, ProtocolError> {
    if !cost.is_bearable() {
        return Err(ProtocolError::Decode);
    }
    let params = Params::new(cost.memory, cost.passes, cost.lanes, Some(32))
        .map_err(|_| ProtocolError::Decode)?;
    let mut blocks = Blocks(Vec::new());
    let count = params.block_count();
    blocks
        .0
        .try_reserve_exact(count)
        .map_err(|_| ProtocolError::Exhausted)?;
    blocks.0.resize(count, Block::new());
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut outcome = Ok(());
    let key = AeadKey::init(|key| {
        outcome = argon2.hash_password_into_with_memory(passphrase, salt, key, &mut blocks.0);
    });
    match outcome {
        Ok(()) => Ok(key),
        Err(_) => Err(ProtocolError::Decode),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Cost = Cost {
        memory: 64,
        passes: 2,
        lanes: 1,
    };

    /// Made with another implementation, `@noble/hashes`: `argon2id("password", "somesaltsomesalt", { t: 2, m: 64, p: 1, dkLen: 32 })`.
    #[test]
    fn agrees_with_another_implementation() {
        let key = key_from_passphrase(b"password", b"somesaltsomesalt", SMALL).unwrap();
        let hex: String = key
            .expose()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(hex, REFERENCE);
    }

    const REFERENCE: &str = "1a98fba8e6394425c9bdc333a9c750aaf811df070f5fb4a5788e1cf4db5793a1";

    #[test]
    fn every_input_matters() {
        let key = |passphrase: &[u8], salt, cost| key_from_passphrase(passphrase, salt, cost);
        let first = key(b"a", &[1; 16], SMALL).unwrap();
        assert!(first == key(b"a", &[1; 16], SMALL).unwrap());
        assert!(first != key(b"b", &[1; 16], SMALL).unwrap());
        assert!(first != key(b"a", &[2; 16], SMALL).unwrap());
        for other in [
            Cost {
                memory: 65 + 7,
                ..SMALL
            },
            Cost { passes: 3, ..SMALL },
            Cost { lanes: 2, ..SMALL },
        ] {
            assert!(first != key(b"a", &[1; 16], other).unwrap());
        }
    }

    #[test]
    fn unbearable_costs_are_refused() {
        assert!(Cost::DEFAULT.is_bearable());
        for (memory, passes, lanes) in [
            (u32::MAX, 1, 1),
            (256 * 1024 + 1, 1, 1),
            (7, 1, 1),
            (15, 1, 2),
            (64, 0, 1),
            (64, 17, 1),
            (64, 1, 0),
            (1024, 1, 17),
        ] {
            let cost = Cost {
                memory,
                passes,
                lanes,
            };
            let refused = key_from_passphrase(b"a", &[1; 16], cost).err();
            assert_eq!(refused, Some(ProtocolError::Decode), "{cost:?}");
        }
    }

    #[test]
    fn a_cost_is_below_another_if_anything_is_cheaper() {
        assert!(!SMALL.is_below(SMALL));
        assert!(SMALL.is_below(Cost::DEFAULT));
        assert!(Cost { passes: 9, ..SMALL }.is_below(Cost::DEFAULT));
        assert!(
            Cost {
                memory: 200_000,
                passes: 1,
                lanes: 1
            }
            .is_below(Cost::DEFAULT)
        );
        assert!(!Cost::DEFAULT.is_below(SMALL));
    }
}
