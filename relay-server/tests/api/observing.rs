//! Metrics, and what `relay-server check` says.

use std::collections::BTreeSet;

use relay_server::Config;
use relay_server::metrics::{Kind, METRICS};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::hub::HubClient;
use crate::support::place::Place;
use crate::support::program::Program;
use crate::support::{Person, Relay, text};

const DASHBOARD: &str = include_str!("../../../docs/operations/grafana-dashboard.json");
const UNIT: &str = include_str!("../../../docs/operations/sealpost-relay.service");
const COMPOSE: &str = include_str!("../../../docs/operations/compose.yaml");
const PAGE: &str = include_str!("../../../docs/operations.md");

/// The metrics that a text speaks of, without what Prometheus adds to histograms.
fn metrics_in(text: &str) -> BTreeSet<String> {
    let named = text
        .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .filter(|word| word.starts_with("sealpost_"));
    let bare = named.map(|name| {
        let base = ["_bucket", "_sum", "_count"]
            .iter()
            .find_map(|suffix| name.strip_suffix(suffix));
        base.unwrap_or(name).to_owned()
    });
    bare.collect()
}

fn value(shown: &str, series: &str) -> f64 {
    let line = shown.lines().find(|line| line.starts_with(series));
    let line = line.unwrap_or_else(|| panic!("{series} in {shown}"));
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn metrics_say_what_happened_and_not_to_whom() {
    let folder = tempfile::tempdir().unwrap();
    let settings = [("METRICS_ADDR", "127.0.0.1:0"), ("RATE_BUNDLES", "1")];
    let program = Program::start_with(
        &Place::new(folder.path()),
        &folder.path().join("log"),
        "info",
        &settings,
    );
    let alice = Person::register(&program.api, "alice").await;
    let bob = Person::register(&program.api, "bob").await;
    let conversation = alice.converse(&program.api, &[&bob]).await;
    let mut hub = HubClient::connect(&program.api, bob.token()).await;
    hub.invoke("Resume", json!([0])).await.unwrap();
    alice
        .send(&program.api, &conversation, &[&bob], b"hello")
        .await;
    hub.push("ReceiveEnvelope").await;
    bob.mailbox(&program.api).await;
    let bundles = json!({ "addresses": [alice.device().address()] });
    for status in [200, 429] {
        let answer = program
            .api
            .post("/api/prekey-bundles", bob.token(), &bundles)
            .await;
        assert_eq!(answer.status, status);
    }
    let unknown = text([0x5a; 32]);
    program.api.get("/api/users?username=alice", &unknown).await;
    let strange = Method::from_bytes(b"CANARY").unwrap();
    program.api.call(strange, "/canary/path", None, None).await;

    let url = program.metrics.as_ref().unwrap();
    let response = program.api.client.get(url).send().await.unwrap();
    assert!(
        response.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/plain")
    );
    let shown = response.text().await.unwrap();
    let names: BTreeSet<_> = METRICS
        .iter()
        .map(|(name, ..)| (*name).to_owned())
        .collect();
    assert_eq!(metrics_in(&shown), names);
    for (name, kind, _) in METRICS {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        assert!(shown.contains(&format!("# TYPE {name} {kind}\n")), "{name}");
    }
    for (series, expected) in [
        ("sealpost_messages_stored_total", 1.0),
        ("sealpost_stored_total{kind=\"envelope\"}", 1.0),
        ("sealpost_envelopes_delivered_total{way=\"push\"}", 1.0),
        ("sealpost_envelopes_delivered_total{way=\"mailbox\"}", 1.0),
        ("sealpost_rate_limited_total{limit=\"bundles\"}", 1.0),
        ("sealpost_hub_connections", 1.0),
        ("sealpost_store_queue_depth", 0.0),
        ("sealpost_store_refused_busy_total", 0.0),
    ] {
        assert!(
            (value(&shown, series) - expected).abs() < 0.5,
            "{series}\n{shown}"
        );
    }
    assert!(value(&shown, "sealpost_store_commit_seconds_count") >= 5.0);

    for canary in [
        &alice.id,
        &bob.id,
        &conversation,
        alice.token(),
        &unknown,
        &alice.device().id.to_string(),
        "127.0.0.1",
        "CANARY",
        "canary",
        "alice",
    ] {
        assert!(!shown.contains(canary), "{canary}");
    }
    let labels: BTreeSet<_> = shown
        .split(['{', ','])
        .filter_map(|part| Some(part.split_once("=\"")?.0))
        .collect();
    let allowed = [
        "fate", "kind", "le", "limit", "method", "route", "status", "way",
    ];
    assert_eq!(labels, BTreeSet::from(allowed));

    // Connections that end are counted, and the public listener shows nothing.
    drop(hub);
    let public = program.api.call(Method::GET, "/metrics", None, None).await;
    public.refused(404, "not-found");
    for _ in 0..100 {
        let shown = program.api.client.get(url).send().await.unwrap();
        let shown = shown.text().await.unwrap();
        if value(&shown, "sealpost_hub_connections") < 0.5 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("a connection that ended is still counted");
}

#[test]
fn dashboard_and_documentation_speak_of_the_metrics_there_are() {
    let names: BTreeSet<_> = METRICS
        .iter()
        .map(|(name, ..)| (*name).to_owned())
        .collect();
    assert_eq!(metrics_in(DASHBOARD), names);
    assert_eq!(metrics_in(PAGE), names);
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().unwrap() {
            assert!(!metrics_in(target["expr"].as_str().unwrap()).is_empty());
        }
    }
}

/// Settings in the examples are settings of the relay, and their values are taken.
#[test]
fn examples_set_what_there_is() {
    let unit = UNIT
        .lines()
        .filter_map(|line| line.strip_prefix("Environment=")?.split_once('='));
    let compose = COMPOSE
        .lines()
        .skip_while(|line| line.trim() != "environment:")
        .skip(1)
        .take_while(|line| line.starts_with("      "))
        .filter_map(|line| line.trim().split_once(": "));
    for settings in [unit.collect::<Vec<_>>(), compose.collect()] {
        assert!(settings.len() > 3);
        let read = Config::read(|name| {
            let (_, value) = settings.iter().find(|(key, _)| *key == name)?;
            let value = value.trim_matches('"');
            Some(
                value.split("${").next().unwrap().to_owned()
                    + if value.contains("${") {
                        "chat.example"
                    } else {
                        ""
                    },
            )
        });
        assert!(read.is_ok(), "{:?}", read.err());
        for (name, _) in settings {
            assert!(Config::VARIABLES.contains(&name), "{name}");
        }
    }
}

#[tokio::test]
async fn check_names_everything_that_is_wrong_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("relay.db");
    let url = format!("sqlite://{}", file.display());
    let good = [("DATABASE_URL", url.as_str()), ("LISTEN", "127.0.0.1:0")];
    assert_eq!(
        Program::check(&good),
        (true, "the settings are good\n".to_owned())
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);

    let (content, said) = Program::check(&[
        ("LISTEN", "localhost"),
        ("DATABASE_URL", "mysql://x"),
        ("RETENTION_DAYS", "soon"),
        ("AUTH_ISSUER", "https://site.example"),
        ("RATE_LOGIN", "5"),
    ]);
    let lines: BTreeSet<_> = said
        .lines()
        .map(|line| line.split(':').next().unwrap())
        .collect();
    assert!(!content);
    let wrong = [
        "AUTH_ISSUER",
        "DATABASE_URL",
        "LISTEN",
        "RATE_LOGIN",
        "RETENTION_DAYS",
    ];
    assert_eq!(lines, BTreeSet::from(wrong), "{said}");

    let missing = folder.path().join("no/such/folder/relay.db");
    let missing = format!("sqlite://{}", missing.display());
    let nowhere = folder.path().display().to_string();
    let (content, said) = Program::check(&[
        ("DATABASE_URL", &missing),
        ("LISTEN", "0.0.0.0:0"),
        ("WEB_ROOT", &nowhere),
        ("AUTH_JWKS_URL", "http://127.0.0.1:9/keys"),
        ("AUTH_ISSUER", "https://site.example"),
        ("AUTH_AUDIENCE", "relay"),
    ]);
    assert!(!content);
    for name in ["DATABASE_URL", "WEB_ROOT", "PUBLIC_ORIGIN", "AUTH_JWKS_URL"] {
        assert!(
            said.lines()
                .any(|line| line.starts_with(&format!("{name}: "))),
            "{name}: {said}"
        );
    }

    // A file that is no database, and one that a relay uses at this moment.
    std::fs::write(
        &file,
        "no database at all, however long it may become ".repeat(50),
    )
    .unwrap();
    let (content, said) = Program::check(&good);
    assert!(!content && said.starts_with("DATABASE_URL: "), "{said}");
    let relay = Relay::start().await;
    let used = relay.database().url();
    let address = relay.url.trim_start_matches("http://").to_owned();
    let (content, said) = Program::check(&[("DATABASE_URL", &used), ("LISTEN", &address)]);
    assert!(content, "{said}");
}
