//! Those who receive: on the hub, coming back as often as the connection ends.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::line::Line;
use super::senders::{Sender, Sent};
use crate::support::Person;

/// How long the last envelopes may take to come.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a recipient has taken in: envelope n has seq n + 1.
type Inbox = Arc<Mutex<Vec<Value>>>;

/// Somebody who receives.
pub(crate) struct Recipient {
    pub(crate) person: Arc<Person>,
    /// Whether envelopes are acknowledged as they come.
    pub(crate) acknowledges: bool,
    inbox: Inbox,
    reconnects: AtomicUsize,
}

impl Recipient {
    pub(crate) fn new(person: Arc<Person>, acknowledges: bool) -> Self {
        Self {
            person,
            acknowledges,
            inbox: Inbox::default(),
            reconnects: AtomicUsize::new(0),
        }
    }

    fn cursor(&self) -> usize {
        self.inbox.lock().unwrap().len()
    }

    /// Receives for as long as it is let.
    pub(crate) async fn run(&self, line: Line) {
        loop {
            // How a connection ends is no matter here.
            drop(self.connected(&line).await);
            self.reconnects.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// One connection from its beginning to its end.
    async fn connected(&self, line: &Line) -> Result<(), tokio_tungstenite::tungstenite::Error> {
        let url = line.api().url.replace("http", "ws");
        let token = self.person.token();
        let url = format!("{url}/hubs/communication?access_token={token}");
        let (mut socket, _) = tokio_tungstenite::connect_async(url).await?;
        let resume = json!({ "type": 1, "target": "Resume", "arguments": [self.cursor()] });
        let hello = json!({ "protocol": "json", "version": 1 });
        let begin = Message::text(format!("{hello}\u{1e}{resume}\u{1e}"));
        socket.send(begin).await?;
        while let Some(message) = socket.next().await {
            let Message::Text(text) = message? else {
                continue;
            };
            let mut taken = false;
            for part in text.split_terminator('\u{1e}') {
                let said: Value = serde_json::from_str(part).expect("JSON");
                match (said["type"].as_u64(), said["target"].as_str()) {
                    (Some(1), Some("ReceiveEnvelope")) => {
                        self.push(line, &said["arguments"]).await;
                        taken = true;
                    }
                    (Some(7), _) => return Ok(()),
                    _ => {}
                }
            }
            if taken && self.acknowledges && self.cursor() % 16 < 4 {
                let upto = json!([self.cursor()]);
                let call = json!({ "type": 1, "target": "Acknowledge", "arguments": upto });
                socket.send(Message::text(format!("{call}\u{1e}"))).await?;
            }
        }
        Ok(())
    }

    /// Takes in a push as the contract says: the next one, a repetition, or after a gap the mailbox.
    async fn push(&self, line: &Line, arguments: &Value) {
        let seq = usize::try_from(arguments[0].as_u64().unwrap()).unwrap();
        if seq > self.cursor() + 1 {
            self.read_on(line).await;
        }
        self.take(seq, &arguments[1]);
    }

    fn take(&self, seq: usize, envelope: &Value) {
        let mut inbox = self.inbox.lock().unwrap();
        if seq <= inbox.len() {
            assert_eq!(&inbox[seq - 1], envelope, "seq {seq} is given twice");
        } else {
            assert_eq!(seq, inbox.len() + 1, "a gap");
            inbox.push(envelope.clone());
        }
    }

    /// Reads the mailbox from the cursor to its end.
    async fn read_on(&self, line: &Line) {
        loop {
            let path = format!("/api/mailbox?limit=200&after={}", self.cursor());
            let page = line.get(&path, self.person.token()).await.ok();
            for item in page["items"].as_array().unwrap() {
                let seq = usize::try_from(item["seq"].as_u64().unwrap()).unwrap();
                self.take(seq, &item["envelope"]);
            }
            if page["next"].is_null() {
                return;
            }
        }
    }

    /// Waits until everything has come by way of pushes.
    pub(crate) async fn caught_up(&self, line: &Line) {
        let since = Instant::now();
        loop {
            let page = line.get("/api/mailbox?limit=1", self.person.token()).await;
            if page.ok()["lastSeq"] == self.cursor() {
                return;
            }
            let number = self.cursor();
            assert!(since.elapsed() < PATIENCE, "pushes end after {number}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Checks what was taken in, and what still waits, against what all senders know to be acknowledged.
    pub(crate) async fn check(
        &self,
        line: &Line,
        index: usize,
        senders: &[(Arc<Sender>, Vec<Sent>)],
    ) {
        let inbox = self.inbox.lock().unwrap().clone();
        let name = &self.person.name;
        let ids: Vec<&str> = inbox
            .iter()
            .map(|envelope| envelope["messageId"].as_str().unwrap())
            .collect();
        let unique: HashSet<&str> = ids.iter().copied().collect();
        assert_eq!(unique.len(), ids.len(), "{name}: something is there twice");
        let mut expected = 0;
        for (sender, sent) in senders {
            let from = json!(sender.person.id);
            let mut mine = inbox
                .iter()
                .filter(|envelope| envelope["sender"]["userId"] == from);
            for sent in sent.iter().filter(|sent| sent.to.contains(&index)) {
                let (who, number) = (&sender.person.name, sent.number);
                assert!(
                    unique.contains(sent.id()),
                    "{name}: {number} of {who} is lost"
                );
                let got = mine.next().expect("an envelope");
                assert_eq!(got["messageId"], sent.id(), "{name}: {who}'s order is lost");
                assert_eq!(&got["content"], sent.content());
                expected += 1;
            }
        }
        assert_eq!(ids.len(), expected, "{name}: something that nobody sent");
        self.check_rest(line, &inbox).await;
    }

    /// What was not acknowledged waits, all of it; what was is gone for good.
    async fn check_rest(&self, line: &Line, inbox: &[Value]) {
        let token = self.person.token();
        let mut seq = 0;
        if self.acknowledges {
            seq = inbox.len();
            let all = json!({ "upTo": seq });
            let answer = line.post("/api/mailbox/ack", token, &all).await;
            assert_eq!(answer.status, 204);
        }
        let first = line.get("/api/mailbox?limit=1", token).await.ok();
        assert_eq!(first["firstSeq"], seq + 1);
        loop {
            let path = format!("/api/mailbox?limit=200&after={seq}");
            let page = line.get(&path, token).await.ok();
            for item in page["items"].as_array().unwrap() {
                seq += 1;
                assert_eq!(item["seq"], seq);
                assert_eq!(item["envelope"], inbox[seq - 1]);
            }
            if page["next"].is_null() {
                assert_eq!(page["lastSeq"], inbox.len());
                return assert_eq!(seq, inbox.len());
            }
        }
    }

    /// How often the connection ended.
    pub(crate) fn reconnects(&self) -> usize {
        self.reconnects.load(Ordering::Relaxed)
    }
}
