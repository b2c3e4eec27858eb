//! Keep-alive, and clients that are slow or silent, in paused time.

use axum::extract::ws;
use bytes::Bytes;
use tokio::time::{Instant, sleep};

use super::harness::{CLOSE_RECONNECT, JSON, PING, Server, ask, seconds};
use crate::hub::protocol::{HubOptions, PreparedInvocation, SendError, Value};

#[tokio::test(start_paused = true)]
async fn pings_when_nothing_else_was_sent() {
    let server = Server::default();
    let mut client = server.connect("alice").await;
    let start = Instant::now();
    sleep(seconds(10)).await;
    server.hub.connection(0).try_send("Hello", vec![]).unwrap();
    assert_eq!(
        client.next_record().await.unwrap(),
        r#"{"type":1,"target":"Hello","arguments":[]}"#
    );
    assert_eq!(client.next_record().await.as_deref(), Some(PING));
    assert_eq!(start.elapsed(), seconds(25));
    client.ping();
    assert_eq!(client.next_record().await.as_deref(), Some(PING));
    assert_eq!(start.elapsed(), seconds(40));
    client.finish().await;
}

#[tokio::test(start_paused = true)]
async fn drops_a_client_that_is_silent() {
    let server = Server::default();
    let mut client = server.connect("alice").await;
    let start = Instant::now();
    sleep(seconds(20)).await;
    client.ping();
    sleep(seconds(20)).await;
    client.send(ws::Message::Ping(Bytes::new()));
    let mut pings = 0;
    let last = loop {
        match client.next_record().await.unwrap() {
            record if record == PING => pings += 1,
            record => break record,
        }
    };
    assert_eq!(
        (last.as_str(), pings, start.elapsed()),
        (CLOSE_RECONNECT, 3, seconds(50))
    );
    assert_eq!(client.next().await, None);
    client.finish().await;
    assert_eq!(server.hub.log(), ["+alice", "-alice"]);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_too_slowly_is_cut_off_alone() {
    let server = Server::new(HubOptions {
        max_queued_messages: 10,
        ..HubOptions::default()
    });
    let mut slow = server.open("alice", 1);
    slow.text(JSON);
    assert_eq!(slow.next().await.as_deref(), Some("{}\u{1e}"));
    let mut other = server.connect("bob").await;
    let news = PreparedInvocation::new("News", vec![Value::from(vec![1_u8])]);
    let mut outcome = Ok(());
    let mut sent = 0;
    while outcome.is_ok() {
        outcome = server.hub.connection(0).try_send_prepared(&news);
        server.hub.connection(1).try_send_prepared(&news).unwrap();
        sent += 1;
        tokio::task::yield_now().await;
        assert!(sent < 100, "the queue is not bounded");
    }
    assert_eq!(outcome, Err(SendError::TooSlow));
    for _ in 0..sent {
        assert_eq!(
            other.next_record().await.unwrap(),
            r#"{"type":1,"target":"News","arguments":["AQ"]}"#
        );
    }
    let mut last = String::new();
    while let Some(record) = slow.next_record().await {
        last = record;
    }
    assert_eq!(last, CLOSE_RECONNECT);
    slow.finish().await;
    assert_eq!(
        ask(&mut other, "0", "Add", "[1,1]").await,
        r#","result":2}"#
    );
    other.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_socket_that_takes_no_data_is_given_up() {
    let server = Server::default();
    let mut client = server.open("alice", 1);
    client.text(JSON);
    assert_eq!(client.next().await.as_deref(), Some("{}\u{1e}"));
    let connection = server.hub.connection(0);
    let start = Instant::now();
    for _ in 0..3 {
        connection.send("Full", vec![]).await.unwrap();
    }
    connection.closed().await;
    assert_eq!(start.elapsed(), seconds(20));
    client.finish().await;
    assert_eq!(server.hub.log(), ["+alice", "-alice"]);
}

#[tokio::test(start_paused = true)]
async fn a_backlog_waits_for_the_client() {
    let server = Server::new(HubOptions {
        max_queued_messages: 4,
        ..HubOptions::default()
    });
    let mut client = server.open("alice", 1);
    client.text(JSON);
    assert_eq!(client.next().await.as_deref(), Some("{}\u{1e}"));
    let connection = server.hub.connection(0);
    let backlog = tokio::spawn(async move {
        for index in 0..500_u64 {
            connection.send("Item", vec![index.into()]).await.unwrap();
        }
    });
    for index in 0..500 {
        assert_eq!(
            client.next_record().await.unwrap(),
            format!(r#"{{"type":1,"target":"Item","arguments":[{index}]}}"#)
        );
    }
    backlog.await.unwrap();
    client.finish().await;
}
