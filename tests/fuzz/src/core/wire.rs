//! The structures of the protocol (§1 to §6).

use crypto_wasm::identity::{DeviceListPin, SafetyCode};
use crypto_wasm::wire::content::{
    Delete, Edit, Membership, Reaction, Receipt, RetryRequest, Text, Timer, Typing,
};
use crypto_wasm::wire::{
    Address, Attachment, Body, Content, ConversationId, DeviceCertificate, DeviceList,
    EnvelopeKind, Header, KemPreKey, Member, MessageId, OneTimePreKey, PreKeyBundle, PreKeyFields,
    PreKeyMessage, RatchetMessage, RelayAuth, SignedPreKey, padding,
};

use crate::Target;
use crate::property::{in_bounded_memory, recode, strict};

macro_rules! targets {
    ($($structure:ident)*; $($other:ident)*) => {
        pub(crate) const TARGETS: &[Target] = &[
            $((stringify!($structure), |data| strict(stringify!($structure), recode::<$structure>, data)),)*
            $((stringify!($other), $other),)*
        ];
    };
}

targets!(
    Address DeviceCertificate DeviceList DeviceListPin Header KemPreKey OneTimePreKey PreKeyBundle PreKeyFields PreKeyMessage
    RatchetMessage RelayAuth SafetyCode SignedPreKey
    Attachment Delete Edit Member Membership Reaction Receipt RetryRequest Text Timer Typing;
    content body padded envelope_kind
);

fn content(data: &[u8]) {
    strict(
        "Content",
        |bytes| Content::from_bytes(bytes)?.to_bytes(),
        data,
    );
}

/// The first byte is the type.
fn body(data: &[u8]) {
    let Some((content_type, bytes)) = data.split_first() else {
        return;
    };
    let body = in_bounded_memory("Body", bytes.len(), || {
        Body::from_bytes(*content_type, bytes)
    });
    if let Ok(body) = body {
        assert!(body.to_bytes().expect("encoded") == bytes);
        assert_eq!(body.content_type(), *content_type);
    }
}

/// Padding is exact, and a padded content is taken under its own ids alone.
fn padded(data: &[u8]) {
    if let Ok(content) = padding::unpad(data) {
        assert!(padding::pad(content) == data);
    }
    let padded = padding::pad(data);
    assert_eq!(padded.len(), padding::padded_length(data.len()));
    assert_eq!(padding::unpad(&padded), Ok(data));
    if let Ok(content) = Content::from_bytes(data) {
        let (conversation, message) = (content.conversation_id, content.message_id);
        assert_eq!(
            Content::from_padded(&padded, conversation, message),
            Ok(content)
        );
        let other = MessageId::from_bytes(message.as_bytes().map(|byte| !byte));
        assert!(Content::from_padded(&padded, conversation, other).is_err());
        let other = ConversationId::from_bytes(conversation.as_bytes().map(|byte| !byte));
        assert!(Content::from_padded(&padded, other, message).is_err());
    }
}

/// A name has one kind and a kind one name.
fn envelope_kind(data: &[u8]) {
    let kind = std::str::from_utf8(data).map(EnvelopeKind::from_name);
    if let Ok(Ok(kind)) = kind {
        assert_eq!(kind.as_str().as_bytes(), data);
    }
}
