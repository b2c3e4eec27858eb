//! What pushes topics' posts and commits to those who are subscribed: for each topic one task while there is something to push, which
//! reads the store from where the subscribers are. Who is pushed to is read together with what: nobody gets what came after their removal.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::live::{Live, Notice};
use super::protocol::{PreparedInvocation, SendError};
use super::subscriptions::{Place, Watch};
use super::values;
use crate::domain::TopicId;
use crate::metrics;
use crate::store::live::{NewsItem, NewsRange, TopicNews};
use crate::store::{StoreError, StoreResult};

/// Posts, and commits, read at a time.
const BATCH: u32 = 64;

/// The topics whose task runs, and whether it is to look once more.
#[derive(Default)]
pub(super) struct Feeds(Mutex<HashMap<TopicId, bool>>);

impl Feeds {
    /// Whether a task is to be started.
    fn ask(&self, topic: TopicId) -> bool {
        let mut running = self.lock();
        let is_new = !running.contains_key(&topic);
        running.insert(topic, !is_new);
        is_new
    }

    /// Whether the task is to look once more; if not, it runs no longer.
    fn is_asked(&self, topic: TopicId) -> bool {
        let mut running = self.lock();
        if running.get(&topic) == Some(&true) {
            running.insert(topic, false);
            return true;
        }
        running.remove(&topic);
        false
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TopicId, bool>> {
        // Every change is complete before its guard is dropped.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Live {
    /// Pushes what is new in a topic to those who are subscribed here.
    pub(super) fn feed(self: &Arc<Self>, topic: TopicId) {
        if self.subscriptions.watch(topic).is_none() || !self.feeds.ask(topic) {
            return;
        }
        let live = Arc::clone(self);
        tokio::spawn(async move {
            loop {
                match live.feed_part(topic).await {
                    Ok(true) => continue,
                    Ok(false) => {}
                    // The next round of catching up looks again.
                    Err(error) => tracing::warn!(%error, "a topic could not be read"),
                }
                if !live.feeds.is_asked(topic) {
                    return;
                }
            }
        });
    }

    /// Pushes a part; whether there is more.
    async fn feed_part(&self, topic: TopicId) -> StoreResult<bool> {
        let Some(watch) = self.subscriptions.watch(topic) else {
            return Ok(false);
        };
        let Place { seq, epoch } = watch.place;
        let range = NewsRange {
            topic,
            after: seq,
            epoch,
            limit: BATCH,
            devices: watch.devices(),
        };
        let news = match self.store.topic_news(range).await {
            Err(StoreError::Refused(_)) => return Ok(false),
            news => news?,
        };
        let (mut members, mut others) = (watch, Watch::default());
        (members.subscribers, others.subscribers) = members
            .subscribers
            .into_iter()
            .partition(|(live, _)| news.members.contains(&live.device()));
        for device in others.devices() {
            if self.subscriptions.end(topic, device) {
                self.tell_left(topic, device);
            }
        }
        let reached = self.push_news(topic, &news, &members);
        let moved = reached != members.place;
        let skipped = news.is_all && news.head.epoch > reached.epoch;
        let end = Place {
            // A topic's next group has another epoch without a commit that led there.
            epoch: if skipped {
                news.head.epoch
            } else {
                reached.epoch
            },
            ..reached
        };
        for (live, _) in &members.subscribers {
            if skipped {
                live.pump.notify(Notice::TopicChanged(topic));
            }
            self.subscriptions.advance(topic, live.connection.id(), end);
        }
        Ok(!news.is_all && moved)
    }

    /// Pushes to each subscriber what lies beyond its own place; how far that went.
    fn push_news(&self, topic: TopicId, news: &TopicNews, watch: &Watch) -> Place {
        let mut reached = watch.place;
        for item in &news.items {
            let push = match item {
                NewsItem::Post(post) => values::post_push(topic, post),
                NewsItem::Commit(commit) => Some(values::commit_push(topic, commit)),
            };
            for (live, place) in &watch.subscribers {
                let is_new = match item {
                    NewsItem::Post(post) => post.seq > place.seq,
                    NewsItem::Commit(commit) => commit.epoch >= place.epoch,
                };
                if let Some(push) = push.as_ref().filter(|_| is_new) {
                    send(live, push);
                }
            }
            match item {
                NewsItem::Post(post) => reached.seq = post.seq,
                NewsItem::Commit(commit) => reached.epoch = commit.epoch + 1,
            }
        }
        reached
    }
}

/// Who reads too slowly is cut off and slows nobody.
fn send(live: &super::connections::LiveConnection, push: &PreparedInvocation) {
    // A closed connection needs no push, and a slow one is closed by this.
    if live.connection.try_send_prepared(push) == Err(SendError::TooSlow) {
        metrics::hub_too_slow();
    }
}
