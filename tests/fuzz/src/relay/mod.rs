//! The relay: what its calls and its hub read.

mod calls;
mod frames;
mod session;
mod stateful;
mod topics;
mod world;

use crate::Target;

pub(crate) const TARGETS: &[Target] = &[
    ("hub_json", frames::json),
    ("hub_messagepack", frames::messagepack),
    ("hub_handshake", frames::handshake),
    ("hub_session", session::hostile_frames),
    ("hub_stateful", stateful::hostile_reconnects),
    ("relay_body", calls::body),
    ("relay_changed_body", calls::changed_body),
    ("relay_path", calls::path),
    ("upload_metadata", calls::upload_metadata),
];
