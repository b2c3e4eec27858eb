//! The core: decoders, imports, verification, sessions.

pub(crate) mod keys;
pub(crate) mod linking;
pub(crate) mod records;
pub(crate) mod session;
pub(crate) mod stored;
pub(crate) mod topic;
pub(crate) mod vault;
pub(crate) mod verify;
pub(crate) mod wire;
