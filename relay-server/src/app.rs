//! The application: built, then run. Tests build it on port 0.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware;
use axum::response::Response;
use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc, watch};

use crate::auth::{Gate, Host, HostError, RateLimits};
use crate::blobs::Blobs;
use crate::config::{Config, Database};
use crate::domain::forum::NewForum;
use crate::domain::{Clock, ForumId};
use crate::groups::Groups;
use crate::hub::protocol::{HubOptions, HubServer};
use crate::hub::{CommunicationHub, Hint, Live};
use crate::metrics;
use crate::nats::{self, NatsServers};
use crate::routes::{self, SecurityHeaders};
use crate::state::AppState;
use crate::store::{self, StoreError};

/// The forum that a relay begins with.
const FIRST_FORUM: &str = "General";
/// How long open connections may take to end when the relay stops.
const DRAIN: Duration = Duration::from_secs(10);

/// Why the relay does not run.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen: {0}")]
    Listen(std::io::Error),
    /// The host application's keys cannot be used.
    #[error("cannot use the host application's keys: {0}")]
    Host(#[from] HostError),
    /// The store cannot be opened.
    #[error("cannot open the store: {0}")]
    Store(#[from] StoreError),
}

/// A relay that listens but does not answer yet.
pub struct Application {
    listener: TcpListener,
    address: SocketAddr,
    router: Router,
    state: AppState,
    hub: HubServer<CommunicationHub>,
    metrics: Option<TcpListener>,
    nats: Option<(NatsServers, mpsc::Receiver<Hint>)>,
    catch_up: Duration,
    retention: Duration,
    sweep: Duration,
}

impl Application {
    /// Opens the store and listens.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn build(config: Config) -> Result<Self, StartError> {
        Self::build_with_clock(config, Clock::system()).await
    }

    /// The same, by another clock.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn build_with_clock(config: Config, clock: Clock) -> Result<Self, StartError> {
        if config.metrics.is_some() {
            metrics::begin();
        }
        let host = config.host.as_ref().map(Host::open).transpose()?;
        let store = store::open(&config.database).await?;
        let first = NewForum {
            id: ForumId::generate(clock.now()),
            name: FIRST_FORUM.to_owned(),
        };
        store.create_first_forum(first, clock.now()).await?;
        let listener = TcpListener::bind(config.listen)
            .await
            .map_err(StartError::Listen)?;
        let address = listener.local_addr().map_err(StartError::Listen)?;
        let metrics = match config.metrics {
            Some(address) => Some(
                TcpListener::bind(address)
                    .await
                    .map_err(StartError::Listen)?,
            ),
            None => None,
        };
        let origins = origins(&config, address);
        let headers = SecurityHeaders {
            https_only: origins.iter().all(|origin| origin.starts_with("https://")),
        };
        let gate = Gate::new(
            Arc::clone(&store),
            clock.clone(),
            origins,
            RateLimits::new(&config),
        );
        let gate = Arc::new(gate.with_host(host));
        let (nats, others) = match config.nats.clone() {
            Some(servers) => {
                let (others, hints) = mpsc::channel(nats::QUEUE);
                (Some((servers, hints)), Some(others))
            }
            None => (None, None),
        };
        let live = Live::new(Arc::clone(&store), others);
        let hub = CommunicationHub::new(
            Arc::clone(&gate),
            Arc::clone(&store),
            clock.clone(),
            Arc::clone(&live),
        );
        let options = HubOptions {
            // A balancer may send the WebSocket to another node than the negotiation.
            other_nodes_negotiate: matches!(config.database, Database::Postgres(_)),
            ..HubOptions::default()
        };
        let hub = HubServer::new(Arc::new(hub), options);
        let groups = Arc::new(Groups::new(Arc::clone(&store)));
        let state = AppState {
            groups,
            store,
            clock,
            live,
            blobs: Arc::new(Blobs::new(&config)),
            gate,
        };
        let router = routes::router(
            state.clone(),
            hub.router("/hubs/communication"),
            config.web_root.as_deref(),
        )
        .layer(tower::util::option_layer(routes::cors(
            &config.cors_origins,
        )))
        .layer(middleware::map_response(
            move |mut response: Response| async move {
                headers.set(&mut response);
                response
            },
        ));
        Ok(Self {
            listener,
            address,
            router,
            state,
            hub,
            metrics,
            nats,
            catch_up: config.catch_up,
            retention: config.retention,
            sweep: config.sweep,
        })
    }

    /// The address listened on.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where metrics are asked for.
    #[must_use]
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics.as_ref()?.local_addr().ok()
    }

    /// The URL under which a browser on this machine reaches the relay.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Answers until `shutdown` is ready. Then: no new connections, the hub's clients are sent away with leave to
    /// reconnect, calls under way are answered, and the store is closed.
    ///
    /// # Errors
    /// Those of the listening socket.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send) -> std::io::Result<()> {
        let (stop, stopped) = watch::channel(false);
        let store = Arc::clone(&self.state.store);
        let live = Arc::clone(&self.state.live);
        let catch_up_now = Arc::new(Notify::new());
        let told = self.nats.map(|(servers, hints)| {
            let (live, catch_up_now) = (Arc::clone(&live), Arc::clone(&catch_up_now));
            tokio::spawn(nats::run(servers, live, hints, catch_up_now))
        });
        let kept_up = tokio::spawn(live.keep_up(self.catch_up, catch_up_now));
        let sweeper = tokio::spawn(sweep(self.state, self.retention, self.sweep));
        let observed = tokio::spawn(observe(self.metrics));
        let service = self
            .router
            .into_make_service_with_connect_info::<SocketAddr>();
        let mut closing = stopped.clone();
        let server = axum::serve(self.listener, service)
            .with_graceful_shutdown(async move { drop(closing.wait_for(|stop| *stop).await) });
        let mut server = tokio::spawn(server.into_future());
        let ended = tokio::select! {
            () = shutdown => None,
            ended = &mut server => Some(ended),
        };
        stop.send_replace(true);
        let drained = async {
            self.hub.shutdown().await;
            match ended {
                Some(ended) => ended,
                None => server.await,
            }
        };
        let result = tokio::time::timeout(DRAIN, drained).await;
        kept_up.abort();
        if let Some(told) = told {
            told.abort();
        }
        sweeper.abort();
        observed.abort();
        store.close().await;
        match result {
            Ok(Ok(served)) => served,
            Ok(Err(error)) => Err(std::io::Error::other(error)),
            Err(_) => {
                tracing::warn!("some connections did not end in time");
                Ok(())
            }
        }
    }
}

/// Answers those who ask for metrics; without a listener nothing is counted.
async fn observe(listener: Option<TcpListener>) {
    let Some(listener) = listener else { return };
    let served = axum::serve(listener, metrics::router()).into_future();
    tokio::select! {
        () = metrics::keep_up() => {}
        ended = served => drop(ended),
    }
}

/// The origins under which clients reach the relay.
fn origins(config: &Config, address: SocketAddr) -> Vec<String> {
    if !config.public_origins.is_empty() {
        return config.public_origins.clone();
    }
    let port = address.port();
    let mut origins = vec![
        format!("http://127.0.0.1:{port}"),
        format!("http://localhost:{port}"),
    ];
    if !address.ip().is_unspecified() && !address.ip().is_loopback() {
        origins.push(format!("http://{address}"));
    }
    origins
}

/// Drops what has expired, now and then.
async fn sweep(state: AppState, retention: Duration, every: Duration) {
    let mut ticks = tokio::time::interval(every);
    loop {
        ticks.tick().await;
        state.gate.rates.forget_idle();
        let now = state.clock.now();
        let kept_since =
            now.saturating_sub(u64::try_from(retention.as_millis()).unwrap_or(u64::MAX));
        if let Err(error) = state.store.expire(now, kept_since).await {
            tracing::warn!(%error, "what has expired could not be dropped");
        }
        if let Err(error) = state.store.expire_rendezvous(now).await {
            tracing::warn!(%error, "what has expired of linking could not be dropped");
        }
        if let Err(error) = state.store.expire_topics(now, kept_since).await {
            tracing::warn!(%error, "what has expired of topics could not be dropped");
        }
        if let Err(error) = state.blobs.sweep(&*state.store, now).await {
            tracing::warn!(%error, "files that have expired could not be dropped");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use axum::body::Body;
    use axum::http::{Method, Request, StatusCode};
    use serde_json::Value;
    use tower::ServiceExt as _;

    use super::*;

    /// The router's own paths, read from how it shows itself.
    fn paths(router: &Router) -> BTreeSet<String> {
        let shown = format!("{router:?}");
        let paths = shown.split("RouteId(").filter_map(|part| {
            let path = part.split_once("): \"")?.1.split_once('"')?.0;
            Some(path.to_owned())
        });
        paths
            .filter(|path| !path.contains("__private__") && !path.starts_with("/hubs"))
            .filter(|path| path != "/" && path != "/api")
            .collect()
    }

    async fn answer(router: &Router, method: &Method, path: &str) -> (StatusCode, Vec<u8>) {
        let path = path.replace(['{', '}'], "");
        let request = Request::builder().method(method).uri(path);
        let request = request.body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX);
        (status, body.await.unwrap().to_vec())
    }

    /// Every route is described, and what is described is a route.
    #[tokio::test]
    async fn the_router_and_its_description_agree() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config {
            listen: ([127, 0, 0, 1], 0).into(),
            database: Database::Sqlite(folder.path().join("relay.db")),
            ..Config::default()
        };
        let router = Application::build(config).await.unwrap().router;
        let (_, document) = answer(&router, &Method::GET, "/api/openapi.json").await;
        let document: Value = serde_json::from_slice(&document).unwrap();
        let described = document["paths"].as_object().unwrap();

        let routed = paths(&router);
        assert!(routed.contains("/api/users/{id}"), "{routed:?}");
        assert_eq!(routed, described.keys().cloned().collect());
        for path in &routed {
            for method in ["get", "post", "put", "delete", "patch"] {
                let verb = method.to_uppercase().parse().unwrap();
                let (status, _) = answer(&router, &verb, path).await;
                assert_eq!(
                    status != StatusCode::METHOD_NOT_ALLOWED,
                    described[path].get(method).is_some(),
                    "{method} {path}"
                );
            }
        }
    }
}
