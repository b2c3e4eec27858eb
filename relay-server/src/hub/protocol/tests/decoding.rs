//! Streams of messages, cut anywhere.

use proptest::prelude::*;

use crate::hub::protocol::decoder::Decoder;
use crate::hub::protocol::message::{Message, Outcome, Protocol, ProtocolError, Received};
use crate::hub::protocol::{Arguments, Value, json, messagepack};

fn drain(decoder: &mut Decoder, messages: &mut Vec<Received>) -> Result<(), ProtocolError> {
    while let Some(message) = decoder.next()? {
        messages.push(message);
    }
    Ok(())
}

/// Decodes the parts one after the other.
fn decode<'a>(
    protocol: Protocol,
    limit: usize,
    parts: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<Received>, Result<(), ProtocolError>) {
    let mut decoder = Decoder::new(protocol, limit);
    let mut messages = Vec::new();
    for part in parts {
        decoder.push(part);
        if let Err(error) = drain(&mut decoder, &mut messages) {
            return (messages, Err(error));
        }
    }
    (messages, Ok(()))
}

fn encode(protocol: Protocol, message: &Message) -> Vec<u8> {
    match protocol {
        Protocol::Json => json::encode(message).into_bytes(),
        Protocol::MessagePack => messagepack::encode(message).to_vec(),
    }
}

fn value() -> impl Strategy<Value = Value> {
    // Unsigned and negative integers and fractions, so that JSON brings back the same kind; no bytes, which JSON has not.
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<u64>().prop_map(Value::UInt),
        (i64::MIN..0).prop_map(Value::Int),
        (-1000_i32..1000).prop_map(|number| Value::Float(f64::from(number) + 0.5)),
        ".{0,12}".prop_map(Value::String),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((".{0,5}", inner), 0..4).prop_map(Value::Map),
        ]
    })
}

fn message() -> impl Strategy<Value = Message> {
    let arguments = || prop::collection::vec(value(), 0..4).prop_map(Arguments::new);
    prop_oneof![
        (
            prop::option::of("[0-9]{1,3}"),
            ".{0,8}",
            arguments(),
            prop::collection::vec("[0-9]", 0..3)
        )
            .prop_map(|(id, target, arguments, stream_ids)| Message::Invocation {
                id,
                target,
                arguments,
                stream_ids
            }),
        ("[0-9]", value()).prop_map(|(id, item)| Message::StreamItem { id, item }),
        ("[0-9]", ".{0,9}").prop_map(|(id, error)| Message::Completion {
            id,
            outcome: Outcome::Error(error)
        }),
        ("[0-9]", value()).prop_map(|(id, result)| Message::Completion {
            id,
            outcome: Outcome::Result(result)
        }),
        "[0-9]".prop_map(|id| Message::Completion {
            id,
            outcome: Outcome::Void
        }),
        ("[0-9]", ".{0,8}", arguments()).prop_map(|(id, target, arguments)| {
            Message::StreamInvocation {
                id,
                target,
                arguments,
                stream_ids: Vec::new(),
            }
        }),
        "[0-9]".prop_map(|id| Message::CancelInvocation { id }),
        Just(Message::Ping),
        (prop::option::of(".{0,9}"), any::<bool>()).prop_map(|(error, allow_reconnect)| {
            Message::Close {
                error,
                allow_reconnect,
            }
        }),
        any::<u64>().prop_map(|sequence_id| Message::Ack { sequence_id }),
        any::<u64>().prop_map(|sequence_id| Message::Sequence { sequence_id }),
    ]
}

fn protocol() -> impl Strategy<Value = Protocol> {
    prop_oneof![Just(Protocol::Json), Just(Protocol::MessagePack)]
}

/// Cuts `bytes` at the given places, in any order and taken modulo the length.
fn cut<'a>(bytes: &'a [u8], places: &[usize]) -> Vec<&'a [u8]> {
    let mut places: Vec<_> = places
        .iter()
        .map(|place| place % (bytes.len() + 1))
        .collect();
    places.extend([0, bytes.len()]);
    places.sort_unstable();
    places
        .windows(2)
        .map(|window| &bytes[window[0]..window[1]])
        .collect()
}

proptest! {
    #[test]
    fn any_split_gives_the_same_messages(
        protocol in protocol(),
        messages in prop::collection::vec(message(), 0..6),
        places in prop::collection::vec(any::<usize>(), 0..8),
    ) {
        let bytes: Vec<u8> = messages.iter().flat_map(|message| encode(protocol, message)).collect();
        let expected: Vec<_> = messages.into_iter().map(Received::Message).collect();
        let whole = decode(protocol, 1 << 20, [bytes.as_slice()]);
        prop_assert_eq!(&whole, &(expected, Ok(())));
        prop_assert_eq!(&decode(protocol, 1 << 20, cut(&bytes, &places)), &whole);
        prop_assert_eq!(&decode(protocol, 1 << 20, bytes.chunks(1)), &whole);
    }

    #[test]
    fn any_bytes_are_refused_or_read_alike_in_any_split(
        protocol in protocol(),
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        places in prop::collection::vec(any::<usize>(), 0..8),
        limit in 0_usize..200,
    ) {
        prop_assert_eq!(decode(protocol, limit, cut(&bytes, &places)), decode(protocol, limit, [bytes.as_slice()]));
    }

    #[test]
    fn damaged_messages_never_panic(
        protocol in protocol(),
        message in message(),
        damage in prop::collection::vec((any::<usize>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = encode(protocol, &message);
        for (place, byte) in damage {
            let place = place % bytes.len();
            bytes[place] = byte;
        }
        let (messages, _) = decode(protocol, 1 << 20, [bytes.as_slice()]);
        prop_assert!(messages.len() <= bytes.len());
    }
}

#[test]
fn the_limit_counts_a_message_without_its_framing() {
    let record = br#"{"type":6}"#;
    let json: Vec<u8> = record.iter().copied().chain([0x1E]).collect();
    assert_eq!(decode(Protocol::Json, 10, [json.as_slice()]).1, Ok(()));
    assert_eq!(
        decode(Protocol::Json, 9, [json.as_slice()]).1,
        Err(ProtocolError::TooLarge)
    );
    assert_eq!(decode(Protocol::Json, 10, [&[b' '; 10][..]]).1, Ok(()));
    assert_eq!(
        decode(Protocol::Json, 10, [&[b' '; 11][..]]).1,
        Err(ProtocolError::TooLarge)
    );
    assert_eq!(
        decode(Protocol::MessagePack, 2, [&b"\x02\x91\x06"[..]]).1,
        Ok(())
    );
    assert_eq!(
        decode(Protocol::MessagePack, 1, [&b"\x02"[..]]).1,
        Err(ProtocolError::TooLarge)
    );
    assert_eq!(
        decode(
            Protocol::MessagePack,
            1 << 20,
            [&b"\xff\xff\xff\xff\x07"[..]]
        )
        .1,
        Err(ProtocolError::TooLarge)
    );
    assert_eq!(
        decode(Protocol::MessagePack, 10, [&b"\x00"[..]]).1,
        Err(ProtocolError::Encoding)
    );
}

#[test]
fn messages_before_a_violation_count() {
    let (messages, end) = decode(
        Protocol::Json,
        100,
        [&b"{\"type\":6}\x1e\x1e{\"type\":6}\x1e"[..]],
    );
    assert_eq!(
        (messages, end),
        (
            vec![Received::Message(Message::Ping)],
            Err(ProtocolError::Encoding)
        )
    );
}
