//! The calls of one connection, one at a time in the order they came.

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use tokio::sync::mpsc;

use super::message::{Message, Outcome};
use super::outgoing::EndedBy;
use super::{Arguments, Connection, Hub, HubError, Value};

/// What waits for its turn.
pub(super) enum Call {
    /// Carry out the method.
    Invoke {
        id: Option<String>,
        target: String,
        arguments: Arguments,
    },
    /// Answer with this error.
    Refuse { id: String, error: String },
}

/// The invocation ids that await their Completion.
#[derive(Clone, Default)]
pub(super) struct PendingIds(Arc<Mutex<HashSet<String>>>);

impl PendingIds {
    /// False if the id is in use.
    pub(super) fn insert(&self, id: &str) -> bool {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id.to_owned())
    }

    fn remove(&self, id: &str) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(id);
    }
}

/// Tells the hub of the connection, carries out its calls until `calls` is closed, and tells the hub of its end.
pub(super) async fn run<H: Hub>(
    hub: Arc<H>,
    connection: Connection<H::User>,
    // Boxed: the queue keeps room for dozens, for as long as the connection is open.
    mut calls: mpsc::Receiver<Box<Call>>,
    pending: PendingIds,
) {
    if guard(hub.connected(&connection)).await.is_none() {
        connection.close(true, None);
    }
    while let Some(call) = calls.recv().await {
        if connection.outgoing().ended_by() == Some(EndedBy::Server) {
            break;
        }
        let completion = match *call {
            Call::Refuse { id, error } => Some((id, Outcome::Error(error))),
            Call::Invoke {
                id,
                target,
                arguments,
            } => {
                let outcome = guard(hub.invoke(&connection, &target, arguments)).await;
                let outcome = outcome_of(&target, outcome.unwrap_or(Err(HubError::Internal)));
                id.map(|id| (id, outcome))
            }
        };
        if let Some((id, outcome)) = completion {
            pending.remove(&id);
            // A connection that closed meanwhile needs no answer.
            let _ = connection
                .send_message(&Message::Completion { id, outcome })
                .await;
        }
    }
    guard(hub.disconnected(&connection)).await;
}

fn outcome_of(target: &str, result: Result<Value, HubError>) -> Outcome {
    match result {
        Ok(Value::Null) => Outcome::Void,
        Ok(value) => Outcome::Result(value),
        Err(error) => Outcome::Error(error.completion_text(target)),
    }
}

/// `None` if the hub panicked: that ends its method, not the connection.
async fn guard<T>(method: impl Future<Output = T>) -> Option<T> {
    let result = AssertUnwindSafe(method).catch_unwind().await;
    if result.is_err() {
        tracing::error!("a hub method panicked");
    }
    result.ok()
}
