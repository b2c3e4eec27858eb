//! The keys of a backup.

use zeroize::Zeroizing;

use super::secret::RecoverySecret;
use crate::crypto::kdf::{ZERO_SALT, hkdf_sha256};
use crate::secret::secret;

secret!(
    /// Encrypts the manifest; the chunks' keys come from another one of the type.
    BackupKey, 32
);
secret!(
    /// Names chunks by what is in them.
    ChunkIdKey, 32
);
secret!(
    /// Shows the relay that a browser without a login may read the backup.
    BackupToken, 32
);

/// What comes from a recovery secret.
pub struct RecoveryKeys {
    pub(super) manifest: BackupKey,
    pub(super) ids: ChunkIdKey,
    pub(super) chunks: BackupKey,
    /// What the relay is shown; it keeps the hash alone.
    pub token: BackupToken,
}

impl RecoveryKeys {
    /// Derives them.
    // REC-3
    #[must_use]
    pub fn of(secret: &RecoverySecret) -> Self {
        let mut keys = Zeroizing::new([0; 128]);
        hkdf_sha256(&ZERO_SALT, secret.expose(), b"Sealpost_Backup", &mut keys);
        let (chunks, _) = keys.as_chunks::<32>();
        let mut chunks = chunks.iter();
        let mut next = |to: &mut [u8; 32]| {
            if let Some(key) = chunks.next() {
                to.copy_from_slice(key);
            }
        };
        Self {
            manifest: BackupKey::init(&mut next),
            ids: ChunkIdKey::init(&mut next),
            chunks: BackupKey::init(&mut next),
            token: BackupToken::init(&mut next),
        }
    }
}
