use crypto_wasm::ProtocolError;
use crypto_wasm::codec;
use crypto_wasm::crypto::aead::AeadKey;
use crypto_wasm::crypto::dh::X25519KeyPair;
use crypto_wasm::pqxdh::SessionSecret;
use crypto_wasm::ratchet::{MessageKey, Ratchet};
use crypto_wasm::wire::{RatchetMessage, Wire};
use serde::Deserialize;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Hex, Scripted, code, load};

#[derive(Deserialize)]
struct Ratchets {
    conversations: Vec<Conversation>,
}

#[derive(Deserialize)]
struct Conversation {
    name: String,
    secret: Hex,
    ad: Hex,
    signed_prekey_private: Hex,
    signed_prekey_public: Hex,
    initiator_ratchet_privates: Vec<Hex>,
    responder_ratchet_privates: Vec<Hex>,
    messages: Vec<Message>,
    steps: Vec<Step>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "lowercase")]
enum Side {
    Initiator,
    Responder,
}

#[derive(Deserialize)]
struct Message {
    from: Side,
    plaintext: Hex,
    ratchet_key: Hex,
    previous_chain_length: u32,
    message_number: u32,
    mk: Hex,
    key: Hex,
    nonce: Hex,
    aad: Hex,
    message: Hex,
}

#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "lowercase")]
enum Step {
    Send {
        by: Side,
        message: usize,
    },
    Receive {
        by: Side,
        message: Option<usize>,
        bytes: Option<Hex>,
        result: String,
        code: Option<String>,
    },
}

/// A side that plays its part with the ratchet keys given to it. The responder's ratchet begins with a message.
struct Player {
    secret: SessionSecret,
    ad: [u8; 32],
    signed_prekey: X25519KeyPair,
    ratchet: Option<Ratchet>,
    ratchet_keys: Scripted,
}

impl Player {
    fn new(conversation: &Conversation, side: Side) -> Self {
        let keys = match side {
            Side::Initiator => &conversation.initiator_ratchet_privates,
            Side::Responder => &conversation.responder_ratchet_privates,
        };
        let mut player = Self {
            secret: SessionSecret::copy_from(&conversation.secret.array()),
            ad: conversation.ad.array(),
            signed_prekey: X25519KeyPair::from_private(
                conversation.signed_prekey_private.x25519_private(),
            ),
            ratchet: None,
            ratchet_keys: Scripted::new(keys.iter().map(|key| &**key)),
        };
        let public = player.signed_prekey.public_key();
        assert_eq!(public.as_bytes()[..], conversation.signed_prekey_public[..]);
        if side == Side::Initiator {
            let ratchet =
                Ratchet::initiate(&player.secret, player.ad, public, &mut player.ratchet_keys);
            player.ratchet = ratchet.ok();
            assert!(player.ratchet.is_some());
        }
        player
    }

    fn state(&self) -> Option<Vec<u8>> {
        self.ratchet
            .as_ref()
            .map(|ratchet| codec::encode(&[ratchet]).expect("encoded"))
    }

    fn receive(&mut self, bytes: &[u8]) -> Result<Vec<u8>, ProtocolError> {
        let message = RatchetMessage::from_bytes(bytes)?;
        if let Some(ratchet) = &mut self.ratchet {
            return ratchet.decrypt(&message, &mut self.ratchet_keys);
        }
        let keys = &mut self.ratchet_keys;
        let (ratchet, plaintext) =
            Ratchet::accept(&self.secret, self.ad, &self.signed_prekey, &message, keys)?;
        self.ratchet = Some(ratchet);
        Ok(plaintext)
    }
}

fn check_message(conversation: &Conversation, message: &Message) {
    let decoded = RatchetMessage::from_bytes(&message.message).expect("a message");
    let header = decoded.header;
    assert_eq!(header.ratchet_key.as_bytes()[..], message.ratchet_key[..]);
    assert_eq!(header.previous_chain_length, message.previous_chain_length);
    assert_eq!(header.message_number, message.message_number);
    assert_eq!(decoded.nonce[..], message.nonce[..]);
    assert_eq!(
        [&*conversation.ad, &header.to_bytes().expect("encoded")].concat(),
        *message.aad
    );
    let key = MessageKey::copy_from(&message.mk.array()).aead_key();
    assert_eq!(key.expose()[..], message.key[..]);
    let sealed = AeadKey::copy_from(&message.key.array()).seal(
        &decoded.nonce,
        &message.plaintext,
        &message.aad,
    );
    assert_eq!(sealed.as_deref(), Ok(&*decoded.ciphertext));
}

fn play(conversation: &Conversation, step: &Step, player: &mut Player, index: usize) {
    let place = format!("{}, step {index}", conversation.name);
    match step {
        Step::Send { by, message } => {
            let message = &conversation.messages[*message];
            assert_eq!(message.from, *by, "{place}");
            let ratchet = player.ratchet.as_mut().expect("a ratchet");
            let sent = ratchet.encrypt(&message.plaintext, &mut Scripted::new([&*message.nonce]));
            let sent = sent.expect(&place).to_bytes().expect("encoded");
            assert_eq!(sent, *message.message, "{place}");
        }
        Step::Receive {
            message,
            bytes,
            result,
            code: expected,
            ..
        } => {
            let message = message.map(|message| &conversation.messages[message]);
            let given = bytes.as_ref().or(message.map(|message| &message.message));
            let before = player.state();
            let received = player.receive(given.expect("bytes or a message"));
            if result == "ok" {
                let plaintext = &message.expect("only sent messages are received").plaintext;
                assert_eq!(received.as_deref(), Ok(&**plaintext), "{place}");
            } else {
                assert_eq!(
                    code(received),
                    expected.as_deref().expect("a code"),
                    "{place}"
                );
                assert!(
                    player.state() == before,
                    "{place}: a refused message changed the state"
                );
            }
        }
    }
}

// RAT-1, RAT-4, RAT-5, RAT-6, RAT-7, RAT-8, RAT-10, SES-3, ERR-1, ERR-2
#[wasm_bindgen_test(unsupported = test)]
fn conversations() {
    let conversations = load::<Ratchets>("ratchet.json").conversations;
    assert!(!conversations.is_empty());
    for conversation in conversations {
        assert!(!conversation.steps.is_empty() && !conversation.messages.is_empty());
        for message in &conversation.messages {
            check_message(&conversation, message);
        }
        let mut initiator = Player::new(&conversation, Side::Initiator);
        let mut responder = Player::new(&conversation, Side::Responder);
        for (index, step) in conversation.steps.iter().enumerate() {
            let (Step::Send { by, .. } | Step::Receive { by, .. }) = step;
            let player = match by {
                Side::Initiator => &mut initiator,
                Side::Responder => &mut responder,
            };
            play(&conversation, step, player, index);
        }
        assert_eq!(
            initiator.ratchet_keys.remaining(),
            0,
            "{}",
            conversation.name
        );
        assert_eq!(
            responder.ratchet_keys.remaining(),
            0,
            "{}",
            conversation.name
        );
    }
}
