//! Keys, lists and what people compare (§2, §6).

use crypto_wasm::ProtocolError;
use crypto_wasm::crypto::hash::hash_with_label;
use crypto_wasm::crypto::label;
use crypto_wasm::crypto::sign::{Ed25519PrivateKey, Ed25519PublicKey, Signature};
use crypto_wasm::identity::{
    Account, DeviceListError, RETENTION_MS, SafetyCode, VerifiedDeviceList, safety_number,
};
use crypto_wasm::wire::codec::Signed as _;
use crypto_wasm::wire::{
    Address, DeviceCertificate, DeviceList, ListedDevice, RelayAuth, UserId, Version1, Wire,
};

use crate::common::{NOW, Person, refusal, rng};

const USER: UserId = UserId::from_bytes([7; 16]);

fn listed(person: &Person, device_id: u32) -> ListedDevice {
    ListedDevice {
        device_id,
        identity_key: person.identity.public_key(),
    }
}

// KEY-2
#[test]
fn an_initiator_takes_prekeys_and_certificates_of_any_age() {
    let (alice, mut bob) = (Person::new(1), Person::new(2));
    for created_at_ms in [0, u64::MAX] {
        let mut bundle = bob.bundle();
        bundle.certificate = bob
            .account
            .certify(
                bob.device.address(),
                bob.identity.public_key(),
                created_at_ms,
            )
            .expect("a certificate");
        bundle.signed_prekey.created_at_ms = created_at_ms;
        let signed = bundle.signed_prekey.signed_bytes().expect("encoded");
        bundle.signed_prekey.signature = bob.identity.sign(label::SIGNED_PREKEY, &signed);
        bundle.kem_prekey.created_at_ms = created_at_ms;
        let signed = bundle.kem_prekey.signed_bytes().expect("encoded");
        bundle.kem_prekey.signature = bob.identity.sign(label::KEM_PREKEY, &signed);
        assert!(alice.initiate(bundle, b"x").is_ok());
    }
    // A time that is not the signed one is no information but a forgery.
    let mut bundle = bob.bundle();
    bundle.kem_prekey.created_at_ms += 1;
    let refused = alice.initiate(bundle, b"x");
    assert_eq!(refusal(refused), Some(ProtocolError::BadSignature));
    let (_, sent) = alice.initiate(bob.bundle(), b"x").expect("a session");
    assert!(bob.accept(&sent, &alice.expected()).is_ok());
}

// KEY-11
#[test]
fn a_list_names_the_whole_encoding_of_the_list_before() {
    let account = Account::generate(&mut rng());
    let first = account
        .first_device_list(USER, vec![], NOW)
        .expect("a list");
    assert_eq!(first.list().previous_hash, [0; 32]);
    let second = account
        .next_device_list(&first, vec![], NOW)
        .expect("a list");
    let encoded = first.list().to_bytes().expect("encoded");
    let hash = hash_with_label("device list", &encoded);
    assert_eq!(second.list().previous_hash, hash);
    assert_eq!((first.hash(), second.list().sequence), (&hash, 2));
    let other = Account::generate(&mut rng());
    let refused = other.next_device_list(&second, vec![], NOW);
    assert_eq!(refused, Err(ProtocolError::AccountKeyMismatch));
}

// KEY-12
#[test]
fn a_list_with_an_identity_key_of_small_order_is_refused() {
    let account = Account::generate(&mut rng());
    let mut identity = [0; 32];
    identity[0] = 1;
    let device = ListedDevice {
        device_id: 1,
        identity_key: Ed25519PublicKey::from_bytes(identity),
    };
    let refused = account.first_device_list(USER, vec![device], NOW);
    assert_eq!(refused, Err(ProtocolError::BadSignature));
}

// KEY-14
#[test]
fn a_certificate_is_listed_only_if_all_of_it_agrees() {
    let (phone, laptop) = (Person::new(1), Person::new(2));
    let account = Account::generate(&mut rng());
    let devices = vec![listed(&phone, 1), listed(&laptop, 2)];
    let list = account
        .first_device_list(USER, devices, NOW)
        .expect("a list");
    let certify = |account: &Account, user_id, device_id, of: &Person| {
        let address = Address { user_id, device_id };
        account
            .certify(address, of.identity.public_key(), NOW)
            .expect("a certificate")
    };
    assert!(list.lists(&certify(&account, USER, 1, &phone)));
    assert!(list.lists(&certify(&account, USER, 2, &laptop)));
    let wrong: [DeviceCertificate; 4] = [
        certify(&Account::generate(&mut rng()), USER, 1, &phone),
        certify(&account, UserId::from_bytes([8; 16]), 1, &phone),
        certify(&account, USER, 3, &phone),
        certify(&account, USER, 1, &laptop),
    ];
    for (index, certificate) in wrong.iter().enumerate() {
        assert!(!list.lists(certificate), "{index}");
    }
    let addresses: Vec<u32> = list.addresses().map(|address| address.device_id).collect();
    assert_eq!(addresses, [1, 2]);
    assert_eq!(list.device(2), Some(&listed(&laptop, 2)));
}

#[test]
fn a_successor_is_of_the_same_user_and_key_and_names_the_list_before() {
    let (account, other) = (Account::generate(&mut rng()), Account::generate(&mut rng()));
    let first = account
        .first_device_list(USER, vec![], NOW)
        .expect("a list");
    let second = account
        .next_device_list(&first, vec![], NOW)
        .expect("a list");
    assert_eq!(second.follows(&first), Ok(()));
    let resign = |account: &Account, edit: fn(&mut DeviceList)| {
        let mut list = second.list().clone();
        edit(&mut list);
        list.account_key = account.public_key();
        let device = account_signature(account, &list);
        list.signature = device;
        let user_id = list.user_id;
        VerifiedDeviceList::verify(list, user_id, None).expect("a valid list")
    };
    let lists = [
        resign(&account, |list| list.user_id = UserId::from_bytes([8; 16])),
        resign(&other, |_| ()),
        resign(&account, |list| list.sequence = 3),
        resign(&account, |list| list.previous_hash[0] ^= 1),
    ];
    for (index, list) in lists.iter().enumerate() {
        let refused = list.follows(&first);
        assert_eq!(refused, Err(DeviceListError::NotSuccessor), "{index}");
    }
    assert_eq!(
        DeviceListError::NotSuccessor.code(),
        "device-list-not-successor"
    );
    assert_eq!(
        DeviceListError::from(ProtocolError::Decode).code(),
        "decode"
    );
}

/// What [`Account`] has no call for: its signature of a list that it would not make.
fn account_signature(account: &Account, list: &DeviceList) -> Signature {
    Ed25519PrivateKey::from_seed(account.seed())
        .sign(label::DEVICE_LIST, &list.signed_bytes().expect("encoded"))
}

// KEY-16
#[test]
fn a_revoked_device_with_the_account_key_can_sign_the_next_list_and_a_new_account_shows() {
    let (alice, phone, laptop) = (Person::new(1), Person::new(2), Person::new(3));
    let account = Account::generate(&mut rng());
    let copy = Account::from_seed(account.seed());
    let devices = vec![listed(&phone, 1), listed(&laptop, 2)];
    let first = account
        .first_device_list(USER, devices.clone(), NOW)
        .expect("a list");
    let revoked = account
        .next_device_list(&first, vec![listed(&phone, 1)], NOW)
        .expect("a list");
    let back = copy
        .next_device_list(&revoked, devices, NOW)
        .expect("a list");
    assert_eq!(back.follows(&revoked), Ok(()));

    let replaced = Account::generate(&mut rng());
    let refused = copy.next_device_list(
        &replaced
            .first_device_list(USER, vec![], NOW)
            .expect("a list"),
        vec![listed(&laptop, 2)],
        NOW,
    );
    assert_eq!(refused, Err(ProtocolError::AccountKeyMismatch));
    let own = alice.account.public_key();
    let number = |account: &Account| {
        safety_number(
            &alice.device.address().user_id,
            &own,
            &USER,
            &account.public_key(),
        )
    };
    assert_eq!(number(&account), number(&copy));
    assert_ne!(number(&account), number(&replaced));
}

// KEY-18
#[test]
fn replaced_prekeys_are_kept_for_thirty_days() {
    assert_eq!(RETENTION_MS, 2_592_000_000);
}

// SAF-3
#[test]
fn a_scanned_code_matches_only_with_the_roles_exchanged() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let code = |own: &Person, peer: &Person| SafetyCode {
        version: Version1,
        own_user_id: own.device.address().user_id,
        own_account_key: own.account.public_key(),
        peer_user_id: peer.device.address().user_id,
        peer_account_key: peer.account.public_key(),
    };
    let (shown, scanned) = (code(&alice, &bob), code(&bob, &alice));
    assert!(shown.matches(&scanned) && scanned.matches(&shown));
    assert!(!shown.matches(&shown));
    let other = Person::new(3);
    let edits: [fn(&mut SafetyCode, &Person); 4] = [
        |code, other| code.own_user_id = other.device.address().user_id,
        |code, other| code.own_account_key = other.account.public_key(),
        |code, other| code.peer_user_id = other.device.address().user_id,
        |code, other| code.peer_account_key = other.account.public_key(),
    ];
    for (index, edit) in edits.into_iter().enumerate() {
        let mut altered = scanned;
        edit(&mut altered, &other);
        assert!(!shown.matches(&altered), "{index}");
    }
    let bytes = shown.to_bytes().expect("encoded");
    assert_eq!(bytes.len(), 1 + 2 * (16 + 32));
    assert_eq!(SafetyCode::from_bytes(&bytes), Ok(shown));
}

// KEY-1
#[test]
fn a_login_proof_is_of_this_device_and_nothing_else() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let proof = RelayAuth {
        origin: b"https://relay.example".to_vec(),
        challenge: [4; 32],
        address: alice.device.address(),
        expires_at_ms: NOW,
    };
    let key = alice.identity.public_key();
    let signature = alice.device.prove_login(&proof).expect("signed");
    assert_eq!(proof.verify(&key, &signature), Ok(()));
    let refused = bob.device.prove_login(&proof);
    assert_eq!(refused, Err(ProtocolError::AddressMismatch));
    let mut later = proof;
    later.expires_at_ms += 1;
    let refused = later.verify(&key, &signature);
    assert_eq!(refused, Err(ProtocolError::BadSignature));
}
