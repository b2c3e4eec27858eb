//! What repairs lost hints: now and then each node compares how far its own connections are with how far the store is.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::live::{Live, close_revoked};
use crate::domain::{Address, TopicId};
use crate::metrics;
use crate::store::StoreResult;
use crate::store::live::{DeviceHead, TopicHead};

/// Devices, and topics, in one query.
const BATCH: usize = 1000;

impl Live {
    /// Catches up every so often, and when `now` says so, for as long as it is polled.
    pub async fn keep_up(self: Arc<Self>, every: Duration, now: Arc<Notify>) {
        loop {
            let begun = Instant::now();
            match self.catch_up().await {
                Ok(found) => metrics::caught_up(begun.elapsed(), found),
                Err(error) => tracing::warn!(%error, "connections could not be brought up to date"),
            }
            // Either is a reason.
            drop(tokio::time::timeout(every, now.notified()).await);
        }
    }

    /// Pushes what connections have not been pushed; how many of them had missed something.
    async fn catch_up(self: &Arc<Self>) -> StoreResult<usize> {
        let (devices, topics) = (self.connections.devices(), self.subscriptions.topics());
        let mut found = 0;
        let (mut devices, mut topics) = (devices.chunks(BATCH), topics.chunks(BATCH));
        loop {
            let devices = devices.next().unwrap_or_default().to_vec();
            let topics = topics.next().unwrap_or_default().to_vec();
            if devices.is_empty() && topics.is_empty() {
                return Ok(found);
            }
            let asked = devices.clone();
            let heads = self.store.heads(devices, topics).await?;
            found += self.compare_devices(&asked, &heads.devices);
            found += self.compare_topics(&heads.topics);
        }
    }

    fn compare_devices(&self, asked: &[Address], heads: &[DeviceHead]) -> usize {
        let heads: HashMap<Address, &DeviceHead> =
            heads.iter().map(|head| (head.device, head)).collect();
        let mut found = 0;
        for device in asked {
            for live in self.connections.of_device(*device) {
                let Some(head) = heads.get(device) else {
                    close_revoked(&live.connection);
                    continue;
                };
                found += usize::from(live.pump.compare(head));
            }
        }
        found
    }

    fn compare_topics(self: &Arc<Self>, heads: &[TopicHead]) -> usize {
        let behind = |head: &&TopicHead| {
            let watch = self.subscriptions.watch(head.topic);
            watch.is_some_and(|watch| {
                watch.place.seq < head.last_seq || watch.place.epoch < head.epoch
            })
        };
        let behind: Vec<TopicId> = heads.iter().filter(behind).map(|head| head.topic).collect();
        for topic in &behind {
            self.feed(*topic);
        }
        behind.len()
    }
}
