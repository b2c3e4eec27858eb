//! Host-app mode: who somebody is, the application says whose users these are, in tokens that it signs (JWT, RFC 7519). The relay has
//! its public keys only.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;

use crate::config::{HostConfig, HostKeySource};
use crate::domain::login::HostAccount;
use crate::domain::{Clock, Refusal, UnixMillis};
use crate::error::ApiError;

/// The algorithms of tokens. A key is good for one of them, whatever a token's header says: no `none`, and no HMAC with a public key.
const ALGORITHMS: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];
/// How far the clocks of relay and application may be apart.
const LEEWAY_MS: f64 = 30_000.0;
/// How often keys are fetched at most, however many tokens name unknown ones.
const FETCH_INTERVAL_MS: u64 = 30_000;
/// How long fetched keys are used without looking whether they are still published.
const FRESH_MS: u64 = 600_000;
/// How long they are used when they cannot be fetched.
const STALE_MS: u64 = 3_600_000;
/// How long fetching may take.
const FETCH_TIMEOUT: Duration = Duration::from_secs(5);
/// Bytes of a document with keys.
const DOCUMENT_BYTES: usize = 256 * 1024;
/// Bytes of a token, and of a `sub`.
const TOKEN_BYTES: usize = 16 * 1024;
const SUBJECT_BYTES: usize = 255;

/// Why the application's keys cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// The file cannot be read.
    #[error("AUTH_JWT_KEY: the file cannot be read")]
    Unreadable,
    /// There is no key in it that the relay could use.
    #[error("no public key for RS256, ES256 or EdDSA")]
    NoKey,
    /// The client for fetching keys cannot be made, or fetching failed.
    #[error("AUTH_JWKS_URL: the keys cannot be fetched")]
    Fetch,
}

/// A public key with its only algorithm.
struct Key {
    id: Option<String>,
    algorithm: Algorithm,
    key: DecodingKey,
}

/// The keys that were fetched, and when.
#[derive(Default)]
struct Fetched {
    keys: Vec<Arc<Key>>,
    at: Option<UnixMillis>,
}

enum Source {
    File(Vec<Arc<Key>>),
    Url {
        url: String,
        client: reqwest::Client,
        fetched: RwLock<Fetched>,
        /// When fetching was last begun; held while it is under way.
        attempt: tokio::sync::Mutex<Option<UnixMillis>>,
    },
}

/// The host application, as the relay knows it.
pub struct Host {
    issuer: String,
    audience: String,
    source: Source,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    exp: f64,
    nbf: Option<f64>,
}

impl Host {
    /// Reads a key file, or gets ready to fetch keys.
    ///
    /// # Errors
    /// [`HostError`].
    pub fn open(config: &HostConfig) -> Result<Self, HostError> {
        let source = match &config.keys {
            HostKeySource::File(path) => Source::File(read_file(path)?),
            HostKeySource::Url(url) => Source::Url {
                url: url.clone(),
                client: reqwest::Client::builder()
                    .timeout(FETCH_TIMEOUT)
                    .redirect(reqwest::redirect::Policy::none())
                    .build()
                    .map_err(|_| HostError::Fetch)?,
                fetched: RwLock::default(),
                attempt: tokio::sync::Mutex::default(),
            },
        };
        Ok(Self {
            issuer: config.issuer.clone(),
            audience: config.audience.clone(),
            source,
        })
    }

    /// Whom a token names.
    ///
    /// # Errors
    /// [`Refusal::Unauthorized`] for a token that is not the application's, not for this relay, or not valid now;
    /// [`ApiError::Unavailable`] if the keys cannot be fetched.
    pub async fn account(&self, token: &str, clock: &Clock) -> Result<HostAccount, ApiError> {
        if token.len() > TOKEN_BYTES {
            return Err(Refusal::Unauthorized.into());
        }
        let header = decode_header(token).map_err(|_| Refusal::Unauthorized)?;
        if !ALGORITHMS.contains(&header.alg) {
            return Err(Refusal::Unauthorized.into());
        }
        let key = self
            .key(header.kid.as_deref(), header.alg, clock.now())
            .await?
            .ok_or(Refusal::Unauthorized)?;
        let mut validation = Validation::new(key.algorithm);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // Times are looked at by the relay's own clock.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        let claims = decode::<Claims>(token, &key.key, &validation)
            .map_err(|_| Refusal::Unauthorized)?
            .claims;
        #[expect(
            clippy::cast_precision_loss,
            reason = "milliseconds are exact in a double"
        )]
        let now = clock.now() as f64;
        let begins = claims.nbf.is_none_or(|nbf| nbf * 1000.0 <= now + LEEWAY_MS);
        let lasts = claims.exp * 1000.0 > now - LEEWAY_MS;
        let named = !claims.sub.is_empty() && claims.sub.len() <= SUBJECT_BYTES;
        if begins && lasts && named {
            Ok(HostAccount {
                issuer: claims.iss,
                subject: claims.sub,
            })
        } else {
            Err(Refusal::Unauthorized.into())
        }
    }

    /// Fetches the keys, if they are fetched at all: whether there are any.
    ///
    /// # Errors
    /// [`HostError`].
    pub async fn check(&self) -> Result<(), HostError> {
        match &self.source {
            Source::File(_) => Ok(()),
            Source::Url { url, client, .. } => fetch(client, url).await.map(drop),
        }
    }

    async fn key(
        &self,
        id: Option<&str>,
        algorithm: Algorithm,
        now: UnixMillis,
    ) -> Result<Option<Arc<Key>>, ApiError> {
        let Source::Url {
            url,
            client,
            fetched,
            attempt,
        } = &self.source
        else {
            let Source::File(keys) = &self.source else {
                return Ok(None);
            };
            return Ok(choose(keys, id, algorithm, true));
        };
        let known = |limit: u64| {
            let fetched = fetched.read().unwrap_or_else(PoisonError::into_inner);
            let age = now.saturating_sub(fetched.at?);
            (age < limit).then(|| choose(&fetched.keys, id, algorithm, false))
        };
        if let Some(Some(key)) = known(FRESH_MS) {
            return Ok(Some(key));
        }
        {
            let mut attempt = attempt.lock().await;
            let rests = attempt.is_some_and(|last| now.saturating_sub(last) < FETCH_INTERVAL_MS);
            if !rests {
                *attempt = Some(now);
                match fetch(client, url).await {
                    Ok(keys) => {
                        let mut fetched = fetched.write().unwrap_or_else(PoisonError::into_inner);
                        *fetched = Fetched {
                            keys,
                            at: Some(now),
                        };
                    }
                    Err(error) => {
                        tracing::warn!(%error, "the host application's keys are out of reach")
                    }
                }
            }
        }
        known(STALE_MS).ok_or(ApiError::Unavailable)
    }
}

/// The key that a token names, of the token's algorithm. A token that names none is for the only key, and any name will do for a key
/// in a file, which has none.
fn choose(
    keys: &[Arc<Key>],
    id: Option<&str>,
    algorithm: Algorithm,
    unnamed: bool,
) -> Option<Arc<Key>> {
    let fits = |key: &&Arc<Key>| match (id, &key.id) {
        (Some(id), Some(own)) => id == own,
        (Some(_), None) => unnamed,
        (None, _) => keys.len() == 1,
    };
    let key = keys.iter().find(fits)?;
    (key.algorithm == algorithm).then(|| Arc::clone(key))
}

async fn fetch(client: &reqwest::Client, url: &str) -> Result<Vec<Arc<Key>>, HostError> {
    let response = client.get(url).send().await.map_err(|_| HostError::Fetch)?;
    let mut response = response.error_for_status().map_err(|_| HostError::Fetch)?;
    let mut document = Vec::new();
    while let Some(part) = response.chunk().await.map_err(|_| HostError::Fetch)? {
        document.extend_from_slice(&part);
        if document.len() > DOCUMENT_BYTES {
            return Err(HostError::Fetch);
        }
    }
    set_of(&document).ok_or(HostError::NoKey)
}

/// The usable keys of a set; none with a name that two have.
fn set_of(document: &[u8]) -> Option<Vec<Arc<Key>>> {
    // One that cannot be read must not hide the others.
    let set: serde_json::Value = serde_json::from_slice(document).ok()?;
    let members = set.get("keys")?.as_array()?;
    let keys: Vec<_> = members
        .iter()
        .filter_map(|member| Jwk::deserialize(member).ok())
        .filter_map(|jwk| key_of(&jwk))
        .map(Arc::new)
        .collect();
    let mut names = HashMap::new();
    for key in &keys {
        *names.entry(key.id.clone()).or_insert(0) += 1;
    }
    let keys: Vec<_> = keys
        .into_iter()
        .filter(|key| names.get(&key.id) == Some(&1))
        .collect();
    (!keys.is_empty()).then_some(keys)
}

fn key_of(jwk: &Jwk) -> Option<Key> {
    let signs = matches!(
        jwk.common.public_key_use,
        None | Some(PublicKeyUse::Signature)
    );
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => Algorithm::RS256,
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            Algorithm::ES256
        }
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
            Algorithm::EdDSA
        }
        _ => return None,
    };
    let meant = jwk
        .common
        .key_algorithm
        .is_none_or(|meant| meant.to_string() == format!("{algorithm:?}"));
    if !signs || !meant {
        return None;
    }
    Some(Key {
        id: jwk.common.key_id.clone(),
        algorithm,
        key: DecodingKey::from_jwk(jwk).ok()?,
    })
}

/// A PEM file with one public key, a JWK or a set of them.
fn read_file(path: &Path) -> Result<Vec<Arc<Key>>, HostError> {
    let text = std::fs::read(path).map_err(|_| HostError::Unreadable)?;
    if let Some(keys) = set_of(&text) {
        return Ok(keys);
    }
    if let Ok(jwk) = serde_json::from_slice::<Jwk>(&text) {
        let key = key_of(&jwk).ok_or(HostError::NoKey)?;
        return Ok(vec![Arc::new(key)]);
    }
    let pem = [
        (Algorithm::RS256, DecodingKey::from_rsa_pem(&text)),
        (Algorithm::ES256, DecodingKey::from_ec_pem(&text)),
        (Algorithm::EdDSA, DecodingKey::from_ed_pem(&text)),
    ];
    let found = pem.into_iter().find_map(|(algorithm, key)| {
        Some(Key {
            id: None,
            algorithm,
            key: key.ok()?,
        })
    });
    found.map(|key| vec![Arc::new(key)]).ok_or(HostError::NoKey)
}
