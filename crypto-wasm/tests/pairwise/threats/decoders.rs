//! T20 decoder bugs: whatever arrives is a value with exactly that encoding, or a typed error.

use crypto_wasm::ProtocolError;
use crypto_wasm::identity::{Device, SafetyCode};
use crypto_wasm::session::{Session, SessionRecord};
use crypto_wasm::wire::content::{Text, Timer};
use crypto_wasm::wire::{
    Address, Body, Content, ConversationId, DeviceCertificate, DeviceList, KemPreKey, MessageId,
    OneTimePreKey, PreKeyBundle, PreKeyMessage, RatchetMessage, RelayAuth, SignedPreKey, Version1,
    Wire, padding,
};
use proptest::prelude::*;

use crate::common::{NOW, Person, converse, rng};

type Recode = fn(&[u8]) -> Result<Vec<u8>, ProtocolError>;

fn recode<T: Wire>(bytes: &[u8]) -> Result<Vec<u8>, ProtocolError> {
    let value = T::from_bytes(bytes)?;
    let encoded = value.to_bytes()?;
    // The length that is announced is the one that is written.
    assert_eq!(value.tls_serialized_len(), encoded.len());
    Ok(encoded)
}

/// Every decoder of bytes that others send or that were stored.
const DECODERS: [(&str, Recode); 14] = [
    ("DeviceCertificate", recode::<DeviceCertificate>),
    ("DeviceList", recode::<DeviceList>),
    ("SignedPreKey", recode::<SignedPreKey>),
    ("OneTimePreKey", recode::<OneTimePreKey>),
    ("KemPreKey", recode::<KemPreKey>),
    ("PreKeyBundle", recode::<PreKeyBundle>),
    ("PreKeyMessage", recode::<PreKeyMessage>),
    ("RatchetMessage", recode::<RatchetMessage>),
    ("RelayAuth", recode::<RelayAuth>),
    ("SafetyCode", recode::<SafetyCode>),
    ("Content", |bytes| Content::from_bytes(bytes)?.to_bytes()),
    ("Device", |bytes| {
        Ok(Device::import(bytes)?.export()?.to_vec())
    }),
    ("Session", |bytes| {
        Ok(Session::import(bytes)?.export()?.to_vec())
    }),
    ("SessionRecord", |bytes| {
        Ok(SessionRecord::import(bytes)?.export()?.to_vec())
    }),
];

fn wire(value: &impl Wire) -> Vec<u8> {
    value.to_bytes().expect("encoded")
}

/// A valid encoding for every decoder, in its order.
fn samples() -> Vec<Vec<u8>> {
    let (alice, mut bob) = (Person::new(1), Person::new(2));
    let bundle = bob.bundle();
    let (mut ours, mut theirs) = converse(&alice, &mut bob);
    let first = ours.encrypt(b"x", &mut rng()).expect("sent");
    let reply = theirs.encrypt(b"y", &mut rng()).expect("sent");
    let address = alice.device.address();
    let list = alice
        .account
        .first_device_list(address.user_id, Vec::new(), NOW)
        .expect("a list");
    let content = Content {
        conversation_id: ConversationId::from_bytes([1; 16]),
        message_id: MessageId::from_bytes([2; 16]),
        sent_at_ms: NOW,
        body: Body::Text(Text {
            text: "hello".to_owned(),
            reply_to: Some(MessageId::from_bytes([3; 16])),
        }),
    };
    let login = RelayAuth {
        origin: b"https://relay.example".to_vec(),
        challenge: [4; 32],
        address,
        expires_at_ms: NOW,
    };
    let code = SafetyCode {
        version: Version1,
        own_user_id: address.user_id,
        own_account_key: alice.account.public_key(),
        peer_user_id: bob.device.address().user_id,
        peer_account_key: bob.account.public_key(),
    };
    let session = theirs.export().expect("exported").to_vec();
    let mut record = SessionRecord::new();
    record.insert(theirs);
    record.insert(ours);
    vec![
        wire(&bundle.certificate),
        wire(list.list()),
        wire(&bundle.signed_prekey),
        wire(&bundle.one_time_prekey.expect("asked for")),
        wire(&bundle.kem_prekey),
        wire(&bundle),
        first.bytes,
        reply.bytes,
        wire(&login),
        wire(&code),
        content.to_bytes().expect("encoded"),
        bob.state(),
        session,
        record.export().expect("exported").to_vec(),
    ]
}

fn check(name: &str, decode: Recode, bytes: &[u8]) -> Result<(), TestCaseError> {
    match decode(bytes) {
        Ok(encoded) => prop_assert!(encoded == bytes, "{name} took another encoding of a value"),
        Err(error) => prop_assert_eq!(error, ProtocolError::Decode, "{}", name),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    // ENC-5
    #[test]
    fn t20_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        for (name, decode) in DECODERS {
            check(name, decode, &bytes)?;
        }
        for content_type in 0..16 {
            if let Ok(body) = Body::from_bytes(content_type, &bytes) {
                prop_assert_eq!(body.to_bytes(), Ok(bytes.clone()));
            }
        }
        if let Ok(content) = padding::unpad(&bytes) {
            prop_assert_eq!(padding::pad(content), bytes);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    // ENC-5
    #[test]
    fn t20_damaged_encodings(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 1..=u8::MAX), 60),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 20),
    ) {
        for ((name, decode), sample) in DECODERS.into_iter().zip(samples()) {
            prop_assert!(decode(&sample) == Ok(sample.clone()), "{name}");
            for (at, flip) in &edits {
                let mut damaged = sample.clone();
                damaged[at.index(sample.len())] ^= flip;
                check(name, decode, &damaged)?;
            }
            for cut in &cuts {
                prop_assert_eq!(decode(&sample[..cut.index(sample.len())]), Err(ProtocolError::Decode), "{}", name);
            }
            let mut longer = sample.clone();
            longer.push(0);
            prop_assert_eq!(decode(&longer), Err(ProtocolError::Decode), "{} with a trailing byte", name);
        }
    }
}

#[test]
fn t20_a_huge_length_is_refused_before_anything_is_allocated() {
    // 2^30 - 1 bytes are announced and none follow.
    let huge = [0xbf, 0xff, 0xff, 0xff];
    let mut message = vec![1];
    message.extend([0; 40 + 12]);
    message.extend(huge);
    assert_eq!(
        RatchetMessage::from_bytes(&message),
        Err(ProtocolError::Decode)
    );
    let mut record = vec![1];
    record.extend(huge);
    assert!(SessionRecord::import(&record).is_err());
    assert_eq!(Body::from_bytes(1, &huge), Err(ProtocolError::Decode));
    assert_eq!(Body::from_bytes(2, &huge), Err(ProtocolError::Decode));
    assert!(Timer::from_bytes(&[0, 0, 0, 9]).is_ok());
    assert!(Address::from_bytes(&[0; 19]).is_err());
}
