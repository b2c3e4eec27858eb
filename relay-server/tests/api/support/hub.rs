//! A small SignalR client in JSON.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::Api;

/// How long a test waits for something that must come.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often it pings, as the stock client does.
const PINGS: Duration = Duration::from_secs(15);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A client that finished its handshake.
pub(crate) struct HubClient {
    outgoing: mpsc::UnboundedSender<Message>,
    socket: SplitStream<Socket>,
    received: VecDeque<Value>,
    calls: u64,
}

/// The status with which the upgrade was refused.
pub(crate) async fn refused(relay: &Api, token: &str) -> u16 {
    match open(relay, token).await {
        Err(tokio_tungstenite::tungstenite::Error::Http(response)) => response.status().as_u16(),
        other => panic!("not refused: {:?}", other.map(|_| ())),
    }
}

async fn open(relay: &Api, token: &str) -> Result<Socket, tokio_tungstenite::tungstenite::Error> {
    let url = format!(
        "{}/hubs/communication?access_token={token}",
        relay.url.replace("http", "ws")
    );
    let request = url.into_client_request().expect("a request");
    Ok(tokio_tungstenite::connect_async(request).await?.0)
}

/// Sends what it is given, and pings, until there is nobody to give it anything.
async fn send(
    mut socket: SplitSink<Socket, Message>,
    mut outgoing: mpsc::UnboundedReceiver<Message>,
) {
    loop {
        let message = match timeout(PINGS, outgoing.recv()).await {
            Ok(Some(message)) => message,
            Ok(None) => return,
            Err(_) => Message::text("{\"type\":6}\u{1e}"),
        };
        if socket.send(message).await.is_err() {
            return;
        }
    }
}

impl HubClient {
    pub(crate) async fn connect(relay: &Api, token: &str) -> Self {
        let (sink, socket) = open(relay, token).await.expect("a connection").split();
        let (outgoing, messages) = mpsc::unbounded_channel();
        tokio::spawn(send(sink, messages));
        let mut client = Self {
            outgoing,
            socket,
            received: VecDeque::new(),
            calls: 0,
        };
        client.write(&json!({ "protocol": "json", "version": 1 }));
        assert_eq!(client.read().await, Some(json!({})));
        client
    }

    fn write(&self, message: &Value) {
        self.outgoing
            .send(Message::text(format!("{message}\u{1e}")))
            .expect("an open socket");
    }

    /// The next message that is no ping; `None` at the end.
    async fn read(&mut self) -> Option<Value> {
        loop {
            if let Some(message) = self.received.pop_front() {
                if message["type"] != 6 {
                    return Some(message);
                }
                continue;
            }
            match timeout(PATIENCE, self.socket.next())
                .await
                .expect("a message in time")
            {
                Some(Ok(Message::Text(text))) => {
                    let messages = text
                        .split_terminator('\u{1e}')
                        .map(|part| serde_json::from_str(part).expect("JSON"));
                    self.received.extend(messages);
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    /// Calls a method; pushes that come meanwhile stay for [`HubClient::push`].
    pub(crate) async fn invoke(&mut self, target: &str, arguments: Value) -> Result<Value, String> {
        self.calls += 1;
        let id = self.calls.to_string();
        self.write(
            &json!({ "type": 1, "invocationId": id, "target": target, "arguments": arguments }),
        );
        let mut pushes = VecDeque::new();
        let completion = loop {
            let message = self.read().await.expect("a completion");
            if message["type"] == 3 && message["invocationId"] == id.as_str() {
                break message;
            }
            pushes.push_back(message);
        };
        pushes.append(&mut self.received);
        self.received = pushes;
        match completion["error"].as_str() {
            Some(error) => Err(error.to_owned()),
            None => Ok(completion["result"].clone()),
        }
    }

    /// The arguments of the next push of `target`; others are passed over.
    pub(crate) async fn push(&mut self, target: &str) -> Value {
        loop {
            let message = self.read().await.expect("a push");
            if message["type"] == 1 && message["target"] == target {
                return message["arguments"].clone();
            }
        }
    }

    /// The next push but [`PreKeysLow`], which everybody with few keys gets.
    pub(crate) async fn first_notice(&mut self) -> Value {
        loop {
            let message = self.read().await.expect("a push");
            if message["type"] == 1 && message["target"] != "PreKeysLow" {
                return message;
            }
        }
    }

    /// The Close message, passing over everything before it; `None` if the connection ended without.
    pub(crate) async fn closed(&mut self) -> Option<Value> {
        while let Some(message) = self.read().await {
            if message["type"] == 7 {
                return Some(message);
            }
        }
        None
    }
}
