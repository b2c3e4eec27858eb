//! One relay and three of them on one PostgreSQL: whether more nodes store more. All are on this machine, so that they share its cores.

use std::time::Duration;

use super::{LANES, Setting, register};
use crate::Result;
use crate::lanes::{BareReceiver, RelaySender, many};
use crate::process::Server;
use crate::report::{RELAY, say};
use crate::work::{Outcome, Pace, Receiving, run as work};

pub(super) async fn run(setting: &mut Setting) -> Result<()> {
    let Some(postgres) = &setting.postgres else {
        say(
            "PostgreSQL is not installed, so there are no several nodes: apt-get install postgresql",
        );
        return Ok(());
    };
    let database = postgres.database("nodes")?;
    let time = setting.options.time;
    let nodes: Vec<_> = (0..3)
        .map(|_| setting.relay_on(&database))
        .collect::<Result<_>>()?;
    let first = nodes.first().ok_or("no node")?;
    let people = register(first.address, 2 * LANES).await?;
    let one = turn(&nodes, 1, &people, time).await?;
    let three = turn(&nodes, 3, &people, time).await?;
    for (case, mut outcome) in [("nodes-1", one), ("nodes-3", three)] {
        let values = [
            ("acks/s", outcome.acks_per_second()),
            ("ack p50 ms", outcome.acks.percentile(50)),
            ("ack p99 ms", outcome.acks.percentile(99)),
        ];
        setting.report.add(case, RELAY, &values);
    }
    Ok(())
}

/// The senders are spread over the first so many nodes; nobody listens.
async fn turn(
    nodes: &[Server],
    count: usize,
    people: &[std::sync::Arc<crate::people::Person>],
    time: Duration,
) -> Result<Outcome> {
    let addresses: Vec<_> = nodes.iter().take(count).map(|node| node.address).collect();
    let people = people.to_vec();
    let made = many(LANES, 16, move |lane| {
        let address = addresses.get(lane % count).copied();
        let pair = (people.get(lane).cloned(), people.get(LANES + lane).cloned());
        async move {
            let address = address.ok_or("no such node")?;
            let (Some(from), Some(to)) = pair else {
                return Err("no such lane".into());
            };
            RelaySender::new(address, &from, &to).await
        }
    });
    let nobody = Receiving::start(Vec::<BareReceiver>::new());
    work(made.await?, nobody, 0, Pace::Closed, time).await
}
