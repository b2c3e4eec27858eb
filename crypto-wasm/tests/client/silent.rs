//! Contents that this release decodes and does nothing with, and changes of what somebody else wrote.

use crypto_wasm::client::OutboxStep;
use crypto_wasm::wire::content::{Delete, Edit, Receipt, Resend, RetryRequest, Typing};
use crypto_wasm::wire::{Body, Content, Flag, ListedDevice, MessageId};

use crate::support::{Extra, NOW, World, certificate_of, text};

// SES-12, SES-13, CNT-18, CNT-19
#[test]
fn no_other_content_shows_changes_or_sends_anything() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    let message_id = alice.say(id, "as it was").id;
    let mut second = Extra::beside(&bob, 7);
    second.settle_at(&bob);
    let first = ListedDevice {
        device_id: bob.address().device_id,
        identity_key: certificate_of(&bob).identity_key,
    };
    Extra::publish(&bob, vec![first, second.listed()]);
    alice.meet(&bob);
    let receipt = Receipt {
        message_ids: vec![message_id],
    };
    let silent = [
        Body::DeliveryReceipt(receipt.clone()),
        Body::ReadReceipt(receipt),
        Body::Typing(Typing {
            started: Flag(true),
        }),
        Body::Edit(Edit {
            message_id,
            text: "otherwise".to_owned(),
        }),
        Body::Delete(Delete { message_id }),
        Body::RetryRequest(RetryRequest {
            message_id,
            reason: 0,
        }),
        Body::Resend(Resend {
            original_message_id: MessageId::from_bytes([99; 16]),
            original_sent_at_ms: NOW,
            original: Box::new(text(id, 99, "once more").body),
        }),
    ];
    let posted = world.relay.borrow().posted.len();
    for (number, body) in (1..).zip(silent) {
        let content = Content {
            conversation_id: id,
            message_id: MessageId::from_bytes([number; 16]),
            sent_at_ms: NOW,
            body,
        };
        let envelope = second.compose(&alice, &content);
        world.relay.borrow_mut().deliver(alice.address(), envelope);
        alice.fetch();
        assert_eq!(alice.lines(id), ["#0", "as it was"], "{number}");
        assert!(matches!(alice.step(), OutboxStep::Idle), "{number}");
    }
    assert_eq!(alice.errors(), [""; 0]);
    assert_eq!(world.relay.borrow().posted.len(), posted);
    // All of them did arrive: what follows them does.
    let envelope = second.compose(&alice, &text(id, 50, "after"));
    world.relay.borrow_mut().deliver(alice.address(), envelope);
    alice.fetch();
    assert_eq!(alice.texts(id), ["as it was", "after"]);
}
