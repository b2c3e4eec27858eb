//! Registration and login.

use crypto_wasm::crypto::sign::Signature;
use crypto_wasm::wire::{DeviceCertificate, DeviceList, KemPreKey, RelayAuth, SignedPreKey, Wire};

use crate::support::{NOW, TestStore, World, block_on, certificate_of, code};

// KEY-3, KEY-17, CNT-1
#[test]
fn a_registration_is_complete_and_consistent() {
    let world = World::new();
    let alice = world.stranger("alice", TestStore::plain());
    let body = block_on(alice.client.begin_registration("alice", NOW))
        .unwrap()
        .value;
    let certificate = DeviceCertificate::from_bytes(&body.certificate).unwrap();
    let list = DeviceList::from_bytes(&body.device_list).unwrap();
    assert_eq!(certificate.address.user_id, body.id);
    assert!((1..1 << 31).contains(&certificate.address.device_id));
    assert_eq!(body.id.as_bytes()[6] >> 4, 7, "a UUIDv7");
    assert_eq!(list.sequence, 1);
    assert_eq!(list.account_key, certificate.account_key);
    assert_eq!(list.devices.len(), 1);
    assert_eq!(list.devices[0].identity_key, certificate.identity_key);
    assert_eq!(body.prekeys.one_time_prekeys.len(), 100);
    assert_eq!(body.prekeys.kem_prekeys.len(), 100);
    let key = &certificate.identity_key;
    let signed = SignedPreKey::from_bytes(&body.prekeys.signed_prekey.unwrap()).unwrap();
    signed.verify(key).unwrap();
    let last = KemPreKey::from_bytes(&body.prekeys.kem_last_resort.unwrap()).unwrap();
    last.verify(key).unwrap();
    assert!(last.last_resort.0);
    for bytes in &body.prekeys.kem_prekeys {
        let prekey = KemPreKey::from_bytes(bytes).unwrap();
        prekey.verify(key).unwrap();
        assert!(!prekey.last_resort.0);
    }
}

#[test]
fn a_pending_registration_survives_a_restart_with_the_same_bytes() {
    let world = World::new();
    let alice = world.stranger("alice", TestStore::plain());
    assert_eq!(block_on(alice.client.status()).unwrap().registration, None);
    let first = block_on(alice.client.begin_registration("alice", NOW))
        .unwrap()
        .value;
    let again = alice.tab();
    let status = block_on(again.client.status()).unwrap();
    assert_eq!(status.me, None);
    assert_eq!(status.registration.as_ref(), Some(&first));
    let repeated = block_on(again.client.begin_registration("alice", NOW + 5))
        .unwrap()
        .value;
    assert_eq!(repeated, first);
    let mut renamed = block_on(again.client.begin_registration("alice.2", NOW + 9))
        .unwrap()
        .value;
    assert_eq!(renamed.username, "alice.2");
    renamed.username.clone_from(&first.username);
    assert_eq!(renamed, first, "a new name changes no key");
}

#[test]
fn an_accepted_registration_is_final() {
    let world = World::new();
    let alice = world.stranger("alice", TestStore::plain());
    assert_eq!(
        code(block_on(alice.client.registration_accepted())),
        "not-registered"
    );
    let me = alice.register();
    assert_eq!(me.username, "alice");
    let before = alice.store.dump();
    let repeated = block_on(alice.client.registration_accepted()).unwrap();
    assert_eq!(repeated.value, me);
    let refused = block_on(alice.client.begin_registration("other", NOW));
    assert_eq!(code(refused), "already-registered");
    assert_eq!(alice.store.dump(), before);
    let status = block_on(alice.tab().client.status()).unwrap();
    assert_eq!((status.me, status.registration), (Some(me), None));
    assert_eq!((status.cursor, status.pending), (0, 0));
}

#[test]
fn a_login_proof_verifies_for_its_origin_and_challenge_alone() {
    let world = World::new();
    let alice = world.person("alice");
    let origin = "https://chat.example:8443";
    let sign = |origin: &str| {
        let bytes = block_on(alice.client.sign_login(origin, [7; 32], NOW + 60_000)).unwrap();
        Signature::from_bytes(bytes.try_into().unwrap())
    };
    let proof = RelayAuth {
        origin: origin.as_bytes().to_vec(),
        challenge: [7; 32],
        address: alice.address(),
        expires_at_ms: NOW + 60_000,
    };
    let key = certificate_of(&alice).identity_key;
    proof.verify(&key, &sign(origin)).unwrap();
    proof
        .verify(&key, &sign("https://evil.example"))
        .unwrap_err();
    for other in [
        RelayAuth {
            challenge: [8; 32],
            ..proof.clone()
        },
        RelayAuth {
            expires_at_ms: NOW + 60_001,
            ..proof.clone()
        },
    ] {
        other.verify(&key, &sign(origin)).unwrap_err();
    }
}
