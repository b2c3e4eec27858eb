//! Ed25519 with labels, verified strictly (§1).

use super::dh::is_reduced;
#[cfg(feature = "client")]
use super::dh::{X25519PrivateKey, X25519PublicKey};
use super::label::PREFIX;
use crate::ProtocolError;
#[cfg(feature = "client")]
use crate::secret::SecretBytes;

/// An Ed25519 public key as it arrived. Whether it is a usable point is checked where it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ed25519PublicKey([u8; 32]);

crate::codec!(struct Ed25519PublicKey { 0 });

/// An Ed25519 signature as it arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Signature([u8; 64]);

crate::codec!(struct Signature { 0 });

impl Signature {
    /// Wraps the 64 bytes `R || S`.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// The 64 bytes `R || S`.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

impl Ed25519PublicKey {
    /// Wraps the 32 bytes of RFC 8032.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes of RFC 8032.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Checks that this is a point, canonically encoded and not of small order.
    ///
    /// # Errors
    /// [`ProtocolError::BadSignature`] if not.
    pub fn check(&self) -> Result<(), ProtocolError> {
        self.verifying_key().map(|_| ())
    }

    /// The point, checked, for more than one use.
    ///
    /// # Errors
    /// Those of [`check`](Self::check).
    pub fn verifying_key(&self) -> Result<VerifyingKey, ProtocolError> {
        // ENC-7
        if !is_canonical(&self.0) {
            return Err(ProtocolError::BadSignature);
        }
        match ed25519_dalek::VerifyingKey::from_bytes(&self.0) {
            Ok(key) if !key.is_weak() => Ok(VerifyingKey(key)),
            _ => Err(ProtocolError::BadSignature),
        }
    }

    /// [`VerifyingKey::verify`], for a key that is used once.
    ///
    /// # Errors
    /// Those of [`check`](Self::check), then those of [`VerifyingKey::verify`].
    pub fn verify(
        &self,
        label: &str,
        content: &[u8],
        signature: &Signature,
    ) -> Result<(), ProtocolError> {
        self.verifying_key()?.verify(label, content, signature)
    }

    /// [`verify`](Self::verify) of a whole message. MLS and test vectors sign without a label of this protocol.
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    pub fn verify_unlabelled(
        &self,
        message: &[u8],
        signature: &Signature,
    ) -> Result<(), ProtocolError> {
        self.verifying_key()?.verify_message(message, signature)
    }

    /// [`VerifyingKey::to_x25519`], for a key that is used once.
    ///
    /// # Errors
    /// Those of [`check`](Self::check), then those of [`VerifyingKey::to_x25519`].
    #[cfg(feature = "client")]
    pub fn to_x25519(&self) -> Result<X25519PublicKey, ProtocolError> {
        self.verifying_key()?.to_x25519()
    }
}

/// A public key that was checked, with the point that it encodes: checking costs a tenth of a verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyingKey(ed25519_dalek::VerifyingKey);

impl VerifyingKey {
    /// Verifies `SignWithLabel(sk, label, content)` strictly.
    ///
    /// # Errors
    /// [`ProtocolError::BadSignature`] if the signature does not verify, or `R` is not a point, not canonical or of small
    /// order.
    pub fn verify(
        &self,
        label: &str,
        content: &[u8],
        signature: &Signature,
    ) -> Result<(), ProtocolError> {
        self.verify_message(&labelled(label, content), signature)
    }

    fn verify_message(&self, message: &[u8], signature: &Signature) -> Result<(), ProtocolError> {
        match signature.0.split_first_chunk::<32>() {
            // ENC-7
            Some((r, _)) if is_canonical(r) => {}
            _ => return Err(ProtocolError::BadSignature),
        }
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        // ENC-7
        self.0
            .verify_strict(message, &signature)
            .map_err(|_| ProtocolError::BadSignature)
    }

    /// The key as an X25519 public key by the birational map, u = (1 + y) / (1 - y) (§2).
    ///
    /// # Errors
    /// None in practice: the map gives canonical coordinates.
    // KEY-4
    #[cfg(feature = "client")]
    pub fn to_x25519(&self) -> Result<X25519PublicKey, ProtocolError> {
        X25519PublicKey::from_bytes(self.0.to_montgomery().to_bytes())
    }
}

/// Whether an encoded point is the only encoding of it, if it is not of small order: y < p. The points that the sign bit
/// does not tell apart, y = ±1, are of small order.
fn is_canonical(point: &[u8; 32]) -> bool {
    let mut y = *point;
    let [.., last] = &mut y;
    *last &= 0x7f;
    is_reduced(&y)
}

// KEY-1
fn labelled(label: &str, content: &[u8]) -> Vec<u8> {
    let mut message = Vec::with_capacity(PREFIX.len() + label.len() + 1 + content.len());
    message.extend_from_slice(PREFIX);
    message.extend_from_slice(label.as_bytes());
    message.push(0);
    message.extend_from_slice(content);
    message
}

/// An Ed25519 private key: an account's or a device identity's. Wiped on drop.
#[cfg(feature = "client")]
pub struct Ed25519PrivateKey(Box<ed25519_dalek::SigningKey>);

#[cfg(feature = "client")]
impl zeroize::ZeroizeOnDrop for Ed25519PrivateKey {}

#[cfg(feature = "client")]
impl Ed25519PrivateKey {
    /// Draws a key.
    pub fn generate(rng: &mut (impl rand_core::CryptoRng + ?Sized)) -> Self {
        let seed = SecretBytes::<32>::init(|seed| rng.fill_bytes(seed));
        Self::from_seed(seed.expose())
    }

    /// The key of a 32-byte seed (RFC 8032 §5.1.5); the caller wipes the seed.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(Box::new(ed25519_dalek::SigningKey::from_bytes(seed)))
    }

    /// The 32-byte seed.
    #[must_use]
    pub fn seed(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// The public half.
    #[must_use]
    pub fn public_key(&self) -> Ed25519PublicKey {
        Ed25519PublicKey(self.0.verifying_key().to_bytes())
    }

    /// `SignWithLabel(sk, label, content)` of §1.
    #[must_use]
    pub fn sign(&self, label: &str, content: &[u8]) -> Signature {
        use ed25519_dalek::Signer as _;
        Signature(self.0.sign(&labelled(label, content)).to_bytes())
    }

    /// Signs a message without a label of this protocol. Only for MLS, whose `SignContent` begins with a length byte below 0x40
    /// (RFC 9420 §5.1.2), which no labelled content does.
    #[cfg(feature = "topics")]
    #[must_use]
    pub fn sign_unlabelled(&self, message: &[u8]) -> Signature {
        use ed25519_dalek::Signer as _;
        Signature(self.0.sign(message).to_bytes())
    }

    /// The key as an X25519 private key, clamp(SHA-512(seed)[0..32]) (§2).
    // KEY-4
    #[must_use]
    pub fn to_x25519(&self) -> X25519PrivateKey {
        let scalar = zeroize::Zeroizing::new(self.0.to_scalar_bytes());
        X25519PrivateKey::from_unclamped(&scalar)
    }
}
