use crypto_wasm::ProtocolError;
use crypto_wasm::identity::{Account, Expectations, VerifiedCertificate};
use crypto_wasm::wire::{Address, DeviceCertificate, Wire};
use serde::Deserialize;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{AddressVector, Hex, code, expectations, load};

#[derive(Deserialize)]
struct Certificates {
    valid: Vec<Valid>,
    invalid: Vec<Invalid>,
}

#[derive(Deserialize)]
struct Valid {
    account_seed: Hex,
    account_key: Hex,
    identity_key: Hex,
    user_id: Hex,
    device_id: u32,
    created_at_ms: u64,
    certificate: Hex,
}

#[derive(Deserialize)]
struct Invalid {
    name: String,
    certificate: Hex,
    expected_account_key: Option<Hex>,
    expected_address: Option<AddressVector>,
    code: String,
}

fn verify(bytes: &[u8], expected: &Expectations) -> Result<VerifiedCertificate, ProtocolError> {
    VerifiedCertificate::verify(DeviceCertificate::from_bytes(bytes)?, expected)
}

// KEY-1
#[wasm_bindgen_test(unsupported = test)]
fn valid() {
    let vectors = load::<Certificates>("certificates.json").valid;
    assert!(!vectors.is_empty());
    for vector in vectors {
        let account = Account::from_seed(&vector.account_seed.array());
        assert_eq!(account.public_key(), vector.account_key.ed25519());
        let address = Address {
            user_id: vector.user_id.user_id(),
            device_id: vector.device_id,
        };
        let made = account
            .certify(address, vector.identity_key.ed25519(), vector.created_at_ms)
            .expect("a certificate");
        assert_eq!(made.to_bytes().as_deref(), Ok(&*vector.certificate));

        let expected = Expectations::exactly(vector.account_key.ed25519(), address);
        let verified = verify(&vector.certificate, &expected).expect("valid");
        assert_eq!(verified.certificate(), &made);
        assert!(verify(&vector.certificate, &Expectations::default()).is_ok());
    }
}

// ENC-5, ENC-7, KEY-6, KEY-7
#[wasm_bindgen_test(unsupported = test)]
fn invalid() {
    let vectors = load::<Certificates>("certificates.json").invalid;
    assert!(!vectors.is_empty());
    for vector in vectors {
        let expected = expectations(
            vector.expected_account_key.as_ref(),
            vector.expected_address.as_ref(),
        );
        assert_eq!(
            code(verify(&vector.certificate, &expected)),
            vector.code,
            "{}",
            vector.name
        );
    }
}
