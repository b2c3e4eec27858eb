//! Settings, from the environment.

mod blobs;

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use crate::nats::NatsServers;

pub use blobs::{BlobConfig, BlobPlace};

/// Settings of a relay.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen; port 0 picks one (`LISTEN`).
    pub listen: SocketAddr,
    /// Where everything is kept (`DATABASE_URL`).
    pub database: Database,
    /// How nodes that share a database tell each other what is new; none if there is one node (`NATS_URL`).
    pub nats: Option<NatsServers>,
    /// How often connections are compared with the store, in case a hint was lost (`CATCH_UP_SECONDS`).
    pub catch_up: Duration,
    /// Folder of the built demo (`WEB_ROOT`).
    pub web_root: Option<PathBuf>,
    /// Origins that login proofs may name; empty: those of the address listened on (`PUBLIC_ORIGIN`).
    pub public_origins: Vec<String>,
    /// Origins of other sites whose pages may call (`CORS_ORIGINS`).
    pub cors_origins: Vec<String>,
    /// How long envelopes wait to be acknowledged (`RETENTION_DAYS`).
    pub retention: Duration,
    /// How often what has expired is dropped.
    pub sweep: Duration,
    /// Encrypted files.
    pub blobs: BlobConfig,
    /// Rate limits (`RATE_REGISTRATIONS`, `RATE_LOGINS`, `RATE_BUNDLES`, `RATE_KEY_PACKAGES`, `RATE_TYPING`, `RATE_LINKS`, `RATE_BLOBS`).
    pub rates: Rates,
    /// The application whose tokens name the users, in host-app mode (`AUTH_JWKS_URL` or `AUTH_JWT_KEY`, `AUTH_ISSUER`, `AUTH_AUDIENCE`).
    pub host: Option<HostConfig>,
    /// Where Prometheus asks for metrics; nowhere, if not set (`METRICS_ADDR`).
    pub metrics: Option<SocketAddr>,
    /// How the log is written (`LOG_FORMAT`).
    pub log_format: LogFormat,
    /// Whether the last address in `X-Forwarded-For` is the client's, for rate limits (`TRUST_FORWARDED_FOR`).
    pub trust_forwarded_for: bool,
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// A JSON object a line.
    Json,
}

impl std::str::FromStr for LogFormat {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(()),
        }
    }
}

/// What keeps everything.
#[derive(Debug, Clone)]
pub enum Database {
    /// A file of one node's.
    Sqlite(PathBuf),
    /// A server that nodes share. Its `Debug` hides the password.
    Postgres(Box<tokio_postgres::Config>),
}

impl Database {
    fn read(url: &str) -> Result<Self, ConfigError> {
        let wrong = |reason| ConfigError {
            name: "DATABASE_URL",
            reason,
        };
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let config = url.parse().map_err(|_| {
                wrong("not of the form postgres://user:password@host:port/database?option=value")
            })?;
            return Ok(Self::Postgres(Box::new(config)));
        }
        match url.strip_prefix("sqlite://") {
            Some(path) if !path.is_empty() => Ok(Self::Sqlite(path.into())),
            _ => Err(wrong("neither sqlite://path nor postgres://…")),
        }
    }
}

/// An application that has its own users and says who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostConfig {
    /// Where its keys are.
    pub keys: HostKeySource,
    /// The `iss` of its tokens (`AUTH_ISSUER`).
    pub issuer: String,
    /// Who is among the `aud` of tokens for this relay (`AUTH_AUDIENCE`).
    pub audience: String,
}

/// Where an application's public keys are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostKeySource {
    /// A JWK set (`AUTH_JWKS_URL`).
    Url(String),
    /// A PEM, JWK or JWK set (`AUTH_JWT_KEY`).
    File(PathBuf),
}

/// How much is let through a minute, and at once; 0 is no limit.
#[derive(Debug, Clone, Copy)]
pub struct Rates {
    /// Registrations from an address.
    pub registrations: u32,
    /// Challenges and tokens asked for from an address.
    pub logins: u32,
    /// Bundles taken by a device.
    pub bundles: u32,
    /// KeyPackages taken by a device.
    pub key_packages: u32,
    /// Envelopes of typing notices sent by a device.
    pub typing: u32,
    /// Calls of `/api/links` from an address; opening a rendezvous counts as 30.
    pub links: u32,
    /// Calls of a device for files.
    pub blobs: u32,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            registrations: 600,
            logins: 3000,
            bundles: 6000,
            key_packages: 6000,
            typing: 1200,
            links: 1200,
            blobs: 6000,
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            database: Database::Sqlite("sealpost.db".into()),
            nats: None,
            catch_up: Duration::from_secs(5),
            web_root: None,
            public_origins: Vec::new(),
            cors_origins: Vec::new(),
            retention: days(30),
            sweep: Duration::from_secs(600),
            blobs: BlobConfig::default(),
            rates: Rates::default(),
            host: None,
            metrics: None,
            log_format: LogFormat::Text,
            trust_forwarded_for: false,
        }
    }
}

/// A setting has no usable value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {reason}")]
pub struct ConfigError {
    name: &'static str,
    reason: &'static str,
}

impl ConfigError {
    /// The variable.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

impl Config {
    /// Every variable that is read.
    pub const VARIABLES: [&str; 26] = [
        "LISTEN",
        "DATABASE_URL",
        "NATS_URL",
        "CATCH_UP_SECONDS",
        "WEB_ROOT",
        "PUBLIC_ORIGIN",
        "CORS_ORIGINS",
        "RETENTION_DAYS",
        "BLOB_STORE",
        "BLOB_MAX_BYTES",
        "BLOB_QUOTA_BYTES",
        "BLOB_EXPIRY_DAYS",
        "RATE_REGISTRATIONS",
        "RATE_LOGINS",
        "RATE_BUNDLES",
        "RATE_KEY_PACKAGES",
        "RATE_TYPING",
        "RATE_LINKS",
        "RATE_BLOBS",
        "AUTH_JWKS_URL",
        "AUTH_JWT_KEY",
        "AUTH_ISSUER",
        "AUTH_AUDIENCE",
        "METRICS_ADDR",
        "LOG_FORMAT",
        "TRUST_FORWARDED_FOR",
    ];

    /// Reads the settings through `variable`, which gives the value of an environment variable.
    ///
    /// # Errors
    /// [`ConfigError`] names the first variable whose value is not usable.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let mut config = Self::default();
        if let Some(listen) = variable("LISTEN") {
            config.listen = parsed("LISTEN", &listen, "not an address and port")?;
        }
        if let Some(url) = variable("DATABASE_URL") {
            config.database = Database::read(&url)?;
        }
        if let Some(urls) = variable("NATS_URL") {
            config.nats = Some(nats(&urls, &config.database)?);
        }
        if let Some(seconds) = variable("CATCH_UP_SECONDS") {
            let seconds: NonZeroU32 = parsed(
                "CATCH_UP_SECONDS",
                &seconds,
                "not a number of seconds from 1",
            )?;
            config.catch_up = Duration::from_secs(seconds.get().into());
        }
        config.web_root = variable("WEB_ROOT").map(PathBuf::from);
        config.public_origins = origins("PUBLIC_ORIGIN", variable("PUBLIC_ORIGIN"))?;
        config.cors_origins = origins("CORS_ORIGINS", variable("CORS_ORIGINS"))?;
        if let Some(retention) = variable("RETENTION_DAYS") {
            let number: u32 = parsed("RETENTION_DAYS", &retention, "not a number of days")?;
            config.retention = days(number);
        }
        config.blobs = blobs::read(&variable)?;
        for (name, rate) in [
            ("RATE_REGISTRATIONS", &mut config.rates.registrations),
            ("RATE_LOGINS", &mut config.rates.logins),
            ("RATE_BUNDLES", &mut config.rates.bundles),
            ("RATE_KEY_PACKAGES", &mut config.rates.key_packages),
            ("RATE_TYPING", &mut config.rates.typing),
            ("RATE_LINKS", &mut config.rates.links),
            ("RATE_BLOBS", &mut config.rates.blobs),
        ] {
            if let Some(value) = variable(name) {
                *rate = parsed(name, &value, "not a number")?;
            }
        }
        config.host = host(&variable)?;
        if let Some(address) = variable("METRICS_ADDR") {
            let address = parsed("METRICS_ADDR", &address, "not an address and port")?;
            config.metrics = Some(address);
        }
        if let Some(format) = variable("LOG_FORMAT") {
            config.log_format = parsed("LOG_FORMAT", &format, "neither text nor json")?;
        }
        if let Some(trust) = variable("TRUST_FORWARDED_FOR") {
            config.trust_forwarded_for =
                parsed("TRUST_FORWARDED_FOR", &trust, "neither true nor false")?;
        }
        Ok(config)
    }
}

/// Nodes that tell each other need something to look at.
fn nats(urls: &str, database: &Database) -> Result<NatsServers, ConfigError> {
    let wrong = |reason| ConfigError {
        name: "NATS_URL",
        reason,
    };
    if matches!(database, Database::Sqlite(_)) {
        return Err(wrong(
            "set without a DATABASE_URL that nodes can share (postgres://…)",
        ));
    }
    NatsServers::read(urls)
        .ok_or_else(|| wrong("not a list of the form nats://user:password@host:port,tls://host"))
}

/// The settings of host-app mode: all of them, or none.
fn host(variable: &impl Fn(&str) -> Option<String>) -> Result<Option<HostConfig>, ConfigError> {
    let failed = |name, reason| Err(ConfigError { name, reason });
    let (issuer, audience) = (variable("AUTH_ISSUER"), variable("AUTH_AUDIENCE"));
    let keys = match (variable("AUTH_JWKS_URL"), variable("AUTH_JWT_KEY")) {
        (Some(_), Some(_)) => return failed("AUTH_JWT_KEY", "set beside AUTH_JWKS_URL"),
        (Some(url), None) if is_safe_url(&url) => HostKeySource::Url(url),
        (Some(_), None) => {
            return failed(
                "AUTH_JWKS_URL",
                "neither https:// nor http:// on this machine",
            );
        }
        (None, Some(path)) => HostKeySource::File(path.into()),
        (None, None) if issuer.is_some() => {
            return failed("AUTH_ISSUER", "set without AUTH_JWKS_URL or AUTH_JWT_KEY");
        }
        (None, None) if audience.is_some() => {
            return failed("AUTH_AUDIENCE", "set without AUTH_JWKS_URL or AUTH_JWT_KEY");
        }
        (None, None) => return Ok(None),
    };
    let required = |name, value: Option<String>| {
        value.ok_or(ConfigError {
            name,
            reason: "needed beside AUTH_JWKS_URL or AUTH_JWT_KEY",
        })
    };
    Ok(Some(HostConfig {
        keys,
        issuer: required("AUTH_ISSUER", issuer)?,
        audience: required("AUTH_AUDIENCE", audience)?,
    }))
}

/// Whether keys that come from there can be trusted: by TLS, or without a network.
fn is_safe_url(url: &str) -> bool {
    let local = [
        "http://127.0.0.1:",
        "http://127.0.0.1/",
        "http://[::1]:",
        "http://localhost:",
    ];
    url.starts_with("https://") || local.iter().any(|prefix| url.starts_with(prefix))
}

const fn days(number: u32) -> Duration {
    Duration::from_secs(number as u64 * 24 * 60 * 60)
}

fn parsed<T: std::str::FromStr>(
    name: &'static str,
    value: &str,
    reason: &'static str,
) -> Result<T, ConfigError> {
    value.parse().map_err(|_| ConfigError { name, reason })
}

fn origins(name: &'static str, value: Option<String>) -> Result<Vec<String>, ConfigError> {
    value
        .iter()
        .flat_map(|value| value.split(','))
        .map(|origin| {
            let origin = origin.trim();
            if is_origin(origin) {
                Ok(origin.to_owned())
            } else {
                Err(ConfigError {
                    name,
                    reason: "not a list of origins like https://chat.example",
                })
            }
        })
        .collect()
}

/// `scheme://host[:port]` as a browser writes it.
fn is_origin(text: &str) -> bool {
    let host = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| {
        !host.is_empty()
            && host.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.:[]".contains(&byte)
            })
    })
}

#[cfg(test)]
mod tests;
