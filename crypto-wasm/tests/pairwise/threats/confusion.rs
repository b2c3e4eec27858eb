//! T03 protocol confusion, T04 sender confusion.

use std::sync::Arc;

use crypto_wasm::ProtocolError;
use crypto_wasm::crypto::sign::Ed25519PublicKey;
use crypto_wasm::identity::Expectations;
use crypto_wasm::session::SessionRecord;
use crypto_wasm::wire::content::{
    Delete, Edit, Membership, Reaction, Receipt, Resend, RetryRequest, Text, Timer, Typing,
};
use crypto_wasm::wire::{
    Attachment, Body, Content, ConversationId, EnvelopeKind, FileKey, Flag, Member, MessageId,
    PreKeyMessage, UserId, Wire as _, padding,
};

use crate::common::{Person, converse, refusal, rng};

const CONVERSATION: ConversationId = ConversationId::from_bytes([1; 16]);
const MESSAGE: MessageId = MessageId::from_bytes([2; 16]);
const OTHER: MessageId = MessageId::from_bytes([3; 16]);

fn content(body: Body) -> Content {
    Content {
        conversation_id: CONVERSATION,
        message_id: MESSAGE,
        sent_at_ms: 5,
        body,
    }
}

fn text() -> Body {
    Body::Text(Text {
        text: "hello".to_owned(),
        reply_to: None,
    })
}

fn bodies() -> Vec<Body> {
    let member = Member {
        user_id: UserId::from_bytes([4; 16]),
        account_key: Ed25519PublicKey::from_bytes([5; 32]),
    };
    vec![
        text(),
        Body::DeliveryReceipt(Receipt {
            message_ids: vec![OTHER],
        }),
        Body::ReadReceipt(Receipt {
            message_ids: vec![OTHER],
        }),
        Body::Typing(Typing {
            started: Flag(true),
        }),
        Body::Reaction(Reaction {
            message_id: OTHER,
            emoji: "x".to_owned(),
            removed: Flag(false),
        }),
        Body::Edit(Edit {
            message_id: OTHER,
            text: "changed".to_owned(),
        }),
        Body::Delete(Delete { message_id: OTHER }),
        Body::Attachment(Attachment {
            blob_id: [6; 16],
            key: Arc::new(FileKey::copy_from(&[7; 32])),
            digest: [8; 32],
            size: 9,
            name: "a.txt".to_owned(),
            media_type: "text/plain".to_owned(),
            preview: None,
        }),
        Body::RetryRequest(RetryRequest {
            message_id: OTHER,
            reason: 0,
        }),
        Body::Timer(Timer { seconds: 60 }),
        Body::Membership(Membership {
            revision: 0,
            members: vec![member],
            name: "name".to_owned(),
        }),
        Body::Resend(Resend {
            original_message_id: OTHER,
            original_sent_at_ms: 1,
            original: Box::new(text()),
        }),
    ]
}

// CNT-3
#[test]
fn t03_a_control_message_is_refused_where_a_text_belongs_and_the_reverse() {
    for body in bodies() {
        let bytes = body.to_bytes().expect("encoded");
        for content_type in 0..=u8::MAX {
            let decoded = Body::from_bytes(content_type, &bytes);
            if content_type == body.content_type() {
                assert_eq!(decoded.as_ref(), Ok(&body));
                continue;
            }
            // Small control bodies may decode as one another: the type beside them is authenticated.
            if let Ok(decoded) = &decoded {
                assert_eq!(decoded.content_type(), content_type);
            }
            let is_text = |content_type| [1, 8, 12, 13].contains(&content_type);
            if is_text(content_type) || is_text(body.content_type()) {
                assert_eq!(
                    decoded,
                    Err(ProtocolError::Decode),
                    "{body:?} as {content_type}"
                );
            }
        }
    }
}

#[test]
fn t03_the_content_type_is_authenticated() {
    let (alice, mut bob) = (Person::new(1), Person::new(2));
    let (mut ours, mut theirs) = converse(&alice, &mut bob);
    let padded = content(text()).to_padded().expect("encoded");
    let sent = ours.encrypt(&padded, &mut rng()).expect("sent");
    let before = theirs.export().expect("exported");
    // AES-GCM is a stream cipher below its tag: without the tag this would turn the text into a typing notice.
    let type_at = sent.bytes.len() - 16 - padded.len() + 41;
    let mut altered = sent.bytes.clone();
    altered[type_at] ^= 1 ^ 4;
    assert_eq!(
        theirs.decrypt(sent.kind, &altered, &mut rng()),
        Err(ProtocolError::Decrypt)
    );
    assert!(theirs.export().expect("exported") == before);
    assert_eq!(
        theirs
            .decrypt(sent.kind, &sent.bytes, &mut rng())
            .as_deref(),
        Ok(&*padded)
    );
}

// SES-1, SES-4
#[test]
fn t03_the_kind_of_an_envelope_cannot_be_exchanged() {
    let (alice, mut bob) = (Person::new(1), Person::new(2));
    let (mut ours, mut theirs) = converse(&alice, &mut bob);
    let prekey = ours.encrypt(b"x", &mut rng()).expect("sent");
    let reply = theirs.encrypt(b"y", &mut rng()).expect("sent");
    assert_eq!(
        theirs.decrypt(EnvelopeKind::Ratchet, &prekey.bytes, &mut rng()),
        Err(ProtocolError::Decode)
    );
    assert_eq!(
        ours.decrypt(EnvelopeKind::PreKey, &reply.bytes, &mut rng()),
        Err(ProtocolError::Decode)
    );
    // A reply put behind the outer fields of the session that it answers.
    let mut wrapped = PreKeyMessage::from_bytes(&prekey.bytes).expect("decoded");
    wrapped.message = crypto_wasm::wire::RatchetMessage::from_bytes(&reply.bytes).expect("decoded");
    let wrapped = wrapped.to_bytes().expect("encoded");
    assert_eq!(
        ours.decrypt(EnvelopeKind::PreKey, &wrapped, &mut rng()),
        Err(ProtocolError::Decrypt)
    );
}

// CNT-7
#[test]
fn t04_a_content_belongs_to_the_envelope_that_it_came_in() {
    let padded = content(text()).to_padded().expect("encoded");
    assert!(Content::from_padded(&padded, CONVERSATION, MESSAGE).is_ok());
    let elsewhere = ConversationId::from_bytes([9; 16]);
    assert_eq!(
        Content::from_padded(&padded, elsewhere, MESSAGE),
        Err(ProtocolError::Decode)
    );
    assert_eq!(
        Content::from_padded(&padded, CONVERSATION, OTHER),
        Err(ProtocolError::Decode)
    );
    let bare = content(text()).to_bytes().expect("encoded");
    assert!(padding::unpad(&bare).is_err());
}

// CNT-17
#[test]
fn t04_an_envelope_from_another_sender_opens_no_session() {
    let (alice, mut bob, eve) = (Person::new(1), Person::new(2), Person::new(3));
    let (mut ours, theirs) = converse(&alice, &mut bob);
    let mut record = SessionRecord::new();
    record.insert(theirs);
    let before = record.export().expect("exported");
    let prekey = ours.encrypt(b"x", &mut rng()).expect("sent");

    // The relay says that Eve sent it.
    let refused = record.decrypt(
        &mut bob.device,
        prekey.kind,
        &prekey.bytes,
        &eve.expected(),
        &mut rng(),
    );
    assert_eq!(refused, Err(ProtocolError::AccountKeyMismatch));
    let other_device = Expectations {
        account_key: None,
        address: eve.expected().address,
    };
    let refused = record.decrypt(
        &mut bob.device,
        prekey.kind,
        &prekey.bytes,
        &other_device,
        &mut rng(),
    );
    assert_eq!(refused, Err(ProtocolError::AddressMismatch));
    let inner = PreKeyMessage::from_bytes(&prekey.bytes)
        .expect("decoded")
        .message;
    let inner = inner.to_bytes().expect("encoded");
    let refused = record.decrypt(
        &mut bob.device,
        EnvelopeKind::Ratchet,
        &inner,
        &eve.expected(),
        &mut rng(),
    );
    assert_eq!(refused, Err(ProtocolError::Decrypt));
    assert!(record.export().expect("exported") == before);

    let taken = record.decrypt(
        &mut bob.device,
        prekey.kind,
        &prekey.bytes,
        &alice.expected(),
        &mut rng(),
    );
    assert_eq!(taken.as_deref(), Ok(&b"x"[..]));
    let peer = record.current().expect("a session").peer();
    assert_eq!(peer, alice.device.certificate().certificate());
}

// SES-4
#[test]
fn t04_the_certificate_in_a_message_is_that_of_the_session() {
    let (alice, mut bob, eve) = (Person::new(1), Person::new(2), Person::new(3));
    let (mut ours, mut theirs) = converse(&alice, &mut bob);
    let sent = ours.encrypt(b"x", &mut rng()).expect("sent");
    let mut message = PreKeyMessage::from_bytes(&sent.bytes).expect("decoded");
    message.fields.sender = eve.device.certificate().certificate().clone();
    let relabelled = message.to_bytes().expect("encoded");
    let before = theirs.export().expect("exported");
    assert_eq!(
        theirs.decrypt(EnvelopeKind::PreKey, &relabelled, &mut rng()),
        Err(ProtocolError::Decrypt)
    );
    assert!(theirs.export().expect("exported") == before);
    let state = bob.state();
    assert_eq!(
        refusal(bob.accept(&relabelled, &Expectations::default())),
        Some(ProtocolError::ReplayedPreKeyMessage)
    );
    assert_eq!(bob.state(), state);
}
