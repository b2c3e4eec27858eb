//! Chunks: named and encrypted by what is in them, so that one that has not changed is the same bytes.

use zeroize::Zeroizing;

use super::RecoveryError;
use super::keys::{BackupKey, RecoveryKeys};
use crate::codec;
use crate::crypto::aead::{AeadKey, NONCE_LENGTH};
use crate::crypto::kdf::{hkdf_sha256, hmac_sha256};
use crate::wire::Wire;
use crate::wire::padding::{pad, unpad};

/// Names a chunk; the relay learns from it whether two are the same, and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChunkId(pub [u8; 32]);

codec!(struct ChunkId { 0 });

impl Wire for ChunkId {}

/// A chunk as the relay keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedChunk {
    /// Its name.
    pub id: ChunkId,
    /// Ciphertext and tag.
    pub content: Vec<u8>,
}

/// No key encrypts two messages.
const NONCE: [u8; NONCE_LENGTH] = [0; NONCE_LENGTH];

fn key_of(root: &BackupKey, id: &ChunkId) -> AeadKey {
    AeadKey::init(|key| hkdf_sha256(&id.0, root.expose(), b"Sealpost_BackupChunk", key))
}

impl RecoveryKeys {
    fn id_of(&self, padded: &[u8]) -> ChunkId {
        let mut id = [0; 32];
        hmac_sha256(self.ids.expose(), padded, &mut id);
        ChunkId(id)
    }

    /// Encrypts a chunk under a key that is of its content alone.
    ///
    /// # Errors
    /// None in practice.
    // REC-5
    pub fn seal_chunk(&self, content: &[u8]) -> Result<SealedChunk, RecoveryError> {
        let padded = Zeroizing::new(pad(content));
        let id = self.id_of(&padded);
        let content = key_of(&self.chunks, &id).seal(&NONCE, &padded, &id.0)?;
        Ok(SealedChunk { id, content })
    }

    /// Opens the chunk of a name.
    ///
    /// # Errors
    /// [`RecoveryError::Damaged`] for another one.
    // REC-5
    pub fn open_chunk(
        &self,
        id: &ChunkId,
        content: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, RecoveryError> {
        let padded = key_of(&self.chunks, id).open(&NONCE, content, &id.0)?;
        let padded = Zeroizing::new(padded);
        if self.id_of(&padded) != *id {
            return Err(RecoveryError::Damaged);
        }
        Ok(Zeroizing::new(unpad(&padded)?.to_vec()))
    }
}
