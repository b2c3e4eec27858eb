//! What is read, what is refused, and what is documented.

use super::*;

fn read(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::read(|name| {
        pairs
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| (*value).to_owned())
    })
}

/// `VARIABLES`, the documentation and what is read are the same.
#[test]
fn every_variable_is_read_and_documented() {
    use std::collections::BTreeSet;
    let asked = std::cell::RefCell::new(BTreeSet::new());
    Config::read(|name| {
        asked.borrow_mut().insert(name.to_owned());
        None
    })
    .unwrap();
    let listed: BTreeSet<_> = Config::VARIABLES.map(str::to_owned).into();
    assert_eq!(asked.into_inner(), listed);
    for page in [
        include_str!("../../../docs/relay-api.md"),
        include_str!("../../../docs/operations.md"),
    ] {
        for name in &listed {
            assert!(page.contains(&format!("`{name}`")), "{name}");
        }
    }
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
        ("RATE_BLOBS", "7"),
        ("BLOB_STORE", "s3://files/of/the/relay"),
        ("BLOB_MAX_BYTES", "1000000"),
        ("BLOB_QUOTA_BYTES", "5000000000"),
        ("BLOB_EXPIRY_DAYS", "7"),
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
    assert_eq!(config.rates.blobs, 7);
    let bucket = BlobPlace::Bucket {
        name: "files".to_owned(),
        prefix: "of/the/relay".to_owned(),
    };
    let blobs = BlobConfig {
        place: Some(bucket),
        max_bytes: 1_000_000,
        quota_bytes: 5_000_000_000,
        expiry: Duration::from_secs(7 * 86_400),
    };
    assert_eq!(config.blobs, blobs);
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
fn host_app_mode_is_set_up_wholly_or_not() {
    let url = ("AUTH_JWKS_URL", "https://site.example/keys");
    let key = ("AUTH_JWT_KEY", "key.pem");
    let issuer = ("AUTH_ISSUER", "https://site.example");
    let audience = ("AUTH_AUDIENCE", "relay");
    for (pairs, missing) in [
        (vec![url, issuer], "AUTH_AUDIENCE"),
        (vec![key, audience], "AUTH_ISSUER"),
        (vec![url, key, issuer, audience], "AUTH_JWT_KEY"),
    ] {
        let error = read(&pairs).err().map(|error| error.name);
        assert_eq!(error, Some(missing));
    }
    let host = read(&[key, issuer, audience]).unwrap().host.unwrap();
    assert_eq!(host.keys, HostKeySource::File("key.pem".into()));
    assert_eq!(host.issuer, "https://site.example");
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
        ("BLOB_STORE", "ftp://files"),
        ("BLOB_STORE", "s3:///prefix"),
        ("BLOB_MAX_BYTES", "1G"),
        ("BLOB_QUOTA_BYTES", "-1"),
        ("BLOB_EXPIRY_DAYS", "0"),
        ("METRICS_ADDR", "9090"),
        ("LOG_FORMAT", "xml"),
        ("AUTH_JWKS_URL", "http://site.example/keys"),
        ("AUTH_ISSUER", "https://site.example"),
        ("AUTH_AUDIENCE", "relay"),
        ("TRUST_FORWARDED_FOR", "perhaps"),
    ] {
        let error = read(&[(name, value)]).err().map(|error| error.name);
        assert_eq!(error, Some(name), "{value}");
    }
}
