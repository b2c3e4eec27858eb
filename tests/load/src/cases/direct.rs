//! Messages from one device to one other.

use std::time::Duration;

use super::{LANES, ROUNDS, Setting, ejabberd, micros_each};
use crate::Result;
use crate::ejabberd::Ejabberd;
use crate::lanes::{BareReceiver, BareSender, RelayReceiver, RelaySender, many};
use crate::process::Server;
use crate::report::{BARE, EJABBERD, RELAY};
use crate::stats::number;
use crate::work::{Outcome, Pace, Receiving, run as work};
use crate::xmpp::{XmppReceiver, XmppSender};

/// What several turns of one system come to.
#[derive(Default)]
struct Total {
    outcome: Outcome,
    cpu: f64,
    written: u64,
}

impl Total {
    /// Adds a turn, and what the server took for it.
    async fn turn(
        &mut self,
        server: &Server,
        turn: impl Future<Output = Result<Outcome>>,
    ) -> Result<()> {
        let before = server.process.usage()?;
        self.outcome.append(turn.await?);
        let after = server.process.usage()?;
        self.cpu += after.cpu - before.cpu;
        self.written += after.written.saturating_sub(before.written);
        Ok(())
    }

    #[expect(clippy::cast_precision_loss, reason = "a measurement")]
    fn report(mut self, setting: &mut Setting, case: &str, system: &str) {
        let sent = self.outcome.sent;
        let mut values = vec![
            ("acks/s", self.outcome.acks_per_second()),
            ("ack p50 ms", self.outcome.acks.percentile(50)),
            ("ack p99 ms", self.outcome.acks.percentile(99)),
            ("deliveries/s", self.outcome.deliveries_per_second()),
            ("delivery p50 ms", self.outcome.deliveries.percentile(50)),
            ("delivery p99 ms", self.outcome.deliveries.percentile(99)),
        ];
        // The peer is several processes, and PostgreSQL's besides.
        if system != EJABBERD {
            let written = self.written as f64 / 1024.0 / number(sent.max(1));
            values.push(("server µs/message", micros_each(self.cpu, sent)));
            values.push(("disk KiB/message", written));
        }
        setting.report.add(case, system, &values);
    }
}

pub(super) async fn run(setting: &mut Setting) -> Result<()> {
    let relay = setting.relay()?;
    let bare = setting.bare()?;
    let peer = ejabberd(setting, 2 * LANES * ROUNDS).await?;
    let time = setting.options.time / u32::try_from(ROUNDS)?;
    let [mut relays, mut bares, mut peers] = [Total::default(), Total::default(), Total::default()];
    for round in 0..ROUNDS {
        let turn = bare_turn(&bare, round, Pace::Closed, time);
        bares.turn(&bare, turn).await?;
        let turn = relay_turn(setting, &relay, round, Pace::Closed, time);
        relays.turn(&relay, turn).await?;
        if let Some(Ejabberd { server, .. }) = &peer {
            peers
                .turn(server, ejabberd_turn(server, round, time))
                .await?;
        }
    }
    bares.report(setting, "direct", BARE);
    let rate = relays.outcome.acks_per_second();
    relays.report(setting, "direct", RELAY);
    if let Some(peer) = peer {
        peers.report(setting, "direct", EJABBERD);
        peer.stop();
    }
    if setting.options.wants("half-load") {
        let every = Duration::from_secs_f64(number(LANES) / (rate / 2.0));
        half_load(setting, &relay, &bare, every).await?;
    }
    Ok(())
}

/// At half of what the relay reached, sent at times of their own: the latency that people see.
async fn half_load(
    setting: &mut Setting,
    relay: &Server,
    bare: &Server,
    every: Duration,
) -> Result<()> {
    let (pace, time) = (Pace::Open(every), setting.options.time);
    let mut total = Total::default();
    total
        .turn(bare, bare_turn(bare, ROUNDS, pace, time))
        .await?;
    total.report(setting, "half-load", BARE);
    let mut total = Total::default();
    let turn = relay_turn(setting, relay, ROUNDS, pace, time);
    total.turn(relay, turn).await?;
    total.report(setting, "half-load", RELAY);
    Ok(())
}

/// Each turn has people of its own, whose mailboxes are empty.
async fn relay_turn(
    setting: &Setting,
    relay: &Server,
    turn: usize,
    pace: Pace,
    time: Duration,
) -> Result<Outcome> {
    let (senders, receivers) = relay_lanes(setting, relay, turn).await?;
    work(senders, Receiving::start(receivers), 1, pace, time).await
}

async fn relay_lanes(
    setting: &Setting,
    relay: &Server,
    turn: usize,
) -> Result<(Vec<RelaySender>, Vec<RelayReceiver>)> {
    let address = relay.address;
    let from = setting.some(2 * LANES * turn, LANES)?;
    let to = setting.some(2 * LANES * turn + LANES, LANES)?;
    let pairs: Vec<_> = from.into_iter().zip(to).collect();
    let made = many(LANES, 16, move |lane| {
        let pair = pairs.get(lane).cloned();
        async move {
            let (from, to) = pair.ok_or("no such lane")?;
            let receiver = RelayReceiver::new(address, &to).await?;
            Ok((RelaySender::new(address, &from, &to).await?, receiver))
        }
    });
    Ok(made.await?.into_iter().unzip())
}

async fn bare_turn(bare: &Server, turn: usize, pace: Pace, time: Duration) -> Result<Outcome> {
    let address = bare.address;
    let made = many(LANES, 16, move |lane| async move {
        let to = u64::try_from(LANES * turn + lane)?;
        let receiver = BareReceiver::new(address, to).await?;
        Ok((BareSender::new(address, to).await?, receiver))
    });
    let (senders, receivers) = made.await?.into_iter().unzip::<_, _, Vec<_>, Vec<_>>();
    work(senders, Receiving::start(receivers), 1, pace, time).await
}

async fn ejabberd_turn(server: &Server, turn: usize, time: Duration) -> Result<Outcome> {
    let address = server.address;
    let made = many(LANES, 8, move |lane| async move {
        let from = 2 * (LANES * turn + lane);
        let receiver = XmppReceiver::new(address, from + 1).await?;
        Ok((XmppSender::new(address, from, from + 1).await?, receiver))
    });
    let (senders, receivers) = made.await?.into_iter().unzip::<_, _, Vec<_>, Vec<_>>();
    work(senders, Receiving::start(receivers), 1, Pace::Closed, time).await
}
