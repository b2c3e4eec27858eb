use crypto_wasm::wire::padding::{pad, padded_length, unpad};
use serde::Deserialize;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Hex, code, load};

#[derive(Deserialize)]
struct Padding {
    sizes: Vec<(usize, usize)>,
    padded: Vec<Padded>,
    invalid: Vec<Invalid>,
}

#[derive(Deserialize)]
struct Padded {
    content: Hex,
    padded: Hex,
}

#[derive(Deserialize)]
struct Invalid {
    name: String,
    padded: Hex,
    code: String,
}

// CNT-5
#[wasm_bindgen_test(unsupported = test)]
fn sizes() {
    let vectors = load::<Padding>("padding.json").sizes;
    assert!(!vectors.is_empty());
    for (content, padded) in vectors {
        assert_eq!(padded_length(content), padded, "{content}");
        let bytes = pad(&vec![0x80; content]);
        assert_eq!(bytes.len(), padded, "{content}");
        assert_eq!(unpad(&bytes).map(<[u8]>::len), Ok(content));
    }
}

// CNT-5
#[wasm_bindgen_test(unsupported = test)]
fn padded() {
    let vectors = load::<Padding>("padding.json").padded;
    assert!(!vectors.is_empty());
    for vector in vectors {
        assert_eq!(pad(&vector.content), *vector.padded);
        assert_eq!(unpad(&vector.padded), Ok(&*vector.content));
    }
}

// CNT-6
#[wasm_bindgen_test(unsupported = test)]
fn invalid() {
    let vectors = load::<Padding>("padding.json").invalid;
    assert!(!vectors.is_empty());
    for vector in vectors {
        assert_eq!(code(unpad(&vector.padded)), vector.code, "{}", vector.name);
    }
}
