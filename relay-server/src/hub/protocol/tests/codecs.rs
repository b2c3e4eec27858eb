//! Exact bytes in both encodings, and what each refuses.

use bytes::Bytes;

use crate::hub::protocol::message::{Message, Outcome, ProtocolError, Received};
use crate::hub::protocol::{ArgumentError, Arguments, Value, json, messagepack};

fn invocation(id: Option<&str>, target: &str, arguments: Vec<Value>) -> Message {
    Message::Invocation {
        id: id.map(str::to_owned),
        target: target.to_owned(),
        arguments: Arguments::new(arguments),
        stream_ids: Vec::new(),
    }
}

fn bytes_123() -> Value {
    Value::from(vec![1_u8, 2, 3])
}

/// Every type of message with its JSON record and its MessagePack frame.
fn table() -> Vec<(Message, &'static str, &'static [u8])> {
    let id = || "0".to_owned();
    let completion = |outcome| Message::Completion { id: id(), outcome };
    vec![
        (
            invocation(Some("0"), "Echo", vec![bytes_123()]),
            r#"{"type":1,"invocationId":"0","target":"Echo","arguments":["AQID"]}"#,
            b"\x10\x95\x01\x80\xa1\x30\xa4\x45\x63\x68\x6f\x91\xc4\x03\x01\x02\x03",
        ),
        (
            invocation(None, "Go", vec![]),
            r#"{"type":1,"target":"Go","arguments":[]}"#,
            b"\x08\x95\x01\x80\xc0\xa2Go\x90",
        ),
        (
            Message::StreamItem {
                id: id(),
                item: Value::Null,
            },
            r#"{"type":2,"invocationId":"0","item":null}"#,
            b"\x06\x94\x02\x80\xa1\x30\xc0",
        ),
        (
            completion(Outcome::Error("no".into())),
            r#"{"type":3,"invocationId":"0","error":"no"}"#,
            b"\x09\x95\x03\x80\xa1\x30\x01\xa2no",
        ),
        (
            completion(Outcome::Void),
            r#"{"type":3,"invocationId":"0"}"#,
            b"\x06\x94\x03\x80\xa1\x30\x02",
        ),
        (
            completion(Outcome::Result(true.into())),
            r#"{"type":3,"invocationId":"0","result":true}"#,
            b"\x07\x95\x03\x80\xa1\x30\x03\xc3",
        ),
        (
            Message::StreamInvocation {
                id: id(),
                target: "S".into(),
                arguments: Arguments::default(),
                stream_ids: vec!["7".into()],
            },
            r#"{"type":4,"invocationId":"0","target":"S","arguments":[],"streamIds":["7"]}"#,
            b"\x0b\x96\x04\x80\xa1\x30\xa1S\x90\x91\xa1\x37",
        ),
        (
            Message::CancelInvocation { id: id() },
            r#"{"type":5,"invocationId":"0"}"#,
            b"\x05\x93\x05\x80\xa1\x30",
        ),
        (Message::Ping, r#"{"type":6}"#, b"\x02\x91\x06"),
        (
            Message::Close {
                error: None,
                allow_reconnect: false,
            },
            r#"{"type":7}"#,
            b"\x04\x93\x07\xc0\xc2",
        ),
        (
            Message::Close {
                error: Some("bad".into()),
                allow_reconnect: true,
            },
            r#"{"type":7,"error":"bad","allowReconnect":true}"#,
            b"\x07\x93\x07\xa3bad\xc3",
        ),
        (
            Message::Ack { sequence_id: 5 },
            r#"{"type":8,"sequenceId":5}"#,
            b"\x03\x92\x08\x05",
        ),
        (
            Message::Sequence { sequence_id: 200 },
            r#"{"type":9,"sequenceId":200}"#,
            b"\x04\x92\x09\xcc\xc8",
        ),
    ]
}

#[test]
fn json_messages() {
    for (message, record, _) in table() {
        assert_eq!(json::encode(&message), format!("{record}\u{1e}"));
        if message != invocation(Some("0"), "Echo", vec![bytes_123()]) {
            assert_eq!(
                json::decode(record.as_bytes()),
                Ok(Received::Message(message))
            );
        }
    }
}

#[test]
fn messagepack_messages() {
    for (message, _, frame) in table() {
        assert_eq!(messagepack::encode(&message), frame, "{message:?}");
        let (prefix, length) = messagepack::length_prefix(frame).unwrap().unwrap();
        assert_eq!(prefix + length, frame.len());
        assert_eq!(
            messagepack::decode(&frame[prefix..]),
            Ok(Received::Message(message))
        );
    }
}

/// One value of each kind, as both encodings write it.
#[test]
fn values() {
    let value = Value::map([
        ("a", Value::Null),
        (
            "b",
            Value::Array(vec![
                Value::Int(-1),
                Value::UInt(1),
                Value::Float(1.5),
                Value::Bool(false),
            ]),
        ),
        ("c", Value::Bytes(Bytes::from_static(b"\xfb\xff"))),
        ("d", Value::from("\u{1e}\"")),
    ]);
    let message = invocation(None, "V", vec![value.clone()]);
    assert_eq!(
        json::encode(&message),
        "{\"type\":1,\"target\":\"V\",\"arguments\":[{\"a\":null,\"b\":[-1,1,1.5,false],\"c\":\"-_8\",\"d\":\"\\u001e\\\"\"}]}\u{1e}"
    );
    let frame = messagepack::encode(&message);
    assert_eq!(
        messagepack::decode(&frame[1..]),
        Ok(Received::Message(message))
    );
}

#[test]
fn a_large_message_has_a_longer_prefix() {
    let frame = messagepack::encode(&invocation(
        None,
        "L",
        vec![Value::from(vec![0_u8; 20_000])],
    ));
    let (prefix, length) = messagepack::length_prefix(&frame).unwrap().unwrap();
    assert_eq!((prefix, prefix + length), (3, frame.len()));
}

#[test]
fn length_prefixes() {
    type Prefix = Result<Option<(usize, usize)>, ProtocolError>;
    let table: [(&[u8], Prefix); 9] = [
        (b"", Ok(None)),
        (b"\x00", Ok(Some((1, 0)))),
        (b"\x7f", Ok(Some((1, 127)))),
        (b"\x80", Ok(None)),
        (b"\x80\x01\x55", Ok(Some((2, 128)))),
        (b"\xff\xff\xff\xff", Ok(None)),
        (b"\xff\xff\xff\xff\x07", Ok(Some((5, 0x7FFF_FFFF)))),
        (b"\x80\x80\x80\x80\x08", Err(ProtocolError::Length)),
        (b"\x80\x80\x80\x80\x80\x00", Err(ProtocolError::Length)),
    ];
    for (bytes, expected) in table {
        assert_eq!(messagepack::length_prefix(bytes), expected, "{bytes:x?}");
    }
}

#[test]
fn json_leniency() {
    let plain = Ok(Received::Message(invocation(None, "A", vec![])));
    for record in [
        r#"{"arguments":[],"target":"A","type":1}"#,
        r#" {"target":"A","arguments":[],"headers":{"x":"y"},"invocationId":null,"streamIds":[],"other":{},"type":1} "#,
        r#"{"type":1.0,"target":"B","target":"A","arguments":[]}"#,
    ] {
        assert_eq!(json::decode(record.as_bytes()), plain, "{record}");
    }
    let void = Ok(Received::Message(Message::Completion {
        id: "1".into(),
        outcome: Outcome::Void,
    }));
    assert_eq!(
        json::decode(br#"{"type":3,"invocationId":"1","error":null}"#),
        void
    );
    for record in [
        r#"{"type":10,"target":5}"#,
        r#"{"type":0}"#,
        r#"{"type":18446744073709551615}"#,
    ] {
        assert_eq!(
            json::decode(record.as_bytes()),
            Ok(Received::Ignored),
            "{record}"
        );
    }
}

#[test]
fn json_refusals() {
    let deep = format!(
        r#"{{"type":1,"target":"A","arguments":{}{}}}"#,
        "[".repeat(200),
        "]".repeat(200)
    );
    let table: [(&[u8], ProtocolError); 27] = [
        (b"", ProtocolError::Encoding),
        (b"x", ProtocolError::Encoding),
        (b"{\"type\":6}}", ProtocolError::Encoding),
        (b"{\"type\":6", ProtocolError::Encoding),
        (b"{\"type\":6,}", ProtocolError::Encoding),
        (
            b"{\"type\":1,\"target\":\"\xff\",\"arguments\":[]}",
            ProtocolError::Encoding,
        ),
        (deep.as_bytes(), ProtocolError::Encoding),
        (b"[]", ProtocolError::Field),
        (b"6", ProtocolError::Field),
        (b"{}", ProtocolError::Field),
        (b"{\"type\":\"6\"}", ProtocolError::Field),
        (b"{\"type\":6.5}", ProtocolError::Field),
        (b"{\"type\":-1}", ProtocolError::Field),
        (b"{\"type\":1,\"target\":\"A\"}", ProtocolError::Field),
        (b"{\"type\":1,\"arguments\":[]}", ProtocolError::Field),
        (
            b"{\"type\":1,\"target\":\"A\",\"arguments\":{}}",
            ProtocolError::Field,
        ),
        (
            b"{\"type\":1,\"target\":5,\"arguments\":[]}",
            ProtocolError::Field,
        ),
        (
            b"{\"type\":1,\"invocationId\":0,\"target\":\"A\",\"arguments\":[]}",
            ProtocolError::Field,
        ),
        (
            b"{\"type\":1,\"target\":\"A\",\"arguments\":[],\"streamIds\":[1]}",
            ProtocolError::Field,
        ),
        (
            b"{\"type\":1,\"target\":\"A\",\"arguments\":[],\"streamIds\":\"1\"}",
            ProtocolError::Field,
        ),
        (b"{\"type\":2,\"invocationId\":\"0\"}", ProtocolError::Field),
        (
            b"{\"type\":3,\"invocationId\":\"0\",\"result\":1,\"error\":\"e\"}",
            ProtocolError::Field,
        ),
        (b"{\"type\":3,\"result\":1}", ProtocolError::Field),
        (
            b"{\"type\":4,\"target\":\"A\",\"arguments\":[]}",
            ProtocolError::Field,
        ),
        (b"{\"type\":5}", ProtocolError::Field),
        (b"{\"type\":7,\"allowReconnect\":1}", ProtocolError::Field),
        (b"{\"type\":8,\"sequenceId\":-1}", ProtocolError::Field),
    ];
    for (record, error) in table {
        assert_eq!(
            json::decode(record),
            Err(error),
            "{}",
            String::from_utf8_lossy(record)
        );
    }
}

#[test]
fn messagepack_leniency() {
    let plain = Ok(Received::Message(invocation(None, "A", vec![])));
    let bodies: [&[u8]; 4] = [
        b"\x95\x01\x80\xc0\xa1A\x90",
        b"\x96\x01\x80\xc0\xa1A\x90\x90",
        b"\x97\x01\x81\xa1x\xa1y\xc0\xa1A\x90\x90\x05",
        b"\xdc\x00\x05\xcd\x00\x01\xde\x00\x00\xc0\xd9\x01A\xdd\x00\x00\x00\x00",
    ];
    for body in bodies {
        assert_eq!(messagepack::decode(body), plain, "{body:x?}");
    }
    let close = Ok(Received::Message(Message::Close {
        error: None,
        allow_reconnect: false,
    }));
    assert_eq!(messagepack::decode(b"\x92\x07\xc0"), close);
    assert_eq!(
        messagepack::decode(b"\x92\x06\x01"),
        Ok(Received::Message(Message::Ping))
    );
    assert_eq!(messagepack::decode(b"\x92\x0a\xc3"), Ok(Received::Ignored));
    // A date in an upload stream that nobody asked for, and in the result of a call that nobody made.
    assert_eq!(
        messagepack::decode(b"\x94\x02\x80\xa1\x30\xd6\xff\x00\x00\x00\x00"),
        Ok(Received::Unwanted)
    );
    assert_eq!(
        messagepack::decode(b"\x95\x03\x80\xa1\x30\x03\xd6\xff\x00\x00\x00\x00"),
        Ok(Received::Unwanted)
    );
}

#[test]
fn messagepack_arguments_that_no_method_takes_fail_the_call_alone() {
    let table: [(&[u8], &str); 2] = [
        (
            b"\x95\x01\x80\xa1\x30\xa1A\x91\xd6\xff\x00\x00\x00\x00",
            "a MessagePack extension",
        ),
        (
            b"\x95\x01\x80\xa1\x30\xa1A\x91\x81\x01\x02",
            "a map with a key that is not a string",
        ),
    ];
    for (body, what) in table {
        let expected = Received::BindingFailure {
            id: Some("0".into()),
            target: "A".into(),
            error: ArgumentError::Unsupported(what),
        };
        assert_eq!(messagepack::decode(body), Ok(expected));
    }
}

#[test]
fn messagepack_refusals() {
    let mut deep = b"\x95\x01\x80\xc0\xa1A".to_vec();
    deep.extend([0x91; 1000]);
    deep.push(0xC0);
    let table: [(&[u8], ProtocolError); 28] = [
        (b"", ProtocolError::Encoding),
        (&deep, ProtocolError::Encoding),
        (b"\x91", ProtocolError::Encoding),
        (b"\x91\x06\x00", ProtocolError::Encoding),
        (b"\xdd\xff\xff\xff\xff\x06", ProtocolError::Encoding),
        (
            b"\x95\x01\x80\xc0\xa1A\x91\xc6\xff\xff\xff\xff",
            ProtocolError::Encoding,
        ),
        (b"\x95\x01\x80\xc0\xa1\xff\x90", ProtocolError::Encoding),
        (b"\x95\x01\x80\xa1\xff\xa1A\x90", ProtocolError::Encoding),
        (
            b"\x95\x01\x80\xc0\xa1A\x91\xa1\xff",
            ProtocolError::Encoding,
        ),
        (
            b"\x95\x01\x80\xc0\xa1A\x91\x81\xa1\xff\x01",
            ProtocolError::Encoding,
        ),
        (b"\x90", ProtocolError::Field),
        (b"\x06", ProtocolError::Field),
        (b"\x80", ProtocolError::Field),
        (b"\x91\xa1\x36", ProtocolError::Field),
        (b"\x91\xff", ProtocolError::Field),
        (b"\x94\x01\x80\xc0\xa1A", ProtocolError::Field),
        (b"\x95\x01\xc0\xc0\xa1A\x90", ProtocolError::Field),
        (b"\x95\x01\x80\x00\xa1A\x90", ProtocolError::Field),
        (b"\x95\x01\x80\xc0\xc0\x90", ProtocolError::Field),
        (b"\x95\x01\x80\xc0\xa1A\xc0", ProtocolError::Field),
        (b"\x96\x01\x80\xc0\xa1A\x90\x91\x01", ProtocolError::Field),
        (b"\x95\x04\x80\xc0\xa1A\x90", ProtocolError::Field),
        (b"\x93\x02\x80\xa1\x30", ProtocolError::Field),
        (b"\x94\x03\x80\xa1\x30\x03", ProtocolError::Field),
        (b"\x94\x03\x80\xa1\x30\x04", ProtocolError::Field),
        (b"\x92\x05\x80", ProtocolError::Field),
        (b"\x93\x07\xc0\x01", ProtocolError::Field),
        (b"\x92\x08\xff", ProtocolError::Field),
    ];
    for (body, error) in table {
        assert_eq!(messagepack::decode(body), Err(error), "{body:x?}");
    }
}
