//! The application: built, then run. Tests build it on port 0.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware;
use axum::response::Response;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::auth::{Gate, RateLimits};
use crate::config::Config;
use crate::domain::forum::NewForum;
use crate::domain::{Clock, ForumId};
use crate::groups::Groups;
use crate::hub::protocol::{HubOptions, HubServer};
use crate::hub::{CommunicationHub, Live};
use crate::routes::{self, SecurityHeaders};
use crate::state::AppState;
use crate::store::{self, StoreError};

/// How often what has expired is dropped.
const SWEEP: Duration = Duration::from_secs(600);
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
    retention: Duration,
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
        let origins = origins(&config, address);
        let headers = SecurityHeaders {
            https_only: origins.iter().all(|origin| origin.starts_with("https://")),
        };
        let gate = Arc::new(Gate::new(
            Arc::clone(&store),
            clock.clone(),
            origins,
            RateLimits::new(&config),
        ));
        let live = Arc::new(Live::default());
        let hub = CommunicationHub::new(
            Arc::clone(&gate),
            Arc::clone(&store),
            clock.clone(),
            Arc::clone(&live),
        );
        let hub = HubServer::new(Arc::new(hub), HubOptions::default());
        let groups = Arc::new(Groups::new(Arc::clone(&store)));
        let state = AppState {
            groups,
            store,
            clock,
            live,
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
            retention: config.retention,
        })
    }

    /// The address listened on.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
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
        let sweeper = tokio::spawn(sweep(self.state, self.retention));
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
        sweeper.abort();
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
async fn sweep(state: AppState, retention: Duration) {
    let mut ticks = tokio::time::interval(SWEEP);
    loop {
        ticks.tick().await;
        state.gate.rates.forget_idle();
        let now = state.clock.now();
        let kept_since =
            now.saturating_sub(u64::try_from(retention.as_millis()).unwrap_or(u64::MAX));
        if let Err(error) = state.store.expire(now, kept_since).await {
            tracing::warn!(%error, "what has expired could not be dropped");
        }
        if let Err(error) = state.store.expire_topics(now, kept_since).await {
            tracing::warn!(%error, "what has expired of topics could not be dropped");
        }
    }
}
