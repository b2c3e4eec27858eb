//! One session: made by PQXDH, carried on by a ratchet (§8).

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::ProtocolError;
use crate::codec;
use crate::crypto::dh::X25519PublicKey;
use crate::crypto::hash::hash_with_label;
use crate::identity::{Device, Expectations, VerifiedBundle, VerifiedCertificate};
use crate::pqxdh;
use crate::ratchet::Ratchet;
use crate::wire::{
    DeviceCertificate, EnvelopeKind, PreKeyFields, PreKeyMessage, RatchetMessage, Version1, Wire,
};

/// What is sent: encoded, with its kind beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Which structure `bytes` encodes.
    pub kind: EnvelopeKind,
    /// A [`PreKeyMessage`] or a [`RatchetMessage`].
    pub bytes: Vec<u8>,
}

/// Which side made the session.
enum Origin {
    /// We did, and no message of the peer has decrypted: every message carries the outer fields.
    Unanswered(PreKeyFields),
    /// We did.
    Initiated,
    /// The peer did, with outer fields of this hash.
    Accepted([u8; 32]),
}

codec!(
    enum Origin {
        Unanswered(fields) = 1,
        Initiated = 2,
        Accepted(hash) = 3,
    }
);

/// A session with a peer device.
pub struct Session {
    version: Version1,
    peer: DeviceCertificate,
    base_key: X25519PublicKey,
    origin: Origin,
    ratchet: Ratchet,
}

codec!(struct Session { version, peer, base_key, origin, ratchet });

impl Session {
    /// Makes a session with the device of a verified bundle. Until a reply decrypts, all messages are
    /// [`EnvelopeKind::PreKey`]. Draws base key, KEM coins and ratchet key.
    ///
    /// # Errors
    /// [`ProtocolError::NonContributory`] if a prekey is of low order.
    pub fn establish(
        device: &Device,
        bundle: &VerifiedBundle,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, ProtocolError> {
        let initiation = pqxdh::initiate(device, bundle, rng)?;
        let ratchet = Ratchet::initiate(
            &initiation.secret,
            initiation.associated_data,
            bundle.signed_prekey().public_key,
            rng,
        )?;
        Ok(Self {
            version: Version1,
            peer: bundle.certificate().certificate().clone(),
            base_key: initiation.fields.base_key,
            origin: Origin::Unanswered(initiation.fields),
            ratchet,
        })
    }

    /// [`establish`](Self::establish) with a first message, an encoded [`PreKeyMessage`].
    ///
    /// # Errors
    /// Those of [`establish`](Self::establish).
    pub fn initiate(
        device: &Device,
        bundle: &VerifiedBundle,
        plaintext: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<(Self, Vec<u8>), ProtocolError> {
        let mut session = Self::establish(device, bundle, rng)?;
        let envelope = session.encrypt(plaintext, rng)?;
        Ok((session, envelope.bytes))
    }

    /// Makes the session of a first message and decrypts it. Consumes the one-time prekeys and remembers the base key.
    ///
    /// # Errors
    /// [`ProtocolError::Decode`], then those of [`pqxdh::accept`], then those of [`Ratchet::accept`]. The device has
    /// not changed then.
    pub fn accept(
        device: &mut Device,
        message: &[u8],
        expected: &Expectations,
        rng: &mut dyn CryptoRng,
    ) -> Result<(Self, Vec<u8>), ProtocolError> {
        Self::accept_decoded(device, &PreKeyMessage::from_bytes(message)?, expected, rng)
    }

    pub(super) fn accept_decoded(
        device: &mut Device,
        message: &PreKeyMessage,
        expected: &Expectations,
        rng: &mut dyn CryptoRng,
    ) -> Result<(Self, Vec<u8>), ProtocolError> {
        let acceptance = pqxdh::accept(device, &message.fields, expected)?;
        let fields_hash = hash_fields(&message.fields)?;
        // PQX-6, ERR-2
        let (ratchet, plaintext) = Ratchet::accept(
            &acceptance.secret,
            acceptance.associated_data,
            &acceptance.signed_prekey,
            &message.message,
            rng,
        )?;
        device.consume(&acceptance.used);
        let session = Self {
            version: Version1,
            peer: acceptance.peer.certificate().clone(),
            base_key: message.fields.base_key,
            origin: Origin::Accepted(fields_hash),
            ratchet,
        };
        Ok((session, plaintext))
    }

    /// Encrypts any bytes. Padding and content belong to the layer above.
    ///
    /// # Errors
    /// [`ProtocolError::Exhausted`] after 2^32 - 1 messages without a reply, [`ProtocolError::Decode`] for 1 GiB of
    /// plaintext. Nothing has changed then.
    pub fn encrypt(
        &mut self,
        plaintext: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<Envelope, ProtocolError> {
        check_length(plaintext.len())?;
        let message = self.ratchet.encrypt(plaintext, rng)?;
        // SES-2
        match &self.origin {
            Origin::Unanswered(fields) => Ok(Envelope {
                kind: EnvelopeKind::PreKey,
                bytes: codec::encode(&[fields, &message])?,
            }),
            Origin::Initiated | Origin::Accepted(_) => Ok(Envelope {
                kind: EnvelopeKind::Ratchet,
                bytes: message.to_bytes()?,
            }),
        }
    }

    /// Decrypts a message of this session.
    ///
    /// # Errors
    /// [`ProtocolError::Decode`]; [`ProtocolError::Decrypt`] for outer fields that differ from those that the session
    /// was made from; those of [`Ratchet::decrypt`]. Nothing has changed then.
    pub fn decrypt(
        &mut self,
        kind: EnvelopeKind,
        bytes: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, ProtocolError> {
        match kind {
            EnvelopeKind::PreKey => self.decrypt_prekey(&PreKeyMessage::from_bytes(bytes)?, rng),
            EnvelopeKind::Ratchet => self.decrypt_ratchet(&RatchetMessage::from_bytes(bytes)?, rng),
        }
    }

    pub(super) fn decrypt_prekey(
        &mut self,
        message: &PreKeyMessage,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, ProtocolError> {
        // SES-4
        match &self.origin {
            Origin::Accepted(hash) if *hash == hash_fields(&message.fields)? => {
                self.decrypt_ratchet(&message.message, rng)
            }
            // A session that we began has no prekey messages to receive.
            Origin::Accepted(_) | Origin::Unanswered(_) | Origin::Initiated => {
                Err(ProtocolError::Decrypt)
            }
        }
    }

    pub(super) fn decrypt_ratchet(
        &mut self,
        message: &RatchetMessage,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, ProtocolError> {
        let plaintext = self.ratchet.decrypt(message, rng)?;
        // SES-2
        if matches!(self.origin, Origin::Unanswered(_)) {
            self.origin = Origin::Initiated;
        }
        Ok(plaintext)
    }

    /// The peer device, as certified when the session was made.
    #[must_use]
    pub const fn peer(&self) -> &DeviceCertificate {
        &self.peer
    }

    /// The peer device's certificate, for what wants a verified one.
    #[must_use]
    pub fn verified_peer(&self) -> VerifiedCertificate {
        VerifiedCertificate::trusted(self.peer.clone())
    }

    /// `EK`, which tells sessions apart.
    #[must_use]
    pub const fn base_key(&self) -> &X25519PublicKey {
        &self.base_key
    }

    /// Whether this side made the session and no message of the peer has decrypted yet.
    #[must_use]
    pub const fn is_unanswered(&self) -> bool {
        matches!(self.origin, Origin::Unanswered(_))
    }

    pub(super) fn knows_chain(&self, ratchet_key: &X25519PublicKey) -> bool {
        self.ratchet.knows_chain(ratchet_key)
    }

    pub(super) fn check(&self) -> Result<(), ProtocolError> {
        self.ratchet.check()
    }

    /// The whole state, secrets included. Equal states give equal bytes.
    ///
    /// # Errors
    /// None in practice: a session's size is bounded.
    // API-4
    pub fn export(&self) -> Result<Zeroizing<Vec<u8>>, ProtocolError> {
        codec::encode(&[self]).map(Zeroizing::new)
    }

    /// Restores an exported state. Altered key bytes are not detected.
    ///
    /// # Errors
    /// [`ProtocolError::Decode`] for anything but a strict encoding.
    // API-4
    pub fn import(bytes: &[u8]) -> Result<Self, ProtocolError> {
        let session: Self = codec::decode(bytes)?;
        session.check()?;
        Ok(session)
    }
}

/// A vector holds at most 2^30 - 1 bytes, the tag among them.
const MAX_PLAINTEXT: usize = (1 << 30) - 1 - crate::crypto::aead::TAG_LENGTH;

fn check_length(plaintext: usize) -> Result<(), ProtocolError> {
    if plaintext > MAX_PLAINTEXT {
        return Err(ProtocolError::Decode);
    }
    Ok(())
}

/// Stands for the outer fields in an accepted session, which would otherwise keep 1.6 KiB of ciphertext for life.
fn hash_fields(fields: &PreKeyFields) -> Result<[u8; 32], ProtocolError> {
    Ok(hash_with_label(
        "prekey message fields",
        &fields.to_bytes()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    // ENC-2
    #[test]
    fn the_longest_plaintext_fits_a_vector_together_with_its_tag() {
        let longest = 0x3fff_ffff - 16;
        assert_eq!(check_length(longest), Ok(()));
        assert_eq!(check_length(longest + 1), Err(ProtocolError::Decode));
    }
}
