//! Hints between nodes over NATS. Nobody waits for it: while it cannot be reached hints are dropped, and each node's catching up finds
//! what they would have told.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_nats::connection::State;
use async_nats::{Client, ConnectOptions, Event, ServerAddr};
use futures_util::StreamExt as _;
use tokio::sync::{Notify, mpsc};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

use crate::hub::{Hint, Live};
use crate::metrics::{self, HintFate};

/// Hints that wait to be sent; beyond, they are dropped.
pub(crate) const QUEUE: usize = 16_384;
/// How long a connection may take to be made.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often a connection is tried that says nothing; two unanswered ones are its end.
const PING: Duration = Duration::from_secs(5);
/// The longest pause between attempts to reconnect.
const PAUSE: Duration = Duration::from_secs(2);

/// The servers of one NATS cluster. Their `Debug` hides the passwords.
#[derive(Clone)]
pub struct NatsServers(Vec<ServerAddr>);

impl fmt::Debug for NatsServers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts = self.0.iter().map(|server| (server.host(), server.port()));
        formatter.debug_list().entries(hosts).finish()
    }
}

impl NatsServers {
    /// Reads `nats://` and `tls://` URLs, separated by commas.
    #[must_use]
    pub fn read(urls: &str) -> Option<Self> {
        let server = |url: &str| {
            let url = url.trim();
            let is_known = url.starts_with("nats://") || url.starts_with("tls://");
            let server: ServerAddr = is_known.then(|| url.parse().ok())??;
            (!server.host().is_empty()).then_some(server)
        };
        let servers: Option<Vec<ServerAddr>> = urls.split(',').map(server).collect();
        servers.map(Self)
    }

    /// Whether one of them lets this program in.
    ///
    /// # Errors
    /// Why not.
    pub async fn check(&self) -> Result<(), NatsError> {
        let client = options()?.connect(self.0.clone()).await?;
        client.drain().await.map_err(|_| NatsError::Closed)
    }
}

/// NATS cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum NatsError {
    /// No connection.
    #[error("{0}")]
    Connect(#[from] async_nats::ConnectError),
    /// No TLS.
    #[error("TLS cannot be used: {0}")]
    Tls(#[from] tokio_rustls::rustls::Error),
    /// The connection was closed for good.
    #[error("the connection is closed")]
    Closed,
}

/// What every connection has: TLS by this machine's authorities where the URL or the server asks for it, and nothing of what this node sends itself.
fn options() -> Result<ConnectOptions, NatsError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let tls = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(ConnectOptions::new()
        .name("relay-server")
        .tls_client_config(tls)
        .connection_timeout(PATIENCE)
        .ping_interval(PING)
        .no_echo())
}

/// Passes hints on in both directions, for as long as it is polled; `catch_up` is told when some may have been lost.
pub(crate) async fn run(
    servers: NatsServers,
    live: Arc<Live>,
    hints: mpsc::Receiver<Hint>,
    catch_up: Arc<Notify>,
) {
    metrics::nats_connected(false);
    match connect(servers, catch_up).await {
        Ok(client) => {
            tokio::join!(send(&client, hints), listen(&client, live));
        }
        Err(error) => tracing::error!(%error, "NATS cannot be used; nodes catch up only"),
    }
}

async fn connect(servers: NatsServers, catch_up: Arc<Notify>) -> Result<Client, NatsError> {
    let options = options()?
        .retry_on_initial_connect()
        .max_reconnects(None)
        .reconnect_delay_callback(|attempts| {
            PAUSE.min(Duration::from_millis(100) * u32::try_from(attempts).unwrap_or(u32::MAX))
        })
        .event_callback(move |event| {
            let catch_up = Arc::clone(&catch_up);
            async move { happened(&event, &catch_up) }
        });
    Ok(options.connect(servers.0).await?)
}

fn happened(event: &Event, catch_up: &Notify) {
    match event {
        Event::Connected => {
            metrics::nats_connected(true);
            catch_up.notify_one();
            tracing::info!("NATS is connected");
        }
        Event::Disconnected => {
            metrics::nats_connected(false);
            tracing::warn!("NATS is not connected");
        }
        Event::SlowConsumer(_) => {
            metrics::hint(HintFate::Dropped);
            catch_up.notify_one();
        }
        other => tracing::debug!(event = %other, "NATS"),
    }
}

async fn send(client: &Client, mut hints: mpsc::Receiver<Hint>) {
    while let Some(hint) = hints.recv().await {
        let fate = match hint.encode() {
            Ok(payload) if client.connection_state() == State::Connected => {
                match client.publish(hint.subject(), payload.into()).await {
                    Ok(()) => HintFate::Sent,
                    Err(_) => HintFate::Dropped,
                }
            }
            _ => HintFate::Dropped,
        };
        metrics::hint(fate);
    }
}

async fn listen(client: &Client, live: Arc<Live>) {
    let mut messages = match client.subscribe(Hint::SUBJECTS).await {
        Ok(messages) => messages,
        Err(error) => {
            tracing::error!(%error, "NATS lets nobody listen; nodes catch up only");
            return;
        }
    };
    while let Some(message) = messages.next().await {
        match Hint::read(&message.subject, &message.payload) {
            Some(hint) => {
                metrics::hint(HintFate::Received);
                live.follow(hint);
            }
            // Of a newer version, or of somebody else.
            None => metrics::hint(HintFate::Unknown),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_of_nats_servers_and_passwords_are_not_shown() {
        let servers = NatsServers::read("nats://user:hidden@one:4222, tls://two").unwrap();
        assert_eq!(format!("{servers:?}"), r#"[("one", 4222), ("two", 4222)]"#);
        for wrong in [
            "",
            "one:4222",
            "http://one",
            "nats://",
            "nats://one,",
            "ws://one",
        ] {
            assert!(NatsServers::read(wrong).is_none(), "{wrong}");
        }
    }
}
