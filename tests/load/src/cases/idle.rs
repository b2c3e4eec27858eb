//! Connections on which nothing happens but pings.

use std::time::Duration;

use tokio::task::JoinHandle;

use super::Setting;
use crate::Result;
use crate::hub::Hub;
use crate::lanes::many;
use crate::report::{RELAY, say};
use crate::stats::number;

/// How many are open when it is looked at.
const SIZES: [usize; 2] = [5000, 19_000];
/// Connections of one device; the relay allows 16.
const OF_ONE: usize = 16;
/// How often a client says that it is there.
const PING: Duration = Duration::from_secs(12);
/// How long is waited until the memory is what it stays at.
const SETTLE: Duration = Duration::from_secs(20);
/// Files that this process needs besides.
const OTHER_FILES: usize = 200;

#[expect(clippy::cast_precision_loss, reason = "a measurement")]
pub(super) async fn run(setting: &mut Setting) -> Result<()> {
    let relay = setting.relay()?;
    let address = relay.address;
    let before = relay.process.usage()?.resident;
    let mut open = 0;
    let mut connections: Vec<JoinHandle<Result<()>>> = Vec::new();
    for size in SIZES {
        if size + OTHER_FILES > most_files() {
            let files = most_files();
            say(&format!(
                "idle-{size} is left out: a process may have {files} files open here (ulimit -n)"
            ));
            break;
        }
        let people = setting.people.clone();
        let made = many(size - open, 32, move |place| {
            let place = open + place;
            let person = people.get(place / OF_ONE).cloned();
            // Several sources, as one has ports for some 28,000.
            let source = u8::try_from(2 + place / 5000);
            async move {
                let person = person.ok_or("too few people")?;
                let mut hub = Hub::connect(address, &person.token, source?).await?;
                hub.invoke("Resume", 0.into(), &mut Vec::new()).await?;
                // At once, or it is silent until all others are there.
                Ok(tokio::spawn(stay(hub)))
            }
        });
        connections.extend(made.await?);
        open = size;
        tokio::time::sleep(SETTLE).await;
        let settled = relay.process.usage()?;
        tokio::time::sleep(SETTLE).await;
        let after = relay.process.usage()?;
        if connections.iter().any(JoinHandle::is_finished) {
            return Err("an idle connection ended".into());
        }
        let bytes = after.resident.saturating_sub(before) as f64;
        let share = (after.cpu - settled.cpu) / SETTLE.as_secs_f64();
        let values = [
            ("KiB/connection", bytes / 1024.0 / number(open)),
            ("cores/100,000 connections", share * 1e5 / number(open)),
        ];
        setting.report.add(&format!("idle-{size}"), RELAY, &values);
    }
    Ok(())
}

/// Reads whatever comes, and pings.
async fn stay(mut hub: Hub) -> Result<()> {
    let mut due = tokio::time::Instant::now() + PING;
    let mut stamps = Vec::new();
    loop {
        match tokio::time::timeout_at(due, hub.receive(&mut stamps)).await {
            Ok(received) => received?,
            Err(_) => {
                due += PING;
                hub.ping().await?;
            }
        }
    }
}

/// How many files a process may have open.
fn most_files() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    soft.unwrap_or(1024)
}
