//! Calls and their answers, in paused time.

use axum::extract::ws;
use bytes::Bytes;

use super::harness::{MESSAGEPACK, PING, Server, ask};
use crate::hub::protocol::{HubOptions, PreparedInvocation, Value};

#[tokio::test(start_paused = true)]
async fn serves_calls_in_json() {
    let server = Server::default();
    let mut client = server.connect("alice").await;
    assert_eq!(
        ask(&mut client, "0", "Echo", r#"[{"a":[1,"x"]}]"#).await,
        r#","result":{"a":[1,"x"]}}"#
    );
    assert_eq!(
        ask(&mut client, "1", "aDD", "[1,2.0]").await,
        r#","result":3}"#
    );
    assert_eq!(
        ask(&mut client, "1", "Echo", "[null]").await,
        "}",
        "an answered id is free again"
    );
    client.finish().await;
    assert_eq!(
        server.hub.log(),
        ["+alice", "Echo", "aDD", "Echo", "-alice"]
    );
}

#[tokio::test(start_paused = true)]
async fn serves_calls_in_messagepack_and_keeps_what_came_with_the_handshake() {
    let server = Server::default();
    let mut client = server.open("alice", 10);
    let call = b"\x10\x95\x01\x80\xa1\x30\xa4\x45\x63\x68\x6f\x91\xc4\x03\x01\x02\x03";
    let mut first = MESSAGEPACK.as_bytes().to_vec();
    first.extend(call);
    client.send(ws::Message::binary(first));
    assert_eq!(
        client.next_message().await,
        Some(ws::Message::binary("{}\u{1e}"))
    );
    let answer = Bytes::from_static(b"\x0b\x95\x03\x80\xa1\x30\x03\xc4\x03\x01\x02\x03");
    assert_eq!(
        client.next_message().await,
        Some(ws::Message::Binary(answer))
    );
    client.finish().await;
}

#[tokio::test(start_paused = true)]
async fn messages_may_share_a_frame_or_be_spread_over_several() {
    let server = Server::default();
    let mut client = server.connect("alice").await;
    let call = r#"{"type":1,"invocationId":"0","target":"Add","arguments":[1,2]}"#;
    client.text(&format!("{PING}\u{1e}{}", &call[..20]));
    client.text(&format!("{}\u{1e}{PING}\u{1e}", &call[20..]));
    assert_eq!(
        client.next_record().await.unwrap(),
        r#"{"type":3,"invocationId":"0","result":3}"#
    );
    client.finish().await;
}

#[tokio::test(start_paused = true)]
async fn failed_calls_are_told_in_the_reference_servers_words() {
    let server = Server::default();
    let mut client = server.connect("alice").await;
    let table = [
        (
            "Nope",
            "[]",
            "Failed to invoke 'Nope' due to an error on the server. HubException: Method does not exist.",
        ),
        (
            "Refuse",
            "[]",
            "An unexpected error occurred invoking 'Refuse' on the server. HubException: not now",
        ),
        (
            "Fail",
            "[]",
            "An unexpected error occurred invoking 'Fail' on the server.",
        ),
        (
            "Crash",
            "[]",
            "An unexpected error occurred invoking 'Crash' on the server.",
        ),
        (
            "Forbidden",
            "[]",
            "Failed to invoke 'Forbidden' because user is unauthorized",
        ),
        (
            "Echo",
            "[1,2]",
            "Failed to invoke 'Echo' due to an error on the server. InvalidDataException: Invocation provides 2 argument(s) but target expects 1.",
        ),
        (
            "Add",
            "[1,true]",
            "Failed to invoke 'Add' due to an error on the server. InvalidDataException: Argument 1 is not an unsigned integer.",
        ),
    ];
    for (target, arguments, text) in table {
        assert_eq!(
            ask(&mut client, "5", target, arguments).await,
            format!(r#","error":"{text}"}}"#)
        );
    }
    client.finish().await;
    assert_eq!(server.hub.log().last().unwrap(), "-alice");
}

#[tokio::test(start_paused = true)]
async fn a_call_without_id_is_never_answered() {
    let server = Server::default();
    let mut client = server.connect("alice").await;
    for target in ["Echo", "Nope", "Crash", "Refuse"] {
        client.record(&format!(
            r#"{{"type":1,"target":"{target}","arguments":[1]}}"#
        ));
        client.record(&format!(
            r#"{{"type":1,"target":"{target}","arguments":[1],"streamIds":["1"]}}"#
        ));
    }
    assert_eq!(
        ask(&mut client, "0", "Add", "[1,1]").await,
        r#","result":2}"#
    );
    client.finish().await;
    assert_eq!(
        server.hub.log(),
        ["+alice", "Echo", "Nope", "Crash", "Refuse", "Add", "-alice"]
    );
}

#[tokio::test(start_paused = true)]
async fn streams_are_refused_and_their_messages_ignored() {
    let server = Server::default();
    let mut client = server.connect("alice").await;
    client.record(r#"{"type":4,"invocationId":"0","target":"Echo","arguments":[1]}"#);
    assert_eq!(
        client.next_record().await.unwrap(),
        r#"{"type":3,"invocationId":"0","error":"The client attempted to invoke the non-streaming 'Echo' method with a streaming invocation."}"#
    );
    client.record(
        r#"{"type":1,"invocationId":"1","target":"Echo","arguments":[],"streamIds":["9"]}"#,
    );
    assert_eq!(
        client.next_record().await.unwrap(),
        r#"{"type":3,"invocationId":"1","error":"Failed to invoke 'Echo' due to an error on the server."}"#
    );
    for ignored in [
        r#"{"type":2,"invocationId":"9","item":1}"#,
        r#"{"type":3,"invocationId":"9"}"#,
        r#"{"type":5,"invocationId":"0"}"#,
        r#"{"type":8,"sequenceId":1}"#,
        r#"{"type":9,"sequenceId":1}"#,
        r#"{"type":77}"#,
    ] {
        client.record(ignored);
    }
    assert_eq!(
        ask(&mut client, "2", "Add", "[1,1]").await,
        r#","result":2}"#
    );
    client.finish().await;
    assert_eq!(server.hub.log(), ["+alice", "Add", "-alice"]);
}

#[tokio::test(start_paused = true)]
async fn arguments_that_no_method_takes_fail_the_call_alone() {
    let server = Server::default();
    let mut client = server.open("alice", 10);
    client.text(MESSAGEPACK);
    client.next_message().await.unwrap();
    client.send(ws::Message::binary(
        &b"\x11\x95\x01\x80\xa1\x30\xa4Echo\x91\xd6\xff\x00\x00\x00\x00"[..],
    ));
    client.send(ws::Message::binary(
        &b"\x10\x95\x01\x80\xc0\xa4Echo\x91\xd6\xff\x00\x00\x00\x00"[..],
    ));
    client.send(ws::Message::binary(
        &b"\x0d\x95\x01\x80\xa1\x31\xa4Echo\x91\xa1x"[..],
    ));
    let Some(ws::Message::Binary(answer)) = client.next_message().await else {
        panic!("no answer")
    };
    assert!(
        answer.ends_with(b" The arguments hold a MessagePack extension, which is not supported."),
        "{answer:?}"
    );
    let second = Bytes::from_static(b"\x08\x95\x03\x80\xa1\x31\x03\xa1x");
    assert_eq!(
        client.next_message().await,
        Some(ws::Message::Binary(second))
    );
    client.finish().await;
}

#[tokio::test(start_paused = true)]
async fn calls_run_in_turn_and_never_hold_up_pings() {
    let server = Server::default();
    let mut client = server.connect("alice").await;
    client.record(r#"{"type":1,"invocationId":"0","target":"Sleep","arguments":[100]}"#);
    client.record(r#"{"type":1,"invocationId":"1","target":"Echo","arguments":[1]}"#);
    let mut pings = 0;
    let first = loop {
        match client.next_record().await.unwrap() {
            record if record == PING => {
                pings += 1;
                client.ping();
            }
            record => break record,
        }
    };
    assert_eq!(
        (first.as_str(), pings),
        (r#"{"type":3,"invocationId":"0"}"#, 6)
    );
    assert_eq!(
        client.next_record().await.unwrap(),
        r#"{"type":3,"invocationId":"1","result":1}"#
    );
    client.finish().await;
}

#[tokio::test(start_paused = true)]
async fn too_many_waiting_calls_hold_up_the_socket_but_lose_nothing() {
    let server = Server::new(HubOptions {
        max_pending_calls: 2,
        ..HubOptions::default()
    });
    let mut client = server.connect("alice").await;
    client.record(r#"{"type":1,"invocationId":"s","target":"Sleep","arguments":[100]}"#);
    for id in 0..20 {
        client.record(&format!(
            r#"{{"type":1,"invocationId":"{id}","target":"Echo","arguments":[{id}]}}"#
        ));
    }
    let mut answers = Vec::new();
    while answers.len() < 21 {
        let record = client.next_record().await.unwrap();
        if record != PING {
            answers.push(record);
        }
    }
    assert_eq!(answers[20], r#"{"type":3,"invocationId":"19","result":19}"#);
    client.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_prepared_push_suits_both_protocols() {
    let server = Server::default();
    let mut json = server.connect("alice").await;
    let mut messagepack = server.open("bob", 10);
    messagepack.text(MESSAGEPACK);
    messagepack.next_message().await.unwrap();
    let push = PreparedInvocation::new("P", vec![Value::from(vec![0xFF_u8])]);
    for index in 0..2 {
        server
            .hub
            .connection(index)
            .send_prepared(&push)
            .await
            .unwrap();
    }
    assert_eq!(
        json.next_record().await.unwrap(),
        r#"{"type":1,"target":"P","arguments":["_w"]}"#
    );
    let frame = Bytes::from_static(b"\x0a\x95\x01\x80\xc0\xa1P\x91\xc4\x01\xff");
    assert_eq!(
        messagepack.next_message().await,
        Some(ws::Message::Binary(frame))
    );
    json.finish().await;
    messagepack.finish().await;
}
