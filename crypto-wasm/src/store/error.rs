//! The errors of storage and their stable codes.

/// Why the storage did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Something was committed since the snapshot was read. Read again and repeat the step.
    #[error("the store has changed since it was read")]
    Conflict,
    /// The store cannot be used: unsupported here, closed, or held back by another page.
    #[error("the store is unavailable: {0}")]
    Unavailable(&'static str),
    /// There is no room.
    #[error("the storage quota is used up")]
    Quota,
    /// A record is damaged, was moved, or was sealed under another key.
    #[error("a record in `{}` is damaged", .0.collection)]
    Corrupt(Box<DamagedRecord>),
    /// The vault has no slot that this client can open.
    #[error("the vault is locked")]
    Locked,
    /// The passphrase is not the one that was set.
    #[error("this is not the passphrase")]
    WrongPassphrase,
    /// The passkey does not open the vault.
    #[error("this passkey does not open the vault")]
    WrongPasskey,
    /// Too many wrong passphrases: the next one has to wait.
    #[error("after several wrong passphrases the next try has to wait")]
    UnlockDelayed,
    /// Nothing could open the vault any more.
    #[error("the last unlock method cannot be removed")]
    LastMethod,
    /// The database was written by a newer version of this software.
    #[error("the database's schema is newer than this software")]
    Version,
    /// The caller asked for something that makes no sense.
    #[error("misuse of the store: {0}")]
    Misuse(&'static str),
    /// Anything else that the storage engine reports.
    #[error("the storage engine failed: {0}")]
    Backend(Box<str>),
}

/// Where a record is that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamagedRecord {
    /// The name of the collection.
    pub collection: &'static str,
    /// The record's key. Not in the message: keys hold addresses.
    pub key: Vec<u8>,
}

impl StoreError {
    /// That the record of this key is damaged.
    #[must_use]
    pub fn corrupt(collection: &'static str, key: &[u8]) -> Self {
        let key = key.to_vec();
        Self::Corrupt(Box::new(DamagedRecord { collection, key }))
    }

    /// A stable identifier for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Conflict => "storage-conflict",
            Self::Unavailable(_) => "storage-unavailable",
            Self::Quota => "storage-quota",
            Self::Corrupt(_) => "storage-corrupt",
            Self::Locked => "locked",
            Self::WrongPassphrase => "wrong-passphrase",
            Self::WrongPasskey => "wrong-passkey",
            Self::UnlockDelayed => "unlock-delayed",
            Self::LastMethod => "last-unlock-method",
            Self::Version => "storage-version",
            Self::Misuse(_) => "storage-misuse",
            Self::Backend(_) => "storage",
        }
    }
}
