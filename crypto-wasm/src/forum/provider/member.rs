//! The whole ciphersuite, for a device.

use std::sync::{Arc, Mutex, PoisonError};

use mls_rs::crypto::{
    HpkeCiphertext, HpkePublicKey, HpkeSecretKey, SignaturePublicKey, SignatureSecretKey,
};
use mls_rs::{CipherSuite, CipherSuiteProvider, CryptoProvider};
use mls_rs_core::crypto::HpkePsk;
use mls_rs_crypto_hpke::context::{ContextR, ContextS};
use mls_rs_crypto_hpke::hpke::HpkeError;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::hpke::{Aes128Gcm, HkdfSha256, TopicHpke, hpke};
use super::{CIPHER_SUITE, SuiteError};
use crate::ProtocolError;
use crate::crypto::aead::{open_aes128, seal_aes128};
use crate::crypto::hash::sha256;
use crate::crypto::kdf::{hkdf_expand, hkdf_extract, hmac_sha256_any};
use crate::crypto::random::SeededRng;
use crate::crypto::sign::Ed25519PrivateKey;

/// Randomness for one operation at a time: mls-rs takes none as an argument. Between operations there is none.
#[derive(Clone, Default)]
pub struct RandomSource(Arc<Mutex<Option<SeededRng>>>);

impl RandomSource {
    /// Lends a seed from `rng` to what `operation` does.
    pub fn lend<T>(&self, rng: &mut dyn CryptoRng, operation: impl FnOnce() -> T) -> T {
        self.set(Some(SeededRng::from_rng(rng)));
        let result = operation();
        self.set(None);
        result
    }

    fn set(&self, rng: Option<SeededRng>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = rng;
    }

    pub(super) fn fill(&self, output: &mut [u8]) -> Result<(), SuiteError> {
        let mut rng = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rng.as_mut().ok_or(SuiteError::Unsupported)?.fill(output);
        Ok(())
    }
}

/// The ciphersuite with a device's identity key.
///
/// To mls-rs the private signature key is only a name, the public key, so that no copy of the identity key is stored with a group.
#[derive(Clone)]
pub struct MemberSuite {
    identity: Arc<Ed25519PrivateKey>,
    random: RandomSource,
    hpke: TopicHpke,
}

impl MemberSuite {
    /// The suite of an identity key.
    #[must_use]
    pub fn new(identity: Ed25519PrivateKey, random: RandomSource) -> Self {
        Self {
            identity: Arc::new(identity),
            hpke: hpke(random.clone()),
            random,
        }
    }

    /// What mls-rs is given in the place of the private signature key.
    #[must_use]
    pub fn signer(&self) -> SignatureSecretKey {
        self.identity.public_key().as_bytes().to_vec().into()
    }
}

impl CryptoProvider for MemberSuite {
    type CipherSuiteProvider = Self;

    fn supported_cipher_suites(&self) -> Vec<CipherSuite> {
        vec![CIPHER_SUITE]
    }

    fn cipher_suite_provider(&self, cipher_suite: CipherSuite) -> Option<Self> {
        (cipher_suite == CIPHER_SUITE).then(|| self.clone())
    }
}

/// What HPKE refuses does not open.
fn refused(_: HpkeError) -> SuiteError {
    SuiteError::Protocol(ProtocolError::Decrypt)
}

impl CipherSuiteProvider for MemberSuite {
    type Error = SuiteError;
    type HpkeContextS = ContextS<HkdfSha256, Aes128Gcm>;
    type HpkeContextR = ContextR<HkdfSha256, Aes128Gcm>;

    fn cipher_suite(&self) -> CipherSuite {
        CIPHER_SUITE
    }

    fn hash(&self, data: &[u8]) -> Result<Vec<u8>, SuiteError> {
        Ok(sha256(data).to_vec())
    }

    fn mac(&self, key: &[u8], data: &[u8]) -> Result<Vec<u8>, SuiteError> {
        Ok(hmac_sha256_any(key, data)?.to_vec())
    }

    fn aead_seal(
        &self,
        key: &[u8],
        data: &[u8],
        aad: Option<&[u8]>,
        nonce: &[u8],
    ) -> Result<Vec<u8>, SuiteError> {
        Ok(seal_aes128(key, nonce, data, aad.unwrap_or_default())?)
    }

    fn aead_open(
        &self,
        key: &[u8],
        ciphertext: &[u8],
        aad: Option<&[u8]>,
        nonce: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, SuiteError> {
        let plaintext = open_aes128(key, nonce, ciphertext, aad.unwrap_or_default())?;
        Ok(Zeroizing::new(plaintext))
    }

    fn aead_key_size(&self) -> usize {
        16
    }

    fn aead_nonce_size(&self) -> usize {
        12
    }

    fn kdf_extract(&self, salt: &[u8], ikm: &[u8]) -> Result<Zeroizing<Vec<u8>>, SuiteError> {
        Ok(hkdf_extract(salt, ikm))
    }

    fn kdf_expand(
        &self,
        prk: &[u8],
        info: &[u8],
        len: usize,
    ) -> Result<Zeroizing<Vec<u8>>, SuiteError> {
        Ok(hkdf_expand(prk, info, len)?)
    }

    fn kdf_extract_size(&self) -> usize {
        32
    }

    fn hpke_seal(
        &self,
        remote_key: &HpkePublicKey,
        info: &[u8],
        aad: Option<&[u8]>,
        pt: &[u8],
    ) -> Result<HpkeCiphertext, SuiteError> {
        self.hpke
            .seal(remote_key, info, None, aad, pt)
            .map_err(refused)
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
        ciphertext: &HpkeCiphertext,
        local_secret: &HpkeSecretKey,
        local_public: &HpkePublicKey,
        info: &[u8],
        aad: Option<&[u8]>,
    ) -> Result<Zeroizing<Vec<u8>>, SuiteError> {
        self.hpke
            .open(ciphertext, local_secret, local_public, info, None, aad)
            .map_err(refused)
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
        remote_key: &HpkePublicKey,
        info: &[u8],
    ) -> Result<(Vec<u8>, Self::HpkeContextS), SuiteError> {
        self.hpke
            .setup_sender(remote_key, info, None)
            .map_err(refused)
    }

    fn hpke_setup_r(
        &self,
        kem_output: &[u8],
        local_secret: &HpkeSecretKey,
        local_public: &HpkePublicKey,
        info: &[u8],
    ) -> Result<Self::HpkeContextR, SuiteError> {
        self.hpke
            .setup_receiver(kem_output, local_secret, local_public, info, None)
            .map_err(refused)
    }

    fn kem_derive(&self, ikm: &[u8]) -> Result<(HpkeSecretKey, HpkePublicKey), SuiteError> {
        self.hpke.derive(ikm).map_err(refused)
    }

    fn kem_generate(&self) -> Result<(HpkeSecretKey, HpkePublicKey), SuiteError> {
        self.hpke.generate().map_err(refused)
    }

    fn kem_public_key_validate(&self, key: &HpkePublicKey) -> Result<(), SuiteError> {
        super::validate_public_key(key)
    }

    fn random_bytes(&self, out: &mut [u8]) -> Result<(), SuiteError> {
        self.random.fill(out)
    }

    /// A device has one signature key, which exists already.
    fn signature_key_generate(
        &self,
    ) -> Result<(SignatureSecretKey, SignaturePublicKey), SuiteError> {
        Err(SuiteError::Unsupported)
    }

    fn signature_key_derive_public(
        &self,
        secret_key: &SignatureSecretKey,
    ) -> Result<SignaturePublicKey, SuiteError> {
        Ok(secret_key.as_bytes().to_vec().into())
    }

    fn sign(&self, secret_key: &SignatureSecretKey, data: &[u8]) -> Result<Vec<u8>, SuiteError> {
        if secret_key.as_bytes() == self.identity.public_key().as_bytes() {
            Ok(self.identity.sign_unlabelled(data).as_bytes().to_vec())
        } else {
            Err(SuiteError::Unsupported)
        }
    }

    fn verify(
        &self,
        public_key: &SignaturePublicKey,
        signature: &[u8],
        data: &[u8],
    ) -> Result<(), SuiteError> {
        super::verify(public_key, signature, data)
    }
}
