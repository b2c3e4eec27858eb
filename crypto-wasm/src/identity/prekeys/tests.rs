//! The store of private prekeys by itself: ids, what use and age delete, and what is no store of ours.

use std::convert::Infallible;

use rand_core::{TryCryptoRng, TryRng};

use super::*;

/// Draws these numbers, and fills keys with them.
struct Drawn(Vec<u32>);

impl TryRng for Drawn {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.0.remove(0))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.0.remove(0).into())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill(1);
        Ok(())
    }
}

impl TryCryptoRng for Drawn {}

fn private() -> X25519PrivateKey {
    X25519PrivateKey::copy_from(&[2; 32])
}

fn seed() -> KemPrivateSeed {
    KemPrivateSeed::copy_from(&[3; 64])
}

fn public(byte: u8) -> X25519PublicKey {
    X25519PublicKey::from_bytes([byte; 32]).unwrap()
}

/// Signed 1 and 2, last resort 3 and 4, one-time 5 and 6, KEM 7 and 8, base keys 1 and 2 in memory.
fn store() -> PreKeyStore {
    let mut store = PreKeyStore::default();
    for (id, created_at_ms) in [(1, 10), (2, 20)] {
        let key = X25519KeyPair::from_private(private());
        store.add_signed(id, created_at_ms, key).unwrap();
    }
    store.add_last_resort(3, 10, seed()).unwrap();
    store.add_last_resort(4, 20, seed()).unwrap();
    for id in [6, 5] {
        store.add_one_time(id, private()).unwrap();
    }
    for id in [8, 7] {
        store.add_kem(id, seed()).unwrap();
    }
    for byte in [2, 1] {
        store.consume(&UsedPreKeys {
            base_key: public(byte),
            signed_prekey_id: 1,
            one_time_prekey_id: None,
            kem_prekey_id: 4,
        });
    }
    store
}

fn encoded(store: &PreKeyStore) -> Vec<u8> {
    codec::encode(&[store]).unwrap()
}

// KEY-3
#[test]
fn ids_are_31_bits_not_zero_and_not_taken() {
    let draw = |draws: &[u32], taken: u32| {
        let mut rng = Drawn(draws.to_vec());
        (draw_id(&mut rng, |id| id == taken), rng.0.len())
    };
    assert_eq!(draw(&[0xffff_ffff, 5], 1), (0x7fff_ffff, 1));
    assert_eq!(draw(&[0x8000_0002, 5], 1), (2, 1));
    assert_eq!(draw(&[0, 0x8000_0000, 1, 5, 6], 1), (5, 1));
}

// KEY-3
#[test]
fn an_id_is_given_once_and_kem_prekeys_share_theirs() {
    let store = store();
    let mut rng = Drawn(vec![1, 2, 9]);
    assert_eq!(store.new_signed_id(&mut rng), 9);
    let mut rng = Drawn(vec![5, 6, 7]);
    assert_eq!(store.new_one_time_id(&mut rng), 7);
    let mut rng = Drawn(vec![3, 4, 7, 8, 5]);
    assert_eq!(store.new_kem_id(&mut rng), 5);
}

// KEY-3
#[test]
fn a_taken_id_is_refused_and_changes_nothing() {
    let mut store = store();
    let before = encoded(&store);
    let key = X25519KeyPair::from_private(private());
    let refused = Err(ProtocolError::Decode);
    assert_eq!(store.add_signed(1, 30, key), refused);
    assert_eq!(store.add_one_time(5, private()), refused);
    for id in [3, 4, 7, 8] {
        assert_eq!(store.add_last_resort(id, 30, seed()), refused, "{id}");
        assert_eq!(store.add_kem(id, seed()), refused, "{id}");
    }
    assert_eq!(encoded(&store), before);
}

// PQX-7, PQX-8
#[test]
fn what_was_used_is_gone_and_its_base_key_remembered() {
    let mut store = store();
    store.consume(&UsedPreKeys {
        base_key: public(3),
        signed_prekey_id: 2,
        one_time_prekey_id: Some(5),
        kem_prekey_id: 8,
    });
    assert_eq!(store.one_time_counts(), (1, 1));
    assert!(store.one_time(5).is_none() && store.one_time(6).is_some());
    assert!(store.kem(8).is_none() && store.kem(7).is_some_and(|(_, last)| !last));
    assert!(store.kem(3).is_some_and(|(_, last)| last));
    let known = [1, 2, 3, 4].map(|byte| store.knows_base_key(&public(byte)));
    assert_eq!(known, [true, true, true, false]);
    // The first signed prekey was replaced at 20, and takes its memory with it.
    store.expire(20 + RETENTION_MS);
    assert!(store.signed(1).is_some() && store.kem(3).is_some());
    store.expire(21 + RETENTION_MS);
    assert!(store.signed(1).is_none() && store.kem(3).is_none());
    let known = [1, 2, 3].map(|byte| store.knows_base_key(&public(byte)));
    assert_eq!(known, [false, false, true]);
    assert_eq!(store.newest_signed().map(|entry| entry.id), Some(2));
    assert_eq!(store.newest_last_resort().map(|entry| entry.id), Some(4));
}

// API-4
#[test]
fn a_store_that_this_code_cannot_have_made_is_refused() {
    assert_eq!(store().check(), Ok(()));
    let edits: [fn(&mut PreKeyStore); 10] = [
        |store| store.one_time.reverse(),
        |store| store.one_time[0].id = 6,
        |store| store.kem.reverse(),
        |store| store.kem[0].id = 8,
        |store| store.signed[0].used_base_keys.reverse(),
        |store| store.signed[0].used_base_keys[0] = public(2),
        |store| store.signed[0].id = 2,
        |store| store.last_resort[0].id = 4,
        |store| store.last_resort[0].id = 7,
        |store| store.last_resort[1].id = 8,
    ];
    for (index, edit) in edits.into_iter().enumerate() {
        let mut store = store();
        edit(&mut store);
        assert_eq!(store.check(), Err(ProtocolError::Decode), "{index}");
    }
}
