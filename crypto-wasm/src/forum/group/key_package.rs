//! KeyPackages (RFC 9420 §10): what others add a device with.

use mls_rs::extension::recommended::LastResortKeyPackageExt;
use mls_rs::mls_rs_codec::{MlsDecode as _, MlsEncode as _};
use mls_rs::time::MlsTime;
use mls_rs::{ExtensionList, MlsMessage};
use mls_rs_core::key_package::KeyPackageData;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::client::{CLOCK_SKEW_S, TopicClient};
use crate::ProtocolError;
use crate::forum::wire::JoinId;
use crate::forum::{TopicError, state};
use crate::identity::Device;

/// Which KeyPackages to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyPackageRequest {
    /// How many that are used once.
    pub one_time: usize,
    /// Whether to make one that is used when those are gone.
    pub last_resort: bool,
    /// Unix seconds.
    pub now_s: u64,
}

/// A new KeyPackage.
pub struct NewKeyPackage {
    /// Whether it may be used more than once.
    pub last_resort: bool,
    /// The encoded MLSMessage, for the relay.
    pub key_package: Vec<u8>,
    /// What this device keeps.
    pub stored: StoredKeyPackage,
}

/// A KeyPackage with its private keys.
pub struct StoredKeyPackage {
    /// Its KeyPackageRef (RFC 9420 §5.2), which a Welcome names.
    pub reference: Vec<u8>,
    /// The KeyPackage and its private keys, encoded.
    pub secret: Zeroizing<Vec<u8>>,
}

impl StoredKeyPackage {
    pub(super) fn decode(&self) -> Result<KeyPackageData, ProtocolError> {
        let bytes = &mut self.secret.as_slice();
        let data = KeyPackageData::mls_decode(bytes).map_err(|_| ProtocolError::Decode)?;
        if bytes.is_empty() {
            Ok(data)
        } else {
            Err(ProtocolError::Decode)
        }
    }
}

/// Makes KeyPackages of a device.
///
/// # Errors
/// None in practice.
pub fn generate_key_packages(
    device: &Device,
    request: &KeyPackageRequest,
    rng: &mut dyn CryptoRng,
) -> Result<Vec<NewKeyPackage>, TopicError> {
    let client = TopicClient::of(device)?;
    let kinds =
        std::iter::repeat_n(false, request.one_time).chain(request.last_resort.then_some(true));
    kinds
        .map(|last_resort| generate(&client, last_resort, request.now_s, rng))
        .collect()
}

fn generate(
    client: &TopicClient,
    last_resort: bool,
    now_s: u64,
    rng: &mut dyn CryptoRng,
) -> Result<NewKeyPackage, TopicError> {
    let mut extensions = ExtensionList::new();
    if last_resort {
        extensions
            .set_from(LastResortKeyPackageExt)
            .map_err(|_| ProtocolError::Decode)?;
    }
    let leaf_extensions = state::leaf_extensions(draw_join_id(rng))?;
    let message = client.random.lend(rng, || {
        client.mls.generate_key_package_message(
            extensions,
            leaf_extensions,
            Some(generation_time(now_s)),
        )
    })?;
    let made = client.key_packages.take();
    let (reference, data) = made.into_iter().next().ok_or(ProtocolError::Decode)?;
    let secret = data
        .mls_encode_to_vec()
        .map_err(|_| ProtocolError::Decode)?;
    Ok(NewKeyPackage {
        last_resort,
        key_package: message.to_bytes()?,
        stored: StoredKeyPackage {
            reference,
            secret: Zeroizing::new(secret),
        },
    })
}

/// From when on a leaf of this device is good.
pub(super) fn generation_time(now_s: u64) -> MlsTime {
    MlsTime::from(now_s.saturating_sub(CLOCK_SKEW_S))
}

pub(super) fn draw_join_id(rng: &mut dyn CryptoRng) -> JoinId {
    let mut join_id = [0; 16];
    rng.fill_bytes(&mut join_id);
    JoinId(join_id)
}

/// The KeyPackageRefs that a Welcome is for.
///
/// # Errors
/// Those of MLS if it is no Welcome.
pub fn welcome_references(welcome: &[u8]) -> Result<Vec<Vec<u8>>, TopicError> {
    let message = MlsMessage::from_bytes(welcome)?;
    let references = message.welcome_key_package_references();
    Ok(references
        .into_iter()
        .map(|reference| reference.to_vec())
        .collect())
}
