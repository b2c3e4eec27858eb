//! A hub that does nothing useful, for trying out the protocol.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use relay_server::hub::protocol::{
    Arguments, AuthenticationError, Connection, Hub, HubError, PreparedInvocation, Value,
};

/// Lets in whoever brings a token of the form `token-NAME`, as user NAME.
#[derive(Default)]
pub(crate) struct ToyHub {
    connections: Mutex<HashMap<String, Connection<String>>>,
}

impl ToyHub {
    /// Pushes `News(user, text)` to everybody.
    fn broadcast(&self, user: &str, text: &str) {
        let news = PreparedInvocation::new("News", vec![Value::from(user), Value::from(text)]);
        let connections = self
            .connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for connection in connections.values() {
            // A client that is gone, or cut off for reading too slowly, misses it.
            let _ = connection.try_send_prepared(&news);
        }
    }
}

impl Hub for ToyHub {
    type User = String;

    async fn authenticate(&self, token: &str) -> Result<String, AuthenticationError> {
        match token.strip_prefix("token-") {
            Some("nobody") => Err(AuthenticationError::Unavailable),
            Some(user) => Ok(user.to_owned()),
            None => Err(AuthenticationError::Unauthorized),
        }
    }

    async fn connected(&self, connection: &Connection<String>) {
        let mut connections = self
            .connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        connections.insert(connection.id().to_owned(), connection.clone());
    }

    async fn invoke(
        &self,
        connection: &Connection<String>,
        target: &str,
        arguments: Arguments,
    ) -> Result<Value, HubError> {
        match target.to_ascii_lowercase().as_str() {
            "whoami" => Ok(Value::from(connection.user().as_str())),
            "echo" => {
                arguments.exactly(1)?;
                Ok(arguments.get(0).cloned().unwrap_or(Value::Null))
            }
            "echobytes" => Ok(Value::from(arguments.bytes(0)?)),
            "add" => arguments
                .u64(0)?
                .checked_add(arguments.u64(1)?)
                .map(Value::from)
                .ok_or_else(|| HubError::Refused("the sum is too large".to_owned())),
            "fail" => Err(HubError::Refused(arguments.str(0)?.to_owned())),
            "sleep" => {
                tokio::time::sleep(Duration::from_millis(arguments.u64(0)?)).await;
                Ok(Value::Null)
            }
            "broadcast" => {
                self.broadcast(connection.user(), arguments.str(0)?);
                Ok(Value::Null)
            }
            "count" => {
                let (items, size) = (arguments.u64(0)?, arguments.bytes(1)?);
                for item in 0..items {
                    let push = connection
                        .send("Item", vec![item.into(), size.clone().into()])
                        .await;
                    push.map_err(|_| HubError::Internal)?;
                }
                Ok(Value::from(items))
            }
            "close" => {
                connection.close(arguments.bool(0)?, arguments.get(1).and_then(Value::as_str));
                Ok(Value::Null)
            }
            _ => Err(HubError::MethodNotFound),
        }
    }

    async fn disconnected(&self, connection: &Connection<String>) {
        let mut connections = self
            .connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        connections.remove(connection.id());
    }
}
