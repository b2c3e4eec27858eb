//! Connections to the server: pools, what is set on each connection, TLS.

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{
    Hook, HookError, Manager, ManagerConfig, Pool, PoolError, RecyclingMethod, Runtime,
};
use tokio_postgres::NoTls;
use tokio_postgres::config::{Config, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

use super::error::described;
use super::{StoreError, StoreResult};

/// How long to wait for a connection: one that is free, or a new one.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a server may leave what was sent unconfirmed.
const SILENCE: Duration = Duration::from_secs(30);

/// Commits are answered when they are on disk, whatever the server's default; a stricter default stays. What a node that
/// vanished held is free after a while.
const SESSION: &str = "SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') = 'off';
SET idle_in_transaction_session_timeout = '30s';
SET statement_timeout = '60s';
SET lock_timeout = '20s'";

/// A pool of at most so many connections.
pub(super) fn pool(config: &Config, size: usize) -> StoreResult<Pool> {
    let config = completed(config);
    let recycling = ManagerConfig {
        recycling_method: RecyclingMethod::Fast,
    };
    let manager = match config.get_ssl_mode() {
        SslMode::Require => Manager::from_config(config, tls()?, recycling),
        _ => Manager::from_config(config, NoTls, recycling),
    };
    let prepared = Hook::async_fn(|client: &mut deadpool_postgres::ClientWrapper, _| {
        Box::pin(async move {
            let set = client.batch_execute(SESSION).await;
            set.map_err(HookError::Backend)
        })
    });
    Pool::builder(manager)
        .max_size(size)
        .wait_timeout(Some(PATIENCE))
        .create_timeout(Some(PATIENCE))
        .recycle_timeout(Some(PATIENCE))
        .runtime(Runtime::Tokio1)
        .post_create(prepared)
        .build()
        .map_err(|error| StoreError::Failed(error.to_string()))
}

/// With what the URL left open.
fn completed(config: &Config) -> Config {
    let mut config = config.clone();
    if config.get_ssl_mode() != SslMode::Require {
        config.ssl_mode(SslMode::Disable);
    }
    if config.get_application_name().is_none() {
        config.application_name("relay-server");
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(PATIENCE);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(SILENCE);
    }
    config
}

/// TLS to a server whose certificate is for its name and by an authority that this machine trusts.
fn tls() -> StoreResult<MakeRustlsConnect> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err(StoreError::Failed(
            "no certificates of authorities on this machine".into(),
        ));
    }
    let config = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| StoreError::Failed(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// The first connection, or why there is none.
pub(super) async fn first(pool: &Pool) -> StoreResult<deadpool_postgres::Client> {
    pool.get().await.map_err(|error| {
        StoreError::Failed(match error {
            PoolError::Backend(error) => {
                format!("no connection to PostgreSQL: {}", described(&error))
            }
            error => format!("no connection to PostgreSQL: {error}"),
        })
    })
}
