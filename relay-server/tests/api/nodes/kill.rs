//! Nodes die under load.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;

use super::{OFTEN, Site, setting, until_connected};
use crate::support::hub::HubClient;
use crate::support::nats::Nats;
use crate::support::program::Program;
use crate::support::{Api, Person};

type Noted = Arc<Mutex<Vec<String>>>;

/// Sends until the node is gone, and notes what was acknowledged.
async fn send_until_killed(
    api: Api,
    sender: Arc<Person>,
    to: Arc<Person>,
    conversation: String,
    noted: Noted,
) {
    loop {
        let body = sender.message(&conversation, &[&to], b"x");
        let request = api.client.post(format!("{}/api/messages", api.url));
        match request.bearer_auth(sender.token()).json(&body).send().await {
            Ok(response) if response.status() == 200 => {
                let id = body["messageId"].as_str().unwrap().to_owned();
                noted.lock().unwrap().push(id);
            }
            _ => return,
        }
    }
}

/// Reads pushes until all of `expected` came; checks that numbers have no gap. The messages in order.
async fn read_all(hub: &mut HubClient, expected: &HashSet<String>) -> Vec<String> {
    let (mut ids, mut missing) = (Vec::new(), expected.clone());
    while !missing.is_empty() {
        let arguments = hub.push("ReceiveEnvelope").await;
        let id = arguments[1]["messageId"].as_str().unwrap().to_owned();
        missing.remove(&id);
        ids.push(id);
        assert_eq!(arguments[0], ids.len());
    }
    ids
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_of_three_nodes_die_under_load_and_nothing_acknowledged_is_lost() {
    let (site, nats) = (Site::new(), Nats::start());
    let url = nats.url();
    let start = || site.node(Some(&url), OFTEN);
    let third = start();
    let bob = Arc::new(Person::register(&third.api, "bob").await);
    let mut senders = Vec::new();
    for name in ["alice", "carol", "dave"] {
        let sender = Person::register(&third.api, name).await;
        let conversation = sender.converse(&third.api, &[&bob]).await;
        senders.push((Arc::new(sender), conversation));
    }
    let noted = Noted::default();
    for round in 0..setting("SEALPOST_KILL_ROUNDS", 3) {
        let doomed: Vec<Program> = (0..2).map(|_| start()).collect();
        for node in &doomed {
            until_connected(node, true).await;
        }
        let mut hubs = Vec::new();
        for node in &doomed {
            let mut hub = HubClient::connect(&node.api, bob.token()).await;
            hub.invoke("Resume", json!([0])).await.unwrap();
            hubs.push(hub);
        }
        let before = noted.lock().unwrap().len();
        let tasks: Vec<_> = doomed
            .iter()
            .flat_map(|node| senders.iter().map(move |sender| (node, sender)))
            .map(|(node, (sender, conversation))| {
                let (sender, bob, noted) =
                    (Arc::clone(sender), Arc::clone(&bob), Arc::clone(&noted));
                tokio::spawn(send_until_killed(
                    node.api.clone(),
                    sender,
                    bob,
                    conversation.clone(),
                    noted,
                ))
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(400 + 130 * (round % 5))).await;
        for node in &doomed {
            node.kill();
        }
        for task in tasks {
            task.await.unwrap();
        }
        let acknowledged: HashSet<String> = noted.lock().unwrap().iter().cloned().collect();
        assert!(acknowledged.len() > before, "no load");
        for hub in &mut hubs {
            assert_eq!(hub.closed().await, None, "killed");
        }
        let mut hub = HubClient::connect(&third.api, bob.token()).await;
        hub.invoke("Resume", json!([0])).await.unwrap();
        let ids = read_all(&mut hub, &acknowledged).await;
        let unique: HashSet<_> = ids.iter().collect();
        assert_eq!(unique.len(), ids.len(), "something is there twice");
    }
}
