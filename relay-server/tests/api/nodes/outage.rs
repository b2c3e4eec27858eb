//! NATS goes and comes; lines to it and to PostgreSQL are cut.

use std::time::Duration;

use serde_json::json;

use super::{NEVER, OFTEN, Site, metric, next_is, received, resumed, setting, until_connected};
use crate::support::nats::{Line, Nats};
use crate::support::{Person, Place, postgres};

/// How long something is away.
fn outage() -> Duration {
    Duration::from_secs(setting("SEALPOST_OUTAGE_SECONDS", 3))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_start_and_serve_without_nats_and_find_it_later() {
    let (site, mut nats) = (Site::new(), Nats::absent());
    let url = nats.url();
    let nodes = [(); 2].map(|()| site.node(Some(&url), OFTEN));
    let [one, two] = &nodes;
    let alice = Person::register(&one.api, "alice").await;
    let bob = Person::register(&one.api, "bob").await;
    let conversation = alice.converse(&one.api, &[&bob]).await;
    let mut hub = resumed(two, &bob).await;
    let mut seq = 0;
    for round in 0..2 {
        // Away: what is sent arrives by catching up.
        let until = tokio::time::Instant::now() + outage();
        while tokio::time::Instant::now() < until {
            for node in &nodes {
                let ready = node
                    .api
                    .client
                    .get(format!("{}/readyz", node.api.url))
                    .send();
                assert_eq!(ready.await.unwrap().status(), 200);
            }
            until_connected(two, false).await;
            let heard = received(two).await;
            alice.send(&one.api, &conversation, &[&bob], b"away").await;
            seq += 1;
            next_is(&mut hub, seq).await;
            assert!(
                (received(two).await - heard).abs() < 0.5,
                "a hint without NATS"
            );
        }
        assert!(metric(one, "sealpost_hints_total{fate=\"dropped\"}").await > 0.5);
        // There: hints come, too.
        nats.run();
        for node in &nodes {
            until_connected(node, true).await;
        }
        let heard = received(two).await;
        for _ in 0..5 {
            alice.send(&one.api, &conversation, &[&bob], b"there").await;
            seq += 1;
            next_is(&mut hub, seq).await;
        }
        assert!(received(two).await - heard > 4.5, "round {round}: no hints");
        nats.kill();
    }
}

/// What was missed while NATS was away comes when it is back, at once, without waiting for the next round.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_finds_nats_again_catches_up() {
    let (site, mut nats) = (Site::new(), Nats::start());
    let [one, two] = site.pair(&nats, NEVER).await;
    let alice = Person::register(&one.api, "alice").await;
    let bob = Person::register(&one.api, "bob").await;
    let conversation = alice.converse(&one.api, &[&bob]).await;
    let mut hub = resumed(&two, &bob).await;
    nats.kill();
    until_connected(&one, false).await;
    until_connected(&two, false).await;
    alice
        .send(&one.api, &conversation, &[&bob], b"missed")
        .await;
    tokio::time::sleep(outage()).await;
    assert_eq!(
        metric(&two, "sealpost_envelopes_delivered_total{way=\"push\"}").await as u64,
        0
    );
    nats.run();
    next_is(&mut hub, 1).await;
}

/// Nothing comes through between a node and NATS, and no connection is closed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_line_to_nats_delays_and_never_blocks() {
    let (site, nats) = (Site::new(), Nats::start());
    let line = Line::to(nats.port()).await;
    let url = format!("nats://{}", line.address);
    let (one, two) = (
        site.node(Some(&url), OFTEN),
        site.node(Some(&nats.url()), OFTEN),
    );
    until_connected(&one, true).await;
    until_connected(&two, true).await;
    let alice = Person::register(&one.api, "alice").await;
    let bob = Person::register(&one.api, "bob").await;
    let conversation = alice.converse(&one.api, &[&bob]).await;
    let (mut here, mut there) = (resumed(&one, &bob).await, resumed(&two, &bob).await);
    let mut seq = 0;
    for is_cut in [true, false] {
        if is_cut {
            line.cut();
        } else {
            line.mend();
        }
        let until = tokio::time::Instant::now() + outage();
        while tokio::time::Instant::now() < until {
            for node in [&one, &two] {
                let begun = tokio::time::Instant::now();
                alice.send(&node.api, &conversation, &[&bob], b"x").await;
                assert!(
                    begun.elapsed() < Duration::from_secs(5),
                    "an answer waited for NATS"
                );
                seq += 1;
                next_is(&mut here, seq).await;
                next_is(&mut there, seq).await;
            }
        }
    }
}

/// Nothing comes through between a node and PostgreSQL: its clients wait, the others' do not, and nothing is lost or doubled.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_line_to_the_database_delays_its_node_alone() {
    let (site, nats) = (Site::new(), Nats::start());
    let server = postgres::server();
    let line = Line::to(server.port()).await;
    let direct = format!("127.0.0.1:{}", server.port());
    let behind = Place::Server(
        site.database
            .url()
            .replace(&direct, &line.address.to_string()),
    );
    let (one, two) = (
        site.node(Some(&nats.url()), OFTEN),
        site.node_on(&behind, Some(&nats.url()), OFTEN),
    );
    until_connected(&two, true).await;
    let alice = Person::register(&one.api, "alice").await;
    let bob = Person::register(&one.api, "bob").await;
    let conversation = alice.converse(&one.api, &[&bob]).await;
    let (mut here, mut there) = (resumed(&one, &bob).await, resumed(&two, &bob).await);
    line.cut();
    let until = tokio::time::Instant::now() + outage();
    let mut sent = 0;
    while tokio::time::Instant::now() < until {
        alice.send(&one.api, &conversation, &[&bob], b"x").await;
        sent += 1;
        next_is(&mut here, sent).await;
    }
    line.mend();
    for seq in 1..=sent {
        next_is(&mut there, seq).await;
    }
    alice.send(&one.api, &conversation, &[&bob], b"last").await;
    next_is(&mut there, sent + 1).await;
    there
        .invoke("Acknowledge", json!([sent + 1]))
        .await
        .unwrap();
}
