//! Posts to a topic with many subscribers.

use std::time::Duration;

use super::{ROUNDS, Setting, micros_each};
use crate::Result;
use crate::lanes::{BareReceiver, BareSender, Subscriber, many};
use crate::process::Server;
use crate::report::{BARE, RELAY};
use crate::topic::Topic;
use crate::work::{Outcome, Pace, Receiving, run as work};

/// Posts that may be under way.
const WINDOW: usize = 4;

pub(super) async fn run(setting: &mut Setting) -> Result<()> {
    for subscribers in [100, 1000] {
        let relay = setting.relay()?;
        let bare = setting.bare()?;
        let topic = Topic::of(relay.address, &setting.some(0, subscribers)?).await?;
        let time = setting.options.time / u32::try_from(ROUNDS)?;
        let [mut relays, mut bares] = [Outcome::default(), Outcome::default()];
        let mut cpu = 0.0;
        for round in 0..ROUNDS {
            bares.append(bare_turn(&bare, round, subscribers, time).await?);
            let before = relay.process.usage()?.cpu;
            relays.append(relay_turn(setting, &relay, &topic, subscribers, time).await?);
            cpu += relay.process.usage()?.cpu - before;
        }
        let case = format!("fanout-{subscribers}");
        let each = micros_each(cpu, relays.sent * subscribers);
        report(setting, &case, BARE, bares, None);
        report(setting, &case, RELAY, relays, Some(each));
    }
    Ok(())
}

fn report(
    setting: &mut Setting,
    case: &str,
    system: &str,
    mut outcome: Outcome,
    each: Option<f64>,
) {
    let mut values = vec![
        ("posts/s", outcome.acks_per_second()),
        ("deliveries/s", outcome.deliveries_per_second()),
        ("delivery p50 ms", outcome.deliveries.percentile(50)),
        ("delivery p99 ms", outcome.deliveries.percentile(99)),
    ];
    values.extend(each.map(|each| ("server µs/delivery", each)));
    setting.report.add(case, system, &values);
}

async fn relay_turn(
    setting: &Setting,
    relay: &Server,
    topic: &Topic,
    subscribers: usize,
    time: Duration,
) -> Result<Outcome> {
    let (address, id) = (relay.address, topic.id.clone());
    let members = setting.some(0, subscribers)?;
    let made = many(subscribers, 16, move |place| {
        let (member, id) = (members.get(place).cloned(), id.clone());
        async move {
            let member = member.ok_or("no such member")?;
            Subscriber::new(address, &member.token, &id).await
        }
    });
    let receiving = Receiving::start(made.await?);
    let poster = topic.poster(address).await?;
    work(
        vec![poster],
        receiving,
        subscribers,
        Pace::Window(WINDOW),
        time,
    )
    .await
}

async fn bare_turn(
    bare: &Server,
    turn: usize,
    subscribers: usize,
    time: Duration,
) -> Result<Outcome> {
    let (address, to) = (bare.address, u64::try_from(turn)?);
    let made = many(subscribers, 16, move |_| BareReceiver::new(address, to));
    let receiving = Receiving::start(made.await?);
    let sender = BareSender::new(address, to).await?;
    work(
        vec![sender],
        receiving,
        subscribers,
        Pace::Window(WINDOW),
        time,
    )
    .await
}
