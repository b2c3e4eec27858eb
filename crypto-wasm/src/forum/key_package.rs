//! What anybody may know of a KeyPackage (RFC 9420 §10).

use mls_rs::KeyPackage;
use mls_rs::MlsMessage;
use mls_rs::extension::recommended::LastResortKeyPackageExt;
use mls_rs::time::MlsTime;

use super::{TopicError, credential, public_group};
use crate::ProtocolError;
use crate::wire::DeviceCertificate;

/// What a KeyPackage says of its device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPackageInfo {
    /// The device.
    pub certificate: DeviceCertificate,
    /// Whether it may be used more than once.
    pub last_resort: bool,
    /// The last second of its lifetime, Unix time.
    pub expires_s: u64,
}

/// Reads an encoded KeyPackage; its signature and lifetime are verified when the device is added.
///
/// # Errors
/// Those of MLS if it is none, [`RuleError::Leaf`](crate::forum::RuleError::Leaf) if it is not that of a certified device.
pub fn describe_key_package(key_package: &[u8]) -> Result<KeyPackageInfo, TopicError> {
    let message = MlsMessage::from_bytes(key_package)?;
    info(&message.into_key_package().ok_or(ProtocolError::Decode)?)
}

/// Reads and verifies an encoded KeyPackage: signatures, the device's certificate, and that it is good at
/// `now_s` (Unix seconds).
///
/// # Errors
/// As [`describe_key_package`], and what MLS finds wrong.
pub fn verify_key_package(key_package: &[u8], now_s: u64) -> Result<KeyPackageInfo, TopicError> {
    let message = MlsMessage::from_bytes(key_package)?;
    let package =
        public_group::client().validate_key_package(message, Some(MlsTime::from(now_s)))?;
    info(&package)
}

fn info(package: &KeyPackage) -> Result<KeyPackageInfo, TopicError> {
    let last_resort = package
        .extensions
        .get_as::<LastResortKeyPackageExt>()
        .map_err(|_| ProtocolError::Decode)?
        .is_some();
    Ok(KeyPackageInfo {
        certificate: credential::certificate(package.signing_identity())?,
        last_resort,
        expires_s: package.expiration()?.seconds_since_epoch(),
    })
}
