//! Signed structures: what was changed is refused, but for what no signature covers (§2).

use std::cell::OnceCell;

use arbitrary::Unstructured;
use crypto_wasm::ProtocolError;
use crypto_wasm::identity::{
    DeviceListPin, Expectations, VerifiedBundle, VerifiedCertificate, VerifiedDeviceList,
};
use crypto_wasm::session::Session;
use crypto_wasm::wire::{
    DeviceCertificate, DeviceList, ListedDevice, PreKeyBundle, RelayAuth, Wire,
};

use crate::people::{NOW, Person};
use crate::rng::Rng;
use crate::{Target, edits};

pub(crate) const TARGETS: &[Target] = &[
    ("changed_bundle", changed_bundle),
    ("changed_certificate", changed_certificate),
    ("changed_device_list", changed_device_list),
    ("changed_login_proof", changed_login_proof),
];

struct World {
    alice: Person,
    bob: Person,
    /// Bob's device lists, one after the other.
    lists: [VerifiedDeviceList; 2],
}

fn with_world(run: impl FnOnce(&World)) {
    thread_local!(static WORLD: OnceCell<World> = const { OnceCell::new() });
    WORLD.with(|world| {
        run(world.get_or_init(|| {
            let bob = Person::new(2);
            let device = ListedDevice {
                device_id: bob.device.address().device_id,
                identity_key: bob.device.certificate().identity_key(),
            };
            let other = ListedDevice {
                device_id: 77,
                identity_key: Person::new(4).device.certificate().identity_key(),
            };
            let user = bob.device.address().user_id;
            let first = bob
                .account
                .first_device_list(user, vec![device], NOW)
                .expect("a list");
            let second = bob
                .account
                .next_device_list(&first, vec![device, other], NOW)
                .expect("a list");
            World {
                alice: Person::new(1),
                bob,
                lists: [first, second],
            }
        }));
    });
}

/// The original's bytes with the edits that `data` stands for.
fn changed(original: &impl Wire, keys: &[usize], data: &[u8]) -> Vec<u8> {
    let bytes = original.to_bytes().expect("encoded");
    edits::apply(
        &bytes,
        &edits::read(&mut Unstructured::new(data)),
        keys,
        data,
    )
}

/// Of a bundle, the one-time prekey alone is not signed. Whatever it is, a session begins or is refused for its low order.
fn changed_bundle(data: &[u8]) {
    with_world(|world| {
        let original = world.bob.bundle(0);
        let Ok(bundle) = PreKeyBundle::from_bytes(&changed(&original, &[22, 54, 201], data)) else {
            return;
        };
        let address = world.alice.device.address();
        match VerifiedBundle::verify(bundle.clone(), &world.bob.expected(), address) {
            Err(_) => assert!(bundle != original),
            Ok(verified) => {
                let unsigned = PreKeyBundle {
                    one_time_prekey: bundle.one_time_prekey,
                    ..original
                };
                assert!(bundle == unsigned, "a changed bundle verified");
                let begun = Session::establish(&world.alice.device, &verified, &mut Rng::new(8));
                assert!(matches!(
                    begun.map(|_| ()),
                    Ok(()) | Err(ProtocolError::NonContributory)
                ));
            }
        }
    });
}

fn changed_certificate(data: &[u8]) {
    with_world(|world| {
        let original = world.bob.device.certificate().certificate();
        let Ok(certificate) = DeviceCertificate::from_bytes(&changed(original, &[21, 53], data))
        else {
            return;
        };
        for expected in [Expectations::default(), world.bob.expected()] {
            let verified = VerifiedCertificate::verify(certificate.clone(), &expected);
            assert_eq!(verified.is_ok(), certificate == *original);
        }
    });
}

fn changed_device_list(data: &[u8]) {
    with_world(|world| {
        let user = world.bob.device.address().user_id;
        let [first, second] = &world.lists;
        for original in &world.lists {
            let Ok(list) = DeviceList::from_bytes(&changed(original.list(), &[17], data)) else {
                continue;
            };
            for pinned in [None, Some(&world.bob.account.public_key())] {
                match VerifiedDeviceList::verify(list.clone(), user, pinned) {
                    Err(_) => assert!(list != *original.list()),
                    Ok(verified) => {
                        assert!(list == *original.list(), "a changed list verified");
                        assert_eq!(verified.follows(first).is_ok(), original == second);
                        assert!(DeviceListPin::of(first).check(&verified).is_ok());
                    }
                }
            }
        }
    });
}

fn changed_login_proof(data: &[u8]) {
    with_world(|world| {
        let original = RelayAuth {
            origin: b"https://relay.example".to_vec(),
            challenge: [4; 32],
            address: world.bob.device.address(),
            expires_at_ms: NOW,
        };
        let signature = world.bob.device.prove_login(&original).expect("signed");
        let Ok(proof) = RelayAuth::from_bytes(&changed(&original, &[], data)) else {
            return;
        };
        let key = world.bob.device.certificate().identity_key();
        assert_eq!(proof.verify(&key, &signature).is_ok(), proof == original);
    });
}
