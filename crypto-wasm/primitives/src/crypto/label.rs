//! The labels of `SignWithLabel` and `HashWithLabel` (§1): no signature or hash of one purpose is one of another.

/// What every labelled input begins with.
pub const PREFIX: &[u8] = b"sealpost v1 ";
/// Signature of a device certificate by the account key.
pub const DEVICE_CERTIFICATE: &str = "device certificate";
/// Signature of a signed prekey by the identity key.
pub const SIGNED_PREKEY: &str = "signed prekey";
/// Signature of a KEM prekey by the identity key.
pub const KEM_PREKEY: &str = "kem prekey";
/// Signature of a device list by the account key, and its hash.
pub const DEVICE_LIST: &str = "device list";
/// Hash of the session context.
pub const SESSION_CONTEXT: &str = "session context";
/// Signature of a login proof by the identity key.
pub const RELAY_AUTH: &str = "relay auth";
