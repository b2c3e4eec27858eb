//! What a relay needs of the ciphersuite: hashes and signature verification.

use mls_rs::crypto::{
    HpkeCiphertext, HpkeContextR, HpkeContextS, HpkePublicKey, HpkeSecretKey, SignaturePublicKey,
    SignatureSecretKey,
};
use mls_rs::{CipherSuite, CipherSuiteProvider, CryptoProvider};
use mls_rs_core::crypto::HpkePsk;
use zeroize::Zeroizing;

use super::{CIPHER_SUITE, SuiteError};
use crate::crypto::hash::sha256;

/// The ciphersuite without private keys: what would need one is [`SuiteError::Unsupported`].
#[derive(Debug, Clone, Copy, Default)]
pub struct PublicSuite;

impl CryptoProvider for PublicSuite {
    type CipherSuiteProvider = Self;

    fn supported_cipher_suites(&self) -> Vec<CipherSuite> {
        vec![CIPHER_SUITE]
    }

    fn cipher_suite_provider(&self, cipher_suite: CipherSuite) -> Option<Self> {
        (cipher_suite == CIPHER_SUITE).then_some(*self)
    }
}

/// An HPKE context that cannot exist.
#[derive(Debug, Clone, Copy)]
pub enum NoContext {}

impl HpkeContextS for NoContext {
    type Error = SuiteError;

    fn seal(&mut self, _: Option<&[u8]>, _: &[u8]) -> Result<Vec<u8>, SuiteError> {
        match *self {}
    }

    fn export(&self, _: &[u8], _: usize) -> Result<Zeroizing<Vec<u8>>, SuiteError> {
        match *self {}
    }
}

impl HpkeContextR for NoContext {
    type Error = SuiteError;

    fn open(&mut self, _: Option<&[u8]>, _: &[u8]) -> Result<Zeroizing<Vec<u8>>, SuiteError> {
        match *self {}
    }

    fn export(&self, _: &[u8], _: usize) -> Result<Zeroizing<Vec<u8>>, SuiteError> {
        match *self {}
    }
}

impl CipherSuiteProvider for PublicSuite {
    type Error = SuiteError;
    type HpkeContextS = NoContext;
    type HpkeContextR = NoContext;

    fn cipher_suite(&self) -> CipherSuite {
        CIPHER_SUITE
    }

    fn hash(&self, data: &[u8]) -> Result<Vec<u8>, SuiteError> {
        Ok(sha256(data).to_vec())
    }

    fn verify(
        &self,
        public_key: &SignaturePublicKey,
        signature: &[u8],
        data: &[u8],
    ) -> Result<(), SuiteError> {
        super::verify(public_key, signature, data)
    }

    fn kem_public_key_validate(&self, key: &HpkePublicKey) -> Result<(), SuiteError> {
        super::validate_public_key(key)
    }

    fn aead_key_size(&self) -> usize {
        16
    }

    fn aead_nonce_size(&self) -> usize {
        12
    }

    fn kdf_extract_size(&self) -> usize {
        32
    }

    fn mac(&self, _: &[u8], _: &[u8]) -> Result<Vec<u8>, SuiteError> {
        Err(SuiteError::Unsupported)
    }

    fn aead_seal(
        &self,
        _: &[u8],
        _: &[u8],
        _: Option<&[u8]>,
        _: &[u8],
    ) -> Result<Vec<u8>, SuiteError> {
        Err(SuiteError::Unsupported)
    }

    fn aead_open(
        &self,
        _: &[u8],
        _: &[u8],
        _: Option<&[u8]>,
        _: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, SuiteError> {
        Err(SuiteError::Unsupported)
    }

    fn kdf_extract(&self, _: &[u8], _: &[u8]) -> Result<Zeroizing<Vec<u8>>, SuiteError> {
        Err(SuiteError::Unsupported)
    }

    fn kdf_expand(&self, _: &[u8], _: &[u8], _: usize) -> Result<Zeroizing<Vec<u8>>, SuiteError> {
        Err(SuiteError::Unsupported)
    }

    fn hpke_seal(
        &self,
        _: &HpkePublicKey,
        _: &[u8],
        _: Option<&[u8]>,
        _: &[u8],
    ) -> Result<HpkeCiphertext, SuiteError> {
        Err(SuiteError::Unsupported)
    }

    fn hpke_seal_psk(
        &self,
        _: &HpkePublicKey,
        _: &[u8],
        _: Option<&[u8]>,
        _: &[u8],
        _: HpkePsk<'_>,
    ) -> Result<HpkeCiphertext, SuiteError> {
        Err(SuiteError::Unsupported)
    }

    fn hpke_open(
        &self,
        _: &HpkeCiphertext,
        _: &HpkeSecretKey,
        _: &HpkePublicKey,
        _: &[u8],
        _: Option<&[u8]>,
    ) -> Result<Zeroizing<Vec<u8>>, SuiteError> {
        Err(SuiteError::Unsupported)
    }

    fn hpke_open_psk(
        &self,
        _: &HpkeCiphertext,
        _: &HpkeSecretKey,
        _: &HpkePublicKey,
        _: &[u8],
        _: Option<&[u8]>,
        _: HpkePsk<'_>,
    ) -> Result<Zeroizing<Vec<u8>>, SuiteError> {
        Err(SuiteError::Unsupported)
    }

    fn hpke_setup_s(
        &self,
        _: &HpkePublicKey,
        _: &[u8],
    ) -> Result<(Vec<u8>, NoContext), SuiteError> {
        Err(SuiteError::Unsupported)
    }

    fn hpke_setup_r(
        &self,
        _: &[u8],
        _: &HpkeSecretKey,
        _: &HpkePublicKey,
        _: &[u8],
    ) -> Result<NoContext, SuiteError> {
        Err(SuiteError::Unsupported)
    }

    fn kem_derive(&self, _: &[u8]) -> Result<(HpkeSecretKey, HpkePublicKey), SuiteError> {
        Err(SuiteError::Unsupported)
    }

    fn kem_generate(&self) -> Result<(HpkeSecretKey, HpkePublicKey), SuiteError> {
        Err(SuiteError::Unsupported)
    }

    fn random_bytes(&self, _: &mut [u8]) -> Result<(), SuiteError> {
        Err(SuiteError::Unsupported)
    }

    fn signature_key_generate(
        &self,
    ) -> Result<(SignatureSecretKey, SignaturePublicKey), SuiteError> {
        Err(SuiteError::Unsupported)
    }

    fn signature_key_derive_public(
        &self,
        _: &SignatureSecretKey,
    ) -> Result<SignaturePublicKey, SuiteError> {
        Err(SuiteError::Unsupported)
    }

    fn sign(&self, _: &SignatureSecretKey, _: &[u8]) -> Result<Vec<u8>, SuiteError> {
        Err(SuiteError::Unsupported)
    }
}
