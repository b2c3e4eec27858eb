//! A node whose network is gone: a network namespace with a cable that is pulled. Part of `npm run soak`, for it needs root.

use std::process::Command;
use std::time::Duration;

use super::{OFTEN, Site, metric, next_is, resumed, setting, until_connected};
use crate::support::nats::{Line, Nats};
use crate::support::program::Program;
use crate::support::{Person, Place, postgres};

const NEAR: &str = "10.213.7.1";
const FAR: &str = "10.213.7.2";

/// A network namespace, and a cable to it.
struct Apart {
    name: String,
    cable: String,
}

impl Apart {
    fn new() -> Self {
        let number = std::process::id() % 100_000;
        let apart = Self {
            name: format!("sealpost-{number}"),
            cable: format!("sp{number}"),
        };
        let (name, cable, other) = (&apart.name, &apart.cable, format!("sq{number}"));
        ip(&["netns", "add", name]);
        ip(&[
            "link", "add", cable, "type", "veth", "peer", "name", &other, "netns", name,
        ]);
        ip(&["address", "add", &format!("{NEAR}/30"), "dev", cable]);
        ip(&[
            "-n",
            name,
            "address",
            "add",
            &format!("{FAR}/30"),
            "dev",
            &other,
        ]);
        ip(&["-n", name, "link", "set", "lo", "up"]);
        ip(&["-n", name, "link", "set", &other, "up"]);
        apart.set("up");
        apart
    }

    fn set(&self, state: &str) {
        ip(&["link", "set", &self.cable, state]);
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        drop(
            Command::new("ip")
                .args(["netns", "delete", &self.name])
                .status(),
        );
    }
}

fn ip(arguments: &[&str]) {
    let done = Command::new("ip").args(arguments).output();
    let done = done.expect("missing: ip; on Debian: apt-get install iproute2");
    assert!(
        done.status.success(),
        "network namespaces need root and CAP_NET_ADMIN: ip {}: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&done.stderr).trim()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_without_a_network_loses_nothing_and_comes_back() {
    let (site, nats) = (Site::new(), Nats::start());
    let (apart, server) = (Apart::new(), postgres::server());
    let to_nats = Line::from(NEAR, nats.port()).await;
    let to_database = Line::from(NEAR, server.port()).await;
    let direct = format!("127.0.0.1:{}", server.port());
    let far = Place::Server(
        site.database
            .url()
            .replace(&direct, &to_database.address.to_string()),
    );
    let url = format!("nats://{}", to_nats.address);
    let one = site.node(Some(&nats.url()), OFTEN);
    let two = Program::start_in(
        &apart.name,
        &far,
        &site.folder.path().join("log"),
        &[
            ("LISTEN", &format!("{FAR}:0")),
            ("METRICS_ADDR", &format!("{FAR}:0")),
            ("CATCH_UP_SECONDS", OFTEN),
            ("NATS_URL", &url),
        ],
    );
    until_connected(&one, true).await;
    until_connected(&two, true).await;
    let alice = Person::register(&one.api, "alice").await;
    let bob = Person::register(&one.api, "bob").await;
    let conversation = alice.converse(&one.api, &[&bob]).await;
    let mut here = resumed(&one, &bob).await;
    let mut seq = 0;
    for _ in 0..3 {
        let mut there = resumed(&two, &bob).await;
        for known in 1..=seq {
            next_is(&mut there, known).await;
        }
        alice.send(&two.api, &conversation, &[&bob], b"both").await;
        seq += 1;
        next_is(&mut here, seq).await;
        next_is(&mut there, seq).await;
        apart.set("down");
        let until = tokio::time::Instant::now()
            + Duration::from_secs(setting("SEALPOST_OUTAGE_SECONDS", 10));
        while tokio::time::Instant::now() < until {
            alice.send(&one.api, &conversation, &[&bob], b"one").await;
            seq += 1;
            next_is(&mut here, seq).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        apart.set("up");
        until_connected(&two, true).await;
        let mut again = resumed(&two, &bob).await;
        for known in 1..=seq {
            next_is(&mut again, known).await;
        }
    }
    assert!(metric(&two, "sealpost_hints_total{fate=\"received\"}").await > 0.5);
}
