//! HPKE (RFC 9180) for MLS: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM.

use mls_rs::crypto::{HpkePublicKey, HpkeSecretKey};
use mls_rs_crypto_hpke::dhkem::DhKem;
use mls_rs_crypto_hpke::hpke::Hpke;
use mls_rs_crypto_traits::{AeadId, AeadType, DhType, KdfId, KdfType, KemId, SamplingMethod};

use super::member::RandomSource;
use super::{SuiteError, validate_public_key, x25519_public_key};
use crate::ProtocolError;
use crate::crypto::aead::{open_aes128, seal_aes128};
use crate::crypto::dh::X25519PrivateKey;
use crate::crypto::kdf::{hkdf_expand, hkdf_extract};

pub(super) type TopicHpke = Hpke<DhKem<X25519, HkdfSha256>, HkdfSha256, Aes128Gcm>;

pub(super) fn hpke(random: RandomSource) -> TopicHpke {
    let id = KemId::DhKemX25519Sha256;
    let kem = DhKem::new(X25519(random), HkdfSha256, id as u16, id.n_secret());
    Hpke::new(kem, HkdfSha256, Some(Aes128Gcm))
}

/// DHKEM's group.
#[derive(Clone)]
pub struct X25519(RandomSource);

/// Its bytes as they came: they are clamped where they are used.
fn private_key(key: &HpkeSecretKey) -> Result<X25519PrivateKey, SuiteError> {
    let bytes = key.as_ref().try_into().map_err(|_| ProtocolError::Decode)?;
    Ok(X25519PrivateKey::copy_from(bytes))
}

impl DhType for X25519 {
    type Error = SuiteError;

    fn dh(&self, secret: &HpkeSecretKey, public: &HpkePublicKey) -> Result<Vec<u8>, SuiteError> {
        let shared = private_key(secret)?.agree(&x25519_public_key(public)?)?;
        Ok(shared.expose().to_vec())
    }

    fn generate(&self) -> Result<(HpkeSecretKey, HpkePublicKey), SuiteError> {
        let mut bytes = vec![0; self.secret_key_size()];
        self.0.fill(&mut bytes)?;
        let secret = HpkeSecretKey::from(bytes);
        let public = self.to_public(&secret)?;
        Ok((secret, public))
    }

    fn to_public(&self, secret: &HpkeSecretKey) -> Result<HpkePublicKey, SuiteError> {
        let public = private_key(secret)?.public_key();
        Ok(public.as_bytes().to_vec().into())
    }

    fn bitmask_for_rejection_sampling(&self) -> SamplingMethod {
        SamplingMethod::HpkeWithoutBitmask
    }

    fn secret_key_size(&self) -> usize {
        32
    }

    fn public_key_size(&self) -> usize {
        32
    }

    fn public_key_validate(&self, key: &HpkePublicKey) -> Result<(), SuiteError> {
        validate_public_key(key)
    }
}

/// HKDF-SHA-256.
#[derive(Clone)]
pub struct HkdfSha256;

impl KdfType for HkdfSha256 {
    type Error = SuiteError;

    fn kdf_id(&self) -> u16 {
        KdfId::HkdfSha256 as u16
    }

    fn expand(&self, prk: &[u8], info: &[u8], len: usize) -> Result<Vec<u8>, SuiteError> {
        Ok(hkdf_expand(prk, info, len)?.to_vec())
    }

    fn extract(&self, salt: &[u8], ikm: &[u8]) -> Result<Vec<u8>, SuiteError> {
        Ok(hkdf_extract(salt, ikm).to_vec())
    }

    fn extract_size(&self) -> usize {
        KdfId::HkdfSha256.extract_size()
    }
}

/// AES-128-GCM.
#[derive(Clone)]
pub struct Aes128Gcm;

impl AeadType for Aes128Gcm {
    type Error = SuiteError;

    fn aead_id(&self) -> u16 {
        AeadId::Aes128Gcm as u16
    }

    fn seal(
        &self,
        key: &[u8],
        data: &[u8],
        aad: Option<&[u8]>,
        nonce: &[u8],
    ) -> Result<Vec<u8>, SuiteError> {
        Ok(seal_aes128(key, nonce, data, aad.unwrap_or_default())?)
    }

    fn open(
        &self,
        key: &[u8],
        ciphertext: &[u8],
        aad: Option<&[u8]>,
        nonce: &[u8],
    ) -> Result<Vec<u8>, SuiteError> {
        Ok(open_aes128(
            key,
            nonce,
            ciphertext,
            aad.unwrap_or_default(),
        )?)
    }

    fn key_size(&self) -> usize {
        AeadId::Aes128Gcm.key_size()
    }

    fn nonce_size(&self) -> usize {
        AeadId::Aes128Gcm.nonce_size()
    }
}
