use crypto_wasm::crypto::dh::{SharedSecret, X25519KeyPair, X25519PrivateKey};
use crypto_wasm::crypto::kem::{KemCiphertext, KemSharedSecret};
use crypto_wasm::identity::{Device, Expectations, VerifiedBundle};
use crypto_wasm::pqxdh::{accept, derive_secret, initiate};
use crypto_wasm::session::Session;
use crypto_wasm::wire::context::Party;
use crypto_wasm::wire::{PreKeyBundle, PreKeyMessage, SessionContext, Wire};
use serde::Deserialize;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{
    AddressVector, DeviceVector, Hex, Scripted, code, expectations, load, system_rng,
};

#[derive(Deserialize)]
struct Pqxdh {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    initiator: DeviceVector,
    responder: DeviceVector,
    bundle: Hex,
    base_private: Hex,
    base_key: Hex,
    kem_m: Hex,
    kem_ciphertext: Hex,
    kem_shared_secret: Hex,
    dh1: Hex,
    dh2: Hex,
    dh3: Hex,
    dh4: Option<Hex>,
    session_context: Hex,
    secret: Hex,
    ad: Hex,
    ratchet_private: Hex,
    nonce: Hex,
    plaintext: Hex,
    prekey_message: Hex,
    refused: Vec<Refused>,
}

#[derive(Deserialize)]
struct Refused {
    name: String,
    prekey_message: Hex,
    expected_account_key: Option<Hex>,
    expected_address: Option<AddressVector>,
    code: String,
}

impl Case {
    fn verified_bundle(&self, initiator: &Device) -> VerifiedBundle {
        let bundle = PreKeyBundle::from_bytes(&self.bundle).expect("a bundle");
        let expected = Expectations {
            account_key: Some(self.responder.account_key.ed25519()),
            address: None,
        };
        VerifiedBundle::verify(bundle, &expected, initiator.address()).expect("a valid bundle")
    }

    fn expected_initiator(&self, initiator: &Device) -> Expectations {
        Expectations::exactly(self.initiator.account_key.ed25519(), initiator.address())
    }
}

fn party(device: &Device) -> Party {
    let certificate = device.certificate();
    Party {
        address: certificate.address(),
        account_key: certificate.account_key(),
        identity_key: certificate.identity_key(),
    }
}

fn identity_private(vector: &DeviceVector) -> X25519PrivateKey {
    crypto_wasm::crypto::sign::Ed25519PrivateKey::from_seed(&vector.identity_seed.array())
        .to_x25519()
}

fn cases() -> Vec<Case> {
    let cases = load::<Pqxdh>("pqxdh.json").cases;
    assert!(!cases.is_empty());
    cases
}

// KEY-4, PQX-1
#[wasm_bindgen_test(unsupported = test)]
fn agreements_and_secret() {
    for case in cases() {
        let initiator = case.initiator.device();
        let bundle = case.verified_bundle(&initiator);
        let base = X25519KeyPair::from_private(case.base_private.x25519_private());
        assert_eq!(base.public_key().as_bytes()[..], case.base_key[..]);

        let signed = bundle.signed_prekey().public_key;
        let identity = bundle
            .certificate()
            .identity_key()
            .to_x25519()
            .expect("a point");
        let mut agreements = vec![
            identity_private(&case.initiator).agree(&signed),
            base.private_key().agree(&identity),
            base.private_key().agree(&signed),
        ];
        agreements.extend(
            bundle
                .one_time_prekey()
                .map(|prekey| base.private_key().agree(&prekey.public_key)),
        );
        let agreements: Vec<SharedSecret> = agreements
            .into_iter()
            .map(|dh| dh.expect("contributory"))
            .collect();
        let expected = [
            Some(&case.dh1),
            Some(&case.dh2),
            Some(&case.dh3),
            case.dh4.as_ref(),
        ];
        let expected: Vec<&Hex> = expected.into_iter().flatten().collect();
        assert_eq!(agreements.len(), expected.len(), "{}", case.name);
        for (agreement, expected) in agreements.iter().zip(expected) {
            assert_eq!(agreement.expose()[..], expected[..], "{}", case.name);
        }

        let kem = KemSharedSecret::copy_from(&case.kem_shared_secret.array());
        assert_eq!(
            derive_secret(&agreements, &kem).expose()[..],
            case.secret[..],
            "{}",
            case.name
        );
        let mut coins = Scripted::new([&*case.kem_m]);
        let (ciphertext, shared) = bundle
            .kem_prekey()
            .public_key
            .encapsulate(&mut coins)
            .expect("a key");
        assert_eq!(ciphertext.as_bytes()[..], case.kem_ciphertext[..]);
        assert!(shared == kem);
    }
}

// PQX-2, PQX-3
#[wasm_bindgen_test(unsupported = test)]
fn session_context() {
    for case in cases() {
        let initiator = case.initiator.device();
        let bundle = case.verified_bundle(&initiator);
        let context = SessionContext {
            initiator: party(&initiator),
            responder: party(&case.responder.device()),
            base_key: case.base_private.x25519_private().public_key().encode_ec(),
            signed_prekey_id: bundle.signed_prekey().id,
            signed_prekey: bundle.signed_prekey().public_key.encode_ec(),
            one_time_prekey: bundle.one_time_prekey().copied(),
            kem_prekey_id: bundle.kem_prekey().id,
            kem_last_resort: bundle.kem_prekey().last_resort,
            kem_public_key: bundle.kem_prekey().public_key.clone(),
            kem_ciphertext: KemCiphertext::from_bytes(&case.kem_ciphertext)
                .expect("the right length"),
        };
        assert_eq!(
            context.to_bytes().as_deref(),
            Ok(&*case.session_context),
            "{}",
            case.name
        );
        assert_eq!(
            context.associated_data(),
            Ok(case.ad.array()),
            "{}",
            case.name
        );
    }
}

// PQX-1, PQX-2
#[wasm_bindgen_test(unsupported = test)]
fn initiates() {
    for case in cases() {
        let initiator = case.initiator.device();
        let bundle = case.verified_bundle(&initiator);
        let mut rng = Scripted::new([&*case.base_private, &*case.kem_m]);
        let initiation = initiate(&initiator, &bundle, &mut rng).expect("an agreement");
        assert_eq!(
            initiation.secret.expose()[..],
            case.secret[..],
            "{}",
            case.name
        );
        assert_eq!(initiation.associated_data[..], case.ad[..], "{}", case.name);

        let draws = [
            &*case.base_private,
            &*case.kem_m,
            &*case.ratchet_private,
            &*case.nonce,
        ];
        let mut rng = Scripted::new(draws);
        let made = Session::initiate(&initiator, &bundle, &case.plaintext, &mut rng);
        let (session, message) = made.expect("a session");
        assert_eq!(message, *case.prekey_message, "{}", case.name);
        assert_eq!(rng.remaining(), 0);
        assert_eq!(
            session.peer().to_bytes().as_deref(),
            Ok(&*case.responder.certificate)
        );
    }
}

// PQX-1, PQX-2, PQX-4
#[wasm_bindgen_test(unsupported = test)]
fn accepts() {
    for case in cases() {
        let initiator = case.initiator.device();
        let mut responder = case.responder.device();
        let expected = case.expected_initiator(&initiator);
        let message = PreKeyMessage::from_bytes(&case.prekey_message).expect("a message");
        let acceptance = accept(&responder, &message.fields, &expected).expect("an agreement");
        assert_eq!(
            acceptance.secret.expose()[..],
            case.secret[..],
            "{}",
            case.name
        );
        assert_eq!(acceptance.associated_data[..], case.ad[..], "{}", case.name);

        let accepted = Session::accept(
            &mut responder,
            &case.prekey_message,
            &expected,
            &mut system_rng(),
        );
        let (session, plaintext) = accepted.expect(&case.name);
        assert_eq!(plaintext, *case.plaintext, "{}", case.name);
        assert_eq!(
            session.peer().to_bytes().as_deref(),
            Ok(&*case.initiator.certificate)
        );
    }
}

// ENC-9, ENC-10, ENC-11, KEY-6, KEY-7, PQX-5, PQX-6, PQX-8, RAT-4, RAT-6, RAT-8, ERR-1, ERR-2
#[wasm_bindgen_test(unsupported = test)]
fn refuses_without_any_change() {
    for case in cases() {
        assert!(!case.refused.is_empty());
        let mut responder = case.responder.device();
        let before = responder.export().expect("exported");
        for refused in &case.refused {
            let expected = expectations(
                refused.expected_account_key.as_ref(),
                refused.expected_address.as_ref(),
            );
            let result = Session::accept(
                &mut responder,
                &refused.prekey_message,
                &expected,
                &mut system_rng(),
            );
            assert_eq!(
                code(result),
                refused.code,
                "{}: {}",
                case.name,
                refused.name
            );
            assert!(
                responder.export().expect("exported") == before,
                "{}: {}",
                case.name,
                refused.name
            );
        }

        let any = Expectations::default();
        let accepted = Session::accept(
            &mut responder,
            &case.prekey_message,
            &any,
            &mut system_rng(),
        );
        assert_eq!(
            accepted.map(|(_, plaintext)| plaintext).as_deref(),
            Ok(&*case.plaintext),
            "{}",
            case.name
        );
        let after = responder.export().expect("exported");
        let mut restored = Device::import(&after).expect("imported");
        let again = Session::accept(&mut restored, &case.prekey_message, &any, &mut system_rng());
        assert_eq!(code(again), "replayed-prekey-message", "{}", case.name);
        assert!(
            restored.export().expect("exported") == after,
            "{}",
            case.name
        );
    }
}
