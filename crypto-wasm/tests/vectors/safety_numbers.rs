use crypto_wasm::identity::safety_number;
use serde::Deserialize;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Hex, load};

#[derive(Deserialize)]
struct SafetyNumbers {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    user_a: Hex,
    account_key_a: Hex,
    user_b: Hex,
    account_key_b: Hex,
    safety_number: String,
}

// SAF-1, SAF-2
#[wasm_bindgen_test(unsupported = test)]
fn both_people_see_the_same_number() {
    let vectors = load::<SafetyNumbers>("safety_numbers.json").cases;
    assert!(!vectors.is_empty());
    for vector in vectors {
        let (user_a, key_a) = (vector.user_a.user_id(), vector.account_key_a.ed25519());
        let (user_b, key_b) = (vector.user_b.user_id(), vector.account_key_b.ed25519());
        assert_eq!(
            safety_number(&user_a, &key_a, &user_b, &key_b),
            vector.safety_number
        );
        assert_eq!(
            safety_number(&user_b, &key_b, &user_a, &key_a),
            vector.safety_number
        );
    }
}
