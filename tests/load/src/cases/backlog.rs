//! A device that comes back to ten thousand envelopes.

use std::sync::Arc;
use std::time::Instant;

use super::{LANES, ROUNDS, Setting};
use crate::Result;
use crate::hub::Hub;
use crate::lanes::{BareReceiver, BareSender, RelaySender, many};
use crate::people::Person;
use crate::process::Server;
use crate::report::{BARE, RELAY};
use crate::stamp;
use crate::stats::{median, number};
use crate::work::{CONTENT, Receiver as _, Sender};

/// Envelopes that wait.
const ENVELOPES: usize = 10_000;

pub(super) async fn run(setting: &mut Setting) -> Result<()> {
    let relay = setting.relay()?;
    let bare = setting.bare()?;
    let address = bare.address;
    fill(many(LANES, LANES, move |_| BareSender::new(address, 1)).await?).await?;
    let away = setting.person(600)?;
    let senders = setting.some(601, LANES)?;
    fill(relay_senders(&relay, senders, &away).await?).await?;
    let [mut bares, mut relays] = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        read_bare(&bare).await?;
        bares.push(number(ENVELOPES) / begun.elapsed().as_secs_f64());
        let begun = Instant::now();
        read_relay(&relay, &away).await?;
        relays.push(number(ENVELOPES) / begun.elapsed().as_secs_f64());
    }
    for (system, rates) in [(BARE, bares), (RELAY, relays)] {
        let values = [("envelopes/s", median(&rates))];
        setting.report.add("backlog", system, &values);
    }
    Ok(())
}

async fn relay_senders(
    relay: &Server,
    senders: Vec<Arc<Person>>,
    away: &Arc<Person>,
) -> Result<Vec<RelaySender>> {
    let (address, to) = (relay.address, Arc::clone(away));
    let made = many(LANES, 16, move |lane| {
        let (from, to) = (senders.get(lane).cloned(), Arc::clone(&to));
        async move {
            let from = from.ok_or("no such sender")?;
            RelaySender::new(address, &from, &to).await
        }
    });
    made.await
}

/// Sends what waits then.
async fn fill<S: Sender>(senders: Vec<S>) -> Result<()> {
    let mut tasks = tokio::task::JoinSet::new();
    let lanes = senders.len();
    for (lane, mut sender) in senders.into_iter().enumerate() {
        tasks.spawn(async move {
            for _ in (lane..ENVELOPES).step_by(lanes) {
                sender.send(&stamp::content(stamp::now(), CONTENT)).await?;
            }
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(())
}

async fn read_bare(bare: &Server) -> Result<()> {
    let mut reader = BareReceiver::of_stored(bare.address, 1).await?;
    let mut stamps = Vec::new();
    while stamps.len() < ENVELOPES {
        reader.receive(&mut stamps).await?;
    }
    Ok(())
}

/// Without an acknowledgement, so that it can be read once more.
async fn read_relay(relay: &Server, away: &Person) -> Result<()> {
    let mut hub = Hub::connect(relay.address, &away.token, 1).await?;
    let mut stamps = Vec::new();
    hub.invoke("Resume", 0.into(), &mut stamps).await?;
    while stamps.len() < ENVELOPES {
        hub.receive(&mut stamps).await?;
    }
    Ok(())
}
