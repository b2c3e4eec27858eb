//! The bounded queue of what waits to be sent to one client.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::ws;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::HubOptions;
use super::detached::{Detached, Share};
use super::message::ProtocolError;
use super::sequence::Unacknowledged;

/// The most that the writer takes at once, so that the bounds stay meaningful.
const BATCH_MESSAGES: usize = 64;
const BATCH_BYTES: usize = 256 * 1024;

/// Who ends a connection, and so what becomes of calls that wait for their turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EndedBy {
    /// The client left: what it asked for before is still done.
    Client,
    /// This server: nothing more is done for the client.
    Server,
}

/// Why a message did not enter the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Full,
    Closed,
}

/// What the writer is to do next.
pub(super) enum Next {
    /// Send these.
    Send(Vec<ws::Message>),
    /// Tell the client that its messages up to this one have arrived.
    Acknowledge(u64),
    /// Send this, if anything, and close the socket.
    Close(Option<ws::Message>),
}

/// The queue. One writer takes from it; anybody puts into it.
pub(super) struct Outgoing {
    max_messages: usize,
    max_bytes: usize,
    is_stateful: bool,
    state: Mutex<State>,
    filled: Notify,
    drained: Notify,
    closed: Notify,
}

#[derive(Default)]
struct State {
    queue: VecDeque<ws::Message>,
    bytes: usize,
    closing: Option<Closing>,
    stateful: Option<Stateful>,
}

/// What stateful reconnect adds.
struct Stateful {
    unacknowledged: Unacknowledged,
    /// When to acknowledge the client's messages, and up to which.
    due: Option<(Instant, u64)>,
    detached: Arc<Detached>,
    /// There while the client has no socket.
    share: Option<Share>,
}

struct Closing {
    by: EndedBy,
    last: Option<ws::Message>,
}

impl State {
    /// Whether another `bytes` fit below the bounds. An empty queue takes a message of any size.
    fn has_room(&self, bytes: usize, max_messages: usize, max_bytes: usize) -> bool {
        self.queue.is_empty()
            || (self.queue.len() < max_messages && self.bytes.saturating_add(bytes) <= max_bytes)
    }

    /// Whether a message that can wait should: there is more on its way than the client has acknowledged.
    fn is_ahead(&self) -> bool {
        self.stateful
            .as_ref()
            .is_some_and(|stateful| !stateful.unacknowledged.has_room(self.bytes))
    }

    /// False if the client has no socket, and no room is left for those.
    fn push(&mut self, message: ws::Message) -> bool {
        let bytes = size(&message);
        let share = self
            .stateful
            .as_mut()
            .and_then(|stateful| stateful.share.as_mut());
        if share.is_some_and(|share| !share.grow(bytes)) {
            return false;
        }
        self.bytes += bytes;
        self.queue.push_back(message);
        true
    }

    /// What may be sent now. All that waits may once the connection is closing.
    fn take_batch(&mut self) -> Vec<ws::Message> {
        let mut batch = Vec::new();
        let mut bytes = 0;
        let is_closing = self.closing.is_some();
        while batch.len() < BATCH_MESSAGES && bytes < BATCH_BYTES {
            let mut stateful = self.stateful.as_mut().filter(|_| !is_closing);
            let may_send = stateful
                .as_ref()
                .is_none_or(|stateful| stateful.unacknowledged.has_room(0));
            let Some(message) = may_send.then(|| self.queue.pop_front()).flatten() else {
                break;
            };
            bytes += size(&message);
            if let Some(stateful) = &mut stateful {
                stateful.unacknowledged.push(message.clone());
            }
            batch.push(message);
        }
        self.bytes -= bytes;
        batch
    }

    /// The acknowledgement that is due, if any, or else when the next one is.
    fn due(&mut self) -> (Option<u64>, Option<Instant>) {
        let Some(due) = self.stateful.as_mut().map(|stateful| &mut stateful.due) else {
            return (None, None);
        };
        match *due {
            Some((at, id)) if at <= Instant::now() => {
                *due = None;
                (Some(id), None)
            }
            Some((at, _)) => (None, Some(at)),
            None => (None, None),
        }
    }
}

impl Outgoing {
    /// With `detached` the client may lose its socket and get what is queued over another.
    pub(super) fn new(options: &HubOptions, detached: Option<Arc<Detached>>) -> Self {
        let stateful = detached.map(|detached| Stateful {
            unacknowledged: Unacknowledged::new(options.max_unacknowledged_bytes),
            due: None,
            detached,
            share: None,
        });
        Self {
            max_messages: options.max_queued_messages,
            max_bytes: options.max_queued_bytes,
            is_stateful: stateful.is_some(),
            state: Mutex::new(State {
                stateful,
                ..State::default()
            }),
            filled: Notify::new(),
            drained: Notify::new(),
            closed: Notify::new(),
        }
    }

    /// Queues a message, or refuses it at once.
    pub(super) fn try_push(&self, message: ws::Message) -> Result<(), Refusal> {
        let mut state = self.lock();
        if state.closing.is_some() {
            return Err(Refusal::Closed);
        }
        if !state.has_room(size(&message), self.max_messages, self.max_bytes) {
            return Err(Refusal::Full);
        }
        if !state.push(message) {
            return Err(Refusal::Full);
        }
        drop(state);
        self.filled.notify_one();
        Ok(())
    }

    /// Queues a message once the queue is below half its bounds: the other half is left to those that cannot wait.
    /// With stateful reconnect, what was sent and not acknowledged counts too. False if the connection closed.
    pub(super) async fn push(&self, message: ws::Message) -> bool {
        loop {
            let mut drained = std::pin::pin!(self.drained.notified());
            drained.as_mut().enable();
            {
                let mut state = self.lock();
                if state.closing.is_some() {
                    return false;
                }
                let has_room =
                    state.has_room(size(&message), self.max_messages / 2, self.max_bytes / 2);
                if has_room && !state.is_ahead() && state.push(message.clone()) {
                    drop(state);
                    self.filled.notify_one();
                    return true;
                }
            }
            drained.await;
        }
    }

    /// Ends the connection, with `last` as its last message. Only the first call counts. What waits is sent before,
    /// unless `discard`.
    pub(super) fn close(&self, by: EndedBy, last: Option<ws::Message>, discard: bool) {
        let mut state = self.lock();
        if state.closing.is_some() {
            return;
        }
        state.closing = Some(Closing { by, last });
        if discard {
            state.queue.clear();
            state.bytes = 0;
        }
        if let Some(stateful) = &mut state.stateful {
            stateful.share = None;
        }
        drop(state);
        self.filled.notify_one();
        self.drained.notify_waiters();
        self.closed.notify_waiters();
    }

    /// Who ended the connection, if it ended.
    pub(super) fn ended_by(&self) -> Option<EndedBy> {
        self.lock().closing.as_ref().map(|closing| closing.by)
    }

    /// Waits until somebody closes the connection.
    pub(super) async fn closed(&self) {
        let mut closed = std::pin::pin!(self.closed.notified());
        closed.as_mut().enable();
        if self.ended_by().is_none() {
            closed.await;
        }
    }

    /// What to send next. For the writer alone; may be dropped while it waits.
    pub(super) async fn next(&self) -> Next {
        loop {
            let due = {
                let mut state = self.lock();
                let (acknowledgement, due) = state.due();
                if let Some(id) = acknowledgement {
                    return Next::Acknowledge(id);
                }
                let batch = state.take_batch();
                if !batch.is_empty() {
                    drop(state);
                    self.drained.notify_waiters();
                    return Next::Send(batch);
                }
                if let Some(closing) = &mut state.closing {
                    return Next::Close(closing.last.take());
                }
                due
            };
            match due {
                Some(due) => tokio::select! {
                    () = self.filled.notified() => {}
                    () = sleep_until(due) => {}
                },
                None => self.filled.notified().await,
            }
        }
    }

    /// Whether the client may lose its socket and go on over another.
    pub(super) const fn is_stateful(&self) -> bool {
        self.is_stateful
    }

    /// The client's messages up to `id` have arrived; it is told at `due` if not before.
    pub(super) fn acknowledge_at(&self, due: Instant, id: u64) {
        let mut state = self.lock();
        let Some(stateful) = &mut state.stateful else {
            return;
        };
        if let Some((_, waiting)) = &mut stateful.due {
            *waiting = id;
        } else {
            stateful.due = Some((due, id));
            drop(state);
            self.filled.notify_one();
        }
    }

    /// The client has received everything up to message `id`.
    pub(super) fn acknowledged(&self, id: u64) -> Result<(), ProtocolError> {
        if let Some(stateful) = &mut self.lock().stateful {
            stateful.unacknowledged.acknowledge(id)?;
        }
        self.filled.notify_one();
        self.drained.notify_waiters();
        Ok(())
    }

    /// The client has no socket any more. False if there is no room to wait for another, or the connection closed.
    pub(super) fn detach(&self) -> bool {
        let mut state = self.lock();
        let queued = state.bytes;
        let is_closing = state.closing.is_some();
        let Some(stateful) = state.stateful.as_mut().filter(|_| !is_closing) else {
            return false;
        };
        let bytes = queued.saturating_add(stateful.unacknowledged.bytes());
        stateful.share = Share::take(&stateful.detached, bytes);
        stateful.share.is_some()
    }

    /// The client has a new socket: the number of the first message that it is sent again, and the messages.
    pub(super) fn resume(&self) -> (u64, Vec<ws::Message>) {
        let mut state = self.lock();
        let Some(stateful) = &mut state.stateful else {
            return (1, Vec::new());
        };
        stateful.share = None;
        let (first, messages) = stateful.unacknowledged.resend();
        let resent = (first, messages.collect());
        drop(state);
        self.drained.notify_waiters();
        resent
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change of the state is complete before its guard is dropped.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many bytes a message has.
pub(super) fn size(message: &ws::Message) -> usize {
    match message {
        ws::Message::Text(text) => text.len(),
        ws::Message::Binary(bytes) | ws::Message::Ping(bytes) | ws::Message::Pong(bytes) => {
            bytes.len()
        }
        ws::Message::Close(_) => 0,
    }
}
