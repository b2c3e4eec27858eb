use crypto_wasm::ProtocolError;
use crypto_wasm::codec::{self, Decode, Encode, Reader, Writer};
use crypto_wasm::wire::{
    Content, DeviceCertificate, DeviceList, KemPreKey, OneTimePreKey, PreKeyBundle, PreKeyMessage,
    RatchetMessage, SignedPreKey, Wire,
};
use serde::Deserialize;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Hex, code, load};

#[derive(Deserialize)]
struct Decoding {
    lengths: Vec<Length>,
    lengths_refused: Vec<LengthRefused>,
    valid: Vec<Valid>,
    invalid: Vec<Invalid>,
}

#[derive(Deserialize)]
struct Length {
    value: usize,
    encoded: Hex,
}

#[derive(Deserialize)]
struct LengthRefused {
    name: String,
    encoded: Hex,
    code: String,
}

#[derive(Deserialize)]
struct Valid {
    r#struct: String,
    bytes: Hex,
}

#[derive(Deserialize)]
struct Invalid {
    r#struct: String,
    name: String,
    bytes: Hex,
    code: String,
}

/// Decodes a structure by name and encodes it again.
fn recode(structure: &str, bytes: &[u8]) -> Result<Vec<u8>, ProtocolError> {
    match structure {
        "DeviceCertificate" => DeviceCertificate::from_bytes(bytes)?.to_bytes(),
        "DeviceList" => DeviceList::from_bytes(bytes)?.to_bytes(),
        "SignedPreKey" => SignedPreKey::from_bytes(bytes)?.to_bytes(),
        "OneTimePreKey" => OneTimePreKey::from_bytes(bytes)?.to_bytes(),
        "KemPreKey" => KemPreKey::from_bytes(bytes)?.to_bytes(),
        "PreKeyBundle" => PreKeyBundle::from_bytes(bytes)?.to_bytes(),
        "PreKeyMessage" => PreKeyMessage::from_bytes(bytes)?.to_bytes(),
        "RatchetMessage" => RatchetMessage::from_bytes(bytes)?.to_bytes(),
        "Content" => Content::from_bytes(bytes)?.to_bytes(),
        other => panic!("a structure that has no decoder here: {other}"),
    }
}

/// A vector's length without the vector.
struct BareLength(usize);

impl Encode for BareLength {
    fn encode(&self, to: &mut Writer) {
        to.put_length(self.0);
    }
}

impl Decode for BareLength {
    fn decode(from: &mut Reader<'_>) -> Result<Self, ProtocolError> {
        from.length().map(Self)
    }
}

fn decode_length(bytes: &[u8]) -> Result<usize, ProtocolError> {
    codec::decode(bytes).map(|BareLength(length)| length)
}

// ENC-2
#[wasm_bindgen_test(unsupported = test)]
fn lengths() {
    let vectors = load::<Decoding>("decoding.json").lengths;
    assert!(!vectors.is_empty());
    for vector in vectors {
        assert_eq!(decode_length(&vector.encoded), Ok(vector.value));
        let encoded = codec::encode(&[&BareLength(vector.value)]).expect("a length");
        assert_eq!(encoded, *vector.encoded);
    }
    assert!(codec::encode(&[&BareLength(codec::MAX_VECTOR)]).is_ok());
    let too_long = codec::encode(&[&BareLength(codec::MAX_VECTOR + 1)]);
    assert_eq!(too_long, Err(ProtocolError::Decode));
}

// ENC-2, ENC-3
#[wasm_bindgen_test(unsupported = test)]
fn lengths_refused() {
    let vectors = load::<Decoding>("decoding.json").lengths_refused;
    assert!(!vectors.is_empty());
    for vector in vectors {
        assert_eq!(
            code(decode_length(&vector.encoded)),
            vector.code,
            "{}",
            vector.name
        );
    }
}

// ENC-1
#[wasm_bindgen_test(unsupported = test)]
fn valid() {
    let vectors = load::<Decoding>("decoding.json").valid;
    assert!(!vectors.is_empty());
    for vector in vectors {
        assert_eq!(
            recode(&vector.r#struct, &vector.bytes).as_deref(),
            Ok(&*vector.bytes),
            "{}",
            vector.r#struct
        );
    }
}

// ENC-3, ENC-4, ENC-5, ENC-8
#[wasm_bindgen_test(unsupported = test)]
fn invalid() {
    let vectors = load::<Decoding>("decoding.json").invalid;
    assert!(!vectors.is_empty());
    for vector in vectors {
        let result = recode(&vector.r#struct, &vector.bytes);
        assert_eq!(
            code(result),
            vector.code,
            "{}: {}",
            vector.r#struct,
            vector.name
        );
    }
}

// ENC-5
#[wasm_bindgen_test(unsupported = test)]
fn every_truncation_is_refused() {
    for vector in load::<Decoding>("decoding.json").valid {
        for length in 0..vector.bytes.len() {
            let result = recode(&vector.r#struct, &vector.bytes[..length]);
            assert_eq!(
                code(result),
                "decode",
                "{} cut to {length}",
                vector.r#struct
            );
        }
    }
}
