//! Typing notices: to those connected, and kept nowhere.

use serde_json::{Value, json};

use crate::support::hub::HubClient;
use crate::support::{Device, Person, Relay, text};

fn envelope(to: &Device, content: &[u8]) -> Value {
    let mut envelope = to.address();
    envelope["content"] = text(content).into();
    envelope
}

/// T24: none but participants, and to participants alone.
#[tokio::test]
async fn t24_typing_reaches_connected_participants_alone_and_is_not_stored() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let carol = Person::register(&relay, "carol").await;
    let conversation = alice.converse(&relay, &[&bob]).await;
    let mut alices = HubClient::connect(&relay, alice.token()).await;
    let mut carols = HubClient::connect(&relay, carol.token()).await;
    let to_bob = |content: &[u8]| json!([conversation, [envelope(bob.device(), content)]]);
    let before = relay.database().contents();
    // To a device that is not connected: as if it was.
    assert_eq!(
        alices.invoke("SendTyping", to_bob(b"lost")).await,
        Ok(Value::Null)
    );
    let mut bobs = HubClient::connect(&relay, bob.token()).await;
    assert_eq!(
        alices.invoke("SendTyping", to_bob(b"seen")).await,
        Ok(Value::Null)
    );
    let pushed = json!([{
        "conversationId": conversation,
        "sender": alice.device().address(),
        "content": text(b"seen"),
    }]);
    assert_eq!(bobs.push("ReceiveTyping").await, pushed);
    assert_eq!(relay.database().contents(), before);
    let error = carols.invoke("SendTyping", to_bob(b"x")).await.unwrap_err();
    assert!(error.contains("HubException: not-found: "), "{error}");
    let to = |device: &Device| json!([conversation, [envelope(device, b"x")]]);
    for (arguments, code) in [
        (to(carol.device()), "bad-request"),
        (to(alice.device()), "bad-request"),
        (to_bob(&[0; 1025]), "too-large"),
    ] {
        let error = alices.invoke("SendTyping", arguments).await.unwrap_err();
        let code = format!("HubException: {code}: ");
        assert!(error.contains(&code), "{error}");
    }
    // Nothing of what was refused was told.
    alices.invoke("SendTyping", to_bob(b"end")).await.unwrap();
    assert_eq!(bobs.push("ReceiveTyping").await[0]["content"], text(b"end"));
}

#[tokio::test]
async fn t12_who_types_too_much_is_slowed_down() {
    let relay = Relay::start_with(|config| config.rates.typing = 3).await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let conversation = alice.converse(&relay, &[&bob]).await;
    let mut alices = HubClient::connect(&relay, alice.token()).await;
    let call = json!([conversation, [envelope(bob.device(), b"x")]]);
    for _ in 0..3 {
        alices.invoke("SendTyping", call.clone()).await.unwrap();
    }
    let error = alices.invoke("SendTyping", call).await.unwrap_err();
    assert!(error.contains("HubException: rate-limited: "), "{error}");
}
