//! What pushes to one connection: notices, and the mailbox from where the client asked. It reads from the store at the
//! pace at which the client takes, so that a slow client costs a bounded queue and slows nobody.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::communication::HubUser;
use super::live::{Notice, close_revoked};
use super::protocol::{Connection, SendError, Value};
use super::typing::Typing;
use super::values;
use crate::domain::message::MailboxItem;
use crate::domain::{Refusal, TopicId, UnixMillis};
use crate::metrics;
use crate::store::live::DeviceHead;
use crate::store::{Store, StoreError};

/// Envelopes read at a time.
const BATCH: u32 = 64;
/// When to look at the mailbox again that could not be read.
const RETRY: Duration = Duration::from_secs(1);
/// Notices that may wait for one connection; beyond, it is closed with leave to reconnect.
const NOTICES: usize = 1024;

/// Typing notices that may wait for one connection; beyond, they are dropped.
const TYPING: usize = 64;

/// The state of the pushes to one connection.
#[derive(Default)]
pub(super) struct Pump {
    /// The last seq pushed; none before the client resumed. Locked while one push is under way, so that nothing of an
    /// older start follows a newer one.
    cursor: tokio::sync::Mutex<Option<u64>>,
    notices: Mutex<Notices>,
    /// Topics of whose waiting Welcomes the client has been told.
    welcomed: Mutex<HashSet<TopicId>>,
    /// Whether the client is to be told of few prekeys: how many there are is read when it is.
    few_keys: AtomicBool,
    awake: Notify,
}

/// Notices in waiting. The same one twice is one; so the queue is bounded by what there is to tell.
#[derive(Default)]
struct Notices {
    waiting: BTreeMap<(&'static str, String), Value>,
    /// By conversation and sender.
    typing: BTreeMap<String, Typing>,
    overflown: bool,
}

impl Pump {
    /// Pushes from `after` + 1 on.
    pub(super) async fn resume(&self, after: u64) {
        *self.cursor.lock().await = Some(after);
        self.awake.notify_one();
    }

    /// Looks at the mailbox again.
    pub(super) fn wake(&self) {
        self.awake.notify_one();
    }

    /// Looks at the prekeys.
    pub(super) fn look_at_keys(&self) {
        self.few_keys.store(true, Ordering::Release);
        self.awake.notify_one();
    }

    /// Tells that somebody writes, unless too much of the kind waits.
    pub(super) fn tell_typing(&self, typing: Typing) {
        let subject = typing.subject();
        let mut notices = self.notices();
        if notices.typing.len() < TYPING || notices.typing.contains_key(&subject) {
            notices.typing.insert(subject, typing);
        }
        drop(notices);
        self.awake.notify_one();
    }

    /// Tells of a Welcome.
    pub(super) fn welcome(&self, topic: TopicId) {
        self.welcomed().insert(topic);
        self.notify(Notice::WelcomeReceived(topic));
    }

    /// Compares with how far the store is, and pushes what is missing; whether anything was.
    pub(super) fn compare(&self, head: &DeviceHead) -> bool {
        let mut welcomed = self.welcomed();
        welcomed.retain(|topic| head.welcomes.contains(topic));
        let untold = head
            .welcomes
            .iter()
            .filter(|topic| !welcomed.contains(topic));
        let untold: Vec<TopicId> = untold.copied().collect();
        drop(welcomed);
        for topic in &untold {
            self.welcome(*topic);
        }
        // Where it is locked, a push is under way, which reads on by itself.
        let is_behind = self
            .cursor
            .try_lock()
            .is_ok_and(|cursor| cursor.is_some_and(|after| after < head.last_seq));
        if is_behind {
            self.wake();
        }
        is_behind || !untold.is_empty()
    }

    /// Queues a notice.
    pub(super) fn notify(&self, notice: Notice) {
        let (target, subject, argument) = match notice {
            Notice::DevicesChanged(user) => {
                ("DevicesChanged", user.to_string(), user.to_string().into())
            }
            Notice::ParticipantsChanged(id) => {
                ("ParticipantsChanged", id.to_string(), id.to_string().into())
            }
            Notice::WelcomeReceived(id) => {
                ("ReceiveWelcome", id.to_string(), id.to_string().into())
            }
            Notice::TopicChanged(id) => ("TopicChanged", id.to_string(), id.to_string().into()),
            Notice::TopicLeft(id) => ("TopicLeft", id.to_string(), id.to_string().into()),
        };
        let mut notices = self.notices();
        if notices.waiting.len() < NOTICES {
            notices.waiting.insert((target, subject), argument);
        } else {
            notices.overflown = true;
        }
        drop(notices);
        self.awake.notify_one();
    }

    /// Pushes until the connection or its login ends.
    pub(super) async fn run(
        self: Arc<Self>,
        connection: Connection<HubUser>,
        store: Arc<dyn Store>,
        expires_in: UnixMillis,
    ) {
        let expiry = tokio::time::sleep(Duration::from_millis(expires_in));
        tokio::select! {
            () = connection.closed() => {}
            () = expiry => connection.close(true, None),
            // An error of sending means that the connection is closed, which whoever closed it knows.
            _ = self.push_all(&connection, store.as_ref()) => {}
        }
    }

    async fn push_all(
        &self,
        connection: &Connection<HubUser>,
        store: &dyn Store,
    ) -> Result<(), SendError> {
        loop {
            self.push_notices(connection).await?;
            self.push_key_counts(connection, store).await?;
            if !self.push_batch(connection, store).await? {
                self.awake.notified().await;
            }
        }
    }

    async fn push_notices(&self, connection: &Connection<HubUser>) -> Result<(), SendError> {
        let Notices {
            waiting,
            typing,
            overflown,
        } = std::mem::take(&mut *self.notices());
        for ((target, _), argument) in waiting {
            connection.send(target, vec![argument]).await?;
        }
        for typing in typing.into_values() {
            connection
                .send("ReceiveTyping", vec![typing.value()])
                .await?;
        }
        if overflown {
            connection.close(true, None);
            metrics::hub_too_slow();
            return Err(SendError::TooSlow);
        }
        Ok(())
    }

    /// Tells how many prekeys there are, if they are few and somebody took one.
    async fn push_key_counts(
        &self,
        connection: &Connection<HubUser>,
        store: &dyn Store,
    ) -> Result<(), SendError> {
        if !self.few_keys.swap(false, Ordering::AcqRel) {
            return Ok(());
        }
        match store.prekey_counts(connection.user().device).await {
            Ok(counts) if counts.is_low() => {
                let counts = values::counts(counts);
                connection.send("PreKeysLow", vec![counts]).await?;
            }
            Ok(_) => {}
            Err(StoreError::Refused(_)) => {
                close_revoked(connection);
                return Err(SendError::Closed);
            }
            Err(error) => {
                tracing::warn!(%error, "prekeys could not be counted");
                self.look_at_keys();
                tokio::time::sleep(RETRY).await;
            }
        }
        Ok(())
    }

    /// Pushes the next envelopes; whether there are more.
    async fn push_batch(
        &self,
        connection: &Connection<HubUser>,
        store: &dyn Store,
    ) -> Result<bool, SendError> {
        let Some(after) = *self.cursor.lock().await else {
            return Ok(false);
        };
        let page = match store.mailbox(connection.user().device, after, BATCH).await {
            Ok(page) => page,
            Err(StoreError::Refused(Refusal::Unauthorized)) => {
                close_revoked(connection);
                return Err(SendError::Closed);
            }
            Err(error) => {
                tracing::warn!(%error, "a mailbox could not be read");
                tokio::time::sleep(RETRY).await;
                return Ok(true);
            }
        };
        // What is stored after this page was read wakes the pushes again.
        let more = page
            .items
            .last()
            .is_some_and(|last| last.seq < page.range.last_seq);
        self.push_items(connection, after, page.items).await?;
        Ok(more)
    }

    /// Pushes items read after `after`, as long as the client does not resume elsewhere.
    async fn push_items(
        &self,
        connection: &Connection<HubUser>,
        mut after: u64,
        items: Vec<MailboxItem>,
    ) -> Result<(), SendError> {
        for MailboxItem { seq, envelope } in items {
            let mut cursor = self.cursor.lock().await;
            if *cursor != Some(after) {
                return Ok(());
            }
            connection
                .send(
                    "ReceiveEnvelope",
                    vec![seq.into(), values::envelope(envelope)],
                )
                .await?;
            metrics::envelope_pushed();
            *cursor = Some(seq);
            after = seq;
        }
        Ok(())
    }

    fn welcomed(&self) -> MutexGuard<'_, HashSet<TopicId>> {
        // Every change is complete before its guard is dropped.
        self.welcomed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn notices(&self) -> MutexGuard<'_, Notices> {
        // Every change is complete before its guard is dropped.
        self.notices.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
