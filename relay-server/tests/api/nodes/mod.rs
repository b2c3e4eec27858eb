//! Several relays on one PostgreSQL database with NATS between them, as programs of their own.
//! `SEALPOST_OUTAGE_SECONDS` and `SEALPOST_KILL_ROUNDS` make them longer (`npm run soak`).

#[cfg(feature = "soak")]
mod cut;
mod kill;
mod live;
mod outage;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::hub::HubClient;
use crate::support::nats::Nats;
use crate::support::program::Program;
use crate::support::{Person, Place, postgres};

/// So rarely that it cannot be what a test sees.
const NEVER: &str = "3600";
/// As often as can be.
const OFTEN: &str = "1";

/// A database that nodes share, and where their logs go.
struct Site {
    folder: tempfile::TempDir,
    database: Place,
}

impl Site {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder"),
            database: Place::Server(postgres::server().database()),
        }
    }

    /// A node that is told by `nats`, or by nobody.
    fn node(&self, nats: Option<&str>, catch_up: &str) -> Program {
        self.node_on(&self.database, nats, catch_up)
    }

    /// The same, by another way to the database.
    fn node_on(&self, database: &Place, nats: Option<&str>, catch_up: &str) -> Program {
        let mut settings = vec![
            ("CATCH_UP_SECONDS", catch_up),
            ("METRICS_ADDR", "127.0.0.1:0"),
        ];
        settings.extend(nats.map(|url| ("NATS_URL", url)));
        Program::start_with(database, &self.folder.path().join("log"), "info", &settings)
    }

    /// Two nodes that NATS connects.
    async fn pair(&self, nats: &Nats, catch_up: &str) -> [Program; 2] {
        let url = nats.url();
        let nodes = [(); 2].map(|()| self.node(Some(&url), catch_up));
        for node in &nodes {
            until_connected(node, true).await;
        }
        nodes
    }
}

/// The value of a metric.
async fn metric(node: &Program, series: &str) -> f64 {
    let url = node.metrics.as_ref().expect("metrics");
    let shown = node.api.client.get(url).send().await.expect("an answer");
    let shown = shown.text().await.expect("text");
    let line = shown.lines().find_map(|line| line.strip_prefix(series));
    line.and_then(|value| value.trim().parse().ok())
        .expect("a number")
}

async fn received(node: &Program) -> f64 {
    metric(node, "sealpost_hints_total{fate=\"received\"}").await
}

/// Waits until a node says so of NATS.
async fn until_connected(node: &Program, is_connected: bool) {
    let since = Instant::now();
    let expected = if is_connected { 1.0 } else { 0.0 };
    while (metric(node, "sealpost_nats_connected").await - expected).abs() > 0.5 {
        assert!(
            since.elapsed() < Duration::from_secs(40),
            "NATS: {is_connected}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // The server has the subscription, too.
    tokio::time::sleep(Duration::from_millis(200)).await;
}

/// A connection whose pushes have begun.
async fn resumed(node: &Program, person: &Person) -> HubClient {
    let mut hub = HubClient::connect(&node.api, person.token()).await;
    hub.invoke("Resume", json!([0])).await.unwrap();
    hub
}

async fn subscribed(node: &Program, person: &Person, topic: &str) -> HubClient {
    let mut hub = HubClient::connect(&node.api, person.token()).await;
    hub.invoke("SubscribeTopic", json!([topic])).await.unwrap();
    hub
}

/// Checks that the next envelope is the next.
async fn next_is(hub: &mut HubClient, seq: u64) -> Value {
    let arguments = hub.push("ReceiveEnvelope").await;
    assert_eq!(arguments[0], seq);
    arguments[1].clone()
}

/// A number from the environment.
fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |value| value.parse().expect("a number"))
}
