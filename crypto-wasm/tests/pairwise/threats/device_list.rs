//! T31 device list rolled back, or a revoked device kept alive.

use crypto_wasm::ProtocolError;
use crypto_wasm::identity::{
    Account, DeviceListError, DeviceListPin, Freshness, VerifiedDeviceList,
};
use crypto_wasm::wire::{Address, DeviceList, ListedDevice, UserId, Wire as _};

use crate::common::{NOW, Person, rng};

const USER: UserId = UserId::from_bytes([7; 16]);

fn listed(person: &Person) -> ListedDevice {
    ListedDevice {
        device_id: person.device.address().device_id,
        identity_key: person.identity.public_key(),
    }
}

/// An account whose first list has two devices and whose second has one of them.
fn lists() -> (
    Account,
    Person,
    Person,
    VerifiedDeviceList,
    VerifiedDeviceList,
) {
    let (phone, laptop) = (Person::new(1), Person::new(2));
    let account = Account::generate(&mut rng());
    let first = account
        .first_device_list(USER, vec![listed(&phone), listed(&laptop)], NOW)
        .expect("a list");
    let second = account
        .next_device_list(&first, vec![listed(&phone)], NOW)
        .expect("a list");
    (account, phone, laptop, first, second)
}

// KEY-13
#[test]
fn t31_a_lower_sequence_is_refused() {
    let (account, phone, _, first, second) = lists();
    let pin = DeviceListPin::of(&second);
    assert_eq!(pin.check(&first), Err(DeviceListError::Rollback));
    assert_eq!(pin.check(&second), Ok(Freshness::Same));
    assert_eq!(
        DeviceListPin::of(&first).check(&second),
        Ok(Freshness::Newer)
    );
    let third = account
        .next_device_list(&second, vec![listed(&phone)], NOW)
        .expect("a list");
    assert_eq!(
        DeviceListPin::of(&first).check(&third),
        Ok(Freshness::Newer)
    );
}

// KEY-11, KEY-13
#[test]
fn t31_the_same_sequence_with_another_hash_is_refused() {
    let (account, phone, laptop, first, second) = lists();
    let fork = account
        .next_device_list(&first, vec![listed(&phone), listed(&laptop)], NOW)
        .expect("a list");
    assert_eq!(
        DeviceListPin::of(&second).check(&fork),
        Err(DeviceListError::Rollback)
    );
    // Nor is the fork's own successor one of the pinned list.
    let after_fork = account
        .next_device_list(&fork, vec![listed(&laptop)], NOW)
        .expect("a list");
    assert_eq!(
        DeviceListPin::of(&second).check(&after_fork),
        Err(DeviceListError::Rollback)
    );
    assert_eq!(
        after_fork.follows(&second),
        Err(DeviceListError::NotSuccessor)
    );
    assert_eq!(after_fork.follows(&fork), Ok(()));
    assert_eq!(DeviceListError::Rollback.code(), "device-list-rollback");
}

// KEY-14
#[test]
fn t31_a_revoked_device_is_on_no_list() {
    let (account, phone, laptop, first, second) = lists();
    let certify = |person: &Person| {
        let address = Address {
            user_id: USER,
            device_id: person.device.address().device_id,
        };
        account
            .certify(address, person.identity.public_key(), NOW)
            .expect("a certificate")
    };
    assert!(first.lists(&certify(&phone)) && first.lists(&certify(&laptop)));
    assert!(second.lists(&certify(&phone)));
    assert!(!second.lists(&certify(&laptop)));
    assert_eq!(first.not_in(&second), vec![listed(&laptop)]);
    assert!(second.not_in(&first).is_empty());
    assert_eq!(second.addresses().count(), 1);

    // Another identity key under a listed id, and another user's certificate, are not listed either.
    let mut swapped = certify(&phone);
    swapped.identity_key = laptop.identity.public_key();
    assert!(!second.lists(&swapped));
    assert!(!second.lists(phone.device.certificate().certificate()));
}

// KEY-12
#[test]
fn t31_the_relay_cannot_write_a_list() {
    let (account, _, laptop, first, second) = lists();
    let key = account.public_key();
    let edits: [fn(&mut DeviceList); 6] = [
        |list| list.sequence += 1,
        |list| list.created_at_ms += 1,
        |list| list.previous_hash[0] ^= 1,
        |list| list.devices[0].device_id += 1,
        |list| {
            let mut device = list.devices[0];
            device.device_id += 1;
            list.devices.push(device);
        },
        |list| list.devices.clear(),
    ];
    for (index, edit) in edits.into_iter().enumerate() {
        let mut list = second.list().clone();
        edit(&mut list);
        let verified = VerifiedDeviceList::verify(list, USER, Some(&key));
        assert_eq!(verified, Err(ProtocolError::BadSignature), "{index}");
    }
    let mallory = Account::generate(&mut rng());
    let forged = mallory
        .first_device_list(USER, vec![listed(&laptop)], NOW)
        .expect("a list");
    let verified = VerifiedDeviceList::verify(forged.list().clone(), USER, Some(&key));
    assert_eq!(verified, Err(ProtocolError::AccountKeyMismatch));
    let other_user = UserId::from_bytes([8; 16]);
    let verified = VerifiedDeviceList::verify(first.list().clone(), other_user, Some(&key));
    assert_eq!(verified, Err(ProtocolError::AddressMismatch));
}

// KEY-12
#[test]
fn t31_lists_that_contradict_themselves_are_refused() {
    let (account, phone, _, first, second) = lists();
    let twice = account.first_device_list(USER, vec![listed(&phone), listed(&phone)], NOW);
    assert_eq!(twice, Err(ProtocolError::Decode));
    for edit in [
        (|list: &mut DeviceList| list.sequence = 0) as fn(&mut DeviceList),
        |list| list.previous_hash = [0; 32],
        |list| list.sequence = 1,
    ] {
        let mut list = second.list().clone();
        edit(&mut list);
        assert_eq!(
            VerifiedDeviceList::verify(list, USER, None),
            Err(ProtocolError::Decode)
        );
    }
    assert!(first.is_first() && !second.is_first());
    let bytes = second.list().to_bytes().expect("encoded");
    assert_eq!(DeviceList::from_bytes(&bytes).as_ref(), Ok(second.list()));
    assert_eq!(
        DeviceList::from_bytes(&bytes[1..]),
        Err(ProtocolError::Decode)
    );
}
