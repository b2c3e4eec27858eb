//! The hub protocol over real sockets, spoken by hand.

#![cfg(test)]

#[path = "../examples/toy_hub/hub.rs"]
mod hub;

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use hub::ToyHub;
use relay_server::hub::protocol::{HubOptions, HubServer};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

const JSON: &str = "{\"protocol\":\"json\",\"version\":1}\u{1e}";
const MESSAGEPACK: &str = "{\"protocol\":\"messagepack\",\"version\":1}\u{1e}";

struct Server {
    hub: HubServer<ToyHub>,
    address: String,
}

async fn start(options: HubOptions) -> Server {
    let hub = HubServer::new(Arc::new(ToyHub::default()), options);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let router = hub.router("/hub");
    tokio::spawn(async move { axum::serve(listener, router).await });
    Server { hub, address }
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

impl Server {
    /// Sends one HTTP request and returns status and body.
    async fn request(&self, method: &str, path: &str, headers: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Length: 0\r\nConnection: close\r\n{headers}\r\n",
            self.address
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (
            head.split(' ').nth(1).unwrap().parse().unwrap(),
            body.to_owned(),
        )
    }

    async fn negotiate(&self, user: &str) -> Value {
        let header = format!("Authorization: Bearer token-{user}\r\n");
        let (status, body) = self
            .request("POST", "/hub/negotiate?negotiateVersion=1", &header)
            .await;
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).unwrap()
    }

    async fn open(&self, query: &str) -> Result<Socket, u16> {
        match connect_async(format!("ws://{}/hub?{query}", self.address)).await {
            Ok((socket, _)) => Ok(socket),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    async fn connect(&self, user: &str) -> Socket {
        let mut socket = self
            .open(&format!("access_token=token-{user}"))
            .await
            .unwrap();
        socket.send(Message::text(JSON)).await.unwrap();
        assert_eq!(next_text(&mut socket).await, "{}\u{1e}");
        socket
    }
}

async fn next(socket: &mut Socket) -> Message {
    tokio::time::timeout(Duration::from_secs(10), socket.next())
        .await
        .unwrap()
        .unwrap()
        .unwrap()
}

async fn next_text(socket: &mut Socket) -> String {
    next(socket).await.into_text().unwrap().to_string()
}

async fn send(socket: &mut Socket, record: &str) {
    socket
        .send(Message::text(format!("{record}\u{1e}")))
        .await
        .unwrap();
}

async fn expect_close(socket: &mut Socket) {
    match next(socket).await {
        Message::Close(Some(frame)) => assert_eq!(frame.code, CloseCode::Normal),
        other => panic!("{other:?}"),
    }
}

fn token(negotiated: &Value) -> &str {
    negotiated["connectionToken"].as_str().unwrap()
}

#[tokio::test]
async fn negotiation_answers_as_the_client_expects() {
    let server = start(HubOptions::default()).await;
    let answer = server.negotiate("alice").await;
    assert_eq!(answer["negotiateVersion"], 1);
    assert_ne!(answer["connectionId"], answer["connectionToken"]);
    let transports =
        serde_json::json!([{ "transport": "WebSockets", "transferFormats": ["Text", "Binary"] }]);
    assert_eq!(answer["availableTransports"], transports);
    assert_eq!(
        answer.as_object().unwrap().len(),
        4,
        "nothing that was not asked for, such as useStatefulReconnect"
    );

    let (status, body) = server
        .request("POST", "/hub/negotiate?access_token=token-alice", "")
        .await;
    let old: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, &old["negotiateVersion"]), (200, &Value::from(0)));
    let id = old["connectionId"].as_str().unwrap();
    assert!(
        server
            .open(&format!("id={id}&access_token=token-alice"))
            .await
            .is_ok()
    );

    let query = "/hub/negotiate?negotiateVersion=x&access_token=token-alice";
    let (status, body) = server.request("POST", query, "").await;
    assert_eq!(
        (status, body.as_str()),
        (
            200,
            r#"{"error":"The client requested an invalid protocol version."}"#
        )
    );
}

#[tokio::test]
async fn both_steps_need_a_good_token() {
    let server = start(HubOptions::default()).await;
    let table = [
        ("", "", 401),
        ("", "Authorization: Bearer wrong\r\n", 401),
        ("", "Authorization: Basic token-alice\r\n", 401),
        ("&access_token=wrong", "", 401),
        (
            "&access_token=token-alice",
            "Authorization: Bearer wrong\r\n",
            401,
        ),
        ("&access_token=token-nobody", "", 503),
        (
            "&access_token=token-alice&access_token=token-alice",
            "",
            400,
        ),
    ];
    for (query, headers, status) in table {
        let path = format!("/hub/negotiate?negotiateVersion=1{query}");
        assert_eq!(
            server.request("POST", &path, headers).await.0,
            status,
            "{query} {headers}"
        );
        let path = format!("/hub?x=y{query}");
        assert_eq!(
            server.request("GET", &path, headers).await.0,
            status,
            "{query} {headers}"
        );
        if headers.is_empty() {
            assert_eq!(
                server.open(&query[query.len().min(1)..]).await.err(),
                Some(status)
            );
        }
    }
    let (status, _) = server
        .request(
            "POST",
            "/hub/negotiate",
            "Authorization: bearer token-alice\r\n",
        )
        .await;
    assert_eq!(status, 200, "schemes are case-insensitive");
    let (status, _) = server
        .request("GET", "/hub", "Authorization: Bearer token-alice\r\n")
        .await;
    assert_eq!(status, 400, "not a WebSocket");
    let mut request = format!("ws://{}/hub", server.address)
        .into_client_request()
        .unwrap();
    request
        .headers_mut()
        .insert("authorization", "Bearer token-alice".parse().unwrap());
    assert!(connect_async(request).await.is_ok());
}

#[tokio::test]
async fn a_connection_token_is_its_users_and_opens_one_socket() {
    let server = start(HubOptions::default()).await;
    let negotiated = server.negotiate("alice").await;
    let alice = format!("id={}&access_token=token-alice", token(&negotiated));
    let bob = format!("id={}&access_token=token-bob", token(&negotiated));
    assert_eq!(server.open(&bob).await.err(), Some(404));
    let public = format!(
        "id={}&access_token=token-alice",
        negotiated["connectionId"].as_str().unwrap()
    );
    assert_eq!(
        server.open(&public).await.err(),
        Some(404),
        "the public id opens nothing"
    );
    let socket = server.open(&alice).await.unwrap();
    assert_eq!(server.open(&alice).await.err(), Some(409));
    drop(socket);
    let mut status = Some(409);
    for _ in 0..100 {
        status = server.open(&alice).await.err();
        if status != Some(409) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(status, Some(404), "it is not used twice");
    assert_eq!(
        server
            .open("id=unknown&access_token=token-alice")
            .await
            .err(),
        Some(404)
    );
}

#[tokio::test]
async fn a_connection_token_expires() {
    let lifetime = Duration::from_millis(50);
    let server = start(HubOptions {
        negotiation_lifetime: lifetime,
        ..HubOptions::default()
    })
    .await;
    let negotiated = server.negotiate("alice").await;
    tokio::time::sleep(lifetime * 2).await;
    let query = format!("id={}&access_token=token-alice", token(&negotiated));
    assert_eq!(server.open(&query).await.err(), Some(404));
}

#[tokio::test]
async fn where_other_nodes_negotiate_there_is_no_stateful_reconnect() {
    for other_nodes_negotiate in [false, true] {
        let server = start(HubOptions {
            other_nodes_negotiate,
            ..HubOptions::default()
        })
        .await;
        let path =
            "/hub/negotiate?negotiateVersion=1&useStatefulReconnect=true&access_token=token-alice";
        let (status, answer) = server.request("POST", path, "").await;
        assert_eq!(status, 200);
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let offered = answer.get("useStatefulReconnect").and_then(Value::as_bool);
        assert_eq!(offered, (!other_nodes_negotiate).then_some(true));
    }
}

#[tokio::test]
async fn calls_and_pushes_in_json() {
    let server = start(HubOptions::default()).await;
    let mut alice = server.connect("alice").await;
    let mut bob = server.connect("bob").await;
    send(
        &mut alice,
        r#"{"type":1,"invocationId":"0","target":"WhoAmI","arguments":[]}"#,
    )
    .await;
    assert_eq!(
        next_text(&mut alice).await,
        "{\"type\":3,\"invocationId\":\"0\",\"result\":\"alice\"}\u{1e}"
    );
    send(
        &mut alice,
        r#"{"type":1,"target":"Broadcast","arguments":["hi"]}"#,
    )
    .await;
    for socket in [&mut alice, &mut bob] {
        assert_eq!(
            next_text(socket).await,
            "{\"type\":1,\"target\":\"News\",\"arguments\":[\"alice\",\"hi\"]}\u{1e}"
        );
    }
}

#[tokio::test]
async fn calls_in_messagepack() {
    let server = start(HubOptions::default()).await;
    let mut socket = server.open("access_token=token-alice").await.unwrap();
    socket.send(Message::text(MESSAGEPACK)).await.unwrap();
    assert_eq!(next(&mut socket).await, Message::binary(&b"{}\x1e"[..]));
    let call = b"\x10\x95\x01\x80\xa1\x30\xa4\x45\x63\x68\x6f\x91\xc4\x03\x01\x02\x03";
    socket.send(Message::binary(&call[..])).await.unwrap();
    assert_eq!(
        next(&mut socket).await,
        Message::binary(&b"\x0b\x95\x03\x80\xa1\x30\x03\xc4\x03\x01\x02\x03"[..])
    );
    socket
        .send(Message::binary(&b"\x04\x93\x07\xc0\xc2"[..]))
        .await
        .unwrap();
    expect_close(&mut socket).await;
}

#[tokio::test]
async fn violations_are_told_and_end_one_connection() {
    let server = start(HubOptions::default()).await;
    let mut other = server.connect("bob").await;
    for bad in ["{}\u{1e}".to_owned(), "x".repeat(40_000)] {
        let mut socket = server.connect("alice").await;
        socket.send(Message::text(bad)).await.unwrap();
        let close = "{\"type\":7,\"error\":\"Connection closed with an error.\"}\u{1e}";
        assert_eq!(next_text(&mut socket).await, close);
        expect_close(&mut socket).await;
    }
    send(
        &mut other,
        r#"{"type":1,"invocationId":"0","target":"Add","arguments":[1,2]}"#,
    )
    .await;
    assert_eq!(
        next_text(&mut other).await,
        "{\"type\":3,\"invocationId\":\"0\",\"result\":3}\u{1e}"
    );
}

#[tokio::test]
async fn shutdown_closes_with_leave_to_reconnect_and_refuses_newcomers() {
    let server = start(HubOptions::default()).await;
    let mut socket = server.connect("alice").await;
    let hub = server.hub.clone();
    let shutdown = tokio::spawn(async move { hub.shutdown().await });
    assert_eq!(
        next_text(&mut socket).await,
        "{\"type\":7,\"allowReconnect\":true}\u{1e}"
    );
    expect_close(&mut socket).await;
    assert!(socket.next().await.is_none());
    shutdown.await.unwrap();
    assert_eq!(server.hub.connection_count(), 0);
    assert_eq!(
        server.open("access_token=token-alice").await.err(),
        Some(503)
    );
    let header = "Authorization: Bearer token-alice\r\n";
    assert_eq!(
        server.request("POST", "/hub/negotiate", header).await.0,
        503
    );
}
