//! Bundles that are not what they should be (T08, T09).

use crypto_wasm::client::MessageState;
use crypto_wasm::wire::{PreKeyBundle, Wire};

use crate::support::{Extra, Forged, Person, Records, World};

/// What becomes of a first message when the relay hands out this bundle for bob's device.
fn outcome(make: impl FnOnce(&World, &Person, PreKeyBundle) -> PreKeyBundle) -> String {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    alice.meet(&bob);
    let honest = world.relay.borrow_mut().bundle(bob.address()).unwrap();
    let bundle = make(&world, &bob, PreKeyBundle::from_bytes(&honest).unwrap());
    let made = alice
        .act(async || alice.client.create_conversation(&[bob.id()], "", 1).await)
        .unwrap();
    alice.pump_once();
    let bundles = [(bob.address(), bundle.to_bytes().unwrap())];
    alice
        .act(async || alice.client.add_bundles(&bundles, &[], alice.now()).await)
        .unwrap();
    alice.pump();
    let line = alice.messages(made.id).remove(0);
    if line.state == MessageState::Sent {
        bob.fetch();
        return bob.lines(made.id).join(" ");
    }
    assert!(world.relay.borrow().posted.is_empty());
    assert_eq!(alice.store.dump().only(&["sessions"]), Records::new());
    line.error.unwrap().code
}

// KEY-10
#[test]
fn t08_t09_bundles_of_others_and_mistyped_prekeys_are_refused() {
    assert_eq!(outcome(|_, _, honest| honest), "#0");
    let of_another = outcome(|world, _, _| {
        let carol = world.person("carol");
        let bundle = world.relay.borrow_mut().bundle(carol.address()).unwrap();
        PreKeyBundle::from_bytes(&bundle).unwrap()
    });
    assert_eq!(of_another, "account-key-mismatch");
    let of_another_account =
        outcome(|_, bob, _| Forged::of(bob.id(), bob.address().device_id).extra.bundle());
    assert_eq!(of_another_account, "account-key-mismatch");
    let of_another_device = outcome(|_, bob, _| Extra::beside(bob, 9).bundle());
    assert_eq!(of_another_device, "address-mismatch");
    let of_a_key_not_listed =
        outcome(|_, bob, _| Extra::beside(bob, bob.address().device_id).bundle());
    assert_eq!(of_a_key_not_listed, "device-not-listed");
    let foreign_prekey = outcome(|_, bob, honest| {
        let other = Extra::beside(bob, 9).bundle();
        PreKeyBundle {
            signed_prekey: other.signed_prekey,
            ..honest
        }
    });
    assert_eq!(foreign_prekey, "bad-signature");
    let foreign_kem = outcome(|_, bob, honest| {
        let other = Extra::beside(bob, 9).bundle();
        PreKeyBundle {
            kem_prekey: other.kem_prekey,
            ..honest
        }
    });
    assert_eq!(foreign_kem, "bad-signature");
    let relabelled = outcome(|_, _, mut honest| {
        honest.kem_prekey.last_resort.0 ^= true;
        honest
    });
    assert_eq!(relabelled, "bad-signature");
    let swapped = outcome(|_, _, mut honest| {
        std::mem::swap(
            &mut honest.signed_prekey.signature,
            &mut honest.kem_prekey.signature,
        );
        honest
    });
    assert_eq!(swapped, "bad-signature");
    // Nobody signs a one-time prekey: another one breaks the first message.
    let substituted = outcome(|_, _, mut honest| {
        if let Some(key) = &mut honest.one_time_prekey {
            key.public_key = honest.signed_prekey.public_key;
        }
        honest
    });
    assert_eq!(substituted, "");
}
