//! One hub connection that is sent anything, beside one that behaves.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::ws;
use futures_util::{StreamExt as _, sink, stream};
use relay_server::hub::protocol::fuzzing::{self, Decoded, Encoding};

use super::world::{World, with_world};

/// The bound of a message, as the relay has it by default.
const LIMIT: usize = 32 * 1024;
const HONEST: &[u8] = b"{\"protocol\":\"json\",\"version\":1}\x1e\
    {\"type\":1,\"invocationId\":\"1\",\"target\":\"Acknowledge\",\"arguments\":[0]}\x1e";
const ANSWER: &str = "{\"type\":3,\"invocationId\":\"1\"}\u{1e}";

/// A violation ends that connection with the agreed message, what the server writes is always well-formed, and others are served
/// as before. The first byte says how long the frames are and of which kind.
pub(super) fn hostile_frames(data: &[u8]) {
    let Some((frames, data)) = data.split_first() else {
        return;
    };
    let length = usize::from(frames >> 1).max(1) * 4;
    let parts: Vec<&[u8]> = data.chunks(length).collect();
    with_world(|world| {
        check(&parts, &serve(world, &parts, frames & 1 == 0, None));
        let honest = serve(world, &[HONEST], true, Some(ANSWER));
        assert!(honest.contains(&ws::Message::text(ANSWER)), "{honest:?}");
    });
}

type Sent = Arc<Mutex<Vec<ws::Message>>>;

/// What the server sends to a client that sends these frames, waits for an answer if told which, and leaves.
fn serve(
    world: &World,
    parts: &[&[u8]],
    as_text: bool,
    answer: Option<&'static str>,
) -> Vec<ws::Message> {
    let frames: Vec<ws::Message> = parts
        .iter()
        .map(|part| match std::str::from_utf8(part) {
            Ok(text) if as_text => ws::Message::text(text),
            _ => ws::Message::binary(part.to_vec()),
        })
        .collect();
    let sent = Sent::default();
    let sink = sink::unfold(Arc::clone(&sent), |sent, message| async move {
        sent.lock().expect("not poisoned").push(message);
        Ok::<_, ()>(sent)
    });
    let last = stream::once(until(Arc::clone(&sent), answer)).filter_map(async |()| None);
    let stream = stream::iter(frames).chain(last).map(Ok::<_, ()>);
    world.runtime.block_on(fuzzing::serve(
        &world.hub,
        (Box::pin(sink), Box::pin(stream)),
        "id",
        world.user(),
    ));
    let sent = sent.lock().expect("not poisoned");
    sent.clone()
}

/// Ready when the message was sent, or after ten seconds.
async fn until(sent: Sent, message: Option<&'static str>) {
    let Some(message) = message.map(ws::Message::text) else {
        return;
    };
    for _ in 0..10_000 {
        if sent.lock().expect("not poisoned").contains(&message) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

fn check(parts: &[&[u8]], sent: &[ws::Message]) {
    let data: Vec<&[u8]> = sent
        .iter()
        .filter_map(|message| match message {
            ws::Message::Text(text) => Some(text.as_bytes()),
            ws::Message::Binary(bytes) => Some(bytes.as_ref()),
            _ => None,
        })
        .collect();
    match fuzzing::handshake(parts.iter().copied()) {
        Ok(None) => assert!(data.is_empty(), "{data:?}"),
        Err(refusal) => {
            let refusal = serde_json::json!({ "error": refusal }).to_string() + "\u{1e}";
            assert_eq!(data, [refusal.as_bytes()]);
        }
        Ok(Some((encoding, rest))) => {
            let (acceptance, messages) = data.split_first().expect("an answer");
            assert_eq!(*acceptance, b"{}\x1e");
            let received = fuzzing::decode(encoding, LIMIT, [rest.as_slice()]);
            answered(encoding, &received, messages);
        }
    }
}

/// The server's messages are well-formed, and a violation is answered by a Close with an error at the end.
fn answered(encoding: Encoding, received: &Decoded, messages: &[&[u8]]) {
    let answer = fuzzing::decode(encoding, usize::MAX, messages.iter().copied());
    assert_eq!(answer.violation, None, "{answer:?}");
    if received.violation.is_some() && !received.has_close() {
        assert!(answer.ends_with_error(), "{received:?}: {answer:?}");
    }
}
