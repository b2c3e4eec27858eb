//! Settings of encrypted files.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use super::{ConfigError, days, parsed};

/// Where encrypted files are kept, and how many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobConfig {
    /// Where; if not set, a folder beside an SQLite file, and nowhere with PostgreSQL (`BLOB_STORE`).
    pub place: Option<BlobPlace>,
    /// Bytes of one at most (`BLOB_MAX_BYTES`).
    pub max_bytes: u64,
    /// Bytes of all of a user's at most (`BLOB_QUOTA_BYTES`).
    pub quota_bytes: u64,
    /// How long one stays (`BLOB_EXPIRY_DAYS`).
    pub expiry: Duration,
}

impl Default for BlobConfig {
    fn default() -> Self {
        Self {
            place: None,
            max_bytes: 1 << 30,
            quota_bytes: 10 << 30,
            expiry: days(30),
        }
    }
}

/// Where encrypted files are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlobPlace {
    /// A folder.
    Folder(PathBuf),
    /// A bucket that speaks S3; its address and credentials are in `AWS_…` variables.
    Bucket {
        /// The bucket.
        name: String,
        /// What the names of its objects begin with.
        prefix: String,
    },
}

impl BlobPlace {
    fn parse(text: &str) -> Result<Self, ConfigError> {
        let Some(bucket) = text.strip_prefix("s3://") else {
            let is_other = text.contains("://");
            return if is_other {
                Err(ConfigError {
                    name: "BLOB_STORE",
                    reason: "neither a folder nor s3://bucket/prefix",
                })
            } else {
                Ok(Self::Folder(text.into()))
            };
        };
        let (name, prefix) = bucket.split_once('/').unwrap_or((bucket, ""));
        if name.is_empty() {
            return Err(ConfigError {
                name: "BLOB_STORE",
                reason: "no bucket in s3://bucket/prefix",
            });
        }
        Ok(Self::Bucket {
            name: name.to_owned(),
            prefix: prefix.to_owned(),
        })
    }
}

/// The settings of encrypted files.
pub(super) fn read(variable: &impl Fn(&str) -> Option<String>) -> Result<BlobConfig, ConfigError> {
    let mut blobs = BlobConfig::default();
    if let Some(place) = variable("BLOB_STORE") {
        blobs.place = Some(BlobPlace::parse(&place)?);
    }
    for (name, bytes) in [
        ("BLOB_MAX_BYTES", &mut blobs.max_bytes),
        ("BLOB_QUOTA_BYTES", &mut blobs.quota_bytes),
    ] {
        if let Some(value) = variable(name) {
            *bytes = parsed(name, &value, "not a number of bytes")?;
        }
    }
    if let Some(expiry) = variable("BLOB_EXPIRY_DAYS") {
        let number: NonZeroU32 =
            parsed("BLOB_EXPIRY_DAYS", &expiry, "not a number of days from 1")?;
        blobs.expiry = days(number.get());
    }
    Ok(blobs)
}
