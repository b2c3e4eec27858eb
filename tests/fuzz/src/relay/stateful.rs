//! One hub connection over several sockets that are sent anything.

use std::sync::{Arc, Mutex};

use axum::extract::ws;
use futures_util::{sink, stream};
use relay_server::hub::protocol::fuzzing::{self, Encoding, JSON, MESSAGEPACK};

use super::world::with_world;

/// Where one socket is lost and the next begins.
const LOSS: u8 = 0x1d;

type Sent = Arc<Mutex<Vec<ws::Message>>>;

/// Whatever comes over the sockets of one connection, what the server writes is well-formed on each of them, each but the first
/// begins with a Sequence, and the connection ends. The first byte says how long the frames are and which
/// encoding they are in.
pub(super) fn hostile_reconnects(data: &[u8]) {
    let Some((frames, data)) = data.split_first() else {
        return;
    };
    let length = usize::from(frames >> 1).max(1) * 4;
    let encoding = if frames & 1 == 0 { JSON } else { MESSAGEPACK };
    let parts: Vec<&[u8]> = data.split(|byte| *byte == LOSS).take(8).collect();
    let written: Vec<Sent> = parts.iter().map(|_| Sent::default()).collect();
    with_world(|world| {
        let sockets = parts.iter().zip(&written).enumerate();
        let sockets = sockets.map(|(index, (part, sent))| {
            let hello = (index == 0).then(|| fuzzing::stateful_handshake(encoding));
            let frames: Vec<_> = hello
                .into_iter()
                .chain(
                    part.chunks(length)
                        .map(|frame| ws::Message::binary(frame.to_vec())),
                )
                .map(Ok::<_, ()>)
                .collect();
            let sink = sink::unfold(Arc::clone(sent), |sent, message| async move {
                sent.lock().expect("not poisoned").push(message);
                Ok::<_, ()>(sent)
            });
            (sink, stream::iter(frames))
        });
        let served = fuzzing::serve_stateful(&world.hub, encoding, sockets, world.user());
        world.runtime.block_on(served).expect("served");
    });
    for (index, sent) in written.iter().enumerate() {
        check(encoding, index, &sent.lock().expect("not poisoned"));
    }
}

fn check(encoding: Encoding, index: usize, sent: &[ws::Message]) {
    let mut data: Vec<&[u8]> = sent
        .iter()
        .filter_map(|message| match message {
            ws::Message::Text(text) => Some(text.as_bytes()),
            ws::Message::Binary(bytes) => Some(bytes.as_ref()),
            _ => None,
        })
        .collect();
    if index == 0 {
        assert_eq!(data.first(), Some(&&b"{}\x1e"[..]), "{sent:?}");
        data.remove(0);
    }
    let answer = fuzzing::decode(encoding, usize::MAX, data);
    assert_eq!(answer.violation, None, "{answer:?}");
    if index > 0 && !answer.is_empty() {
        assert!(answer.starts_with_sequence(), "{answer:?}");
    }
    if index == 0 {
        assert!(!answer.has_sequence(), "{answer:?}");
    }
}
