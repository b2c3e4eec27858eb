//! The hub's decoders.

use relay_server::hub::protocol::fuzzing::{self, Decoded, Encoding, JSON, MESSAGEPACK};

use crate::property::in_bounded_memory;

/// The bound of one message in these runs, in bytes.
const LIMIT: usize = 4096;

pub(super) fn json(data: &[u8]) {
    stream(JSON, data);
}

pub(super) fn messagepack(data: &[u8]) {
    stream(MESSAGEPACK, data);
}

/// Frames may be cut anywhere, what was read is written so that it reads the same, and memory is bounded by what came. The first
/// byte says how long the frames are.
fn stream(encoding: Encoding, data: &[u8]) {
    let Some((frame, data)) = data.split_first() else {
        return;
    };
    let whole = in_bounded_memory("a hub stream", data.len(), || {
        fuzzing::decode(encoding, LIMIT, [data])
    });
    let cut =
        |length: u8| fuzzing::decode(encoding, LIMIT, data.chunks(usize::from(length).max(1)));
    assert!(same(&cut(*frame), &whole, encoding));
    assert!(same(&cut(1), &whole, encoding));

    // Numbers are written in one form, texts escaped in one way: after the first time nothing changes any more.
    let written = whole.encode(encoding);
    let read = fuzzing::decode(encoding, usize::MAX, [written.as_slice()]);
    assert_eq!(read.violation, None, "{whole:?}");
    assert!(read.encode(encoding) == written, "{whole:?}");
}

/// Equal; not by the numbers, of which some are not even equal to themselves.
fn same(a: &Decoded, b: &Decoded, encoding: Encoding) -> bool {
    a.len() == b.len() && a.violation == b.violation && a.encode(encoding) == b.encode(encoding)
}

/// A handshake may be cut anywhere, and nothing that follows it is lost.
pub(super) fn handshake(data: &[u8]) {
    let Some((frame, data)) = data.split_first() else {
        return;
    };
    let whole = in_bounded_memory("a handshake", data.len(), || fuzzing::handshake([data]));
    let cut = |length: u8| fuzzing::handshake(data.chunks(usize::from(length).max(1)));
    assert_eq!(cut(*frame), whole);
    assert_eq!(cut(1), whole);
    match whole {
        Ok(Some((_, rest))) => assert!(data.ends_with(&rest)),
        Ok(None) => assert!(!data.contains(&0x1e)),
        Err(refusal) => assert!(!refusal.is_empty()),
    }
}
