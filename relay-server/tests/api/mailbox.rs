//! The mailbox: contiguous, in order, until acknowledged or too old.

use serde_json::{Value, json};

use crate::support::relay::contents;
use crate::support::{Person, Relay};

fn seqs(page: &Value) -> Vec<u64> {
    page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["seq"].as_u64().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn seqs_are_contiguous_under_parallel_senders() {
    let relay = Relay::start().await;
    let bob = Person::register(&relay, "bob").await;
    let carol = Person::register(&relay, "carol").await;
    let mut calls = Vec::new();
    for name in ["alice", "dave", "erin", "frank"] {
        let sender = Person::register(&relay, name).await;
        let conversation = sender.converse(&relay, &[&bob, &carol]).await;
        let bodies: Vec<_> = (0..20)
            .map(|number| sender.message(&conversation, &[&bob, &carol], &[number + 1]))
            .collect();
        // Some that are refused in between, in the same transactions.
        let refused: Vec<_> = (0..20)
            .map(|_| sender.message(&conversation, &[&bob], b""))
            .collect();
        let mut wrong: Vec<_> = (0..20)
            .map(|_| sender.message(&conversation, &[&bob, &carol], b"x"))
            .collect();
        for body in &mut wrong {
            body["envelopes"].as_array_mut().unwrap().pop();
        }
        let (api, token) = (relay.api(), sender.token().to_owned());
        calls.push(tokio::spawn(async move {
            for ((body, refused), wrong) in bodies.iter().zip(&refused).zip(&wrong) {
                let (good, bad, mismatched) = tokio::join!(
                    api.post("/api/messages", &token, body),
                    api.post("/api/messages", &token, refused),
                    api.post("/api/messages", &token, wrong),
                );
                good.ok();
                bad.refused(400, "bad-request");
                mismatched.refused(409, "device-mismatch");
            }
        }));
    }
    for call in calls {
        call.await.unwrap();
    }
    let mut messages = Vec::new();
    for person in [&bob, &carol] {
        let page = relay
            .get("/api/mailbox?limit=200", person.token())
            .await
            .ok();
        assert_eq!(seqs(&page), (1..=80).collect::<Vec<_>>());
        let items = page["items"].as_array().unwrap().iter();
        messages.push(
            items
                .map(|item| item["envelope"]["messageId"].clone())
                .collect::<Vec<_>>(),
        );
    }
    assert_eq!(messages[0], messages[1], "one order for all");
}

#[tokio::test]
async fn pages_and_acknowledgements() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let conversation = alice.converse(&relay, &[&bob]).await;
    for number in 1..=5 {
        alice.send(&relay, &conversation, &[&bob], &[number]).await;
    }
    let read = async |query: &str| {
        relay
            .get(&format!("/api/mailbox?{query}"), bob.token())
            .await
            .ok()
    };
    let page = read("limit=2").await;
    assert_eq!((seqs(&page), &page["next"]), (vec![1, 2], &json!(2)));
    let page = read("limit=2&after=2").await;
    assert_eq!((seqs(&page), &page["next"]), (vec![3, 4], &json!(4)));
    let page = read("limit=2&after=4").await;
    assert_eq!((seqs(&page), &page["next"]), (vec![5], &Value::Null));
    let page = read("after=17").await;
    assert_eq!((seqs(&page), &page["next"]), (vec![], &Value::Null));

    let acknowledge = async |up_to: u64| {
        relay
            .post("/api/mailbox/ack", bob.token(), &json!({ "upTo": up_to }))
            .await
    };
    assert_eq!(acknowledge(3).await.status, 204);
    let page = read("").await;
    assert_eq!(
        (seqs(&page), &page["firstSeq"], &page["lastSeq"]),
        (vec![4, 5], &json!(4), &json!(5))
    );
    let before = contents(&relay.database());
    assert_eq!(acknowledge(1).await.status, 204);
    acknowledge(6).await.refused(400, "bad-request");
    assert_eq!(contents(&relay.database()), before);
    assert_eq!(acknowledge(5).await.status, 204);
    let page = read("").await;
    assert_eq!(
        (seqs(&page), &page["firstSeq"], &page["lastSeq"]),
        (vec![], &json!(6), &json!(5))
    );
    alice.send(&relay, &conversation, &[&bob], b"next").await;
    assert_eq!(seqs(&read("").await), [6]);
}

#[tokio::test]
async fn a_page_ends_early_when_it_grows_large() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let conversation = alice.converse(&relay, &[&bob]).await;
    for _ in 0..70 {
        alice
            .send(&relay, &conversation, &[&bob], &[7; 64 * 1024])
            .await;
    }
    let first = relay.get("/api/mailbox?limit=200", bob.token()).await.ok();
    assert_eq!(seqs(&first), (1..=64).collect::<Vec<_>>());
    let path = format!("/api/mailbox?limit=200&after={}", first["next"]);
    let rest = relay.get(&path, bob.token()).await.ok();
    assert_eq!(
        (seqs(&rest), &rest["next"]),
        ((65..=70).collect::<Vec<_>>(), &Value::Null)
    );
}
