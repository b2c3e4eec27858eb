//! The bounded queue of what waits to be sent to one client.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::extract::ws;
use tokio::sync::Notify;

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
    /// Send this, if anything, and close the socket.
    Close(Option<ws::Message>),
}

/// The queue. One writer takes from it; anybody puts into it.
pub(super) struct Outgoing {
    max_messages: usize,
    max_bytes: usize,
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

    fn push(&mut self, message: ws::Message) {
        self.bytes += size(&message);
        self.queue.push_back(message);
    }

    fn take_batch(&mut self) -> Vec<ws::Message> {
        let mut batch = Vec::new();
        let mut bytes = 0;
        while batch.len() < BATCH_MESSAGES && bytes < BATCH_BYTES {
            let Some(message) = self.queue.pop_front() else {
                break;
            };
            bytes += size(&message);
            batch.push(message);
        }
        self.bytes -= bytes;
        batch
    }
}

impl Outgoing {
    pub(super) fn new(max_messages: usize, max_bytes: usize) -> Self {
        Self {
            max_messages,
            max_bytes,
            state: Mutex::default(),
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
        state.push(message);
        drop(state);
        self.filled.notify_one();
        Ok(())
    }

    /// Queues a message once the queue is below half its bounds: the other half is left to those that cannot wait.
    /// False if the connection closed.
    pub(super) async fn push(&self, message: ws::Message) -> bool {
        loop {
            let mut drained = std::pin::pin!(self.drained.notified());
            drained.as_mut().enable();
            {
                let mut state = self.lock();
                if state.closing.is_some() {
                    return false;
                }
                if state.has_room(size(&message), self.max_messages / 2, self.max_bytes / 2) {
                    state.push(message);
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
            {
                let mut state = self.lock();
                if !state.queue.is_empty() {
                    let batch = state.take_batch();
                    drop(state);
                    self.drained.notify_waiters();
                    return Next::Send(batch);
                }
                if let Some(closing) = &mut state.closing {
                    return Next::Close(closing.last.take());
                }
            }
            self.filled.notified().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change of the state is complete before its guard is dropped.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn size(message: &ws::Message) -> usize {
    match message {
        ws::Message::Text(text) => text.len(),
        ws::Message::Binary(bytes) | ws::Message::Ping(bytes) | ws::Message::Pong(bytes) => {
            bytes.len()
        }
        ws::Message::Close(_) => 0,
    }
}
