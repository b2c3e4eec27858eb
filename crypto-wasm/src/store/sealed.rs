//! Encryption at rest: a store whose values only the holder of the vault key can read or make.

use zeroize::Zeroizing;

use super::collection::Collection;
use super::error::StoreError;
use super::query::{Answer, Query, Snapshot};
use super::record::{Record, Value};
use super::traits::{Revision, Store};
use super::write_set::{Write, WriteSet};
use crate::crypto::aead::{AeadKey, NONCE_LENGTH};
use crate::crypto::kdf::hkdf_sha256;
use crate::secret::secret;

secret!(
    /// The key under which a client's records are sealed. Made once for each database, kept wrapped in its vault.
    VaultKey, 32
);

impl VaultKey {
    /// A new random key.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if there is no source of randomness.
    pub fn generate() -> Result<Self, StoreError> {
        let mut bytes = Zeroizing::new([0; 32]);
        random(bytes.as_mut_slice())?;
        Ok(Self::copy_from(&bytes))
    }
}

const VERSION: u8 = 1;
const SALT_LENGTH: usize = 32;
const LABEL: &[u8] = b"sealpost record v1";

/// A [`Store`] that seals every value before it reaches the store below.
///
/// A sealed value is `1 || salt[32] || AES-256-GCM(key, nonce, value, aad)` with
///
/// ```text
/// key[32] || nonce[12] = HKDF(salt, ikm = vault key, info = "sealpost record v1", L = 44)
/// aad                  = "sealpost record v1" || 0x00 || collection name || 0x00 || record key
/// ```
///
/// Every write draws a new random salt and so has a key and nonce of its own. Under the vault key itself, random
/// 12-byte nonces would have to stop at 2^32 writes, because a repeated nonce breaks AES-GCM; a client that rewrites
/// its session records with every message could get there. 32-byte salts repeat after some 2^128 writes. The
/// derivation costs two microseconds. The associated data ties a value to its place: a record that was moved to
/// another key or collection does not open.
///
/// A record that does not open is [`StoreError::Corrupt`], but for those that a profile can do without ([`Collection::can_lose`]): they read as no bytes at all,
/// and whoever wanted them decides what is lost.
///
/// Keys, sizes and the number of records stay visible, and replacing a record by an older one under the same key is
/// not noticed: both would need more than sealing records one by one.
pub struct Sealed<S> {
    inner: S,
    key: VaultKey,
}

impl<S> Sealed<S> {
    /// Seals what goes into `inner` under `key`.
    #[must_use]
    pub const fn new(inner: S, key: VaultKey) -> Self {
        Self { inner, key }
    }

    /// The store below, which holds the sealed values.
    #[must_use]
    pub const fn inner(&self) -> &S {
        &self.inner
    }

    /// The key, for the vault that it is kept in.
    #[must_use]
    pub const fn key(&self) -> &VaultKey {
        &self.key
    }

    fn seal(&self, collection: Collection, key: &[u8], value: &Value) -> Result<Value, StoreError> {
        let mut salt = [0; SALT_LENGTH];
        random(&mut salt)?;
        let (record_key, nonce) = self.record_key(&salt);
        let ciphertext = record_key
            .seal(&nonce, value.as_bytes(), &associated_data(collection, key))
            .map_err(|_| StoreError::Misuse("the value is too long to be sealed"))?;
        let mut sealed = Vec::with_capacity(1 + SALT_LENGTH + ciphertext.len());
        sealed.push(VERSION);
        sealed.extend_from_slice(&salt);
        sealed.extend_from_slice(&ciphertext);
        Ok(sealed.into())
    }

    fn open(
        &self,
        collection: Collection,
        key: &[u8],
        sealed: &Value,
    ) -> Result<Value, StoreError> {
        match self.open_bytes(collection, key, sealed.as_bytes()) {
            Some(value) => Ok(value.into()),
            None if collection.can_lose(key) => Ok(Vec::new().into()),
            None => Err(StoreError::corrupt(collection.name(), key)),
        }
    }

    fn open_bytes(&self, collection: Collection, key: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (version, rest) = sealed.split_first()?;
        if *version != VERSION {
            return None;
        }
        let (salt, ciphertext) = rest.split_first_chunk::<SALT_LENGTH>()?;
        let (record_key, nonce) = self.record_key(salt);
        record_key
            .open(&nonce, ciphertext, &associated_data(collection, key))
            .ok()
    }

    fn record_key(&self, salt: &[u8; SALT_LENGTH]) -> (AeadKey, [u8; NONCE_LENGTH]) {
        let mut derived = Zeroizing::new([0; 32 + NONCE_LENGTH]);
        hkdf_sha256(salt, self.key.expose(), LABEL, &mut derived);
        let mut nonce = [0; NONCE_LENGTH];
        let key = AeadKey::init(|key| {
            for (target, byte) in key.iter_mut().chain(nonce.iter_mut()).zip(derived.iter()) {
                *target = *byte;
            }
        });
        (key, nonce)
    }
}

impl<S: Store> Store for Sealed<S> {
    async fn read(&self, queries: &[Query]) -> Result<Snapshot, StoreError> {
        let snapshot = self.inner.read(queries).await?;
        let revision = snapshot.revision();
        let answers = queries
            .iter()
            .zip(snapshot.into_answers())
            .map(|(query, answer)| self.open_answer(query, answer))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Snapshot::new(revision, answers))
    }

    async fn commit(&self, expected: Revision, writes: WriteSet) -> Result<Revision, StoreError> {
        let mut sealed = WriteSet::new();
        for write in writes {
            sealed.push(match write {
                Write::Put {
                    collection,
                    key,
                    value,
                } => {
                    let value = self.seal(collection, &key, &value)?;
                    Write::Put {
                        collection,
                        key,
                        value,
                    }
                }
                other => other,
            });
        }
        self.inner.commit(expected, sealed).await
    }
}

impl<S> Sealed<S> {
    fn open_answer(&self, query: &Query, answer: Answer) -> Result<Answer, StoreError> {
        match (query, answer) {
            (Query::Get { collection, key }, Answer::Value(value)) => Ok(Answer::Value(
                value
                    .map(|value| self.open(*collection, key, &value))
                    .transpose()?,
            )),
            (Query::Scan { collection, .. }, Answer::Records(records)) => records
                .into_iter()
                .map(|Record { key, value }| {
                    let value = self.open(*collection, &key, &value)?;
                    Ok(Record { key, value })
                })
                .collect::<Result<_, _>>()
                .map(Answer::Records),
            _ => Err(StoreError::Backend(
                "the store gave an answer of the wrong kind".into(),
            )),
        }
    }
}

fn associated_data(collection: Collection, key: &[u8]) -> Vec<u8> {
    let name = collection.name().as_bytes();
    let mut aad = Vec::with_capacity(LABEL.len() + name.len() + key.len() + 2);
    aad.extend_from_slice(LABEL);
    aad.push(0);
    aad.extend_from_slice(name);
    aad.push(0);
    aad.extend_from_slice(key);
    aad
}

pub(super) fn random(bytes: &mut [u8]) -> Result<(), StoreError> {
    getrandom::fill(bytes).map_err(|_| StoreError::Unavailable("there is no source of randomness"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::conformance::{MemoryBackend, SealedBackend, check_all};
    use crate::store::{KeyRange, MemoryStore};

    const CANARY: &[u8] = b"a canary that must not sing";

    fn sealed(inner: &MemoryStore) -> Sealed<MemoryStore> {
        Sealed::new(inner.clone(), VaultKey::copy_from(&[7; 32]))
    }

    fn write(store: &impl Store, collection: Collection, key: &[u8], value: &[u8]) {
        pollster::block_on(async {
            let revision = store.read(&[]).await.unwrap().revision();
            let mut writes = WriteSet::new();
            writes.put(collection, key, value);
            store.commit(revision, writes).await.unwrap();
        });
    }

    fn read(
        store: &impl Store,
        collection: Collection,
        key: &[u8],
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let mut snapshot = pollster::block_on(store.read(&[Query::get(collection, key)]))?;
        Ok(snapshot
            .next_value()?
            .map(|value| value.as_bytes().to_vec()))
    }

    fn corrupt(collection: Collection, key: &[u8]) -> StoreError {
        StoreError::corrupt(collection.name(), key)
    }

    #[test]
    fn conforms() {
        pollster::block_on(check_all(&SealedBackend(MemoryBackend::default()))).unwrap();
    }

    #[test]
    fn only_ciphertext_reaches_the_store_below() {
        let inner = MemoryStore::new();
        write(&sealed(&inner), Collection::Messages, b"key", CANARY);
        let below = read(&inner, Collection::Messages, b"key").unwrap().unwrap();
        assert_eq!(below.len(), 1 + SALT_LENGTH + CANARY.len() + 16);
        assert!(
            !below
                .windows(8)
                .any(|window| CANARY.windows(8).any(|part| part == window))
        );
        assert_eq!(
            read(&sealed(&inner), Collection::Messages, b"key")
                .unwrap()
                .unwrap(),
            CANARY
        );
    }

    #[test]
    fn the_same_value_is_never_sealed_the_same_way() {
        let inner = MemoryStore::new();
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..20 {
            write(&sealed(&inner), Collection::Meta, b"key", CANARY);
            seen.insert(read(&inner, Collection::Meta, b"key").unwrap().unwrap());
        }
        assert_eq!(seen.len(), 20);
    }

    #[test]
    fn a_moved_record_is_refused() {
        let inner = MemoryStore::new();
        write(&sealed(&inner), Collection::ForumGroups, b"alice", CANARY);
        let below = read(&inner, Collection::ForumGroups, b"alice")
            .unwrap()
            .unwrap();
        for (collection, key) in [
            (Collection::ForumGroups, &b"bob"[..]),
            (Collection::ForumKeys, b"alice"),
            (Collection::ForumGroups, b"alice\0"),
        ] {
            write(&inner, collection, key, &below);
            assert_eq!(
                read(&sealed(&inner), collection, key),
                Err(corrupt(collection, key))
            );
        }
        let scan = [Query::scan(Collection::ForumGroups, KeyRange::prefix(b"b"))];
        let refused = pollster::block_on(sealed(&inner).read(&scan)).err();
        assert_eq!(refused, Some(corrupt(Collection::ForumGroups, b"bob")));
        assert_eq!(
            read(&sealed(&inner), Collection::ForumGroups, b"alice")
                .unwrap()
                .unwrap(),
            CANARY
        );
    }

    #[test]
    fn a_changed_or_cut_record_is_refused() {
        let inner = MemoryStore::new();
        write(&sealed(&inner), Collection::Meta, b"key", CANARY);
        let below = read(&inner, Collection::Meta, b"key").unwrap().unwrap();
        for index in 0..below.len() {
            let mut changed = below.clone();
            changed[index] ^= 1;
            write(&inner, Collection::Meta, b"key", &changed);
            assert_eq!(
                read(&sealed(&inner), Collection::Meta, b"key"),
                Err(corrupt(Collection::Meta, b"key"))
            );
            write(&inner, Collection::Meta, b"key", &below[..index]);
            assert_eq!(
                read(&sealed(&inner), Collection::Meta, b"key"),
                Err(corrupt(Collection::Meta, b"key"))
            );
        }
    }

    #[test]
    fn a_damaged_record_that_can_be_lost_is_empty_and_costs_no_other() {
        let inner = MemoryStore::new();
        let store = sealed(&inner);
        write(&store, Collection::Messages, b"a", CANARY);
        write(&store, Collection::Messages, b"b", CANARY);
        write(&inner, Collection::Messages, b"a", b"\x01 not sealed");
        assert_eq!(
            read(&store, Collection::Messages, b"a"),
            Ok(Some(Vec::new()))
        );
        let scan = [Query::scan(Collection::Messages, KeyRange::all())];
        let mut found = pollster::block_on(store.read(&scan)).unwrap();
        let values: Vec<_> = found.next_records().unwrap();
        let values: Vec<_> = values.iter().map(|found| found.value.as_bytes()).collect();
        assert_eq!(values, [&b""[..], CANARY]);
        for key in [&b"account"[..], b"device"] {
            write(&inner, Collection::Meta, key, b"\x01 not sealed");
            let refused = read(&store, Collection::Meta, key);
            assert_eq!(refused, Err(corrupt(Collection::Meta, key)));
        }
    }

    #[test]
    fn another_key_opens_nothing() {
        let inner = MemoryStore::new();
        write(&sealed(&inner), Collection::Meta, b"key", CANARY);
        let other = Sealed::new(inner, VaultKey::generate().unwrap());
        assert_eq!(
            read(&other, Collection::Meta, b"key"),
            Err(corrupt(Collection::Meta, b"key"))
        );
    }

    #[test]
    fn a_value_sealed_by_the_first_version_opens() {
        let sealed_value = hex::decode(FIXTURE).unwrap();
        let inner = MemoryStore::new();
        write(&inner, Collection::Meta, b"key", &sealed_value);
        assert_eq!(
            read(&sealed(&inner), Collection::Meta, b"key")
                .unwrap()
                .unwrap(),
            CANARY
        );
    }

    /// Made with Node.js from the format above: key 0x07 repeated, salt 0x00 to 0x1f, collection `meta`, key `key`.
    const FIXTURE: &str = "01000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f4df540aad4f706a225be344698c5cc0082474347565ee62bb11889e4a817fb38dd8fd29a2c7e80ccc5fcc6";
}
