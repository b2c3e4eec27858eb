//! Stateful reconnect: connections that outlive their sockets, in paused time.

use axum::extract::ws;
use tokio::time::{Instant, sleep};

use super::harness::{CLOSE, CLOSE_ERROR, CLOSE_RECONNECT, Client, PING, Server, seconds};
use crate::hub::protocol::registry::ClaimError;
use crate::hub::protocol::{HubOptions, SendError, Value};

const JSON_2: &str = "{\"protocol\":\"json\",\"version\":2}\u{1e}";

fn sequence(id: u64) -> String {
    format!(r#"{{"type":9,"sequenceId":{id}}}"#)
}

fn ack(id: u64) -> String {
    format!(r#"{{"type":8,"sequenceId":{id}}}"#)
}

fn call(id: u64, target: &str, arguments: &str) -> String {
    format!(r#"{{"type":1,"invocationId":"{id}","target":"{target}","arguments":{arguments}}}"#)
}

fn result(id: u64, result: &str) -> String {
    format!(r#"{{"type":3,"invocationId":"{id}","result":{result}}}"#)
}

fn push(target: &str) -> String {
    format!(r#"{{"type":1,"target":"{target}","arguments":[]}}"#)
}

/// Alice's first socket, after its handshake, and the token for others.
async fn connect(server: &Server) -> (Client, String) {
    let token = server.negotiate("alice");
    let mut client = server.open_negotiated(&token, "alice", 1000).unwrap();
    client.text(JSON_2);
    assert_eq!(client.next().await.as_deref(), Some("{}\u{1e}"));
    (client, token)
}

async fn expect(client: &mut Client, records: &[String]) {
    for record in records {
        assert_eq!(client.next_record().await.as_ref(), Some(record));
    }
}

/// The messages that come before the server pings.
async fn until_ping(client: &mut Client) -> Vec<String> {
    let mut records = Vec::new();
    loop {
        match client.next_record().await {
            Some(record) if record == PING => return records,
            Some(record) => records.push(record),
            None => panic!("closed after {records:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn goes_on_where_the_socket_was_lost() {
    let server = Server::default();
    let (mut first, token) = connect(&server).await;
    first.record(&call(0, "Add", "[1,1]"));
    expect(&mut first, &[result(0, "2")]).await;
    let connection = server.hub.connection(0);
    connection.try_send("Before", vec![]).unwrap();
    expect(&mut first, &[push("Before")]).await;
    first.record(&ack(1));
    sleep(seconds(1)).await;
    expect(&mut first, &[ack(1)]).await;
    first.hang_up();
    sleep(seconds(1)).await;
    assert!(!connection.is_closed());
    connection.try_send("Between", vec![]).unwrap();

    let mut second = server.open_negotiated(&token, "alice", 1000).unwrap();
    second.record(PING);
    second.record(&sequence(2));
    second.record(&call(1, "Add", "[2,2]"));
    let expected = [sequence(2), push("Before"), push("Between"), result(1, "4")];
    expect(&mut second, &expected).await;
    assert_eq!(server.hub.log(), ["+alice", "Add", "Add"]);
    assert_eq!(server.server.connection_count(), 1);

    second.record(CLOSE);
    assert_eq!(until_closed(&mut second).await, 0);
    second.finish().await;
    first.finish().await;
    assert_eq!(server.hub.log(), ["+alice", "Add", "Add", "-alice"]);
    let refused = server.open_negotiated(&token, "alice", 1).err();
    assert_eq!(refused, Some(ClaimError::Unknown));
}

/// How many calls are answered and pushed before the end of the socket, acknowledgements left aside.
async fn until_closed(client: &mut Client) -> usize {
    let mut records = 0;
    while let Some(record) = client.next_record().await {
        records += usize::from(!record.starts_with(r#"{"type":8"#));
    }
    records
}

#[tokio::test(start_paused = true)]
async fn what_comes_twice_is_carried_out_once() {
    let server = Server::default();
    let (mut first, token) = connect(&server).await;
    for id in 0..3 {
        first.record(&call(id, "Echo", &format!("[{id}]")));
    }
    expect(
        &mut first,
        &[result(0, "0"), result(1, "1"), result(2, "2")],
    )
    .await;
    first.hang_up();
    let mut second = server.open_negotiated(&token, "alice", 1000).unwrap();
    second.record(&sequence(2));
    for id in 1..5 {
        second.record(&call(id, "Echo", &format!("[{id}]")));
    }
    let expected = [1, 0, 1, 2, 3, 4].map(|n| n.to_string());
    let mut expected: Vec<_> = (0..)
        .zip(&expected[1..])
        .map(|(i, n)| result(i, n))
        .collect();
    expected.insert(0, sequence(1));
    expect(&mut second, &expected).await;
    assert_eq!(
        server.hub.log(),
        ["+alice", "Echo", "Echo", "Echo", "Echo", "Echo"]
    );
    sleep(seconds(1)).await;
    expect(&mut second, &[ack(5)]).await;
    second.record(CLOSE);
    second.finish().await;
    first.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_newer_socket_takes_over_from_one_that_seems_alive() {
    let server = Server::default();
    let (mut first, token) = connect(&server).await;
    first.record(&call(0, "Sleep", "[5]"));
    sleep(seconds(2)).await;
    let mut second = server.open_negotiated(&token, "alice", 1000).unwrap();
    second.record(&sequence(2));
    expect(&mut second, &[sequence(1)]).await;
    expect(&mut first, &[ack(1)]).await;
    assert_eq!(first.next_message().await, None, "given up");
    let completion = r#"{"type":3,"invocationId":"0"}"#.to_owned();
    expect(&mut second, &[completion]).await;
    second.record(CLOSE);
    second.finish().await;
    first.finish().await;
}

#[tokio::test(start_paused = true)]
async fn calls_that_found_no_place_are_neither_lost_nor_doubled() {
    let server = Server::new(HubOptions {
        max_pending_calls: 1,
        ..HubOptions::default()
    });
    let (first, token) = connect(&server).await;
    first.record(&call(0, "Sleep", "[10]"));
    for id in 1..6 {
        first.record(&call(id, "Echo", &format!("[{id}]")));
    }
    sleep(seconds(2)).await;
    let mut second = server.open_negotiated(&token, "alice", 1000).unwrap();
    second.record(&sequence(1));
    second.record(&call(0, "Sleep", "[10]"));
    for id in 1..6 {
        second.record(&call(id, "Echo", &format!("[{id}]")));
    }
    let records = until_ping(&mut second).await;
    let answers = records
        .iter()
        .filter(|record| record.starts_with(r#"{"type":3"#));
    let mut expected = vec![r#"{"type":3,"invocationId":"0"}"#.to_owned()];
    expected.extend((1..6).map(|id| result(id, &id.to_string())));
    assert_eq!(answers.cloned().collect::<Vec<_>>(), expected);
    assert_eq!(server.hub.log().len(), 7, "{:?}", server.hub.log());
    second.record(CLOSE);
    second.finish().await;
    first.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_come_back_is_gone_after_a_while() {
    let server = Server::default();
    let (mut client, token) = connect(&server).await;
    let start = Instant::now();
    let connection = server.hub.connection(0);
    client.hang_up();
    connection.closed().await;
    assert_eq!(start.elapsed(), seconds(30));
    client.finish().await;
    assert_eq!(server.hub.log(), ["+alice", "-alice"]);
    let refused = server.open_negotiated(&token, "alice", 1).err();
    assert_eq!(refused, Some(ClaimError::Unknown));
    assert_eq!(server.server.0.detached.used(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_is_not_waited_for() {
    let server = Server::default();
    let start = Instant::now();
    for leave in [
        ws::Message::text(format!("{CLOSE}\u{1e}")),
        ws::Message::Close(None),
    ] {
        let (client, token) = connect(&server).await;
        client.send(leave);
        client.finish().await;
        assert_eq!(
            server.open_negotiated(&token, "alice", 1).err(),
            Some(ClaimError::Unknown)
        );
    }
    assert_eq!(start.elapsed(), seconds(0));
}

#[tokio::test(start_paused = true)]
async fn nobody_else_and_no_other_handshake_takes_part() {
    let server = Server::default();
    let (mut client, token) = connect(&server).await;
    client.hang_up();
    sleep(seconds(1)).await;
    let other = server.open_negotiated(&token, "bob", 1).err();
    assert_eq!(other, Some(ClaimError::Foreign));
    let elsewhere = Server::default().open_negotiated(&token, "alice", 1).err();
    assert_eq!(elsewhere, Some(ClaimError::Unknown), "another node");
    server.hub.connection(0).close(false, None);
    client.finish().await;

    // Negotiated, but not spoken: as without.
    let token = server.negotiate("carol");
    let mut plain = server.open_negotiated(&token, "carol", 1000).unwrap();
    plain.text(super::harness::JSON);
    assert_eq!(plain.next().await.as_deref(), Some("{}\u{1e}"));
    let refused = server.open_negotiated(&token, "carol", 1).err();
    assert_eq!(refused, Some(ClaimError::InUse));
    plain.record(&call(0, "Echo", "[1]"));
    assert_eq!(
        until_ping(&mut plain).await,
        [result(0, "1")],
        "no acknowledgement"
    );
    plain.hang_up();
    server.hub.connection(1).closed().await;
    plain.finish().await;

    // Spoken, but not negotiated: as without.
    let mut plain = server.open("dave", 1000);
    plain.text(JSON_2);
    assert_eq!(plain.next().await.as_deref(), Some("{}\u{1e}"));
    plain.record(&ack(7));
    plain.record(&sequence(7));
    plain.record(&call(0, "Echo", "[1]"));
    assert_eq!(until_ping(&mut plain).await, [result(0, "1")]);
    plain.finish().await;
}

#[tokio::test(start_paused = true)]
async fn gaps_and_acknowledgements_of_nothing_are_violations() {
    let server = Server::default();
    for bad in [ack(1), sequence(0), sequence(2)] {
        let (mut client, token) = connect(&server).await;
        client.record(&bad);
        assert_eq!(client.next_record().await.as_deref(), Some(CLOSE_ERROR));
        assert_eq!(client.next().await, None);
        client.finish().await;
        let refused = server.open_negotiated(&token, "alice", 1).err();
        assert_eq!(refused, Some(ClaimError::Unknown));
    }
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_a_client_without_a_socket_is_bounded() {
    let server = Server::new(HubOptions {
        max_detached_bytes: 64 * 1024,
        ..HubOptions::default()
    });
    let (mut client, token) = connect(&server).await;
    let connection = server.hub.connection(0);
    client.hang_up();
    sleep(seconds(1)).await;
    let mut outcome = Ok(());
    let mut sent = 0;
    while outcome.is_ok() {
        outcome = connection.try_send("News", vec![Value::from(vec![0_u8; 1000])]);
        sent += 1;
        assert!(sent < 100, "not bounded");
    }
    assert_eq!(outcome, Err(SendError::TooSlow));
    client.finish().await;
    assert_eq!(server.hub.log(), ["+alice", "-alice"]);
    let refused = server.open_negotiated(&token, "alice", 1).err();
    assert_eq!(refused, Some(ClaimError::Unknown));

    let none = Server::new(HubOptions {
        max_detached_bytes: 0,
        ..HubOptions::default()
    });
    let (mut client, _) = connect(&none).await;
    client.hang_up();
    client.finish().await;
    assert_eq!(none.hub.log(), ["+alice", "-alice"], "no room at all");
}

#[tokio::test(start_paused = true)]
async fn who_can_wait_waits_for_the_client_to_come_back() {
    let server = Server::new(HubOptions {
        max_unacknowledged_bytes: 500,
        ..HubOptions::default()
    });
    let (mut first, token) = connect(&server).await;
    let connection = server.hub.connection(0);
    let backlog = tokio::spawn(async move {
        for index in 0..100_u64 {
            connection.send("Item", vec![index.into()]).await.unwrap();
        }
    });
    let item = |index: u64| format!(r#"{{"type":1,"target":"Item","arguments":[{index}]}}"#);
    let mut received = 0;
    while received < 5 {
        expect(&mut first, &[item(received)]).await;
        received += 1;
    }
    first.record(&ack(5));
    first.hang_up();
    sleep(seconds(5)).await;
    assert!(!backlog.is_finished());
    assert!(server.server.0.detached.used() < 20_000);

    let mut second = server.open_negotiated(&token, "alice", 1000).unwrap();
    second.record(&sequence(1));
    expect(&mut second, &[sequence(6)]).await;
    while received < 100 {
        let record = second.next_record().await.unwrap();
        if record == PING {
            continue;
        }
        assert_eq!(record, item(received));
        received += 1;
        second.record(&ack(received));
    }
    backlog.await.unwrap();
    second.record(CLOSE);
    second.finish().await;
    first.finish().await;
}

#[tokio::test(start_paused = true)]
async fn shutdown_does_not_wait_for_who_is_away() {
    let server = Server::default();
    let (mut away, _) = connect(&server).await;
    away.hang_up();
    sleep(seconds(1)).await;
    let start = Instant::now();
    server.server.shutdown().await;
    assert_eq!(start.elapsed(), seconds(0));
    away.finish().await;
    assert_eq!(server.hub.log(), ["+alice", "-alice"]);
}

#[tokio::test(start_paused = true)]
async fn a_socket_that_takes_no_data_is_given_up_alone() {
    let server = Server::default();
    let token = server.negotiate("alice");
    let mut first = server.open_negotiated(&token, "alice", 1).unwrap();
    first.text(JSON_2);
    assert_eq!(first.next().await.as_deref(), Some("{}\u{1e}"));
    let connection = server.hub.connection(0);
    for _ in 0..3 {
        connection.send("Full", vec![]).await.unwrap();
    }
    first.ping();
    assert!(!first.is_given_up());
    sleep(seconds(25)).await;
    assert!(first.is_given_up() && !connection.is_closed());
    let mut second = server.open_negotiated(&token, "alice", 1000).unwrap();
    expect(
        &mut second,
        &[sequence(1), push("Full"), push("Full"), push("Full")],
    )
    .await;
    connection.close(true, None);
    expect(&mut second, &[CLOSE_RECONNECT.to_owned()]).await;
    assert_eq!(second.next().await, None);
    second.finish().await;
    first.finish().await;
}
