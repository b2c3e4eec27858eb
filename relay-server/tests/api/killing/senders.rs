//! Those who send messages. Each sends one after another, the same bytes until they are acknowledged.

use std::sync::Arc;

use serde_json::Value;

use super::dice::Dice;
use super::line::Line;
use crate::support::Person;

/// A message that was acknowledged.
pub(crate) struct Sent {
    /// Which of the sender's it is: 0, 1, 2, …
    pub(crate) number: u64,
    /// To which recipients, as indices.
    pub(crate) to: Vec<usize>,
    body: Value,
    answer: Value,
}

impl Sent {
    pub(crate) fn id(&self) -> &str {
        self.body["messageId"].as_str().unwrap()
    }

    /// The content of its envelopes.
    pub(crate) fn content(&self) -> &Value {
        &self.body["envelopes"][0]["content"]
    }
}

/// A sender with the recipients of a conversation.
pub(crate) struct Sender {
    pub(crate) person: Arc<Person>,
    pub(crate) conversation: String,
    pub(crate) recipients: Arc<Vec<Arc<Person>>>,
}

impl Sender {
    /// Sends until it is over; what was acknowledged, in order.
    pub(crate) async fn run(&self, line: Line, mut dice: Dice) -> Vec<Sent> {
        let mut sent = Vec::new();
        while !line.is_over() {
            let number = u64::try_from(sent.len()).unwrap();
            sent.push(self.send(&line, &mut dice, number).await);
            if dice.one_in(6) {
                self.repeat(&line, &sent[dice.throw(sent.len())]).await;
            }
        }
        sent
    }

    async fn send(&self, line: &Line, dice: &mut Dice, number: u64) -> Sent {
        let mut to: Vec<usize> = (0..self.recipients.len())
            .filter(|_| dice.one_in(3))
            .collect();
        if to.is_empty() {
            to.push(dice.throw(self.recipients.len()));
        }
        let people: Vec<&Person> = to
            .iter()
            .map(|index| self.recipients[*index].as_ref())
            .collect();
        let mut content = vec![0; 8 + dice.throw(1500)];
        content[..8].copy_from_slice(&number.to_be_bytes());
        let body = self.person.message(&self.conversation, &people, &content);
        let token = self.person.token();
        let answer = line.post("/api/messages", token, &body).await.ok();
        assert_eq!(answer["messageId"], body["messageId"]);
        Sent {
            number,
            to,
            body,
            answer,
        }
    }

    /// The same request again answers as the first time, however often the relay died since.
    async fn repeat(&self, line: &Line, sent: &Sent) {
        let token = self.person.token();
        let again = line.post("/api/messages", token, &sent.body).await.ok();
        assert_eq!(again, sent.answer, "another answer than the first time");
    }
}
