//! Senders and receivers of the relay and of the bare loop.

use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::json;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_tungstenite::WebSocketStream;

use crate::Result;
use crate::http::{Http, request};
use crate::hub::{self, Hub};
use crate::people::{Person, new_id, text};
use crate::stamp;
use crate::work::{Receiver, Sender};

/// Envelopes after which a client acknowledges.
const ACKNOWLEDGED: u64 = 32;

/// A device that sends to one other, in a conversation of theirs.
pub(crate) struct RelaySender {
    http: Http,
    token: String,
    /// The body around message id and content.
    parts: [String; 3],
}

impl RelaySender {
    pub(crate) async fn new(relay: SocketAddr, from: &Person, to: &Person) -> Result<Self> {
        let mut http = Http::connect(relay).await?;
        let conversation = new_id()?;
        let body = json!({ "id": conversation, "participantIds": [to.id] });
        http.post("/api/conversations", &from.token, &body).await?;
        let (user, device) = (&to.id, to.device_id);
        Ok(Self {
            http,
            token: from.token.clone(),
            parts: [
                "{\"messageId\":\"".to_owned(),
                format!(
                    "\",\"conversationId\":\"{conversation}\",\"recipients\":[\"{user}\"],\"envelopes\":[{{\"userId\":\"{user}\",\"deviceId\":{device},\"kind\":\"ratchet\",\"content\":\""
                ),
                "\"}]}".to_owned(),
            ],
        })
    }
}

impl Sender for RelaySender {
    async fn send(&mut self, content: &[u8]) -> Result<()> {
        let [first, second, third] = &self.parts;
        let body = [first, new_id()?.as_str(), second, &text(content), third].concat();
        let request = request("POST", "/api/messages", &self.token, body.as_bytes());
        self.http.must(&request).await?;
        Ok(())
    }
}

/// A device on the hub, from the beginning of its mailbox on; it acknowledges as clients do.
pub(crate) struct RelayReceiver {
    hub: Hub,
    received: u64,
    acknowledged: u64,
    early: Vec<u64>,
}

impl RelayReceiver {
    pub(crate) async fn new(relay: SocketAddr, person: &Person) -> Result<Self> {
        let mut hub = Hub::connect(relay, &person.token, 1).await?;
        let mut early = Vec::new();
        hub.invoke("Resume", 0.into(), &mut early).await?;
        Ok(Self {
            hub,
            received: 0,
            acknowledged: 0,
            early,
        })
    }
}

impl Receiver for RelayReceiver {
    async fn receive(&mut self, stamps: &mut Vec<u64>) -> Result<()> {
        if self.early.is_empty() {
            self.hub.receive(stamps).await?;
        } else {
            stamps.append(&mut self.early);
        }
        self.received += u64::try_from(stamps.len())?;
        if self.received >= self.acknowledged + ACKNOWLEDGED {
            self.acknowledged = self.received;
            self.hub.call("Acknowledge", self.received.into()).await?;
        }
        Ok(())
    }
}

/// A connection that is subscribed to a topic.
pub(crate) struct Subscriber(Hub);

impl Subscriber {
    pub(crate) async fn new(relay: SocketAddr, token: &str, topic: &str) -> Result<Self> {
        let mut hub = Hub::connect(relay, token, 1).await?;
        hub.invoke("SubscribeTopic", topic.into(), &mut Vec::new())
            .await?;
        Ok(Self(hub))
    }
}

impl Receiver for Subscriber {
    async fn receive(&mut self, stamps: &mut Vec<u64>) -> Result<()> {
        self.0.receive(stamps).await
    }
}

/// Somebody who sends to a reader of the bare loop.
pub(crate) struct BareSender {
    http: Http,
    path: String,
}

impl BareSender {
    pub(crate) async fn new(bare: SocketAddr, to: u64) -> Result<Self> {
        Ok(Self {
            http: Http::connect(bare).await?,
            path: format!("/messages/{to}"),
        })
    }
}

impl Sender for BareSender {
    async fn send(&mut self, content: &[u8]) -> Result<()> {
        let request = request("POST", &self.path, "", content);
        self.http.must(&request).await?;
        Ok(())
    }
}

/// A reader of the bare loop.
pub(crate) struct BareReceiver(WebSocketStream<TcpStream>);

impl BareReceiver {
    pub(crate) async fn new(bare: SocketAddr, to: u64) -> Result<Self> {
        let mut socket = hub::open(bare, &format!("/read/{to}"), 1).await?;
        hub::next_frame(&mut socket).await?;
        Ok(Self(socket))
    }

    /// A reader of what is stored.
    pub(crate) async fn of_stored(bare: SocketAddr, to: u64) -> Result<Self> {
        let path = format!("/read/{to}?after=0");
        Ok(Self(hub::open(bare, &path, 1).await?))
    }
}

impl Receiver for BareReceiver {
    async fn receive(&mut self, stamps: &mut Vec<u64>) -> Result<()> {
        let frame = hub::next_frame(&mut self.0).await?;
        stamp::scan(&frame, stamps);
        Ok(())
    }
}

/// Makes as many as asked for, `at_once` at a time, in order.
pub(crate) async fn many<T, F>(
    count: usize,
    at_once: usize,
    make: impl Fn(usize) -> F + Send + Sync + 'static,
) -> Result<Vec<T>>
where
    T: Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let make = Arc::new(make);
    let mut tasks = JoinSet::new();
    for lane in 0..at_once.min(count) {
        let make = Arc::clone(&make);
        tasks.spawn(async move {
            let mut made = Vec::new();
            for place in (lane..count).step_by(at_once) {
                made.push((place, make(place).await?));
            }
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(made)
        });
    }
    let mut made = Vec::with_capacity(count);
    while let Some(ended) = tasks.join_next().await {
        made.extend(ended??);
    }
    made.sort_by_key(|(place, _)| *place);
    Ok(made.into_iter().map(|(_, made)| made).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn many_are_made_in_order_or_not_at_all() {
        let made = many(10, 3, async |place| Ok(place)).await.unwrap();
        assert_eq!(made, (0..10).collect::<Vec<_>>());
        let failed = many(10, 3, async |place| match place {
            7 => Err("no".into()),
            place => Ok(place),
        });
        assert!(failed.await.is_err());
    }
}
