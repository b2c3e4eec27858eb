use crypto_wasm::ProtocolError;
use crypto_wasm::identity::{Account, Device, Expectations, VerifiedBundle};
use crypto_wasm::session::Session;
use crypto_wasm::wire::{Address, PreKeyBundle, UserId, Wire};
use serde::Deserialize;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{AddressVector, DeviceVector, Hex, code, expectations, load, system_rng};

#[derive(Deserialize)]
struct Bundles {
    valid: Vec<Valid>,
    invalid: Vec<Invalid>,
}

#[derive(Deserialize)]
struct Valid {
    name: String,
    bundle: Hex,
    expected_account_key: Option<Hex>,
    expected_address: Option<AddressVector>,
    responder: DeviceVector,
}

#[derive(Deserialize)]
struct Invalid {
    name: String,
    bundle: Hex,
    expected_account_key: Option<Hex>,
    expected_address: Option<AddressVector>,
    code: String,
}

fn initiator() -> Device {
    let address = Address {
        user_id: UserId::from_bytes([0xa1; 16]),
        device_id: 1,
    };
    let account = Account::generate(&mut system_rng());
    Device::create(&account, address, 0, &mut system_rng()).expect("a device")
}

fn initiate(
    device: &Device,
    bundle: &[u8],
    expected: &Expectations,
) -> Result<(Session, Vec<u8>), ProtocolError> {
    let bundle = PreKeyBundle::from_bytes(bundle)?;
    let bundle = VerifiedBundle::verify(bundle, expected, device.address())?;
    Session::initiate(device, &bundle, b"hello", &mut system_rng())
}

// KEY-10
#[wasm_bindgen_test(unsupported = test)]
fn valid() {
    let vectors = load::<Bundles>("bundles.json").valid;
    assert!(!vectors.is_empty());
    for vector in vectors {
        let device = initiator();
        let expected = expectations(
            vector.expected_account_key.as_ref(),
            vector.expected_address.as_ref(),
        );
        let (session, message) = initiate(&device, &vector.bundle, &expected).expect(&vector.name);
        assert_eq!(
            session.peer().to_bytes().as_deref(),
            Ok(&*vector.responder.certificate)
        );

        let mut responder = vector.responder.device();
        let from = Expectations::exactly(device.certificate().account_key(), device.address());
        let accepted = Session::accept(&mut responder, &message, &from, &mut system_rng());
        assert_eq!(
            accepted.map(|(_, plaintext)| plaintext).as_deref(),
            Ok(&b"hello"[..]),
            "{}",
            vector.name
        );
    }
}

// KEY-10
#[wasm_bindgen_test(unsupported = test)]
fn a_devices_own_bundle_is_refused() {
    for vector in load::<Bundles>("bundles.json").valid {
        let device = vector.responder.device();
        let result = initiate(&device, &vector.bundle, &Expectations::default());
        assert_eq!(code(result), "address-mismatch", "{}", vector.name);
    }
}

// ENC-7, ENC-8, ENC-9, ENC-10, KEY-10, ERR-1
#[wasm_bindgen_test(unsupported = test)]
fn invalid() {
    let vectors = load::<Bundles>("bundles.json").invalid;
    assert!(!vectors.is_empty());
    let device = initiator();
    for vector in vectors {
        let expected = expectations(
            vector.expected_account_key.as_ref(),
            vector.expected_address.as_ref(),
        );
        let result = initiate(&device, &vector.bundle, &expected);
        assert_eq!(code(result), vector.code, "{}", vector.name);
    }
}
