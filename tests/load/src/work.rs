//! Senders and receivers of any server at work: closed loop, open loop, and what came of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::stats::{Latencies, number};
use crate::{Result, stamp};

/// Bytes of a message's content.
pub(crate) const CONTENT: usize = 1536;

/// One connection that sends.
pub(crate) trait Sender: Send + 'static {
    /// Sends one content and returns when the server has said that it is stored.
    fn send(&mut self, content: &[u8]) -> impl Future<Output = Result<()>> + Send;
}

/// One connection that receives.
pub(crate) trait Receiver: Send + 'static {
    /// Waits for something, and adds the stamps of the messages in it.
    fn receive(&mut self, stamps: &mut Vec<u64>) -> impl Future<Output = Result<()>> + Send;
}

/// What a run came to.
#[derive(Default)]
pub(crate) struct Outcome {
    /// Seconds in which messages were sent.
    pub(crate) seconds: f64,
    /// Messages sent, those of the warming up among them.
    pub(crate) sent: usize,
    /// From before sending to the acknowledgement.
    pub(crate) acks: Latencies,
    /// From before sending to the arrival.
    pub(crate) deliveries: Latencies,
}

impl Outcome {
    /// Adds another turn of the same.
    pub(crate) fn append(&mut self, other: Self) {
        self.seconds += other.seconds;
        self.sent += other.sent;
        self.acks.append(other.acks);
        self.deliveries.append(other.deliveries);
    }

    pub(crate) fn acks_per_second(&self) -> f64 {
        number(self.acks.len()) / self.seconds
    }

    pub(crate) fn deliveries_per_second(&self) -> f64 {
        number(self.deliveries.len()) / self.seconds
    }
}

/// How senders are paced.
#[derive(Clone, Copy)]
pub(crate) enum Pace {
    /// Each sends when its last message was acknowledged.
    Closed,
    /// Each sends at times of its own, this far apart, whatever becomes of what it sent; lateness counts as latency.
    Open(Duration),
    /// Each waits for its last acknowledgement, and for all but this many deliveries of all receivers.
    Window(usize),
}

/// Receivers at work.
pub(crate) struct Receiving {
    tasks: JoinSet<Result<Vec<Latency>>>,
    stop: Arc<AtomicBool>,
    count: Arc<AtomicUsize>,
}

/// When a message was sent, and how long it took.
type Latency = (u64, u64);

impl Receiving {
    pub(crate) fn start<R: Receiver>(receivers: Vec<R>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let count = Arc::new(AtomicUsize::new(0));
        let mut tasks = JoinSet::new();
        for receiver in receivers {
            tasks.spawn(receive(receiver, Arc::clone(&stop), Arc::clone(&count)));
        }
        Self { tasks, stop, count }
    }

    fn received(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// Waits until so much has arrived, or nothing more does; the latencies of what was sent from `since` on.
    async fn finish(mut self, expected: usize, since: u64) -> Result<Latencies> {
        let mut last = (self.received(), Instant::now());
        while last.0 < expected && last.1.elapsed() < Duration::from_secs(15) {
            tokio::time::sleep(Duration::from_millis(20)).await;
            if self.received() != last.0 {
                last = (self.received(), Instant::now());
            }
        }
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Latencies::default();
        while let Some(ended) = self.tasks.join_next().await {
            for (sent, took) in ended?? {
                if sent >= since {
                    all.add(took);
                }
            }
        }
        if last.0 < expected {
            return Err(format!("of {expected} deliveries {} arrived", last.0).into());
        }
        Ok(all)
    }
}

async fn receive<R: Receiver>(
    mut receiver: R,
    stop: Arc<AtomicBool>,
    count: Arc<AtomicUsize>,
) -> Result<Vec<Latency>> {
    let mut latencies = Vec::new();
    let mut stamps = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        stamps.clear();
        let receiving = receiver.receive(&mut stamps);
        // Looks now and then whether it is to stop; a read that is cut off has taken nothing.
        match tokio::time::timeout(Duration::from_millis(500), receiving).await {
            Ok(received) => received?,
            Err(_) => continue,
        }
        let now = stamp::now();
        latencies.extend(stamps.iter().map(|sent| (*sent, now.saturating_sub(*sent))));
        count.fetch_add(stamps.len(), Ordering::Relaxed);
    }
    Ok(latencies)
}

/// Lets everybody send for so long, and waits for what they sent. `copies` of each message are received.
pub(crate) async fn run<S: Sender>(
    senders: Vec<S>,
    receiving: Receiving,
    copies: usize,
    pace: Pace,
    time: Duration,
) -> Result<Outcome> {
    let warm_up = (time / 5).min(Duration::from_secs(2));
    let begun = Instant::now();
    let since = stamp::now() + u64::try_from(warm_up.as_nanos())?;
    let until = begun + warm_up + time;
    let sent = Arc::new(AtomicUsize::new(0));
    let total = number(senders.len());
    let mut tasks = JoinSet::new();
    for (place, sender) in senders.into_iter().enumerate() {
        let (sent, received) = (Arc::clone(&sent), Arc::clone(&receiving.count));
        let first = match pace {
            // Spread, so that they do not all send at once.
            Pace::Open(every) => begun + every.mul_f64(number(place) / total),
            _ => begun,
        };
        tasks.spawn(async move {
            let mut sender = sender;
            let mut acks = Latencies::default();
            let mut due = first;
            while Instant::now() < until {
                let mut at = stamp::now();
                match pace {
                    Pace::Closed => {}
                    Pace::Open(every) => {
                        tokio::time::sleep_until(due).await;
                        let late = u64::try_from(due.elapsed().as_nanos())?;
                        at = stamp::now().saturating_sub(late);
                        due += every;
                    }
                    Pace::Window(window) => {
                        while (sent.load(Ordering::Relaxed) * copies)
                            .saturating_sub(received.load(Ordering::Relaxed))
                            > window * copies
                        {
                            tokio::time::sleep(Duration::from_millis(1)).await;
                        }
                        at = stamp::now();
                    }
                }
                sender.send(&stamp::content(at, CONTENT)).await?;
                sent.fetch_add(1, Ordering::Relaxed);
                if at >= since {
                    acks.add(stamp::now().saturating_sub(at));
                }
            }
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(acks)
        });
    }
    let mut outcome = Outcome {
        seconds: time.as_secs_f64(),
        ..Outcome::default()
    };
    while let Some(ended) = tasks.join_next().await {
        outcome.acks.append(ended??);
    }
    outcome.sent = sent.load(Ordering::Relaxed);
    let expected = outcome.sent * copies;
    outcome.deliveries = receiving.finish(expected, since).await?;
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;

    struct Pipe(mpsc::UnboundedSender<Vec<u8>>);
    struct End(mpsc::UnboundedReceiver<Vec<u8>>);

    impl Sender for Pipe {
        async fn send(&mut self, content: &[u8]) -> Result<()> {
            tokio::time::sleep(Duration::from_millis(2)).await;
            Ok(self.0.send(content.to_vec())?)
        }
    }

    impl Receiver for End {
        async fn receive(&mut self, stamps: &mut Vec<u64>) -> Result<()> {
            let Some(content) = self.0.recv().await else {
                // As on a connection on which nothing more comes.
                return std::future::pending().await;
            };
            stamp::scan(&content, stamps);
            Ok(())
        }
    }

    async fn outcome(pace: Pace) -> Outcome {
        let (sender, receiver) = mpsc::unbounded_channel();
        let receiving = Receiving::start(vec![End(receiver)]);
        let time = Duration::from_millis(200);
        run(vec![Pipe(sender)], receiving, 1, pace, time)
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn what_is_sent_is_counted_and_timed() {
        let mut closed = outcome(Pace::Closed).await;
        assert!(closed.acks.len() > 5 && closed.acks.len() <= 100);
        assert_eq!(closed.acks.len(), closed.deliveries.len());
        assert!(closed.acks.percentile(50) >= 2.0);
        let open = outcome(Pace::Open(Duration::from_millis(20))).await;
        assert!(open.acks.len() <= 11, "{}", open.acks.len());
    }

    /// Who sends later than due has waited since it was due.
    #[tokio::test]
    async fn lateness_counts() {
        let mut open = outcome(Pace::Open(Duration::from_millis(1))).await;
        assert!(open.acks.percentile(99) > 20.0);
    }
}
