//! How connections begin and end, in paused time.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::harness::{CLOSE, CLOSE_ERROR, CLOSE_RECONNECT, PING, Server, ask, seconds};
use crate::hub::protocol::SendError;
use crate::hub::protocol::writer::normal_closure;

#[tokio::test(start_paused = true)]
async fn a_bad_or_missing_handshake_is_refused() {
    let server = Server::default();
    let start = Instant::now();
    let mut silent = server.open("alice", 10);
    assert_eq!(
        silent.next_record().await.unwrap(),
        r#"{"error":"Handshake was canceled."}"#
    );
    assert_eq!(start.elapsed(), seconds(15));
    assert_eq!(silent.next().await, None);
    silent.finish().await;

    let mut other = server.open("alice", 10);
    other.record(r#"{"protocol":"xml","version":1}"#);
    assert_eq!(
        other.next_record().await.unwrap(),
        r#"{"error":"The protocol 'xml' is not supported."}"#
    );
    assert_eq!(other.next().await, None);
    other.finish().await;

    let mut gone = server.open("alice", 10);
    gone.hang_up();
    assert_eq!(gone.next_message().await, None);
    gone.finish().await;
    assert!(server.hub.log().is_empty());
}

#[tokio::test(start_paused = true)]
async fn malformed_data_ends_only_its_own_connection() {
    let server = Server::default();
    let mut other = server.connect("bob").await;
    for bad in [
        "x\u{1e}".to_owned(),
        "{}\u{1e}".to_owned(),
        "\u{1e}".to_owned(),
        " ".repeat(32 * 1024 + 1),
        format!("{PING}\u{1e}{{\"type\":1}}\u{1e}"),
    ] {
        let mut client = server.connect("alice").await;
        client.text(&bad);
        assert_eq!(client.next_record().await.as_deref(), Some(CLOSE_ERROR));
        assert_eq!(client.next().await, None);
        client.finish().await;
    }
    assert_eq!(
        ask(&mut other, "0", "Add", "[1,1]").await,
        r#","result":2}"#
    );
    assert_eq!(server.server.connection_count(), 1);
    other.finish().await;
}

#[tokio::test(start_paused = true)]
async fn an_id_in_use_is_a_violation() {
    let server = Server::default();
    let mut client = server.connect("alice").await;
    for _ in 0..2 {
        client.record(r#"{"type":1,"invocationId":"0","target":"Sleep","arguments":[1]}"#);
        sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(client.next_record().await.as_deref(), Some(CLOSE_ERROR));
    assert_eq!(client.next().await, None);
    client.finish().await;
    assert_eq!(
        server.hub.log(),
        ["+alice", "Sleep", "-alice"],
        "what waited behind is not carried out"
    );
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_still_has_its_calls_carried_out() {
    let server = Server::default();
    let mut client = server.connect("alice").await;
    client.record(r#"{"type":1,"target":"Sleep","arguments":[1]}"#);
    client.text(&format!(
        "{{\"type\":1,\"target\":\"Echo\",\"arguments\":[1]}}\u{1e}{CLOSE}\u{1e}"
    ));
    assert_eq!(client.next().await, None);
    client.finish().await;
    assert_eq!(server.hub.log(), ["+alice", "Sleep", "Echo", "-alice"]);
    assert_eq!(server.server.connection_count(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_domain_can_close_a_connection() {
    let server = Server::default();
    let mut client = server.connect("alice").await;
    let connection = server.hub.connection(0);
    connection.try_send("Before", vec![]).unwrap();
    connection.close(false, Some("gone"));
    connection.close(true, None);
    assert!(connection.is_closed());
    connection.closed().await;
    assert_eq!(connection.try_send("After", vec![]), Err(SendError::Closed));
    assert_eq!(
        connection.send("After", vec![]).await,
        Err(SendError::Closed)
    );
    assert_eq!(
        client.next_record().await.unwrap(),
        r#"{"type":1,"target":"Before","arguments":[]}"#
    );
    assert_eq!(
        client.next_record().await.unwrap(),
        r#"{"type":7,"error":"gone"}"#
    );
    assert_eq!(client.next().await, None);
    client.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_close_is_not_waited_for_long() {
    let server = Server::default();
    let mut client = server.connect("alice").await;
    let start = Instant::now();
    server.hub.connection(0).close(false, None);
    assert_eq!(client.next_record().await.as_deref(), Some(CLOSE));
    assert_eq!(client.next_message().await, Some(normal_closure()));
    assert_eq!(client.next_message().await, None);
    sleep(seconds(5) + Duration::from_millis(1)).await;
    assert!(client.is_finished());
    assert!(start.elapsed() < seconds(6));
}

#[tokio::test(start_paused = true)]
async fn shutdown_lets_clients_come_back_and_waits_for_the_end_of_all() {
    let server = Server::default();
    let mut clients = Vec::new();
    for user in ["alice", "bob"] {
        clients.push(server.connect(user).await);
    }
    let shutdown = {
        let server = server.server.clone();
        tokio::spawn(async move { server.shutdown().await })
    };
    for client in &mut clients {
        assert_eq!(client.next_record().await.as_deref(), Some(CLOSE_RECONNECT));
        assert_eq!(client.next().await, None);
    }
    assert!(!shutdown.is_finished());
    for client in clients {
        client.finish().await;
    }
    shutdown.await.unwrap();
    assert_eq!(server.server.connection_count(), 0);
    let mut log = server.hub.log();
    log.sort();
    assert_eq!(log, ["+alice", "+bob", "-alice", "-bob"]);

    let mut late = server.connect("carol").await;
    assert_eq!(late.next_record().await.as_deref(), Some(CLOSE_RECONNECT));
    late.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_socket_ends_the_connection_quietly() {
    let server = Server::default();
    let mut client = server.connect("alice").await;
    client.hang_up();
    server.hub.connection(0).closed().await;
    assert!(!client.has_message() || client.next().await.is_none());
    client.finish().await;
    assert_eq!(server.hub.log(), ["+alice", "-alice"]);
}
