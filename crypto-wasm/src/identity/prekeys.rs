//! A device's private prekeys, and the memory of base keys that were used with them (§2, §3).

use rand_core::CryptoRng;

use crate::ProtocolError;
use crate::codec;
use crate::crypto::dh::{X25519KeyPair, X25519PrivateKey, X25519PublicKey};
use crate::crypto::kem::KemPrivateSeed;
use crate::sorted;

/// How long a signed or last-resort prekey is kept after its replacement was made: 30 days, in milliseconds.
// KEY-18
pub const RETENTION_MS: u64 = 30 * 24 * 60 * 60 * 1000;

/// A signed prekey with the base keys of the first messages that named it and decrypted, sorted.
pub(crate) struct SignedEntry {
    pub(crate) id: u32,
    pub(crate) created_at_ms: u64,
    pub(crate) key: X25519KeyPair,
    used_base_keys: Vec<X25519PublicKey>,
}

codec!(struct SignedEntry { id, created_at_ms, key, used_base_keys });

/// A last-resort KEM prekey.
pub(crate) struct LastResortEntry {
    pub(crate) id: u32,
    pub(crate) created_at_ms: u64,
    pub(crate) seed: KemPrivateSeed,
}

codec!(struct LastResortEntry { id, created_at_ms, seed });

/// A one-time prekey.
struct OneTimeEntry {
    id: u32,
    key: X25519PrivateKey,
}

codec!(struct OneTimeEntry { id, key });

/// A one-time KEM prekey.
struct KemEntry {
    id: u32,
    seed: KemPrivateSeed,
}

codec!(struct KemEntry { id, seed });

/// What an accepted first message used up.
pub struct UsedPreKeys {
    pub(crate) base_key: X25519PublicKey,
    pub(crate) signed_prekey_id: u32,
    pub(crate) one_time_prekey_id: Option<u32>,
    pub(crate) kem_prekey_id: u32,
}

/// All private prekeys of a device. Signed and last-resort ones are in the order in which they were made, the others
/// sorted by id: equal states have equal encodings.
#[derive(Default)]
pub(crate) struct PreKeyStore {
    signed: Vec<SignedEntry>,
    last_resort: Vec<LastResortEntry>,
    one_time: Vec<OneTimeEntry>,
    kem: Vec<KemEntry>,
}

codec!(struct PreKeyStore { signed, last_resort, one_time, kem });

impl PreKeyStore {
    /// Refuses a decoded store that this code cannot have encoded.
    pub(crate) fn check(&self) -> Result<(), ProtocolError> {
        let sorted = self.one_time.is_sorted_by(|a, b| a.id < b.id)
            && self.kem.is_sorted_by(|a, b| a.id < b.id)
            && self
                .signed
                .iter()
                .all(|entry| entry.used_base_keys.is_sorted_by(|a, b| a < b));
        let unique = unique(self.signed.iter().map(|entry| entry.id))
            && unique(self.last_resort.iter().map(|entry| entry.id))
            && self
                .last_resort
                .iter()
                .all(|entry| self.one_time_kem(entry.id).is_none());
        if sorted && unique {
            Ok(())
        } else {
            Err(ProtocolError::Decode)
        }
    }

    /// How many one-time prekeys of each kind there are.
    #[cfg(feature = "link")]
    pub(crate) const fn counts(&self) -> (usize, usize) {
        (self.one_time.len(), self.kem.len())
    }

    pub(crate) fn newest_signed(&self) -> Option<&SignedEntry> {
        self.signed.last()
    }

    pub(crate) fn newest_last_resort(&self) -> Option<&LastResortEntry> {
        self.last_resort.last()
    }

    pub(crate) fn signed(&self, id: u32) -> Option<&SignedEntry> {
        self.signed.iter().find(|entry| entry.id == id)
    }

    pub(crate) fn one_time(&self, id: u32) -> Option<&X25519PrivateKey> {
        let index = self
            .one_time
            .binary_search_by_key(&id, |entry| entry.id)
            .ok()?;
        self.one_time.get(index).map(|entry| &entry.key)
    }

    /// A KEM prekey of either sort, and whether it is a last resort.
    pub(crate) fn kem(&self, id: u32) -> Option<(&KemPrivateSeed, bool)> {
        let last_resort = self.last_resort.iter().find(|entry| entry.id == id);
        last_resort
            .map(|entry| (&entry.seed, true))
            .or_else(|| self.one_time_kem(id).map(|seed| (seed, false)))
    }

    fn one_time_kem(&self, id: u32) -> Option<&KemPrivateSeed> {
        let index = self.kem.binary_search_by_key(&id, |entry| entry.id).ok()?;
        self.kem.get(index).map(|entry| &entry.seed)
    }

    /// Numbers of one-time prekeys and one-time KEM prekeys held.
    pub(crate) fn one_time_counts(&self) -> (usize, usize) {
        (self.one_time.len(), self.kem.len())
    }

    // PQX-8
    pub(crate) fn knows_base_key(&self, base_key: &X25519PublicKey) -> bool {
        self.signed
            .iter()
            .any(|entry| entry.used_base_keys.binary_search(base_key).is_ok())
    }

    /// Deletes the one-time prekeys and remembers the base key, as long as its signed prekey lives.
    // PQX-7, PQX-8
    pub(crate) fn consume(&mut self, used: &UsedPreKeys) {
        self.one_time
            .retain(|entry| used.one_time_prekey_id != Some(entry.id));
        self.kem.retain(|entry| used.kem_prekey_id != entry.id);
        let entry = self
            .signed
            .iter_mut()
            .find(|entry| entry.id == used.signed_prekey_id);
        if let Some(entry) = entry
            && let Err(index) = entry.used_base_keys.binary_search(&used.base_key)
        {
            entry.used_base_keys.insert(index, used.base_key);
        }
    }

    /// Deletes what was replaced more than [`RETENTION_MS`] before `now_ms`, with its memory of base keys.
    pub(crate) fn expire(&mut self, now_ms: u64) {
        expire(&mut self.signed, now_ms, |entry| entry.created_at_ms);
        expire(&mut self.last_resort, now_ms, |entry| entry.created_at_ms);
    }

    /// Adds a signed prekey that replaces the newest one. An id that is taken is refused.
    pub(crate) fn add_signed(
        &mut self,
        id: u32,
        created_at_ms: u64,
        key: X25519KeyPair,
    ) -> Result<(), ProtocolError> {
        if self.signed(id).is_some() {
            return Err(ProtocolError::Decode);
        }
        self.signed.push(SignedEntry {
            id,
            created_at_ms,
            key,
            used_base_keys: Vec::new(),
        });
        Ok(())
    }

    /// Adds a last-resort prekey that replaces the newest one. An id that is taken is refused.
    // KEY-3
    pub(crate) fn add_last_resort(
        &mut self,
        id: u32,
        created_at_ms: u64,
        seed: KemPrivateSeed,
    ) -> Result<(), ProtocolError> {
        if self.kem(id).is_some() {
            return Err(ProtocolError::Decode);
        }
        self.last_resort.push(LastResortEntry {
            id,
            created_at_ms,
            seed,
        });
        Ok(())
    }

    /// Adds a one-time prekey. An id that is taken is refused.
    pub(crate) fn add_one_time(
        &mut self,
        id: u32,
        key: X25519PrivateKey,
    ) -> Result<(), ProtocolError> {
        match self.one_time.binary_search_by_key(&id, |entry| entry.id) {
            Ok(_) => Err(ProtocolError::Decode),
            Err(index) => {
                self.one_time.insert(index, OneTimeEntry { id, key });
                Ok(())
            }
        }
    }

    /// Adds a one-time KEM prekey. An id that is taken, also by a last resort, is refused.
    // KEY-3
    pub(crate) fn add_kem(&mut self, id: u32, seed: KemPrivateSeed) -> Result<(), ProtocolError> {
        match self.kem.binary_search_by_key(&id, |entry| entry.id) {
            Err(index) if self.kem(id).is_none() => {
                self.kem.insert(index, KemEntry { id, seed });
                Ok(())
            }
            _ => Err(ProtocolError::Decode),
        }
    }

    pub(crate) fn new_signed_id(&self, rng: &mut dyn CryptoRng) -> u32 {
        draw_id(rng, |id| self.signed(id).is_some())
    }

    pub(crate) fn new_one_time_id(&self, rng: &mut dyn CryptoRng) -> u32 {
        draw_id(rng, |id| self.one_time(id).is_some())
    }

    pub(crate) fn new_kem_id(&self, rng: &mut dyn CryptoRng) -> u32 {
        draw_id(rng, |id| self.kem(id).is_some())
    }
}

/// Entry i was replaced when entry i + 1 was made.
// KEY-18
fn expire<T>(entries: &mut Vec<T>, now_ms: u64, created_at_ms: impl Fn(&T) -> u64) {
    let replaced_at: Vec<u64> = entries.iter().skip(1).map(created_at_ms).collect();
    let mut replaced_at = replaced_at.into_iter();
    entries.retain(|_| {
        replaced_at
            .next()
            .is_none_or(|at| now_ms.saturating_sub(at) <= RETENTION_MS)
    });
}

/// Ids are random 31-bit numbers, never 0 (§2).
// KEY-3
fn draw_id(rng: &mut dyn CryptoRng, taken: impl Fn(u32) -> bool) -> u32 {
    loop {
        let id = rng.next_u32() & 0x7fff_ffff;
        if id != 0 && !taken(id) {
            return id;
        }
    }
}

fn unique(ids: impl Iterator<Item = u32>) -> bool {
    let mut seen = Vec::new();
    ids.into_iter().all(|id| sorted::insert(&mut seen, id))
}

#[cfg(test)]
mod tests;
