//! What must not be seen: plaintext in the sealed store (T22), secrets at the relay (T23).

use std::collections::BTreeSet;

use crypto_wasm::wire::{PreKeyMessage, SignedPreKey, Wire};

use crate::support::{Person, TestStore, World, account_of, certificate_of, holds};

const CANARY: &str = "a canary that must not sing";

#[test]
fn t22_a_sealed_store_shows_no_plaintext_and_no_key() {
    let world = World::new();
    let sealed = world.stranger("alice", TestStore::sealed());
    sealed.register();
    let open = world.person("bob");
    for (writer, reader) in [(&sealed, &open), (&open, &sealed)] {
        writer.meet(reader);
        let id = writer.converse(&[reader], &format!("{CANARY}, the name"));
        writer.say(id, CANARY);
        world.settle(&[writer, reader]);
        writer.write(id, CANARY);
    }
    let visible = |person: &Person, what: &[u8]| {
        let dump = person.store.dump();
        dump.records
            .iter()
            .any(|((_, key), value)| holds(key, what) || holds(value, what))
    };
    let key = certificate_of(&sealed).account_key;
    let words: [&[u8]; 4] = [CANARY.as_bytes(), b"alice", b"bob", key.as_bytes()];
    for word in words {
        assert!(visible(&open, word), "the search finds nothing at all");
        assert!(!visible(&sealed, word), "{}", String::from_utf8_lossy(word));
    }
}

/// Every run of 16 bytes.
fn runs(bytes: &[u8]) -> impl Iterator<Item = [u8; 16]> {
    bytes.windows(16).map(|window| window.try_into().unwrap())
}

#[test]
fn t23_no_secret_and_no_plaintext_reaches_the_relay() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    let group = alice.converse(&[&bob], CANARY);
    let mut held = Vec::new();
    for _ in 0..3 {
        // Every state that the device and its sessions have been in.
        held.push(alice.store.dump());
        alice.say(id, CANARY);
        world.settle(&[&bob, &alice]);
        bob.say(group, CANARY);
        world.settle(&[&alice, &bob]);
    }
    held.push(alice.store.dump());
    let counts = crypto_wasm::client::PreKeyCounts {
        one_time_prekeys: 0,
        kem_prekeys: 0,
    };
    let upload = crate::support::block_on(alice.client.prekey_upload(counts, alice.now()))
        .unwrap()
        .value
        .unwrap();
    world.relay.borrow_mut().put_keys(alice.address(), &upload);
    held.push(alice.store.dump());

    let seed = *account_of(&alice).seed();
    let certificate = certificate_of(&alice).to_bytes().unwrap();
    let relay = world.relay.borrow();
    assert!(relay.seen.len() > 400);
    let released: BTreeSet<[u8; 16]> = relay.seen.iter().flat_map(|bytes| runs(bytes)).collect();
    assert!(
        relay
            .seen
            .iter()
            .all(|bytes| !holds(bytes, CANARY.as_bytes()))
    );
    assert!(runs(&seed).all(|run| !released.contains(&run)));

    // The device's state holds three things that are public: its certificate, the signed prekey and base keys of the peer.
    let mut public: BTreeSet<[u8; 16]> = BTreeSet::new();
    for bytes in &relay.seen {
        if let Ok(prekey) = SignedPreKey::from_bytes(bytes) {
            public.extend(runs(prekey.public_key.as_bytes()));
        }
        if let Ok(message) = PreKeyMessage::from_bytes(bytes) {
            public.extend(runs(message.fields.base_key.as_bytes()));
        }
    }
    let mut secrets = 0;
    for dump in &held {
        let device = &dump.records[&("meta", b"device".to_vec())];
        let private = &device[1 + certificate.len()..];
        for run in runs(private) {
            secrets += 1;
            assert!(
                public.contains(&run) || !released.contains(&run),
                "a part of the device's secret state was released"
            );
        }
    }
    assert!(secrets > 10_000, "{secrets}");
    // The search would find it.
    assert!(runs(&certificate).all(|run| released.contains(&run)));
}
