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
/// Hash of what two devices said to each other when one was linked.
pub const DEVICE_LINK: &str = "device link";
/// Signature of a login proof by the identity key.
pub const RELAY_AUTH: &str = "relay auth";
/// Hash of a topic's genesis.
pub const TOPIC_GENESIS: &str = "topic genesis";
/// Signature of a topic's policy by an owner's identity key, and its hash.
pub const TOPIC_POLICY: &str = "topic policy";
/// Signature of an invitation by the inviter's identity key.
pub const INVITATION: &str = "invitation";
/// Signature by a link's key over an invitation and the certificate that it is spent for.
pub const INVITATION_USE: &str = "invitation use";
/// Signature of a request to leave by the leaving device's identity key.
pub const TOPIC_LEAVE: &str = "topic leave";
/// Signature of a post by its author's identity key.
pub const POST: &str = "post";
/// Running hash over the posts of a topic's epoch.
pub const TOPIC_POSTS: &str = "topic posts";
/// Signature of a history link by its maker's identity key.
pub const LINK: &str = "link";
/// Signature of the manifest of a backup by the account key.
pub const BACKUP: &str = "backup";
