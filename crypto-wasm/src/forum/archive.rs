//! Archive keys, and how they lead to those of earlier epochs (§7).
//!
//! A link or wrap that was made of garbage opens to a key that is none. So readers try every one, keep what might be a key, and check it
//! against the commitments of the epoch's posts.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::state::{GroupId, generation_of};
use super::wire::{Link, Wrap};
use crate::ProtocolError;
use crate::codec;
use crate::crypto::aead::{AeadKey, NONCE_LENGTH};
use crate::crypto::kdf::hkdf_sha256;
use crate::crypto::label;
use crate::crypto::sign::Signature;
use crate::identity::Device;
use crate::secret::secret;
use crate::wire::codec::Signed as _;
use crate::wire::{DeviceCertificate, TopicId};

secret!(
    /// The key of an epoch's posts.
    ArchiveKey, 32
);

secret!(
    /// What an invitation link carries for reading what was before.
    LinkSecret, 32
);

/// How many different keys of one epoch are followed: more than any honest number, and little work.
pub const MAX_CANDIDATES: usize = 16;

/// What might be the archive key of an epoch.
pub struct Candidate {
    /// The epoch.
    pub epoch: u64,
    /// The key.
    pub key: ArchiveKey,
}

fn derive(topic_id: &TopicId, secret: &[u8; 32], info: &[u8]) -> AeadKey {
    let mut salt = [0; 32];
    salt.split_at_mut(16).0.copy_from_slice(topic_id.as_bytes());
    AeadKey::init(|key| hkdf_sha256(&salt, secret, info, key))
}

fn draw_nonce(rng: &mut dyn CryptoRng) -> [u8; NONCE_LENGTH] {
    let mut nonce = [0; NONCE_LENGTH];
    rng.fill_bytes(&mut nonce);
    nonce
}

fn open(
    key: &AeadKey,
    nonce: &[u8; NONCE_LENGTH],
    ciphertext: &[u8],
    aad: &[u8],
) -> Result<ArchiveKey, ProtocolError> {
    let plain = Zeroizing::new(key.open(nonce, ciphertext, aad)?);
    let bytes: &[u8; 32] = plain
        .as_slice()
        .try_into()
        .map_err(|_| ProtocolError::Decode)?;
    Ok(ArchiveKey::copy_from(bytes))
}

impl Link {
    /// Makes a link between two epochs of a group, both of whose keys this device has.
    ///
    /// # Errors
    /// [`ProtocolError::Decode`] unless it leads back.
    // PST-6
    pub fn make(
        device: &Device,
        group: GroupId,
        from: &Candidate,
        to: &Candidate,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, ProtocolError> {
        if to.epoch >= from.epoch {
            return Err(ProtocolError::Decode);
        }
        let mut link = Self {
            topic_id: group.topic_id,
            generation: group.generation,
            from_epoch: from.epoch,
            to_epoch: to.epoch,
            sender: device.address(),
            nonce: draw_nonce(rng),
            ciphertext: Vec::new(),
            signature: Signature::from_bytes([0; 64]),
        };
        let key = derive(&link.topic_id, from.key.expose(), b"Sealpost_Link");
        link.ciphertext = key.seal(&link.nonce, to.key.expose(), &link.associated_data()?)?;
        link.signature = device.identity().sign(label::LINK, &link.signed_bytes()?);
        Ok(link)
    }

    fn associated_data(&self) -> Result<Vec<u8>, ProtocolError> {
        codec::encode(&[
            &self.topic_id,
            &self.generation,
            &self.from_epoch,
            &self.to_epoch,
            &self.sender,
        ])
    }

    /// What the link leads to, by the key of the epoch that it leads from.
    ///
    /// # Errors
    /// [`ProtocolError::Decrypt`] if it is not under this key, [`ProtocolError::Decode`] if it does not lead back or holds no key.
    // PST-6
    pub fn open(&self, from: &ArchiveKey) -> Result<ArchiveKey, ProtocolError> {
        if self.to_epoch >= self.from_epoch {
            return Err(ProtocolError::Decode);
        }
        let key = derive(&self.topic_id, from.expose(), b"Sealpost_Link");
        open(
            &key,
            &self.nonce,
            &self.ciphertext,
            &self.associated_data()?,
        )
    }

    /// Verifies who made the link, by a certificate that was verified.
    ///
    /// # Errors
    /// [`ProtocolError::AddressMismatch`] for another device's certificate, [`ProtocolError::BadSignature`].
    // PST-6
    pub fn verify(&self, sender: &DeviceCertificate) -> Result<(), ProtocolError> {
        if sender.address != self.sender {
            return Err(ProtocolError::AddressMismatch);
        }
        let key = sender.identity_key;
        key.verify(label::LINK, &self.signed_bytes()?, &self.signature)
    }
}

impl Wrap {
    /// Wraps an epoch's key for those who have a secret.
    ///
    /// # Errors
    /// None in practice.
    // PST-8
    pub fn make(
        group: GroupId,
        archive: &Candidate,
        secret_id: [u8; 16],
        secret: &LinkSecret,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, ProtocolError> {
        let mut wrap = Self {
            topic_id: group.topic_id,
            generation: group.generation,
            epoch: archive.epoch,
            secret_id,
            nonce: draw_nonce(rng),
            ciphertext: Vec::new(),
        };
        let key = derive(&wrap.topic_id, secret.expose(), b"Sealpost_LinkSecret");
        wrap.ciphertext = key.seal(&wrap.nonce, archive.key.expose(), &wrap.associated_data()?)?;
        Ok(wrap)
    }

    fn associated_data(&self) -> Result<Vec<u8>, ProtocolError> {
        codec::encode(&[
            &self.topic_id,
            &self.generation,
            &self.epoch,
            &self.secret_id,
        ])
    }

    /// The key that it holds.
    ///
    /// # Errors
    /// [`ProtocolError::Decrypt`] if it is not under this secret, [`ProtocolError::Decode`] if it holds no key.
    // PST-8
    pub fn open(&self, secret: &LinkSecret) -> Result<ArchiveKey, ProtocolError> {
        let key = derive(&self.topic_id, secret.expose(), b"Sealpost_LinkSecret");
        open(
            &key,
            &self.nonce,
            &self.ciphertext,
            &self.associated_data()?,
        )
    }
}

/// Walks back from keys that are known, by every link that opens; what was found comes after what was known. The keys may be garbage:
/// see [`is_under`](super::post::is_under).
// PST-7
#[must_use]
pub fn walk(topic_id: TopicId, mut known: Vec<Candidate>, links: &[Link]) -> Vec<Candidate> {
    let of_group = |link: &&Link| {
        link.topic_id == topic_id && link.generation == generation_of(link.from_epoch)
    };
    let mut links: Vec<&Link> = links.iter().filter(of_group).collect();
    // Links lead back, so that every key of an epoch is known before the links that lead from it.
    links.sort_by_key(|link| std::cmp::Reverse(link.from_epoch));
    for link in links {
        let opened: Vec<ArchiveKey> = known
            .iter()
            .filter(|candidate| candidate.epoch == link.from_epoch)
            .filter_map(|candidate| link.open(&candidate.key).ok())
            .collect();
        for key in opened {
            add(&mut known, link.to_epoch, key);
        }
    }
    known
}

/// Adds what might be an epoch's key, unless it is there or there are too many.
fn add(known: &mut Vec<Candidate>, epoch: u64, key: ArchiveKey) {
    let mut of_epoch = known.iter().filter(|candidate| candidate.epoch == epoch);
    if of_epoch.clone().count() < MAX_CANDIDATES && of_epoch.all(|held| held.key != key) {
        known.push(Candidate { epoch, key });
    }
}

#[cfg(test)]
mod tests;
