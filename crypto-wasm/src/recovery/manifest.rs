//! The manifest: which chunks make the backup, and the how-manieth it is.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::RecoveryError;
use super::chunk::ChunkId;
use super::keys::RecoveryKeys;
use crate::codec;
use crate::crypto::aead::{AeadKey, NONCE_LENGTH};
use crate::crypto::label;
use crate::crypto::sign::{Ed25519PublicKey, Signature};
use crate::wire::codec::Signed;
use crate::wire::padding::{pad, unpad};
use crate::wire::{Flag, UserId, Version1, Wire};

/// A record in as many chunks as it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupPiece {
    /// In their order.
    pub chunks: Vec<ChunkId>,
}

codec!(struct BackupPiece { chunks });

/// What the account's device says of a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupManifest {
    /// 1.
    pub version: Version1,
    /// Whose backup.
    pub user_id: UserId,
    /// The account key that signed.
    pub account_key: Ed25519PublicKey,
    /// Higher for each.
    pub sequence: u64,
    /// Unix milliseconds.
    pub created_at_ms: u64,
    /// The sequence of the account's device list.
    pub list_sequence: u64,
    /// Lines are part of it.
    pub history: Flag,
    /// The account first, then lines of conversations.
    pub pieces: Vec<BackupPiece>,
    /// By the account key over the fields above, label "backup".
    pub signature: Signature,
}

codec!(struct BackupManifest {
    version,
    user_id,
    account_key,
    sequence,
    created_at_ms,
    list_sequence,
    history,
    pieces,
    signature,
});

impl Wire for BackupManifest {}

impl Signed for BackupManifest {
    fn signature(&self) -> &Signature {
        &self.signature
    }
}

impl BackupManifest {
    /// The names of all chunks, in their order.
    pub fn chunks(&self) -> impl Iterator<Item = &ChunkId> {
        self.pieces.iter().flat_map(|piece| &piece.chunks)
    }

    /// That it is signed by the key that it names.
    ///
    /// # Errors
    /// [`RecoveryError::Damaged`].
    // REC-4
    pub fn verify(&self) -> Result<(), RecoveryError> {
        let signed = self.signed_bytes()?;
        Ok(self
            .account_key
            .verify(label::BACKUP, &signed, &self.signature)?)
    }
}

impl RecoveryKeys {
    fn manifest_key(&self) -> AeadKey {
        AeadKey::copy_from(self.manifest.expose())
    }

    /// Encrypts a signed manifest.
    ///
    /// # Errors
    /// None in practice.
    // REC-4
    pub fn seal_manifest(
        &self,
        manifest: &BackupManifest,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Vec<u8>, RecoveryError> {
        let padded = Zeroizing::new(pad(&manifest.to_bytes()?));
        let mut nonce = [0; NONCE_LENGTH];
        rng.fill_bytes(&mut nonce);
        let sealed = self.manifest_key().seal(&nonce, &padded, &[])?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens a manifest and verifies it.
    ///
    /// # Errors
    /// [`RecoveryError::Damaged`] if it does not open under these keys, or its signature is wrong.
    // REC-4, REC-7
    pub fn open_manifest(&self, sealed: &[u8]) -> Result<BackupManifest, RecoveryError> {
        let (nonce, sealed) = sealed.split_first_chunk().ok_or(RecoveryError::Damaged)?;
        let padded = Zeroizing::new(self.manifest_key().open(nonce, sealed, &[])?);
        let manifest = BackupManifest::from_bytes(unpad(&padded)?)?;
        manifest.verify()?;
        Ok(manifest)
    }
}
