//! Settings, from the environment.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Settings of a relay.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen; port 0 picks one (`LISTEN`).
    pub listen: SocketAddr,
    /// Where everything is kept (`DATABASE_URL`).
    pub database: Database,
    /// Folder of the built demo (`WEB_ROOT`).
    pub web_root: Option<PathBuf>,
    /// Origins that login proofs may name; empty: those of the address listened on (`PUBLIC_ORIGIN`).
    pub public_origins: Vec<String>,
    /// Origins of other sites whose pages may call (`CORS_ORIGINS`).
    pub cors_origins: Vec<String>,
    /// How long envelopes wait to be acknowledged (`RETENTION_DAYS`).
    pub retention: Duration,
    /// Rate limits (`RATE_REGISTRATIONS`, `RATE_LOGINS`, `RATE_BUNDLES`, `RATE_KEY_PACKAGES`).
    pub rates: Rates,
    /// Whether the last address in `X-Forwarded-For` is the client's, for rate limits (`TRUST_FORWARDED_FOR`).
    pub trust_forwarded_for: bool,
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
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            registrations: 600,
            logins: 3000,
            bundles: 6000,
            key_packages: 6000,
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            database: Database::Sqlite("sealpost.db".into()),
            web_root: None,
            public_origins: Vec::new(),
            cors_origins: Vec::new(),
            retention: days(30),
            rates: Rates::default(),
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

impl Config {
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
        config.web_root = variable("WEB_ROOT").map(PathBuf::from);
        config.public_origins = origins("PUBLIC_ORIGIN", variable("PUBLIC_ORIGIN"))?;
        config.cors_origins = origins("CORS_ORIGINS", variable("CORS_ORIGINS"))?;
        if let Some(retention) = variable("RETENTION_DAYS") {
            let number: u32 = parsed("RETENTION_DAYS", &retention, "not a number of days")?;
            config.retention = days(number);
        }
        for (name, rate) in [
            ("RATE_REGISTRATIONS", &mut config.rates.registrations),
            ("RATE_LOGINS", &mut config.rates.logins),
            ("RATE_BUNDLES", &mut config.rates.bundles),
            ("RATE_KEY_PACKAGES", &mut config.rates.key_packages),
        ] {
            if let Some(value) = variable(name) {
                *rate = parsed(name, &value, "not a number")?;
            }
        }
        if let Some(trust) = variable("TRUST_FORWARDED_FOR") {
            config.trust_forwarded_for =
                parsed("TRUST_FORWARDED_FOR", &trust, "neither true nor false")?;
        }
        Ok(config)
    }
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
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::read(|name| {
            pairs
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn nothing_is_needed() {
        let config = read(&[("LISTEN", "")]).unwrap();
        assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
        assert!(matches!(config.database, Database::Sqlite(path) if path == *"sealpost.db"));
    }

    #[test]
    fn everything_can_be_set() {
        let config = read(&[
            ("LISTEN", "[::1]:0"),
            ("DATABASE_URL", "sqlite:///var/lib/relay.db"),
            ("WEB_ROOT", "dist"),
            (
                "PUBLIC_ORIGIN",
                "https://chat.example, http://localhost:8080",
            ),
            ("RETENTION_DAYS", "7"),
            ("RATE_BUNDLES", "0"),
            ("TRUST_FORWARDED_FOR", "true"),
        ])
        .unwrap();
        assert!(matches!(&config.database, Database::Sqlite(path) if path == "/var/lib/relay.db"));
        assert_eq!(
            config.public_origins,
            ["https://chat.example", "http://localhost:8080"]
        );
        assert_eq!(config.retention, Duration::from_secs(7 * 86_400));
        assert_eq!(config.rates.bundles, 0);
        assert!(config.trust_forwarded_for);
    }

    #[test]
    fn a_server_can_be_named_and_its_password_is_not_shown() {
        let url = "postgres://relay:secret@db.example:5433/chat?sslmode=require";
        let config = read(&[("DATABASE_URL", url)]).unwrap();
        let Database::Postgres(server) = &config.database else {
            panic!("{config:?}");
        };
        assert_eq!(
            (server.get_user(), server.get_dbname(), server.get_ports()),
            (Some("relay"), Some("chat"), &[5433][..])
        );
        assert!(!format!("{config:?}").contains("secret"));
    }

    #[test]
    fn a_wrong_value_is_named() {
        for (name, value) in [
            ("LISTEN", "localhost"),
            ("DATABASE_URL", "mysql://localhost/relay"),
            ("DATABASE_URL", "postgres://localhost/relay?sslmode=perhaps"),
            ("DATABASE_URL", "postgres://localhost:many/relay"),
            ("DATABASE_URL", "sqlite://"),
            ("PUBLIC_ORIGIN", "https://chat.example/"),
            ("PUBLIC_ORIGIN", "HTTPS://chat.example"),
            ("CORS_ORIGINS", "*"),
            ("RETENTION_DAYS", "-1"),
            ("RATE_LOGINS", "many"),
            ("TRUST_FORWARDED_FOR", "perhaps"),
        ] {
            let error = read(&[(name, value)]).err().map(|error| error.name);
            assert_eq!(error, Some(name), "{value}");
        }
    }
}
